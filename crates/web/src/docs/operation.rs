//! One request: what it does, its parameters, how to send it and what comes back.

use maud::{Markup, html};
use serde_json::Value;
use url::form_urlencoded::byte_serialize;

use super::prose::prose;
use super::schema::{kind, link};
use super::{example, text};

/// Where the examples are sent: the address that the service listens on unless told otherwise.
const EXAMPLE_HOST: &str = "http://127.0.0.1:8080";
/// A few parameters that together make a sensible request, for those requests that have them.
const ASKED: [&str; 3] = ["specialty", "zip", "limit"];

/// One request of the document.
pub(super) struct Operation<'a> {
    pub(super) id: &'a str,
    pub(super) path: &'a str,
    pub(super) summary: &'a str,
    pub(super) tag: &'a str,
    method: &'a str,
    told: &'a Value,
}

impl<'a> Operation<'a> {
    /// All of them, in the order of their paths.
    pub(super) fn all(document: &'a Value) -> Vec<Self> {
        let paths = document["paths"].as_object().into_iter().flatten();
        let of_path = |(path, item): (&'a String, &'a Value)| {
            let methods = item.as_object().into_iter().flatten();
            methods.map(move |(method, told)| Self {
                id: text(told, "operationId"),
                path,
                summary: text(told, "summary"),
                tag: told["tags"][0].as_str().unwrap_or_default(),
                method,
                told,
            })
        };
        paths.flat_map(of_path).collect()
    }

    /// Its parameters, those of its path first.
    pub(super) fn parameters(&self) -> Vec<&'a Value> {
        let mut parameters: Vec<_> = self.told["parameters"].as_array().into_iter().flatten().collect();
        parameters.sort_by_key(|parameter| parameter["in"] != "path");
        parameters
    }

    pub(super) fn show(&self, document: &Value) -> Markup {
        let parameters = self.parameters();
        html! {
            section.operation #(self.id) {
                h2 { (self.summary) }
                p.url { code { (self.method.to_uppercase()) " " (self.path) } }
                p.prose { (prose(text(self.told, "description"))) }
                @if !parameters.is_empty() {
                    h3 { "Parameters" }
                    dl.facts { @for parameter in parameters { (show_parameter(document, parameter)) } }
                }
                h3 { "Request" }
                pre tabindex="0" { (self.curl()) }
                h3 { "Answers" }
                dl.facts {
                    @for (status, response) in self.told["responses"].as_object().into_iter().flatten() {
                        (show_response(document, status, response))
                    }
                }
            }
        }
    }

    /// A request that can be sent as it is.
    fn curl(&self) -> String {
        let parameters = self.parameters();
        let mut path = self.path.to_owned();
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "path") {
            let name = text(parameter, "name");
            path = path.replace(&format!("{{{name}}}"), &example_in_path(name, parameter));
        }
        let asked =
            ASKED.iter().filter_map(|name| parameters.iter().find(|parameter| text(parameter, "name") == *name));
        let pairs: Vec<String> = asked.map(|parameter| pair(parameter)).collect();
        let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
        let follow = if self.told["responses"]["303"].is_null() { "" } else { "--include " };
        format!("curl {follow}'{EXAMPLE_HOST}{path}{query}'")
    }
}

/// An id that an example of the document has.
fn example_in_path(name: &str, parameter: &Value) -> String {
    let shown = match name {
        "key" => "qxvbfzagsest15t1",
        "id" => "kj5wjdjzynprte39",
        _ => text(parameter, "example"),
    };
    shown.to_owned()
}

/// `name=value` as it stands in a URL.
fn pair(parameter: &Value) -> String {
    let value: String = byte_serialize(in_query(&parameter["example"]).as_bytes()).collect();
    format!("{}={value}", text(parameter, "name"))
}

/// A value as it stands in a query string before it is encoded.
fn in_query(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(in_query).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn show_parameter(document: &Value, parameter: &Value) -> Markup {
    let schema = &parameter["schema"];
    let is_list = schema["type"] == "array";
    html! {
        div {
            dt { code { (text(parameter, "name")) } @if parameter["required"] == true { " " span.quiet { "in the path" } } }
            dd {
                (prose(text(parameter, "description")))
                span.values {
                    (kind(document, schema))
                    @if !schema["default"].is_null() { "; without it " code { (in_query(&schema["default"])) } }
                    @if !parameter["example"].is_null() && (is_list || schema["enum"].is_null()) {
                        "; for example " code { (in_query(&parameter["example"])) }
                    }
                }
            }
        }
    }
}

fn show_response(document: &Value, status: &str, response: &Value) -> Markup {
    let shared = text(response, "$ref").rsplit('/').next().unwrap_or_default();
    if !shared.is_empty() {
        let told = &document["components"]["responses"][shared];
        // The problem that it is says where its paragraph is.
        let problem = text(&told["content"]["application/problem+json"]["example"], "type");
        return html! {
            div {
                dt { (status) }
                dd {
                    (prose(text(told, "description")))
                    @if let Some((_, anchor)) = problem.split_once('#') { " " a href={ "#" (anchor) } { "More" } }
                }
            }
        };
    }
    html! {
        div {
            dt { (status) }
            dd {
                (prose(text(response, "description")))
                @for (media_type, content) in response["content"].as_object().into_iter().flatten() {
                    span.values { code { (media_type) } ": " (link(&content["schema"])) }
                    (example(&content["example"]))
                }
                @if let Some(headers) = response["headers"].as_object() {
                    span.values {
                        "Headers: "
                        @for (place, name) in headers.keys().enumerate() {
                            @if place > 0 { ", " }
                            code title=(text(&document["components"]["headers"][name], "description")) { (name) }
                        }
                    }
                }
            }
        }
    }
}
