//! All that is held of a patient: given out, erased, and who has looked at it.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use openslots_care::{AuditEntry, Interaction};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::Handlers;
use super::answer::{Refusal, bundle, fhir, outcome};
use super::caller::{Call, care_id};
use super::resources::PathId;

/// Entries of the audit trail a page.
const PAGE: usize = 100;

pub(super) async fn everything(
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
) -> Result<Response, Refusal> {
    let caller = call.caller_of(care_id(path)?)?;
    let of = ("Patient", Some(caller.patient));
    let interaction = Interaction::operation("$everything");
    let all = handlers.call(caller, interaction, of, |work| work.everything()).await?;
    let mut answer = bundle("searchset", &call.base, &all);
    answer["link"] = json!([{ "relation": "self", "url": format!("{}/Patient/{}/$everything", call.base.fhir(), of.1.map(|id| id.to_string()).unwrap_or_default()) }]);
    Ok(fhir(StatusCode::OK, &answer))
}

pub(super) async fn erase(State(handlers): State<Handlers>, call: Call, path: PathId) -> Result<Response, Refusal> {
    let caller = call.caller_of(care_id(path)?)?;
    let erased = handlers.run(move |care, now| care.erase(&caller, now)).await?;
    Ok(fhir(StatusCode::OK, &erased))
}

pub(super) async fn audit_trail(
    State(handlers): State<Handlers>,
    call: Call,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let caller = call.caller()?;
    let mut before = None;
    for (name, value) in form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes()) {
        let bad = |detail: &str| {
            outcome(StatusCode::BAD_REQUEST, "invalid", &format!("{} {detail}", crate::fhir::short(&name)))
        };
        match &*name {
            "_before" => before = Some(value.parse::<i64>().map_err(|_| bad("comes from a link of a page"))?),
            "patient" if value.strip_prefix("Patient/").unwrap_or(&value) == caller.patient.to_string() => {}
            "patient" => return Err(bad("is another patient than the call names")),
            _ => return Err(bad("is not a parameter of this search")),
        }
    }
    let found = handlers.run(move |care, now| care.audit_trail(&caller, before, PAGE, now)).await?;
    let shown: Vec<Value> = found.iter().map(AuditEntry::to_json).collect();
    let mut answer = bundle("searchset", &call.base, &shown);
    let mut links = vec![json!({ "relation": "self", "url": format!("{}/AuditEvent", call.base.fhir()) })];
    if let (PAGE, Some(last)) = (found.len(), found.last()) {
        let next = format!("{}/AuditEvent?_before={}", call.base.fhir(), last.number());
        links.push(json!({ "relation": "next", "url": next }));
    }
    // How many there are in all is not counted.
    answer.as_object_mut().map(|answer| answer.remove("total"));
    answer["link"] = Value::Array(links);
    Ok(fhir(StatusCode::OK, &answer))
}
