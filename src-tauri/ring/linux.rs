//! Notifications of freedesktop.org, with buttons where the desktop has them.

use notify_rust::{Hint, Notification, NotificationResponse, Timeout, Urgency};
use tokio::sync::oneshot;

use super::{Card, Pressed};

/// The icon's name in the installed package.
const ICON: &str = "confab";

/// Shows a call until it is answered, closed or no longer rings.
pub async fn ring(
    card: Card,
    silent: bool,
    stopped: oneshot::Receiver<()>,
    pressed: impl FnOnce(Pressed) + Send,
) {
    let mut notification = Notification::new();
    notification
        .appname("Confab")
        .summary(&card.title)
        .body(&card.body)
        .icon(ICON)
        .action("default", "")
        .action("accept", &card.accept)
        .action("video", &card.accept_video)
        .action("decline", &card.decline)
        .hint(Hint::Category("call.incoming".to_owned()))
        // The program rings itself, by the speaker that the user has chosen.
        .hint(Hint::SuppressSound(true))
        .urgency(if silent { Urgency::Normal } else { Urgency::Critical })
        .timeout(Timeout::Never);
    let shown = match notification.show_async().await {
        Ok(shown) => shown,
        Err(error) => return tracing::info!(%error, "this desktop shows no notifications"),
    };
    let mut answer = None;
    tokio::select! {
        () = shown.wait_for_action_async(|response| answer = meant(response)) => {}
        _ = stopped => shown.close_async().await,
    }
    if let Some(answer) = answer {
        pressed(answer);
    }
}

/// Leaves a notification that stays in the desktop's list.
pub async fn tell(card: Card, opened: impl FnOnce() + Send) {
    let mut notification = Notification::new();
    notification.appname("Confab").summary(&card.title).body(&card.body).icon(ICON).action("default", "");
    notification.hint(Hint::Category("call.unanswered".to_owned()));
    match notification.show_async().await {
        Ok(shown) => {
            let mut answer = None;
            shown.wait_for_action_async(|response| answer = meant(response)).await;
            if answer == Some(Pressed::Open) {
                opened();
            }
        }
        Err(error) => tracing::info!(%error, "this desktop shows no notifications"),
    }
}

fn meant(response: &NotificationResponse) -> Option<Pressed> {
    match response {
        NotificationResponse::Default => Some(Pressed::Open),
        NotificationResponse::Action(action) => match action.as_str() {
            "accept" => Some(Pressed::Accept),
            "video" => Some(Pressed::AcceptVideo),
            "decline" => Some(Pressed::Decline),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_button_means_its_answer_and_nothing_else_does() {
        let action = |name: &str| meant(&NotificationResponse::Action(name.to_owned()));
        assert_eq!(action("accept"), Some(Pressed::Accept));
        assert_eq!(action("video"), Some(Pressed::AcceptVideo));
        assert_eq!(action("decline"), Some(Pressed::Decline));
        assert_eq!(action("snooze"), None);
        assert_eq!(meant(&NotificationResponse::Default), Some(Pressed::Open));
    }
}
