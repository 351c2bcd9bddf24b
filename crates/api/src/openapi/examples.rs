//! Answers as examples; a test holds each against its schema.

use serde_json::Value;

/// The example of an operation's good answer: JSON, or else the text itself.
pub(super) fn of(operation_id: &str) -> Option<Value> {
    let text = match operation_id {
        "searchSlots" => include_str!("examples/search-slots.json"),
        "readSlot" => include_str!("examples/read-slot.json"),
        "searchProviderLocations" => include_str!("examples/search-provider-locations.json"),
        "readProviderLocation" => include_str!("examples/read-provider-location.json"),
        "countDays" => include_str!("examples/count-days.json"),
        "listServiceTypes" => include_str!("examples/list-service-types.json"),
        "listSpecialties" => include_str!("examples/list-specialties.json"),
        "listPublishers" => include_str!("examples/list-publishers.json"),
        "readPublisher" => include_str!("examples/read-publisher.json"),
        "listPublisherIssues" => include_str!("examples/list-publisher-issues.json"),
        "listStatistics" => include_str!("examples/list-statistics.json"),
        "readCoverage" => include_str!("examples/read-coverage.json"),
        "readLeadTime" => include_str!("examples/read-lead-time.json"),
        "readFreeSlots" => include_str!("examples/read-free-slots.json"),
        "readFillRate" => include_str!("examples/read-fill-rate.json"),
        "readContinuity" => include_str!("examples/read-continuity.json"),
        "readWatch" => {
            r#"{"query": "specialty=394582007&near=02139&radius=25", "createdAt": "2026-10-01T12:00:00Z", "expiresAt": "2026-12-30T12:00:00Z", "told": 2, "tooWide": false}"#
        }
        "readWatchFeed" => return Some(Value::from(include_str!("examples/read-watch-feed.xml"))),
        "listExports" => include_str!("examples/list-exports.json"),
        "readExport" => include_str!("examples/read-export.json"),
        "readExportFile" => {
            "day,dimension,value,n_appeared,n_reappeared,n_changed,n_vanished,n_freed,n_taken\n2026-10-05,state,MA,12,0,3,9,12,11\n"
        }
        "readManifest" => include_str!("examples/read-manifest.json"),
        "readManifestAfter" => include_str!("examples/read-manifest-after.json"),
        "readManifestChanges" => include_str!("examples/read-manifest-changes.json"),
        // One line, so a text and not the object that it is.
        "readFile" => return Some(Value::from(include_str!("examples/read-file.ndjson"))),
        "checkHealth" => r#"{"status": "ok"}"#,
        "checkReadiness" => r#"{"status": "ready", "change": 42}"#,
        "readMetrics" => "# TYPE openslots_publisher_slots gauge\nopenslots_publisher_slots{publisher=\"flynn\"} 10\n",
        _ => return None,
    };
    Some(serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
}

/// The same answer as CSV, where it can be had so.
pub(super) fn csv_of(operation_id: &str) -> Option<Value> {
    let text = match operation_id {
        "readCoverage" => include_str!("examples/read-coverage.csv"),
        "readLeadTime" => include_str!("examples/read-lead-time.csv"),
        "readFreeSlots" => include_str!("examples/read-free-slots.csv"),
        "readFillRate" => include_str!("examples/read-fill-rate.csv"),
        "readContinuity" => include_str!("examples/read-continuity.csv"),
        _ => return None,
    };
    Some(text.into())
}
