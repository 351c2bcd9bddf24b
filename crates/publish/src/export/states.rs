//! The tables of events and of past slots: what history says of a slot, with who and where as they are known now.

use std::borrow::Cow;
use std::sync::Arc;

use openslots_fhir::resource::Slot;
use openslots_model::{
    AcceptingPatients, Coding, HistoryRun, LocalDate, PastSlot, ProviderLocation, ScheduleSummary, SlotEvent,
    SlotState, UnixSeconds,
};

use super::column::{Column, Value, columns};
use super::provider_locations::{OfProviderLocation, who_and_where};
use super::runs::claim_of;
use super::source::{ExportedPublisher, ExportedSchedule};

/// What is known now of a slot that history tells of.
pub(crate) struct Known {
    pub(crate) publisher: Arc<ExportedPublisher>,
    /// `None`: known no longer.
    pub(crate) schedule: Option<Arc<ExportedSchedule>>,
    /// Seconds east of UTC at its start and its end where the place is; `None`: nobody knows.
    pub(crate) offsets: Option<[i32; 2]>,
}

/// A row of events.
pub(crate) struct EventRow {
    pub(crate) event: SlotEvent,
    pub(crate) run: Arc<HistoryRun>,
    pub(crate) known: Known,
}

/// A row of past slots.
pub(crate) struct PastRow {
    pub(crate) slot: PastSlot,
    /// What the publisher said of it; `None`: its line of then is held no longer.
    pub(crate) source: Option<Slot>,
    /// The last run until then.
    pub(crate) run: Option<Arc<HistoryRun>>,
    pub(crate) known: Known,
    pub(crate) as_of: UnixSeconds,
}

/// A row that tells of a slot's state.
trait OfState {
    /// What it is; of one that vanished, what it was.
    fn state(&self) -> Option<&SlotState>;
    fn known(&self) -> &Known;

    fn end(&self) -> Option<UnixSeconds> {
        self.state().map(end_of)
    }

    fn summary(&self) -> Option<&ScheduleSummary> {
        let state = self.state()?;
        let provider_location = self.known().schedule.as_ref()?.provider_location.as_deref()?;
        provider_location.schedules.iter().find(|schedule| schedule.id == state.schedule)
    }

    fn service_types(&self) -> &[Coding] {
        match self.state().map_or(&[][..], |state| &state.traits.service_types) {
            [] => self.summary().map_or(&[], |schedule| &schedule.service_types),
            own => own,
        }
    }

    fn specialties(&self) -> &[Coding] {
        match self.state().map_or(&[][..], |state| &state.traits.specialties) {
            [] => self.summary().map_or(&[], |schedule| &schedule.specialties),
            own => own,
        }
    }

    fn local(&self, instant: Option<UnixSeconds>, end: usize) -> Value<'static> {
        let seconds = instant.zip(self.known().offsets);
        seconds.map(|(at, offsets)| Value::LocalTime(at.0.saturating_add(i64::from(offsets[end])))).into()
    }
}

fn end_of(state: &SlotState) -> UnixSeconds {
    state.start.plus_seconds(i64::from(state.traits.duration_seconds))
}

impl OfState for EventRow {
    fn state(&self) -> Option<&SlotState> {
        self.event.after.as_ref().or(self.event.before.as_ref())
    }

    fn known(&self) -> &Known {
        &self.known
    }
}

impl OfState for PastRow {
    fn state(&self) -> Option<&SlotState> {
        Some(&self.slot.state)
    }

    fn known(&self) -> &Known {
        &self.known
    }
}

impl<R: OfState> OfProviderLocation for R {
    fn provider_location(&self) -> Option<&ProviderLocation> {
        self.known().schedule.as_ref()?.provider_location.as_deref()
    }
}

/// The day of a state on the clock of its place; where nobody knows that, of UTC.
pub(crate) fn day_of_state(state: &SlotState, offsets: Option<[i32; 2]>) -> LocalDate {
    let offset = offsets.map_or(0, |[at_start, _]| at_start);
    LocalDate::of_local_seconds(state.start.0.saturating_add(i64::from(offset)))
}

/// The columns of events.
pub(crate) fn event_columns() -> Vec<Column<EventRow>> {
    let mut columns = columns! { EventRow =>
        at: Instant, always, "openslots", "When it could be seen. Parts are made by its day (of UTC).",
            |row| row.run.at.into();
        event: Text, always, "openslots",
            "`appeared`, `reappeared` (it had vanished before), `changed` (status, time, schedule or traits), `vanished`.",
            |row| row.event.kind.as_str().into();
        id: Text, always, "openslots", "Published id of the slot.",
            |row| Value::shown(row.event.slot);
        run: Integer, always, "openslots", "The run that brought it; see the table `publisher_runs`.",
            |row| row.run.seq.into();
        crawl_run: Integer, always, "openslots", "Number of that crawl run.",
            |row| row.run.crawl_run.into();
        transaction_time: Instant, maybe, "manifest transactionTime",
            "The publisher's own claim of how recent its data were, if it is an instant.",
            |row| claim_of(&row.run).into();
        status_before: Text, maybe, "Slot.status", "Its status before, if it was there.",
            |row| row.event.before.as_ref().map(|of| of.traits.status.as_str()).into();
        start_before: Instant, maybe, "Slot.start", "When it started before.",
            |row| row.event.before.as_ref().map(|of| of.start).into();
        end_before: Instant, maybe, "Slot.end", "When it ended before.",
            |row| row.event.before.as_ref().map(end_of).into();
        is_there: Flag, always, "openslots", "Whether it is there afterwards; if not, what follows says what it was.",
            |row| row.event.after.is_some().into();
    };
    columns.extend(of_state());
    columns.extend(who_and_where());
    columns
}

/// The columns of past slots.
pub(crate) fn past_columns() -> Vec<Column<PastRow>> {
    let mut columns = columns! { PastRow =>
        id: Text, always, "openslots", "Published id of the slot.",
            |row| Value::shown(row.slot.id);
    };
    columns.extend(of_state());
    columns.extend(of_source());
    columns.extend(who_and_where());
    columns.extend(columns! { PastRow =>
        run: Integer, maybe, "openslots", "The publisher's last run until then; see the table `publisher_runs`.",
            |row| row.run.as_ref().map(|run| run.seq).into();
        transaction_time: Instant, maybe, "manifest transactionTime",
            "The publisher's own claim in that run of how recent its data were, if it is an instant.",
            |row| row.run.as_ref().and_then(|run| claim_of(run)).into();
        exported_as_of: Instant, always, "openslots", "The moment that the whole export shows.",
            |row| row.as_of.into();
    });
    columns
}

/// What is not kept of each change, and so is known only where the slot is still as it was.
fn of_source() -> Vec<Column<PastRow>> {
    columns! { PastRow =>
        has_source: Flag, always, "openslots",
            "Whether the publisher's own line of then is still held. Where it is not, since the slot has changed or is \
             gone, the next five columns are empty because nobody knows, not because nothing was published.",
            |row| row.source.is_some().into();
        source_id: Text, maybe, "Slot.id", "The slot's id at the publisher.",
            |row| row.source.as_ref().map(|slot| slot.id.as_str()).into();
        capacity: Integer, maybe, "Slot extension (slot-capacity)", "How many could be booked in it, as published.",
            |row| row.source.as_ref().and_then(|slot| slot.capacity).into();
        booking_deep_link: Text, maybe, "Slot extension (booking-deep-link)", "Where it was booked.",
            |row| row.source.as_ref().and_then(|slot| slot.booking_deep_link.as_deref()).into();
        booking_phone: Text, maybe, "Slot extension (booking-phone)", "By which telephone it was booked.",
            |row| row.source.as_ref().and_then(|slot| slot.booking_phone.as_deref()).into();
        comment: Text, maybe, "Slot.comment", "What the publisher said of it.",
            |row| row.source.as_ref().and_then(|slot| slot.comment.as_deref()).into();
    }
}

fn of_state<R: OfState>() -> Vec<Column<R>> {
    columns! { R =>
        publisher: Text, always, "openslots", "Short name of the publisher.",
            |row| row.known().publisher.status.publisher.slug.as_str().into();
        publisher_name: Text, always, "openslots", "What people call the publisher.",
            |row| row.known().publisher.status.publisher.display_name.as_str().into();
        schedule_id: Text, always, "Slot.schedule", "Published id of its schedule.",
            |row| row.state().map(|state| Value::shown(state.schedule)).into();
        provider_location_key: Text, maybe, "openslots",
            "Key of the provider location that its schedule leads to now.",
            |row| row.provider_location().map(|of| Value::shown(of.key)).into();
        status: Text, always, "Slot.status",
            "`free`, `busy`, `busy-unavailable`, `busy-tentative` or `entered-in-error`.",
            |row| row.state().map(|state| state.traits.status.as_str()).into();
        is_bookable: Flag, always, "openslots", "Whether it could be booked by what the publisher says.",
            |row| row.state().map(|state| state.traits.is_bookable()).into();
        start: Instant, always, "Slot.start", "When it starts.",
            |row| row.state().map(|state| state.start).into();
        end: Instant, always, "Slot.end", "When it ends.",
            |row| row.end().into();
        local_start: LocalTime, maybe, "Slot.start", "When it starts, on the clock of its place.",
            |row| row.local(row.state().map(|state| state.start), 0);
        local_end: LocalTime, maybe, "Slot.end", "When it ends, on the clock of its place.",
            |row| row.local(row.end(), 1);
        local_date: Day, always, "Slot.start",
            "The day it starts on where its place is; where the zone is not known, of UTC.",
            |row| row.state().map(|state| day_of_state(state, row.known().offsets)).into();
        duration_seconds: Integer, always, "Slot.start, Slot.end", "Its length.",
            |row| row.state().map(|state| i64::from(state.traits.duration_seconds)).into();
        precision: Text, always, "openslots", "`exact`, `day` or `multi-day`, as in `slots`.",
            |row| row.state().map(|state| state.traits.precision().as_str()).into();
        booking_method: Text, always, "openslots", "`online`, `phone` or `contact`, by what is published.",
            |row| row.state().map(|state| state.traits.booking.as_str()).into();
        service_types: Codings, always, "Slot.serviceType, else Schedule.serviceType", "What is offered.",
            |row| row.service_types().into();
        specialties: Codings, always, "Slot.specialty, else Schedule.specialty, and those of the provider",
            "The specialties it is offered in.",
            |row| row.specialties().into();
        appointment_types: Codings, always, "Slot.appointmentType", "Kinds of appointment.",
            |row| Value::Codings(row.state().map_or(&[], |state| &state.traits.appointment_types));
        accepting_patients: Texts, always, "Slot extension (accepting-patients)",
            "Which patients it is for; empty: not said.",
            |row| Value::Texts(row.state().map_or_else(Vec::new, |state| codes(&state.traits.accepting_patients)));
    }
}

fn codes(patients: &[AcceptingPatients]) -> Vec<Cow<'static, str>> {
    patients.iter().map(|code| Cow::Borrowed(code.as_str())).collect()
}
