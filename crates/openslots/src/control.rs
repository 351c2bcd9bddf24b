//! The control socket: how commands reach the `serve` that holds their data directory.
//!
//! One connection, one exchange: a [`Request`] as a line of JSON, then an [`Answer`] as a line of JSON.
//! The socket has mode 0600: only the user that runs the service may speak to it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use openslots_crawl::NoProgress;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::data_dir::DataDir;
use crate::engine::Engine;
use crate::operations::{Reply, Request};

/// Longest request that is read, in bytes: a list of publishers of 8 MiB has room in it, escaped as JSON.
const MAX_REQUEST_BYTES: u64 = 64 << 20;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    Done(Reply),
    Refused(String),
}

/// The socket of a running `serve`; its file is removed when dropped.
pub(crate) struct ControlSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "control socket could not be removed");
        }
    }
}

impl ControlSocket {
    /// Opens the socket. The caller holds the data directory's lock, so a file left over belongs to nobody.
    pub(crate) fn open(data_dir: &DataDir) -> Result<Self> {
        let path = data_dir.control_socket();
        // Bound under a name of its own in a closed directory and renamed once its mode is right: at no moment can
        // another user connect.
        let closed = data_dir.path().join(format!(".control-{}", std::process::id()));
        let open = || -> std::io::Result<UnixListener> {
            std::fs::create_dir_all(&closed)?;
            std::fs::set_permissions(&closed, Permissions::from_mode(0o700))?;
            let inner = closed.join("socket");
            let listener = UnixListener::bind(&inner)?;
            std::fs::set_permissions(&inner, Permissions::from_mode(0o600))?;
            std::fs::rename(&inner, &path)?;
            Ok(listener)
        };
        let listener = open();
        let removed = std::fs::remove_dir_all(&closed);
        let listener = listener.with_context(|| format!("control socket {} cannot be opened", path.display()))?;
        removed.with_context(|| format!("{} cannot be removed", closed.display()))?;
        Ok(Self { listener, path })
    }

    /// Answers requests until cancelled.
    pub(crate) async fn answer(self, engine: Arc<Engine>, stop: CancellationToken) {
        let exchanges = TaskTracker::new();
        loop {
            let stream = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => accepted,
            };
            match stream {
                Ok((stream, _)) => {
                    let (engine, stop) = (Arc::clone(&engine), stop.clone());
                    exchanges.spawn(async move {
                        let exchanged = tokio::select! {
                            () = stop.cancelled() => return,
                            exchanged = exchange(stream, &engine) => exchanged,
                        };
                        if let Err(error) = exchanged {
                            tracing::warn!(%error, "control request not answered");
                        }
                    });
                }
                Err(error) => tracing::warn!(%error, "control connection not accepted"),
            }
        }
        exchanges.close();
        exchanges.wait().await;
    }
}

async fn exchange(stream: UnixStream, engine: &Arc<Engine>) -> Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut line = String::new();
    BufReader::new(reader.take(MAX_REQUEST_BYTES)).read_line(&mut line).await?;
    let answer = match serde_json::from_str::<Request>(&line) {
        Ok(request) => match engine.handle(request, Arc::new(NoProgress)).await {
            Ok(reply) => Answer::Done(reply),
            Err(error) => Answer::Refused(format!("{error:#}")),
        },
        Err(error) => Answer::Refused(format!("not a request that this version knows: {error}")),
    };
    let mut bytes = serde_json::to_vec(&answer)?;
    bytes.push(b'\n');
    writer.write_all(&bytes).await?;
    Ok(writer.shutdown().await?)
}

/// Hands a request to the `serve` behind a socket; `None` when nobody listens.
pub(crate) async fn ask(socket: &Path, request: &Request) -> Result<Option<Reply>> {
    let Ok(stream) = UnixStream::connect(socket).await else { return Ok(None) };
    let (reader, mut writer) = stream.into_split();
    let mut bytes = serde_json::to_vec(request)?;
    bytes.push(b'\n');
    writer.write_all(&bytes).await.context("the running service hung up")?;
    let mut line = String::new();
    BufReader::new(reader).read_line(&mut line).await.context("the running service hung up")?;
    match serde_json::from_str(&line).context("the running service stopped before it answered")? {
        Answer::Done(reply) => Ok(Some(reply)),
        Answer::Refused(reason) => Err(anyhow::anyhow!(reason)),
    }
}
