//! Pages of a manifest: each adds what it lists, and leads to the next.

use openslots_fhir::conformance::Finding;
use openslots_fhir::manifest::{Manifest, ManifestLink};
use openslots_model::{ChainPosition, Issue, IssueCode, OffsetInstant, ResumePoint, RunScope, UnixSeconds, Validators};
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::task::spawn_blocking;
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

use super::{ListedFile, ManifestRead, parse};
use crate::address::Reach;
use crate::conformance::{ManifestFindings, PageCheck};
use crate::context::{Document, RunContext, Wanted, reader_failed};
use crate::deletions::Deletions;
use crate::states::may_concern;

/// Types of files that are not kept and told by name.
const MAX_SKIPPED_TYPES: usize = 200;

/// A page as it was found.
pub(super) struct Page {
    manifest: Manifest,
    /// What it breaks of what is asked of manifests, if it was looked at.
    findings: Vec<(u64, Finding)>,
    /// As it was asked for.
    url: Url,
    /// As it may be shown.
    shown: String,
    validators: Validators,
    max_age_seconds: Option<u32>,
}

impl Page {
    pub(super) async fn of(
        document: Document,
        url: Url,
        shown: String,
        check: Option<PageCheck>,
    ) -> Result<Self, String> {
        let (validators, max_age_seconds) = (document.validators.clone(), document.max_age_seconds);
        let (manifest, findings) = parse(document, check).await?;
        Ok(Self { manifest, findings, url, shown, validators, max_age_seconds })
    }
}

/// The pages that were followed.
pub(super) struct Pages {
    pub(super) n_pages: u32,
    /// The last one, if it says that more will come.
    pub(super) tail: Option<Tail>,
}

/// A page with a link to `#pending`.
pub(super) struct Tail {
    url: Url,
    validators: Validators,
    /// All files that it lists, as they are shown.
    files: Vec<String>,
}

impl Tail {
    /// The point from which the next run goes on; `None` if the page's URL must not be kept.
    pub(super) fn position(self, context: &RunContext<'_>, of: ChainPosition) -> Option<ResumePoint> {
        let page = context.credentials.kept(&self.url)?;
        let position = ChainPosition { page, validators: self.validators, applied: self.files, ..of };
        Some(ResumePoint::Chain(position))
    }
}

/// A manifest that is being read.
pub(super) struct Reading<'a> {
    context: &'a RunContext<'a>,
    /// The operator wants files of these states; none: of all.
    states: &'a [String],
    pub(super) read: ManifestRead,
    /// Whether the chain that is followed has ended.
    pub(super) is_closed: bool,
    /// Pages that were asked for.
    pages: Vec<Url>,
    /// Output files, as they are shown, and their URLs.
    listed: FxHashMap<String, Url>,
    /// Files that earlier runs have taken, as they are shown.
    left_out: FxHashSet<String>,
    /// Files of deletions, with the page that lists them last, their place in the order of coming, and whether that
    /// page says that they need an access token.
    deleted: FxHashMap<Url, (u32, usize, bool)>,
    /// Manifests inside the manifest.
    nested: Vec<Url>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(context: &'a RunContext<'a>, states: &'a [String], scope: RunScope, reach: Reach) -> Self {
        let read = ManifestRead {
            scope,
            transaction_time: None,
            earliest_time: None,
            outputs: Vec::new(),
            n_files_of_other_states: 0,
            deletions: Deletions::default(),
            skipped_types: Vec::new(),
            issues: Vec::new(),
            findings: ManifestFindings::default(),
            incomplete: None,
            reach,
            resume: None,
            fallback: None,
        };
        Self {
            context,
            states,
            read,
            is_closed: false,
            pages: Vec::new(),
            listed: FxHashMap::default(),
            left_out: FxHashSet::default(),
            deleted: FxHashMap::default(),
            nested: Vec::new(),
        }
    }

    /// How pages are looked at: those of all that there is. An increment has a page of its own each time, and what they
    /// break would pile up.
    pub(super) fn check(&self, is_first: bool) -> Option<PageCheck> {
        let is_wanted = self.context.limits.max_checked_lines > 0 && self.read.scope == RunScope::Snapshot;
        is_wanted.then_some(PageCheck { now: self.context.started_at, is_first })
    }

    /// Files that earlier runs have taken and that are listed still.
    pub(super) fn leave_out(&mut self, files: &[String]) {
        self.left_out.extend(files.iter().cloned());
    }

    /// Takes a page and all that follow it.
    pub(super) async fn follow(&mut self, first: Page, n_bytes: &mut u64) -> Result<Pages, String> {
        let n_before = self.pages.len();
        self.pages.push(first.url.clone());
        let mut max_age_seconds = first.max_age_seconds;
        let mut page = first;
        let mut tail = None;
        loop {
            let Page { mut manifest, findings, url, shown, validators, max_age_seconds: of_page } = page;
            let link = manifest.link.take();
            let censor = |text: &str| self.context.credentials.censored(text, &url);
            self.read.findings.add(&shown, &findings, &manifest.issues, censor);
            let files = self.add(manifest, self.pages.len() as u32 - 1, &shown)?;
            let next = match link {
                None => break,
                // The chain's end so far. Its pages were all read, so what they say together is the present.
                Some(ManifestLink::Pending) => {
                    // It is what will be asked for next; pages before it are good for ever.
                    max_age_seconds = of_page;
                    tail = Some(Tail { url, validators, files });
                    break;
                }
                Some(ManifestLink::Closed) if self.read.scope == RunScope::Increment => {
                    self.is_closed = true;
                    break;
                }
                Some(ManifestLink::Closed) => {
                    self.set_incomplete(&shown, "ends in a closed chain: newer data are elsewhere".to_owned());
                    break;
                }
                Some(ManifestLink::Next(next)) => next,
            };
            match self.next_page(&next, false, n_bytes).await {
                Ok(next) => page = next,
                Err((shown, detail)) => {
                    self.set_incomplete(&shown, format!("page {shown} {detail}"));
                    break;
                }
            }
        }
        self.context.health.hint(max_age_seconds, None);
        Ok(Pages { n_pages: (self.pages.len() - n_before) as u32, tail })
    }

    /// Takes the manifests that are listed as output files, and those inside them; whether there were any.
    pub(super) async fn follow_nested(&mut self, n_bytes: &mut u64) -> Result<bool, String> {
        let has_nested = !self.nested.is_empty();
        for _ in 0..self.context.limits.max_manifest_depth {
            for url in std::mem::take(&mut self.nested) {
                if self.pages.contains(&self.context.credentials.request_url(&url)) {
                    // Two that list each other say nothing new the second time.
                    continue;
                }
                match self.next_page(&url, true, n_bytes).await {
                    Ok(page) => drop(self.follow(page, n_bytes).await?),
                    Err((shown, detail)) => {
                        self.set_incomplete(&shown, format!("the manifest {shown} inside it {detail}"));
                    }
                }
            }
        }
        if let Some(deeper) = self.nested.pop() {
            let depth = self.context.limits.max_manifest_depth;
            let shown = self.context.credentials.shown(&deeper);
            self.set_incomplete(&shown, format!("the manifest {shown} is more than {depth} manifests deep"));
        }
        Ok(has_nested)
    }

    /// Asks for a page that another one names, `is_first` of a manifest of its own; an error comes with the page as it is
    /// shown.
    async fn next_page(&mut self, named: &Url, is_first: bool, n_bytes: &mut u64) -> Result<Page, (String, String)> {
        let shown = self.context.credentials.shown(named);
        let url = self.context.credentials.request_url(named);
        let max_pages = self.context.limits.max_manifest_pages;
        let fetched = if self.pages.contains(&url) {
            Err("leads back to a page before it".to_owned())
        } else if self.pages.len() >= max_pages {
            Err(format!("is beyond the limit of {max_pages} pages"))
        } else {
            self.fetch_page(&url, &shown, is_first, n_bytes).await
        };
        match fetched {
            Ok(page) => {
                self.pages.push(url);
                Ok(page)
            }
            Err(detail) => Err((shown, detail)),
        }
    }

    async fn fetch_page(&self, url: &Url, shown: &str, is_first: bool, n_bytes: &mut u64) -> Result<Page, String> {
        self.context.wait_for_turn(url).await?;
        let document = self.context.document(Wanted::page(url), Some(self.read.reach), n_bytes).await?;
        Page::of(document, url.clone(), shown.to_owned(), self.check(is_first)).await
    }

    /// Adds what a page lists; gives all its files, as they are shown.
    fn add(&mut self, page: Manifest, number: u32, shown: &str) -> Result<Vec<String>, String> {
        let needs_token = page.requires_access_token;
        let read = &mut self.read;
        for issue in page.issues {
            // An entry that cannot be read may stand for a file whose lines are held.
            if issue.code.is_rejection() {
                read.incomplete.get_or_insert_with(|| issue.detail.clone());
            }
            read.issues.push(Issue { file: shown.to_owned(), ..issue });
        }
        let cadence = page.update_cadence_seconds.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX));
        self.context.health.hint(cadence, None);
        if let Some(time) = page.transaction_time {
            let is_earliest = read.earliest_time.as_ref().is_none_or(|known| instant_of(&time) < instant_of(known));
            if is_earliest {
                read.earliest_time = Some(time.clone());
            }
            // Later pages tell of later changes.
            read.transaction_time = Some(time);
        }
        for (kind, count) in page.skipped_types {
            let is_full = read.skipped_types.len() >= MAX_SKIPPED_TYPES;
            match read.skipped_types.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, total)) => *total += count,
                None if !is_full => read.skipped_types.push((kind, count)),
                // Nobody reads so many names.
                None => {}
            }
        }
        let mut files = Vec::new();
        for output in page.outputs {
            let shown_as = match self.context.credentials.shown(&output.url) {
                // Two that differ in nothing but what must not be shown are told apart by a hash of that.
                shown if self.listed.get(&shown).is_some_and(|known| *known != output.url) => {
                    format!("{shown}#{:016x}", xxh3_64(output.url.as_str().as_bytes()))
                }
                shown => shown,
            };
            files.push(shown_as.clone());
            if self.left_out.contains(&shown_as) {
                continue;
            }
            if !may_concern(&output, self.states) {
                read.n_files_of_other_states += 1;
            } else if self.listed.insert(shown_as.clone(), output.url.clone()).is_none() {
                read.outputs.push(ListedFile { output, shown: shown_as, page: number, needs_token });
            } else {
                // Read once: it holds the same, and no URL is asked for twice.
                let detail = format!("{shown_as} is listed more than once; it is read once, as it is listed first");
                read.issues.push(Issue { code: IssueCode::IgnoredElement, ..manifest_issue(shown, detail) });
            }
        }
        let max_files = self.context.limits.max_files;
        if read.outputs.len() > max_files {
            return Err(format!("lists more than the limit of {max_files} output files"));
        }
        for url in page.deleted {
            let url_shown = self.context.credentials.shown(&url);
            let is_left_out = self.left_out.contains(&url_shown);
            files.push(url_shown);
            if !is_left_out {
                let place = self.deleted.len();
                let entry = self.deleted.entry(url).or_insert((number, place, needs_token));
                (entry.0, entry.2) = (number, needs_token);
            }
        }
        if self.deleted.len() > max_files {
            return Err(format!("lists more than the limit of {max_files} files of deletions"));
        }
        self.nested.extend(page.nested);
        Ok(files)
    }

    /// Reads the files of deletions. One that fails must fail the run: taking the output files alone would offer what
    /// has been taken back.
    pub(super) async fn read_deletions(&mut self, n_bytes: &mut u64) -> Result<(), String> {
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
            let fetched = self.context.document(Wanted::deletions(&url, needs_token), reach, n_bytes);
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

/// The instant of a transaction time; one that is none comes last.
fn instant_of(text: &str) -> UnixSeconds {
    OffsetInstant::parse_lenient(text).map_or(UnixSeconds(i64::MAX), |(at, _)| at.instant)
}

pub(crate) fn manifest_issue(shown: &str, detail: String) -> Issue {
    Issue { file: shown.to_owned(), line: 0, code: IssueCode::ManifestFailed, detail, excerpt: String::new() }
}
