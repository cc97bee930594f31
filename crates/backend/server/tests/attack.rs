//! Who means harm at the HTTP port: slow requests, guessing, forged headers, paths that lead elsewhere, tokens that are over.

mod house;

use std::collections::BTreeMap;
use std::time::Duration;

use house::page::{Alice, Page, code_in, knock, mailed, ticket, zoe};
use house::{House, code};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// What a server answers to a request, head and body as they stand.
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

/// Sends what is written there, with line ends, and reads until the server closes.
async fn say(house: &House, lines: &[&str], body: &str) -> Answer {
    let mut stream = TcpStream::connect(house.http()).await.unwrap();
    let head = lines.join("\r\n");
    stream.write_all(format!("{head}\r\nConnection: close\r\n\r\n{body}").as_bytes()).await.unwrap();
    let mut text = Vec::new();
    timeout(Duration::from_secs(40), stream.read_to_end(&mut text)).await.expect("it is closed").unwrap();
    let text = String::from_utf8_lossy(&text);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let (first, rest) = head.split_once("\r\n").unwrap();
    let headers = rest.lines().filter_map(|line| line.split_once(": "));
    Answer {
        status: first.split(' ').nth(1).unwrap().parse().unwrap(),
        headers: headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
        body: body.to_owned(),
    }
}

async fn get(house: &House, path: &str) -> Answer {
    say(house, &[&format!("GET {path} HTTP/1.1"), "Host: x"], "").await
}

/// How long the server bears with a client that sends this and nothing more.
async fn patience(house: &House, sent: &str) -> Duration {
    let mut stream = TcpStream::connect(house.http()).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    let begin = Instant::now();
    let mut rest = Vec::new();
    timeout(Duration::from_secs(40), stream.read_to_end(&mut rest)).await.expect("it is closed").unwrap();
    begin.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_dribbles_its_request_keeps_no_place() {
    let house = House::start().await;
    let head = "POST /api/join HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    let slow = [
        String::new(),
        "GET / HT".to_owned(),
        head.to_owned(),
        format!("{head}Content-Length: 100\r\n\r\n{{\"room\":"),
        "POST /api/sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 9\r\n\r\n{".to_owned(),
    ];
    let all = slow.iter().map(|sent| patience(&house, sent));
    for (sent, took) in slow.iter().zip(futures_util::future::join_all(all).await) {
        assert!(took < Duration::from_secs(30), "{sent:?}: {took:?}");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_rooms_or_codes_is_told_nothing_after_a_few() {
    let house = House::start().await;
    let mut words = Vec::new();
    for number in 0..12 {
        let mut body = zoe();
        match number % 2 {
            0 => body["room"] = json!(format!("{number}")),
            _ => body["code"] = json!(format!("{number:032x}")),
        }
        words.push(knock(&house, body).await.1["error"].as_str().unwrap_or("in").to_owned());
    }
    assert!(words[..10].iter().all(|word| word == "no-such-room" || word == "bad-code"), "{words:?}");
    assert_eq!(words[10..], ["too-many", "too-many"]);
    let (status, answer) = knock(&house, zoe()).await;
    assert_eq!((status, &answer["error"]), (429, &json!("too-many")), "also when the guess is right");
    assert!(answer["retryAfter"].as_u64().unwrap() <= 60);
    // The page of a room says nothing of the room.
    let pages = [get(&house, "/j/4711").await, get(&house, "/j/4712").await];
    assert_eq!((pages[0].status, &pages[0].body), (pages[1].status, &pages[1].body));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_host_is_in_no_mail_and_no_ticket() {
    let house = House::start_with(|config| config.public_url = Some("http://localhost:9".to_owned())).await;
    let mut alice = Alice::join(&house).await;
    let people = json!([[{"mail": "zoe@mail.example", "name": "Zoe"}]]);
    assert_eq!(code(&alice.command("invite", people).await), 200);
    let mail = mailed(&house, 1).await;
    let link = format!("http://localhost:9/j/4711#i={}", code_in(&mail));
    assert!(mail["html"].as_str().unwrap().contains(&link));
    let body = zoe().to_string();
    let length = format!("Content-Length: {}", body.len());
    let lines = ["POST /api/join HTTP/1.1", "Host: evil.example", "X-Forwarded-Host: evil.example", &length];
    let answer = say(&house, &lines, &body).await;
    let ticket: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, &ticket["ws"]), (200, &json!("guest/ws")));
    let page = say(&house, &["GET /j/4711 HTTP/1.1", "Host: evil.example"], "").await;
    assert!(!page.body.contains("evil") && !page.headers["content-security-policy"].contains("evil"));
    assert_eq!(alice.look().await["link"], "http://localhost:9/j/4711");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_is_not_kept_not_framed_and_tells_other_sites_nothing() {
    let house = House::start().await;
    for path in [
        "/",
        "/live",
        "/j/4711",
        "/j/a%20b",
        "/api/sign-in",
        "/mail",
        "/files/x",
        "/nothing",
        "/oidc/authorize",
    ] {
        let answer = get(&house, path).await;
        let header = |name: &str| answer.headers.get(name).map_or("", String::as_str);
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert!(["no-referrer", "same-origin"].contains(&header("referrer-policy")), "{path}");
        let policy = header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
    }
    let body = zoe().to_string();
    let length = format!("Content-Length: {}", body.len());
    let answer = say(&house, &["POST /api/join HTTP/1.1", "Host: x", &length], &body).await;
    assert_eq!((answer.status, answer.headers["cache-control"].as_str()), (200, "no-store"));
    for foreign in ["cross-site", "same-site"] {
        let site = format!("Sec-Fetch-Site: {foreign}");
        let answer = say(&house, &["POST /api/join HTTP/1.1", "Host: x", &site, &length], &body).await;
        assert_eq!(answer.status, 403, "{foreign}");
    }
    let huge = "x".repeat(20_000);
    let length = format!("Content-Length: {}", huge.len());
    let answer = say(&house, &["POST /api/join HTTP/1.1", "Host: x", &length], &huge).await;
    assert_eq!(answer.status, 413);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_leads_out_of_the_page_or_the_store() {
    let house = House::start().await;
    for path in [
        "/j/assets/../../../../etc/passwd",
        "/j/assets/%2e%2e/%2e%2e/Cargo.toml",
        "/j/assets//etc/passwd",
        "/j/..%2f..%2fetc%2fpasswd",
        "/files/..%2f..%2fconfab.db",
        "/files/../confab.db",
        "/files/%2e%2e/confab.db",
        "/mail/../files/x",
    ] {
        let answer = get(&house, path).await;
        assert!([401, 403, 404, 405].contains(&answer.status), "{path}: {}", answer.status);
        assert!(!answer.body.contains("root:") && !answer.body.contains("SQLite"), "{path}");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_put_out_has_no_way_back_and_no_files() {
    let house = House::start().await;
    let mut alice = Alice::join(&house).await;
    let mut page = Page::open(&house, &ticket(&house, zoe()).await).await;
    page.join().await;
    page.say(json!({"offer": "1/report.pdf"})).await;
    page.until("access", |newest| {
        newest.get("files").is_some_and(|files| files["store"]["access"].is_object())
    })
    .await;
    let access = page.newest["files"]["store"]["access"].clone();
    let (path, token) = (access["url"].as_str().unwrap(), access["token"].as_str().unwrap());
    let file = format!("/{path}/00000000-0000-4000-8000-000000000000");
    let bearer = format!("Authorization: Bearer {token}");
    let ask = |request: String| {
        let (house, bearer) = (&house, &bearer);
        async move { say(house, &[&request, "Host: x", bearer], "").await.status }
    };
    assert_eq!(ask(format!("GET {file} HTTP/1.1")).await, 404, "they may look");
    let resume = page.newest["welcome"]["resume"].as_str().unwrap().to_owned();
    assert_eq!(code(&alice.command("removeUser", json!(["p2", "rude", true])).await), 200);
    assert_eq!(page.gone().await["reason"], "removed");
    assert_eq!(ask(format!("GET {file} HTTP/1.1")).await, 401);
    assert_eq!(Page::open(&house, &resume).await.gone().await["reason"], "expired");
    assert_eq!(knock(&house, zoe()).await.1["error"], "banned");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_are_shown_to_nobody_where_others_reach_the_site() {
    let house = House::start_with(|config| config.public_url = Some("https://conf.example".to_owned())).await;
    assert_eq!(house.status("/mail").await, 404);
    assert_eq!(house.status("/mail/list.json").await, 404);
    house.stop().await;
    let house = House::start().await;
    for forwarded in ["X-Forwarded-For: 192.0.2.1", "X-Real-IP: 192.0.2.1", "Forwarded: for=192.0.2.1"] {
        let answer = say(&house, &["GET /mail HTTP/1.1", "Host: localhost", forwarded], "").await;
        assert_eq!(answer.status, 403, "{forwarded}");
    }
    house.stop().await;
}
