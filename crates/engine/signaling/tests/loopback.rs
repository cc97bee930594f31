//! Transports against a node made of nothing but the server's framing.

use confab_rethink::{Flavour, Message};
use confab_signaling::framing::ServerHeard;
use confab_signaling::{DownReason, SendError, ServerFraming, Target, TransportEvent, connect};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{WebSocketStream, accept_async};

const FLAVOURS: [Flavour; 2] = [Flavour::NodeJs, Flavour::Vertx];

fn message(text: &str) -> Message {
    let message = r#"{"id":1,"type":"open","from":"runtime://csp.test/r","to":"mn:/session"}"#;
    Message::parse(message).unwrap().with("value", text)
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    (listener, url)
}

async fn accept(listener: &TcpListener, framing: &ServerFraming) -> WebSocketStream<TcpStream> {
    let mut socket = accept_async(listener.accept().await.unwrap().0).await.unwrap();
    for text in framing.greeting() {
        socket.send(Frame::text(text)).await.unwrap();
    }
    socket
}

async fn hear(socket: &mut WebSocketStream<TcpStream>, framing: &ServerFraming) -> ServerHeard {
    loop {
        match socket.next().await {
            Some(Ok(Frame::Text(text))) => return framing.hear(&text),
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn messages_go_both_ways_and_malformed_ones_are_counted() {
    for flavour in FLAVOURS {
        let (listener, url) = listen().await;
        let framing = ServerFraming::new(flavour, "s");
        let mut transport = connect(Target::new(flavour, url));
        // Sent before the connection is up, it waits.
        transport.send(message("early")).unwrap();
        let mut socket = accept(&listener, &framing).await;
        assert_eq!(transport.next().await, Some(TransportEvent::Up));
        assert_eq!(hear(&mut socket, &framing).await, ServerHeard::Message(message("early")));
        socket.send(Frame::text(framing.say(&message("answer")))).await.unwrap();
        assert_eq!(transport.next().await, Some(TransportEvent::Message(message("answer"))));
        let broken = if flavour == Flavour::NodeJs { r#"42["message",{}]"# } else { "{}" };
        for count in 1..=2 {
            socket.send(Frame::text(broken)).await.unwrap();
            assert_eq!(transport.next().await, Some(TransportEvent::Malformed(count)));
        }
        let big = message(&"\"".repeat(400_000));
        transport.send(big.clone()).unwrap();
        assert_eq!(hear(&mut socket, &framing).await, ServerHeard::Message(big));
    }
}

#[tokio::test]
async fn a_client_that_leaves_sends_what_waits_and_says_farewell() {
    for flavour in FLAVOURS {
        let (listener, url) = listen().await;
        let framing = ServerFraming::new(flavour, "s");
        let mut transport = connect(Target::new(flavour, url));
        let mut socket = accept(&listener, &framing).await;
        assert_eq!(transport.next().await, Some(TransportEvent::Up));
        transport.send(message("last words")).unwrap();
        transport.close();
        assert_eq!(hear(&mut socket, &framing).await, ServerHeard::Message(message("last words")));
        if flavour == Flavour::NodeJs {
            assert_eq!(hear(&mut socket, &framing).await, ServerHeard::Bye);
        }
        assert!(matches!(socket.next().await, Some(Ok(Frame::Close(_)))));
        assert!(socket.next().await.is_none());
        assert_eq!(transport.next().await, Some(TransportEvent::Down(DownReason::Local)));
        assert_eq!(transport.next().await, None);
        assert_eq!(transport.send(message("too late")), Err(SendError::Closed));
    }
}

#[tokio::test]
async fn last_words_are_sent_however_the_halves_are_let_go() {
    let (listener, url) = listen().await;
    let framing = ServerFraming::new(Flavour::Vertx, "s");
    // The three ways to end race inside; each round gives another of them the chance to win.
    for round in 0..60 {
        let (sender, mut events) = connect(Target::new(Flavour::Vertx, url.clone())).split();
        let mut socket = accept(&listener, &framing).await;
        assert_eq!(events.next().await, Some(TransportEvent::Up));
        sender.send(message("first")).unwrap();
        sender.send(message("last words")).unwrap();
        match round % 3 {
            0 => {
                drop(events);
                sender.close();
            }
            1 => drop(events),
            _ => sender.close(),
        }
        drop(sender);
        for text in ["first", "last words"] {
            assert_eq!(hear(&mut socket, &framing).await, ServerHeard::Message(message(text)));
        }
        assert!(matches!(socket.next().await, Some(Ok(Frame::Close(_)))));
    }
}

#[tokio::test]
async fn dropping_a_transport_closes_its_connection() {
    let (listener, url) = listen().await;
    let framing = ServerFraming::new(Flavour::Vertx, "s");
    let mut transport = connect(Target::new(Flavour::Vertx, url));
    let mut socket = accept(&listener, &framing).await;
    assert_eq!(transport.next().await, Some(TransportEvent::Up));
    drop(transport);
    assert!(matches!(socket.next().await, Some(Ok(Frame::Close(_)))));
}

#[tokio::test]
async fn the_end_of_a_connection_says_who_ended_it() {
    let (listener, url) = listen().await;
    let framing = ServerFraming::new(Flavour::NodeJs, "s");
    let mut transport = connect(Target::new(Flavour::NodeJs, url.clone()));
    let mut socket = accept(&listener, &framing).await;
    assert_eq!(transport.next().await, Some(TransportEvent::Up));
    socket.send(Frame::text("41")).await.unwrap();
    assert_eq!(transport.next().await, Some(TransportEvent::Down(DownReason::Closed { code: None })));

    let mut transport = connect(Target::new(Flavour::NodeJs, url.clone()));
    let mut socket = accept(&listener, &framing).await;
    assert_eq!(transport.next().await, Some(TransportEvent::Up));
    socket.send(Frame::text("what is this")).await.unwrap();
    assert!(matches!(transport.next().await, Some(TransportEvent::Down(DownReason::Broken(_)))));

    let mut transport = connect(Target::new(Flavour::Vertx, url.clone()));
    let socket = accept(&listener, &ServerFraming::new(Flavour::Vertx, "s")).await;
    assert_eq!(transport.next().await, Some(TransportEvent::Up));
    drop(socket);
    let down = transport.next().await;
    assert!(
        matches!(down, Some(TransportEvent::Down(DownReason::Broken(_) | DownReason::Closed { .. }))),
        "{down:?}"
    );

    drop(listener);
    let mut transport = connect(Target::new(Flavour::Vertx, url));
    assert!(matches!(transport.next().await, Some(TransportEvent::Down(DownReason::Unreachable(_)))));
}

#[tokio::test]
async fn a_client_pings_as_often_as_the_node_wishes_and_leaves_a_silent_one() {
    let (listener, url) = listen().await;
    let mut transport = connect(Target::new(Flavour::NodeJs, url));
    let mut socket = accept_async(listener.accept().await.unwrap().0).await.unwrap();
    // Patient enough for a machine that is busy with something else between a ping and its answer.
    socket
        .send(Frame::text(r#"0{"sid":"s","upgrades":[],"pingInterval":100,"pingTimeout":2000}"#))
        .await
        .unwrap();
    socket.send(Frame::text("40")).await.unwrap();
    assert_eq!(transport.next().await, Some(TransportEvent::Up));
    for _ in 0..3 {
        assert_eq!(socket.next().await.unwrap().unwrap(), Frame::text("2"));
        socket.send(Frame::text("3")).await.unwrap();
    }
    assert_eq!(transport.next().await, Some(TransportEvent::Down(DownReason::Silent)));
}
