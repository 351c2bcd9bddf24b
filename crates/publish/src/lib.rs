//! Re-publication as a Slot Aggregator, exports and statistics.
