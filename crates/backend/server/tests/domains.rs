//! Several domains: in one process, in several, and what one of them cannot do to another.

mod house;

use std::net::SocketAddr;

use confab_backend::config::Config;
use confab_backend::neighbours::TrustedIssuer;
use confab_backend::{Backend, start_all};
use confab_identity::Wallet;
use confab_rethink::{Domain, Flavour};
use house::{Client, Folder, House, code, get, post};
use serde_json::{Value, json};

const PASSWORD: &str = "two-lamps-under-snow";

struct Town {
    backend: Backend,
    folder: Folder,
}

impl Town {
    async fn start() -> Town {
        let folder = Folder::new();
        Town { backend: start_all(two_domains(&folder)).await.unwrap(), folder }
    }

    fn http(&self, number: usize) -> SocketAddr {
        self.backend.domains()[number].http_addr()
    }
}

fn two_domains(folder: &Folder) -> Config {
    let mut config = Config::on_loopback(&folder.0, PASSWORD);
    config.domains = ["a.local", "b.local"].map(|name| Domain::parse(name).unwrap()).to_vec();
    config
}

/// Signs in with a fresh key, as clients do.
async fn sign_in(http: SocketAddr, user: &str, password: &str) -> Value {
    let nonce = Wallet::generate().unwrap().nonce();
    let (status, grant) =
        post(http, "/api/sign-in", json!({"user":user,"password":password,"nonce":nonce})).await;
    assert_eq!(status, 200, "{grant}");
    grant
}

/// A client of `bob` at the domain, with a hyperty that hears.
async fn bob(http: SocketAddr, password: &str, domain: &str) -> (Client, String) {
    let grant = sign_in(http, "bob", password).await;
    let mut bob = Client::connect_from(domain, http, Flavour::NodeJs, "bob").await;
    assert_eq!(code(&bob.open(&grant["accessToken"]).await), 200);
    let hyperty = format!("hyperty://{domain}/bob-h");
    let body = json!({"subscribe":[hyperty]});
    let to = format!("domain://msg-node.{domain}/sm");
    let routed = json!({"type":"subscribe","from":bob.runtime.sm(),"to":to,"body":body});
    assert_eq!(code(&bob.ask_raw(routed).await), 200);
    (bob, hyperty)
}

/// Opens a session with an ID token of another domain.
async fn visit(http: SocketAddr, home: &str, name: &str, id_token: &Value) -> (Client, u64) {
    let mut client = Client::connect_from(home, http, Flavour::NodeJs, name).await;
    let open = json!({"type":"open","from":client.runtime,"to":"mn:/session","body":{"idToken":id_token}});
    let opened = code(&client.ask_raw(open).await);
    (client, opened)
}

#[tokio::test]
async fn a_user_of_one_domain_speaks_in_the_other_as_who_they_are() {
    let town = Town::start().await;
    let grant = sign_in(town.http(0), "alice", PASSWORD).await;
    assert_eq!(grant["user"], "user://a.local/alice@a.local");
    assert_eq!(grant["domains"], json!({"b.local":{"url":format!("http://{}", town.http(1))}}));
    let (mut bob, hyperty) = bob(town.http(1), PASSWORD, "b.local").await;
    let (mut alice, opened) = visit(town.http(1), "a.local", "alice", &grant["idToken"]).await;
    assert_eq!(opened, 200);
    let body =
        json!({"identity":{"userProfile":{"username":"bob@b.local"}},"source":"hyperty://a.local/alice-h"});
    alice.tell(
        json!({"type":"create","from":"connection://a.local/oa/subscription","to":hyperty,"body":body}),
    );
    let heard = bob.next().await;
    assert_eq!(heard.body["identity"]["userProfile"]["userURL"], "user://a.local/alice@a.local");
    let forged = json!({"type":"create","from":hyperty,"to":hyperty,"body":{}});
    assert_eq!(code(&alice.ask_raw(forged).await), 403);
    town.backend.shutdown().await;
}

#[tokio::test]
async fn domains_share_neither_people_nor_tokens_nor_figures() {
    let town = Town::start().await;
    let grant = sign_in(town.http(0), "alice", PASSWORD).await;
    let mut stranger = Client::connect_from("b.local", town.http(1), Flavour::NodeJs, "alice").await;
    assert_eq!(code(&stranger.open(&grant["accessToken"]).await), 401);
    assert_eq!(post(town.http(1), "/api/sign-in", json!({"refresh":grant["refresh"]})).await.0, 401);
    // An issuer speaks for its own domain only, and nobody visits home.
    let (_, opened) = visit(town.http(0), "a.local", "alice", &grant["idToken"]).await;
    assert_eq!(opened, 401);
    let (_, opened) = visit(town.http(1), "b.local", "alice", &grant["idToken"]).await;
    assert_eq!(opened, 403);
    for (number, name) in ["a.local", "b.local"].into_iter().enumerate() {
        assert!(town.folder.0.join(name).join("confab.db").exists());
        let (_, metrics) = get(town.http(number), "/metrics").await;
        assert!(metrics.contains(&format!("confab_rooms{{domain=\"{name}\"}} 1\n")), "{metrics}");
        let label = format!("confab_sign_ins_total{{domain=\"{name}\",outcome=\"ok\"}} {}\n", 1 - number);
        assert!(metrics.contains(&label), "{metrics}");
    }
    town.backend.shutdown().await;
}

#[tokio::test]
async fn a_domain_that_does_not_start_leaves_the_other_as_it_is() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::write(folder.0.join("a.local"), "a file where a folder should be").unwrap();
    let backend = start_all(two_domains(&folder)).await.unwrap();
    let served: Vec<&str> = backend.domains().iter().map(|domain| domain.domain().as_str()).collect();
    assert_eq!(served, ["b.local"]);
    let grant = sign_in(backend.domains()[0].http_addr(), "bob", PASSWORD).await;
    assert_eq!(grant["domains"], json!({}));
    backend.shutdown().await;
    std::fs::remove_dir_all(folder.0.join("b.local")).unwrap();
    std::fs::write(folder.0.join("b.local"), "another one").unwrap();
    assert!(start_all(two_domains(&folder)).await.is_err(), "nothing is left to serve");
}

#[tokio::test]
async fn an_issuer_elsewhere_is_believed_by_the_keys_it_publishes() {
    let home = House::start_with(|config| config.domain = Domain::parse("a.local").unwrap()).await;
    let issuer = format!("http://{}/oidc", home.http());
    let far = House::start_with(|config| {
        config.domain = Domain::parse("b.local").unwrap();
        config.trust_issuer = vec![TrustedIssuer::parse(&format!("a.local={issuer}")).unwrap()];
    })
    .await;
    let grant = sign_in(home.http(), "alice", home.password()).await;
    let (_, opened) = visit(far.http(), "a.local", "alice", &grant["idToken"]).await;
    assert_eq!(opened, 200);
    let (_, opened) = visit(far.http(), "c.local", "alice", &grant["idToken"]).await;
    assert_eq!(opened, 403);
    let (_, opened) = visit(home.http(), "b.local", "bob", &json!("no.to.ken")).await;
    assert_eq!(opened, 401);
    far.stop().await;
    home.stop().await;
}

#[tokio::test]
async fn a_sign_in_names_the_relays_with_a_password_that_ends() {
    let house = House::start_with(|config| {
        config.turn = vec!["turn:127.0.0.1:3478?transport=udp".to_owned()];
        config.turn_secret = Some("shared".to_owned());
    })
    .await;
    let grant = house.sign_in("alice").await;
    let server = &grant["iceServers"][0];
    assert_eq!(server["urls"], json!(["turn:127.0.0.1:3478?transport=udp"]));
    let (expires, user) = server["username"].as_str().unwrap().split_once(':').unwrap();
    assert!(user == "alice" && expires.parse::<u64>().unwrap() > 1_700_000_000);
    assert_eq!(server["credential"].as_str().unwrap().len(), 28);
    house.stop().await;
}

#[tokio::test]
async fn accounts_are_found_by_name_before_they_were_ever_online() {
    let house = House::start().await;
    let grant = house.sign_in("alice").await;
    let mut alice = Client::connect(&house, Flavour::Vertx, "alice").await;
    assert_eq!(code(&alice.open(&grant["accessToken"]).await), 200);
    let body = json!({"resource":"/directory","criteria":{"text":"BO"}});
    let from = alice.runtime.child("/registry");
    let found =
        alice.ask_raw(json!({"type":"read","from":from,"to":house.domain.registry(),"body":body})).await;
    assert_eq!(found.value(), Some(&json!({"user://confab.local/bob@confab.local":{"name":"Bob"}})));
    house.stop().await;
}
