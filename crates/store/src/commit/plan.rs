//! Before anything is written: which files there are, what each of them held, and what nobody holds for certain any
//! more.

use std::collections::BTreeMap;

use openslots_model::{FileContent, FileIndex, FinishedFile};
use roaring::RoaringTreemap;
use rusqlite::{Connection, OptionalExtension};
use rustc_hash::FxHashMap;

use super::Context;
use super::removal::Tolerance;
use crate::block::LINES_PER_BLOCK;
use crate::file_lines::{LineRun, LineRuns, LineState};
use crate::staging::file::{EntryRun, FileStage};
use crate::staging::spool::Spool;
use crate::{Error, Result};

/// What a run says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The manifest does not list it any more (or, in an incomplete run, did not come to it).
    Unlisted,
    Unchanged,
    Read,
    Failed,
}

/// An output file, as kept and as the run found it.
#[derive(Debug)]
pub(crate) struct PlannedFile {
    pub(crate) role: Role,
    /// Its row, if it is known.
    pub(crate) number: Option<i64>,
    pub(crate) url: String,
    /// `None` for unlisted files.
    pub(crate) finished: Option<FinishedFile>,
    /// Empty unless it was read.
    pub(crate) stage: FileStage,
    /// Where its accepted lines begin in the run's count of them; where they would, if it was not read.
    pub(crate) first_ordinal: u32,
    /// What it held, once that was asked for.
    runs: Option<LineRuns>,
}

/// The files of a run, unlisted ones first, then in manifest order: later ones win.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) files: Vec<PlannedFile>,
    /// Tokens that no file is known to hold: of files that were read or are gone, apart from the lines that were kept.
    pub(crate) gone: RoaringTreemap,
    /// Those of them that were held by files which have lost more lines than is believed at once.
    pub(crate) shrunken: RoaringTreemap,
    pub(crate) tolerance: Tolerance,
}

/// Who holds a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holder {
    /// Index into [`Plan::files`].
    pub(crate) file: usize,
    /// The line comes before the staged line of this ordinal, and after those before that.
    pub(crate) before: u32,
}

impl Plan {
    /// Reads what is kept and lays it beside what was found.
    pub(crate) fn new(
        context: &Context<'_>,
        finished: Vec<FinishedFile>,
        mut stages: BTreeMap<FileIndex, FileStage>,
        is_complete: bool,
        leftover: &LineRuns,
        tolerance: Tolerance,
    ) -> Result<Self> {
        let mut known = known_files(context)?;
        let mut files = Vec::new();
        for finished in one_for_each_url(finished) {
            let number = known.remove(&finished.report.url);
            let role = match finished.content {
                FileContent::Unchanged => Role::Unchanged,
                FileContent::Read => Role::Read,
                FileContent::Failed => Role::Failed,
            };
            let url = finished.report.url.clone();
            if role == Role::Unchanged && number.is_none() {
                return Err(context.unfit(format!("`{url}` is said to be unchanged, and nothing is kept of it")));
            }
            let stage = stages.remove(&finished.index).filter(|_| role == Role::Read).unwrap_or_default();
            if stage.is_broken {
                return Err(context.unfit(format!("lines of `{url}` could not be staged")));
            }
            files.push(PlannedFile {
                role,
                number,
                url,
                finished: Some(finished),
                stage,
                first_ordinal: 0,
                runs: None,
            });
        }
        let mut unlisted: Vec<_> = known.into_iter().collect();
        unlisted.sort_unstable();
        files.splice(
            0..0,
            unlisted.into_iter().map(|(url, number)| PlannedFile {
                role: Role::Unlisted,
                number: Some(number),
                url,
                finished: None,
                stage: FileStage::default(),
                first_ordinal: 0,
                runs: None,
            }),
        );
        let mut plan = Self { files, gone: leftover.held(), shrunken: RoaringTreemap::new(), tolerance };
        plan.count_ordinals(context)?;
        plan.find_gone(context, is_complete)?;
        Ok(plan)
    }

    fn count_ordinals(&mut self, context: &Context<'_>) -> Result<()> {
        let mut next = 0u64;
        for file in &mut self.files {
            let too_many = || context.unfit("it has more than four thousand million new lines");
            file.first_ordinal = u32::try_from(next).map_err(|_| too_many())?;
            next += file.stage.blocks.len() as u64 * LINES_PER_BLOCK;
        }
        Ok(())
    }

    fn find_gone(&mut self, context: &Context<'_>, is_complete: bool) -> Result<()> {
        for file in &mut self.files {
            let held = match file.role {
                Role::Read => {
                    let mut held = file.load_runs(context.tx)?.held();
                    let kept = file
                        .kept_tokens()
                        .ok_or_else(|| context.unfit(format!("`{}` keeps a line twice", file.url)))?;
                    if !kept.is_subset(&held) {
                        return Err(context.unfit(format!("`{}` keeps lines that it never had", file.url)));
                    }
                    let (n_before, n_now) = (held.len(), kept.len() + file.n_accepted());
                    held -= kept;
                    if self.tolerance.is_shrunken(n_before, n_now) {
                        self.shrunken |= &held;
                    }
                    held
                }
                Role::Unlisted if is_complete => file.load_runs(context.tx)?.held(),
                Role::Unlisted | Role::Unchanged | Role::Failed => continue,
            };
            self.gone |= held;
        }
        Ok(())
    }

    /// The tokens that no listed file held or keeps.
    pub(crate) fn without_listed(&mut self, tx: &Connection, mut tokens: RoaringTreemap) -> Result<RoaringTreemap> {
        for file in self.files.iter_mut().filter(|file| file.role != Role::Unlisted) {
            if tokens.is_empty() {
                break;
            }
            match file.role {
                Role::Read => tokens -= file.kept_tokens().unwrap_or_default(),
                Role::Unchanged | Role::Failed | Role::Unlisted => tokens -= file.load_runs(tx)?.held(),
            }
        }
        Ok(tokens)
    }

    /// The file that staged the line of this ordinal.
    pub(crate) fn file_of(&self, ordinal: u32) -> usize {
        // Files without staged lines share their ordinal with the next one; the last of them is the one that staged.
        self.files.partition_point(|file| file.first_ordinal <= ordinal).saturating_sub(1)
    }

    /// Who holds each of these tokens; those that nobody holds are missing from the answer.
    ///
    /// Reads the tokens of every file, so it is asked only where ids collide.
    pub(crate) fn holders(&mut self, tx: &Connection, tokens: &[u64]) -> Result<FxHashMap<u64, Holder>> {
        let mut holders = FxHashMap::default();
        if tokens.is_empty() {
            return Ok(holders);
        }
        for (index, file) in self.files.iter_mut().enumerate() {
            if file.role != Role::Read {
                let before = file.first_ordinal;
                for run in file.load_runs(tx)?.iter().filter(|run| run.state != LineState::Unheld) {
                    for token in within(tokens, run.first, run.n) {
                        holders.insert(*token, Holder { file: index, before });
                    }
                }
                continue;
            }
            let mut ordinals = file.accepted_ordinals().peekable();
            for run in &file.stage.entries {
                match run {
                    EntryRun::Accepted { n } => ordinals.by_ref().take(*n as usize).for_each(drop),
                    EntryRun::Rejected { .. } => {}
                    EntryRun::Kept { first, n } => {
                        let past_all = file.ordinal_of_block(file.stage.blocks.len());
                        let before = ordinals.peek().copied().unwrap_or(past_all);
                        for token in within(tokens, *first, *n) {
                            holders.insert(*token, Holder { file: index, before });
                        }
                    }
                }
            }
        }
        Ok(holders)
    }

    /// The hashes of the lines that these tokens were last known by, as far as they are known.
    ///
    /// Looks into files whose tokens were read before: those that were read or are gone, all after
    /// [`Plan::holders`].
    pub(crate) fn hashes(&self, tx: &Connection, tokens: &[u64]) -> Result<FxHashMap<u64, u64>> {
        let mut found = FxHashMap::default();
        let mut statement = tx.prepare_cached("SELECT hashes FROM file_lines WHERE file = ?1")?;
        for file in &self.files {
            let (Some(number), Some(runs)) = (file.number, &file.runs) else { continue };
            let is_held = |run: &&LineRun| run.state != LineState::Unheld;
            if !runs.iter().filter(is_held).any(|run| !within(tokens, run.first, run.n).is_empty()) {
                continue;
            }
            let hashes: Vec<u8> = statement.query_row([number], |row| row.get(0))?;
            let mut line = 0;
            for run in runs.iter() {
                // Lines that hold nothing have no token of their own.
                let tokens = if run.state == LineState::Unheld { &[] } else { tokens };
                for token in within(tokens, run.first, run.n) {
                    let at = (line + token - run.first) as usize * 8;
                    let hash = hashes.get(at..).and_then(|rest| rest.first_chunk());
                    let hash =
                        hash.ok_or_else(|| Error::damaged(format!("hashes of output file {number} are missing")))?;
                    found.insert(*token, u64::from_le_bytes(*hash));
                }
                line += run.n;
            }
        }
        Ok(found)
    }
}

/// The tokens, sorted, that lie within a run.
fn within(tokens: &[u64], first: u64, n: u64) -> &[u64] {
    let begin = tokens.partition_point(|token| *token < first);
    let end = tokens.partition_point(|token| *token < first.saturating_add(n));
    &tokens[begin..end]
}

impl PlannedFile {
    /// What it held before this run; nothing if it is new.
    pub(crate) fn load_runs(&mut self, tx: &Connection) -> Result<&LineRuns> {
        if self.runs.is_none() {
            let mut statement = tx.prepare_cached("SELECT tokens FROM file_lines WHERE file = ?1")?;
            let tokens: Option<Vec<u8>> = match self.number {
                Some(number) => statement.query_row([number], |row| row.get(0)).optional()?,
                None => None,
            };
            self.runs = Some(LineRuns::decode(&tokens.unwrap_or_default())?);
        }
        Ok(self.runs.get_or_insert_default())
    }

    /// The tokens of the lines that are as before; `None` if one comes twice.
    fn kept_tokens(&self) -> Option<RoaringTreemap> {
        let mut kept = RoaringTreemap::new();
        for run in &self.stage.entries {
            if let EntryRun::Kept { first, n } = run {
                let n_new = kept.insert_range(*first..first.saturating_add(*n));
                if n_new != *n {
                    return None;
                }
            }
        }
        Some(kept)
    }

    /// How many lines were accepted.
    fn n_accepted(&self) -> u64 {
        let of_entry = |entry: &EntryRun| if let EntryRun::Accepted { n } = entry { *n } else { 0 };
        self.stage.entries.iter().map(of_entry).sum()
    }

    /// Where the lines of one of its staged blocks begin in the run's count.
    pub(crate) const fn ordinal_of_block(&self, block: usize) -> u32 {
        self.first_ordinal + (block as u64 * LINES_PER_BLOCK) as u32
    }

    /// Hashes of all its lines as they were staged.
    pub(crate) fn hashes(&self, spool: &mut Spool) -> Result<Vec<u8>> {
        let (mut hashes, mut piece_bytes) = (Vec::with_capacity(self.stage.n_lines as usize * 8), Vec::new());
        for piece in &self.stage.hashes {
            spool.read(*piece, &mut piece_bytes)?;
            hashes.extend_from_slice(&piece_bytes);
        }
        Ok(hashes)
    }

    /// The ordinals of its accepted lines, in order.
    pub(crate) fn accepted_ordinals(&self) -> impl Iterator<Item = u32> {
        self.stage.blocks.iter().enumerate().flat_map(|(block, staged)| {
            let begin = self.ordinal_of_block(block);
            begin..begin + staged.n_lines
        })
    }
}

fn known_files(context: &Context<'_>) -> Result<FxHashMap<String, i64>> {
    let mut statement = context.tx.prepare_cached("SELECT url, number FROM output_file WHERE publisher = ?1")?;
    let rows = statement.query_map([context.publisher.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A manifest may list a URL twice; then the entry that was read counts, or else the last that was not a failure.
fn one_for_each_url(finished: Vec<FinishedFile>) -> Vec<FinishedFile> {
    let rank = |content: &FileContent| match content {
        FileContent::Failed => 0,
        FileContent::Unchanged => 1,
        FileContent::Read => 2,
    };
    let mut best: FxHashMap<String, (i32, FileIndex)> = FxHashMap::default();
    for file in &finished {
        let candidate = (rank(&file.content), file.index);
        let entry = best.entry(file.report.url.clone()).or_insert(candidate);
        *entry = candidate.max(*entry);
    }
    let mut chosen: Vec<_> = finished
        .into_iter()
        .filter(|file| best.get(&file.report.url).is_some_and(|(_, index)| *index == file.index))
        .collect();
    chosen.sort_by_key(|file| file.index);
    chosen
}
