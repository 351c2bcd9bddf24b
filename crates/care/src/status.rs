//! The states of appointments and tasks, and which may follow which.
//!
//! FHIR R4 names the states and leaves the order to whoever keeps them; the guide's task goes requested → accepted →
//! in-progress → completed or cancelled. `failed` is a booking attempt's alone: the portal did not book.

use std::fmt;
use std::str::FromStr;

use crate::{Error, FaultCode, Result};

macro_rules! statuses {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $code:literal => [$($next:ident),*],)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "FHIR's own names")]
        pub enum $name { $($variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// FHIR's code.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What may follow it.
            pub const fn next(self) -> &'static [Self] {
                match self { $(Self::$variant => &[$(Self::$next),*],)+ }
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|status| status.as_str() == text).ok_or(())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

statuses! {
    /// The states of an Appointment.
    AppointmentStatus {
        Proposed = "proposed" => [Pending, Booked, Waitlist, Cancelled, EnteredInError],
        Pending = "pending" => [Booked, Waitlist, Cancelled, EnteredInError],
        Waitlist = "waitlist" => [Pending, Booked, Cancelled, EnteredInError],
        Booked = "booked" => [Arrived, CheckedIn, Fulfilled, Cancelled, NoShow, EnteredInError],
        Arrived = "arrived" => [CheckedIn, Fulfilled, Cancelled, NoShow, EnteredInError],
        CheckedIn = "checked-in" => [Fulfilled, Cancelled, NoShow, EnteredInError],
        Fulfilled = "fulfilled" => [EnteredInError],
        NoShow = "noshow" => [EnteredInError],
        Cancelled = "cancelled" => [EnteredInError],
        EnteredInError = "entered-in-error" => [],
    }
}

statuses! {
    /// The states of a Task.
    TaskStatus {
        Requested = "requested" => [Accepted, Cancelled, EnteredInError],
        Accepted = "accepted" => [InProgress, Cancelled, EnteredInError],
        InProgress = "in-progress" => [Completed, Cancelled, EnteredInError],
        Completed = "completed" => [EnteredInError],
        Cancelled = "cancelled" => [EnteredInError],
        Failed = "failed" => [EnteredInError],
        EnteredInError = "entered-in-error" => [],
    }
}

impl AppointmentStatus {
    /// What an Appointment may begin with.
    pub const FIRST: &[Self] = &[Self::Proposed, Self::Pending, Self::Waitlist, Self::Booked];

    /// Whether a visit is to be expected.
    pub const fn is_booked(self) -> bool {
        matches!(self, Self::Booked | Self::Arrived | Self::CheckedIn)
    }
}

impl TaskStatus {
    /// What a Task may begin with.
    pub const FIRST: &[Self] = &[Self::Requested, Self::Accepted];

    /// Whether somebody still has to do it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Accepted | Self::InProgress)
    }
}

/// Codes with commas between, for messages.
fn listed<T: fmt::Display>(of: &[T]) -> String {
    of.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// Reads what something is to become, and whether it may; `before` is `None` for something new.
pub(crate) fn step<T>(element: &str, text: Option<&str>, before: Option<T>, first: &[T], next: &[T]) -> Result<T>
where
    T: FromStr + fmt::Display + Copy + PartialEq,
{
    let refused = |detail: String| Err(Error::invalid(FaultCode::BusinessRule, element, detail));
    let Some(wanted) = text.and_then(|text| text.parse::<T>().ok()) else {
        let known = if before.is_some() { next } else { first };
        return refused(format!("is no state that is kept here; legal are {}", listed(known)));
    };
    match before {
        None if first.contains(&wanted) => Ok(wanted),
        None => refused(format!("cannot begin as {wanted}; legal are {}", listed(first))),
        Some(before) if before == wanted || next.contains(&wanted) => Ok(wanted),
        Some(before) if next.is_empty() => refused(format!("{before} is final, nothing follows it")),
        Some(before) => refused(format!("{before} cannot become {wanted}; legal are {}", listed(next))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn illegal_moves_name_the_legal_ones() {
        let step = |before: TaskStatus, text| {
            step("Task.status", Some(text), Some(before), TaskStatus::FIRST, before.next()).map_err(|error| {
                let Error::Invalid(faults) = error else { panic!("{error}") };
                faults[0].detail.clone()
            })
        };
        assert_eq!(step(TaskStatus::Requested, "accepted"), Ok(TaskStatus::Accepted));
        assert_eq!(step(TaskStatus::Requested, "requested"), Ok(TaskStatus::Requested));
        for (before, wanted, named) in [
            (TaskStatus::Requested, "completed", "requested cannot become completed; legal are accepted, cancelled"),
            (TaskStatus::EnteredInError, "accepted", "entered-in-error is final"),
            (TaskStatus::Accepted, "ready", "legal are in-progress, cancelled"),
        ] {
            let refused = step(before, wanted).expect_err(wanted);
            assert!(refused.contains(named), "{refused}");
        }
    }

    #[test]
    fn no_state_leads_back_to_an_earlier_one() {
        // Follows every path; a cycle would never end, so its length is bounded by the number of states.
        fn longest<T: Copy + PartialEq>(of: T, next: fn(T) -> &'static [T], left: usize) -> usize {
            assert!(left > 0, "a cycle");
            next(of).iter().map(|then| 1 + longest(*then, next, left - 1)).max().unwrap_or(0)
        }
        for status in TaskStatus::ALL {
            assert!(longest(*status, TaskStatus::next, TaskStatus::ALL.len()) <= 4);
        }
        // `waitlist` and `pending` may change places; nothing else goes back.
        for status in AppointmentStatus::ALL.iter().filter(|status| status.is_booked()) {
            assert!(status.next().iter().all(|next| !AppointmentStatus::FIRST.contains(next)), "{status}");
        }
    }
}
