//! Publishers, and lists of codes.

use openslots_model::{CrawlOutcome, PublisherHints, Warning};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::shapes;

use super::conformance::Conformance;
use super::run::Run;
use super::{Published, Text, Utc};
use crate::calls::{CodeList, CountedCoding, PublisherView};
use crate::data_time::{DataTime, claim_of};

/// The answer that lists publishers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Publishers<'a> {
    /// All of them, by slug.
    pub publishers: Vec<Publisher<'a>>,
}

/// One publisher.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of the contract's publisher, and its status")]
pub struct Publisher<'a> {
    pub slug: &'a str,
    pub display_name: &'a str,
    pub manifest_url: &'a str,
    pub enabled: bool,
    #[schema(value_type = shapes::Freshness)]
    pub freshness: &'static str,
    /// When the last crawl run began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_attempt_at: Option<Utc>,
    /// When the data were last known true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_success_at: Option<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = shapes::CrawlOutcome)]
    pub last_outcome: Option<&'static str>,
    /// Why the last run did not succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    /// The publisher's own claim of how recent its data are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_time: Option<Published>,
    /// How recent its data are: by that claim if it can be believed (`manifest`), else when they were read (`fetched`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Published>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = shapes::AsOfBasis)]
    pub as_of_basis: Option<&'static str>,
    /// When all that it publishes was last read, rather than what had changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_snapshot_at: Option<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_due_at: Option<Utc>,
    /// What decided when it is due: its schedule, its own cadence, `Retry-After`, back-off or an open breaker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_due_reason: Option<&'static str>,
    /// Failed runs since the last one that read something.
    pub failures_in_row: u32,
    /// How long it wishes to be left alone between two crawls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wished_interval_seconds: Option<u32>,
    /// Until when it has asked to be left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_alone_until: Option<Utc>,
    /// How far its clock is ahead of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_skew_seconds: Option<i64>,
    /// When the signature in its configured address ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_expires_at: Option<Utc>,
    /// What is no longer listed and stands until a second crawl agrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_removal: Option<HeldRemoval>,
    /// What an operator should hear of it.
    #[schema(value_type = Vec<shapes::Warning>)]
    pub warnings: &'a [Warning],
    pub counts: Counts,
    pub policy: Policy,
    /// How it stands to what is asked of publishers; absent before it was judged, or where nothing is held of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conformance: Option<Conformance<'a>>,
    /// What its last run brought; only where one publisher is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_run: Option<Run<'a>>,
}

/// What a run would have removed, and did not.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldRemoval {
    /// Slots that stand.
    pub slots: u64,
    /// Those of them that are free.
    pub free_slots: u64,
    /// Other resources that stand.
    pub resources: u64,
    /// The beginning of the run that first missed them.
    pub since: Utc,
}

impl From<openslots_model::HeldRemoval> for HeldRemoval {
    fn from(held: openslots_model::HeldRemoval) -> Self {
        let openslots_model::HeldRemoval { n_slots, n_free_slots, n_resources, since } = held;
        Self { slots: n_slots, free_slots: n_free_slots, resources: n_resources, since: Text(since) }
    }
}

/// What is held of a publisher.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublisherCounts)]
pub struct Counts {
    /// Slots of any status and time.
    pub slots: u64,
    /// Those that are free.
    pub free_slots: u64,
    /// Those that are offered now: free, with something left, not over, of data that are not too old.
    pub bookable_slots: u64,
    /// Recorded faults of the data.
    pub issues: u64,
}

/// The ages at which a publisher's data change their freshness.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Fresh up to this age, in seconds.
    pub fresh_for_seconds: u32,
    /// Expired beyond this age, in seconds.
    pub max_staleness_seconds: u32,
}

impl<'a> From<&'a PublisherView> for Publisher<'a> {
    fn from(view: &'a PublisherView) -> Self {
        let status = &*view.status;
        let publisher = &status.publisher;
        let data_time = DataTime::of(status, None);
        let PublisherHints { wished_interval_seconds, left_alone_until, clock_skew_seconds } = status.hints;
        Self {
            slug: publisher.slug.as_str(),
            display_name: &publisher.display_name,
            manifest_url: &publisher.manifest_url,
            enabled: publisher.enabled,
            freshness: view.freshness.as_str(),
            last_attempt_at: status.last_attempt_at.map(Text),
            last_success_at: status.last_success_at.map(Text),
            last_outcome: status.last_outcome.map(CrawlOutcome::as_str),
            reason: status.reason.as_deref(),
            transaction_time: claim_of(status).map(Text),
            as_of: data_time.map(|time| time.as_of),
            as_of_basis: data_time.map(|time| time.basis),
            last_snapshot_at: status.last_snapshot_at.map(Text),
            next_due_at: view.next_due.map(|due| Text(due.at)),
            next_due_reason: view.next_due.map(|due| due.reason),
            failures_in_row: status.n_failures,
            wished_interval_seconds,
            left_alone_until: left_alone_until.map(Text),
            clock_skew_seconds: clock_skew_seconds.filter(|skew| *skew != 0),
            access_expires_at: publisher.access_expires_at.map(Text),
            held_removal: status.held_removal.map(HeldRemoval::from),
            warnings: &view.warnings,
            counts: Counts {
                slots: status.n_slots,
                free_slots: status.n_free_slots,
                bookable_slots: view.n_bookable_slots,
                issues: status.n_issues,
            },
            policy: Policy {
                fresh_for_seconds: publisher.policy.fresh_for_seconds,
                max_staleness_seconds: publisher.policy.max_staleness_seconds,
            },
            conformance: view.conformance.as_deref().map(Conformance::from),
            last_run: view.last_run.as_ref().map(Run::from),
        }
    }
}

/// A list of codes in use, under the name of its kind.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "one list or the other")]
pub enum Codes<'a> {
    ServiceTypes(Vec<CountedCode<'a>>),
    Specialties(Vec<CountedCode<'a>>),
}

/// A value and how many answers carry it: a code with system and display, or a text, a publisher by its slug.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[allow(missing_docs, reason = "a coding")]
pub struct CountedCode<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<&'a str>,
    pub count: u64,
}

impl<'a> Codes<'a> {
    /// The codes of a list.
    pub fn new(list: CodeList, codes: &'a [CountedCoding]) -> Self {
        let codes = codes
            .iter()
            .map(|counted| CountedCode {
                system: counted.coding.system.as_deref(),
                code: counted.coding.code.as_deref(),
                display: counted.coding.display.as_deref(),
                count: counted.n_slots,
            })
            .collect();
        match list {
            CodeList::ServiceTypes => Self::ServiceTypes(codes),
            CodeList::Specialties => Self::Specialties(codes),
        }
    }
}
