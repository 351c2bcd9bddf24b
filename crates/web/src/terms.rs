//! Names of specialties and languages in the reader's language.
//!
//! What publishers write is shown as they write it, except where its code says what it is: then a Spanish reader reads it
//! in Spanish.

use std::sync::OnceLock;

use openslots_directory::text::fold;
use openslots_directory::{languages, vocabulary};
use openslots_model::Coding;

use crate::language::Language;

/// Spanish labels of all specialties of the vocabulary, by key.
const SPECIALTIES: &str = include_str!("../data/specialties_es.tsv");
/// Spanish names of the languages that patients ask for most, by tag.
const LANGUAGES: &str = include_str!("../data/languages_es.tsv");

type Rows = Vec<(&'static str, &'static str)>;

fn rows(table: &'static OnceLock<Rows>, text: &'static str) -> &'static [(&'static str, &'static str)] {
    table.get_or_init(|| text.lines().skip(1).filter_map(|row| row.split_once('\t')).collect())
}

fn spanish_specialties() -> &'static [(&'static str, &'static str)] {
    static ROWS: OnceLock<Rows> = OnceLock::new();
    rows(&ROWS, SPECIALTIES)
}

/// The languages that patients ask for most: tag and Spanish name.
pub(crate) fn spanish_languages() -> &'static [(&'static str, &'static str)] {
    static ROWS: OnceLock<Rows> = OnceLock::new();
    rows(&ROWS, LANGUAGES)
}

fn find(rows: &'static [(&'static str, &'static str)], key: &str) -> Option<&'static str> {
    rows.iter().find(|(known, _)| *known == key).map(|(_, label)| *label)
}

/// What a reader calls a specialty of the vocabulary, by its key.
pub(crate) fn specialty(key: &str, language: Language) -> Option<&'static str> {
    match language {
        Language::English => vocabulary::specialties().iter().find(|known| known.key == key).map(|known| known.label),
        Language::Spanish => find(spanish_specialties(), key),
    }
}

/// What a reader reads of a coding: its text as published, else its code.
pub(crate) fn coding(coding: Coding, language: Language) -> Option<String> {
    if language == Language::Spanish
        && let [known] = vocabulary::specialties_of(&coding)[..]
        && let Some(label) = find(spanish_specialties(), known.key)
    {
        return Some(label.to_owned());
    }
    coding.display.or(coding.code)
}

/// What a reader calls a spoken language that is published as a tag or a name; one that is not known as it is published.
pub(crate) fn spoken(published: &str, language: Language) -> &str {
    let Some(known) = languages::language_tags(published) else { return published };
    match language {
        Language::English => known.name,
        Language::Spanish => find(spanish_languages(), known.tag()).unwrap_or(known.name),
    }
}

/// The tag of a language by its Spanish name; any other text is left to the API to understand.
pub(crate) fn tag_of_spanish(text: &str) -> Option<&'static str> {
    let wanted = fold(text);
    spanish_languages().iter().find(|(_, name)| fold(name) == wanted).map(|(tag, _)| *tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_specialty_has_a_spanish_label() {
        let keys: Vec<_> = spanish_specialties().iter().map(|(key, _)| *key).collect();
        let want: Vec<_> = vocabulary::specialties().iter().map(|known| known.key).collect();
        assert_eq!(keys, want);
    }

    #[test]
    fn every_spanish_name_leads_to_a_language_and_back() {
        for (tag, name) in spanish_languages() {
            assert_eq!(languages::language_tags(tag).map(languages::Language::tag), Some(*tag), "{name}");
            assert_eq!(tag_of_spanish(&name.to_uppercase()), Some(*tag));
            assert_eq!(spoken(tag, Language::Spanish), *name);
        }
        assert_eq!(tag_of_spanish("Spanish"), None);
    }

    #[test]
    fn codes_are_read_in_the_readers_language_and_free_text_as_published() {
        let of = |code: Option<&str>, display: &str, language| {
            let system = code.map(|_| "http://snomed.info/sct".to_owned());
            coding(Coding { system, code: code.map(str::to_owned), display: Some(display.to_owned()) }, language)
        };
        for (code, display, english, spanish) in [
            (Some("394582007"), "Skin", "Skin", "Dermatología"),
            (None, "Dermatology", "Dermatology", "Dermatología"),
            (None, "Primary care", "Primary care", "Primary care"),
            (None, "Flu shot drive-in", "Flu shot drive-in", "Flu shot drive-in"),
        ] {
            assert_eq!(of(code, display, Language::English).as_deref(), Some(english));
            assert_eq!(of(code, display, Language::Spanish).as_deref(), Some(spanish));
        }
        for (published, english, spanish) in
            [("es-MX", "Spanish", "español"), ("Vietnamese", "Vietnamese", "vietnamita"), ("tlh", "tlh", "tlh")]
        {
            assert_eq!(spoken(published, Language::English), english);
            assert_eq!(spoken(published, Language::Spanish), spanish);
        }
    }
}
