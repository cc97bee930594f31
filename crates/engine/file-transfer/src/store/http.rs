//! The requests that a store understands (docs/protocol.md, section 12). Each blocks until it is answered or time is up.

use std::io::Read;
use std::time::Duration;

use confab_media_model::files::{MAX_FILE, PIECE};
use confab_media_model::{FileHash, FileId, StoreAccess};
use serde::Deserialize;
use serde_json::json;
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

/// How long a connection may take, and how long nothing may move.
const CONNECT: Duration = Duration::from_secs(5);
const STALL: Duration = Duration::from_secs(20);
/// How long an answer may take: a store makes those wait 20 s who ask for bytes that have not come yet.
const ANSWER: Duration = Duration::from_secs(40);
/// Bytes that are asked for at once.
pub(super) const WINDOW: u64 = 8 << 20;
/// The largest answer that is text, bytes: the hashes of 2048 pieces.
const MAX_TEXT: u64 = 256 << 10;

/// Where a store is, with the right to use it.
#[derive(Clone)]
pub(super) struct Place {
    agent: Agent,
    url: String,
    token: String,
}

/// Why a request did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// The token is not taken.
    #[error("token is refused")]
    Token,
    /// The file or the room is there no longer.
    #[error("file is gone")]
    Gone,
    /// Not here: so much is there.
    #[error("store has {0} bytes")]
    Elsewhere(u64),
    /// What was sent, or asked for, has another hash than was offered.
    #[error("hash is wrong")]
    WrongHash,
    /// It will never be taken.
    #[error("{0}")]
    Refused(String),
    /// It may go well another time.
    #[error("{0}")]
    Later(String),
}

/// What a store says of a file.
#[derive(Deserialize)]
pub(super) struct About {
    pub(super) size: u64,
    pub(super) sha256: FileHash,
    pub(super) pieces: Vec<FileHash>,
}

/// What is offered.
pub(super) struct Offer<'a> {
    pub(super) id: &'a FileId,
    pub(super) name: &'a str,
    pub(super) mime: &'a str,
    pub(super) size: u64,
    pub(super) modified: Option<u64>,
    pub(super) hash: FileHash,
    pub(super) pieces: &'a [FileHash],
}

#[derive(Deserialize)]
struct Have {
    have: u64,
}

impl Place {
    /// `None` when the address is not one of the web without user, query or fragment.
    pub(super) fn new(access: &StoreAccess) -> Option<Place> {
        let StoreAccess { url, token } = access;
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/[]%".contains(&byte);
        let plain = !rest.is_empty() && rest.bytes().all(fits);
        let token_fits = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        let agent = Agent::config_builder()
            .tls_config(confab_trust::http())
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .accept_encoding("identity")
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(ANSWER))
            .timeout_per_read(Some(ANSWER))
            .timeout_per_write(Some(STALL))
            .build();
        (plain && token_fits).then(|| Place { agent: agent.into(), url: url.clone(), token: token.clone() })
    }

    /// What opens it.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Announces a file; how much of it is there already.
    pub(super) fn offer(&self, offer: &Offer<'_>) -> Result<u64, Failure> {
        let mut body = json!({"id": offer.id, "name": offer.name, "mimetype": offer.mime, "size": offer.size,
            "sha256": offer.hash, "pieces": offer.pieces});
        if let Some(modified) = offer.modified {
            body["lastModified"] = modified.into();
        }
        let request = self.agent.post(&self.url).header("authorization", self.bearer());
        let have: Have = parse(check(request.send_json(body).map_err(later)?)?)?;
        Ok(have.have)
    }

    /// Puts the piece that begins there; how much is there then.
    pub(super) fn put(&self, file: &FileId, offset: u64, piece: &[u8]) -> Result<u64, Failure> {
        let request = self.agent.put(format!("{}?offset={offset}", self.at(file)));
        let request = request.header("authorization", self.bearer()).content_type("application/octet-stream");
        let have: Have = parse(check(request.send(piece).map_err(later)?)?)?;
        Ok(have.have)
    }

    /// The hashes of a file's pieces, one for each.
    pub(super) fn about(&self, file: &FileId) -> Result<About, Failure> {
        let request = self.agent.get(format!("{}/pieces", self.at(file)));
        let about: About =
            parse(check(request.header("authorization", self.bearer()).call().map_err(later)?)?)?;
        let fits = about.size <= MAX_FILE && about.size.div_ceil(PIECE as u64) == about.pieces.len() as u64;
        if fits { Ok(about) } else { Err(Failure::Refused("store names no sensible pieces".to_owned())) }
    }

    /// Bytes from there on, as many as are there and at most [`WINDOW`]; `None` when none came in time.
    pub(super) fn get(&self, file: &FileId, from: u64) -> Result<Option<impl Read + use<>>, Failure> {
        let range = format!("bytes={from}-{}", from + WINDOW - 1);
        let request = self.agent.get(self.at(file)).header("range", range);
        let response = check(request.header("authorization", self.bearer()).call().map_err(later)?)?;
        match response.status() {
            StatusCode::NO_CONTENT => Ok(None),
            StatusCode::PARTIAL_CONTENT => {
                let range = response.headers().get("content-range").and_then(|range| range.to_str().ok());
                let begins = format!("bytes {from}-");
                if !range.is_some_and(|range| range.starts_with(&begins)) {
                    return Err(Failure::Later("store gives other bytes than were asked for".to_owned()));
                }
                Ok(Some(response.into_body().into_reader().take(WINDOW)))
            }
            // The whole, which is what was asked for only at the beginning.
            StatusCode::OK if from == 0 => Ok(Some(response.into_body().into_reader().take(WINDOW))),
            status => Err(Failure::Later(format!("store answers {status}"))),
        }
    }

    /// Tells that a file is whole here.
    pub(super) fn received(&self, file: &FileId) -> Result<(), Failure> {
        let request = self.agent.post(format!("{}/received", self.at(file)));
        check(request.header("authorization", self.bearer()).send_empty().map_err(later)?).map(drop)
    }

    /// Takes a file of ours away.
    pub(super) fn delete(&self, file: &FileId) -> Result<(), Failure> {
        let request = self.agent.delete(self.at(file)).header("authorization", self.bearer());
        check(request.call().map_err(later)?).map(drop)
    }

    /// Nothing that a peer says is part of it: ids are letters, digits and hyphens.
    fn at(&self, file: &FileId) -> String {
        format!("{}/{}", self.url, file.as_str())
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

fn later(error: ureq::Error) -> Failure {
    Failure::Later(error.to_string())
}

fn check(mut response: Response<Body>) -> Result<Response<Body>, Failure> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    Err(match status {
        StatusCode::UNAUTHORIZED => Failure::Token,
        StatusCode::NOT_FOUND | StatusCode::GONE => Failure::Gone,
        StatusCode::UNPROCESSABLE_ENTITY => Failure::WrongHash,
        StatusCode::CONFLICT => {
            let text = response.body_mut().with_config().limit(MAX_TEXT).read_to_string();
            match text.ok().and_then(|text| serde_json::from_str::<Have>(&text).ok()) {
                Some(Have { have }) => Failure::Elsewhere(have),
                None => Failure::Refused("another file has this name".to_owned()),
            }
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Failure::Later(format!("store answers {status}"))
        }
        status if status.is_server_error() => Failure::Later(format!("store answers {status}")),
        // Redirects among them: the token is for one address.
        status => Failure::Refused(format!("store answers {status}")),
    })
}

fn parse<T: for<'a> Deserialize<'a>>(mut response: Response<Body>) -> Result<T, Failure> {
    let text = response.body_mut().with_config().limit(MAX_TEXT).read_to_string().map_err(later)?;
    serde_json::from_str(&text).map_err(|error| Failure::Later(format!("store says something else: {error}")))
}
