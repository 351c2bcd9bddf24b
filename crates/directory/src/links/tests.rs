//! Tests of links between places.
