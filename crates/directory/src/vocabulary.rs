//! The specialty vocabulary: one specialty under several code systems and in a patient's own words.

use openslots_model::Coding;

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
    /// Everyday words.
    pub words: Vec<&'static str>,
}

/// All specialties of the vocabulary.
pub fn specialties() -> &'static [Specialty] {
    unimplemented!()
}

/// The specialties that a coding stands for (by code; without one by its text).
pub fn specialties_of(coding: &Coding) -> Vec<&'static Specialty> {
    let _ = coding;
    unimplemented!()
}

/// The specialties that plain words mean (`skin doctor`, `dermatologist`); empty if none.
pub fn specialties_in_words(words: &str) -> Vec<&'static Specialty> {
    let _ = words;
    unimplemented!()
}

/// Whether a text has the form of a code (SNOMED digits, or NUCC's ten characters) and not of words.
pub fn looks_like_code(text: &str) -> bool {
    let _ = text;
    unimplemented!()
}
