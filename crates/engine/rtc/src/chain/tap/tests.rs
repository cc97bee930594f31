use super::*;

#[test]
fn gaps_count_as_missing_until_they_are_filled() {
    let mut remote = Remote { audio: true, level_extension: None, highest: None, expected: 0, received: 0 };
    let missing: Vec<u64> =
        [65_534, 65_535, 2, 1, 0, 3, 3].into_iter().map(|sequence| remote.note(sequence)).collect();
    assert_eq!(missing, [0, 0, 2, 1, 0, 0, 0]);
}

#[test]
fn a_key_frame_is_known_by_its_first_packet() {
    let check = |payload: &[u8], expected| assert_eq!(begins_key_frame(payload), expected, "{payload:02x?}");
    check(&[0x65, 1], true);
    check(&[0x67, 1], true);
    check(&[0x41, 1], false);
    check(&[0x78, 0, 2, 0x67, 1], true);
    check(&[0x78, 0, 2, 0x06, 1], false);
    check(&[0x7c, 0x85], true);
    check(&[0x7c, 0x05], false);
    check(&[0x7c, 0x81], false);
    for short in [&[][..], &[0x78], &[0x78, 0, 2], &[0x7c]] {
        check(short, false);
    }
}

#[test]
fn the_round_trip_is_what_the_report_did_not_lie_still() {
    let report =
        |last_sender_report, delay| ReceptionReport { last_sender_report, delay, ..Default::default() };
    assert_eq!(round_trip(0x0002_0000, &report(0x0001_0000, 0x8000)), Some(500.0));
    assert_eq!(round_trip(0x8000, &report(0xffff_8000, 0)), Some(1000.0));
    assert_eq!(round_trip(1, &report(0, 0)), None);
    // The clock was set back.
    assert_eq!(round_trip(0x0001_0000, &report(0x0002_0000, 0)), None);
}
