//! A server whose answers are written byte by byte, so that every fault of a publisher can be played.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a path answers.
#[derive(Debug, Clone)]
pub(in super::super) enum Script {
    /// 200 with an ETag of the body, or 304 to who knows it.
    Well(String),
    /// These bytes, then the connection is closed.
    Raw(Vec<u8>),
    /// These bytes, then nothing.
    Silent(Vec<u8>),
    /// These bytes, then the second ones again and again.
    Endless(Vec<u8>, Vec<u8>),
}

/// Publishers on one loopback address.
#[derive(Clone, Default)]
pub(in super::super) struct Server {
    pub(in super::super) base: String,
    scripts: Arc<Mutex<HashMap<String, Script>>>,
}

impl Server {
    pub(in super::super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let server = Self { base, ..Self::default() };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = accepting.clone();
                // A client that hangs up in the middle is part of the play.
                tokio::spawn(async move { server.converse(stream).await.ok() });
            }
        });
        server
    }

    pub(in super::super) fn set(&self, path: &str, script: Script) {
        self.scripts.lock().expect("whole").insert(path.to_owned(), script);
    }

    async fn converse(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut head = Vec::new();
        loop {
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if stream.read(&mut byte).await? == 0 {
                    return Ok(());
                }
                head.push(byte[0]);
            }
            let request = String::from_utf8_lossy(&head).into_owned();
            head.clear();
            let target = request.split_whitespace().nth(1).unwrap_or_default();
            let path = target.split('?').next().unwrap_or_default();
            let script = self.scripts.lock().expect("whole").get(path).cloned();
            match script.unwrap_or_else(|| Script::Raw(status(404, ""))) {
                Script::Well(body) => {
                    let tag = format!("\"{:x}\"", xxhash_rust::xxh3::xxh3_64(body.as_bytes()));
                    let answer = if request.contains(&format!("if-none-match: {tag}")) {
                        format!("HTTP/1.1 304 Not Modified\r\netag: {tag}\r\n\r\n")
                    } else {
                        let length = body.len();
                        format!("HTTP/1.1 200 OK\r\netag: {tag}\r\ncontent-length: {length}\r\n\r\n{body}")
                    };
                    stream.write_all(answer.as_bytes()).await?;
                }
                Script::Raw(bytes) => {
                    stream.write_all(&bytes).await?;
                    return stream.shutdown().await;
                }
                Script::Silent(bytes) => {
                    stream.write_all(&bytes).await?;
                    // Until the client has had enough.
                    let mut rest = Vec::new();
                    stream.read_to_end(&mut rest).await?;
                    return Ok(());
                }
                Script::Endless(bytes, again) => {
                    stream.write_all(&bytes).await?;
                    loop {
                        stream.write_all(&again).await?;
                    }
                }
            }
        }
    }
}

/// An answer with a status, further headers (each ended by CR LF) and no body.
pub(in super::super) fn status(status: u16, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Some Reason\r\nconnection: close\r\n{headers}content-length: 0\r\n\r\n").into_bytes()
}

/// A good answer with further headers and a body, the connection's end being its end.
pub(in super::super) fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{headers}\r\n").into_bytes();
    answer.extend_from_slice(body);
    answer
}
