//! An attempt to book: opened before the patient is sent to the portal.

use openslots_model::UnixSeconds;
use serde_json::{Value, json};
use url::Url;

use super::SlotFacts;
use super::state::hash_of;
use crate::codes::TaskCode;
use crate::database::{Attempt, attempts};
use crate::handoff::portal_url;
use crate::resource::{Body, Stored};
use crate::work::Work;
use crate::{Error, FaultCode, Result};

/// What an application says beside the slot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttemptRequest {
    /// Who refers (`source`).
    pub source: Option<String>,
    /// The handle of this referral (`booking-referral`).
    pub referral: Option<String>,
    /// Whether a ride will be wanted once it is booked.
    pub wants_transport: bool,
    /// An attempt that came to nothing, and that this one takes up again.
    pub retry_of: Option<crate::resource::CareId>,
}

/// An attempt that has begun.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenedAttempt {
    /// The Task that remembers it.
    pub task: Stored,
    /// Where to send the patient's browser.
    pub url: Url,
    /// Up to when the portal's answer is taken.
    pub expires_at: UnixSeconds,
}

impl Work<'_> {
    /// Opens an attempt to book a slot.
    ///
    /// # Errors
    /// When the slot has begun, its link cannot be used, or the caller may not.
    pub fn open_attempt(&self, facts: SlotFacts, request: &AttemptRequest) -> Result<OpenedAttempt> {
        self.permit_change(crate::resource::CareKind::Task)?;
        if facts.start <= self.now {
            return Err(Error::invalid(FaultCode::BusinessRule, "Slot.start", "the slot has begun"));
        }
        if let Some(earlier) = request.retry_of {
            self.get(crate::resource::CareKind::Task, earlier)?;
        }
        let state = self.settings.state_key.issue()?;
        let return_url = self.settings.return_url.as_str();
        let url = portal_url(
            &facts.booking_deep_link,
            request.source.as_deref(),
            request.referral.as_deref(),
            &state,
            return_url,
        )?;
        let expires_at = self.now.plus_seconds(self.settings.attempt_seconds);
        let task = self.insert(crate::resource::CareKind::Task, self.attempt_task(&facts, request, &state, &url))?;
        let attempt = Attempt { task: task.id, expires_at, used_at: None, facts };
        attempts::insert(self.conn, &attempt, &hash_of(&state))?;
        Ok(OpenedAttempt { task, url, expires_at })
    }

    fn attempt_task(&self, facts: &SlotFacts, request: &AttemptRequest, state: &str, url: &Url) -> Body {
        let now = self.now.to_string();
        let mut task = Body::new();
        let mut put = |name: &str, value: Value| task.insert(name.to_owned(), value);
        put("status", json!("in-progress"));
        put("intent", json!("order"));
        put("code", TaskCode::BookAppointment.concept());
        put("for", self.patient_reference());
        put("authoredOn", json!(now));
        put("lastModified", json!(now));
        put("requester", self.actor_reference());
        put("owner", self.actor_reference());
        let input = |name: &str, value: Value, kind: &str| json!({ "type": { "text": name }, kind: value });
        let slot = json!({ "reference": format!("Slot/{}", facts.slot) });
        let mut inputs = vec![input("slot", slot, "valueReference")];
        if request.wants_transport {
            inputs.push(input("wants-transport", json!(true), "valueBoolean"));
        }
        put("input", Value::Array(inputs));
        if let Some(earlier) = request.retry_of {
            put("partOf", json!([{ "reference": format!("Task/{earlier}") }]));
        }
        put(
            "output",
            json!([
                input("booking-state", json!(state), "valueString"),
                input("booking-deeplink", json!(url.as_str()), "valueUrl"),
            ]),
        );
        task
    }
}
