//! Connections: accepted up to a number, and closed when their clients keep them waiting.
//!
//! What a client can hold without asking for anything is bounded here; what it can ask for, in `layers`.
//! A connection costs at most the buffers of its head and of the answer's next piece, and it lasts only while its
//! client sends heads in time and takes what it has asked for.

mod connections;
mod stall;

use std::future::Future;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt;

use self::connections::{Connections, Refused};
use self::stall::StallLimited;
use crate::events::{Present, Shed};
use crate::layers::TrustedProxies;

/// How long accepting is left alone when the system has no room for another connection.
const PAUSE_AFTER_ACCEPT_ERROR: Duration = Duration::from_millis(100);
/// The smallest buffer that hyper takes, in bytes.
const MIN_BUFFER_BYTES: usize = 8_192;

/// What is sent where no connection is to be had. Written before anything is read, so it names no request.
const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n\
cache-control: no-store\r\ncontent-type: application/problem+json\r\ncontent-length: 148\r\n\r\n\
{\"type\":\"/docs#unavailable\",\"title\":\"Temporarily unavailable\",\"status\":503,\"detail\":\"too many connections \
are open; close some, or try again later\"}";

/// What connections may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerLimits {
    /// How long a client may take to send the whole head of a request, from the end of the last answer: also how long
    /// a connection without a request is kept.
    pub head_timeout: Duration,
    /// How long a client may take nothing of an answer that waits for it.
    pub write_timeout: Duration,
    /// How large the head of a request may be, in bytes.
    pub max_head_bytes: usize,
    /// How many connections may be open.
    ///
    /// A few more are taken from this machine, so that its probes are answered.
    pub max_connections: usize,
    /// How many of them one client address may have; this machine and proxies may have all.
    pub max_connections_per_address: usize,
    /// The proxies, which speak for many clients.
    pub proxies: TrustedProxies,
}

impl Default for ServerLimits {
    /// Half a minute each for a head and a stalled answer, 32 KiB a head, and fewer connections than the 1,024 open
    /// files that systems allow a process where nobody has raised it.
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            max_head_bytes: 32 * 1_024,
            max_connections: 800,
            max_connections_per_address: 100,
            proxies: TrustedProxies::default(),
        }
    }
}

/// Serves a router until `stop` is ready, then lets the answers under way come to their ends.
///
/// Each request carries its peer's address as [`ConnectInfo`].
pub async fn serve(listener: TcpListener, router: Router, limits: ServerLimits, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    let connections = Connections::new(&limits);
    // Dropped when a stop is asked for: each connection then ends after its answer.
    let (open, stopping) = watch::channel(());
    // Held by each connection until it has ended.
    let (all_ended, running) = watch::channel(());
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                tracing::error!(%error, "connection not accepted");
                tokio::time::sleep(PAUSE_AFTER_ACCEPT_ERROR).await;
                continue;
            }
        };
        let place = match connections.enter(peer.ip()) {
            Ok(place) => place,
            Err(refused) => {
                refuse(stream, refused);
                continue;
            }
        };
        let present = Present::connection();
        let answering = converse(stream, peer, router.clone(), limits.clone(), stopping.clone());
        let running = running.clone();
        tokio::spawn(async move {
            answering.await;
            drop((place, present, running));
        });
    }
    drop((listener, open, running));
    all_ended.closed().await;
}

/// Whether an error of `accept` is the matter of a connection that is gone, rather than of the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// Says that there is no room, as far as that goes without waiting.
fn refuse(stream: TcpStream, refused: Refused) {
    match refused {
        Refused::All => Shed::Connections.emit(),
        Refused::OfAddress => Shed::ConnectionsOfAddress.emit(),
    }
    // A client that cannot be told sees a connection that is closed, and that is all there is to say.
    // The socket does not block, so neither of this waits.
    let Ok(mut stream) = stream.into_std() else { return };
    stream.write_all(NO_ROOM).ok();
    // What was sent and not read would make the end a reset, and take the answer with it.
    io::copy(&mut stream.take(MIN_BUFFER_BYTES as u64), &mut io::sink()).ok();
}

/// Answers the requests of a connection, one after the other.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: ServerLimits,
    mut stopping: watch::Receiver<()>,
) {
    // Answers are written whole, so waiting to fill a packet gains nothing.
    stream.set_nodelay(true).ok();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let stream = TokioIo::new(StallLimited::new(stream, limits.write_timeout));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_header_size(limits.max_head_bytes)
        .max_buf_size(limits.max_head_bytes.max(MIN_BUFFER_BYTES))
        .serve_connection(stream, service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        // Nothing is ever sent: this is the other side being dropped.
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(client.address = %peer.ip(), %error, "connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_what_is_sent_without_room_is_right() {
        let text = std::str::from_utf8(NO_ROOM).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("\r\ncontent-length: {}", body.len())), "{}", body.len());
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["status"], 503);
    }
}
