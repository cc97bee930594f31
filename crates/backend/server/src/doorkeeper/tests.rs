use confab_identity::{SigningKey, Wallet};
use confab_line::ask::Statement;
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "http://127.0.0.1:4720/oidc";
const BOB: &str = "user://b.local/bob@b.local";
const RUNTIME: &str = "runtime://b.local/1";

/// The door of `a.local`, and a client of `b.local` that comes to it.
struct House {
    visitors: Visitors,
    key: SigningKey,
    wallet: Wallet,
}

impl House {
    fn new() -> House {
        let visitors = Visitors::new(Domain::parse("a.local").unwrap(), Clock::start());
        let (key, wallet) = (SigningKey::generate().unwrap(), Wallet::generate().unwrap());
        let domain = Domain::parse("b.local").unwrap();
        visitors.trust_known(TrustedIssuer { domain, issuer: ISSUER.to_owned() }, vec![key.published()]);
        let mut house = House { visitors, key, wallet };
        house.identify(|_| {});
        house
    }

    /// Gives the client another ID token, made from the usual claims.
    fn identify(&mut self, change: impl FnOnce(&mut Value)) {
        let mut claims = json!({"iss":ISSUER,"sub":"bob","aud":"rethink","exp":1_000,"iat":400,"nonce":self.wallet.nonce(),
            "email":"bob@b.local","name":"Bob"});
        change(&mut claims);
        self.wallet.set_id_token(&self.key.jwt(&claims).unwrap()).unwrap();
    }

    fn proof(&self, user: &str, domain: &str) -> String {
        self.wallet.sign(&Statement::opening(user, domain, RUNTIME), 500).unwrap()
    }

    fn grant(&self, proof: &str, now: u64) -> Result<Grant, VisitorError> {
        self.visitors.grant(proof, &Url::parse(RUNTIME).unwrap(), now)
    }
}

fn issuer(result: Result<Grant, VisitorError>) -> bool {
    matches!(result, Err(VisitorError::Issuer(_)))
}

#[test]
fn an_issuer_is_believed_about_a_user_of_its_own_domain_who_has_signed_for_this_one() {
    let house = House::new();
    let proof = house.proof(BOB, "a.local");
    let grant = house.grant(&proof, 510).unwrap();
    assert_eq!(grant.user.as_str(), BOB);
    let shown = (grant.identity.name.as_deref(), grant.identity.idp.as_deref());
    assert_eq!(shown, (Some("Bob"), Some("b.local")));
    assert!(grant.ticket >= VISITOR);
    assert_eq!(house.grant(&proof, 511), Err(OpeningError::Used.into()));
    assert_eq!(house.grant(&house.proof(BOB, "a.local"), 511).unwrap().ticket, grant.ticket);
    let elsewhere = house.grant(&house.proof(BOB, "c.local"), 510);
    assert_eq!(elsewhere, Err(OpeningError::Other("for another domain").into()));
    let runtime = Url::parse("runtime://b.local/2").unwrap();
    let other = house.visitors.grant(&house.proof(BOB, "a.local"), &runtime, 510);
    assert_eq!(other, Err(OpeningError::Other("of another runtime").into()));
}

#[test]
fn what_others_have_seen_of_a_user_opens_nothing() {
    let house = House::new();
    let token = house.wallet.id_token(500).unwrap();
    assert_eq!(house.grant(token, 500), Err(OpeningError::Malformed.into()), "the bare ID token");
    let call = Statement {
        fingerprints: vec!["sha-256 AB:CD".to_owned()],
        ..Statement::opening(BOB, "a.local", RUNTIME)
    };
    let call = house.wallet.sign(&call, 500).unwrap();
    assert_eq!(house.grant(&call, 500), Err(OpeningError::Other("about a call").into()));
    // The same token under the key of somebody who was called.
    let mut mallory = Wallet::generate().unwrap();
    assert!(mallory.set_id_token(token).is_err());
    let claims = json!({"iss":ISSUER,"sub":"bob","aud":"rethink","exp":1_000,"iat":400,"nonce":mallory.nonce(),
        "email":"bob@b.local"});
    mallory.set_id_token(&SigningKey::generate().unwrap().jwt(&claims).unwrap()).unwrap();
    let forged = mallory.sign(&Statement::opening(BOB, "a.local", RUNTIME), 500).unwrap();
    assert!(matches!(house.grant(&forged, 500), Err(VisitorError::Token(_))));
}

#[test]
fn a_token_must_live_and_be_by_an_issuer_that_is_trusted() {
    let mut house = House::new();
    house.identify(|claims| claims["exp"] = json!(570));
    assert!(matches!(house.grant(&house.proof(BOB, "a.local"), 610), Err(VisitorError::Token(_))), "expired");
    house.identify(|claims| claims["iss"] = json!("http://127.0.0.1:4730/oidc"));
    assert!(issuer(house.grant(&house.proof(BOB, "a.local"), 500)));
    house.identify(|_| {});
    let mallory = "user://b.local/mallory@b.local";
    assert_eq!(house.grant(&house.proof(mallory, "a.local"), 500), Err(VisitorError::SomebodyElse));
    let third = "user://c.local/bob@b.local";
    assert_eq!(house.grant(&house.proof(third, "a.local"), 500), Err(VisitorError::SomebodyElse));
    assert!(house.grant(&house.proof(BOB, "a.local"), 500).is_ok());
}

#[test]
fn names_that_are_no_user_of_the_domain_are_nobody() {
    let mut house = House::new();
    let mut grant = |email: Value, short: Value, verified: bool| {
        house.identify(|claims| {
            claims["email"] = email;
            claims["preferred_username"] = short;
            claims["email_verified"] = json!(verified);
        });
        house.grant(&house.proof(BOB, "a.local"), 500).map(|grant| grant.user.to_string()).ok()
    };
    assert_eq!(grant(json!(null), json!("bob"), true).as_deref(), Some(BOB));
    assert_eq!(grant(json!("bob@b.local"), json!("bob"), false), None);
    assert_eq!(grant(json!(null), json!(null), true), None);
    for odd in ["a/b", "a b", &"x".repeat(300)] {
        assert_eq!(grant(json!(odd), json!(null), true), None, "{odd}");
    }
}
