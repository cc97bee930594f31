//! Files that are put, refused and given up; tokens that end; addresses that are none.

use std::io::{Read, Write};
use std::net::TcpListener;

use confab_media_model::files::PIECE;
use confab_media_model::{FileFact, FileFault, StoreAccess};

use super::house::{House, download, id, noise, upload};

fn failed(fact: &FileFact) -> bool {
    matches!(fact, FileFact::Failed { .. })
}

#[test]
fn a_token_that_ends_is_asked_for_anew_and_nothing_is_sent_twice() {
    let house = House::new("token");
    house.allow("old", "p1");
    let bytes = noise(2 * PIECE);
    let path = house.file("a.bin", &bytes);
    let mut sender = house.person("sender");
    sender.plan(house.access("wrong"), [(id("f1"), upload(&path))], []);
    sender.wait("refusal", |fact| *fact == FileFact::Store(false));
    sender.plan(house.access("old"), [(id("f1"), upload(&path))], []);
    sender.wait("new beginning", |fact| *fact == FileFact::Store(true));
    sender.wait("end", |fact| matches!(fact, FileFact::Sent(_)));
    let refused = sender.seen.iter().filter(|fact| **fact == FileFact::Store(false)).count();
    assert_eq!(refused, 1, "{:?}", sender.seen);
}

#[test]
fn a_file_that_is_cancelled_is_gone_for_everybody() {
    let house = House::new("cancel");
    let (sender, mut receiver) = house.under_way(60);
    sender.plan(house.access("sender"), [], []);
    let fact = receiver.wait("end", failed);
    assert_eq!(fact, FileFact::Failed { id: id("f1"), fault: FileFault::Gone });
    assert!(receiver.names().is_empty(), "{:?}", receiver.names());
}

#[test]
fn who_is_put_out_sends_and_fetches_no_longer() {
    let house = House::new("out");
    house.allow("sender", "p1");
    let bytes = noise(60 * PIECE);
    let path = house.file("a.bin", &bytes);
    let mut sender = house.person("sender");
    sender.plan(house.access("sender"), [(id("f1"), upload(&path))], []);
    sender.moved(PIECE as u64);
    house.revoke("p1");
    // A piece that is on its way then finds the file gone.
    sender.wait("refusal", |fact| *fact == FileFact::Store(false) || failed(fact));
    assert_eq!(house.store.bytes(), 0, "what is not whole is gone");
}

#[test]
fn files_that_are_none_and_files_that_are_another_one_are_not_sent_or_saved() {
    let house = House::new("none");
    house.allow("sender", "p1");
    house.allow("receiver", "p2");
    let mut sender = house.person("sender");
    sender.plan(house.access("sender"), [(id("f1"), upload(&house.folder.join("nothing")))], []);
    let fact = sender.wait("end", failed);
    assert!(matches!(fact, FileFact::Failed { fault: FileFault::Unreadable(_), .. }), "{fact:?}");
    let path = house.file("a.bin", &noise(10));
    sender.plan(house.access("sender"), [(id("f2"), upload(&path))], []);
    sender.wait("end", |fact| matches!(fact, FileFact::Sent(_)));
    let mut receiver = house.person("receiver");
    receiver.plan(house.access("receiver"), [], [(id("f2"), download(&noise(11)))]);
    let fact = receiver.wait("end", failed);
    assert_eq!(fact, FileFact::Failed { id: id("f2"), fault: FileFault::WrongHash });
    receiver.plan(house.access("receiver"), [], [(id("nobody"), download(&noise(11)))]);
    let fact = receiver.wait("end", failed);
    assert_eq!(fact, FileFact::Failed { id: id("nobody"), fault: FileFault::Gone });
    assert!(receiver.names().is_empty(), "{:?}", receiver.names());
}

#[test]
fn no_redirect_is_followed_and_no_token_goes_elsewhere() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/files/0b7e", listener.local_addr().unwrap());
    let target = format!("http://{}/", elsewhere.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let length = socket.read(&mut request).unwrap();
        write!(socket, "HTTP/1.1 307 Temporary Redirect\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let house = House::new("redirect");
    let mut receiver = house.person("receiver");
    let access = Some(StoreAccess { url, token: "secret".to_owned() });
    receiver.plan(access, [], [(id("f1"), download(&noise(1)))]);
    let fact = receiver.wait("end", failed);
    assert!(matches!(fact, FileFact::Failed { fault: FileFault::Refused(_), .. }), "{fact:?}");
    assert!(answering.join().unwrap().contains("secret"));
    assert!(elsewhere.accept().is_err(), "nobody came");
    for odd in ["ftp://a/b", "http://user@a/b", "http://a/b?c", "file:///etc/passwd", "http://a/b#c", ""] {
        let access = StoreAccess { url: odd.to_owned(), token: "secret".to_owned() };
        assert!(super::super::http::Place::new(&access).is_none(), "{odd}");
    }
}
