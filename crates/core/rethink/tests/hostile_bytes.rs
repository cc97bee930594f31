//! A short, repeatable run of what the fuzz targets run for hours.

use confab_rethink::exercise;
use confab_types::Chance;

/// Runs `target` with this many inputs, each some seeds cut, joined and bent.
fn run(target: fn(&[u8]), seeds: &[&str], number: u32) {
    let words: &[&[u8]] = &[
        b"://",
        b".",
        b"/",
        b"identity",
        b"\"",
        b"{",
        b"}",
        b"[",
        b"]",
        b"null",
        b"-1",
        b"1e999",
        b"\\u0000",
        b"\xff",
        "é".as_bytes(),
        b"@",
        b":",
        b"0",
        b"18446744073709551616",
        b",",
        b"user",
        b"changes",
    ];
    let mut chance = Chance::from_number(7);
    let mut below = |limit: usize| chance.below(limit as u64) as usize;
    for _ in 0..number {
        let mut input = seeds[below(seeds.len())].as_bytes().to_vec();
        for _ in 0..below(6) {
            let at = below(input.len() + 1);
            match below(6) {
                0 => input.truncate(at),
                1 if at < input.len() => input[at] = below(256) as u8,
                2 if at < input.len() => drop(input.remove(at)),
                3 => drop(input.splice(at..at, words[below(words.len())].iter().copied())),
                4 => {
                    let other = seeds[below(seeds.len())].as_bytes();
                    let from = below(other.len() + 1);
                    input.truncate(at);
                    input.extend_from_slice(&other[from..]);
                }
                _ => {
                    let end = (at + below(40)).min(input.len());
                    let piece = input[at..end].to_vec();
                    drop(input.splice(at..at, piece));
                }
            }
        }
        target(&input);
    }
}

fn lines(text: &'static str) -> Vec<&'static str> {
    text.lines().collect()
}

#[test]
fn bent_messages_break_nothing() {
    let vectors = lines(include_str!("vectors/messages.jsonl"));
    // A vector wraps its message: what lies behind `"message":` is the message and a brace too much.
    let whole = |line: &'static str| {
        let at = line.find("\"message\":").expect("a vector has a message") + "\"message\":".len();
        line[at..].trim_end().strip_suffix('}').unwrap_or(&line[at..])
    };
    let mut seeds: Vec<&str> = vectors.into_iter().map(whole).collect();
    seeds.extend([
        "42[\"message\",{\"id\":1}]",
        "0{\"sid\":\"s\",\"pingInterval\":1,\"pingTimeout\":1}",
        "2probe",
    ]);
    run(exercise::message, &seeds, 20_000);
}

#[test]
fn bent_urls_break_nothing() {
    let seeds = [
        "comm://csp.test/o/changes",
        "user://idp.test/zoe@mail.test",
        "sip:bob@ims.test",
        "hyperty://a:80/x",
        "mn:/session",
    ];
    run(exercise::url, &seeds, 20_000);
}

#[test]
fn bent_paths_break_nothing() {
    let vectors = lines(include_str!("vectors/paths.jsonl"));
    let path = |line: &'static str| line.split('"').nth(3).expect("a vector has a path");
    let seeds: Vec<&str> = vectors.into_iter().map(path).collect();
    run(exercise::path, &seeds, 20_000);
}

#[test]
fn bent_identities_break_nothing() {
    let seeds = [
        r#"{"userProfile":{"userURL":"user://idp.test/zoe","username":"zoe@mail.test","name":"Zoe"},"idp":{"domain":"idp.test"}}"#,
        r#"{"userProfile":{"guid":"user-guid://q7","preferred_username":"zoe","picture":"data:x"}}"#,
        r#"{"userProfile":{"email":"zoe@mail.test"},"assertion":"x","expires":1}"#,
    ];
    run(exercise::identity, &seeds, 20_000);
}
