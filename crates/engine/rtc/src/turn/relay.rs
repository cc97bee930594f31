//! From datagrams on the loopback interface to a connection, and back.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UdpSocket, lookup_host};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::address::Address;
use super::{TurnError, frame};

/// Sockets of the library that may use one relay: one per network interface.
const SOURCES: usize = 8;
/// Datagrams that may wait for one connection; what comes beyond is lost, as on any path.
const WAITING: usize = 128;
/// From the first datagram to a usable connection.
const CONNECTING: Duration = Duration::from_secs(8);
/// Bytes in the system's send buffer: what waits there cannot be overtaken by sound.
const SEND_BUFFER: u32 = 64 * 1024;
/// Bytes written at once at most.
const BATCH: usize = 16 * 1024;
/// The largest datagram.
const DATAGRAM: usize = 65_535;

/// Until the task is dropped.
pub(super) async fn run(socket: UdpSocket, server: Address, tls: Option<TlsConnector>) {
    let socket = Arc::new(socket);
    let mut sources: HashMap<SocketAddr, mpsc::Sender<Bytes>> = HashMap::new();
    let mut connections = JoinSet::new();
    let mut buffer = vec![0; DATAGRAM];
    loop {
        let Ok((length, source)) = socket.recv_from(&mut buffer).await else {
            // A datagram of ours was refused (ICMP): no reason to stop.
            tokio::task::yield_now().await;
            continue;
        };
        if !sources.contains_key(&source) {
            if sources.len() == SOURCES {
                continue;
            }
            let (queue, queued) = mpsc::channel(WAITING);
            let (socket, server, tls) = (Arc::clone(&socket), server.clone(), tls.clone());
            connections.spawn(async move {
                if let Err(error) = carry(&socket, source, queued, &server, tls).await {
                    tracing::warn!(%error, "a turn server is not used any more");
                }
            });
            sources.insert(source, queue);
        }
        // A connection that has ended stays so: its allocation is gone with it.
        let _ = sources[&source].try_send(Bytes::copy_from_slice(&buffer[..length]));
    }
}

async fn carry(
    socket: &UdpSocket,
    source: SocketAddr,
    queued: mpsc::Receiver<Bytes>,
    server: &Address,
    tls: Option<TlsConnector>,
) -> Result<(), TurnError> {
    let late = |_| TurnError::Late;
    match tls {
        None => {
            let stream = timeout(CONNECTING, connect(server)).await.map_err(late)??;
            exchange(stream, socket, source, queued).await
        }
        Some(tls) => {
            let secure = async {
                let name = ServerName::try_from(server.host.clone())
                    .map_err(|error| TurnError::Certificate(error.to_string()))?;
                Ok::<_, TurnError>(tls.connect(name, connect(server).await?).await?)
            };
            let stream = timeout(CONNECTING, secure).await.map_err(late)??;
            exchange(stream, socket, source, queued).await
        }
    }
}

async fn connect(server: &Address) -> Result<TcpStream, TurnError> {
    let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
    for address in lookup_host((server.host.as_str(), server.port)).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_nodelay(true)?;
        socket.set_send_buffer_size(SEND_BUFFER)?;
        match socket.connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last.into())
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite,
    socket: &UdpSocket,
    source: SocketAddr,
    queued: mpsc::Receiver<Bytes>,
) -> Result<(), TurnError> {
    let (from, to) = tokio::io::split(stream);
    tokio::select! {
        ended = send(to, queued) => ended,
        ended = receive(from, socket, source) => ended,
    }
}

async fn send(mut to: impl AsyncWrite + Unpin, mut queued: mpsc::Receiver<Bytes>) -> Result<(), TurnError> {
    let mut batch = BytesMut::new();
    while let Some(message) = queued.recv().await {
        frame::put(&mut batch, &message);
        while batch.len() < BATCH
            && let Ok(message) = queued.try_recv()
        {
            frame::put(&mut batch, &message);
        }
        to.write_all(&batch).await?;
        to.flush().await?;
        batch.clear();
    }
    Ok(())
}

async fn receive(
    mut from: impl AsyncRead + Unpin,
    socket: &UdpSocket,
    source: SocketAddr,
) -> Result<(), TurnError> {
    // A message is at most 64 KiB and a header, so this does not grow without end.
    let mut stream = BytesMut::with_capacity(BATCH);
    while from.read_buf(&mut stream).await? > 0 {
        while let Some(message) = frame::take(&mut stream)? {
            // The library's socket is full or gone: lost, as on any path.
            let _ = socket.send_to(&message, source).await;
        }
    }
    Err(TurnError::Connection(std::io::ErrorKind::UnexpectedEof.into()))
}
