//! Counts, sizes and spans as people read them.

/// A count with thousands set apart: `11,563`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count of things: `1 file`, `2 files`.
pub fn count_of(count: u64, thing: &str) -> String {
    format!("{} {thing}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// Bytes in the unit that suits them: `4.9 MB`.
pub fn bytes(count: u64) -> String {
    match [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")].iter().find(|(size, _)| count >= *size) {
        Some((size, unit)) => format!("{:.1} {unit}", count as f64 / *size as f64),
        None => format!("{count} B"),
    }
}

/// A span of time in one unit, the largest that is exact or fine enough: `90 seconds`, `1 hour`, `3 days`.
pub(crate) fn span(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let suits = |size: u64| seconds >= 2 * size || seconds == size;
    match units.into_iter().find(|(size, _)| suits(*size)) {
        Some((size, unit)) => count_of(seconds / size, unit),
        None => count_of(seconds, "second"),
    }
}

/// How often something is: `every minute`, `every 5 minutes`.
pub(crate) fn every(seconds: u64) -> String {
    let span = span(seconds);
    format!("every {}", span.strip_prefix("1 ").unwrap_or(&span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_readable() {
        for (count, want) in [(0, "0 slots"), (1, "1 slot"), (999, "999 slots"), (1_234_567, "1,234,567 slots")] {
            assert_eq!(count_of(count, "slot"), want);
        }
        for (count, want) in [(999, "999 B"), (1_500, "1.5 kB"), (4_900_000, "4.9 MB"), (2_000_000_000, "2.0 GB")] {
            assert_eq!(bytes(count), want);
        }
        for (seconds, want) in
            [(1, "1 second"), (119, "119 seconds"), (300, "5 minutes"), (3_600, "1 hour"), (259_200, "3 days")]
        {
            assert_eq!(span(seconds), want);
        }
        for (seconds, want) in [(60, "every minute"), (90, "every 90 seconds"), (86_400, "every day")] {
            assert_eq!(every(seconds), want);
        }
    }
}
