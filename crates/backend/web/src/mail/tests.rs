//! Calendar entries that no text can break, and mails that are counted.

use std::sync::Mutex;

use confab_rethink::Url;
use confab_types::Mono;
use proptest::prelude::*;

use super::calendar::{Entry, invitation};
use super::*;

/// Content lines, unfolded (RFC 5545, 3.1).
fn unfolded(object: &str) -> Vec<String> {
    assert!(object.ends_with("\r\n"));
    let mut lines: Vec<String> = Vec::new();
    for line in object.strip_suffix("\r\n").unwrap().split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
        assert!(!line.contains(['\r', '\n']), "{line:?}");
        match (line.strip_prefix(' '), lines.last_mut()) {
            (Some(more), Some(last)) => last.push_str(more),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn value<'a>(lines: &'a [String], name: &str) -> &'a str {
    lines.iter().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}: {lines:?}"))
}

fn unescaped(value: &str) -> String {
    let mut text = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(c) => text.push(c),
                None => panic!("a lonely backslash: {value}"),
            },
            ',' | ';' => panic!("{c} is not escaped: {value}"),
            c => text.push(c),
        }
    }
    text
}

fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_people_are_called_the_entry_says_it_and_nothing_else(
        summary in any::<String>(),
        description in ".{0,400}",
        by in any::<String>(),
        who in any::<String>(),
        at in 0_u64..4_000_000_000,
    ) {
        let link = "https://conf.example/j/4711#i=00112233445566778899aabbccddeeff";
        let entry = Entry {
            uid: "0b7e-i1@csp.test",
            at,
            summary: &summary,
            description: &description,
            link,
            organiser: (&by, "confab@csp.test"),
            attendee: (&who, "a.b@mail.example"),
        };
        let lines = unfolded(&invitation(&entry));
        prop_assert_eq!(lines.len(), 20, "nobody adds a line");
        prop_assert_eq!(unescaped(value(&lines, "SUMMARY:")), plain(&summary));
        prop_assert_eq!(unescaped(value(&lines, "DESCRIPTION:")), plain(&description));
        prop_assert_eq!(value(&lines, "URL:"), link);
        for name in ["ORGANIZER;CN=\"", "ATTENDEE;CN=\""] {
            let rest = value(&lines, name);
            prop_assert_eq!(rest.matches('"').count(), 1, "{}", rest);
        }
    }
}

#[test]
fn an_entry_is_as_calendars_expect_it() {
    let entry = Entry {
        uid: "0b7e-i1@csp.test",
        at: 1_795_280_999,
        summary: "Meeting 4711, with Zoë",
        description: "One;\nTwo",
        link: "https://conf.example/j/4711",
        organiser: ("Zoë \"Z\"", "confab@csp.test"),
        attendee: ("Bob", "bob@mail.example"),
    };
    let expected = "BEGIN:VCALENDAR\r\nPRODID:-//reTHINK//Confab//EN\r\nVERSION:2.0\r\nCALSCALE:GREGORIAN\r\n\
        METHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:0b7e-i1@csp.test\r\nDTSTAMP:20261121T170959Z\r\nDTSTART:20261121T170959Z\r\n\
        DTEND:20261121T180959Z\r\nSEQUENCE:0\r\nSTATUS:CONFIRMED\r\nSUMMARY:Meeting 4711\\, with Zoë\r\n\
        DESCRIPTION:One\\;\\nTwo\r\nLOCATION:https://conf.example/j/4711\r\nURL:https://conf.example/j/4711\r\n\
        ORGANIZER;CN=\"Zoë ^'Z^'\":mailto:confab@csp.test\r\n\
        ATTENDEE;CN=\"Bob\";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mai\r\n lto:bob@mail.example\r\n\
        END:VEVENT\r\nEND:VCALENDAR\r\n";
    assert_eq!(invitation(&entry), expected);
}

fn sender() -> Sender {
    Sender::new("confab@csp.test", "csp.test", "https://conf.example").unwrap()
}

fn order(to: &str, to_name: &str, from_name: &str) -> Mail {
    Mail {
        room: Url::parse("comm://csp.test/0b7e").unwrap(),
        invitation: "i1".to_owned(),
        to: to.to_owned(),
        to_name: to_name.to_owned(),
        from_name: from_name.to_owned(),
        from: Url::parse("user://csp.test/alice@csp.test").unwrap(),
        room_name: "4711".to_owned(),
        link: "https://conf.example/j/4711#i=0011".to_owned(),
        code: "0011".to_owned(),
        at: 1_795_280_999_000,
    }
}

#[test]
fn a_mail_has_a_text_a_page_and_an_entry_and_its_headers_cannot_be_broken() {
    let letter =
        Letter::compose(&order("bob@mail.example", "Bob\r\nBcc: all@x.example", "Zoë <b>\n"), &sender());
    let letter = letter.unwrap();
    let raw = String::from_utf8(letter.message.formatted()).unwrap();
    let (headers, body) = raw.split_once("\r\n\r\n").unwrap();
    assert!(!headers.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{headers}");
    for part in [
        "text/plain",
        "text/html",
        "text/calendar; method=REQUEST",
        "application/ics",
        "filename=\"invite.ics\"",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert!(letter.text.contains("\nhttps://conf.example/j/4711#i=0011\n"));
    assert!(letter.html.contains("Zoë &lt;b&gt;") && !letter.html.contains("<b>Zoë <b>"));
    assert_eq!(letter.envelope_to(), ["bob@mail.example"]);
    for odd in [
        "",
        "bob",
        "bob@",
        "@x",
        "a b@x.example",
        "bob@x.example\r\nRCPT TO:<all@x.example>",
        "<bob@x.example>,c@x.example",
    ] {
        assert!(Letter::compose(&order(odd, "", ""), &sender()).is_err(), "{odd:?}");
    }
}

impl Letter {
    fn envelope_to(&self) -> Vec<String> {
        self.message.envelope().to().iter().map(ToString::to_string).collect()
    }
}

#[tokio::test]
async fn mails_to_one_address_are_limited_and_each_order_is_answered() {
    let (told, mut answers) = mpsc::channel(64);
    let told = Mutex::new(told);
    let catcher = Catcher::default();
    let mailer = Mailer::start(
        Way::Catcher(catcher.clone()),
        sender(),
        Arc::new(|| Mono::ZERO),
        move |event: MailEvent| told.lock().unwrap().try_send(event.sent).unwrap(),
    );
    for _ in 0..TO_ONE + 1 {
        mailer.submit(order("bob@mail.example", "Bob", "Alice"));
    }
    mailer.submit(order("carol@mail.example", "Carol", "Alice"));
    let mut sent = Vec::new();
    for _ in 0..TO_ONE + 2 {
        sent.push(answers.recv().await.unwrap());
    }
    let mut expected = vec![true; TO_ONE];
    expected.extend([false, true]);
    assert_eq!(sent, expected);
    assert_eq!(catcher.count(), TO_ONE + 1);
    assert_eq!(mailer.counters().throttled.load(Ordering::Relaxed), 1);
}

#[test]
fn the_catcher_keeps_the_newest() {
    let catcher = Catcher::default();
    for _ in 0..catcher::MOST + 3 {
        catcher.put(Letter::compose(&order("bob@mail.example", "Bob", "Alice"), &sender()).unwrap());
    }
    assert_eq!(catcher.count(), catcher::MOST);
}

#[test]
fn a_mail_server_is_reached_by_tls_unless_it_is_on_this_machine() {
    for fine in [
        "smtp://localhost:1025",
        "smtps://u:p@mail.example",
        "smtp://u:p@mail.example",
        "smtp://mail.example:587",
    ] {
        assert!(Post::new(fine, "csp.test").is_ok(), "{fine}");
    }
    for odd in ["", "mail.example", "https://mail.example", "smtp://"] {
        assert!(Post::new(odd, "csp.test").is_err(), "{odd}");
    }
}

/// Speaks SMTP (RFC 5321) with one client; what it was told, line by line.
async fn mail_server(listener: tokio::net::TcpListener, refuse: bool) -> Vec<String> {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    let (socket, _) = listener.accept().await.unwrap();
    let (read, mut write) = socket.into_split();
    let (mut lines, mut heard, mut in_data) = (BufReader::new(read).lines(), Vec::new(), false);
    write.write_all(b"220 mail.example\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match line.split(' ').next().unwrap_or_default() {
            "." => "250 taken",
            _ if in_data => "",
            "EHLO" => "250-mail.example\r\n250 8BITMIME",
            "RCPT" if refuse => "550 no such mailbox",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        in_data = line == "DATA" || in_data && line != ".";
        heard.push(line);
        if !answer.is_empty() {
            // A client that goes without waiting for the last word is no error.
            let _ = write.write_all(format!("{answer}\r\n").as_bytes()).await;
        }
    }
    heard
}

#[tokio::test]
async fn a_mail_is_handed_to_a_server_and_a_refusal_is_told() {
    for refuse in [false, true] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("smtp://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(mail_server(listener, refuse));
        let (told, mut answers) = mpsc::channel(1);
        let way = Way::Server(Post::new(&address, "csp.test:8080").unwrap());
        let mailer = Mailer::start(way, sender(), Arc::new(|| Mono::ZERO), move |event: MailEvent| {
            told.try_send(event.sent).unwrap();
        });
        mailer.submit(order("bob@mail.example", "Bob", "Alice"));
        assert_eq!(answers.recv().await, Some(!refuse));
        let heard = server.await.unwrap();
        assert_eq!(heard[0], "EHLO csp.test");
        assert!(heard.iter().any(|line| line.starts_with("RCPT TO:<bob@mail.example>")), "{heard:?}");
        let from = |line: &String| line.starts_with("From: ") && line.contains("Alice via Confab");
        assert_eq!(heard.iter().any(from), !refuse, "{heard:?}");
    }
}
