//! A publisher in memory and a crawler of it: what the crawl crate does, without HTTP.

use std::collections::BTreeMap;

use openslots_fhir::decode::{DecodedLine, LineContent, decode_line};
use openslots_model::{
    Coverage, CrawlOutcome, CrawlRun, FileContent, FileIndex, FileOutcome, FileReport, FinishedFile, FinishedRun,
    FreshnessPolicy, Issue, KnownLine, LineBatch, LineEntry, LineToken, PublicId, Publisher, PublisherSlug,
    ResourceKind, ResourceRef, RunScope, StagedContent, UnixSeconds, Validators, Withdrawal,
};
use openslots_store::{Error, NewPublisher, StagedRun, Store};
use xxhash_rust::xxh3::xxh3_64;

/// A store in a folder of its own.
pub(crate) struct TestStore {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) store: Store,
}

impl TestStore {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        Self { folder, store }
    }

    pub(crate) fn publisher(&self, slug: &str) -> Publisher {
        put_publisher(&self.store, slug)
    }

    /// All rows of all tables that an unchanged crawl must not touch.
    pub(crate) fn dump(&self) -> String {
        dump(self.folder.path())
    }

    /// Changes the database under the store's feet.
    pub(crate) fn execute(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.folder.path().join("openslots.db")).unwrap();
        connection.execute_batch(sql).unwrap();
    }

    pub(crate) fn sql<T: rusqlite::types::FromSql>(&self, query: &str) -> T {
        let conn = rusqlite::Connection::open(self.folder.path().join("openslots.db")).unwrap();
        conn.query_row(query, [], |row| row.get(0)).unwrap()
    }
}

pub(crate) fn put_publisher(store: &Store, slug: &str) -> Publisher {
    let publisher = NewPublisher {
        slug: slug.parse().unwrap(),
        display_name: format!("The {slug}"),
        manifest_url: format!("https://{slug}.example/$bulk-publish"),
        enabled: true,
        is_configured: false,
        policy: FreshnessPolicy::default(),
        access_expires_at: None,
        is_public_only: false,
    };
    store.put_publisher(&publisher).unwrap()
}

fn dump(folder: &std::path::Path) -> String {
    let conn = rusqlite::Connection::open(folder.join("openslots.db")).unwrap();
    let mut names = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('publisher_state', 'crawl_run', 'history_run', 'feed_beginning')")
        .unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut dump = String::new();
    for name in names {
        // Nothing but the history may have grown, in numbers given as well.
        let except = if name == "sqlite_sequence" { "WHERE name NOT IN ('crawl_run', 'history_run')" } else { "" };
        let mut select = conn.prepare(&format!("SELECT * FROM \"{name}\" {except}")).unwrap();
        let n_columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let columns: Vec<String> = (0..n_columns).map(|c| format!("{:?}", row.get_ref(c).unwrap())).collect();
            dump.push_str(&format!("{name}: {}\n", columns.join(" | ")));
        }
    }
    dump
}

/// A file that a publisher lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) url: String,
    pub(crate) kind: ResourceKind,
    pub(crate) lines: Vec<String>,
    /// The server breaks off in the middle of it.
    pub(crate) fails: bool,
}

impl File {
    pub(crate) fn new(url: &str, kind: ResourceKind, lines: impl IntoIterator<Item = String>) -> Self {
        Self { url: url.to_owned(), kind, lines: lines.into_iter().collect(), fails: false }
    }

    pub(crate) fn slots(url: &str, lines: impl IntoIterator<Item = String>) -> Self {
        Self::new(url, ResourceKind::Slot, lines)
    }

    pub(crate) fn failing(self) -> Self {
        Self { fails: true, ..self }
    }
}

/// How a crawl goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crawl {
    pub(crate) coverage: Coverage,
    pub(crate) started_at: i64,
    pub(crate) lines_per_batch: usize,
}

impl Default for Crawl {
    fn default() -> Self {
        Self { coverage: Coverage::Complete, started_at: 1_700_000_000, lines_per_batch: 7 }
    }
}

/// Crawls a publisher that lists these files, the way the crawl crate does.
pub(crate) fn crawl(store: &Store, slug: &str, files: &[File]) -> CrawlRun {
    crawl_with(store, slug, files, Crawl::default()).unwrap()
}

pub(crate) fn crawl_with(store: &Store, slug: &str, files: &[File], crawl: Crawl) -> Result<CrawlRun, Error> {
    crawl_and_withdraw(store, slug, files, crawl, vec![])
}

pub(crate) fn crawl_and_withdraw(
    store: &Store,
    slug: &str,
    files: &[File],
    crawl: Crawl,
    withdrawals: Vec<Withdrawal>,
) -> Result<CrawlRun, Error> {
    let slug: PublisherSlug = slug.parse().unwrap();
    let staged = store.begin_run(&slug)?;
    let finished: Result<Vec<_>, _> =
        files.iter().zip(0..).map(|(file, index)| read(&staged, &slug, FileIndex(index), file, crawl)).collect();
    staged.commit(FinishedRun { withdrawals, ..finish(&slug, finished?, crawl) })
}

pub(crate) fn finish(slug: &PublisherSlug, files: Vec<FinishedFile>, crawl: Crawl) -> FinishedRun {
    FinishedRun {
        run: CrawlRun {
            outcome: CrawlOutcome::Updated,
            scope: if crawl.coverage == Coverage::Increment { RunScope::Increment } else { RunScope::Snapshot },
            transaction_time: Some("2026-01-01T00:00:00Z".to_owned()),
            files: files.iter().map(|file| file.report.clone()).collect(),
            n_bytes: 1,
            ..CrawlRun::begun(slug.clone(), UnixSeconds(crawl.started_at))
        },
        files,
        coverage: crawl.coverage,
        withdrawals: vec![],
        resume: None,
        max_removed_percent: 50,
        leaves_out_test_places: false,
        issues: vec![],
    }
}

/// A withdrawal by the first page; files are of the second, so what they list stands.
pub(crate) fn withdrawal(kind: ResourceKind, source_id: &str) -> Withdrawal {
    Withdrawal { resource: ResourceRef { kind, source_id: source_id.to_owned() }, page: 0 }
}

/// Reads one file: compare, decode what differs, stage.
pub(crate) fn read(
    staged: &StagedRun,
    slug: &PublisherSlug,
    index: FileIndex,
    file: &File,
    crawl: Crawl,
) -> Result<FinishedFile, Error> {
    let body_hash = xxh3_64(file.lines.join("\n").as_bytes());
    let known = staged.known_file(&file.url)?;
    let is_same = known.as_ref().is_some_and(|known| known.body_hash == Some(body_hash));
    let (mut n_accepted, mut n_unchanged, mut n_rejected) = (0, 0, 0);
    if is_same && !file.fails {
        let known = known.unwrap_or_default();
        (n_unchanged, n_rejected) = (known.n_held, known.n_rejected);
    } else {
        let mut known = staged.known_lines(&file.url)?;
        let n_read = if file.fails { file.lines.len() / 2 } else { file.lines.len() };
        for (batch, lines) in file.lines[..n_read].chunks(crawl.lines_per_batch).enumerate() {
            let mut staging = LineBatch::default();
            for (line, number) in lines.iter().zip(batch * crawl.lines_per_batch + 1..) {
                match add_line(&mut staging, slug, file, line, number as u64, &mut known) {
                    LineEntry::Kept(_) => n_unchanged += 1,
                    LineEntry::Accepted { .. } => n_accepted += 1,
                    LineEntry::Rejected { .. } => n_rejected += 1,
                }
            }
            staged.stage(index, staging)?;
        }
    }
    let (content, outcome) = match (file.fails, is_same) {
        (true, _) => (FileContent::Failed, FileOutcome::Failed),
        (false, true) => (FileContent::Unchanged, FileOutcome::Unchanged),
        (false, false) => (FileContent::Read, FileOutcome::Fetched),
    };
    if file.fails {
        (n_accepted, n_unchanged, n_rejected) = (0, 0, 0);
    }
    let report = FileReport {
        url: file.url.clone(),
        kind: file.kind,
        outcome,
        n_bytes: 1,
        n_accepted,
        n_unchanged,
        n_rejected,
        error: file.fails.then(|| "broke off".to_owned()),
    };
    let hash = (!file.fails).then_some(body_hash);
    let validators = Validators { etag: hash.map(|hash| format!("\"{hash:x}\"")), last_modified: None };
    Ok(FinishedFile { index, page: 1, report, content, validators, wire_hash: hash, body_hash: hash })
}

fn add_line(
    batch: &mut LineBatch,
    slug: &PublisherSlug,
    file: &File,
    line: &str,
    number: u64,
    known: &mut Vec<KnownLine>,
) -> LineEntry {
    let hash = xxh3_64(line.as_bytes());
    let issue = |code, detail| Issue {
        file: file.url.clone(),
        line: number,
        code,
        detail,
        excerpt: Issue::excerpt_of(line.as_bytes()),
    };
    let kept = known.iter().position(|known| known.hash == hash && known.token != LineToken::NONE);
    let entry = match kept {
        Some(place) => LineEntry::Kept(known.remove(place)),
        None => match decode_line(file.kind, line.as_bytes()) {
            Err(fault) => {
                batch.issues.push(issue(fault.code, fault.detail));
                LineEntry::Rejected { hash }
            }
            Ok(decoded) => {
                let DecodedLine { source_id, content, repairs, repaired } = decoded;
                batch.issues.extend(repairs.into_iter().map(|(code, detail)| issue(code, detail)));
                let bytes = repaired.unwrap_or_else(|| line.as_bytes().to_vec());
                batch.raw.extend_from_slice(&bytes);
                let content = staged_content(batch, slug, file.kind, source_id, content);
                LineEntry::Accepted { hash, n_bytes: bytes.len() as u32, content }
            }
        },
    };
    batch.entries.push(entry.clone());
    entry
}

fn staged_content(
    batch: &mut LineBatch,
    slug: &PublisherSlug,
    kind: ResourceKind,
    source_id: String,
    content: LineContent,
) -> StagedContent {
    match content {
        LineContent::Resource { references } => {
            StagedContent::Resource { resource: ResourceRef { kind, source_id }, references }
        }
        LineContent::Slot(facts) => {
            batch.traits.push(facts.traits.as_ref().clone());
            StagedContent::Slot {
                id: PublicId::of(slug, ResourceKind::Slot, &source_id),
                schedule: PublicId::of(slug, ResourceKind::Schedule, &facts.schedule_source_id),
                schedule_source_id: facts.schedule_source_id.into(),
                start: facts.start,
                traits: batch.traits.len() as u32 - 1,
            }
        }
    }
}

/// A slot line.
pub(crate) fn slot(id: &str, schedule: &str, status: &str, hour: u32) -> String {
    format!(
        r#"{{"resourceType":"Slot","id":"{id}","schedule":{{"reference":"Schedule/{schedule}"}},"status":"{status}","start":"2030-01-{:02}T{:02}:00:00Z","end":"2030-01-{:02}T{:02}:30:00Z"}}"#,
        hour / 24 % 28 + 1,
        hour % 24,
        hour / 24 % 28 + 1,
        hour % 24,
    )
}

/// A schedule line.
pub(crate) fn schedule(id: &str, actors: &[&str]) -> String {
    let actors: Vec<String> = actors.iter().map(|actor| format!(r#"{{"reference":"{actor}"}}"#)).collect();
    format!(r#"{{"resourceType":"Schedule","id":"{id}","actor":[{}]}}"#, actors.join(","))
}

/// A location line.
pub(crate) fn location(id: &str, name: &str) -> String {
    format!(
        r#"{{"resourceType":"Location","id":"{id}","name":"{name}","address":{{"line":["1 Main St"],"city":"Boston","state":"MA","postalCode":"02139"}}}}"#
    )
}

/// A role line.
pub(crate) fn role(id: &str, person: &str, locations: &[&str]) -> String {
    let locations: Vec<String> = locations.iter().map(|id| format!(r#"{{"reference":"Location/{id}"}}"#)).collect();
    format!(
        r#"{{"resourceType":"PractitionerRole","id":"{id}","practitioner":{{"display":"{person}"}},"location":[{}]}}"#,
        locations.join(",")
    )
}

/// The issue counts of a publisher by code.
pub(crate) fn counts(store: &Store, publisher: &Publisher) -> BTreeMap<&'static str, u64> {
    store.issue_counts(publisher.number).unwrap().into_iter().map(|(code, n)| (code.as_str(), n)).collect()
}
