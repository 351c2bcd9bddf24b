//! Tests of the vocabulary.

use proptest::prelude::*;

use super::*;

fn keys(found: Vec<&'static Specialty>) -> Vec<&'static str> {
    found.into_iter().map(|specialty| specialty.key).collect()
}

#[test]
fn the_table_is_read_whole_and_keeps_its_rules() {
    assert_eq!(specialties().len(), TABLE.lines().count() - 1);
    for (number, specialty) in specialties().iter().enumerate() {
        let Specialty { key, label, snomed, nucc, services, words } = specialty;
        assert!(specialties()[..number].iter().all(|other| other.key != *key), "{key} twice");
        assert!(!label.is_empty() && !words.is_empty(), "{key}");
        for name in [key, label] {
            assert!(specialties_in_words(name).contains(&specialty), "{name} does not mean {key}");
        }
        for code in snomed {
            assert!(looks_like_code(code) && code.bytes().all(|b| b.is_ascii_digit()), "{key}: {code}");
        }
        for code in nucc {
            assert!(looks_like_code(code) && code.ends_with('X'), "{key}: {code}");
        }
        assert_eq!(words.iter().filter(|word| word.trim() != **word).count(), 0, "{key}");
        for code in services {
            let is_number = code.len() <= 3 && code.bytes().all(|b| b.is_ascii_digit());
            assert!(is_number || *code == "covid19-immunization", "{key}: {code}");
            assert_eq!(specialties().iter().filter(|row| row.services.contains(code)).count(), 1, "{key}: {code}");
        }
        for code in snomed.iter().chain(nucc) {
            let rows = specialties().iter().filter(|row| row.snomed.contains(code) || row.nucc.contains(code));
            assert_eq!(rows.count(), 1, "{key}: {code} is in several rows");
        }
        assert_eq!(snomed.iter().filter(|code| !has_check_digit(code)).count(), 0, "{key}: {snomed:?}");
    }
}

/// Whether the last digit is the check digit of a SNOMED CT identifier: Verhoeff's, over the group of the
/// symmetries of a pentagon (0 to 4 are turns, 5 to 9 reflections).
fn has_check_digit(code: &str) -> bool {
    const SHUFFLE: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let multiply = |a: usize, b: usize| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let digits = code.bytes().rev().map(|byte| usize::from(byte - b'0')).enumerate();
    digits.fold(0, |sum, (place, digit)| multiply(sum, (0..place).fold(digit, |digit, _| SHUFFLE[digit]))) == 0
}

#[test]
fn codings_are_told_by_code_else_by_text() {
    let coding = |system: Option<&str>, code: Option<&str>, display: Option<&str>| Coding {
        system: system.map(str::to_owned),
        code: code.map(str::to_owned),
        display: display.map(str::to_owned),
    };
    let dermatology: &[&str] = &["dermatology"];
    for (coding, want) in [
        (coding(Some(systems::SNOMED), Some("394582007"), None), dermatology),
        (coding(Some("https://snomed.info/sct/"), Some("394582007"), Some("Cardiology")), dermatology),
        (coding(Some("urn:oid:2.16.840.1.113883.6.96"), Some("394582007"), None), dermatology),
        (coding(Some(systems::NUCC), Some("207N00000X"), None), dermatology),
        (coding(Some("http://www.nucc.org/provider-taxonomy"), Some("207n00000x"), None), dermatology),
        (coding(None, Some("394582007"), None), dermatology),
        (coding(None, Some("207N00000X"), None), dermatology),
        (coding(Some(systems::NUCC), Some("394582007"), None), &[]),
        (coding(Some("http://example.org/codes"), Some("394582007"), None), &[]),
        (coding(Some("http://example.org/codes"), Some("DERM"), Some("DERMATOLOGY")), dermatology),
        (coding(Some(systems::SERVICE_TYPE), Some("168"), None), dermatology),
        (coding(Some("https://terminology.hl7.org/CodeSystem/service-type/"), Some(" 168 "), None), dermatology),
        (coding(Some("http://hl7.org/fhir/service-type"), Some("168"), Some("Dermatology")), dermatology),
        (coding(Some(systems::SERVICE_TYPE), Some("394582007"), None), &[]),
        (coding(Some(systems::SNOMED), Some("168"), None), &[]),
        (coding(Some("http://example.org/codes"), Some("168"), None), &[]),
        (coding(None, Some("168"), None), &[]),
        (coding(None, None, Some("Dermatologists")), dermatology),
        (coding(None, None, Some("Underwater basket weaving")), &[]),
        (coding(None, None, None), &[]),
    ] {
        assert_eq!(keys(specialties_of(&coding)), want, "{coding:?}");
    }
}

#[test]
fn plain_words_mean_specialties() {
    for (words, want) in [
        ("dermatologist", &["dermatology"][..]),
        ("Dermatologists", &["dermatology"]),
        ("skin doctor", &["dermatology"]),
        ("Skin  Doctors!", &["dermatology"]),
        ("childrens doctor", &["pediatrics"]),
        ("children's doctor", &["pediatrics"]),
        ("eye doctor", &["ophthalmology", "optometry"]),
        ("X-Ray", &["radiology"]),
        ("hearing test", &["audiology"]),
        ("wisdom tooth", &["oral-surgery"]),
        ("OB/GYN", &["obstetrics-gynecology"]),
        ("sports medicine", &["orthopedics", "sports-medicine"]),
        ("liver", &["hepatology"]),
        ("flu shots", &["immunization"]),
        ("brain", &["neurology", "neurosurgery"]),
        ("surgeon", &["general-surgery"]),
        ("Dermatólogo", &["dermatology"]),
        ("dentista", &["dentistry"]),
        ("medico de familia", &["family-medicine"]),
        ("vacuna contra la gripe", &["immunization"]),
        ("respiratory therapist", &["respiratory-therapy"]),
        ("wound care", &["wound-care"]),
        ("doctor", &[]),
        ("medical clinic", &[]),
        ("dermatolgist", &[]),
        ("", &[]),
        ("skin doctor boston", &[]),
    ] {
        assert_eq!(keys(specialties_in_words(words)), want, "{words}");
    }
}

#[test]
fn codes_are_told_from_words() {
    for (text, want) in [
        ("394582007", true),
        ("207N00000X", true),
        ("261QU0200X", true),
        ("12345", false),
        ("dermatology", false),
        ("dermatolox", false),
        ("covid19-immunization", false),
        ("", false),
    ] {
        assert_eq!(looks_like_code(text), want, "{text}");
    }
}

#[test]
fn publishers_of_one_specialty_are_found_by_every_system() {
    let coding = |system: &str, code: &str| Coding {
        system: Some(system.to_owned()),
        code: Some(code.to_owned()),
        display: None,
    };
    for (key, snomed, nucc, service) in [
        ("dermatology", "394582007", "207N00000X", "168"),
        ("cardiology", "394579002", "207RC0000X", "165"),
        ("family-medicine", "419772000", "207Q00000X", "124"),
        ("obstetrics-gynecology", "394586005", "207V00000X", "186"),
        ("dentistry", "408444009", "122300000X", "88"),
        ("allergy-immunology", "408439002", "207K00000X", "172"),
    ] {
        for coding in
            [coding(systems::SNOMED, snomed), coding(systems::NUCC, nucc), coding(systems::SERVICE_TYPE, service)]
        {
            assert_eq!(keys(specialties_of(&coding)), [key], "{coding:?}");
        }
    }
    let immunization = ["57", "covid19-immunization"];
    for code in immunization {
        let coding = coding("http://fhir-registry.smarthealthit.org/CodeSystem/service-type", code);
        assert_eq!(keys(specialties_of(&coding)), ["immunization"], "{code}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,40}") {
        let _ = specialties_in_words(&text);
        let _ = looks_like_code(&text);
    }
}
