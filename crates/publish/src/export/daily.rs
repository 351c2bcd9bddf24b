//! The table of daily counts.

use openslots_model::DailyCount;

use super::column::{Column, columns};

/// The columns of daily counts.
pub(crate) fn daily_columns() -> Vec<Column<DailyCount>> {
    columns! { DailyCount =>
        day: Day, always, "openslots", "The day (of UTC) on which the events could be seen.",
            |row| row.day.into();
        dimension: Text, always, "openslots",
            "What is counted by: `publisher`, `state`, `county`, `postal-code`, `specialty`, `service-type` or \
             `provider-location`. A slot counts once for each of its values.",
            |row| row.dimension.as_str().into();
        value: Text, always, "openslots", "The short name, state, county, ZIP code, `system|code` or text, or key.",
            |row| row.value.as_str().into();
        n_appeared: Integer, always, "openslots", "Slots that came.",
            |row| row.counts.appeared.into();
        n_reappeared: Integer, always, "openslots", "Slots that came after they had vanished.",
            |row| row.counts.reappeared.into();
        n_changed: Integer, always, "openslots", "Changes of status, time, schedule or traits.",
            |row| row.counts.changed.into();
        n_vanished: Integer, always, "openslots", "Slots that were listed no longer.",
            |row| row.counts.vanished.into();
        n_freed: Integer, always, "openslots", "Of all of these: slots that could be booked afterwards and not before.",
            |row| row.counts.freed.into();
        n_taken: Integer, always, "openslots", "Of all of these: slots that could be booked before and not afterwards.",
            |row| row.counts.taken.into();
    }
}
