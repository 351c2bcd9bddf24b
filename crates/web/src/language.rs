//! In which language a page is: the one that its address names, else the one that the browser likes best.

use std::fmt::Display;

use axum::http::{HeaderMap, header};
use url::form_urlencoded;

use crate::figures::grouped;
use crate::messages::Say;

/// A language that pages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
}

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// The BCP 47 tag.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// What its speakers call it.
    pub(crate) const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Spanish => "Español",
        }
    }

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::English => Self::Spanish,
            Self::Spanish => Self::English,
        }
    }

    /// The language of a tag, whatever the region: `es-MX` is Spanish.
    fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The best of an `Accept-Language`; of two that are liked alike the first, and English where none is known.
    fn accepted(list: &str) -> Self {
        let mut best = (Self::English, 0.0);
        for part in list.split(',') {
            let (tag, parameter) = part.split_once(';').unwrap_or((part, ""));
            let quality = match parameter.trim().strip_prefix("q=") {
                Some(text) => text.trim().parse().unwrap_or(0.0),
                None => 1.0,
            };
            if let Some(language) = Self::of_tag(tag).filter(|_| quality > best.1) {
                best = (language, quality);
            }
        }
        best.0
    }

    /// A message.
    pub(crate) const fn say(self, message: Say) -> &'static str {
        let [english, spanish] = message.texts();
        match self {
            Self::English => english,
            Self::Spanish => spanish,
        }
    }

    /// A message with its gaps (`{}`) filled, from the left.
    pub(crate) fn fill(self, message: Say, values: &[&dyn Display]) -> String {
        let mut parts = self.say(message).split("{}");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (part, value) in parts.zip(values) {
            text.push_str(&value.to_string());
            text.push_str(part);
        }
        text
    }

    /// A count in words: the first message for one, the second, whose gap is the count, for any other.
    pub(crate) fn count(self, count: u64, one: Say, many: Say) -> String {
        match count {
            1 => self.say(one).to_owned(),
            _ => self.fill(many, &[&grouped(count)]),
        }
    }
}

/// Who reads a page, as far as it has to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reader {
    pub(crate) language: Language,
    /// Whether the address names the language; links then name it as well.
    pub(crate) is_asked: bool,
}

impl Reader {
    /// Of a request: `lang` in its query string, else its `Accept-Language`.
    pub(crate) fn of(raw_query: Option<&str>, headers: &HeaderMap) -> Self {
        let pairs = form_urlencoded::parse(raw_query.unwrap_or_default().as_bytes());
        let asked = pairs.filter(|(name, _)| name == "lang").filter_map(|(_, value)| Language::of_tag(&value)).last();
        let accepted = || headers.get(header::ACCEPT_LANGUAGE).and_then(|list| list.to_str().ok());
        let language = asked.unwrap_or_else(|| Language::accepted(accepted().unwrap_or_default()));
        Self { language, is_asked: asked.is_some() }
    }

    /// Of pages that are written in English only.
    pub(crate) const ENGLISH: Self = Self { language: Language::English, is_asked: false };

    /// The value of `lang` in links; empty where the browser tells it.
    pub(crate) const fn lang(self) -> &'static str {
        if self.is_asked { self.language.tag() } else { "" }
    }

    /// The address of a page without a query string, in the same language.
    pub(crate) fn link(self, path: &str) -> String {
        match self.lang() {
            "" => path.to_owned(),
            tag => format!("{path}?lang={tag}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_address_wins_over_the_browser() {
        use Language::{English, Spanish};
        for (query, accepted, want, is_asked) in [
            ("", "", English, false),
            ("", "es", Spanish, false),
            ("", "es-MX,es;q=0.9,en;q=0.8", Spanish, false),
            ("", "en-US,en;q=0.9,es;q=0.8", English, false),
            ("", "fr, de;q=0.9", English, false),
            ("", "fr, es;q=0.5, en;q=0.4", Spanish, false),
            ("", "es;q=0, *", English, false),
            ("", "es;q=x", English, false),
            ("", "est", English, false),
            ("lang=es", "en", Spanish, true),
            ("lang=ES-us&what=a", "en", Spanish, true),
            ("lang=en", "es", English, true),
            ("lang=en&lang=es", "", Spanish, true),
            ("lang=fr", "es", Spanish, false),
            ("lang=%FF&lang", "", English, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(accepted).expect("a header"));
            assert_eq!(Reader::of(Some(query), &headers), Reader { language: want, is_asked }, "{query} {accepted}");
        }
        assert_eq!(Reader { language: Spanish, is_asked: true }.link("/docs"), "/docs?lang=es");
        assert_eq!(Reader { language: Spanish, is_asked: false }.link("/docs"), "/docs");
    }

    #[test]
    fn gaps_are_filled_from_the_left() {
        assert_eq!(Language::English.count(1, Say::OnePlace, Say::Places), "1 place");
        assert_eq!(Language::Spanish.count(1_200, Say::OnePlace, Say::Places), "1,200 lugares");
        assert_eq!(Language::English.fill(Say::Without, &[&"{}"]), "Search without {}");
    }
}
