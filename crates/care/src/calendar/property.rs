//! One content line that says when something is: its name, its parameters, its value.

use std::borrow::Cow;

use super::SkipReason;

/// The properties that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    DtStart,
    DtEnd,
    Duration,
    RRule,
    ExRule,
    RDate,
    ExDate,
    RecurrenceId,
    Status,
    Transparency,
    /// `X-MICROSOFT-CDO-BUSYSTATUS`
    BusyStatus,
    Sequence,
    Uid,
    FreeBusy,
    Method,
    TzId,
    /// `X-LIC-LOCATION`: the IANA name of a zone, beside the name that the file gives it.
    ZoneLocation,
    TzOffsetFrom,
    TzOffsetTo,
}

/// As they are written.
const NAMES: [(&str, Name); 19] = [
    ("DTSTART", Name::DtStart),
    ("DTEND", Name::DtEnd),
    ("DURATION", Name::Duration),
    ("RRULE", Name::RRule),
    ("EXRULE", Name::ExRule),
    ("RDATE", Name::RDate),
    ("EXDATE", Name::ExDate),
    ("RECURRENCE-ID", Name::RecurrenceId),
    ("STATUS", Name::Status),
    ("TRANSP", Name::Transparency),
    ("X-MICROSOFT-CDO-BUSYSTATUS", Name::BusyStatus),
    ("SEQUENCE", Name::Sequence),
    ("UID", Name::Uid),
    ("FREEBUSY", Name::FreeBusy),
    ("METHOD", Name::Method),
    ("TZID", Name::TzId),
    ("X-LIC-LOCATION", Name::ZoneLocation),
    ("TZOFFSETFROM", Name::TzOffsetFrom),
    ("TZOFFSETTO", Name::TzOffsetTo),
];

impl Name {
    /// The property of this name, if it is one that is read.
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        NAMES.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes())).map(|(_, name)| name)
    }
}

/// A line of one of these properties.
#[derive(Debug)]
pub(super) struct Property<'a> {
    pub(super) name: Name,
    line: Cow<'a, [u8]>,
    /// Where the value begins; `None` for a line without one.
    value_from: Option<usize>,
}

impl<'a> Property<'a> {
    pub(super) fn new(name: Name, line: Cow<'a, [u8]>) -> Self {
        let mut is_quoted = false;
        let colon = line.iter().position(|byte| {
            is_quoted ^= *byte == b'"';
            *byte == b':' && !is_quoted
        });
        Self { name, line, value_from: colon.map(|colon| colon + 1) }
    }

    /// The value, blanks around it cut off.
    pub(super) fn value(&self) -> Option<&str> {
        let value = std::str::from_utf8(self.line.get(self.value_from?..)?).ok()?;
        Some(value.trim_ascii())
    }

    /// The value's bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        self.value_from.map_or(&[], |from| &self.line[from..])
    }

    /// Whether it has this value, in any case.
    pub(super) fn has_value(&self, value: &str) -> bool {
        self.value().is_some_and(|has| has.eq_ignore_ascii_case(value))
    }

    /// The value of a parameter, without its quotes.
    ///
    /// # Errors
    /// [`SkipReason::Time`] when the parameters cannot be read.
    pub(super) fn parameter(&self, name: &str) -> Result<Option<&str>, SkipReason> {
        let end = self.value_from.ok_or(SkipReason::Time)? - 1;
        let text = std::str::from_utf8(&self.line[..end]).map_err(|_| SkipReason::Time)?;
        let mut is_quoted = false;
        let parts = text.split(|letter| {
            is_quoted ^= letter == '"';
            letter == ';' && !is_quoted
        });
        let mut pairs = parts.skip(1).filter_map(|part| part.split_once('='));
        let value = pairs.find(|(key, _)| key.trim_ascii().eq_ignore_ascii_case(name)).map(|(_, value)| value);
        Ok(value.map(|value| value.trim_ascii().trim_matches('"')))
    }
}
