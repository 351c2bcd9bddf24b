//! Comma lists of codes.

use openslots_directory::vocabulary;
use openslots_model::{CodeFilter, Coding, IssueCode};

use super::MAX_LIST_VALUES;
use super::given::echo;

/// The values of a comma list, spaces around them removed.
fn list(text: &str) -> Result<Vec<&str>, String> {
    let values: Vec<&str> = text.split(',').map(str::trim).collect();
    if values.len() > MAX_LIST_VALUES {
        return Err(format!("has {} values; {MAX_LIST_VALUES} are allowed", values.len()));
    }
    if values.iter().any(|value| value.is_empty()) {
        return Err("has an empty value between commas".to_owned());
    }
    Ok(values)
}

/// `system|code`, if there is a bar.
fn exact(value: &str) -> Result<Option<CodeFilter>, String> {
    let Some((system, code)) = value.split_once('|') else { return Ok(None) };
    let (system, code) = (system.trim(), code.trim());
    if system.is_empty() || code.is_empty() {
        return Err(format!("`{}` must name a system before the bar and a code behind it", echo(value)));
    }
    Ok(Some(CodeFilter::Exact { system: system.to_owned(), code: code.to_owned() }))
}

/// A list of `code` or `system|code`.
pub(crate) fn parse_codes(text: &str) -> Result<Vec<CodeFilter>, String> {
    list(text)?
        .into_iter()
        .map(|value| Ok(exact(value)?.unwrap_or_else(|| CodeFilter::Code(value.to_owned()))))
        .collect()
}

/// A list of `code`, `system|code` or plain words.
///
/// A bare code also stands for the codes that other systems have for the same specialty; `system|code` is taken as it
/// is.
pub(crate) fn parse_specialties(text: &str) -> Result<Vec<CodeFilter>, String> {
    let mut filters = Vec::new();
    for value in list(text)? {
        match exact(value)? {
            Some(filter) => filters.push(filter),
            None if vocabulary::looks_like_code(value) => filters.extend(in_all_systems(value)),
            None => filters.push(CodeFilter::Words(value.to_owned())),
        }
    }
    Ok(filters)
}

/// A code, and what other systems call the specialty it stands for.
fn in_all_systems(code: &str) -> Vec<CodeFilter> {
    let coding = Coding { system: None, code: Some(code.to_owned()), display: None };
    let specialties = vocabulary::specialties_of(&coding);
    let known = specialties.iter().flat_map(|specialty| specialty.snomed.iter().chain(&specialty.nucc));
    let others = known.filter(|known| **known != code).map(|known| CodeFilter::Code((*known).to_owned()));
    std::iter::once(CodeFilter::Code(code.to_owned())).chain(others).collect()
}

/// A list of National Provider Identifiers: ten digits each.
pub(crate) fn parse_npis(text: &str) -> Result<Vec<String>, String> {
    let values = list(text)?;
    match values.iter().find(|value| value.len() != 10 || !value.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(bad) => Err(format!("`{}` is not a National Provider Identifier of ten digits", echo(bad))),
        None => Ok(values.into_iter().map(str::to_owned).collect()),
    }
}

/// A list of codes of issues.
pub(crate) fn parse_issue_codes(text: &str) -> Result<Vec<IssueCode>, String> {
    let read = |value: &str| {
        value.parse().map_err(|()| {
            let known: Vec<_> = IssueCode::ALL.iter().map(|code| code.as_str()).collect();
            format!("`{}` is not a code of issues; they are {}", echo(value), known.join(", "))
        })
    };
    list(text)?.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(code: &str) -> CodeFilter {
        CodeFilter::Code(code.to_owned())
    }

    #[test]
    fn codes_are_read_with_and_without_system() {
        let exact = CodeFilter::Exact { system: "http://snomed.info/sct".to_owned(), code: "394582007".to_owned() };
        for (text, want) in [
            ("57", Ok(vec![code("57")])),
            (" 57 , 124 ", Ok(vec![code("57"), code("124")])),
            ("http://snomed.info/sct|394582007", Ok(vec![exact])),
            ("57,", Err("has an empty value between commas".to_owned())),
            ("|57", Err("`|57` must name a system before the bar and a code behind it".to_owned())),
            ("http://snomed.info/sct|", {
                Err("`http://snomed.info/sct|` must name a system before the bar and a code behind it".to_owned())
            }),
        ] {
            assert_eq!(parse_codes(text), want, "{text}");
        }
        assert_eq!(parse_codes(&"1,".repeat(101)), Err("has 102 values; 100 are allowed".to_owned()));
        assert_eq!(parse_codes(&vec!["1"; 100].join(",")).map(|list| list.len()), Ok(100));
    }

    #[test]
    fn a_bare_code_stands_for_its_specialty_in_all_systems() {
        let dermatology = parse_specialties("394582007").expect("codes");
        assert_eq!(dermatology[0], code("394582007"));
        assert!(dermatology.contains(&code("207N00000X")), "{dermatology:?}");
        assert!(parse_specialties("207N00000X").expect("codes").contains(&code("394582007")));
        assert_eq!(parse_specialties("999999"), Ok(vec![code("999999")]));
        assert_eq!(parse_specialties("skin doctor"), Ok(vec![CodeFilter::Words("skin doctor".to_owned())]));
        assert_eq!(parse_specialties("http://snomed.info/sct|394582007").map(|filters| filters.len()), Ok(1));
    }

    #[test]
    fn npis_have_ten_digits() {
        assert_eq!(parse_npis("1073635355"), Ok(vec!["1073635355".to_owned()]));
        for bad in ["107363535", "10736353555", "107363535x", "１０７３６３５３５５"] {
            assert!(parse_npis(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn codes_of_issues_are_known_ones() {
        let both = Ok(vec![IssueCode::InvalidJson, IssueCode::FileFailed]);
        assert_eq!(parse_issue_codes("invalid-json, file-failed"), both);
        let refused = parse_issue_codes("invalid-json,bad-json").expect_err("not a code");
        assert!(refused.starts_with("`bad-json` is not a code of issues; they are invalid-json, "), "{refused}");
    }
}
