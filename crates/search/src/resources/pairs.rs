//! The distinct pairs of a parameter and a value in a table, each with the entries that have it.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::packed::Packed;

/// Pairs in the order of their parameters.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// Parameters, ascending, each with where its pairs end.
    parameters: Vec<(u16, u32)>,
    /// The value of each pair.
    values: Packed,
    /// Where the entries of each pair end.
    carriers_end: Packed,
    /// The places of entries, ascending for each pair.
    carriers: Packed,
    /// For each entry, one after the other, its pairs.
    of_entries: Packed,
}

impl Pairs {
    /// The pairs of entries: those of all, one entry after the other, and where those of each end.
    pub(super) fn of(had: &[(u16, u32)], pairs_ends: impl Iterator<Item = u32> + Clone) -> Self {
        let mut distinct = had.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let values = distinct.iter().map(|(_, value)| *value).collect::<Vec<u32>>();
        let mut pairs = Self { values: Packed::of(&values), ..Self::default() };
        let mut end = 0;
        for of_parameter in distinct.chunk_by(|a, b| a.0 == b.0) {
            end += of_parameter.len() as u32;
            pairs.parameters.push((of_parameter[0].0, end));
        }
        let numbers: FxHashMap<(u16, u32), u32> = distinct.into_iter().zip(0..).collect();
        let of_entries = had.iter().filter_map(|pair| numbers.get(pair).copied()).collect::<Vec<u32>>();
        drop(numbers);
        pairs.carry(values.len(), &of_entries, pairs_ends);
        pairs.of_entries = Packed::of(&of_entries);
        pairs
    }

    /// Notes the entries of each pair: counts them, then puts each where its pair's begin.
    fn carry(&mut self, n_pairs: usize, of_entries: &[u32], pairs_ends: impl Iterator<Item = u32>) {
        let mut next = vec![0_u32; n_pairs + 1];
        of_entries.iter().for_each(|pair| next[*pair as usize + 1] += 1);
        for pair in 1..next.len() {
            next[pair] += next[pair - 1];
        }
        let mut carriers = vec![0_u32; of_entries.len()];
        let mut begin = 0;
        for (place, end) in (0_u32..).zip(pairs_ends) {
            for pair in &of_entries[begin..end as usize] {
                let at = &mut next[*pair as usize];
                carriers[*at as usize] = place;
                *at += 1;
            }
            begin = end as usize;
        }
        next.pop();
        self.carriers_end = Packed::of(&next);
        self.carriers = Packed::of(&carriers);
    }

    /// The pairs of a parameter.
    fn of_parameter(&self, parameter: u16) -> Range<u32> {
        match self.parameters.binary_search_by_key(&parameter, |(parameter, _)| *parameter) {
            Ok(0) => 0..self.parameters[0].1,
            Ok(place) => self.parameters[place - 1].1..self.parameters[place].1,
            Err(_) => 0..0,
        }
    }

    /// The values of a parameter, each with the places of the entries that have it.
    pub(super) fn carriers(&self, parameter: u16) -> impl Iterator<Item = (u32, impl Iterator<Item = u32>)> {
        self.of_parameter(parameter).map(|pair| {
            let pair = pair as usize;
            let begin = if pair == 0 { 0 } else { self.carriers_end.get(pair - 1) };
            let places = begin as usize..self.carriers_end.get(pair) as usize;
            (self.value(pair), places.map(|place| self.carriers.get(place) as u32))
        })
    }

    fn value(&self, pair: usize) -> u32 {
        self.values.get(pair) as u32
    }

    /// The pairs at these places of all entries'.
    fn pairs(&self, places: Range<usize>) -> impl Iterator<Item = u32> {
        places.map(|place| self.of_entries.get(place) as u32)
    }

    /// Parameter and value of each pair of an entry.
    pub(super) fn of_entry(&self, places: Range<usize>) -> impl Iterator<Item = (u16, u32)> {
        self.pairs(places).map(|pair| {
            let parameter = self.parameters.partition_point(|(_, end)| *end <= pair);
            (self.parameters[parameter].0, self.value(pair as usize))
        })
    }

    /// The values that an entry has of a parameter.
    pub(super) fn values(&self, places: Range<usize>, parameter: u16) -> impl Iterator<Item = u32> {
        let wanted = self.of_parameter(parameter);
        let found = self.pairs(places).filter(move |pair| wanted.contains(pair));
        found.map(|pair| self.value(pair as usize))
    }
}
