//! Answers, and whether two of them say the same.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Context, Result, bail, ensure};
use openslots_model::SlotSort;
use serde_json::Value;

use super::questions::Want;

/// Distances that differ by less are the same: the order of floating-point steps is each program's own.
const SAME_MILES: f64 = 1e-6;

/// A slot that was found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FoundSlot {
    pub(super) publisher: String,
    /// As its publisher names it.
    pub(super) id: String,
    /// In seconds since 1970.
    pub(super) start: i64,
    /// From the point that was asked for.
    pub(super) miles: Option<f64>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Slots(Vec<FoundSlot>),
    /// By what is counted; of a mere count by nothing.
    Counts(BTreeMap<String, u64>),
}

impl Answer {
    /// The answer that a database's rows are: (publisher, id, start, miles, ...), (count) or (code, count).
    pub(super) fn of_rows(want: Want, rows: &[Vec<Value>]) -> Result<Self> {
        let found = match want {
            Want::Slots(_) => rows.iter().map(|row| slot_of_row(row)).collect::<Option<_>>().map(Self::Slots),
            Want::Count => rows
                .iter()
                .map(|row| Some((String::new(), row.first()?.as_u64()?)))
                .collect::<Option<_>>()
                .map(Self::Counts),
            Want::Specialties => rows
                .iter()
                .map(|row| Some((row.first()?.as_str()?.to_owned(), row.get(1)?.as_u64()?)))
                .collect::<Option<_>>()
                .map(Self::Counts),
        };
        found.with_context(|| format!("rows of another form than {want:?}: {:?}", rows.first()))
    }

    /// How much was found.
    pub(super) fn total(&self) -> u64 {
        match self {
            Self::Slots(slots) => slots.len() as u64,
            Self::Counts(counts) => counts.values().sum(),
        }
    }
}

fn slot_of_row(row: &[Value]) -> Option<FoundSlot> {
    let [publisher, id, start, miles, ..] = row else { return None };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(FoundSlot { publisher: text(publisher)?, id: text(id)?, start: start.as_i64()?, miles: miles.as_f64() })
}

/// Holds a whole answer against ours: the same slots, with the same times and distances.
pub(super) fn check_whole(ours: &Answer, theirs: &Answer) -> Result<()> {
    match (ours, theirs) {
        (Answer::Counts(ours), Answer::Counts(theirs)) => {
            ensure!(ours == theirs, "counts differ: {ours:?} here, {theirs:?} there");
        }
        (Answer::Slots(ours), Answer::Slots(theirs)) => {
            ensure!(ours.len() == theirs.len(), "{} slots here, {} there", ours.len(), theirs.len());
            let by_id = by_id(ours);
            let mut seen = HashSet::new();
            for slot in theirs {
                let same = by_id.get(&(slot.publisher.as_str(), slot.id.as_str()));
                ensure!(same.is_some_and(|same| is_same(same, slot)), "{slot:?} there is {same:?} here");
                ensure!(seen.insert((&slot.publisher, &slot.id)), "{slot:?} comes twice there");
            }
        }
        _ => bail!("a list and a count"),
    }
    Ok(())
}

/// Holds a page against our whole answer: the first slots in the order asked for, of those that stand at the same place
/// in the order any.
pub(super) fn check_page(sort: SlotSort, whole: &[FoundSlot], page: &[FoundSlot], limit: usize) -> Result<()> {
    ensure!(page.len() == whole.len().min(limit), "{} slots on the page of {}", page.len(), whole.len());
    let mut in_order: Vec<_> = whole.iter().collect();
    let miles = |slot: &FoundSlot| if sort == SlotSort::Distance { slot.miles.unwrap_or_default() } else { 0.0 };
    in_order.sort_by(|a, b| miles(a).total_cmp(&miles(b)).then(a.start.cmp(&b.start)));
    let by_id = by_id(whole);
    let mut seen = HashSet::new();
    for (place, (slot, want)) in page.iter().zip(in_order).enumerate() {
        let is_there = (miles(slot) - miles(want)).abs() < SAME_MILES && slot.start == want.start;
        ensure!(is_there, "{slot:?} is at place {place}, where {want:?} or its equal should be");
        let known = by_id.get(&(slot.publisher.as_str(), slot.id.as_str()));
        ensure!(known.is_some_and(|known| is_same(known, slot)), "{slot:?} is on the page and not in the answer");
        ensure!(seen.insert((&slot.publisher, &slot.id)), "{slot:?} is on the page twice");
    }
    Ok(())
}

fn by_id(slots: &[FoundSlot]) -> HashMap<(&str, &str), &FoundSlot> {
    slots.iter().map(|slot| ((slot.publisher.as_str(), slot.id.as_str()), slot)).collect()
}

fn is_same(a: &FoundSlot, b: &FoundSlot) -> bool {
    let is_as_far = match (a.miles, b.miles) {
        (Some(a), Some(b)) => (a - b).abs() < SAME_MILES,
        (None, None) => true,
        _ => false,
    };
    a.start == b.start && is_as_far
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(id: &str, start: i64, miles: f64) -> FoundSlot {
        FoundSlot { publisher: "p".to_owned(), id: id.to_owned(), start, miles: Some(miles) }
    }

    #[test]
    fn equal_ones_may_stand_in_any_order_and_no_others() {
        let whole = [slot("a", 1, 2.0), slot("b", 1, 1.0), slot("c", 3, 1.0)];
        let of = |ids: [usize; 2]| ids.map(|id| whole[id].clone());
        for (sort, ids, is_right) in [
            (SlotSort::Start, [0, 1], true),
            (SlotSort::Start, [1, 0], true),
            (SlotSort::Start, [0, 2], false),
            (SlotSort::Start, [0, 0], false),
            (SlotSort::Distance, [1, 2], true),
            (SlotSort::Distance, [1, 0], false),
            (SlotSort::Distance, [2, 1], false),
        ] {
            assert_eq!(check_page(sort, &whole, &of(ids), 2).is_ok(), is_right, "{sort:?} {ids:?}");
        }
        assert!(check_page(SlotSort::Start, &whole, &whole[..1], 2).is_err(), "a page that is too short");
    }

    #[test]
    fn a_whole_answer_is_told_from_others() {
        let ours = [slot("a", 1, 2.0), slot("b", 1, 1.0)];
        let with = |change: &dyn Fn(&mut Vec<FoundSlot>)| {
            let mut theirs = ours.to_vec();
            change(&mut theirs);
            check_whole(&Answer::Slots(ours.to_vec()), &Answer::Slots(theirs)).is_ok()
        };
        assert!(with(&|theirs| theirs.reverse()));
        assert!(with(&|theirs| theirs[0].miles = Some(2.0 + 1e-9)));
        assert!(!with(&|theirs| theirs[0].start = 2));
        assert!(!with(&|theirs| theirs[0].id = "c".to_owned()));
        assert!(!with(&|theirs| theirs[0] = theirs[1].clone()));
        assert!(!with(&|theirs| theirs[0].miles = None));
        assert!(!with(&|theirs| drop(theirs.pop())));
        let counts = |n| Answer::Counts(BTreeMap::from([("x".to_owned(), n)]));
        assert!(check_whole(&counts(1), &counts(1)).is_ok());
        assert!(check_whole(&counts(1), &counts(2)).is_err());
    }

    #[test]
    fn rows_are_read_by_what_was_asked() {
        let row = |text: &str| serde_json::from_str::<Vec<Value>>(text).expect("a row");
        let slots = Answer::of_rows(Want::Slots(SlotSort::Start), &[row(r#"["p", "a", 1, null, 5, "x"]"#)]);
        assert_eq!(slots.expect("a slot").total(), 1);
        assert_eq!(Answer::of_rows(Want::Count, &[row("[7]")]).expect("a count").total(), 7);
        assert_eq!(Answer::of_rows(Want::Specialties, &[row(r#"["c", 3]"#)]).expect("counts").total(), 3);
        assert!(Answer::of_rows(Want::Count, &[row(r#"["c", 3]"#)]).is_err());
    }
}
