//! German.

use super::{Cancellation, Invitation, Words};

pub(super) const WORDS: Words = Words {
    language: "de",
    hello: ["Guten Tag,", "Guten Tag {who},"],
    somebody: "Jemand",
    sender: "{by} über Confab",
    meeting: "Besprechung: {room}",
    entry: "Besprechung {room} mit {by}",
    invitation: Invitation {
        subject: "{by} lädt Sie zur Besprechung {room} ein",
        text: "{by} lädt Sie zu einer Besprechung ein.",
        open: "Öffnen Sie diesen Link in einem Browser oder in Confab, um teilzunehmen:",
        join: "An der Besprechung teilnehmen",
        or_open: "Oder öffnen Sie {link}",
        devices: "Kamera und Mikrofon bleiben aus, bis Sie sie einschalten.",
        yours: "Dieser Link ist für Sie bestimmt: Bitte geben Sie ihn nicht weiter.",
        entry: "{by} lädt Sie zu einer Besprechung ein.\nÖffnen Sie {link}, um teilzunehmen.",
    },
    cancellation: Cancellation {
        subject: "Abgesagt: Einladung von {by} zur Besprechung {room}",
        text: "Die Einladung von {by} zu einer Besprechung wurde zurückgenommen.",
        link: "Der Link darin gilt nicht mehr. Sie müssen nichts tun.",
    },
};
