//! Publishers, their state and the history of their crawl runs.

use openslots_model::{
    CrawlOutcome, CrawlRun, FreshnessPolicy, Publisher, PublisherHints, PublisherNumber, PublisherSlug,
    PublisherStatus, ResumePoint, UnixSeconds,
};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};
use serde::de::DeserializeOwned;

use crate::columns::{blob, text, unsigned};
use crate::commit::{n_free_slots, write_run};
use crate::{Error, Result, Store};

/// A publisher as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPublisher {
    /// Its short name: who it is.
    pub slug: PublisherSlug,
    /// What people call it.
    pub display_name: String,
    /// The manifest's URL, secrets removed.
    pub manifest_url: String,
    /// Whether it is crawled on schedule.
    pub enabled: bool,
    /// Whether a configuration file names it.
    pub is_configured: bool,
    /// How its data age.
    pub policy: FreshnessPolicy,
    /// When the signature or token in its configured address ends, as far as that can be told.
    pub access_expires_at: Option<UnixSeconds>,
    /// Whether its manifest may be on the public Internet only.
    pub is_public_only: bool,
}

const PUBLISHER_COLUMNS: &str =
    "p.number, p.slug, p.display_name, p.manifest_url, p.enabled, p.fresh_for_seconds, p.max_staleness_seconds,
     p.is_configured, p.access_expires_at, p.is_public_only";

fn read_publisher(row: &Row<'_>) -> Result<Publisher> {
    Ok(Publisher {
        number: PublisherNumber(row.get(0)?),
        slug: read_slug(text(row, 1)?)?,
        display_name: row.get(2)?,
        manifest_url: row.get(3)?,
        enabled: row.get(4)?,
        policy: FreshnessPolicy { fresh_for_seconds: row.get(5)?, max_staleness_seconds: row.get(6)? },
        is_configured: row.get(7)?,
        access_expires_at: row.get::<_, Option<i64>>(8)?.map(UnixSeconds),
        is_public_only: row.get(9)?,
    })
}

fn read_slug(text: &str) -> Result<PublisherSlug> {
    text.parse().map_err(|error| Error::damaged(format!("{error}")))
}

pub(crate) fn read_outcome(text: &str) -> Result<CrawlOutcome> {
    use CrawlOutcome::{Failed, Partial, TooSoon, Unchanged, Updated};
    let known = [Updated, Unchanged, Partial, Failed, TooSoon].into_iter().find(|outcome| outcome.as_str() == text);
    known.ok_or_else(|| Error::damaged(format!("crawl outcome `{text}` is not known")))
}

fn read_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|source| Error::Json { what, source })
}

/// A status of the columns that [`Store::publisher_statuses`] asks for.
fn read_status(row: &Row<'_>) -> Result<PublisherStatus> {
    let instant = |column| Ok::<_, Error>(row.get::<_, Option<i64>>(column)?.map(UnixSeconds));
    let outcome: Option<String> = row.get(13)?;
    let held_removal: Option<String> = row.get(23)?;
    Ok(PublisherStatus {
        publisher: read_publisher(row)?,
        last_attempt_at: instant(10)?,
        last_success_at: instant(11)?,
        last_read_at: instant(12)?,
        last_outcome: outcome.as_deref().map(read_outcome).transpose()?,
        reason: row.get(14)?,
        transaction_time: row.get(15)?,
        next_due_at: None,
        n_slots: unsigned(row, 16)?,
        n_free_slots: unsigned(row, 17)?,
        n_issues: unsigned(row, 18)?,
        n_failures: row.get(19)?,
        hints: PublisherHints {
            wished_interval_seconds: row.get(20)?,
            left_alone_until: instant(21)?,
            clock_skew_seconds: row.get(22)?,
        },
        held_removal: held_removal.as_deref().map(|text| read_json("a removal that waits", text)).transpose()?,
        last_snapshot_at: instant(24)?,
    })
}

/// The publishers and their state, by slug.
pub(crate) fn statuses(conn: &Connection) -> Result<Vec<PublisherStatus>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {PUBLISHER_COLUMNS}, s.last_attempt_at, s.last_success_at, s.last_read_at, s.last_outcome,
             s.reason, s.transaction_time, coalesce(s.n_slots, 0), coalesce(s.n_free_slots, 0),
             (SELECT coalesce(sum(i.n), 0) FROM issue_count i WHERE i.publisher = p.number),
             coalesce(s.n_failures, 0), s.wished_interval_seconds, s.left_alone_until, s.clock_skew_seconds,
             s.held_removal, s.last_snapshot_at
         FROM publisher p LEFT JOIN publisher_state s ON s.publisher = p.number ORDER BY p.slug"
    ))?;
    let mut rows = statement.query([])?;
    let mut statuses = Vec::new();
    while let Some(row) = rows.next()? {
        statuses.push(read_status(row)?);
    }
    Ok(statuses)
}

impl Store {
    /// Adds a publisher, or brings the one with this slug up to date.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn put_publisher(&self, publisher: &NewPublisher) -> Result<Publisher> {
        let new = publisher.clone();
        let number = self
            .writer()
            .prepare_cached(
                "INSERT INTO publisher (slug, display_name, manifest_url, enabled, fresh_for_seconds,
                     max_staleness_seconds, is_configured, access_expires_at, is_public_only)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (slug) DO UPDATE SET (display_name, manifest_url, enabled, fresh_for_seconds,
                     max_staleness_seconds, is_configured, access_expires_at, is_public_only) = (excluded.display_name,
                     excluded.manifest_url, excluded.enabled, excluded.fresh_for_seconds,
                     excluded.max_staleness_seconds, excluded.is_configured, excluded.access_expires_at,
                     excluded.is_public_only)
                 RETURNING number",
            )?
            .query_row(
                (
                    new.slug.as_str(),
                    &new.display_name,
                    &new.manifest_url,
                    new.enabled,
                    new.policy.fresh_for_seconds,
                    new.policy.max_staleness_seconds,
                    new.is_configured,
                    new.access_expires_at.map(|at| at.0),
                    new.is_public_only,
                ),
                |row| row.get(0),
            )?;
        Ok(Publisher {
            number: PublisherNumber(number),
            slug: new.slug,
            display_name: new.display_name,
            manifest_url: new.manifest_url,
            enabled: new.enabled,
            is_configured: new.is_configured,
            policy: new.policy,
            access_expires_at: new.access_expires_at,
            is_public_only: new.is_public_only,
        })
    }

    /// Lets the data of a publisher age otherwise.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_policy(&self, publisher: &PublisherSlug, policy: FreshnessPolicy) -> Result<()> {
        self.writer()
            .prepare_cached("UPDATE publisher SET fresh_for_seconds = ?2, max_staleness_seconds = ?3 WHERE slug = ?1")?
            .execute((publisher.as_str(), policy.fresh_for_seconds, policy.max_staleness_seconds))?;
        Ok(())
    }

    /// All publishers, by slug.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn publishers(&self) -> Result<Vec<Publisher>> {
        let conn = self.reader()?;
        let mut statement =
            conn.prepare_cached(&format!("SELECT {PUBLISHER_COLUMNS} FROM publisher p ORDER BY p.slug"))?;
        let mut rows = statement.query([])?;
        let mut publishers = Vec::new();
        while let Some(row) = rows.next()? {
            publishers.push(read_publisher(row)?);
        }
        Ok(publishers)
    }

    /// All publishers with their state, by slug. When the next crawl is due is not known here.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn publisher_statuses(&self) -> Result<Vec<PublisherStatus>> {
        statuses(&*self.reader()?)
    }

    /// Where the next crawl of a publisher begins; `None`: with its whole manifest.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn resume_point(&self, publisher: &PublisherSlug) -> Result<Option<ResumePoint>> {
        let found: Option<Option<String>> = self
            .reader()?
            .prepare_cached(
                "SELECT s.resume FROM publisher p JOIN publisher_state s ON s.publisher = p.number WHERE p.slug = ?1",
            )?
            .query_row([publisher.as_str()], |row| row.get(0))
            .optional()?;
        found.flatten().map(|text| read_json("where to resume", &text)).transpose()
    }

    /// Notes that a publisher is asked, so that a process after this one leaves it alone for a while, also where the
    /// run does not come to its end.
    ///
    /// # Errors
    /// When the publisher is unknown or the database cannot be written.
    pub fn record_attempt(&self, publisher: &PublisherSlug, at: UnixSeconds) -> Result<()> {
        write_attempt(&self.writer(), publisher, at)
    }

    /// The same, unless that would have to wait for a commit; whether it is noted.
    ///
    /// # Errors
    /// When the publisher is unknown or the database cannot be written.
    pub fn try_record_attempt(&self, publisher: &PublisherSlug, at: UnixSeconds) -> Result<bool> {
        let Some(writer) = self.free_writer() else { return Ok(false) };
        write_attempt(&writer, publisher, at).map(|()| true)
    }

    /// Keeps a run that read nothing in the status and the history of its publisher; data stay as they are.
    ///
    /// A run that was too soon was no attempt: it is not kept.
    ///
    /// # Errors
    /// When the publisher is unknown or the database cannot be written.
    pub fn record_failed_run(&self, run: &CrawlRun) -> Result<()> {
        let mut writer = self.writer();
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let number = tx
            .prepare_cached("SELECT number FROM publisher WHERE slug = ?1")?
            .query_row([run.publisher.as_str()], |row| row.get(0))
            .optional()?
            .map(PublisherNumber)
            .ok_or_else(|| Error::UnknownPublisher(run.publisher.clone()))?;
        let run = CrawlRun { n_free_slots: n_free_slots(&tx, number)?, ..run.clone() };
        write_run(&tx, self.codec(), number, &run, None)?;
        Ok(tx.commit()?)
    }

    /// The last crawl runs of a publisher, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn crawl_runs(&self, publisher: PublisherNumber, limit: usize) -> Result<Vec<CrawlRun>> {
        let conn = self.reader()?;
        let mut statement =
            conn.prepare_cached("SELECT body FROM crawl_run WHERE publisher = ?1 ORDER BY id DESC LIMIT ?2")?;
        let mut rows = statement.query((publisher.0, i64::try_from(limit).unwrap_or(i64::MAX)))?;
        let mut runs = Vec::new();
        while let Some(row) = rows.next()? {
            let body = self.codec().decompress(blob(row, 0)?)?;
            let run = serde_json::from_slice(&body).map_err(|source| Error::Json { what: "a crawl run", source })?;
            runs.push(run);
        }
        Ok(runs)
    }
}

fn write_attempt(writer: &Connection, publisher: &PublisherSlug, at: UnixSeconds) -> Result<()> {
    let n_written = writer
        .prepare_cached(
            "INSERT INTO publisher_state (publisher, last_attempt_at)
             SELECT number, ?2 FROM publisher WHERE slug = ?1
             ON CONFLICT DO UPDATE SET last_attempt_at = excluded.last_attempt_at",
        )?
        .execute((publisher.as_str(), at.0))?;
    if n_written == 0 { Err(Error::UnknownPublisher(publisher.clone())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_does_not_wait_for_a_commit() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("a store");
        let slug: PublisherSlug = "clinic".parse().expect("a slug");
        let committing = store.writer();
        assert!(!store.try_record_attempt(&slug, UnixSeconds(60)).expect("not asked of the database"));
        drop(committing);
        let unknown = store.try_record_attempt(&slug, UnixSeconds(60));
        assert!(matches!(unknown, Err(Error::UnknownPublisher(_))), "{unknown:?}");
    }
}
