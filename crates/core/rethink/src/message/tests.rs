use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(body: &str) -> String {
    format!(r#"{{"id":8,"type":"read","from":"hyperty://csp.test/x","to":"hyperty://csp.test/me"{body}}}"#)
}

#[test]
fn a_missing_or_null_body_is_an_empty_object() {
    for body in ["", r#","body":null"#, r#","body":{}"#] {
        let message = Message::parse(&read(body)).unwrap();
        assert!(message.body.is_empty());
        assert!(message.to_json().contains(r#""body":{}"#));
    }
}

#[test]
fn malformed_messages_are_refused_with_a_countable_reason() {
    let deep = format!(r#","body":{{"value":{}{}}}"#, "[".repeat(70), "]".repeat(70));
    let bottomless = format!(r#","body":{{"value":{}"#, "[".repeat(5000));
    for (text, error) in [
        ("this is not json".to_owned(), ParseError::Json),
        ("5".to_owned(), ParseError::NotObject),
        ("null".to_owned(), ParseError::NotObject),
        ("[]".to_owned(), ParseError::NotObject),
        (r#"{"type":"read","from":"aa","to":"bb"}"#.to_owned(), ParseError::Id),
        (r#"{"id":0,"type":"read","from":"aa","to":"bb"}"#.to_owned(), ParseError::Id),
        (r#"{"id":-3,"type":"read","from":"aa","to":"bb"}"#.to_owned(), ParseError::Id),
        (r#"{"id":1.5,"type":"read","from":"aa","to":"bb"}"#.to_owned(), ParseError::Id),
        (r#"{"id":"","type":"read","from":"aa","to":"bb"}"#.to_owned(), ParseError::Id),
        (r#"{"id":1,"from":"aa","to":"bb"}"#.to_owned(), ParseError::Kind),
        (r#"{"id":1,"type":"read","to":"bb"}"#.to_owned(), ParseError::From),
        (r#"{"id":1,"type":"read","from":"aa"}"#.to_owned(), ParseError::To),
        (r#"{"id":1,"type":"read","from":"aa","to":""}"#.to_owned(), ParseError::To),
        (r#"{"id":1,"type":"read","from":"aa","to":["bb","cc"]}"#.to_owned(), ParseError::To),
        (read(r#","body":"text""#), ParseError::Body),
        (read(&deep), ParseError::TooDeep),
        (read(&bottomless), ParseError::Json),
    ] {
        assert_eq!(Message::parse(&text), Err(error), "{text:.80}");
    }
    let mebibyte = read(&format!(r#","body":{{"value":"{}"}}"#, "x".repeat(1 << 20)));
    assert!(Message::parse(&mebibyte).is_ok());
    let long = read(&format!(r#","body":{{"value":"{}"}}"#, "x".repeat(Message::MAX_BYTES)));
    assert_eq!(Message::parse(&long), Err(ParseError::TooLong(long.len())));
}

#[test]
fn a_response_echoes_the_id_in_the_type_it_came() {
    let text =
        Message::parse(r#"{"id":"77","type":"open","from":"runtime://csp.test/r","to":"mn:/session"}"#)
            .unwrap();
    let answer = text.response(200).to_value();
    assert_eq!(answer["id"], json!("77"));
    assert_eq!((&answer["from"], &answer["to"]), (&json!("mn:/session"), &json!("runtime://csp.test/r")));
    assert_eq!(text.id, MessageId::new(77).unwrap(), "correlation is by number");
}

#[test]
fn failure_texts_are_read_under_both_names_and_of_any_type() {
    let request = Message::parse(&read("")).unwrap();
    let refused = request.error(403, "not invited");
    assert_eq!((refused.code(), refused.desc_text()), (Some(Code::FORBIDDEN), Some("not invited")));
    let odd = request.response(Code::Text("error".into())).with("description", json!({}));
    assert_eq!((odd.desc(), odd.desc_text()), (Some(&json!({})), None));
}

#[test]
fn unknown_and_upper_case_types_are_kept_as_they_are() {
    assert_eq!(Kind::parse("CREATE"), Some(Kind::Other("CREATE".into())));
    assert_eq!(Kind::parse("re-open"), Some(Kind::ReOpen));
    assert_eq!(Kind::parse(""), None);
}

proptest! {
    #[test]
    fn parsing_never_panics(text in ".{0,400}") {
        let _ = Message::parse(&text);
    }

    #[test]
    fn parsing_json_like_texts_never_panics(text in r#"[\[\]{}":,0-9a-z\\ -]{0,200}"#) {
        let _ = Message::parse(&text);
    }

    #[test]
    fn what_is_written_is_read_back(id in 1u64.., kind in "[a-z-]{1,12}", from in "[!-~]{1,60}", to in "[!-~]{1,60}",
                                    text in ".{0,60}", number: i64) {
        let message = Message {
            id: MessageId::new(id).unwrap(),
            kind: Kind::parse(&kind).unwrap(),
            from: Address::parse(&from).unwrap(),
            to: Address::parse(&to).unwrap(),
            body: body(json!({"value": {"text": text, "list": [number, null]}})),
        };
        prop_assert_eq!(Message::parse(&message.to_json()), Ok(message));
    }
}
