//! A client that obeys nothing, in a room with people who do: the real backend and its media server see to it that it is not heard,
//! seen or read, and reads nothing.

use std::time::Duration;

use confab_tests::{Backend, Person, Rebel, Trouble, eventually, turn};
use serde_json::{Value, json};

use crate::pair::{ALICE, BOB, CAROL, SOON, lines, say};
use crate::{pictures, tone};

/// Her tone and the number on her test card.
const TONE: &str = "770";
const EVE: u8 = CAROL.sender;

#[test]
fn who_obeys_no_ruling_is_not_heard_seen_or_read_and_reads_nothing() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start_with(&["--flavour", "vertx"])?;
    let rebel = Rebel::before(&backend)?;
    let mut company = Company {
        alice: Person::sign_in(&backend.url, backend.folder(), ALICE)?,
        bob: Person::sign_in(&backend.url, backend.folder(), BOB)?,
        eve: Person::sign_in(&rebel.url, backend.folder(), CAROL)?,
        backend: &backend,
        rebel: &rebel,
    };
    company.meet()?;
    let room = Room::of(&rebel)?;
    company.is_muted_and_goes_on()?;
    company.commands(&room)?;
    let files = company.stores(&room)?;
    company.is_removed_and_goes_on(&room)?;
    company.reads_nothing(&room, &files)?;
    for person in [company.alice, company.bob] {
        person.leave()?;
    }
    Ok(())
}

/// Alice organises, Bob takes part, Eve signs in as Carol.
struct Company<'a> {
    alice: Person,
    bob: Person,
    eve: Person,
    backend: &'a Backend,
    rebel: &'a Rebel,
}

/// The addresses that her client has used.
struct Room {
    url: String,
    hyperty: String,
    said: Vec<Value>,
}

impl Room {
    fn of(rebel: &Rebel) -> Result<Room, Trouble> {
        let said = rebel.said();
        let joins = |message: &&Value| {
            let to = message["to"].as_str().unwrap_or_default();
            message["type"] == "subscribe" && to.starts_with("comm://") && to.ends_with("/subscription")
        };
        let Some(joined) = said.iter().find(joins) else {
            return Err(Trouble::Strange(format!("she has not joined: {said:?}")));
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let url = text(&joined["to"]).trim_end_matches("/subscription").to_owned();
        Ok(Room { url, hyperty: text(&joined["body"]["source"]), said })
    }

    fn execute(&self, rebel: &Rebel, method: &str, params: &Value) -> Result<(u64, Value), Trouble> {
        let body = json!({ "method": method, "params": params });
        rebel.send("execute", &self.hyperty, &self.url, &body)
    }
}

impl Company<'_> {
    /// All three are in the room, and Eve is heard and seen.
    fn meet(&mut self) -> Result<(), Trouble> {
        for person in [&mut self.alice, &mut self.bob, &mut self.eve] {
            person.tell(&json!({"type": "join", "room": Backend::ROOM}))?;
            person.until("in the room", SOON, |now| now["phase"] == "in")?;
        }
        for person in [&mut self.alice, &mut self.bob] {
            person.until("Eve is heard and seen", SOON, |now| {
                tone(now, TONE) > -40.0 && pictures(now).any(|picture| picture["sender"] == EVE)
            })?;
        }
        self.eve.until("Eve sees both", SOON, |now| {
            [ALICE.sender, BOB.sender]
                .iter()
                .all(|sender| pictures(now).any(|seen| seen["sender"] == *sender))
        })?;
        // From here on only Eve sends anything.
        for person in [&mut self.alice, &mut self.bob] {
            person.tell(&json!({"type": "setMicrophone", "on": false}))?;
            person.tell(&json!({"type": "setCamera", "on": false}))?;
        }
        self.eve.until("the others are quiet", SOON, |now| {
            let others =
                now["room"]["people"].as_array().into_iter().flatten().filter(|one| one["me"] == false);
            others.filter(|one| one["muted"] == true && one["cameraOff"] == true).count() == 2
        })?;
        Ok(())
    }

    /// Neither hears nor sees her, now and for a while. What she sends arrives at the server, and goes no further.
    fn is_nowhere(&mut self, sends: bool) -> Result<(), Trouble> {
        let dark = |now: &Value| {
            let moves =
                |picture: &Value| picture["since_last_ms"].as_u64().is_some_and(|since| since < 1_000);
            tone(now, TONE) < -60.0
                && !pictures(now).any(|picture| picture["sender"] == EVE && moves(picture))
        };
        for person in [&mut self.alice, &mut self.bob] {
            person.until("Eve is neither heard nor seen", SOON, dark)?;
        }
        let figure = |name: &str| self.backend.metric(&format!("media_packets_{name}_total"));
        let (received, forwarded) = (figure("received")?, figure("forwarded")?);
        if sends {
            eventually(SOON, "what Eve sends arrives at the server", || {
                figure("received").ok().filter(|now| now - received > 150.0)
            })?;
        }
        let begin = [self.alice.history()?.len(), self.bob.history()?.len()];
        for person in [&mut self.alice, &mut self.bob] {
            person.go_on(Duration::from_secs(3))?;
        }
        let forwarded = figure("forwarded")? - forwarded;
        eprintln!("{} packets arrived, {forwarded} were passed on", figure("received")? - received);
        assert!(forwarded < 1.0, "{forwarded} packets were passed on");
        for (person, begin) in [(&self.alice, begin[0]), (&self.bob, begin[1])] {
            let bright = person.history()?.into_iter().skip(begin).find(|now| !dark(now));
            assert_eq!(bright, None);
        }
        Ok(())
    }

    /// She is muted, her camera is turned off, and she hears nothing of it.
    fn is_muted_and_goes_on(&mut self) -> Result<(), Trouble> {
        self.rebel.deafen();
        for what in ["microphone", "camera"] {
            self.alice.tell(&json!({"type": "silence", "participant": "p3", "what": what}))?;
        }
        self.is_nowhere(true)?;
        let hers = self.eve.go_on(Duration::ZERO)?;
        assert_eq!(hers["me"][0], "on", "her microphone is open");
        assert_eq!(hers["me"][1], "on", "her camera is open");
        Ok(())
    }

    /// She gives every order that is not hers to give.
    fn commands(&mut self, room: &Room) -> Result<(), Trouble> {
        let orders = [
            ("setState", json!([{"audioMuted": false}])),
            ("setState", json!([{"videoMuted": false}])),
            ("muteUser", json!(["p1", "audio"])),
            ("muteUser", json!(["p2", "audio"])),
            ("muteAll", json!([])),
            ("unmuteUser", json!(["p3", "audio"])),
            ("unmuteUser", json!(["p3", "video"])),
            ("removeUser", json!(["p2", "I do not like him", true])),
            ("setRole", json!(["p3", "co-organiser"])),
            ("delegate", json!(["p3"])),
            ("setRoom", json!([{"locked": true}])),
            ("admit", json!(["w1"])),
            ("refuse", json!(["w1"])),
            ("lowerHand", json!(["p1"])),
            ("private", json!([])),
            ("close", json!([])),
        ];
        for (method, params) in orders {
            let (code, answer) = room.execute(self.rebel, method, &params)?;
            assert_eq!(code, 403, "{method} {params}: {answer}");
        }
        // In somebody else's name, and to the media past the room.
        let node = format!("domain://msg-node.{}/sm", "confab.local");
        let shut = json!({"method": "audience", "params": [room.url, null]});
        let (code, answer) = self.rebel.send("execute", &room.hyperty, &node, &shut)?;
        assert_eq!(code, 403, "she does not open the room to the world: {answer}");
        self.alice.until("nothing has changed", SOON, |now| {
            let people = now["room"]["people"].as_array().into_iter().flatten();
            let roles: Vec<&Value> = people.clone().map(|one| &one["role"]).collect();
            roles == ["organiser", "participant", "participant"]
                && people.filter(|one| one["mutedByOrganiser"] == true).count() == 1
                && now["room"]["locked"] == false
        })?;
        self.is_nowhere(true)
    }

    /// Bob's file is there for her, as long as she is. Gives her token and where it is.
    fn stores(&mut self, room: &Room) -> Result<(String, String), Trouble> {
        let path = self.backend.folder().join("figures.bin");
        std::fs::write(&path, vec![7; 100_000])?;
        self.bob.offer(&path)?;
        let file = |now: &Value| -> Option<String> {
            let mut lines = now["conversation"]["lines"].as_array()?.iter();
            let file = lines.find_map(|line| line["body"]["file"]["id"].as_str())?;
            Some(file.to_owned())
        };
        let offered = self.alice.until("the file is offered", SOON, |now| file(now).is_some())?;
        let (code, answer) = room.execute(self.rebel, "files", &json!([]))?;
        assert_eq!(code, 200, "{answer}");
        let text = |name: &str| answer["value"][name].as_str().unwrap_or_default().to_owned();
        let (url, token) = (format!("{}/{}", text("url"), file(&offered).unwrap_or_default()), text("token"));
        eventually(SOON, "the file can be fetched", || (fetch(&url, &token) < 300).then_some(()))?;
        Ok((url, token))
    }

    /// She is removed, and stays.
    fn is_removed_and_goes_on(&mut self, room: &Room) -> Result<(), Trouble> {
        self.alice.tell(&json!({"type": "remove", "participant": "p3", "reason": "Enough", "ban": false}))?;
        for person in [&mut self.alice, &mut self.bob] {
            person.until("Eve is gone", SOON, |now| {
                now["room"]["people"].as_array().map(Vec::len) == Some(2)
            })?;
        }
        self.is_nowhere(false)?;
        let child = json!({"resource": "1-e#1", "value": {"data": {"type": "chat", "content": "Boo"}}});
        let children = format!("{}/children/", room.url);
        let attempts = [
            ("create", children.as_str(), child.clone()),
            ("create", room.url.as_str(), child),
            ("read", room.url.as_str(), json!({})),
            ("execute", room.url.as_str(), json!({"method": "files", "params": []})),
            ("execute", room.url.as_str(), json!({"method": "react", "params": ["👎"]})),
            ("execute", room.url.as_str(), json!({"method": "raiseHand", "params": [true]})),
            ("execute", room.url.as_str(), json!({"method": "muteUser", "params": ["p2", "audio"]})),
        ];
        for (kind, to, body) in attempts {
            let (code, answer) = self.rebel.send(kind, &room.hyperty, to, &body)?;
            assert!(matches!(code, 403 | 404), "{kind} {body}: {answer}");
        }
        Ok(())
    }

    /// She routes and subscribes whatever she has ever routed and subscribed, and hears not a word.
    fn reads_nothing(&mut self, room: &Room, (url, token): &(String, String)) -> Result<(), Trouble> {
        let routes: Vec<&Value> = room
            .said
            .iter()
            .filter(|said| {
                said["type"] == "subscribe" && said["to"].as_str().is_some_and(|to| to.ends_with("/sm"))
            })
            .collect();
        assert!(!routes.is_empty(), "{:?}", room.said);
        for said in routes {
            self.rebel.repeat(said)?;
        }
        // Once more by the door: whoever was removed waits there.
        let mine = |said: &&Value| {
            said["type"] == "subscribe" && said["to"] == format!("{}/subscription", room.url).as_str()
        };
        if let Some(join) = room.said.iter().find(mine) {
            let (code, answer) = self.rebel.repeat(join)?;
            assert!(matches!(code, 100 | 403), "{answer}");
        }
        self.rebel.heard();
        say(&mut self.bob, "Is she gone?")?;
        self.alice.until("Alice reads", SOON, |now| lines(now, "Is she gone?") == 1)?;
        say(&mut self.alice, "I hope so.")?;
        let his = self.bob.until("Bob reads", SOON, |now| lines(now, "I hope so.") == 1)?;
        assert_eq!(lines(&his, "Boo"), 0);
        self.alice.tell(&json!({"type": "raiseHand", "up": true}))?;
        self.bob.until("Bob sees the hand", SOON, |now| now["room"]["people"][0]["hand"] == 1)?;
        self.alice.tell(&json!({"type": "setMicrophone", "on": true}))?;
        self.bob.until("Bob hears Alice", SOON, |now| tone(now, "550") > -40.0)?;
        let hers = self.eve.until("Eve hears nothing", SOON, |now| tone(now, "550") < -60.0)?;
        assert_eq!((lines(&hers, "Is she gone?"), lines(&hers, "I hope so.")), (0, 0));
        let heard = self.rebel.heard();
        let told = |word: &str| heard.iter().any(|message| message.to_string().contains(word));
        for word in ["Is she gone", "I hope so", "\"hand\"", "audioMuted"] {
            assert!(!told(word), "{word} in {heard:?}");
        }
        assert_eq!(fetch(url, token), 401, "her token is good no longer");
        Ok(())
    }
}

/// The status of a request for a file.
fn fetch(url: &str, token: &str) -> u16 {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    let agent: ureq::Agent = config.timeout_global(Some(SOON)).build().into();
    let answer = agent.get(url).header("authorization", format!("Bearer {token}")).call();
    answer.map_or(0, |answer| answer.status().as_u16())
}
