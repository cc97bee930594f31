//! One room: its object, its members, its active speaker, and what it remembers.
//!
//! Whatever changes the object leaves behind what everybody is told; the conference takes and sends it.
//!
//! | file | holds |
//! |---|---|
//! | here | the object, members, published legs, the speaker |
//! | `settings`, `bans` | the door; who was in it and who may not come back |
//! | `lobby`, `invitations` | who waits, who was asked to come |
//! | `chat` | what is written |
//! | `log` | what has happened |

pub(crate) mod bans;
pub(crate) mod chat;
pub(crate) mod invitations;
pub(crate) mod lobby;
pub(crate) mod log;
pub(crate) mod settings;

use std::collections::BTreeMap;
use std::time::Duration;

use confab_rethink::{Address, Draft, Kind, Reporter, Url};
use confab_types::{LegId, Mono};
use serde_json::{Value, json};

use crate::member::Member;
use crate::offer::Media;
use crate::role::Role;
use bans::Past;
use chat::Chat;
use invitations::Invitations;
use lobby::Lobby;
use log::Log;
use settings::Settings;

/// Least time between two changes of the active speaker: four a second.
const SPEAKER_GAP: Duration = Duration::from_millis(250);

/// One room. Members are known by their number; `p<number>` is their key.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    pub(crate) name: String,
    /// Who is its organiser whenever they are in it.
    pub(crate) owner: Option<Url>,
    pub(crate) reporter: Reporter,
    pub(crate) members: BTreeMap<u32, Member>,
    /// A number is never given twice.
    given: u32,
    pub(crate) settings: Settings,
    pub(crate) lobby: Lobby,
    pub(crate) past: Past,
    pub(crate) invitations: Invitations,
    pub(crate) chat: Chat,
    /// Who has offered which file.
    pub(crate) files: BTreeMap<String, u32>,
    pub(crate) log: Log,
    /// Rulings, and hands that were raised.
    serial: u64,
    hands: u64,
    /// Whether the node has said that it does not guard who hears the room.
    pub(crate) unguarded: bool,
    /// Who the media server says speaks, and when what everybody sees last changed.
    speaker: Option<u32>,
    speaker_changed: Option<Mono>,
    told: Vec<Draft>,
}

/// A participant's key.
pub(crate) fn key(number: u32) -> String {
    format!("p{number}")
}

impl Room {
    pub(crate) fn new(name: String, owner: Option<Url>, reporter: Reporter) -> Room {
        Room {
            name,
            owner,
            reporter,
            members: BTreeMap::new(),
            given: 0,
            settings: Settings::default(),
            lobby: Lobby::default(),
            past: Past::default(),
            invitations: Invitations::default(),
            chat: Chat::default(),
            files: BTreeMap::new(),
            log: Log::default(),
            serial: 0,
            hands: 0,
            unguarded: false,
            speaker: None,
            speaker_changed: None,
            told: Vec::new(),
        }
    }

    /// Its object.
    pub(crate) fn url(&self) -> &Url {
        self.reporter.url()
    }

    /// The number of a hyperty's participant.
    pub(crate) fn number_of(&self, hyperty: &Url) -> Option<u32> {
        self.members.iter().find(|(_, member)| member.hyperty == *hyperty).map(|(&number, _)| number)
    }

    /// The participant behind a sender: the hyperty is in the roster, and is there of this user.
    pub(crate) fn caller(&self, hyperty: &Url, user: Option<&Url>) -> Option<u32> {
        let number = self.number_of(hyperty)?;
        (user == Some(&self.members[&number].user)).then_some(number)
    }

    /// The number of the organiser, when there is one.
    pub(crate) fn organiser(&self) -> Option<u32> {
        self.members.iter().find(|(_, member)| member.role == Role::Organiser).map(|(&number, _)| number)
    }

    /// Those who have power over the room.
    pub(crate) fn organisers(&self) -> impl Iterator<Item = (u32, &Member)> {
        self.members
            .iter()
            .filter(|(_, member)| member.role.organises())
            .map(|(&number, member)| (number, member))
    }

    /// Whether a participant, when there is one, has power over the room.
    pub(crate) fn organises(&self, number: u32) -> bool {
        self.members.get(&number).is_some_and(|member| member.role.organises())
    }

    /// A member for the log.
    pub(crate) fn label(&self, number: u32) -> String {
        self.members.get(&number).map(Member::label).unwrap_or_default()
    }

    /// Adds a member.
    pub(crate) fn add(&mut self, member: Member) -> u32 {
        self.given += 1;
        let number = self.given;
        self.past.hold(&member.user, member.held());
        if let Some(entry) = member.participants_entry() {
            self.set(&["participants", member.user.as_str()], entry);
        }
        self.set(&["roster", &key(number)], member.roster_entry());
        self.members.insert(number, member);
        self.show_organiser();
        number
    }

    /// Removes a member. It is not asked to leave: it may be on its way back.
    pub(crate) fn remove(&mut self, number: u32) -> Option<Member> {
        let member = self.members.remove(&number)?;
        self.unset(&["roster", &key(number)]);
        // Whoever was given up is no observer any more.
        drop(self.reporter.kick(&Address::from(&member.hyperty)));
        // Somebody may be here twice; the entry under the user then shows who is left.
        let path = ["participants", member.user.as_str()];
        let others = self.members.values().rev().filter(|other| other.user == member.user);
        match others.filter_map(Member::participants_entry).next() {
            Some(entry) => self.set(&path, entry),
            None => self.unset(&path),
        }
        if self.speaker == Some(number) {
            self.speaker = None;
        }
        if self.shown_speaker() == Some(key(number)) {
            self.unset(&["activeSpeaker"]);
        }
        self.show_organiser();
        Some(member)
    }

    /// Gives a member a role; rulings over who organises are lifted.
    pub(crate) fn give_role(&mut self, number: u32, role: Role) {
        let Some(member) = self.members.get_mut(&number) else { return };
        member.role = role;
        let (user, held) = (member.user.clone(), member.held());
        self.past.hold(&user, held);
        self.set_field(number, "role", role.word());
        if role.organises() {
            self.rule(number, "mutedByOrganiser", false);
            self.rule(number, "cameraStopped", false);
        }
        self.show_organiser();
    }

    /// Makes a ruling over a member's microphone (`mutedByOrganiser`) or camera (`cameraStopped`), or lifts it.
    pub(crate) fn rule(&mut self, number: u32, field: &str, on: bool) {
        let Some(member) = self.members.get_mut(&number) else { return };
        let (ruling, muted, wish) = match field {
            "cameraStopped" => (&mut member.camera_stopped, &mut member.video_muted, "videoMuted"),
            _ => (&mut member.muted_by_organiser, &mut member.audio_muted, "audioMuted"),
        };
        *ruling = on;
        // Lifting a ruling opens nothing.
        *muted |= on;
        let muted = *muted;
        let (user, held) = (member.user.clone(), member.held());
        self.past.hold(&user, held);
        self.set_field(number, wish, muted);
        self.set_field(number, field, on);
    }

    /// A ruling was made.
    pub(crate) fn count_ruling(&mut self) {
        self.serial += 1;
        self.set(&["serial"], self.serial.into());
    }

    /// Raises or lowers a member's hand.
    pub(crate) fn set_hand(&mut self, number: u32, up: bool) {
        let Some(member) = self.members.get_mut(&number) else { return };
        if member.hand.is_some() == up {
            return;
        }
        member.hand = up.then(|| {
            self.hands += 1;
            self.hands
        });
        match member.hand {
            Some(place) => self.set_field(number, "hand", place),
            None => self.unset(&["roster", &key(number), "hand"]),
        }
    }

    /// Changes the room's door.
    pub(crate) fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
        for (name, on) in settings.entries() {
            self.set(&[name], on.into());
        }
    }

    /// Shows an invitation as it is now, or no longer.
    pub(crate) fn show_invitation(&mut self, number: u32) {
        let key = invitations::key(number);
        match self.invitations.get(number).filter(|invitation| !invitation.hidden) {
            Some(invitation) => self.set(&["invited", &key], invitation.to_value()),
            None => self.unset(&["invited", &key]),
        }
    }

    /// Nobody is in it any more: what this company has said, shared and decided is not the next one's, but for the door of a
    /// room that belongs to somebody.
    pub(crate) fn forget_company(&mut self) {
        self.set_settings(self.lasting());
        self.past = Past::default();
        self.chat = Chat::default();
        self.files.clear();
        self.reporter.forget_children();
        self.set(&["invited"], json!({}));
        let kept = std::mem::take(&mut self.invitations).kept(self.owner.is_some());
        self.take_over(self.settings, kept);
    }

    /// The settings that the next company finds: a room that is nobody's begins as every room does, and no lock outlives the
    /// people behind it.
    pub(crate) fn lasting(&self) -> Settings {
        let lasts = self.owner.is_some();
        if lasts { Settings { locked: false, ..self.settings } } else { Settings::default() }
    }

    /// It begins with what was left of the one before.
    pub(crate) fn take_over(&mut self, settings: Settings, invitations: Invitations) {
        if self.settings != settings {
            self.set_settings(settings);
        }
        self.invitations = invitations;
        let shown: Vec<u32> = self.invitations.shown().collect();
        shown.into_iter().for_each(|number| self.show_invitation(number));
    }

    /// The room ends, and why.
    pub(crate) fn tell_end(&mut self, because: &str) {
        self.set(&["status"], "closed".into());
        self.set(&["closedBecause"], because.into());
    }

    /// What organisers are told besides the object.
    pub(crate) fn private(&self) -> Value {
        let traces = self.members.iter().filter_map(|(&number, member)| Some((key(number), member.trace()?)));
        json!({"waiting": self.lobby.to_value(), "trace": Value::Object(traces.collect())})
    }

    /// Changes one field of a member's roster entry.
    pub(crate) fn set_field(&mut self, number: u32, field: &str, value: impl Into<Value>) {
        self.set(&["roster", &key(number), field], value.into());
    }

    /// Something that is said to one member.
    pub(crate) fn signal_to(&self, hyperty: &Url, resource: &str, value: Value) -> Draft {
        Draft::new(Kind::Event, self.url(), hyperty).with("resource", resource).with("value", value)
    }

    /// Something that is said to everybody.
    pub(crate) fn signal(&self, resource: &str, value: Value) -> Draft {
        let children = self.url().children();
        Draft::new(Kind::Event, self.url(), children).with("resource", resource).with("value", value)
    }

    /// What everybody is to be told of the changes since this was asked last.
    pub(crate) fn take_told(&mut self) -> Vec<Draft> {
        std::mem::take(&mut self.told)
    }

    /// A leg now is what others receive of a member's media, or none is.
    pub(crate) fn publish(&mut self, number: u32, media: Media, leg: Option<LegId>) {
        let Some(member) = self.members.get_mut(&number) else { return };
        let published = member.published(media);
        if published.leg == leg {
            return;
        }
        published.leg = leg;
        published.count += u64::from(leg.is_some());
        let count = published.count;
        let (flag, counter) = match media {
            Media::Camera => ("camera", "cameraLeg"),
            Media::Screen => ("screen", "screenLeg"),
        };
        // The number comes before and goes after the flag, so that whoever sees the flag knows the number.
        if leg.is_some() {
            self.set_field(number, counter, count);
            self.set_field(number, flag, true);
        } else {
            self.set_field(number, flag, false);
            self.unset(&["roster", &key(number), counter]);
        }
    }

    /// The media server says who speaks.
    pub(crate) fn hear(&mut self, speaker: Option<u32>) {
        self.speaker = speaker.filter(|number| self.members.contains_key(number));
    }

    /// Tells who speaks now, at most four times a second.
    pub(crate) fn show_speaker(&mut self, now: Mono) {
        if !self.speaker_is_due(now) {
            return;
        }
        self.speaker_changed = Some(now);
        match self.speaker {
            Some(number) => self.set(&["activeSpeaker"], key(number).into()),
            None => self.unset(&["activeSpeaker"]),
        }
    }

    /// Whether [`Room::show_speaker`] has something to tell.
    pub(crate) fn speaker_is_due(&self, now: Mono) -> bool {
        self.speaker_deadline().is_some_and(|due| due <= now)
    }

    /// When something is due: the speaker, a member that is away, somebody who waits.
    pub(crate) fn deadline(&self) -> Option<Mono> {
        let away = self.members.values().filter_map(|member| member.away_until);
        away.chain(self.speaker_deadline()).chain(self.lobby.deadline()).min()
    }

    fn speaker_deadline(&self) -> Option<Mono> {
        let differs = self.speaker.map(key) != self.shown_speaker();
        differs.then(|| self.speaker_changed.map_or(Mono::ZERO, |changed| changed + SPEAKER_GAP))
    }

    fn shown_speaker(&self) -> Option<String> {
        self.reporter.data()["activeSpeaker"].as_str().map(str::to_owned)
    }

    fn show_organiser(&mut self) {
        match self.organiser() {
            Some(number) => self.set(&["organiser"], key(number).into()),
            None => self.unset(&["organiser"]),
        }
    }

    fn set(&mut self, keys: &[&str], value: Value) {
        let told = set(&mut self.reporter, keys, value);
        self.told.extend(told);
    }

    fn unset(&mut self, keys: &[&str]) {
        let told = self.reporter.remove(keys).ok().flatten();
        self.told.extend(told);
    }
}

/// Sets a value; paths that cannot be written (a user address of another form) are left out of the object.
pub(crate) fn set(reporter: &mut Reporter, keys: &[&str], value: Value) -> Option<Draft> {
    reporter.set(keys, value).ok().flatten()
}
