//! Finding nodes, against servers that answer what they are told to.

use std::io::{Read, Write};
use std::net::TcpListener;

use confab_rethink::{Domain, Flavour};
use confab_signaling::{DiscoverError, discover};

/// A server with these pages (path, body); anything else is 404. `{base}` in a body is its own address.
fn serve(pages: &'static [(&'static str, &'static str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let own = base.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            let path = head.split(' ').nth(1).unwrap_or_default();
            let page = pages.iter().find(|(name, _)| path == *name);
            let (status, body) = match page {
                Some((_, body)) if body.starts_with("REDIRECT ") => ("302 Found", *body),
                Some((_, body)) => ("200 OK", *body),
                None => ("404 Not Found", ""),
            };
            let location =
                body.strip_prefix("REDIRECT ").map(|to| format!("Location: {to}\r\n")).unwrap_or_default();
            let body = body.replace("{base}", &own.replacen("http", "ws", 1));
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{location}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    base
}

fn domain() -> Domain {
    Domain::parse("csp.test").unwrap()
}

const DESCRIPTOR: &str = "/.well-known/protocolstub/default";

#[test]
fn a_descriptor_says_where_the_node_is() {
    for (pages, flavour, path) in [
        (
            &[(DESCRIPTOR, r#"{"configuration":{"url":"{base}/mn","flavour":"matrix"}}"#)][..],
            Flavour::Matrix,
            "/mn",
        ),
        (
            &[(DESCRIPTOR, r#"{"flavour":"vertx","configuration":"{\"url\":\"{base}/x\"}"}"#)],
            Flavour::Vertx,
            "/x",
        ),
        (&[(DESCRIPTOR, r#"{"configuration":{"url":"{base}/ws"}}"#)], Flavour::Vertx, "/ws"),
        (&[(DESCRIPTOR, r#"{"configuration":{"url":"{base}/socket.io/"}}"#)], Flavour::NodeJs, "/socket.io/"),
        (
            &[
                (DESCRIPTOR, r#"{"configuration":{"url":"{base}/mn/"}}"#),
                ("/mn/live", r#"{"status":"up","domain":"csp.test","connected":3}"#),
            ],
            Flavour::NodeJs,
            "/mn/",
        ),
        (
            &[
                (DESCRIPTOR, "REDIRECT /d"),
                ("/d", r#"{"flavour":"nodejs","configuration":{"url":"{base}"}}"#),
            ],
            Flavour::NodeJs,
            "",
        ),
    ] {
        let base = serve(pages);
        let url = format!("{}{path}", base.replacen("http", "ws", 1));
        assert_eq!(discover(&domain(), Some(&base)), Ok((flavour, url)), "{pages:?}");
    }
}

#[test]
fn without_a_descriptor_the_node_is_told_by_its_manners() {
    for pages in [
        &[("/live", r#"{"status":"up","domain":"csp.test"}"#)][..],
        &[(
            "/socket.io/?EIO=3&transport=polling&b64=1",
            r#"64:0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":60000}"#,
        )],
        &[(DESCRIPTOR, "not json"), ("/live", r#"{"status":"up","domain":"csp.test"}"#)],
        &[
            (DESCRIPTOR, r#"{"configuration":{"url":"file:///etc/passwd"}}"#),
            ("/live", r#"{"status":"up","domain":"d"}"#),
        ],
    ] {
        let base = serve(pages);
        assert_eq!(discover(&domain(), Some(&format!("{base}/"))), Ok((Flavour::NodeJs, base)), "{pages:?}");
    }
}

#[tokio::test]
async fn a_server_that_opens_websockets_at_ws_is_a_vertx_node() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("ws://{}", listener.local_addr().unwrap());
    let hint = base.clone();
    let asked = tokio::task::spawn_blocking(move || discover(&domain(), Some(&hint)));
    let serve = async {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Whoever asks for pages hears nothing useful.
            let _ = tokio_tungstenite::accept_async(stream).await;
        }
    };
    let found = tokio::select! {
        found = asked => found.unwrap(),
        () = serve => unreachable!("it serves for ever"),
    };
    assert_eq!(found, Ok((Flavour::Vertx, format!("{base}/ws"))));
}

#[test]
fn what_is_no_node_or_answers_endlessly_is_not_found() {
    let base =
        serve(&[("/live", r#"{"status":"up"}"#), ("/socket.io/?EIO=3&transport=polling&b64=1", "hello")]);
    assert_eq!(discover(&domain(), Some(&base)), Err(DiscoverError::Silent(base)));
    static LONG: [u8; 80_000] = [b' '; 80_000];
    let long: &'static str = std::str::from_utf8(&LONG).unwrap();
    let base = serve(Box::leak(Box::new([("/live", long), (DESCRIPTOR, long)])));
    assert_eq!(discover(&domain(), Some(&base)), Err(DiscoverError::Silent(base)));
    for hint in ["", "ftp://x", "http://", "http://a b/", "http://user@host/"] {
        assert_eq!(discover(&domain(), Some(hint)), Err(DiscoverError::Address(hint.to_owned())), "{hint}");
    }
}

#[test]
fn a_domain_that_somebody_names_does_not_open_the_own_network() {
    let base = serve(&[("/live", r#"{"status":"up","domain":"csp.test"}"#)]);
    let host = base.strip_prefix("http://").unwrap();
    let inside = Domain::parse(host).unwrap();
    assert_eq!(discover(&inside, None), Err(DiscoverError::Private(format!("https://{host}"))));
    for odd in ["a%2e.test", "a~b.test", "a=b"] {
        let odd = Domain::parse(odd).unwrap();
        assert_eq!(discover(&odd, None), Err(DiscoverError::Address(odd.to_string())));
    }
}
