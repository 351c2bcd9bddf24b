//! Specialties: codes of any system, or a patient's own words.

use openslots_directory::vocabulary::{self, Specialty};
use openslots_model::{CodeFilter, Coding};

use super::Understood;
use super::codes::{exact, list};

/// A list of `code`, `system|code` or plain words, and what the words were understood as.
///
/// A bare code also stands for the codes that other systems have for the same specialty; `system|code` is taken as it
/// is. Words stand for what the vocabulary knows by them, misspelt ones for what is nearest, and for what is called so
/// where it is published.
pub(super) fn parse_specialties(text: &str) -> Result<(Vec<CodeFilter>, Vec<Understood>), String> {
    let (mut filters, mut understood) = (Vec::new(), Vec::new());
    for value in list(text)? {
        if let Some(filter) = exact(value)? {
            filters.push(filter);
        } else if vocabulary::looks_like_code(value) {
            filters.push(CodeFilter::Code(value.to_owned()));
            let coding = Coding { system: None, code: Some(value.to_owned()), display: None };
            filters.extend(vocabulary::specialties_of(&coding).into_iter().map(meaning));
        } else {
            filters.push(CodeFilter::Words(value.to_owned()));
            let words = in_words(value);
            filters.extend(words.iter().flat_map(|words| &words.0).copied().map(meaning));
            understood.extend(words.map(|words| words.1));
        }
    }
    Ok((filters, understood))
}

fn meaning(specialty: &'static Specialty) -> CodeFilter {
    CodeFilter::Meaning(specialty.key.to_owned())
}

/// What words mean; `None` if the vocabulary knows nothing like them.
fn in_words(words: &str) -> Option<(Vec<&'static Specialty>, Understood)> {
    let exact = vocabulary::specialties_in_words(words);
    if !exact.is_empty() {
        let understood = understood(words, &exact);
        return Some((exact, understood));
    }
    let (name, nearest) = vocabulary::nearest_phrase(words)?;
    let understood = Understood { corrected: Some(name.to_owned()), ..understood(words, &nearest) };
    Some((nearest, understood))
}

/// How it is told that words mean these specialties.
pub(super) fn understood(words: &str, specialties: &[&Specialty]) -> Understood {
    let joined = |part: fn(&Specialty) -> &'static str| {
        specialties.iter().map(|specialty| part(specialty)).collect::<Vec<_>>().join(",")
    };
    let labels = joined(|specialty| specialty.label).replace(',', ", ");
    Understood { label: Some(labels), ..Understood::new("specialty", words, joined(|specialty| specialty.key)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(text: &str) -> Vec<CodeFilter> {
        parse_specialties(text).expect(text).0
    }

    #[test]
    fn a_bare_code_stands_for_its_specialty_in_all_systems() {
        let dermatology = CodeFilter::Meaning("dermatology".to_owned());
        for code in ["394582007", "207N00000X"] {
            assert_eq!(filters(code), [CodeFilter::Code(code.to_owned()), dermatology.clone()], "{code}");
        }
        assert_eq!(filters("999999"), [CodeFilter::Code("999999".to_owned())]);
        let (system, code) = ("http://snomed.info/sct".to_owned(), "394582007".to_owned());
        assert_eq!(filters("http://snomed.info/sct|394582007"), [CodeFilter::Exact { system, code }]);
    }

    #[test]
    fn plain_words_say_what_they_were_understood_as() {
        for (text, value, label, corrected) in [
            ("skin doctor", "dermatology", "Dermatology", None),
            ("eye doctor", "ophthalmology,optometry", "Ophthalmology, Optometry", None),
            ("dermatolgist", "dermatology", "Dermatology", Some("dermatologist")),
        ] {
            let (filters, understood) = parse_specialties(text).expect(text);
            assert_eq!(filters[0], CodeFilter::Words(text.to_owned()));
            let keys = filters[1..].iter().map(|filter| match filter {
                CodeFilter::Meaning(key) => key.as_str(),
                other => panic!("{other:?}"),
            });
            assert_eq!(keys.collect::<Vec<_>>().join(","), value);
            let [understood] = &understood[..] else { panic!("{understood:?}") };
            assert_eq!((understood.parameter, understood.words.as_str()), ("specialty", text));
            assert_eq!((understood.value.as_str(), understood.label.as_deref()), (value, Some(label)));
            assert_eq!(understood.corrected.as_deref(), corrected, "{text}");
        }
        let (filters, understood) = parse_specialties("basket weaving").expect("words");
        assert_eq!((filters.len(), understood.len()), (1, 0), "what nobody knows is looked for as it stands");
    }
}
