//! What commands print.

use std::io::{ErrorKind, Write};

use anyhow::{Context, Result};
use comfy_table::{CellAlignment, Table, presets};
use console::Term;
pub(crate) use openslots_web::figures::{bytes, count_of, grouped};
use serde::Serialize;

/// Prints text to standard output. A reader that has gone away (`| head`) ends the output, not the program in anger.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("standard output cannot be written"),
    }
}

/// Prints a line.
pub(crate) fn print_line(line: &str) -> Result<()> {
    print(&format!("{line}\n"))
}

/// Prints a value as indented JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    print_line(&serde_json::to_string_pretty(value)?)
}

/// How many characters fit beside each other on the terminal that standard output is; `None`: it is none.
pub(crate) fn terminal_width() -> Option<u16> {
    Term::stdout().size_checked().map(|(_, n_columns)| n_columns)
}

/// A table without lines; columns named `right` are flush right.
pub(crate) fn table(columns: &[&str], right: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(columns);
    for row in rows {
        table.add_row(row);
    }
    for (place, name) in columns.iter().enumerate() {
        if let Some(column) = table.column_mut(place) {
            column.set_padding((0, 2));
            if right.contains(name) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// An age in the largest unit that fits: `45 s`, `12 min`, `3 h`, `2 d`.
pub(crate) fn age(seconds: i64) -> String {
    match seconds {
        ..0 => "ahead".to_owned(),
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_readable() {
        for (count, want) in [(0, "0"), (999, "999"), (1_000, "1,000"), (11_563, "11,563"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(count), want);
        }
        for (count, want) in [(999, "999 B"), (4_900_000, "4.9 MB"), (1_500, "1.5 kB")] {
            assert_eq!(bytes(count), want);
        }
        for (seconds, want) in [(45, "45 s"), (720, "12 min"), (10_800, "3 h"), (200_000, "2 d")] {
            assert_eq!(age(seconds), want);
        }
    }

    #[test]
    fn tables_have_straight_columns() {
        let text = table(
            &["name", "n"],
            &["n"],
            [vec!["a".to_owned(), "10".to_owned()], vec!["bcd".to_owned(), "7".to_owned()]],
        );
        assert_eq!(text, "name   n\na     10\nbcd    7\n");
    }
}
