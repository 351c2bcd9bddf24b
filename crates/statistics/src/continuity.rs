//! How steadily publishers are heard.

use std::collections::BTreeMap;

use openslots_model::{CrawlOutcome, LocalDate, PublisherSlug, UnixSeconds};

use crate::{Group, Histogram, Question};

const DAY_MINUTES: i64 = 24 * 60;
/// Gaps are told apart up to this many minutes: 366 days.
const MAX_GAP_MINUTES: i64 = 366 * DAY_MINUTES;

/// A crawl run as continuity asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolledRun {
    /// When its outcome could be seen.
    pub at: UnixSeconds,
    /// How it ended.
    pub outcome: CrawlOutcome,
    /// The publisher's own claim of how recent its data are, if it can be read.
    pub transaction_time: Option<UnixSeconds>,
}

/// How often a publisher was asked on a day, and how long its data stood still.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Polls {
    /// Crawl runs.
    pub n_polls: u32,
    /// Those that read some files and not others.
    pub n_partial: u32,
    /// Those that read nothing.
    pub n_failed: u32,
    /// Whole minutes from one run that read everything to the next, of each that ended on the day.
    pub sync_gaps: Histogram,
    /// Whole minutes from one transaction time to the next later one, of each that was first seen on the day.
    pub data_gaps: Histogram,
    /// How long data had stood still for longer than they count as fresh, in seconds.
    pub stale_seconds: u64,
    /// The last run that read everything, on the day or before.
    pub last_success_at: Option<UnixSeconds>,
    /// The latest transaction time, on the day or before.
    pub last_transaction_time: Option<UnixSeconds>,
}

impl Polls {
    /// Of a day on which nothing has happened yet, behind another one.
    pub fn after(before: &Self) -> Self {
        let Self { last_success_at, last_transaction_time, .. } = *before;
        Self { last_success_at, last_transaction_time, ..Self::default() }
    }

    /// Counts the next run of the publisher, whose data are fresh for so long.
    pub fn add(&mut self, run: PolledRun, fresh_for_seconds: u32) {
        self.n_polls += 1;
        match run.outcome {
            CrawlOutcome::Partial => self.n_partial += 1,
            CrawlOutcome::Failed | CrawlOutcome::TooSoon => self.n_failed += 1,
            CrawlOutcome::Updated | CrawlOutcome::Unchanged => {}
        }
        if run.outcome.is_success() {
            if let Some(last) = self.last_success_at {
                let seconds = run.at.0 - last.0;
                self.sync_gaps.add(minutes(seconds));
                self.stale_seconds += u64::try_from(seconds - i64::from(fresh_for_seconds)).unwrap_or(0);
            }
            self.last_success_at = Some(run.at);
        }
        if let Some(time) =
            run.transaction_time.filter(|time| self.last_transaction_time.is_none_or(|last| *time > last))
        {
            if let Some(last) = self.last_transaction_time {
                self.data_gaps.add(minutes(time.0 - last.0));
            }
            self.last_transaction_time = Some(time);
        }
    }
}

fn minutes(seconds: i64) -> u32 {
    (seconds / 60).clamp(0, MAX_GAP_MINUTES) as u32
}

/// How steadily publishers were heard.
#[derive(Debug, Clone, Default)]
pub struct Continuity {
    rows: BTreeMap<Group, ContinuityRow>,
}

/// How steadily publishers were heard, of the days and publishers of a group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContinuityRow {
    /// Crawl runs.
    pub n_polls: u64,
    /// Those that read some files and not others.
    pub n_partial: u64,
    /// Those that read nothing.
    pub n_failed: u64,
    /// How long data had stood still for longer than they count as fresh, in seconds.
    pub stale_seconds: u64,
    /// Whole minutes from one run that read everything to the next.
    pub sync_gaps: Histogram,
    /// Whole minutes from one transaction time to the next.
    pub data_gaps: Histogram,
    /// The last run that read everything.
    pub last_success_at: Option<UnixSeconds>,
}

impl Continuity {
    /// Takes a publisher's day in.
    pub fn add(&mut self, question: &Question, publisher: &PublisherSlug, day: LocalDate, polls: &Polls) {
        let row = self.rows.entry(question.group(day, Some(publisher.as_str()))).or_default();
        row.n_polls += u64::from(polls.n_polls);
        row.n_partial += u64::from(polls.n_partial);
        row.n_failed += u64::from(polls.n_failed);
        row.stale_seconds += polls.stale_seconds;
        row.sync_gaps.add_all(&polls.sync_gaps);
        row.data_gaps.add_all(&polls.data_gaps);
        row.last_success_at = row.last_success_at.max(polls.last_success_at);
    }

    /// The rows, by group.
    pub fn rows(self) -> BTreeMap<Group, ContinuityRow> {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_counted_where_they_end() {
        let run = |minute: i64, outcome, time: Option<i64>| PolledRun {
            at: UnixSeconds(minute * 60),
            outcome,
            transaction_time: time.map(|minute| UnixSeconds(minute * 60)),
        };
        use CrawlOutcome::{Failed, Partial, Unchanged, Updated};
        let mut first = Polls::default();
        for run in
            [run(0, Updated, Some(-5)), run(15, Failed, None), run(30, Partial, Some(25)), run(60, Unchanged, Some(25))]
        {
            first.add(run, 45 * 60);
        }
        assert_eq!((first.n_polls, first.n_partial, first.n_failed), (4, 1, 1));
        assert_eq!(first.sync_gaps, [60].into_iter().collect());
        assert_eq!(first.data_gaps, [30].into_iter().collect());
        assert_eq!(first.stale_seconds, 15 * 60);
        let mut second = Polls::after(&first);
        second.add(run(100, Updated, Some(20)), 45 * 60);
        assert_eq!(second.sync_gaps, [40].into_iter().collect());
        assert_eq!((second.data_gaps.n(), second.stale_seconds), (0, 0), "a claim that goes back is none");
        assert_eq!(second.last_transaction_time, Some(UnixSeconds(25 * 60)));
    }
}
