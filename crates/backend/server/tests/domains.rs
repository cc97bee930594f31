//! Several domains: in one process, in several, and what one of them cannot do to another.

mod house;

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use confab_backend::config::Config;
use confab_backend::neighbours::TrustedIssuer;
use confab_backend::{Backend, start_all};
use confab_identity::Wallet;
use confab_line::ask::Statement;
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
    sign_in_to_visit(http, user, password).await.0
}

/// The same, and who can say elsewhere who they are.
async fn sign_in_to_visit(http: SocketAddr, user: &str, password: &str) -> (Value, Visitor) {
    let mut wallet = Wallet::generate().unwrap();
    let ask = json!({"user":user,"password":password,"nonce":wallet.nonce()});
    let (status, grant) = post(http, "/api/sign-in", ask).await;
    assert_eq!(status, 200, "{grant}");
    wallet.set_id_token(grant["idToken"].as_str().unwrap()).unwrap();
    let visitor = Visitor { wallet, user: grant["user"].as_str().unwrap().to_owned() };
    (grant, visitor)
}

struct Visitor {
    wallet: Wallet,
    user: String,
}

impl Visitor {
    /// What says to the node of a domain that they open from a runtime.
    fn proof(&self, domain: &str, runtime: &str) -> String {
        self.sign(&Statement::opening(&self.user, domain, runtime))
    }

    fn sign(&self, statement: &Statement) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        self.wallet.sign(statement, now).unwrap()
    }

    /// Opens a session at the node of a domain, from a runtime of another one.
    async fn visit(&self, http: SocketAddr, domain: &str, home: &str, name: &str) -> (Client, u64) {
        let mut client = Client::connect_from(home, http, Flavour::NodeJs, name).await;
        let proof = self.proof(domain, client.runtime.as_str());
        let opened = open(&mut client, json!({"proof":proof})).await;
        (client, opened)
    }
}

async fn open(client: &mut Client, body: Value) -> u64 {
    code(&client.ask_raw(json!({"type":"open","from":client.runtime,"to":"mn:/session","body":body})).await)
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

#[tokio::test]
async fn a_user_of_one_domain_speaks_in_the_other_as_who_they_are() {
    let town = Town::start().await;
    let (grant, visitor) = sign_in_to_visit(town.http(0), "alice", PASSWORD).await;
    assert_eq!(grant["user"], "user://a.local/alice@a.local");
    assert_eq!(grant["domains"], json!({"b.local":{"url":format!("http://{}", town.http(1))}}));
    let (mut bob, hyperty) = bob(town.http(1), PASSWORD, "b.local").await;
    let (mut alice, opened) = visitor.visit(town.http(1), "b.local", "a.local", "alice").await;
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
    let (grant, visitor) = sign_in_to_visit(town.http(0), "alice", PASSWORD).await;
    let mut stranger = Client::connect_from("b.local", town.http(1), Flavour::NodeJs, "alice").await;
    assert_eq!(code(&stranger.open(&grant["accessToken"]).await), 401);
    assert_eq!(post(town.http(1), "/api/sign-in", json!({"refresh":grant["refresh"]})).await.0, 401);
    // An issuer speaks for its own domain only, and nobody visits home.
    let (_, opened) = visitor.visit(town.http(0), "a.local", "a.local", "alice").await;
    assert_eq!(opened, 401);
    let (_, opened) = visitor.visit(town.http(1), "b.local", "b.local", "alice").await;
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
async fn what_a_visitor_shows_to_one_domain_or_person_opens_nothing_elsewhere() {
    let town = Town::start().await;
    let (grant, visitor) = sign_in_to_visit(town.http(0), "alice", PASSWORD).await;
    let mut alice = Client::connect_from("a.local", town.http(1), Flavour::NodeJs, "alice").await;
    let runtime = alice.runtime.as_str().to_owned();
    let media = Statement {
        fingerprints: vec!["sha-256 AB:CD".to_owned()],
        ..Statement::opening(&visitor.user, "b.local", &runtime)
    };
    let call = Statement {
        audience: "user://b.local/bob@b.local".to_owned(),
        call: "connection://a.local/1".to_owned(),
        ..media.clone()
    };
    for (body, what) in [
        (json!({"idToken":grant["idToken"]}), "the ID token that everybody sees"),
        (json!({"proof":grant["idToken"]}), "the same as a proof"),
        (json!({"proof":visitor.sign(&call)}), "an assertion for a call"),
        (json!({"proof":visitor.sign(&media)}), "an opening with media"),
        (json!({"proof":visitor.proof("c.local", &runtime)}), "a proof for another domain"),
        (json!({"proof":visitor.proof("b.local", "runtime://a.local/other")}), "a proof of another runtime"),
    ] {
        assert_eq!(open(&mut alice, body).await, 401, "{what}");
    }
    let proof = json!({"proof":visitor.proof("b.local", &runtime)});
    assert_eq!(open(&mut alice, proof.clone()).await, 200);
    // Whoever has overheard it comes too late, under the same runtime or another one.
    for name in ["alice", "mallory"] {
        let mut mallory = Client::connect_from("a.local", town.http(1), Flavour::NodeJs, name).await;
        assert_eq!(open(&mut mallory, proof.clone()).await, 401, "{name}");
    }
    let (_, opened) = visitor.visit(town.http(1), "b.local", "a.local", "alice").await;
    assert_eq!(opened, 200, "the visitor comes again with another proof");
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
    let (_, visitor) = sign_in_to_visit(home.http(), "alice", home.password()).await;
    let (_, opened) = visitor.visit(far.http(), "b.local", "a.local", "alice").await;
    assert_eq!(opened, 200);
    let (_, opened) = visitor.visit(far.http(), "b.local", "c.local", "alice").await;
    assert_eq!(opened, 403);
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
