//! The router: which path leads to which handler, and what every request passes on its way.

mod codes;
mod operations;
mod provider_locations;
mod publishers;
mod slots;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery};
use axum::http::{Method, Uri, header};
use axum::middleware::from_fn;
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

use crate::ApiState;
use crate::layers::{X_REQUEST_ID, answer_panic, identify, limit, write_problems};
use crate::parameters::Given;
use crate::problem::{Problem, ProblemKind};

/// Where the scheduling API lives.
const BASE: &str = "/v1/scheduling";

/// All routes of the API, with everything that goes round them.
///
/// Other routers can be merged into it; they then bring their own layers along.
pub fn router(state: ApiState) -> Router {
    let scheduling = Router::new()
        .route("/slots", get(slots::search))
        .route("/slots/{id}", get(slots::read))
        .route("/slots/{id}/book", get(slots::book))
        .route("/provider-locations", get(provider_locations::search))
        .route("/provider-locations/{key}", get(provider_locations::read))
        .route("/publishers", get(publishers::list))
        .route("/publishers/{slug}", get(publishers::read))
        .route("/publishers/{slug}/issues", get(publishers::issues))
        .route("/service-types", get(codes::service_types))
        .route("/specialties", get(codes::specialties));
    Router::new()
        .nest(BASE, scheduling)
        .route("/healthz", get(operations::healthz))
        .route("/readyz", get(operations::readyz))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(
            // The first is the outermost: errors from within pass everything above them.
            ServiceBuilder::new()
                .layer(from_fn(identify))
                .layer(cors())
                // Level 1 of each: at 40 kB an answer the higher ones cost more time than they save on the wire.
                .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
                .layer(from_fn(write_problems))
                .layer(CatchPanicLayer::custom(answer_panic))
                .layer(from_fn(limit)),
        )
        .with_state(state)
}

/// Open to every page: the data are public and nothing here depends on who asks.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD, Method::OPTIONS])
        // Mirrored, because a `*` would not cover `Authorization`, which some clients send though it is not needed.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([X_REQUEST_ID, header::ETAG, header::RETRY_AFTER, header::LOCATION])
        .max_age(std::time::Duration::from_secs(86_400))
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
