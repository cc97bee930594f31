//! From signing in to leaving, measured from outside.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use confab_media_model::Rect;
use confab_tests::usage::{Meter, memory};
use confab_tests::webdriver::ESCAPE;
use confab_tests::{App, Backend, Bot, BotPlan, Desktop, Poster, Trouble, eventually};
use serde_json::{Map, Value, json};

use crate::album::Album;
use crate::{Options, call};

/// The other participant: name on the tile, name at the door, number on the test card.
const OTHER: (&str, &str, u8) = ("Daniel", "daniel", 4);

/// Figures of the backend that tell whether media flowed.
const METRICS: &[&str] = &[
    "connections",
    "sessions",
    "participants",
    "legs",
    "messages_received_total",
    "media_packets_received_total",
    "media_packets_forwarded_total",
    "media_key_frame_requests_total",
    "media_send_failures_total",
];

/// The domain of the room, as a label of [`METRICS`].
const DOMAIN: &str = "{domain=\"a.local\"}";

/// Brings one screen up.
type Open<'a> = &'a dyn Fn() -> Result<(), Trouble>;

/// Does everything once and fills in the figures as far as it comes.
pub fn tour(options: &Options, figures: &mut Map<String, Value>) -> Result<(), Trouble> {
    figures.insert("surface".to_owned(), options.surface.clone().into());
    eprintln!("Starting a display, a sound server, a session bus and a backend …");
    let desktop = Desktop::start()?;
    let backend = Backend::start_domains(&["a.local", "b.local"])?;
    let outcome = meet(&desktop, &backend, options, figures);
    if outcome.is_err() {
        for log in [logs(desktop.folder()), logs(backend.folder())].concat() {
            eprintln!("{log}");
        }
    }
    outcome
}

fn meet(
    desktop: &Desktop,
    backend: &Backend,
    options: &Options,
    figures: &mut Map<String, Value>,
) -> Result<(), Trouble> {
    let begin = Instant::now();
    let _voice = desktop.sound.speak(660.0)?;
    let (name, user, sender) = OTHER;
    let mut other = Bot::join(backend, BotPlan { mic: "tone:440", ..BotPlan::new(user, sender) })?;
    other.arrive()?;
    let app = App::start(desktop, &options.surface)?;
    let mut album = Album::new(desktop, &app);
    note(figures, "startMs", app.start);
    album.shot("sign-in")?;
    let signing_in = Instant::now();
    app.sign_in(backend, "alice")?;
    note(figures, "signInMs", signing_in.elapsed());
    album.shot("home")?;

    let click = Instant::now();
    note(figures, "clickToJoinedMs", app.join(Backend::ROOM)?);
    let place = app.see(name, sender)?;
    note(figures, "clickToPictureMs", click.elapsed());
    album.shot("meeting")?;
    measure(desktop, &app, place, figures)?;

    let screens: [(&str, Open<'_>); 4] = [
        ("devices", &|| menu(&app, "Camera and sound…", "Camera and sound")),
        ("statistics", &|| menu(&app, "Statistics…", "Statistics")),
        ("people", &|| app.driver.key("p").and_then(|()| app.heads("People"))),
        ("shortcuts", &|| app.driver.key("?").and_then(|()| app.heads("Keyboard shortcuts"))),
    ];
    for (screen, open) in screens {
        open()?;
        album.shot(screen)?;
    }
    // The list of keys, then the panel below it.
    app.driver.key(ESCAPE)?;
    app.driver.key(ESCAPE)?;
    app.see(name, sender)?;

    app.driver.press("Microphone")?;
    other.until("Alice is muted", Duration::from_secs(30), |second| {
        second["audio"]["tones"]["660"].as_f64() < Some(-60.0)
    })?;
    album.shot("muted")?;
    app.driver.press("Microphone")?;

    // The app's own windows are left out of its shares: something else has to move.
    let moving = Poster::show(desktop, "Quarterly numbers", 9)?;
    app.share()?;
    let shared = other.until("the shared screen arrives", Duration::from_secs(40), |second| {
        screen(second).is_some_and(|stream| stream["fps"].as_f64() >= Some(5.0))
    })?;
    figures.insert("sharedScreen".to_owned(), json!(screen(&shared)));
    album.shot("sharing")?;
    drop(moving);
    app.driver.press("Stop sharing")?;

    while let Some(limit) = options.seconds
        && begin.elapsed() < Duration::from_secs(limit)
    {
        let place = app.see(name, sender)?;
        desktop.display.watch(place, Duration::from_secs(1));
        other.arrive()?;
    }
    let numbers = METRICS
        .iter()
        .map(|metric| Ok(((*metric).to_owned(), backend.metric(&format!("{metric}{DOMAIN}"))?.into())));
    figures.insert("backend".to_owned(), Value::Object(numbers.collect::<Result<_, Trouble>>()?));
    figures.insert("other".to_owned(), other.seconds().last().cloned().unwrap_or_default());

    app.driver.press("Leave")?;
    // Alice is the organiser, and Daniel stays.
    album.shot("leaving")?;
    app.driver.press("Hand over and leave")?;
    app.at_home()?;
    album.shot("left")?;
    drop(other);
    figures.insert("call".to_owned(), call::call(desktop, backend, &app, &mut album)?);
    note(figures, "tookMs", begin.elapsed());
    album.complete = true;
    Ok(())
}

/// What is seen and heard, and what it costs, with one other person in the room.
fn measure(
    desktop: &Desktop,
    app: &App<'_>,
    place: Rect,
    figures: &mut Map<String, Value>,
) -> Result<(), Trouble> {
    let ear = desktop.sound.listen()?;
    eventually(Duration::from_secs(30), "Daniel's tone", || ear.dominant())?;
    let meter = Meter::start(app.driver.id());
    let watched = desktop.display.watch(place, Duration::from_secs(5));
    let cpu = meter.percent();
    figures.insert("cpuPercent".to_owned(), rounded(cpu));
    let picture = json!({
        "fps": rounded(watched.rate().into()), "backwards": watched.backwards, "longestMs": watched.longest_ms,
        "size": [place.width, place.height],
    });
    figures.insert("picture".to_owned(), picture);
    let sound = json!({ "hz": ear.dominant(), "dbfs": rounded(ear.level().into()) });
    figures.insert("sound".to_owned(), sound);
    let programs = memory(app.driver.id());
    let total: f64 = programs.values().sum();
    let programs: Map<String, Value> =
        programs.into_iter().map(|(name, size)| (name, rounded(size))).collect();
    figures.insert("memoryMb".to_owned(), json!({ "total": rounded(total), "programs": programs }));
    Ok(())
}

/// What the programs wrote to standard error, each with its name above.
fn logs(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let logs = files.filter(|path| path.extension().is_some_and(|ending| ending == "log"));
    let tail = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(30)..].join("\n");
        format!("---- {} ----\n{tail}", path.file_stem().unwrap_or_default().to_string_lossy())
    };
    logs.map(tail).collect()
}

fn menu(app: &App<'_>, item: &str, title: &str) -> Result<(), Trouble> {
    app.driver.press("More")?;
    app.driver.press(item)?;
    app.heads(title)
}

fn screen(second: &Value) -> Option<&Value> {
    second["streams"]
        .as_object()?
        .iter()
        .find(|(name, _)| name.ends_with("/screen"))
        .map(|(_, stream)| stream)
}

fn note(figures: &mut Map<String, Value>, name: &str, time: Duration) {
    figures.insert(name.to_owned(), (time.as_millis() as u64).into());
}

pub fn rounded(value: f64) -> Value {
    ((value * 10.0).round() / 10.0).into()
}
