//! The manifest of a publisher: all of it, or what has changed since the last run.

mod chain;
mod pages;

use openslots_fhir::conformance::Finding;
use openslots_fhir::manifest::{Manifest, ManifestError, OutputFile};
use openslots_model::{ChainPosition, Issue, OffsetInstant, ResumePoint, RunScope, UnixSeconds, Validators};
use tokio::task::spawn_blocking;
use url::Url;

use crate::address::Reach;
use crate::conformance::{ManifestFindings, PageCheck};
use crate::context::{Document, RunContext, Wanted, reader_failed};
use crate::deletions::Deletions;
use crate::secrets::{Credentials, without_query, without_user};
use crate::target::CrawlTarget;

pub(crate) use self::pages::manifest_issue;
use self::pages::{Page, Reading};

/// A transaction time may lie this far ahead of our clock to be asked from.
const MAX_AHEAD_SECONDS: i64 = 60;

/// What a publisher lists, over all pages that were read.
#[derive(Debug)]
pub(crate) struct ManifestRead {
    pub(crate) scope: RunScope,
    pub(crate) transaction_time: Option<String>,
    /// The earliest of all pages: what has changed since then is on all of them.
    earliest_time: Option<String>,
    /// Output files of kept types, in order, each URL once.
    pub(crate) outputs: Vec<ListedFile>,
    /// Files that are of other states than the operator wants.
    pub(crate) n_files_of_other_states: u64,
    pub(crate) deletions: Deletions,
    pub(crate) skipped_types: Vec<(String, u64)>,
    pub(crate) issues: Vec<Issue>,
    /// What it breaks of what is asked of manifests; of increments nothing is known.
    pub(crate) findings: ManifestFindings,
    /// Why there may be more than was read.
    pub(crate) incomplete: Option<String>,
    /// How far the URLs that it names may lead.
    pub(crate) reach: Reach,
    /// Where the next run begins if all that is listed is taken.
    pub(crate) resume: Option<ResumePoint>,
    /// Where it begins if something is not.
    pub(crate) fallback: Option<ResumePoint>,
}

/// An output file and the page that lists it, from 0.
#[derive(Debug)]
pub(crate) struct ListedFile {
    pub(crate) output: OutputFile,
    /// Its URL as it is shown and kept: what it is known by.
    pub(crate) shown: String,
    pub(crate) page: u32,
    /// Whether its page says that it needs an access token.
    pub(crate) needs_token: bool,
}

/// Where a run begins.
#[derive(Debug)]
pub(crate) enum Beginning<'a> {
    /// With all that there is.
    Snapshot(Url),
    /// With the page of a chain that says what comes next.
    Chain(Url, &'a ChainPosition),
    /// With what has changed since a transaction time.
    Since(Url, &'a ResumePoint),
}

impl<'a> Beginning<'a> {
    /// Where a run of the target begins that begins now, by what earlier runs have left.
    pub(crate) fn of(
        target: &'a CrawlTarget,
        credentials: &Credentials,
        resnapshot_after_seconds: i64,
        now: UnixSeconds,
    ) -> Self {
        let root = root_of(target, credentials);
        let is_recent = |snapshot_at: UnixSeconds| {
            let age = now.0 - snapshot_at.0;
            (0..resnapshot_after_seconds).contains(&age)
        };
        let snapshot = || Self::Snapshot(credentials.request_url(&target.manifest_url));
        match &target.memory.resume {
            Some(ResumePoint::Chain(position)) if position.root == root && is_recent(position.snapshot_at) => {
                match Url::parse(&position.page) {
                    Ok(page) => Self::Chain(credentials.request_url(&page), position),
                    Err(_) => snapshot(),
                }
            }
            Some(resume @ ResumePoint::Since { root: known, transaction_time, snapshot_at })
                if target.asks_since && *known == root && is_recent(*snapshot_at) =>
            {
                let mut url = target.manifest_url.clone();
                url.query_pairs_mut().append_pair("_since", transaction_time);
                Self::Since(credentials.request_url(&url), resume)
            }
            _ => snapshot(),
        }
    }

    /// What is asked for first.
    pub(crate) const fn url(&self) -> &Url {
        match self {
            Self::Snapshot(url) | Self::Chain(url, _) | Self::Since(url, _) => url,
        }
    }
}

/// Reads what the publisher lists, adding what came over the wire to `n_bytes`. The first URL has been put on record.
///
/// The manifest itself is asked for without validators: one that is as before does not say that its files are, so they
/// are asked about in any case, and for that their list is needed.
///
/// # Errors
/// The reason why the first page cannot be read, or why the manifest must not be taken in part.
pub(crate) async fn read_manifest(
    context: &RunContext<'_>,
    target: &CrawlTarget,
    beginning: Beginning<'_>,
    n_bytes: &mut u64,
) -> Result<ManifestRead, String> {
    match beginning {
        Beginning::Snapshot(url) => read_from_root(context, target, url, None, n_bytes).await,
        Beginning::Since(url, resume) => read_from_root(context, target, url, Some(resume), n_bytes).await,
        Beginning::Chain(url, position) => {
            if let Some(read) = chain::follow(context, target, url, position, n_bytes).await? {
                return Ok(read);
            }
            let root = context.credentials.request_url(&target.manifest_url);
            context.wait_for_turn(&root).await?;
            read_from_root(context, target, root, None, n_bytes).await
        }
    }
}

async fn read_from_root(
    context: &RunContext<'_>,
    target: &CrawlTarget,
    url: Url,
    since: Option<&ResumePoint>,
    n_bytes: &mut u64,
) -> Result<ManifestRead, String> {
    let shown = without_query(&target.manifest_url);
    let named = |detail: String| format!("manifest {shown} {detail}");
    let reach = target.is_public_only.then_some(Reach::PublicOnly);
    let document = context.document(Wanted::page(&url), reach, n_bytes).await.map_err(named)?;
    let reach = document.reach;
    let scope = if since.is_some() { RunScope::Increment } else { RunScope::Snapshot };
    let mut reading = Reading::new(context, &target.states, scope, reach);
    let first = Page::of(document, url, shown.clone(), reading.check(true)).await.map_err(named)?;
    let pages = reading.follow(first, n_bytes).await.map_err(named)?;
    let has_nested = reading.follow_nested(n_bytes).await.map_err(named)?;
    reading.read_deletions(n_bytes).await.map_err(named)?;
    let mut read = reading.read;
    let root = root_of(target, context.credentials);
    // A root that is its own end may list the same URLs with other content: it is read whole each time.
    let tail = pages.tail.filter(|_| !has_nested && pages.n_pages > 1);
    read.resume = match (since, tail) {
        (None, Some(tail)) => tail.position(
            context,
            ChainPosition {
                root,
                page: String::new(),
                validators: Validators::default(),
                applied: Vec::new(),
                reaches_public_only: reach == Reach::PublicOnly,
                n_pages: pages.n_pages,
                snapshot_at: context.started_at,
            },
        ),
        (since, _) => since_point(target, root, since, read.earliest_time.as_deref(), context.started_at),
    };
    read.fallback = since.cloned();
    Ok(read)
}

/// What a point to resume from belongs to: the manifest, without secrets, and the states that are wanted of it. With
/// other states there are files that were never read.
fn root_of(target: &CrawlTarget, credentials: &Credentials) -> String {
    let shown = credentials.shown(&target.manifest_url);
    if target.states.is_empty() { shown } else { format!("{shown} of {}", target.states.join(", ")) }
}

/// Where a publisher that is asked what has changed begins next time.
fn since_point(
    target: &CrawlTarget,
    root: String,
    since: Option<&ResumePoint>,
    transaction_time: Option<&str>,
    started_at: UnixSeconds,
) -> Option<ResumePoint> {
    if !target.asks_since {
        return None;
    }
    let Some(transaction_time) = transaction_time.map(str::to_owned) else { return since.cloned() };
    // One that lies ahead would pass over what changes until then.
    let claimed = OffsetInstant::parse_lenient(&transaction_time).ok()?.0.instant;
    if claimed.0 > started_at.0 + MAX_AHEAD_SECONDS {
        return None;
    }
    let snapshot_at = match since {
        Some(ResumePoint::Since { snapshot_at, .. }) => *snapshot_at,
        _ => started_at,
    };
    Some(ResumePoint::Since { root, transaction_time, snapshot_at })
}

/// A page of a manifest, and what it breaks if it is to be looked at for that.
async fn parse(document: Document, check: Option<PageCheck>) -> Result<(Manifest, Vec<(u64, Finding)>), String> {
    let mut base = without_user(&document.url);
    base.set_query(None);
    let parsed = spawn_blocking(move || {
        let manifest = Manifest::parse(&document.body, &base)?;
        let findings = check.map(|check| check.look_at(&document.body, &base)).unwrap_or_default();
        Ok::<_, ManifestError>((manifest, findings))
    });
    parsed.await.map_err(reader_failed)?.map_err(|error| error.to_string())
}
