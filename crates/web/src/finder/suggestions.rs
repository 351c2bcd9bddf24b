//! Suggestions for what can be looked for, as browsers offer them without a script.

use maud::{Markup, html};
use openslots_directory::{languages, vocabulary};

use crate::language::Language;
use crate::terms::spanish_languages;

/// What people look for most, in Spanish; the vocabulary understands each.
const SPANISH: [&str; 24] = [
    "médico de familia",
    "medicina interna",
    "pediatra",
    "ginecólogo",
    "dermatólogo",
    "cardiólogo",
    "dentista",
    "psicólogo",
    "psiquiatra",
    "oftalmólogo",
    "optometrista",
    "fisioterapia",
    "ortopedista",
    "neurólogo",
    "gastroenterólogo",
    "endocrinólogo",
    "urólogo",
    "alergólogo",
    "otorrinolaringólogo",
    "podólogo",
    "nutricionista",
    "partera",
    "quiropráctico",
    "vacuna",
];
/// Languages that are suggested: the first of the table, which are the most spoken.
const N_LANGUAGES: usize = 30;

/// The lists that the fields `what` and `language` name.
pub(super) fn lists(language: Language) -> Markup {
    html! {
        datalist #whats {
            @match language {
                Language::English => { @for known in vocabulary::specialties() { option value=(known.label) {} } }
                Language::Spanish => { @for words in SPANISH { option value=(words) {} } }
            }
        }
        datalist #languages {
            @match language {
                Language::English => {
                    @for known in languages::languages().iter().take(N_LANGUAGES) { option value=(known.name) {} }
                }
                Language::Spanish => {
                    @for (_, name) in spanish_languages().iter().take(N_LANGUAGES) { option value=(name) {} }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_suggested_is_understood() {
        for words in SPANISH.into_iter().chain(vocabulary::specialties().iter().map(|known| known.label)) {
            assert!(!vocabulary::specialties_in_words(words).is_empty(), "{words}");
        }
        for known in languages::languages() {
            assert!(languages::language_tags(known.name).is_some(), "{known:?}");
        }
    }
}
