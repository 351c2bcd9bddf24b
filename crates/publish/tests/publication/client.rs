//! A client that reads manifests and files as FHIR Bulk Publish says.

use std::collections::BTreeMap;
use std::fs::File;

use openslots_publish::Publication;
use openslots_publish::publication::{Encoding, Record};
use serde_json::Value;

use crate::world::BASE_URL;

/// What a client holds: resources by `Type/id`, and where it goes on.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Client {
    pub(crate) held: BTreeMap<String, Value>,
    pub(crate) next: Option<String>,
}

/// A page of the manifest by its URL.
pub(crate) fn page(publication: &Publication, record: &Record, url: &str) -> Option<Value> {
    let path = url.strip_prefix(BASE_URL).expect("our address");
    let number = |text: &str| text.parse().expect("a generation");
    let page = match path.trim_start_matches("/fhir/").split('/').collect::<Vec<_>>()[..] {
        ["$bulk-publish"] => publication.root(record, Some("PT1M")),
        ["bulk-publish", "after", generation] => publication.after(record, number(generation), None)?,
        ["bulk-publish", "changes", generation] => publication.changes(record, number(generation), None)?,
        _ => panic!("no page is at {path}"),
    };
    Some(serde_json::to_value(page).expect("JSON"))
}

/// The lines of a file by its URL.
pub(crate) fn lines(publication: &Publication, url: &str) -> Vec<Value> {
    let name = url.strip_prefix(&format!("{BASE_URL}/fhir/bulk-publish/files/")).expect("a file's address");
    let name = name.strip_suffix(".ndjson").expect("NDJSON").parse().expect("a name");
    let path = publication.file(&name, Encoding::Zstd).unwrap_or_else(|| panic!("{url} is not there"));
    let bytes = zstd::decode_all(File::open(path).expect("a file")).expect("zstd");
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert!(text.is_empty() || text.ends_with('\n'), "{url}");
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
}

impl Client {
    /// Reads everything from the root on.
    pub(crate) fn begin(publication: &Publication) -> Self {
        let mut client = Self::default();
        let record = publication.current().expect("a generation");
        let root = page(publication, &record, &format!("{BASE_URL}/fhir/$bulk-publish")).expect("a root");
        client.take(publication, &root);
        client
    }

    /// Follows the chain to its end; whether it could.
    pub(crate) fn follow(&mut self, publication: &Publication) -> bool {
        while let Some(url) = self.next.clone() {
            let record = publication.current().expect("a generation");
            let found = page(publication, &record, &url).expect("a page that was linked to");
            match found["link"][0]["url"].as_str().expect("a link") {
                // What stands here was taken when it was first read.
                "#pending" => return true,
                "#closed" => return false,
                next => {
                    let following = page(publication, &record, next).expect("the next page");
                    self.take_resources(publication, &following);
                    self.next = Some(next.to_owned());
                }
            }
        }
        false
    }

    fn take(&mut self, publication: &Publication, page: &Value) {
        self.take_resources(publication, page);
        self.next = page["link"][0]["url"].as_str().map(str::to_owned);
    }

    fn take_resources(&mut self, publication: &Publication, page: &Value) {
        for output in page["output"].as_array().expect("outputs") {
            let found = lines(publication, output["url"].as_str().expect("a URL"));
            assert_eq!(output["count"], found.len());
            for resource in found {
                assert_eq!(resource["resourceType"], output["type"]);
                let key =
                    format!("{}/{}", output["type"].as_str().expect("a type"), resource["id"].as_str().expect("an id"));
                self.held.insert(key, resource);
            }
        }
        for deleted in page["deleted"].as_array().into_iter().flatten() {
            for bundle in lines(publication, deleted["url"].as_str().expect("a URL")) {
                for entry in bundle["entry"].as_array().expect("entries") {
                    assert_eq!(entry["request"]["method"], "DELETE");
                    let key = entry["request"]["url"].as_str().expect("Type/id");
                    assert!(self.held.remove(key).is_some(), "{key} was not there");
                }
            }
        }
    }
}
