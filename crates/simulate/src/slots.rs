//! Slots: which lie where in time, and their lines.

pub(crate) mod layout;
pub(crate) mod line;
pub(crate) mod render;
