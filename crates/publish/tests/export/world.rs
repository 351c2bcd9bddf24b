//! A source in memory, which can be made to fail.

use std::cell::Cell;
use std::sync::Arc;

use openslots_fhir::resource::Slot;
use openslots_model::{
    Coding, DailyCount, FreshnessPolicy, HistoryRun, PastSlot, Place, Position, PositionSource, ProviderLocation,
    ProviderLocationKey, PublicId, Publisher, PublisherNumber, PublisherSlug, PublisherStatus, ResourceKind,
    ResourceNumber, ScheduleSummary, SlotEvent, SlotRow, UnixSeconds,
};
use openslots_publish::export::{ExportSource, ExportedPublisher, ExportedSchedule, SlotPlace};
use openslots_publish::publication::SourceError;
use serde_json::{Value, json};

/// Zones of schedules by their number; the last is not known.
pub(crate) const ZONES: [Option<&str>; 4] =
    [Some("America/New_York"), Some("Pacific/Honolulu"), Some("America/Chicago"), None];

/// One publisher with four schedules and any slots.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) generation: u64,
    /// Number of the schedule, and the slot.
    pub(crate) slots: Vec<(u32, Value)>,
    /// After so many slots that were read the next cannot be.
    pub(crate) fails_after: Cell<Option<u64>>,
}

pub(crate) fn slug() -> PublisherSlug {
    "clinic".parse().expect("a slug")
}

fn status() -> PublisherStatus {
    let publisher = Publisher {
        number: PublisherNumber(1),
        slug: slug(),
        display_name: "Clinic \"One\": a, b".to_owned(),
        manifest_url: "https://clinic.example.org/$bulk-publish".to_owned(),
        enabled: true,
        is_configured: false,
        policy: FreshnessPolicy::default(),
        access_expires_at: None,
        is_public_only: false,
    };
    PublisherStatus {
        last_attempt_at: Some(UnixSeconds(1_790_000_000)),
        last_success_at: Some(UnixSeconds(1_790_000_000)),
        last_read_at: Some(UnixSeconds(1_790_000_000)),
        transaction_time: Some("2026-09-21T10:00:00-04:00".to_owned()),
        ..PublisherStatus::new(publisher)
    }
}

fn coding(code: &str, display: Option<&str>) -> Coding {
    Coding { system: None, code: Some(code.to_owned()), display: display.map(str::to_owned) }
}

/// The provider location of a schedule.
pub(crate) fn provider_location(number: u32) -> ProviderLocation {
    let id = |kind, name: &str| PublicId::of(&slug(), kind, &format!("{name}-{number}"));
    let place = Place {
        id: Some(id(ResourceKind::Location, "place")),
        name: Some(format!("Place {number}, \"north\"\nentrance")),
        address_lines: vec!["1 Main St".to_owned(), "Floor 2".to_owned()],
        state: Some("MA".to_owned()),
        position: Position::new(42.25, -71.5).ok(),
        position_source: Some(PositionSource::PostalCode),
        time_zone: ZONES[number as usize].map(str::to_owned),
        ..Place::default()
    };
    ProviderLocation {
        key: ProviderLocationKey(id(ResourceKind::Location, "key")),
        publisher: slug(),
        publisher_number: PublisherNumber(1),
        provider: None,
        place: Some(place),
        schedules: vec![ScheduleSummary {
            number: ResourceNumber(number),
            id: id(ResourceKind::Schedule, "schedule"),
            service_types: vec![coding("57", Some("Immunization")), coding("58", None)],
            specialties: vec![],
            vaccines: vec![],
            vaccine_doses: vec![],
            is_walk_in: false,
            has_availability: None,
        }],
    }
}

impl World {
    /// Adds a slot of half an hour.
    pub(crate) fn add(&mut self, schedule: u32, start: i64, is_free: bool) {
        let id = format!("slot-{}", self.slots.len());
        let status = if is_free { "free" } else { "busy" };
        let (start, end) = (UnixSeconds(start).to_string(), UnixSeconds(start + 1_800).to_string());
        let slot = json!({
            "resourceType": "Slot", "id": id, "schedule": { "reference": format!("Schedule/schedule-{schedule}") },
            "status": status, "start": start, "end": end,
        });
        self.slots.push((schedule, slot));
    }
}

impl ExportSource for World {
    fn generation(&self) -> Result<String, SourceError> {
        Ok(self.generation.to_string())
    }

    fn as_of(&self) -> Option<UnixSeconds> {
        status().last_attempt_at
    }

    fn publishers(&self) -> Result<Vec<ExportedPublisher>, SourceError> {
        Ok(vec![ExportedPublisher { status: status(), crawl_run: Some(7) }])
    }

    fn provider_locations(&self, visit: &mut dyn FnMut(ProviderLocation)) -> Result<(), SourceError> {
        (0..ZONES.len() as u32).map(provider_location).for_each(visit);
        Ok(())
    }

    fn slots(&self, visit: &mut dyn FnMut(SlotPlace)) -> Result<(), SourceError> {
        for (row, (schedule, slot)) in (0..).zip(&self.slots) {
            let start = Slot::parse(&slot.to_string())?.start.instant;
            visit(SlotPlace { row: SlotRow(row), schedule: ResourceNumber(*schedule), start });
        }
        Ok(())
    }

    fn slot(&self, row: SlotRow) -> Result<Slot, SourceError> {
        if let Some(left) = self.fails_after.get() {
            let left = left.checked_sub(1).ok_or("the disk is gone")?;
            self.fails_after.set(Some(left));
        }
        Ok(Slot::parse(&self.slots[row.0 as usize].1.to_string())?)
    }

    fn schedule_of(&self, _: PublicId) -> Result<Option<ExportedSchedule>, SourceError> {
        Ok(None)
    }

    fn history_runs(&self) -> Result<Vec<HistoryRun>, SourceError> {
        Ok(vec![])
    }

    fn history_runs_between(&self, _: UnixSeconds, _: UnixSeconds) -> Result<Vec<HistoryRun>, SourceError> {
        Ok(vec![])
    }

    fn last_history_runs(&self, _: UnixSeconds) -> Result<Vec<HistoryRun>, SourceError> {
        Ok(vec![])
    }

    fn events(&self, _: &HistoryRun, _: &mut dyn FnMut(SlotEvent)) -> Result<(), SourceError> {
        Ok(())
    }

    fn daily_counts(&self, _: &mut dyn FnMut(DailyCount)) -> Result<(), SourceError> {
        Ok(())
    }

    fn slots_as_of(&self, _: PublisherNumber, _: UnixSeconds, _: &mut dyn FnMut(PastSlot)) -> Result<(), SourceError> {
        Ok(())
    }

    fn schedule(&self, number: ResourceNumber) -> Result<ExportedSchedule, SourceError> {
        let provider_location = provider_location(number.0);
        Ok(ExportedSchedule {
            id: provider_location.schedules[0].id,
            publisher: PublisherNumber(1),
            provider_location: Some(Arc::new(provider_location)),
            other_keys: vec![],
        })
    }
}
