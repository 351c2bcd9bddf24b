//! Resources other than slots, by the search parameters of FHIR: one unmoving table for each publisher.
//!
//! A table is made anew when a commit changed its publisher. Lines that are where they were are taken from the table
//! before, so that only what changed is read and parsed.

mod criteria;
mod entries;
mod own_identifiers;
mod pairs;
mod table;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use openslots_fhir::search::Target;
use openslots_model::PublisherNumber;

pub use criteria::{Comparator, Criterion, DateTest, Test, TextMode, TokenTest};
pub use table::{ResourceEntry, ResourceFacts, ResourceLine, ResourceTable};

/// The tables of all publishers. A clone is cheap.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    tables: BTreeMap<PublisherNumber, Arc<ResourceTable>>,
}

impl Resources {
    /// The table of a publisher.
    pub fn table(&self, publisher: PublisherNumber) -> Option<&Arc<ResourceTable>> {
        self.tables.get(&publisher)
    }

    /// Puts the table of a publisher in the place of the one before.
    pub fn put(&mut self, publisher: PublisherNumber, table: ResourceTable) {
        self.tables.insert(publisher, Arc::new(table));
    }

    /// Forgets publishers that are gone.
    pub fn retain(&mut self, is_there: impl Fn(PublisherNumber) -> bool) {
        self.tables.retain(|publisher, _| is_there(*publisher));
    }

    /// All tables but those of some publishers.
    pub fn tables_without<'a, 'e>(
        &'a self,
        excluded: &'e [PublisherNumber],
    ) -> impl Iterator<Item = (PublisherNumber, &'a ResourceTable)> + use<'a, 'e> {
        let tables = self.tables.iter().map(|(publisher, table)| (*publisher, &**table));
        tables.filter(|(publisher, _)| !excluded.contains(publisher))
    }

    /// What a resource refers to by a parameter; nothing if it is not held.
    pub fn references(&self, target: Target, parameter: u16) -> impl Iterator<Item = Target> {
        let found = self.tables.values().find_map(|table| Some((table, table.entry(target)?)));
        found.into_iter().flat_map(move |(table, entry)| table.references(entry, parameter))
    }

    /// A resource, and whose it is.
    pub fn find(&self, target: Target) -> Option<(PublisherNumber, ResourceEntry<'_>)> {
        self.tables.iter().find_map(|(publisher, table)| Some((*publisher, table.entry(target)?)))
    }
}
