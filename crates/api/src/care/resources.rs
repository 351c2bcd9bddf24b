//! Reads, searches and changes of resources in one patient's compartment.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use openslots_care::access::Caller;
use openslots_care::resource::{CareId, CareKind, Stored};
use openslots_care::{CareSearch, Interaction, Work};
use serde_json::Value;
use url::form_urlencoded;

use super::Handlers;
use super::answer::{Refusal, bundle, fhir, outcome, refused, stored};
use super::caller::{Call, care_id};
use crate::blocking::run_blocking;

/// An id in a path.
pub(super) type PathId = Result<Path<String>, PathRejection>;
/// A body, or why it could not be read.
pub(super) type Body = Result<Bytes, BytesRejection>;

/// What notices of a new Subscription are signed with.
const X_NOTICE_SECRET: HeaderName = HeaderName::from_static("x-notice-secret");

/// Resources of a page where nothing is asked, and at most.
const PAGE: (usize, usize) = (50, 200);

impl Handlers {
    /// Runs a call on a blocking thread, in a transaction that leaves a line in the audit trail.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        caller: Caller,
        interaction: Interaction,
        of: (&'static str, Option<CareId>),
        work: impl FnOnce(&Work<'_>) -> Result<T, openslots_care::Error> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.run(move |care, now| care.call(&caller, interaction, of, now, work)).await
    }

    /// Runs something on a blocking thread.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&openslots_care::Care, openslots_model::UnixSeconds) -> Result<T, openslots_care::Error>
        + Send
        + 'static,
    ) -> Result<T, Refusal> {
        let care = std::sync::Arc::clone(&self.access.care);
        let now = self.state.now();
        let done = run_blocking(&self.state, move |_| Ok(work(&care, now))).await;
        done.map_err(Refusal::of_call)?.map_err(|error| refused(&error))
    }
}

/// The whole body.
pub(super) fn whole(body: Body) -> Result<Bytes, Refusal> {
    Ok(body?)
}

pub(super) async fn read(
    kind: CareKind,
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
) -> Result<Response, Refusal> {
    let (id, caller) = (care_id(path)?, call.caller()?);
    let of = (kind.as_str(), Some(id));
    let found = handlers.call(caller, Interaction::READ, of, move |work| work.read(kind, id)).await?;
    Ok(stored(StatusCode::OK, &call.base, &found))
}

pub(super) async fn history(
    kind: CareKind,
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
) -> Result<Response, Refusal> {
    let (id, caller) = (care_id(path)?, call.caller()?);
    let of = (kind.as_str(), Some(id));
    let found = handlers.call(caller, Interaction::HISTORY, of, move |work| work.history(kind, id)).await?;
    let versions: Vec<Value> = found.iter().map(Stored::to_json).collect();
    Ok(fhir(StatusCode::OK, &bundle("history", &call.base, &versions)))
}

pub(super) async fn search(
    kind: CareKind,
    State(handlers): State<Handlers>,
    call: Call,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let caller = call.caller()?;
    let asked = Asked::read(kind, query.as_deref().unwrap_or_default(), caller.patient)?;
    let wanted = asked.search.clone();
    let of = (kind.as_str(), None);
    let found = handlers.call(caller, Interaction::SEARCH, of, move |work| work.search(kind, &wanted)).await?;
    Ok(fhir(StatusCode::OK, &asked.page(kind, &call, &found)))
}

pub(super) async fn create(
    kind: CareKind,
    State(handlers): State<Handlers>,
    call: Call,
    body: Body,
) -> Result<Response, Refusal> {
    let body = whole(body)?;
    let made = if kind == CareKind::Patient && call.names_nobody() {
        let application = call.grant.application.clone();
        handlers.run(move |care, now| care.admit_patient(&application, &body, now)).await?
    } else {
        let of = (kind.as_str(), None);
        handlers.call(call.caller()?, Interaction::CREATE, of, move |work| work.create(kind, &body)).await?
    };
    let mut response = stored(StatusCode::CREATED, &call.base, &made);
    if kind == CareKind::Subscription
        && let Ok(secret) = HeaderValue::try_from(handlers.access.care.notice_secret(made.id))
    {
        // Told once, to whoever made it: what its notices are signed with.
        response.headers_mut().insert(X_NOTICE_SECRET, secret);
    }
    Ok(response)
}

pub(super) async fn update(
    kind: CareKind,
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let (id, caller, body) = (care_id(path)?, call.caller()?, whole(body)?);
    let expected = expected_version(&headers)?;
    let of = (kind.as_str(), Some(id));
    let changed =
        handlers.call(caller, Interaction::UPDATE, of, move |work| work.put(kind, id, &body, expected)).await?;
    Ok(stored(StatusCode::OK, &call.base, &changed))
}

pub(super) async fn delete(
    kind: CareKind,
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
) -> Result<Response, Refusal> {
    let (id, caller) = (care_id(path)?, call.caller()?);
    let of = (kind.as_str(), Some(id));
    handlers.call(caller, Interaction::DELETE, of, move |work| work.remove(kind, id)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The version that `If-Match` names (FHIR R4, "Managing Resource Contention").
fn expected_version(headers: &HeaderMap) -> Result<Option<u32>, Refusal> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let version = text.trim_start_matches("W/").trim_matches('"').parse();
    let detail = "If-Match must be the version that was read, as in W/\"3\"";
    version.map(Some).map_err(|_| outcome(StatusCode::BAD_REQUEST, "value", detail))
}

/// What a search asks for.
struct Asked {
    search: CareSearch,
    count: usize,
    offset: usize,
    /// For the links.
    applied: Vec<(String, String)>,
}

impl Asked {
    fn read(kind: CareKind, query: &str, patient: CareId) -> Result<Self, Refusal> {
        let bad = |name: &str, detail: &str| {
            outcome(StatusCode::BAD_REQUEST, "invalid", &format!("{} {detail}", crate::fhir::short(name)))
        };
        let mut asked = Self { search: CareSearch::default(), count: PAGE.0, offset: 0, applied: Vec::new() };
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            let list = || value.split(',').map(str::to_owned).collect::<Vec<_>>();
            if value.is_empty() {
                return Err(bad(&name, "is empty"));
            }
            match (name.as_str(), kind) {
                ("_id", _) => asked.search.ids = list(),
                ("_count", _) => {
                    let count = value.parse::<usize>().map_err(|_| bad(&name, "is a number of answers"))?;
                    asked.count = count.min(PAGE.1);
                    continue;
                }
                ("_offset", _) => {
                    asked.offset = value.parse().map_err(|_| bad(&name, "comes from a link of a page"))?;
                    continue;
                }
                ("patient" | "subject" | "for", _) => {
                    let id = value.strip_prefix("Patient/").unwrap_or(&value);
                    if id != patient.to_string() {
                        return Err(bad(&name, "is another patient than the call names"));
                    }
                }
                ("status", CareKind::Patient | CareKind::RelatedPerson) => {
                    return Err(bad(&name, "is not a parameter of this type"));
                }
                ("status", _) => asked.search.statuses = list(),
                ("owner", CareKind::Task) => asked.search.owner = Some(value.clone()),
                ("code", CareKind::Task) => asked.search.codes = list(),
                ("business-status", CareKind::Task) => asked.search.business_statuses = list(),
                ("focus", CareKind::Task) | ("supporting-info", CareKind::ServiceRequest) => {
                    asked.search.appointment = Some(value.clone());
                }
                _ => return Err(bad(&name, "is not a parameter of this search")),
            }
            asked.applied.push((name, value));
        }
        Ok(asked)
    }

    fn page(&self, kind: CareKind, call: &Call, found: &[Stored]) -> Value {
        let shown = found.iter().skip(self.offset).take(self.count);
        let resources: Vec<Value> = shown.map(Stored::to_json).collect();
        let mut page = bundle("searchset", &call.base, &resources);
        let link = |relation: &str, offset: usize| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(&self.applied).append_pair("_count", &self.count.to_string());
            if offset > 0 {
                query.append_pair("_offset", &offset.to_string());
            }
            serde_json::json!({ "relation": relation, "url": format!("{}/{kind}?{}", call.base.fhir(), query.finish()) })
        };
        let mut links = vec![link("self", self.offset)];
        if self.count > 0 && self.offset + self.count < found.len() {
            links.push(link("next", self.offset + self.count));
        }
        page["total"] = found.len().into();
        page["link"] = Value::Array(links);
        page
    }
}
