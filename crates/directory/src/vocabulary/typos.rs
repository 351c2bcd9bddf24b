//! How far misspelt words are from known ones.

use crate::text::words;

/// How many letters differ between two phrases, if it is few enough in each word.
pub(super) fn between(wanted: &str, known: &str) -> Option<usize> {
    let (wanted, known) = (words(wanted).collect::<Vec<_>>(), words(known).collect::<Vec<_>>());
    if wanted.len() != known.len() {
        return None;
    }
    let mut n_typos = 0;
    for (wanted, known) in wanted.iter().zip(&known) {
        let allowed = match wanted.len() {
            0..5 => 0,
            5..8 => 1,
            _ => 2,
        };
        let n = edits(wanted.as_bytes(), known.as_bytes());
        if n > allowed {
            return None;
        }
        n_typos += n;
    }
    Some(n_typos)
}

/// Letters to insert, delete, replace or swap with their neighbour to make one word of the other (optimal string
/// alignment).
fn edits(a: &[u8], b: &[u8]) -> usize {
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                let is_swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                if is_swapped { least.min(rows[i - 2][j - 2] + 1) } else { least }
            };
        }
    }
    rows[a.len()][b.len()]
}
