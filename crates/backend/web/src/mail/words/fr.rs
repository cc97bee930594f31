//! French.

use super::{Cancellation, Invitation, Words};

pub(super) const WORDS: Words = Words {
    language: "fr",
    hello: ["Bonjour,", "Bonjour {who},"],
    somebody: "Quelqu’un",
    sender: "{by} via Confab",
    meeting: "Réunion : {room}",
    entry: "Réunion {room} avec {by}",
    invitation: Invitation {
        subject: "{by} vous invite à la réunion {room}",
        text: "{by} vous invite à une réunion.",
        open: "Pour participer, ouvrez ce lien dans un navigateur ou dans Confab :",
        join: "Rejoindre la réunion",
        or_open: "Ou ouvrez {link}",
        devices: "Votre caméra et votre micro restent éteints tant que vous ne les activez pas.",
        yours: "Ce lien vous est destiné : merci de ne pas le transmettre.",
        entry: "{by} vous invite à une réunion.\nPour participer, ouvrez {link}",
    },
    cancellation: Cancellation {
        subject: "Annulée : invitation de {by} à la réunion {room}",
        text: "L’invitation de {by} à une réunion a été annulée.",
        link: "Le lien qu’elle contient n’est plus valable. Vous n’avez rien à faire.",
    },
};
