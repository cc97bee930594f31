//! One mail, composed.

use std::time::{Duration, UNIX_EPOCH};

use confab_rooms::{Mail, Matter};
use lettre::address::AddressError;
use lettre::message::header::{ContentType, ContentTypeErr};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::calendar::{self, Entry, Method};
use super::words::{self, Words, fill};
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
    /// Writes an invitation or its cancellation.
    pub(crate) fn compose(order: &Mail, sender: &Sender) -> Result<Letter, LetterError> {
        let to: Address = order.to.parse()?;
        let words = words::of(&order.language);
        let name = |text: &str| line(text).chars().take(MAX_NAME).collect::<String>();
        let (who, by, room) = (name(&order.to_name), name(&order.from_name), name(&order.room_name));
        let by = if by.is_empty() { words.somebody.to_owned() } else { by };
        let link = match &order.matter {
            Matter::Invitation { link } if link.starts_with('#') => format!("{}/j/{room}{link}", sender.base),
            Matter::Invitation { link } => line(link),
            Matter::Cancellation => format!("{}/j/{room}", sender.base),
        };
        let names = [("who", who.as_str()), ("by", &by), ("room", &room), ("link", &link)];
        let (subject, text, html, description) = match order.matter {
            Matter::Invitation { .. } => {
                let about = fill(words.invitation.entry, &names);
                (words.invitation.subject, invitation(words, &names), page(words, &names, true), about)
            }
            Matter::Cancellation => {
                let about = fill(words.cancellation.text, &names);
                (words.cancellation.subject, cancellation(words, &names), page(words, &names, false), about)
            }
        };
        let subject = fill(subject, &names);
        let method = match order.matter {
            Matter::Invitation { .. } => Method::Request,
            Matter::Cancellation => Method::Cancel,
        };
        let address = sender.from.email.to_string();
        let calendar = calendar::entry(&Entry {
            method,
            uid: &format!("{}@{}", order.uid, sender.domain),
            sequence: order.sequence,
            said: order.at / 1_000,
            begins: order.begins / 1_000,
            language: words.language,
            summary: &fill(words.entry, &names),
            description: &description,
            link: &link,
            organiser: (&by, &address),
            attendee: (if who.is_empty() { &order.to } else { &who }, &order.to),
        });
        let entry = format!("text/calendar; method={}; charset=utf-8", method.word());
        let same = MultiPart::alternative()
            .singlepart(SinglePart::plain(text.clone()))
            .singlepart(SinglePart::html(html.clone()))
            .singlepart(SinglePart::builder().header(ContentType::parse(&entry)?).body(calendar.clone()));
        let file = match method {
            Method::Request => "invite.ics",
            Method::Cancel => "cancel.ics",
        };
        let file = Attachment::new(file.to_owned());
        let parts = MultiPart::mixed()
            .multipart(same)
            .singlepart(file.body(calendar.clone().into_bytes(), ContentType::parse("application/ics")?));
        // A mail about the same entry is another mail.
        let id = format!("<{}.{}@{}>", order.uid, order.sequence, sender.domain);
        let message = Message::builder()
            .from(Mailbox::new(Some(fill(words.sender, &names)), sender.from.email.clone()))
            .to(Mailbox::new((!who.is_empty()).then(|| who.clone()), to))
            .subject(&subject)
            .date(UNIX_EPOCH + Duration::from_millis(order.at))
            .message_id(Some(id))
            .multipart(parts)?;
        Ok(Letter { message, to: order.to.clone(), subject, text, html, calendar, at: order.at })
    }
}

/// What the placeholders of a text stand for.
type Names<'a> = [(&'a str, &'a str); 4];

fn hello(words: &Words, names: &Names<'_>) -> String {
    let [nobody, somebody] = words.hello;
    fill(if names[0].1.is_empty() { nobody } else { somebody }, names)
}

fn invitation(words: &Words, names: &Names<'_>) -> String {
    let say = words.invitation.text;
    let [text, meeting, link] = [say, words.meeting, "{link}"].map(|text| fill(text, names));
    let (open, devices, yours) = (words.invitation.open, words.invitation.devices, words.invitation.yours);
    format!("{}\n\n{text}\n\n{meeting}\n{open}\n\n{link}\n\n{devices} {yours}\n", hello(words, names))
}

fn cancellation(words: &Words, names: &Names<'_>) -> String {
    let [text, meeting] = [words.cancellation.text, words.meeting].map(|text| fill(text, names));
    format!("{}\n\n{text}\n\n{meeting}\n\n{}\n", hello(words, names), words.cancellation.link)
}

/// The same as a page; only an invitation has a button.
fn page(words: &Words, names: &Names<'_>, invites: bool) -> String {
    let safe = names.map(|(name, value)| (name, escape(value)));
    let bold = |name: &str, value: &str| match name {
        "by" | "room" => format!("<b>{value}</b>"),
        "link" => format!("<a href=\"{value}\">{value}</a>"),
        _ => value.to_owned(),
    };
    let marked = safe.clone().map(|(name, value)| (name, bold(name, &value)));
    let plain = marked.each_ref().map(|(name, value)| (*name, value.as_str()));
    let paragraph = |text: &str| format!("<p>{}</p>", fill(text, &plain));
    let quiet = |text: &str| format!("<p style=\"color:#555b66\">{}</p>", fill(text, &plain));
    let text = if invites { words.invitation.text } else { words.cancellation.text };
    let mut body =
        [format!("<p>{}</p>", escape(&hello(words, names))), paragraph(text), paragraph(words.meeting)]
            .concat();
    if invites {
        let Words { invitation, .. } = words;
        let link = &safe[3].1;
        body.push_str(&format!(
            "<p><a href=\"{link}\" style=\"display:inline-block;padding:12px 20px;border-radius:8px;background:#1f5fd0;\
             color:#ffffff;text-decoration:none;font-weight:600\">{}</a></p>",
            invitation.join
        ));
        body.push_str(&quiet(invitation.or_open));
        body.push_str(&quiet(&format!("{} {}", invitation.devices, invitation.yours)));
    } else {
        body.push_str(&quiet(words.cancellation.link));
    }
    let subject = if invites { words.invitation.subject } else { words.cancellation.subject };
    let title = escape(&fill(subject, names));
    format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
         <body style=\"margin:0;padding:24px;background:#f6f7f9;color:#16181d;font:16px/1.5 system-ui,sans-serif\">\
         <div style=\"max-width:32rem;margin:0 auto;padding:24px;background:#ffffff;border-radius:12px\">\
         {body}</div></body></html>\n",
        words.language
    )
}

/// One line: whatever would end a header ends up as a space.
fn line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
