//! The manifest of a publisher.

use openslots_model::ResourceKind;

use crate::Fault;
use crate::blueprint::Blueprint;
use crate::fault::lines::HTML_PAGE;
use crate::files::FilePlan;
use crate::json::{Array, Object, object};
use crate::style::ManifestDialect;

/// The manifest's file name, and the last part of its URL.
pub const MANIFEST_NAME: &str = "$bulk-publish";

/// Days by which [`Fault::StaleTransactionTime`] is late.
const STALE_DAYS: i64 = 200;
/// Between two generations.
const GENERATION_MINUTES: i64 = 5;

/// The manifest of a publisher whose files are at `base_url` (without a slash at its end).
pub(crate) fn manifest(
    publisher: &Blueprint,
    start_date: jiff::civil::Date,
    generation: u32,
    base_url: &str,
) -> Vec<u8> {
    let has = |fault| publisher.manifest_faults.contains(&fault);
    if has(Fault::ManifestHtml) {
        return HTML_PAGE.into();
    }
    let mut out = Vec::with_capacity(200 * publisher.files.len());
    let dialect = publisher.style.manifest;
    object(&mut out, |o| {
        match dialect {
            ManifestDialect::Of2021 => {}
            ManifestDialect::Operation => {
                o.text("operationDefinition", "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/bulk-publish|1.0.0");
            }
            ManifestDialect::BulkPublish => {
                o.text("manifestType", "http://hl7.org/fhir/uv/bulkdata/StructureDefinition/BulkPublishManifest|4.0.0");
            }
        }
        let late_days = if has(Fault::StaleTransactionTime) { STALE_DAYS } else { 0 };
        o.text("transactionTime", &transaction_time(start_date, generation, late_days));
        if dialect != ManifestDialect::Of2021 {
            o.boolean("requiresAccessToken", false).text("outputFormat", "application/fhir+ndjson");
        }
        if dialect == ManifestDialect::BulkPublish {
            o.text("updateCadence", "PT5M");
        }
        o.text("request", &format!("{base_url}/{MANIFEST_NAME}"));
        o.array("output", |list| {
            for file in listed_files(publisher, generation) {
                list.object(|o| output(o, publisher, file, base_url));
            }
        });
        o.array(if dialect == ManifestDialect::BulkPublish { "outcome" } else { "error" }, |_: &mut Array<'_>| {});
    });
    out.push(b'\n');
    out
}

/// The files that a manifest lists.
pub(crate) fn listed_files(publisher: &Blueprint, generation: u32) -> impl Iterator<Item = &FilePlan> {
    let has_vanished = generation > 0 && publisher.manifest_faults.contains(&Fault::VanishingSlots);
    publisher.files.iter().filter(move |file| !(has_vanished && file.kind() == Some(ResourceKind::Slot)))
}

fn output(o: &mut Object<'_>, publisher: &Blueprint, file: &FilePlan, base_url: &str) {
    let has = |fault| publisher.manifest_faults.contains(&fault);
    o.text("type", file.type_name());
    if has(Fault::RelativeUrls) {
        o.text("url", &file.path);
    } else {
        o.text("url", &format!("{base_url}/{}", file.path));
    }
    if publisher.style.manifest == ManifestDialect::BulkPublish {
        o.integer("count", file.n_lines);
    }
    if has(Fault::NullExtension) {
        o.null("extension");
    } else if is_tagged(publisher, file) {
        o.object("extension", |o| {
            if has(Fault::StateAsString) {
                o.text("state", file.states.first().copied().unwrap_or_default());
            } else {
                o.array("state", |list| {
                    for state in &file.states {
                        list.text(state);
                    }
                });
            }
        });
    }
}

/// Publishers of 2021 tag their Slot files only.
pub(crate) fn is_tagged(publisher: &Blueprint, file: &FilePlan) -> bool {
    publisher.style.manifest != ManifestDialect::Of2021 || file.kind() == Some(ResourceKind::Slot)
}

/// Six in the morning UTC of the first day, and a little later for each generation.
fn transaction_time(start_date: jiff::civil::Date, generation: u32, late_days: i64) -> String {
    let minutes = 6 * 60 + i64::from(generation) * GENERATION_MINUTES - late_days * 24 * 60;
    let time = start_date
        .to_zoned(jiff::tz::TimeZone::UTC)
        .and_then(|midnight| midnight.timestamp().checked_add(jiff::SignedDuration::from_mins(minutes)));
    time.unwrap_or(jiff::Timestamp::UNIX_EPOCH).strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}
