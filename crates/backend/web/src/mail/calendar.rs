//! A meeting as an iCalendar object (RFC 5545) that invites to it (RFC 5546, 3.2.2) or takes that back (3.2.5), in UTC and so without
//! time zones.

use time::OffsetDateTime;

/// Octets of a content line without its end (RFC 5545, 3.1).
const LINE: usize = 75;
/// How long a meeting is entered for, seconds.
const LENGTH: u64 = 3_600;

/// What is done with an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// It is made, or replaced by a newer version.
    #[default]
    Request,
    /// It is taken back.
    Cancel,
}

impl Method {
    /// As objects and media types say it.
    pub fn word(self) -> &'static str {
        match self {
            Method::Request => "REQUEST",
            Method::Cancel => "CANCEL",
        }
    }
}

/// What an entry says. Texts may have any character; control characters except line ends are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What is done with it.
    pub method: Method,
    /// The same for every version of the entry, and for no other entry.
    pub uid: &'a str,
    /// How many versions there were before.
    pub sequence: u32,
    /// When this version was made, seconds of Unix time.
    pub said: u64,
    /// When the meeting begins, seconds of Unix time.
    pub begins: u64,
    /// The language of its texts (RFC 5646): letters, digits and hyphens.
    pub language: &'a str,
    /// One line.
    pub summary: &'a str,
    /// More lines.
    pub description: &'a str,
    /// Where: an address of the web.
    pub link: &'a str,
    /// Who invites, and the mail address that stands for them.
    pub organiser: (&'a str, &'a str),
    /// Who is invited, and their mail address.
    pub attendee: (&'a str, &'a str),
}

/// The object, ready to be attached: lines of at most 75 octets that end with CR LF.
pub fn entry(entry: &Entry<'_>) -> String {
    let mut object = Lines(String::new());
    for line in ["BEGIN:VCALENDAR", "PRODID:-//reTHINK//Confab//EN", "VERSION:2.0", "CALSCALE:GREGORIAN"] {
        object.put(line);
    }
    object.put(&format!("METHOD:{}", entry.method.word()));
    object.put("BEGIN:VEVENT");
    object.put(&format!("UID:{}", text(entry.uid)));
    object.put(&format!("DTSTAMP:{}", utc(entry.said)));
    object.put(&format!("DTSTART:{}", utc(entry.begins)));
    object.put(&format!("DTEND:{}", utc(entry.begins.saturating_add(LENGTH))));
    object.put(&format!("SEQUENCE:{}", entry.sequence));
    object.put(match entry.method {
        Method::Request => "STATUS:CONFIRMED",
        Method::Cancel => "STATUS:CANCELLED",
    });
    let language = entry.language;
    object.put(&format!("SUMMARY;LANGUAGE={language}:{}", text(entry.summary)));
    object.put(&format!("DESCRIPTION;LANGUAGE={language}:{}", text(entry.description)));
    object.put(&format!("LOCATION:{}", text(entry.link)));
    object.put(&format!("URL:{}", uri(entry.link)));
    let (name, mail) = entry.organiser;
    object.put(&format!("ORGANIZER;CN={}:mailto:{}", parameter(name), uri(mail)));
    let (name, mail) = entry.attendee;
    let asked = "CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE";
    object.put(&format!("ATTENDEE;CN={};{asked}:mailto:{}", parameter(name), uri(mail)));
    object.put("END:VEVENT");
    object.put("END:VCALENDAR");
    object.0
}

struct Lines(String);

impl Lines {
    /// Adds a content line, folded between characters: a line that goes on begins with a space, which counts.
    fn put(&mut self, line: &str) {
        let mut length = 0;
        for c in line.chars() {
            if length + c.len_utf8() > LINE {
                self.0.push_str("\r\n ");
                length = 1;
            }
            self.0.push(c);
            length += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// A value of type TEXT (3.3.11).
fn text(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let value = value.replace("\r\n", "\n");
    for c in value.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            ';' => escaped.push_str("\\;"),
            ',' => escaped.push_str("\\,"),
            '\n' | '\r' => escaped.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// A quoted parameter value (3.2); what may not stand between quotes is written as RFC 6868 says.
fn parameter(value: &str) -> String {
    let mut quoted = String::from("\"");
    for c in value.replace("\r\n", "\n").chars() {
        match c {
            '"' => quoted.push_str("^'"),
            '^' => quoted.push_str("^^"),
            '\n' | '\r' => quoted.push_str("^n"),
            c if c.is_control() && c != '\t' => {}
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A value of type URI: without what cannot stand in one.
fn uri(value: &str) -> String {
    value.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect()
}

/// `20261121T170959Z`.
fn utc(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second) = at.to_hms();
    format!("{year:04}{:02}{day:02}T{hour:02}{minute:02}{second:02}Z", u8::from(month))
}
