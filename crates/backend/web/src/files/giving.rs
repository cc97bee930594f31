//! Ranges of a file, its pieces' hashes, and how far receivers are.

use std::io::SeekFrom;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use confab_rooms::StoreEvent;
use futures_util::stream;
use serde_json::json;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::sync::OwnedSemaphorePermit;

use super::refusal::Refusal;
use super::stored::Stored;
use super::{FileStore, Visitor};

/// Bytes that are read from the disk at once.
const CHUNK: usize = 64 << 10;
const HAVE: HeaderName = HeaderName::from_static("confab-have");
const SIZE: HeaderName = HeaderName::from_static("confab-size");

/// `HEAD /files/<room>/<file>`: how much is there.
pub(super) async fn state(
    State(store): State<FileStore>,
    Path((room, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    store.enter(&room, &headers).inspect_err(|_| store.count_refused())?;
    let file = store.file(&room, &file)?;
    Ok([(HAVE, file.there().bytes.to_string()), (SIZE, file.size().to_string())].into_response())
}

/// `GET /files/<room>/<file>/pieces`.
pub(super) async fn pieces(
    State(store): State<FileStore>,
    Path((room, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    store.enter(&room, &headers).inspect_err(|_| store.count_refused())?;
    let file = store.file(&room, &file)?;
    let about = file.about();
    Ok(Json(json!({"size": about.size, "sha256": about.hash, "pieces": file.pieces()})).into_response())
}

/// `POST /files/<room>/<file>/received`: the caller has all of it, and its hash is right.
pub(super) async fn received(
    State(store): State<FileStore>,
    Path((room, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let visitor = store.enter(&room, &headers).inspect_err(|_| store.count_refused())?;
    let file = store.file(&room, &file)?;
    if !file.is_complete() {
        return Err(Refusal::Malformed);
    }
    store.tell_progress(&visitor, &file, file.size(), true);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /files/<room>/<file>`: the asked bytes as far as they are there; waits for the first one of them.
pub(super) async fn bytes(
    State(store): State<FileStore>,
    Path((room, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let visitor = store.enter(&room, &headers).inspect_err(|_| store.count_refused())?;
    let file = store.file(&room, &file)?;
    let own = visitor.places.clone().try_acquire_owned().map_err(|_| Refusal::Busy)?;
    let place = store.0.readers.clone().try_acquire_owned().map_err(|_| Refusal::Busy)?;
    let range = headers.get(header::RANGE).map(|range| range.to_str().unwrap_or_default());
    let Some((from, to)) = asked(range, file.size())? else {
        return Ok((safe_headers(), Body::empty()).into_response());
    };
    store.tell_progress(&visitor, &file, from, false);
    let Some(there) = file.beyond(from, store.0.limits.wait).await? else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    // Whoever was put out while they waited gets nothing.
    if !store.is_welcome(&visitor) {
        return Err(Refusal::WrongToken);
    }
    let end = to.min(there);
    let opened = File::open(file.path()).await;
    let mut open = opened.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Refusal::Gone,
        _ => Refusal::Broken,
    })?;
    open.seek(SeekFrom::Start(from)).await.map_err(|_| Refusal::Broken)?;
    let size = file.size();
    let whole = from == 0 && end == size && range.is_none();
    let reading = Reading { store, visitor, file, open, at: from, end, _places: [own, place] };
    let body = Body::from_stream(stream::try_unfold(reading, Reading::step));
    let length = [(header::CONTENT_LENGTH, (end - from).to_string())];
    if whole {
        return Ok((safe_headers(), length, body).into_response());
    }
    let range = [(header::CONTENT_RANGE, format!("bytes {from}-{}/{size}", end - 1))];
    Ok((StatusCode::PARTIAL_CONTENT, safe_headers(), length, range, body).into_response())
}

/// What came from somebody else is never shown by a browser as a page of ours.
fn safe_headers() -> [(HeaderName, &'static str); 6] {
    [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "no-store"),
        (header::ACCEPT_RANGES, "bytes"),
    ]
}

/// The first byte and the one after the last that were asked for; `None`: the whole of an empty file. One range with a beginning is
/// understood (RFC 9110, 14.1.2); everything else is as if nothing was said.
fn asked(range: Option<&str>, size: u64) -> Result<Option<(u64, u64)>, Refusal> {
    let bounds = range.and_then(|range| range.strip_prefix("bytes=")).and_then(|range| range.split_once('-'));
    let bounds = bounds.and_then(|(from, to)| {
        let to = if to.is_empty() { Some(u64::MAX) } else { to.parse().ok() };
        Some((from.parse::<u64>().ok()?, to?))
    });
    let (from, to) = bounds.filter(|(from, to)| from <= to).unwrap_or((0, u64::MAX));
    if size == 0 && from == 0 {
        return Ok(None);
    }
    if from >= size { Err(Refusal::Beyond(size)) } else { Ok(Some((from, to.saturating_add(1).min(size)))) }
}

/// Bytes on their way out.
struct Reading {
    store: FileStore,
    visitor: Visitor,
    file: Arc<Stored>,
    open: File,
    at: u64,
    end: u64,
    _places: [OwnedSemaphorePermit; 2],
}

impl Reading {
    async fn step(mut self) -> std::io::Result<Option<(Bytes, Reading)>> {
        if self.at >= self.end {
            return Ok(None);
        }
        if self.file.there().gone || !self.store.is_welcome(&self.visitor) {
            return Err(std::io::Error::other("the file is given no longer"));
        }
        let length = usize::try_from(self.end - self.at).unwrap_or(CHUNK).min(CHUNK);
        let mut chunk = vec![0; length];
        self.open.read_exact(&mut chunk).await?;
        self.at += length as u64;
        self.store.0.counters.given.fetch_add(length as u64, Ordering::Relaxed);
        self.store.tell_progress(&self.visitor, &self.file, self.at, false);
        Ok(Some((chunk.into(), self)))
    }
}

impl FileStore {
    fn tell_progress(&self, visitor: &Visitor, file: &Stored, bytes: u64, end: bool) {
        let receiver = &visitor.participant;
        // Senders who look at their own file are no receivers.
        if receiver == file.owner() || bytes == 0 && !end {
            return;
        }
        file.progress(receiver, bytes, end, self.now(), |bytes| {
            let (room, file) = (visitor.url.clone(), file.id().as_str().to_owned());
            self.tell(StoreEvent::Progress { room, file, receiver: receiver.clone(), bytes });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_begins_inside_the_file() {
        assert_eq!(asked(None, 10), Ok(Some((0, 10))));
        assert_eq!(asked(Some("bytes=3-"), 10), Ok(Some((3, 10))));
        assert_eq!(asked(Some("bytes=3-5"), 10), Ok(Some((3, 6))));
        assert_eq!(asked(Some("bytes=9-99"), 10), Ok(Some((9, 10))));
        assert_eq!(asked(Some("bytes=10-"), 10), Err(Refusal::Beyond(10)));
        assert_eq!(asked(Some("bytes=0-18446744073709551615"), 10), Ok(Some((0, 10))));
        assert_eq!(asked(Some("bytes=0-"), 0), Ok(None));
        for odd in ["", "bytes=-5", "bytes=5-3", "lines=1-2", "bytes=a-b", "bytes=0-1,4-5"] {
            assert_eq!(asked(Some(odd), 10), Ok(Some((0, 10))), "{odd}");
        }
    }
}
