//! A crawl run on its way in: staged beside the database, then committed whole.

mod ahead;
pub(crate) mod facts;
pub(crate) mod file;
pub(crate) mod issue_log;
pub(crate) mod spool;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use openslots_model::{
    CrawlRun, FileIndex, FinishedRun, KnownFile, KnownLine, LineBatch, LineEntry, PublicId, PublisherNumber,
    PublisherSlug, SlotTraits, StagedContent, Validators,
};
use rusqlite::OptionalExtension;
use rustc_hash::FxHashMap;

pub(crate) use self::ahead::is_joined;
use self::ahead::parse_ahead;
use self::file::{BatchNumbers, FileStage};
use self::spool::Spool;
use crate::columns::{blob, unsigned};
use crate::file_lines::LineRuns;
use crate::{Error, Result, Store};

/// Bytes of lines of all files together that may wait for their blocks to fill.
const MAX_PENDING_BYTES: usize = 8 * 1024 * 1024;

/// A crawl run that is being staged: nobody sees it before [`StagedRun::commit`]; dropped before that, it never was.
#[derive(Debug)]
pub struct StagedRun {
    store: Store,
    slug: PublisherSlug,
    publisher: PublisherNumber,
    /// What it is staged on.
    generation: i64,
    /// `None` once committed, or failed to.
    staging: RwLock<Option<Staging>>,
}

#[derive(Debug)]
struct Staging {
    spool: Mutex<Spool>,
    interned: Mutex<Interned>,
    files: Mutex<BTreeMap<FileIndex, Arc<Mutex<FileStage>>>>,
    n_pending_bytes: AtomicUsize,
}

/// Schedules and traits that the run's slots name, each once.
#[derive(Debug, Default)]
struct Interned {
    schedule_numbers: FxHashMap<PublicId, u32>,
    schedules: Vec<(PublicId, Box<str>)>,
    traits_numbers: FxHashMap<SlotTraits, u32>,
    traits: Vec<SlotTraits>,
}

/// A crawl run to which nothing can be added, ready for its commit; dropped before that, it never was.
#[derive(Debug)]
pub struct SealedRun {
    store: Store,
    staged: Staged,
}

/// All that was staged, in one hand.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) slug: PublisherSlug,
    pub(crate) publisher: PublisherNumber,
    pub(crate) generation: i64,
    pub(crate) spool: Spool,
    /// Published and source id of each schedule that slots name.
    pub(crate) schedules: Vec<(PublicId, Box<str>)>,
    /// The traits that slots name.
    pub(crate) traits: Vec<SlotTraits>,
    pub(crate) files: BTreeMap<FileIndex, FileStage>,
}

/// A lock whose holder cannot leave the data half changed, or only data of a run that then fails as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// Begins a crawl run of a publisher.
    ///
    /// # Errors
    /// When the publisher is unknown or the database cannot be read.
    pub fn begin_run(&self, publisher: &PublisherSlug) -> Result<StagedRun> {
        let (number, generation) = self
            .reader()?
            .query_row(
                "SELECT p.number, coalesce(s.generation, 0)
                 FROM publisher p LEFT JOIN publisher_state s ON s.publisher = p.number WHERE p.slug = ?1",
                [publisher.as_str()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?
            .ok_or_else(|| Error::UnknownPublisher(publisher.clone()))?;
        let staging = Staging {
            spool: Mutex::new(Spool::new_in(self.staging_dir())),
            interned: Mutex::default(),
            files: Mutex::default(),
            n_pending_bytes: AtomicUsize::new(0),
        };
        Ok(StagedRun {
            store: self.clone(),
            slug: publisher.clone(),
            publisher: PublisherNumber(number),
            generation,
            staging: RwLock::new(Some(staging)),
        })
    }
}

impl StagedRun {
    /// What is kept of an output file; `None`: it is new.
    ///
    /// A file whose lines may have to be taken up again has neither validators nor hashes: it must be read every time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn known_file(&self, url: &str) -> Result<Option<KnownFile>> {
        let conn = self.store.reader()?;
        let mut statement = conn.prepare_cached(
            "SELECT etag, last_modified, wire_hash, body_hash, n_held, n_rejected, read_anew
             FROM output_file WHERE publisher = ?1 AND url = ?2",
        )?;
        let found = statement
            .query_row((self.publisher.0, url), |row| {
                let counts =
                    KnownFile { n_held: unsigned(row, 4)?, n_rejected: unsigned(row, 5)?, ..KnownFile::default() };
                if row.get(6)? {
                    return Ok(KnownFile { reads_anew: true, ..counts });
                }
                Ok(KnownFile {
                    validators: Validators { etag: row.get(0)?, last_modified: row.get(1)? },
                    wire_hash: row.get::<_, Option<i64>>(2)?.map(|hash| hash as u64),
                    body_hash: row.get::<_, Option<i64>>(3)?.map(|hash| hash as u64),
                    ..counts
                })
            })
            .optional()?;
        Ok(found)
    }

    /// The lines of an output file as last read, in order; none of a file that is new.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn known_lines(&self, url: &str) -> Result<Vec<KnownLine>> {
        let conn = self.store.reader()?;
        let mut statement = conn.prepare_cached(
            "SELECT l.tokens, l.hashes FROM output_file f JOIN file_lines l ON l.file = f.number
             WHERE f.publisher = ?1 AND f.url = ?2",
        )?;
        let mut rows = statement.query((self.publisher.0, url))?;
        let Some(row) = rows.next()? else { return Ok(Vec::new()) };
        LineRuns::decode(blob(row, 0)?)?.known_lines(blob(row, 1)?)
    }

    /// Takes the next lines of an output file. Files may be staged at once, the batches of one file in order.
    ///
    /// # Errors
    /// When the lines cannot be staged, or do not fit together (a fault of the caller).
    pub fn stage(&self, file: FileIndex, batch: LineBatch) -> Result<()> {
        let guard = self.staging.read().unwrap_or_else(PoisonError::into_inner);
        let staging = guard.as_ref().ok_or_else(|| self.unfit("it is over"))?;
        if std::str::from_utf8(&batch.raw).is_err() {
            return Err(self.unfit(format!("lines of file {} are no text", file.0)));
        }
        let numbers = lock(&staging.interned).numbers(&batch);
        let file_stage = Arc::clone(lock(&staging.files).entry(file).or_default());
        let mut file_stage = lock(&file_stage);
        if file_stage.is_broken {
            return Err(self.unfit(format!("an earlier batch of file {} could not be staged", file.0)));
        }
        let codec = self.store.codec();
        let n_pending_before = file_stage.n_pending_bytes();
        // Until all went well.
        file_stage.is_broken = true;
        let taken = file_stage.spooled(
            |bytes| lock(&staging.spool).append(bytes),
            |file_stage, out| {
                let taken = file_stage.take(batch, &numbers, codec, out)?;
                if staging.n_pending_bytes.load(Ordering::Relaxed) > MAX_PENDING_BYTES {
                    file_stage.close_block(codec, out)?;
                }
                Ok(taken)
            },
        )?;
        let n_pending = file_stage.n_pending_bytes();
        // Wraps around and back: the sum is what counts.
        staging.n_pending_bytes.fetch_add(n_pending.wrapping_sub(n_pending_before), Ordering::Relaxed);
        taken.map_err(|detail| self.unfit(format!("file {}: {detail}", file.0)))?;
        file_stage.is_broken = false;
        Ok(())
    }

    /// Makes the run visible, in one transaction, and gives the completed run.
    ///
    /// The store decides whether the outcome is updated, unchanged or partial, and counts the free slots. A complete
    /// run that would remove more than half of the publisher's slots is committed without the removal; a second one that
    /// agrees removes them.
    ///
    /// # Errors
    /// When anything of it fails; then nothing of the run is visible, and it is over.
    pub fn commit(&self, run: FinishedRun) -> Result<CrawlRun> {
        self.seal()?.commit(run)
    }

    /// Ends the staging and makes ready for the commit what needs no database; others may commit meanwhile.
    ///
    /// # Errors
    /// When anything of it fails; then nothing of the run is visible, and it is over.
    pub fn seal(&self) -> Result<SealedRun> {
        let staging = self.staging.write().unwrap_or_else(PoisonError::into_inner).take();
        let staging = staging.ok_or_else(|| self.unfit("it is over"))?;
        Ok(SealedRun { store: self.store.clone(), staged: self.gather(staging)? })
    }

    /// Closes what is open in what was staged, and makes ready what needs no database.
    fn gather(&self, staging: Staging) -> Result<Staged> {
        let mut spool = staging.spool.into_inner().unwrap_or_else(PoisonError::into_inner);
        let interned = staging.interned.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut files = BTreeMap::new();
        for (index, file) in staging.files.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let file = Arc::into_inner(file).ok_or_else(|| self.unfit("lines are still being staged"))?;
            let mut file = file.into_inner().unwrap_or_else(PoisonError::into_inner);
            file.spooled(|bytes| spool.append(bytes), |file, out| file.close_block(self.store.codec(), out))?;
            files.insert(index, file);
        }
        parse_ahead(&mut files, &mut spool, self.store.codec())?;
        Ok(Staged {
            slug: self.slug.clone(),
            publisher: self.publisher,
            generation: self.generation,
            spool,
            schedules: interned.schedules,
            traits: interned.traits,
            files,
        })
    }

    fn unfit(&self, detail: impl Into<String>) -> Error {
        Error::UnfitRun { publisher: self.slug.clone(), detail: detail.into() }
    }
}

impl SealedRun {
    /// Makes the run visible, as [`StagedRun::commit`] does.
    ///
    /// # Errors
    /// When anything of it fails; then nothing of the run is visible.
    pub fn commit(self, run: FinishedRun) -> Result<CrawlRun> {
        crate::commit::commit_run(&self.store, self.staged, run)
    }
}

impl Interned {
    fn numbers(&mut self, batch: &LineBatch) -> BatchNumbers {
        let traits = batch.traits.iter().map(|traits| self.traits_number(traits)).collect();
        let mut schedules = Vec::new();
        let mut before: Option<(PublicId, u32)> = None;
        for entry in &batch.entries {
            let LineEntry::Accepted { content: StagedContent::Slot { schedule, schedule_source_id, .. }, .. } = entry
            else {
                continue;
            };
            // Slots mostly come schedule by schedule.
            let number = match before {
                Some((known, number)) if known == *schedule => number,
                _ => self.schedule_number(*schedule, schedule_source_id),
            };
            before = Some((*schedule, number));
            schedules.push(number);
        }
        BatchNumbers { schedules, traits }
    }

    fn schedule_number(&mut self, id: PublicId, source_id: &str) -> u32 {
        let next = self.schedules.len() as u32;
        let number = *self.schedule_numbers.entry(id).or_insert(next);
        if number == next {
            self.schedules.push((id, source_id.into()));
        }
        number
    }

    fn traits_number(&mut self, traits: &SlotTraits) -> u32 {
        if let Some(number) = self.traits_numbers.get(traits) {
            return *number;
        }
        let number = self.traits.len() as u32;
        self.traits.push(traits.clone());
        self.traits_numbers.insert(traits.clone(), number);
        number
    }
}
