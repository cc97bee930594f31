//! `docs/protocol.md` and the code name the same methods, fields, options and errors.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use confab_lab::Action;
use confab_lab::house::ROOMS;
use confab_lab::script::Play;
use confab_rethink::{Kind, Message};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

fn page() -> String {
    std::fs::read_to_string(root().join("docs/protocol.md")).expect("the protocol page is there")
}

/// The text of one numbered section.
fn section(page: &str, number: u32) -> &str {
    let begin = page.find(&format!("\n## {number}. ")).expect("the section is there") + 1;
    let end = page[begin..].find("\n## ").map_or(page.len(), |end| begin + end);
    &page[begin..end]
}

/// The first cells of the table whose header begins with `header`, without backticks.
fn first_cells(text: &str, header: &str) -> Vec<String> {
    let rows = text.lines().skip_while(|line| !line.starts_with(&format!("| {header} |"))).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| row.split('`').nth(1)).map(str::to_owned).collect()
}

/// The JSON of section 4, with the ellipses filled in.
fn documented_data(page: &str) -> Value {
    let text = section(page, 4);
    let json =
        text.split("```json").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of JSON");
    serde_json::from_str(&json.replace("{…}", "{}")).expect("the block is JSON")
}

/// Every field name in a value; keys that name people and invitations (URLs, `p1`, `i1`) are data.
fn fields(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let names_somebody =
                    key.contains("://") || key.strip_prefix(['p', 'i']).is_some_and(is_number);
                if !names_somebody {
                    found.insert(key.clone());
                }
                // Identities are those of reTHINK.
                if key != "identity" {
                    fields(value, found);
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| fields(value, found)),
        _ => {}
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| char.is_ascii_digit())
}

/// Everything in backticks.
fn code_spans(page: &str) -> BTreeSet<String> {
    let words = page.split('`').skip(1).step_by(2).flat_map(|span| span.split(|c: char| !is_word(c)));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn is_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '-' || char == '_'
}

/// The sources of the crates that speak the protocol.
fn sources() -> String {
    let mut text = String::new();
    for name in [
        "core/rooms",
        "core/user-agent",
        "core/conference",
        "core/rethink",
        "core/message-node",
        "core/line",
        "core/call",
        "core/people",
        "core/conversation",
        "core/media-model",
        "engine/identity",
        "engine/file-transfer",
        "engine/rtc",
        "backend/server",
    ] {
        read_all(&root().join("crates").join(name).join("src"), &mut text);
    }
    text
}

/// The source of one file or of one folder.
fn source(path: &str) -> String {
    let (path, mut text) = (root().join("crates").join(path), String::new());
    if path.is_dir() {
        read_all(&path, &mut text);
        return text;
    }
    std::fs::read_to_string(path).expect("the source is there")
}

/// Words in backticks behind `begin` on the same line, until a full stop ends the sentence.
fn listed<'a>(page: &'a str, begin: &str) -> Vec<&'a str> {
    let rest = page.split(begin).nth(1).expect("the list is there");
    let rest = rest.split(['.', '\n']).next().unwrap_or_default();
    rest.split('`').skip(1).step_by(2).collect()
}

/// The texts in quotes of one function.
fn quoted<'a>(source: &'a str, function: &str) -> BTreeSet<&'a str> {
    let body = source.split(&format!("fn {function}(")).nth(1).expect("the function is there");
    let body = body.split("\n}").next().unwrap_or_default();
    body.split('"').skip(1).step_by(2).collect()
}

fn read_all(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            read_all(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(&path).expect("sources are text"));
        }
    }
}

/// What arrives at Alice and what she sends while she joins, mutes and shares.
fn spied_messages() -> Vec<Message> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let mut play = Play::new(80, 2);
    for to_node in [true, false] {
        let seen = seen.clone();
        play.lab.swallow(0, to_node, move |message| {
            seen.borrow_mut().push(message.clone());
            false
        });
    }
    for action in [
        Action::Join(1, ROOMS[0].to_owned()),
        Action::Join(0, ROOMS[0].to_owned()),
        Action::Microphone(0, false),
        Action::Share(1),
        Action::Replace(0, 0),
    ] {
        play.act(&action);
        play.agree();
    }
    seen.take()
}

#[test]
fn everything_on_the_page_is_in_the_code() {
    let page = page();
    let sources = sources();
    let mut named = BTreeSet::new();
    fields(&documented_data(&page), &mut named);
    let methods = first_cells(section(&page, 5), "method");
    let options = first_cells(section(&page, 6), "`options`");
    let errors = section(&page, 6).split("`error:<word>` (").nth(1).and_then(|rest| rest.split(')').next());
    let errors: Vec<String> =
        errors.expect("error words are listed").split('`').skip(1).step_by(2).map(str::to_owned).collect();
    for list in [&methods, &options, &errors] {
        assert!(!list.is_empty(), "methods {methods:?}, options {options:?}, errors {errors:?}");
        named.extend(list.iter().cloned());
    }
    let missing: Vec<_> = named.iter().filter(|word| !sources.contains(&format!("\"{word}\""))).collect();
    assert!(missing.is_empty(), "the page names what no code does: {missing:?}");
}

#[test]
fn everything_a_room_says_is_on_the_page() {
    let page = page();
    let known = code_spans(&page);
    let mut said = BTreeSet::new();
    for message in spied_messages() {
        let from_room = message.from.as_str().starts_with("comm://");
        if let Some(data) = message.value().and_then(|value| value.get("data")).filter(|_| from_room) {
            fields(data, &mut said);
        }
        if let (Kind::Update, Some(attribute), true) = (&message.kind, message.text("attribute"), from_room) {
            // Below a URL, the whole entry is replaced.
            let (keys, url) = attribute.split_once("://").unwrap_or((attribute, ""));
            let keys: Vec<&str> = keys.split('.').collect();
            let keys = &keys[..keys.len() - usize::from(!url.is_empty())];
            said.extend(keys.iter().map(|&key| key.to_owned()));
            message.value().iter().for_each(|value| fields(value, &mut said));
        }
        if message.kind == Kind::Execute {
            said.extend(message.text("method").map(str::to_owned));
        }
        let options =
            message.value().and_then(|value| value.get("data")).and_then(|data| data.get("options"));
        options.iter().for_each(|options| fields(options, &mut said));
    }
    said.retain(|word| !word.strip_prefix(['p', 'i']).is_some_and(is_number));
    for sure in ["roster", "cameraLeg", "screenLeg", "audioMuted", "setState", "generation"] {
        assert!(said.contains(sure), "{sure} was not said: {said:?}");
    }
    let unknown: Vec<_> = said.iter().filter(|word| !known.contains(*word)).collect();
    assert!(unknown.is_empty(), "the page does not name {unknown:?}");
}

#[test]
fn what_a_room_does_tells_and_writes_down_is_what_the_page_says() {
    let page = page();
    let code = source("core/rooms/src");
    let rights = source("core/rooms/src/conference/commands.rs");
    let methods: BTreeSet<String> = first_cells(section(&page, 5), "method").into_iter().collect();
    let known: BTreeSet<String> = quoted(&rights, "to").into_iter().map(str::to_owned).collect();
    assert_eq!(methods, known, "commands");
    let log = section(&page, 5).split("The words: ").nth(1).and_then(|rest| rest.split(".\n").next());
    let log: BTreeSet<&str> =
        log.expect("the words of the log are there").split('`').skip(1).step_by(2).collect();
    let notes = code.split("note(id, \"").chain(code.split("note_ruling(id, \"")).skip(1);
    for word in
        notes.filter_map(|rest| rest.split('"').next()).filter(|word| word.len() < 32 && !word.contains(' '))
    {
        assert!(log.contains(word), "the page does not name the log's {word}");
    }
    let events = first_cells(section(&page, 5), "`resource`");
    let ends = section(&page, 4).split("`closedBecause` then says why in a word: ").nth(1);
    let ends = ends.and_then(|rest| rest.split('.').next()).expect("ends are listed");
    let ends = ends.split('`').skip(1).step_by(2).map(str::to_owned);
    let door = first_cells(section(&page, 4), "`desc` of 403");
    assert!(events.len() == 8 && door.len() == 7 && log.len() > 20, "{events:?} {door:?} {log:?}");
    for word in events.into_iter().chain(door).chain(ends).chain(log.into_iter().map(str::to_owned)) {
        assert!(code.contains(&format!("\"{word}\"")), "no code says {word}");
    }
    assert!(section(&page, 3).contains("method:\"audience\""));
    assert!(section(&page, 5).contains("`execute createRoom"));
    assert!(source("core/message-node/src").contains("\"audience\"") && code.contains("\"audience\""));
    assert!(code.contains("\"createRoom\""));
}

#[test]
fn every_error_word_of_a_leg_is_on_the_page() {
    let source =
        std::fs::read_to_string(root().join("crates/core/rooms/src/leg.rs")).expect("the source is there");
    let known = code_spans(&page());
    let words = source.lines().filter_map(|line| line.trim().strip_prefix("Failure::")?.split('"').nth(1));
    let words: Vec<&str> = words.collect();
    assert!(words.len() >= 5, "{words:?}");
    assert!(words.iter().all(|word| known.contains(*word)), "{words:?}");
}

#[test]
fn every_field_of_calls_files_and_assertions_is_in_the_code() {
    let (page, sources) = (page(), sources());
    for (number, header, least) in
        [(9, "`field`", 4), (10, "`presence`", 5), (11, "`data`", 13), (12, "`file`", 8)]
    {
        let cells = first_cells(section(&page, number), header);
        assert!(cells.len() >= least, "{header}: {cells:?}");
        // Attributes that serde writes have the name of their field.
        let known = |word: &str| {
            sources.contains(&format!("\"{word}\"")) || sources.contains(&format!("pub {word}:"))
        };
        let missing: Vec<_> = cells.iter().filter(|word| !known(word)).collect();
        assert!(missing.is_empty(), "no code knows {missing:?} of {header}");
    }
}

#[test]
fn a_call_ends_for_the_reasons_on_the_page_and_no_others() {
    let page = page();
    let listed: BTreeSet<&str> = listed(&page, "* `closedBecause` is ").into_iter().collect();
    let code = source("core/call/src");
    let mut said = quoted(&code, "word");
    said.extend(["taken", "glare"]);
    assert_eq!(listed, said);
    assert!(said.iter().all(|word| code.contains(&format!("\"{word}\""))));
}

#[test]
fn the_channel_of_files_has_the_messages_of_the_page_and_no_others() {
    let page = page();
    let section = section(&page, 12);
    let wire = source("engine/file-transfer/src/wire.rs");
    let variants = |name: &str| -> BTreeSet<String> {
        let body = wire.split(&format!("pub enum {name} {{")).nth(1).expect("the enum is there");
        let body = body.split("\n}").next().unwrap_or_default();
        let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
        let names = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
        names.map(|line| line.trim_end_matches([' ', '{', ',']).to_lowercase()).collect()
    };
    let kinds: BTreeSet<String> = first_cells(section, "`t`").into_iter().collect();
    assert_eq!(kinds, variants("Control"));
    let refusals: BTreeSet<String> = listed(section, "no more: ").into_iter().map(str::to_owned).collect();
    assert_eq!(refusals, variants("Refusal"));
}

#[test]
fn every_answer_to_a_sign_in_is_on_the_page() {
    let page = page();
    let known = code_spans(section(&page, 2));
    let desk = source("backend/server/src/sign_in.rs");
    let errors = desk.split("\"error\": \"").skip(1).filter_map(|rest| rest.split('"').next());
    let errors: BTreeSet<&str> = errors.filter(|error| *error != "broken").collect();
    assert!(errors.len() >= 6, "{errors:?}");
    let unknown: Vec<_> = errors.iter().filter(|error| !known.contains(**error)).collect();
    assert!(unknown.is_empty(), "the page does not name {unknown:?}");
    for field in ["accessToken", "idToken", "iceServers", "domains", "refresh", "messageNode", "providers"] {
        assert!(known.contains(field) && desk.contains(&format!("\"{field}\"")), "{field}");
    }
}

#[test]
fn the_methods_and_limits_of_the_node_are_those_of_the_page() {
    let page = page();
    let node = source("core/message-node/src");
    assert!(section(&page, 3).contains("at most 20,") && node.contains("const MOST: usize = 20;"));
    assert!(
        section(&page, 3).contains("1 to 128 characters") && node.contains("const LONGEST: usize = 128;")
    );
    assert!(section(&page, 3).contains("429` after 20 searches") && node.contains("const BURST: u32 = 20;"));
    let watch = section(&page, 10).contains("method:\"watch\"");
    assert!(watch && source("core/people/src").contains("\"watch\""));
    for (limit, code) in [
        ("4096 routes", "routes_per_session: 4096"),
        ("4096 owned addresses", "claims_per_session: 4096"),
        ("512 registrations", "entries_per_user: 512"),
    ] {
        assert!(section(&page, 13).contains(limit) && node.contains(code), "{limit}");
    }
}

#[test]
fn a_session_elsewhere_is_opened_by_what_the_page_says_and_by_no_bare_token() {
    let page = page();
    assert!(section(&page, 3).contains("by `body.proof` of a user of another domain"));
    assert!(section(&page, 8).contains("`open {proof}`"));
    assert!(section(&page, 9).contains("`audience` is `domain://<domain of the node>`"));
    for side in ["core/message-node/src", "core/rethink/src"] {
        let code = source(side);
        assert!(code.contains("\"proof\"") && !code.contains("\"idToken\""), "{side}");
    }
    let opening = source("core/line/src/ask.rs");
    assert!(
        opening.contains("format!(\"domain://{domain}\")") && opening.contains("fingerprints: Vec::new()")
    );
}
