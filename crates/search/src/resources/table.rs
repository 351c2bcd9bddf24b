//! The table of one publisher.

use openslots_fhir::search::{SearchValue, Target};
use openslots_model::{Position, PublisherSlug, ResourceKind, ResourceNumber};

use super::criteria::{Criterion, Test, TokenTest};
use super::entries::{Entries, Entry};
use super::own_identifiers::{Named, OwnIdentifiers};
use super::pairs::Pairs;
use super::values::{NONE, ValueRef, Values, ValuesBuilder};

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
    /// Its values, by number of the parameter, without the identifier that an aggregator adds.
    pub values: Vec<(u16, SearchValue)>,
    /// When it was last updated by its own word, in seconds since 1970: from, and to before.
    pub updated: Option<(i64, i64)>,
    /// Of a place where it is.
    pub position: Option<Position>,
    /// What it is called, for the order.
    pub name: Option<String>,
}

/// A resource of a table.
#[derive(Debug, Clone, Copy)]
pub struct ResourceEntry<'a> {
    table: &'a ResourceTable,
    place: u32,
}

impl<'a> ResourceEntry<'a> {
    fn entry(self) -> &'a Entry {
        self.table.entries.get(self.place)
    }

    /// Its type and published id.
    pub fn target(self) -> Target {
        self.entry().target
    }

    /// Its number in the store.
    pub fn number(self) -> ResourceNumber {
        self.entry().number
    }

    /// When it was last updated by its own word, in seconds since 1970: from, and to before.
    pub fn updated(self) -> Option<(i64, i64)> {
        match self.table.values.find(self.entry().updated)? {
            ValueRef::Period(from, to) => Some((from, to)),
            _ => None,
        }
    }

    /// Of a place where it is.
    pub fn position(self) -> Option<Position> {
        self.table.entries.position(self.place)
    }

    /// What it is called, for the order.
    pub fn name(self) -> Option<&'a str> {
        match self.table.values.find(self.entry().name)? {
            ValueRef::Text { folded, .. } => Some(folded),
            _ => None,
        }
    }

    fn facts(self) -> ResourceFacts {
        let pairs = self.table.pairs.of_entry(self.table.entries.pairs(self.place));
        ResourceFacts {
            values: pairs.map(|(parameter, value)| (parameter, self.table.values.get(value).to_owned())).collect(),
            updated: self.updated(),
            position: self.position(),
            name: self.name().map(str::to_owned),
        }
    }
}

/// The resources of one publisher other than slots.
#[derive(Debug)]
pub struct ResourceTable {
    own_identifiers: OwnIdentifiers,
    entries: Entries,
    pairs: Pairs,
    /// All distinct values.
    values: Values,
}

impl ResourceTable {
    /// The table of these lines of a publisher. `read` takes what is to be known from a line; lines that the table before
    /// has at the same place are not read.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn build<E>(
        before: Option<&Self>,
        publisher: &PublisherSlug,
        lines: impl IntoIterator<Item = ResourceLine>,
        mut read: impl FnMut(&ResourceLine) -> Result<ResourceFacts, E>,
    ) -> Result<Self, E> {
        let mut entries = Entries::default();
        let mut had: Vec<(u16, u32)> = Vec::new();
        let mut values = ValuesBuilder::default();
        for line in lines {
            let known = before.and_then(|before| before.entry(line.target));
            let facts = match known.filter(|known| known.entry().is_of(&line)) {
                Some(known) => known.facts(),
                None => read(&line)?,
            };
            let name = facts.name.and_then(|name| values.name(name, &facts.values)).unwrap_or(NONE);
            let updated = facts.updated.and_then(|(from, to)| values.number_of(SearchValue::Period(from, to)));
            let numbers = facts.values.into_iter();
            had.extend(numbers.filter_map(|(parameter, value)| Some((parameter, values.number_of(value)?))));
            let entry = Entry {
                line: line.line,
                number: line.number,
                updated: updated.unwrap_or(NONE),
                name,
                pairs_end: had.len() as u32,
                target: line.target,
            };
            entries.push(entry, facts.position);
        }
        entries.close();
        let values = values.finish();
        let pairs = Pairs::of(&had, entries.all().iter().map(|entry| entry.pairs_end));
        Ok(Self { own_identifiers: OwnIdentifiers::of(publisher), entries, pairs, values })
    }

    /// Whether it holds just these lines, in this order.
    pub fn holds(&self, lines: &[ResourceLine]) -> bool {
        let entries = self.entries.all();
        entries.len() == lines.len() && entries.iter().zip(lines).all(|(entry, line)| entry.is_of(line))
    }

    /// How many resources it holds.
    pub fn len(&self) -> usize {
        self.entries.all().len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.all().is_empty()
    }

    /// A resource, if it is held.
    pub fn entry(&self, target: Target) -> Option<ResourceEntry<'_>> {
        Some(ResourceEntry { table: self, place: self.entries.find(target)? })
    }

    /// What a resource refers to by a parameter.
    pub fn references(&self, entry: ResourceEntry<'_>, parameter: u16) -> impl Iterator<Item = Target> {
        let found = self.pairs.values(self.entries.pairs(entry.place), parameter);
        found.filter_map(|value| match self.values.get(value) {
            ValueRef::Reference(target) => Some(target),
            _ => None,
        })
    }

    fn all(&self) -> impl Iterator<Item = ResourceEntry<'_>> {
        (0..self.len() as u32).map(|place| ResourceEntry { table: self, place })
    }

    /// The resources of a type that meet all criteria.
    pub fn find(&self, kind: ResourceKind, criteria: &[Criterion]) -> Vec<ResourceEntry<'_>> {
        let mut is_found: Vec<bool> = self.entries.all().iter().map(|entry| entry.target.kind == kind).collect();
        for criterion in criteria {
            let met = self.met(kind, criterion);
            is_found.iter_mut().zip(met).for_each(|(is_found, is_met)| *is_found &= is_met);
        }
        let found = self.all().zip(is_found).filter(|(_, is_found)| *is_found);
        found.map(|(entry, _)| entry).collect()
    }

    /// For each resource of a type whether it meets a criterion.
    fn met(&self, kind: ResourceKind, criterion: &Criterion) -> Vec<bool> {
        let of_entry = |test: &dyn Fn(ResourceEntry<'_>) -> bool| self.all().map(test).collect::<Vec<bool>>();
        match (&criterion.test, criterion.parameter) {
            (Test::Ids(ids), _) => of_entry(&|entry| ids.contains(&entry.target())),
            (Test::Updated(tests), _) => of_entry(&|entry| {
                entry.updated().is_some_and(|(from, to)| tests.iter().any(|test| test.matches(from, to)))
            }),
            (Test::Near(near), _) => of_entry(&|entry| {
                let miles = entry.position().map(|position| near.position.distance_miles(position));
                miles.is_some_and(|miles| miles <= near.radius_miles)
            }),
            // Everything that is given out has an identifier.
            (Test::Missing(is_missing), Some(parameter)) if OwnIdentifiers::are_of(kind, parameter) => {
                vec![!is_missing; self.len()]
            }
            (Test::Missing(is_missing), Some(parameter)) => {
                self.carry(parameter, |_| true).into_iter().map(|has| has != *is_missing).collect()
            }
            (Test::NotTokens(tests), Some(parameter)) => {
                self.have_token(kind, parameter, &criterion.test, tests).into_iter().map(|has| !has).collect()
            }
            (Test::Tokens(tests), Some(parameter)) => self.have_token(kind, parameter, &criterion.test, tests),
            (test, Some(parameter)) => self.carry(parameter, |value| test.matches(value)),
            (_, None) => vec![false; self.len()],
        }
    }

    /// For each resource of a type whether it has a token that is asked for, the identifiers that we add included.
    fn have_token(&self, kind: ResourceKind, parameter: u16, test: &Test, tests: &[TokenTest]) -> Vec<bool> {
        let mut has = self.carry(parameter, |value| test.matches(value));
        if OwnIdentifiers::are_of(kind, parameter) {
            for named in tests.iter().filter_map(|test| self.own_identifiers.named(kind, test)) {
                match named {
                    Named::All => has.fill(true),
                    Named::One(target) => self.entries.find(target).into_iter().for_each(|at| has[at as usize] = true),
                }
            }
        }
        has
    }

    /// For each resource whether it has such a value of a parameter.
    fn carry(&self, parameter: u16, is_such: impl Fn(ValueRef<'_>) -> bool) -> Vec<bool> {
        let mut has = vec![false; self.len()];
        for (value, places) in self.pairs.carriers(parameter) {
            if is_such(self.values.get(value)) {
                places.for_each(|place| has[place as usize] = true);
            }
        }
        has
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use openslots_fhir::search::find_parameter;
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
            let publisher = "holly".parse::<PublisherSlug>().unwrap();
            let mut table: Option<ResourceTable> = None;
            for held in &steps {
                let line = |(id, version): (&u8, &u8)| ResourceLine {
                    target: target(*id),
                    number: ResourceNumber(u32::from(*id)),
                    // A line that changes is elsewhere.
                    line: u64::from(*id) << 8 | u64::from(*version),
                };
                let mut n_read = 0;
                let n_new = held.iter().map(line).filter(|line| table.as_ref().and_then(|table| table.entry(line.target)).is_none_or(|entry| !entry.entry().is_of(line))).count();
                let read = |line: &ResourceLine| { n_read += 1; Ok::<_, Infallible>(facts(line.line as u8)) };
                let table = &*table.insert(ResourceTable::build(table.as_ref(), &publisher, held.iter().map(line), read).unwrap());
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
                        let found: Vec<Target> = table.find(kind, &[criterion]).iter().map(|entry| entry.target()).collect();
                        prop_assert_eq!(found, want);
                    }
                }
            }
        }
    }

    #[test]
    fn identifiers_that_are_added_are_found_beside_published_ones() {
        let publisher = "holly".parse::<PublisherSlug>().unwrap();
        let location = |id: &str| Target {
            kind: ResourceKind::Location,
            id: PublicId::of(&publisher, ResourceKind::Location, id),
        };
        let parameter = find_parameter(ResourceKind::Location, "identifier").unwrap().number();
        let lines = ["north", "south"].into_iter().zip(0..).map(|(id, number)| ResourceLine {
            target: location(id),
            number: ResourceNumber(number),
            line: u64::from(number),
        });
        let read = |line: &ResourceLine| {
            let published = SearchValue::Token { code: line.number.to_string(), system: Some("urn:x".to_owned()) };
            Ok::<_, Infallible>(ResourceFacts { values: vec![(parameter, published)], ..ResourceFacts::default() })
        };
        let table = ResourceTable::build(None, &publisher, lines, read).unwrap();
        let token = |system: Option<&str>, code: Option<&str>| TokenTest {
            system: system.map(|system| Some(system.to_owned())),
            code: code.map(str::to_owned),
        };
        let (own, north) = (Some("/publishers/holly"), Some("Location/north"));
        for (test, want) in [
            (Test::Tokens(vec![token(own, north)]), &["north"][..]),
            (Test::Tokens(vec![token(None, north), token(Some("urn:x"), Some("1"))]), &["north", "south"]),
            (Test::Tokens(vec![token(own, None)]), &["north", "south"]),
            (Test::Tokens(vec![token(own, Some("Location/west"))]), &[]),
            (Test::Tokens(vec![token(Some("urn:x"), Some("0"))]), &["north"]),
            (Test::NotTokens(vec![token(own, north)]), &["south"]),
            (Test::NotTokens(vec![token(own, None)]), &[]),
            (Test::Missing(false), &["north", "south"]),
            (Test::Missing(true), &[]),
        ] {
            let criterion = Criterion { parameter: Some(parameter), test };
            let found = table.find(ResourceKind::Location, std::slice::from_ref(&criterion));
            let want = want.iter().map(|id| location(id)).collect::<Vec<_>>();
            assert_eq!(found.iter().map(|entry| entry.target()).collect::<Vec<_>>(), want, "{criterion:?}");
        }
    }
}
