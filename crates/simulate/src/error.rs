//! What can be wrong with a plan.

use crate::Fault;

/// Why a simulation cannot be made, read or served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A size of the plan is zero or too large.
    #[error("cannot simulate {what} {value}: give {allowed}")]
    Size {
        /// Which size.
        what: &'static str,
        /// What was asked for.
        value: u64,
        /// What is possible.
        allowed: &'static str,
    },
    /// The days of the plan run past the end of the calendar.
    #[error("cannot simulate {n_days} days from {start_date}: the calendar ends before")]
    Dates {
        /// The first day.
        start_date: jiff::civil::Date,
        /// How many.
        n_days: u32,
    },
    /// A fault name that is none.
    #[error("no fault `{0}` is known; the names are: {names}", names = Fault::names())]
    UnknownFault(String),
    /// No output file is left that a fault could be put into.
    #[error("no room for fault `{0}`: every output file it fits has a fault already; ask for more publishers or slots")]
    NoRoomForFault(Fault),
    /// A publisher's name has nothing that a slug could be made of.
    #[error("cannot name a publisher `{0}`: no slug can be made of it")]
    NoSlug(String),
    /// The bundled table of ZIP codes lacks what the simulation builds on.
    #[error("cannot place locations: no ZIP code of {0} is known")]
    NoZipCodes(&'static str),
    /// No file of that path is published.
    #[error("publisher `{publisher}` has no file `{path}`")]
    UnknownFile {
        /// The publisher's slug.
        publisher: String,
        /// What was asked for.
        path: String,
    },
    /// Writing or listening failed.
    #[error("cannot {what}")]
    Io {
        /// What was being done.
        what: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    /// Says what was being done when input or output failed.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
