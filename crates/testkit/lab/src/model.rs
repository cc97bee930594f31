//! Who must see, hear and be seen, worked out from what people did and nothing else.

/// What one person has done so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// Whether the program runs.
    pub runs: bool,
    /// The room they are in.
    pub room: Option<String>,
    /// The microphone's switch.
    pub microphone: bool,
    /// The camera's switch.
    pub camera: bool,
    /// Whether they share a screen.
    pub sharing: bool,
    /// The camera cannot be opened.
    pub camera_is_broken: bool,
}

impl Person {
    /// Somebody who has just started the program.
    pub fn new(name: &str) -> Person {
        Person {
            name: name.to_owned(),
            runs: true,
            room: None,
            microphone: true,
            camera: true,
            sharing: false,
            camera_is_broken: false,
        }
    }

    /// Whether others can see them.
    pub fn is_seen(&self) -> bool {
        self.camera && !self.camera_is_broken
    }

    /// They are in a room, or in none.
    pub fn enter(&mut self, room: Option<&str>) {
        self.room = room.map(str::to_owned);
        self.sharing = false;
    }

    /// The program ends.
    pub fn stop(&mut self) {
        let camera_is_broken = self.camera_is_broken;
        *self = Person { runs: false, camera_is_broken, ..Person::new(&self.name) };
    }
}

/// Everybody, and the rooms there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// In the order of the lab's seats.
    pub people: Vec<Person>,
    /// Rooms by name.
    pub rooms: Vec<String>,
}

impl Model {
    /// Everybody in the same room as `person`, by seat; empty when they are in none.
    pub fn company(&self, person: usize) -> Vec<usize> {
        let Some(room) = &self.people[person].room else { return Vec::new() };
        let there = |&other: &usize| self.people[other].room.as_ref() == Some(room);
        (0..self.people.len()).filter(there).filter(|&other| other != person).collect()
    }

    /// How many legs all rooms need: one to publish and one for each shared screen, and one to receive each of them.
    pub fn legs(&self) -> usize {
        let published = |person: &Person| 1 + usize::from(person.sharing);
        let of = |person: usize| {
            let others = self.company(person);
            let received: usize = others.iter().map(|&other| published(&self.people[other])).sum();
            published(&self.people[person]) + received
        };
        (0..self.people.len()).filter(|&person| self.people[person].room.is_some()).map(of).sum()
    }
}
