//! Who is asked to come: people by a ring, which their inviter makes, and anybody by mail (protocol page, 5).

use std::time::Duration;

use confab_rethink::{Code, Url};
use serde_json::Value;

use super::Conference;
use super::commands::{Done, Refusal};
use crate::mail::{Mail, MailEvent};
use crate::media_server::MediaRoomId;
use crate::member::display_name;
use crate::newcomer::has_account_at;
use crate::port::ConferenceOutput;
use crate::room::invitations::{self, Invitation, Invitations, Invitee, mail_address};

/// Most who are asked at once.
const AT_ONCE: usize = 25;
/// Most mails of a participant within that span.
const MAILS: (usize, Duration) = (50, Duration::from_secs(600));

impl Conference {
    /// `invite [[{user,name}|{mail,name}]]`
    pub(super) fn invite(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let [Value::Array(list)] = params else {
            return Err(Refusal::malformed("invite takes a list of people"));
        };
        if list.is_empty() || list.len() > AT_ONCE {
            return Err(Refusal::malformed("invite takes 1 to 25 people"));
        }
        let asked =
            list.iter().map(|entry| invitee(entry).ok_or(Refusal::malformed("nobody can be asked so")));
        let asked = asked.collect::<Result<Vec<_>, _>>()?;
        let now = self.now;
        let domain = self.config.domain.clone();
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
        let ids = asked.into_iter().map(|(whom, name)| self.invite_one(id, by, whom, name, organises));
        let ids: Vec<Value> = ids.map(Value::from).collect();
        Ok(Some(ids.into()))
    }

    /// The key of the invitation.
    fn invite_one(
        &mut self,
        id: MediaRoomId,
        by: u32,
        whom: Invitee,
        name: String,
        organises: bool,
    ) -> String {
        let (at, unix) = (self.date(), self.unix());
        let (mail, code) = match &whom {
            Invitee::Mail(address) => (Some(address.clone()), Some(self.token())),
            Invitee::User(_) => (None, None),
        };
        let status = if mail.is_some() { "mailed" } else { "ringing" };
        let Some(member) = self.rooms.get(&id).and_then(|room| room.members.get(&by)) else {
            return String::new();
        };
        let (by_user, from_name, label) = (member.user.clone(), member.name.clone(), member.label());
        let who = match &whom {
            Invitee::Mail(address) => format!("{name} ({address})"),
            Invitee::User(user) => format!("{name} ({})", user.last_segment()),
        };
        let user = if let Invitee::User(user) = &whom { Some(user.clone()) } else { None };
        let invitation = Invitation {
            whom,
            name: name.clone(),
            by,
            by_user: by_user.clone(),
            status,
            at,
            code,
            came: false,
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
        let code = number.and_then(|number| room.invitations.get(number)?.code.clone());
        if let (Some(to), Some(code)) = (mail, code) {
            let link = format!("{}#i={code}", self.link(&room.name).unwrap_or_default());
            self.outputs.push_back(ConferenceOutput::Mail(Mail {
                room: room.url().clone(),
                invitation: key.clone(),
                to,
                to_name: name,
                from_name,
                from: by_user,
                room_name: room.name.clone(),
                link,
                code,
                at: unix,
            }));
        }
        key
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

    /// `cancelInvitation [i]`: by who has invited, or an organiser. Its code is good for nothing from now on.
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
        self.change(id, |room| {
            room.invitations.remove(number);
            room.show_invitation(number);
        });
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
