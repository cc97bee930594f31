//! What people type, as user URLs, and user URLs as people read them.

use confab_contract::PersonView;
use confab_rethink::{Domain, Url};

/// The longest name shown, in characters.
const NAME: usize = 64;

/// The user somebody means: a user URL as it is, `bob@b.example` at the domain `b.example`, or `bob` at our own domain.
/// `None` when it is nobody's address.
pub fn user_url(text: &str, home: &Domain) -> Option<Url> {
    let text = text.trim();
    if let Ok(url) = Url::parse(text)
        && url.scheme() == "user"
    {
        let named = !url.is_legacy() && !url.last_segment().is_empty();
        return (named && Domain::parse(url.domain()).is_ok()).then_some(url);
    }
    let (name, domain) = match text.rsplit_once('@') {
        Some((name, domain)) => (name, Domain::parse(&domain.to_ascii_lowercase()).ok()?),
        None => (text, home.clone()),
    };
    let plain = |char: char| char.is_alphanumeric() || "-._+".contains(char);
    if name.is_empty() || name.len() > 128 || !name.chars().all(plain) {
        return None;
    }
    Url::user(&domain, &format!("{name}@{domain}")).ok()
}

/// Whether a text is somebody's whole address, not the beginning of a name.
pub(crate) fn is_whole(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("user://") || text.rsplit_once('@').is_some_and(|(_, domain)| domain.contains('.'))
}

/// The domain whose message node knows this user; `None` for legacy users.
pub(crate) fn domain_of(user: &Url) -> Option<Domain> {
    (!user.is_legacy()).then(|| Domain::parse(user.domain()).ok()).flatten()
}

/// Somebody as shown, seen from `home`. An empty name becomes the first part of their address.
pub fn view_of(user: &Url, name: &str, home: &Domain) -> PersonView {
    let identifier = user.last_segment();
    let fallback = identifier.split_once('@').map_or(identifier, |(name, _)| name);
    let domain = if user.domain() == home.as_str() { "" } else { user.domain() };
    PersonView {
        user: user.to_string(),
        name: if name.is_empty() { tidy(fallback) } else { name.to_owned() },
        domain: domain.to_owned(),
    }
}

/// A name from anywhere as it may be shown: on one line, without invisible characters, not too long.
pub(crate) fn tidy(name: &str) -> String {
    let hidden = |char: &char| {
        // Controls, and the marks that turn the direction of what follows (Unicode UAX #9).
        char.is_control()
            || matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let text: String = name.chars().filter(|char| !hidden(char)).take(4 * NAME).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_somebody_here_or_elsewhere() {
        let home = Domain::parse("a.test").unwrap();
        for (text, expected) in [
            ("bob", Some("user://a.test/bob@a.test")),
            (" bob@B.test ", Some("user://b.test/bob@b.test")),
            ("user://idp.test/zoe@mail.test", Some("user://idp.test/zoe@mail.test")),
            ("", None),
            ("@b.test", None),
            ("bob smith", None),
            ("bob@", None),
            ("user://idp.test", None),
            ("user://bob@idp.test/x", None),
            ("bob/../x", None),
        ] {
            assert_eq!(user_url(text, &home).as_ref().map(Url::as_str), expected, "{text:?}");
        }
    }

    #[test]
    fn people_without_a_name_are_shown_by_the_first_part_of_their_address() {
        let home = Domain::parse("a.test").unwrap();
        let bob = Url::parse("user://b.test/bob@b.test").unwrap();
        let view = view_of(&bob, "", &home);
        assert_eq!((view.name.as_str(), view.domain.as_str()), ("bob", "b.test"));
        assert_eq!(view_of(&bob, "Bob", &Domain::parse("b.test").unwrap()).domain, "");
    }

    #[test]
    fn names_are_one_short_line_without_tricks() {
        assert_eq!(tidy("  Bob \n \u{202e}Smith\u{7} "), "Bob Smith");
        assert_eq!(tidy(&"x".repeat(5000)).len(), 64);
    }
}
