//! Who is asked to come: people by a ring, which their inviter makes, and anybody by mail (protocol page, 5).

use std::time::Duration;

use confab_rethink::{Code, Url};
use serde_json::Value;

use super::Conference;
use super::commands::{Done, Refusal};
use crate::keeping::Keep;
use crate::mail::{Mail, MailEvent, Matter};
use crate::media_server::MediaRoomId;
use crate::member::display_name;
use crate::newcomer::has_account_at;
use crate::port::ConferenceOutput;
use crate::room::Room;
use crate::room::invitations::{self, Invitation, Invitations, Invitee, Letter, mail_address};

/// Most who are asked at once.
const AT_ONCE: usize = 25;
/// Most mails of a participant within that span.
const MAILS: (usize, Duration) = (50, Duration::from_secs(600));

impl Conference {
    /// `invite [[{user,name}|{mail,name}], {language?}?]`
    pub(super) fn invite(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let (list, language) = match params {
            [Value::Array(list)] => (list, ""),
            [Value::Array(list), Value::Object(how)] => {
                (list, how.get("language").and_then(Value::as_str).unwrap_or_default())
            }
            _ => return Err(Refusal::malformed("invite takes a list of people, and perhaps how")),
        };
        let language = invitations::language(language);
        if list.is_empty() || list.len() > AT_ONCE {
            return Err(Refusal::malformed("invite takes 1 to 25 people"));
        }
        let asked =
            list.iter().map(|entry| invitee(entry).ok_or(Refusal::malformed("nobody can be asked so")));
        let asked = asked.collect::<Result<Vec<_>, _>>()?;
        let (now, unix) = (self.now, self.unix());
        let domain = self.config.domain.clone();
        self.change(id, |room| {
            let old = room.invitations.forget_old(unix);
            old.into_iter().for_each(|number| room.show_invitation(number));
        });
        let room = self.rooms.get_mut(&id).ok_or(Refusal::GONE)?;
        let organises = room.organises(by);
        if room.settings.locked && !organises {
            return Err(Refusal::new(Code::FORBIDDEN, "the room is locked"));
        }
        if room.invitations.len() + asked.len() > Invitations::MOST {
            return Err(Refusal::new(Code::Num(429), "too many people were asked already"));
        }
        let mails = asked.iter().filter(|(whom, _)| matches!(whom, Invitee::Mail(_))).count();
        let member = room.members.get_mut(&by).ok_or(Refusal::GONE)?;
        if mails > 0 && !has_account_at(&member.identity, &member.user, &domain) {
            return Err(Refusal::new(Code::FORBIDDEN, "only people with an account here send mails"));
        }
        if !(0..mails).all(|_| member.paces.mails.allows(now, MAILS.0, MAILS.1)) {
            return Err(Refusal::new(Code::Num(429), "too many mails"));
        }
        let ids = asked.into_iter().map(|(whom, name)| {
            let asking = Asking { by, organises, language: &language };
            Value::from(self.invite_one(id, &asking, whom, name))
        });
        let ids: Vec<Value> = ids.collect();
        Ok(Some(ids.into()))
    }

    /// The key of the invitation.
    fn invite_one(&mut self, id: MediaRoomId, asking: &Asking<'_>, whom: Invitee, name: String) -> String {
        let &Asking { by, organises, language } = asking;
        let (at, unix) = (self.date(), self.unix());
        let (mail, code) = match &whom {
            Invitee::Mail(address) => (Some(address.clone()), Some((self.token(), self.token()))),
            Invitee::User(_) => (None, None),
        };
        let status = if mail.is_some() { "mailed" } else { "ringing" };
        let Some(member) = self.rooms.get(&id).and_then(|room| room.members.get(&by)) else {
            return String::new();
        };
        let (by_user, from_name, label) = (member.user.clone(), member.name.clone(), member.label());
        let letter = code
            .as_ref()
            .map(|(uid, code)| Letter::new(uid.clone(), code, from_name, language.to_owned(), unix));
        let who = match &whom {
            Invitee::Mail(address) => format!("{name} ({address})"),
            Invitee::User(user) => format!("{name} ({})", user.last_segment()),
        };
        let user = if let Invitee::User(user) = &whom { Some(user.clone()) } else { None };
        let invitation = Invitation {
            whom,
            name,
            by: Some(by),
            by_user: by_user.clone(),
            status,
            at,
            letter,
            used: false,
            hidden: false,
        };
        let number = self.change(id, |room| {
            if organises {
                room.past.forgive(user.as_ref(), mail.as_deref());
            }
            let number = room.invitations.add(invitation);
            room.show_invitation(number);
            number
        });
        let key = invitations::key(number.unwrap_or_default());
        self.note(id, if mail.is_some() { "mailed" } else { "invited" }, &label, &who, "");
        let Some(room) = self.rooms.get(&id) else { return key };
        if let (Some(number), Some((_, code))) = (number, code) {
            let link = format!("{}#i={code}", self.link(&room.name).unwrap_or_default());
            let mail = room
                .invitations
                .get(number)
                .and_then(|one| compose(room, &key, one, by_user, Matter::Invitation { link }, unix));
            self.outputs.extend(mail.map(ConferenceOutput::Mail));
            self.keep_invitation(id, number);
        }
        key
    }

    /// Has an invitation written down, if it is one by mail.
    pub(super) fn keep_invitation(&mut self, id: MediaRoomId, number: u32) {
        let Some(room) = self.rooms.get(&id) else { return };
        let record = room.invitations.get(number).and_then(|invitation| invitation.record(&room.name));
        self.outputs.extend(record.map(|record| ConferenceOutput::Keep(Keep::Invitation(record))));
    }

    /// `invitation [i, status]`: how a ring goes, said by who rings.
    pub(super) fn invitation(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let known = match params {
            [Value::String(key), Value::String(word)] => {
                invitations::number(key).zip(invitations::status(word))
            }
            _ => None,
        };
        let (number, status) = known.ok_or(Refusal::malformed("invitation takes a key and a status"))?;
        let room = self.rooms.get_mut(&id).ok_or(Refusal::GONE)?;
        let inviter = room.members.get(&by).map(|member| member.user.clone());
        let invitation = room.invitations.get_mut(number);
        let invitation = invitation.ok_or(Refusal::new(Code::NOT_FOUND, "no such invitation"))?;
        if inviter.as_ref() != Some(&invitation.by_user) || matches!(invitation.whom, Invitee::Mail(_)) {
            return Err(Refusal::NO_RIGHT);
        }
        invitation.status = status;
        self.change(id, |room| room.show_invitation(number));
        Ok(None)
    }

    /// `cancelInvitation [i]`: by who has invited, or an organiser. Its code is good for nothing from now on, and whom a mail
    /// has asked is told by another one.
    pub(super) fn cancel_invitation(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let [Value::String(key)] = params else {
            return Err(Refusal::malformed("cancelInvitation takes a key"));
        };
        let room = self.rooms.get(&id).ok_or(Refusal::GONE)?;
        let known = invitations::number(key).and_then(|number| Some((number, room.invitations.get(number)?)));
        let (number, invitation) = known.ok_or(Refusal::new(Code::NOT_FOUND, "no such invitation"))?;
        let own = room.members.get(&by).is_some_and(|member| member.user == invitation.by_user);
        if !own && !room.organises(by) {
            return Err(Refusal::NO_RIGHT);
        }
        let (label, name) = (room.label(by), invitation.name.clone());
        let from = room.members.get(&by).map(|member| member.user.clone());
        let unix = self.unix();
        // Whom no mail has reached needs no other one.
        let reached = from.filter(|_| invitation.status != "unreachable");
        let mail = reached.and_then(|from| compose(room, key, invitation, from, Matter::Cancellation, unix));
        let uid = invitation.letter.as_ref().map(|letter| letter.uid.clone());
        self.change(id, |room| {
            room.invitations.remove(number);
            room.show_invitation(number);
        });
        self.outputs.extend(uid.map(|uid| ConferenceOutput::Keep(Keep::Forget { uid })));
        self.outputs.extend(mail.map(ConferenceOutput::Mail));
        self.note(id, "cancelled", &label, &name, "");
        Ok(None)
    }

    /// The post has sent a mail, or could not.
    pub(super) fn mailed(&mut self, event: &MailEvent) {
        let id = self.room_at(&event.room);
        let Some((id, number)) = id.zip(invitations::number(&event.invitation)) else { return };
        self.change(id, |room| {
            if let Some(invitation) = room.invitations.get_mut(number) {
                invitation.status = if event.sent { "mailed" } else { "unreachable" };
                room.show_invitation(number);
            }
        });
    }

    /// 128 bits that nobody guesses, as hexadecimal digits.
    pub(super) fn token(&mut self) -> String {
        self.chance.bytes16().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Who asks people to come, and how.
struct Asking<'a> {
    by: u32,
    organises: bool,
    language: &'a str,
}

/// A mail about an invitation; `None` when there is none about this one.
fn compose(
    room: &Room,
    key: &str,
    invitation: &Invitation,
    from: Url,
    matter: Matter,
    at: u64,
) -> Option<Mail> {
    let (Invitee::Mail(to), Some(letter)) = (&invitation.whom, &invitation.letter) else { return None };
    // A cancellation is the next version of the entry.
    let more = u32::from(matter == Matter::Cancellation);
    Some(Mail {
        room: room.url().clone(),
        invitation: key.to_owned(),
        uid: letter.uid.clone(),
        sequence: letter.sequence.saturating_add(more),
        to: to.clone(),
        to_name: invitation.name.clone(),
        from_name: letter.by_name.clone(),
        from,
        room_name: room.name.clone(),
        language: letter.language.clone(),
        matter,
        begins: letter.created,
        at,
    })
}

/// Whom an entry of `invite` names, and what they are called.
fn invitee(entry: &Value) -> Option<(Invitee, String)> {
    let name = display_name(entry["name"].as_str().unwrap_or_default());
    let (whom, otherwise) = match (entry["user"].as_str(), entry["mail"].as_str()) {
        (Some(user), None) => {
            let user = Url::parse(user).ok().filter(|user| user.scheme() == "user")?;
            let otherwise = user.last_segment().to_owned();
            (Invitee::User(user), otherwise)
        }
        (None, Some(mail)) => {
            let mail = mail_address(mail)?;
            let otherwise = mail.split('@').next().unwrap_or_default().to_owned();
            (Invitee::Mail(mail), otherwise)
        }
        _ => return None,
    };
    let name = if name.is_empty() { display_name(&otherwise) } else { name };
    Some((whom, name))
}
