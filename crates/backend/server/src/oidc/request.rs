//! What a client asks for at the page (OpenID Connect Core 1.0, section 3.1.2.1; RFC 7636, section 4.3), checked.

use serde::Deserialize;
use url::{Host, Url};

use super::{CLIENT, Oidc};

/// The longest `state` and `nonce`, bytes.
const MAX_TEXT: usize = 512;
/// The longest redirect address, bytes.
const MAX_REDIRECT: usize = 2_048;

/// The parameters as they come. One that comes twice does not parse, as RFC 6749, section 3.1, wants it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Asked {
    client_id: Option<String>,
    redirect_uri: Option<String>,
    response_type: Option<String>,
    response_mode: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    nonce: Option<String>,
    prompt: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    request: Option<String>,
    request_uri: Option<String>,
}

/// A request that can be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) redirect: Redirect,
    pub(super) challenge: String,
    pub(super) nonce: Option<String>,
}

/// Where the browser goes afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redirect {
    /// As it was asked for.
    pub(super) asked: String,
    url: Url,
    pub(super) state: Option<String>,
    issuer: String,
}

/// Why a request is not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// The client or the address is not known: the browser must stay here, and the person is told.
    Here(&'static str),
    /// The client is told, by this word of RFC 6749, section 4.1.2.1, or OpenID Connect Core, section 3.1.2.6.
    There(Box<Redirect>, &'static str),
}

impl Redirect {
    /// The address with the answer in its query. The issuer is named too (RFC 9207).
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let mut url = self.url.clone();
        {
            let mut query = url.query_pairs_mut();
            query.append_pair(name, value).append_pair("iss", &self.issuer);
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
        }
        url.into()
    }

    /// Scheme, host and port: what a form that ends there must be allowed to reach.
    pub(super) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

impl Asked {
    /// Checks everything, the address first: nobody is sent anywhere before it is known.
    pub(super) fn check(&self, oidc: &Oidc) -> Result<Request, Wrong> {
        if self.client_id.as_deref() != Some(CLIENT) {
            return Err(Wrong::Here("The program that sent you here is not known."));
        }
        let asked = self.redirect_uri.as_deref().unwrap_or_default();
        let url = redirect(asked, &oidc.options.oidc_redirect)
            .ok_or(Wrong::Here("The address to return to is not allowed."))?;
        let fits = |text: &Option<String>| text.as_ref().is_none_or(|text| text.len() <= MAX_TEXT);
        let state = self.state.clone().filter(|state| state.len() <= MAX_TEXT);
        let redirect = Redirect { asked: asked.to_owned(), url, state, issuer: oidc.issuer.clone() };
        match self.word(fits(&self.state) && fits(&self.nonce)) {
            Some(word) => Err(Wrong::There(Box::new(redirect), word)),
            None => {
                let challenge = self.code_challenge.clone().unwrap_or_default();
                Ok(Request { redirect, challenge, nonce: self.nonce.clone() })
            }
        }
    }

    /// What is wrong with the rest.
    fn word(&self, fits: bool) -> Option<&'static str> {
        if self.request.is_some() {
            return Some("request_not_supported");
        }
        if self.request_uri.is_some() {
            return Some("request_uri_not_supported");
        }
        if self.response_type.as_deref() != Some("code") {
            return Some("unsupported_response_type");
        }
        if !self.scope.as_deref().unwrap_or_default().split(' ').any(|scope| scope == "openid") {
            return Some("invalid_scope");
        }
        // Nobody stays signed in here, so the page cannot be left out.
        if self.prompt.as_deref().unwrap_or_default().split(' ').any(|prompt| prompt == "none") {
            return Some("login_required");
        }
        let challenge = self.code_challenge.as_deref().unwrap_or_default();
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let pkce = self.code_challenge_method.as_deref() == Some("S256")
            && challenge.len() == 43
            && challenge.bytes().all(letters);
        let mode = self.response_mode.as_deref().is_none_or(|mode| mode == "query");
        (!pkce || !mode || !fits).then_some("invalid_request")
    }

    /// The parameters again, for the hidden fields of the form.
    pub(super) fn fields(&self) -> Vec<(&'static str, &str)> {
        let fields = [
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", &self.response_type),
            ("scope", &self.scope),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }
}

/// An address that is registered, or one of the loopback interface by number with any port and path (RFC 8252, sections
/// 7.3 and 8.3).
fn redirect(text: &str, registered: &[String]) -> Option<Url> {
    if text.len() > MAX_REDIRECT {
        return None;
    }
    let url = Url::parse(text).ok()?;
    if registered.iter().any(|known| known == text) {
        return Some(url);
    }
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (url.scheme() == "http" && loopback && plain).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_sent_back_to_their_own_machine_or_a_registered_address() {
        let registered = ["https://app.example/back".to_owned()];
        let check =
            |text: &str, fine: bool| assert_eq!(redirect(text, &registered).is_some(), fine, "{text}");
        check("http://127.0.0.1:50123/callback", true);
        check("http://[::1]:1/", true);
        check("https://app.example/back", true);
        check("https://app.example/back/", false);
        check("https://app.example/back?x=1", false);
        check("http://localhost:1/", false);
        check("http://127.0.0.1.evil.example/", false);
        check("http://127.0.0.1@evil.example/", false);
        check("http://user@127.0.0.1:1/", false);
        check("http://127.0.0.1:1/#x", false);
        check("https://127.0.0.1:1/", false);
        check("http://10.0.0.1:1/", false);
        check("javascript:alert(1)", false);
        check("", false);
    }
}
