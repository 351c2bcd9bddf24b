//! Each fault of a server at each stage of a crawl, into a real store: whatever happens, nothing that is held is lost,
//! the run says what went wrong, and the next good crawl heals it.

pub(super) mod server;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use openslots_crawl::NoProgress;
use openslots_model::{CrawlOutcome, CrawlRun, PublisherSlug};
use url::Url;

use super::Engine;
use crate::config;
use crate::data_dir::DataDir;
use server::{Script, Server, ok, status};

/// Where in a crawl the fault sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Manifest,
    SecondPage,
    Deletions,
    Places,
    Slots,
    ChainPage,
    IncrementSlots,
    IncrementDeletions,
}

impl Stage {
    const ALL: [Self; 8] = [
        Self::Manifest,
        Self::SecondPage,
        Self::Deletions,
        Self::Places,
        Self::Slots,
        Self::ChainPage,
        Self::IncrementSlots,
        Self::IncrementDeletions,
    ];

    const fn path(self) -> &'static str {
        match self {
            Self::Manifest => "$bulk-publish",
            Self::SecondPage => "page2",
            Self::Deletions => "deleted.ndjson",
            Self::Places => "places.ndjson",
            Self::Slots => "slots-a.ndjson",
            Self::ChainPage => "stub",
            Self::IncrementSlots => "more.ndjson",
            Self::IncrementDeletions => "more-deleted.ndjson",
        }
    }

    const fn is_of_chain(self) -> bool {
        matches!(self, Self::ChainPage | Self::IncrementSlots | Self::IncrementDeletions)
    }

    /// What becomes of a run with a fault here: what can be taken is, unless it could offer what was taken back.
    const fn outcome(self) -> CrawlOutcome {
        match self {
            Self::SecondPage | Self::Places | Self::Slots => CrawlOutcome::Partial,
            Self::Manifest | Self::Deletions | Self::ChainPage | Self::IncrementSlots | Self::IncrementDeletions => {
                CrawlOutcome::Failed
            }
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
    encoder.write_all(bytes).expect("writing to memory works");
    encoder.finish().expect("writing to memory works")
}

/// Every fault: its name, and what the server does.
fn faults() -> Vec<(&'static str, Script)> {
    let raw = |name, bytes| (name, Script::Raw(bytes));
    let html = b"<!doctype html><html><title>Sign in</title></html>";
    let packed = gzip("{\"resourceType\":\"Slot\"}\n".repeat(50).as_bytes());
    let bomb = gzip(&vec![b' '; 40 << 20]);
    vec![
        raw("no answer", vec![]),
        raw("no http", b"220 mail.example ESMTP\r\n".to_vec()),
        raw("bad request", status(400, "")),
        raw("unauthorized", status(401, "")),
        raw("forbidden", status(403, "")),
        raw("not found", status(404, "")),
        raw("gone", status(410, "")),
        raw("too many requests", status(429, "retry-after: 1\r\n")),
        raw("server error", status(500, "")),
        raw("unavailable", status(503, "retry-after: 1\r\n")),
        raw("no content", status(204, "")),
        raw("not modified, unasked", status(304, "")),
        raw("redirect to itself", status(302, "location: ?\r\n")),
        raw("redirect nowhere", status(302, "location: http://\r\n")),
        raw("redirect to a local file", status(302, "location: file:///etc/passwd\r\n")),
        raw("html", ok("", html)),
        raw("another json", ok("", b"{\"hello\":\"world\"}")),
        raw("an outcome", ok("", br#"{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}"#)),
        raw("noise", ok("", &[0xff, 0x00, 0x9f, 0x92, 0x96, b'\n'])),
        raw("cut off", ok("content-length: 5000\r\n", b"{\"resourceType\":\"Slot\",\"id\":\"h")),
        raw("cut off inside a chunk", ok("transfer-encoding: chunked\r\n", b"fff\r\n{\"resourceType\"")),
        raw("gzip cut off", ok("content-encoding: gzip\r\n", &packed[..packed.len() - 9])),
        raw("gzip damaged", ok("content-encoding: gzip\r\n", &[&packed[..20], &[0; 40]].concat())),
        raw("a bomb", ok("content-encoding: gzip\r\n", &bomb)),
        raw("an unknown encoding", ok("content-encoding: br\r\n", &[0x8b, 0x07, 0x80, 0x01])),
        raw("too large", ok("content-length: 9999999999\r\n", b"{}\n")),
        ("silence", Script::Silent(vec![])),
        ("silence in the middle", Script::Silent(ok("content-length: 5000\r\n", b"{\"resourceType\":"))),
        ("a line without end", Script::Endless(ok("", b"{"), vec![b'x'; 64 << 10])),
        ("a file without end", Script::Endless(ok("", b""), b"{\"a\":1}\n".repeat(1_000))),
    ]
}

/// What a stage may make of a fault where that is not what it makes of all others.
fn exception(stage: Stage, fault: &str) -> Option<&'static [CrawlOutcome]> {
    match (stage, fault) {
        // The chain is over: all is read again, and leads to the page that is not there.
        (Stage::ChainPage, "not found" | "gone") => Some(&[CrawlOutcome::Partial]),
        // They were asked whether they have changed.
        (Stage::ChainPage | Stage::Places, "not modified, unasked") => Some(&[CrawlOutcome::Unchanged]),
        // The files of deletions on that host are left alone as well.
        (Stage::SecondPage, "too many requests" | "unavailable") => Some(&[CrawlOutcome::Failed]),
        // So are the output files that were not under way yet; how many were is a matter of chance.
        (Stage::Places | Stage::Slots, "too many requests" | "unavailable") => {
            Some(&[CrawlOutcome::Partial, CrawlOutcome::Failed])
        }
        _ => None,
    }
}

pub(super) fn slots(name: &str, n: u32, n_busy: u32) -> String {
    (0..n)
        .map(|hour| {
            let status = if hour < n_busy { "busy" } else { "free" };
            format!(
                r#"{{"resourceType":"Slot","id":"{name}{hour}","schedule":{{"reference":"Schedule/1"}},"status":"{status}","start":"2099-01-02T{hour:02}:00:00Z","end":"2099-01-02T{hour:02}:30:00Z"}}"#
            ) + "\n"
        })
        .collect()
}

/// A publisher below a path, as all is well.
struct Play<'a> {
    server: &'a Server,
    name: String,
    stage: Stage,
}

impl Play<'_> {
    fn set(&self, path: &str, script: Script) {
        self.server.set(&format!("/{}/{path}", self.name), script);
    }

    fn set_well(&self, path: &str, body: impl Into<String>) {
        self.set(path, Script::Well(body.into()));
    }

    fn manifest_url(&self) -> Url {
        Url::parse(&format!("{}/{}/$bulk-publish", self.server.base, self.name)).expect("a URL")
    }

    /// All is well.
    fn stage(&self) {
        let entry = |kind: &str, url: &str| format!(r#"{{"type":"{kind}","url":"{url}"}}"#);
        let first = [
            entry("Location", "places.ndjson"),
            entry("Schedule", "schedules.ndjson"),
            entry("Slot", "slots-a.ndjson"),
            entry("Slot", "slots-b.ndjson"),
        ];
        let deleted = r#""deleted":[{"type":"Bundle","url":"deleted.ndjson"}]"#;
        let next = |url: &str| format!(r#""link":[{{"relation":"next","url":"{url}"}}]"#);
        self.set_well("$bulk-publish", format!(r#"{{"output":[{}],{deleted},{}}}"#, first.join(","), next("page2")));
        let more = if self.stage.is_of_chain() { format!(",{}", next("stub")) } else { String::new() };
        self.set_well("page2", format!(r#"{{"output":[{}]{more}}}"#, entry("Slot", "slots-c.ndjson")));
        self.set_well("stub", format!(r#"{{"output":[],{}}}"#, next("#pending")));
        self.set_well(
            "deleted.ndjson",
            r#"{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE","url":"Slot/zz"}}]}"#,
        );
        self.set_well("places.ndjson", "{\"resourceType\":\"Location\",\"id\":\"1\",\"name\":\"North\"}\n");
        self.set_well(
            "schedules.ndjson",
            "{\"resourceType\":\"Schedule\",\"id\":\"1\",\"actor\":[{\"reference\":\"Location/1\"}]}\n",
        );
        for name in ["a", "b", "c"] {
            self.set_well(&format!("slots-{name}.ndjson"), slots(name, 20, 0));
        }
    }

    /// The chain goes on: a slot more, and one is taken back.
    fn go_on(&self) {
        let body = r##"{"output":[{"type":"Slot","url":"more.ndjson"}],
            "deleted":[{"type":"Bundle","url":"more-deleted.ndjson"}],
            "link":[{"relation":"next","url":"stub2"}]}"##;
        self.set_well("stub", body);
        self.set_well("stub2", r##"{"output":[],"link":[{"relation":"next","url":"#pending"}]}"##);
        self.set_well("more.ndjson", slots("m", 1, 0));
        self.set_well(
            "more-deleted.ndjson",
            r#"{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE","url":"Slot/b0"}}]}"#,
        );
    }
}

pub(super) fn engine(folder: &Path) -> Arc<Engine> {
    let file = folder.join("openslots.toml");
    let text = "[crawl]\nstall_timeout = '1s'\nconnect_timeout = '1s'\nmax_file = '1MiB'\nmax_manifest = '1MiB'\n";
    std::fs::write(&file, text).expect("a written file");
    let mut settings = config::load(Some(&file), &BTreeMap::new()).expect("a good configuration");
    settings.limits.stall_timeout = std::time::Duration::from_millis(400);
    settings.limits.connect_timeout = std::time::Duration::from_millis(400);
    let data_dir = DataDir::create(&folder.join("data")).expect("a data directory");
    let lock = data_dir.try_lock().expect("a lock file").expect("nobody else is here");
    Arc::new(Engine::open(&settings, &data_dir, lock, true).expect("an engine"))
}

/// The source JSON of all slots that are held of a publisher, and how many places there are.
pub(super) fn held(engine: &Engine, slug: &PublisherSlug) -> (Vec<String>, u64) {
    let status = engine.status(slug).expect("a store").expect("a publisher");
    let mut rows = Vec::new();
    let snapshot = engine.store().snapshot().expect("a snapshot");
    snapshot.for_each_slot(|slot| rows.push(slot.row)).expect("slots");
    let number = status.publisher.number;
    let slots = engine.store().slots(&rows).expect("slots").into_iter().flatten();
    let mut lines: Vec<String> = slots.filter(|slot| slot.publisher == number).map(|slot| slot.json.clone()).collect();
    lines.sort();
    let mut n_places = 0;
    snapshot.for_each_provider_location(|_, found| n_places += u64::from(found.publisher == *slug)).expect("places");
    (lines, n_places)
}

pub(super) async fn crawl(engine: &Arc<Engine>, slug: &PublisherSlug) -> CrawlRun {
    engine.crawl_publisher(slug, true, Arc::new(NoProgress)).await.expect("a run")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_fault_at_any_stage_loses_anything() {
    let server = Server::start().await;
    let mut wrong = Vec::new();
    for (fault, script) in faults() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let engine = {
            let folder = folder.path().to_owned();
            tokio::task::spawn_blocking(move || engine(&folder)).await.expect("an engine")
        };
        for stage in Stage::ALL {
            let name = format!("{stage:?}").to_lowercase();
            let play = Play { server: &server, name: name.clone(), stage };
            let slug: PublisherSlug = name.parse().expect("a slug");
            play.stage();
            engine.put_publisher(&slug, &name, &play.manifest_url()).expect("a store");
            let first = crawl(&engine, &slug).await;
            let before = held(&engine, &slug);
            assert_eq!((first.outcome, before.0.len(), before.1), (CrawlOutcome::Updated, 60, 1), "{first:?}");
            if matches!(stage, Stage::IncrementSlots | Stage::IncrementDeletions) {
                play.go_on();
            }

            play.set(stage.path(), script.clone());
            let run = crawl(&engine, &slug).await;
            let usual = [stage.outcome()];
            let want = exception(stage, fault).unwrap_or(&usual);
            if !want.contains(&run.outcome) {
                wrong.push(format!("{fault} at {stage:?}: {} instead of {want:?}: {:?}", run.outcome, run.reason));
            }
            let failed = run.files.iter().filter(|file| file.error.is_some()).map(|file| file.url.as_str());
            let is_named = failed.chain(run.reason.as_deref()).any(|text| text.contains(stage.path()));
            if exception(stage, fault).is_none() && !is_named {
                wrong.push(format!("{fault} at {stage:?}: the reason names nothing: {:?}", run.reason));
            }
            if held(&engine, &slug) != before {
                wrong.push(format!("{fault} at {stage:?}: what is held has changed: {run:?}"));
            }

            // All is well again, and one slot is taken.
            play.stage();
            play.set_well("slots-a.ndjson", slots("a", 20, 1));
            if stage.is_of_chain() {
                play.go_on();
                play.set_well("more.ndjson", slots("m", 1, 0) + &slots("a", 1, 1));
            }
            let healed = crawl(&engine, &slug).await;
            let now = held(&engine, &slug);
            let n_busy = now.0.iter().filter(|line| line.contains("busy")).count();
            if healed.outcome != CrawlOutcome::Updated || (now.0.len(), n_busy, now.1) != (60, 1, 1) {
                wrong.push(format!(
                    "{fault} at {stage:?}: not healed: {} slots, {n_busy} busy: {healed:?}",
                    now.0.len()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
