//! What all pages have in common.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use openslots_api::Error;

use crate::language::Reader;
use crate::messages::Say;

/// Where the style sheet is; the version makes a new one be fetched after an upgrade.
pub(crate) const STYLE_PATH: &str = concat!("/assets/", env!("CARGO_PKG_VERSION"), "/openslots.css");

/// Where our icon is.
pub(crate) const ICON_PATH: &str = concat!("/assets/", env!("CARGO_PKG_VERSION"), "/openslots.svg");
/// Where our script is.
pub(crate) const SCRIPT_PATH: &str = concat!("/assets/", env!("CARGO_PKG_VERSION"), "/openslots.js");

/// Only our own style sheet; no script, no frame, no other host.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Our own script as well.
const POLICY_WITH_SCRIPT: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A column of a table, by what is in it.
pub(crate) enum Column {
    Text(&'static str),
    /// Figures, one below the other.
    Count(&'static str),
}

/// A table that scrolls by itself where it does not fit.
pub(crate) fn table(label: &str, is_wide: bool, columns: &[Column], rows: impl IntoIterator<Item = Markup>) -> Markup {
    html! {
        div.scroll.wide[is_wide] tabindex="0" role="region" aria-label=(label) {
            table {
                thead {
                    tr {
                        @for column in columns {
                            @match column {
                                Column::Text(name) => { th scope="col" { (name) } }
                                Column::Count(name) => { th.count scope="col" { (name) } }
                            }
                        }
                    }
                }
                tbody { @for row in rows { (row) } }
            }
        }
    }
}

/// What a page is beside its content.
pub(crate) struct Frame<'a> {
    pub(crate) title: &'a str,
    pub(crate) reader: Reader,
    /// Its address in the other language, if it is written in both.
    pub(crate) translation: Option<&'a str>,
    /// Whether it is better with our script.
    pub(crate) has_script: bool,
}

/// A page that is written in English only.
pub(crate) fn page(status: StatusCode, title: &str, content: &Markup) -> Response {
    framed(status, &Frame { title, reader: Reader::ENGLISH, translation: None, has_script: false }, content)
}

/// A whole page.
pub(crate) fn framed(status: StatusCode, frame: &Frame<'_>, content: &Markup) -> Response {
    let Reader { language, .. } = frame.reader;
    let mut response = (status, whole(frame, content)).into_response();
    let policy = if frame.has_script { POLICY_WITH_SCRIPT } else { POLICY };
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_LANGUAGE, language.tag()),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if frame.translation.is_some() {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-language"));
    }
    response
}

fn whole(frame: &Frame<'_>, content: &Markup) -> Markup {
    let Frame { reader, translation, .. } = *frame;
    let language = reader.language;
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (frame.title) }
                link rel="stylesheet" href=(STYLE_PATH);
                link rel="icon" type="image/svg+xml" href=(ICON_PATH);
                @if frame.has_script { script src=(SCRIPT_PATH) defer {} }
            }
            body {
                a.skip href="#content" { (language.say(Say::SkipToContent)) }
                header {
                    a.home href=(reader.link("/")) { "openslots" }
                    nav aria-label=(language.say(Say::Pages)) {
                        a href="/publishers" { (language.say(Say::Publishers)) }
                        " " a href=(reader.link(crate::statistics::PATH)) { (language.say(Say::StatisticsShort)) }
                        " " a href="/docs" { (language.say(Say::Api)) }
                        @if let Some(address) = translation {
                            @let other = language.other();
                            " " a href=(address) lang=(other.tag()) hreflang=(other.tag()) { (other.own_name()) }
                        }
                    }
                }
                main #content tabindex="-1" { (content) }
                footer {
                    p { (language.say(Say::Offer)) " " (language.say(Say::Emergency)) }
                    p { (language.say(Say::PostalCodes)) }
                }
            }
        }
    }
}

/// The page where something is asked for that is not there; `translation` is its address in the other language.
pub(crate) fn missing(reader: Reader, title: Say, text: &str, translation: &str) -> Response {
    let language = reader.language;
    let content = html! {
        h1 { (language.say(title)) }
        p { (text) " " a href=(reader.link("/")) { (language.say(Say::SearchAgain)) } }
    };
    let title = format!("openslots: {}", language.say(title));
    let frame = Frame { title: &title, reader, translation: Some(translation), has_script: false };
    framed(StatusCode::NOT_FOUND, &frame, &content)
}

/// The page for a failure that is ours: the cause is in the log, not on the page. Too much to do is worth another try.
pub(crate) fn failure(error: &Error, what: &str) -> Response {
    failure_for(Reader::ENGLISH, error, what)
}

/// The same in the language of who reads it.
pub(crate) fn failure_for(reader: Reader, error: &Error, what: &str) -> Response {
    let language = reader.language;
    let frame = Frame { title: "openslots", reader, translation: None, has_script: false };
    let content = |title: Say, text: Say| html! { h1 { (language.say(title)) } p { (language.say(text)) } };
    if let Error::Busy { .. } = error {
        let content = content(Say::TooBusy, Say::TooBusyText);
        let mut response = framed(StatusCode::SERVICE_UNAVAILABLE, &frame, &content);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        return response;
    }
    tracing::error!(%error, "{what} could not be made");
    framed(StatusCode::INTERNAL_SERVER_ERROR, &frame, &content(Say::Failed, Say::FailedText))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_to_do_is_told_from_a_fault() {
        let busy = failure(&Error::Busy { waited_ms: 5 }, "a page");
        assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(busy.headers()[header::RETRY_AFTER], "1");
        let fault = failure(&Error::Panicked, "a page");
        assert_eq!(fault.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!fault.headers().contains_key(header::RETRY_AFTER));
    }
}
