//! The lines of a Slot file.

use std::ops::Range;

use crate::blueprint::Blueprint;
use crate::write::LineSink;

use super::layout::PlacedSlot;
use super::line::{SlotTemplate, SlotWriter};

/// Writes the slots of some schedules in a week, in the publisher's order.
pub(crate) fn write_slots(
    publisher: &Blueprint,
    schedules: Range<u32>,
    week: u32,
    generation: u32,
    sink: &mut LineSink<'_>,
) -> std::io::Result<()> {
    let writer = SlotWriter::new(publisher, generation);
    if publisher.style.is_ordered_by_start {
        return write_by_start(publisher, schedules, week, &writer, sink);
    }
    for schedule in schedules {
        let mut template = None;
        for slot in publisher.slots_of(schedule).in_week(week) {
            let template = template.get_or_insert_with(|| publisher.slot_template(schedule));
            writer.write(sink.buffer(), template, slot);
            sink.flush_if_full()?;
        }
    }
    Ok(())
}

/// Holds what is needed of each slot of the file (24 bytes), not its line.
fn write_by_start(
    publisher: &Blueprint,
    schedules: Range<u32>,
    week: u32,
    writer: &SlotWriter<'_>,
    sink: &mut LineSink<'_>,
) -> std::io::Result<()> {
    let mut templates: Vec<SlotTemplate> = Vec::with_capacity(schedules.len());
    let mut slots: Vec<(u32, u32, PlacedSlot)> = Vec::new();
    for schedule in schedules {
        let template = publisher.slot_template(schedule);
        let at = templates.len() as u32;
        slots.extend(
            publisher.slots_of(schedule).in_week(week).map(|slot| (writer.utc_start(&template, slot), at, slot)),
        );
        templates.push(template);
    }
    slots.sort_unstable_by_key(|(start, _, slot)| (*start, slot.number));
    for (_, template, slot) in slots {
        writer.write(sink.buffer(), &templates[template as usize], slot);
        sink.flush_if_full()?;
    }
    Ok(())
}
