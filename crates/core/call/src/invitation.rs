//! An invitation to a Connection object, as anybody may send it.

use confab_contract::PersonView;
use confab_line::Line;
use confab_rethink::{Identity, Kind, Message, Url};
use serde_json::Value;

/// The longest name shown, characters.
const NAME_LIMIT: usize = 120;

/// What it says.
#[derive(Clone, Debug)]
pub(crate) struct Invitation {
    /// The object.
    pub object: Url,
    /// The hyperty that reports it.
    pub source: Url,
    /// Who they say they are.
    pub identity: Option<Identity>,
    /// The name of the call, which offers carry.
    pub call: Option<String>,
    /// The object it answers.
    pub answers: Option<String>,
}

impl Invitation {
    /// `None` when it is no invitation to a Connection object for this hyperty, or not to one with sound or pictures.
    pub fn read(line: &Line<'_>, message: &Message) -> Option<Invitation> {
        if message.kind != Kind::Create || message.to != *line.hyperty {
            return None;
        }
        let object = message.from.url()?.strip_suffix("/subscription")?;
        let value = message.value();
        let text = |key: &str| value.and_then(|value| value.get(key)).and_then(Value::as_str);
        let resources = value.and_then(|value| value.get("resources")).and_then(Value::as_array);
        let media = |resource: &Value| matches!(resource.as_str(), Some("audio" | "video"));
        if object.scheme() != "connection"
            || resources.is_some_and(|list| !list.is_empty() && !list.iter().any(media))
        {
            return None;
        }
        let source = message.text("source").or_else(|| text("reporter"))?;
        let source = Url::parse(source).ok().filter(|source| source.scheme() == "hyperty")?;
        Some(Invitation {
            object,
            source,
            identity: message.body.get("identity").and_then(Identity::parse),
            call: text("call").filter(|call| call.len() <= 64).map(str::to_owned),
            answers: text("answers").map(str::to_owned),
        })
    }

    /// The user behind it; somebody who does not say so is their hyperty.
    pub fn user(&self) -> Url {
        self.identity.as_ref().and_then(Identity::user).unwrap_or_else(|| self.source.clone())
    }

    /// The name to show.
    pub fn name(&self) -> String {
        let name = self.identity.as_ref().map(|identity| shortened(identity.display_name()));
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| self.source.domain().to_owned())
    }
}

/// Somebody for the screen.
pub(crate) fn person(user: &Url, name: &str, home: &str) -> PersonView {
    let domain = if user.domain() == home { String::new() } else { user.domain().to_owned() };
    PersonView { user: user.to_string(), name: name.to_owned(), domain }
}

/// A name of at most so many characters, without control and direction-changing ones.
pub(crate) fn shortened(name: &str) -> String {
    let visible = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let kept: String = name.chars().filter(visible).take(NAME_LIMIT).collect();
    kept.trim().to_owned()
}
