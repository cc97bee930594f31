//! The meeting as people have it: Alice and Bob at their windows, each on a desktop of their own, Carol at a browser, Daniel at a
//! client without a window. Alice and Bob have no camera, so they are seen by what they share.

use std::path::Path;
use std::time::Duration;

use confab_tests::clip::{Camera, write_tone};
use confab_tests::webdriver::ESCAPE;
use confab_tests::{
    App, Backend, Desktop, Driver, Ear, Folder, Person, PersonPlan, Poster, Senses, Sound, Trouble, Visitor,
    VisitorPlan, eventually, turn,
};
use serde_json::{Value, json};

use crate::sharing::CHOOSE;
use crate::{album, shot, tell, tone};

/// What each is known by: number of the test card, tone in Hz. Alice and Bob hold posters in front of theirs.
const ALICE: (u8, f32) = (11, 660.0);
const BOB: (u8, f32) = (12, 330.0);
const CAROL: (u8, f32) = (3, 550.0);
const DANIEL: (u8, f32) = (4, 440.0);
/// As the others see her: a guest under the name that she has said.
const GUEST: &str = "Guest Carol Summers";
const MAIL: &str = "carol@example.org";
const ROOM: &str = "product-review";
/// There are two windows, a browser, a client and the backend on one machine, which may be a small one.
const SOON: Duration = Duration::from_secs(60);
/// Voices are of −15 dBFS; what is left of one that was closed is nothing.
const HEARD: f32 = -40.0;
const SILENT: f32 = -60.0;

#[test]
fn four_people_meet_speak_write_share_and_obey_the_organiser() -> Result<(), Trouble> {
    let _turn = turn();
    let (hers, his) = (Desktop::start()?, Desktop::start()?);
    let folder = Folder::new()?;
    let third = Sound::start(folder.as_ref())?;
    let _voices = (hers.sound.speak(ALICE.1)?, his.sound.speak(BOB.1)?);
    let backend = Backend::start()?;
    let plan = PersonPlan { user: "daniel", sender: DANIEL.0, camera: "testcard", mic: "tone:440" };
    let mut daniel = Person::sign_in(&backend.url, backend.folder(), plan)?;
    let party = Party {
        backend: &backend,
        ears: [hers.sound.listen()?, his.sound.listen()?, third.listen()?],
        alice: App::start(&hers, "native")?,
        bob: App::start(&his, "native")?,
        desktops: [&hers, &his],
    };
    tell(&his, "story-bob", || {
        tell(&hers, "story-alice", || {
            party.sign_in()?;
            party.invite()?;
            let carol = party.admit_carol(folder.as_ref(), &third)?;
            let told = party
                .meet(&carol)
                .and_then(|()| party.write(&carol))
                .and_then(|()| party.send_files(&carol))
                .and_then(|()| party.share(&carol))
                .and_then(|()| party.add_daniel(&carol, &mut daniel))
                .and_then(|()| party.rule(&carol, &mut daniel));
            carol.picture(&album("journey-story-carol-at-last"))?;
            told?;
            drop(carol);
            party.hand_over(&mut daniel)
        })
    })?;
    daniel.leave()
}

struct Party<'a> {
    backend: &'a Backend,
    /// Alice's, Bob's, Carol's.
    ears: [Ear; 3],
    alice: App<'a>,
    bob: App<'a>,
    /// Alice's, Bob's.
    desktops: [&'a Desktop; 2],
}

impl Party<'_> {
    fn apps(&self) -> [(&App<'_>, &'static str, &Desktop); 2] {
        [(&self.alice, "alice", self.desktops[0]), (&self.bob, "bob", self.desktops[1])]
    }

    /// Keeps how it looks to everybody.
    fn shots(&self, stage: &str, carol: Option<&Visitor>) -> Result<(), Trouble> {
        for (app, who, desktop) in self.apps() {
            app.dismiss_messages()?;
            app.settle()?;
            shot(desktop, &format!("story-{stage}-{who}"))?;
        }
        carol.map_or(Ok(()), |carol| carol.picture(&album(&format!("journey-story-{stage}-carol"))))
    }

    /// Waits until this ear hears a voice.
    fn hears(&self, who: usize, of: (u8, f32)) -> Result<(), Trouble> {
        let what = format!("{} hears {} Hz", ["Alice", "Bob", "Carol"][who], of.1);
        eventually(SOON, &what, || (self.ears[who].tone(of.1) > HEARD).then_some(()))
    }

    /// Waits until a voice is gone while Daniel's goes on.
    fn hears_no_more(&self, who: usize, of: (u8, f32)) -> Result<(), Trouble> {
        let name = ["Alice", "Bob", "Carol"][who];
        let share = |voice: (u8, f32)| self.ears[who].share(voice.1, Duration::from_secs(2));
        let mut shares = (0.0, 0.0);
        let gone = eventually(SOON, "", || {
            shares = (share(of), share(DANIEL));
            (shares.0 < 0.2 && shares.1 > 0.5).then_some(())
        });
        gone.map_err(|_| Trouble::Strange(format!("{name} hears {} Hz and 440 Hz by {shares:?}", of.1)))
    }

    /// Alice has Bob and Daniel among her contacts, and Bob lets her see when he is around.
    fn sign_in(&self) -> Result<(), Trouble> {
        self.alice.sign_in(self.backend, "alice")?;
        self.bob.sign_in(self.backend, "bob")?;
        for name in ["Bob", "Daniel"] {
            self.alice.driver.fill("Find people", &name.to_lowercase())?;
            self.alice.driver.press(&format!("Add {name} to your contacts"))?;
        }
        self.bob.driver.press("Allow Alice to see your presence")?;
        self.alice.reads("Available")?;
        self.shots("01-home", None)
    }

    /// Alice makes a room, rings Bob, who accepts, and sends Carol a mail.
    fn invite(&self) -> Result<(), Trouble> {
        let alice = &self.alice;
        alice.driver.press("New meeting")?;
        alice.driver.fill("Name (without one it gets a number)", ROOM)?;
        alice.settle()?;
        shot(self.desktops[0], "story-02-new-meeting")?;
        alice.driver.press("Start")?;
        alice.in_room()?;
        people(alice)?;
        alice.driver.press("Invite")?;
        alice.driver.press("Invite Bob")?;
        self.bob.heads("Alice invites you")?;
        self.desktops[1].notices.card("Alice invites you")?;
        self.shots("03-bob-is-invited", None)?;
        self.bob.driver.press("Join with video")?;
        self.bob.in_room()?;
        alice.driver.fill("Name or e-mail address", MAIL)?;
        alice.settle()?;
        shot(self.desktops[0], "story-04-mail")?;
        alice.driver.press("Send mail")?;
        alice.reads(&format!("The mail to {MAIL} is on its way."))?;
        alice.driver.key(ESCAPE)?;
        alice.reads("In the meeting")?;
        self.shots("05-two", None)
    }

    /// Carol opens the link of her mail in a browser.
    fn admit_carol(&self, folder: &Path, sound: &Sound) -> Result<Visitor, Trouble> {
        let link = self.backend.mailed_link(MAIL)?;
        let (camera, microphone) = (folder.join("carol.y4m"), folder.join("carol.wav"));
        Camera { sender: CAROL.0, size: (640, 360), rate: 15, seconds: 10 }.write(&camera)?;
        write_tone(&microphone, CAROL.1)?;
        let senses = Senses { camera: Some(&camera), microphone: Some(&microphone), speaker: Some(sound) };
        let carol = Visitor::open_with(self.backend.folder(), &link, VisitorPlan::default(), senses)?;
        carol.check_devices()?;
        carol.picture(&album("journey-story-06-entrance"))?;
        carol.join("Carol Summers", MAIL)?;
        Ok(carol)
    }

    /// Everybody hears everybody, and sees who has a camera.
    fn meet(&self, carol: &Visitor) -> Result<(), Trouble> {
        for (app, ..) in self.apps() {
            app.watch(GUEST, CAROL.0, 3, Duration::from_secs(3))?;
        }
        carol.page().within(SOON, "Carol knows of Alice and Bob", NAMED, &[json!(["Alice", "Bob"])])?;
        for (who, voices) in [(0, [BOB, CAROL]), (1, [ALICE, CAROL]), (2, [ALICE, BOB])] {
            voices.into_iter().try_for_each(|voice| self.hears(who, voice))?;
        }
        self.shots("07-three", Some(carol))
    }

    /// A line of each is read by all.
    fn write(&self, carol: &Visitor) -> Result<(), Trouble> {
        for (app, name) in [(&self.alice, "Alice"), (&self.bob, "Bob")] {
            app.driver.press("Chat")?;
            app.driver.fill("Message", &format!("{name} is here."))?;
            app.driver.press("Send")?;
        }
        carol.page().press("Chat")?;
        carol.page().fill("Message", "Carol is here, too.")?;
        carol.page().press("Send")?;
        for line in ["Alice is here.", "Bob is here.", "Carol is here, too."] {
            self.alice.reads(line)?;
            self.bob.reads(line)?;
            carol.reads(line, SOON)?;
        }
        self.shots("08-chat", Some(carol))
    }

    /// A file of each arrives whole at the others, by way of what is pasted and where downloads land.
    fn send_files(&self, carol: &Visitor) -> Result<(), Trouble> {
        let people: [(&Driver, _); 3] = [
            (&self.alice.driver, self.desktops[0].downloads()),
            (&self.bob.driver, self.desktops[1].downloads()),
            (carol.page(), carol.downloads().to_owned()),
        ];
        for (number, name) in ["agenda.bin", "budget.bin", "sketch.bin"].into_iter().enumerate() {
            let len = 1_500_000 + number;
            let content: Vec<u8> = (0..len).map(|at| ((at * 31 + number) >> 3) as u8).collect();
            people[number].0.script(PASTE, &[json!(name), json!(len), json!(number)])?;
            for (who, (page, downloads)) in people.iter().enumerate().filter(|(who, _)| *who != number) {
                page.press(&format!("Save {name}"))?;
                let saved = downloads.join(name);
                eventually(SOON, &format!("{who} has {name} whole"), || {
                    std::fs::read(&saved).ok().filter(|bytes| *bytes == content)
                })?;
            }
            let told = "return document.body.innerText.includes('2 of 2 have it')";
            people[number].0.within(SOON, &format!("who sent {name} is told that all have it"), told, &[])?;
        }
        self.shots("09-files", Some(carol))
    }

    /// Alice and Bob share a window each, Carol her screen.
    fn share(&self, carol: &Visitor) -> Result<(), Trouble> {
        let apps = self.apps();
        for (at, (poster, name)) in [(ALICE, "Alice"), (BOB, "Bob")].into_iter().enumerate() {
            let ((app, _, desktop), (other, ..)) = (apps[at], apps[1 - at]);
            let title = format!("Numbers of {name}");
            let window = Poster::show(desktop, &title, poster.0)?;
            eventually(SOON, "the other program's window", || desktop.display.titled(&title))?;
            app.driver.press("Share screen")?;
            app.driver.within(SOON, "the window can be chosen", CHOOSE, &[json!(title)])?;
            app.settle()?;
            app.driver.press("Share")?;
            let screen = format!("Screen of {name}");
            other.see(&screen, poster.0)?;
            carol.sees_card(&screen, poster.0, SOON)?;
            self.shots(&format!("10-share-of-{}", name.to_lowercase()), Some(carol))?;
            app.driver.press("Stop sharing")?;
            drop(window);
            other.driver.within(SOON, "the share is over", GONE, &[json!(screen)])?;
        }
        carol.page().press("Share screen")?;
        carol.reads("You are sharing your screen", SOON)?;
        for (app, ..) in apps {
            let screen = format!("Screen of {GUEST}");
            app.driver.within(SOON, "Carol's screen is seen", LIVE, &[json!(screen)])?;
        }
        self.shots("11-share-of-carol", Some(carol))?;
        carol.page().press("Stop sharing")?;
        self.alice
            .driver
            .within(SOON, "the share is over", GONE, &[json!(format!("Screen of {GUEST}"))])
            .map(drop)
    }

    /// In the middle Alice invites Daniel from her contacts.
    fn add_daniel(&self, carol: &Visitor, daniel: &mut Person) -> Result<(), Trouble> {
        people(&self.alice)?;
        self.alice.driver.press("Invite")?;
        self.alice.driver.press("Invite Daniel")?;
        daniel.until("Daniel is invited to the meeting", SOON, |now| {
            now["call"]["phase"] == "incoming" && now["call"]["meeting"] == ROOM
        })?;
        daniel.tell(&json!({"type": "accept", "video": true}))?;
        self.alice.driver.key(ESCAPE)?;
        daniel.until("Daniel sees and hears the others", SOON, |now| {
            let heard = |voice: (u8, f32)| tone(now, &voice.1.to_string()) > HEARD.into();
            let mut pictures = now["streams"].as_object().into_iter().flatten();
            pictures.any(|(_, picture)| picture["sender"] == CAROL.0)
                && now["roster"].as_array().map(Vec::len) == Some(4)
                && heard(ALICE)
                && heard(BOB)
        })?;
        // Her voice comes and goes.
        daniel.until("Daniel hears Carol", SOON, |now| tone(now, "550") > HEARD.into())?;
        self.alice.see("Daniel", DANIEL.0)?;
        self.bob.see("Daniel", DANIEL.0)?;
        // Hers is a small window: what is small in it cannot be read.
        carol.page().press("Keep Daniel large")?;
        carol.sees_card("Daniel", DANIEL.0, SOON)?;
        (0..3).try_for_each(|who| self.hears(who, DANIEL))?;
        self.shots("12-four", Some(carol))
    }

    /// Alice mutes Bob, asks him to speak again, and removes Carol.
    fn rule(&self, carol: &Visitor, daniel: &mut Person) -> Result<(), Trouble> {
        let (alice, bob) = (&self.alice, &self.bob);
        people(alice)?;
        alice.driver.press("What to do about Bob")?;
        alice.settle()?;
        shot(self.desktops[0], "story-13-what-to-do")?;
        alice.driver.press("Mute")?;
        bob.reads("Alice has muted you")?;
        bob.settle()?;
        shot(self.desktops[1], "story-14-bob-is-muted")?;
        self.hears_no_more(0, BOB)?;
        self.hears_no_more(2, BOB)?;
        daniel.until("Daniel does not hear Bob", SOON, |now| tone(now, "330") < SILENT.into())?;
        assert!(!bob.is_on("Microphone")?);

        alice.driver.press("What to do about Bob")?;
        alice.driver.press("Ask to unmute")?;
        bob.reads("Alice asks you to unmute.")?;
        self.shots("15-asked", Some(carol))?;
        bob.driver.press("Unmute")?;
        self.hears(0, BOB)?;

        alice.driver.press(&format!("What to do about {GUEST}"))?;
        alice.driver.press("Remove…")?;
        alice.driver.fill("Reason (may stay empty)", "The customer's part is over")?;
        alice.settle()?;
        shot(self.desktops[0], "story-16-remove")?;
        alice.driver.press("Remove")?;
        carol.reads("You were removed from the meeting", SOON)?;
        carol.reads("The customer's part is over", SOON)?;
        for (app, ..) in self.apps() {
            app.driver.within(SOON, "Carol is gone", GONE, &[json!(GUEST)])?;
        }
        self.hears_no_more(0, CAROL)?;
        self.hears_no_more(1, CAROL)?;
        self.shots("17-carol-is-out", Some(carol))
    }

    /// Alice leaves, and the meeting goes on with Bob as organiser until he ends it.
    fn hand_over(&self, daniel: &mut Person) -> Result<(), Trouble> {
        let (alice, bob) = (&self.alice, &self.bob);
        alice.driver.press("Leave")?;
        alice.heads("Leave the meeting?")?;
        alice.settle()?;
        shot(self.desktops[0], "story-18-leave")?;
        alice.driver.press("Hand over and leave")?;
        alice.at_home()?;
        let organiser = |now: &Value| {
            let mut people = now["room"]["people"].as_array().into_iter().flatten();
            people.any(|one| one["name"] == "Bob" && one["role"] == "organiser")
        };
        daniel.until("Bob is the organiser, and is heard", SOON, |now| {
            organiser(now) && tone(now, "330") > HEARD.into() && now["phase"] == "in"
        })?;
        bob.see("Daniel", DANIEL.0)?;
        people(bob)?;
        self.shots("19-bob-goes-on", None)?;
        bob.driver.press("Leave")?;
        bob.heads("Leave the meeting?")?;
        bob.driver.press("End for everyone")?;
        bob.at_home()?;
        daniel.until("the meeting has ended for Daniel, too", SOON, |now| {
            let mut problems = now["problems"].as_array().into_iter().flatten().filter_map(Value::as_str);
            now["phase"] == "idle" && problems.any(|problem| problem.starts_with("RoomClosed"))
        })?;
        self.shots("20-over", None)
    }
}

/// Opens the list of people, wherever the focus is.
fn people(app: &App<'_>) -> Result<(), Trouble> {
    let open = "const heads = [...document.querySelectorAll('h2')].map((head) => head.textContent.trim());
        if (!heads.includes('People')) {
            document.activeElement?.blur();
            dispatchEvent(new KeyboardEvent('keydown', { key: 'p', bubbles: true }));
        }";
    app.driver.script(open, &[])?;
    app.heads("People")
}

/// Whether there are tiles with all of these names. They are isolated from the direction of the text around them.
const NAMED: &str = "const plain = (tile) => tile.ariaLabel?.replace(/[\\u2068\\u2069]/gu, '');
    const names = [...document.querySelectorAll('article')].map(plain);
    return arguments[0].every((name) => names.includes(name))";
/// Whether no tile has this name.
const GONE: &str = "const plain = (tile) => tile.ariaLabel?.replace(/[\\u2068\\u2069]/gu, '');
    return [...document.querySelectorAll('article')].every((tile) => plain(tile) !== arguments[0])";
/// Whether pictures come for the tile of this name.
const LIVE: &str = "const plain = (tile) => tile.ariaLabel?.replace(/[\\u2068\\u2069]/gu, '');
    const tile = [...document.querySelectorAll('article')].find((tile) => plain(tile) === arguments[0]);
    return tile?.querySelector('[data-stream]')?.dataset.state === 'live'";
/// Pastes a file into the field for messages: its name, its length, a number that its content begins with.
const PASTE: &str = "const [name, length, number] = arguments;
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 31 + number) >> 3);
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, { type: 'application/octet-stream' }));
    const paste = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
    document.querySelector('textarea').dispatchEvent(paste);";
