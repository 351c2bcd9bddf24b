//! What a search asks of resources.

use openslots_fhir::search::Target;
use openslots_model::Near;
use rustc_hash::FxHashSet;

use super::values::ValueRef;

/// What is asked of one parameter; several are all asked.
#[derive(Debug, Clone)]
pub struct Criterion {
    /// The number of the parameter; `None` where the test is of the resource itself.
    pub parameter: Option<u16>,
    /// What is asked.
    pub test: Test,
}

/// What is asked: any of what is listed.
#[derive(Debug, Clone)]
pub enum Test {
    /// A token is any of these.
    Tokens(Vec<TokenTest>),
    /// No token is any of these.
    NotTokens(Vec<TokenTest>),
    /// A text is like any of these.
    Texts(TextMode, Vec<String>),
    /// It refers to any of these.
    References(FxHashSet<Target>),
    /// A period compares so with any of these.
    Dates(Vec<DateTest>),
    /// There is no value, or there is one.
    Missing(bool),
    /// It is one of these.
    Ids(FxHashSet<Target>),
    /// It was last updated so.
    Updated(Vec<DateTest>),
    /// It is near a point.
    Near(Near),
}

/// A token that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenTest {
    /// The system: any, none, or this one.
    pub system: Option<Option<String>>,
    /// The code; any if it is not given.
    pub code: Option<String>,
}

impl TokenTest {
    pub(crate) fn matches(&self, code: &str, system: Option<&str>) -> bool {
        self.code.as_ref().is_none_or(|wanted| wanted == code)
            && self.system.as_ref().is_none_or(|wanted| wanted.as_deref() == system)
    }
}

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextMode {
    /// It, or one of its words, begins so; accents and case aside.
    StartsWith,
    /// It has this in it; accents and case aside.
    Contains,
    /// It is this to the letter.
    Exact,
}

impl TextMode {
    fn matches(self, folded: &str, written: &str, wanted: &str) -> bool {
        match self {
            Self::StartsWith => {
                folded.starts_with(wanted) || folded.match_indices(wanted).any(|(at, _)| folded[..at].ends_with(' '))
            }
            Self::Contains => folded.contains(wanted),
            Self::Exact => written == wanted,
        }
    }
}

/// The prefixes of dates (HL7 FHIR R4, "Prefixes").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the prefixes of the specification")]
pub enum Comparator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    StartsAfter,
    EndsBefore,
}

/// A date that is asked for: how it compares, from when, and to before when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTest {
    /// How it compares.
    pub comparator: Comparator,
    /// The beginning of what the date stands for.
    pub from: i64,
    /// Behind its end.
    pub to: i64,
}

impl DateTest {
    /// Whether a period compares as asked.
    pub fn matches(&self, from: i64, to: i64) -> bool {
        let is_within = self.from <= from && to <= self.to;
        let overlaps_above = to > self.to;
        let overlaps_below = from < self.from;
        match self.comparator {
            Comparator::Equal => is_within,
            Comparator::NotEqual => !is_within,
            Comparator::Greater => overlaps_above,
            Comparator::Less => overlaps_below,
            Comparator::GreaterOrEqual => is_within || overlaps_above,
            Comparator::LessOrEqual => is_within || overlaps_below,
            Comparator::StartsAfter => from >= self.to,
            Comparator::EndsBefore => to <= self.from,
        }
    }
}

impl Test {
    /// Whether a value is what is asked for; tests that are not of values match none.
    pub(super) fn matches(&self, value: ValueRef<'_>) -> bool {
        match (self, value) {
            (Self::Tokens(wanted) | Self::NotTokens(wanted), ValueRef::Token { code, system }) => {
                wanted.iter().any(|test| test.matches(code, system))
            }
            (Self::Texts(mode, wanted), ValueRef::Text { folded, written }) => {
                wanted.iter().any(|wanted| mode.matches(folded, written, wanted))
            }
            (Self::References(targets), ValueRef::Reference(target)) => targets.contains(&target),
            (Self::Dates(tests), ValueRef::Period(from, to)) => tests.iter().any(|test| test.matches(from, to)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_compare_by_what_they_stand_for() {
        use Comparator::*;
        let day = |comparator| DateTest { comparator, from: 100, to: 200 };
        for (comparator, from, to, want) in [
            (Equal, 100, 200, true),
            (Equal, 150, 151, true),
            (Equal, 90, 150, false),
            (NotEqual, 90, 150, true),
            (Greater, 150, 250, true),
            (Greater, 150, 200, false),
            (GreaterOrEqual, 150, 200, true),
            (GreaterOrEqual, 50, 60, false),
            (Less, 50, 150, true),
            (Less, 100, 150, false),
            (LessOrEqual, 150, 151, true),
            (LessOrEqual, 200, 201, false),
            (StartsAfter, 200, 201, true),
            (StartsAfter, 199, 201, false),
            (EndsBefore, 50, 100, true),
            (EndsBefore, 50, 101, false),
        ] {
            assert_eq!(day(comparator).matches(from, to), want, "{comparator:?} {from} {to}");
        }
    }

    #[test]
    fn texts_and_tokens_compare_as_their_modifier_says() {
        for (mode, wanted, want) in [
            (TextMode::StartsWith, "nunez", true),
            (TextMode::StartsWith, "ort", true),
            (TextMode::StartsWith, "tiz", false),
            (TextMode::Contains, "tiz", true),
            (TextMode::Exact, "Núñez Ortiz", true),
            (TextMode::Exact, "Nunez Ortiz", false),
        ] {
            assert_eq!(mode.matches("nunez ortiz", "Núñez Ortiz", wanted), want, "{mode:?} {wanted}");
        }
        let test = |system: Option<Option<&str>>, code: Option<&str>| TokenTest {
            system: system.map(|system| system.map(str::to_owned)),
            code: code.map(str::to_owned),
        };
        for (token, code, system, want) in [
            (test(None, Some("57")), "57", Some("s"), true),
            (test(Some(Some("s")), Some("57")), "57", Some("s"), true),
            (test(Some(Some("t")), Some("57")), "57", Some("s"), false),
            (test(Some(None), Some("57")), "57", Some("s"), false),
            (test(Some(None), Some("57")), "57", None, true),
            (test(Some(Some("s")), None), "58", Some("s"), true),
        ] {
            assert_eq!(token.matches(code, system), want, "{token:?} {code} {system:?}");
        }
    }
}
