//! How good what is published is, in one letter.

use serde::{Deserialize, Serialize};

/// A grade; the earlier the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// No errors, no warnings.
    A,
    /// No errors.
    B,
    /// Errors in at most one line of a hundred, and nowhere else than in lines.
    C,
    /// Errors in at most one line of ten, or only where no line is concerned.
    D,
    /// Errors in more lines, or nothing that can be read.
    F,
}

/// What a grade is judged by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines that were looked at.
    pub n_lines: u64,
    /// Those of them with errors.
    pub n_faulty: u64,
    /// Errors in all, those that concern no line among them.
    pub n_errors: u64,
    /// Warnings.
    pub n_warnings: u64,
}

impl Grade {
    /// The grade of a tally.
    pub const fn of(tally: Tally) -> Self {
        let Tally { n_lines, n_faulty, n_errors, n_warnings } = tally;
        if n_lines == 0 || n_faulty.saturating_mul(10) > n_lines {
            Self::F
        } else if n_errors == 0 {
            if n_warnings == 0 { Self::A } else { Self::B }
        } else if n_faulty == 0 || n_faulty.saturating_mul(100) > n_lines {
            Self::D
        } else {
            Self::C
        }
    }

    /// The letter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::F => "F",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_follow_from_how_many_lines_have_errors() {
        for (n_lines, n_faulty, n_errors, n_warnings, want) in [
            (100, 0, 0, 0, Grade::A),
            (100, 0, 0, 1, Grade::B),
            (100, 1, 1, 0, Grade::C),
            (100, 1, 3, 9, Grade::C),
            (100, 0, 1, 0, Grade::D),
            (100, 2, 2, 0, Grade::D),
            (100, 10, 10, 0, Grade::D),
            (100, 11, 11, 0, Grade::F),
            (0, 0, 0, 0, Grade::F),
        ] {
            let tally = Tally { n_lines, n_faulty, n_errors, n_warnings };
            assert_eq!(Grade::of(tally), want, "{tally:?}");
        }
    }
}
