//! The rules of a meeting, as pure functions of the room's mirrored data, the user's wishes and the media's facts.
//!
//! No message is sent and no device opened here; `core/user-agent` calls these functions and carries their results.
//!
//! | module | holds |
//! |---|---|
//! | [`roster`] | [`Roster`]: the room's data, read once into types |
//! | [`room`] | [`Rules`] of the room, its [`Private`] half for organisers, the [`RoomView`](confab_contract::RoomView) that follows |
//! | [`wishes`] | [`Wishes`]: what the user wants of microphone, camera, screen, layout |
//! | [`streams`] | [`Streams`]: one stable [`StreamId`](confab_types::StreamId) per picture |
//! | [`legs`] | [`LegKey`] and which legs are wanted |
//! | [`truth`] | [`Truth`]: the media's facts, remembered |
//! | [`stage`] | which picture is large and in which order the others stand |
//! | [`pair`] | the stage of a call between two people |
//! | [`plan`] | the [`MediaPlan`](confab_media_model::MediaPlan) that follows |
//! | [`quality`] | words for measurements |

pub mod legs;
pub mod pair;
pub mod plan;
pub mod quality;
pub mod room;
pub mod roster;
pub mod stage;
pub mod streams;
pub mod truth;
pub mod wishes;

pub use legs::{LegKey, wanted_legs};
pub use pair::{Peer, arrange_pair};
pub use room::{Private, Rules, powers, room_view};
pub use roster::{Participant, Roster};
pub use stage::{Focus, arrange};
pub use streams::{Picture, Streams};
pub use truth::{Truth, Working};
pub use wishes::Wishes;
