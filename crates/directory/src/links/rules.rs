//! What the operator knows better.

use openslots_model::PublicId;
use rustc_hash::{FxHashMap, FxHashSet};

/// Pairs of places that the operator has judged. The order within a pair does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkRules {
    /// By place: those that it is linked with.
    same: FxHashMap<PublicId, Vec<PublicId>>,
    /// The lesser id first.
    different: FxHashSet<(PublicId, PublicId)>,
}

impl LinkRules {
    /// Rules of pairs that are the same place and pairs that are not. A pair in both is not linked: a missing link does
    /// less harm than a wrong one.
    pub fn new(
        same: impl IntoIterator<Item = (PublicId, PublicId)>,
        different: impl IntoIterator<Item = (PublicId, PublicId)>,
    ) -> Self {
        let mut rules = Self { different: different.into_iter().map(in_order).collect(), ..Self::default() };
        for (a, b) in same {
            for (one, other) in [(a, b), (b, a)] {
                let others = rules.same.entry(one).or_default();
                if one != other && !others.contains(&other) {
                    others.push(other);
                }
            }
        }
        rules
    }

    /// Whether these two must not be linked.
    pub fn forbids(&self, a: PublicId, b: PublicId) -> bool {
        self.different.contains(&in_order((a, b)))
    }

    /// The places that a place is linked with by rule, whether they are known or not.
    pub fn linked(&self, place: PublicId) -> impl Iterator<Item = PublicId> {
        let others = self.same.get(&place).into_iter().flatten().copied();
        others.filter(move |other| !self.forbids(place, *other))
    }
}

fn in_order((a, b): (PublicId, PublicId)) -> (PublicId, PublicId) {
    if a <= b { (a, b) } else { (b, a) }
}
