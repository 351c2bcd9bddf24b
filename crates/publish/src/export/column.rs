//! Columns: what each is called, of which type it is, what it means and where it comes from.
//!
//! Writers and the data dictionary are both driven by lists of these, so neither can say what the other does not.

use std::borrow::Cow;

use openslots_model::{Coding, LocalDate, UnixSeconds};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A floating-point number of 64 bits.
    Number,
    /// True or false.
    Flag,
    /// An instant, to the second.
    Instant,
    /// Date and time on the clock of a place, without an offset.
    LocalTime,
    /// A day of the calendar.
    Day,
    /// A list of texts; empty where there are none.
    Texts,
    /// A list of codes with their systems and what people read; empty where there are none.
    Codings,
}

impl Kind {
    /// What the dictionary calls it, and how each format writes it.
    pub(crate) const fn described(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Text => ("text", "string", "text"),
            Self::Integer => ("integer", "number", "INT64"),
            Self::Number => ("number", "number", "DOUBLE"),
            Self::Flag => ("flag", "true or false", "BOOLEAN"),
            Self::Instant => ("instant", "2026-10-05T14:00:00Z", "TIMESTAMP (milliseconds, UTC)"),
            Self::LocalTime => ("local time", "2026-10-05T10:00:00", "TIMESTAMP (milliseconds, local)"),
            Self::Day => ("day", "2026-10-05", "DATE"),
            Self::Texts => ("texts", "array of strings", "LIST of text"),
            Self::Codings => {
                ("codes", "array of objects with `system`, `code`, `display`", "LIST of structs of three texts")
            }
        }
    }
}

/// What a row has in a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'r> {
    Missing,
    Text(Cow<'r, str>),
    Integer(i64),
    Number(f64),
    Flag(bool),
    Instant(UnixSeconds),
    /// Seconds since 1970 as that clock counts them.
    LocalTime(i64),
    Day(LocalDate),
    Texts(Vec<Cow<'r, str>>),
    Codings(&'r [Coding]),
}

impl Value<'_> {
    /// A text of ours.
    pub(crate) fn shown(value: impl ToString) -> Self {
        Self::Text(Cow::Owned(value.to_string()))
    }
}

impl<'r> From<&'r str> for Value<'r> {
    fn from(text: &'r str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<UnixSeconds> for Value<'_> {
    fn from(instant: UnixSeconds) -> Self {
        Self::Instant(instant)
    }
}

impl From<LocalDate> for Value<'_> {
    fn from(day: LocalDate) -> Self {
        Self::Day(day)
    }
}

impl<'r> From<&'r [String]> for Value<'r> {
    fn from(texts: &'r [String]) -> Self {
        Self::Texts(texts.iter().map(|text| Cow::Borrowed(text.as_str())).collect())
    }
}

impl<'r> From<&'r [Coding]> for Value<'r> {
    fn from(codings: &'r [Coding]) -> Self {
        Self::Codings(codings)
    }
}

impl<'r, T: Into<Value<'r>>> From<Option<T>> for Value<'r> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

/// One column of a table of `R`.
pub(crate) struct Column<R> {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Whether every row has a value; lists are empty rather than missing.
    pub(crate) is_always: bool,
    /// What it means, for the dictionary.
    pub(crate) about: &'static str,
    /// Where it comes from: FHIR elements, or who worked it out.
    pub(crate) origin: &'static str,
    pub(crate) of: for<'r> fn(&'r R) -> Value<'r>,
}

/// Makes a list of columns of a table: `name: Kind, always|maybe, "origin", "meaning", |row| value;`.
macro_rules! columns {
    ($row:ty => $($name:ident: $kind:ident, $presence:ident, $origin:literal, $about:literal, $of:expr;)*) => {
        vec![$($crate::export::column::Column::<$row> {
            name: stringify!($name),
            kind: $crate::export::column::Kind::$kind,
            is_always: columns!(@$presence),
            about: $about,
            origin: $origin,
            of: $of,
        }),*]
    };
    (@always) => { true };
    (@maybe) => { false };
}

pub(crate) use columns;
