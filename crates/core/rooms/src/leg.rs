//! One leg: the client's Connection object, ours, and how far they are.

use confab_rethink::{Observer, Reporter, Url};
use confab_types::Mono;

use crate::media_server::{MediaError, MediaRoomId};
use crate::offer::Media;

/// How far a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LegState {
    /// The offer is awaited until then.
    Reading { until: Mono },
    /// The media server is making its answer.
    Negotiating,
    /// The answer is in our object; media may flow.
    Answered,
    /// Our object says why there is none. A client that has heard it deletes its own; one that has not, because its
    /// connection was lost, is waited for until then.
    Failed { until: Mono },
}

impl LegState {
    /// When it is given up, in the states that do not last.
    pub(crate) fn until(self) -> Option<Mono> {
        match self {
            LegState::Reading { until } | LegState::Failed { until } => Some(until),
            LegState::Negotiating | LegState::Answered => None,
        }
    }
}

/// What a negotiated leg carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Purpose {
    pub(crate) room: MediaRoomId,
    /// The participant it belongs to.
    pub(crate) owner: u32,
    pub(crate) media: Media,
    /// Whether others receive from it.
    pub(crate) publishes: bool,
}

/// One leg.
#[derive(Clone, Debug)]
pub(crate) struct Leg {
    /// The hyperty that invited us; only it may observe our object.
    pub(crate) hyperty: Url,
    /// Its object.
    pub(crate) theirs: Observer,
    /// Our object, from the answer or the failure on.
    pub(crate) ours: Option<Reporter>,
    pub(crate) state: LegState,
    /// Known once the offer was read.
    pub(crate) purpose: Option<Purpose>,
    /// How many of the client's candidates the media server has.
    pub(crate) candidates: usize,
}

/// Why a leg did not come about: the words of the protocol page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    NoSuchParticipant,
    BadSdp,
    NoCommonCodec,
    Full,
    Lost,
    /// An organiser has stopped it a moment ago.
    Forbidden,
}

impl Failure {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Failure::NoSuchParticipant => "no-such-participant",
            Failure::BadSdp => "bad-sdp",
            Failure::NoCommonCodec => "no-common-codec",
            Failure::Full => "full",
            Failure::Lost => "lost",
            Failure::Forbidden => "forbidden",
        }
    }
}

impl From<&MediaError> for Failure {
    fn from(error: &MediaError) -> Failure {
        match error {
            MediaError::NotFound => Failure::NoSuchParticipant,
            // What the engine cannot do was asked for by the offer: more tracks than a leg has.
            MediaError::BadSdp(_) | MediaError::Unsupported => Failure::BadSdp,
            MediaError::NoCommonCodec => Failure::NoCommonCodec,
            MediaError::Capacity => Failure::Full,
            MediaError::Lost => Failure::Lost,
        }
    }
}
