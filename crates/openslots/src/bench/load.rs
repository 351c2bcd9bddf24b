//! Clients that ask as fast as they are answered, each over a connection of its own that is kept.
//!
//! They run in this process, so on the same cores as the service: what they take, it does not have.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{HOST, RETRY_AFTER};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::latency::Sample;

/// What is asked before counting begins, for so long.
const WARM_UP: Duration = Duration::from_secs(1);

/// Answers under load.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoadFigures {
    /// What is asked, and what goes on beside it.
    pub(super) name: String,
    pub(super) n_clients: usize,
    /// Over so many seconds.
    pub(super) seconds: f64,
    /// Answered with what was asked for, a second.
    pub(super) requests_per_second: f64,
    /// Of these answers.
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
    /// Turned away with 503; the client then waits as long as it is told to.
    pub(super) n_turned_away: u64,
}

/// How clients know that it is over.
#[derive(Debug, Default)]
pub(super) struct Stop(AtomicBool);

/// What one client saw.
#[derive(Debug, Default)]
struct Seen {
    durations: Vec<Duration>,
    n_turned_away: u64,
}

/// Asks for these paths in turn, so many clients at once, until `work` is done; the time is that of `work`.
pub(super) async fn ask_during<T>(
    name: &str,
    address: SocketAddr,
    paths: &Arc<[String]>,
    n_clients: usize,
    work: impl Future<Output = Result<T>>,
) -> Result<(LoadFigures, T)> {
    let warm = Arc::new(Stop::default());
    let stop = Arc::new(Stop::default());
    let mut clients = JoinSet::new();
    for number in 0..n_clients {
        let client = Client { address, paths: Arc::clone(paths), next: number * 7_919 };
        clients.spawn(client.ask(Arc::clone(&warm), Arc::clone(&stop)));
    }
    tokio::time::sleep(WARM_UP).await;
    warm.0.store(true, Ordering::Relaxed);
    let began = Instant::now();
    let done = work.await;
    let elapsed = began.elapsed();
    stop.0.store(true, Ordering::Relaxed);
    let mut sample = Sample::default();
    let mut n_turned_away = 0;
    while let Some(client) = clients.join_next().await {
        let seen = client.context("a client ended badly")??;
        seen.durations.into_iter().for_each(|duration| sample.add(duration, 1));
        n_turned_away += seen.n_turned_away;
    }
    let (n_answered, max_ms) = (sample.len(), sample.max_ms());
    let latency = sample.finish(name);
    let figures = LoadFigures {
        name: name.to_owned(),
        n_clients,
        seconds: elapsed.as_secs_f64(),
        requests_per_second: n_answered as f64 / elapsed.as_secs_f64(),
        p50_ms: latency.p50_ms,
        p99_ms: latency.p99_ms,
        max_ms,
        n_turned_away,
    };
    Ok((figures, done?))
}

/// The same for some time.
pub(super) async fn ask_for(
    name: &str,
    address: SocketAddr,
    paths: &Arc<[String]>,
    n_clients: usize,
    time: Duration,
) -> Result<LoadFigures> {
    let wait = async {
        tokio::time::sleep(time).await;
        Ok(())
    };
    Ok(ask_during(name, address, paths, n_clients, wait).await?.0)
}

struct Client {
    address: SocketAddr,
    paths: Arc<[String]>,
    /// Number of the path that is asked for next.
    next: usize,
}

impl Client {
    async fn ask(mut self, warm: Arc<Stop>, stop: Arc<Stop>) -> Result<Seen> {
        let mut seen = Seen::default();
        let mut connection = self.connect().await?;
        while !stop.0.load(Ordering::Relaxed) {
            let path = &self.paths[self.next % self.paths.len()];
            self.next += 1;
            let began = Instant::now();
            let request = Request::get(path.as_str()).header(HOST, self.address.to_string()).body(String::new())?;
            connection.ready().await?;
            let answer = connection.send_request(request).await.with_context(|| format!("{path} was not answered"))?;
            let (head, body) = answer.into_parts();
            read_whole(body).await?;
            // What is answered after the end is nobody's.
            let counts = warm.0.load(Ordering::Relaxed) && !stop.0.load(Ordering::Relaxed);
            match head.status {
                StatusCode::OK if counts => seen.durations.push(began.elapsed()),
                StatusCode::OK => {}
                StatusCode::SERVICE_UNAVAILABLE => {
                    seen.n_turned_away += u64::from(counts);
                    let after = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
                    tokio::time::sleep(Duration::from_secs(after.unwrap_or(1))).await;
                }
                status => bail!("{path} was answered with {status}"),
            }
        }
        Ok(seen)
    }

    async fn connect(&self) -> Result<SendRequest<String>> {
        let stream = TcpStream::connect(self.address).await.context("the service takes no connection")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends with its sender; what goes wrong is told there.
        tokio::spawn(connection);
        Ok(sender)
    }
}

async fn read_whole(mut body: Incoming) -> Result<()> {
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        frame.context("an answer was cut off")?;
    }
    Ok(())
}
