//! The specialty vocabulary: one specialty under several code systems and in a patient's own words.

mod nearest;

use std::sync::OnceLock;

use openslots_fhir::systems;
use openslots_model::Coding;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::text::{fold, words};

pub(crate) use nearest::nearest_of;
pub use nearest::nearest_phrase;

/// The table as text: every [`Specialty`] points into it.
const TABLE: &str = include_str!("../data/specialties.tsv");

/// The object identifier of SNOMED CT, as some publishers write its system.
const SNOMED_OID: &str = "2.16.840.1.113883.6.96";
/// The object identifier of the NUCC provider taxonomy.
const NUCC_OID: &str = "2.16.840.1.113883.6.101";

/// Where HL7's service types are found besides their present system: before R4, in the guide of 2021, by identifier.
const OTHER_SERVICE_TYPES: [&str; 3] = [
    "hl7.org/fhir/service-type",
    "fhir-registry.smarthealthit.org/codesystem/service-type",
    "2.16.840.1.113883.4.642.1.1145",
];

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
    /// HL7 service types; mostly short numbers, which mean nothing outside their system.
    pub services: Vec<&'static str>,
    /// Everyday words, in English and in Spanish.
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
    /// By [`phrase`] of its label, of each of its words and of its key.
    by_phrase: FxHashMap<String, Vec<usize>>,
    /// Every label and word as it is written, with its [`phrase`].
    names: Vec<(&'static str, String)>,
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
            names: Vec::new(),
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
            let names = std::iter::once(&specialty.label).chain(&specialty.words);
            vocabulary.names.extend(names.clone().map(|name| (*name, phrase(name))));
            for name in names.chain([&specialty.key]) {
                let numbers = vocabulary.by_phrase.entry(phrase(name)).or_default();
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
/// `brain doctor` and of `brain surgeon`). Case, accents and plural do not count. Typos are not forgiven here, but by [`nearest_phrase`].
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
        // The two forms of code cannot be mistaken for each other.
        None => all.by_snomed.get(code).or_else(nucc_code),
        Some(CodeSystem::Other) => None,
    };
    pick(numbers)
}

/// The specialties that are called exactly so.
pub(crate) fn called(text: &str) -> Vec<&'static Specialty> {
    with_phrase(&phrase(text))
}

/// Every single word of every name, folded and in the singular.
pub(crate) fn vocabulary_words() -> &'static FxHashSet<&'static str> {
    static WORDS: OnceLock<FxHashSet<&'static str>> = OnceLock::new();
    WORDS.get_or_init(|| names().iter().flat_map(|(_, phrase)| split(phrase)).collect())
}

/// Every label and word as it is written, with what it is compared by.
fn names() -> &'static [(&'static str, String)] {
    &vocabulary().names
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
    } else if system == bare(systems::SERVICE_TYPE) || OTHER_SERVICE_TYPES.contains(&system.as_str()) {
        CodeSystem::ServiceType
    } else {
        CodeSystem::Other
    }
}

/// A name for comparing: folded words in the singular. The `s` of a genitive goes as well (`children's`, `childrens`).
pub(crate) fn phrase(text: &str) -> String {
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
mod tests;
