//! One domain: its backend while it runs, and what outlives it.

use confab_rethink::Domain;
use confab_types::{Chance, Mono};

use crate::desk::Desk;
use crate::house::{Disk, House, Rules};

/// A domain of the lab.
pub struct Site {
    /// Its name.
    pub domain: Domain,
    /// The backend, while it runs.
    pub house: Option<House>,
    /// Counts starts of the backend.
    pub(crate) life: u32,
    pub(crate) disk: Disk,
    pub(crate) rules: Rules,
    pub(crate) desk: Desk,
}

impl Site {
    /// A domain whose backend runs, and which vouches for some others.
    pub fn open(domain: Domain, neighbours: Vec<Domain>, rules: Rules, chance: &mut Chance) -> Site {
        let desk = Desk::of(domain.clone(), neighbours);
        let mut site = Site { domain, house: None, life: 0, disk: Disk::new(), rules, desk };
        site.start(Mono::ZERO, chance);
        site
    }

    /// The backend starts with what is on disk.
    pub(crate) fn start(&mut self, now: Mono, chance: &mut Chance) {
        self.life += 1;
        let disk = std::mem::take(&mut self.disk);
        self.house = Some(House::open(self.domain.clone(), self.life, now, &self.rules, disk, chance));
    }

    /// The backend, if it is still in this life.
    pub(crate) fn house_of(&mut self, life: u32) -> Option<&mut House> {
        self.house.as_mut().filter(|house| house.life == life)
    }
}
