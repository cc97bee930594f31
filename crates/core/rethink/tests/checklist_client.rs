//! What a reTHINK client must do to get along with every message node and runtime: one test per number.
//!
//! | number | where |
//! |---|---|
//! | 1 to 8, 18 | `checklist/sessions.rs` |
//! | 9 to 15, 19 | `checklist/objects.rs`; 9 also in `core/people/tests/people/presence.rs`: `a_look_up_that_may_have_killed_an_old_node_is_not_repeated`; 15 also in `core/call/tests` |
//! | 16 (calls) | `core/call/tests/reference.rs` and `ring.rs`: offers before and after, candidates in every form, declines, hang-ups |
//! | 17 (other domains) | `core/line/src/sessions/tests.rs`; `core/people/tests/people/presence.rs`: `whoever_is_no_longer_allowed_sees_nothing_more_and_the_others_go_on` |
//! | 20 (children of strangers) | the owner's check: `core/conversation/tests`; here that the reporter never keeps a child by itself |

#[path = "checklist/objects.rs"]
mod objects;
#[path = "checklist/sessions.rs"]
mod sessions;
