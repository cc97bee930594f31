//! Notifications of freedesktop.org (Desktop Notifications Specification 1.2), with buttons where the desktop has them.

use std::collections::HashMap;

use futures_util::StreamExt as _;
use tokio::sync::oneshot;
use zbus::Connection;
use zbus::proxy::SignalStream;
use zbus::zvariant::Value;

use super::{Card, Pressed};

/// The icon's name in the installed package.
const ICON: &str = "confab";
/// The action of who presses the notification itself.
const DEFAULT: (&str, &str) = ("default", "");
/// It stays until it is answered or taken away.
const NEVER: i32 = 0;

/// What the hint `urgency` may be (section "Urgency Levels").
#[derive(Clone, Copy)]
enum Urgency {
    Normal = 1,
    Critical = 2,
}

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications",
    gen_blocking = false
)]
trait Notifications {
    #[expect(clippy::too_many_arguments, reason = "the specification has so many")]
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;

    fn close_notification(&self, id: u32) -> zbus::Result<()>;
}

/// Shows a call until it is answered, closed or no longer rings.
pub async fn ring(
    card: Card,
    silent: bool,
    stopped: oneshot::Receiver<()>,
    pressed: impl FnOnce(Pressed) + Send,
) {
    let buttons =
        [DEFAULT, ("accept", &*card.accept), ("video", &*card.accept_video), ("decline", &*card.decline)];
    let urgency = if silent { Urgency::Normal } else { Urgency::Critical };
    let mut hints = hints("call.incoming", urgency);
    // The program rings itself, by the speaker that the user has chosen.
    hints.insert("suppress-sound", true.into());
    let mut shown = match Shown::show(&card, &buttons, hints).await {
        Ok(shown) => shown,
        Err(error) => return tracing::info!(%error, "this desktop shows no notifications"),
    };
    let answer = tokio::select! {
        answer = shown.answer() => answer,
        _ = stopped => return shown.close().await,
    };
    if let Some(answer) = answer {
        pressed(answer);
    }
}

/// Leaves a notification that stays in the desktop's list.
pub async fn tell(card: Card, opened: impl FnOnce() + Send) {
    match Shown::show(&card, &[DEFAULT], hints("call.unanswered", Urgency::Normal)).await {
        Ok(mut shown) => {
            if shown.answer().await == Some(Pressed::Open) {
                opened();
            }
        }
        Err(error) => tracing::info!(%error, "this desktop shows no notifications"),
    }
}

fn hints(category: &'static str, urgency: Urgency) -> HashMap<&'static str, Value<'static>> {
    HashMap::from([("category", category.into()), ("urgency", (urgency as u8).into())])
}

/// A notification that is on the screen.
struct Shown {
    id: u32,
    proxy: NotificationsProxy<'static>,
    /// All signals in one stream: a desktop tells of a pressed button and at once that the notification is closed.
    signals: SignalStream<'static>,
}

impl Shown {
    /// Listens first and shows then, so that no answer is too quick.
    async fn show(
        card: &Card,
        buttons: &[(&str, &str)],
        hints: HashMap<&str, Value<'_>>,
    ) -> zbus::Result<Shown> {
        let proxy = NotificationsProxy::new(&Connection::session().await?).await?;
        let signals = proxy.inner().receive_all_signals().await?;
        let actions: Vec<&str> = buttons.iter().flat_map(|(key, label)| [*key, *label]).collect();
        let id = proxy.notify("Confab", 0, ICON, &card.title, &card.body, &actions, hints, NEVER).await?;
        Ok(Shown { id, proxy, signals })
    }

    /// Waits for the user; nothing when it was closed without an answer.
    async fn answer(&mut self) -> Option<Pressed> {
        while let Some(signal) = self.signals.next().await {
            let body = signal.body();
            match signal.header().member().map(|member| member.as_str()) {
                Some("ActionInvoked") => match body.deserialize::<(u32, &str)>() {
                    Ok((id, action)) if id == self.id => return meant(action),
                    _ => {}
                },
                Some("NotificationClosed") => match body.deserialize::<(u32, u32)>() {
                    Ok((id, _)) if id == self.id => return None,
                    _ => {}
                },
                _ => {}
            }
        }
        None
    }

    async fn close(self) {
        if let Err(error) = self.proxy.close_notification(self.id).await {
            tracing::info!(%error, "a notification could not be taken away");
        }
    }
}

fn meant(action: &str) -> Option<Pressed> {
    match action {
        "default" => Some(Pressed::Open),
        "accept" => Some(Pressed::Accept),
        "video" => Some(Pressed::AcceptVideo),
        "decline" => Some(Pressed::Decline),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_button_means_its_answer_and_nothing_else_does() {
        assert_eq!(meant("accept"), Some(Pressed::Accept));
        assert_eq!(meant("video"), Some(Pressed::AcceptVideo));
        assert_eq!(meant("decline"), Some(Pressed::Decline));
        assert_eq!(meant("default"), Some(Pressed::Open));
        assert_eq!(meant("snooze"), None);
    }
}
