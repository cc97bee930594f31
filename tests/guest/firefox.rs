//! The same page in another browser. Of Firefox only what arrives is looked at: see [`VisitorPlan::firefox`].

use confab_tests::{Backend, Trouble, VisitorPlan, own_address, turn};
use serde_json::json;

use crate::meeting::{lines, named, nobody_is_left, write};
use crate::{SOON, bob, show, visitor};

#[test]
fn a_guest_at_firefox_sees_hears_and_writes_and_is_heard() -> Result<(), Trouble> {
    let _turn = turn();
    let Some(address) = own_address() else {
        eprintln!(
            "this machine has no address but its loopback, where Firefox sends no media to: nothing was tried"
        );
        return Ok(());
    };
    let backend = Backend::start_at(address)?;
    let mut bob = bob(&backend)?;
    let fay = visitor(&backend, VisitorPlan { firefox: true, ..VisitorPlan::default() })?;
    fay.check_devices()?;
    fay.join("Fay Guest", "fay@example.org")?;

    fay.hears("Bob", SOON)?;
    fay.sees_card("Bob", 2, SOON).or_else(|late| show(&fay, "firefox").and(Err(late)))?;
    bob.until("Fay is there", SOON, |now| named(now, "Fay Guest"))?;
    bob.until("Bob hears Fay", SOON, |now| now["audio"]["sounded"] == true)?;

    bob.tell(&json!({"type": "say", "text": "Is the tea ready?"}))?;
    fay.page().press("Chat")?;
    fay.reads("Is the tea ready?", SOON)?;
    write(&fay, "It has been for hours.")?;
    bob.until("Bob reads the answer", SOON, |now| lines(now, "It has been for hours.") == 1)?;
    assert_eq!(fay.barriers()?, Vec::<String>::new());
    show(&fay, "firefox")?;

    fay.page().press("Leave")?;
    fay.reads("You have left the meeting", SOON)?;
    bob.until("Fay is gone", SOON, |now| !named(now, "Fay Guest"))?;
    bob.leave()?;
    nobody_is_left(&backend)
}
