//! Defects that are planted into the clean publisher, one at a time.

/// What is to be found, where, and how it gets there: in `file`, on the line, the first `from` becomes `to`. What is
/// planted [`IN_THE_MANIFEST`] shows elsewhere.
pub(crate) struct Defect {
    pub(crate) requirement: &'static str,
    pub(crate) file: &'static str,
    /// 0 where it concerns the whole file.
    pub(crate) line: u64,
    pub(crate) from: &'static [u8],
    pub(crate) to: &'static [u8],
}

macro_rules! defects {
    ($($requirement:literal $file:literal $line:literal $from:literal => $to:literal;)*) => {
        pub(crate) const DEFECTS: &[Defect] = &[
            $(Defect { requirement: $requirement, file: $file, line: $line, from: $from, to: $to },)*
        ];
    };
}

defects! {
    // Lines.
    "line-encoding" "locations.ndjson" 2 b"Elm Street" => b"Elm \xff Street";
    "byte-order-mark" "locations.ndjson" 1 b"{\"resourceType\"" => b"\xef\xbb\xbf{\"resourceType\"";
    "line-json" "slots.ndjson" 2 b"\"busy\"," => b"\"busy\"";
    "line-json" "slots.ndjson" 5 b"}\n" => b"\n";
    "line-object" "slots.ndjson" 2 b"{\"resourceType\":\"Slot\"" => b"[1] \n{\"resourceType\":\"Slot\"";
    "line-object" "slots.ndjson" 2 b"\"resourceType\":\"Slot\"" => b"\"resourceType\":\"Bundle\"";
    "line-end" "slots.ndjson" 5 b"}\n" => b"}";
    "line-blank" "slots.ndjson" 2 b"{\"resourceType\":\"Slot\",\"id\":\"slot-2\"" => b"\n{\"resourceType\":\"Slot\",\"id\":\"slot-2\"";
    "json-duplicate-name" "slots.ndjson" 3 b"\"status\":\"free\"" => b"\"status\":\"busy\",\"status\":\"free\"";
    "json-null" "slots.ndjson" 4 b"\"status\":\"free\"" => b"\"comment\":null,\"status\":\"free\"";
    "json-null" "locations.ndjson" 1 b"\"1 Main St\"" => b"\"1 Main St\",null";
    "json-empty" "locations.ndjson" 1 b"\"Main Street Clinic\"" => b"\"\"";
    "json-empty" "locations.ndjson" 1 b"\"status\":\"active\"" => b"\"alias\":[]";
    "json-empty" "schedules.ndjson" 1 b"\"active\":true" => b"\"planningHorizon\":{}";

    // Resources as FHIR R4 has them.
    "resource-type" "slots.ndjson" 1 b"\"resourceType\":\"Slot\"," => b"";
    "resource-type" "slots.ndjson" 1 b"\"resourceType\":\"Slot\"" => b"\"resourceType\":\"Schedule\"";
    "missing-id" "schedules.ndjson" 3 b"\"id\":\"sch-3\"," => b"";
    "illegal-id" "locations.ndjson" 1 b"\"id\":\"loc-1\"" => b"\"id\":\"loc_1\"";
    "illegal-id" "organizations.ndjson" 1 b"\"id\":\"org-1\"" => b"\"id\":\"0123456789012345678901234567890123456789012345678901234567890123456789\"";
    "unknown-element" "locations.ndjson" 2 b"\"name\":" => b"\"zip\":\"03060\",\"name\":";
    "unknown-element" "locations.ndjson" 2 b"\"city\":" => b"\"zip\":\"03060\",\"city\":";
    "unknown-element" "slots.ndjson" 1 b"\"status\":" => b"\"contained\":[{\"resourceType\":\"Location\",\"id\":\"x\",\"nom\":\"y\"}],\"status\":";
    "element-type" "practitioners.ndjson" 1 b"\"gender\":\"female\"" => b"\"gender\":2";
    "element-type" "schedules.ndjson" 1 b"\"active\":true" => b"\"active\":\"true\"";
    "element-type" "locations.ndjson" 1 b"42.3629" => b"\"42.3629\"";
    "element-type" "schedules.ndjson" 2 b"{\"reference\":\"PractitionerRole/role-1\"}" => b"\"PractitionerRole/role-1\"";
    "cardinality" "locations.ndjson" 1 b"[\"1 Main St\"]" => b"\"1 Main St\"";
    "cardinality" "slots.ndjson" 1 b"{\"reference\":\"Schedule/sch-1\"}" => b"[{\"reference\":\"Schedule/sch-1\"}]";
    "required-element" "slots.ndjson" 2 b"\"status\":\"busy\"," => b"";
    "required-element" "slots.ndjson" 4 b"\"schedule\":{\"reference\":\"Schedule/sch-2\"}," => b"";
    "required-element" "schedules.ndjson" 1 b",\"actor\":[{\"reference\":\"Location/loc-1\"}]" => b"";
    "primitive-format" "roles.ndjson" 1 b"2024-01-01" => b"01/01/2024";
    "primitive-format" "locations.ndjson" 1 b"08:00:00" => b"8:00";
    "primitive-format" "practitioners.ndjson" 1 b"http://hl7.org/fhir/sid/us-npi" => b"us npi";
    "code-binding" "slots.ndjson" 2 b"\"busy\"" => b"\"taken\"";
    "code-binding" "locations.ndjson" 1 b"\"active\"" => b"\"open\"";
    "code-binding" "locations.ndjson" 1 b"\"system\":\"phone\"" => b"\"system\":\"telephone\"";
    "code-binding" "locations.ndjson" 1 b"\"mon\"" => b"\"Monday\"";
    "code-binding" "practitioners.ndjson" 1 b"\"female\"" => b"\"F\"";
    "choice-twice" "schedules.ndjson" 1 b"\"valueInteger\":1" => b"\"valueInteger\":1,\"valueString\":\"1\"";
    "ext-1" "slots.ndjson" 1 b",\"valueUrl\":\"https://book.example.org/1\"" => b"";
    "cpt-2" "organizations.ndjson" 1 b"\"system\":\"phone\"," => b"";
    "per-1" "roles.ndjson" 1 b"2034-01-01" => b"2014-01-01";
    "org-1" "organizations.ndjson" 1 b"\"name\":\"Example Clinics\"," => b"";

    // References.
    "reference-form" "slots.ndjson" 1 b"Schedule/sch-1" => b"sch-1";
    "reference-type" "slots.ndjson" 1 b"Schedule/sch-1" => b"Location/loc-1";
    "reference-contained" "schedules.ndjson" 1 b"Location/loc-1" => b"#loc-1";
    "reference-dangling" "slots.ndjson" 1 b"Schedule/sch-1" => b"Schedule/sch-9";
    "reference-dangling" "schedules.ndjson" 1 b"Location/loc-1" => b"Location/loc-9";
    "reference-dangling" "roles.ndjson" 1 b"Practitioner/prac-1" => b"Practitioner/prac-9";
    "reference-unpublished-type" "locations.ndjson" 1 b"\"Organization\"" => b"\"Endpoint\"";
    "duplicate-id" "slots.ndjson" 4 b"\"id\":\"slot-4\"" => b"\"id\":\"slot-3\"";

    // Slots.
    "sched-1" "slots.ndjson" 1 b"09:00:00-05:00" => b"09:00:00-05";
    "sched-1" "slots.ndjson" 3 b"T14:00:00.000Z" => b"T14:00:00";
    "sched-1" "slots.ndjson" 3 b"T14:30:00.000Z" => b"T14:30Z";
    "slot-order" "slots.ndjson" 3 b"T14:30:00" => b"T13:30:00";
    "slot-over" "slots.ndjson" 1 b"2099-03-02T09:00:00-05:00\",\"end\":\"2099-03-02" => b"2021-03-02T09:00:00-05:00\",\"end\":\"2021-03-02";
    "slot-status" "slots.ndjson" 2 b"\"busy\"" => b"\"busy-tentative\"";
    "slot-coarse" "slots.ndjson" 3 b"T14:30:00" => b"T23:30:00";
    "slot-midnight" "slots.ndjson" 4 b"T15:00:00Z\",\"end\":\"2099-03-02T15:30:00Z" => b"T00:00:00Z\",\"end\":\"2099-03-03T00:00:00Z";
    "slot-booking" "slots.ndjson" 2 b"\"busy\"" => b"\"free\"";
    "booking-deep-link" "slots.ndjson" 1 b"https://book.example.org/1" => b"book.example.org/1";
    "booking-link-https" "slots.ndjson" 1 b"https://book.example.org/1" => b"http://book.example.org/1";
    "slot-capacity" "slots.ndjson" 1 b"\"valueInteger\":2" => b"\"valueInteger\":0";
    "sched-18" "slots.ndjson" 5 b"\"busy\"" => b"\"free\"";

    // Schedules and places.
    "schedule-service-type" "schedules.ndjson" 3 b"\"serviceType\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/service-type\",\"code\":\"124\"}]}]," => b"";
    "schedule-actor" "schedules.ndjson" 1 b"Location/loc-1" => b"Device/dev-1";
    "location-name" "locations.ndjson" 2 b"\"name\":\"Elm Street Clinic\"," => b"";
    "location-telecom" "locations.ndjson" 3 b"\"telecom\":[{\"system\":\"url\",\"value\":\"https://clinic.example.org/video\"}]," => b"";
    "location-address" "locations.ndjson" 2 b"\"city\":\"Nashua\"," => b"";
    "location-state" "locations.ndjson" 1 b"\"state\":\"MA\"" => b"\"state\":\"Massachusetts\"";
    "location-postal-code" "locations.ndjson" 1 b"02139" => b"2139";
    "location-identifier" "locations.ndjson" 1 b"https://cdc.gov/vaccines/programs/vtrcks" => b"https://clinic.example.org/ids";
    "location-position" "locations.ndjson" 1 b"\"latitude\":42.3629,\"longitude\":-71.1009" => b"\"latitude\":0,\"longitude\":0";
    "location-position" "locations.ndjson" 1 b"-71.1009" => b"-271.1009";
    "virtual-licensed-states" "locations.ndjson" 3 b"\"extension\":[{\"url\":\"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/licensed-states\",\"valueString\":\"MA\"},{\"url\":\"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/licensed-states\",\"valueString\":\"NH\"}]" => b"\"status\":\"active\"";
    "virtual-address" "locations.ndjson" 3 b"\"name\":" => b"\"address\":{\"line\":[\"1 Main St\"]},\"name\":";
    "role-practitioner" "roles.ndjson" 1 b"\"practitioner\":{\"reference\":\"Practitioner/prac-1\",\"display\":\"Dr. Ana Rivera\"}," => b"";
    "service-name" "services.ndjson" 1 b"\"name\":\"Dermatology\",\"specialty\":[{\"coding\":[{\"system\":\"http://nucc.org/provider-taxonomy\",\"code\":\"207N00000X\"}]}]," => b"";

    // Extensions and codes.
    "extension-url" "slots.ndjson" 1 b"http://fhir-registry.smarthealthit.org/StructureDefinition/slot-capacity" => b"slot-capacity";
    "extension-unknown" "slots.ndjson" 1 b"/booking-deep-link" => b"/booking-deeplink";
    "extension-value" "slots.ndjson" 1 b"\"valueUrl\"" => b"\"valueString\"";
    "extension-context" "schedules.ndjson" 1 b"/vaccine-dose" => b"/slot-capacity";
    "extension-repeated" "slots.ndjson" 1 b"StructureDefinition/slot-capacity\",\"valueInteger\":2" => b"StructureDefinition/booking-deep-link\",\"valueUrl\":\"https://book.example.org/2\"";
    "extension-code" "schedules.ndjson" 2 b"\"some\"" => b"\"yes\"";
    "extension-code" "slots.ndjson" 3 b"\"newpt\"" => b"\"new\"";
    "extension-code" "locations.ndjson" 3 b"\"valueString\":\"NH\"" => b"\"valueString\":\"New Hampshire\"";
    "coding-system" "services.ndjson" 1 b"\"system\":\"http://nucc.org/provider-taxonomy\"," => b"";
    "coding-code" "services.ndjson" 1 b"207N00000X" => b"207N0000X";
    "coding-code" "roles.ndjson" 1 b"394582007" => b"394582008";
    "coding-code" "schedules.ndjson" 1 b"\"208\"" => b"\"Moderna\"";
    "identifier-system" "practitioners.ndjson" 1 b"\"system\":\"http://hl7.org/fhir/sid/us-npi\"," => b"";
    "npi-checksum" "practitioners.ndjson" 1 b"1234567893" => b"1234567890";
    "language-tag" "slots.ndjson" 4 b"\"code\":\"es\"" => b"\"code\":\"Spanish\"";
    "telecom-value" "locations.ndjson" 1 b"https://clinic.example.org/main" => b"clinic.example.org/main";
    "telecom-value" "locations.ndjson" 2 b"desk@clinic.example.org" => b"the desk";
    "test-data" "locations.ndjson" 1 b"617-555-0142" => b"000-000-0000";
    "test-data" "locations.ndjson" 2 b"CV1002004" => b"99999999";

    // The manifest.
    "manifest-unreadable" "$bulk-publish" 1 b"{" => b"";
    "manifest-transaction-time" "$bulk-publish" 2 b"Z\"" => b"\"";
    "manifest-future-time" "$bulk-publish" 2 b"\"transactionTime\": \"20" => b"\"transactionTime\": \"21";
    "sched-12" "$bulk-publish" 2 b"\"transactionTime\": \"20" => b"\"transactionTime\": \"19";
    "manifest-request" "$bulk-publish" 3 b"https://clinic.example.org/$bulk-publish" => b"/$bulk-publish";
    "manifest-update-cadence" "$bulk-publish" 4 b"PT1H" => b"hourly";
    "sched-9" "$bulk-publish" 5 b"false" => b"true";
    "manifest-output" "$bulk-publish" 7 b"\"type\": \"Location\", " => b"";
    "manifest-output" "$bulk-publish" 14 b"https://clinic.example.org/slots.ndjson" => b"slots.ndjson";
    "manifest-missing-type" "$bulk-publish" 6 b"\"Slot\"" => b"\"Slots\"";
    "sched-11" "$bulk-publish" 12 b"\"Device\"" => b"\"Endpoint\"";
    "sched-4" "$bulk-publish" 8 b", \"extension\": {\"state\": [\"MA\"]}" => b"";
    "sched-4" "$bulk-publish" 8 b"[\"MA\"]" => b"\"MA\"";
    "sched-4" "$bulk-publish" 8 b"[\"MA\"]" => b"[\"Massachusetts\"]";
    "manifest-state-false" "locations.ndjson" 2 b"\"state\":\"NH\"" => b"\"state\":\"VT\"";
    "manifest-duplicate-url" "$bulk-publish" 9 b"practitioners.ndjson" => b"organizations.ndjson";
    "manifest-count" "slots.ndjson" 0 b"\"id\":\"slot-5\"" => b"\"id\":\"slot-5\"}\n{\"id\":\"slot-6\"";
    "manifest-count" "$bulk-publish" 7 b"\"count\": 3" => b"\"count\": \"3\"";
    "manifest-link" "$bulk-publish" 15 b"]," => b"],\"link\": [{\"relation\": \"next\", \"url\": \"page2\"}],";
    "manifest-link" "$bulk-publish" 15 b"]," => b"],\"link\": [{\"relation\": \"next\", \"url\": \"#pending\"}],";
    "manifest-link" "$bulk-publish" 15 b"]," => b"],\"link\": [{\"relation\": \"prev\", \"url\": \"https://clinic.example.org/1\"}],";
    "manifest-error-files" "$bulk-publish" 19 b"[]" => b"[{\"type\": \"OperationOutcome\", \"url\": \"https://clinic.example.org/errors.ndjson\"}]";
    "manifest-deleted" "deleted.ndjson" 1 b"DELETE" => b"PUT";
    "manifest-deleted" "deleted.ndjson" 1 b"Slot/slot-0" => b"slot-0";
    "file-unreadable" "https://clinic.example.org/gone.ndjson" 0 b"/roles.ndjson" => b"/gone.ndjson";
}

/// What follows from what the manifest says.
pub(crate) const IN_THE_MANIFEST: [&str; 3] =
    ["manifest-missing-type", "reference-unpublished-type", "file-unreadable"];
