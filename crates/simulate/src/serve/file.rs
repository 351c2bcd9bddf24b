//! Answers for output files, with the faults of answers.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::mpsc;

use super::bodies::{PieceWriter, ReadyBody, ReadyContent, Wanted};
use super::site::{Answer, Site, with_body};
use crate::files::FilePlan;
use crate::write::write_file;
use crate::{Fault, SimulatedPublisher, Simulation};

/// Pieces of a body that may wait to be sent.
const PIECES_AHEAD: usize = 4;
/// Pieces that a slow body is cut into.
const SLOW_PIECES: usize = 64;

/// A file that is asked for, in one generation.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) site: Arc<Site>,
    pub(super) simulation: Arc<Simulation>,
    pub(super) publisher: usize,
    pub(super) file: usize,
}

impl Asked {
    fn publisher(&self) -> &SimulatedPublisher {
        &self.simulation.publishers()[self.publisher]
    }

    pub(super) fn file(&self) -> &FilePlan {
        &self.publisher().blueprint().files[self.file]
    }

    /// Gets the body, on a thread that may block unless it is at hand.
    async fn get(&self, wanted: Wanted) -> io::Result<ReadyBody> {
        let kept = &self.site.bodies[self.publisher][self.file];
        if let Some(ready) = kept.at_hand(self.publisher(), self.file(), &self.site.options, wanted) {
            return Ok(ready);
        }
        let asked = self.clone();
        let get = move || {
            let kept = &asked.site.bodies[asked.publisher][asked.file];
            kept.get(asked.publisher(), asked.file(), &asked.site.options, wanted)
        };
        tokio::task::spawn_blocking(get).await.map_err(io::Error::other)?
    }

    pub(super) async fn answer(&self, headers: &HeaderMap) -> Answer {
        let site = &self.site;
        let fault = self.file().fault;
        // These faults are about the plain bytes on their way, or forge the header that would announce others.
        let is_plain_only = matches!(fault, Some(Fault::CutOffBody | Fault::Slow | Fault::HeaderWithoutGzip));
        let takes_gzip =
            site.options.gzip && accepts_gzip(headers) && !is_plain_only && fault != Some(Fault::GzipWithoutHeader);
        let wanted = match (takes_gzip, is_plain_only || site.options.cache_plain) {
            (true, _) => Wanted::Gzip,
            (false, true) => Wanted::Plain,
            (false, false) => Wanted::Etag,
        };
        let ready = self.get(wanted).await?;
        if let Some(unchanged) = site.unchanged(ready.etag.as_deref(), headers) {
            return unchanged;
        }
        let content_type = match fault {
            Some(Fault::HtmlPage | Fault::WrongContentType) => "text/html; charset=utf-8",
            _ => "application/fhir+ndjson",
        };
        let answer = site.begin(ready.etag.as_deref()).header(CONTENT_TYPE, content_type);
        match (ready.content, fault) {
            (ReadyContent::Plain(plain), Some(Fault::CutOffBody)) => {
                site.log().add_body_bytes(plain.len() / 2);
                with_body(answer.header(CONTENT_LENGTH, plain.len()), cut_off(plain))
            }
            (ReadyContent::Plain(plain), Some(Fault::Slow)) => {
                site.log().add_body_bytes(plain.len());
                with_body(answer, self.dripping(plain))
            }
            (ReadyContent::Plain(plain), _) => {
                site.log().add_body_bytes(plain.len());
                let forged = fault == Some(Fault::HeaderWithoutGzip);
                let answer = if forged { answer.header(CONTENT_ENCODING, "gzip") } else { answer };
                with_body(answer, plain)
            }
            (ReadyContent::Gzip(gzip), _) => {
                site.log().add_body_bytes(gzip.len());
                with_body(answer.header(CONTENT_ENCODING, "gzip"), gzip)
            }
            (ReadyContent::Unmade, _) => with_body(answer, self.made_while_sent()),
        }
    }

    /// The plain body, made on a thread that may block, a few pieces ahead of what is sent.
    fn made_while_sent(&self) -> Body {
        let (sender, mut pieces) = mpsc::channel::<Bytes>(PIECES_AHEAD);
        let asked = self.clone();
        tokio::task::spawn_blocking(move || {
            let publisher = asked.publisher();
            let mut out = PieceWriter(sender);
            // It fails when the client has gone; nobody is left to be told.
            write_file(publisher.blueprint(), asked.file(), publisher.generation(), &mut out).ok();
        });
        let site = Arc::clone(&self.site);
        Body::from_stream(stream::poll_fn(move |context| {
            let piece = pieces.poll_recv(context);
            piece.map(|piece| {
                piece.map(|piece| {
                    site.log().add_body_bytes(piece.len());
                    Ok::<Bytes, io::Error>(piece)
                })
            })
        }))
    }

    /// The plain body in pieces with pauses between them.
    fn dripping(&self, plain: Bytes) -> Body {
        let pause = self.site.options.slow_pause;
        let piece_bytes = plain.len().div_ceil(SLOW_PIECES).max(1);
        Body::from_stream(stream::unfold((plain, true), move |(mut rest, is_first)| async move {
            if rest.is_empty() {
                return None;
            }
            if !is_first {
                tokio::time::sleep(pause).await;
            }
            let piece = rest.split_to(piece_bytes.min(rest.len()));
            Some((Ok::<Bytes, io::Error>(piece), (rest, false)))
        }))
    }
}

/// The first half of a body, then the end of the connection.
fn cut_off(plain: Bytes) -> Body {
    let half = plain.slice(..plain.len() / 2);
    Body::from_stream(stream::unfold(Some(half), |half| async move {
        match half {
            Some(half) => Some((Ok(half), None)),
            None => {
                // What was sent so far leaves before the error closes the connection.
                tokio::task::yield_now().await;
                Some((Err(io::Error::from(io::ErrorKind::ConnectionAborted)), None))
            }
        }
    }))
}

/// Whether gzip is among the encodings that a client takes.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, "q=1"));
        let is_refused = weight.trim().trim_start_matches("q=").parse() == Ok(0.0);
        matches!(name.trim(), "gzip" | "*") && !is_refused
    })
}
