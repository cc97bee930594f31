//! `body.identity`: who a sender says they are.
//!
//! The Node.js message node silently drops every message whose identity has no text `userProfile.username`, so ours
//! always has one.

use serde_json::{Map, Value, json};

use crate::url::Url;

/// A user's profile as it travels in bodies and rosters. Without assertions: nobody checks them (see the module).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// An e-mail-like name, never empty.
    pub username: String,
    /// `user://idp/identifier`.
    pub user_url: Option<Url>,
    /// `user-guid://…`.
    pub guid: Option<String>,
    /// The name people read.
    pub name: Option<String>,
    /// The identity provider's domain.
    pub idp: Option<String>,
    /// An HTTP(S) or data URL of a picture.
    pub picture: Option<String>,
    /// Whether the name is one that they have made up, and nobody has an account behind it.
    pub guest: bool,
}

impl Identity {
    /// The longest text taken from a peer; longer ones are left out (pictures as data URLs belong elsewhere).
    pub const MAX_TEXT: usize = 2048;

    /// With a user name only.
    pub fn new(username: impl Into<String>) -> Identity {
        let username = username.into();
        Identity { username, user_url: None, guid: None, name: None, idp: None, picture: None, guest: false }
    }

    /// A guest: `guest-<tag>@anonymous` with a display name and its own `user-guid`.
    pub fn guest(tag: &str, name: &str, guid: Option<&Url>) -> Identity {
        Identity {
            name: Some(name.to_owned()),
            guid: guid.map(Url::to_string),
            guest: true,
            ..Identity::new(format!("guest-{tag}@anonymous"))
        }
    }

    /// The user URL; for somebody without one their GUID, when that is a URL.
    pub fn user(&self) -> Option<Url> {
        self.user_url.clone().or_else(|| Url::parse(self.guid.as_deref()?).ok())
    }

    /// The name people read; the user name when there is no other.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.username)
    }

    /// As JSON; `userProfile.username` is always there.
    pub fn to_value(&self) -> Value {
        let mut profile = Map::new();
        let mut put = |key: &str, value: Option<&str>| {
            value.map(|value| profile.insert(key.to_owned(), value.into()));
        };
        put("username", Some(&self.username));
        put("preferred_username", Some(&self.username));
        put("userURL", self.user_url.as_ref().map(Url::as_str));
        put("guid", self.guid.as_deref());
        put("name", self.name.as_deref());
        put("cn", self.name.as_deref());
        put("picture", self.picture.as_deref());
        if self.guest {
            profile.insert("guest".to_owned(), true.into());
        }
        match &self.idp {
            Some(idp) => json!({"userProfile": profile, "idp": {"domain": idp, "protocol": "OIDC"}}),
            None => json!({"userProfile": profile}),
        }
    }

    /// From JSON of any implementation; `None` when nothing in it names anybody.
    pub fn parse(value: &Value) -> Option<Identity> {
        let profile = value.get("userProfile")?;
        let text = |key: &str| {
            let text = profile.get(key)?.as_str()?;
            (!text.is_empty() && text.len() <= Identity::MAX_TEXT).then(|| text.to_owned())
        };
        let user_url = text("userURL").and_then(|url| Url::parse(&url).ok());
        let guid = text("guid");
        let username = text("username")
            .or_else(|| text("preferred_username"))
            .or_else(|| text("email"))
            .or_else(|| {
                user_url.as_ref().map(|url| url.last_segment().to_owned()).filter(|name| !name.is_empty())
            })
            .or_else(|| guid.clone())?;
        let idp = value["idp"]["domain"].as_str().filter(|idp| idp.len() <= 256).map(str::to_owned);
        let name = text("name").or_else(|| text("cn"));
        let guest = profile.get("guest").and_then(Value::as_bool).unwrap_or(false);
        Some(Identity { username, user_url, guid, name, idp, picture: text("picture"), guest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_identity_always_has_a_user_name_and_is_read_back() {
        let full = Identity {
            user_url: Url::parse("user://idp.test/zoe@mail.test").ok(),
            guid: Some("user-guid://q7".into()),
            name: Some("Zoe".into()),
            idp: Some("idp.test".into()),
            picture: Some("https://idp.test/zoe.png".into()),
            ..Identity::new("zoe@mail.test")
        };
        for identity in [full, Identity::new("zoe"), Identity::guest("4f", "Visitor", None)] {
            let value = identity.to_value();
            assert!(value["userProfile"]["username"].is_string());
            assert_eq!(Identity::parse(&value), Some(identity));
        }
    }

    #[test]
    fn identities_of_other_runtimes_are_understood() {
        for (value, username) in [
            (json!({"userProfile": {"preferred_username": "zoe"}}), Some("zoe")),
            (json!({"userProfile": {"guid": "anonymous"}}), Some("anonymous")),
            (json!({"userProfile": {"userURL": "user://idp.test/zoe@mail.test"}}), Some("zoe@mail.test")),
            (json!({"userProfile": {"username": 5}}), None),
            (json!({}), None),
            (json!(null), None),
        ] {
            assert_eq!(
                Identity::parse(&value).map(|identity| identity.username).as_deref(),
                username,
                "{value}"
            );
        }
    }
}
