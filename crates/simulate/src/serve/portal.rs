//! A booking portal that books nothing: it comes back with the outcome that it is told, as the Patient Scheduling guide
//! has portals come back.
//!
//! Links in the data lead to hosts that do not exist; whoever plays a patient sends the query of a link here.
//! `outcome`, `reason` and `bookingRef` say how it ends; without an outcome it is booked.

use axum::extract::RawQuery;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::{Url, form_urlencoded};

/// The path of the portal, below the address of all publishers.
pub(super) const PATH: &str = "/portal";

/// What it does not give back: the link's own parameters, and where to go.
const KEPT: [&str; 4] = ["state", "outcome", "reason", "bookingRef"];

pub(super) async fn answer(RawQuery(query): RawQuery) -> Response {
    match way_back(query.as_deref().unwrap_or_default()) {
        Ok(url) => {
            let mut response = StatusCode::SEE_OTHER.into_response();
            if let Ok(location) = HeaderValue::try_from(url.as_str()) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            response
        }
        Err(why) => (StatusCode::BAD_REQUEST, why).into_response(),
    }
}

/// Where the patient is sent back to.
fn way_back(query: &str) -> Result<Url, &'static str> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let value = |name: &str| pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    let return_url = value("returnUrl").ok_or("no returnUrl: this portal cannot come back")?;
    let mut url = Url::parse(return_url).map_err(|_| "returnUrl is no URL")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("returnUrl is neither http nor https");
    }
    value("state").ok_or("no state: nobody could tell whose booking this is")?;
    let outcome = value("outcome").unwrap_or("booked").to_owned();
    let mut back = url.query_pairs_mut();
    back.append_pair("outcome", &outcome);
    for name in KEPT.into_iter().filter(|name| *name != "outcome") {
        if let Some(value) = value(name) {
            back.append_pair(name, value);
        }
    }
    if outcome == "booked" && value("bookingRef").is_none() {
        back.append_pair("bookingRef", "SIMULATED-1");
    }
    drop(back);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_with_what_it_was_given() {
        let back = "https%3A%2F%2Fslots.example.org%2Fcare%2Freturn";
        for (query, want) in [
            (
                format!("slot=1&state=abc&returnUrl={back}"),
                Ok("https://slots.example.org/care/return?outcome=booked&state=abc&bookingRef=SIMULATED-1"),
            ),
            (
                format!("state=a&returnUrl={back}&outcome=failed&reason=slot-unavailable"),
                Ok("https://slots.example.org/care/return?outcome=failed&state=a&reason=slot-unavailable"),
            ),
            ("state=a".to_owned(), Err("no returnUrl: this portal cannot come back")),
            (format!("returnUrl={back}"), Err("no state: nobody could tell whose booking this is")),
            ("state=a&returnUrl=javascript:alert(1)".to_owned(), Err("returnUrl is neither http nor https")),
        ] {
            assert_eq!(way_back(&query).as_ref().map(Url::as_str).map_err(|why| *why), want, "{query}");
        }
    }
}
