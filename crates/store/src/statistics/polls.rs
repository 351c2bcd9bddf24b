//! How publishers were heard, counted run by run.

use std::collections::BTreeMap;

use openslots_model::{HistoryRun, LocalDate, OffsetInstant, Publisher, PublisherNumber, PublisherSlug};
use openslots_statistics::{PolledRun, Polls};
use rusqlite::TransactionBehavior;
use rustc_hash::FxHashMap;

use super::coding::{decode_polls, encode_polls};
use crate::columns::blob;
use crate::{ReadSnapshot, Result, Store};

impl Store {
    /// Counts the runs that are not counted yet; how many those were.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn count_polls(&self) -> Result<u64> {
        let snapshot = self.snapshot()?;
        let sql = "SELECT run FROM daily_polls_end";
        let counted: i64 = snapshot.connection().query_row(sql, [], |row| row.get(0))?;
        let mut runs = snapshot.history_runs()?;
        runs.retain(|run| run.seq > counted as u64);
        let Some(last) = runs.last() else { return Ok(0) };
        let publishers: FxHashMap<PublisherNumber, Publisher> =
            self.publishers()?.into_iter().map(|publisher| (publisher.number, publisher)).collect();
        let mut days: BTreeMap<(PublisherNumber, LocalDate), Polls> = BTreeMap::new();
        for run in &runs {
            let Some(publisher) = publishers.get(&run.publisher) else { continue };
            let key = (run.publisher, LocalDate::of_local_seconds(run.at.0));
            if !days.contains_key(&key) {
                let earlier = days.range((run.publisher, LocalDate(i32::MIN))..key).next_back();
                let begun = match earlier {
                    Some((_, earlier)) => Polls::after(earlier),
                    None => begun(&snapshot, &publisher.slug, key.1)?,
                };
                days.insert(key, begun);
            }
            let polls = days.entry(key).or_default();
            polls.add(polled(run), publisher.policy.fresh_for_seconds);
        }
        let mut writer = self.writer();
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Who was first has counted them.
        let sql = "UPDATE daily_polls_end SET run = ?2 WHERE run = ?1";
        if tx.prepare_cached(sql)?.execute((counted, last.seq as i64))? == 0 {
            return Ok(0);
        }
        for ((number, day), polls) in &days {
            let Some(publisher) = publishers.get(number) else { continue };
            let sql = "INSERT OR REPLACE INTO daily_polls (publisher, day, body) VALUES (?1, ?2, ?3)";
            let body = encode_polls(polls, self.codec())?;
            tx.prepare_cached(sql)?.execute((publisher.slug.as_str(), day.0, body))?;
        }
        tx.commit()?;
        Ok(runs.len() as u64)
    }
}

fn polled(run: &HistoryRun) -> PolledRun {
    let read = |text: &String| OffsetInstant::parse_lenient(text).ok().map(|(read, _)| read.instant);
    PolledRun { at: run.at, outcome: run.outcome, transaction_time: run.transaction_time.as_ref().and_then(read) }
}

/// What is counted of a day, or else where the last one before it left off.
fn begun(snapshot: &ReadSnapshot, slug: &PublisherSlug, day: LocalDate) -> Result<Polls> {
    let sql = "SELECT body FROM daily_polls WHERE publisher = ?1 AND day = ?2";
    let mut statement = snapshot.connection().prepare_cached(sql)?;
    let mut rows = statement.query((slug.as_str(), day.0))?;
    match rows.next()? {
        Some(row) => decode_polls(blob(row, 0)?, snapshot.codec()),
        None => Ok(Polls::after(&last_polls(snapshot, slug, day)?)),
    }
}

/// The polls of a publisher's last day before another one.
pub(super) fn last_polls(snapshot: &ReadSnapshot, slug: &PublisherSlug, before: LocalDate) -> Result<Polls> {
    let sql = "SELECT body FROM daily_polls WHERE publisher = ?1 AND day < ?2 ORDER BY day DESC LIMIT 1";
    let mut statement = snapshot.connection().prepare_cached(sql)?;
    let mut rows = statement.query((slug.as_str(), before.0))?;
    match rows.next()? {
        Some(row) => decode_polls(blob(row, 0)?, snapshot.codec()),
        None => Ok(Polls::default()),
    }
}
