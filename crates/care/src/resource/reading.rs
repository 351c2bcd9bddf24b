//! What somebody sends, read strictly.

use openslots_fhir::conformance::{ResourceFault, read_resource};
use openslots_model::OffsetInstant;
use serde_json::Value;

use super::{Body, CareKind};
use crate::{Error, Fault, FaultCode, Result};

/// What is never the client's to say.
const OF_THE_SERVER: [&str; 3] = ["resourceType", "id", "meta"];
/// What nobody here would look at, and others would have to be protected from.
const REFUSED: [&str; 3] = ["contained", "modifierExtension", "implicitRules"];

/// Reads a resource: valid FHIR R4 by its structure; the server's own elements are left out.
///
/// # Errors
/// [`Error::Invalid`] with a fault for each element.
pub fn read(kind: CareKind, json: &[u8]) -> Result<Body> {
    let mut body = read_resource(kind.as_str(), json).map_err(|fault| refused(kind, fault))?;
    for name in OF_THE_SERVER {
        body.remove(name);
    }
    // A narrative that is not made from the elements may say something else.
    body.remove("text");
    let refused = REFUSED.iter().filter(|name| body.contains_key(**name));
    let faults: Vec<Fault> = refused
        .map(|name| Fault::new(FaultCode::Value, format!("{kind}.{name}"), "is not taken here; leave it out"))
        .collect();
    if faults.is_empty() { Ok(body) } else { Err(Error::Invalid(faults)) }
}

fn refused(kind: CareKind, fault: ResourceFault) -> Error {
    match fault {
        ResourceFault::Json(reason) => Error::invalid(FaultCode::Structure, kind.as_str(), reason),
        ResourceFault::Type(_) => Error::invalid(
            FaultCode::Value,
            format!("{kind}.resourceType"),
            format!("the body must be a {kind}, with a `resourceType` that says so"),
        ),
        ResourceFault::Structure(found) => Error::Invalid(
            found.into_iter().map(|fault| Fault::new(FaultCode::Structure, fault.element, fault.detail)).collect(),
        ),
    }
}

/// The code that a CodeableConcept has in a system; one without a system counts.
pub(crate) fn code_in<'a>(concept: &'a Value, system: &str) -> Option<&'a str> {
    let codings = concept.get("coding")?.as_array()?;
    let is_of = |coding: &&Value| coding.get("system").is_none_or(|found| found.as_str() == Some(system));
    codings.iter().find(is_of)?.get("code")?.as_str()
}

/// The text below a path of names.
pub(crate) fn text_at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(value, |value, name| value.get(name))?.as_str()
}

/// An element that is an instant; `None`: it is not there. Structure has been looked at, so nothing else is.
pub(crate) fn instant_of(body: &Body, name: &str) -> Option<OffsetInstant> {
    OffsetInstant::parse_strict(body.get(name)?.as_str()?).ok()
}
