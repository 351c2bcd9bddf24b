//! From clauses to the resources that meet them.

use openslots_fhir::search::Target;
use openslots_model::{PublisherNumber, ResourceKind};
use openslots_search::resources::{Criterion, ResourceEntry, Resources, Test};
use rustc_hash::FxHashSet;

use super::clauses::Clause;
use super::request::SortBy;
use crate::cursor::{from_hex, to_hex};

/// The resources of a type that meet all clauses, of all publishers but some.
pub(super) fn find<'r>(
    resources: &'r Resources,
    excluded: &[PublisherNumber],
    kind: ResourceKind,
    clauses: &[Clause],
) -> Vec<ResourceEntry<'r>> {
    let criteria: Vec<Criterion> = clauses.iter().filter_map(|clause| criterion(resources, excluded, clause)).collect();
    resources.tables_without(excluded).flat_map(|(_, table)| table.find(kind, &criteria)).collect()
}

/// The ids of those that meet one clause.
pub(super) fn targets(
    resources: &Resources,
    excluded: &[PublisherNumber],
    kind: ResourceKind,
    clause: &Clause,
) -> FxHashSet<Target> {
    find(resources, excluded, kind, std::slice::from_ref(clause)).into_iter().map(|entry| entry.target()).collect()
}

/// What a clause asks of the resource itself; of a chain that it refers to any of those at its end.
fn criterion(resources: &Resources, excluded: &[PublisherNumber], clause: &Clause) -> Option<Criterion> {
    match clause {
        Clause::Own(criterion) => Some(criterion.clone()),
        Clause::Chain { parameter, kind, clause } => {
            let ends = targets(resources, excluded, *kind, clause);
            Some(Criterion { parameter: Some(*parameter), test: Test::References(ends) })
        }
        // Slots are searched for otherwise.
        Clause::Slot(_) => None,
    }
}

/// The key of a resource in an order; what is not known comes last.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) struct OrderKey {
    is_unknown: bool,
    number: f64,
    text: String,
    id: String,
}

impl OrderKey {
    /// The key of an entry; `miles` is its distance where that is the order.
    pub(super) fn of(entry: ResourceEntry<'_>, sort: SortBy, is_descending: bool, miles: Option<f64>) -> Self {
        let sign = |number: f64| if is_descending { -number } else { number };
        let (number, text) = match sort {
            SortBy::LastUpdated => (entry.updated().map(|(from, _)| sign(from as f64)), Some(String::new())),
            SortBy::Distance => (miles.map(sign), Some(String::new())),
            SortBy::Name => (Some(0.0), entry.name().map(str::to_owned)),
            SortBy::Id | SortBy::Start => (Some(0.0), Some(String::new())),
        };
        let is_unknown = number.is_none() || text.is_none();
        let (number, text) = (number.unwrap_or(0.0), text.unwrap_or_default());
        Self { is_unknown, number, text, id: entry.target().id.to_string() }
    }

    /// How two compare: descending texts are turned round here.
    pub(super) fn compare(&self, other: &Self, is_descending: bool) -> std::cmp::Ordering {
        let texts = self.text.cmp(&other.text);
        self.is_unknown
            .cmp(&other.is_unknown)
            .then(self.number.total_cmp(&other.number))
            .then(if is_descending { texts.reverse() } else { texts })
            .then_with(|| if is_descending { other.id.cmp(&self.id) } else { self.id.cmp(&other.id) })
    }

    /// The text by which a page hands on where the next one begins.
    pub(super) fn to_cursor(&self) -> String {
        let parts = format!("{}|{:016x}|{}|{}", u8::from(self.is_unknown), self.number.to_bits(), self.id, self.text);
        to_hex(parts.as_bytes())
    }

    /// Reads it again.
    pub(super) fn of_cursor(cursor: &str) -> Option<Self> {
        let parts = String::from_utf8(from_hex(cursor)?).ok()?;
        let mut parts = parts.splitn(4, '|');
        let is_unknown = match parts.next()? {
            "0" => false,
            "1" => true,
            _ => return None,
        };
        let number = f64::from_bits(u64::from_str_radix(parts.next()?, 16).ok()?);
        let id = parts.next()?.to_owned();
        Some(Self { is_unknown, number, id, text: parts.next()?.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cursors_are_read_as_they_were_written(is_unknown: bool, number in -1e9f64..1e9, id in "[0-9a-z]{16}", text in ".{0,20}") {
            let key = OrderKey { is_unknown, number, text, id };
            prop_assert_eq!(OrderKey::of_cursor(&key.to_cursor()), Some(key));
        }

        #[test]
        fn no_cursor_panics(text in ".{0,60}") {
            drop(OrderKey::of_cursor(&text));
        }
    }
}
