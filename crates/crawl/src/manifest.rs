//! The manifest of a publisher, all pages of it.

use openslots_fhir::manifest::{Manifest, ManifestLink, OutputFile};
use openslots_model::{Issue, IssueCode, Validators};
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::task::spawn_blocking;
use url::Url;

use crate::address::Reach;
use crate::context::{Document, RunContext, reader_failed};
use crate::deletions::Deletions;
use crate::target::{without_query, without_user};

/// A manifest with all its pages.
#[derive(Debug)]
pub(crate) struct ManifestRead {
    pub(crate) transaction_time: Option<String>,
    /// Output files of kept types, in order, each URL once.
    pub(crate) outputs: Vec<ListedFile>,
    pub(crate) deletions: Deletions,
    pub(crate) skipped_types: Vec<(String, u64)>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) validators: Validators,
    /// Why there may be more than was read.
    pub(crate) incomplete: Option<String>,
    /// How far the URLs that it names may lead.
    pub(crate) reach: Reach,
}

/// An output file and the page that lists it, from 0.
#[derive(Debug)]
pub(crate) struct ListedFile {
    pub(crate) output: OutputFile,
    pub(crate) page: u32,
    /// Whether its page says that it needs an access token.
    pub(crate) needs_token: bool,
}

/// A manifest that is being read.
struct Reading<'a> {
    context: &'a RunContext<'a>,
    read: ManifestRead,
    /// Output files, as they are shown.
    listed: FxHashSet<String>,
    /// Files of deletions, with the page that lists them last, their place in the order of coming, and whether that
    /// page says that they need an access token.
    deleted: FxHashMap<Url, (u32, usize, bool)>,
}

/// Reads the manifest, adding what came over the wire to `n_bytes`. Its URL has been put on record.
///
/// It is asked for without validators: a manifest that is as before does not say that its files are, so they are
/// asked about in any case, and for that their list is needed.
///
/// # Errors
/// The reason why the first page cannot be read, or why the manifest must not be taken in part.
pub(crate) async fn read_manifest(
    context: &RunContext<'_>,
    manifest_url: &Url,
    n_bytes: &mut u64,
) -> Result<ManifestRead, String> {
    let shown = without_query(manifest_url);
    let named = |detail: String| format!("manifest {shown} {detail}");
    let request_url = context.credentials.request_url(manifest_url);
    let document = context.document(&request_url, "application/json", None, None, n_bytes).await.map_err(named)?;
    let (validators, reach) = (document.validators.clone(), document.reach);
    let first = parse(document).await.map_err(named)?;
    let read = ManifestRead {
        transaction_time: None,
        outputs: Vec::new(),
        deletions: Deletions::default(),
        skipped_types: Vec::new(),
        issues: Vec::new(),
        validators,
        incomplete: None,
        reach,
    };
    let mut reading = Reading { context, read, listed: FxHashSet::default(), deleted: FxHashMap::default() };
    reading.follow(first, request_url, shown.clone(), n_bytes).await.map_err(named)?;
    reading.read_deletions(n_bytes).await.map_err(named)?;
    Ok(reading.read)
}

async fn parse(document: Document) -> Result<Manifest, String> {
    let mut base = without_user(&document.url);
    base.set_query(None);
    let parsed = spawn_blocking(move || Manifest::parse(&document.body, &base)).await;
    parsed.map_err(reader_failed)?.map_err(|error| error.to_string())
}

impl Reading<'_> {
    /// Takes the first page and all that follow.
    async fn follow(
        &mut self,
        first: Manifest,
        first_url: Url,
        first_shown: String,
        n_bytes: &mut u64,
    ) -> Result<(), String> {
        let mut pages = vec![first_url];
        let (mut page, mut shown) = (first, first_shown);
        loop {
            let link = page.link.take();
            self.add(page, pages.len() as u32 - 1, &shown)?;
            let next = match link {
                None => break,
                // The chain's end so far. Its pages were all read, so what they say together is the present.
                Some(ManifestLink::Pending) => break,
                Some(ManifestLink::Closed) => {
                    self.set_incomplete(&shown, "ends in a closed chain: newer data are elsewhere".to_owned());
                    break;
                }
                Some(ManifestLink::Next(next)) => next,
            };
            shown = self.context.credentials.shown(&next);
            let next_url = self.context.credentials.request_url(&next);
            let fetched = if pages.contains(&next_url) {
                Err("leads back to a page before it".to_owned())
            } else if pages.len() >= self.context.limits.max_manifest_pages {
                Err(format!("is beyond the limit of {} pages", self.context.limits.max_manifest_pages))
            } else {
                self.next_page(&next_url, n_bytes).await
            };
            match fetched {
                Ok(fetched) => page = fetched,
                Err(detail) => {
                    self.set_incomplete(&shown, format!("page {shown} {detail}"));
                    break;
                }
            }
            pages.push(next_url);
        }
        Ok(())
    }

    async fn next_page(&self, url: &Url, n_bytes: &mut u64) -> Result<Manifest, String> {
        self.context.wait_for_turn(url).await?;
        parse(self.context.document(url, "application/json", None, Some(self.read.reach), n_bytes).await?).await
    }

    /// Adds what a page lists.
    fn add(&mut self, page: Manifest, number: u32, shown: &str) -> Result<(), String> {
        let needs_token = page.requires_access_token;
        let read = &mut self.read;
        for issue in page.issues {
            // An entry that cannot be read may stand for a file whose lines are held.
            if issue.code.is_rejection() {
                read.incomplete.get_or_insert_with(|| issue.detail.clone());
            }
            read.issues.push(Issue { file: shown.to_owned(), ..issue });
        }
        read.transaction_time = page.transaction_time.or(read.transaction_time.take());
        for (kind, count) in page.skipped_types {
            match read.skipped_types.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, total)) => *total += count,
                None => read.skipped_types.push((kind, count)),
            }
        }
        for output in page.outputs {
            let output_shown = self.context.credentials.shown(&output.url);
            if self.listed.insert(output_shown.clone()) {
                read.outputs.push(ListedFile { output, page: number, needs_token });
            } else {
                // Read once: it holds the same, and no URL is asked for twice.
                let detail = format!("{output_shown} is listed more than once; it is read once, as it is listed first");
                read.issues.push(Issue { code: IssueCode::IgnoredElement, ..manifest_issue(shown, detail) });
            }
        }
        if read.outputs.len() > self.context.limits.max_files {
            return Err(format!("lists more than the limit of {} output files", self.context.limits.max_files));
        }
        for url in page.deleted {
            let place = self.deleted.len();
            let entry = self.deleted.entry(url).or_insert((number, place, needs_token));
            (entry.0, entry.2) = (number, needs_token);
        }
        if self.deleted.len() > self.context.limits.max_files {
            return Err(format!("lists more than the limit of {} files of deletions", self.context.limits.max_files));
        }
        Ok(())
    }

    /// Reads the files of deletions. One that fails must fail the run: taking the output files alone would offer what
    /// has been taken back.
    async fn read_deletions(&mut self, n_bytes: &mut u64) -> Result<(), String> {
        let max_entries = self.context.limits.max_deletions;
        // By the page that lists them last, so that later pages win.
        let mut files: Vec<(Url, (u32, usize, bool))> = std::mem::take(&mut self.deleted).into_iter().collect();
        files.sort_unstable_by_key(|(_, order)| *order);
        for (url, (page, _, needs_token)) in files {
            let shown = self.context.credentials.shown(&url);
            let named = |detail: String| format!("cannot be followed: file of deletions {shown} {detail}");
            let url = self.context.credentials.request_url(&url);
            self.context.wait_for_turn(&url).await.map_err(named)?;
            let reach = Some(self.read.reach);
            let token = self.context.access_token(&url, needs_token).await.map_err(named)?;
            let fetched = self.context.document(&url, "application/fhir+ndjson", token.as_ref(), reach, n_bytes);
            let fetched = fetched.await.map_err(named)?;
            let mut deletions = std::mem::take(&mut self.read.deletions);
            let added =
                spawn_blocking(move || deletions.add_file(&fetched.body, page, max_entries).map(|()| deletions));
            self.read.deletions = added.await.map_err(reader_failed).flatten().map_err(named)?;
        }
        Ok(())
    }

    fn set_incomplete(&mut self, shown: &str, detail: String) {
        self.read.issues.push(manifest_issue(shown, detail.clone()));
        self.read.incomplete = Some(detail);
    }
}

fn manifest_issue(shown: &str, detail: String) -> Issue {
    Issue { file: shown.to_owned(), line: 0, code: IssueCode::ManifestFailed, detail, excerpt: String::new() }
}
