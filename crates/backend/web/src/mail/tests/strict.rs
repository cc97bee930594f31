//! A reader of iCalendar objects that takes nothing that RFC 5545 does not allow.

use std::collections::BTreeMap;

/// A content line, unfolded.
#[derive(Debug)]
pub struct Property {
    pub name: String,
    pub parameters: BTreeMap<String, String>,
    pub value: String,
}

/// The properties of the one event, after those of the calendar; panics at whatever is not allowed.
pub fn read(object: &str) -> Vec<Property> {
    let mut properties = Vec::new();
    let mut open = Vec::new();
    for line in unfold(object) {
        let property = property(&line);
        match property.name.as_str() {
            "BEGIN" => open.push(property.value),
            "END" => assert_eq!(open.pop(), Some(property.value), "what ends has begun"),
            _ => {
                let place = if open.len() == 1 { "VCALENDAR" } else { "VEVENT" };
                assert_eq!(open.last().map(String::as_str), Some(place), "{property:?}");
                properties.push(property);
            }
        }
    }
    assert_eq!(open, Vec::<String>::new(), "what has begun ends");
    for once in [
        "PRODID",
        "VERSION",
        "METHOD",
        "CALSCALE",
        "UID",
        "DTSTAMP",
        "DTSTART",
        "DTEND",
        "SEQUENCE",
        "STATUS",
        "SUMMARY",
        "DESCRIPTION",
        "LOCATION",
        "URL",
        "ORGANIZER",
        "ATTENDEE",
    ] {
        assert_eq!(properties.iter().filter(|property| property.name == once).count(), 1, "{once}");
    }
    for date in ["DTSTAMP", "DTSTART", "DTEND"] {
        let value = find(&properties, date).value.as_bytes();
        let digits = |range: std::ops::Range<usize>| value[range].iter().all(u8::is_ascii_digit);
        assert!(value.len() == 16 && digits(0..8) && value[8] == b'T' && digits(9..15) && value[15] == b'Z');
    }
    find(&properties, "SEQUENCE").value.parse::<u32>().unwrap();
    for person in ["ORGANIZER", "ATTENDEE"] {
        assert!(find(&properties, person).value.starts_with("mailto:"));
    }
    properties
}

/// The property of that name.
pub fn find<'a>(properties: &'a [Property], name: &str) -> &'a Property {
    properties.iter().find(|property| property.name == name).unwrap_or_else(|| panic!("no {name}"))
}

/// What a value of type TEXT says (3.3.11).
pub fn text(value: &str) -> String {
    let mut text = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(c @ ('\\' | ';' | ',')) => text.push(c),
                other => panic!("not an escape: {other:?} in {value}"),
            },
            ',' | ';' => panic!("{c} is not escaped: {value}"),
            c => text.push(c),
        }
    }
    text
}

/// Content lines without their folds (3.1): at most 75 octets each, all of them ended by CR LF, no fold inside a character.
fn unfold(object: &str) -> Vec<String> {
    let object = object.strip_suffix("\r\n").expect("the last line is ended");
    let mut lines: Vec<String> = Vec::new();
    for line in object.split("\r\n") {
        assert!((1..=75).contains(&line.len()), "{} octets: {line}", line.len());
        assert!(line.chars().all(|c| !c.is_control() || c == '\t'), "{line:?}");
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some(last)) => last.push_str(more),
            (Some(_), None) => panic!("nothing goes on here: {line}"),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// `name *(";" param) ":" value`.
fn property(line: &str) -> Property {
    let token = |text: &str| {
        assert!(!text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{line}");
        text.to_owned()
    };
    let end = line.find([';', ':']).unwrap_or_else(|| panic!("no colon: {line}"));
    let (name, mut rest) = (token(&line[..end]), &line[end..]);
    let mut parameters = BTreeMap::new();
    while let Some(more) = rest.strip_prefix(';') {
        let (key, more) = more.split_once('=').unwrap_or_else(|| panic!("a parameter has a value: {line}"));
        let (value, after) = match more.strip_prefix('"') {
            Some(quoted) => {
                let (value, after) = quoted.split_once('"').expect("a quote is closed");
                (value, after)
            }
            None => {
                let end = more.find([';', ':']).expect("a value ends");
                assert!(!more[..end].contains(['"', ',']), "{line}");
                (&more[..end], &more[end..])
            }
        };
        assert!(parameters.insert(token(key), value.to_owned()).is_none(), "{key} is said twice: {line}");
        rest = after;
    }
    let value = rest.strip_prefix(':').unwrap_or_else(|| panic!("no value: {line}")).to_owned();
    Property { name, parameters, value }
}
