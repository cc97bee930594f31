//! ID tokens (OpenID Connect Core 1.0, section 2): JWTs, read first and believed later.

use serde::Deserialize;

use crate::key::{Algorithm, Jwk};

/// The longest token that is read, bytes.
pub const MAX_TOKEN: usize = 8 * 1024;
/// How far clocks may differ, seconds.
const LEEWAY: u64 = 30;

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No JWT, or too long.
    #[error("not a token")]
    Malformed,
    /// Signed by an algorithm that is never believed, such as `none`.
    #[error("algorithm {0:?} is not accepted")]
    Algorithm(String),
    /// By somebody else than expected.
    #[error("issued by {0:?}")]
    Issuer(String),
    /// For somebody else.
    #[error("issued for somebody else")]
    Audience,
    /// No longer valid.
    #[error("expired")]
    Expired,
    /// Issued in the future.
    #[error("not valid yet")]
    TooEarly,
    /// Bound to another key or request.
    #[error("bound to another nonce")]
    Nonce,
    /// The issuer has no such key.
    #[error("signed by a key that the issuer does not have")]
    UnknownKey,
    /// The signature is wrong.
    #[error("signature is wrong")]
    Signature,
    /// The issuer's keys are not known.
    #[error("keys of the issuer are not known: {0}")]
    NoKeys(String),
}

/// What a token says. Texts are as the issuer sends them; whoever shows or maps them checks them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// Who says it: a URL.
    pub iss: String,
    /// Of whom, in the issuer's own words.
    pub sub: String,
    /// For whom.
    #[serde(deserialize_with = "one_or_many")]
    pub aud: Vec<String>,
    /// The client it was given to, when `aud` names several.
    #[serde(default)]
    pub azp: Option<String>,
    /// Until when, Unix seconds.
    pub exp: u64,
    /// Since when, Unix seconds.
    pub iat: u64,
    /// Not before, Unix seconds.
    #[serde(default)]
    pub nbf: Option<u64>,
    /// What it is bound to: the request, or the thumbprint of the holder's key.
    #[serde(default)]
    pub nonce: Option<String>,
    /// Its own name.
    #[serde(default)]
    pub jti: Option<String>,
    /// E-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the issuer has checked the e-mail address. Some issuers write it as a text.
    #[serde(default, deserialize_with = "truth")]
    pub email_verified: Option<bool>,
    /// The name people read.
    #[serde(default)]
    pub name: Option<String>,
    /// A short name.
    #[serde(default)]
    pub preferred_username: Option<String>,
}

impl Claims {
    /// Whether the token is that of `user://<domain>/<identifier>`, given that its issuer speaks for the domain: the
    /// identifier is the e-mail address, or `<preferred_username>@<domain>` where there is none.
    pub fn is_of(&self, domain: &str, identifier: &str) -> bool {
        match (&self.email, &self.preferred_username) {
            (Some(email), _) => email == identifier && self.email_verified != Some(false),
            (None, Some(name)) => format!("{name}@{domain}") == identifier,
            (None, None) => false,
        }
    }

    /// Checks time and issuer.
    pub fn check(&self, issuer: &str, now: u64) -> Result<(), TokenError> {
        if self.iss != issuer {
            return Err(TokenError::Issuer(self.iss.chars().take(256).collect()));
        }
        if self.exp.saturating_add(LEEWAY) <= now {
            return Err(TokenError::Expired);
        }
        if self.iat.max(self.nbf.unwrap_or(0)) > now.saturating_add(LEEWAY) {
            return Err(TokenError::TooEarly);
        }
        Ok(())
    }

    /// Checks that it was given to this client (OpenID Connect Core, section 3.1.3.7).
    pub fn check_audience(&self, client: &str) -> Result<(), TokenError> {
        let named = self.aud.iter().any(|audience| audience == client);
        let party = match &self.azp {
            Some(azp) => azp == client,
            None => self.aud.len() == 1,
        };
        if named && party { Ok(()) } else { Err(TokenError::Audience) }
    }
}

/// A token that was read and not yet believed.
#[derive(Clone, Debug)]
pub struct IdToken {
    /// What it says. Not to be used before [`verify`](Self::verify), except to find the key.
    pub unverified: Claims,
    /// The key it says it is signed with.
    pub kid: Option<String>,
    algorithm: Algorithm,
    input: String,
    signature: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    /// Extensions that must be understood (RFC 7515, section 4.1.11): none are.
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

impl IdToken {
    /// Reads a compact JWT.
    pub fn parse(text: &str) -> Result<IdToken, TokenError> {
        if text.len() > MAX_TOKEN {
            return Err(TokenError::Malformed);
        }
        let parts: Vec<&str> = text.split('.').collect();
        let [head, body, signature] = parts[..] else { return Err(TokenError::Malformed) };
        let header: Header = json(head)?;
        if header.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        let algorithm = Algorithm::parse(&header.alg)
            .ok_or_else(|| TokenError::Algorithm(header.alg.chars().take(16).collect()))?;
        Ok(IdToken {
            unverified: json(body)?,
            kid: header.kid,
            algorithm,
            input: format!("{head}.{body}"),
            signature: signature.to_owned(),
        })
    }

    /// The signed part. The same for every signature of the same token, so it names the token where each is good once.
    pub fn signed_part(&self) -> &str {
        &self.input
    }

    /// Whether the key is of the kind that the token says it is signed with.
    pub fn fits(&self, key: &Jwk) -> bool {
        key.algorithm() == Some(self.algorithm)
            && self.kid.as_ref().is_none_or(|kid| key.kid.as_ref() == Some(kid))
    }

    /// What it says, if the key has signed it and it is this issuer's and valid now.
    pub fn verify(&self, key: &Jwk, issuer: &str, now: u64) -> Result<&Claims, TokenError> {
        if !self.fits(key) || !key.verify(self.input.as_bytes(), &self.signature) {
            return Err(TokenError::Signature);
        }
        self.unverified.check(issuer, now)?;
        Ok(&self.unverified)
    }
}

fn json<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    let bytes = crate::decode(part).ok_or(TokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Audience {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Audience::deserialize(deserializer)? {
        Audience::One(one) => vec![one],
        Audience::Many(many) => many,
    })
}

fn truth<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Truth {
        Said(bool),
        Written(String),
    }
    Ok(Option::<Truth>::deserialize(deserializer)?.map(|truth| match truth {
        Truth::Said(said) => said,
        Truth::Written(text) => text == "true",
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::SigningKey;

    const ISSUER: &str = "https://a.example/oidc";

    fn claims() -> Value {
        json!({"iss": ISSUER, "sub": "alice", "aud": "client", "exp": 1_000, "iat": 400,
            "email": "alice@a.example", "email_verified": true})
    }

    fn with(key: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[key] = value;
        claims
    }

    #[test]
    fn a_token_is_believed_only_by_its_key_issuer_and_time() {
        let key = SigningKey::generate().unwrap();
        let check = |claims: &Value, now: u64| {
            let token = IdToken::parse(&key.jwt(claims).unwrap())?;
            token.verify(&key.published(), ISSUER, now).map(|_| ())
        };
        assert_eq!(check(&claims(), 500), Ok(()));
        assert_eq!(check(&claims(), 1_029), Ok(()));
        assert_eq!(check(&claims(), 1_030), Err(TokenError::Expired));
        assert_eq!(check(&claims(), 369), Err(TokenError::TooEarly));
        let foreign = with("iss", json!("https://b.example/oidc"));
        assert_eq!(check(&foreign, 500), Err(TokenError::Issuer("https://b.example/oidc".to_owned())));
        assert_eq!(check(&with("exp", json!("never")), 500), Err(TokenError::Malformed));
        let other = SigningKey::generate().unwrap();
        let token = IdToken::parse(&other.jwt(&claims()).unwrap()).unwrap();
        assert_eq!(token.verify(&key.published(), ISSUER, 500), Err(TokenError::Signature));
    }

    #[test]
    fn no_other_algorithm_is_believed_whatever_the_header_says() {
        let key = SigningKey::generate().unwrap();
        let public = key.published();
        let body = crate::encode(claims().to_string());
        for alg in ["none", "None", "HS256", "ES384", ""] {
            let head = crate::encode(json!({"alg": alg}).to_string());
            // The classic confusion: the public key used as the secret of an HMAC.
            let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, json!(public).to_string().as_bytes());
            let tag = ring::hmac::sign(&secret, format!("{head}.{body}").as_bytes());
            for signature in [String::new(), crate::encode(tag)] {
                let error = IdToken::parse(&format!("{head}.{body}.{signature}")).unwrap_err();
                assert_eq!(error, TokenError::Algorithm(alg.to_owned()));
            }
        }
        // A token of the right key that claims to be RS256.
        let head = crate::encode(json!({"alg": "RS256"}).to_string());
        let input = format!("{head}.{body}");
        let token = IdToken::parse(&format!("{input}.{}", key.sign(input.as_bytes()).unwrap())).unwrap();
        assert_eq!(token.verify(&public, ISSUER, 500), Err(TokenError::Signature));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let critical = crate::encode(json!({"alg": "ES256", "crit": ["b64"]}).to_string());
        let body = crate::encode(claims().to_string());
        for text in ["", "a.b", "a.b.c.d", "....", &format!("{critical}.{body}.AA"), &"x".repeat(9_000)] {
            assert_eq!(IdToken::parse(text).unwrap_err(), TokenError::Malformed, "{text}");
        }
    }

    #[test]
    fn an_audience_is_one_client_or_the_authorised_one_of_several() {
        let check = |claims: Value| {
            serde_json::from_value::<Claims>(claims).unwrap().check_audience("client").is_ok()
        };
        assert!(check(claims()) && check(with("aud", json!(["client"]))));
        assert!(!check(with("aud", json!("other"))) && !check(with("aud", json!(["client", "other"]))));
        let mut several = with("aud", json!(["client", "other"]));
        several["azp"] = json!("client");
        assert!(check(several.clone()));
        several["azp"] = json!("other");
        assert!(!check(several));
    }

    #[test]
    fn an_address_that_nobody_has_checked_names_nobody() {
        let of = |claims: Value| {
            serde_json::from_value::<Claims>(claims).unwrap().is_of("a.example", "alice@a.example")
        };
        assert!(of(claims()));
        assert!(!of(with("email_verified", json!(false))) && !of(with("email_verified", json!("false"))));
        assert!(of(with("email_verified", json!("true"))) && of(with("email_verified", Value::Null)));
        assert!(!of(with("email", json!("bob@a.example"))));
        let mut short = with("preferred_username", json!("alice"));
        short["email"] = Value::Null;
        assert!(of(short));
    }
}
