//! The patient side over HTTP: FHIR resources in one patient's compartment, and the ways to and from booking portals.
//!
//! It lives under `/fhir` beside the public directory and shares nothing with it but the address: every call bears a
//! token, names one patient, and is written down. Without applications in the configuration none of it is there.
//!
//! Who calls is told in headers, since FHIR has no place for it: `X-Patient` the patient, `X-Caregiver` the
//! RelatedPerson on whose behalf the call is made; a token that was given for one patient needs neither.

mod answer;
mod booking;
mod calendars;
mod caller;
pub(crate) mod capabilities;
mod mutual;
mod parameters;
mod patients;
mod resources;
mod returning;
mod rides;
mod token;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post, put};
use openslots_care::Care;
use openslots_care::access::Gate;
use openslots_care::resource::CareKind;
use url::Url;

pub use rides::{Vendor, VendorSecret, VendorSecretError};

use crate::blocking::run_blocking;
use crate::calls::is_bookable;
use crate::problem::{Problem, ProblemKind};
use crate::{ApiState, Error};

/// The largest body that is read: calendars of many years.
pub(crate) const MAX_BODY_BYTES: usize = 4 * 1_024 * 1_024;

/// The text of a subscribed calendar, or why it could not be read (for its owner, without its address).
pub type CalendarFuture = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send>>;

/// Reads calendars from where their owners have them. The API makes no requests of its own.
pub trait FetchCalendar: Send + Sync {
    /// The text behind an address, which may be anywhere on the public internet.
    fn fetch(&self, url: Url) -> CalendarFuture;
}

/// What the patient side is made of.
#[derive(Clone)]
pub struct CareAccess {
    /// Its database, and what can be done with it.
    pub care: Arc<Care>,
    /// Who may call.
    pub gate: Arc<Gate>,
    /// Vendors of rides that may send updates.
    pub vendors: Arc<[Vendor]>,
    /// How subscribed calendars are read.
    pub calendars: Arc<dyn FetchCalendar>,
    /// Where patients go on who come back from a portal, where their application says nothing else.
    pub return_to: Option<Url>,
}

impl fmt::Debug for CareAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CareAccess").field("gate", &self.gate).finish_non_exhaustive()
    }
}

/// What the handlers share.
#[derive(Clone)]
struct Handlers {
    state: ApiState,
    access: CareAccess,
}

/// The routes, if there is a patient side.
pub(crate) fn router(state: &ApiState) -> Router {
    let Some(access) = state.care() else { return Router::new() };
    let handlers = Handlers { state: state.clone(), access: access.clone() };
    let mut router = Router::new();
    for kind in CareKind::ALL {
        let whole = get(move |handlers, call, query| resources::search(kind, handlers, call, query))
            .post(move |handlers, call, body| resources::create(kind, handlers, call, body));
        let one = get(move |handlers, call, path| resources::read(kind, handlers, call, path))
            .merge(put(move |handlers, call, path, headers, body| {
                resources::update(kind, handlers, call, path, headers, body)
            }))
            .delete(move |handlers, call, path| resources::delete(kind, handlers, call, path));
        router = router.route(&format!("/fhir/{kind}"), whole).route(&format!("/fhir/{kind}/{{id}}"), one).route(
            &format!("/fhir/{kind}/{{id}}/_history"),
            get(move |handlers, call, path| resources::history(kind, handlers, call, path)),
        );
    }
    for kind in [CareKind::Patient, CareKind::RelatedPerson] {
        router = router
            .route(&format!("/fhir/{kind}/{{id}}/Schedule"), get(move |h, c, p| calendars::schedule(kind, h, c, p)))
            .route(&format!("/fhir/{kind}/{{id}}/Slot"), get(move |h, c, p, q| calendars::slots(kind, h, c, p, q)))
            .route(
                &format!("/fhir/{kind}/{{id}}/$import-calendar"),
                post(move |h, c, p, b| calendars::import(kind, h, c, p, b)),
            )
            .route(
                &format!("/fhir/{kind}/{{id}}/$forget-calendar"),
                post(move |h, c, p, b| calendars::forget(kind, h, c, p, b)),
            );
    }
    router
        .route("/fhir/AuditEvent", get(patients::audit_trail))
        .route("/fhir/Patient/{id}/$everything", get(patients::everything))
        .route("/fhir/Patient/{id}/$erase", post(patients::erase))
        .route("/fhir/Patient/{id}/$find-mutual-slots", post(mutual::find))
        .route("/fhir/Slot/{id}/$book", post(booking::book))
        .route("/fhir/Task/{id}/$report-outcome", post(booking::report_outcome))
        .route("/fhir/Task/{id}/$alternatives", get(booking::alternatives))
        .route("/fhir/Appointment/{id}/$reconcile", post(booking::reconcile))
        .route("/fhir/Appointment/{id}/$arrange-transportation", post(rides::arrange))
        .route("/care/return", get(returning::come_back))
        .route("/care/rides/{vendor}/{task}", post(rides::vendor_update))
        .route("/oauth/token", post(token::exchange))
        .route("/.well-known/smart-configuration", get(token::configuration))
        .route("/fhir/.well-known/smart-configuration", get(token::configuration))
        .method_not_allowed_fallback(async || {
            Problem::new(ProblemKind::MethodNotAllowed, "the path is there, but not with this method; see /docs")
        })
        .layer(map_response(keep_out_of_caches))
        .with_state(handlers)
}

/// No answer about a patient is kept by anybody on the way, and no address of it goes to another site.
async fn keep_out_of_caches(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Shows it in booking attempts whose slots are not free any more; to be called after every commit.
///
/// # Errors
/// When store or index fail; a failure of the patient side is logged where it happens.
pub async fn note_taken_slots(state: &ApiState) -> Result<(), Error> {
    let Some(access) = state.care() else { return Ok(()) };
    let care = Arc::clone(&access.care);
    let now = state.now();
    let noted = run_blocking(state, move |state| {
        let wanted = match care.slots_under_way(now) {
            Ok(wanted) => wanted,
            Err(error) => return Ok(Err(error)),
        };
        let mut taken = Vec::new();
        for slot in wanted {
            // That the data are old says nothing of the slot.
            if is_bookable(state, slot)? == Some(false) {
                taken.push(slot);
            }
        }
        Ok(if taken.is_empty() { Ok(0) } else { care.note_taken(&taken, now) })
    });
    if let Err(error) = noted.await? {
        tracing::error!(%error, "booking attempts could not be brought up to date");
    }
    Ok(())
}
