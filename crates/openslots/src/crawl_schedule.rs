//! When publishers are crawled: cron syntax, in UTC.

use std::str::FromStr;

use chrono::DateTime;
use openslots_model::UnixSeconds;

/// A cron expression with seconds: `sec min hour day-of-month month day-of-week [year]`.
#[derive(Debug, Clone)]
pub(crate) struct CrawlSchedule(cron::Schedule);

/// Every five minutes: what the largest publishers of 2021 were asked at, and well above the floor of a minute.
const DEFAULT: &str = "0 */5 * * * *";

impl Default for CrawlSchedule {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "a constant that a test parses")]
        DEFAULT.parse().expect("the default schedule is a cron expression")
    }
}

impl FromStr for CrawlSchedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Five fields are the classic form without seconds.
        let fields = text.split_whitespace().count();
        let with_seconds = if fields == 5 { format!("0 {text}") } else { text.to_owned() };
        cron::Schedule::from_str(&with_seconds).map(Self).map_err(|error| {
            format!("`{text}` is not a cron expression ({error}); every five minutes is `*/5 * * * *`")
        })
    }
}

impl CrawlSchedule {
    /// The first time after an instant; `None` when there is none any more.
    pub(crate) fn next_after(&self, instant: UnixSeconds) -> Option<UnixSeconds> {
        let after = DateTime::from_timestamp(instant.0, 0)?;
        self.0.after(&after).next().map(|next| UnixSeconds(next.timestamp()))
    }

    /// Seconds between the next two times after an instant; `None` when there are no two any more.
    pub(crate) fn interval_seconds(&self, after: UnixSeconds) -> Option<u32> {
        let first = self.next_after(after)?;
        let second = self.next_after(first)?;
        u32::try_from(second.0 - first.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_time_is_after_the_last() {
        for (text, after, want) in [
            ("*/5 * * * *", 0, Some(300)),
            ("*/5 * * * *", 299, Some(300)),
            ("0 */5 * * * *", 300, Some(600)),
            ("30 0 2 * * *", 0, Some(7_230)),
            ("0 0 0 1 1 * 1999", 2_000_000_000, None),
        ] {
            let schedule: CrawlSchedule = text.parse().expect(text);
            assert_eq!(schedule.next_after(UnixSeconds(after)), want.map(UnixSeconds), "{text} after {after}");
        }
        assert_eq!(CrawlSchedule::default().next_after(UnixSeconds(0)), Some(UnixSeconds(300)));
        assert_eq!(CrawlSchedule::default().interval_seconds(UnixSeconds(1)), Some(300));
        assert!("now and then".parse::<CrawlSchedule>().is_err());
    }
}
