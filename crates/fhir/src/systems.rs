//! Code systems and extension URLs, in one place.

/// Both bases under which the extensions of SMART Scheduling Links exist, without a trailing slash.
pub const EXTENSION_BASES: [&str; 2] = [
    "http://fhir-registry.smarthealthit.org/StructureDefinition",
    "http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition",
];

/// SNOMED CT.
pub const SNOMED: &str = "http://snomed.info/sct";
/// NUCC provider taxonomy.
pub const NUCC: &str = "http://nucc.org/provider-taxonomy";
/// CVX vaccine codes.
pub const CVX: &str = "http://hl7.org/fhir/sid/cvx";
/// HL7 service types.
pub const SERVICE_TYPE: &str = "http://terminology.hl7.org/CodeSystem/service-type";
/// HL7 physical types of locations.
pub const PHYSICAL_TYPE: &str = "http://terminology.hl7.org/CodeSystem/location-physical-type";
/// Which patients are accepted.
pub const ACCEPTING_PATIENTS: &str = "http://terminology.hl7.org/CodeSystem/accepting-patients";
