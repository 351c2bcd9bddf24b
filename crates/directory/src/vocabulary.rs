//! The specialty vocabulary: one specialty under several code systems and in a patient's own words.

mod typos;

use std::sync::OnceLock;

use openslots_fhir::systems;
use openslots_model::Coding;
use rustc_hash::FxHashMap;

use crate::text::{fold, words};

/// The table as text: every [`Specialty`] points into it.
const TABLE: &str = include_str!("../data/specialties.tsv");

/// The object identifier of SNOMED CT, as some publishers write its system.
const SNOMED_OID: &str = "2.16.840.1.113883.6.96";
/// The object identifier of the NUCC provider taxonomy.
const NUCC_OID: &str = "2.16.840.1.113883.6.101";

/// Words that half of all specialties share: alone they mean none.
const GENERIC_WORDS: [&str; 15] = [
    "and",
    "care",
    "center",
    "clinic",
    "clinical",
    "doctor",
    "exam",
    "health",
    "medical",
    "medicine",
    "of",
    "specialist",
    "surgeon",
    "surgery",
    "test",
];

/// Specialties that the general services of any practice are called after as well.
const GENERAL: [&str; 2] = ["family-medicine", "internal-medicine"];

/// One specialty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Specialty {
    /// Stable key.
    pub key: &'static str,
    /// What people read.
    pub label: &'static str,
    /// SNOMED CT codes.
    pub snomed: Vec<&'static str>,
    /// NUCC codes.
    pub nucc: Vec<&'static str>,
    /// Codes of the HL7 service types.
    pub services: Vec<&'static str>,
    /// Everyday words.
    pub words: Vec<&'static str>,
}

impl Specialty {
    /// Whether a service type of this name says little of who gives it: dermatologists publish `General Practice` too.
    /// It is believed only where no specialty is published.
    pub fn is_general(&self) -> bool {
        GENERAL.contains(&self.key)
    }
}

/// The table and the ways into it.
struct Vocabulary {
    specialties: Vec<Specialty>,
    by_snomed: FxHashMap<&'static str, Vec<usize>>,
    by_nucc: FxHashMap<&'static str, Vec<usize>>,
    by_service: FxHashMap<&'static str, Vec<usize>>,
    /// By [`phrase`] of its label and of each of its words.
    by_phrase: FxHashMap<String, Vec<usize>>,
}

fn vocabulary() -> &'static Vocabulary {
    static VOCABULARY: OnceLock<Vocabulary> = OnceLock::new();
    VOCABULARY.get_or_init(|| {
        let mut vocabulary = Vocabulary {
            specialties: TABLE.lines().skip(1).filter_map(read_row).collect(),
            by_snomed: FxHashMap::default(),
            by_nucc: FxHashMap::default(),
            by_service: FxHashMap::default(),
            by_phrase: FxHashMap::default(),
        };
        for (number, specialty) in vocabulary.specialties.iter().enumerate() {
            for code in &specialty.snomed {
                vocabulary.by_snomed.entry(code).or_default().push(number);
            }
            for code in &specialty.nucc {
                vocabulary.by_nucc.entry(code).or_default().push(number);
            }
            for code in &specialty.services {
                vocabulary.by_service.entry(code).or_default().push(number);
            }
            for text in std::iter::once(&specialty.label).chain(&specialty.words) {
                let numbers = vocabulary.by_phrase.entry(phrase(text)).or_default();
                if !numbers.contains(&number) {
                    numbers.push(number);
                }
            }
        }
        vocabulary
    })
}

fn read_row(row: &'static str) -> Option<Specialty> {
    let mut cells = row.split('\t');
    let mut next = || cells.next();
    Some(Specialty {
        key: next()?,
        label: next()?,
        snomed: next()?.split_whitespace().collect(),
        nucc: next()?.split_whitespace().collect(),
        services: next()?.split_whitespace().collect(),
        words: next()?.split('|').filter(|word| !word.is_empty()).collect(),
    })
}

/// All specialties of the vocabulary.
pub fn specialties() -> &'static [Specialty] {
    &vocabulary().specialties
}

/// The specialties that a coding stands for (by code; by its text where the code is missing or not in the vocabulary).
pub fn specialties_of(coding: &Coding) -> Vec<&'static Specialty> {
    let by_code = coding.code.as_deref().map(|code| with_code(coding.system.as_deref(), code)).unwrap_or_default();
    if !by_code.is_empty() {
        return by_code;
    }
    coding.display.as_deref().map(|display| with_phrase(&phrase(display))).unwrap_or_default()
}

/// The specialties that plain words mean (`skin doctor`, `dermatologist`); empty if none.
///
/// Those that are called exactly so; if none is, those of which one name holds all the words (`brain`: of
/// `brain doctor` and of `brain surgeon`). Case, accents and plural do not count. Typos are not forgiven here.
pub fn specialties_in_words(words: &str) -> Vec<&'static Specialty> {
    let wanted = phrase(words);
    let exact = with_phrase(&wanted);
    if !exact.is_empty() || split(&wanted).all(|word| GENERIC_WORDS.contains(&word)) {
        return exact;
    }
    let all = vocabulary();
    let holds_all = |name: &str| split(&wanted).all(|word| split(name).any(|known| known == word));
    let mut numbers: Vec<usize> =
        all.by_phrase.iter().filter(|(name, _)| holds_all(name)).flat_map(|(_, numbers)| numbers).copied().collect();
    numbers.sort_unstable();
    numbers.dedup();
    pick(Some(&numbers))
}

/// The specialties that are called exactly so, whatever the number and case.
pub(crate) fn specialties_called(words: &str) -> Vec<&'static Specialty> {
    with_phrase(&phrase(words))
}

/// The name that misspelt words are nearest to, and the specialties that are called so; `None` if none is near, or
/// several are as near that mean something else.
///
/// A word of five letters may have one wrong, missing, too many or swapped with its neighbour, one of eight two.
pub fn nearest_phrase(words: &str) -> Option<(&'static str, Vec<&'static Specialty>)> {
    let wanted = phrase(words);
    if wanted.is_empty() {
        return None;
    }
    let mut nearest: Option<(usize, Vec<usize>, &'static str)> = None;
    let names = specialties()
        .iter()
        .flat_map(|specialty| std::iter::once(specialty.label).chain(specialty.words.iter().copied()));
    for name in names {
        let known = phrase(name);
        let Some(n_typos) = typos::between(&wanted, &known) else { continue };
        let numbers = vocabulary().by_phrase.get(&known).cloned().unwrap_or_default();
        match &nearest {
            Some((fewest, ..)) if *fewest < n_typos => {}
            Some((fewest, others, _)) if *fewest == n_typos => {
                if *others != numbers {
                    nearest = Some((n_typos, Vec::new(), name));
                }
            }
            _ => nearest = Some((n_typos, numbers, name)),
        }
    }
    let (_, numbers, name) = nearest?;
    (!numbers.is_empty()).then(|| (name, pick(Some(&numbers))))
}

/// Whether a text has the form of a code (SNOMED digits, or NUCC's ten characters) and not of words.
///
/// SNOMED CT identifiers have 6 to 18 digits; NUCC codes are nine capital letters or digits and an `X`.
pub fn looks_like_code(text: &str) -> bool {
    let is_snomed = (6..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let is_nucc = text.len() == 10
        && text.ends_with(['X', 'x'])
        && text.bytes().take(3).all(|b| b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric());
    is_snomed || is_nucc
}

fn with_code(system: Option<&str>, code: &str) -> Vec<&'static Specialty> {
    let all = vocabulary();
    let code = code.trim();
    let nucc_code = || all.by_nucc.get(code.to_ascii_uppercase().as_str());
    let numbers = match system.map(code_system) {
        Some(CodeSystem::Snomed) => all.by_snomed.get(code),
        Some(CodeSystem::Nucc) => nucc_code(),
        Some(CodeSystem::ServiceType) => all.by_service.get(code),
        // These two forms of code cannot be mistaken for each other; the numbers of service types mean nothing alone.
        None => all.by_snomed.get(code).or_else(nucc_code),
        Some(CodeSystem::Other) => None,
    };
    pick(numbers)
}

fn with_phrase(phrase: &str) -> Vec<&'static Specialty> {
    pick(vocabulary().by_phrase.get(phrase))
}

fn pick(numbers: Option<&Vec<usize>>) -> Vec<&'static Specialty> {
    numbers.into_iter().flatten().filter_map(|number| specialties().get(*number)).collect()
}

enum CodeSystem {
    Snomed,
    Nucc,
    ServiceType,
    Other,
}

/// Canonical URLs, with what real feeds do to them: https, `www.`, a slash at the end, an OID.
fn code_system(system: &str) -> CodeSystem {
    let bare = |url: &str| {
        let url = url.trim().trim_end_matches('/').to_ascii_lowercase();
        let url = url.trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("www.");
        url.trim_start_matches("urn:oid:").to_owned()
    };
    let system = bare(system);
    if system == bare(systems::SNOMED) || system == SNOMED_OID {
        CodeSystem::Snomed
    } else if system == bare(systems::NUCC) || system == NUCC_OID {
        CodeSystem::Nucc
    } else if system == bare(systems::SERVICE_TYPE) {
        CodeSystem::ServiceType
    } else {
        CodeSystem::Other
    }
}

/// A name for comparing: folded words in the singular. The `s` of a genitive goes as well (`children's`, `childrens`).
fn phrase(text: &str) -> String {
    let folded = fold(text);
    let singular: Vec<_> = words(&folded).filter(|word| *word != "s").map(singular).collect();
    singular.join(" ")
}

fn split(phrase: &str) -> impl Iterator<Item = &str> {
    words(phrase)
}

/// A word without the ending of the English plural, roughly: the same is done on both sides of a comparison.
fn singular(word: &str) -> String {
    let is_short = word.len() < 4;
    match word {
        _ if is_short || word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") => word.to_owned(),
        _ if word.ends_with("ies") => format!("{}y", &word[..word.len() - 3]),
        _ => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}

#[cfg(test)]
mod tests {
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
            for code in snomed {
                assert!(looks_like_code(code) && code.bytes().all(|b| b.is_ascii_digit()), "{key}: {code}");
            }
            for code in nucc {
                assert!(looks_like_code(code) && code.ends_with('X'), "{key}: {code}");
            }
            for code in services {
                assert!(code.len() <= 3 && code.bytes().all(|b| b.is_ascii_digit()), "{key}: {code}");
                let rows = specialties().iter().filter(|row| row.services.contains(code));
                assert_eq!(rows.count(), 1, "{key}: service {code} is in several rows");
            }
            assert_eq!(words.iter().filter(|word| word.trim() != **word).count(), 0, "{key}");
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
            (coding(Some(systems::SERVICE_TYPE), Some("168"), None), dermatology),
            (coding(None, Some("168"), None), &[]),
            (coding(Some("urn:other"), Some("168"), None), &[]),
            (coding(None, Some("394582007"), None), dermatology),
            (coding(None, Some("207N00000X"), None), dermatology),
            (coding(Some(systems::NUCC), Some("394582007"), None), &[]),
            (coding(Some("http://example.org/codes"), Some("394582007"), None), &[]),
            (coding(Some("http://example.org/codes"), Some("DERM"), Some("DERMATOLOGY")), dermatology),
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
            ("doctor", &[]),
            ("medical clinic", &[]),
            ("dermatolgist", &[]),
            ("dermatóloga", &["dermatology"]),
            ("médico de familia", &["family-medicine"]),
            ("", &[]),
            ("skin doctor boston", &[]),
        ] {
            assert_eq!(keys(specialties_in_words(words)), want, "{words}");
        }
    }

    #[test]
    fn misspelt_words_mean_what_is_nearest() {
        for (words, want) in [
            ("dermatolgist", Some(("dermatologist", &["dermatology"][..]))),
            ("pediatrican", Some(("pediatrician", &["pediatrics"]))),
            ("skn doctor", None),
            ("family docotr", Some(("family doctor", &["family-medicine"]))),
            ("cardioligist", Some(("cardiologist", &["cardiology"]))),
            ("basket weaving", None),
            ("zzz", None),
            ("", None),
        ] {
            let got = nearest_phrase(words).map(|(name, found)| (name, keys(found)));
            assert_eq!(got, want.map(|(name, keys)| (name, keys.to_vec())), "{words}");
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

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = specialties_in_words(&text);
            let _ = looks_like_code(&text);
        }
    }
}
