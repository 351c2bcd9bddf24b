//! When: `startAfter`, `startBefore`, `includePast`.

use openslots_model::{OffsetInstant, TimeError, TimeWindow, UnixSeconds};

use super::given::{Given, echo, parse_bool};

/// A start before every slot.
pub(crate) const BEGINNING: UnixSeconds = UnixSeconds(i64::MIN / 2);

/// How far back a later page may ask at most, so that a cursor from a bookmark does not offer slots that are long over.
const MAX_WALK_SECONDS: i64 = 3_600;

/// `startAfter` and `startBefore`, both inclusive; never from before now, unless with `includePast`. Where no start is
/// asked for, windows of hours or days that are running now can be booked as well.
pub(super) fn parse_window(given: &mut Given<'_>, now: UnixSeconds) -> TimeWindow {
    let after = given.parse("startAfter", parse_instant);
    let before = given.parse("startBefore", parse_instant);
    let includes_past = given.parse("includePast", parse_bool).unwrap_or(false);
    if let (Some(after), Some(before)) = (after, before)
        && before < after
    {
        given.refuse("startBefore", "lies before `startAfter`, so nothing can start between them");
    }
    let earliest = if includes_past { BEGINNING } else { now };
    let from = after.map_or(earliest, |after| after.max(earliest));
    // Instants are whole seconds, so "at or before" is "before the next one".
    let with_running = after.is_none() && !includes_past;
    TimeWindow { from, before: before.map(|before| before.plus_seconds(1)), with_running }
}

/// From when on a later page asks, where the first one asked from `first_from`.
///
/// Provider locations are ordered by their next slot: did the window move with the clock, one whose next slot has just
/// begun would change its place between two pages, and be shown twice or never.
pub(super) fn from_of_walk(from: UnixSeconds, first_from: UnixSeconds, now: UnixSeconds) -> UnixSeconds {
    // Any other beginning was asked for and is the same on every page.
    let is_from_clock = from == now;
    if is_from_clock { first_from.clamp(now.plus_seconds(-MAX_WALK_SECONDS), now) } else { from }
}

/// `maxAge`: a number with `s`, `m`, `h` or `d`; in seconds.
pub(super) fn parse_max_age(text: &str) -> Result<i64, String> {
    let bad = || format!("must be a whole number above 0 with s, m, h or d behind it, as in 30m, not `{}`", echo(text));
    let unit_seconds = match text.chars().next_back() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => return Err(bad()),
    };
    let n_units = text[..text.len() - 1].parse::<u32>().ok().filter(|n| *n > 0).ok_or_else(bad)?;
    Ok(i64::from(n_units) * unit_seconds)
}

fn parse_instant(text: &str) -> Result<UnixSeconds, String> {
    OffsetInstant::parse_strict(text).map(|instant| instant.instant).map_err(|error| {
        let hint = match error {
            // `+` in a query string is a space.
            TimeError::Form if text.contains(' ') => "; write the + of an offset as %2B in a URL",
            _ => "",
        };
        format!("`{}` {error}{hint}", echo(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_790_856_000);

    #[test]
    fn windows_begin_now_unless_asked_otherwise() {
        let at = |text: &str| OffsetInstant::parse_strict(text).expect(text).instant;
        let noon = at("2026-10-02T12:00:00Z");
        for (query, from, before, with_running) in [
            ("", NOW, None, true),
            ("includePast=true", BEGINNING, None, false),
            ("includePast=false", NOW, None, true),
            ("startAfter=2026-10-02T12:00:00Z", noon, None, false),
            ("startAfter=2026-10-02T08:00:00-04:00&includePast=true", noon, None, false),
            ("startAfter=2020-01-01T00:00:00Z", NOW, None, false),
            ("startAfter=2020-01-01T00:00:00Z&includePast=true", at("2020-01-01T00:00:00Z"), None, false),
            ("startBefore=2026-10-02T12:00:00.75Z", NOW, Some(noon.plus_seconds(1)), true),
        ] {
            let mut given = Given::read(Some(query), &["startAfter", "startBefore", "includePast"]);
            assert_eq!(parse_window(&mut given, NOW), TimeWindow { from, before, with_running }, "{query}");
            given.finish().expect(query);
        }
    }

    #[test]
    fn ages_have_a_unit() {
        for (text, want) in [("90s", 90), ("30m", 1_800), ("2h", 7_200), ("1d", 86_400)] {
            assert_eq!(parse_max_age(text), Ok(want), "{text}");
        }
        for bad in ["", "m", "30", "0m", "-1h", "1.5h", "1w", "30 m", "30µ"] {
            assert!(parse_max_age(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn later_pages_ask_from_when_the_first_did() {
        let ago = |seconds: i64| NOW.plus_seconds(-seconds);
        for (from, first_from, want) in [
            (NOW, ago(60), ago(60)),
            (NOW, ago(3_600), ago(3_600)),
            (NOW, ago(7_200), ago(3_600)),
            // The clock was set back.
            (NOW, ago(-60), NOW),
            (ago(-600), ago(-600), ago(-600)),
            (BEGINNING, BEGINNING, BEGINNING),
        ] {
            assert_eq!(from_of_walk(from, first_from, NOW), want, "{from:?} {first_from:?}");
        }
    }
}
