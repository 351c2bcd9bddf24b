//! Comma lists of codes.

use openslots_directory::vocabulary;
use openslots_model::{CodeFilter, IssueCode};

use super::MAX_LIST_VALUES;
use super::given::echo;

/// The values of a comma list, spaces around them removed.
pub(super) fn list(text: &str) -> Result<Vec<&str>, String> {
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
pub(super) fn exact(value: &str) -> Result<Option<CodeFilter>, String> {
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

/// A list of `code`, `system|code` or what a service is called.
///
/// What could be a name is looked for among names as well; numbers and `system|code` are codes and nothing else.
pub(super) fn parse_services(text: &str) -> Result<Vec<CodeFilter>, String> {
    let mut filters = Vec::new();
    for value in list(text)? {
        if let Some(filter) = exact(value)? {
            filters.push(filter);
            continue;
        }
        filters.push(CodeFilter::Code(value.to_owned()));
        if value.contains(|c: char| c.is_alphabetic()) {
            filters.push(CodeFilter::Words(value.to_owned()));
            let meant = vocabulary::specialties_in_words(value).into_iter();
            filters.extend(meant.map(|specialty| CodeFilter::Meaning(specialty.key.to_owned())));
        }
    }
    Ok(filters)
}

/// A list of vaccines: CVX codes, `system|code` or names.
pub(super) fn parse_vaccines(text: &str) -> Result<Vec<CodeFilter>, String> {
    let mut filters = Vec::new();
    for value in list(text)? {
        if let Some(filter) = exact(value)? {
            filters.push(filter);
        } else if value.bytes().all(|byte| byte.is_ascii_digit()) {
            // Feeds write CVX codes with and without the zero in front.
            let number = value.trim_start_matches('0');
            filters.extend([format!("{number:0>2}"), number.to_owned()].map(CodeFilter::Code));
        } else {
            filters.push(CodeFilter::Words(value.to_owned()));
        }
    }
    filters.dedup();
    Ok(filters)
}

/// A list of doses in a series.
pub(super) fn parse_doses(text: &str) -> Result<Vec<u32>, String> {
    let read = |value: &str| match value.parse::<u32>() {
        Ok(dose @ 1..=20) => Ok(dose),
        _ => Err(format!("must be the number of a dose from 1 to 20, not `{}`", echo(value))),
    };
    list(text)?.into_iter().map(read).collect()
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
    fn services_are_codes_or_names() {
        let words = |words: &str| CodeFilter::Words(words.to_owned());
        let immunization = CodeFilter::Meaning("immunization".to_owned());
        for (text, want) in [
            ("57", vec![code("57")]),
            ("covid19-immunization", vec![code("covid19-immunization"), words("covid19-immunization")]),
            ("flu shot", vec![code("flu shot"), words("flu shot"), immunization]),
        ] {
            assert_eq!(parse_services(text), Ok(want), "{text}");
        }
    }

    #[test]
    fn vaccines_are_codes_or_names_and_doses_are_small() {
        assert_eq!(parse_vaccines("207"), Ok(vec![code("207")]));
        assert_eq!(parse_vaccines("8"), Ok(vec![code("08"), code("8")]));
        assert_eq!(parse_vaccines("moderna"), Ok(vec![CodeFilter::Words("moderna".to_owned())]));
        assert_eq!(parse_doses("1, 2"), Ok(vec![1, 2]));
        for bad in ["0", "21", "first", "1.5", "-1"] {
            assert!(parse_doses(bad).is_err(), "{bad}");
        }
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
