//! What is found wrong, and where in a resource.

use crate::conformance::Requirement;

/// A requirement that is not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub requirement: Requirement,
    /// The element, as in `Slot.schedule.reference` or `Location.telecom[1].system`.
    pub element: String,
    /// What exactly, for people.
    pub detail: String,
}

/// Takes findings, and keeps where in a resource the one who looks is.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) found: Vec<Finding>,
    path: String,
}

impl Findings {
    /// Records a breach at the present element.
    pub(crate) fn add(&mut self, requirement: Requirement, detail: impl Into<String>) {
        self.found.push(Finding { requirement, element: self.path.clone(), detail: detail.into() });
    }

    /// Records a breach at an element below the present one.
    pub(crate) fn add_at(&mut self, element: &str, requirement: Requirement, detail: impl Into<String>) {
        self.within(element, None, |findings| findings.add(requirement, detail));
    }

    /// Looks at an element (or the n-th of a list) below the present one.
    pub(crate) fn within<T>(&mut self, element: &str, place: Option<usize>, look: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(element);
        if let Some(place) = place {
            self.path.push('[');
            self.path.push_str(&place.to_string());
            self.path.push(']');
        }
        let seen = look(self);
        self.path.truncate(length);
        seen
    }
}
