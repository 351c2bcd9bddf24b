//! `/fhir/$bulk-publish`: the aggregated data as manifests and files (FHIR Bulk Publish; SMART Scheduling Links, "Slot
//! Aggregator").

use std::path::PathBuf;

use async_compression::tokio::bufread::GzipDecoder;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use openslots_publish::Publication;
use openslots_publish::publication::{Encoding, FileName, ManifestPage, Record};
use tokio::fs::File;
use tokio::io::BufReader;
use tokio_util::io::ReaderStream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{PathPart, path_text};
use crate::blocking::run_blocking;
use crate::openapi::manifest::BulkManifest;
use crate::openapi::responses::FileProblems;
use crate::problem::Problem;
use crate::{ApiState, Published, answer};

/// What a name stands for never changes.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const NDJSON: HeaderValue = HeaderValue::from_static("application/fhir+ndjson");
/// Bytes of a file that are in memory for one client.
const PIECE_BYTES: usize = 64 * 1_024;

pub(super) fn documented() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(root)).routes(routes!(after)).routes(routes!(changes)).routes(routes!(file))
}

/// Read the manifest
///
/// The whole set. `_since` and the like may be sent and are not heeded (sched-8): whoever wants only what changed
/// follows the link to the next page.
#[utoipa::path(
    get,
    path = "/$bulk-publish",
    operation_id = "readManifest",
    tag = "bulk",
    params(("_since" = Option<String>, Query, description = "Read and not heeded.", example = "2026-10-01T00:00:00Z")),
    responses((status = 200, description = "The manifest of now.", body = BulkManifest, headers(("ETag"))), FileProblems)
)]
pub(super) async fn root(State(state): State<ApiState>, headers: HeaderMap, _: RawQuery) -> Result<Response, Problem> {
    let published = published(&state)?;
    let record = published.publication.current().ok_or_else(not_yet)?;
    let page = published.publication.root(&record, Some(&published.update_cadence));
    manifest(&headers, published, &page)
}

/// Read what has changed after a generation
#[utoipa::path(
    get,
    path = "/bulk-publish/after/{generation}",
    operation_id = "readManifestAfter",
    tag = "bulk",
    params(("generation" = u64, Path, description = "The number of the generation that is known.", example = 1)),
    responses((status = 200, description = "The page.", body = BulkManifest, headers(("ETag"))), FileProblems)
)]
pub(super) async fn after(
    State(state): State<ApiState>,
    generation: PathPart,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    chain_page(&state, generation, &headers, Publication::after)
}

/// Read what has changed in a generation
#[utoipa::path(
    get,
    path = "/bulk-publish/changes/{generation}",
    operation_id = "readManifestChanges",
    tag = "bulk",
    params(("generation" = u64, Path, description = "The number of the generation.", example = 1)),
    responses((status = 200, description = "The page.", body = BulkManifest, headers(("ETag"))), FileProblems)
)]
pub(super) async fn changes(
    State(state): State<ApiState>,
    generation: PathPart,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    chain_page(&state, generation, &headers, Publication::changes)
}

/// One of the kinds of pages that a chain has.
type MakePage = for<'a> fn(&Publication, &'a Record, u64, Option<&'a str>) -> Option<ManifestPage<'a>>;

fn chain_page(
    state: &ApiState,
    generation: PathPart,
    headers: &HeaderMap,
    page: MakePage,
) -> Result<Response, Problem> {
    let published = published(state)?;
    let record = published.publication.current().ok_or_else(not_yet)?;
    let text = path_text(generation)?;
    let generation = text.parse().ok();
    let found = generation
        .and_then(|generation| page(&published.publication, &record, generation, Some(&published.update_cadence)));
    let found = found.ok_or_else(|| {
        Problem::not_found(format!("there is no generation `{text}`; begin again at /fhir/$bulk-publish"))
    })?;
    manifest(headers, published, &found)
}

fn manifest(headers: &HeaderMap, published: &Published, page: &ManifestPage<'_>) -> Result<Response, Problem> {
    let mut response = answer::json(headers, page)?;
    let cache_control = format!("public, max-age={}", published.max_age_seconds);
    let cache_control = HeaderValue::try_from(cache_control).map_err(|_| Problem::internal())?;
    response.headers_mut().insert(header::CACHE_CONTROL, cache_control);
    Ok(response)
}

/// Read a file
///
/// As it is kept where the client can read that: compressed with gzip or zstd.
#[utoipa::path(
    get,
    path = "/bulk-publish/files/{file}",
    operation_id = "readFile",
    tag = "bulk",
    params(("file" = String, Path, description = "The name that a manifest gives.", example = "slot.ndjson")),
    responses(
        (status = 200, description = "Resources, one a line.", body = String, content_type = "application/fhir+ndjson", headers(("ETag"))),
        FileProblems
    )
)]
pub(super) async fn file(
    State(state): State<ApiState>,
    file: PathPart,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let published = published(&state)?;
    let text = path_text(file)?;
    let gone = || {
        Problem::not_found(format!(
            "there is no file `{text}` any more, or there never was; /fhir/$bulk-publish lists those of now"
        ))
    };
    let name: FileName = text.strip_suffix(".ndjson").and_then(|name| name.parse().ok()).ok_or_else(gone)?;
    let accepted = accepted_encoding(&headers);
    let kept_as = accepted.unwrap_or(Encoding::Gzip);
    let publication = published.publication.clone();
    let on_disk = name.clone();
    let path = run_blocking(&state, move |_| Ok(publication.file(&on_disk, kept_as))).await?;
    let path = path.ok_or_else(gone)?;
    let etag = format!("\"{name}-{}\"", accepted.map_or("identity", Encoding::as_str));
    let mut response = if answer::is_known(&headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body(path, accepted).await.ok_or_else(gone)?
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, IMMUTABLE);
    headers.insert(header::ETAG, HeaderValue::try_from(etag).map_err(|_| Problem::internal())?);
    Ok(response)
}

/// The content of a file, decompressed for clients that read nothing else; `None` if it has gone meanwhile.
async fn body(path: PathBuf, encoding: Option<Encoding>) -> Option<Response> {
    let file = File::open(path).await.ok()?;
    let mut response = match encoding {
        Some(encoding) => {
            let length = file.metadata().await.ok()?.len();
            let mut response = Response::new(Body::from_stream(ReaderStream::with_capacity(file, PIECE_BYTES)));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.as_str()));
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            response
        }
        None => {
            let mut decoder = GzipDecoder::new(BufReader::with_capacity(PIECE_BYTES, file));
            decoder.multiple_members(true);
            Response::new(Body::from_stream(ReaderStream::with_capacity(decoder, PIECE_BYTES)))
        }
    };
    response.headers_mut().insert(header::CONTENT_TYPE, NDJSON);
    Some(response)
}

/// The encoding to send, by `Accept-Encoding` (RFC 9110, section 12.5.3); `None`: as it is.
fn accepted_encoding(headers: &HeaderMap) -> Option<Encoding> {
    let weight = |encoding: &str| {
        let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let mut weight = 0.0;
        for member in values.flat_map(|value| value.split(',')) {
            let mut parts = member.split(';').map(str::trim);
            let coding = parts.next().unwrap_or_default();
            let q = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            let q = q.map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
            if coding.eq_ignore_ascii_case(encoding) {
                return q;
            }
            if coding == "*" {
                weight = q;
            }
        }
        weight
    };
    let (gzip, zstd) = (weight("gzip"), weight("zstd"));
    if gzip <= 0.0 && zstd <= 0.0 {
        None
    } else if zstd >= gzip {
        Some(Encoding::Zstd)
    } else {
        Some(Encoding::Gzip)
    }
}

fn published(state: &ApiState) -> Result<&Published, Problem> {
    state
        .published()
        .ok_or_else(|| Problem::not_found("this service publishes no files; its operator has turned that off"))
}

fn not_yet() -> Problem {
    Problem::unavailable("the first files are being written", 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_one_that_the_client_reads() {
        use Encoding::{Gzip, Zstd};
        for (header, want) in [
            (None, None),
            (Some("gzip"), Some(Gzip)),
            (Some("gzip, deflate, br, zstd"), Some(Zstd)),
            (Some("zstd;q=0.5, gzip"), Some(Gzip)),
            (Some("GZIP;q=0.1"), Some(Gzip)),
            (Some("br, identity"), None),
            (Some("gzip;q=0, zstd;q=0"), None),
            (Some("*"), Some(Zstd)),
            (Some("zstd;q=0, *;q=0.5"), Some(Gzip)),
            (Some("gzip;q=many"), None),
            (Some(""), None),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(header));
            }
            assert_eq!(accepted_encoding(&headers), want, "{header:?}");
        }
    }
}
