//! Calls from one person to another in another domain: Alice sits at the window, Bob at a client without one.

use std::time::{Duration, Instant};

use confab_tests::{App, Backend, Desktop, Ear, Person, PersonPlan, Trouble, eventually, turn, within};
use serde_json::{Value, json};

use crate::{shot, tell, tone};

/// Bob's number on his test card, and his tone.
const BOB: u8 = 2;
const TONE: f32 = 330.0;
/// Alice's tone: none of the telephone's below.
const VOICE: f32 = 550.0;
/// The tone while it rings at the other one, and the two of the bell (media engine, `ring`).
const RINGBACK: f32 = 425.0;
const BELL: [f32; 2] = [659.25, 880.0];

const ALICES: &str = "user://a.local/alice@a.local";
const SOON: Duration = Duration::from_secs(30);

#[test]
fn alice_and_bob_of_two_domains_meet_call_write_and_miss_each_other() -> Result<(), Trouble> {
    visit("native", |table, bob| {
        table.befriend(bob)?;
        table.call(bob)?;
        table.write(bob)?;
        table.fetch_a_file(bob)?;
        table.hang_up(bob)?;
        table.be_called(bob)?;
        table.answer_the_desktop(bob)?;
        table.miss_a_call(bob)
    })
}

#[test]
fn a_call_is_seen_and_heard_with_pictures_in_the_page() -> Result<(), Trouble> {
    visit("page", |table, bob| {
        table.befriend(bob)?;
        table.call(bob)?;
        table.write(bob)?;
        table.hang_up(bob)
    })
}

/// Alice signs in to one domain and Bob to another; then comes what the test is about.
fn visit(
    surface: &'static str,
    story: impl Fn(&Table<'_>, &mut Person) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let _turn = turn();
    let desktop = Desktop::start()?;
    let _voice = desktop.sound.speak(VOICE)?;
    let backend = Backend::start_domains(&["a.local", "b.local"])?;
    let plan = PersonPlan { user: "bob", sender: BOB, camera: "testcard", mic: "tone:330" };
    let mut bob = Person::sign_in(&backend.url_of("b.local")?, backend.folder(), plan)?;
    let app = App::start(&desktop, surface)?;
    app.sign_in(&backend, "alice")?;
    let ear = desktop.sound.listen()?;
    let table = Table { backend: &backend, desktop: &desktop, app: &app, ear: &ear, surface };
    tell(&desktop, surface, || story(&table, &mut bob))?;
    bob.leave()
}

/// Whether there is no call any more; its end is shown for a while.
fn is_over(now: &Value) -> bool {
    matches!(now["call"]["phase"].as_str(), Some("ended" | "idle"))
}

/// Alice at her window.
struct Table<'a> {
    backend: &'a Backend,
    desktop: &'a Desktop,
    app: &'a App<'a>,
    ear: &'a Ear,
    surface: &'static str,
}

impl Table<'_> {
    fn shot(&self, name: &str) -> Result<(), Trouble> {
        self.app.settle()?;
        shot(self.desktop, &format!("{}-{name}", self.surface))
    }

    /// Waits until one of these tones is the loudest.
    fn hears(&self, what: &str, tones: &[f32]) -> Result<(), Trouble> {
        let wanted = |hertz: &f32| tones.iter().any(|tone| (hertz - tone).abs() < 15.0);
        eventually(SOON, what, || self.ear.dominant().filter(wanted)).map(drop)
    }

    /// Bob becomes a contact, and allows Alice to see his presence.
    fn befriend(&self, bob: &mut Person) -> Result<(), Trouble> {
        self.app.driver.fill("Find people", "bob@b.local")?;
        self.app.reads("Directory")?;
        self.shot("search")?;
        // A domain tells strangers no names: this one is the beginning of the address.
        self.app.driver.press("Add bob to your contacts")?;
        bob.until("Bob is asked whether Alice may see his presence", SOON, |now| {
            now["people"]["asking"][0]["user"] == ALICES
        })?;
        self.app.reads("Waiting for their consent")?;
        self.shot("asked")?;
        bob.tell(&json!({"type": "allowPresence", "user": ALICES, "allowed": true}))?;
        self.presence("Available", "available")?;
        within(Duration::from_secs(2), "Bob's presence is seen to change", || {
            let changed = Instant::now();
            bob.tell(&json!({"type": "setPresence", "presence": "busy"}))?;
            self.presence("Busy", "busy")?;
            let took = changed.elapsed();
            self.shot("busy")?;
            bob.tell(&json!({"type": "setPresence", "presence": "available"}))?;
            self.presence("Available", "available")?;
            Ok(took)
        })
        .map(drop)
    }

    /// Waits for word and dot at the one contact.
    fn presence(&self, word: &str, dot: &str) -> Result<(), Trouble> {
        let shown = "const list = document.querySelector('ul[aria-label=\"Your contacts\"]');
            return list !== null && list.innerText.includes(arguments[0])
                && list.querySelector(`[data-presence=${arguments[1]}]`) !== null;";
        self.app.driver.until(&format!("Bob is {word}"), shown, &[json!(word), json!(dot)]).map(drop)
    }

    /// Alice calls; it rings, Bob accepts, they see and hear each other.
    fn call(&self, bob: &mut Person) -> Result<(), Trouble> {
        let clicked = Instant::now();
        self.app.driver.press("Call Bob with video")?;
        bob.until_call("incoming", SOON)?;
        let rings = clicked.elapsed();
        self.app.reads("It rings at Bob’s side")?;
        self.hears("the tone of ringing", &[RINGBACK])?;
        self.shot("outgoing")?;
        bob.until("nothing of Alice is heard before he accepts", SOON, |now| tone(now, "550") < -60.0)?;
        let accepted = Instant::now();
        bob.tell(&json!({"type": "accept", "video": true}))?;
        self.app.see("Bob", BOB)?;
        let talking = accepted.elapsed();
        eprintln!(
            "rings {} ms after the click, seen {} ms after accepting",
            rings.as_millis(),
            talking.as_millis()
        );
        self.talk(bob)?;
        self.app.reads("Verified")?;
        self.app.reads("Direct")?;
        self.shot("call")
    }

    /// Pictures and tones go both ways.
    fn talk(&self, bob: &mut Person) -> Result<(), Trouble> {
        let watched = self.app.watch("Bob", BOB, 10, Duration::from_secs(3))?;
        assert_eq!(watched.backwards, 0, "pictures come in order: {watched:?}");
        self.hears("Bob's tone", &[TONE])?;
        bob.until("Bob hears Alice, and knows that it is her", SOON, |now| {
            tone(now, "550") > -40.0 && now["call"]["proof"] == "signed"
        })
        .map(drop)
    }

    /// Lines go both ways beside the picture.
    fn write(&self, bob: &mut Person) -> Result<(), Trouble> {
        self.app.driver.press("Chat")?;
        let before = bob.history()?.len();
        self.app.driver.fill("Message", "Can you read me?")?;
        // That is shown for a few seconds only, which may be over when the last letter is typed.
        eventually(SOON, "Bob sees that Alice is writing", || {
            let mut since = bob.history().ok()?.into_iter().skip(before);
            since.any(|now| now["conversation"]["typing"][0] == "Alice").then_some(())
        })?;
        self.app.driver.press("Send")?;
        bob.until("Bob reads", SOON, |now| {
            let lines = now["conversation"]["lines"].as_array();
            lines.into_iter().flatten().any(|line| line["body"]["text"] == "Can you read me?")
        })?;
        bob.tell(
            &json!({"type": "say", "text": "Loud and clear. The minutes are in https://b.local/minutes."}),
        )?;
        self.app.reads("Loud and clear")?;
        // The picture goes on.
        self.app.watch("Bob", BOB, 10, Duration::from_secs(2))?;
        self.shot("chat")
    }

    /// Bob offers a file; Alice saves it.
    fn fetch_a_file(&self, bob: &mut Person) -> Result<(), Trouble> {
        let content: Vec<u8> =
            (0..3_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let source = self.backend.folder().join("minutes.pdf");
        std::fs::write(&source, &content)?;
        bob.offer(&source)?;
        self.app.reads("Not saved yet")?;
        self.shot("offered")?;
        self.app.driver.press("Save minutes.pdf")?;
        self.app.reads("Saved: ")?;
        let saved = self.desktop.downloads().join("minutes.pdf");
        assert!(std::fs::read(&saved)? == content, "{} is what Bob has sent", saved.display());
        self.shot("file")
    }

    fn hang_up(&self, bob: &mut Person) -> Result<(), Trouble> {
        let mut calls = 0;
        within(Duration::from_secs(2), "Bob hears that Alice has hung up", || {
            calls += 1;
            if calls > 1 {
                self.call(bob)?;
            }
            let hung_up = Instant::now();
            self.app.driver.press("Hang up")?;
            let ended = bob.until_call("ended", SOON)?;
            let took = hung_up.elapsed();
            assert_eq!(ended["call"]["ended"], "theyHungUp");
            self.app.at_home()?;
            self.app.reads("You hung up.")?;
            Ok(took)
        })?;
        eventually(SOON, "silence", || self.ear.silent_for().filter(|silent| silent.as_millis() > 200))?;
        self.shot("hung-up")
    }

    /// Bob calls; Alice hears it ring and accepts.
    fn be_called(&self, bob: &mut Person) -> Result<(), Trouble> {
        bob.tell(&json!({"type": "call", "user": ALICES, "video": true}))?;
        self.app.heads("Bob is calling")?;
        let card = self.desktop.notices.card("Bob is calling")?;
        assert!(card.body.contains("b.local"), "{card:?}");
        self.hears("the first note of the bell", &BELL[..1])?;
        self.hears("the second note of the bell", &BELL[1..])?;
        self.shot("incoming")?;
        bob.until("nothing of Alice is heard before she accepts", SOON, |now| tone(now, "550") < -60.0)?;
        let accepted = Instant::now();
        self.app.driver.press("Accept with video")?;
        self.app.see("Bob", BOB)?;
        eprintln!("seen {} ms after the click on Accept", accepted.elapsed().as_millis());
        self.desktop.notices.gone(&card)?;
        self.talk(bob)?;
        self.shot("accepted")?;
        bob.tell(&json!({"type": "hangUp"}))?;
        self.app.at_home()?;
        self.app.reads("Bob hung up.")
    }

    /// Bob calls; Alice answers in the notification, then declines there.
    fn answer_the_desktop(&self, bob: &mut Person) -> Result<(), Trouble> {
        let notices = &self.desktop.notices;
        bob.until("Bob's call is over", SOON, is_over)?;
        bob.tell(&json!({"type": "call", "user": ALICES, "video": true}))?;
        notices.press(&notices.card("Bob is calling")?, "Accept")?;
        self.app.see("Bob", BOB)?;
        self.app.driver.press("Hang up")?;
        bob.until_call("ended", SOON)?;
        bob.tell(&json!({"type": "call", "user": ALICES, "video": true}))?;
        notices.press(&notices.card("Bob is calling")?, "Decline")?;
        let ended = bob.until_call("ended", SOON)?;
        assert_eq!(ended["call"]["ended"], "declined");
        self.app.at_home()
    }

    /// Bob calls and gives up.
    fn miss_a_call(&self, bob: &mut Person) -> Result<(), Trouble> {
        bob.until("Bob's call is over", SOON, is_over)?;
        bob.tell(&json!({"type": "call", "user": ALICES, "video": false}))?;
        self.app.heads("Bob is calling")?;
        self.shot("incoming-voice")?;
        bob.tell(&json!({"type": "hangUp"}))?;
        self.app.at_home()?;
        self.app.reads("You missed a call from Bob.")?;
        self.app.reads("New")?;
        self.desktop.notices.card("You missed a call from Bob.")?;
        self.shot("missed")
    }
}
