//! Code systems of the Patient Scheduling guide (draft 0.1.0), and the codes that are used here.

use serde_json::{Value, json};

/// Kinds of tasks. The draft's canonical base is `http://example.org`.
pub const TASK_TYPES: &str = "http://example.org/CodeSystem/appointment-coordination-task-type";
/// How attempts to book end.
pub const BOOKING_OUTCOMES: &str = "http://example.org/CodeSystem/appointment-booking-outcome";
/// What a task is about (required binding of the guide).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskCode {
    /// An attempt to book.
    BookAppointment,
    /// A ride.
    ArrangeTransportation,
    /// Forms to fill in before the visit.
    CompleteForms,
}

impl TaskCode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::BookAppointment, Self::ArrangeTransportation, Self::CompleteForms];

    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BookAppointment => "book-appointment",
            Self::ArrangeTransportation => "arrange-transportation",
            Self::CompleteForms => "complete-forms",
        }
    }

    const fn display(self) -> &'static str {
        match self {
            Self::BookAppointment => "Book appointment",
            Self::ArrangeTransportation => "Arrange transportation",
            Self::CompleteForms => "Complete forms",
        }
    }

    /// The element `Task.code`.
    pub(crate) fn concept(self) -> Value {
        json!({
            "coding": [{ "system": TASK_TYPES, "code": self.as_str(), "display": self.display() }],
            "text": self.display(),
        })
    }

    /// What a ServiceRequest asks for that such a task fulfils. The guide binds it to no codes, so it is told by the task's.
    pub(crate) fn service(self) -> Value {
        json!({ "coding": [{ "system": TASK_TYPES, "code": self.as_str() }], "text": "Ride to an appointment" })
    }

    /// The code that an element `Task.code` has, in whichever of its codings.
    pub fn of(concept: &Value) -> Option<Self> {
        let codings = concept.get("coding")?.as_array()?;
        let in_system =
            codings.iter().filter(|coding| coding.get("system").and_then(Value::as_str) == Some(TASK_TYPES));
        let mut codes = in_system.filter_map(|coding| coding.get("code")?.as_str());
        codes.find_map(|code| Self::ALL.into_iter().find(|known| known.as_str() == code))
    }
}

/// How an attempt to book ended, as the portal tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BookingOutcome {
    /// There is an appointment.
    Booked,
    /// Somebody broke it off, or took the appointment back.
    Cancelled,
    /// The appointment was an error.
    EnteredInError,
    /// It was not booked.
    Failed,
}

impl BookingOutcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Booked, Self::Cancelled, Self::EnteredInError, Self::Failed];

    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Cancelled => "cancelled",
            Self::EnteredInError => "entered-in-error",
            Self::Failed => "failed",
        }
    }

    /// The outcome of a code.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == code)
    }

    /// The element `Task.businessStatus`.
    pub(crate) fn concept(self) -> Value {
        json!({ "coding": [{ "system": BOOKING_OUTCOMES, "code": self.as_str() }] })
    }
}

/// Why it did not end in an appointment, as the portal tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureReason {
    /// Somebody else was quicker.
    SlotUnavailable,
    /// The portal's fault.
    SystemError,
    /// The portal wanted a login.
    AuthRequired,
    /// The portal did not take what was entered.
    Validation,
}

impl FailureReason {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SlotUnavailable, Self::SystemError, Self::AuthRequired, Self::Validation];

    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SlotUnavailable => "slot-unavailable",
            Self::SystemError => "system-error",
            Self::AuthRequired => "auth-required",
            Self::Validation => "validation",
        }
    }

    /// The reason of a code.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == code)
    }
}
