//! Offering a file, putting its pieces, cancelling it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use confab_media_model::files::PIECE;
use confab_rethink::Url;
use confab_rooms::StoreEvent;
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::FileStore;
use super::offer::Offer;
use super::refusal::Refusal;
use super::stored::Stored;

/// The largest offer: 2048 hashes and some text.
const MAX_OFFER: usize = 256 << 10;
/// How long a body may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
pub(super) struct At {
    offset: u64,
}

/// `POST /files/<room>`: 201 when it is new, 200 when the same file was offered before.
pub(super) async fn offer(
    State(store): State<FileStore>,
    Path(room): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let visitor = store.enter(&room, &headers).inspect_err(|_| store.count_refused())?;
    let body = read(body, MAX_OFFER).await?;
    let offer: Offer = serde_json::from_slice(&body).map_err(|_| Refusal::Malformed)?;
    let (about, pieces) = offer.check()?;
    let path = store.0.folder.join(&room).join(about.id.as_str());
    let stored = Stored::new(about, pieces, visitor.participant.clone(), path, store.now());
    let offered = {
        let mut rooms = store.rooms();
        let known = rooms.get_mut(&room).ok_or(Refusal::NoSuchRoom)?;
        known.offer(stored, &store.0.limits)
    };
    let (file, new) = offered.inspect_err(|refusal| tracing::info!(?refusal, "a file is not taken"))?;
    if new {
        let (room, participant) = (visitor.url.clone(), visitor.participant);
        store.tell(StoreEvent::Offered { room, participant, file: file.about().to_stored() });
        if file.size() == 0 {
            store.tell_complete(visitor.url, &file);
        }
    }
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(json!({"id": file.id(), "have": file.there().bytes}))).into_response())
}

/// `PUT /files/<room>/<file>?offset=N`: exactly the piece that begins there, which must be the next one.
pub(super) async fn piece(
    State(store): State<FileStore>,
    Path((room, file)): Path<(String, String)>,
    at: Query<At>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let visitor = store.enter(&room, &headers).inspect_err(|_| store.count_refused())?;
    // The body is read whatever the answer will be: who is answered in the middle of sending hears nothing.
    let _place = store.0.pieces.acquire().await.map_err(|_| Refusal::Busy)?;
    let piece = read(body, PIECE).await?;
    if !store.is_welcome(&visitor) {
        return Err(Refusal::WrongToken);
    }
    let file = store.file(&room, &file)?;
    if *file.owner() != visitor.participant {
        store.count_refused();
        return Err(Refusal::NotYours);
    }
    let (store, offset, length) = (store.clone(), at.offset, piece.len() as u64);
    // It goes to its end though the sender is gone: they send the piece again, which must not be written at the same time.
    let taking = tokio::spawn(async move {
        match file.take(offset, piece, store.now()).await {
            Ok(have) => {
                store.0.counters.stored.fetch_add(length, Ordering::Relaxed);
                if have == file.size() {
                    store.tell_complete(visitor.url, &file);
                }
                Ok(Json(json!({"have": have})).into_response())
            }
            // The last piece was right and the whole is not: nothing that comes later can make it right.
            Err(Refusal::WrongHash) if offset + length == file.size() => {
                store.remove(&room, &file);
                Err(Refusal::WrongHash)
            }
            Err(refusal) => Err(refusal),
        }
    });
    taking.await.map_err(|_| Refusal::Broken)?
}

/// `DELETE /files/<room>/<file>`: by its sender.
pub(super) async fn cancel(
    State(store): State<FileStore>,
    Path((room, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let visitor = store.enter(&room, &headers).inspect_err(|_| store.count_refused())?;
    let file = store.file(&room, &file)?;
    if *file.owner() != visitor.participant {
        store.count_refused();
        return Err(Refusal::NotYours);
    }
    store.remove(&room, &file);
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl FileStore {
    fn tell_complete(&self, room: Url, file: &Stored) {
        self.tell(StoreEvent::Complete { room, file: file.id().as_str().to_owned() });
    }

    pub(super) fn count_refused(&self) {
        self.0.counters.refused.fetch_add(1, Ordering::Relaxed);
    }
}

/// The whole body, if it is not longer than that and comes in time.
async fn read(body: Body, limit: usize) -> Result<Bytes, Refusal> {
    let read = timeout(PATIENCE, to_bytes(body, limit)).await.map_err(|_| Refusal::Slow)?;
    read.map_err(|_| Refusal::TooLarge)
}
