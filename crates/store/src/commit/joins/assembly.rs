//! Provider locations, put together again.
//!
//! Provider and place are as its first schedule (by number) has them, whichever of its schedules were touched, so that
//! what comes out depends on the data alone and not on the order in which they came.

use std::collections::BTreeSet;

use openslots_directory::join::JoinedSchedule;
use openslots_model::{
    Place, Provider, ProviderLocation, ProviderLocationKey, ProviderLocationNumber, PublicId, PublisherNumber,
    PublisherSlug, ResourceNumber, ScheduleSummary,
};

use super::finder::Finder;
use crate::block::BlockCodec;
use crate::commit::Context;
use crate::fresh::FreshProviderLocation;
use crate::provider_location;
use crate::{Error, Result};

/// A provider location that a touched schedule belongs to, or belonged to.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// What the first of its touched schedules says of provider and place.
    pub(super) head: Option<Head>,
    /// What its touched schedules offer there.
    summaries: Vec<ScheduleSummary>,
}

#[derive(Debug)]
pub(super) struct Head {
    schedule: ResourceNumber,
    pub(super) provider: Option<Provider>,
    pub(super) place: Option<Place>,
}

impl Touched {
    pub(super) fn add(&mut self, schedule: ResourceNumber, joined: JoinedSchedule) {
        self.head.get_or_insert(Head { schedule, provider: joined.provider, place: joined.place });
        self.summaries.push(joined.schedule);
    }
}

/// A provider location as the database and the touched schedules have it, not yet put together.
pub(super) struct Parts {
    number: ProviderLocationNumber,
    key: ProviderLocationKey,
    /// As it is kept; empty if it is new.
    old_body: Vec<u8>,
    linked: BTreeSet<ResourceNumber>,
    /// `None`: it has no schedule left.
    head: Option<Head>,
    summaries: Vec<ScheduleSummary>,
}

/// Whose provider locations they are.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    codec: &'a BlockCodec,
    slug: &'a PublisherSlug,
    publisher: PublisherNumber,
}

impl<'a> Owner<'a> {
    pub(super) const fn of(context: &'a Context<'_>) -> Self {
        Self { codec: context.codec, slug: context.slug, publisher: context.publisher }
    }
}

/// What becomes of a provider location.
pub(super) enum Assembled {
    /// It is as it was.
    Same,
    /// It is new or another.
    Changed(Box<FreshProviderLocation>),
    /// It has no schedule left; what it was, if it ever was whole.
    Gone(Option<Box<ProviderLocation>>),
}

impl Parts {
    /// Gathers what the database knows of it.
    pub(super) fn gather(
        context: &Context<'_>,
        finder: &mut Finder<'_>,
        number: ProviderLocationNumber,
        touched: Touched,
    ) -> Result<Self> {
        let (key, old_body): ([u8; 10], Vec<u8>) = context
            .tx
            .prepare_cached("SELECT key, body FROM provider_location WHERE number = ?1")?
            .query_row([number.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let key = ProviderLocationKey(PublicId::from_bytes(key));
        let mut select = context
            .tx
            .prepare_cached("SELECT schedule FROM schedule_link WHERE provider_location = ?1 ORDER BY schedule")?;
        let linked = select.query_map([number.0], |row| row.get(0).map(ResourceNumber))?;
        let linked: BTreeSet<ResourceNumber> = linked.collect::<Result<_, _>>()?;
        let Touched { head, summaries } = touched;
        let head = match (linked.first().copied(), head) {
            (None, _) => None,
            (Some(first), Some(head)) if head.schedule == first => Some(head),
            (Some(first), _) => {
                let mut joined = finder.join(first)?.into_iter();
                let joined = joined.find(|joined| joined.key == key).ok_or_else(|| {
                    Error::damaged(format!("schedule {first} does not lead to provider location {key}"))
                })?;
                Some(Head { schedule: first, provider: joined.provider, place: joined.place })
            }
        };
        Ok(Self { number, key, old_body, linked, head, summaries })
    }

    /// Puts it together; `rejoined` are all schedules that were touched. Needs no database.
    pub(super) fn assemble(
        self,
        owner: Owner<'_>,
        rejoined: &BTreeSet<ResourceNumber>,
    ) -> Result<(ProviderLocationNumber, Assembled)> {
        let Self { number, key, old_body, linked, head, summaries: mut schedules } = self;
        let Owner { codec, slug, publisher: publisher_number } = owner;
        let old_json = if old_body.is_empty() { Vec::new() } else { codec.decompress(&old_body)? };
        let old = if old_json.is_empty() { None } else { Some(provider_location::of_json(&old_json)?) };
        let Some(Head { provider, place, .. }) = head else { return Ok((number, Assembled::Gone(old.map(Box::new)))) };
        let stays = |summary: &ScheduleSummary| linked.contains(&summary.number) && !rejoined.contains(&summary.number);
        schedules.extend(old.into_iter().flat_map(|old| old.schedules).filter(stays));
        schedules.sort_unstable_by_key(|summary| summary.number);
        let publisher = slug.clone();
        let provider_location = ProviderLocation { key, publisher, publisher_number, provider, place, schedules };
        let json = provider_location::to_json(&provider_location)?;
        // What is kept may have been compressed otherwise: the contents are compared.
        if json == old_json {
            return Ok((number, Assembled::Same));
        }
        let body = codec.compress(&json)?;
        Ok((number, Assembled::Changed(Box::new(FreshProviderLocation { number, body, provider_location }))))
    }
}
