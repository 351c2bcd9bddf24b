//! The patient side: from a found slot to a kept appointment.
//!
//! A slot is really booked at its publisher's portal and nowhere else. This crate remembers that somebody set out to book
//! ([`booking`]), takes the portal's answer, keeps the appointment, has tasks done before it ([`follow_up`]) and a ride
//! ([`transport`]), knows when patient and caregivers are busy ([`calendar`]) and which slots suit all of them
//! ([`mutual`]), and lets caregivers see what a consent grants ([`access`]).
//!
//! Resources are FHIR R4 by the profiles of the draft Patient Scheduling guide; the JSON that somebody sends is held
//! against the structure of its type, then against the rules of its room, and kept as it is.
//!
//! Everything that belongs to a patient and not to the public lives in a database file of its own: it shares no file, no
//! log and no cache with the public slots, and this crate never reads the public cache.
//! Nothing here logs anything; errors for operators name ids only.

pub mod access;
mod appointments;
mod background;
pub mod booking;
pub mod calendar;
mod calendars;
pub mod codes;
mod database;
mod erasure;
mod error;
pub mod follow_up;
pub mod handoff;
mod interactions;
pub mod mutual;
mod people;
pub mod resource;
mod service;
pub mod signing;
pub mod status;
mod subscriptions;
mod tasks;
pub mod transport;
pub mod watches;
mod work;

pub use appointments::Reconciled;
pub use calendars::{Attendee, CalendarSource, ImportedCalendar, busy_of_slots};
pub use database::{AuditEntry, AuditOutcome, CalendarRow, Interaction, Notice};
pub use erasure::{Forgotten, Retention};
pub use error::{Error, Fault, FaultCode, Result};
pub use handoff::booking_url;
pub use interactions::CareSearch;
pub use service::{Care, CareOptions};
pub use subscriptions::Delivery;
pub use work::Work;
