//! The section `crawl`: what a crawl may take, and how crawls are paced beside the schedule.

use std::num::NonZeroUsize;
use std::time::Duration;

use openslots_crawl::{CrawlLimits, Pace};
use url::Url;

use super::quantity::{parse_bytes, parse_duration_seconds, parse_percent, parse_states};
use super::settings::{Checker, count};

/// The settings of the section that are read here.
pub(super) const KNOWN: &[&str] = &[
    "crawl.contact",
    "crawl.states",
    "crawl.connections_per_host",
    "crawl.connections_total",
    "crawl.connect_timeout",
    "crawl.stall_timeout",
    "crawl.file_timeout",
    "crawl.run_timeout",
    "crawl.max_redirects",
    "crawl.max_manifest",
    "crawl.max_manifest_pages",
    "crawl.max_manifest_depth",
    "crawl.max_files",
    "crawl.max_deletions",
    "crawl.max_line",
    "crawl.max_file",
    "crawl.max_expansion",
    "crawl.max_failures_in_row",
    "crawl.max_removed",
    "crawl.leave_out_test_places",
    "crawl.checked_lines",
    "crawl.resnapshot_after",
    "crawl.max_backoff",
    "crawl.max_wish",
    "crawl.breaker_after",
];

/// The section, checked.
pub(super) struct CrawlSettings {
    pub(super) limits: CrawlLimits,
    pub(super) pace: Pace,
    pub(super) states: Vec<String>,
}

impl CrawlSettings {
    pub(super) fn check(checker: &mut Checker<'_>) -> Self {
        Self {
            limits: limits(checker),
            pace: pace(checker),
            states: checker.get("crawl.states", Vec::new(), |text| {
                parse_states(text.split(',').filter(|state| !state.trim().is_empty()))
            }),
        }
    }
}

fn limits(checker: &mut Checker<'_>) -> CrawlLimits {
    let default = CrawlLimits::default();
    CrawlLimits {
        contact: checker.get("crawl.contact", default.contact, |text| {
            Url::parse(text).map(|url| Some(url.to_string())).map_err(|error| format!("`{text}` is not a URL: {error}"))
        }),
        connections_per_host: checker.count("crawl.connections_per_host", default.connections_per_host),
        connections_total: checker.count("crawl.connections_total", default.connections_total),
        connect_timeout: checker.duration("crawl.connect_timeout", default.connect_timeout),
        stall_timeout: checker.duration("crawl.stall_timeout", default.stall_timeout),
        file_timeout: checker.duration("crawl.file_timeout", default.file_timeout),
        run_timeout: checker.duration("crawl.run_timeout", default.run_timeout),
        max_redirects: checker.get("crawl.max_redirects", default.max_redirects, |text| {
            text.parse().map_err(|_| format!("`{text}` is not a count; write a whole number from 0"))
        }),
        max_manifest_bytes: checker.get("crawl.max_manifest", default.max_manifest_bytes, parse_bytes),
        max_manifest_pages: checker.count("crawl.max_manifest_pages", default.max_manifest_pages),
        max_manifest_depth: checker.count("crawl.max_manifest_depth", default.max_manifest_depth),
        max_files: checker.count("crawl.max_files", default.max_files),
        max_deletions: checker.count("crawl.max_deletions", default.max_deletions),
        max_line_bytes: checker.get("crawl.max_line", default.max_line_bytes, |text| {
            parse_bytes(text).and_then(|bytes| usize::try_from(bytes).map_err(|error| error.to_string()))
        }),
        max_file_bytes: checker.get("crawl.max_file", default.max_file_bytes, parse_bytes),
        max_expansion: checker
            .get("crawl.max_expansion", default.max_expansion, |text| count(text).map(|count| count.get() as u64)),
        max_failures_in_row: checker.small_count("crawl.max_failures_in_row", default.max_failures_in_row),
        max_removed_percent: checker.get("crawl.max_removed", default.max_removed_percent, parse_percent),
        leaves_out_test_places: checker.flag("crawl.leave_out_test_places", default.leaves_out_test_places),
        max_checked_lines: checker.get("crawl.checked_lines", default.max_checked_lines, |text| {
            text.parse().map_err(|_| format!("`{text}` is not a count; write a whole number from 0"))
        }),
        resnapshot_after: checker.duration("crawl.resnapshot_after", default.resnapshot_after),
        ..default
    }
}

fn pace(checker: &mut Checker<'_>) -> Pace {
    let default = Pace::default();
    Pace {
        max_backoff: checker.duration("crawl.max_backoff", default.max_backoff),
        max_wish: checker.duration("crawl.max_wish", default.max_wish),
        breaker_after: checker.small_count("crawl.breaker_after", default.breaker_after),
        ..default
    }
}

impl Checker<'_> {
    pub(super) fn duration(&mut self, path: &'static str, default: Duration) -> Duration {
        self.get(path, default, |text| parse_duration_seconds(text).map(|seconds| Duration::from_secs(seconds.into())))
    }

    pub(super) fn count(&mut self, path: &'static str, default: usize) -> usize {
        self.get(path, default, |text| count(text).map(NonZeroUsize::get))
    }

    fn small_count(&mut self, path: &'static str, default: u32) -> u32 {
        self.get(path, default, |text| {
            let number = count(text)?.get();
            u32::try_from(number).map_err(|_| format!("`{text}` is larger than {}", u32::MAX))
        })
    }
}
