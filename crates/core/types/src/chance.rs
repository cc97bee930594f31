//! Randomness as an argument.

use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};

/// A seeded generator: the same seed gives the same ids, jitter and choices.
///
/// With a seed from the operating system it is fit for identifiers and tokens (ChaCha12).
#[derive(Clone, Debug)]
pub struct Chance(ChaCha12Rng);

impl Chance {
    /// From 32 bytes: from the operating system in the shell.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Chance(ChaCha12Rng::from_seed(seed))
    }

    /// From a number: for tests and the lab.
    pub fn from_number(seed: u64) -> Self {
        Chance(ChaCha12Rng::seed_from_u64(seed))
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// 16 random bytes, for a version-4 UUID or a 128-bit token.
    pub fn bytes16(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A number in `0..below`; 0 when `below` is 0. The bias is below 2⁻³² for the small ranges used here.
    pub fn below(&mut self, below: u64) -> u64 {
        if below == 0 { 0 } else { self.bits() % below }
    }

    /// True with a probability of `percent` in 100.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A generator of its own for one part of the system, so that parts do not disturb each other's draws.
    pub fn fork(&mut self) -> Chance {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        Chance::from_seed(seed)
    }
}
