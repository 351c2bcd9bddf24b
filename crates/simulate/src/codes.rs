//! The codes that simulated publishers use.

use std::sync::LazyLock;

use openslots_directory::vocabulary::specialties;

use crate::json::{Array, Object};
use crate::random::Key;

pub(crate) const SNOMED: &str = "http://snomed.info/sct";
pub(crate) const NUCC: &str = "http://nucc.org/provider-taxonomy";
pub(crate) const CVX: &str = "http://hl7.org/fhir/sid/cvx";
pub(crate) const NPI: &str = "http://hl7.org/fhir/sid/us-npi";
pub(crate) const SERVICE_TYPE: &str = "http://terminology.hl7.org/CodeSystem/service-type";
pub(crate) const SERVICE_TYPE_2021: &str = "http://fhir-registry.smarthealthit.org/CodeSystem/service-type";
pub(crate) const PHYSICAL_TYPE: &str = "http://terminology.hl7.org/CodeSystem/location-physical-type";
pub(crate) const ACCEPTING_PATIENTS: &str = "http://terminology.hl7.org/CodeSystem/accepting-patients";
pub(crate) const APPOINTMENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/v2-0276";
pub(crate) const BCP_47: &str = "urn:ietf:bcp:47";
pub(crate) const VTRCKS: &str = "https://cdc.gov/vaccines/programs/vtrcks";

/// Base of the extensions of 2021.
pub(crate) const BASE_2021: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition";
/// Base of the extensions of the guide of 2026.
pub(crate) const BASE_STU1: &str = "http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition";

/// A code with what people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) system: &'static str,
    pub(crate) code: &'static str,
    pub(crate) display: &'static str,
}

impl Code {
    const fn service(code: &'static str, display: &'static str) -> Self {
        Self { system: SERVICE_TYPE, code, display }
    }

    /// Writes it as a Coding.
    pub(crate) fn write(&self, o: &mut Object<'_>) {
        o.text("system", self.system).text("code", self.code).text("display", self.display);
    }
}

/// Writes a CodeableConcept with these codings as an item.
pub(crate) fn concept(list: &mut Array<'_>, codes: &[Code]) {
    list.object(|o| {
        o.array("coding", |codings| {
            for code in codes {
                codings.object(|o| code.write(o));
            }
        });
    });
}

pub(crate) const IMMUNIZATION: Code = Code::service("57", "Immunization");
pub(crate) const WALK_IN: Code = Code::service("556", "Walk-in");
pub(crate) const IMAGING: Code = Code::service("209", "Diag. Radiology /Xray /CT /Fluoroscopy");
pub(crate) const COVID_2021: Code =
    Code { system: SERVICE_TYPE_2021, code: "covid19-immunization", display: "COVID-19 Immunization Appointment" };

/// Vaccines of stores: the first for the schedule of a COVID-19 vaccine, then influenza, then others.
pub(crate) const VACCINES: [Code; 6] = [
    Code { system: CVX, code: "207", display: "COVID-19, mRNA, LNP-S, PF, 100 mcg/0.5mL dose" },
    Code { system: CVX, code: "208", display: "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose" },
    Code { system: CVX, code: "150", display: "Influenza, injectable, quadrivalent, preservative free" },
    Code { system: CVX, code: "158", display: "influenza, injectable, quadrivalent" },
    Code { system: CVX, code: "187", display: "zoster recombinant" },
    Code { system: CVX, code: "115", display: "Tdap" },
];

/// Specialties of clinics: key in the vocabulary, weight, service type.
const SPECIALTY_MIX: [(&str, u32, Code); 30] = [
    ("family-medicine", 18, Code::service("124", "General Practice")),
    ("internal-medicine", 12, Code::service("124", "General Practice")),
    ("pediatrics", 9, Code::service("200", "Paediatric Medicine")),
    ("obstetrics-gynecology", 7, Code::service("186", "Obstetrics & Gynaecology")),
    ("dermatology", 5, Code::service("168", "Dermatology")),
    ("cardiology", 5, Code::service("165", "Cardiology")),
    ("psychiatry", 4, Code::service("141", "Psychiatry (Requires Referral)")),
    ("psychology", 4, Code::service("142", "Psychology")),
    ("orthopedics", 4, Code::service("218", "Orthopaedic Surgery")),
    ("ophthalmology", 3, Code::service("217", "Ophthalmology")),
    ("optometry", 2, Code::service("62", "Optometry")),
    ("dentistry", 4, Code::service("88", "General Dental")),
    ("physical-therapy", 3, Code::service("65", "Physiotherapy")),
    ("gastroenterology", 3, Code::service("170", "Gastroenterology & Hepatology")),
    ("neurology", 3, Code::service("177", "Neurology")),
    ("endocrinology", 2, Code::service("169", "Endocrinology")),
    ("pulmonology", 2, Code::service("184", "Thoracic Medicine")),
    ("urology", 2, Code::service("222", "Urology")),
    ("otolaryngology", 2, Code::service("219", "Otolaryngology/Head & Neck Surgery")),
    ("allergy-immunology", 2, Code::service("172", "Immunology & Allergy")),
    ("general-surgery", 2, Code::service("221", "Surgery - General")),
    ("rheumatology", 1, Code::service("182", "Rheumatology")),
    ("nephrology", 1, Code::service("176", "Nephrology")),
    ("hematology-oncology", 1, Code::service("175", "Medical Oncology")),
    ("geriatrics", 1, Code::service("171", "Geriatric Medicine")),
    ("podiatry", 1, Code::service("66", "Podiatry")),
    ("audiology", 1, Code::service("50", "Audiology")),
    ("sleep-medicine", 1, Code::service("183", "Sleep Medicine")),
    ("infectious-disease", 1, Code::service("173", "Infectious Diseases")),
    ("pain-medicine", 1, Code::service("164", "Anaesthesiology - Pain Medicine")),
];

/// A specialty as a clinic publishes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClinicSpecialty {
    weight: u32,
    key: &'static str,
    pub(crate) snomed: Option<Code>,
    pub(crate) nucc: Option<Code>,
    pub(crate) service_type: Code,
}

/// Which code systems a publisher names specialties in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpecialtySystem {
    Snomed,
    Nucc,
    Both,
}

static CLINIC_SPECIALTIES: LazyLock<Vec<ClinicSpecialty>> = LazyLock::new(|| {
    let known = specialties();
    let look_up = |(key, weight, service_type): &(&'static str, u32, Code)| {
        let entry = known.iter().find(|entry| entry.key == *key)?;
        let code =
            |system, codes: &[&'static str]| codes.first().map(|code| Code { system, code, display: entry.label });
        let (snomed, nucc) = (code(SNOMED, &entry.snomed), code(NUCC, &entry.nucc));
        (snomed.is_some() || nucc.is_some()).then_some(ClinicSpecialty {
            weight: *weight,
            key,
            snomed,
            nucc,
            service_type: *service_type,
        })
    };
    SPECIALTY_MIX.iter().filter_map(look_up).collect()
});

impl ClinicSpecialty {
    /// One of the mix, the commoner ones more often. `None` only if the vocabulary knows none of them.
    pub(crate) fn choose(key: Key) -> Option<&'static Self> {
        let total: u32 = CLINIC_SPECIALTIES.iter().map(|specialty| specialty.weight).sum();
        let mut at = key.below(u64::from(total)) as u32;
        CLINIC_SPECIALTIES.iter().find(|specialty| {
            let is_it = at < specialty.weight;
            at = at.wrapping_sub(specialty.weight);
            is_it
        })
    }

    /// The one of a key in the vocabulary.
    pub(crate) fn named(key: &str) -> Option<&'static Self> {
        CLINIC_SPECIALTIES.iter().find(|specialty| specialty.key == key)
    }

    /// Its codings in the systems that a publisher uses, at least one.
    pub(crate) fn codes(&self, system: SpecialtySystem) -> Vec<Code> {
        let preferred = match system {
            SpecialtySystem::Snomed => [self.snomed, None],
            SpecialtySystem::Nucc => [self.nucc, None],
            SpecialtySystem::Both => [self.snomed, self.nucc],
        };
        let codes: Vec<Code> = preferred.into_iter().flatten().collect();
        if codes.is_empty() { self.snomed.into_iter().chain(self.nucc).collect() } else { codes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_specialty_of_the_mix_is_in_the_vocabulary() {
        for (key, _, _) in SPECIALTY_MIX {
            let specialty = ClinicSpecialty::named(key).unwrap_or_else(|| panic!("{key}"));
            for system in [SpecialtySystem::Snomed, SpecialtySystem::Nucc, SpecialtySystem::Both] {
                assert!(!specialty.codes(system).is_empty(), "{key}");
            }
        }
    }

    #[test]
    fn the_commonest_specialty_is_family_medicine() {
        let key = Key::new(1);
        let n = (0..5_000).filter(|n| ClinicSpecialty::choose(key.of(*n)).unwrap().key == "family-medicine").count();
        assert!((700..1_000).contains(&n), "{n}");
    }
}
