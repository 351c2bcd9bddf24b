//! What all pages have in common.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use openslots_api::Error;

/// Where the style sheet is; the version makes a new one be fetched after an upgrade.
pub(crate) const STYLE_PATH: &str = concat!("/assets/", env!("CARGO_PKG_VERSION"), "/openslots.css");

/// Only our own style sheet; no script, no frame, no other host.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

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

/// A whole page.
pub(crate) fn page(status: StatusCode, title: &str, content: &Markup) -> Response {
    let body = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="stylesheet" href=(STYLE_PATH);
            }
            body {
                header {
                    a.home href="/" { "openslots" }
                    nav aria-label="Pages" { a href="/publishers" { "Publishers" } " " a href="/docs" { "API" } }
                }
                main { (content) }
                footer {
                    p { "A slot shown here is an offer of its publisher, not a promise; it is booked there." }
                    p { "Postal codes: GeoNames, CC BY 4.0." }
                }
            }
        }
    };
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (status, headers, body).into_response()
}

/// The page for a failure that is ours: the cause is in the log, not on the page. Too much to do is worth another try.
pub(crate) fn failure(error: &Error, what: &str) -> Response {
    if let Error::Busy { .. } = error {
        let content = html! {
            h1 { "Too busy" }
            p { "Many people ask at this moment. Please try again in a minute." }
        };
        let mut response = page(StatusCode::SERVICE_UNAVAILABLE, "openslots", &content);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        return response;
    }
    tracing::error!(%error, "{what} could not be made");
    let content = html! {
        h1 { "This did not work" }
        p { "The fault is on our side. Please try again in a minute." }
    };
    page(StatusCode::INTERNAL_SERVER_ERROR, "openslots", &content)
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
