//! The way back from the portal: `state` and `outcome` in a redirect of the patient's browser.

use rusqlite::Connection;

use super::outcome::BookingResult;
use super::state::hash_of;
use crate::access::Acting;
use crate::access::Caller;
use crate::codes::{BookingOutcome, FailureReason};
use crate::database::{Attempt, attempts, resources};
use crate::resource::CareKind;
use crate::work::{Settings, Work};
use crate::{Error, Result};

/// What a portal says in its redirect. Secrets and handles are not shown by `Debug`.
#[derive(Clone, Default)]
pub struct PortalReturn {
    /// Which attempt.
    pub state: String,
    /// How it ended: a code of the guide.
    pub outcome: String,
    /// Why, where it did not end in an appointment.
    pub reason: Option<String>,
    /// The portal's confirmation number.
    pub booking_ref: Option<String>,
    /// The provider's own Appointment: a secret.
    pub appointment_ref: Option<String>,
    /// A token for asking the portal more: a secret that nobody here has a use for, so it is not kept.
    pub result_token: Option<String>,
}

impl std::fmt::Debug for PortalReturn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PortalReturn").field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

/// Why a return changed nothing. The operator is told; the caller learns only that nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReturnRefusal {
    /// No state of this server.
    Forged,
    /// One of this server, of an attempt that is not kept any more.
    Unknown,
    /// It has been used.
    Replayed,
    /// Its time is over.
    Expired,
    /// The outcome is none that the guide knows.
    BadOutcome,
}

impl ReturnRefusal {
    /// A stable name, for logs and counters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forged => "forged",
            Self::Unknown => "unknown",
            Self::Replayed => "replayed",
            Self::Expired => "expired",
            Self::BadOutcome => "bad-outcome",
        }
    }
}

/// What came of a return.
#[derive(Debug, Clone, PartialEq)]
pub enum Returned {
    /// It was taken.
    Taken(Box<BookingResult>),
    /// Nothing was changed.
    Refused(ReturnRefusal),
}

/// The longest confirmation number or reference that is kept, in bytes.
const MAX_REFERENCE_BYTES: usize = 256;

/// Takes a portal's answer, once.
pub(crate) fn take(
    conn: &Connection,
    settings: &Settings,
    returned: &PortalReturn,
    now: openslots_model::UnixSeconds,
) -> Result<(Returned, Option<(Caller, crate::resource::CareId)>)> {
    let refused = |why| Ok((Returned::Refused(why), None));
    if !settings.state_key.has_issued(&returned.state) {
        return refused(ReturnRefusal::Forged);
    }
    let Some(attempt) = attempts::by_state(conn, &hash_of(&returned.state))? else {
        return refused(ReturnRefusal::Unknown);
    };
    if attempt.used_at.is_some() {
        return refused(ReturnRefusal::Replayed);
    }
    if attempt.expires_at <= now {
        return refused(ReturnRefusal::Expired);
    }
    let Some(outcome) = BookingOutcome::of(&returned.outcome) else { return refused(ReturnRefusal::BadOutcome) };
    let caller = portal_of(conn, &attempt)?;
    let work = Work { conn, settings, caller: &caller, now };
    if !attempts::mark_used(conn, attempt.task, now)? {
        return refused(ReturnRefusal::Replayed);
    }
    let kept = |text: &Option<String>| {
        text.clone().filter(|text| !text.trim().is_empty() && text.len() <= MAX_REFERENCE_BYTES)
    };
    let said = super::outcome::Said {
        outcome,
        reason: returned.reason.as_deref().and_then(FailureReason::of),
        booking_ref: kept(&returned.booking_ref),
        appointment_ref: kept(&returned.appointment_ref),
    };
    let task = attempt.task;
    let result = work.settle(attempt, &said)?;
    Ok((Returned::Taken(Box::new(result)), Some((caller, task))))
}

/// On whose behalf the portal's answer is taken: the patient's whose attempt it is.
fn portal_of(conn: &Connection, attempt: &Attempt) -> Result<Caller> {
    let corrupt = || Error::Corrupt { kind: "attempt".to_owned(), id: attempt.task.to_string() };
    let task = resources::find(conn, CareKind::Task, attempt.task)?.ok_or_else(corrupt)?;
    let application = resources::application_of(conn, attempt.task)?.ok_or_else(corrupt)?;
    Ok(Caller { application, patient: task.patient, acting: Acting::Patient })
}
