//! What happens to a publisher's packets: forwarded, heard, never decoded.

use std::time::Instant;

use confab_rooms::{MediaEvent, MediaRoomId};
use confab_sfu::{PacketIn, Track, starts_key_frame};
use confab_types::{Dbfs, LegId, MediaTime};
use str0m::rtp::RtpPacket;

use super::Engine;

impl Engine {
    pub(super) fn forward(&mut self, now: Instant, from: LegId, track: Track, packet: &RtpPacket) {
        self.wire.counters.packets_in.add(1);
        let mono = self.mono(now);
        let numbers = PacketIn {
            ssrc: *packet.header.ssrc,
            seq: *packet.seq_no,
            time: MediaTime(packet.header.timestamp),
            key: track == Track::Video && starts_key_frame(&packet.payload),
            arrived: mono,
        };
        let mut targets = std::mem::take(&mut self.targets);
        let open = self.table.forward(from, track, numbers, &mut targets);
        for (to, numbers) in targets.drain(..) {
            let mut sent = false;
            self.with(to, |leg| {
                sent = leg.forward(track, packet, numbers);
                Ok(())
            });
            if sent {
                self.wire.counters.packets_forwarded.add(1);
                // str0m stamps and sends what was written when time moves on.
                self.with(to, |leg| leg.wake(now));
            }
        }
        self.targets = targets;
        if track == Track::Audio
            && open
            && let Some(level) = packet.header.ext_vals.audio_level
        {
            self.hear(now, from, Dbfs::new(level.into()));
        }
    }

    fn hear(&mut self, now: Instant, leg: LegId, level: Dbfs) {
        self.levels.set(leg, level, now);
        let Some(room) = self.legs.get(&leg).map(|leg| leg.room) else { return };
        let mono = self.mono(now);
        if let Some(room) = self.rooms.get_mut(&room) {
            room.speaker.hear(mono, leg, level);
        }
        self.decide(now, room);
    }

    pub(super) fn hush(&mut self, leg: LegId) {
        self.levels.remove(leg);
        let room = self.legs.get(&leg).and_then(|leg| self.rooms.get_mut(&leg.room));
        if let Some(room) = room {
            room.speaker.hush(leg);
        }
    }

    pub(super) fn decide(&mut self, now: Instant, room: MediaRoomId) {
        let mono = self.mono(now);
        if let Some(leg) = self.rooms.get_mut(&room).and_then(|room| room.speaker.decide(mono)) {
            (self.sink)(MediaEvent::Speaker { room, leg });
        }
    }
}
