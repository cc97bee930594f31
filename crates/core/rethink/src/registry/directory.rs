//! People by a part of their name or address, at nodes that keep a directory of their users.

use serde_json::json;

use crate::message::{Draft, Kind, Message};
use crate::url::{Domain, Url};

/// The `resource` of such a look-up.
pub const DIRECTORY: &str = "/directory";

/// Asks for people whose name or address has this text in it. Other nodes take [`DIRECTORY`] for an object's name.
pub fn find_people(runtime: &Url, domain: &Domain, text: &str) -> Draft {
    Draft::new(Kind::Read, runtime.child("/discovery/"), domain.registry())
        .with("resource", DIRECTORY)
        .with("criteria", json!({"text": text}))
}

/// The users and names in the answer, at most `limit`; `None` when the node keeps no directory or did not answer.
pub fn people_found(answer: &Message, limit: usize) -> Option<Vec<(Url, String)>> {
    if !answer.code().is_some_and(|code| code.is_ok()) {
        return None;
    }
    let found = answer.value()?.as_object()?.iter();
    let person = |(user, entry): (&String, &serde_json::Value)| {
        let user = Url::parse(user).ok().filter(|user| user.scheme() == "user")?;
        Some((user, entry["name"].as_str().unwrap_or_default().chars().take(256).collect()))
    };
    Some(found.filter_map(person).take(limit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::MessageIds;

    #[test]
    fn people_are_asked_for_by_a_text_and_read_from_a_map() {
        let runtime = Url::parse("runtime://a.test/r").unwrap();
        let draft = find_people(&runtime, &Domain::parse("a.test").unwrap(), "bo");
        assert_eq!(draft.body["criteria"], json!({"text": "bo"}));
        let asked = draft.with_id(MessageIds::default().next_id());
        let answer = asked.ok(json!({
            "user://a.test/bob@a.test": {"name": "Bob"}, "user://a.test/bo@a.test": {"name": 7}, "nobody": {},
            "hyperty://a.test/x": {"name": "no user"}
        }));
        let found = people_found(&answer, 20).unwrap();
        let names: Vec<_> = found.iter().map(|(user, name)| (user.as_str(), name.as_str())).collect();
        assert_eq!(names, [("user://a.test/bo@a.test", ""), ("user://a.test/bob@a.test", "Bob")]);
        assert_eq!(people_found(&answer, 1).unwrap().len(), 1);
        assert_eq!(people_found(&asked.error(404, "Not Found"), 20), None);
        assert_eq!(people_found(&asked.ok(json!("text")), 20), None);
    }
}
