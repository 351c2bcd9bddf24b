//! The resources of a table, packed: some forty bytes each, and what their values take.

use std::hash::Hasher;

use hashbrown::HashTable;
use openslots_fhir::search::Target;
use openslots_model::{Position, ResourceNumber};
use rustc_hash::FxHasher;

use super::table::ResourceLine;

/// A resource. Numbers are [`NONE`](super::values::NONE) where there is nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) line: u64,
    pub(super) number: ResourceNumber,
    /// Number of the value that tells when it was last updated by its own word.
    pub(super) updated: u32,
    /// Number of the text that is its name, folded.
    pub(super) name: u32,
    /// Where its pairs of parameter and value end; they begin where those of the entry before end.
    pub(super) pairs_end: u32,
    pub(super) target: Target,
}

impl Entry {
    /// Whether it stands for this line.
    pub(super) fn is_of(&self, line: &ResourceLine) -> bool {
        (self.target, self.number, self.line) == (line.target, line.number, line.line)
    }
}

/// Entries, each under its place: the order of their coming.
#[derive(Debug, Default)]
pub(super) struct Entries {
    all: Vec<Entry>,
    by_target: HashTable<u32>,
    /// Those that are somewhere, by place.
    positions: Vec<(u32, Position)>,
}

fn hash(target: Target) -> u64 {
    let mut hasher = FxHasher::default();
    std::hash::Hash::hash(&target, &mut hasher);
    hasher.finish()
}

impl Entries {
    pub(super) fn push(&mut self, entry: Entry, position: Option<Position>) {
        let place = self.all.len() as u32;
        self.positions.extend(position.map(|position| (place, position)));
        self.all.push(entry);
    }

    /// Makes them findable, and gives back room for more.
    pub(super) fn close(&mut self) {
        self.all.shrink_to_fit();
        self.positions.shrink_to_fit();
        let all = &self.all;
        let mut by_target = HashTable::with_capacity(all.len());
        for (place, entry) in (0_u32..).zip(all) {
            by_target.insert_unique(hash(entry.target), place, |place| hash(all[*place as usize].target));
        }
        self.by_target = by_target;
    }

    pub(super) fn all(&self) -> &[Entry] {
        &self.all
    }

    pub(super) fn get(&self, place: u32) -> &Entry {
        &self.all[place as usize]
    }

    pub(super) fn find(&self, target: Target) -> Option<u32> {
        self.by_target.find(hash(target), |place| self.get(*place).target == target).copied()
    }

    pub(super) fn position(&self, place: u32) -> Option<Position> {
        let found = self.positions.binary_search_by_key(&place, |(place, _)| *place).ok()?;
        Some(self.positions[found].1)
    }

    /// Where the pairs of an entry begin and end.
    pub(super) fn pairs(&self, place: u32) -> std::ops::Range<usize> {
        let begin = if place == 0 { 0 } else { self.get(place - 1).pairs_end };
        begin as usize..self.get(place).pairs_end as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_takes_forty_bytes() {
        assert_eq!(size_of::<Entry>(), 40);
    }
}
