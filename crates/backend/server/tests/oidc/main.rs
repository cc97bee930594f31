//! Signing in by browser, ID tokens and assertions, against the real backend over sockets.

#[path = "../house/browser.rs"]
mod browser;
#[path = "../house/mod.rs"]
mod house;
mod tokens;

use std::sync::Arc;

use browser::{exchange, query};
use confab_identity::browser::{BrowserError, Provider, Words};
use confab_identity::{IdToken, Issuers, Verifier, Wallet};
use confab_line::ask::{Judgement, Statement};
use house::House;
use serde_json::{Value, json};

fn now() -> u64 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

fn words() -> Words {
    let text = str::to_owned;
    Words {
        language: text("de"),
        done: text("Angemeldet"),
        close: text("Sie können schließen."),
        refused: text("Nein"),
    }
}

async fn ways(house: &House) -> Value {
    serde_json::from_str(&house.get("/api/sign-in").await).unwrap()
}

async fn provider(house: &House) -> Provider {
    let ways = ways(house).await;
    let text = |key: &str| ways["providers"][0][key].as_str().unwrap().to_owned();
    Provider { issuer: text("issuer"), client_id: text("clientId") }
}

/// Runs what a person would do on a thread of its own.
async fn by_hand<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// Signs in with a client that opens this "browser".
async fn with_browser(
    provider: &Provider,
    browser: impl FnOnce(&str) + Send + 'static,
) -> Result<String, BrowserError> {
    let open = |url: &str| {
        let url = url.to_owned();
        std::thread::spawn(move || browser(&url));
        Ok(())
    };
    confab_identity::browser::sign_in(provider, &words(), Arc::default(), open, now).await
}

#[tokio::test]
async fn a_person_signs_in_by_browser_and_is_then_proven_to_others() {
    let house = House::start().await;
    let provider = provider(&house).await;
    let password = house.password().to_owned();
    let id_token = with_browser(&provider, move |url| {
        let last = browser::sign_in(url, "alice", &password);
        assert_eq!(last.status, 200);
        assert!(last.body.contains("Angemeldet") && last.body.contains("lang=\"de\""), "{}", last.body);
        assert!(last.header("content-security-policy").contains("default-src 'none'"));
    })
    .await
    .unwrap();

    let mut wallet = Wallet::generate().unwrap();
    let body = json!({"idToken": id_token, "nonce": wallet.nonce()});
    let (status, grant) = house.post("/api/sign-in", body.clone()).await;
    assert_eq!((status, &grant["user"]), (200, &json!("user://confab.local/alice@confab.local")));
    let (status, again) = house.post("/api/sign-in", body).await;
    assert_eq!((status, &again["error"]), (401, &json!("wrong-token")), "an ID token is good once");

    // A refresh gives an ID token too.
    let body = json!({"refresh": grant["refresh"], "nonce": wallet.nonce()});
    let (status, renewed) = house.post("/api/sign-in", body).await;
    assert_eq!(status, 200);
    wallet.set_id_token(renewed["idToken"].as_str().unwrap()).unwrap();

    let statement = Statement {
        user: "user://confab.local/alice@confab.local".to_owned(),
        audience: "user://b.local/bob@b.local".to_owned(),
        call: "connection://confab.local/1".to_owned(),
        fingerprints: vec!["sha-256 AB:CD".to_owned()],
    };
    let assertion = wallet.sign(&statement, now()).unwrap();
    let base = format!("http://{}", house.http());
    by_hand(move || {
        let issuers = Arc::new(Issuers::default());
        let verifier = Verifier::new(issuers.clone());
        let judge = |statement: &Statement| {
            let issuer = |_: &str| issuers.of_domain(&base, now()).map_err(|error| error.to_string());
            verifier.verify(&assertion, statement, now(), issuer)
        };
        let mallory =
            Statement { audience: "user://b.local/mallory@b.local".to_owned(), ..statement.clone() };
        assert!(matches!(judge(&mallory), Judgement::False(_)));
        assert_eq!(judge(&statement), Judgement::Proven);
        assert!(matches!(judge(&statement), Judgement::False(_)));
    })
    .await;

    // What was shown to others is not good for signing in.
    let (status, refused) = house.post("/api/sign-in", json!({"idToken": renewed["idToken"]})).await;
    assert_eq!((status, &refused["error"]), (401, &json!("wrong-token")));
    house.stop().await;
}

#[tokio::test]
async fn the_form_says_what_was_wrong_and_guessing_is_limited_as_everywhere() {
    let house = House::start().await;
    let url = format!("{}/authorize?{}", provider(&house).await.issuer, query(&[]));
    let right = house.password().to_owned();
    by_hand(move || {
        let shown = browser::get(&url);
        assert_eq!(shown.status, 200);
        let policy = shown.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "form-action 'self' http://127.0.0.1:9",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!shown.body.contains("<script") && shown.body.contains("<label for=\"user\">"));
        for part in ["HttpOnly", "SameSite=Strict"] {
            assert!(shown.header("set-cookie").contains(part));
        }
        for _ in 0..5 {
            let again = browser::submit(&url, &shown, "<alice>", "wrong");
            assert_eq!(again.status, 401);
            assert!(again.body.contains("role=\"alert\"") && again.body.contains("value=\"&lt;alice&gt;\""));
            assert_eq!(browser::submit(&url, &shown, "alice", "wrong").status, 401);
        }
        assert_eq!(browser::submit(&url, &shown, "alice", &right).status, 429);
        assert_eq!(browser::submit(&url, &shown, "bob", &right).status, 303);
    })
    .await;
    // The same limit holds at the other door.
    let (status, _) = house.post("/api/sign-in", json!({"user":"alice","password":house.password()})).await;
    assert_eq!(status, 429);
    house.stop().await;
}

#[tokio::test]
async fn a_form_that_another_page_sends_is_not_taken() {
    let house = House::start().await;
    let url = format!("{}/authorize?{}", provider(&house).await.issuer, query(&[]));
    let password = house.password().to_owned();
    by_hand(move || {
        let shown = browser::get(&url);
        let mut form = shown.hidden();
        form.push(("user".to_owned(), "alice".to_owned()));
        form.push(("password".to_owned(), password));
        let cookie = shown.header("set-cookie").split(';').next().unwrap();
        let action = url.split('?').next().unwrap();
        assert_eq!(browser::post(action, &form, &[]).status, 403);
        let other = format!("confab-form={}", "0".repeat(64));
        assert_eq!(browser::post(action, &form, &[("cookie", &other)]).status, 403);
        let evil = [("cookie", cookie), ("origin", "https://evil.example")];
        assert_eq!(browser::post(action, &form, &evil).status, 403);
        assert_eq!(browser::post(action, &form, &[("cookie", cookie), ("origin", "null")]).status, 403);
        assert_eq!(browser::post(action, &form, &[("cookie", cookie)]).status, 303);
    })
    .await;
    house.stop().await;
}

#[tokio::test]
async fn requests_that_are_not_as_they_must_be_lead_nowhere_or_back_with_a_word() {
    let house = House::start().await;
    let issuer = provider(&house).await.issuer;
    by_hand(move || {
        let ask = |change: &[(&str, &str)]| browser::get(&format!("{issuer}/authorize?{}", query(change)));
        for here in [
            [("redirect_uri", "https://evil.example/")],
            [("redirect_uri", "http://127.0.0.1.evil.example/")],
            [("redirect_uri", "")],
            [("client_id", "other")],
        ] {
            let page = ask(&here);
            assert_eq!((page.status, page.header("location")), (400, ""), "{here:?}");
        }
        for (change, word) in [
            (("response_type", "token"), "unsupported_response_type"),
            (("scope", "profile"), "invalid_scope"),
            (("code_challenge", ""), "invalid_request"),
            (("code_challenge_method", "plain"), "invalid_request"),
            (("code_challenge_method", ""), "invalid_request"),
            (("prompt", "none"), "login_required"),
            (("request", "x"), "request_not_supported"),
        ] {
            let page = ask(&[change]);
            assert!(page.header("location").starts_with("http://127.0.0.1:9/callback?"), "{change:?}");
            assert_eq!((page.status, page.sent("error").as_deref()), (303, Some(word)));
            assert_eq!(page.sent("state").as_deref(), Some("st"));
            assert_eq!(page.sent("iss").as_deref(), Some(issuer.as_str()));
        }
        let twice = browser::get(&format!("{issuer}/authorize?{}&client_id=confab-desktop", query(&[])));
        assert_eq!(twice.status, 400);
    })
    .await;
    house.stop().await;
}

#[tokio::test]
async fn a_code_is_good_once_for_who_has_asked_for_it() {
    let house = House::start().await;
    let issuer = provider(&house).await.issuer;
    let password = house.password().to_owned();
    by_hand(move || {
        let url = format!("{issuer}/authorize?{}", query(&[]));
        let code = || browser::submit(&url, &browser::get(&url), "alice", &password).sent("code").unwrap();
        let check = |page: browser::Page, status: u16, word: &str| {
            assert_eq!((page.status, &page.json()["error"]), (status, &json!(word)));
            assert_eq!(page.header("cache-control"), "no-store");
        };
        let fine = code();
        let page = exchange(&issuer, &fine, &[]);
        assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
        let token = IdToken::parse(page.json()["id_token"].as_str().unwrap()).unwrap();
        let keys = browser::get(&format!("{issuer}/jwks")).json();
        let key = serde_json::from_value(keys["keys"][0].clone()).unwrap();
        let claims = token.verify(&key, &issuer, now()).unwrap().clone();
        assert!(claims.exp - claims.iat <= 600 && claims.check_audience("confab-desktop").is_ok());
        assert_eq!(claims.email.as_deref(), Some("alice@confab.local"));
        assert_eq!(
            (claims.sub.as_str(), claims.nonce.as_deref(), claims.name.as_deref()),
            ("alice", Some("no"), Some("Alice"))
        );

        check(exchange(&issuer, &fine, &[]), 400, "invalid_grant");
        let wrong = "another-verifier-of-at-least-43-characters-0123";
        let stolen = code();
        check(exchange(&issuer, &stolen, &[("code_verifier", wrong)]), 400, "invalid_grant");
        // A failed try uses it up.
        check(exchange(&issuer, &stolen, &[]), 400, "invalid_grant");
        check(
            exchange(&issuer, &code(), &[("redirect_uri", "http://127.0.0.1:10/callback")]),
            400,
            "invalid_grant",
        );
        check(exchange(&issuer, &code(), &[("client_id", "other")]), 401, "invalid_client");
        check(exchange(&issuer, &code(), &[("grant_type", "password")]), 400, "unsupported_grant_type");
        check(exchange(&issuer, "", &[]), 400, "invalid_grant");
        check(browser::post(&format!("{issuer}/token"), &[], &[]), 400, "invalid_request");
    })
    .await;
    house.stop().await;
}

#[tokio::test]
async fn a_client_believes_no_answer_to_another_request() {
    let house = House::start().await;
    let provider = provider(&house).await;
    // Somebody who only has the port cannot end the sign-in; the provider's refusal does.
    let refused = with_browser(&provider, |url| {
        let asked = url::Url::parse(url).unwrap();
        let part = |name: &str| asked.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        let back = part("redirect_uri");
        assert_eq!(browser::get(&format!("{back}?code=x&state=guess")).status, 400);
        assert_eq!(browser::get(&format!("{back}?code=x")).status, 400);
        assert_eq!(browser::get(&back.replace("/callback", "/")).status, 404);
        let last = browser::get(&format!("{back}?error=access_denied&state={}", part("state")));
        assert!(last.body.contains("Nein"));
    });
    assert_eq!(refused.await, Err(BrowserError::Refused("access_denied".to_owned())));

    // A code for another nonce, verifier or address, put under the right state, is of no use.
    let (issuer, password) = (provider.issuer.clone(), house.password().to_owned());
    let stolen = with_browser(&provider, move |url| {
        let asked = url::Url::parse(url).unwrap();
        let part = |name: &str| asked.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        let own = format!("{issuer}/authorize?{}", query(&[]));
        let code = browser::submit(&own, &browser::get(&own), "bob", &password).sent("code").unwrap();
        browser::get(&format!("{}?code={code}&state={}", part("redirect_uri"), part("state")));
    });
    assert_eq!(stolen.await, Err(BrowserError::Refused("invalid_grant".to_owned())));
    let nonce = house.password().to_owned();
    let other_nonce = with_browser(&provider, move |url| {
        let mut asked = url::Url::parse(url).unwrap();
        let pairs: Vec<(String, String)> = asked.query_pairs().into_owned().collect();
        asked.query_pairs_mut().clear().extend_pairs(
            pairs
                .iter()
                .map(|(name, value)| (name.as_str(), if name == "nonce" { "x" } else { value.as_str() })),
        );
        browser::sign_in(asked.as_str(), "alice", &nonce);
    });
    let error = other_nonce.await.unwrap_err();
    assert_eq!(error.to_string(), "ID token: bound to another nonce");
    house.stop().await;
}

#[tokio::test]
async fn people_of_another_provider_have_accounts_here_or_get_one_when_that_is_wanted() {
    // The other provider is a backend, whose domain is this one's name.
    let other = House::start().await;
    let external = provider(&other).await;
    for create in [false, true] {
        let (issuer, client) = (external.issuer.clone(), external.client_id.clone());
        let house = House::start_with(|config| {
            config.users = vec!["bob".to_owned()];
            config.oidc.oidc_issuer = Some(issuer);
            config.oidc.oidc_client_id = Some(client);
            config.oidc.oidc_create = create;
        })
        .await;
        assert_eq!(ways(&house).await["providers"][1]["issuer"], external.issuer);
        for (user, known) in [("bob", true), ("alice", create)] {
            let password = other.password().to_owned();
            let token = with_browser(&external, move |url| drop(browser::sign_in(url, user, &password)))
                .await
                .unwrap();
            let (status, answer) = house.post("/api/sign-in", json!({"idToken": token})).await;
            if known {
                assert_eq!(status, 200, "{answer}");
                assert_eq!(answer["user"], format!("user://confab.local/{user}@confab.local"));
            } else {
                assert_eq!((status, &answer["error"]), (403, &json!("unknown-user")));
            }
        }
        house.stop().await;
    }
    other.stop().await;
}

#[tokio::test]
async fn keys_stay_over_a_restart_and_the_documents_fit_together() {
    let house =
        House::start_with(|config| config.public_url = Some("https://conf.example/".to_owned())).await;
    let ways = ways(&house).await;
    assert_eq!(ways["providers"][0]["issuer"], "https://conf.example/oidc");
    assert_eq!((&ways["domain"], &ways["password"]), (&json!("confab.local"), &json!(true)));
    let document: Value =
        serde_json::from_str(&house.get("/oidc/.well-known/openid-configuration").await).unwrap();
    assert_eq!(document["issuer"], "https://conf.example/oidc");
    assert_eq!(document["token_endpoint"], "https://conf.example/oidc/token");
    let keys = house.get("/oidc/jwks").await;
    assert!(!keys.contains("\"d\""), "{keys}");
    let house = house.restart().await;
    assert_eq!(house.get("/oidc/jwks").await, keys);
    house.stop().await;
}
