//! Crawls of simulated publishers: what is recorded is what was injected, no more and no less.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use openslots_crawl::{CrawlLimits, CrawlOptions, CrawlSink, CrawlTarget, Crawler, NoProgress};
use openslots_model::{CrawlOutcome, CrawlRun, FileOutcome, IssueCode};
use openslots_simulate::{ExpectedPublisher, Fault, ServeOptions, Simulation, SimulationPlan, SimulationServer, serve};
use tokio::net::TcpListener;

use crate::support::MemorySink;

async fn serve_plan(plan: SimulationPlan) -> (Arc<Simulation>, SimulationServer) {
    let simulation = Arc::new(Simulation::new(plan).expect("a possible plan"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let options = ServeOptions { slow_pause: Duration::ZERO, gzip_level: 1, ..Default::default() };
    let server = serve(Arc::clone(&simulation), listener, options).await.expect("served");
    (simulation, server)
}

struct Reader {
    sink: Arc<MemorySink>,
    crawler: Crawler,
    target: CrawlTarget,
}

impl Reader {
    fn of(server: &SimulationServer, expected: &ExpectedPublisher) -> Self {
        let sink = Arc::new(MemorySink::default());
        let as_sink = Arc::clone(&sink) as Arc<dyn CrawlSink>;
        let crawler = Crawler::new(CrawlLimits::default(), as_sink).expect("a crawler can be made");
        let manifest_url = server.manifest_url(expected.publisher.as_str()).parse().expect("a URL");
        let slug = expected.publisher.clone();
        let target = CrawlTarget::new(slug, manifest_url);
        Self { sink, crawler, target }
    }

    async fn crawl(&self) -> CrawlRun {
        self.crawler.crawl(&self.target, CrawlOptions { force: true }, &NoProgress).await
    }

    /// Issues of a file by code, those of its lines and its own, apart from what the guides have against it.
    fn issues(&self, index: usize, url: &str) -> BTreeMap<IssueCode, u64> {
        let mut counts = BTreeMap::new();
        let of_lines = self.sink.issues(index as u32);
        let of_file = self.sink.last_commit().issues.into_iter().filter(|issue| issue.file == url);
        let injected = of_lines.into_iter().chain(of_file).filter(|issue| !issue.code.is_sampled());
        for issue in injected {
            *counts.entry(issue.code).or_default() += 1;
        }
        counts
    }
}

fn plan(faults: Vec<Fault>) -> SimulationPlan {
    let start_date = "2026-11-23".parse().expect("a date");
    SimulationPlan { n_publishers: 16, n_slots: 6_000, faults, ..SimulationPlan::small(7, start_date) }
}

#[tokio::test]
async fn every_injected_fault_is_recorded_and_nothing_else() {
    let (simulation, server) = serve_plan(plan(Fault::ALL.to_vec())).await;
    let mut n_faults = 0;
    for expected in simulation.expected() {
        let reader = Reader::of(&server, &expected);
        let run = reader.crawl().await;
        if !expected.is_manifest_readable {
            assert_eq!(run.outcome, CrawlOutcome::Failed, "{run:?}");
            continue;
        }
        let paths: Vec<_> = run.files.iter().map(|file| file.url.clone()).collect();
        assert_eq!(paths.len(), expected.files.len());
        for (index, (file, want)) in run.files.iter().zip(&expected.files).enumerate() {
            let what = format!("{} of {}: {:?} {:?}", want.path, expected.publisher, want.fault, file.error);
            assert!(file.url.ends_with(&want.path), "{what}: {}", file.url);
            assert_eq!(file.outcome != FileOutcome::Failed, want.is_readable, "{what}");
            let n_rejected = if want.is_readable { want.n_rejected } else { 0 };
            assert_eq!((file.n_accepted, file.n_rejected), (want.n_accepted, n_rejected), "{what}");
            // Which of several lines with one id counts is for the store to say.
            let wanted = want.issues.iter().copied().filter(|(code, _)| *code != IssueCode::DuplicateId);
            if want.is_readable || run.outcome != CrawlOutcome::Failed {
                assert_eq!(reader.issues(index, &file.url), wanted.collect(), "{what}");
            }
            n_faults += usize::from(want.fault.is_some());
        }
    }
    assert!(n_faults > 30, "{n_faults} faults were in files that could be reached");
}

#[tokio::test]
async fn a_sound_world_is_taken_whole_and_then_only_its_changes() {
    let (simulation, server) = serve_plan(SimulationPlan { n_publishers: 2, ..plan(vec![]) }).await;
    for expected in simulation.expected() {
        let reader = Reader::of(&server, &expected);
        let n_lines: u64 = expected.files.iter().map(|file| file.n_accepted).sum();

        let first = reader.crawl().await;
        assert_eq!((first.outcome, first.n_lines()), (CrawlOutcome::Updated, (n_lines, 0, 0)), "{first:?}");

        // Asked whether they have changed, then sent again.
        for answered in [true, false] {
            server.answer_conditions(answered);
            let again = reader.crawl().await;
            assert_eq!((again.outcome, again.n_lines()), (CrawlOutcome::Unchanged, (0, n_lines, 0)));
            assert!(reader.sink.compared().is_empty());
        }

        server.set_generation(1);
        let changed = reader.crawl().await;
        let (n_accepted, n_unchanged, n_rejected) = changed.n_lines();
        assert_eq!((changed.outcome, n_rejected), (CrawlOutcome::Updated, 0));
        assert_eq!(n_accepted + n_unchanged, n_lines);
        assert!((1..n_lines / 20).contains(&n_accepted), "{n_accepted} of {n_lines} lines have changed");
        server.set_generation(0);
        server.answer_conditions(true);
    }
}
