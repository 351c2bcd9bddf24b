//! The section `exports`: files for research, of each day.

use openslots_publish::daily_exports::DailyRetention;
use openslots_publish::export::Format;

use super::quantity::{parse_bytes, parse_duration_seconds};
use super::settings::Checker;
use crate::exports::ExportSettings;

/// The settings of the section.
pub(super) const KNOWN: &[&str] = &["exports.enabled", "exports.formats", "exports.keep", "exports.max_bytes"];

const DAY_SECONDS: u32 = 86_400;

impl ExportSettings {
    pub(super) fn check(checker: &mut Checker<'_>) -> Self {
        let default = Self::default();
        let is_enabled = checker.flag("exports.enabled", default.is_enabled);
        let formats = checker.get("exports.formats", default.formats, parse_formats);
        let keep_days = checker.get("exports.keep", default.retention.keep_days, parse_days);
        let max_bytes = checker.get("exports.max_bytes", default.retention.max_bytes, parse_bytes);
        Self { is_enabled, formats, retention: DailyRetention { keep_days, max_bytes } }
    }
}

/// Whole days.
fn parse_days(text: &str) -> Result<u32, String> {
    match parse_duration_seconds(text)? {
        seconds if seconds >= DAY_SECONDS && seconds.is_multiple_of(DAY_SECONDS) => Ok(seconds / DAY_SECONDS),
        _ => Err(format!("`{text}` is no number of days; write 30d")),
    }
}

/// Formats with commas between.
fn parse_formats(text: &str) -> Result<Vec<Format>, String> {
    let format = |name: &str| {
        let known = Format::ALL.into_iter().find(|format| format.extension() == name);
        known.ok_or_else(|| format!("`{name}` is no format; write some of parquet, csv, ndjson"))
    };
    let mut formats = text.split(',').map(str::trim).map(format).collect::<Result<Vec<_>, _>>()?;
    formats.sort_by_key(|format| format.extension());
    formats.dedup();
    Ok(formats)
}

#[cfg(test)]
mod tests {
    use super::super::tests::load_text;
    use super::*;

    #[test]
    fn formats_and_bounds_are_read_and_bad_ones_named() {
        let text = "[exports]\nenabled = true\nformats = 'parquet, csv'\nkeep = '7d'\nmax_bytes = '1GiB'\n";
        let want = ExportSettings {
            is_enabled: true,
            formats: vec![Format::Csv, Format::Parquet],
            retention: DailyRetention { keep_days: 7, max_bytes: 1 << 30 },
        };
        assert_eq!(load_text(text, &[]).expect("a good configuration").exports, want);
        assert_eq!(load_text("", &[]).expect("a good configuration").exports, ExportSettings::default());
        for (name, bad) in [
            ("enabled", "perhaps"),
            ("formats", "excel"),
            ("formats", ""),
            ("keep", "36h"),
            ("keep", "0d"),
            ("keep", "often"),
            ("max_bytes", "0"),
        ] {
            let faults = load_text(&format!("[exports]\n{name} = '{bad}'\n"), &[]).expect_err(bad);
            assert!(faults.contains(&format!("exports.{name}")), "{faults}");
        }
    }
}
