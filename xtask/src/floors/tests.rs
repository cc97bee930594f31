//! The rules, held against graphs that nobody should build.

use super::*;

fn place(name: &str) -> Place {
    Place::of(&tree::root().join(name))
}

fn check(from: &str, to: &str, fine: bool) {
    let arrow = Arrow { from: place(from), to: place(to), dev: false };
    assert_eq!(arrow.objection().is_none(), fine, "{from} → {to}: {:?}", arrow.objection());
}

#[test]
fn arrows_that_point_down_are_fine() {
    for (from, to) in [
        ("", "crates/engine/client"),
        ("crates/engine/client", "crates/core/user-agent"),
        ("crates/engine/client", "crates/engine/signaling"),
        ("crates/engine/media-engine", "crates/engine/rtc"),
        ("crates/engine/identity", "crates/engine/trust"),
        ("crates/engine/rtc", "crates/core/media-model"),
        ("crates/core/user-agent", "crates/core/conference"),
        ("crates/core/conference", "crates/core/media-model"),
        ("crates/core/contract", "crates/core/types"),
        ("crates/backend/server", "crates/backend/media-server"),
        ("crates/backend/server", "crates/engine/driver"),
        ("crates/backend/server", "crates/backend/web"),
        ("crates/backend/web", "crates/engine/driver"),
        ("crates/backend/web", "crates/core/user-agent"),
        ("crates/backend/media-server", "crates/core/sfu"),
        ("crates/testkit/bot", "crates/engine/client"),
        ("tests", "crates/testkit/fakes"),
    ] {
        check(from, to, true);
    }
}

#[test]
fn arrows_that_point_up_or_sideways_are_not() {
    for (from, to) in [
        ("crates/core/types", "crates/core/contract"),
        ("crates/core/rethink", "crates/core/media-model"),
        ("crates/core/rooms", "crates/core/message-node"),
        ("crates/core/sfu", "crates/engine/rtc"),
        ("crates/engine/rtc", "crates/engine/codecs"),
        ("crates/engine/trust", "crates/engine/identity"),
        ("crates/engine/media-engine", "crates/engine/storage"),
        ("crates/engine/media-engine", "crates/core/conference"),
        ("crates/engine/rtc", "crates/backend/media-server"),
        ("crates/backend/media-server", "crates/engine/rtc"),
        ("crates/backend/media-server", "crates/backend/server"),
        ("crates/backend/web", "crates/backend/server"),
        ("crates/backend/web", "crates/engine/identity"),
        ("crates/backend/server", "crates/engine/client"),
        ("crates/engine/client", "crates/testkit/fakes"),
        ("crates/engine/client", ""),
        ("", "crates/backend/server"),
        ("", "tests"),
        ("crates/core/unheard-of", "crates/core/types"),
    ] {
        check(from, to, false);
    }
}

#[test]
fn tests_of_a_crate_may_look_up_except_those_of_core() {
    let dev = |from, to| Arrow { from: place(from), to: place(to), dev: true }.objection();
    assert_eq!(dev("crates/engine/rtc", "crates/testkit/fakes"), None);
    assert_eq!(dev("crates/core/rooms", "crates/testkit/lab"), None);
    assert!(dev("crates/core/media-model", "crates/engine/codecs").is_some());
}

#[test]
fn the_objection_names_both_ends_and_the_reason() {
    let arrow = Arrow { from: place("crates/core/sfu"), to: place("crates/engine/rtc"), dev: false };
    assert_eq!(arrow.objection().unwrap(), "core/sfu → engine/rtc: core never depends on engine");
}
