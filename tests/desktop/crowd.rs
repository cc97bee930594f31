//! Many people in one meeting, as the real window shows them: bots with small pictures. Nine in every run; `CONFAB_CROWD=25` says
//! how many others want to see, up to the 25 with pictures that a room is made for. All of them run on this machine, and everybody
//! has a connection for everybody else: two processors carry 16 people, 25 want about eight.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use confab_tests::clip::Camera;
use confab_tests::usage::Meter;
use confab_tests::webdriver::ESCAPE;
use confab_tests::{App, Backend, Bot, BotPlan, Desktop, Trouble, eventually, turn};
use serde_json::json;

use crate::{shot, tell};

/// Everybody, Alice among them, when nothing else is said.
const PEOPLE: usize = 9;
/// The room is looked at when so many are in it.
const LOOKS: [usize; 5] = [1, 2, 3, 9, 25];
/// Small, because there is one encoder for each and a decoder for every pair.
const CAMERA: Camera = Camera { sender: 0, size: (320, 180), rate: 5, seconds: 4 };
/// So many come at once: each opens a connection for every other, and each connection begins with sums that take long.
const GROUP: usize = 6;
/// Who speaks when there are more people than in every run: in large meetings most are silent.
const VOICES: usize = 3;
/// Test cards are read down to this width on the screen, pixels.
const READABLE: u32 = 160;
const SOON: Duration = Duration::from_secs(60);

#[test]
fn everybody_of_a_crowd_is_shown_and_silenced_at_once() -> Result<(), Trouble> {
    let _turn = turn();
    let wanted = std::env::var("CONFAB_CROWD").ok().and_then(|wanted| wanted.parse().ok());
    let people: usize = wanted.unwrap_or(PEOPLE).clamp(3, 25);
    let names: Vec<String> = (1..people).map(|number| format!("p{number:02}")).collect();
    let desktop = Desktop::start()?;
    let backend = Backend::start_with(&["--users", &format!("alice,{}", names.join(","))])?;
    let app = App::start(&desktop, "native")?;
    tell(&desktop, "crowd", || {
        app.sign_in(&backend, "alice")?;
        app.join(Backend::ROOM)?;
        look(&desktop, &app, 1)?;
        let mut bots = Vec::new();
        while bots.len() + 1 < people {
            let before = bots.len() + 1;
            let next = LOOKS.into_iter().find(|count| *count > before).unwrap_or(people);
            let upto = next.min(people).min(before + GROUP);
            let begin = Instant::now();
            for number in before..upto {
                bots.push(bot(&backend, &names[number - 1], number as u8, people)?);
            }
            gather(&app, &mut bots, upto)?;
            eprintln!(
                "{upto} people: all met {} ms after the first new one began",
                begin.elapsed().as_millis()
            );
            if upto == people || LOOKS.contains(&upto) {
                look(&desktop, &app, upto)?;
            }
        }
        measure(&app, &backend, &bots, people);
        silence(&desktop, &app, &mut bots, people)
    })
}

/// Somebody with a small picture, and with a voice where there are few.
fn bot(backend: &Backend, name: &str, sender: u8, people: usize) -> Result<Bot, Trouble> {
    let camera: PathBuf = backend.folder().join(format!("{name}.y4m"));
    Camera { sender, ..CAMERA }.write(&camera)?;
    // Neighbours differ, so that who is heard can be told apart a little.
    let speaks = people <= PEOPLE || usize::from(sender) <= VOICES;
    let mic = match speaks {
        true => format!("tone:{}", [330, 440, 550, 770][usize::from(sender) % 4]),
        false => "none".to_owned(),
    };
    let camera = camera.to_string_lossy();
    Bot::join(backend, BotPlan { mic: &mic, camera: &camera, ..BotPlan::new(name, sender) })
}

/// Waits until everybody knows of everybody, at the bots and in the window, and pictures come.
fn gather(app: &App<'_>, bots: &mut [Bot], count: usize) -> Result<(), Trouble> {
    for (number, bot) in bots.iter_mut().enumerate() {
        bot.until(&format!("bot {number} knows of {count} people"), SOON, |now| {
            let mut pictures = now["streams"].as_object().into_iter().flatten();
            now["roster"].as_array().map(Vec::len) == Some(count)
                && (count < 3 || pictures.any(|(_, picture)| picture["frames"].as_u64() > Some(0)))
        })?;
    }
    app.reads(&format!("{count} people"))
}

/// Looks at all alike, page by page until every test card was read, and at the speaker large.
fn look(desktop: &Desktop, app: &App<'_>, count: usize) -> Result<(), Trouble> {
    app.dismiss_messages()?;
    app.driver.press("Show all alike")?;
    let wanted: BTreeSet<u8> = (1..count as u8).collect();
    let mut seen = BTreeSet::new();
    let found = eventually(SOON, "", || {
        app.dismiss_messages().ok()?;
        let tiles = app.tiles().ok()?;
        let shown = tiles.iter().filter(|tile| tile.video && tile.live);
        // What is too small to be read counts as seen when its pictures come.
        for tile in shown {
            let card = desktop.display.card(tile.picture((16, 9)));
            let named = tile.name.strip_prefix('P').and_then(|number| number.parse().ok());
            let small = tile.picture((16, 9)).width < READABLE;
            seen.extend(card.map(|card| card.sender).or(named.filter(|_| small)));
        }
        (seen.is_superset(&wanted)).then_some(()).or_else(|| {
            let turn = "document.querySelector('button[aria-label=\"More people\"]:not(:disabled)')?.click()";
            _ = app.driver.script(turn, &[]);
            None
        })
    });
    found.map_err(|_| Trouble::Strange(format!("only {seen:?} of {wanted:?} are seen")))?;
    app.settle()?;
    shot(desktop, &format!("crowd-{count:02}-grid"))?;
    app.driver.press("Show the speaker large")?;
    app.driver.until("somebody is large", LARGE, &[json!(count)])?;
    app.settle()?;
    shot(desktop, &format!("crowd-{count:02}-speaker"))
}

/// What it costs, for people to read.
fn measure(app: &App<'_>, backend: &Backend, bots: &[Bot], people: usize) {
    let meters = [("app", Meter::start(app.driver.id())), ("backend", Meter::start(backend.id()))];
    let others: Vec<Meter> = bots.iter().map(|bot| Meter::start(bot.id())).collect();
    let (begin, passed) = (Instant::now(), backend.metric("media_packets_forwarded_total"));
    _ = eventually(Duration::from_secs(10), "", || None::<()>);
    for (name, meter) in &meters {
        eprintln!("{people} people: {name} {:.0} % of a processor", meter.percent());
    }
    let bots: f64 = others.iter().map(Meter::percent).sum();
    eprintln!("{people} people: bots {bots:.0} % together");
    if let (Ok(before), Ok(now)) = (passed, backend.metric("media_packets_forwarded_total")) {
        let rate = (now - before) / begin.elapsed().as_secs_f64();
        eprintln!("{people} people: {rate:.0} packets a second are passed on");
    }
}

/// Alice mutes everybody: nobody is heard any more, by her or by the others, and each is shown muted.
fn silence(desktop: &Desktop, app: &App<'_>, bots: &mut [Bot], people: usize) -> Result<(), Trouble> {
    let ear = desktop.sound.listen()?;
    eventually(SOON, "somebody is heard", || (ear.level() > -40.0).then_some(()))?;
    app.driver.key("p")?;
    app.heads("People")?;
    app.settle()?;
    shot(desktop, &format!("crowd-{people:02}-people"))?;
    app.driver.press("Mute everyone")?;
    let pressed = Instant::now();
    eventually(SOON, "two seconds of silence", || {
        ear.silent_for().filter(|silent| *silent > Duration::from_secs(2))
    })?;
    eprintln!(
        "{people} people: silent {} ms after the click",
        pressed.elapsed().as_millis().saturating_sub(2_000)
    );
    for bot in bots {
        bot.until("all but the organiser are muted, and silent", SOON, |now| {
            let muted = now["roster"].as_array().into_iter().flatten().filter(|one| one["muted"] == true);
            muted.count() == people - 1 && now["audio"]["gap_ms"].as_u64() > Some(2_000)
        })?;
    }
    app.settle()?;
    shot(desktop, &format!("crowd-{people:02}-muted"))?;
    app.driver.key(ESCAPE)
}

/// Whether somebody else is large, or one is alone.
const LARGE: &str = "const large = document.querySelector('article[data-large=true]');
    return arguments[0] === 1 || large !== null";
