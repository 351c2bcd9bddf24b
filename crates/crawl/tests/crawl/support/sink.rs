//! A sink that remembers, as a store does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use openslots_crawl::{CrawlSink, RunSink, SinkError};
use openslots_model::{
    CrawlRun, FileContent, FileIndex, FinishedRun, Issue, KnownFile, KnownLine, LineBatch, LineEntry, LineToken,
    PublisherSlug, SlotTraits, StagedContent,
};

/// What a sink does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SinkFault {
    Begin,
    KnownFile,
    Stage,
    /// Panics when a line holding this text is staged.
    PanicAt(&'static str),
    Commit,
}

/// An accepted line, as staged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Accepted {
    pub(crate) raw: String,
    pub(crate) content: StagedContent,
    pub(crate) traits: Option<SlotTraits>,
}

#[derive(Default)]
struct State {
    fault: Option<SinkFault>,
    files: HashMap<String, (KnownFile, Vec<KnownLine>)>,
    n_tokens: u64,
    n_runs: usize,
    commits: Vec<FinishedRun>,
    /// Of the last run.
    staged: HashMap<FileIndex, Vec<LineBatch>>,
    /// URLs whose lines were asked for in the last run.
    compared: Vec<String>,
}

/// Remembers what was committed, and answers with it in the next run.
#[derive(Default)]
pub(crate) struct MemorySink {
    state: Arc<Mutex<State>>,
}

struct MemoryRun(Arc<Mutex<State>>);

impl MemorySink {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn set_fault(&self, fault: Option<SinkFault>) {
        self.state().fault = fault;
    }

    pub(crate) fn n_runs(&self) -> usize {
        self.state().n_runs
    }

    pub(crate) fn commits(&self) -> Vec<FinishedRun> {
        self.state().commits.clone()
    }

    pub(crate) fn last_commit(&self) -> FinishedRun {
        self.state().commits.last().cloned().expect("something was committed")
    }

    /// URLs whose lines were compared in the last run.
    pub(crate) fn compared(&self) -> Vec<String> {
        self.state().compared.clone()
    }

    /// The batches of a file in the last run.
    pub(crate) fn batches(&self, index: u32) -> Vec<LineBatch> {
        self.state().staged.get(&FileIndex(index)).cloned().unwrap_or_default()
    }

    /// What became of the lines of a file in the last run.
    pub(crate) fn entries(&self, index: u32) -> Vec<LineEntry> {
        self.batches(index).into_iter().flat_map(|batch| batch.entries).collect()
    }

    /// Issues of lines of a file in the last run.
    pub(crate) fn issues(&self, index: u32) -> Vec<Issue> {
        self.batches(index).into_iter().flat_map(|batch| batch.issues).collect()
    }

    /// The accepted lines of a file in the last run.
    pub(crate) fn accepted(&self, index: u32) -> Vec<Accepted> {
        self.batches(index).iter().flat_map(accepted).collect()
    }
}

fn accepted(batch: &LineBatch) -> Vec<Accepted> {
    let mut at = 0;
    let mut lines = vec![];
    for entry in &batch.entries {
        if let LineEntry::Accepted { n_bytes, content, .. } = entry {
            let end = at + *n_bytes as usize;
            let raw = String::from_utf8(batch.raw[at..end].to_vec()).expect("accepted lines are UTF-8");
            at = end;
            let traits = match content {
                StagedContent::Slot { traits, .. } => Some(batch.traits[*traits as usize].clone()),
                StagedContent::Resource { .. } => None,
            };
            lines.push(Accepted { raw, content: content.clone(), traits });
        }
    }
    assert_eq!(at, batch.raw.len(), "the bytes are those of the accepted lines");
    lines
}

impl CrawlSink for MemorySink {
    fn begin_run(&self, _publisher: &PublisherSlug) -> Result<Arc<dyn RunSink>, SinkError> {
        let mut state = self.state();
        if state.fault == Some(SinkFault::Begin) {
            return Err("the disk is full".into());
        }
        state.n_runs += 1;
        state.staged.clear();
        state.compared.clear();
        Ok(Arc::new(MemoryRun(Arc::clone(&self.state))))
    }
}

impl MemoryRun {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn fail(&self, fault: SinkFault) -> Result<(), SinkError> {
        if self.state().fault == Some(fault) { Err("the disk is full".into()) } else { Ok(()) }
    }
}

impl RunSink for MemoryRun {
    fn known_file(&self, url: &str) -> Result<Option<KnownFile>, SinkError> {
        self.fail(SinkFault::KnownFile)?;
        Ok(self.state().files.get(url).map(|(file, _)| file.clone()))
    }

    fn known_lines(&self, url: &str) -> Result<Vec<KnownLine>, SinkError> {
        let mut state = self.state();
        state.compared.push(url.to_owned());
        Ok(state.files.get(url).map(|(_, lines)| lines.clone()).unwrap_or_default())
    }

    fn stage(&self, file: FileIndex, batch: LineBatch) -> Result<(), SinkError> {
        self.fail(SinkFault::Stage)?;
        let fault = self.state().fault;
        if let Some(SinkFault::PanicAt(text)) = fault {
            assert!(!String::from_utf8_lossy(&batch.raw).contains(text), "told to panic");
        }
        self.state().staged.entry(file).or_default().push(batch);
        Ok(())
    }

    fn commit(&self, run: FinishedRun) -> Result<CrawlRun, SinkError> {
        self.fail(SinkFault::Commit)?;
        let mut state = self.state();
        for file in &run.files {
            let url = file.report.url.clone();
            if file.content != FileContent::Read {
                assert!(
                    file.content == FileContent::Failed || !state.staged.contains_key(&file.index),
                    "nothing is staged of an unchanged file"
                );
                if let Some((known, _)) = state.files.get_mut(&url).filter(|_| file.content != FileContent::Failed) {
                    known.validators = file.validators.clone();
                    known.wire_hash = file.wire_hash;
                }
                continue;
            }
            let batches = state.staged.get(&file.index).cloned().unwrap_or_default();
            let mut lines = vec![];
            for entry in batches.iter().flat_map(|batch| &batch.entries) {
                lines.push(match entry {
                    LineEntry::Kept(line) => {
                        assert_ne!(line.token, LineToken::NONE, "only lines with a token are kept");
                        *line
                    }
                    LineEntry::Accepted { hash, .. } => {
                        state.n_tokens += 1;
                        KnownLine { hash: *hash, token: LineToken(state.n_tokens) }
                    }
                    LineEntry::Rejected { hash } => KnownLine { hash: *hash, token: LineToken::NONE },
                });
            }
            let report = &file.report;
            assert_eq!(
                lines.len() as u64,
                report.n_accepted + report.n_unchanged + report.n_rejected,
                "every line is accounted for"
            );
            let n_rejected = lines.iter().filter(|line| line.token == LineToken::NONE).count() as u64;
            let known = KnownFile {
                reads_anew: false,
                validators: file.validators.clone(),
                wire_hash: file.wire_hash,
                body_hash: file.body_hash,
                n_held: lines.len() as u64 - n_rejected,
                n_rejected,
            };
            state.files.insert(url, (known, lines));
        }
        state.commits.push(run.clone());
        Ok(run.run)
    }
}
