//! The patient side as others call it: each call is one transaction, and leaves a line in the audit trail.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use openslots_model::UnixSeconds;
use rusqlite::{Connection, TransactionBehavior};
use serde_json::json;
use url::Url;

use crate::access::{Acting, ApplicationId, Caller};
use crate::booking::{PortalReturn, Returned, StateKey};
use crate::database::{self, AuditEntry, AuditOutcome, Interaction, audit, resources};
use crate::erasure::Retention;
use crate::follow_up::TaskTemplate;
use crate::resource::{CareId, CareKind, Stored};
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
    pub(crate) settings: Settings,
    pub(crate) notice_key: [u8; 32],
    pub(crate) retention: Retention,
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

    pub(crate) fn lock(&self) -> MutexGuard<'_, Connection> {
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
    pub(crate) fn truncate_log(&self, conn: &Connection) -> Result<()> {
        Ok(conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
}
