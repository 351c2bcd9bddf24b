//! What was available, where and when: from what each day held and what became of slots to the figures of the field.
//!
//! Pure: whoever keeps the days hands them in, and whoever shows the figures takes them from here.
//!
//! # What is counted
//! - An [`Offer`]: what one set of provider locations offers of one set of specialties and services. Each slot belongs
//!   to exactly one, so nothing is counted twice, whatever it is counted by.
//! - The census of a day ([`Held`]): how much of each offer was free at one moment of that day, and how soon.
//! - The [`Fates`] of the slots that started on a day: what had become of each by its start.
//! - The [`Polls`] of a day: how often a publisher was asked, and how long its data stood still.
//!
//! # What is made of it
//! A [`Question`] says by what, and of what; [`Coverage`], [`LeadTimes`], [`FreeSlots`], [`FillRates`] and
//! [`Continuity`] take day after day and give rows. [`Figure`] says of each what it means and what it does not.

mod census;
mod continuity;
mod coverage;
mod fates;
mod figure;
mod fill_rate;
mod free_slots;
mod histogram;
mod lead_time;
mod offer;
mod question;
mod units;

pub use census::{Held, MAX_LEAD_HOURS, NextThree};
pub use continuity::{Continuity, ContinuityRow, PolledRun, Polls};
pub use coverage::{Coverage, CoverageRow};
pub use fates::{Fate, Fates, Life, Presence};
pub use figure::{Column, Figure};
pub use fill_rate::{FillRateRow, FillRates};
pub use free_slots::{FreeSlots, FreeSlotsRow};
pub use histogram::Histogram;
pub use lead_time::{LeadTimeRow, LeadTimes};
pub use offer::{Offer, OfferList, OfferNumber, OfferPlace, code_name};
pub use question::{Filter, Group, Question};
