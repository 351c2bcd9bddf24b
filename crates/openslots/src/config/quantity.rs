//! Quantities as people write them: durations and sizes.

use jiff::{Span, SpanRelativeTo, Unit};

/// Seconds of a duration such as `90s`, `30m`, `72h`, `3d` or `PT1H`; a day has 24 hours.
pub(super) fn parse_duration_seconds(text: &str) -> Result<u32, String> {
    let span: Span = text.parse().map_err(|_| format!("`{text}` is not a duration; write 90s, 30m, 72h or 3d"))?;
    let seconds = span
        .total((Unit::Second, SpanRelativeTo::days_are_24_hours()))
        .map_err(|error| format!("`{text}` is not a length of time: {error}"))?;
    if seconds >= 1.0 && seconds <= f64::from(u32::MAX) {
        Ok(seconds as u32)
    } else {
        Err(format!("`{text}` must be at least one second"))
    }
}

/// Codes of states, in capitals, each once; none of an empty list.
pub(super) fn parse_states<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, String> {
    let mut states: Vec<String> = Vec::new();
    for text in texts {
        let state = text.trim().to_ascii_uppercase();
        if state.len() != 2 || !state.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(format!("`{text}` is not the two-letter code of a state, such as MA"));
        }
        if !states.contains(&state) {
            states.push(state);
        }
    }
    Ok(states)
}

/// A share such as `50%`.
pub(super) fn parse_percent(text: &str) -> Result<u8, String> {
    let digits = text.strip_suffix('%').map(str::trim).and_then(|digits| digits.parse().ok());
    digits.filter(|percent| *percent <= 100).ok_or_else(|| format!("`{text}` is not a share; write 50%, up to 100%"))
}

/// Bytes of a size such as `65536`, `64KiB`, `16MiB` or `4GiB`.
pub(crate) fn parse_bytes(text: &str) -> Result<u64, String> {
    let units = [("KiB", 1u64 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("", 1)];
    let (digits, factor) = units
        .iter()
        .find_map(|(unit, factor)| text.strip_suffix(unit).map(|digits| (digits, *factor)))
        .unwrap_or((text, 1));
    digits
        .trim()
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(factor))
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| format!("`{text}` is not a size; write 65536, 64KiB, 16MiB or 4GiB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, want) in [
            ("90s", Ok(90)),
            ("30m", Ok(1_800)),
            ("72h", Ok(259_200)),
            ("3d", Ok(259_200)),
            ("1h 30m", Ok(5_400)),
            ("PT1H", Ok(3_600)),
            ("0s", Err(())),
            ("-5m", Err(())),
            ("5", Err(())),
            ("soon", Err(())),
        ] {
            assert_eq!(parse_duration_seconds(text).map_err(|_| ()), want, "{text}");
        }
    }

    #[test]
    fn states_and_shares() {
        assert_eq!(parse_states(["MA", " nh", "MA"]), Ok(vec!["MA".to_owned(), "NH".to_owned()]));
        assert_eq!(parse_states([]), Ok(vec![]));
        for text in ["Massachusetts", "M", "", "M1"] {
            assert!(parse_states([text]).is_err(), "{text}");
        }
        for (text, want) in [("50%", Ok(50)), ("0 %", Ok(0)), ("100%", Ok(100)), ("101%", Err(())), ("0.5", Err(()))] {
            assert_eq!(parse_percent(text).map_err(|_| ()), want, "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, want) in [
            ("65536", Ok(65_536)),
            ("64KiB", Ok(65_536)),
            ("4GiB", Ok(4 << 30)),
            ("0", Err(())),
            ("-1", Err(())),
            ("64 kB", Err(())),
            ("99999999999GiB", Err(())),
        ] {
            assert_eq!(parse_bytes(text).map_err(|_| ()), want, "{text}");
        }
    }
}
