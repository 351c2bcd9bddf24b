//! The parameters of a request as they were given, and what is wrong with them.

use std::borrow::Cow;

use crate::problem::ParameterIssue;

/// How many parameters are looked at; more are nobody's search.
const MAX_PARAMETERS: usize = 100;
/// How much of a name or value is repeated in an issue, in characters.
const ECHO_CHARS: usize = 60;

/// The parameters of one request, against the names that it may have.
///
/// Each known parameter is taken once by name; what is wrong is collected and handed out by [`Given::finish`].
#[derive(Debug)]
pub(crate) struct Given<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    issues: Vec<ParameterIssue>,
}

impl<'a> Given<'a> {
    /// Reads a raw query string (`None`: there was none).
    pub(crate) fn read(raw_query: Option<&'a str>, known: &[&str]) -> Self {
        let mut given = Self { pairs: Vec::new(), issues: Vec::new() };
        for (name, value) in url::form_urlencoded::parse(raw_query.unwrap_or_default().as_bytes()) {
            if given.pairs.len() == MAX_PARAMETERS {
                given
                    .refuse(&name, format!("is one of more than {MAX_PARAMETERS} parameters; none behind it was read"));
                break;
            }
            if !known.contains(&name.as_ref()) {
                given.refuse(&name, unknown_detail(&name, known));
            } else if given.pairs.iter().any(|(other, _)| *other == name) {
                given.refuse(&name, "is given twice; give it once");
            } else if value.trim().is_empty() {
                given.refuse(&name, "is empty; give a value or leave it out");
            }
            given.pairs.push((name, value));
        }
        given
    }

    /// The value of a parameter that is given and not yet found bad.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        if self.is_refused(name) {
            return None;
        }
        self.pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value.trim())
    }

    /// Whether a parameter is given, good or bad.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(other, _)| other == name)
    }

    /// The value of a parameter, read by `parse`, whose error becomes the parameter's issue.
    pub(crate) fn parse<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        match parse(self.text(name)?) {
            Ok(value) => Some(value),
            Err(detail) => {
                self.refuse(name, detail);
                None
            }
        }
    }

    /// Records what is wrong with a parameter; only the first fault of each is told.
    pub(crate) fn refuse(&mut self, name: &str, detail: impl Into<String>) {
        if !self.is_refused(name) {
            self.issues.push(ParameterIssue { parameter: echo(name), detail: detail.into() });
        }
    }

    /// Whether a parameter is given and cannot be used.
    pub(crate) fn is_bad(&self, name: &str) -> bool {
        self.has(name) && self.is_refused(name)
    }

    fn is_refused(&self, name: &str) -> bool {
        self.issues.iter().any(|issue| issue.parameter == echo(name))
    }

    /// All names and values apart from `without`, sorted: the same for the same parameters in any order.
    pub(crate) fn sorted_pairs(&self, without: &[&str]) -> Vec<(&str, &str)> {
        let pairs = self.pairs.iter().map(|(name, value)| (name.as_ref(), value.trim()));
        let mut pairs: Vec<_> = pairs.filter(|(name, _)| !without.contains(name)).collect();
        pairs.sort_unstable();
        pairs
    }

    /// All faults, in the order of the query string.
    ///
    /// # Errors
    /// The issues, if there are any.
    pub(crate) fn finish(self) -> Result<(), Vec<ParameterIssue>> {
        if self.issues.is_empty() {
            return Ok(());
        }
        let place = |issue: &ParameterIssue| self.pairs.iter().position(|(name, _)| echo(name) == issue.parameter);
        let mut issues = self.issues.clone();
        issues.sort_by_key(|issue| place(issue).unwrap_or(usize::MAX));
        Err(issues)
    }
}

/// The beginning of what a client sent, short enough to be sent back.
pub(crate) fn echo(text: &str) -> String {
    match text.char_indices().nth(ECHO_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn unknown_detail(name: &str, known: &[&str]) -> String {
    let meant = known.iter().map(|known| (edits(name, known), known)).min();
    match meant {
        Some((n_edits, known)) if n_edits <= 2 && n_edits < known.len() => {
            format!("is not a parameter of this request; did you mean `{known}`?")
        }
        _ => "is not a parameter of this request".to_owned(),
    }
}

/// Number of single-letter edits (case does not count) between two short names; `usize::MAX` for long ones.
fn edits(a: &str, b: &str) -> usize {
    if a.len() > 2 * b.len() + 2 {
        return usize::MAX;
    }
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a_char) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b_char) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(a_char != *b_char);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// `true` or `false`.
pub(crate) fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(format!("must be true or false, not `{}`", echo(other))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KNOWN: &[&str] = &["limit", "startAfter", "q"];

    fn issues(query: &str) -> Vec<(String, String)> {
        let issues = Given::read(Some(query), KNOWN).finish().err().unwrap_or_default();
        issues.into_iter().map(|issue| (issue.parameter, issue.detail)).collect()
    }

    #[test]
    fn faults_are_told_in_the_order_of_the_query() {
        let mut given = Given::read(Some("q=&limit=0&Limit=1&what=2"), KNOWN);
        given.refuse("limit", "must be at least 1");
        given.refuse("limit", "a second fault of it");
        let issues = given.finish().expect_err("issues");
        let told: Vec<(&str, &str)> =
            issues.iter().map(|issue| (issue.parameter.as_str(), issue.detail.as_str())).collect();
        assert_eq!(
            told,
            [
                ("q", "is empty; give a value or leave it out"),
                ("limit", "must be at least 1"),
                ("Limit", "is not a parameter of this request; did you mean `limit`?"),
                ("what", "is not a parameter of this request"),
            ]
        );
    }

    #[test]
    fn what_is_given_twice_is_refused() {
        assert_eq!(issues("q=a&q=a"), [("q".to_owned(), "is given twice; give it once".to_owned())]);
        assert_eq!(issues("q=a&limit=1"), []);
        assert_eq!(issues("startAftr=1")[0].1, "is not a parameter of this request; did you mean `startAfter`?");
    }

    #[test]
    fn a_flood_of_parameters_is_not_answered_with_a_flood() {
        let query: String = (0..5_000).map(|i| format!("x{i}=1&")).collect();
        assert_eq!(issues(&query).len(), MAX_PARAMETERS + 1);
        let (name, _) = issues(&"é".repeat(4_000)).remove(0);
        assert_eq!(name.chars().count(), ECHO_CHARS + 1);
    }

    proptest! {
        #[test]
        fn no_query_panics(query in ".{0,200}") {
            prop_assert!(issues(&query).len() <= query.len());
        }
    }
}
