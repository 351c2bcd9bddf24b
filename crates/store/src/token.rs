//! Tokens: what the store knows the accepted lines of an output file by.
//!
//! A slot's line is known by its row, so that a changed slot is another token; any other resource's by its number,
//! which stays when the resource changes. Consecutive lines mostly have consecutive tokens, which is what makes
//! the tokens of a file small ([`crate::file_lines`]). 0 stands for no token at all ([`LineToken::NONE`]).

use openslots_model::{LineToken, ResourceNumber, SlotRow};

/// Tells a resource's token from a slot's.
const RESOURCE: u64 = 1 << 63;

/// What a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    Slot(SlotRow),
    Resource(ResourceNumber),
}

pub(crate) const fn slot_token(row: SlotRow) -> LineToken {
    LineToken(row.0 + 1)
}

pub(crate) const fn resource_token(number: ResourceNumber) -> LineToken {
    LineToken(RESOURCE | number.0 as u64)
}

/// What a token other than [`LineToken::NONE`] stands for.
pub(crate) const fn held_by(token: u64) -> Held {
    if token & RESOURCE == 0 {
        Held::Slot(SlotRow(token.wrapping_sub(1)))
    } else {
        Held::Resource(ResourceNumber(token as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_stand_for_what_they_were_made_of() {
        for row in [0, 63, 1 << 40] {
            assert_eq!(held_by(slot_token(SlotRow(row)).0), Held::Slot(SlotRow(row)));
            assert_ne!(slot_token(SlotRow(row)), LineToken::NONE);
        }
        for number in [0, u32::MAX] {
            assert_eq!(held_by(resource_token(ResourceNumber(number)).0), Held::Resource(ResourceNumber(number)));
        }
    }
}
