//! The FHIR facade: each search parameter, paging, what comes along, how much is shown, what is refused and how.

mod data;
mod find;
mod forms;
mod oracle;
mod parameters;
mod searches;

use openslots_model::{PublicId, PublisherSlug, ResourceKind};
use serde_json::Value;

use crate::support::TestApp;
use data::{HOLLY, OTHER};

/// Both publishers, crawled a minute ago.
fn app() -> TestApp {
    let app = TestApp::empty();
    app.crawl(&HOLLY);
    app.crawl(&OTHER);
    app.advance(60);
    app
}

/// The published id of a resource.
fn id(kind: ResourceKind, source_id: &str) -> String {
    let slug: PublisherSlug = HOLLY.slug.parse().unwrap();
    PublicId::of(&slug, kind, source_id).to_string()
}

/// The source ids of what a search finds, in order (`slug:id` of the other publisher).
fn found(bundle: &Value) -> Vec<String> {
    of_mode(bundle, "match")
}

fn of_mode(bundle: &Value, mode: &str) -> Vec<String> {
    let entries = bundle["entry"].as_array().into_iter().flatten().filter(|entry| entry["search"]["mode"] == mode);
    entries.map(|entry| source_id(&entry["resource"])).collect()
}

fn source_id(resource: &Value) -> String {
    let identifiers = resource["identifier"].as_array().expect("identifiers");
    let ours = identifiers.iter().find_map(|identifier| {
        let slug = identifier["system"].as_str()?.strip_prefix("http://localhost/publishers/")?;
        let id = identifier["value"].as_str()?.split_once('/')?.1;
        Some(if slug == HOLLY.slug { id.to_owned() } else { format!("{slug}:{id}") })
    });
    ours.unwrap_or_else(|| panic!("no identifier of ours: {resource}"))
}
