//! Calendar entries that no text can break, and mails that are counted.

use std::sync::Mutex;

use confab_rethink::Url;
use confab_types::Mono;
use proptest::prelude::*;

use confab_rooms::Matter;
use strict::find;

use super::calendar::{Entry, Method, entry};
use super::*;

mod strict;

fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// A parameter's value as RFC 6868 reads it.
fn unquoted(value: &str) -> String {
    value.replace("^n", "\n").replace("^'", "\"").replace("^^", "^")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_people_are_called_the_entry_says_it_and_nothing_else(
        summary in any::<String>(),
        description in ".{0,400}",
        by in "[^^]*",
        who in any::<String>(),
        begins in 0_u64..4_000_000_000,
        cancel in any::<bool>(),
    ) {
        let link = "https://conf.example/j/4711#i=00112233445566778899aabbccddeeff";
        let method = if cancel { Method::Cancel } else { Method::Request };
        let made = entry(&Entry {
            method,
            uid: "0b7e@csp.test",
            sequence: u32::MAX,
            said: begins + 5,
            begins,
            language: "pt",
            summary: &summary,
            description: &description,
            link,
            organiser: (&by, "confab@csp.test"),
            attendee: (&who, "a.b@mail.example"),
        });
        let read = strict::read(&made);
        prop_assert_eq!(read.len(), 16, "nobody adds a line");
        prop_assert_eq!(strict::text(&find(&read, "SUMMARY").value), plain(&summary));
        prop_assert_eq!(strict::text(&find(&read, "DESCRIPTION").value), plain(&description));
        prop_assert_eq!(&find(&read, "URL").value, link);
        prop_assert_eq!(&find(&read, "METHOD").value, method.word());
        prop_assert_eq!(unquoted(&find(&read, "ORGANIZER").parameters["CN"]), plain(&by));
    }
}

#[test]
fn an_entry_is_as_calendars_expect_it() {
    let invited = Entry {
        method: Method::Request,
        uid: "0b7e@csp.test",
        sequence: 0,
        said: 1_795_280_999,
        begins: 1_795_280_999,
        language: "en",
        summary: "Meeting 4711, with Zoë",
        description: "One;\nTwo",
        link: "https://conf.example/j/4711",
        organiser: ("Zoë \"Z\"", "confab@csp.test"),
        attendee: ("Bob", "bob@mail.example"),
    };
    let expected = "BEGIN:VCALENDAR\r\nPRODID:-//reTHINK//Confab//EN\r\nVERSION:2.0\r\nCALSCALE:GREGORIAN\r\n\
        METHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:0b7e@csp.test\r\nDTSTAMP:20261121T170959Z\r\nDTSTART:20261121T170959Z\r\n\
        DTEND:20261121T180959Z\r\nSEQUENCE:0\r\nSTATUS:CONFIRMED\r\nSUMMARY;LANGUAGE=en:Meeting 4711\\, with Zoë\r\n\
        DESCRIPTION;LANGUAGE=en:One\\;\\nTwo\r\nLOCATION:https://conf.example/j/4711\r\nURL:https://conf.example/j/4711\r\n\
        ORGANIZER;CN=\"Zoë ^'Z^'\":mailto:confab@csp.test\r\n\
        ATTENDEE;CN=\"Bob\";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACT\r\n ION;RSVP=FALSE:mailto:bob@mail.example\r\n\
        END:VEVENT\r\nEND:VCALENDAR\r\n";
    assert_eq!(entry(&invited), expected);
    let cancelled = entry(&Entry { method: Method::Cancel, sequence: 1, said: 1_795_281_000, ..invited });
    let expected = expected
        .replace("METHOD:REQUEST", "METHOD:CANCEL")
        .replace("SEQUENCE:0", "SEQUENCE:1")
        .replace("CONFIRMED", "CANCELLED")
        .replace("DTSTAMP:20261121T170959Z", "DTSTAMP:20261121T171000Z");
    assert_eq!(cancelled, expected, "the same entry, taken back");
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
        uid: "0b7e".to_owned(),
        sequence: 0,
        language: String::new(),
        matter: Matter::Invitation { link: "https://conf.example/j/4711#i=0011".to_owned() },
        begins: 1_795_280_000_000,
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

#[test]
fn mails_are_in_the_language_of_who_invites() {
    let write = |language: &str, matter: Option<Matter>| {
        let mut order = order("bob@mail.example", "Bob", "Zoë & Co");
        order.language = language.to_owned();
        order.matter = matter.unwrap_or(order.matter);
        Letter::compose(&order, &sender()).unwrap()
    };
    for (language, subject, hello) in [
        ("en", "Zoë & Co invites you to meeting 4711", "Hello Bob,"),
        ("fr", "Zoë & Co vous invite à la réunion 4711", "Bonjour Bob,"),
        ("de", "Zoë & Co lädt Sie zur Besprechung 4711 ein", "Guten Tag Bob,"),
        ("pt", "Recebeu um convite de Zoë & Co para a reunião 4711", "Olá Bob,"),
    ] {
        let letter = write(language, None);
        assert_eq!((letter.subject.as_str(), letter.text.lines().next()), (subject, Some(hello)));
        assert!(
            letter.html.contains(&format!("<html lang=\"{language}\">"))
                && letter.html.contains("Zoë &amp; Co")
        );
        assert_eq!(find(&strict::read(&letter.calendar), "SUMMARY").parameters["LANGUAGE"], language);
    }
    assert_eq!(write("tlh", None).text, write("en", None).text);
}

#[test]
fn a_cancellation_takes_the_same_entry_back_and_leads_nowhere() {
    let invited = Letter::compose(&order("bob@mail.example", "Bob", "Alice"), &sender()).unwrap();
    let mut order = order("bob@mail.example", "Bob", "Alice");
    (order.matter, order.sequence) = (Matter::Cancellation, 1);
    let letter = Letter::compose(&order, &sender()).unwrap();
    assert!(letter.subject.starts_with("Cancelled: "), "{}", letter.subject);
    assert!(!letter.html.contains("href=") && !letter.text.contains("http"));
    let raw = String::from_utf8(letter.message.formatted()).unwrap();
    assert!(raw.contains("text/calendar; method=CANCEL") && raw.contains("filename=\"cancel.ics\""), "{raw}");
    let (before, after) = (strict::read(&invited.calendar), strict::read(&letter.calendar));
    for same in ["UID", "DTSTART", "DTEND", "ORGANIZER", "ATTENDEE"] {
        assert_eq!(find(&before, same).value, find(&after, same).value, "{same}");
    }
    let versions = [&before, &after].map(|read| find(read, "SEQUENCE").value.as_str());
    assert_eq!(versions, ["0", "1"]);
    assert_eq!(find(&after, "STATUS").value, "CANCELLED");
    let id = |letter: &Letter| String::from_utf8(letter.message.formatted()).unwrap();
    let id =
        |letter: &Letter| id(letter).lines().find(|line| line.starts_with("Message-ID")).unwrap().to_owned();
    assert_ne!(id(&invited), id(&letter), "another mail");
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
    let MailCounters { sent, failed, throttled } = mailer.counters();
    let counted = [sent, failed, throttled].map(|counter| counter.load(Ordering::Relaxed));
    assert_eq!(counted, [TO_ONE as u64 + 1, 0, 1], "none is counted twice");
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
