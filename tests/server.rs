//! A publisher on loopback whose answers a test writes itself.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// A request as far as tests look at it.
pub(crate) struct Asked {
    /// Path and query, `%24` read as `$`.
    pub(crate) path: String,
    /// The value of `If-None-Match`.
    pub(crate) known_tag: Option<String>,
    /// The value of `Accept`.
    pub(crate) accept: Option<String>,
    /// Whom the client takes this for.
    pub(crate) host: String,
}

/// Answers every connection by `answer`, from threads that end with the process; the base URL, without a slash.
///
/// One request a connection: `answer` writes all of it, and an error (a client that has had enough) ends it.
pub(crate) fn serve(answer: impl Fn(&Asked, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || converse(stream, answer.as_ref()).ok());
        }
    });
    base
}

fn converse(
    mut stream: TcpStream,
    answer: &(impl Fn(&Asked, &mut TcpStream) -> std::io::Result<()> + ?Sized),
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let path = first.split_whitespace().nth(1).unwrap_or_default().replace("%24", "$");
    let mut asked = Asked { path, known_tag: None, accept: None, host: String::new() };
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim().to_owned();
        match name.to_ascii_lowercase().as_str() {
            "if-none-match" => asked.known_tag = Some(value),
            "accept" => asked.accept = Some(value),
            "host" => asked.host = value,
            _ => {}
        }
    }
    answer(&asked, &mut stream)
}

/// Writes an answer with further headers (each ended by CR LF) and a body.
pub(crate) fn respond(stream: &mut TcpStream, status: u16, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} Some Reason\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}
