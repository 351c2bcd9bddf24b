//! Lists of the codes in use.

use std::cmp::Reverse;

use openslots_model::Coding;
use rustc_hash::FxHashMap;

use crate::CodeList;
use crate::codes::{CodeId, CodeSet, CodeTable};

/// What makes two codings the same line of a list: system and code, or the text where there is no code.
type ListKey<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);

fn list_key(coding: &Coding) -> ListKey<'_> {
    let display = if coding.code.is_some() { None } else { coding.display.as_deref() };
    (coding.system.as_deref(), coding.code.as_deref(), display)
}

/// Counts how often codes are used. What uses a code under two displays counts once.
pub(crate) struct CodeTally<'a> {
    codes: &'a CodeTable,
    n_by_id: FxHashMap<CodeId, u64>,
    n_by_key: FxHashMap<ListKey<'a>, u64>,
}

impl<'a> CodeTally<'a> {
    pub(crate) fn new(codes: &'a CodeTable) -> Self {
        Self { codes, n_by_id: FxHashMap::default(), n_by_key: FxHashMap::default() }
    }

    /// So many use these codes.
    pub(crate) fn add(&mut self, ids: impl Iterator<Item = CodeId>, n: u64) {
        let mut ids = ids.collect::<Vec<_>>();
        ids.sort_unstable();
        ids.dedup();
        let mut keys = ids.iter().map(|id| list_key(self.codes.coding(*id))).collect::<Vec<_>>();
        keys.sort_unstable();
        keys.dedup();
        ids.into_iter().for_each(|id| *self.n_by_id.entry(id).or_default() += n);
        keys.into_iter().for_each(|key| *self.n_by_key.entry(key).or_default() += n);
    }

    /// The codes, the most used first; one with several displays under the display most used.
    pub(crate) fn finish(self) -> Vec<(Coding, u64)> {
        let mut best: FxHashMap<ListKey<'_>, (u64, &Coding)> = FxHashMap::default();
        for (id, n) in self.n_by_id {
            let coding = self.codes.coding(id);
            let candidate = best.entry(list_key(coding)).or_insert((n, coding));
            // Between displays used alike the first by alphabet wins, and any display over none.
            let order = |n: u64, coding: &Coding| (n, coding.display.is_some(), Reverse(coding.display.clone()));
            if order(n, coding) > order(candidate.0, candidate.1) {
                *candidate = (n, coding);
            }
        }
        let n_of = |key| self.n_by_key.get(&key).copied().unwrap_or(0);
        let mut counted = best.into_iter().map(|(key, (_, coding))| (coding.clone(), n_of(key))).collect::<Vec<_>>();
        counted.sort_unstable_by(|(a, n_a), (b, n_b)| n_b.cmp(n_a).then_with(|| a.cmp(b)));
        counted
    }
}

/// The codes that a set has of a list.
pub(crate) const fn codes_of(set: &CodeSet, list: CodeList) -> &[CodeId] {
    match list {
        CodeList::ServiceTypes => &set.service_types,
        CodeList::Specialties => &set.specialties,
    }
}
