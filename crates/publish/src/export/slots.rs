//! The table of slots: one row a slot, complete in itself.

use std::borrow::Cow;
use std::sync::Arc;

use openslots_fhir::resource::Slot;
use openslots_model::{
    AcceptingPatients, Coding, LocalDate, OffsetInstant, ProviderLocation, PublicId, ResourceKind, ResourceNumber,
    ScheduleSummary, UnixSeconds,
};

use super::column::{Column, Value, columns};
use super::provider_locations::{OfProviderLocation, who_and_where};
use super::publishers::claim_of;
use super::source::{ExportedPublisher, ExportedSchedule};

/// A row of slots.
pub(crate) struct SlotTableRow {
    pub(crate) slot: Slot,
    pub(crate) number: ResourceNumber,
    pub(crate) schedule: Arc<ExportedSchedule>,
    pub(crate) publisher: Arc<ExportedPublisher>,
    /// Seconds east of UTC at its start and its end where the place is; `None`: nobody knows.
    pub(crate) offsets: Option<[i32; 2]>,
    pub(crate) as_of: UnixSeconds,
}

impl OfProviderLocation for SlotTableRow {
    fn provider_location(&self) -> Option<&ProviderLocation> {
        self.schedule.provider_location.as_deref()
    }
}

impl SlotTableRow {
    /// Its day, on the clock of its place; where nobody knows that, on the clock that it was written in.
    pub(crate) fn day(&self) -> LocalDate {
        day_of(self.slot.start, self.offsets.map(|[at_start, _]| at_start))
    }

    fn id(&self) -> PublicId {
        PublicId::of(&self.publisher.status.publisher.slug, ResourceKind::Slot, &self.slot.id)
    }

    fn summary(&self) -> Option<&ScheduleSummary> {
        self.provider_location()?.schedules.iter().find(|schedule| schedule.number == self.number)
    }

    /// The slot's own codes, which override its schedule's.
    fn service_types(&self) -> &[Coding] {
        match self.slot.traits.service_types.as_slice() {
            [] => self.summary().map_or(&[], |schedule| &schedule.service_types),
            own => own,
        }
    }

    fn specialties(&self) -> &[Coding] {
        match self.slot.traits.specialties.as_slice() {
            [] => self.summary().map_or(&[], |schedule| &schedule.specialties),
            own => own,
        }
    }
}

/// The day of an instant at an offset; without one, on the clock that it was written in.
pub(crate) fn day_of(instant: OffsetInstant, offset_seconds: Option<i32>) -> LocalDate {
    let offset_seconds = offset_seconds.unwrap_or(instant.offset_seconds);
    LocalDate::of_local_seconds(instant.instant.0.saturating_add(i64::from(offset_seconds)))
}

fn first_code(codings: &[Coding]) -> Value<'_> {
    codings.iter().find_map(|coding| coding.code.as_deref()).into()
}

fn first_text(codings: &[Coding]) -> Value<'_> {
    codings.iter().find_map(|coding| coding.display.as_deref()).into()
}

/// The columns of slots.
pub(crate) fn slot_columns() -> Vec<Column<SlotTableRow>> {
    let mut columns = of_the_slot();
    columns.extend(of_its_services());
    columns.extend(who_and_where());
    columns.extend(provenance());
    columns
}

fn of_the_slot() -> Vec<Column<SlotTableRow>> {
    columns! { SlotTableRow =>
        id: Text, always, "openslots",
            "Published id of the slot: a hash of publisher, type and source id, the same after every crawl.",
            |row| Value::shown(row.id());
        publisher: Text, always, "openslots", "Short name of the publisher; see the table `publishers`.",
            |row| row.publisher.status.publisher.slug.as_str().into();
        publisher_name: Text, always, "openslots", "What people call the publisher.",
            |row| row.publisher.status.publisher.display_name.as_str().into();
        source_id: Text, always, "Slot.id", "The slot's id at the publisher.",
            |row| row.slot.id.as_str().into();
        schedule_id: Text, always, "Slot.schedule", "Published id of its schedule.",
            |row| Value::shown(row.schedule.id);
        provider_location_key: Text, maybe, "openslots",
            "Key of the provider location that it is shown through; see the table `provider_locations`.",
            |row| row.provider_location().map(|of| Value::shown(of.key)).into();
        other_provider_location_keys: Texts, always, "openslots",
            "Further provider locations of its schedule: several providers or places may share one.",
            |row| Value::Texts(row.schedule.other_keys.iter().map(|key| Cow::Owned(key.to_string())).collect());
        status: Text, always, "Slot.status", "`free`, `busy`, `busy-unavailable` or `busy-tentative`.",
            |row| row.slot.traits.status.as_str().into();
        is_bookable: Flag, always, "openslots",
            "Whether it can be booked by what the publisher says: free, with something left, for some patients.",
            |row| row.slot.traits.is_bookable().into();
        start: Instant, always, "Slot.start", "When it starts.",
            |row| row.slot.start.instant.into();
        end: Instant, always, "Slot.end", "When it ends.",
            |row| row.slot.end.instant.into();
        local_start: LocalTime, maybe, "Slot.start", "When it starts, on the clock of its place.",
            |row| local(row, row.slot.start, 0);
        local_end: LocalTime, maybe, "Slot.end", "When it ends, on the clock of its place.",
            |row| local(row, row.slot.end, 1);
        local_date: Day, always, "Slot.start",
            "The day it starts on where its place is; where the zone is not known, on the clock that the publisher \
             wrote. Parts are made by it.",
            |row| row.day().into();
        duration_seconds: Integer, always, "Slot.start, Slot.end", "Its length.",
            |row| i64::from(row.slot.traits.duration_seconds).into();
        precision: Text, always, "openslots",
            "`exact`: an appointment's time; `day`: a window of more than three hours, a day at most; `multi-day`.",
            |row| row.slot.traits.precision().as_str().into();
        is_coarse: Flag, always, "openslots", "Whether the time is a window, not an appointment's.",
            |row| row.slot.traits.is_coarse().into();
        capacity: Integer, maybe, "Slot extension (slot-capacity)", "How many can be booked in it, as published.",
            |row| row.slot.capacity.into();
        booking_method: Text, always, "openslots", "`online`, `phone` or `contact`, by what is published.",
            |row| row.slot.traits.booking.as_str().into();
        booking_deep_link: Text, maybe, "Slot extension (booking-deep-link)", "Where it is booked.",
            |row| row.slot.booking_deep_link.as_deref().into();
        booking_phone: Text, maybe, "Slot extension (booking-phone)", "By which telephone it is booked.",
            |row| row.slot.booking_phone.as_deref().into();
        comment: Text, maybe, "Slot.comment", "What the publisher says of it.",
            |row| row.slot.comment.as_deref().into();
    }
}

fn of_its_services() -> Vec<Column<SlotTableRow>> {
    columns! { SlotTableRow =>
        service_type_code: Text, maybe, "Slot.serviceType, else Schedule.serviceType", "First code of `service_types`.",
            |row| first_code(row.service_types());
        service_type_text: Text, maybe, "Slot.serviceType, else Schedule.serviceType", "First text of `service_types`.",
            |row| first_text(row.service_types());
        service_types: Codings, always, "Slot.serviceType, else Schedule.serviceType", "What is offered.",
            |row| row.service_types().into();
        specialty_code: Text, maybe, "Slot.specialty, else Schedule.specialty", "First code of `specialties`.",
            |row| first_code(row.specialties());
        specialty_text: Text, maybe, "Slot.specialty, else Schedule.specialty", "First text of `specialties`.",
            |row| first_text(row.specialties());
        specialties: Codings, always, "Slot.specialty, else Schedule.specialty, and those of the provider",
            "The specialties it is offered in.",
            |row| row.specialties().into();
        appointment_types: Codings, always, "Slot.appointmentType", "Kinds of appointment.",
            |row| row.slot.traits.appointment_types.as_slice().into();
        accepting_patients: Texts, always, "Slot extension (accepting-patients)",
            "Which patients it is for: `newpt`, `existptonly`, `existptfam`; empty: not said.",
            |row| Value::Texts(codes(&row.slot.traits.accepting_patients));
        is_walk_in: Flag, always, "Slot.appointmentType, HealthcareService.appointmentRequired",
            "Whether one comes without an appointment.",
            |row| (row.slot.traits.is_walk_in() || row.summary().is_some_and(|schedule| schedule.is_walk_in)).into();
        vaccines: Codings, always, "Schedule extension (vaccine-product)", "Vaccine products (CVX).",
            |row| Value::Codings(row.summary().map_or(&[], |schedule| schedule.vaccines.as_slice()));
        languages: Texts, always, "Slot extension (language)", "Languages published on the slot (BCP 47).",
            |row| row.slot.traits.languages.as_slice().into();
    }
}

fn provenance() -> Vec<Column<SlotTableRow>> {
    columns! { SlotTableRow =>
        manifest_url: Text, always, "openslots", "The publisher's manifest, without secrets.",
            |row| row.publisher.status.publisher.manifest_url.as_str().into();
        transaction_time: Instant, maybe, "manifest transactionTime",
            "The publisher's own claim of how recent its data are, if it is an instant.",
            |row| claim_of(&row.publisher.status).into();
        last_source_sync: Instant, maybe, "meta extension (lastSourceSync)",
            "When an aggregator before us last knew the slot to be true.",
            |row| row.slot.last_source_sync.map(|sync| sync.instant).into();
        last_synced_at: Instant, maybe, "openslots",
            "Beginning of the last crawl run that read all of the publisher without a failure.",
            |row| row.publisher.status.last_success_at.into();
        last_read_at: Instant, maybe, "openslots", "Beginning of the last crawl run that read any of the publisher's data.",
            |row| row.publisher.status.last_read_at.into();
        crawl_run: Integer, maybe, "openslots", "Number of the publisher's last crawl run.",
            |row| row.publisher.crawl_run.into();
        freshness: Text, always, "openslots",
            "How the publisher's data are judged at `exported_as_of`: `fresh`, `stale`, `expired` (no longer offered by \
             the API) or `unknown`.",
            |row| row.publisher.status.freshness(row.as_of).as_str().into();
        exported_as_of: Instant, always, "openslots", "The moment that the whole export shows.",
            |row| row.as_of.into();
    }
}

fn local(row: &SlotTableRow, instant: OffsetInstant, end: usize) -> Value<'static> {
    let offsets = row.offsets;
    offsets.map(|offsets| Value::LocalTime(instant.instant.0.saturating_add(i64::from(offsets[end])))).into()
}

fn codes(patients: &[AcceptingPatients]) -> Vec<Cow<'static, str>> {
    patients.iter().map(|code| Cow::Borrowed(code.as_str())).collect()
}
