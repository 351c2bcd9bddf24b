//! Who calls, and for whom.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use openslots_care::access::{Acting, Caller, Grant};
use openslots_care::resource::CareId;

use super::Handlers;
use super::answer::{Refusal, outcome, unauthorized};
use crate::fhir::ServiceBase;
use crate::routes::bearer_token;

/// The header that names the patient.
const X_PATIENT: &str = "x-patient";
/// The header that names the caregiver on whose behalf a call is made.
const X_CAREGIVER: &str = "x-caregiver";

/// A call whose token is good.
pub(super) struct Call {
    pub(super) grant: Grant,
    /// Whom it is about; `None`: it names nobody.
    subject: Option<(CareId, Acting)>,
    pub(super) base: ServiceBase,
}

impl Call {
    /// The caller, where the call names a patient.
    pub(super) fn caller(&self) -> Result<Caller, Refusal> {
        let Some((patient, acting)) = self.subject else {
            let detail = "name the patient in X-Patient, or ask for a token that is good for one";
            return Err(outcome(axum::http::StatusCode::BAD_REQUEST, "required", detail));
        };
        Ok(Caller { application: self.grant.application.clone(), patient, acting })
    }

    /// The caller, where the call names the very patient that the path does.
    pub(super) fn caller_of(&self, patient: CareId) -> Result<Caller, Refusal> {
        let caller = self.caller()?;
        if caller.patient == patient {
            return Ok(caller);
        }
        let detail = "the path names another patient than the call";
        Err(outcome(axum::http::StatusCode::FORBIDDEN, "forbidden", detail))
    }

    /// Whether it names nobody, as a call that brings a new patient does.
    pub(super) const fn names_nobody(&self) -> bool {
        self.subject.is_none()
    }
}

impl FromRequestParts<Handlers> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, handlers: &Handlers) -> Result<Self, Refusal> {
        let now = handlers.state.now();
        let token = bearer_token(&parts.headers);
        let grant = token.and_then(|token| handlers.access.gate.authenticate(token, now));
        let Some(grant) = grant else {
            tracing::warn!(has_token = token.is_some(), "call of the patient side refused");
            return Err(unauthorized(token.is_some()));
        };
        let subject = subject(&parts.headers, &grant)?;
        Ok(Self { grant, subject, base: ServiceBase::of(&handlers.state, &parts.headers) })
    }
}

/// Whom a call is about: the one that its token is for, else the one that it names.
fn subject(headers: &HeaderMap, grant: &Grant) -> Result<Option<(CareId, Acting)>, Refusal> {
    let id = |name: &str, kind: &str| -> Result<Option<CareId>, Refusal> {
        let bad = || {
            let detail = format!("{name} must be the id of a {kind}, once");
            outcome(axum::http::StatusCode::BAD_REQUEST, "value", &detail)
        };
        let mut values = headers.get_all(name).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(bad());
        }
        let text = value.to_str().map_err(|_| bad())?;
        let text = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/')).unwrap_or(text);
        text.parse().map(Some).map_err(|_| bad())
    };
    let patient = id(X_PATIENT, "Patient")?;
    let caregiver = id(X_CAREGIVER, "RelatedPerson")?;
    let named = patient.map(|patient| (patient, caregiver.map_or(Acting::Patient, Acting::Caregiver)));
    match (grant.subject, named, caregiver) {
        (None, None, Some(_)) => {
            let detail = "a caregiver is one of a patient: name the patient in X-Patient";
            Err(outcome(axum::http::StatusCode::BAD_REQUEST, "required", detail))
        }
        (None, named, _) => Ok(named),
        (Some(given), None, None) => Ok(Some(given)),
        (Some(given), Some(named), _) if named == given => Ok(Some(given)),
        (Some((patient, Acting::Caregiver(given))), None, Some(caregiver)) if given == caregiver => {
            Ok(Some((patient, Acting::Caregiver(given))))
        }
        _ => {
            let detail = "the token is good for another patient or caregiver than the call names";
            Err(outcome(axum::http::StatusCode::FORBIDDEN, "forbidden", detail))
        }
    }
}

/// An id of the patient side in a path.
pub(super) fn care_id(path: Result<Path<String>, axum::extract::rejection::PathRejection>) -> Result<CareId, Refusal> {
    let text = path.map(|Path(text)| text).unwrap_or_default();
    text.parse().map_err(|_| {
        let detail = "there is no such resource in this patient's data";
        outcome(axum::http::StatusCode::NOT_FOUND, "not-found", detail)
    })
}

/// Whether a header says something, as `Content-Type: text/calendar` does.
pub(super) fn is_content_type(headers: &HeaderMap, wanted: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
}
