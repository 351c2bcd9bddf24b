//! The store as what is published.

use std::collections::HashMap;

use anyhow::Result;
use openslots_fhir::resource::Resource;
use openslots_model::{
    Availability, ChangeSeq, Freshness, PublisherNumber, PublisherStatus, ResourceKind, ResourceNumber, UnixSeconds,
};
use openslots_publish::publication::{Source, SourceError, SourcePublisher, SourceResource, SourceSlot};
use openslots_store::{ReadSnapshot, Store};

/// A claim of age stands for this part of the time in which data are fresh before lines are written anew.
const RESYNC_PART: i64 = 4;
/// And for at least so long.
const MIN_RESYNC_SECONDS: i64 = 300;

/// What a store holds as of one moment, without what must not be given out: data that are too old to offer, slots that
/// are over or that nobody may book.
pub(crate) struct StoreSource {
    snapshot: ReadSnapshot,
    now: UnixSeconds,
    publishers: Vec<SourcePublisher>,
    statuses: HashMap<PublisherNumber, PublisherStatus>,
    /// By number of the traits: for how many seconds after their start slots are offered, and whether they can be
    /// booked; `None`: nobody may book them.
    traits: HashMap<u32, Option<(i64, bool)>>,
}

impl StoreSource {
    /// Begins to read the store.
    pub(crate) fn open(store: &Store, now: UnixSeconds) -> Result<Self> {
        let snapshot = store.snapshot()?;
        let offered = snapshot
            .publisher_statuses()?
            .into_iter()
            .filter(|status| status.last_read_at.is_some() && status.freshness(now) != Freshness::Expired);
        let statuses: HashMap<_, _> = offered.map(|status| (status.publisher.number, status)).collect();
        let mut publishers: Vec<SourcePublisher> = statuses.values().map(publisher).collect();
        publishers.sort_by(|a, b| a.slug.cmp(&b.slug));
        let traits = snapshot.traits()?.into_iter().map(|(number, traits)| {
            let offered_seconds = i64::from(traits.offered_seconds());
            (number.0, traits.is_servable().then(|| (offered_seconds, traits.is_bookable())))
        });
        let traits = traits.collect();
        Ok(Self { snapshot, now, publishers, statuses, traits })
    }

    /// The newest change that it holds.
    pub(crate) fn seq(&self) -> ChangeSeq {
        self.snapshot.seq()
    }

    /// The publishers whose data are given out.
    pub(crate) fn publishers(&self) -> &[SourcePublisher] {
        &self.publishers
    }
}

fn publisher(status: &PublisherStatus) -> SourcePublisher {
    let fresh_for = i64::from(status.publisher.policy.fresh_for_seconds);
    SourcePublisher {
        number: status.publisher.number,
        slug: status.publisher.slug.clone(),
        manifest_url: status.publisher.manifest_url.clone(),
        synced_at: status.last_success_at,
        resync_seconds: (fresh_for / RESYNC_PART).max(MIN_RESYNC_SECONDS),
    }
}

impl Source for StoreSource {
    fn publishers(&self) -> Result<Vec<SourcePublisher>, SourceError> {
        Ok(self.publishers.clone())
    }

    fn resources(&self) -> Result<Vec<SourceResource>, SourceError> {
        let mut resources = Vec::new();
        self.snapshot.for_each_resource(|held| {
            if self.statuses.contains_key(&held.publisher) {
                let openslots_store::HeldResource { number, publisher, kind, id, line } = held;
                resources.push(SourceResource { number, publisher, kind, id, line });
            }
        })?;
        Ok(resources)
    }

    fn references(&self, visit: &mut dyn FnMut(ResourceNumber, ResourceNumber)) -> Result<(), SourceError> {
        Ok(self.snapshot.for_each_reference(visit)?)
    }

    fn slots(&self, visit: &mut dyn FnMut(SourceSlot)) -> Result<(), SourceError> {
        self.snapshot.for_each_slot(|slot| {
            let Some(Some((offered_seconds, is_bookable))) = self.traits.get(&slot.traits.0) else { return };
            if slot.start.0.saturating_add(*offered_seconds) > self.now.0 {
                visit(SourceSlot { line: slot.row.0, schedule: slot.schedule, is_bookable: *is_bookable });
            }
        })?;
        Ok(())
    }

    fn availability(&self, schedule: &SourceResource, n_bookable: u64) -> Availability {
        let Some(status) = self.statuses.get(&schedule.publisher) else { return Availability::Unknown };
        // What the source says of itself matters only where nothing is left.
        let said = if n_bookable > 0 {
            None
        } else {
            match self.snapshot.line(schedule.line).map(|json| Resource::parse(ResourceKind::Schedule, &json)) {
                Ok(Ok(Resource::Schedule(schedule))) => schedule.has_availability,
                _ => Some(Availability::Unknown),
            }
        };
        status.availability(n_bookable, [said], self.now)
    }

    fn line(&self, line: u64) -> Result<String, SourceError> {
        Ok(self.snapshot.line(line)?)
    }
}
