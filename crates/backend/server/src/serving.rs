//! The one HTTP port: connections taken, counted and ended. A client that says nothing, or its request drop by drop, keeps no
//! place for long, and no address takes the places of all others.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use confab_backend_web::html;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep, timeout};

/// How long the head of a request may take, also while a connection waits for its next one.
const HEAD: Duration = Duration::from_secs(10);
/// How long what sends a body may take altogether. Pieces of files have a limit of their own.
const BODY: Duration = Duration::from_secs(20);
/// Connections at once.
const MOST: usize = 8_192;
/// Connections at once from one address, or one network of IPv6. Whatever comes from this machine may be a proxy for many.
const FROM_ONE: usize = 256;
/// How long to wait when the system has no more sockets.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves until it is told to stop, and then until every request is answered. Sockets go on by themselves.
pub(crate) async fn serve(listener: TcpListener, app: Router, stopped: impl Future<Output = ()>) {
    let app = app.layer(middleware::from_fn(in_time)).layer(middleware::map_response(guarded));
    let places = Places::default();
    let graceful = GracefulShutdown::new();
    let mut stopped = std::pin::pin!(stopped);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stopped => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be taken");
                sleep(PAUSE).await;
                continue;
            }
        };
        // Whoever has too many gets no answer: one would take a place, too.
        let Some(place) = places.take(peer.ip()) else { continue };
        let service = TowerToHyperService::new(app.clone().layer(Extension(ConnectInfo(peer))));
        let mut builder = Builder::new(TokioExecutor::new()).http1_only();
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
        let io = TokioIo::new(Held { stream, silent: Some(Box::pin(sleep(HEAD))), _place: place });
        let serving = graceful.watch(builder.serve_connection_with_upgrades(io, service).into_owned());
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::debug!(%peer, error, "connection broke");
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Ends requests whose body does not come.
async fn in_time(request: Request, next: Next) -> Response {
    let piece = request.uri().path().starts_with("/files/");
    if request.method() != Method::POST || piece {
        return next.run(request).await;
    }
    let answer = timeout(BODY, next.run(request)).await;
    answer.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

/// Whatever says nothing else is not kept, shown inside another page, told to other sites, or taken for something that it is not.
async fn guarded(mut response: Response) -> Response {
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    let mut usual = HeaderMap::new();
    html::guard(&mut usual, policy);
    for (name, value) in &usual {
        response.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    response
}

/// Who is connected, by address.
#[derive(Clone, Debug, Default)]
struct Places(Arc<Mutex<BTreeMap<IpAddr, usize>>>);

/// A place; it is free again when this is dropped.
#[derive(Debug)]
struct Place {
    places: Places,
    network: IpAddr,
}

impl Places {
    /// A place for one more; `None` when there are too many.
    fn take(&self, address: IpAddr) -> Option<Place> {
        let network = network(address);
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(&network).copied().unwrap_or_default();
        if taken.values().sum::<usize>() >= MOST || own >= FROM_ONE && !address.to_canonical().is_loopback() {
            tracing::warn!(%address, "too many connections");
            return None;
        }
        taken.insert(network, own + 1);
        Some(Place { places: self.clone(), network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.network) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.network);
            }
        }
    }
}

/// What counts as one address: with IPv6 everybody has many, in one network of 64 bits.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(four) => four.into(),
        IpAddr::V6(six) => Ipv6Addr::from(u128::from(six) >> 64 << 64).into(),
    }
}

/// A connection with its place, whoever it is handed on to.
struct Held {
    stream: TcpStream,
    /// How long it may go on saying nothing at all; gone with the first byte.
    silent: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl AsyncRead for Held {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        match &mut self.silent {
            Some(silent) if read.is_pending() => {
                silent.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
            _ => {
                self.silent = None;
                read
            }
        }
    }
}

impl AsyncWrite for Held {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_takes_its_places_and_no_more_and_gives_them_back() {
        let places = Places::default();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut held: Vec<Place> = (0..FROM_ONE).map(|_| places.take(ip("192.0.2.1")).unwrap()).collect();
        assert!(places.take(ip("::ffff:192.0.2.1")).is_none());
        assert!(places.take(ip("192.0.2.2")).is_some());
        held.pop();
        held.push(places.take(ip("192.0.2.1")).unwrap());
        let _six: Vec<Place> =
            (0..FROM_ONE).map(|n| places.take(ip(&format!("2001:db8::{n:x}"))).unwrap()).collect();
        assert!(places.take(ip("2001:db8::ffff:1")).is_none(), "the same network");
        let _near: Vec<Place> = (0..2 * FROM_ONE).map(|_| places.take(ip("127.0.0.1")).unwrap()).collect();
        drop(held);
        assert!(places.take(ip("192.0.2.1")).is_some());
    }

    #[test]
    fn nobody_is_served_beyond_the_last_place() {
        let places = Places::default();
        let _all: Vec<Place> =
            (0..MOST).map(|_| places.take(IpAddr::from([127, 0, 0, 1])).unwrap()).collect();
        assert!(places.take(IpAddr::from([127, 0, 0, 1])).is_none());
        assert!(places.take(IpAddr::from([192, 0, 2, 1])).is_none());
    }
}
