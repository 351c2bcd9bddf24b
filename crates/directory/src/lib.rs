//! From resources to what people look for: joins of schedules' actors to provider x place, ZIP and city centroids,
//! time zones of places, the specialty vocabulary.
//!
//! Pure functions over data that the binary carries (see `data/README.md`).
//! The tables are read on first use and kept; reading all of them takes a few milliseconds.

pub mod geography;
pub mod join;
pub mod text;
pub mod vocabulary;
pub mod zone;
