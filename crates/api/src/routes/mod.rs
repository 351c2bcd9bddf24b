//! The router: which path leads to which handler, and what every request passes on its way.

mod availability;
mod codes;
mod operations;
mod provider_locations;
mod publishers;
mod slots;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery};
use axum::http::{Method, Uri};
use axum::routing::get;

use crate::parameters::{Fields, Given, parse_fields};
use crate::problem::{Problem, ProblemKind};
use crate::render::FieldTable;
use crate::{ApiState, layers};

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
    let scheduling = Router::new()
        .route("/slots", get(slots::search))
        .route("/slots/{id}", get(slots::read))
        .route("/slots/{id}/book", get(slots::book))
        .route("/provider-locations", get(provider_locations::search))
        .route("/provider-locations/{key}", get(provider_locations::read))
        .route("/publishers", get(publishers::list))
        .route("/publishers/{slug}", get(publishers::read))
        .route("/publishers/{slug}/issues", get(publishers::issues))
        .route("/availability", get(availability::days))
        .route("/service-types", get(codes::service_types))
        .route("/specialties", get(codes::specialties));
    let router = Router::new()
        .nest(BASE, scheduling)
        .route("/healthz", get(operations::healthz))
        .route("/readyz", get(operations::readyz))
        .route("/metrics", get(operations::metrics))
        .with_state(state)
        // Before the fallbacks, which are only laid under the routes that are there.
        .merge(pages)
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method);
    layers::wrap(router)
}

async fn unknown_path(uri: Uri) -> Problem {
    Problem::not_found(format!("there is nothing at {}; the API is under {BASE}", uri.path()))
}

async fn wrong_method(method: Method) -> Problem {
    Problem::new(ProblemKind::MethodNotAllowed, format!("this path is read with GET or HEAD, not {method}"))
}

/// A part of a path, as text.
type PathPart = Result<Path<String>, PathRejection>;

/// The text of a part of a path; one that is no text names nothing.
fn path_text(part: PathPart) -> Result<String, Problem> {
    part.map(|Path(text)| text).map_err(|_| Problem::not_found("the path is not UTF-8 text"))
}

/// Refuses every parameter, where a path takes none.
fn no_parameters(RawQuery(query): &RawQuery) -> Result<(), Problem> {
    Ok(Given::read(query.as_deref(), &[]).finish()?)
}

/// `fields`, where a path takes nothing else.
fn chosen_fields(query: Option<&str>, table: &FieldTable) -> Result<Option<Fields>, Problem> {
    let mut given = Given::read(query, &["fields"]);
    let fields = parse_fields(&mut given, table);
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
