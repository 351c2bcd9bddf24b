//! Deterministic synthetic publishers and their faults.
