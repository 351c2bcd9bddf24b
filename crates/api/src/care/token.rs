//! Access tokens for signed assertions (SMART Backend Services, "Access token").

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use openslots_care::access::{Acting, TOKEN_SECONDS};
use openslots_care::resource::CareId;
use serde_json::json;
use url::form_urlencoded;

use super::Handlers;
use super::caller::is_content_type;
use crate::fhir::ServiceBase;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What every token is good for: the patient side, as consents and compartments allow.
const SCOPE: &str = "system/*.cruds";

/// `POST /oauth/token`. Beside what OAuth asks, `patient` (and `caregiver`) make the token good for one patient only.
pub(super) async fn exchange(State(handlers): State<Handlers>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_content_type(&headers, "application/x-www-form-urlencoded") {
        return fault("invalid_request", "post application/x-www-form-urlencoded");
    }
    let mut grant_type = None;
    let mut assertion_type = None;
    let mut assertion = None;
    let mut patient = None;
    let mut caregiver = None;
    for (name, value) in form_urlencoded::parse(&body).into_owned() {
        let slot = match name.as_str() {
            "grant_type" => &mut grant_type,
            "client_assertion_type" => &mut assertion_type,
            "client_assertion" => &mut assertion,
            "patient" => &mut patient,
            "caregiver" => &mut caregiver,
            // RFC 6749, section 3.2: parameters that are not known are ignored.
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return fault("invalid_request", "a parameter is given twice");
        }
    }
    if grant_type.as_deref() != Some("client_credentials") {
        return fault("unsupported_grant_type", "grant_type must be client_credentials");
    }
    let (Some(ASSERTION_TYPE), Some(assertion)) = (assertion_type.as_deref(), assertion) else {
        return fault("invalid_request", "client_assertion_type and client_assertion must be there");
    };
    let id = |text: Option<String>, kind: &str| -> Result<Option<CareId>, ()> {
        let id = text.map(|text| text.strip_prefix(kind).unwrap_or(&text).parse());
        id.transpose().map_err(|_| ())
    };
    let subject = match (id(patient, "Patient/"), id(caregiver, "RelatedPerson/")) {
        (Ok(Some(patient)), Ok(caregiver)) => Some((patient, caregiver.map_or(Acting::Patient, Acting::Caregiver))),
        (Ok(None), Ok(None)) => None,
        (Ok(None), Ok(Some(_))) => {
            return fault("invalid_request", "a caregiver is one of a patient: name the patient too");
        }
        _ => return fault("invalid_request", "patient and caregiver are ids of the patient side"),
    };
    let audience = format!("{}/oauth/token", ServiceBase::of(&handlers.state, &headers).service());
    let now = handlers.state.now();
    let gate = std::sync::Arc::clone(&handlers.access.gate);
    let exchanged = handlers.run(move |_, _| gate.exchange(&assertion, &audience, subject, now)).await;
    match exchanged {
        Ok(Ok((token, _))) => Json(json!({
            "access_token": token,
            "token_type": "bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": SCOPE,
        }))
        .into_response(),
        Ok(Err(why)) => {
            tracing::warn!(%why, "assertion refused");
            let told = json!({ "error": "invalid_client", "error_description": "the assertion was refused" });
            oauth(StatusCode::UNAUTHORIZED, &told)
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// `GET /.well-known/smart-configuration` (SMART App Launch, "Conformance").
pub(super) async fn configuration(State(handlers): State<Handlers>, headers: HeaderMap) -> Response {
    let base = ServiceBase::of(&handlers.state, &headers);
    Json(json!({
        "token_endpoint": format!("{}/oauth/token", base.service()),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
        "grant_types_supported": ["client_credentials"],
        "scopes_supported": [SCOPE],
        "capabilities": ["client-confidential-asymmetric"],
    }))
    .into_response()
}

fn fault(code: &str, description: &str) -> Response {
    oauth(StatusCode::BAD_REQUEST, &json!({ "error": code, "error_description": description }))
}

/// An error as OAuth has it (RFC 6749, section 5.2), which is no problem document.
fn oauth(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    response.extensions_mut().insert(crate::problem::Told);
    response
}
