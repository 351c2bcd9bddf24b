//! What lies beside the files: the data dictionary, made of the very columns that the files are written by, and how the
//! data set is cited.

use std::sync::Arc;

use openslots_model::UnixSeconds;

use super::column::{Column, Kind};
use super::daily::daily_columns;
use super::provider_locations::provider_location_columns;
use super::publishers::publisher_columns;
use super::runs::run_columns;
use super::slots::slot_columns;
use super::source::ExportedPublisher;
use super::states::{event_columns, past_columns};

/// Name of the data dictionary.
pub(crate) const DICTIONARY: &str = "DATA_DICTIONARY.md";
/// Name of the file that says how the data set is cited.
pub(crate) const CITATION: &str = "CITATION.cff";

const KINDS: [Kind; 9] = [
    Kind::Text,
    Kind::Integer,
    Kind::Number,
    Kind::Flag,
    Kind::Instant,
    Kind::LocalTime,
    Kind::Day,
    Kind::Texts,
    Kind::Codings,
];

/// The data dictionary.
pub(crate) fn dictionary() -> String {
    let mut text = String::from(
        "# Data dictionary\n\n\
         Slots that publishers of SMART Scheduling Links list, gathered by openslots as of one moment (`asOf` in \
         `index.json`, `exported_as_of` in every row).\n\
         `index.json` lists the files with their rows, bytes and SHA-256; it is replaced last, when all of them are in \
         place.\n\n\
         ## Types\n\n| type | NDJSON | Parquet |\n|---|---|---|\n",
    );
    for kind in KINDS {
        let (name, json, parquet) = kind.described();
        text.push_str(&format!("| {name} | {json} | {parquet} |\n"));
    }
    text.push_str(
        "\nNDJSON has every column in every line, `null` where nothing is known. CSV has an empty field there, and \
         lists as JSON. Parquet marks a column `required` where every row has a value.\n",
    );
    table(
        &mut text,
        "slots",
        "One row a slot, complete in itself, in parts by local day (`slots/date=YYYY-MM-DD/`). Left out is what must not \
         be offered: slots that were entered in error or accept no patients.",
        &slot_columns(),
    );
    table(
        &mut text,
        "provider_locations",
        "One row for each provider at each place of each publisher.",
        &provider_location_columns(),
    );
    table(
        &mut text,
        "publishers",
        "One row for each publisher, with what is known of its state.",
        &publisher_columns(),
    );
    table(
        &mut text,
        "slot_events",
        "One row for each change of a slot (`--history`), in parts by the day of UTC (`slot_events/date=YYYY-MM-DD/`). \
         Who and where are what is known at `asOf`.",
        &event_columns(),
    );
    table(
        &mut text,
        "past_slots",
        "One row for each slot that was held at a past instant (`--as-of`, in parts by publisher; in daily exports the \
         end of the day). Who and where are what is known when the export is made.",
        &past_columns(),
    );
    table(
        &mut text,
        "publisher_runs",
        "One row for each crawl run that history holds (`--history`, `--as-of`).",
        &run_columns(),
    );
    table(
        &mut text,
        "daily_counts",
        "One row for each day, dimension and value with events (`--history`). They outlive the events; who and where are \
         what was known when the events were counted, within an hour of them.",
        &daily_columns(),
    );
    text
}

fn table<R>(text: &mut String, name: &str, about: &str, columns: &[Column<R>]) {
    text.push_str(&format!(
        "\n## `{name}`\n\n{about}\n\n| column | type | always there | meaning | from |\n|---|---|---|---|---|\n"
    ));
    for Column { name, kind, is_always, about, origin, .. } in columns {
        let (kind, _, _) = kind.described();
        let always = if *is_always { "yes" } else { "no" };
        text.push_str(&format!("| `{name}` | {kind} | {always} | {about} | {origin} |\n"));
    }
}

/// How the data set is cited, in the Citation File Format 1.2.0. Every publisher is one of its sources.
pub(crate) fn citation(publishers: &[Arc<ExportedPublisher>], as_of: UnixSeconds, generation: &str) -> String {
    let date = as_of.to_string();
    let date = date.split('T').next().unwrap_or_default();
    let mut text = format!(
        "cff-version: 1.2.0\n\
         message: Cite this data set with its version and date, and the publishers that you use.\n\
         type: dataset\n\
         title: \"Appointment slots of SMART Scheduling Links publishers as of {as_of}\"\n\
         version: \"{generation}\"\n\
         date-released: \"{date}\"\n\
         authors:\n  - name: \"The operator of this openslots service\"\n\
         keywords:\n  - SMART Scheduling Links\n  - appointments\n  - FHIR\n"
    );
    if !publishers.is_empty() {
        text.push_str("references:\n");
    }
    for publisher in publishers {
        let publisher = &publisher.status.publisher;
        // JSON's strings are YAML's.
        let name = serde_json::Value::from(publisher.display_name.as_str());
        let url = serde_json::Value::from(publisher.manifest_url.as_str());
        text.push_str(&format!(
            "  - type: data\n    title: {name}\n    authors:\n      - name: {name}\n    url: {url}\n"
        ));
    }
    text
}
