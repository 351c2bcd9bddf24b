//! The API for people, made of the same document that programs read.

mod operation;
mod prose;
mod schema;

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use openslots_api::openapi_document;
use openslots_api::problem::{PROBLEM_JSON, ProblemKind};
use serde_json::Value;

use self::operation::Operation;
use self::prose::prose;
use crate::layout::page;

const TITLE: &str = "openslots: the API";

/// `GET /docs`
pub(crate) async fn show() -> Response {
    page(StatusCode::OK, TITLE, &whole(openapi_document()))
}

/// The text of a member; empty where there is none.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn whole(document: &Value) -> Markup {
    let operations = Operation::all(document);
    html! {
        h1 { "The API" }
        @for paragraph in text(&document["info"], "description").split("\n\n") { p.prose { (prose(paragraph)) } }
        p.prose { "Programs read all of this as OpenAPI 3.1 at " a href="/openapi.json" { "/openapi.json" } "." }
        nav.contents aria-label="Contents" {
            @for tag in document["tags"].as_array().into_iter().flatten() {
                h2 { (capital(text(tag, "name"))) }
                p.quiet { (prose(text(tag, "description"))) }
                ul {
                    @for operation in operations.iter().filter(|operation| operation.tag == text(tag, "name")) {
                        li { a href={ "#" (operation.id) } { (operation.summary) } " " code.url { (operation.path) } }
                    }
                }
            }
            ul.inline {
                li { a href="#problems" { "Problems" } }
                li { a href="#shapes" { "Shapes" } }
            }
        }
        @for tag in document["tags"].as_array().into_iter().flatten() {
            @for operation in operations.iter().filter(|operation| operation.tag == text(tag, "name")) {
                (operation.show(document))
            }
        }
        (problems(document))
        (schema::shapes(document))
    }
}

fn problems(document: &Value) -> Markup {
    html! {
        h2 #problems { "Problems" }
        p.prose {
            "Whatever goes wrong is answered as " code { (PROBLEM_JSON) } " (RFC 9457); its " code { "type" }
            " leads to one of these paragraphs."
        }
        @for kind in ProblemKind::ALL {
            @let response = &document["components"]["responses"][format!("{kind:?}")];
            section.operation #(kind.anchor()) {
                h3 { (kind.title()) " " span.quiet { (kind.status().as_u16()) } }
                p.prose { (prose(kind.explanation())) }
                (example(&response["content"][PROBLEM_JSON]["example"]))
            }
        }
    }
}

/// An example of an answer, folded in.
fn example(example: &Value) -> Markup {
    let shown = match example {
        Value::String(text) => text.clone(),
        // Indented text of values that came as JSON.
        other => format!("{other:#}"),
    };
    html! {
        @if !example.is_null() {
            details { summary { "Example" } pre tabindex="0" { (shown) } }
        }
    }
}

/// A name with a capital; FHIR has nothing else.
fn capital(name: &str) -> String {
    if name == "fhir" {
        return name.to_uppercase();
    }
    let mut chars = name.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn ids(html: &str) -> Vec<&str> {
        html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn everything_has_one_anchor_and_every_link_leads_somewhere() {
        let document = openapi_document();
        let html = whole(document).into_string();
        let anchors: BTreeSet<&str> = ids(&html).into_iter().collect();
        assert_eq!(anchors.len(), ids(&html).len(), "an anchor is there twice");
        for target in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(anchors.contains(target), "#{target} leads nowhere");
        }
        for kind in ProblemKind::ALL {
            assert!(anchors.contains(kind.anchor()), "{kind:?}");
        }
        for name in document["components"]["schemas"].as_object().expect("schemas").keys() {
            assert!(anchors.contains(schema::anchor(name).as_str()), "{name}");
        }
    }

    #[test]
    fn every_operation_shows_its_parameters_and_a_request() {
        let document = openapi_document();
        let operations = Operation::all(document);
        assert!(operations.len() >= 14, "{}", operations.len());
        for operation in operations {
            let html = operation.show(document).into_string();
            assert!(html.contains("curl "), "{}", operation.id);
            for parameter in operation.parameters() {
                assert!(html.contains(&format!("<code>{}</code>", text(parameter, "name"))), "{parameter}");
            }
        }
    }
}
