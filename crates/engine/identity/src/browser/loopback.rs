//! The port that the browser comes back to. It answers one path; a request with another state is told so and forgotten,
//! so that no other page can end a sign-in.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Url;

use super::Words;

/// The one path that is answered.
pub(super) const PATH: &str = "/callback";
/// The longest request that is read, bytes.
const MAX_REQUEST: usize = 16 * 1024;
/// How long a browser may take to send its request.
const LIMIT: Duration = Duration::from_secs(10);
/// Browsers open connections ahead; so many are served at once.
const MOST: usize = 16;

/// What the browser brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Callback {
    /// The code to exchange.
    Code(String),
    /// The word of the provider's refusal.
    Refused(String),
}

struct Expected {
    hosts: [String; 2],
    state: String,
    issuer: String,
    words: Words,
}

/// Waits until the browser comes back with this state. Dropping it closes the port.
pub(super) async fn wait(
    listener: TcpListener,
    port: u16,
    state: &str,
    issuer: &str,
    words: &Words,
) -> io::Result<Callback> {
    let expected = Arc::new(Expected {
        hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")],
        state: state.to_owned(),
        issuer: issuer.to_owned(),
        words: words.clone(),
    });
    let mut serving = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if serving.len() < MOST => {
                let (stream, _) = accepted?;
                let expected = expected.clone();
                serving.spawn(async move { timeout(LIMIT, serve(stream, &expected)).await.ok().flatten() });
            }
            Some(served) = serving.join_next() => {
                if let Ok(Some(callback)) = served {
                    return Ok(callback);
                }
            }
        }
    }
}

async fn serve(mut stream: TcpStream, expected: &Expected) -> Option<Callback> {
    let head = read_head(&mut stream).await?;
    let (status, page, callback) = match understand(&head, expected) {
        Ok(callback) => {
            let Words { done, refused, close, .. } = &expected.words;
            let heading = if matches!(callback, Callback::Code(_)) { done } else { refused };
            ("200 OK", page(&expected.words.language, heading, close), Some(callback))
        }
        Err(status) => (status, page("en", status, ""), None),
    };
    // The person is signed in even if the browser does not wait for the page.
    let _ = stream.write_all(answer(status, &page).as_bytes()).await;
    let _ = stream.shutdown().await;
    callback
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut part = [0; 2048];
    while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
        if bytes.len() > MAX_REQUEST {
            return None;
        }
    }
    String::from_utf8(bytes).ok()
}

/// What a request brings, or the status to refuse it with.
fn understand(head: &str, expected: &Expected) -> Result<Callback, &'static str> {
    const BAD: &str = "400 Bad Request";
    let mut lines = head.split("\r\n");
    let mut request = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target)) = (request.next(), request.next()) else { return Err(BAD) };
    // A page that has turned its own name into this machine's address must not reach the port (DNS rebinding).
    let mut headers = lines.filter_map(|line| line.split_once(':'));
    let host = headers.find(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, value)| value.trim());
    if !host.is_some_and(|host| expected.hosts.iter().any(|own| own == host)) || !target.starts_with('/') {
        return Err(BAD);
    }
    // Not joined to a base: `//name/callback` would then be a place of its own.
    let url = Url::parse(&format!("http://127.0.0.1{target}")).map_err(|_| BAD)?;
    if url.path() != PATH {
        return Err("404 Not Found");
    }
    if method != "GET" {
        return Err("405 Method Not Allowed");
    }
    let parameter = |wanted: &str| {
        let mut found =
            url.query_pairs().filter(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
        // A parameter that comes twice says nothing (RFC 6749, section 3.1).
        found.next().filter(|_| found.next().is_none())
    };
    // The answer of another provider is not for this sign-in (RFC 9207).
    let issuer = parameter("iss").is_none_or(|issuer| issuer == expected.issuer);
    if !issuer || parameter("state").as_deref() != Some(&expected.state) {
        return Err(BAD);
    }
    match (parameter("code"), parameter("error")) {
        (Some(code), None) if code.len() <= 4096 => Ok(Callback::Code(code)),
        (None, Some(error)) => Ok(Callback::Refused(super::word(&error))),
        _ => Err(BAD),
    }
}

fn answer(status: &str, page: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'\r\n\r\n{page}",
        page.len()
    )
}

fn page(language: &str, heading: &str, text: &str) -> String {
    let [language, heading, text] = [language, heading, text].map(escape);
    format!(
        "<!doctype html><html lang=\"{language}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>Confab</title><style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;\
         padding:0 1rem;text-align:center}}</style><main><h1>{heading}</h1><p>{text}</p></main></html>\n"
    )
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        let text = |text: &str| text.to_owned();
        Expected {
            hosts: [text("127.0.0.1:9"), text("localhost:9")],
            state: text("s"),
            issuer: text("https://a.example"),
            words: Words {
                language: text("fr"),
                done: text("<Oui>"),
                close: text("Fermez."),
                refused: text("Non"),
            },
        }
    }

    #[test]
    fn only_the_answer_to_this_sign_in_is_understood() {
        let check = |line: &str, host: &str, outcome: Result<Callback, &'static str>| {
            let head = format!("{line} HTTP/1.1\r\nAccept: */*\r\nHOST: {host}\r\n\r\n");
            assert_eq!(understand(&head, &expected()), outcome, "{line}");
        };
        let own = "127.0.0.1:9";
        check("GET /callback?code=c%2B1&state=s", own, Ok(Callback::Code("c+1".to_owned())));
        check("GET /callback?code=c&state=s&iss=https://a.example", own, Ok(Callback::Code("c".to_owned())));
        check(
            "GET /callback?error=access_denied&state=s",
            own,
            Ok(Callback::Refused("access_denied".to_owned())),
        );
        check("GET /callback?code=c&state=s", "evil.example:9", Err("400 Bad Request"));
        check("GET /callback?code=c&state=other", own, Err("400 Bad Request"));
        check("GET /callback?code=c", own, Err("400 Bad Request"));
        check("GET /callback?code=c&code=d&state=s", own, Err("400 Bad Request"));
        check("GET /callback?code=c&state=s&iss=https://b.example", own, Err("400 Bad Request"));
        check("GET /favicon.ico", own, Err("404 Not Found"));
        check("POST /callback?code=c&state=s", own, Err("405 Method Not Allowed"));
        check("GET //evil.example/callback?code=c&state=s", own, Err("404 Not Found"));
        check("nonsense", own, Err("400 Bad Request"));
    }

    #[test]
    fn words_stay_words() {
        let words = expected().words;
        let page = page(&words.language, &words.done, &words.close);
        assert!(page.contains("<h1>&lt;Oui&gt;</h1>") && page.contains("lang=\"fr\""));
    }
}
