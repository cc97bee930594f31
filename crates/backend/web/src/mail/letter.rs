//! One mail, composed.

use std::time::{Duration, UNIX_EPOCH};

use confab_rooms::Mail;
use lettre::address::AddressError;
use lettre::message::header::{ContentType, ContentTypeErr};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::calendar::{self, Entry};
use crate::html::escape;

/// Longest name in a header, characters.
const MAX_NAME: usize = 128;

/// As whom mails are sent.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The address that answers go to.
    from: Mailbox,
    /// The domain that speaks.
    domain: String,
    /// Where the pages are, `https://conf.example`: in front of links that lack it.
    base: String,
}

impl Sender {
    /// Mails come from this address, of this domain; links lead to the pages at `base`.
    ///
    /// # Errors
    /// When the address is none.
    pub fn new(from: &str, domain: &str, base: &str) -> Result<Sender, AddressError> {
        let from = Mailbox::new(None, from.parse()?);
        Ok(Sender { from, domain: domain.to_owned(), base: base.to_owned() })
    }
}

/// A mail and what it was made of.
pub(crate) struct Letter {
    pub(crate) message: Message,
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) calendar: String,
    /// Milliseconds of Unix time.
    pub(crate) at: u64,
}

/// Why a mail cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LetterError {
    /// The receiver's address.
    #[error("the address is none: {0}")]
    Address(#[from] AddressError),
    /// A part of it.
    #[error(transparent)]
    Type(#[from] ContentTypeErr),
    /// All of it.
    #[error(transparent)]
    Message(#[from] lettre::error::Error),
}

impl Letter {
    /// Writes an invitation.
    pub(crate) fn compose(order: &Mail, sender: &Sender) -> Result<Letter, LetterError> {
        let to: Address = order.to.parse()?;
        let name = |text: &str| line(text).chars().take(MAX_NAME).collect::<String>();
        let (who, by, room) = (name(&order.to_name), name(&order.from_name), name(&order.room_name));
        let by = if by.is_empty() { "Somebody".to_owned() } else { by };
        let link = match order.link.strip_prefix('#') {
            Some(_) => format!("{}/j/{room}{}", sender.base, order.link),
            None => line(&order.link),
        };
        let subject = format!("{by} invites you to meeting {room}");
        let text = text(&who, &by, &room, &link);
        let html = html(&who, &by, &room, &link);
        let uid = format!("{}-{}@{}", order.room.last_segment(), order.invitation, sender.domain);
        let address = sender.from.email.to_string();
        let calendar = calendar::invitation(&Entry {
            uid: &uid,
            at: order.at / 1_000,
            summary: &format!("Meeting {room} with {by}"),
            description: &format!("{by} invites you to a meeting.\nTo join, open {link}"),
            link: &link,
            organiser: (&by, &address),
            attendee: (if who.is_empty() { &order.to } else { &who }, &order.to),
        });
        let entry = ContentType::parse("text/calendar; method=REQUEST; charset=utf-8")?;
        let same = MultiPart::alternative()
            .singlepart(SinglePart::plain(text.clone()))
            .singlepart(SinglePart::html(html.clone()))
            .singlepart(SinglePart::builder().header(entry.clone()).body(calendar.clone()));
        let file = Attachment::new("invite.ics".to_owned());
        let parts = MultiPart::mixed()
            .multipart(same)
            .singlepart(file.body(calendar.clone().into_bytes(), ContentType::parse("application/ics")?));
        let message = Message::builder()
            .from(Mailbox::new(Some(format!("{by} via Confab")), sender.from.email.clone()))
            .to(Mailbox::new((!who.is_empty()).then_some(who), to))
            .subject(&subject)
            .date(UNIX_EPOCH + Duration::from_millis(order.at))
            .message_id(Some(format!("<{uid}>")))
            .multipart(parts)?;
        Ok(Letter { message, to: order.to.clone(), subject, text, html, calendar, at: order.at })
    }
}

fn text(who: &str, by: &str, room: &str, link: &str) -> String {
    let hello = if who.is_empty() { "Hello,".to_owned() } else { format!("Hello {who},") };
    format!(
        "{hello}\n\n{by} invites you to a meeting.\n\nMeeting: {room}\nTo join, open this link in a browser or in Confab:\n\n\
         {link}\n\nYour camera and microphone stay off until you turn them on. \
         This link is meant for you: please do not pass it on.\n"
    )
}

fn html(who: &str, by: &str, room: &str, link: &str) -> String {
    let hello = if who.is_empty() { "Hello,".to_owned() } else { format!("Hello {},", escape(who)) };
    let (by, room, link) = (escape(by), escape(room), escape(link));
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Invitation</title></head>\
         <body style=\"margin:0;padding:24px;background:#f6f7f9;color:#16181d;font:16px/1.5 system-ui,sans-serif\">\
         <div style=\"max-width:32rem;margin:0 auto;padding:24px;background:#ffffff;border-radius:12px\">\
         <p>{hello}</p><p><b>{by}</b> invites you to a meeting.</p><p>Meeting: <b>{room}</b></p>\
         <p><a href=\"{link}\" style=\"display:inline-block;padding:12px 20px;border-radius:8px;background:#1f5fd0;\
         color:#ffffff;text-decoration:none;font-weight:600\">Join the meeting</a></p>\
         <p style=\"color:#555b66\">Or open <a href=\"{link}\">{link}</a></p>\
         <p style=\"color:#555b66\">Your camera and microphone stay off until you turn them on. \
         This link is meant for you: please do not pass it on.</p></div></body></html>\n"
    )
}

/// One line: whatever would end a header ends up as a space.
fn line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
