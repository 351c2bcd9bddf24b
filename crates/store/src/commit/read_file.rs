//! A file that was read: its lines as they stand now, with the issues of the new ones and of those that were kept.

use std::collections::BTreeMap;

use openslots_model::{IssueCode, KnownFile};
use rusqlite::OptionalExtension;

use super::Context;
use super::files::{write_lines, write_row};
use super::issues::{lost_line, read_issues, write_issues};
use super::line_tokens::LineTokens;
use super::plan::{PlannedFile, Role};
use crate::Result;
use crate::block::{Block, LINES_PER_BLOCK};
use crate::file_lines::{LineRuns, LineState, Repairs};
use crate::staging::file::EntryRun;
use crate::staging::issue_log::{IssueLog, LineIssue};
use crate::staging::spool::Spool;

/// A file that was read.
pub(super) fn write_read(
    context: &Context<'_>,
    file: &mut PlannedFile,
    spool: &mut Spool,
    tokens: &LineTokens<'_>,
    is_sharing: bool,
) -> Result<()> {
    let (mut runs, mut line, mut n_rejected) = (LineRuns::default(), 0, 0);
    let mut log = std::mem::take(&mut file.stage.issues);
    let mut excerpts = StagedLines { file, context, block: None };
    let mut kept = KeptLines::default();
    let mut ordinals = file.accepted_ordinals();
    for entry in &file.stage.entries {
        match entry {
            EntryRun::Rejected { n } => {
                runs.push(LineState::Unheld, 0, *n);
                n_rejected += n;
            }
            EntryRun::Kept { first, n } if tokens.has_edits() => {
                for (line, token) in (line..).zip(*first..first + n) {
                    let stands = tokens.of_held(Role::Read, LineState::Held, token);
                    if stands == LineState::Unheld {
                        log.count(lost_line(line + 1, &context.text_of(token)?));
                    }
                    runs.push(stands, token, 1);
                }
                kept.add(*first, *n, line);
            }
            EntryRun::Kept { first, n } => {
                runs.push(LineState::Held, *first, *n);
                kept.add(*first, *n, line);
            }
            EntryRun::Accepted { n } => {
                for (line, ordinal) in (line..).zip(ordinals.by_ref().take(*n as usize)) {
                    let (state, token) = tokens.of(ordinal);
                    if state == LineState::Unheld {
                        let text = if log.keeps_duplicates() { excerpts.text(spool, ordinal)? } else { String::new() };
                        log.count(lost_line(line + 1, &text));
                    }
                    runs.push(state, token, 1);
                }
            }
        }
        line += entry.n();
    }
    drop(ordinals);
    if let Some(number) = file.number {
        carry_issues_over(context, number, file.load_runs(context.tx)?, &mut kept, &mut log)?;
    }
    let (counts, samples, repairs) = log.finish();
    let counts_of_lines = KnownFile { n_held: line - n_rejected, n_rejected, ..KnownFile::default() };
    let number = write_row(context, file, &counts_of_lines, is_sharing)?;
    write_lines(context, number, &runs, &file.hashes(spool)?, &repairs)?;
    write_issues(context, number, &counts, &samples)
}

/// The texts of staged lines of a file.
struct StagedLines<'a> {
    file: &'a PlannedFile,
    context: &'a Context<'a>,
    block: Option<(usize, Block)>,
}

impl StagedLines<'_> {
    fn text(&mut self, spool: &mut Spool, ordinal: u32) -> Result<String> {
        let place = u64::from(ordinal - self.file.first_ordinal);
        let (number, index) = ((place / LINES_PER_BLOCK) as usize, (place % LINES_PER_BLOCK) as usize);
        let block = match self.block.take() {
            Some((known, block)) if known == number => block,
            _ => {
                let mut data = Vec::new();
                spool.read(self.file.stage.blocks[number].data, &mut data)?;
                self.context.codec.read_block(&data)?
            }
        };
        let text = block.text(index)?.to_owned();
        self.block = Some((number, block));
        Ok(text)
    }
}

/// Where lines that are as before stand in their file now.
#[derive(Debug, Default)]
struct KeptLines(Vec<(u64, u64, u64)>);

impl KeptLines {
    /// `n` lines with tokens from `first` stand at `line` and after.
    fn add(&mut self, first: u64, n: u64, line: u64) {
        self.0.push((first, n, line));
    }

    /// Where the line of a token stands, if it was kept. The list must be sorted.
    fn line_of(&self, token: u64) -> Option<u64> {
        let run = self.0.partition_point(|(first, _, _)| *first <= token).checked_sub(1)?;
        let (first, n, line) = self.0[run];
        (token - first < n).then(|| line + token - first)
    }
}

/// Lines that are kept were not read anew: what was wrong with them then, still is.
fn carry_issues_over(
    context: &Context<'_>,
    number: i64,
    old: &LineRuns,
    kept: &mut KeptLines,
    log: &mut IssueLog,
) -> Result<()> {
    let mut select = context.tx.prepare_cached("SELECT repairs FROM file_lines WHERE file = ?1")?;
    let repairs: Option<Vec<u8>> = select.query_row([number], |row| row.get(0)).optional()?;
    let repairs = Repairs::decode(&repairs.unwrap_or_default())?;
    if repairs.is_empty() {
        return Ok(());
    }
    kept.0.sort_unstable();
    let mut samples: BTreeMap<(IssueCode, u64), Vec<LineIssue>> = BTreeMap::new();
    for issue in read_issues(context, number)? {
        samples.entry((issue.code, issue.line)).or_default().push(issue);
    }
    for (code, lines) in repairs.iter() {
        let mut tokens = old.lines().map(|(_, token)| token).zip(0..);
        let mut current = tokens.next();
        for line in lines {
            while current.is_some_and(|(_, at)| at < *line) {
                current = tokens.next();
            }
            let Some((token, _)) = current.filter(|(token, at)| *token != 0 && at == line) else { continue };
            if let Some(now) = kept.line_of(token) {
                let sample = samples.get_mut(&(code, line + 1)).and_then(Vec::pop);
                log.carry_over(code, now + 1, sample);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_lines_are_found_by_their_tokens() {
        let mut kept = KeptLines::default();
        kept.add(50, 2, 0);
        kept.add(10, 3, 2);
        kept.0.sort_unstable();
        let found: Vec<_> = [9, 10, 12, 13, 50, 51, 52].map(|token| kept.line_of(token)).into();
        assert_eq!(found, [None, Some(2), Some(4), None, Some(0), Some(1), None]);
    }
}
