//! Keys: our own of ES256, and those of others as JSON Web Keys (RFC 7517).

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The longest modulus that is read, bytes: RSA of 4096 bits.
const MAX_MODULUS: usize = 512;

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The operating system gives no random numbers.
    #[error("no random numbers")]
    NoRandomness,
    /// The text is not a key of ours.
    #[error("text is not a P-256 key")]
    NotAKey,
}

/// The algorithms that are believed. Each belongs to one kind of key, so a token cannot choose another one for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// By its registered name (RFC 7518); `None` for all others, `none` and HMAC among them.
    pub fn parse(name: &str) -> Option<Algorithm> {
        match name {
            "ES256" => Some(Algorithm::Es256),
            "RS256" => Some(Algorithm::Rs256),
            _ => None,
        }
    }
}

/// An ES256 key pair.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    pkcs8: Vec<u8>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.jwk().thumbprint())
    }
}

impl SigningKey {
    /// A new key.
    pub fn generate() -> Result<SigningKey, KeyError> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        SigningKey::from_pkcs8(document.map_err(|_| KeyError::NoRandomness)?.as_ref().to_vec())
    }

    /// The key that [`to_text`](Self::to_text) gave.
    pub fn from_text(text: &str) -> Result<SigningKey, KeyError> {
        SigningKey::from_pkcs8(crate::decode(text.trim()).ok_or(KeyError::NotAKey)?)
    }

    fn from_pkcs8(pkcs8: Vec<u8>) -> Result<SigningKey, KeyError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8, &SystemRandom::new());
        Ok(SigningKey { pair: pair.map_err(|_| KeyError::NotAKey)?, pkcs8 })
    }

    /// The private key as base64url of PKCS#8: a secret, for a keychain or a file that only its owner can read.
    pub fn to_text(&self) -> String {
        crate::encode(&self.pkcs8)
    }

    /// The public half.
    pub fn jwk(&self) -> Jwk {
        let point = self.pair.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        Jwk { x: Some(crate::encode(x)), y: Some(crate::encode(y)), ..Jwk::of("EC", "P-256") }
    }

    /// The public half with what a key set says of it: use, algorithm, and the thumbprint as its name.
    pub fn published(&self) -> Jwk {
        let jwk = self.jwk();
        let kid = Some(jwk.thumbprint());
        Jwk { kid, alg: Some("ES256".to_owned()), usage: Some("sig".to_owned()), ..jwk }
    }

    /// A signature as base64url: 64 bytes, r and s (RFC 7518, section 3.4).
    pub fn sign(&self, message: &[u8]) -> Result<String, KeyError> {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        Ok(crate::encode(signature.map_err(|_| KeyError::NoRandomness)?))
    }

    /// A JWT in compact form (RFC 7519); the header names the key by its thumbprint.
    pub fn jwt(&self, claims: &Value) -> Result<String, KeyError> {
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": self.jwk().thumbprint()});
        let input = format!("{}.{}", crate::encode(header.to_string()), crate::encode(claims.to_string()));
        let signature = self.sign(input.as_bytes())?;
        Ok(format!("{input}.{signature}"))
    }
}

/// A public key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `EC` or `RSA`; others are never used.
    pub kty: String,
    /// `P-256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// Of a curve's point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Of a curve's point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// RSA modulus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// RSA exponent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// Its name within a set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The only algorithm it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// `sig`, when said.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
}

impl Jwk {
    fn of(kty: &str, crv: &str) -> Jwk {
        Jwk { kty: kty.to_owned(), crv: Some(crv.to_owned()), ..Jwk::default() }
    }

    /// The algorithm of this kind of key; `None` when it is not for signatures that are understood here.
    pub fn algorithm(&self) -> Option<Algorithm> {
        let algorithm = match (self.kty.as_str(), self.crv.as_deref()) {
            ("EC", Some("P-256")) => Algorithm::Es256,
            ("RSA", _) => Algorithm::Rs256,
            _ => return None,
        };
        let said = self.alg.as_deref().is_none_or(|name| Algorithm::parse(name) == Some(algorithm));
        (said && self.usage.as_deref().is_none_or(|usage| usage == "sig")).then_some(algorithm)
    }

    /// Base64url of the SHA-256 of the required members in order (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let member = |value: &Option<String>| json!(value.as_deref().unwrap_or_default()).to_string();
        crate::s256(&match self.kty.as_str() {
            "RSA" => format!(r#"{{"e":{},"kty":"RSA","n":{}}}"#, member(&self.e), member(&self.n)),
            kty => format!(
                r#"{{"crv":{},"kty":{},"x":{},"y":{}}}"#,
                member(&self.crv),
                json!(kty),
                member(&self.x),
                member(&self.y)
            ),
        })
    }

    /// Whether the key has made this signature (base64url) by its own algorithm.
    pub fn verify(&self, message: &[u8], signature: &str) -> bool {
        let Some(signature) = crate::decode(signature) else { return false };
        let bytes = |member: &Option<String>| member.as_deref().and_then(crate::decode);
        match self.algorithm() {
            Some(Algorithm::Es256) => {
                let (Some(x), Some(y)) = (bytes(&self.x), bytes(&self.y)) else { return false };
                if x.len() != 32 || y.len() != 32 {
                    return false;
                }
                let point = [&[4][..], &x, &y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, &signature).is_ok()
            }
            Some(Algorithm::Rs256) => {
                let (Some(n), Some(e)) = (bytes(&self.n), bytes(&self.e)) else { return false };
                if n.len() > MAX_MODULUS || e.len() > 8 {
                    return false;
                }
                let key = RsaPublicKeyComponents { n, e };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, &signature).is_ok()
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_the_rfc() {
        // RFC 7638, section 3.1.
        let key = Jwk {
            kty: "RSA".to_owned(),
            n: Some("0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw".to_owned()),
            e: Some("AQAB".to_owned()),
            alg: Some("RS256".to_owned()),
            kid: Some("2011-04-29".to_owned()),
            ..Jwk::default()
        };
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!(key.algorithm(), Some(Algorithm::Rs256));
    }

    #[test]
    fn a_key_comes_back_from_its_text_and_signs_the_same() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_text(&key.to_text()).unwrap();
        assert_eq!(again.jwk(), key.jwk());
        let signature = again.sign(b"text").unwrap();
        assert!(key.jwk().verify(b"text", &signature));
        assert!(!key.jwk().verify(b"other", &signature) && !key.jwk().verify(b"text", "AAAA"));
        assert!(!SigningKey::generate().unwrap().jwk().verify(b"text", &signature));
        assert_eq!(SigningKey::from_text("AAAA").unwrap_err(), KeyError::NotAKey);
        assert!(!format!("{key:?}").contains(&key.to_text()));
    }

    #[test]
    fn keys_for_something_else_verify_nothing() {
        let key = SigningKey::generate().unwrap();
        let signature = key.sign(b"text").unwrap();
        let published = key.published();
        assert!(published.verify(b"text", &signature));
        for other in [
            Jwk { usage: Some("enc".to_owned()), ..published.clone() },
            Jwk { alg: Some("RS256".to_owned()), ..published.clone() },
            Jwk { alg: Some("HS256".to_owned()), ..published.clone() },
            Jwk { crv: Some("P-384".to_owned()), ..published.clone() },
            Jwk { kty: "oct".to_owned(), ..published.clone() },
            Jwk { x: Some("AA".to_owned()), ..published },
        ] {
            assert!(!other.verify(b"text", &signature), "{other:?}");
        }
    }
}
