//! Lists of offers that are being added to.

use openslots_model::{Coding, ProviderLocation, PublisherSlug, SlotTraits};
use openslots_statistics::{OfferList, OfferNumber, OfferPlace};
use rusqlite::{Connection, OptionalExtension};

use super::coding::{decode_list, encode_list};
use crate::block::BlockCodec;
use crate::{ReadSnapshot, Result};

/// What a schedule offers, by numbers of a list; slots of it may offer something else.
#[derive(Debug, Clone, Default)]
pub(super) struct ScheduleParts {
    pub(super) places: Vec<u32>,
    pub(super) specialties: Vec<u32>,
    pub(super) service_types: Vec<u32>,
}

/// The list of a publisher's offers in one period, with what is added to it.
#[derive(Debug)]
pub(super) struct OfferBook {
    publisher: PublisherSlug,
    period: i32,
    version: i64,
    pub(super) list: OfferList,
}

impl OfferBook {
    /// The list as it is kept, or an empty one.
    pub(super) fn read(snapshot: &ReadSnapshot, publisher: &PublisherSlug, period: i32) -> Result<Self> {
        let sql = "SELECT version, body FROM offer_list WHERE publisher = ?1 AND period = ?2";
        let mut statement = snapshot.connection().prepare_cached(sql)?;
        let kept = statement
            .query_row((publisher.as_str(), period), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))
            .optional()?;
        let (version, list) = match kept {
            Some((version, body)) => (version, decode_list(&body, snapshot.codec())?),
            None => (0, OfferList::default()),
        };
        Ok(Self { publisher: publisher.clone(), period, version, list })
    }

    /// Adds to what a schedule offers what it offers at a provider location.
    pub(super) fn add(
        &mut self,
        parts: &mut ScheduleParts,
        at: &ProviderLocation,
        (specialties, service_types): (&[Coding], &[Coding]),
    ) {
        parts.places.push(self.list.place(OfferPlace::from(at)));
        parts.specialties.extend(specialties.iter().filter_map(|code| self.list.code(code)));
        parts.service_types.extend(service_types.iter().filter_map(|code| self.list.code(code)));
    }

    /// The offer that a slot of a schedule belongs to: what it says of itself goes before what its schedule says.
    pub(super) fn offer(&mut self, parts: &ScheduleParts, traits: Option<&SlotTraits>) -> OfferNumber {
        let mut own = |codes: fn(&SlotTraits) -> &Vec<Coding>, of_schedule: &[u32]| {
            let own: Vec<u32> = traits.into_iter().flat_map(codes).filter_map(|code| self.list.code(code)).collect();
            if own.is_empty() { of_schedule.to_vec() } else { own }
        };
        let specialties = own(|traits| &traits.specialties, &parts.specialties);
        let service_types = own(|traits| &traits.service_types, &parts.service_types);
        self.list.offer(parts.places.clone(), specialties, service_types)
    }

    /// Keeps the list; whether it could be: not where another one has been kept since it was read.
    pub(super) fn write(&self, tx: &Connection, codec: &BlockCodec) -> Result<bool> {
        let sql = "INSERT INTO offer_list (publisher, period, version, body) VALUES (?1, ?2, ?3 + 1, ?4)
                   ON CONFLICT DO UPDATE SET version = excluded.version, body = excluded.body WHERE version = ?3";
        let body = encode_list(&self.list, codec)?;
        let n = tx.prepare_cached(sql)?.execute((self.publisher.as_str(), self.period, self.version, body))?;
        Ok(n > 0)
    }
}
