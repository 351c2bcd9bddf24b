//! From a request to its answer.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use xxhash_rust::xxh3::xxh3_64;

use super::bodies::etag;
use super::file::Asked;
use super::site::{Answer, Site, with_body};
use crate::fault::lines::HTML_PAGE;
use crate::manifest::MANIFEST_NAME;
use crate::{Fault, SimulatedPublisher};

/// Answers any request.
pub(super) async fn answer(State(site): State<Arc<Site>>, request: Request<Body>) -> Response<Body> {
    let at = Instant::now();
    let (parts, _) = request.into_parts();
    let result = if parts.method == Method::GET || parts.method == Method::HEAD {
        answer_get(&site, parts.uri.path(), parts.uri.query(), &parts.headers).await
    } else {
        text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered")
    };
    let response = result.unwrap_or_else(|error| {
        tracing::warn!(%error, path = parts.uri.path(), "cannot make an answer");
        let mut response = Response::new(Body::from("cannot make this answer"));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    });
    site.log().add_request(at, &parts.method, &parts.uri, &parts.headers, response.status());
    response
}

async fn answer_get(site: &Arc<Site>, path: &str, query: Option<&str>, headers: &HeaderMap) -> Answer {
    let Some((slug, name)) = path.trim_start_matches('/').split_once('/') else {
        return text(StatusCode::NOT_FOUND, "publishers are at /<slug>/$bulk-publish");
    };
    let Some((number, files)) = site.publishers.get(slug) else {
        return text(StatusCode::NOT_FOUND, "no such publisher");
    };
    let simulation = site.simulation();
    if name == MANIFEST_NAME || name.eq_ignore_ascii_case("%24bulk-publish") {
        return answer_manifest(site, &simulation.publishers()[*number], headers);
    }
    let Some(file) = files.get(name) else { return text(StatusCode::NOT_FOUND, "no such file") };
    let asked = Asked { site: Arc::clone(site), simulation, publisher: *number, file: *file };
    match asked.file().fault {
        Some(Fault::NotFoundFile) => text(StatusCode::NOT_FOUND, "no such file"),
        Some(Fault::ServerError) => text(StatusCode::INTERNAL_SERVER_ERROR, "the database is being maintained"),
        Some(Fault::RedirectLoop) => redirect(path, "again"),
        Some(Fault::Redirect) if query.is_none() => redirect(path, "moved"),
        _ => asked.answer(headers).await,
    }
}

fn answer_manifest(site: &Site, publisher: &SimulatedPublisher, headers: &HeaderMap) -> Answer {
    let faults = &publisher.blueprint().manifest_faults;
    if faults.contains(&Fault::ManifestUnavailable) {
        return text(StatusCode::SERVICE_UNAVAILABLE, "down for maintenance");
    }
    if faults.contains(&Fault::ManifestHtml) {
        return with_body(Response::builder().header(CONTENT_TYPE, "text/html; charset=utf-8"), HTML_PAGE);
    }
    let manifest = publisher.manifest(&format!("{}/{}", site.base_url(), publisher.slug()));
    let tag = site.options.etags.then(|| etag(xxh3_64(&manifest)));
    if let Some(unchanged) = site.unchanged(tag.as_deref(), headers) {
        return unchanged;
    }
    site.log().add_body_bytes(manifest.len());
    with_body(site.begin(tag.as_deref()).header(CONTENT_TYPE, "application/json"), manifest)
}

fn text(status: StatusCode, message: &'static str) -> Answer {
    with_body(Response::builder().status(status).header(CONTENT_TYPE, "text/plain"), message)
}

fn redirect(path: &str, query: &str) -> Answer {
    let location = format!("{path}?{query}=1");
    with_body(Response::builder().status(StatusCode::FOUND).header(LOCATION, location), Body::empty())
}
