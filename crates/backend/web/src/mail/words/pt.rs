//! Portuguese.

use super::{Cancellation, Invitation, Words};

pub(super) const WORDS: Words = Words {
    language: "pt",
    hello: ["Olá,", "Olá {who},"],
    somebody: "Alguém",
    sender: "{by} via Confab",
    meeting: "Reunião: {room}",
    entry: "Reunião {room} com {by}",
    invitation: Invitation {
        subject: "Recebeu um convite de {by} para a reunião {room}",
        text: "Recebeu um convite de {by} para uma reunião.",
        open: "Para participar, abra esta ligação num navegador ou no Confab:",
        join: "Entrar na reunião",
        or_open: "Ou abra {link}",
        devices: "A câmara e o microfone ficam desligados até que os ligue.",
        yours: "Esta ligação é só para si: não a partilhe, por favor.",
        entry: "Recebeu um convite de {by} para uma reunião.\nPara participar, abra {link}",
    },
    cancellation: Cancellation {
        subject: "Cancelado: convite de {by} para a reunião {room}",
        text: "O convite de {by} para uma reunião foi cancelado.",
        link: "A ligação que continha já não é válida. Não precisa de fazer nada.",
    },
};
