//! The tantivy index of provider locations and the slot columns in memory.
