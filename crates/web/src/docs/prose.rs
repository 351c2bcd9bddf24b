//! Sentences of the document: plain, with code in back quotes.

use maud::{Markup, html};

/// A sentence as HTML; what stands in back quotes is code.
pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_code_and_nothing_is_markup() {
        for (text, want) in [
            ("plain", "plain"),
            ("give `limit`.", "give <code>limit</code>."),
            ("`a` or `b`", "<code>a</code> or <code>b</code>"),
            ("a < b & `<i>`", "a &lt; b &amp; <code>&lt;i&gt;</code>"),
        ] {
            assert_eq!(prose(text).into_string(), want);
        }
    }
}
