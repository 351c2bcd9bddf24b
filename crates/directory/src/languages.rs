//! Languages that are spoken to patients: by BCP 47 tag or by name.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

/// The table as text.
const TABLE: &str = include_str!("../data/languages.tsv");

/// A language.
#[derive(Debug, PartialEq, Eq)]
pub struct Language {
    /// Primary subtags under which it is published, the usual one first.
    pub tags: Vec<&'static str>,
    /// What it is called in English.
    pub name: &'static str,
    /// Other names, its own among them.
    pub others: Vec<&'static str>,
}

struct Languages {
    all: Vec<Language>,
    /// By lower-case name.
    by_name: FxHashMap<String, usize>,
    /// The language whose usual tag it is.
    by_tag: FxHashMap<&'static str, usize>,
}

fn languages() -> &'static Languages {
    static LANGUAGES: OnceLock<Languages> = OnceLock::new();
    LANGUAGES.get_or_init(|| {
        let all: Vec<Language> = TABLE.lines().skip(1).filter_map(read_row).collect();
        let (mut by_name, mut by_tag) = (FxHashMap::default(), FxHashMap::default());
        for (number, language) in all.iter().enumerate() {
            for name in std::iter::once(&language.name).chain(&language.others) {
                by_name.entry(folded(name)).or_insert(number);
            }
            by_tag.entry(language.tags[0]).or_insert(number);
        }
        Languages { all, by_name, by_tag }
    })
}

fn read_row(row: &'static str) -> Option<Language> {
    let mut cells = row.split('\t');
    let tags: Vec<_> = cells.next()?.split(' ').collect();
    let name = cells.next()?;
    let others = cells.next()?.split('|').filter(|name| !name.is_empty()).collect();
    (!tags.is_empty()).then_some(Language { tags, name, others })
}

/// Names are compared in lower case and without Latin accents; other scripts stay as they are.
fn folded(name: &str) -> String {
    let fold = |c: char| match c {
        c if c.is_ascii() => c.to_string(),
        // Beyond Latin nothing is written in ASCII without becoming another word.
        '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => deunicode::deunicode_char(c).unwrap_or_default().to_owned(),
        '\u{300}'..='\u{36f}' => String::new(),
        c => c.to_string(),
    };
    name.trim().chars().map(fold).collect::<String>().to_lowercase()
}

/// All languages of the table.
pub fn all() -> &'static [Language] {
    &languages().all
}

/// The language of a name (`Spanish`, `español`, `Farsi`) or of a tag (`es`, `es-MX`).
pub fn find(text: &str) -> Option<&'static Language> {
    let all = languages();
    let number = all.by_name.get(&folded(text)).or_else(|| all.by_tag.get(primary(text).as_str()))?;
    all.all.get(*number)
}

/// The language of a name alone: `no` and `it` are words as well as tags.
pub fn find_by_name(name: &str) -> Option<&'static Language> {
    let all = languages();
    all.all.get(*all.by_name.get(&folded(name))?)
}

/// Whether what is published is the language asked for. Both are tags or names.
///
/// A tag with a region or script (`es-MX`) is asked for as it is, and also found where nothing but the language is
/// published; a tag without (`es`) is found in all its forms. Chinese covers Mandarin and Cantonese, not the other way round.
pub fn same_language(asked: &str, published: &str) -> bool {
    let tag_of = |text: &str| match find_by_name(text) {
        Some(language) => language.tags[0].to_owned(),
        None => text.trim().replace('_', "-").to_ascii_lowercase(),
    };
    let (asked, published) = (tag_of(asked), tag_of(published));
    let (asked_primary, published_primary) = (primary(&asked), primary(&published));
    let has_same_language = asked_primary == published_primary || {
        let known = languages().by_tag.get(asked_primary.as_str()).map(|number| &languages().all[*number]);
        known.is_some_and(|language| language.tags.contains(&published_primary.as_str()))
    };
    let is_general = |tag: &str| !tag.contains('-');
    has_same_language
        && (is_general(&asked)
            || is_general(&published)
            || published == asked
            || published.strip_prefix(&asked).is_some_and(|rest| rest.starts_with('-')))
}

fn primary(tag: &str) -> String {
    tag.trim().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_keeps_its_rules() {
        assert_eq!(all().len(), TABLE.lines().count() - 1);
        for (number, language) in all().iter().enumerate() {
            for tag in &language.tags {
                assert!((2..=3).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_lowercase()), "{language:?}");
            }
            let is_usual = |other: &Language| other.tags[0] == language.tags[0];
            assert_eq!(all().iter().position(is_usual), Some(number), "{language:?}");
            assert_eq!(find(language.name), Some(language));
        }
    }

    #[test]
    fn languages_are_found_by_name_and_tag() {
        for (text, want) in [
            ("Spanish", Some("Spanish")),
            ("ESPAÑOL", Some("Spanish")),
            ("espanol", Some("Spanish")),
            ("es", Some("Spanish")),
            ("es-MX", Some("Spanish")),
            ("中文", Some("Chinese")),
            ("cmn", Some("Mandarin")),
            ("Farsi", Some("Persian")),
            ("ASL", Some("American Sign Language")),
            ("Klingon", None),
            ("", None),
        ] {
            assert_eq!(find(text).map(|language| language.name), want, "{text}");
        }
        assert_eq!(find_by_name("it"), None);
    }

    #[test]
    fn what_is_published_is_compared_with_what_is_asked() {
        for (asked, published, want) in [
            ("es", "es", true),
            ("es", "es-MX", true),
            ("es-MX", "es", true),
            ("es-MX", "es-US", false),
            ("zh-Hant", "zh-Hant-TW", true),
            ("ES_mx", "es-mx", true),
            ("es", "Spanish", true),
            ("Spanish", "es-US", true),
            ("zh", "yue", true),
            ("yue", "cmn", false),
            ("tl", "fil", true),
            ("en", "es", false),
            ("e", "es", false),
        ] {
            assert_eq!(same_language(asked, published), want, "{asked} {published}");
        }
    }
}
