//! Lists of the codes in use.

use openslots_model::{Coding, PublisherNumber};
use rustc_hash::FxHashMap;

use crate::CodeList;
use crate::codes::{CodeId, CodeSetId};
use crate::state::State;

/// What makes two codings the same line of a list: system and code, or the text where there is no code.
type ListKey<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);

fn list_key(coding: &Coding) -> ListKey<'_> {
    let display = if coding.code.is_some() { None } else { coding.display.as_deref() };
    (coding.system.as_deref(), coding.code.as_deref(), display)
}

pub(crate) fn codes(state: &State, list: CodeList, excluded: &[PublisherNumber]) -> Vec<(Coding, u64)> {
    let codes_of = |set: CodeSetId| match list {
        CodeList::ServiceTypes => &state.codes.set(set).service_types,
        CodeList::Specialties => &state.codes.set(set).specialties,
    };
    // Provider locations with the same sets are counted together: there are few combinations.
    let mut n_by_sets: FxHashMap<Vec<CodeSetId>, u64> = FxHashMap::default();
    let mut sets = Vec::new();
    for (_, entry) in state.provider_locations.iter().filter(|(_, entry)| !excluded.contains(&entry.publisher)) {
        sets.clear();
        sets.extend(entry.schedules.iter().map(|link| link.codes));
        sets.sort_unstable();
        sets.dedup();
        match n_by_sets.get_mut(&sets) {
            Some(n) => *n += 1,
            None => {
                n_by_sets.insert(sets.clone(), 1);
            }
        }
    }
    let mut n_by_id: FxHashMap<CodeId, u64> = FxHashMap::default();
    let mut n_by_key: FxHashMap<ListKey<'_>, u64> = FxHashMap::default();
    for (sets, n) in n_by_sets {
        let mut ids = sets.iter().flat_map(|set| codes_of(*set).iter().copied()).collect::<Vec<_>>();
        ids.sort_unstable();
        ids.dedup();
        let mut keys = ids.iter().map(|id| list_key(state.codes.coding(*id))).collect::<Vec<_>>();
        keys.sort_unstable();
        keys.dedup();
        ids.into_iter().for_each(|id| *n_by_id.entry(id).or_default() += n);
        keys.into_iter().for_each(|key| *n_by_key.entry(key).or_default() += n);
    }
    let mut best: FxHashMap<ListKey<'_>, (u64, &Coding)> = FxHashMap::default();
    for (id, n) in n_by_id {
        let coding = state.codes.coding(id);
        let candidate = best.entry(list_key(coding)).or_insert((n, coding));
        // Between displays used alike the first by alphabet wins, and any display over none.
        let order = |n: u64, coding: &Coding| (n, coding.display.is_some(), std::cmp::Reverse(coding.display.clone()));
        if order(n, coding) > order(candidate.0, candidate.1) {
            *candidate = (n, coding);
        }
    }
    let mut counted = best.into_iter().map(|(key, (_, coding))| (coding.clone(), n_by_key[&key])).collect::<Vec<_>>();
    counted.sort_unstable_by(|(a, n_a), (b, n_b)| n_b.cmp(n_a).then_with(|| a.cmp(b)));
    counted
}
