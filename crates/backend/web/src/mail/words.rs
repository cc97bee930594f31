//! What mails say, in each language.
//!
//! `{who}` is the receiver, `{by}` who has invited, `{room}` the meeting's name or number, `{link}` its address. What stands for them is
//! put in once: no name can bring a placeholder of its own.

mod de;
mod en;
mod fr;
mod pt;

/// The texts of one language. Every one may be wrapped by whoever shows it; none ends in a line end.
#[derive(Debug)]
pub(crate) struct Words {
    /// The primary tag (RFC 5646), also for the page's `lang`.
    pub(crate) language: &'static str,
    /// Without a name, and with `{who}`.
    pub(crate) hello: [&'static str; 2],
    /// Who has invited when they have no name.
    pub(crate) somebody: &'static str,
    /// `{by}`; as whom the mail comes.
    pub(crate) sender: &'static str,
    /// `{room}`; the same in both kinds of mails.
    pub(crate) meeting: &'static str,
    /// `{by}`, `{room}`; the title of the calendar entry.
    pub(crate) entry: &'static str,
    pub(crate) invitation: Invitation,
    pub(crate) cancellation: Cancellation,
}

/// What an invitation says.
#[derive(Debug)]
pub(crate) struct Invitation {
    /// `{by}`, `{room}`.
    pub(crate) subject: &'static str,
    /// `{by}`.
    pub(crate) text: &'static str,
    /// Before the link on a line of its own.
    pub(crate) open: &'static str,
    /// On the button.
    pub(crate) join: &'static str,
    /// `{link}`; below the button.
    pub(crate) or_open: &'static str,
    /// What happens with devices, and whom the link is for.
    pub(crate) devices: &'static str,
    /// See `devices`.
    pub(crate) yours: &'static str,
    /// `{by}`, `{link}`; in the calendar entry, of two lines.
    pub(crate) entry: &'static str,
}

/// What a cancellation says.
#[derive(Debug)]
pub(crate) struct Cancellation {
    /// `{by}`, `{room}`.
    pub(crate) subject: &'static str,
    /// `{by}`.
    pub(crate) text: &'static str,
    /// What is left to do.
    pub(crate) link: &'static str,
}

/// Every language; the first one is for all others.
const ALL: [&Words; 4] = [&en::WORDS, &fr::WORDS, &de::WORDS, &pt::WORDS];

/// The words of a language, by its primary tag; English when nobody here speaks it.
pub(crate) fn of(language: &str) -> &'static Words {
    ALL.into_iter().find(|words| words.language == language).unwrap_or(ALL[0])
}

/// A text with what its placeholders stand for.
pub(crate) fn fill(text: &str, names: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = after.split_once('}').and_then(|(name, after)| {
            let (_, value) = names.iter().find(|(known, _)| *known == name)?;
            Some((*value, after))
        });
        match known {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &Words) -> [&str; 17] {
        let Words { language: _, hello, somebody, sender, meeting, entry, invitation, cancellation } = words;
        let Invitation { subject, text, open, join, or_open, devices, yours, entry: both } = invitation;
        [
            hello[0],
            hello[1],
            somebody,
            sender,
            meeting,
            entry,
            subject,
            text,
            open,
            join,
            or_open,
            devices,
            yours,
            both,
            cancellation.subject,
            cancellation.text,
            cancellation.link,
        ]
    }

    fn placeholders(text: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            text.split('{').skip(1).map(|rest| rest.split_once('}').unwrap().0).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn every_language_says_the_same_of_the_same_people() {
        for words in ALL {
            for (text, english) in texts(words).into_iter().zip(texts(ALL[0])) {
                assert!(!text.trim().is_empty() && text.trim() == text, "{}: {text:?}", words.language);
                assert_eq!(placeholders(text), placeholders(english), "{}: {text}", words.language);
                assert_eq!(text.lines().count(), english.lines().count(), "{}: {text}", words.language);
            }
        }
    }

    #[test]
    fn a_language_is_found_by_its_tag_and_english_is_for_all_others() {
        for (tag, expected) in
            [("de", "de"), ("fr", "fr"), ("pt", "pt"), ("en", "en"), ("", "en"), ("tlh", "en")]
        {
            assert_eq!(of(tag).language, expected, "{tag}");
        }
    }

    #[test]
    fn names_bring_no_placeholders() {
        let names = [("by", "{link}"), ("link", "https://x")];
        assert_eq!(fill("{by}: {link} {who} {", &names), "{link}: https://x {who} {");
    }
}
