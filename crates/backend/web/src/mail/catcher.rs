//! The page that shows mails instead of sending them: for trying things out on one machine, and for tests. It answers this
//! machine only, keeps the newest mails in memory and shows what they would have looked like.

use std::collections::VecDeque;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::letter::Letter;
use crate::html::{self, escape};

/// Mails that are kept.
pub const MOST: usize = 200;

const STYLE: &str = "\
:root{color-scheme:light dark;--paper:#f6f7f9;--card:#fff;--ink:#16181d;--quiet:#555b66;--accent:#1f5fd0}
@media (prefers-color-scheme:dark){:root{--paper:#111317;--card:#1b1e24;--ink:#eceef2;--quiet:#aab0bb;--accent:#8ab4ff}}
body{margin:0;padding:1.5rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:48rem;margin:0 auto;padding:1.5rem;border-radius:.75rem;background:var(--card)}
h1{margin:0 0 1rem;font-size:1.375rem}
a{color:var(--accent)}
li{margin:.5rem 0}
dt{color:var(--quiet)}
dd{margin:0 0 .5rem}
pre{padding:1rem;border-radius:.5rem;background:var(--paper);white-space:pre-wrap;overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
";

/// The mails that were caught. Cheap to clone.
#[derive(Clone, Default)]
pub struct Catcher(Arc<Mutex<Mailbag>>);

#[derive(Default)]
struct Mailbag {
    last: u64,
    mails: VecDeque<Caught>,
}

#[derive(Clone)]
struct Caught {
    number: u64,
    at: u64,
    to: String,
    subject: String,
    text: String,
    html: String,
    calendar: String,
    raw: Arc<[u8]>,
}

impl Catcher {
    pub(crate) fn put(&self, letter: Letter) {
        let mut kept = self.lock();
        kept.last += 1;
        let caught = Caught {
            number: kept.last,
            at: letter.at,
            to: letter.to,
            subject: letter.subject,
            text: letter.text,
            html: letter.html,
            calendar: letter.calendar,
            raw: letter.message.formatted().into(),
        };
        kept.mails.push_back(caught);
        if kept.mails.len() > MOST {
            kept.mails.pop_front();
        }
    }

    /// How many mails it keeps.
    pub fn count(&self) -> usize {
        self.lock().mails.len()
    }

    /// The routes below `/mail`.
    pub fn router(self) -> Router {
        Router::new()
            .route("/", get(list))
            .route("/style.css", get(style))
            .route("/list.json", get(list_json))
            .route("/{number}", get(one))
            .route("/{number}/html", get(as_html))
            .route("/{number}/invite.ics", get(calendar))
            .route("/{number}/raw", get(raw))
            .layer(middleware::from_fn(only_here))
            .with_state(self)
    }

    fn find(&self, number: u64) -> Option<Caught> {
        self.lock().mails.iter().find(|mail| mail.number == number).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Mailbag> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets requests of this machine through, by a name that only this machine has: a page elsewhere whose name leads here (DNS
/// rebinding) and what a proxy passes on are refused.
async fn only_here(request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let near = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
    if near && is_here(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "mails are shown on the backend's own machine only\n").into_response()
    }
}

fn is_here(headers: &HeaderMap) -> bool {
    let passed_on = [header::FORWARDED.as_str(), "x-forwarded-for", "x-real-ip", header::VIA.as_str()];
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let cross_site = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
        && !cross_site
        && passed_on.iter().all(|name| !headers.contains_key(*name))
}

async fn list(State(catcher): State<Catcher>) -> Response {
    let mut items = String::new();
    for mail in catcher.lock().mails.iter().rev() {
        let Caught { number, to, subject, .. } = mail;
        writeln!(items, "<li><a href=\"mail/{number}\">{}</a><br>to {}</li>", escape(subject), escape(to))
            .expect("writing to a String does not fail");
    }
    let body = if items.is_empty() {
        "<h1>Mail</h1><p>Nothing was sent yet.</p>".to_owned()
    } else {
        format!("<h1>Mail</h1><p>No mail server is configured: these were not sent.</p><ul>{items}</ul>")
    };
    html::page(StatusCode::OK, "Mail", "mail/style.css", &body, "'none'")
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

async fn list_json(State(catcher): State<Catcher>) -> Response {
    let mails: Vec<_> = catcher
        .lock()
        .mails
        .iter()
        .map(|mail| {
            json!({"number": mail.number, "at": mail.at, "to": mail.to, "subject": mail.subject,
                "text": mail.text, "html": mail.html, "calendar": mail.calendar})
        })
        .collect();
    Json(mails).into_response()
}

async fn one(State(catcher): State<Catcher>, Path(number): Path<u64>) -> Response {
    let Some(mail) = catcher.find(number) else { return StatusCode::NOT_FOUND.into_response() };
    let body = format!(
        "<h1>{}</h1><dl><dt>To</dt><dd>{}</dd></dl><pre>{}</pre>\
         <p><a href=\"{number}/html\">As HTML</a> · <a href=\"{number}/invite.ics\">Calendar entry</a> · \
         <a href=\"{number}/raw\">As it would be sent</a> · <a href=\"../mail\">All mails</a></p>",
        escape(&mail.subject),
        escape(&mail.to),
        linked(&mail.text),
    );
    html::page(StatusCode::OK, &mail.subject, "style.css", &body, "'none'")
}

/// Escaped text whose lines that are addresses can be followed.
fn linked(text: &str) -> String {
    let line = |line: &str| {
        let safe = escape(line);
        let is_link = (line.starts_with("http://") || line.starts_with("https://")) && !line.contains(' ');
        if is_link { format!("<a href=\"{safe}\">{safe}</a>") } else { safe }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

async fn as_html(State(catcher): State<Catcher>, Path(number): Path<u64>) -> Response {
    let Some(mail) = catcher.find(number) else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = Html(mail.html).into_response();
    // Mail programs let nothing run either.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'; sandbox allow-top-navigation-by-user-activation allow-popups";
    html::guard(response.headers_mut(), HeaderValue::from_static(policy));
    response
}

async fn calendar(State(catcher): State<Catcher>, Path(number): Path<u64>) -> Response {
    let Some(mail) = catcher.find(number) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; method=REQUEST; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"invite.ics\""),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, mail.calendar).into_response()
}

async fn raw(State(catcher): State<Catcher>, Path(number): Path<u64>) -> Response {
    let Some(mail) = catcher.find(number) else { return StatusCode::NOT_FOUND.into_response() };
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, mail.raw.to_vec()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_lead_to_the_page() {
        let check = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            is_here(&headers)
        };
        for host in ["127.0.0.1:4710", "localhost", "localhost:1", "[::1]:4710", "[::1]"] {
            assert!(check(&[("host", host)]), "{host}");
        }
        for host in ["", "conf.example", "127.0.0.1.conf.example", "localhost.conf.example:80"] {
            assert!(!check(&[("host", host)]), "{host}");
        }
        assert!(!check(&[("host", "localhost"), ("x-forwarded-for", "10.0.0.1")]));
        assert!(!check(&[("host", "localhost"), ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn links_can_be_followed_and_nothing_else_is_markup() {
        assert_eq!(
            linked("a\nhttps://x/\"<b>"),
            "a\n<a href=\"https://x/&quot;&lt;b&gt;\">https://x/&quot;&lt;b&gt;</a>"
        );
        assert_eq!(linked("javascript:alert(1)"), "javascript:alert(1)");
    }
}
