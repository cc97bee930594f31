//! Wallet and verifier against an issuer on this machine.

mod issuer;

use std::sync::Arc;

use confab_identity::{Issuers, SigningKey, TokenError, Verifier, Wallet, wallet::SignError};
use confab_line::ask::{Judgement, Statement};
use issuer::Issuer;
use serde_json::{Value, json};

const NOW: u64 = 1_000_000;

struct House {
    issuer: Issuer,
    issuers: Arc<Issuers>,
    verifier: Verifier,
    wallet: Wallet,
}

impl House {
    fn new() -> House {
        let issuers = Arc::new(Issuers::default());
        let verifier = Verifier::new(issuers.clone());
        let mut house =
            House { issuer: Issuer::start(), issuers, verifier, wallet: Wallet::generate().unwrap() };
        let token = house.token(house.claims());
        house.wallet.set_id_token(&token).unwrap();
        house
    }

    fn claims(&self) -> Value {
        json!({"iss": self.issuer.url(), "sub": "alice", "aud": "rethink", "iat": NOW, "exp": NOW + 600,
            "nonce": self.wallet.nonce(), "email": "alice@a.local", "email_verified": true, "name": "Alice"})
    }

    fn token(&self, claims: Value) -> String {
        self.issuer.key.jwt(&claims).unwrap()
    }

    fn judge(&self, assertion: &str, statement: &Statement, now: u64) -> Judgement {
        self.verifier.verify(assertion, statement, now, |domain| match domain {
            "a.local" => self.issuers.of_domain(&self.issuer.base, now).map_err(|error| error.to_string()),
            _ => Err("no way to that domain".to_owned()),
        })
    }

    /// With another ID token, made from the usual claims.
    fn with(&mut self, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = self.claims();
        change(&mut claims);
        let token = self.token(claims);
        self.wallet.set_id_token(&token).unwrap();
        self.wallet.sign(&statement(), NOW).unwrap()
    }
}

fn statement() -> Statement {
    Statement {
        user: "user://a.local/alice@a.local".to_owned(),
        audience: "user://b.local/bob@b.local".to_owned(),
        call: "connection://a.local/1".to_owned(),
        fingerprints: vec!["sha-256 AB:CD".to_owned()],
    }
}

fn is_false(judgement: Judgement, words: &str) {
    let Judgement::False(why) = &judgement else { panic!("{words}: {judgement:?}") };
    assert!(why.contains(words), "{why} does not say {words}");
}

#[test]
fn what_is_signed_is_proven_once() {
    let house = House::new();
    let assertion = house.wallet.sign(&statement(), NOW).unwrap();
    assert_eq!(house.judge(&assertion, &statement(), NOW + 5), Judgement::Proven);
    is_false(house.judge(&assertion, &statement(), NOW + 5), "used before");
    let another = house.wallet.sign(&statement(), NOW).unwrap();
    assert_eq!(house.judge(&another, &statement(), NOW + 5), Judgement::Proven);
    assert_eq!(house.issuer.asked("/oidc/jwks"), 1, "keys are kept");
    assert_eq!(house.issuer.asked("/api/sign-in"), 1);
}

#[test]
fn an_assertion_that_says_something_else_is_false() {
    let house = House::new();
    let assertion = house.wallet.sign(&statement(), NOW).unwrap();
    let check = |change: &dyn Fn(&mut Statement), words: &str| {
        let mut expected = statement();
        change(&mut expected);
        is_false(house.judge(&assertion, &expected, NOW), words);
    };
    check(&|s| s.user = "user://a.local/carol@a.local".to_owned(), "by somebody else");
    check(&|s| s.audience = "user://b.local/mallory@b.local".to_owned(), "for somebody else");
    check(&|s| s.call = "connection://a.local/2".to_owned(), "another call");
    check(&|s| s.fingerprints = vec!["sha-256 00:00".to_owned()], "other media");
    check(&|s| s.fingerprints.push("sha-256 00:00".to_owned()), "other media");
    check(&|s| s.fingerprints.clear(), "other media");
    is_false(house.judge(&assertion, &statement(), NOW + 121), "too old");
    is_false(house.judge(&assertion, &statement(), NOW - 121), "too old");
    // None of these has used it up.
    assert_eq!(house.judge(&assertion, &statement(), NOW), Judgement::Proven);
}

#[test]
fn a_changed_assertion_is_false() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    let house = House::new();
    let assertion = house.wallet.sign(&statement(), NOW).unwrap();
    let open = || serde_json::from_slice::<Value>(&BASE64.decode(&assertion).unwrap()).unwrap();
    let check = |change: &dyn Fn(&mut Value), words: &str| {
        let mut value = open();
        change(&mut value);
        is_false(house.judge(&BASE64.encode(value.to_string()), &statement(), NOW), words);
    };
    check(&|a| a["statement"]["jti"] = json!("other"), "not signed by its key");
    check(&|a| a["statement"]["iat"] = json!(NOW + 1), "not signed by its key");
    check(&|a| a["signature"] = json!(""), "not signed by its key");
    // Somebody else's key over the same statement, with the stolen ID token.
    let mallory = SigningKey::generate().unwrap();
    let stolen = |a: &mut Value| {
        let statement = a["statement"].to_string();
        a["key"] = json!(mallory.jwk());
        a["signature"] = json!(mallory.sign(statement.as_bytes()).unwrap());
    };
    check(&stolen, "bound to another key");
    // The ID token of an algorithm that is never believed.
    let unsigned = |a: &mut Value| {
        let token = a["tokenID"].as_str().unwrap().to_owned();
        let body = token.split('.').nth(1).unwrap();
        a["tokenID"] = json!(format!("{}.{body}.", BASE64.encode(r#"{"alg":"none"}"#)));
    };
    check(&unsigned, "algorithm");
    for text in ["", "e30", "!!", &"A".repeat(20_000)] {
        is_false(house.judge(text, &statement(), NOW), "not an assertion");
    }
}

#[test]
fn an_id_token_of_somebody_else_proves_nothing_good() {
    let mut house = House::new();
    let foreign = house.with(|claims| claims["iss"] = json!("http://127.0.0.1:9/oidc"));
    is_false(house.judge(&foreign, &statement(), NOW), "issued by");
    let carol = house.with(|claims| claims["email"] = json!("carol@a.local"));
    is_false(house.judge(&carol, &statement(), NOW), "somebody else's");
    let unchecked = house.with(|claims| claims["email_verified"] = json!(false));
    is_false(house.judge(&unchecked, &statement(), NOW), "somebody else's");
    let early = house.with(|claims| claims["iat"] = json!(NOW + 60));
    is_false(house.judge(&early, &statement(), NOW), "not valid yet");
    let short = house.with(|claims| claims["exp"] = json!(NOW + 61));
    is_false(house.judge(&short, &statement(), NOW + 100), "expired");
    // The right claims, signed by a key that the issuer does not have.
    let forged = SigningKey::generate().unwrap().jwt(&house.claims()).unwrap();
    house.wallet.set_id_token(&forged).unwrap();
    let forged = house.wallet.sign(&statement(), NOW).unwrap();
    let fresh = House { issuers: Arc::default(), ..house };
    let fresh = House { verifier: Verifier::new(fresh.issuers.clone()), ..fresh };
    is_false(fresh.judge(&forged, &statement(), NOW), "does not have");
}

#[test]
fn an_issuer_out_of_reach_proves_nothing_and_disproves_nothing() {
    let house = House::new();
    let assertion = house.wallet.sign(&statement(), NOW).unwrap();
    let nobody = |_: &str| Err("no way".to_owned());
    let judged = house.verifier.verify(&assertion, &statement(), NOW, nobody);
    assert_eq!(judged, Judgement::Unknown("no way".to_owned()));
    house.issuer.put("/oidc/.well-known/openid-configuration", json!({"issuer": "https://else"}));
    assert!(matches!(house.judge(&assertion, &statement(), NOW), Judgement::Unknown(_)));
    // It is left in peace for a minute, and then asked again.
    assert!(matches!(house.judge(&assertion, &statement(), NOW + 1), Judgement::Unknown(_)));
    assert_eq!(house.issuer.asked("/oidc/.well-known/openid-configuration"), 1);
}

#[test]
fn a_new_key_of_the_issuer_is_found_a_minute_later_and_not_before() {
    let mut house = House::new();
    assert_eq!(
        house.judge(&house.wallet.sign(&statement(), NOW).unwrap(), &statement(), NOW),
        Judgement::Proven
    );
    house.issuer.key = SigningKey::generate().unwrap();
    house.issuer.put("/oidc/jwks", json!({"keys": [house.issuer.key.published()]}));
    let assertion = house.with(|_| {});
    for _ in 0..5 {
        assert!(matches!(house.judge(&assertion, &statement(), NOW + 59), Judgement::Unknown(_)));
    }
    assert_eq!(house.issuer.asked("/oidc/jwks"), 1);
    assert_eq!(house.judge(&assertion, &statement(), NOW + 60), Judgement::Proven);
    assert_eq!(house.issuer.asked("/oidc/jwks"), 2);
}

#[test]
fn a_wallet_shows_only_tokens_of_its_own_key_and_only_while_they_live() {
    let mut house = House::new();
    let again = Wallet::from_text(&house.wallet.to_text()).unwrap();
    assert_eq!(again.nonce(), house.wallet.nonce());
    assert_eq!(again.sign(&statement(), NOW), Err(SignError::NoToken));
    let other = Wallet::generate().unwrap();
    let token = house.token(house.claims());
    assert_eq!(Wallet::generate().unwrap().set_id_token(&token), Err(TokenError::Nonce));
    assert_ne!(other.nonce(), house.wallet.nonce());
    assert!(house.wallet.id_token(NOW + 539).is_some());
    assert_eq!(house.wallet.id_token(NOW + 540), None);
    assert_eq!(house.wallet.sign(&statement(), NOW + 540), Err(SignError::NoToken));
    assert_eq!(house.wallet.set_id_token("x.y.z"), Err(TokenError::Malformed));
}

#[test]
fn what_opens_a_session_proves_no_call_and_nothing_else_is_signed_without_media() {
    let house = House::new();
    let opening = Statement::opening("user://a.local/alice@a.local", "b.local", "runtime://a.local/1");
    let proof = house.wallet.sign(&opening, NOW).unwrap();
    is_false(house.judge(&proof, &opening, NOW), "other media");
    let bare = Statement { fingerprints: Vec::new(), ..statement() };
    is_false(house.judge(&proof, &bare, NOW), "for somebody else");
    assert_eq!(house.wallet.sign(&bare, NOW), Err(SignError::NoMedia));
    let to_node = Statement { audience: "domain://b.local".to_owned(), ..bare };
    assert_eq!(house.wallet.sign(&to_node, NOW), Err(SignError::NoMedia));
}
