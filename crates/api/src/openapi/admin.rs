//! The operator's calls, which are there only where a token is configured.

use serde_json::{Value, json};

use super::responses::{OF_ALL, header_references};
use crate::problem::ProblemKind;

/// Adds the operator's calls to the document.
pub(super) fn add_admin(document: &mut Value) {
    document["components"]["securitySchemes"] = json!({ "operator": { "type": "http", "scheme": "bearer" } });
    let crawl_body = json!({
        "required": false,
        "content": { "application/json": { "schema": {
            "type": "object",
            "properties": {
                "publishers": { "type": "array", "items": { "type": "string" }, "description": "Slugs; none: all that are enabled." },
                "force": { "type": "boolean", "description": "Also those that were asked less than a minute ago." },
            },
        } } },
    });
    let mut crawl = operation("crawlPublishers", "Crawl publishers now", "202", json!({ "publishers": ["clinic"] }));
    crawl["requestBody"] = crawl_body;
    let rebuild = operation("rebuildIndex", "Build the index anew", "202", json!({ "index": "rebuild" }));
    let status = operation("readStatus", "Read the state of every publisher", "200", json!({ "publishers": [] }));
    for (path, method, told) in [
        ("/v1/admin/crawl", "post", crawl),
        ("/v1/admin/index/rebuild", "post", rebuild),
        ("/v1/admin/status", "get", status),
    ] {
        document["paths"][path] = json!({ method: told });
    }
}

fn operation(id: &str, summary: &str, status: &str, example: Value) -> Value {
    let mut responses = json!({ status: {
        "description": "It is done, or begun.",
        "headers": header_references(&["X-Request-Id", "X-Correlation-Id", "Cache-Control"]),
        "content": { "application/json": {
            "schema": { "type": "object", "properties": {}, "additionalProperties": true },
            "example": example,
        } },
    } });
    let others = [
        ProblemKind::InvalidParameters,
        ProblemKind::Unauthorized,
        // Where no token is configured.
        ProblemKind::NotFound,
        ProblemKind::Conflict,
    ];
    for kind in others.into_iter().chain(OF_ALL) {
        let name = kind.response_name();
        responses[kind.status().as_str()] = json!({ "$ref": format!("#/components/responses/{name}") });
    }
    json!({
        "operationId": id,
        "tags": ["operations"],
        "summary": summary,
        "description": "With the operator's token, which the configuration must have.",
        "security": [{ "operator": [] }],
        "responses": responses,
    })
}
