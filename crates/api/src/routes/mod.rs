//! The router: which path leads to which handler, and what every request passes on its way.

mod admin;
mod availability;
mod bulk_publish;
mod codes;
mod exports;
mod operations;
mod provider_locations;
mod publishers;
mod slots;
mod statistics;
mod watches;

pub(crate) use admin::bearer_token;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery};
use axum::http::{Method, Uri};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::layers::{Audience, Layers};
use crate::parameters::{Fields, Given, READ_PARAMETERS, SearchKind, parse_fields};
use crate::problem::{Problem, ProblemKind};
use crate::{ApiState, care, fhir};

/// Where the scheduling API lives.
const BASE: &str = "/v1/scheduling";

/// All routes of the API, with everything that goes round them.
pub fn router(state: ApiState) -> Router {
    router_with(state, Router::new())
}

/// All routes of the API and those of some pages, with everything that goes round them.
///
/// Requests for pages pass what those of the API pass: they get an id, a line in the log, limits and compression, and
/// a problem for a wrong method or a panic. What a page says of itself stays: its headers, and an error that is HTML.
/// The pages must not have a fallback of their own, because a path that nobody knows is a problem.
pub fn router_with(state: ApiState, pages: Router) -> Router {
    let layers = Layers::new(state.limits());
    let admin = layers.wrap(admin::router(&state), Audience::Operator);
    // No page of another site may ask for patients' data, and calendars are larger than questions.
    let care = layers.for_bodies_up_to(care::MAX_BODY_BYTES).wrap(care::router(&state), Audience::Operator);
    let (routes, _) = documented().split_for_parts();
    let router = routes
        .nest("/fhir", fhir::router())
        .with_state(state)
        // Before the fallbacks, which are only laid under the routes that are there.
        .merge(pages)
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method);
    // What is laid round the routes of the operator is laid round nothing else, and the fallbacks are everybody's.
    layers.wrap(router, Audience::Everybody).merge(admin).merge(care)
}

/// All routes of the API, each with what is told of it.
pub(crate) fn documented() -> OpenApiRouter<ApiState> {
    let scheduling = OpenApiRouter::new()
        .routes(routes!(slots::search))
        .routes(routes!(slots::read))
        .routes(routes!(slots::book))
        .routes(routes!(provider_locations::search))
        .routes(routes!(provider_locations::read))
        .routes(routes!(publishers::list))
        .routes(routes!(publishers::read))
        .routes(routes!(publishers::issues))
        .routes(routes!(availability::days))
        .routes(routes!(codes::service_types))
        .routes(routes!(codes::specialties))
        .routes(routes!(statistics::index))
        .routes(routes!(statistics::coverage))
        .routes(routes!(statistics::lead_time))
        .routes(routes!(statistics::free_slots))
        .routes(routes!(statistics::fill_rate))
        .routes(routes!(statistics::continuity))
        .routes(routes!(watches::make))
        .routes(routes!(watches::read, watches::delete))
        .routes(routes!(watches::feed))
        .routes(routes!(exports::list))
        .routes(routes!(exports::read))
        .routes(routes!(exports::file));
    OpenApiRouter::new()
        .nest(BASE, scheduling)
        .nest("/fhir", bulk_publish::documented())
        .routes(routes!(operations::healthz))
        .routes(routes!(operations::readyz))
        .routes(routes!(operations::metrics))
        .routes(routes!(operations::openapi))
}

async fn unknown_path(uri: Uri) -> Problem {
    Problem::not_found(format!("there is nothing at {}; the API is under {BASE}", uri.path()))
}

async fn wrong_method(method: Method) -> Problem {
    Problem::new(ProblemKind::MethodNotAllowed, format!("this path is read with GET or HEAD, not {method}"))
}

/// A part of a path, as text.
pub(crate) type PathPart = Result<Path<String>, PathRejection>;

/// The text of a part of a path; one that is no text names nothing.
pub(crate) fn path_text(part: PathPart) -> Result<String, Problem> {
    part.map(|Path(text)| text).map_err(|_| Problem::not_found("the path is not UTF-8 text"))
}

/// Refuses every parameter, where a path takes none.
fn no_parameters(RawQuery(query): &RawQuery) -> Result<(), Problem> {
    Ok(Given::read(query.as_deref(), &[]).finish()?)
}

/// Reads `fields`, where a path takes nothing else.
fn only_fields(RawQuery(query): &RawQuery, kind: SearchKind) -> Result<Option<Fields>, Problem> {
    let mut given = Given::read(query.as_deref(), READ_PARAMETERS);
    let fields = kind.shape().and_then(|shape| parse_fields(&mut given, shape));
    given.finish()?;
    Ok(fields)
}

/// How an id that leads nowhere is told.
fn no_such(kind: &str, id: &str) -> Problem {
    let shown: String = id.chars().take(60).collect();
    Problem::not_found(format!("no {kind} `{shown}` is known"))
}

/// How something is told whose publisher's data are too old to offer.
fn expired(kind: &str, publisher: &openslots_model::PublisherStatus) -> Problem {
    let slug = &publisher.publisher.slug;
    Problem::not_found(format!(
        "this {kind} is not offered, because the data of its publisher `{slug}` are too old; {BASE}/publishers/{slug} says since when"
    ))
}
