//! Whatever happens to a file between two crawls, what is staged says what it holds.

use std::sync::Mutex;

use openslots_fhir::lines::LineSplitter;
use openslots_model::{CrawlRun, FinishedRun, KnownLine, LineBatch, LineEntry};
use proptest::prelude::*;

use super::*;

/// Remembers what is staged.
#[derive(Default)]
struct Staged(Mutex<Vec<LineBatch>>);

impl RunSink for Staged {
    fn known_file(&self, _url: &str) -> Result<Option<KnownFile>, SinkError> {
        Ok(None)
    }

    fn known_lines(&self, _url: &str) -> Result<Vec<KnownLine>, SinkError> {
        Ok(vec![])
    }

    fn stage(&self, _file: FileIndex, batch: LineBatch) -> Result<(), SinkError> {
        self.0.lock().expect("whole").push(batch);
        Ok(())
    }

    fn commit(&self, run: FinishedRun) -> Result<CrawlRun, SinkError> {
        Ok(run.run)
    }
}

/// The lines of a file as they are known after a crawl; `None` if the file was refused.
struct Crawled {
    end: LinesEnd,
    known: Vec<KnownLine>,
}

/// Reads lines, given those that are known.
fn crawl(before: Option<&[KnownLine]>, lines: &[String]) -> Option<Crawled> {
    let n_rejected = before.map_or(0, |known| known.iter().filter(|line| line.token == LineToken::NONE).count() as u64);
    let known =
        before.map(|known| KnownFile { n_held: known.len() as u64 - n_rejected, n_rejected, ..Default::default() });
    let target = LineTarget {
        publisher: "clinic".parse().expect("a slug"),
        kind: ResourceKind::Location,
        url: "https://clinic.example/locations.ndjson".to_owned(),
        index: FileIndex(0),
        known,
        is_increment: false,
        withdrawals: None,
        own_mark: None,
        max_issue_samples_per_code: 3,
        max_checked_lines: 64,
        started_at: UnixSeconds(0),
    };
    let sink = Arc::new(Staged::default());
    let before = before.unwrap_or_default();
    let as_sink = Arc::clone(&sink) as Arc<dyn RunSink>;
    let mut reader = LineReader::new(&target, as_sink, Comparison::new(before.to_vec()));
    let mut splitter = LineSplitter::new(1_000);
    for line in lines {
        splitter.push(format!("{line}\n").as_bytes(), |number, line| reader.line(number, line, false));
    }
    let end = reader.finish().ok()?;
    let batches = sink.0.lock().expect("whole").clone();
    assert!(end.is_staged || batches.is_empty(), "nothing is staged of a file that is as before");
    let entries = batches.iter().flat_map(|batch| &batch.entries);
    let known = entries.zip(1_000..).map(|(entry, token)| match entry {
        LineEntry::Kept(line) => *line,
        LineEntry::Accepted { hash, .. } => KnownLine { hash: *hash, token: LineToken(token) },
        LineEntry::Rejected { hash } => KnownLine { hash: *hash, token: LineToken::NONE },
    });
    let known = if end.is_staged { known.collect() } else { before.to_vec() };
    Some(Crawled { end, known })
}

fn line(n: u8) -> String {
    match n {
        0 => "not JSON".to_owned(),
        1 => r#"{"resourceType":"Slot","id":"1"}"#.to_owned(),
        2 => "x".repeat(2_000),
        n => format!(r#"{{"resourceType":"Location","id":"{n}"}}"#),
    }
}

fn lines() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec((0u8..12).prop_map(line), 0..30)
}

proptest! {
    #[test]
    fn what_is_known_afterwards_is_what_the_file_holds(before in lines(), after in lines()) {
        let first = crawl(None, &before).expect("a first crawl takes whatever there is");
        let Some(second) = crawl(Some(&first.known), &after) else {
            // Refused: nothing of it was of use, and lines are held.
            prop_assert!(first.known.iter().any(|line| line.token != LineToken::NONE));
            prop_assert!(!after.iter().any(|line| line.contains("Location")));
            return Ok(());
        };
        let LineCounts { n_accepted, n_unchanged, n_rejected } = second.end.counts;
        let is_bad = |line: &&String| !line.contains("Location");
        prop_assert_eq!(n_accepted + n_unchanged + n_rejected, after.len() as u64, "every line is accounted for");
        prop_assert_eq!(n_rejected, after.iter().filter(is_bad).count() as u64);
        prop_assert_eq!(second.end.is_same, before == after);
        if before == after {
            prop_assert!(!second.end.is_staged && n_accepted == 0);
        }
        let afresh = crawl(None, &after).expect("a first crawl takes whatever there is");
        let hashes = |crawled: &Crawled| crawled.known.iter().map(|line| line.hash).collect::<Vec<_>>();
        prop_assert_eq!(hashes(&second), hashes(&afresh));
        for (line, known) in after.iter().zip(&second.known) {
            prop_assert_eq!(known.token == LineToken::NONE, is_bad(&line));
        }
    }
}
