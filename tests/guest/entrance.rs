//! Before the meeting: what a link opens, and what it does not.

use std::time::Duration;

use confab_tests::{Backend, Trouble, Visitor, VisitorPlan, turn, within};

use crate::{SOON, bob, show, visitor};

#[test]
fn a_link_opens_no_device_and_joins_nothing() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let mut bob = bob(&backend)?;
    let visitor = visitor(&backend, VisitorPlan::default())?;
    // Whatever the page asks the browser for is counted before it has had a chance to.
    visitor.page().find("//h1")?;
    let open = "return document.querySelectorAll('video').length";
    assert_eq!(visitor.page().script(open, &[])?, 0);
    let now = bob.go_on(Duration::from_secs(3))?;
    assert_eq!(now["roster"].as_array().map(Vec::len), Some(1), "{}", now["roster"]);
    assert_eq!(visitor.barriers()?, Vec::<String>::new());
    assert_eq!(visitor.complaints()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn the_preview_is_there_within_a_second() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let mut last = None;
    within(Duration::from_secs(1), "preview", || {
        let visitor = last.insert(visitor(&backend, VisitorPlan::default())?);
        visitor.check_devices()
    })?;
    let Some(visitor) = last else { return Ok(()) };
    let level =
        "return Number(document.querySelector('[role=meter]')?.getAttribute('aria-valuenow') ?? NaN) > -60";
    visitor.page().until("the microphone is measured", level, &[])?;
    assert_eq!(visitor.barriers()?, Vec::<String>::new());
    show(&visitor, "check")?;
    Ok(())
}

#[test]
fn who_has_no_devices_or_refuses_them_is_told_so_kindly() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let cases = [
        (VisitorPlan { bare: true, ..VisitorPlan::default() }, "No camera was found. Join without one"),
        (VisitorPlan { refuses: true, ..VisitorPlan::default() }, "does not let Confab use the camera"),
    ];
    for (plan, said) in cases {
        let visitor = visitor(&backend, plan)?;
        visitor.page().press("Turn on camera and microphone")?;
        visitor.reads(said, SOON)?;
        visitor.page().find("//button[normalize-space(.)='Join'][not(@disabled)]")?;
    }
    Ok(())
}

#[test]
fn a_link_to_a_room_that_is_not_there_says_so() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let url = format!("{}/j/nowhere", backend.url);
    let visitor = Visitor::open(backend.folder(), &url, VisitorPlan::default())?;
    visitor.page().press("Join")?;
    visitor.reads("Type the name that others will see.", SOON)?;
    visitor.join("Ann", "ann@example.org")?;
    visitor.reads("There is no meeting with this number or name.", SOON)?;
    show(&visitor, "no-room")
}
