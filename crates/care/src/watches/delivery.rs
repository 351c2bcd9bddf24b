//! What is sent to webhooks, and how that fares.

use openslots_model::UnixSeconds;
use rusqlite::{Connection, TransactionBehavior};
use url::Url;

use super::table::read_told;
use super::{ToldSlot, WatchNumber, Watches};
use crate::Result;
use crate::subscriptions::next_try;

/// At most so many slots go in one call.
const MAX_SLOTS_AT_ONCE: u32 = 50;

/// Whether a webhook waits for a call: to be asked, or for something that it was not told.
const IS_WAITING: &str = "(state = 'pending' OR (state = 'active'
    AND EXISTS (SELECT 1 FROM told WHERE told.watch = webhook.watch AND told.seq > webhook.delivered)))";

/// How a webhook fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookState {
    /// It has not shown yet that it wants to hear.
    Pending,
    /// It is told what is new.
    Active,
    /// It did not answer for days; what is new stands in the feed alone.
    Failed,
}

impl WebhookState {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Failed => "failed",
        }
    }

    pub(super) fn of(text: &str) -> Option<Self> {
        [Self::Pending, Self::Active, Self::Failed].into_iter().find(|state| state.as_str() == text)
    }
}

/// A call that a webhook waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchDelivery {
    /// Whose it is.
    pub watch: WatchNumber,
    /// Where it goes.
    pub url: Url,
    /// What it is signed with.
    pub secret: String,
    /// What is told, the oldest first; none: it is asked whether it wants to hear.
    pub told: Vec<ToldSlot>,
    /// How often it was tried before.
    pub n_tries: u32,
}

pub(super) fn insert(conn: &Connection, watch: WatchNumber, url: &str, secret: &str, now: UnixSeconds) -> Result<()> {
    conn.execute(
        "INSERT INTO webhook (watch, url, secret, state, next_try_at) VALUES (?1, ?2, ?3, 'pending', ?4)",
        (watch.0, url, secret, now.0),
    )?;
    Ok(())
}

impl Watches {
    /// The calls that are due, at most so many, one for each webhook.
    ///
    /// # Errors
    /// When the database fails.
    pub fn due(&self, now: UnixSeconds, limit: u32) -> Result<Vec<WatchDelivery>> {
        let conn = self.lock();
        let mut statement = conn.prepare_cached(&format!(
            "SELECT watch, url, secret, n_tries, state = 'pending', delivered FROM webhook
             WHERE next_try_at <= ?1 AND {IS_WAITING} ORDER BY next_try_at LIMIT ?2"
        ))?;
        let mut rows = statement.query((now.0, limit))?;
        let mut due = Vec::new();
        while let Some(row) = rows.next()? {
            let watch = WatchNumber(row.get(0)?);
            let url: String = row.get(1)?;
            let is_pending: bool = row.get(4)?;
            let told = if is_pending { Vec::new() } else { told_behind(&conn, watch, row.get(5)?)? };
            let unreadable = |_| crate::Error::Corrupt { kind: "webhook".to_owned(), id: watch.0.to_string() };
            let url = Url::parse(&url).map_err(unreadable)?;
            due.push(WatchDelivery { watch, url, secret: row.get(2)?, told, n_tries: row.get(3)? });
        }
        Ok(due)
    }

    /// When the next call is due; `None`: nobody waits for one.
    ///
    /// # Errors
    /// When the database fails.
    pub fn next_due(&self) -> Result<Option<UnixSeconds>> {
        let sql = format!("SELECT min(next_try_at) FROM webhook WHERE {IS_WAITING}");
        let next: Option<i64> = self.lock().query_row(&sql, [], |row| row.get(0))?;
        Ok(next.map(UnixSeconds))
    }

    /// A call was taken: what it told is not told again, and a webhook that was asked wants to hear from now on.
    ///
    /// # Errors
    /// When the database fails; the call is made again then.
    pub fn note_taken(&self, delivery: &WatchDelivery, now: UnixSeconds) -> Result<()> {
        let last = delivery.told.last().map_or(0, |told| told.seq);
        self.lock().execute(
            "UPDATE webhook SET state = 'active', delivered = max(delivered, ?2), n_tries = 0, next_try_at = ?3
             WHERE watch = ?1",
            (delivery.watch.0, last, now.0),
        )?;
        Ok(())
    }

    /// A call was not taken: it is tried again, or the webhook has failed.
    ///
    /// # Errors
    /// When the database fails.
    pub fn note_not_taken(&self, delivery: &WatchDelivery, now: UnixSeconds) -> Result<()> {
        let mut conn = self.lock();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match next_try(delivery.n_tries, now) {
            Some(at) => tx.execute(
                "UPDATE webhook SET n_tries = ?2, next_try_at = ?3 WHERE watch = ?1",
                (delivery.watch.0, delivery.n_tries + 1, at.0),
            )?,
            None => tx.execute("UPDATE webhook SET state = 'failed' WHERE watch = ?1", [delivery.watch.0])?,
        };
        Ok(tx.commit()?)
    }
}

fn told_behind(conn: &Connection, watch: WatchNumber, delivered: i64) -> Result<Vec<ToldSlot>> {
    let sql = "SELECT seq, told_at, slot, body FROM told WHERE watch = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map((watch.0, delivered, MAX_SLOTS_AT_ONCE), read_told)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
