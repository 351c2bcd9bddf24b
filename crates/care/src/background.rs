//! What the service does of itself: it looks after attempts, sends notices, reads calendars anew, forgets.

use openslots_model::{PublicId, UnixSeconds};
use rusqlite::TransactionBehavior;
use serde_json::json;

use crate::access::{Acting, Caller};
use crate::database::{CalendarRow, Notice, attempts, calendars, notices, resources};
use crate::erasure::Forgotten;
use crate::resource::{CareId, CareKind, Stored};
use crate::service::Care;
use crate::signing::{self, hex, mac};
use crate::subscriptions::{self, Delivery};
use crate::work::Work;
use crate::{Error, Result};

impl Care {
    /// The slots that somebody is booking at the moment.
    ///
    /// # Errors
    /// When the database fails.
    pub fn slots_under_way(&self, now: UnixSeconds) -> Result<Vec<PublicId>> {
        let mut slots: Vec<PublicId> =
            attempts::pending(&self.lock(), now)?.into_iter().map(|(slot, _)| slot).collect();
        slots.sort_unstable();
        slots.dedup();
        Ok(slots)
    }

    /// Shows it in the attempts that want slots which are not free any more.
    ///
    /// # Errors
    /// When the database fails.
    pub fn note_taken(&self, taken: &[PublicId], now: UnixSeconds) -> Result<usize> {
        let mut conn = self.lock();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut n_noted = 0;
        for (slot, task) in attempts::pending(&tx, now)? {
            if !taken.contains(&slot) {
                continue;
            }
            let corrupt = || Error::Corrupt { kind: "Task".to_owned(), id: task.to_string() };
            let mut task = resources::find(&tx, CareKind::Task, task)?.ok_or_else(corrupt)?;
            let application = resources::application_of(&tx, task.id)?.ok_or_else(corrupt)?;
            let reason = json!({ "text": "slot-unavailable" });
            if task.body.get("statusReason") == Some(&reason) {
                continue;
            }
            let caller = Caller { application, patient: task.patient, acting: Acting::Patient };
            task.body.insert("statusReason".to_owned(), reason);
            Work { conn: &tx, settings: &self.settings, caller: &caller, now }.update(task)?;
            n_noted += 1;
        }
        tx.commit()?;
        Ok(n_noted)
    }

    /// Notices that are due, ready to be sent; those that nobody wants any more are dropped.
    ///
    /// # Errors
    /// When the database fails.
    pub fn due_notices(&self, now: UnixSeconds, limit: usize) -> Result<Vec<(Notice, Delivery)>> {
        let conn = self.lock();
        let mut ready = Vec::new();
        for notice in notices::due(&conn, now, limit)? {
            let subscription = resources::find(&conn, CareKind::Subscription, notice.subscription)?;
            let resource = match subscriptions::named(&notice) {
                Some((kind, id)) => resources::find(&conn, kind, id)?,
                None => None,
            };
            let delivery = subscription.and_then(|of| subscriptions::delivery(&notice, &of, resource));
            match delivery {
                Some(delivery) => ready.push((notice, delivery)),
                None => notices::delete(&conn, notice.number)?,
            }
        }
        Ok(ready)
    }

    /// When the next notice is due.
    ///
    /// # Errors
    /// When the database fails.
    pub fn next_notice_due(&self) -> Result<Option<UnixSeconds>> {
        notices::next_due(&self.lock())
    }

    /// A notice was taken.
    ///
    /// # Errors
    /// When the database fails; it is then sent again.
    pub fn note_delivered(&self, number: i64) -> Result<()> {
        notices::delete(&self.lock(), number)
    }

    /// A notice was not taken: it is tried again, or its subscription is in error.
    ///
    /// # Errors
    /// When the database fails.
    pub fn note_undelivered(&self, notice: &Notice, now: UnixSeconds) -> Result<()> {
        let mut conn = self.lock();
        if let Some(due_at) = subscriptions::next_try(notice.n_tries, now) {
            return notices::put_off(&conn, notice.number, notice.n_tries + 1, due_at);
        }
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        notices::delete(&tx, notice.number)?;
        if let Some(mut subscription) = resources::find(&tx, CareKind::Subscription, notice.subscription)? {
            subscription.body.insert("status".to_owned(), json!("error"));
            let said = format!("the endpoint took no notice in {} tries", notice.n_tries + 1);
            subscription.body.insert("error".to_owned(), json!(said));
            let changed = Stored { version: subscription.version + 1, updated_at: now, ..subscription };
            resources::update(&tx, &changed)?;
        }
        tx.commit()?;
        Ok(())
    }

    /// The signature of a notice under the subscription's own secret.
    pub fn signature(&self, subscription: CareId, at: UnixSeconds, payload: &str) -> String {
        signing::sign(self.notice_secret(subscription).as_bytes(), at, payload.as_bytes())
    }

    /// The secret of a subscription, which whoever made it is told once.
    pub fn notice_secret(&self, subscription: CareId) -> String {
        hex(&mac(&self.notice_key, &[subscription.to_string().as_bytes()]))
    }

    /// Puts what a subscribed calendar holds now in the place of what it held.
    ///
    /// # Errors
    /// When it is not understood, or the database fails; what it held then stays.
    pub fn refresh_calendar(&self, calendar: &CalendarRow, text: &[u8], now: UnixSeconds) -> Result<()> {
        let conn = self.lock();
        let tx = conn.unchecked_transaction()?;
        // It may have been forgotten meanwhile.
        if calendars::find(&tx, &calendar.id)?.is_some() {
            let (row, busy) = crate::calendars::read_again(calendar, text, now)?;
            calendars::replace(&tx, &row, &busy)?;
        }
        Ok(tx.commit()?)
    }

    /// Calendars with an address that were read longer ago than so many seconds.
    ///
    /// # Errors
    /// When the database fails.
    pub fn calendars_due(&self, older_than_seconds: i64, now: UnixSeconds) -> Result<Vec<CalendarRow>> {
        calendars::subscribed_before(&self.lock(), now.plus_seconds(-older_than_seconds))
    }

    /// Forgets what has been over for long enough, and gives its room back.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forget(&self, now: UnixSeconds) -> Result<Forgotten> {
        let mut conn = self.lock();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let forgotten = crate::erasure::forget(&tx, self.retention, now)?;
        tx.commit()?;
        self.truncate_log(&conn)?;
        Ok(forgotten)
    }
}
