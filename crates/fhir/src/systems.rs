//! Code systems and extension URLs, in one place.

/// Both bases under which the extensions of SMART Scheduling Links exist, without a trailing slash.
pub const EXTENSION_BASES: [&str; 2] = [
    "http://fhir-registry.smarthealthit.org/StructureDefinition",
    "http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition",
];

/// The extensions by which provider directories name an insurance network: of Da Vinci PDex Plan-Net and of the National
/// Directory of Healthcare.
pub const NETWORK_EXTENSIONS: [&str; 2] = [
    "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/network-reference",
    "http://hl7.org/fhir/us/ndh/StructureDefinition/base-ext-network-reference",
];

/// When an aggregator last knew a resource to be true: an extension of `meta`.
pub const LAST_SOURCE_SYNC: &str = "http://hl7.org/fhir/StructureDefinition/lastSourceSync";
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

/// The extensions that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is the extension of that name")]
pub enum ExtensionName {
    BookingDeepLink,
    BookingPhone,
    SlotCapacity,
    PatientType,
    AppointmentType,
    Characteristic,
    /// Inside `characteristic`.
    AcceptingPatients,
    /// Inside `characteristic`.
    LanguagesSpoken,
    /// `specialty` of 2021 and `schedule-specialty` of STU 1.
    Specialty,
    VaccineProduct,
    VaccineDose,
    HasAvailability,
    LicensedStates,
}

impl ExtensionName {
    /// The extension that a URL names, under either base; the parts of a nested extension have bare names.
    pub fn of_url(url: &str) -> Option<Self> {
        // Some publishers write the bases with `https`: what follows counts.
        let path = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
        let after_base = |base: &'static str| path?.strip_prefix(&base["http://".len()..])?.strip_prefix('/');
        let name = EXTENSION_BASES.into_iter().find_map(after_base).unwrap_or(url);
        Some(match name {
            "booking-deep-link" => Self::BookingDeepLink,
            "booking-phone" => Self::BookingPhone,
            "slot-capacity" => Self::SlotCapacity,
            "patient-type" => Self::PatientType,
            "appointment-type" => Self::AppointmentType,
            "characteristic" => Self::Characteristic,
            "acceptingPatients" => Self::AcceptingPatients,
            "languagesSpoken" => Self::LanguagesSpoken,
            "specialty" | "schedule-specialty" => Self::Specialty,
            "vaccine-product" => Self::VaccineProduct,
            "vaccine-dose" => Self::VaccineDose,
            "has-availability" => Self::HasAvailability,
            "licensed-states" => Self::LicensedStates,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_known_under_both_bases() {
        for (name, want) in [
            ("booking-deep-link", Some(ExtensionName::BookingDeepLink)),
            ("specialty", Some(ExtensionName::Specialty)),
            ("schedule-specialty", Some(ExtensionName::Specialty)),
            ("licensed-states", Some(ExtensionName::LicensedStates)),
            ("virtual-service-base", None),
            ("", None),
        ] {
            for base in EXTENSION_BASES {
                let url = format!("{base}/{name}");
                assert_eq!(ExtensionName::of_url(&url), want, "{url}");
                assert_eq!(ExtensionName::of_url(&url.replacen("http:", "https:", 1)), want, "{url} by https");
            }
        }
        for url in ["http://example.org/StructureDefinition/booking-deep-link", "http://hl7.org/fhir", ""] {
            assert_eq!(ExtensionName::of_url(url), None, "{url}");
        }
        assert_eq!(ExtensionName::of_url("languagesSpoken"), Some(ExtensionName::LanguagesSpoken));
    }
}
