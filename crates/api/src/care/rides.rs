//! Rides: asked for by the patient's application, followed by the vendor's webhook.

use std::fmt;

use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use openslots_care::Interaction;
use openslots_care::signing;
use openslots_care::transport::{Pickup, RideRequest, RideStatus, RideUpdate};
use openslots_model::UnixSeconds;
use serde::Deserialize;
use serde_json::json;

use super::Handlers;
use super::answer::{Refusal, fhir, outcome};
use super::caller::{Call, care_id};
use super::parameters::{Given, bad_value};
use super::resources::{Body, PathId, whole};
use crate::calls::position_of_location;

/// When it was signed, in seconds since 1970.
const X_TIMESTAMP: &str = "x-timestamp";
/// The hexadecimal HMAC-SHA-256 of the timestamp, a dot and the body.
const X_SIGNATURE: &str = "x-signature";

/// What a vendor signs with.
#[derive(Clone)]
pub struct VendorSecret(Vec<u8>);

/// The secret could be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a vendor's secret has less than 32 characters; make one with `openssl rand -hex 32`")]
pub struct VendorSecretError;

impl VendorSecret {
    /// Takes a secret.
    ///
    /// # Errors
    /// When it could be guessed.
    pub fn new(text: &str) -> Result<Self, VendorSecretError> {
        if text.len() < 32 { Err(VendorSecretError) } else { Ok(Self(text.as_bytes().to_vec())) }
    }
}

/// A vendor of rides that may send updates.
#[derive(Clone)]
pub struct Vendor {
    /// Its name, as it stands in the path of its webhook and in tasks.
    pub name: String,
    /// What it signs with.
    pub secret: VendorSecret,
}

impl fmt::Debug for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vendor").field("name", &self.name).finish_non_exhaustive()
    }
}

/// `POST /fhir/Appointment/{id}/$arrange-transportation`.
pub(super) async fn arrange(
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
    body: Body,
) -> Result<Response, Refusal> {
    let (id, caller) = (care_id(path)?, call.caller()?);
    let mut given = Given::read(&whole(body)?)?;
    let pickup = match (given.text("pickupAddress")?, given.text("pickupLocation")?) {
        (None, None) => Pickup::Home,
        (Some(address), None) => Pickup::Address(address),
        (None, Some(location)) => {
            let bad = || bad_value("pickupLocation", "must be a Location of the directory, as Location/{id}");
            let text = location.strip_prefix("Location/").unwrap_or(&location);
            let public = text.parse().map_err(|_| bad())?;
            let position = position_of_location(&handlers.state, public).await;
            let position = position.map_err(Refusal::of_call)?.ok_or_else(bad)?;
            Pickup::Location(format!("Location/{public}"), position)
        }
        _ => return Err(bad_value("pickupLocation", "stands beside pickupAddress; give one of them")),
    };
    let request = RideRequest { pickup, note: given.text("note")?, vendor: given.text("vendor")? };
    if let Some(vendor) = &request.vendor
        && !handlers.access.vendors.iter().any(|known| known.name == *vendor)
    {
        return Err(bad_value("vendor", "is not one that the operator has configured"));
    }
    given.finish()?;
    let interaction = Interaction::operation("$arrange-transportation");
    let of = ("Appointment", Some(id));
    let ride = handlers.call(caller, interaction, of, move |work| work.arrange_ride(id, &request)).await?;
    Ok(fhir(
        StatusCode::CREATED,
        &json!({
            "resourceType": "Parameters",
            "parameter": [
                { "name": "request", "resource": ride.request.to_json() },
                { "name": "task", "resource": ride.task.to_json() },
                { "name": "estimatedMinutes", "valueInteger": ride.estimate.minutes },
                { "name": "estimate", "valueString": ride.estimate.sentence() },
            ],
        }),
    ))
}

/// What a vendor sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct UpdateBody {
    trip_id: String,
    status: String,
    #[serde(default)]
    note: Option<String>,
}

/// `POST /care/rides/{vendor}/{task}`: signed by the vendor, with no token.
pub(super) async fn vendor_update(
    State(handlers): State<Handlers>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let body = whole(body)?;
    let refused = || outcome(StatusCode::UNAUTHORIZED, "login", "the signature is missing, too old or wrong");
    let Ok(Path((name, task))) = path else { return Err(refused()) };
    let vendor = handlers.access.vendors.iter().find(|vendor| vendor.name == name).ok_or_else(refused)?;
    if !is_signed(vendor, &headers, &body, handlers.state.now()) {
        tracing::warn!(vendor = %vendor.name, "update of a ride refused");
        return Err(refused());
    }
    let bad = |detail: &str| outcome(StatusCode::BAD_REQUEST, "value", detail);
    let sent: UpdateBody = serde_json::from_slice(&body).map_err(|error| bad(&format!("body {error}")))?;
    let status = RideStatus::of(&sent.status)
        .ok_or_else(|| bad("status must be one of accepted, in-progress, completed, cancelled"))?;
    let (max_id, max_note) = (128, 2_000);
    if sent.trip_id.is_empty()
        || sent.trip_id.len() > max_id
        || sent.note.as_ref().is_some_and(|it| it.len() > max_note)
    {
        return Err(bad("tripId has 1 to 128 characters, note 2000 at most"));
    }
    let task = care_id(Ok(Path(task)))?;
    let update = RideUpdate { vendor: vendor.name.clone(), trip_id: sent.trip_id, status, note: sent.note };
    let changed = handlers.run(move |care, now| care.update_ride(task, &update, now)).await?;
    // The vendor learns no more than it said.
    Ok(fhir(
        StatusCode::OK,
        &json!({
            "resourceType": "OperationOutcome",
            "issue": [{
                "severity": "information",
                "code": "informational",
                "diagnostics": format!("the ride is {}", changed.text("status").unwrap_or_default()),
            }],
        }),
    ))
}

/// Whether a vendor has signed this, a short time ago.
fn is_signed(vendor: &Vendor, headers: &HeaderMap, body: &Bytes, now: UnixSeconds) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(timestamp), Some(signature)) = (text(X_TIMESTAMP), text(X_SIGNATURE)) else { return false };
    signing::is_signed(&vendor.secret.0, timestamp, signature, body, now)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_what_is_signed_with_the_secret_counts() {
        let secret = VendorSecret::new(&"k".repeat(32)).expect("a secret");
        let vendor = Vendor { name: "ride".to_owned(), secret };
        let body = Bytes::from_static(b"{}");
        let now = UnixSeconds(1_800_000_000);
        let good = signing::sign("k".repeat(32).as_bytes(), now, &body);
        for (signature, want) in [(good.as_str(), true), (&good[2..], false), ("", false), ("é", false)] {
            let mut headers = HeaderMap::new();
            headers.insert(X_TIMESTAMP, HeaderValue::from(now.0));
            assert!(!is_signed(&vendor, &headers, &body, now), "without a signature");
            let Ok(value) = HeaderValue::try_from(signature) else { panic!("{signature} is no header") };
            headers.insert(X_SIGNATURE, value);
            assert_eq!(is_signed(&vendor, &headers, &body, now), want, "{signature}");
        }
    }

    #[test]
    fn secrets_that_could_be_guessed_are_refused() {
        assert!(VendorSecret::new("short").is_err());
    }
}
