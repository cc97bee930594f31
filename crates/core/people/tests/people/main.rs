//! People machines against each other.

mod chaos;
mod hostile;
mod presence;
mod world;
