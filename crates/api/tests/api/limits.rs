//! What clients may take: requests, connections, time and memory.
//!
//! Times are either so short that they are over when they are waited for, or so long that they never end.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use openslots_api::server::ServerLimits;
use openslots_api::{ApiOptions, ForwardedHeader, RateLimit, RequestLimits, TrustedProxies};
use tokio::sync::Notify;

use crate::support::served::{ServedApp, receive, receive_to_end, send};
use crate::support::{Answer, TestApp};

const SOON: Duration = Duration::from_millis(20);
const NEVER: Duration = Duration::from_secs(100_000);

/// Two requests at once, and one more for each second of waiting: the slowest rate that can be set.
fn two_requests() -> RateLimit {
    RateLimit { requests_per_second: NonZeroU32::MIN, burst: NonZeroU32::new(2).unwrap() }
}

fn app_of(limits: RequestLimits) -> TestApp {
    TestApp::empty_with(ApiOptions { limits, ..ApiOptions::default() })
}

async fn ask(app: &TestApp, peer: &str, path: &str, forwarded: Option<&str>) -> Answer {
    let peer: SocketAddr = peer.parse().unwrap();
    let mut request = Request::get(path).extension(ConnectInfo(peer));
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

fn endless() -> ServerLimits {
    ServerLimits { head_timeout: NEVER, write_timeout: NEVER, ..ServerLimits::default() }
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_again() {
    let app = app_of(RequestLimits { rate: Some(two_requests()), ..RequestLimits::default() });
    let path = "/v1/scheduling/publishers";
    let first = ask(&app, "203.0.113.9:1", path, None).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(first.header("ratelimit-policy"), "\"address\";q=2;w=2");
    assert_eq!(first.header("ratelimit"), "\"address\";r=1;t=1");
    // More of them than can be earned by waiting while they are sent.
    let mut refused = None;
    for _ in 0..200 {
        let answer = ask(&app, "203.0.113.9:2", path, None).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a refusal");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(refused.header("cache-control"), "no-store");
    assert!(refused.header("ratelimit").starts_with("\"address\";r=0;t="));
    let problem = refused.json();
    assert_eq!(problem["type"], "/docs#too-many-requests");
    assert!(problem["detail"].as_str().unwrap().contains("try again in 1 s"), "{problem}");
    // Nobody else is held back for it.
    assert_eq!(ask(&app, "203.0.113.10:1", path, None).await.status, StatusCode::OK);
}

/// Whether one of many requests is refused: of more than are earned while they are sent.
async fn is_ever_refused(app: &TestApp, peer: &str, path: &str, forwarded: Option<&str>) -> bool {
    for _ in 0..100 {
        if ask(app, peer, path, forwarded).await.status == StatusCode::TOO_MANY_REQUESTS {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn this_machine_and_those_who_watch_are_never_refused() {
    let app = app_of(RequestLimits { rate: Some(two_requests()), ..RequestLimits::default() });
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert!(!is_ever_refused(&app, "203.0.113.9:1", path, None).await, "{path}");
    }
    for peer in ["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
        assert!(!is_ever_refused(&app, peer, "/nothing", None).await, "{peer}");
    }
    let unlimited = app_of(RequestLimits { rate: None, ..RequestLimits::default() });
    assert!(!is_ever_refused(&unlimited, "203.0.113.9:1", "/nothing", None).await);
}

#[tokio::test]
async fn clients_behind_a_proxy_are_counted_apart_and_forgers_are_not_believed() {
    let proxies =
        TrustedProxies { networks: vec!["127.0.0.0/8".parse().unwrap()], header: ForwardedHeader::XForwardedFor };
    let app = app_of(RequestLimits { rate: Some(two_requests()), proxies, ..RequestLimits::default() });
    let path = "/nothing";
    assert!(is_ever_refused(&app, "127.0.0.1:1", path, Some("203.0.113.9")).await);
    assert!(is_ever_refused(&app, "127.0.0.1:1", path, Some("127.0.0.1, 203.0.113.9")).await, "as if from loopback");
    assert_eq!(ask(&app, "127.0.0.1:1", path, Some("203.0.113.10")).await.status, StatusCode::NOT_FOUND);
    // One that is no proxy may write what it likes.
    for n in 0..100 {
        let answer = ask(&app, "198.51.100.1:1", path, Some(&format!("203.0.113.{n}"))).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return;
        }
    }
    panic!("a forger was never refused");
}

#[tokio::test]
async fn a_body_that_is_large_is_refused() {
    let app = app_of(RequestLimits { max_body_bytes: 10, ..RequestLimits::default() });
    let ask = async |n_bytes: usize| {
        let request = Request::get("/healthz").header("content-length", n_bytes);
        app.send(request.body(Body::from("a".repeat(n_bytes))).unwrap()).await
    };
    assert_eq!(ask(10).await.status, StatusCode::OK);
    let refused = ask(11).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused.json()["type"], "/docs#body-too-large");
}

#[tokio::test]
async fn connections_are_kept_and_each_request_knows_its_peer() {
    let app = TestApp::new();
    let served = ServedApp::start(app.router(), endless()).await;
    let mut stream = served.connect().await;
    for _ in 0..3 {
        send(&mut stream, "GET /v1/scheduling/publishers HTTP/1.1\r\nhost: a\r\n\r\n").await;
        let (status, head, body) = receive(&mut stream).await;
        assert_eq!(status, 200, "{head}");
        assert!(body.contains("flynn"));
        assert!(!head.contains("connection: close"));
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_closes_the_connection() {
    let served = ServedApp::start(TestApp::empty().router(), ServerLimits { head_timeout: SOON, ..endless() }).await;
    for half in ["", "GET /healthz HT", "GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow: ", "\r\n"] {
        let mut stream = served.connect().await;
        send(&mut stream, half).await;
        let answer = receive_to_end(&mut stream).await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{half:?}: {}", String::from_utf8_lossy(&answer));
    }
    // A connection that asks nothing more is not kept either. The first request itself may come too late.
    loop {
        let mut stream = served.connect().await;
        send(&mut stream, "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await;
        if receive_to_end(&mut stream).await.starts_with(b"HTTP/1.1 200") {
            break;
        }
    }
}

#[tokio::test]
async fn large_heads_are_refused() {
    let limits = ServerLimits { max_head_bytes: 20_000, ..endless() };
    let served = ServedApp::start(TestApp::empty().router(), limits).await;
    let long = format!("GET /healthz HTTP/1.1\r\nhost: a\r\nx-long: {}\r\n\r\n", "a".repeat(30_000));
    let many = format!("GET /healthz HTTP/1.1\r\nhost: a\r\n{}\r\n", "x-many: a\r\n".repeat(101));
    for head in [long, many] {
        let mut stream = served.connect().await;
        send(&mut stream, &head).await;
        let answer = receive_to_end(&mut stream).await;
        // The refusal may be lost where the rest of the head is still on its way; an answer never comes.
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
    }
    let mut stream = served.connect().await;
    let short = format!("GET /healthz HTTP/1.1\r\nhost: a\r\nx-long: {}\r\n\r\n", "a".repeat(15_000));
    send(&mut stream, &short).await;
    assert_eq!(receive(&mut stream).await.0, 200);
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    let dropped = Arc::new(Notify::new());
    let told = Arc::clone(&dropped);
    let endless_answer = Router::new().route(
        "/endless",
        get(async move || {
            struct Told(Arc<Notify>);
            impl Drop for Told {
                fn drop(&mut self) {
                    self.0.notify_one();
                }
            }
            let told = Told(told);
            Body::new(Endless(Box::new(told)))
        }),
    );
    let limits = ServerLimits { write_timeout: SOON, ..endless() };
    let served = ServedApp::start(endless_answer, limits).await;
    let mut stream = served.connect().await;
    send(&mut stream, "GET /endless HTTP/1.1\r\nhost: a\r\n\r\n").await;
    // Nothing is read; the answer and all that it holds are dropped all the same.
    dropped.notified().await;
}

/// A body without an end, and what it holds.
struct Endless(#[expect(dead_code, reason = "tells when the body is dropped")] Box<dyn Send + Sync>);

impl http_body::Body for Endless {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        let piece = axum::body::Bytes::from_static(&[b'a'; 4_096]);
        std::task::Poll::Ready(Some(Ok(http_body::Frame::data(piece))))
    }
}

#[tokio::test]
async fn connections_are_bounded_and_this_machine_is_still_answered() {
    let limits = ServerLimits { max_connections: 2, ..endless() };
    let served = ServedApp::start(TestApp::empty().router(), limits).await;
    let healthz = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
    // A few more than the two are this machine's, and then there are no more.
    let mut held = Vec::new();
    for _ in 0..18 {
        let mut stream = served.connect().await;
        send(&mut stream, healthz).await;
        assert_eq!(receive(&mut stream).await.0, 200);
        held.push(stream);
    }
    let mut refused = served.connect().await;
    let (status, head, body) = receive(&mut refused).await;
    assert_eq!(status, 503, "{head}");
    assert!(head.contains("retry-after: 5"), "{head}");
    assert!(body.contains("too many connections"), "{body}");
    assert_eq!(receive_to_end(&mut refused).await, b"");
    // Those that are there go on, and when one ends there is room again.
    let mut stream = held.remove(0);
    send(&mut stream, "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(receive_to_end(&mut stream).await.starts_with(b"HTTP/1.1 200"));
    loop {
        // Its place is given back just after it is closed.
        let mut stream = served.connect().await;
        send(&mut stream, healthz).await;
        if receive_status(&mut stream).await == Some(200) {
            break;
        }
    }
}

/// The status of what comes, if anything comes before the connection is reset.
async fn receive_status(stream: &mut tokio::net::TcpStream) -> Option<u16> {
    use tokio::io::AsyncReadExt;
    let mut line = [0; 12];
    stream.read_exact(&mut line).await.ok()?;
    std::str::from_utf8(&line).ok()?.split_whitespace().nth(1)?.parse().ok()
}

#[tokio::test]
async fn a_stop_lets_answers_come_to_their_end_and_no_more_begin() {
    let (entered, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (of_entered, of_go_on) = (Arc::clone(&entered), Arc::clone(&go_on));
    let router = Router::new().route(
        "/slow",
        get(async move || {
            of_entered.notify_one();
            of_go_on.notified().await;
            "done"
        }),
    );
    let served = ServedApp::start(router, endless()).await;
    let address = served.address;
    let (mut idle, mut busy) = (served.connect().await, served.connect().await);
    send(&mut busy, "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await;
    entered.notified().await;
    let ended = served.stop();
    assert_eq!(receive_to_end(&mut idle).await, b"", "a connection without a request is closed at once");
    assert!(!ended.is_finished());
    go_on.notify_one();
    let answer = receive_to_end(&mut busy).await;
    assert!(answer.ends_with(b"done"), "{}", String::from_utf8_lossy(&answer));
    ended.await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
