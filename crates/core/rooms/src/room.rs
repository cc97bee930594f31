//! One room: its object, its members, its active speaker.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_rethink::{Address, Draft, Reporter, Url};
use confab_types::{LegId, Mono};
use serde_json::Value;

use crate::member::Member;
use crate::offer::Media;

/// Least time between two changes of the active speaker: four a second.
const SPEAKER_GAP: Duration = Duration::from_millis(250);

/// One room. Members are known by their number; `p<number>` is their key.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    pub(crate) name: String,
    pub(crate) reporter: Reporter,
    pub(crate) members: BTreeMap<u32, Member>,
    /// A number is never given twice.
    given: u32,
    /// Who the media server says speaks, and when what everybody sees last changed.
    speaker: Option<u32>,
    speaker_changed: Option<Mono>,
}

/// A participant's key.
pub(crate) fn key(number: u32) -> String {
    format!("p{number}")
}

impl Room {
    pub(crate) fn new(name: String, reporter: Reporter) -> Room {
        Room { name, reporter, members: BTreeMap::new(), given: 0, speaker: None, speaker_changed: None }
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

    /// Adds a member; what everybody is told.
    pub(crate) fn add(&mut self, member: Member) -> (u32, Vec<Draft>) {
        self.given += 1;
        let number = self.given;
        let told = [
            set(&mut self.reporter, &["participants", member.user.as_str()], member.participants_entry()),
            set(&mut self.reporter, &["roster", &key(number)], member.roster_entry()),
        ];
        self.members.insert(number, member);
        (number, told.into_iter().flatten().collect())
    }

    /// Removes a member; it, and what everybody is told.
    pub(crate) fn remove(&mut self, number: u32) -> Option<(Member, Vec<Draft>)> {
        let member = self.members.remove(&number)?;
        let roster = self.reporter.remove(&["roster", &key(number)]).ok().flatten();
        // Whoever was given up is no observer any more. It is not asked to leave: it may be on its way back.
        drop(self.reporter.kick(&Address::from(&member.hyperty)));
        // Somebody may be here twice; the entry under the user then shows who is left.
        let other = self.members.values().rev().find(|other| other.user == member.user);
        let path = ["participants", member.user.as_str()];
        let participants = match other.map(Member::participants_entry) {
            Some(entry) => set(&mut self.reporter, &path, entry),
            None => self.reporter.remove(&path).ok().flatten(),
        };
        let mut told: Vec<Draft> = roster.into_iter().chain(participants).collect();
        if self.speaker == Some(number) {
            self.speaker = None;
        }
        if self.shown_speaker() == Some(key(number)) {
            told.extend(self.reporter.remove(&["activeSpeaker"]).ok().flatten());
        }
        Some((member, told))
    }

    /// Changes one field of a member's roster entry; what everybody is told.
    pub(crate) fn set_field(&mut self, number: u32, field: &str, value: impl Into<Value>) -> Option<Draft> {
        set(&mut self.reporter, &["roster", &key(number), field], value.into())
    }

    /// A leg now is what others receive of a member's media, or none is.
    pub(crate) fn publish(&mut self, number: u32, media: Media, leg: Option<LegId>) -> Vec<Draft> {
        let Some(member) = self.members.get_mut(&number) else { return Vec::new() };
        let published = member.published(media);
        if published.leg == leg {
            return Vec::new();
        }
        published.leg = leg;
        published.count += u64::from(leg.is_some());
        let count = published.count;
        let (flag, counter) = match media {
            Media::Camera => ("camera", "cameraLeg"),
            Media::Screen => ("screen", "screenLeg"),
        };
        // The number comes before and goes after the flag, so that whoever sees the flag knows the number.
        let told = match leg {
            Some(_) => [self.set_field(number, counter, count), self.set_field(number, flag, true)],
            None => {
                let flag = self.set_field(number, flag, false);
                let key = key(number);
                [flag, self.reporter.remove(&["roster", &key, counter]).ok().flatten()]
            }
        };
        told.into_iter().flatten().collect()
    }

    /// The media server says who speaks.
    pub(crate) fn hear(&mut self, speaker: Option<u32>) {
        self.speaker = speaker.filter(|number| self.members.contains_key(number));
    }

    /// What everybody is told of the speaker now, at most four times a second.
    pub(crate) fn show_speaker(&mut self, now: Mono) -> Option<Draft> {
        if self.speaker_deadline().is_none_or(|due| due > now) {
            return None;
        }
        self.speaker_changed = Some(now);
        match self.speaker {
            Some(number) => set(&mut self.reporter, &["activeSpeaker"], key(number).into()),
            None => self.reporter.remove(&["activeSpeaker"]).ok().flatten(),
        }
    }

    /// When [`Room::show_speaker`] or a member that is away is due.
    pub(crate) fn deadline(&self) -> Option<Mono> {
        let away = self.members.values().filter_map(|member| member.away_until);
        away.chain(self.speaker_deadline()).min()
    }

    fn speaker_deadline(&self) -> Option<Mono> {
        let differs = self.speaker.map(key) != self.shown_speaker();
        differs.then(|| self.speaker_changed.map_or(Mono::ZERO, |changed| changed + SPEAKER_GAP))
    }

    fn shown_speaker(&self) -> Option<String> {
        self.reporter.data()["activeSpeaker"].as_str().map(str::to_owned)
    }
}

/// Sets a value; paths that cannot be written (a user address of another form) are left out of the object.
pub(crate) fn set(reporter: &mut Reporter, keys: &[&str], value: Value) -> Option<Draft> {
    reporter.set(keys, value).ok().flatten()
}
