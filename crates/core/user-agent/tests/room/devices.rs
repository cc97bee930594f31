//! What becomes of our devices and shares in a meeting, and of controls that a room knows nothing of.

use confab_contract::{Intent, NextStep, ProblemCode, SwitchState};
use confab_media_model::{CaptureFault, DeviceFault, MediaFact};
use confab_types::SourceId;
use confab_user_agent::Input;

use crate::house::House;

fn shares() -> House {
    let mut house = House::joined("participant");
    house.intend(Intent::ShareScreen { source: Some("window:1".to_owned()) });
    assert_eq!(
        house.plan.screen.as_ref().and_then(|screen| screen.source.clone()),
        Some(SourceId::new("window:1"))
    );
    house
}

#[test]
fn a_window_that_is_closed_ends_its_share_and_nothing_has_failed() {
    let gone = [
        vec![
            MediaFact::ScreenOpened("a window".to_owned()),
            MediaFact::ScreenLost(CaptureFault::Gone),
            MediaFact::ScreenClosed,
        ],
        vec![MediaFact::ScreenFailed(DeviceFault::Missing)],
    ];
    for facts in gone {
        let mut house = shares();
        facts.into_iter().for_each(|fact| house.tell(Input::Media(fact)));
        assert_eq!((house.plan.screen.clone(), house.plan.legs.len()), (None, 2));
        assert_eq!(house.me().sharing, SwitchState::Off);
        let problem = house.problem(ProblemCode::ShareEnded).expect("it is told");
        assert_eq!((problem.next, house.problems.len()), (NextStep::Dismiss, 1));
        house.intend(Intent::ShareScreen { source: None });
        assert_eq!((house.problems.len(), house.me().sharing), (0, SwitchState::Starting));
    }
}

#[test]
fn a_capture_that_fails_is_a_problem() {
    for fact in [
        MediaFact::ScreenFailed(DeviceFault::Denied),
        MediaFact::ScreenLost(CaptureFault::Stalled),
        MediaFact::ScreenLost(CaptureFault::Driver("odd".to_owned())),
    ] {
        let mut house = shares();
        house.tell(Input::Media(fact));
        assert!(house.problem(ProblemCode::ScreenFailed).is_some());
        assert_eq!(house.plan.screen, None);
    }
}

#[test]
fn who_does_not_want_to_be_told_of_speaking_while_muted_has_the_microphone_closed() {
    let mut house = House::joined("participant");
    house.intend(Intent::SetMicrophone { on: false });
    assert!(house.plan.microphone.is_some() && house.plan.listen);
    house.intend(Intent::SetNoticeMuted { on: false });
    assert_eq!((house.plan.microphone.clone(), house.plan.listen), (None, false));
    house.intend(Intent::SetMicrophone { on: true });
    assert!(house.plan.microphone.is_some());
    assert_eq!(house.me().microphone, SwitchState::Starting);
}

#[test]
fn what_a_room_of_other_software_does_not_know_is_not_asked_of_it() {
    let mut house = House::joined("participant");
    assert!(house.room.may.react && house.room.invented_names);
    house.set(&["moderated"], false.into());
    assert!(!house.room.may.react);
    for intent in [
        Intent::RaiseHand { up: true },
        Intent::React { emoji: "👍".to_owned() },
        Intent::SetLocked { on: true },
    ] {
        house.orders.clear();
        house.intend(intent);
        assert!(house.orders.is_empty() && house.problem(ProblemCode::NotAllowed).is_some());
    }
}
