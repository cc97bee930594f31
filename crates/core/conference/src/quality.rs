//! Words for measurements.

use confab_contract::Quality;
use confab_media_model::LegStats;

/// How a leg does, in one word.
///
/// Poor: loss above 8 %, or more than a tenth of the sound invented, or a round trip above 600 ms. Fair: above 2 %, 3 % or
/// 250 ms. The limits follow what ITU-T G.113 and G.114 call acceptable for conversation.
pub fn of_leg(stats: &LegStats) -> Quality {
    let round_trip = stats.round_trip_ms.unwrap_or(0.0);
    if stats.loss > 0.08 || stats.concealed > 0.10 || round_trip > 600.0 {
        Quality::Poor
    } else if stats.loss > 0.02 || stats.concealed > 0.03 || round_trip > 250.0 {
        Quality::Fair
    } else {
        Quality::Good
    }
}

/// The worst of several, leaving out what was not measured.
pub fn worst(all: impl IntoIterator<Item = Quality>) -> Quality {
    all.into_iter().filter(|quality| *quality != Quality::Unknown).min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_and_delay_are_named_by_the_worse_of_the_two() {
        let check = |loss: f32, round_trip: f32, expected: Quality| {
            let stats = LegStats { loss, round_trip_ms: Some(round_trip), ..LegStats::default() };
            assert_eq!(of_leg(&stats), expected, "loss {loss}, round trip {round_trip}");
        };
        check(0.0, 20.0, Quality::Good);
        check(0.03, 20.0, Quality::Fair);
        check(0.0, 300.0, Quality::Fair);
        check(0.2, 20.0, Quality::Poor);
        assert_eq!(worst([Quality::Good, Quality::Unknown, Quality::Fair]), Quality::Fair);
        assert_eq!(worst([]), Quality::Unknown);
    }
}
