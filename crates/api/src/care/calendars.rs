//! When patient and caregivers are busy: calendars taken in, and shown as FHIR.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openslots_care::resource::{CareId, CareKind};
use openslots_care::{Attendee, CalendarSource, ImportedCalendar, Interaction, busy_of_slots};
use openslots_model::{OffsetInstant, UnixSeconds};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::Handlers;
use super::answer::{Refusal, bundle, fhir, outcome, refused};
use super::caller::{Call, care_id};
use super::parameters::{Given, bad_value};
use super::resources::{Body, PathId, whole};

/// What a calendar is called that is the only one.
const ONLY: &str = "default";

/// Whose time a path speaks of.
fn attendee(kind: CareKind, id: CareId, call: &Call) -> Result<Attendee, Refusal> {
    match kind {
        CareKind::Patient => call.caller_of(id).map(|_| Attendee::Patient),
        _ => Ok(Attendee::Caregiver(id)),
    }
}

/// `POST …/$import-calendar`: Parameters with `calendar` (iCalendar text, or base64), or `url`, or busy `slot`s; `timezone`
/// for times that name none; `name` where there are several.
pub(super) async fn import(
    kind: CareKind,
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
    body: Body,
) -> Result<Response, Refusal> {
    let (id, caller) = (care_id(path)?, call.caller()?);
    let of = attendee(kind, id, &call)?;
    let mut given = Given::read(&whole(body)?)?;
    let name = given.text("name")?.unwrap_or_else(|| ONLY.to_owned());
    let slots = given.all("slot");
    if !slots.is_empty() {
        given.finish()?;
        let busy = busy_of_slots(&slots).map_err(|error| refused(&error))?;
        let imported = handlers
            .call(caller, Interaction::operation("$import-calendar"), (kind.as_str(), Some(id)), move |work| {
                work.import_busy(of, &name, &busy)
            })
            .await?;
        return Ok(fhir(StatusCode::OK, &told(&imported)));
    }
    let zone = given
        .text("timezone")?
        .ok_or_else(|| bad_value("timezone", "must be there: times without a zone are on that clock"))?;
    let (text, url) = match (given.text("calendar")?, given.text("url")?) {
        (Some(text), None) => (decoded(text), None),
        (None, Some(url)) => {
            let parsed = Url::parse(&url).ok().filter(|url| matches!(url.scheme(), "https" | "http" | "webcal"));
            let mut parsed = parsed.ok_or_else(|| bad_value("url", "must be an https or webcal URL"))?;
            if parsed.scheme() == "webcal" {
                // webcal is https under a name that calendars register for; the standard has no registration for it.
                let https = url.replacen("webcal", "https", 1);
                parsed = Url::parse(&https).map_err(|_| bad_value("url", "must be an https or webcal URL"))?;
            }
            let fetched = handlers.access.calendars.fetch(parsed.clone()).await;
            let text = fetched.map_err(|why| bad_value("url", &format!("could not be read: {why}")))?;
            (text, Some(parsed.to_string()))
        }
        _ => return Err(bad_value("calendar", "or url must be there, one of them")),
    };
    given.finish()?;
    let interaction = Interaction::operation("$import-calendar");
    let imported = handlers
        .call(caller, interaction, (kind.as_str(), Some(id)), move |work| {
            work.import_calendar(of, &name, &CalendarSource { text: &text, zone, url })
        })
        .await?;
    Ok(fhir(StatusCode::OK, &told(&imported)))
}

/// iCalendar text as it is; base64 of it, as a client sends that keeps to `valueBase64Binary`.
fn decoded(text: String) -> Vec<u8> {
    if text.trim_start_matches('\u{feff}').trim_start().to_ascii_uppercase().starts_with("BEGIN:") {
        return text.into_bytes();
    }
    let packed: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(packed).unwrap_or_else(|_| text.into_bytes())
}

/// How many windows are kept, and what could not be understood: there somebody may be busy.
fn told(imported: &ImportedCalendar) -> Value {
    let mut parameters = vec![
        json!({ "name": "calendar", "valueId": imported.calendar.id }),
        json!({ "name": "busyWindows", "valueInteger": imported.n_windows }),
        json!({ "name": "knownUntil", "valueInstant": imported.calendar.until.to_string() }),
    ];
    parameters.extend(imported.skipped.iter().map(|why| json!({ "name": "notUnderstood", "valueString": why })));
    json!({ "resourceType": "Parameters", "parameter": parameters })
}

/// `POST …/$forget-calendar`.
pub(super) async fn forget(
    kind: CareKind,
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
    body: Body,
) -> Result<Response, Refusal> {
    let (id, caller) = (care_id(path)?, call.caller()?);
    let of = attendee(kind, id, &call)?;
    let mut given = Given::read(&whole(body)?)?;
    let name = given.text("name")?.unwrap_or_else(|| ONLY.to_owned());
    given.finish()?;
    let interaction = Interaction::operation("$forget-calendar");
    let about = (kind.as_str(), Some(id));
    handlers.call(caller, interaction, about, move |work| work.forget_calendar(of, &name)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The Schedule of a participant.
pub(super) async fn schedule(
    kind: CareKind,
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
) -> Result<Response, Refusal> {
    let (id, caller) = (care_id(path)?, call.caller()?);
    let of = attendee(kind, id, &call)?;
    let now = handlers.state.now();
    let about = ("Schedule", Some(id));
    let (schedule, _) =
        handlers.call(caller, Interaction::READ, about, move |work| work.busy_resources(of, now, now)).await?;
    Ok(fhir(StatusCode::OK, &bundle("searchset", &call.base, &[schedule])))
}

/// The busy Slots of a participant, from now on or from `start` to `end`.
pub(super) async fn slots(
    kind: CareKind,
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let (id, caller) = (care_id(path)?, call.caller()?);
    let of = attendee(kind, id, &call)?;
    let (mut from, mut to) = (handlers.state.now(), UnixSeconds(i64::MAX));
    for (name, value) in form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes()) {
        let bad = |detail: &str| {
            outcome(StatusCode::BAD_REQUEST, "invalid", &format!("{} {detail}", crate::fhir::short(&name)))
        };
        let instant =
            || OffsetInstant::parse_strict(&value).map(|at| at.instant).map_err(|error| bad(&error.to_string()));
        match &*name {
            "start" => from = instant()?,
            "end" => to = instant()?,
            _ => return Err(bad("is not a parameter of this search")),
        }
    }
    let about = ("Slot", Some(id));
    let (_, slots) =
        handlers.call(caller, Interaction::SEARCH, about, move |work| work.busy_resources(of, from, to)).await?;
    Ok(fhir(StatusCode::OK, &bundle("searchset", &call.base, &slots)))
}
