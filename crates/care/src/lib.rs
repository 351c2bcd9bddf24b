//! The patient side: from a found slot to a booked appointment.
//!
//! A slot is really booked at its publisher's portal and nowhere else, so today this crate holds one thing: the
//! [`handoff`] to that portal, a booking link with the referral added.
//!
//! What comes to live here is everything that belongs to a patient and not to the public: booking attempts and their
//! outcomes, appointments, tasks, transport and calendars.
//! Those get a database file of their own; they share no file, no log and no cache with the public slots, and this
//! crate never reads the public cache by SQL.

pub mod calendar;
pub mod handoff;
pub mod mutual;

pub use handoff::booking_url;

/// Why the patient side could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The published booking link is not a URL.
    #[error("booking link `{link}` is not a URL: {reason}")]
    Link {
        /// The link as published.
        link: String,
        /// What the URL parser says.
        reason: url::ParseError,
    },
    /// The published booking link leads somewhere that a browser must not be sent to.
    #[error("booking link `{link}` has the scheme `{scheme}`; only http and https are followed")]
    Scheme {
        /// The link as published.
        link: String,
        /// Its scheme.
        scheme: String,
    },
}
