//! What figures are made of, day by day: the census of what is held, the fates of slots, the polls of publishers.
//!
//! All of it is counted in the background, from what is held and from history, and outlives both.
//! A day is one of UTC. Its census is counted once for each publisher, at the first moment of the day at which its data
//! are fresh ([`crate::Store::take_census`]), fates when the day is over ([`crate::Store::close_days`]), polls as runs end
//! ([`crate::Store::count_polls`]).
//!
//! What is counted together is an offer ([`openslots_statistics::Offer`]). A list of those of a publisher serves 32 days,
//! so an offer of simulated publishers costs 19 bytes once and 3 a day.

mod books;
mod census;
mod closing;
mod coding;
mod polls;
mod read;

use openslots_model::LocalDate;

/// Days for which the counts are kept: thirteen months, so that a month can be held against the same one of last year.
const KEEP_DAYS: i32 = 400;

/// Days that share a list of offers.
const PERIOD_DAYS: i32 = 32;

/// The period of a day.
const fn period_of(day: LocalDate) -> i32 {
    day.0.div_euclid(PERIOD_DAYS)
}
