//! What a comparison finds.

use std::fmt;

/// A fact of two places that agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LinkSignal {
    /// An identifier under the same system.
    Identifier,
    /// House, street and region.
    Address,
    /// A phone that no other place of the publisher has.
    Phone,
    /// A position that the publisher gave.
    Position,
    /// The words of the name that tell who it is.
    Name,
    /// A rule of the operator.
    Operator,
}

impl LinkSignal {
    /// Every signal, in order.
    pub const ALL: [Self; 6] =
        [Self::Identifier, Self::Address, Self::Phone, Self::Position, Self::Name, Self::Operator];

    /// The name in the JSON API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Position => "position",
            Self::Name => "name",
            Self::Operator => "operator",
        }
    }
}

/// The signals that agree.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct LinkSignals(u8);

impl LinkSignals {
    /// The signals, in order.
    pub fn iter(self) -> impl Iterator<Item = LinkSignal> {
        LinkSignal::ALL.into_iter().filter(move |signal| self.contains(*signal))
    }

    /// Whether this one agrees.
    pub fn contains(self, signal: LinkSignal) -> bool {
        self.0 & (1 << signal as u8) != 0
    }

    /// The same with one more if it agrees.
    pub(super) fn with(self, signal: LinkSignal, agrees: bool) -> Self {
        Self(self.0 | u8::from(agrees) << signal as u8)
    }
}

impl fmt::Debug for LinkSignals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(LinkSignal::as_str)).finish()
    }
}

/// Why two places cannot be the same, whatever agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Contradiction {
    /// State or ZIP differ, and no position says that they are neighbours.
    Region,
    /// The positions are too far apart.
    Distance,
    /// The house numbers differ.
    House,
    /// The streets differ.
    Street,
    /// Suite, floor or building differ.
    Unit,
    /// The numbers of stores of a chain differ.
    Store,
    /// The values of one system of identifiers differ.
    Identifier,
    /// The names are those of different departments, of a whole and its part, or of a tenant and its landlord.
    Department,
}

/// What is found of two places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What agrees.
    pub signals: LinkSignals,
    /// What contradicts, if anything does: the first that was found.
    pub contradiction: Option<Contradiction>,
    /// Whether enough agrees for a link.
    pub is_same: bool,
}
