//! What `/metrics` tells of publishers, store and index: read when it is asked for, so that no value is older than the
//! scrape and a publisher that was removed leaves with its series.

use metrics::{Key, KeyName, Label, Level, Metadata, Recorder, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use openslots_model::{Freshness, IssueCode, UnixSeconds, WarningCode};

use crate::calls::{self, PublisherView};
use crate::{ApiState, Error};

/// Each gauge with its unit and what it tells.
const GAUGES: &[(&str, Unit, &str)] = &[
    (LAST_SUCCESS, Unit::Seconds, "When all of the publisher's data were last known true, in Unix time."),
    (LAST_ATTEMPT, Unit::Seconds, "When the publisher was last crawled, in Unix time."),
    (NEXT_DUE, Unit::Seconds, "When the publisher is to be crawled next, in Unix time."),
    (
        FRESHNESS,
        Unit::Count,
        "1 for the freshness that the publisher's data have now by its own cadence, 0 for others.",
    ),
    (SLOTS, Unit::Count, "Slots held of the publisher."),
    (FREE_SLOTS, Unit::Count, "Free slots held of the publisher."),
    (BOOKABLE_SLOTS, Unit::Count, "Slots of the publisher that are offered now."),
    (ISSUES, Unit::Count, "Recorded faults of the publisher's data, by code."),
    (FAILURES_IN_ROW, Unit::Count, "Failed crawl runs since the last one that read something."),
    (WARNING, Unit::Count, "1 where an operator should look at the publisher for this reason, 0 otherwise."),
    (CLOCK_SKEW, Unit::Seconds, "How far the publisher's clock is ahead of ours; absent while it is not known."),
    (HELD_REMOVAL_SLOTS, Unit::Count, "Slots that are no longer listed and stand until a second crawl run agrees."),
    (STORE_CHANGE, Unit::Count, "The newest change in the store."),
    (INDEX_CHANGE, Unit::Count, "The newest change that searches see."),
];

const LAST_SUCCESS: &str = "openslots_publisher_last_success_timestamp_seconds";
const LAST_ATTEMPT: &str = "openslots_publisher_last_attempt_timestamp_seconds";
const NEXT_DUE: &str = "openslots_publisher_next_due_timestamp_seconds";
const FRESHNESS: &str = "openslots_publisher_freshness";
const SLOTS: &str = "openslots_publisher_slots";
const FREE_SLOTS: &str = "openslots_publisher_free_slots";
const BOOKABLE_SLOTS: &str = "openslots_publisher_bookable_slots";
const ISSUES: &str = "openslots_publisher_issues";
const FAILURES_IN_ROW: &str = "openslots_publisher_failures_in_row";
const WARNING: &str = "openslots_publisher_warning";
const CLOCK_SKEW: &str = "openslots_publisher_clock_skew_seconds";
const HELD_REMOVAL_SLOTS: &str = "openslots_publisher_held_removal_slots";
const STORE_CHANGE: &str = "openslots_store_change";
const INDEX_CHANGE: &str = "openslots_index_change";

/// All gauges as Prometheus text (version 0.0.4). Blocking.
pub(crate) fn render(state: &ApiState) -> Result<String, Error> {
    let gauges = Gauges::new();
    let (in_store, in_index) = state.change_seqs()?;
    gauges.set(STORE_CHANGE, vec![], in_store.0 as f64);
    gauges.set(INDEX_CHANGE, vec![], in_index.0 as f64);
    let issues = state.store().issue_counts_by_publisher()?;
    for view in calls::views(state)? {
        let status = &view.status;
        let of = OnePublisher { gauges: &gauges, slug: status.publisher.slug.as_str() };
        of.set_view(&view);
        for (code, count) in issues.get(&status.publisher.number).into_iter().flatten() {
            of.set_labelled(ISSUES, Label::from_static_parts("code", IssueCode::as_str(*code)), *count as f64);
        }
    }
    Ok(gauges.0.handle().render())
}

/// The gauges of one scrape: a recorder of its own, which nobody else writes to.
struct Gauges(PrometheusRecorder);

impl Gauges {
    fn new() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        for (name, unit, text) in GAUGES {
            recorder.describe_gauge(KeyName::from_const_str(name), Some(*unit), (*text).into());
        }
        Self(recorder)
    }

    fn set(&self, name: &'static str, labels: Vec<Label>, value: f64) {
        let metadata = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));
        self.0.register_gauge(&Key::from_parts(name, labels), &metadata).set(value);
    }
}

struct OnePublisher<'a> {
    gauges: &'a Gauges,
    slug: &'a str,
}

impl OnePublisher<'_> {
    fn label(&self) -> Label {
        Label::new("publisher", self.slug.to_owned())
    }

    fn set(&self, name: &'static str, value: f64) {
        self.gauges.set(name, vec![self.label()], value);
    }

    fn set_labelled(&self, name: &'static str, label: Label, value: f64) {
        self.gauges.set(name, vec![self.label(), label], value);
    }

    /// What has not been yet has no time, rather than that of 1970.
    fn set_instant(&self, name: &'static str, at: Option<UnixSeconds>) {
        if let Some(at) = at {
            self.set(name, at.0 as f64);
        }
    }

    fn set_view(&self, view: &PublisherView) {
        let status = &view.status;
        self.set_instant(LAST_SUCCESS, status.last_success_at);
        self.set_instant(LAST_ATTEMPT, status.last_attempt_at);
        self.set_instant(NEXT_DUE, view.next_due.map(|due| due.at));
        self.set(SLOTS, status.n_slots as f64);
        self.set(FREE_SLOTS, status.n_free_slots as f64);
        self.set(BOOKABLE_SLOTS, view.n_bookable_slots as f64);
        self.set(FAILURES_IN_ROW, f64::from(status.n_failures));
        self.set(HELD_REMOVAL_SLOTS, status.held_removal.map_or(0, |held| held.n_slots) as f64);
        if let Some(skew) = status.hints.clock_skew_seconds {
            self.set(CLOCK_SKEW, skew as f64);
        }
        for other in Freshness::ALL {
            let label = Label::from_static_parts("freshness", other.as_str());
            self.set_labelled(FRESHNESS, label, f64::from(u8::from(other == view.freshness)));
        }
        for code in WarningCode::ALL {
            let stands = view.warnings.iter().any(|warning| warning.code == code);
            self.set_labelled(WARNING, Label::from_static_parts("code", code.as_str()), f64::from(u8::from(stands)));
        }
    }
}
