//! ID tokens that somebody signs in with: forged, foreign, used before.

use confab_identity::SigningKey;
use serde_json::{Value, json};

use crate::house::House;
use crate::{now, provider};

#[tokio::test]
async fn forged_and_foreign_id_tokens_do_not_sign_in() {
    let house = House::start().await;
    let issuer = provider(&house).await.issuer;
    let claims = |change: &dyn Fn(&mut Value)| {
        let mut claims = json!({"iss": issuer, "sub": "alice", "aud": "confab-desktop", "iat": now(),
            "exp": now() + 300, "email": "alice@confab.local"});
        change(&mut claims);
        claims
    };
    let mallory = SigningKey::generate().unwrap();
    let signed = |claims: Value| mallory.jwt(&claims).unwrap();
    let own = signed(claims(&|_| {}));
    let body = own.split('.').nth(1).unwrap();
    let unsigned = format!("eyJhbGciOiJub25lIn0.{body}.");
    let symmetric = format!("eyJhbGciOiJIUzI1NiJ9.{body}.AAAA");
    let foreign = signed(claims(&|claims| claims["iss"] = json!("http://127.0.0.1:9/oidc")));
    for token in [own, unsigned, symmetric, foreign, String::new(), "x".repeat(9_000)] {
        let (status, answer) = house.post("/api/sign-in", json!({"idToken": token})).await;
        assert_eq!((status, &answer["error"]), (401, &json!("wrong-token")), "{token}");
    }
    for nonce in ["short", &"!".repeat(43)] {
        let first = house.sign_in("alice").await;
        let (status, _) =
            house.post("/api/sign-in", json!({"refresh": first["refresh"], "nonce": nonce})).await;
        assert_eq!(status, 400);
        let (status, _) = house.post("/api/sign-in", json!({"refresh": first["refresh"]})).await;
        assert_eq!(status, 200, "a malformed request has not used the token up");
    }
    let plain = house.sign_in("alice").await;
    assert_eq!(plain["idToken"], Value::Null, "who does not ask is not told");
    house.stop().await;
}

#[tokio::test]
async fn a_token_that_somebody_has_signed_in_with_is_spent_over_a_restart() {
    let mut data = Default::default();
    let base = "https://conf.example";
    let house = House::start_with(|config| {
        // The issuer is the same after the restart, although the ports are others.
        config.public_url = Some(base.to_owned());
        data = config.data.clone();
    })
    .await;
    let key = std::fs::read_to_string(data.join("oidc-key.txt")).unwrap();
    let key = SigningKey::from_text(&key).unwrap();
    let issue = |jti: &str| {
        let now = now();
        let claims = json!({"iss": format!("{base}/oidc"), "sub": "alice", "aud": "confab-desktop", "iat": now,
            "exp": now + 600, "jti": jti, "email": "alice@confab.local"});
        key.jwt(&claims).unwrap()
    };
    let (first, second) = (issue("1"), issue("2"));
    assert_eq!(house.post("/api/sign-in", json!({"idToken": first})).await.0, 200);
    let house = house.restart().await;
    let (status, answer) = house.post("/api/sign-in", json!({"idToken": first})).await;
    assert_eq!((status, &answer["error"]), (401, &json!("wrong-token")));
    assert_eq!(
        house.post("/api/sign-in", json!({"idToken": second})).await.0,
        200,
        "one in flight is still good"
    );
    house.stop().await;
}
