//! One line of a file of deletions (Bulk Publish: transaction Bundles).

use super::Requirement;
use super::finding::{Finding, Findings};
use super::json::Json;
use crate::reference::Reference;

/// Holds a line of a file under `deleted` against what is asked of it.
pub fn check_deletion_line(line: &[u8]) -> Vec<Finding> {
    let mut findings = Findings::default();
    findings.within("Bundle", None, |findings| read(line, findings));
    findings.found
}

fn read(line: &[u8], findings: &mut Findings) {
    let bundle = match serde_json::from_slice::<Json<'_>>(line) {
        Ok(json) => json,
        Err(error) => return findings.add(Requirement::LineJson, error.to_string()),
    };
    let Some(bundle) = bundle.as_object().filter(|bundle| bundle.text("resourceType") == Some("Bundle")) else {
        return findings.add(Requirement::ManifestDeletion, "the line is no Bundle");
    };
    if bundle.text("type") != Some("transaction") {
        findings.add_at("type", Requirement::ManifestDeletion, "the Bundle is no transaction");
    }
    for (place, entry) in bundle.objects("entry").enumerate() {
        findings.within("entry", Some(place), |findings| {
            let request = entry.object("request");
            if request.and_then(|request| request.text("method")) != Some("DELETE") {
                findings.add_at("request.method", Requirement::ManifestDeletion, "the method is not DELETE");
            }
            let url = request.and_then(|request| request.text("url")).unwrap_or_default();
            if !matches!(Reference::parse(url), Reference::Resource(_)) {
                findings.add_at("request.url", Requirement::ManifestDeletion, format!("`{url}` is no `Type/id`"));
            }
        });
    }
}
