//! The patient side: booking hand-off.
