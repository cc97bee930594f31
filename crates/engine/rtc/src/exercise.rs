//! What any description from the far side goes through, for fuzzing and for the short run of it in every test. It panics when
//! a promise is broken, never because of the input.

use crate::config::Tracks;
use crate::description;

/// A session description, as an offer and as an answer to each kind of offer; whether it would do as an offer.
pub fn sdp(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let level = description::audio_level(text);
    let peer = Tracks::Peer;
    let offer = description::check_offer(text);
    if let Ok(room) = &offer {
        assert!(room.audio || room.video, "an offer without a common codec is refused");
        assert!(text.contains("fingerprint"), "nobody is let in without a fingerprint");
    }
    for (tracks, offered) in [(peer, level), (peer, None), (peer, Some(1))] {
        if let Ok(agreed) = description::check_answer(text, tracks, offered) {
            assert!(text.contains("fingerprint"), "nobody is let in without a fingerprint");
            assert!(
                agreed.audio_level.is_none() || agreed.audio_level == offered,
                "the numbers are the offer's"
            );
        }
    }
    let _ = description::agreed(text, text);
    if let Some(half) = text.get(..text.len() / 2) {
        let _ = (description::agreed(half, text), description::agreed(text, half));
    }
    offer.is_ok()
}
