//! The patient side as others call it: each call is one transaction, and leaves a line in the audit trail.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use openslots_model::{PublicId, UnixSeconds};
use rusqlite::{Connection, TransactionBehavior};
use serde_json::json;
use sha2::Sha256;
use url::Url;

use crate::access::{Acting, ApplicationId, Caller};
use crate::booking::{PortalReturn, Returned, StateKey};
use crate::database::{
    self, AuditEntry, AuditOutcome, Interaction, Notice, attempts, audit, calendars, notices, resources,
};
use crate::erasure::{Forgotten, Retention};
use crate::follow_up::TaskTemplate;
use crate::resource::{CareId, CareKind, Stored};
use crate::subscriptions::{self, Delivery};
use crate::transport::{self, RideUpdate};
use crate::work::{Settings, Work};
use crate::{Error, Result};

/// What is set of the patient side.
#[derive(Debug, Clone)]
pub struct CareOptions {
    /// Where portals send patients back to.
    pub return_url: Url,
    /// What systems of our own identifiers begin with: the address of the service, without a slash at the end.
    pub identifier_base: String,
    /// How long a portal's answer is waited for, in seconds.
    pub attempt_seconds: i64,
    /// What has to be done once an appointment is booked.
    pub templates: Vec<TaskTemplate>,
    /// How long things are kept.
    pub retention: Retention,
}

/// The patient side.
pub struct Care {
    conn: Mutex<Connection>,
    settings: Settings,
    notice_key: [u8; 32],
    retention: Retention,
}

impl std::fmt::Debug for Care {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Care").finish_non_exhaustive()
    }
}

impl Care {
    /// Opens the database file, which only the service's own user can read.
    ///
    /// # Errors
    /// When it cannot be opened, or a newer version of this program wrote it.
    pub fn open(path: &Path, options: CareOptions) -> Result<Self> {
        let conn = database::open(path)?;
        let settings = Settings {
            state_key: StateKey::new(database::secret(&conn, "state")?),
            return_url: options.return_url,
            identifier_base: options.identifier_base,
            attempt_seconds: options.attempt_seconds,
            templates: options.templates,
        };
        let notice_key = database::secret(&conn, "notice")?;
        Ok(Self { conn: Mutex::new(conn), settings, notice_key, retention: options.retention })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A transaction that panicked was rolled back when it was dropped.
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a call in a transaction, and writes down that it was made, also where it was refused.
    ///
    /// # Errors
    /// Those of `work`, and of the database.
    pub fn call<T>(
        &self,
        caller: &Caller,
        interaction: Interaction,
        of: (&str, Option<CareId>),
        now: UnixSeconds,
        work: impl FnOnce(&Work<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut conn = self.lock();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&Work { conn: &tx, settings: &self.settings, caller, now });
        match done {
            Ok(done) => {
                audit::record(&tx, caller, interaction, of, AuditOutcome::Done, now)?;
                tx.commit()?;
                Ok(done)
            }
            Err(error) => {
                tx.rollback()?;
                let is_ours =
                    matches!(error, Error::Database(_) | Error::Corrupt { .. } | Error::Random(_) | Error::Open { .. });
                let outcome = if is_ours { AuditOutcome::Failed } else { AuditOutcome::Refused };
                audit::record(&conn, caller, interaction, of, outcome, now)?;
                Err(error)
            }
        }
    }

    /// Takes a patient in: from then on the application that brings it may name it.
    ///
    /// # Errors
    /// When the resource cannot be taken.
    pub fn admit_patient(&self, application: &ApplicationId, json: &[u8], now: UnixSeconds) -> Result<Stored> {
        let mut body = crate::resource::read(CareKind::Patient, json)?;
        body.entry("active").or_insert_with(|| json!(true));
        let id = CareId::random()?;
        let patient = Stored { kind: CareKind::Patient, id, patient: id, version: 1, updated_at: now, body };
        let caller = Caller { application: application.clone(), patient: id, acting: Acting::Patient };
        self.call(&caller, Interaction::CREATE, ("Patient", Some(id)), now, |work| {
            resources::insert(work.conn, application, &patient)
        })?;
        Ok(patient)
    }

    /// Takes what a portal says in the patient's browser, once.
    ///
    /// # Errors
    /// When the database fails; a return that changes nothing is none.
    pub fn take_return(&self, returned: &PortalReturn, now: UnixSeconds) -> Result<Returned> {
        let mut conn = self.lock();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (result, of) = crate::booking::take(&tx, &self.settings, returned, now)?;
        if let Some((caller, task)) = of {
            let interaction = Interaction::operation("portal-return");
            audit::record(&tx, &caller, interaction, ("Task", Some(task)), AuditOutcome::Done, now)?;
        }
        tx.commit()?;
        Ok(result)
    }

    /// Applies what a vendor of rides says; whoever calls has looked at its signature.
    ///
    /// # Errors
    /// When there is no such ride, or its state cannot follow.
    pub fn update_ride(&self, task: CareId, update: &RideUpdate, now: UnixSeconds) -> Result<Stored> {
        let (found, application) = {
            let conn = self.lock();
            (transport::find_task(&conn, task)?, resources::application_of(&conn, task)?)
        };
        let corrupt = || Error::Corrupt { kind: "Task".to_owned(), id: task.to_string() };
        let application = application.ok_or_else(corrupt)?;
        let caller = Caller { application, patient: found.patient, acting: Acting::Patient };
        let interaction = Interaction::operation("vendor-update");
        self.call(&caller, interaction, ("Task", Some(task)), now, |work| {
            work.update_ride(work.get(CareKind::Task, task)?, update)
        })
    }

    /// The application that has a resource's patient.
    ///
    /// # Errors
    /// When there is no such resource, or the database fails.
    pub fn application_of(&self, id: CareId) -> Result<ApplicationId> {
        let found = resources::application_of(&self.lock(), id)?;
        found.ok_or_else(|| Error::NotFound { kind: "Resource", id: id.to_string() })
    }

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

    /// The signature of a notice: the hexadecimal HMAC-SHA-256 of the time (seconds since 1970), a dot and the payload, under
    /// the subscription's own secret.
    pub fn signature(&self, subscription: CareId, at: UnixSeconds, payload: &str) -> String {
        let secret = self.notice_secret(subscription);
        hex(&mac(secret.as_bytes(), &[at.0.to_string().as_bytes(), b".", payload.as_bytes()]))
    }

    /// The secret of a subscription, which whoever made it is told once.
    pub fn notice_secret(&self, subscription: CareId) -> String {
        hex(&mac(&self.notice_key, &[subscription.to_string().as_bytes()]))
    }

    /// Puts what a subscribed calendar holds now in the place of what it held.
    ///
    /// # Errors
    /// When it is not understood, or the database fails; what it held then stays.
    pub fn refresh_calendar(&self, calendar: &database::CalendarRow, text: &[u8], now: UnixSeconds) -> Result<()> {
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
    pub fn calendars_due(&self, older_than_seconds: i64, now: UnixSeconds) -> Result<Vec<database::CalendarRow>> {
        calendars::subscribed_before(&self.lock(), now.plus_seconds(-older_than_seconds))
    }

    /// What was done to a patient's data, the newest first.
    ///
    /// # Errors
    /// When the caller is not the patient.
    pub fn audit_trail(
        &self,
        caller: &Caller,
        before: Option<i64>,
        limit: usize,
        now: UnixSeconds,
    ) -> Result<Vec<AuditEntry>> {
        self.call(caller, Interaction::SEARCH, ("AuditEvent", None), now, |work| {
            work.permit_patient()?;
            audit::of_patient(work.conn, caller.patient, before, limit)
        })
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

    /// Erases a patient, and what the log still holds of it.
    ///
    /// # Errors
    /// When somebody else than the patient asks, or the database fails.
    pub fn erase(&self, caller: &Caller, now: UnixSeconds) -> Result<serde_json::Value> {
        let of = ("Patient", Some(caller.patient));
        let erased = self.call(caller, Interaction::operation("$erase"), of, now, |work| work.erase())?;
        self.truncate_log(&self.lock())?;
        Ok(erased)
    }

    /// Pages that were erased stay in the write-ahead log until it is written back and cut off.
    fn truncate_log(&self, conn: &Connection) -> Result<()> {
        Ok(conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // A key of any length is taken; only the signature of the constructor says otherwise.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
