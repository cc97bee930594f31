//! The backend is killed while people are in a meeting: what the window says, and that it goes on by itself.

use std::time::{Duration, Instant};

use confab_tests::{App, Backend, Desktop, Person, PersonPlan, Trouble, eventually, turn};
use serde_json::json;

use crate::{shot, tell};

const BOB: PersonPlan<'_> = PersonPlan::new("bob", 2, "tone:330");
const TONE: f32 = 330.0;
const SOON: Duration = Duration::from_secs(60);

#[test]
fn a_window_says_that_the_backend_is_gone_and_is_back_in_the_meeting_by_itself() -> Result<(), Trouble> {
    let _turn = turn();
    let desktop = Desktop::start()?;
    let mut backend = Backend::start()?;
    let mut bob = Person::sign_in(&backend.url, backend.folder(), BOB)?;
    bob.tell(&json!({"type": "join", "room": Backend::ROOM}))?;
    bob.until("in the room", SOON, |now| now["phase"] == "in")?;
    let app = App::start(&desktop, "native")?;
    let ear = desktop.sound.listen()?;
    tell(&desktop, "outage", || {
        app.sign_in(&backend, "alice")?;
        app.join(Backend::ROOM)?;
        app.see("Bob", BOB.sender)?;
        eventually(SOON, "Bob's tone", || (ear.tone(TONE) > -40.0).then_some(()))?;

        backend.fall()?;
        app.reads("The connection was lost and is being restored.")?;
        eventually(SOON, "silence", || (ear.tone(TONE) < -60.0).then_some(()))?;
        app.settle()?;
        shot(&desktop, "outage-lost")?;

        backend.rise()?;
        let rose = Instant::now();
        eventually(SOON, "Bob's tone is back", || (ear.tone(TONE) > -40.0).then_some(()))?;
        eprintln!("heard again {} ms after the backend is back", rose.elapsed().as_millis());
        // The last picture from before may stand for a moment.
        app.watch("Bob", BOB.sender, 1, Duration::from_secs(2))?;
        let restored = "return !document.body.innerText.includes('The connection was lost')";
        app.driver.within(SOON, "the message is gone", restored, &[])?;
        app.settle()?;
        shot(&desktop, "outage-restored")
    })?;
    bob.leave()
}
