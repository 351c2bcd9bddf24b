//! Languages that patients ask for: tags, English names and the names that their speakers use.
//!
//! Publishers write languages as BCP 47 tags (`es`, `es-MX`), as codes of ISO 639-2 (`spa`) or as plain names
//! (`Spanish`); patients write names. All of them lead to one [`Language`].

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::text::fold;

/// The table as text: every [`Language`] points into it.
const TABLE: &str = include_str!("../data/languages.tsv");

/// One language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    /// Primary subtags that mean it: the one to write first, then aliases, macrolanguage and ISO 639-2 codes.
    pub tags: Vec<&'static str>,
    /// English name.
    pub name: &'static str,
    /// Other names, in English and in the language itself.
    pub other_names: Vec<&'static str>,
}

impl Language {
    /// The tag to write.
    pub fn tag(&self) -> &'static str {
        self.tags.first().copied().unwrap_or_default()
    }
}

/// The table and the ways into it.
struct Languages {
    all: Vec<Language>,
    by_tag: FxHashMap<&'static str, usize>,
    by_name: FxHashMap<String, usize>,
}

fn table() -> &'static Languages {
    static LANGUAGES: OnceLock<Languages> = OnceLock::new();
    LANGUAGES.get_or_init(|| {
        let all: Vec<_> = TABLE.lines().skip(1).filter_map(read_row).collect();
        let (mut by_tag, mut by_name) = (FxHashMap::default(), FxHashMap::default());
        for (number, language) in all.iter().enumerate() {
            by_tag.extend(language.tags.iter().map(|tag| (*tag, number)));
            let names = std::iter::once(&language.name).chain(&language.other_names);
            by_name.extend(names.map(|name| (fold(name), number)));
        }
        Languages { all, by_tag, by_name }
    })
}

fn read_row(row: &'static str) -> Option<Language> {
    let mut cells = row.split('\t');
    Some(Language {
        tags: cells.next()?.split_whitespace().collect(),
        name: cells.next()?,
        other_names: cells.next()?.split('|').filter(|name| !name.is_empty()).collect(),
    })
}

/// All languages of the table.
pub fn languages() -> &'static [Language] {
    &table().all
}

/// The language of a tag (`es`, `es-MX`, `spa`) or of a name (`Spanish`, `español`); case and accents do not count.
pub fn language_tags(text: &str) -> Option<&'static Language> {
    with_tag(text).or_else(|| with_name(text))
}

/// The English name of a tag's language.
pub fn name_of(tag: &str) -> Option<&'static str> {
    with_tag(tag).map(|language| language.name)
}

/// Whether two tags or plain names mean one language: `es-MX` and `Spanish`, `cmn` and `zh-Hans`, `fil` and `tl`.
///
/// Languages that the table does not hold are told by their primary subtags.
pub fn same_language(a: &str, b: &str) -> bool {
    match (language_tags(a), language_tags(b)) {
        (Some(a), Some(b)) => std::ptr::eq(a, b),
        (None, None) => {
            let (a, b) = (primary_subtag(a), primary_subtag(b));
            !a.is_empty() && a.eq_ignore_ascii_case(b)
        }
        _ => false,
    }
}

/// The language called exactly so; a list or an addition behind the name is passed over (`Spanish; Castilian`).
fn with_name(text: &str) -> Option<&'static Language> {
    with_folded_name(&fold(text)).or_else(|| {
        let (head, _) = text.split_once(['(', ';', ','])?;
        with_folded_name(&fold(head))
    })
}

/// The language of a folded name.
pub(crate) fn with_folded_name(name: &str) -> Option<&'static Language> {
    let all = table();
    all.by_name.get(name).and_then(|number| all.all.get(*number))
}

fn with_tag(text: &str) -> Option<&'static Language> {
    let all = table();
    let find = |tag: &str| all.by_tag.get(tag.to_ascii_lowercase().as_str()).and_then(|number| all.all.get(*number));
    let text = text.trim();
    let primary = primary_subtag(text);
    if !(2..=3).contains(&primary.len()) {
        return None;
    }
    // An extended language subtag says more than its macrolanguage: `zh-yue` is Cantonese.
    let extended = text.split(['-', '_']).nth(1).filter(|subtag| subtag.len() == 3 && primary == "zh");
    extended.and_then(find).or_else(|| find(primary))
}

fn primary_subtag(tag: &str) -> &str {
    tag.trim().split(['-', '_']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_table_is_read_whole_and_keeps_its_rules() {
        assert_eq!(languages().len(), TABLE.lines().count() - 1);
        for language in languages() {
            assert!(!language.name.is_empty() && !language.tags.is_empty(), "{language:?}");
            for tag in &language.tags {
                assert!((2..=3).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_lowercase()), "{tag}");
                assert!(language_tags(tag).is_some_and(|found| found == language), "{tag} is in several rows");
            }
            for name in std::iter::once(&language.name).chain(&language.other_names) {
                assert!(!fold(name).is_empty(), "{name} folds to nothing");
                assert!(with_folded_name(&fold(name)).is_some_and(|found| found == language), "{name} twice");
            }
        }
    }

    #[test]
    fn languages_are_told_by_tag_and_name() {
        for (text, want) in [
            ("es", Some("es")),
            ("ES-mx", Some("es")),
            ("es_419", Some("es")),
            ("spa", Some("es")),
            ("Spanish", Some("es")),
            (" SPANISH ", Some("es")),
            ("español", Some("es")),
            ("Espanol", Some("es")),
            ("Spanish; Castilian", Some("es")),
            ("Spanish (Mexico)", Some("es")),
            ("Mandarin", Some("zh")),
            ("Chinese", Some("zh")),
            ("中文", Some("zh")),
            ("zh-Hans-CN", Some("zh")),
            ("zh-yue", Some("yue")),
            ("Cantonese", Some("yue")),
            ("Filipino", Some("tl")),
            ("ASL", Some("ase")),
            ("american sign language", Some("ase")),
            ("Kreyòl", Some("ht")),
            ("tiếng Việt", Some("vi")),
            ("русский", Some("ru")),
            ("العربية", Some("ar")),
            ("Klingon", None),
            ("", None),
            ("-", None),
            ("creole", None),
        ] {
            assert_eq!(language_tags(text).map(Language::tag), want, "{text}");
        }
        assert_eq!(name_of("fil"), Some("Tagalog"));
        assert_eq!(name_of("Spanish"), None);
        assert_eq!(name_of("xx"), None);
    }

    #[test]
    fn one_language_under_several_tags_is_one() {
        for (a, b, want) in [
            ("es", "es-MX", true),
            ("es", "Spanish", true),
            ("zh-Hans", "zh", true),
            ("zh", "cmn", true),
            ("fil", "tl", true),
            ("iw", "he", true),
            ("yue", "zh", false),
            ("es", "pt", false),
            ("es", "", false),
            ("", "", false),
            ("tlh", "tlh-Latn", true),
            ("tlh", "tli", false),
            ("tlh", "es", false),
        ] {
            assert_eq!(same_language(a, b), want, "{a} {b}");
            assert_eq!(same_language(b, a), want, "{b} {a}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(a in ".{0,20}", b in ".{0,20}") {
            prop_assert_eq!(same_language(&a, &b), same_language(&b, &a));
            let _ = name_of(&a);
        }
    }
}
