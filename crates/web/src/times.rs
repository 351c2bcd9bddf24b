//! How long ago and how far ahead something is, as people read it.

use maud::{Markup, html};
use openslots_model::UnixSeconds;

use crate::figures::span;
use crate::language::Language;

/// How long ago something was: `3 minutes ago`.
pub(crate) fn ago(instant: UnixSeconds, now: UnixSeconds) -> String {
    Language::English.ago(instant, now)
}

/// How far ahead something is: `in 4 minutes`; what is past is to be done now.
pub(crate) fn ahead(instant: UnixSeconds, now: UnixSeconds) -> String {
    match u64::try_from(instant.0 - now.0) {
        Ok(seconds @ 1..) => format!("in {}", span(seconds)),
        _ => "now".to_owned(),
    }
}

/// A time in words, with the instant for programs and for whoever points at it.
pub(crate) fn time(instant: UnixSeconds, words: &str) -> Markup {
    let instant = instant.to_string();
    html! { time datetime=(instant) title=(instant) { (words) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_ahead_is_in_words() {
        for (seconds, want) in
            [(-5, "now"), (0, "now"), (1, "in 1 second"), (240, "in 4 minutes"), (10_800, "in 3 hours")]
        {
            assert_eq!(ahead(UnixSeconds(1_000 + seconds), UnixSeconds(1_000)), want);
        }
        let shown = time(UnixSeconds(60), "a minute").into_string();
        assert_eq!(shown, r#"<time datetime="1970-01-01T00:01:00Z" title="1970-01-01T00:01:00Z">a minute</time>"#);
    }
}
