//! An HTTP client that does what a person does in a browser.

use std::collections::BTreeMap;

use confab_identity::s256;
use serde_json::Value;

/// What a server answers.
pub struct Page {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Page {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// A parameter of the address the browser is sent to.
    pub fn sent(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(self.header("location")).ok()?;
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The hidden fields of the form.
    pub fn hidden(&self) -> Vec<(String, String)> {
        let part = |text: &str, name: &str| {
            let value = text.split_once(&format!(" {name}=\"")).unwrap().1.split_once('"').unwrap().0;
            value.replace("&amp;", "&")
        };
        let fields = self.body.split("<input type=\"hidden\"").skip(1);
        fields.map(|field| (part(field, "name"), part(field, "value"))).collect()
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into()
}

fn page(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Page {
    let mut answer = answer.unwrap();
    let status = answer.status().as_u16();
    let headers = answer.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    Page { status, headers, body: answer.body_mut().read_to_string().unwrap() }
}

pub fn get(url: &str) -> Page {
    page(agent().get(url).call())
}

/// Sends a form, with headers.
pub fn post(url: &str, form: &[(String, String)], headers: &[(&str, &str)]) -> Page {
    let mut request = agent().post(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    page(request.send_form(form.iter().map(|(name, value)| (name.as_str(), value.as_str()))))
}

/// Fills the form of a page in and sends it.
pub fn submit(url: &str, shown: &Page, user: &str, password: &str) -> Page {
    let mut form = shown.hidden();
    form.push(("user".to_owned(), user.to_owned()));
    form.push(("password".to_owned(), password.to_owned()));
    let cookie = shown.header("set-cookie").split(';').next().unwrap();
    let url = url::Url::parse(url).unwrap();
    let origin = url.origin().ascii_serialization();
    let action = url.join("authorize").unwrap();
    post(action.as_str(), &form, &[("cookie", cookie), ("origin", &origin)])
}

/// Does everything at the address that a program opens, and follows back to it.
pub fn sign_in(url: &str, user: &str, password: &str) -> Page {
    let sent = submit(url, &get(url), user, password);
    assert_eq!(sent.status, 303, "{}", sent.body);
    get(sent.header("location"))
}

/// The secret of an exchange, and where its answer goes.
pub const VERIFIER: &str = "a-verifier-of-at-least-43-characters-0123456789";
pub const BACK: &str = "http://127.0.0.1:9/callback";

/// The query of a request for a code; `change` replaces or, by an empty value, leaves out parameters.
pub fn query(change: &[(&str, &str)]) -> String {
    let challenge = s256(VERIFIER);
    let usual = [
        ("response_type", "code"),
        ("client_id", "confab-desktop"),
        ("redirect_uri", BACK),
        ("scope", "openid"),
        ("state", "st"),
        ("nonce", "no"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let mut url = url::Url::parse("http://x").unwrap();
    for (name, value) in
        usual.iter().filter(|(name, _)| change.iter().all(|(other, _)| other != name)).chain(change)
    {
        if !value.is_empty() {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url.query().unwrap_or_default().to_owned()
}

/// Exchanges a code; `change` replaces parameters.
pub fn exchange(issuer: &str, code: &str, change: &[(&str, &str)]) -> Page {
    let usual = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("client_id", "confab-desktop"),
        ("code_verifier", VERIFIER),
    ];
    let form: Vec<_> = usual
        .iter()
        .filter(|(name, _)| change.iter().all(|(other, _)| other != name))
        .chain(change)
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    post(&format!("{issuer}/token"), &form, &[])
}
