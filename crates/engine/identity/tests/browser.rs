//! How a sign-in by browser ends early.

mod issuer;

use std::sync::Arc;

use confab_identity::browser::{BrowserError, Provider, Words, sign_in};
use issuer::Issuer;
use serde_json::json;
use tokio::sync::oneshot;

fn words() -> Words {
    let [language, done, close, refused] = ["en", "Done", "Close this page.", "No"].map(str::to_owned);
    Words { language, done, close, refused }
}

fn provider(issuer: &Issuer) -> Provider {
    Provider { issuer: issuer.url(), client_id: "client".to_owned() }
}

#[tokio::test]
async fn a_cancelled_sign_in_closes_its_port() {
    let issuer = Issuer::start();
    let provider = provider(&issuer);
    let (opened, url) = oneshot::channel();
    let open = |url: &str| opened.send(url.to_owned());
    let words = words();
    let signing = sign_in(&provider, &words, Arc::default(), open, || 0);
    let url = tokio::select! {
        ended = signing => panic!("nobody has come back: {ended:?}"),
        url = url => url.unwrap(),
    };
    let asked = url::Url::parse(&url).unwrap();
    let part = |name: &str| asked.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert!(url.starts_with(&format!("{}/authorize?", issuer.url())));
    assert_eq!((part("response_type"), part("code_challenge_method")), ("code".into(), "S256".into()));
    assert_eq!((part("code_challenge").len(), part("state").len(), part("nonce").len()), (43, 22, 22));
    let back = url::Url::parse(&part("redirect_uri")).unwrap();
    assert_eq!((back.host_str(), back.path()), (Some("127.0.0.1"), "/callback"));
    let late = std::net::TcpStream::connect(("127.0.0.1", back.port().unwrap()));
    assert!(late.is_err(), "the port is closed");
}

#[tokio::test]
async fn without_a_provider_or_a_browser_nobody_signs_in() {
    let issuer = Issuer::start();
    let failed =
        sign_in(&provider(&issuer), &words(), Arc::default(), |_| Err("none".to_owned()), || 0).await;
    assert_eq!(failed, Err(BrowserError::Open("none".to_owned())));
    let never = |_: &str| panic!("no browser is opened");
    let endpoint = "http://a.example/authorize";
    issuer.put(
        "/oidc/.well-known/openid-configuration",
        json!({"issuer": issuer.url(), "authorization_endpoint": endpoint, "token_endpoint": endpoint,
            "jwks_uri": endpoint}),
    );
    let insecure = sign_in(&provider(&issuer), &words(), Arc::default(), never, || 0).await;
    assert!(matches!(insecure, Err(BrowserError::Provider(_))), "{insecure:?}");
    issuer.put("/oidc/.well-known/openid-configuration", json!({"issuer": "https://else.example"}));
    let other = sign_in(&provider(&issuer), &words(), Arc::default(), never, || 0).await;
    assert!(matches!(other, Err(BrowserError::Provider(_))), "{other:?}");
}
