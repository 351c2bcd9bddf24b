//! A chain of increments: the page that held `#pending` is asked again, and what comes after it is read.
//!
//! Source: HL7 Bulk Data Access, "Bulk Publish". A root snapshot links to pages that end in one with a link to
//! `#pending`. When that link turns into a URL, the pages behind it say what has changed; `#closed` ends the chain,
//! and a page that is gone has ended it as well: then all that there is is read again from the root.

use openslots_model::{ChainPosition, ResumePoint, RunScope, Validators};
use reqwest::StatusCode;
use url::Url;

use super::pages::{Page, Reading};
use super::{CrawlTarget, ManifestRead};
use crate::address::Reach;
use crate::context::{Fetched, RunContext, Unfetched, Wanted};

/// Reads what has come after a position; `None` if the chain is over.
///
/// # Errors
/// The reason why the page cannot be asked: the position stands.
pub(super) async fn follow(
    context: &RunContext<'_>,
    target: &CrawlTarget,
    url: Url,
    position: &ChainPosition,
    n_bytes: &mut u64,
) -> Result<Option<ManifestRead>, String> {
    let shown = context.credentials.shown(&url);
    let named = |detail: String| format!("page {shown} of its chain {detail}");
    let reach = if position.reaches_public_only { Reach::PublicOnly } else { Reach::Anywhere };
    let wanted = Wanted::changed_page(&url, &position.validators);
    let asked = context.document_if_changed(wanted, Some(reach), n_bytes).await;
    let document = match asked {
        Ok(Fetched::NotModified) => {
            let mut read = Reading::new(context, &target.states, RunScope::Increment, reach).read;
            read.resume = Some(ResumePoint::Chain(position.clone()));
            return Ok(Some(read));
        }
        Ok(Fetched::Document(document)) => document,
        Err(Unfetched { status: Some(StatusCode::NOT_FOUND | StatusCode::GONE), .. }) => return Ok(None),
        Err(Unfetched { detail, .. }) => return Err(named(detail)),
    };
    let mut reading = Reading::new(context, &target.states, RunScope::Increment, reach);
    reading.leave_out(&position.applied);
    let first = Page::of(document, url, shown.clone(), reading.check(true)).await.map_err(named)?;
    let pages = reading.follow(first, n_bytes).await.map_err(named)?;
    if reading.is_closed {
        return Ok(None);
    }
    reading.read_deletions(n_bytes).await.map_err(named)?;
    let mut read = reading.read;
    let n_pages = position.n_pages.saturating_add(pages.n_pages - 1);
    // A chain that has grown longer than any manifest may be is begun anew.
    let tail = pages.tail.filter(|_| (n_pages as usize) < context.limits.max_manifest_pages);
    read.resume = tail.and_then(|tail| tail.position(context, ChainPosition { n_pages, ..position.clone() }));
    // What was not taken is listed on pages that only this one leads to: it must be read anew, whatever its validators.
    let again = ChainPosition { validators: Validators::default(), ..position.clone() };
    read.fallback = Some(ResumePoint::Chain(again));
    Ok(Some(read))
}
