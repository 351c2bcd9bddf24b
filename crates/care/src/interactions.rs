//! Reads, searches and changes of resources, each by the rules of its type.

use serde_json::Value;

use crate::resource::{CareId, CareKind, ResourceReference, Stored};
use crate::work::Work;
use crate::{Error, Result};

/// What a search asks for beside the type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CareSearch {
    /// `_id`: any of them.
    pub ids: Vec<String>,
    /// `status`: any of them.
    pub statuses: Vec<String>,
    /// `owner`, as `Type/id` or an id.
    pub owner: Option<String>,
    /// `code` of tasks: a code, or `system|code`.
    pub codes: Vec<String>,
    /// `focus` of tasks, or what a ServiceRequest supports: an Appointment, as `Appointment/id` or an id.
    pub appointment: Option<String>,
    /// `business-status` of tasks.
    pub business_statuses: Vec<String>,
}

impl CareSearch {
    fn matches(&self, of: &Stored) -> bool {
        let is_among = |wanted: &[String], found: Option<&str>| {
            wanted.is_empty() || found.is_some_and(|found| wanted.iter().any(|wanted| wanted == found))
        };
        let names = |wanted: &str, element: Option<&Value>| {
            let named = element.and_then(ResourceReference::of);
            named.is_some_and(|named| wanted == named.id || wanted == format!("{}/{}", named.type_name, named.id))
        };
        let appointment_of = |wanted: &str| match of.kind {
            CareKind::ServiceRequest => {
                let infos = of.body.get("supportingInfo").and_then(Value::as_array);
                infos.into_iter().flatten().any(|info| names(wanted, Some(info)))
            }
            _ => names(wanted, of.body.get("focus")),
        };
        let codings = |name: &str| {
            let codings = of.body.get(name).and_then(|concept| concept.get("coding")).and_then(Value::as_array);
            codings.into_iter().flatten().filter_map(|coding| {
                Some((coding.get("system").and_then(Value::as_str).unwrap_or_default(), coding.get("code")?.as_str()?))
            })
        };
        let has_code = |wanted: &[String], name: &str| {
            let is_wanted = |(system, code): (&str, &str)| {
                wanted.iter().any(|wanted| wanted == code || *wanted == format!("{system}|{code}"))
            };
            wanted.is_empty() || codings(name).any(is_wanted)
        };
        is_among(&self.ids, Some(&of.id.to_string()))
            && is_among(&self.statuses, of.text("status"))
            && self.owner.as_deref().is_none_or(|owner| names(owner, of.body.get("owner")))
            && self.appointment.as_deref().is_none_or(appointment_of)
            && has_code(&self.codes, "code")
            && has_code(&self.business_statuses, "businessStatus")
    }
}

impl Work<'_> {
    /// A resource of the patient's.
    ///
    /// # Errors
    /// When there is none, or the caller may not see it.
    pub fn read(&self, kind: CareKind, id: CareId) -> Result<Stored> {
        self.permit_kind(kind, false)?;
        self.get(kind, id)
    }

    /// The versions of a resource, the newest first.
    ///
    /// # Errors
    /// When there is none, or the caller may not see it.
    pub fn history(&self, kind: CareKind, id: CareId) -> Result<Vec<Stored>> {
        self.permit_kind(kind, false)?;
        let present = self.get(kind, id)?;
        crate::database::resources::versions(self.conn, &present)
    }

    /// The patient's resources of a type, in the order in which they came.
    ///
    /// # Errors
    /// When the caller may not see them.
    pub fn search(&self, kind: CareKind, wanted: &CareSearch) -> Result<Vec<Stored>> {
        self.permit_kind(kind, false)?;
        Ok(self.all(kind)?.into_iter().filter(|found| wanted.matches(found)).collect())
    }

    /// Makes a resource.
    ///
    /// # Errors
    /// When it cannot be taken, or the caller may not.
    pub fn create(&self, kind: CareKind, json: &[u8]) -> Result<Stored> {
        self.permit_kind(kind, true)?;
        let body = crate::resource::read(kind, json)?;
        match kind {
            CareKind::Patient => Err(Error::NotAllowed {
                kind,
                what: "made in another patient's name",
                instead: "name no patient in the call that brings a new one",
            }),
            CareKind::RelatedPerson => {
                self.check_related_person(&body)?;
                self.insert(kind, body)
            }
            CareKind::Consent => {
                self.check_consent(&body)?;
                self.insert(kind, body)
            }
            CareKind::Appointment => self.create_appointment(body),
            CareKind::Task => self.create_task(body),
            CareKind::ServiceRequest => Err(Error::NotAllowed {
                kind,
                what: "made by itself",
                instead: "ask for a ride with Appointment/{id}/$arrange-transportation",
            }),
            CareKind::Subscription => self.create_subscription(body),
        }
    }

    /// Puts a new version in the place of a resource; with `expected`, only in the place of that version.
    ///
    /// # Errors
    /// When it cannot be taken, somebody was quicker, or the caller may not.
    pub fn put(&self, kind: CareKind, id: CareId, json: &[u8], expected: Option<u32>) -> Result<Stored> {
        self.permit_kind(kind, true)?;
        let before = self.get(kind, id)?;
        check_version(&before, expected)?;
        let body = crate::resource::read(kind, json)?;
        match kind {
            CareKind::Patient => self.replace(before, body),
            CareKind::RelatedPerson => {
                self.check_related_person(&body)?;
                self.replace(before, body)
            }
            CareKind::Consent => {
                self.check_consent(&body)?;
                self.replace(before, body)
            }
            CareKind::Appointment => self.update_appointment(before, body),
            CareKind::Task => self.update_task(before, body),
            CareKind::ServiceRequest => {
                Err(Error::NotAllowed { kind, what: "changed", instead: "cancel its task and ask for another ride" })
            }
            CareKind::Subscription => self.update_subscription(before, body),
        }
    }

    /// Removes a resource that others can do without.
    ///
    /// # Errors
    /// When it must stay, is not there, or the caller may not.
    pub fn remove(&self, kind: CareKind, id: CareId) -> Result<()> {
        self.permit_kind(kind, true)?;
        self.get(kind, id)?;
        let instead = match kind {
            CareKind::RelatedPerson | CareKind::Consent | CareKind::Subscription => {
                return crate::database::resources::delete(self.conn, id);
            }
            CareKind::Patient => "erase all that is held of a patient with Patient/{id}/$erase",
            CareKind::Appointment | CareKind::Task => "give it the status cancelled or entered-in-error",
            CareKind::ServiceRequest => "cancel its task",
        };
        Err(Error::NotAllowed { kind, what: "deleted", instead })
    }

    /// What caregivers can be granted is theirs where it is; the rest is the patient's alone.
    fn permit_kind(&self, kind: CareKind, changes: bool) -> Result<()> {
        match kind {
            CareKind::Consent | CareKind::Subscription => self.permit_patient(),
            CareKind::Patient | CareKind::RelatedPerson if changes => self.permit_patient(),
            _ if changes => self.permit_change(kind),
            _ => self.permit_read(kind),
        }
    }
}

fn check_version(before: &Stored, expected: Option<u32>) -> Result<()> {
    match expected {
        Some(expected) if expected != before.version => {
            Err(Error::VersionConflict { kind: before.kind, id: before.id, current: before.version })
        }
        _ => Ok(()),
    }
}
