//! From resources to what people look for: joins of schedules' actors to provider x place, ZIP and city centroids,
//! the specialty vocabulary. Pure functions over data that the binary carries.

pub mod geography;
pub mod join;
pub mod text;
pub mod vocabulary;
