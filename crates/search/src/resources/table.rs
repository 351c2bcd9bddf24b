//! The table of one publisher.

use openslots_fhir::search::{SearchValue, Target};
use openslots_model::{Position, ResourceKind, ResourceNumber};
use rustc_hash::FxHashMap;

use super::criteria::{Criterion, Test};
use super::values::{ValueRef, Values, ValuesBuilder};

/// A resource that is held: where its line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceLine {
    /// Its type and published id.
    pub target: Target,
    /// Its number in the store.
    pub number: ResourceNumber,
    /// Where its line is; a line that changes is elsewhere.
    pub line: u64,
}

/// What is taken from a resource.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResourceFacts {
    /// Its values, by number of the parameter.
    pub values: Vec<(u16, SearchValue)>,
    /// When it was last updated by its own word, in seconds since 1970: from, and to before.
    pub updated: Option<(i64, i64)>,
    /// Of a place where it is.
    pub position: Option<Position>,
    /// What it is called, for the order.
    pub name: Option<String>,
}

/// A resource of a table.
#[derive(Debug, Clone)]
pub struct ResourceEntry {
    /// Its type and published id.
    pub target: Target,
    /// Its number in the store.
    pub number: ResourceNumber,
    /// When it was last updated by its own word.
    pub updated: Option<(i64, i64)>,
    /// Of a place where it is.
    pub position: Option<Position>,
    /// What it is called, for the order.
    pub name: Option<Box<str>>,
    line: u64,
    /// Where its values begin, and how many it has.
    values: (u32, u32),
}

/// The resources of one publisher other than slots.
#[derive(Debug, Default)]
pub struct ResourceTable {
    entries: Vec<ResourceEntry>,
    places: FxHashMap<Target, u32>,
    /// The values of all entries, in their order: number of the parameter and of the value.
    entry_values: Vec<(u16, u32)>,
    /// All distinct values.
    values: Values,
    by_parameter: FxHashMap<u16, Carriers>,
}

/// The values of a parameter, ascending, each with the entries that have it.
#[derive(Debug, Default)]
struct Carriers {
    /// A value, and where its entries end in `places`.
    values: Vec<(u32, u32)>,
    places: Vec<u32>,
}

impl Carriers {
    fn iter(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let begins = std::iter::once(0).chain(self.values.iter().map(|(_, end)| *end));
        begins.zip(&self.values).map(|(begin, (value, end))| (*value, &self.places[begin as usize..*end as usize]))
    }
}

impl ResourceTable {
    /// The table of these lines. `read` takes what is to be known from a line; lines that the table before has at the
    /// same place are not read.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn build<E>(
        before: Option<&Self>,
        lines: impl IntoIterator<Item = ResourceLine>,
        mut read: impl FnMut(&ResourceLine) -> Result<ResourceFacts, E>,
    ) -> Result<Self, E> {
        let mut table = Self::default();
        let mut values = ValuesBuilder::default();
        for line in lines {
            let known = before.and_then(|before| Some((before, before.entry(line.target)?)));
            let facts = match known.filter(|(_, entry)| entry.line == line.line && entry.number == line.number) {
                Some((before, entry)) => before.facts(entry),
                None => read(&line)?,
            };
            let place = table.entries.len() as u32;
            let first_value = table.entry_values.len() as u32;
            table.entry_values.extend(
                facts.values.into_iter().filter_map(|(parameter, value)| Some((parameter, values.number_of(value)?))),
            );
            table.places.insert(line.target, place);
            table.entries.push(ResourceEntry {
                target: line.target,
                number: line.number,
                updated: facts.updated,
                position: facts.position,
                name: facts.name.map(String::into_boxed_str),
                line: line.line,
                values: (first_value, table.entry_values.len() as u32),
            });
        }
        table.values = values.finish();
        table.entries.shrink_to_fit();
        table.entry_values.shrink_to_fit();
        table.index();
        Ok(table)
    }

    fn index(&mut self) {
        let mut found: Vec<(u16, u32, u32)> = Vec::with_capacity(self.entry_values.len());
        for (place, entry) in (0..).zip(&self.entries) {
            found.extend(self.values_of(entry).iter().map(|(parameter, value)| (*parameter, *value, place)));
        }
        found.sort_unstable();
        found.dedup();
        for of_parameter in found.chunk_by(|a, b| a.0 == b.0) {
            let mut carriers = Carriers::default();
            carriers.places.reserve_exact(of_parameter.len());
            for of_value in of_parameter.chunk_by(|a, b| a.1 == b.1) {
                carriers.places.extend(of_value.iter().map(|(_, _, place)| *place));
                carriers.values.push((of_value[0].1, carriers.places.len() as u32));
            }
            carriers.values.shrink_to_fit();
            self.by_parameter.insert(of_parameter[0].0, carriers);
        }
    }

    fn values_of(&self, entry: &ResourceEntry) -> &[(u16, u32)] {
        let (begin, end) = entry.values;
        &self.entry_values[begin as usize..end as usize]
    }

    fn facts(&self, entry: &ResourceEntry) -> ResourceFacts {
        ResourceFacts {
            values: self
                .values_of(entry)
                .iter()
                .map(|(parameter, value)| (*parameter, self.values.get(*value).to_owned()))
                .collect(),
            updated: entry.updated,
            position: entry.position,
            name: entry.name.as_deref().map(str::to_owned),
        }
    }

    /// Whether it holds just these lines, in this order.
    pub fn holds(&self, lines: &[ResourceLine]) -> bool {
        let is_held = |(entry, line): (&ResourceEntry, &ResourceLine)| {
            (entry.target, entry.number, entry.line) == (line.target, line.number, line.line)
        };
        self.entries.len() == lines.len() && self.entries.iter().zip(lines).all(is_held)
    }

    /// How many resources it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A resource, if it is held.
    pub fn entry(&self, target: Target) -> Option<&ResourceEntry> {
        self.entries.get(*self.places.get(&target)? as usize)
    }

    /// What a resource refers to by a parameter.
    pub fn references(&self, entry: &ResourceEntry, parameter: u16) -> impl Iterator<Item = Target> {
        let of_parameter = self.values_of(entry).iter().filter(move |(of, _)| *of == parameter);
        of_parameter.filter_map(|(_, value)| match self.values.get(*value) {
            ValueRef::Reference(target) => Some(target),
            _ => None,
        })
    }

    /// The resources of a type that meet all criteria.
    pub fn find(&self, kind: ResourceKind, criteria: &[Criterion]) -> Vec<&ResourceEntry> {
        let mut is_found: Vec<bool> = self.entries.iter().map(|entry| entry.target.kind == kind).collect();
        for criterion in criteria {
            let met = self.met(criterion);
            is_found.iter_mut().zip(met).for_each(|(is_found, is_met)| *is_found &= is_met);
        }
        let found = self.entries.iter().zip(is_found).filter(|(_, is_found)| *is_found);
        found.map(|(entry, _)| entry).collect()
    }

    /// For each resource whether it meets a criterion.
    fn met(&self, criterion: &Criterion) -> Vec<bool> {
        let of_entry = |test: &dyn Fn(&ResourceEntry) -> bool| self.entries.iter().map(test).collect::<Vec<bool>>();
        match (&criterion.test, criterion.parameter) {
            (Test::Ids(ids), _) => of_entry(&|entry| ids.contains(&entry.target)),
            (Test::Updated(tests), _) => of_entry(&|entry| {
                entry.updated.is_some_and(|(from, to)| tests.iter().any(|test| test.matches(from, to)))
            }),
            (Test::Near(near), _) => of_entry(&|entry| {
                let miles = entry.position.map(|position| near.position.distance_miles(position));
                miles.is_some_and(|miles| miles <= near.radius_miles)
            }),
            (Test::Missing(is_missing), Some(parameter)) => {
                of_entry(&|entry| self.values_of(entry).iter().any(|(of, _)| *of == parameter) != *is_missing)
            }
            (Test::NotTokens(_), Some(parameter)) => {
                self.with_value(parameter, &criterion.test).into_iter().map(|has| !has).collect()
            }
            (test, Some(parameter)) => self.with_value(parameter, test),
            (_, None) => vec![false; self.entries.len()],
        }
    }

    fn with_value(&self, parameter: u16, test: &Test) -> Vec<bool> {
        let mut has = vec![false; self.entries.len()];
        for (value, places) in self.by_parameter.get(&parameter).into_iter().flat_map(Carriers::iter) {
            if test.matches(self.values.get(value)) {
                places.iter().for_each(|place| has[*place as usize] = true);
            }
        }
        has
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use openslots_model::PublicId;
    use proptest::prelude::*;

    use super::super::{TextMode, TokenTest};
    use super::*;

    fn target(id: u8) -> Target {
        let kind = if id.is_multiple_of(2) { ResourceKind::Location } else { ResourceKind::Schedule };
        Target { kind, id: PublicId::from_bytes([id; 10]) }
    }

    fn facts(version: u8) -> ResourceFacts {
        let token = |code: u8| SearchValue::Token { code: code.to_string(), system: None };
        let mut values = vec![(1, token(version % 5)), (2, token(version % 3))];
        if version.is_multiple_of(4) {
            values.push((3, SearchValue::Text { folded: format!("v{version}"), written: format!("V{version}") }));
        }
        values.push((4, SearchValue::Reference(target(version % 7))));
        ResourceFacts { values, name: Some(version.to_string()), ..ResourceFacts::default() }
    }

    proptest! {
        #[test]
        fn tables_that_follow_changes_find_what_plain_loops_find(
            steps in prop::collection::vec(prop::collection::btree_map(0u8..20, any::<u8>(), 0..15), 1..5),
            code in 0u8..5,
        ) {
            let mut table = ResourceTable::default();
            for held in &steps {
                let line = |(id, version): (&u8, &u8)| ResourceLine {
                    target: target(*id),
                    number: ResourceNumber(u32::from(*id)),
                    // A line that changes is elsewhere.
                    line: u64::from(*id) << 8 | u64::from(*version),
                };
                let mut n_read = 0;
                let n_new = held.iter().map(line).filter(|line| table.entry(line.target).is_none_or(|entry| entry.line != line.line)).count();
                let read = |line: &ResourceLine| { n_read += 1; Ok::<_, Infallible>(facts(line.line as u8)) };
                table = ResourceTable::build(Some(&table), held.iter().map(line), read).unwrap();
                prop_assert_eq!(n_read, n_new, "only what changed is read");
                let wanted = vec![TokenTest { system: None, code: Some(code.to_string()) }];
                let tests: [(u16, Test); 5] = [
                    (1, Test::Tokens(wanted.clone())),
                    (1, Test::NotTokens(wanted)),
                    (3, Test::Missing(true)),
                    (3, Test::Texts(TextMode::StartsWith, vec!["v1".to_owned()])),
                    (4, Test::References([target(code)].into_iter().collect())),
                ];
                for (parameter, test) in tests {
                    let has = |version: &u8, value: &dyn Fn(&SearchValue) -> bool| {
                        facts(*version).values.iter().any(|(of, found)| *of == parameter && value(found))
                    };
                    let is_found = |version: &u8| match &test {
                        Test::Missing(_) => !has(version, &|_| true),
                        Test::NotTokens(_) => !has(version, &|value| test.matches(value.into())),
                        _ => has(version, &|value| test.matches(value.into())),
                    };
                    for kind in [ResourceKind::Location, ResourceKind::Schedule] {
                        let want: Vec<Target> = held.iter().filter(|(id, version)| target(**id).kind == kind && is_found(version)).map(|(id, _)| target(*id)).collect();
                        let criterion = Criterion { parameter: Some(parameter), test: test.clone() };
                        let found: Vec<Target> = table.find(kind, &[criterion]).iter().map(|entry| entry.target).collect();
                        prop_assert_eq!(found, want);
                    }
                }
            }
        }
    }
}
