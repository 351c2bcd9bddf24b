//! A publisher that answers as it is told to, a sink that remembers, and what brings them together.

mod clock;
mod publisher;
mod sink;

use std::sync::Arc;
use std::time::Duration;

use openslots_crawl::{
    CrawlLimits, CrawlMemory, CrawlOptions, CrawlSink, CrawlTarget, Crawler, NoProgress, VirtualClock,
};
use openslots_model::{CrawlRun, FileReport, UnixSeconds};

use self::clock::virtual_clock;
pub(crate) use publisher::{Answer, Asked, FakePublisher, gzip, manifest};
pub(crate) use sink::{MemorySink, SinkFault};

/// A publisher, a crawler and what the crawler has left.
pub(crate) struct Scene {
    pub(crate) publisher: FakePublisher,
    pub(crate) sink: Arc<MemorySink>,
    pub(crate) crawler: Crawler,
    pub(crate) clock: VirtualClock,
    pub(crate) target: CrawlTarget,
}

impl Scene {
    /// A publisher with a manifest of these files (path, type, answer).
    pub(crate) async fn with_files(files: Vec<(&str, &str, Answer)>) -> Self {
        Self::with_limits(CrawlLimits::default(), files).await
    }

    /// The same with limits. Nothing is held against the guides: lines of tests are as short as may be.
    pub(crate) async fn with_limits(limits: CrawlLimits, files: Vec<(&str, &str, Answer)>) -> Self {
        Self::checking(0, limits, files).await
    }

    /// The same with so many lines of each file held against the guides.
    pub(crate) async fn checking(n_lines: u32, limits: CrawlLimits, files: Vec<(&str, &str, Answer)>) -> Self {
        let limits = CrawlLimits { max_checked_lines: n_lines, ..limits };
        let clock = virtual_clock();
        let publisher = FakePublisher::with_clock(clock.clone()).await;
        publisher.list(&files.iter().map(|(path, kind, _)| (*path, *kind)).collect::<Vec<_>>());
        for (path, _, answer) in files {
            publisher.answer(path, answer);
        }
        let sink = Arc::new(MemorySink::default());
        let kept = Arc::clone(&sink) as Arc<dyn CrawlSink>;
        let crawler = Crawler::with_clock(limits, kept, Arc::new(clock.clone())).expect("a crawler can be made");
        let target = CrawlTarget::new("clinic".parse().expect("a slug"), publisher.url("/$bulk-publish"));
        Self { publisher, sink, crawler, clock, target }
    }

    /// Crawls at once, whenever the last crawl was.
    pub(crate) async fn crawl(&self) -> CrawlRun {
        self.crawler.crawl(&self.target, CrawlOptions { force: true }, &NoProgress).await
    }

    /// Crawls as a schedule does, five minutes after the last crawl, with what that one has left.
    pub(crate) async fn crawl_on(&mut self) -> CrawlRun {
        self.clock.advance(Duration::from_secs(300));
        let run = self.crawler.crawl(&self.target, CrawlOptions::default(), &NoProgress).await;
        if let Some(commit) = self.sink.commits().last() {
            self.target.memory.resume = commit.resume.clone();
        }
        run
    }

    /// Crawls as a schedule does.
    pub(crate) async fn crawl_politely(&self, last_attempt_at: Option<UnixSeconds>) -> CrawlRun {
        let memory = CrawlMemory { last_attempt_at, ..self.target.memory.clone() };
        let target = CrawlTarget { memory, ..self.target.clone() };
        self.crawler.crawl(&target, CrawlOptions::default(), &NoProgress).await
    }
}

/// Accepted, unchanged and rejected lines of a file.
pub(crate) fn counts(file: &FileReport) -> [u64; 3] {
    [file.n_accepted, file.n_unchanged, file.n_rejected]
}

/// A Location, a line.
pub(crate) fn location(id: &str) -> String {
    format!(r#"{{"resourceType":"Location","id":"{id}","name":"Clinic {id}"}}"#)
}

/// A free slot of schedule `a` on an hour of a day, a line.
pub(crate) fn slot(id: u32) -> String {
    slot_of(id, "free")
}

/// A slot with a status, a line.
pub(crate) fn slot_of(id: u32, status: &str) -> String {
    let (day, hour) = (id / 24 % 28 + 1, id % 24);
    format!(
        r#"{{"resourceType":"Slot","id":"{id}","schedule":{{"reference":"Schedule/a"}},"status":"{status}","start":"2026-11-{day:02}T{hour:02}:00:00Z","end":"2026-11-{day:02}T{hour:02}:15:00Z"}}"#
    )
}

/// Lines as a file.
pub(crate) fn ndjson(lines: &[String]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
}
