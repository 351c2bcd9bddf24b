//! The directory of an export: what is finished waits aside until everything is, then takes its place.
//!
//! | below the directory | what it is |
//! |---|---|
//! | `index.json` | the files of the last whole export |
//! | `slots/date=.../part-0.parquet` ... | those files |
//! | `.export/lock` | held by who writes |
//! | `.export/journal` | what is finished of an export under way: a head, then a file a line |
//! | `.export/parts/` | those files, under the paths that they will have |
//! | `.export/replaced` | files of the export before, from the first that is replaced until the last that is gone |
//!
//! A run that is cut goes on from the journal if what is exported is still the same. Files are moved only when all are
//! there, `index.json` after them, and what it no longer names goes last.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::failed;
use super::index::{Entry, INDEX, Index, hex};
use super::part::{Hashed, write_whole};
use crate::Error;

const WORK: &str = ".export";
/// Bytes of a file that are hashed at a time.
const HASHED_BYTES: usize = 64 * 1024;

/// What a directory has of an export.
pub(crate) enum Opened {
    /// All of it.
    Whole(Index),
    /// Nothing, or what was finished when a run was cut.
    Begun(Folder),
}

/// A directory that an export is written into.
pub(crate) struct Folder {
    out: PathBuf,
    work: PathBuf,
    journal: File,
    /// Files of this very export that are whole, waiting or in place.
    done: BTreeMap<String, Entry>,
    /// Files of exports before it.
    old: BTreeSet<String>,
    /// Files of this export, as they come.
    entries: Vec<Entry>,
    n_written: u64,
    _lock: File,
}

impl Folder {
    /// Opens a directory to write an export into.
    pub(crate) fn open(out: &Path, head: &Index) -> Result<Opened, Error> {
        let work = out.join(WORK);
        fs::create_dir_all(work.join("parts")).map_err(failed(&work))?;
        let lock_path = work.join("lock");
        let lock = File::create(&lock_path).map_err(failed(&lock_path))?;
        lock.try_lock().map_err(|_| Error::ExportUnderWay { path: out.to_owned() })?;

        let index = read_index(&out.join(INDEX))?;
        let replaced_path = work.join("replaced");
        let mut old: BTreeSet<String> = lines_of(&replaced_path)?.into_iter().filter(|path| is_below(path)).collect();
        let is_unfinished = !old.is_empty();
        let mut done = BTreeMap::new();
        if let Some(index) = index {
            let is_same = index.generation == head.generation && index.format == head.format;
            let is_there = |entry: &Entry| has_bytes(&out.join(&entry.path), entry.bytes);
            if is_same && !is_unfinished {
                let is_same_choice = (&index.from, &index.to) == (&head.from, &head.to);
                if is_same_choice && index.files.iter().all(is_there) {
                    return Ok(Opened::Whole(index));
                }
            }
            old.extend(index.files.iter().map(|entry| entry.path.clone()));
            if is_same {
                done = index.by_path();
                done.retain(|_, entry| is_there(entry));
            }
        }
        let journal_path = work.join("journal");
        let first_line = format!("{} {}", head.generation, head.format.extension());
        let lines = lines_of(&journal_path)?;
        let is_resumed = lines.first() == Some(&first_line);
        let mut folder = Self {
            out: out.to_owned(),
            journal: File::options().create(true).append(true).open(&journal_path).map_err(failed(&journal_path))?,
            work,
            done,
            old,
            entries: Vec::new(),
            n_written: 0,
            _lock: lock,
        };
        if is_resumed {
            // A line that was cut is a file that is written anew.
            for entry in lines.iter().skip(1).filter_map(|line| serde_json::from_str::<Entry>(line).ok()) {
                if is_below(&entry.path) && folder.is_whole(&entry)? {
                    folder.done.insert(entry.path.clone(), entry);
                }
            }
        } else {
            let parts = folder.work.join("parts");
            fs::remove_dir_all(&parts).and_then(|()| fs::create_dir(&parts)).map_err(failed(&parts))?;
            folder.journal.set_len(0).map_err(failed(&journal_path))?;
        }
        // After a line that was cut, a whole one begins on its own.
        let opening = if is_resumed { String::new() } else { first_line };
        folder.note(&opening)?;
        Ok(Opened::Begun(folder))
    }

    /// Whether a file of the journal waits, or is in its place already.
    fn is_whole(&self, entry: &Entry) -> Result<bool, Error> {
        if has_bytes(&self.waiting(&entry.path), entry.bytes) {
            return Ok(true);
        }
        let path = self.out.join(&entry.path);
        Ok(has_bytes(&path, entry.bytes) && hash_of(&path)? == entry.sha256)
    }

    fn waiting(&self, path: &str) -> PathBuf {
        self.work.join("parts").join(path)
    }

    fn note(&mut self, line: &str) -> Result<(), Error> {
        let write =
            |journal: &mut File| journal.write_all(format!("{line}\n").as_bytes()).and_then(|()| journal.sync_all());
        write(&mut self.journal).map_err(failed(&self.work))
    }

    /// A file of the export, written through `write` unless it is there; `write` gives its rows.
    pub(crate) fn part(
        &mut self,
        path: String,
        table: Option<&str>,
        date: Option<String>,
        write: impl FnOnce(Hashed) -> Result<u64, Error>,
    ) -> Result<(), Error> {
        let entry = match self.done.remove(&path) {
            Some(entry) => entry,
            None => {
                let waiting = self.waiting(&path);
                make_parent(&waiting)?;
                let sealed = write_whole(&waiting, write)?;
                self.n_written += 1;
                let entry = Entry::new(path, table, date, sealed);
                self.note(&serde_json::to_string(&entry)?)?;
                entry
            }
        };
        self.entries.push(entry);
        Ok(())
    }

    /// A document of the export.
    pub(crate) fn document(&mut self, path: &str, text: &str) -> Result<(), Error> {
        self.part(path.to_owned(), None, None, |mut output| {
            output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(Error::Export)?;
            Ok(0)
        })
    }

    /// Puts the export in its place: files, index, then away with what is old. How many files were written.
    pub(crate) fn finish(mut self, head: Index) -> Result<(Index, u64), Error> {
        let index = Index { files: std::mem::take(&mut self.entries), ..head };
        // If this run is cut and the next has other files, those of this one are as old as those before it.
        self.old.extend(index.files.iter().map(|entry| entry.path.clone()));
        let old: Vec<&str> = self.old.iter().map(String::as_str).collect();
        let replaced = self.work.join("replaced");
        replace(&replaced, old.join("\n").as_bytes())?;
        let mut parents = BTreeSet::from([self.out.clone()]);
        for entry in &index.files {
            let (waiting, place) = (self.waiting(&entry.path), self.out.join(&entry.path));
            if waiting.is_file() {
                make_parent(&place)?;
                fs::rename(&waiting, &place).map_err(failed(&place))?;
                parents.extend(place.parent().map(Path::to_owned));
            }
        }
        for parent in &parents {
            sync_directory(parent)?;
        }
        let mut text = serde_json::to_vec_pretty(&index)?;
        text.push(b'\n');
        replace(&self.out.join(INDEX), &text)?;
        let named: BTreeSet<&str> = index.files.iter().map(|entry| entry.path.as_str()).collect();
        for path in self.old.iter().filter(|path| !named.contains(path.as_str())) {
            self.remove(path)?;
        }
        for rest in [&replaced, &self.work.join("journal")] {
            fs::remove_file(rest).map_err(failed(rest))?;
        }
        let parts = self.work.join("parts");
        fs::remove_dir_all(&parts).map_err(failed(&parts))?;
        Ok((index, self.n_written))
    }

    /// Removes a file that nothing names any more, and directories that are empty without it.
    fn remove(&self, path: &str) -> Result<(), Error> {
        let place = self.out.join(path);
        match fs::remove_file(&place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&place)(error)),
            _ => {}
        }
        let parents = Path::new(path).ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty());
        for parent in parents {
            // One that holds something else stays.
            if fs::remove_dir(self.out.join(parent)).is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// Whether a path leads to something below where it is joined to.
fn is_below(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

fn has_bytes(path: &Path, n_bytes: u64) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() == n_bytes)
}

fn hash_of(path: &Path) -> Result<String, Error> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path).map_err(failed(path))?;
    let mut piece = vec![0; HASHED_BYTES];
    loop {
        match file.read(&mut piece).map_err(failed(path))? {
            0 => return Ok(hex(&hasher.finalize())),
            n => hasher.update(&piece[..n]),
        }
    }
}

/// The files of the whole export in a directory; `None`: there is none.
///
/// # Errors
/// Its index cannot be read, or is not of an export.
pub fn written_files(out: &Path) -> Result<Option<Vec<Entry>>, Error> {
    Ok(read_index(&out.join(INDEX))?.map(|index| index.files))
}

/// The index of an export; one that cannot be read is none of ours, and is told so rather than overwritten.
fn read_index(path: &Path) -> Result<Option<Index>, Error> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path)(error)),
    };
    let index = serde_json::from_slice::<Index>(&text).ok();
    let index = index.filter(|index| index.files.iter().all(|entry| is_below(&entry.path)));
    index.map(Some).ok_or_else(|| Error::ForeignIndex { path: path.to_owned() })
}

/// The lines of a text that may not be there.
fn lines_of(path: &Path) -> Result<Vec<String>, Error> {
    match fs::read(path) {
        Ok(text) => Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed(path)(error)),
    }
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_whole(path, |mut output| {
        output.write_all(bytes).and_then(|()| output.flush()).map_err(Error::Export)?;
        Ok(0)
    })?;
    path.parent().map_or(Ok(()), sync_directory)
}

fn make_parent(path: &Path) -> Result<(), Error> {
    path.parent().map_or(Ok(()), |parent| fs::create_dir_all(parent).map_err(failed(parent)))
}

/// Makes names of files last: a directory is written like a file.
fn sync_directory(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(failed(path))
}
