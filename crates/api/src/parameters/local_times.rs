//! When on the clock of the place: `date`, `weekday`, `timeOfDay`.

use openslots_model::{DaySpan, LocalDate, LocalTimes, TimeOfDay, UnixSeconds, Weekdays};

use super::codes::list;
use super::given::{Given, echo};

/// The names of these parameters.
const NAMES: [&str; 3] = ["date", "weekday", "timeOfDay"];
/// Days that have a name, as seen from today on the clock of the place.
const DAY_SPANS: [(&str, DaySpan); 4] = [
    ("today", DaySpan::Ahead(0, 0)),
    ("tomorrow", DaySpan::Ahead(1, 1)),
    ("this-week", DaySpan::ThisWeek),
    ("next-week", DaySpan::NextWeek),
];
/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// Reads `date`, `weekday` and `timeOfDay`; `None` if none of them is given.
pub(super) fn parse_local_times(given: &mut Given<'_>, now: UnixSeconds) -> Option<LocalTimes> {
    let is_given = NAMES.iter().any(|name| given.has(name));
    let days = given.parse("date", |text| parse_days(text, now));
    let weekdays = given.parse("weekday", parse_weekdays).unwrap_or(Weekdays::ALL);
    let times_of_day = given.parse("timeOfDay", parse_times_of_day).unwrap_or_default();
    let times = LocalTimes { weekdays, times_of_day, ..days.unwrap_or(LocalTimes::ANY) };
    is_given.then_some(times)
}

/// The most days ahead that may be asked for by their number.
const MAX_DAYS_AHEAD: i32 = 366;

/// The name of some days.
pub(super) fn name_of_days(span: DaySpan) -> String {
    let named = DAY_SPANS.iter().find(|(_, known)| *known == span).map(|(name, _)| (*name).to_owned());
    named.unwrap_or_else(|| match span {
        DaySpan::Ahead(_, last) => format!("{last}-days"),
        DaySpan::ThisWeek | DaySpan::NextWeek => String::new(),
    })
}

/// Days that have a name, or the next ones by their number (`3-days`).
fn day_span(text: &str) -> Option<DaySpan> {
    let named = DAY_SPANS.iter().find(|(name, _)| *name == text).map(|(_, span)| *span);
    let numbered = || text.strip_suffix("-days")?.parse().ok().filter(|days| (1..=MAX_DAYS_AHEAD).contains(days));
    named.or_else(|| numbered().map(|days| DaySpan::Ahead(0, days)))
}

/// Days by their names, or by their dates.
fn parse_days(text: &str, now: UnixSeconds) -> Result<LocalTimes, String> {
    match day_span(text) {
        Some(span) => Ok(LocalTimes { relative: Some((span, now)), ..LocalTimes::ANY }),
        None => Ok(LocalTimes { dates: Some(parse_dates(text)?), ..LocalTimes::ANY }),
    }
}

/// A day, or the first and the last of several with a slash between.
fn parse_dates(text: &str) -> Result<(LocalDate, LocalDate), String> {
    let read = |text: &str| {
        LocalDate::parse(text.trim()).ok_or_else(|| {
            let names = DAY_SPANS.map(|(name, _)| name).join(", ");
            format!("`{}` is not a day of the form YYYY-MM-DD, nor one of {names}", echo(text))
        })
    };
    let (first, last) = match text.split_once('/') {
        Some((first, last)) => (read(first)?, read(last)?),
        None => (read(text)?, read(text)?),
    };
    if last < first {
        return Err(format!("`{}` ends before it begins", echo(text)));
    }
    Ok((first, last))
}

/// Days in short or in full, `weekdays`, `weekend`.
fn parse_weekdays(text: &str) -> Result<Weekdays, String> {
    list(text)?.into_iter().try_fold(Weekdays::NONE, |days, value| {
        let named = Weekdays::named(&value.to_ascii_lowercase());
        let named = named.ok_or_else(|| format!("`{}` is not a day of the week, as in mon,tue", echo(value)))?;
        Ok(days.union(named))
    })
}

/// Hours of the day, as in `08:00-12:00`; over midnight where the end comes before the beginning.
fn parse_times_of_day(text: &str) -> Result<Vec<TimeOfDay>, String> {
    let bad = |value: &str| format!("`{}` is not of the form 08:00-12:00", echo(value));
    let mut times = Vec::new();
    for value in list(text)? {
        let (from, to) = value.split_once('-').ok_or_else(|| bad(value))?;
        let (from, to) = (parse_minute(from), parse_minute(to));
        let (Some(from), Some(to)) = (from, to) else { return Err(bad(value)) };
        match (from, to) {
            _ if from == to || from == DAY_MINUTES => return Err(format!("`{}` lasts no time", echo(value))),
            _ if from < to => times.push(TimeOfDay { from_minute: from, to_minute: to }),
            _ => {
                times.push(TimeOfDay { from_minute: from, to_minute: DAY_MINUTES });
                if to > 0 {
                    times.push(TimeOfDay { from_minute: 0, to_minute: to });
                }
            }
        }
    }
    Ok(times)
}

/// `hh:mm` in minutes after midnight, `24:00` included.
fn parse_minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |text: &str| {
        let is_short = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| is_short)
    };
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|_| minutes.len() == 2)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= DAY_MINUTES).then_some(minute)
}

#[cfg(test)]
mod tests {
    use openslots_model::Weekday;

    use super::*;

    fn hours(from_minute: u16, to_minute: u16) -> TimeOfDay {
        TimeOfDay { from_minute, to_minute }
    }

    #[test]
    fn hours_are_read_and_may_pass_midnight() {
        for (text, want) in [
            ("08:00-12:00", vec![hours(480, 720)]),
            ("8:00 - 9:30", vec![hours(480, 570)]),
            ("18:00-24:00", vec![hours(1_080, 1_440)]),
            ("22:00-06:00", vec![hours(1_320, 1_440), hours(0, 360)]),
            ("22:00-00:00", vec![hours(1_320, 1_440)]),
            ("06:00-07:00,19:00-20:00", vec![hours(360, 420), hours(1_140, 1_200)]),
        ] {
            assert_eq!(parse_times_of_day(text), Ok(want), "{text}");
        }
        for bad in ["08:00", "8-12", "08:00-25:00", "08:60-09:00", "08:00-08:00", "24:00-01:00", "am-pm", "008:00-9:00"]
        {
            assert!(parse_times_of_day(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn days_of_the_week_are_read_by_their_names() {
        let days = |days: &[Weekday]| Ok(days.iter().copied().collect::<Weekdays>());
        use Weekday::{Friday, Monday, Saturday, Sunday, Tuesday};
        for (text, want) in [
            ("mon,tue", days(&[Monday, Tuesday])),
            ("Friday", days(&[Friday])),
            ("tues, mondays", days(&[Monday, Tuesday])),
            ("weekend", days(&[Saturday, Sunday])),
            ("weekdays,sat,sun", Ok(Weekdays::ALL)),
        ] {
            assert_eq!(parse_weekdays(text), want, "{text}");
        }
        for bad in ["m", "mo", "noday", "mon-fri", "monday x"] {
            assert!(parse_weekdays(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn days_may_be_named() {
        let now = UnixSeconds(1_790_856_000);
        let tomorrow = LocalTimes { relative: Some((DaySpan::Ahead(1, 1), now)), ..LocalTimes::ANY };
        assert_eq!(parse_days("tomorrow", now), Ok(tomorrow));
        let next = LocalTimes { relative: Some((DaySpan::Ahead(0, 3), now)), ..LocalTimes::ANY };
        assert_eq!(parse_days("3-days", now), Ok(next));
        assert_eq!(name_of_days(DaySpan::Ahead(0, 3)), "3-days");
        assert!(parse_days("0-days", now).is_err() && parse_days("999-days", now).is_err());
        let refused = parse_days("yesterday", now).expect_err("not a day");
        assert!(refused.ends_with("nor one of today, tomorrow, this-week, next-week"), "{refused}");
    }

    #[test]
    fn days_are_read_alone_or_as_a_range() {
        let date = |text: &str| LocalDate::parse(text).expect(text);
        let day = date("2026-12-01");
        assert_eq!(parse_dates("2026-12-01"), Ok((day, day)));
        assert_eq!(parse_dates("2026-12-01/2026-12-24"), Ok((day, date("2026-12-24"))));
        for bad in ["2026-12-02/2026-12-01", "2026-12-32", "12/01/2026", "2026-12-01/", "someday"] {
            assert!(parse_dates(bad).is_err(), "{bad}");
        }
    }
}
