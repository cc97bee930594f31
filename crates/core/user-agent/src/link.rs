//! Links to meetings: `https://server/…/j/<room>`, perhaps with `#i=<code>`, and `confab://join?server=…&room=…&i=…`.
//!
//! A link is read, never followed here.

use crate::server::base_url;

/// The longest link that is read, bytes.
const LINK_LIMIT: usize = 2048;
/// The longest code of an invitation, bytes.
const CODE_LIMIT: usize = 128;

/// Where a link leads.
#[derive(Clone, PartialEq, Eq)]
pub struct MeetingLink {
    /// `https://host[:port]`.
    pub base: String,
    /// The room's name there.
    pub room: String,
    /// The code of an invitation.
    pub code: Option<String>,
}

impl std::fmt::Debug for MeetingLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MeetingLink({} at {})", self.room, self.base)
    }
}

impl MeetingLink {
    /// `None` when it leads to no meeting.
    pub fn parse(link: &str) -> Option<MeetingLink> {
        let link = link.trim();
        if link.len() > LINK_LIMIT {
            return None;
        }
        let (scheme, rest) = link.split_once("://")?;
        match scheme.to_ascii_lowercase().as_str() {
            "confab" => of_app(rest),
            scheme @ ("http" | "https") => of_page(scheme, rest),
            _ => None,
        }
    }

    /// The host of the server, without a port: the name of its domain, as far as one can guess.
    pub fn host(&self) -> &str {
        let rest = self.base.split_once("://").map_or(self.base.as_str(), |(_, rest)| rest);
        rest.rsplit_once(':').map_or(rest, |(host, _)| host)
    }

    fn new(server: &str, room: &str, code: Option<String>) -> Option<MeetingLink> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let is_room = (1..=64).contains(&room.len()) && room.chars().all(allowed);
        let plain = |code: &String| {
            !code.is_empty() && code.len() <= CODE_LIMIT && code.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let base = base_url(server).filter(|_| is_room)?;
        Some(MeetingLink { base, room: room.to_owned(), code: code.filter(plain) })
    }
}

/// `confab://join?server=…&room=…&i=…`, with or without a slash behind `join`.
fn of_app(rest: &str) -> Option<MeetingLink> {
    let (what, query) = rest.split_once('?')?;
    if what.trim_end_matches('/') != "join" {
        return None;
    }
    let (query, _) = query.split_once('#').unwrap_or((query, ""));
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).and_then(|(_, value)| decoded(value))
    };
    MeetingLink::new(&value("server")?, &value("room")?, value("i"))
}

/// `https://host[:port]/…/j/<room>#i=<code>`
fn of_page(scheme: &str, rest: &str) -> Option<MeetingLink> {
    let (address, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (address, _) = address.split_once('?').unwrap_or((address, ""));
    let (host, path) = address.split_once('/')?;
    // Who is named before an @ is not where it leads.
    if host.contains('@') {
        return None;
    }
    let mut segments = path.trim_end_matches('/').rsplit('/');
    let room = decoded(segments.next()?)?;
    if segments.next() != Some("j") {
        return None;
    }
    let code = fragment.split('&').find_map(|pair| decoded(pair.strip_prefix("i=")?));
    MeetingLink::new(&format!("{scheme}://{host}"), &room, code)
}

/// Without percent signs (RFC 3986, 2.1); `None` when it is no text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        bytes.push((digit()? << 4 | digit()?) as u8);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_pages_and_of_the_app_lead_to_the_same_place() {
        let check = |link: &str, expected: Option<(&str, &str, Option<&str>)>| {
            let read = MeetingLink::parse(link);
            let read =
                read.as_ref().map(|link| (link.base.as_str(), link.room.as_str(), link.code.as_deref()));
            assert_eq!(read, expected, "{link}");
        };
        let there = Some(("https://acme.example:8443", "4711", Some("c0de")));
        check("https://acme.example:8443/j/4711#i=c0de", there);
        check("confab://join?server=https%3A%2F%2Facme.example:8443&room=4711&i=c0de", there);
        check("CONFAB://join/?i=c0de&room=4711&server=acme.example:8443", there);
        check("https://acme.example/meet/j/weekly/?x=1", Some(("https://acme.example", "weekly", None)));
        check("http://127.0.0.1:4710/j/4711", Some(("http://127.0.0.1:4710", "4711", None)));
        check("https://acme.example/4711", None);
        check("https://acme.example@evil.example/j/4711", None);
        check("https://acme.example/j/47%2011", None);
        check("https://acme.example/j/", None);
        check("confab://join?server=https://acme.example", None);
        check("confab://leave?server=acme.example&room=1", None);
        check("confab://join?server=ftp://acme.example&room=1", None);
        check("javascript://acme.example/j/1", None);
        check("4711", None);
        check(&format!("https://acme.example/j/1?{}", "x".repeat(3000)), None);
    }

    #[test]
    fn the_host_is_shown_without_its_port() {
        let link = MeetingLink::parse("https://acme.example:8443/j/1").expect("it is one");
        assert_eq!(link.host(), "acme.example");
    }
}
