//! Who may come in, who holds power, and the room as one of its members sees it (profile `rethink-conf/1`, section 4).
//!
//! Nothing here enforces anything: the room does. What is read here decides which controls make sense.

use std::collections::BTreeMap;

use confab_contract::{
    InvitationStatus, InvitedView, LogLine, MemberView, Powers, Role, RoomView, WaitingView,
};
use confab_types::ParticipantId;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::roster::clean;
use crate::{Participant, Roster};

/// Most who wait or are invited that are read.
const DOOR_LIMIT: usize = 200;
/// Most lines read of a log.
const LOG_LIMIT: usize = 2000;
/// The longest link shown, bytes.
const LINK_LIMIT: usize = 2048;

/// Who may come in, and who holds power.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Whether the room knows organisers and relays what is said in it.
    pub moderated: bool,
    /// Whether it ends for all when its organiser leaves without having handed over.
    pub ends_with_organiser: bool,
    /// Who holds the power.
    pub organiser: Option<ParticipantId>,
    /// Nobody comes in any more.
    pub locked: bool,
    /// Whoever comes waits.
    pub lobby: bool,
    /// People without an account may come.
    pub guests: bool,
    /// People may come under a name that nobody can be found by.
    pub invented_names: bool,
    /// What others open to join; empty when there is none that can be shown.
    pub link: String,
    /// Who was asked to come, by the room's name of the invitation.
    pub invited: BTreeMap<String, Invited>,
}

/// Somebody who was asked to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// The name or address to show.
    pub name: String,
    /// Who asked them.
    pub by: ParticipantId,
    /// How it goes.
    pub status: InvitationStatus,
}

impl Rules {
    /// Reads what is there; what does not parse is as if it were not said.
    pub(crate) fn read(data: &Value) -> Rules {
        let flag = |key: &str| data.get(key).and_then(Value::as_bool).unwrap_or(false);
        let text = |key: &str| data.get(key).and_then(Value::as_str);
        let is_link = |link: &&str| {
            link.len() <= LINK_LIMIT && ["https://", "http://"].iter().any(|scheme| link.starts_with(scheme))
        };
        let invited = data.get("invited").and_then(Value::as_object).into_iter().flatten();
        Rules {
            moderated: flag("moderated"),
            ends_with_organiser: data.get("endsWithOrganiser").and_then(Value::as_bool).unwrap_or(true),
            organiser: text("organiser").map(ParticipantId::new),
            locked: flag("locked"),
            lobby: flag("lobby"),
            guests: flag("guests"),
            invented_names: flag("invented"),
            link: text("link").filter(is_link).map(clean_link).unwrap_or_default(),
            invited: invited
                .take(DOOR_LIMIT)
                .filter_map(|(id, entry)| Some((id.clone(), Invited::read(entry)?)))
                .collect(),
        }
    }
}

impl Invited {
    fn read(entry: &Value) -> Option<Invited> {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let name = text("name").map(clean).filter(|name| !name.is_empty());
        let status = match text("status")? {
            "ringing" => InvitationStatus::Ringing,
            "mailed" => InvitationStatus::Mailed,
            "accepted" => InvitationStatus::Accepted,
            "declined" => InvitationStatus::Declined,
            "busy" => InvitationStatus::Busy,
            "no-answer" => InvitationStatus::NoAnswer,
            "unreachable" => InvitationStatus::Unreachable,
            _ => return None,
        };
        Some(Invited {
            name: name.or_else(|| Some(clean(identifier(text("mail").or(text("user"))?))))?,
            by: ParticipantId::new(text("by").unwrap_or_default()),
            status,
        })
    }
}

/// What the room tells organisers only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Private {
    /// Who waits to be let in, first come first.
    pub waiting: Vec<WaitingView>,
    /// Who those are that have made up a name.
    pub trace: BTreeMap<ParticipantId, String>,
}

impl Private {
    /// Reads what is there; entries that do not parse are left out.
    pub fn read(value: &Value) -> Private {
        let entries =
            |key: &str| value.get(key).and_then(Value::as_object).into_iter().flatten().take(DOOR_LIMIT);
        let mut waiting: Vec<(String, WaitingView)> = entries("waiting")
            .filter_map(|(id, entry)| {
                let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
                let who = if text("mail").is_empty() { identifier(text("user")) } else { text("mail") };
                let view = WaitingView {
                    id: id.clone(),
                    name: Some(clean(text("name")))
                        .filter(|name| !name.is_empty())
                        .unwrap_or_else(|| clean(who)),
                    who: clean(who),
                    guest: entry.get("guest").and_then(Value::as_bool).unwrap_or(false),
                };
                entry.is_object().then(|| (text("since").to_owned(), view))
            })
            .collect();
        waiting.sort_by(|a, b| a.0.cmp(&b.0));
        let trace =
            entries("trace").filter_map(|(id, entry)| Some((ParticipantId::new(id.as_str()), trace(entry)?)));
        Private { waiting: waiting.into_iter().map(|(_, view)| view).collect(), trace: trace.collect() }
    }

    /// The log in the room's answer, oldest first; the newest 2,000 lines.
    pub fn log(value: &Value) -> Vec<LogLine> {
        let lines = value.get("log").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let newest = &lines[lines.len().saturating_sub(LOG_LIMIT)..];
        let line = |entry: &Value| {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).map(clean).unwrap_or_default();
            let what = Some(text("what")).filter(|what| !what.is_empty())?;
            Some(LogLine {
                at: moment(entry.get("at")?)?,
                what,
                by: text("by"),
                who: text("who"),
                text: text("text"),
            })
        };
        newest.iter().filter_map(line).collect()
    }
}

/// What a role may do in a room that knows roles.
pub fn powers(rules: &Rules, role: Role) -> Powers {
    if !rules.moderated {
        return Powers::default();
    }
    let organiser = role == Role::Organiser;
    let power = organiser || role == Role::CoOrganiser;
    Powers {
        silence: power,
        remove: power,
        door: power,
        roles: organiser,
        end: organiser,
        invite: role != Role::Guest,
        react: true,
    }
}

/// The room as `me` sees it. What is not in the room's data (reactions, questions, the log) is left empty. `domain` is the room's.
pub fn room_view(
    roster: &Roster,
    me: &ParticipantId,
    name: &str,
    domain: &str,
    private: &Private,
) -> RoomView {
    let rules = &roster.rules;
    let own = roster.get(me);
    let may = own.map(|own| powers(rules, own.role)).unwrap_or_default();
    let hands = roster.hands();
    let member = |one: &Participant| MemberView {
        participant: one.id.to_string(),
        name: one.name.clone(),
        user: one.user.clone(),
        domain: domain_of(&one.user).filter(|theirs| *theirs != domain).unwrap_or_default().to_owned(),
        me: one.id == *me,
        role: one.role,
        muted: one.audio_muted,
        muted_by_organiser: one.muted_by_organiser,
        camera_off: one.video_muted || one.camera_stopped,
        sharing: one.screen_leg.is_some(),
        away: one.away,
        hand: hands.get(&one.id).copied(),
        trace: private.trace.get(&one.id).filter(|_| may.door).cloned(),
    };
    let invited = |(id, invited): (&String, &Invited)| InvitedView {
        id: id.clone(),
        name: invited.name.clone(),
        status: invited.status,
        ours: invited.by == *me,
    };
    RoomView {
        name: name.to_owned(),
        link: rules.link.clone(),
        domain: domain.to_owned(),
        locked: rules.locked,
        lobby: rules.lobby,
        guests: rules.guests,
        invented_names: rules.invented_names,
        people: roster.participants.values().map(member).collect(),
        waiting: if may.door { private.waiting.clone() } else { Vec::new() },
        invited: rules.invited.iter().map(invited).collect(),
        may,
        ..RoomView::default()
    }
}

/// The domain of `user://domain/name@domain`.
fn domain_of(user: &str) -> Option<&str> {
    user.strip_prefix("user://")?.split('/').next()
}

/// The part of a user URL that people know.
fn identifier(user: &str) -> &str {
    user.rsplit('/').next().unwrap_or(user)
}

/// Who somebody really is, in one line.
fn trace(entry: &Value) -> Option<String> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let user = text("user").map(identifier);
    let said: Vec<&str> = [entry.as_str(), text("mail"), text("identity"), user, text("address")]
        .into_iter()
        .flatten()
        .collect();
    let said = clean_line(&said.join(" · "));
    (!said.is_empty()).then_some(said)
}

/// A line of several names: longer than one of them, as clean.
fn clean_line(line: &str) -> String {
    line.split(" · ").map(clean).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// A link without anything that could break out of a line.
fn clean_link(link: &str) -> String {
    link.chars().filter(|c| c.is_ascii_graphic()).collect()
}

/// Milliseconds since 1970, from a number or ISO 8601 text.
fn moment(at: &Value) -> Option<u64> {
    if let Some(ms) = at.as_u64() {
        return Some(ms);
    }
    let moment = OffsetDateTime::parse(at.as_str()?, &Rfc3339).ok()?;
    u64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()
}

#[cfg(test)]
mod tests;
