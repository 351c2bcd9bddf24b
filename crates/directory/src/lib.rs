//! From resources to what people look for: joins of schedules' actors to provider x place, ZIP and city centroids,
//! time zones of places, languages, the specialty vocabulary, what people's words ask for, places that several publishers
//! have.
//!
//! Pure functions over data that the binary carries (see `data/README.md`).
//! Each table is read on first use and kept; [`load`] reads all of them at once.

pub mod geography;
pub mod join;
pub mod languages;
pub mod links;
pub mod text;
pub mod understanding;
pub mod vocabulary;
pub mod zone;

/// Reads all tables now, so that no request has to wait for it: some 50 ms and 10 MB.
pub fn load() {
    geography::load();
    languages::languages();
    vocabulary::specialties();
    zone::load();
}
