//! One call's work on the database: who calls, when, and what all rooms do alike.

use openslots_model::UnixSeconds;
use rusqlite::Connection;
use serde_json::Value;
use url::Url;

use crate::access::{Acting, Caller, Right, permit};
use crate::booking::StateKey;
use crate::database::resources;
use crate::follow_up::TaskTemplate;
use crate::resource::{Body, CareId, CareKind, ResourceReference, Stored};
use crate::{Error, Result, subscriptions};

/// What is set of the patient side, and its keys.
pub(crate) struct Settings {
    pub(crate) state_key: StateKey,
    /// Where portals send patients back to.
    pub(crate) return_url: Url,
    /// What systems of our own identifiers begin with.
    pub(crate) identifier_base: String,
    /// How long a portal's answer is waited for.
    pub(crate) attempt_seconds: i64,
    /// What has to be done once an appointment is booked.
    pub(crate) templates: Vec<TaskTemplate>,
}

/// One call's work, in one transaction.
pub struct Work<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) settings: &'a Settings,
    pub(crate) caller: &'a Caller,
    pub(crate) now: UnixSeconds,
}

impl Work<'_> {
    /// Whether the caller may see resources of a type.
    pub(crate) fn permit_read(&self, kind: CareKind) -> Result<()> {
        permit(self.conn, self.caller, kind.as_str(), Right::Read, self.now)
    }

    /// Whether the caller may make or change resources of a type.
    pub(crate) fn permit_change(&self, kind: CareKind) -> Result<()> {
        permit(self.conn, self.caller, kind.as_str(), Right::Change, self.now)
    }

    /// Whether the caller may see when participants are busy.
    pub(crate) fn permit_busy(&self, right: Right) -> Result<()> {
        permit(self.conn, self.caller, "Slot", right, self.now)
    }

    /// Only the patient may.
    pub(crate) fn permit_patient(&self) -> Result<()> {
        if self.caller.acting != Acting::Patient {
            return Err(Error::PatientOnly);
        }
        permit(self.conn, self.caller, CareKind::Patient.as_str(), Right::Change, self.now)
    }

    /// A resource in the patient's compartment.
    pub(crate) fn get(&self, kind: CareKind, id: CareId) -> Result<Stored> {
        let found = resources::find(self.conn, kind, id)?.filter(|found| found.patient == self.caller.patient);
        found.ok_or_else(|| Error::NotFound { kind: kind.as_str(), id: id.to_string() })
    }

    /// All of a type in the patient's compartment, in the order in which they came.
    pub(crate) fn all(&self, kind: CareKind) -> Result<Vec<Stored>> {
        resources::of_patient(self.conn, kind, self.caller.patient)
    }

    /// Keeps a new resource.
    pub(crate) fn insert(&self, kind: CareKind, body: Body) -> Result<Stored> {
        let new = Stored {
            kind,
            id: CareId::random()?,
            patient: self.caller.patient,
            version: 1,
            updated_at: self.now,
            body,
        };
        resources::insert(self.conn, &self.caller.application, &new)?;
        subscriptions::tell(self, &new)?;
        Ok(new)
    }

    /// Keeps a new version of a resource.
    pub(crate) fn update(&self, changed: Stored) -> Result<Stored> {
        let changed = Stored { version: changed.version + 1, updated_at: self.now, ..changed };
        resources::update(self.conn, &changed)?;
        subscriptions::tell(self, &changed)?;
        Ok(changed)
    }

    /// An element that refers to the patient.
    pub(crate) fn patient_reference(&self) -> Value {
        ResourceReference::to(CareKind::Patient, self.caller.patient)
    }

    /// An element that refers to the one on whose behalf the call is made.
    pub(crate) fn actor_reference(&self) -> Value {
        match self.caller.acting {
            Acting::Patient => self.patient_reference(),
            Acting::Caregiver(id) => ResourceReference::to(CareKind::RelatedPerson, id),
        }
    }

    /// Whether a reference to the patient side leads to something in this compartment; one to the directory counts as one.
    pub(crate) fn leads_somewhere(&self, named: &ResourceReference<'_>) -> Result<bool> {
        let Ok(kind) = named.type_name.parse::<CareKind>() else { return Ok(true) };
        let Ok(id) = named.id.parse() else { return Ok(false) };
        match self.get(kind, id) {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }
}
