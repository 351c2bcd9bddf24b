//! Patients, their caregivers, and what caregivers may do.

use serde_json::Value;

use crate::access::check_consent;
use crate::resource::{Body, CareKind, ResourceReference, Stored};
use crate::work::Work;
use crate::{Error, Fault, FaultCode, Result};

impl Work<'_> {
    /// Whether a caregiver is one of this patient.
    pub(crate) fn check_related_person(&self, body: &Body) -> Result<()> {
        let named = body.get("patient").and_then(ResourceReference::of);
        if named.and_then(|named| named.care_id(CareKind::Patient)) == Some(self.caller.patient) {
            return Ok(());
        }
        let detail = "must refer to the patient that the call names";
        Err(Error::invalid(FaultCode::Value, "RelatedPerson.patient", detail))
    }

    /// Whether a Consent can be weighed, and names caregivers that are there.
    pub(crate) fn check_consent(&self, body: &Body) -> Result<()> {
        let mut faults = check_consent(body, self.caller.patient);
        let actors = body.get("provision").and_then(|provision| provision.get("actor")).and_then(Value::as_array);
        for (place, actor) in actors.into_iter().flatten().enumerate() {
            let Some(named) = actor.get("reference").and_then(ResourceReference::of) else { continue };
            let is_person = named.care_id(CareKind::RelatedPerson).is_some();
            if is_person && !self.leads_somewhere(&named)? {
                let element = format!("Consent.provision.actor[{place}].reference");
                faults.push(Fault::new(FaultCode::Value, element, "leads nowhere in this patient's data"));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }

    /// Changes what is known of a person, or a consent, after it was looked at.
    pub(crate) fn replace(&self, before: Stored, body: Body) -> Result<Stored> {
        self.update(Stored { body, ..before })
    }
}
