//! The distinct pairs of a parameter and a value in a table, each with the entries that have it.

use rustc_hash::FxHashMap;

/// Pairs in the order of their parameters.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// Parameters, ascending, each with where its pairs end.
    parameters: Vec<(u16, u32)>,
    /// The value of each pair.
    values: Vec<u32>,
    /// Where the entries of each pair end.
    carriers_end: Vec<u32>,
    /// The places of entries, ascending for each pair.
    carriers: Vec<u32>,
    /// For each entry, one after the other, its pairs.
    of_entries: Vec<u32>,
}

impl Pairs {
    /// The pairs of entries: those of all, one entry after the other, and where those of each end.
    pub(super) fn of(had: &[(u16, u32)], pairs_ends: impl Iterator<Item = u32> + Clone) -> Self {
        let mut distinct = had.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let values = distinct.iter().map(|(_, value)| *value).collect();
        let mut pairs = Self { values, ..Self::default() };
        let mut end = 0;
        for of_parameter in distinct.chunk_by(|a, b| a.0 == b.0) {
            end += of_parameter.len() as u32;
            pairs.parameters.push((of_parameter[0].0, end));
        }
        let numbers: FxHashMap<(u16, u32), u32> = distinct.into_iter().zip(0..).collect();
        pairs.of_entries = had.iter().filter_map(|pair| numbers.get(pair).copied()).collect();
        drop(numbers);
        pairs.carry(pairs_ends);
        pairs
    }

    /// Notes the entries of each pair: counts them, then puts each where its pair's begin.
    fn carry(&mut self, pairs_ends: impl Iterator<Item = u32>) {
        let mut next = vec![0_u32; self.values.len() + 1];
        self.of_entries.iter().for_each(|pair| next[*pair as usize + 1] += 1);
        for pair in 1..next.len() {
            next[pair] += next[pair - 1];
        }
        self.carriers = vec![0; self.of_entries.len()];
        let mut begin = 0;
        for (place, end) in (0_u32..).zip(pairs_ends) {
            for pair in &self.of_entries[begin..end as usize] {
                let at = &mut next[*pair as usize];
                self.carriers[*at as usize] = place;
                *at += 1;
            }
            begin = end as usize;
        }
        next.pop();
        next.shrink_to_fit();
        self.carriers_end = next;
    }

    /// The pairs of a parameter.
    fn of_parameter(&self, parameter: u16) -> std::ops::Range<u32> {
        match self.parameters.binary_search_by_key(&parameter, |(parameter, _)| *parameter) {
            Ok(0) => 0..self.parameters[0].1,
            Ok(place) => self.parameters[place - 1].1..self.parameters[place].1,
            Err(_) => 0..0,
        }
    }

    /// The values of a parameter, each with the places of the entries that have it.
    pub(super) fn carriers(&self, parameter: u16) -> impl Iterator<Item = (u32, &[u32])> {
        self.of_parameter(parameter).map(|pair| {
            let pair = pair as usize;
            let begin = if pair == 0 { 0 } else { self.carriers_end[pair - 1] };
            (self.values[pair], &self.carriers[begin as usize..self.carriers_end[pair] as usize])
        })
    }

    /// Parameter and value of each pair of an entry.
    pub(super) fn of_entry(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = (u16, u32)> {
        self.of_entries[range].iter().map(|pair| {
            let parameter = self.parameters.partition_point(|(_, end)| end <= pair);
            (self.parameters[parameter].0, self.values[*pair as usize])
        })
    }

    /// The values that an entry has of a parameter.
    pub(super) fn values(&self, range: std::ops::Range<usize>, parameter: u16) -> impl Iterator<Item = u32> {
        let wanted = self.of_parameter(parameter);
        let found = self.of_entries[range].iter().filter(move |pair| wanted.contains(*pair));
        found.map(|pair| self.values[*pair as usize])
    }
}
