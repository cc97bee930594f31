//! Plain notifications: the answers are in the window.

use notify_rust::Notification;
use tokio::sync::oneshot;

use super::{Card, Pressed};

/// Shows that it rings. The system takes the notification away by itself; pressing it brings up the window.
pub async fn ring(
    card: Card,
    _silent: bool,
    _stopped: oneshot::Receiver<()>,
    _pressed: impl FnOnce(Pressed) + Send,
) {
    tell(card, || ()).await;
}

/// Leaves a notification.
pub async fn tell(card: Card, _opened: impl FnOnce() + Send) {
    let show =
        move || Notification::new().appname("Confab").summary(&card.title).body(&card.body).show().map(drop);
    match tokio::task::spawn_blocking(show).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::info!(%error, "this desktop shows no notifications"),
        Err(error) => tracing::warn!(%error, "a notification was not shown"),
    }
}
