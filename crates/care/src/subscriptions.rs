//! Word of changes: FHIR R4 Subscriptions with rest-hooks.
//!
//! A change and its notices are kept in one transaction, so none is lost; a notice is tried until it is taken, so it may
//! come more than once, always under the same number.

use openslots_model::UnixSeconds;
use serde_json::{Value, json};
use url::Url;

use crate::database::notices;
use crate::resource::{Body, CareKind, ResourceReference, Stored, text_at};
use crate::work::Work;
use crate::{Error, Fault, FaultCode, Result};

/// The types whose changes are told.
const TOLD: [CareKind; 2] = [CareKind::Appointment, CareKind::Task];
/// After so many tries a subscription is in error: about three days with the waits below.
pub(crate) const MAX_TRIES: u32 = 16;
/// The first wait, in seconds; each one is twice as long.
const FIRST_WAIT_SECONDS: i64 = 10;
/// The longest, in seconds.
const MAX_WAIT_SECONDS: i64 = 6 * 3_600;

/// How long to wait after so many tries, in seconds.
pub(crate) const fn wait_seconds(n_tries: u32) -> i64 {
    let doubled = FIRST_WAIT_SECONDS << if n_tries > 12 { 12 } else { n_tries };
    if doubled > MAX_WAIT_SECONDS { MAX_WAIT_SECONDS } else { doubled }
}

/// What a Subscription asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Criteria {
    kind: CareKind,
    /// Names of elements that are compared with codes or references.
    filters: Vec<(String, Vec<String>)>,
}

impl Criteria {
    fn read(text: &str) -> Result<Self, String> {
        let (kind, query) = text.split_once('?').unwrap_or((text, ""));
        let kind = kind.parse::<CareKind>().ok().filter(|kind| TOLD.contains(kind));
        let kind = kind.ok_or("must begin with Appointment or Task, as in Task?status=completed")?;
        let mut filters = Vec::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let known: &[&str] = match kind {
                CareKind::Task => &["status", "owner", "code", "focus"],
                _ => &["status"],
            };
            if !known.contains(&&*name) {
                return Err(format!("has no parameter `{name}` for {kind}; known are {}", known.join(", ")));
            }
            filters.push((name.into_owned(), value.split(',').map(str::to_owned).collect()));
        }
        Ok(Self { kind, filters })
    }

    fn matches(&self, resource: &Stored) -> bool {
        let is_met = |(name, wanted): &(String, Vec<String>)| {
            let element = resource.body.get(name);
            let found = match name.as_str() {
                "status" => element.and_then(Value::as_str),
                "code" => element.and_then(crate::codes::TaskCode::of).map(crate::codes::TaskCode::as_str),
                _ => element.and_then(|element| text_at(element, &["reference"])),
            };
            found.is_some_and(|found| wanted.iter().any(|wanted| wanted == found))
        };
        resource.kind == self.kind && self.filters.iter().all(is_met)
    }
}

/// Puts notices of a change in line.
pub(crate) fn tell(work: &Work<'_>, changed: &Stored) -> Result<()> {
    if !TOLD.contains(&changed.kind) {
        return Ok(());
    }
    for subscription in work.all(CareKind::Subscription)? {
        let is_active = subscription.text("status") == Some("active");
        let has_ended =
            crate::resource::instant_of(&subscription.body, "end").is_some_and(|end| end.instant <= work.now);
        let criteria = subscription.text("criteria").and_then(|text| Criteria::read(text).ok());
        if is_active && !has_ended && criteria.is_some_and(|criteria| criteria.matches(changed)) {
            let resource = format!("{}/{}", changed.kind, changed.id);
            notices::insert(work.conn, subscription.id, &resource, changed.version, work.now)?;
        }
    }
    Ok(())
}

impl Work<'_> {
    /// Makes a subscription; it is active at once.
    pub(crate) fn create_subscription(&self, mut body: Body) -> Result<Stored> {
        check(&body)?;
        body.insert("status".to_owned(), json!("active"));
        self.insert(CareKind::Subscription, body)
    }

    /// Changes a subscription, or begins it anew after errors.
    pub(crate) fn update_subscription(&self, before: Stored, mut body: Body) -> Result<Stored> {
        check(&body)?;
        let is_off = body.get("status").and_then(Value::as_str) == Some("off");
        body.insert("status".to_owned(), json!(if is_off { "off" } else { "active" }));
        body.remove("error");
        self.update(Stored { body, ..before })
    }
}

/// A notice, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its number.
    pub number: i64,
    /// Where to.
    pub endpoint: Url,
    /// `Name: value`, as the subscriber gave them; they may be secrets.
    pub headers: Vec<String>,
    /// What is told: JSON with ids only, or the resource where the subscriber asked for it.
    pub payload: String,
    /// Its media type.
    pub content_type: &'static str,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Makes a notice ready, if its subscription still wants it.
pub(crate) fn delivery(notice: &notices::Notice, subscription: &Stored, resource: Option<Stored>) -> Option<Delivery> {
    if subscription.text("status") != Some("active") {
        return None;
    }
    let channel = subscription.body.get("channel")?;
    let endpoint = Url::parse(text_at(channel, &["endpoint"])?).ok()?;
    let headers = channel.get("header").and_then(Value::as_array).into_iter().flatten();
    let headers = headers.filter_map(Value::as_str).map(str::to_owned).collect();
    let wants_resource = text_at(channel, &["payload"]).is_some();
    let (payload, content_type) = match resource {
        Some(resource) if wants_resource => (resource.to_json().to_string(), "application/fhir+json"),
        _ => {
            let of = format!("Subscription/{}", notice.subscription);
            let notice =
                json!({ "subscription": of, "resource": notice.resource, "version": notice.version.to_string() });
            (notice.to_string(), "application/json")
        }
    };
    Some(Delivery { number: notice.number, endpoint, headers, payload, content_type })
}

/// What is wrong with a Subscription beyond its structure.
fn check(body: &Body) -> Result<()> {
    let mut faults = Vec::new();
    let mut fault = |element: &str, detail: String| faults.push(Fault::new(FaultCode::Value, element, detail));
    if let Err(detail) = Criteria::read(body.get("criteria").and_then(Value::as_str).unwrap_or_default()) {
        fault("Subscription.criteria", detail);
    }
    let channel = body.get("channel").unwrap_or(&Value::Null);
    if text_at(channel, &["type"]) != Some("rest-hook") {
        fault("Subscription.channel.type", "must be rest-hook".to_owned());
    }
    let endpoint = text_at(channel, &["endpoint"]).and_then(|text| Url::parse(text).ok());
    if !endpoint.is_some_and(|url| url.has_host() && (url.scheme() == "https" || is_on_this_machine(&url))) {
        fault("Subscription.channel.endpoint", "must be an https URL, or one of this very machine".to_owned());
    }
    if text_at(channel, &["payload"]).is_some_and(|payload| payload != "application/fhir+json") {
        let detail = "must be application/fhir+json, or left out: then only ids are told".to_owned();
        fault("Subscription.channel.payload", detail);
    }
    let headers = channel.get("header").and_then(Value::as_array).into_iter().flatten();
    for (place, header) in headers.enumerate() {
        let text = header.as_str().unwrap_or_default();
        let is_header = text.split_once(':').is_some_and(|(name, value)| {
            let is_token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            !name.is_empty()
                && name.bytes().all(is_token)
                && value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
                && !matches!(name.to_ascii_lowercase().as_str(), "host" | "content-length" | "transfer-encoding")
        });
        if !is_header {
            fault(&format!("Subscription.channel.header[{place}]"), "must be `Name: value`".to_owned());
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// Whether what is sent there never leaves the machine, so that http will do.
fn is_on_this_machine(url: &Url) -> bool {
    url.scheme() == "http"
        && match url.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        }
}

/// What a notice names.
pub(crate) fn named(notice: &notices::Notice) -> Option<(CareKind, crate::resource::CareId)> {
    let named = ResourceReference::parse(&notice.resource)?;
    let kind = named.type_name.parse().ok()?;
    Some((kind, named.care_id(kind)?))
}

/// When a notice that was not taken is tried again; `None`: no more.
pub(crate) fn next_try(n_tries: u32, now: UnixSeconds) -> Option<UnixSeconds> {
    (n_tries < MAX_TRIES).then(|| now.plus_seconds(wait_seconds(n_tries)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_are_read_or_refused_by_name() {
        assert!(Criteria::read("Task?status=completed,cancelled&code=complete-forms").is_ok());
        assert!(Criteria::read("Appointment").is_ok());
        for bad in ["", "Patient?name=a", "Task?patient=1", "Slot?status=free", "Appointment?owner=x"] {
            assert!(Criteria::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn notices_leave_the_machine_encrypted_only() {
        for (endpoint, want) in [
            ("https://app.example.org/hook", true),
            ("http://127.0.0.1:8000/", true),
            ("http://[::1]/", true),
            ("http://localhost/", true),
            ("http://app.example.org/hook", false),
            ("http://10.0.0.1/", false),
            ("ftp://127.0.0.1/", false),
            ("mailto:a@example.org", false),
        ] {
            let body = json!({
                "criteria": "Task",
                "channel": { "type": "rest-hook", "endpoint": endpoint },
            });
            assert_eq!(check(body.as_object().expect("an object")).is_ok(), want, "{endpoint}");
        }
    }

    #[test]
    fn waits_double_up_to_six_hours() {
        assert_eq!([0, 1, 5, 11, 12, 40].map(wait_seconds), [10, 20, 320, 20_480, 21_600, 21_600]);
        assert!(next_try(MAX_TRIES, UnixSeconds(0)).is_none());
    }
}
