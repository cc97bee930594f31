//! One window is shared, marked for the one who shares and read by the other; picture in picture; a link opened elsewhere.

use std::process::Stdio;
use std::time::Duration;

use confab_tests::process::{Process, command, program};
use confab_tests::{App, Backend, Bot, BotPlan, Desktop, Poster, Trouble, eventually, poster, turn};
use serde_json::Value;

use crate::{shot, tell};

/// Numbers on test cards: Daniel's camera, and the window that is shared.
const DANIEL: u8 = 4;
const NUMBERS: u8 = 9;
/// The title of the shared window.
const TITLE: &str = "Quarterly numbers";
/// Titles of the app's own small windows.
const BAR: &str = "Confab – sharing";
const SMALL: &str = "Confab – picture in picture";
/// Red, green and blue of the border.
const BORDER: [u8; 3] = [0x1e, 0xb5, 0xb0];
const LIMIT: Duration = Duration::from_secs(40);

#[test]
fn a_shared_window_is_read_marked_and_gone_when_it_closes() -> Result<(), Trouble> {
    let _turn = turn();
    let desktop = Desktop::start()?;
    let backend = Backend::start()?;
    let mut daniel = Bot::join(&backend, BotPlan::new("daniel", DANIEL))?;
    daniel.arrive()?;
    let app = App::start(&desktop, "native")?;
    tell(&desktop, "sharing", || {
        let shot = |name: &str| shot(&desktop, &format!("sharing-{name}"));
        app.sign_in(&backend, "alice")?;
        app.join(Backend::ROOM)?;
        app.see("Daniel", DANIEL)?;
        app.dismiss_messages()?;

        let numbers = Poster::show(&desktop, TITLE, NUMBERS)?;
        eventually(LIMIT, "the other program's window", || desktop.display.titled(TITLE))?;
        app.driver.press("Share screen")?;
        app.driver.until("the window can be chosen by its picture", CHOOSE, &[TITLE.into()])?;
        app.settle()?;
        shot("choice")?;
        app.driver.press("Share")?;
        let width = poster::SIZE.0;
        daniel.until("Daniel reads the window in its own size", LIMIT, |second| {
            screen(second).is_some_and(|stream| stream["sender"] == NUMBERS && stream["size"][0] == width)
        })?;
        let (bar, border) = (|| desktop.display.titled(BAR), || border(&desktop));
        eventually(LIMIT, "the bar", bar)?;
        eventually(LIMIT, "the border around the window", || border().filter(|marked| *marked))?;
        app.settle()?;
        shot("window")?;

        app.driver.press("Picture in picture")?;
        let small = eventually(LIMIT, "the small window", || desktop.display.titled(SMALL))?;
        eventually(LIMIT, "a picture in it", || {
            // Everything but the row of buttons below.
            let (x, y, width, height) = small;
            let area = confab_media_model::Rect { x, y, width, height: height.saturating_sub(44) };
            desktop.display.part(area).ok().filter(|picture| picture.colours() > 20)
        })?;
        shot("small")?;

        drop(numbers);
        daniel.until("the share is over", LIMIT, |second| screen(second).is_none())?;
        eventually(LIMIT, "no bar and no border", || {
            (bar().is_none() && border() != Some(true)).then_some(())
        })?;
        eventually(LIMIT, "the control says so", || {
            app.driver.script(OFF, &[]).ok().filter(|off| *off == true)
        })?;
        shot("closed")?;
        app.dismiss_messages()?;

        app.driver.press("Leave")?;
        // Alice is the organiser, so she is asked.
        app.driver.press("End for everyone")?;
        app.at_home()?;
        eventually(LIMIT, "the small window ends with the meeting", || {
            desktop.display.titled(SMALL).is_none().then_some(())
        })
    })
}

#[test]
fn a_link_opened_elsewhere_is_shown_by_the_running_app_and_joins_nothing() -> Result<(), Trouble> {
    let _turn = turn();
    let desktop = Desktop::start()?;
    let backend = Backend::start()?;
    let app = App::start(&desktop, "page")?;
    tell(&desktop, "link", || {
        app.sign_in(&backend, "alice")?;
        let server = "https://meet.example.org:8443";
        let mut second = command(program("confab")?);
        second.arg("--data").arg(desktop.folder().join("app"));
        second.arg(format!("confab://join?server={server}&room=4711"));
        desktop.equip(&mut second).stdin(Stdio::null()).stdout(Stdio::null());
        Process::start("second", desktop.folder(), &mut second)?.succeed(LIMIT)?;
        app.reads(server)?;
        app.reads("4711")?;
        app.settle()?;
        shot(&desktop, "link")?;
        let joined = "return document.querySelector('button[aria-label=Leave]') !== null";
        assert_eq!(app.driver.script(joined, &[])?, Value::Bool(false), "a link only asks");
        app.driver.press("Not now")
    })
}

/// Chooses the card of this title once it has a picture.
pub const CHOOSE: &str = "
    const plain = (text) => text.replace(/[\\u2068\\u2069]/gu, '');
    const card = [...document.querySelectorAll('label')].find((label) => plain(label.innerText).includes(arguments[0]));
    if (!card?.querySelector('img[src^=\"data:image/jpeg\"]')) return false;
    card.querySelector('input').click();
    return true;";

/// Whether the control for sharing is off.
const OFF: &str = "return document.querySelector('button[aria-label=\"Share screen\"]')?.getAttribute('aria-pressed') === 'false'";

/// Whether there is a border around the shared window; `None` when there is no window.
fn border(desktop: &Desktop) -> Option<bool> {
    let (x, y, width, height) = desktop.display.titled(TITLE)?;
    let picture = desktop.display.picture().ok()?;
    let (right, bottom) = (x + width as i32, y + height as i32);
    // The window manager's frame lies between the window and the border.
    let near = |(from_x, from_y): (i32, i32), (step_x, step_y): (i32, i32)| {
        (0..60).any(|n| picture.pixel(from_x + n * step_x, from_y + n * step_y) == Some(BORDER))
    };
    let (middle_x, middle_y) = ((x + right) / 2, (y + bottom) / 2);
    let sides = [
        ((x, middle_y), (-1, 0)),
        ((right, middle_y), (1, 0)),
        ((middle_x, y), (0, -1)),
        ((middle_x, bottom), (0, 1)),
    ];
    Some(sides.into_iter().all(|(from, step)| near(from, step)))
}

/// The first shared screen of somebody else.
fn screen(second: &Value) -> Option<&Value> {
    let streams = second["streams"].as_object()?;
    streams.iter().find(|(name, _)| name.ends_with("/screen")).map(|(_, stream)| stream)
}
