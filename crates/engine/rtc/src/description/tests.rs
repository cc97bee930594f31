use super::*;

const BOTH: Tracks = Tracks::Publish { audio: true, video: true };
const AUDIO: &str = "9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2";
const VIDEO: &str = "9 UDP/TLS/RTP/SAVPF 96 108\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:108 H264/90000";
const DATA: &str = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";

fn answer(audio: &str, video: &str) -> String {
    format!(
        "v=0\r\ns=-\r\na=fingerprint:sha-256 AA\r\nm=audio {audio}\r\na=extmap:3 {AUDIO_LEVEL_URI}\r\n\
         m=video {video}\r\n"
    )
}

fn peer(audio: &str, video: &str) -> String {
    answer(audio, video) + DATA
}

fn refused(result: Result<impl std::fmt::Debug, LegDown>, part: &str) {
    match result {
        Err(LegDown::BadAnswer(why)) => assert!(why.contains(part), "{why}"),
        other => panic!("{part}: {other:?}"),
    }
}

#[test]
fn a_fitting_answer_names_the_audio_level() {
    let sdp = answer("9 UDP/TLS/RTP/SAVPF 111", "9 UDP/TLS/RTP/SAVPF 108 109\r\na=recvonly");
    assert_eq!(audio_level(&sdp), Some(3));
    let agreed = Agreed { audio_level: Some(3), audio: Some(111), video: Some(108), message_limit: None };
    assert_eq!(check_answer(&sdp, BOTH, Some(3)), Ok(agreed));
}

#[test]
fn a_renumbered_audio_level_is_not_sent() {
    let sdp = answer("9 UDP/TLS/RTP/SAVPF 111", "9 UDP/TLS/RTP/SAVPF 108");
    for offered in [Some(1), None] {
        assert_eq!(check_answer(&sdp, BOTH, offered).map(|agreed| agreed.audio_level), Ok(None));
    }
}

#[test]
fn an_answer_that_would_stay_silent_is_refused() {
    let audio = "9 UDP/TLS/RTP/SAVPF 111";
    let video = "9 UDP/TLS/RTP/SAVPF 108";
    let check = |sdp: &str, tracks, part| refused(check_answer(sdp, tracks, None), part);
    check(&answer("0 UDP/TLS/RTP/SAVPF 111", video), BOTH, "audio track was refused");
    check(&answer(audio, "9 UDP/TLS/RTP/SAVPF 108\r\na=inactive"), BOTH, "video track was refused");
    check(&answer(audio, "9 UDP/TLS/RTP/SAVPF 96"), BOTH, "no common video codec");
    check(&answer(audio, video), Tracks::Publish { audio: true, video: false }, "number of tracks");
    let receive = Tracks::Receive { audio: true, video: true };
    check(&answer(audio, "9 UDP/TLS/RTP/SAVPF 108\r\na=recvonly"), receive, "video track was refused");
    check(&answer(audio, video).replace("fingerprint", "print"), BOTH, "no certificate fingerprint");
    check(&answer("9", video), BOTH, "no common audio codec");
    check("m=\r\n", BOTH, "malformed");
    check("", BOTH, "number of tracks");
    check(&"x".repeat(LIMIT + 1), BOTH, "64 KiB");
}

#[test]
fn a_peer_may_refuse_a_track_but_not_both() {
    let check = |audio: &str, video: &str| check_answer(&peer(audio, video), Tracks::Peer, None);
    let one_way = check(AUDIO, &format!("{VIDEO}\r\na=sendonly")).expect("video flows to us");
    assert_eq!((one_way.audio, one_way.video, one_way.message_limit), (Some(111), None, Some(MAX_MESSAGE)));
    let sound = check(AUDIO, "0 UDP/TLS/RTP/SAVPF 0").expect("sound flows");
    assert_eq!((sound.audio, sound.video), (Some(111), None));
    refused(check(&AUDIO.replace("9 U", "0 U"), &VIDEO.replace("9 U", "0 U")), "every track");
}

#[test]
fn the_largest_message_is_what_both_take() {
    let check = |line: &str, expected| {
        let sdp = format!("{}{line}", peer(AUDIO, VIDEO));
        let agreed = check_answer(&sdp, Tracks::Peer, None).expect("a fitting answer");
        assert_eq!(agreed.message_limit, expected, "{line}");
    };
    check("", Some(65_536));
    check("a=max-message-size:262144\r\n", Some(65_536));
    check("a=max-message-size:16384\r\n", Some(16_384));
    check("a=max-message-size:0\r\n", Some(65_536));
}

#[test]
fn an_offer_needs_one_codec_that_we_speak() {
    let room = |audio, video| Ok(Room { audio, video });
    assert_eq!(check_offer(&peer(AUDIO, VIDEO)), room(true, true));
    assert_eq!(check_offer(&peer(AUDIO, "9 X 96\r\na=rtpmap:96 VP8/90000")), room(true, false));
    assert_eq!(check_offer(&peer(AUDIO, "0 X 96\r\na=rtpmap:96 H264/90000")), room(true, false));
    refused(check_offer(&peer("9 X 0", "9 X 96\r\na=rtpmap:96 VP8/90000")), "no common codec");
    refused(check_offer(&format!("{0}{0}", peer(AUDIO, VIDEO))), "more than one audio track");
    refused(check_offer(&peer(AUDIO, VIDEO).replace("fingerprint", "print")), "fingerprint");
}

#[test]
fn an_answer_of_ours_keeps_the_numbers_of_the_offer() {
    let video = VIDEO.replace("108", "39");
    let agreed = agreed(&peer(AUDIO, &video), &peer(&AUDIO.replace("111", "96"), &video));
    let expected =
        Agreed { audio_level: Some(3), audio: Some(96), video: Some(39), message_limit: Some(MAX_MESSAGE) };
    assert_eq!(agreed, expected);
}
