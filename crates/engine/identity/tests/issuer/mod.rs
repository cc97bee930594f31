//! An issuer of ID tokens on a port of this machine.
#![allow(dead_code)] // Each test program uses its own part.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use confab_identity::SigningKey;
use serde_json::{Value, json};

/// Answers until the test ends.
pub struct Issuer {
    pub base: String,
    pub key: SigningKey,
    world: Arc<Mutex<World>>,
}

#[derive(Default)]
struct World {
    pages: BTreeMap<String, Value>,
    asked: Vec<String>,
}

impl Issuer {
    pub fn start() -> Issuer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address: SocketAddr = listener.local_addr().expect("it has an address");
        let world = Arc::new(Mutex::new(World::default()));
        let shared = world.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away in the middle is its own business.
                let _ = answer(stream, &shared);
            }
        });
        let key = SigningKey::generate().expect("there is randomness");
        let issuer = Issuer { base: format!("http://{address}"), key, world };
        let at = |path: &str| format!("{}/{path}", issuer.url());
        issuer.put(
            "/oidc/.well-known/openid-configuration",
            json!({"issuer": issuer.url(), "authorization_endpoint": at("authorize"),
                "token_endpoint": at("token"), "jwks_uri": at("jwks")}),
        );
        issuer.put("/oidc/jwks", json!({"keys": [{"kty": "oct", "k": "AA"}, issuer.key.published()]}));
        issuer.put(
            "/api/sign-in",
            json!({"providers": [{"issuer": issuer.url()}, {"issuer": "https://other"}]}),
        );
        issuer
    }

    pub fn url(&self) -> String {
        format!("{}/oidc", self.base)
    }

    pub fn put(&self, path: &str, page: Value) {
        self.world.lock().unwrap().pages.insert(path.to_owned(), page);
    }

    /// How often a page was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.world.lock().unwrap().asked.iter().filter(|asked| *asked == path).count()
    }
}

fn answer(mut stream: TcpStream, world: &Mutex<World>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::from("x");
    while !line.trim().is_empty() {
        line.clear();
        reader.read_line(&mut line)?;
    }
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let page = {
        let mut world = world.lock().unwrap();
        world.asked.push(path.clone());
        world.pages.get(&path).map(Value::to_string)
    };
    let (status, body) = page.map_or(("404 Not Found", String::new()), |body| ("200 OK", body));
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}
