//! Fetches publishers politely and hands what they publish to a sink.
//!
//! One [`Crawler`] serves a whole process: it holds the connections, the limits that all crawl runs share and the
//! memory of which URL was asked for when. [`Crawler::crawl`] takes one publisher through one crawl run:
//!
//! 1. the manifest, page by page ([`openslots_fhir::manifest`] reads it);
//! 2. every output file, several at once: a conditional request, then the body as a stream;
//! 3. compare before parse: a 304, an equal body or an equal line costs no parse and no write;
//! 4. what differs is decoded line by line and staged with the [`RunSink`];
//! 5. the sink commits the run, all of it or nothing.
//!
//! The manifest and the first lines that are decoded of each file are held against the guides (`conformance.rs`); what
//! they break is noted beside other issues.
//!
//! What is published is hostile territory: every size, count and time is limited ([`CrawlLimits`]), URLs that a
//! publisher names lead to public addresses only (unless the operator configured a private one), and configured
//! secrets never leave the host that they are for.
//!
//! A manifest that says `requiresAccessToken: true` is answered with SMART Backend Services ([`BackendServices`]).
//!
//! Files of deletions (`deleted` in a manifest) are read before the output files; what they name is left out.
//! A chain of increments (`link` to `#pending`) is read from its root once; from then on its last page is asked
//! what comes next, and only that is read (`manifest/chain.rs`).
//!
//! [`Crawler::probe`] takes one look at a manifest, for an operator who is about to add it.
//!
//! When a publisher is due is told by [`Pace`], from what is remembered of it: the crawl itself keeps nothing but the
//! requests of the last minute.

mod access;
mod address;
mod batch;
mod body;
mod clock;
mod compare;
mod conformance;
mod context;
mod crawler;
mod deletions;
mod error;
mod examiner;
mod fetch;
mod file;
mod health;
mod hints;
mod hosts;
mod limits;
mod lines;
mod manifest;
mod messenger;
mod own_data;
mod pace;
mod politeness;
mod probe;
mod progress;
mod publisher;
mod secrets;
mod signed_url;
mod sink;
mod states;
mod target;
mod transfer;

pub use access::{BackendServices, KeyError, SigningKey};
pub use clock::{Clock, SystemClock, VirtualClock};
pub use crawler::{CrawlOptions, Crawler};
pub use error::Error;
pub use examiner::Examiner;
pub use limits::CrawlLimits;
pub use messenger::Messenger;
pub use pace::{Due, DueReason, Pace};
pub use probe::{Continuation, FetchedText, FilesOfType, ProbeFailure, ProbeReport};
pub use progress::{CrawlProgress, NoProgress};
pub use secrets::without_secrets;
pub use sink::{CrawlSink, RunSink, SinkError};
pub use target::{CrawlMemory, CrawlTarget};
