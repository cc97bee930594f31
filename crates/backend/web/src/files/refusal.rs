//! What a request is refused with.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request of the store is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No token, or one that is unknown, expired or revoked.
    WrongToken,
    /// There is no such room, or no longer.
    NoSuchRoom,
    /// There is no such file, or no longer.
    NoSuchFile,
    /// It has just gone.
    Gone,
    /// Somebody else's file.
    NotYours,
    /// Another file has this name in the store.
    Taken,
    /// The body or the query makes no sense.
    Malformed,
    /// The body did not come in time.
    Slow,
    /// More than a file may have.
    TooLarge,
    /// More than a room may have.
    RoomFull,
    /// Not what comes next: so much is there.
    Elsewhere(u64),
    /// Bytes that are beyond the file.
    Beyond(u64),
    /// The bytes are not those that were offered.
    WrongHash,
    /// Too much at once.
    Busy,
    /// The disk is full.
    DiskFull,
    /// The disk does not work.
    Broken,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, word) = match self {
            Refusal::WrongToken => (StatusCode::UNAUTHORIZED, "wrong-token"),
            Refusal::NoSuchRoom => (StatusCode::NOT_FOUND, "no-such-room"),
            Refusal::NoSuchFile => (StatusCode::NOT_FOUND, "no-such-file"),
            Refusal::Gone => (StatusCode::GONE, "gone"),
            Refusal::NotYours => (StatusCode::FORBIDDEN, "not-yours"),
            Refusal::Taken => (StatusCode::CONFLICT, "taken"),
            Refusal::Malformed => (StatusCode::BAD_REQUEST, "malformed"),
            Refusal::Slow => (StatusCode::REQUEST_TIMEOUT, "slow"),
            Refusal::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            Refusal::RoomFull => (StatusCode::PAYLOAD_TOO_LARGE, "room-full"),
            Refusal::Elsewhere(have) => {
                let body = json!({"error": "elsewhere", "have": have});
                return (StatusCode::CONFLICT, Json(body)).into_response();
            }
            Refusal::Beyond(size) => {
                let range = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
                return (StatusCode::RANGE_NOT_SATISFIABLE, range).into_response();
            }
            Refusal::WrongHash => (StatusCode::UNPROCESSABLE_ENTITY, "wrong-hash"),
            Refusal::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Refusal::DiskFull => (StatusCode::INSUFFICIENT_STORAGE, "disk-full"),
            Refusal::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "broken"),
        };
        let mut response = (status, Json(json!({"error": word}))).into_response();
        if self == Refusal::Busy {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
