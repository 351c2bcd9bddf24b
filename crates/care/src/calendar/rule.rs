//! A recurrence rule (`RECUR`, RFC 5545, 3.3.10) as it is written.

use super::values::Written;

/// Frequencies longer than this many units are none.
const MAX_INTERVAL: i64 = 1_000_000_000;

/// How often a rule begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frequency {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A day of the week, from Monday (0), and which of its month or year (`None`: each).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ByDay {
    pub(super) nth: Option<i64>,
    pub(super) weekday: i64,
}

/// A rule. Lists that are not written are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: i64,
    /// How many occurrences, the start included.
    pub(super) count: Option<u64>,
    /// The last moment for an occurrence to begin.
    pub(super) until: Option<Written>,
    pub(super) months: Vec<i64>,
    pub(super) weeks: Vec<i64>,
    pub(super) year_days: Vec<i64>,
    pub(super) month_days: Vec<i64>,
    pub(super) days: Vec<ByDay>,
    pub(super) hours: Vec<i64>,
    pub(super) minutes: Vec<i64>,
    pub(super) seconds: Vec<i64>,
    pub(super) positions: Vec<i64>,
    /// First day of the week, from Monday (0).
    pub(super) week_start: i64,
}

impl Rule {
    /// Once in each unit of a frequency.
    pub(super) const fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            months: Vec::new(),
            weeks: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            days: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            positions: Vec::new(),
            week_start: 0,
        }
    }

    /// Reads a rule; `None` for one that is malformed or asks for what the standard forbids, and for parts that are
    /// not known (`RSCALE`, `SKIP` of RFC 7529): a rule that is half understood means other times.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rule = Self::every(Frequency::Yearly);
        let mut has_frequency = false;
        for part in text.split(';').filter(|part| !part.trim_ascii().is_empty()) {
            let (name, value) = part.split_once('=')?;
            let value = value.trim_ascii();
            match name.trim_ascii().to_ascii_uppercase().as_str() {
                "FREQ" => {
                    rule.frequency = frequency(value)?;
                    has_frequency = true;
                }
                "INTERVAL" => rule.interval = value.parse().ok().filter(|n| (1..=MAX_INTERVAL).contains(n))?,
                "COUNT" => rule.count = Some(value.parse().ok().filter(|n| *n > 0)?),
                "UNTIL" => rule.until = Some(Written::parse(value)?),
                "BYMONTH" => rule.months = numbers(value, 1, 12, false)?,
                "BYWEEKNO" => rule.weeks = numbers(value, 1, 53, true)?,
                "BYYEARDAY" => rule.year_days = numbers(value, 1, 366, true)?,
                "BYMONTHDAY" => rule.month_days = numbers(value, 1, 31, true)?,
                "BYDAY" => rule.days = value.split(',').map(by_day).collect::<Option<_>>()?,
                "BYHOUR" => rule.hours = numbers(value, 0, 23, false)?,
                "BYMINUTE" => rule.minutes = numbers(value, 0, 59, false)?,
                "BYSECOND" => rule.seconds = numbers(value, 0, 60, false)?,
                "BYSETPOS" => rule.positions = numbers(value, 1, 366, true)?,
                "WKST" => rule.week_start = weekday(value)?,
                name if name.starts_with("X-") => {}
                _ => return None,
            }
        }
        (has_frequency && rule.is_allowed()).then_some(rule)
    }

    /// What the standard forbids; each would have no meaning.
    fn is_allowed(&self) -> bool {
        let is_yearly = self.frequency == Frequency::Yearly;
        let has_no_year_days = matches!(self.frequency, Frequency::Daily | Frequency::Weekly | Frequency::Monthly);
        (self.weeks.is_empty() || is_yearly)
            && (self.year_days.is_empty() || !has_no_year_days)
            && (self.month_days.is_empty() || self.frequency != Frequency::Weekly)
            && (self.weeks.is_empty() || self.days.iter().all(|day| day.nth.is_none()))
    }
}

fn frequency(name: &str) -> Option<Frequency> {
    Some(match name.to_ascii_uppercase().as_str() {
        "SECONDLY" => Frequency::Secondly,
        "MINUTELY" => Frequency::Minutely,
        "HOURLY" => Frequency::Hourly,
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        _ => return None,
    })
}

/// A list of numbers in a range, each once, ascending; those from the end are negative.
fn numbers(text: &str, least: i64, most: i64, from_end: bool) -> Option<Vec<i64>> {
    let read = |number: &str| -> Option<i64> {
        let number: i64 = number.trim_ascii().parse().ok()?;
        let is_allowed = (least..=most).contains(&number) || from_end && (least..=most).contains(&-number);
        is_allowed.then_some(number)
    };
    let mut numbers: Vec<i64> = text.split(',').map(read).collect::<Option<_>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    Some(numbers)
}

/// `MO`, `1MO`, `-2SU`.
fn by_day(text: &str) -> Option<ByDay> {
    let text = text.trim_ascii();
    let (nth, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = if nth.is_empty() { None } else { Some(nth.parse().ok()?) };
    let is_allowed = nth.is_none_or(|nth: i64| nth != 0 && nth.abs() <= 53);
    is_allowed.then_some(ByDay { nth, weekday: weekday(day)? })
}

fn weekday(text: &str) -> Option<i64> {
    let place = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].iter().position(|day| day.eq_ignore_ascii_case(text))?;
    i64::try_from(place).ok()
}
