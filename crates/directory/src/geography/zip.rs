//! The table of ZIP codes.

use std::sync::OnceLock;

use openslots_model::Position;

use super::ZipCode;

/// The table as text: every [`ZipCode`] points into it.
const TABLE: &str = include_str!("../../data/us_zip_codes.tsv");

/// All ZIP codes, ascending.
pub fn zip_codes() -> &'static [ZipCode] {
    static ZIP_CODES: OnceLock<Vec<ZipCode>> = OnceLock::new();
    ZIP_CODES.get_or_init(|| {
        let mut zip_codes: Vec<ZipCode> = TABLE.lines().skip(1).filter_map(read_row).collect();
        // The table is in order; sorting what is sorted costs one pass, and the search below relies on it.
        zip_codes.sort_by_key(|code| code.zip);
        zip_codes.shrink_to_fit();
        zip_codes
    })
}

fn read_row(row: &'static str) -> Option<ZipCode> {
    let mut cells = row.split('\t');
    let mut next = || cells.next();
    let (zip, city, state, county) = (next()?, next()?, next()?, next()?);
    let position = Position::new(next()?.parse().ok()?, next()?.parse().ok()?).ok()?;
    Some(ZipCode { zip, city, state, county, position })
}

/// The ZIP code of a text: leading zeros restored, ZIP+4 cut off. `None` if it is none or not known.
pub fn find_zip(text: &str) -> Option<&'static ZipCode> {
    let zip = normalize_zip(text)?;
    let all = zip_codes();
    let at = all.binary_search_by(|code| code.zip.cmp(zip.as_str())).ok()?;
    all.get(at)
}

/// The five digits of a text that looks like a ZIP (`2139`, `02139-1234`, `02139`), known or not.
///
/// Spreadsheets eat leading zeros, so four digits get one back and three get two (no ZIP starts with `000`).
/// The four digits of a ZIP+4 may follow after a hyphen, a space, or at once.
pub fn normalize_zip(text: &str) -> Option<String> {
    let text = text.trim();
    let digits_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (head, tail) = text.split_at(digits_end);
    let zip = if tail.is_empty() {
        match head.len() {
            3..=5 => head,
            8 | 9 => &head[..head.len() - 4],
            _ => return None,
        }
    } else {
        let plus_four = tail.trim_start_matches([' ', '-', '\u{2013}']);
        let is_plus_four = plus_four.len() < tail.len()
            && (plus_four.is_empty() || (plus_four.len() == 4 && plus_four.bytes().all(|b| b.is_ascii_digit())));
        if !is_plus_four || !(3..=5).contains(&head.len()) {
            return None;
        }
        head
    };
    let zip = format!("{zip:0>5}");
    (!zip.starts_with("000")).then_some(zip)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_table_is_read_whole_and_in_order() {
        assert_eq!(zip_codes().len(), TABLE.lines().count() - 1);
        assert_eq!(zip_codes().len(), 40_979);
        assert!(zip_codes().windows(2).all(|pair| pair[0].zip < pair[1].zip));
        for code in zip_codes() {
            assert_eq!(code.zip.len(), 5, "{code:?}");
            assert_eq!(super::super::normalize_state(code.state), Some(code.state), "{code:?}");
            assert!(!code.city.is_empty() && !code.county.is_empty(), "{code:?}");
            assert_ne!((code.position.latitude, code.position.longitude), (0.0, 0.0), "{code:?}");
        }
    }

    #[test]
    fn zips_are_normalised() {
        for (text, want) in [
            ("02139", Some("02139")),
            ("2139", Some("02139")),
            ("501", Some("00501")),
            (" 02139 ", Some("02139")),
            ("02139-4307", Some("02139")),
            ("2139-4307", Some("02139")),
            ("02139 4307", Some("02139")),
            ("021394307", Some("02139")),
            ("21394307", Some("02139")),
            ("02139-", Some("02139")),
            ("99999", Some("99999")),
            ("", None),
            ("12", None),
            ("00000", None),
            ("021394", None),
            ("02139-43", None),
            ("02139x", None),
            ("K1A 0B1", None),
            ("Boston", None),
            ("-2139", None),
            ("٠٢١٣٩", None),
        ] {
            assert_eq!(normalize_zip(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn zips_are_found() {
        // The first three are ZIPs that a finder of 2021 could not find.
        for (text, city, state) in [
            ("80238", "Denver", "CO"),
            ("80303", "Boulder", "CO"),
            ("33712", "Saint Petersburg", "FL"),
            ("2139", "Cambridge", "MA"),
            ("00501-0001", "Holtsville", "NY"),
        ] {
            let code = find_zip(text).expect(text);
            assert_eq!((code.city, code.state), (city, state), "{text}");
        }
        for text in ["99999", "00000", "Boston", ""] {
            assert_eq!(find_zip(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_a_zip_stays_one(text in ".{0,12}") {
            if let Some(zip) = normalize_zip(&text) {
                prop_assert_eq!(normalize_zip(&zip), Some(zip));
            }
        }
    }
}
