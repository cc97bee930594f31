//! Calls between real programs over real sockets: a backend and bots, whose test cards and tones are counted.

mod garbage;

use std::time::{Duration, Instant};

use confab_tests::{Backend, Bot, BotPlan, Trouble, eventually, turn};
use serde_json::Value;

/// Room for a machine that is busy with other things; how good it can be is measured by benches.
const EXPECT: &str = "video>=15fps,audio-gap<200ms,people>=3";

#[test]
fn three_people_see_and_hear_each_other_for_half_a_minute() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let people = [("bob", 2, "tone:330"), ("carol", 3, "tone:550"), ("daniel", 4, "tone:440")];
    let plan =
        |(user, sender, mic)| BotPlan { mic, seconds: 30, expect: EXPECT, ..BotPlan::new(user, sender) };
    let bots = people.into_iter().map(|person| Bot::join(&backend, plan(person)));
    let mut bots = bots.collect::<Result<Vec<_>, _>>()?;
    // Those who come first wait for the last, so everybody leaves at another time: look while all are there.
    for bot in &mut bots {
        bot.arrive()?;
    }
    for (at, bot) in bots.iter_mut().enumerate() {
        let others = people.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, person)| person);
        let others: Vec<_> =
            others.map(|(_, sender, mic)| (*sender, mic.trim_start_matches("tone:"))).collect();
        let own = people[at].2.trim_start_matches("tone:");
        bot.until("both others are seen and heard", Duration::from_secs(15), |second| {
            let seen = |sender| {
                pictures(second).any(|picture| picture["sender"] == sender && picture["out_of_order"] == 0)
            };
            others.iter().all(|(sender, hertz)| seen(*sender) && tone(second, hertz) > -40.0)
                && tone(second, own) < -50.0
        })?;
    }
    let forwarded = backend.metric("media_packets_forwarded_total")?;
    assert!(forwarded > 1000.0, "{forwarded} packets went through the media server");
    for (bot, person) in bots.iter_mut().zip(people) {
        let left = bot.succeed(Duration::from_secs(45));
        let last = bot.seconds();
        eprintln!("{}: {}", person.0, last.last().map(summary).unwrap_or_default());
        left?;
    }
    eventually(Duration::from_secs(5), "nobody is left behind", || {
        let left = |name| backend.metric(name).ok().filter(|count| *count == 0.0);
        left("participants").and(left("legs"))
    })?;
    Ok(())
}

#[test]
fn who_hangs_up_is_silent_within_300_ms() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let mut bob = Bot::join(&backend, BotPlan::new("bob", 2))?;
    let mut carol = Bot::join(&backend, BotPlan { mic: "tone:550", ..BotPlan::new("carol", 3) })?;
    bob.arrive()?;
    carol.arrive()?;
    bob.until("Bob sees and hears Carol", Duration::from_secs(20), |second| {
        tone(second, "550") > -40.0 && pictures(second).any(|picture| picture["sender"] == 3)
    })?;
    let hung_up = Instant::now();
    carol.leave();
    // Each second tells how long the silence is by then; the line is read within milliseconds.
    let silent = bob.until("Bob hears nothing", Duration::from_secs(10), |second| {
        second["audio"]["gap_ms"].as_u64().is_some_and(|gap| gap > 400)
    })?;
    let silence = Duration::from_millis(silent["audio"]["gap_ms"].as_u64().unwrap_or_default());
    let after = hung_up.elapsed().saturating_sub(silence);
    eprintln!("silent {} ms after hanging up", after.as_millis());
    assert!(after <= Duration::from_millis(300), "sound went on for {} ms", after.as_millis());
    assert_eq!(pictures(&silent).count(), 0, "and her picture is gone");
    Ok(())
}

#[test]
fn rubbish_on_every_socket_ends_nobodys_session() -> Result<(), Trouble> {
    let _turn = turn();
    let mut backend = Backend::start()?;
    let plan = |user, sender, mic| BotPlan {
        mic,
        seconds: 20,
        expect: "video>=10fps,audio-gap<500ms,people>=2",
        ..BotPlan::new(user, sender)
    };
    let mut bots = [
        Bot::join(&backend, plan("bob", 2, "tone:330"))?,
        Bot::join(&backend, plan("carol", 3, "tone:550"))?,
    ];
    for bot in &mut bots {
        bot.arrive()?;
    }
    let sent = garbage::throw(&backend, Duration::from_secs(6))?;
    eprintln!("{sent:?}");
    assert!(sent.datagrams > 1000 && sent.requests > 20 && sent.frames > 100, "{sent:?}");
    backend.check()?;
    for bot in &mut bots {
        bot.succeed(Duration::from_secs(45))?;
    }
    backend.metric("connections")?;
    Ok(())
}

fn pictures(second: &Value) -> impl Iterator<Item = &Value> {
    second["streams"].as_object().into_iter().flatten().map(|(_, picture)| picture)
}

fn tone(second: &Value, hertz: &str) -> f64 {
    second["audio"]["tones"][hertz].as_f64().unwrap_or(-127.0)
}

fn summary(second: &Value) -> String {
    let rates: Vec<String> =
        pictures(second).map(|picture| format!("{} fps at {}", picture["fps"], picture["size"])).collect();
    format!("{}; longest sound gap {} ms", rates.join(", "), second["audio"]["longest_gap_ms"])
}
