//! Shapes: which values there are and which fields an object has.

use maud::{Markup, html};
use serde_json::Value;

use super::prose::prose;
use super::text;

/// The anchor of a named shape.
pub(super) fn anchor(name: &str) -> String {
    format!("shape-{name}")
}

/// The name that a schema refers to.
fn name_of(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// What a schema is, in a few words, with links to named shapes.
pub(super) fn link(schema: &Value) -> Markup {
    if let Some(name) = name_of(schema) {
        return html! { a href={ "#" (anchor(name)) } { (name) } };
    }
    match text(schema, "type") {
        "array" => html! { "list of " (link(&schema["items"])) },
        "object" if schema["additionalProperties"].is_object() => {
            html! { (link(&schema["additionalProperties"])) " by name" }
        }
        "" => html! { "any JSON" },
        other => html! { (other) @match text(schema, "format") {
            "date-time" => { " (RFC 3339)" }
            "date" => { " (YYYY-MM-DD)" }
            _ => {}
        } },
    }
}

/// Which values a parameter takes.
pub(super) fn kind(document: &Value, schema: &Value) -> Markup {
    if let Some(name) = name_of(schema) {
        return kind(document, &document["components"]["schemas"][name]);
    }
    if let Some(values) = schema["enum"].as_array() {
        return html! {
            @for (place, value) in values.iter().enumerate() {
                @if place > 0 { ", " }
                code { (value.as_str().unwrap_or_default()) }
            }
        };
    }
    let bounds = |low: &str, high: &str| {
        let bound = |name: &str| Some(&schema[name]).filter(|value| !value.is_null()).map(Value::to_string);
        (bound(low), bound(high))
    };
    html! {
        @match text(schema, "type") {
            "array" => {
                "comma list of up to " (schema["maxItems"].to_string()) ": " (kind(document, &schema["items"]))
            }
            "boolean" => { code { "true" } ", " code { "false" } }
            "integer" => @match bounds("minimum", "maximum") {
                (Some(low), Some(high)) => { "whole number from " (low) " to " (high) }
                _ => { "whole number" }
            }
            "number" => @match bounds("exclusiveMinimum", "maximum") {
                (Some(low), Some(high)) => { "number above " (low) ", at most " (high) }
                _ => { "number" }
            }
            _ => {
                @if text(schema, "format") == "date-time" { "instant (RFC 3339)" } @else { "text" }
                @if let (_, Some(most)) = bounds("minLength", "maxLength") { " of up to " (most) " characters" }
            }
        }
    }
}

/// All named shapes.
pub(super) fn shapes(document: &Value) -> Markup {
    html! {
        h2 #shapes { "Shapes" }
        p.prose { "Fields that are not known are left out; those marked with a star are always there." }
        @for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
            section.operation #(anchor(name)) {
                h3 { (name) }
                p.prose { (prose(text(schema, "description"))) }
                @if schema["enum"].is_array() { p.values { (kind(document, schema)) } }
                @if let Some(fields) = schema["properties"].as_object() {
                    dl.facts { @for (field, told) in fields { (show_field(schema, field, told)) } }
                }
            }
        }
    }
}

fn show_field(schema: &Value, field: &str, told: &Value) -> Markup {
    let is_required = schema["required"].as_array().is_some_and(|required| required.iter().any(|name| name == field));
    html! {
        div {
            dt { code { (field) } @if is_required { span title="always there" { "*" } } }
            dd { span.quiet { (link(told)) } " " (prose(text(told, "description"))) }
        }
    }
}
