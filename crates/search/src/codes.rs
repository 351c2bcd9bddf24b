//! Codes as small integers.
//!
//! Every distinct coding gets a number when it is first seen, and so does every distinct pair of lists of codes that a
//! schedule has. A query looks up once which numbers it means; for a schedule or slot it then compares integers.

use std::sync::Arc;

use openslots_directory::text::{fold, words};
use openslots_directory::vocabulary::{Specialty, specialties_of};
use openslots_model::{CodeFilter, Coding};
use rustc_hash::FxHashMap;

use crate::words::push_words;

/// Number of a distinct coding (system, code and display).
pub(crate) type CodeId = u32;
/// Number of a distinct [`CodeSet`].
pub(crate) type CodeSetId = u32;

/// What a schedule offers at a provider location, as far as filters by code go.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct CodeSet {
    /// Service types of the schedule.
    pub(crate) service_types: Box<[CodeId]>,
    /// Specialties of the schedule and of the provider.
    pub(crate) specialties: Box<[CodeId]>,
    /// Languages of the provider.
    pub(crate) languages: Box<[Arc<str>]>,
    /// Vaccine products of the schedule.
    pub(crate) vaccines: Box<[CodeId]>,
    /// Doses of a series that the schedule is for.
    pub(crate) vaccine_doses: Box<[u32]>,
    /// Whether one comes without an appointment.
    pub(crate) is_walk_in: bool,
}

/// Numbers of the distinct lists of a [`CodeSet`]: sets are many, lists few.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListNumbers {
    pub(crate) service_types: u32,
    pub(crate) specialties: u32,
    pub(crate) languages: u32,
}

/// A distinct coding and what was worked out for it once.
struct CodeEntry {
    coding: Arc<Coding>,
    /// Words of its display, as they are indexed.
    words: Box<str>,
    /// What the vocabulary knows it as.
    specialties: Box<[&'static Specialty]>,
}

/// All distinct codings and sets. Numbers are given in order of appearance and never taken back.
#[derive(Clone, Default)]
pub(crate) struct CodeTable {
    entries: Vec<Arc<CodeEntry>>,
    ids: FxHashMap<Arc<Coding>, CodeId>,
    by_code: FxHashMap<Box<str>, Vec<CodeId>>,
    by_specialty: FxHashMap<&'static str, Vec<CodeId>>,
    by_word: FxHashMap<Box<str>, Vec<CodeId>>,
    sets: Vec<Arc<CodeSet>>,
    set_ids: FxHashMap<Arc<CodeSet>, CodeSetId>,
    /// Of each set.
    set_lists: Vec<ListNumbers>,
    code_lists: FxHashMap<Box<[CodeId]>, u32>,
    /// The codes of all lists, one list behind the other, and where those of each end: a query that judges lists reads
    /// them in a row.
    listed_codes: Vec<CodeId>,
    list_ends: Vec<u32>,
    language_lists: FxHashMap<Box<[Arc<str>]>, u32>,
}

impl CodeTable {
    /// The number of a coding, if it has been seen.
    pub(crate) fn id(&self, coding: &Coding) -> Option<CodeId> {
        self.ids.get(coding).copied()
    }

    /// The coding of a number.
    pub(crate) fn coding(&self, id: CodeId) -> &Coding {
        &self.entries[id as usize].coding
    }

    /// All codings, by number.
    pub(crate) fn codings(&self) -> impl Iterator<Item = &Coding> {
        self.entries.iter().map(|entry| &*entry.coding)
    }

    /// Words of the coding's display, parted by spaces.
    pub(crate) fn words(&self, id: CodeId) -> &str {
        &self.entries[id as usize].words
    }

    /// What the vocabulary knows the coding as.
    pub(crate) fn specialties(&self, id: CodeId) -> &[&'static Specialty] {
        &self.entries[id as usize].specialties
    }

    /// The number of distinct codings.
    pub(crate) const fn n_codes(&self) -> usize {
        self.entries.len()
    }

    /// Whether the vocabulary knows the coding.
    pub(crate) fn is_known(&self, id: CodeId) -> bool {
        !self.specialties(id).is_empty()
    }

    /// Whether it says no more than any practice may say of what it does.
    pub(crate) fn is_general(&self, id: CodeId) -> bool {
        self.specialties(id).iter().all(|specialty| specialty.is_general())
    }

    /// The set of a number.
    pub(crate) fn set(&self, id: CodeSetId) -> &CodeSet {
        &self.sets[id as usize]
    }

    /// The numbers of a set's lists.
    pub(crate) fn lists(&self, id: CodeSetId) -> ListNumbers {
        self.set_lists[id as usize]
    }

    /// The codes of a list of service types or specialties.
    pub(crate) fn list(&self, number: u32) -> &[CodeId] {
        let number = number as usize;
        let begin = if number == 0 { 0 } else { self.list_ends[number - 1] };
        &self.listed_codes[begin as usize..self.list_ends[number] as usize]
    }

    /// How many lists there are of codes, and how many of languages.
    pub(crate) fn n_lists(&self) -> (usize, usize) {
        (self.code_lists.len(), self.language_lists.len())
    }

    /// The number of distinct sets.
    pub(crate) const fn n_sets(&self) -> usize {
        self.sets.len()
    }

    /// The number of a set, if it has been seen.
    pub(crate) fn set_id(&self, set: &CodeSet) -> Option<CodeSetId> {
        self.set_ids.get(set).copied()
    }

    fn number_of_list(&mut self, codes: &[CodeId]) -> u32 {
        let number = number_of(&mut self.code_lists, codes);
        if number as usize == self.list_ends.len() {
            self.listed_codes.extend_from_slice(codes);
            self.list_ends.push(self.listed_codes.len() as u32);
        }
        number
    }

    fn add(&mut self, coding: &Coding) -> CodeId {
        let id = self.entries.len() as CodeId;
        let coding = Arc::new(coding.clone());
        let mut display_words = String::new();
        if let Some(display) = &coding.display {
            push_words(&mut display_words, display);
            for word in distinct(words(&display_words)) {
                self.by_word.entry(word.into()).or_default().push(id);
            }
        }
        if let Some(code) = &coding.code {
            self.by_code.entry(code.as_str().into()).or_default().push(id);
        }
        let specialties = specialties_of(&coding).into_boxed_slice();
        for key in distinct(specialties.iter().map(|specialty| specialty.key)) {
            self.by_specialty.entry(key).or_default().push(id);
        }
        self.ids.insert(Arc::clone(&coding), id);
        self.entries.push(Arc::new(CodeEntry { coding, words: display_words.into(), specialties }));
        id
    }

    /// The numbers of the codings that any of the filters mean; `None` if there is no filter.
    pub(crate) fn select(&self, filters: &[CodeFilter]) -> Option<CodeSelection> {
        if filters.is_empty() {
            return None;
        }
        let mut ids = Vec::new();
        for filter in filters {
            match filter {
                CodeFilter::Code(code) => ids.extend_from_slice(listed(&self.by_code, code)),
                CodeFilter::Exact { system, code } => {
                    let of_system = |id: &&CodeId| self.coding(**id).system.as_ref() == Some(system);
                    ids.extend(listed(&self.by_code, code).iter().filter(of_system));
                }
                CodeFilter::Meaning(key) => ids.extend_from_slice(listed(&self.by_specialty, key)),
                CodeFilter::Words(text) => self.select_by_words(text, &mut ids),
            }
        }
        Some(CodeSelection::of(ids))
    }

    /// The numbers of the codings that the vocabulary knows under the keys among the filters; `None` if there is none.
    pub(crate) fn select_meant(&self, filters: &[CodeFilter]) -> Option<CodeSelection> {
        let keys = filters.iter().filter_map(|filter| match filter {
            CodeFilter::Meaning(key) => Some(key.as_str()),
            _ => None,
        });
        self.select_keys(keys)
    }

    /// The numbers of the codings that the vocabulary knows under any of these keys; `None` if there is no key.
    pub(crate) fn select_keys<'k>(&self, keys: impl Iterator<Item = &'k str>) -> Option<CodeSelection> {
        let mut keys = keys.peekable();
        keys.peek()?;
        Some(CodeSelection::of(keys.flat_map(|key| listed(&self.by_specialty, key)).copied().collect()))
    }

    fn select_by_words(&self, text: &str, ids: &mut Vec<CodeId>) {
        let folded = fold(text);
        let mut lists = words(&folded).map(|word| listed(&self.by_word, word));
        if let Some(first) = lists.next() {
            let others = lists.collect::<Vec<_>>();
            let in_all = |id: &&CodeId| others.iter().all(|list| list.binary_search(id).is_ok());
            ids.extend(first.iter().filter(in_all));
        }
    }
}

fn listed<'a>(
    map: &'a FxHashMap<impl std::borrow::Borrow<str> + std::hash::Hash + Eq, Vec<CodeId>>,
    key: &str,
) -> &'a [CodeId] {
    map.get(key).map_or(&[], Vec::as_slice)
}

fn distinct<'a>(items: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut items = items.collect::<Vec<_>>();
    items.sort_unstable();
    items.dedup();
    items
}

/// The number of a list, which it is given when it is first seen.
fn number_of<T: Clone + Eq + std::hash::Hash>(numbers: &mut FxHashMap<Box<[T]>, u32>, list: &[T]) -> u32 {
    if let Some(number) = numbers.get(list) {
        return *number;
    }
    let number = numbers.len() as u32;
    numbers.insert(list.into(), number);
    number
}

/// The numbers of the codings that a filter means, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeSelection(Vec<CodeId>);

impl CodeSelection {
    fn of(mut ids: Vec<CodeId>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        Self(ids)
    }

    /// Whether any of these codes is meant.
    pub(crate) fn has_any(&self, codes: &[CodeId]) -> bool {
        codes.iter().any(|id| self.0.binary_search(id).is_ok())
    }

    /// The codings meant.
    pub(crate) fn ids(&self) -> &[CodeId] {
        &self.0
    }
}

/// Gives numbers out. Snapshots share the table; it is copied when the first new coding or set of an update comes.
pub(crate) struct Interner<'a>(pub(crate) &'a mut Arc<CodeTable>);

impl Interner<'_> {
    /// The numbers of some codings, ascending.
    pub(crate) fn codes<'c>(&mut self, codings: impl IntoIterator<Item = &'c Coding>) -> Box<[CodeId]> {
        let mut ids = codings
            .into_iter()
            .map(|coding| self.0.id(coding).unwrap_or_else(|| Arc::make_mut(self.0).add(coding)))
            .collect::<Vec<_>>();
        ids.sort_unstable();
        ids.dedup();
        ids.into_boxed_slice()
    }

    /// The number of a set.
    pub(crate) fn set(&mut self, set: CodeSet) -> CodeSetId {
        if let Some(id) = self.0.set_id(&set) {
            return id;
        }
        let table = Arc::make_mut(self.0);
        let (id, set) = (table.sets.len() as CodeSetId, Arc::new(set));
        let lists = ListNumbers {
            service_types: table.number_of_list(&set.service_types),
            specialties: table.number_of_list(&set.specialties),
            languages: number_of(&mut table.language_lists, &set.languages),
        };
        table.set_lists.push(lists);
        table.sets.push(Arc::clone(&set));
        table.set_ids.insert(set, id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coding(system: Option<&str>, code: Option<&str>, display: Option<&str>) -> Coding {
        Coding { system: system.map(Into::into), code: code.map(Into::into), display: display.map(Into::into) }
    }

    #[test]
    fn filters_mean_the_codings_that_they_should() {
        let codings = [
            coding(Some("http://snomed.info/sct"), Some("394582007"), Some("Dermatology")),
            coding(Some("http://nucc.org/provider-taxonomy"), Some("207N00000X"), None),
            coding(Some("urn:a"), Some("57"), Some("Immunization")),
            coding(Some("urn:b"), Some("57"), Some("Something else")),
            coding(None, None, Some("Travel immunization")),
        ];
        let mut table = Arc::new(CodeTable::default());
        let ids = Interner(&mut table).codes(&codings);
        assert_eq!(&*ids, [0, 1, 2, 3, 4]);
        assert_eq!(Interner(&mut table).codes(&codings), ids, "numbers stay");

        let exact = |system: &str, code: &str| CodeFilter::Exact { system: system.into(), code: code.into() };
        for (filters, want) in [
            (vec![], None),
            (vec![CodeFilter::Code("57".into())], Some(vec![2, 3])),
            (vec![exact("urn:b", "57")], Some(vec![3])),
            (vec![exact("urn:c", "57")], Some(vec![])),
            (vec![exact("urn:b", "57"), CodeFilter::Code("394582007".into())], Some(vec![0, 3])),
            (vec![CodeFilter::Words("immunization".into())], Some(vec![2, 4])),
            (vec![CodeFilter::Words("Immunization, TRAVEL".into())], Some(vec![4])),
            (vec![CodeFilter::Words("skin doctor".into())], Some(vec![])),
            (vec![CodeFilter::Meaning("dermatology".into())], Some(vec![0, 1])),
            (vec![CodeFilter::Meaning("nothing".into())], Some(vec![])),
            (vec![CodeFilter::Words("!".into())], Some(vec![])),
        ] {
            let got = table.select(&filters).map(|selection| selection.ids().to_vec());
            assert_eq!(got, want, "{filters:?}");
        }
    }

    #[test]
    fn lists_hold_what_the_sets_have() {
        let mut table = Arc::new(CodeTable::default());
        let lists: [(&[CodeId], &[CodeId]); 4] = [(&[], &[3]), (&[1, 2], &[]), (&[3], &[1, 2]), (&[0, 4, 5], &[3])];
        for (service_types, specialties) in lists {
            let set =
                CodeSet { service_types: service_types.into(), specialties: specialties.into(), ..CodeSet::default() };
            let id = Interner(&mut table).set(set);
            let numbers = table.lists(id);
            assert_eq!(table.list(numbers.service_types), service_types);
            assert_eq!(table.list(numbers.specialties), specialties);
        }
        assert_eq!(table.n_lists().0, 4, "each is kept once");
    }

    #[test]
    fn a_table_that_is_shared_stays_as_it_was() {
        let mut table = Arc::new(CodeTable::default());
        Interner(&mut table).codes(&[coding(None, Some("a"), None)]);
        let shared = Arc::clone(&table);
        let set = CodeSet { service_types: Box::new([0]), ..CodeSet::default() };
        assert_eq!(Interner(&mut table).set(set.clone()), 0);
        assert_eq!(Interner(&mut table).set(set), 0);
        assert_eq!((shared.n_sets(), table.n_sets()), (0, 1));
    }
}
