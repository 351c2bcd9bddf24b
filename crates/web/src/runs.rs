//! How the crawl runs of a publisher ended over time, how long they took and what was held after them, as charts.

use maud::{Markup, html};
use openslots_model::{CrawlOutcome, HistoryRun, UnixSeconds};

use crate::chart::{Caption, Lines, Notation, Outcome, Points, Strip, Tone};
use crate::language::Language;

/// Lines are drawn through so many points at most.
const MAX_POINTS: usize = 120;
/// The kinds of runs that there are in history; a run that was too soon was no attempt.
const KINDS: [(CrawlOutcome, Tone); 4] = [
    (CrawlOutcome::Updated, Tone::Good),
    (CrawlOutcome::Unchanged, Tone::Good),
    (CrawlOutcome::Partial, Tone::Mixed),
    (CrawlOutcome::Failed, Tone::Bad),
];

/// How far back charts reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Period {
    Day,
    #[default]
    Week,
    Month,
}

impl Period {
    const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    const fn seconds(self) -> i64 {
        86_400
            * match self {
                Self::Day => 1,
                Self::Week => 7,
                Self::Month => 30,
            }
    }

    /// The one that an address names, if it names one.
    pub(crate) fn asked(name: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|period| Some(period.as_str()) == name).unwrap_or_default()
    }

    /// From its beginning to now.
    pub(crate) const fn until(self, now: UnixSeconds) -> [UnixSeconds; 2] {
        [now.plus_seconds(-self.seconds()), now]
    }
}

/// The outcomes of runs as a strip in a line of a table.
pub(crate) fn small_strip(id: &str, runs: &[HistoryRun], span: [UnixSeconds; 2]) -> Markup {
    let caption =
        Caption { title: "Crawls of the last day", measure: "crawl runs", ..Caption::new(id, Language::English) };
    strip(caption, runs, span).show_small()
}

fn strip<'a>(caption: Caption<'a>, runs: &[HistoryRun], span: [UnixSeconds; 2]) -> Strip<'a> {
    let kind = |run: &HistoryRun| KINDS.iter().position(|(outcome, _)| *outcome == run.outcome);
    Strip {
        caption,
        span,
        kinds: KINDS.iter().map(|(outcome, tone)| Outcome { name: outcome.as_str(), tone: *tone }).collect(),
        outcomes: runs.iter().filter_map(|run| Some((run.at, kind(run)?))).collect(),
    }
}

/// The charts of a publisher's runs. Where it was not crawled for longer than `fresh_for_seconds`, nothing is known of
/// its slots, and lines end.
pub(crate) fn charts(
    runs: &[HistoryRun],
    period: Period,
    now: UnixSeconds,
    fresh_for_seconds: u32,
    address: &str,
) -> Markup {
    let span = period.until(now);
    let caption = |id, title, measure| Caption { title, measure, ..Caption::new(id, Language::English) };
    let line = |value: fn(&HistoryRun) -> u64, pick: fn(u64, u64) -> u64| {
        points(runs, span, i64::from(fresh_for_seconds), value, pick)
    };
    let last = |_, later| later;
    let outcomes = caption("outcomes", "Outcomes", "crawl runs");
    let slots = Caption {
        note: "As held after each run, also after one that failed.",
        ..caption("slots", "Slots", "slots held")
    };
    let seconds = Caption {
        note: "Of several runs in one part of the time, the longest.",
        ..caption("durations", "How long runs took", "seconds")
    };
    html! {
        p {
            @for (n, other) in Period::ALL.into_iter().enumerate() {
                @if n > 0 { " " }
                @if other == period { strong { "The last " (other.as_str()) } }
                @else { a href={ (address) "?period=" (other.as_str()) "#history" } { "The last " (other.as_str()) } }
            }
        }
        (strip(outcomes, runs, span).show())
        div.charts {
            (Lines::over_time(slots, Notation::Whole, span, vec![
                ("all", line(|run| run.n_slots, last)),
                ("free", line(|run| run.n_free_slots, last)),
            ]).show())
            (Lines::over_time(seconds, Notation::Whole, span, vec![("", line(duration_seconds, u64::max))]).show())
        }
    }
}

fn duration_seconds(run: &HistoryRun) -> u64 {
    u64::try_from(run.at.0 - run.started_at.0).unwrap_or(0)
}

/// A figure of the runs, one for each part of the time in which there were any, with a gap after each that was followed
/// by none for too long.
fn points(
    runs: &[HistoryRun],
    [from, to]: [UnixSeconds; 2],
    longest_gap: i64,
    value: fn(&HistoryRun) -> u64,
    pick: fn(u64, u64) -> u64,
) -> Points {
    let part_of = |at: UnixSeconds| (at.0 - from.0) * MAX_POINTS as i64 / (to.0 - from.0 + 1).max(1);
    let mut points: Vec<(UnixSeconds, Option<u64>)> = Vec::new();
    let mut before: Option<UnixSeconds> = None;
    for run in runs.iter().filter(|run| (from..=to).contains(&run.at)) {
        let figure = value(run);
        if let Some(before) = before.filter(|before| run.at.0 - before.0 > longest_gap) {
            points.push((before.plus_seconds(longest_gap), None));
        }
        match points.last_mut() {
            Some((at, Some(known))) if part_of(*at) == part_of(run.at) => {
                (*at, *known) = (run.at, pick(*known, figure))
            }
            _ => points.push((run.at, Some(figure))),
        }
        before = Some(run.at);
    }
    points.into_iter().map(|(at, figure)| (at, figure.map(|figure| figure as f64))).collect()
}

#[cfg(test)]
mod tests {
    use openslots_model::PublisherNumber;

    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_795_444_200);

    fn run(seconds_ago: i64, outcome: CrawlOutcome, n_slots: u64) -> HistoryRun {
        HistoryRun {
            seq: 1,
            publisher: PublisherNumber(1),
            at: NOW.plus_seconds(-seconds_ago),
            started_at: NOW.plus_seconds(-seconds_ago - 4),
            crawl_run: 1,
            outcome,
            transaction_time: None,
            n_slots,
            n_free_slots: n_slots / 2,
        }
    }

    #[test]
    fn periods_are_asked_for_by_name() {
        for (name, want) in [
            (Some("day"), Period::Day),
            (Some("month"), Period::Month),
            (Some("<b>"), Period::Week),
            (None, Period::Week),
        ] {
            assert_eq!(Period::asked(name), want);
        }
    }

    #[test]
    fn of_many_runs_in_a_part_of_the_time_one_figure_is_drawn_and_gaps_are_kept() {
        let span = Period::Day.until(NOW);
        let last = |_, later| later;
        let drawn = |runs: &[HistoryRun], pick| {
            points(runs, span, 3_600, |run| run.n_slots, pick)
                .into_iter()
                .map(|(at, value)| (NOW.0 - at.0, value))
                .collect::<Vec<_>>()
        };
        let updated = |ago, n_slots| run(ago, CrawlOutcome::Updated, n_slots);
        // A part is twelve minutes.
        let runs = [updated(90_000, 1), updated(20_000, 7), updated(19_900, 5), updated(8_000, 4), updated(6_000, 3)];
        let gap = (19_900 - 3_600, None);
        assert_eq!(drawn(&runs, last), [(19_900, Some(5.0)), gap, (8_000, Some(4.0)), (6_000, Some(3.0))]);
        assert_eq!(drawn(&runs, u64::max)[0], (19_900, Some(7.0)));
        let many: Vec<HistoryRun> = (0..2_880).rev().map(|n| updated(n * 30, 1)).collect();
        assert_eq!(drawn(&many, last).len(), MAX_POINTS);
        assert!(drawn(&[], last).is_empty());
    }

    #[test]
    fn runs_are_shown_by_outcome_slots_and_time() {
        let runs = [run(5_000, CrawlOutcome::Updated, 12), run(900, CrawlOutcome::Failed, 12)];
        let html = charts(&runs, Period::Day, NOW, 3_600, "/publishers/clinic").into_string();
        for told in [
            "updated: 1",
            "failed: 1",
            "<strong>The last day</strong>",
            "href=\"/publishers/clinic?period=month#history\"",
            "free: 6 at first, 6 at last",
            "seconds: 4 at first",
        ] {
            assert!(html.contains(told), "{told}: {html}");
        }
        assert!(!html.contains("partial:"), "{html}");
        let none = charts(&[], Period::Month, NOW, 3_600, "/").into_string();
        assert_eq!(none.matches("There are no figures yet.").count(), 3, "{none}");
        assert!(small_strip("a", &[], Period::Day.until(NOW)).into_string().is_empty());
        assert!(small_strip("a", &runs, Period::Day.until(NOW)).into_string().contains("1 updated, 1 failed."));
    }
}
