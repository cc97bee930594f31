use proptest::prelude::*;
use serde_json::json;

use super::*;

fn keys(keys: &[&str]) -> Path {
    Path::from_keys(keys).unwrap()
}

#[test]
fn paths_split_as_the_reference_runtime_splits_them() {
    for line in include_str!("../../tests/vectors/paths.jsonl").lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let expected: Vec<String> = serde_json::from_value(vector["keys"].clone()).unwrap();
        assert_eq!(parse_attributes(vector["path"].as_str().unwrap()), expected, "{line}");
    }
}

#[test]
fn a_path_below_a_url_key_is_widened_to_the_whole_member() {
    for (path, prefix) in [
        (&["roster", "p2", "audioMuted"][..], &["roster", "p2", "audioMuted"][..]),
        (&["participants", "user://i.test/bob"], &["participants", "user://i.test/bob"]),
        (&["participants", "user://i.test/bob", "status"], &["participants", "user://i.test/bob"]),
        (&["participants", "user://i.test/bob", "identity", "idp"], &["participants", "user://i.test/bob"]),
        (&["participants", "user://identity.test/bob"], &["participants"]),
        (&["roster", "a.b"], &["roster"]),
    ] {
        assert_eq!(keys(path).writable_prefix(), Ok(keys(prefix)), "{path:?}");
    }
    assert_eq!(keys(&["a.b"]).writable_prefix(), Err(PathError::Unwritable));
}

#[test]
fn a_value_is_not_put_into_a_scalar_or_past_the_end_of_a_list() {
    let mut data = json!({"status": "open", "tags": ["a"]});
    assert_eq!(set(&mut data, &keys(&["status", "x"]), json!(1)), Err(PathError::NoContainer));
    assert_eq!(set(&mut data, &keys(&["tags", "5"]), json!(1)), Err(PathError::NoContainer));
    assert_eq!(set(&mut data, &keys(&["tags", "1"]), json!("b")), Ok(()));
    assert_eq!(remove(&mut data, &keys(&["tags", "0"])), Some(json!("a")));
    assert_eq!(remove(&mut data, &keys(&["tags", "9"])), None);
    assert_eq!(data, json!({"status": "open", "tags": ["b"]}));
}

#[test]
fn limits_hold() {
    assert_eq!(Path::parse(""), Err(PathError::Empty));
    assert_eq!(Path::parse("a..b"), Err(PathError::Empty));
    assert_eq!(Path::parse(&"a.".repeat(40)), Err(PathError::TooLong));
    assert_eq!(Path::parse(&"x".repeat(5000)), Err(PathError::TooLong));
}

proptest! {
    #[test]
    fn what_is_set_is_got_and_removed(path in prop::collection::vec("[a-z0-9]{1,6}", 1..6), number: i64) {
        let path = Path(path);
        let mut data = json!({});
        set(&mut data, &path, json!(number)).unwrap();
        prop_assert_eq!(get(&data, &path), Some(&json!(number)));
        prop_assert_eq!(Path::parse(&path.to_string()), Ok(path.clone()));
        prop_assert_eq!(remove(&mut data, &path), Some(json!(number)));
        prop_assert_eq!(get(&data, &path), None);
    }

    #[test]
    fn parsing_never_panics(text in "(identity|user://|é|[.:/a-z_-]){0,12}") {
        let _ = Path::parse(&text);
    }

    #[test]
    fn writable_prefixes_are_read_as_written(path in prop::collection::vec("(identity|user://|é|[.:/a-z_-]){1,4}", 1..5)) {
        if let Ok(prefix) = Path(path).writable_prefix() {
            prop_assert_eq!(parse_attributes(&prefix.to_string()), prefix.0);
        }
    }
}
