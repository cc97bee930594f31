//! A Matrix node, and TLS that cannot be trusted.

use std::sync::Arc;

use confab_rethink::{Flavour, Message, Url};
use confab_signaling::{DownReason, Target, TransportEvent, connect};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

fn message(text: &str) -> Message {
    let message = r#"{"id":1,"type":"create","from":"hyperty://csp.test/z","to":"comm://csp.test/o"}"#;
    Message::parse(message).unwrap().with("value", text)
}

#[tokio::test]
async fn a_matrix_node_is_told_the_runtime_in_the_address_and_farewell_in_words_of_its_own() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/stub/connect", listener.local_addr().unwrap());
    let runtime = Url::parse("runtime://csp.test/r1").unwrap();
    let target = Target { runtime: Some(runtime), ..Target::new(Flavour::Matrix, url) };
    // Twice: coming back is the same address again, and nothing is said before the first message.
    for _ in 0..2 {
        let mut transport = connect(target.clone());
        let mut asked = String::new();
        #[allow(clippy::result_large_err)] // The shape is tungstenite's.
        let note = |request: &Request, response: Response| {
            asked = request.uri().to_string();
            Ok(response)
        };
        let stream = listener.accept().await.unwrap().0;
        let mut socket = tokio_tungstenite::accept_hdr_async(stream, note).await.unwrap();
        assert_eq!(asked, "/stub/connect?runtimeURL=runtime%3A%2F%2Fcsp.test%2Fr1");
        assert_eq!(transport.next().await, Some(TransportEvent::Up));
        transport.send(message("hi")).unwrap();
        let text = socket.next().await.unwrap().unwrap().into_text().unwrap();
        assert_eq!(Message::parse(&text), Ok(message("hi")));
        socket.send(Frame::text(message("back").to_json())).await.unwrap();
        assert_eq!(transport.next().await, Some(TransportEvent::Message(message("back"))));
        transport.close();
        let farewell = socket.next().await.unwrap().unwrap().into_text().unwrap();
        let farewell: serde_json::Value = serde_json::from_str(&farewell).unwrap();
        let expected =
            serde_json::json!({"cmd": "disconnect", "body": {"runtimeURL": "runtime://csp.test/r1"}});
        assert_eq!(farewell, expected);
        assert!(matches!(socket.next().await, Some(Ok(Frame::Close(_)))));
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("wss://localhost:{}", listener.local_addr().unwrap().port());
    let mut transport = connect(Target::new(Flavour::Vertx, url));
    let handshake = acceptor.accept(listener.accept().await.unwrap().0).await;
    assert!(handshake.is_err(), "the client goes on with a certificate it cannot trust");
    let down = transport.next().await;
    let Some(TransportEvent::Down(DownReason::Unreachable(why))) = down else { panic!("{down:?}") };
    assert!(why.to_lowercase().contains("certificate"), "{why}");
}
