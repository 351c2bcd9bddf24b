//! What was measured, side by side.

use std::path::Path;

use serde::Serialize;

use super::ours::OurAnswers;
use super::peers::PeerResult;
use super::questions::Question;
use super::{Latency, Sample};
use crate::output::{bytes, grouped, table};

/// Ways in which openslots is asked.
pub(super) const OUR_WAYS: [&str; 3] = ["with what is shown", "found alone", "read anew"];

/// All that was measured in one run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::bench) struct CompareReport {
    pub(super) n_slots: u64,
    pub(super) n_files: usize,
    /// Bytes of the files as they lie on disk, unpacked.
    pub(super) file_bytes: u64,
    pub(super) machine: String,
    /// Answers of each database that were held against ours and are the same.
    pub(super) n_answers_held: usize,
    /// openslots in [`OUR_WAYS`], then databases.
    pub(super) engines: Vec<EngineReport>,
    pub(super) not_measured: Vec<NotMeasured>,
}

/// One that was measured.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EngineReport {
    pub(super) name: String,
    pub(super) version: String,
    /// From files to tables; of openslots, the first crawl to everything searchable.
    pub(super) load_seconds: f64,
    /// Indexes, order and statistics; of openslots a part of the crawl.
    pub(super) index_seconds: f64,
    pub(super) database_bytes: u64,
    /// To ask for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) floor: Option<Latency>,
    /// In the order of the questions.
    pub(super) latencies: Vec<Latency>,
}

/// One that was not, and why.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotMeasured {
    pub(super) name: String,
    /// What is missing, and how to install it.
    pub(super) reason: String,
}

impl NotMeasured {
    pub(super) fn package(name: &str, package: &str, python: &Path) -> Self {
        let python = python.display();
        Self {
            name: name.to_owned(),
            reason: format!(
                "its Python client is missing; `{python} -m pip install '{package}'`, or name another Python with --python"
            ),
        }
    }
}

impl EngineReport {
    pub(super) fn of_peer(name: &str, questions: &[Question], result: PeerResult) -> Self {
        let latencies = questions.iter().zip(&result.answers).map(|(question, answers)| {
            let totals: Vec<_> = answers.wholes.iter().map(super::Answer::total).collect();
            latency(question.name, &answers.durations_ns, &totals)
        });
        Self {
            name: name.to_owned(),
            latencies: latencies.collect(),
            floor: Some(latency("nothing", &result.floor_ns, &[1])),
            version: result.version,
            load_seconds: result.load_seconds,
            index_seconds: result.index_seconds,
            database_bytes: result.database_bytes,
        }
    }

    /// The same engine, asked otherwise.
    pub(super) fn asked(&self, how: &str, answers: &[OurAnswers], latency: fn(&OurAnswers) -> &Latency) -> Self {
        Self {
            name: format!("{}, {how}", self.name),
            version: self.version.clone(),
            load_seconds: self.load_seconds,
            index_seconds: self.index_seconds,
            database_bytes: self.database_bytes,
            floor: None,
            latencies: answers.iter().map(|answers| latency(answers).clone()).collect(),
        }
    }
}

/// Percentiles of durations; questions that find so much are asked in turn.
fn latency(name: &str, durations_ns: &[u64], totals: &[u64]) -> Latency {
    let mut sample = Sample::default();
    for (n, duration) in durations_ns.iter().enumerate() {
        sample.add(std::time::Duration::from_nanos(*duration), totals[n % totals.len()]);
    }
    sample.finish(name)
}

impl CompareReport {
    /// The figures as tables.
    pub(in crate::bench) fn to_table(&self) -> String {
        let mut text = format!(
            "{} slots in {} files of {} in all\n{}\nanswers held against each other: {} for each database, all the same\n\n",
            grouped(self.n_slots),
            grouped(self.n_files as u64),
            bytes(self.file_bytes),
            self.machine,
            self.n_answers_held,
        );
        let ours = &self.engines[0];
        let columns =
            ["files to tables", "version", "load", "load, openslots = 1", "indexes", "a slot on disk", "SELECT 1"];
        let rows = self.engines.iter().take(1).chain(&self.engines[OUR_WAYS.len()..]).map(|engine| {
            vec![
                engine.name.clone(),
                engine.version.clone(),
                format!("{:.2} s", engine.load_seconds),
                format!("{:.2}", engine.load_seconds / ours.load_seconds),
                format!("{:.2} s", engine.index_seconds),
                format!("{:.0} B", engine.database_bytes as f64 / self.n_slots as f64),
                engine.floor.as_ref().map_or_else(String::new, |floor| format!("{:.3} ms", floor.p50_ms)),
            ]
        });
        text.push_str(&table(&columns, &columns[2..], rows));
        text.push('\n');
        let names: Vec<_> = self.engines.iter().map(|engine| engine.name.as_str()).collect();
        let columns = [&["p50 / p99 in ms"], names.as_slice(), &["found"]].concat();
        let rows = ours.latencies.iter().enumerate().map(|(place, latency)| {
            let cell = |engine: &EngineReport| {
                let latency = &engine.latencies[place];
                format!("{} / {}", millis(latency.p50_ms), millis(latency.p99_ms))
            };
            let cells = self.engines.iter().map(cell).collect();
            [vec![latency.kind.clone()], cells, vec![format!("{:.1}", latency.mean_total)]].concat()
        });
        text.push_str(&table(&columns, &columns[1..], rows));
        for (engine, as_if) in OUR_WAYS.into_iter().enumerate() {
            text.push('\n');
            text.push_str(&self.ratios(engine, as_if));
        }
        for missing in &self.not_measured {
            text.push_str(&format!("\n{} was not measured: {}\n", missing.name, missing.reason));
        }
        text
    }

    /// How many times as long each database takes as openslots.
    fn ratios(&self, of: usize, as_if: &str) -> String {
        let (ours, databases) = (&self.engines[of], &self.engines[OUR_WAYS.len()..]);
        let head = format!("times as long at p50 (p99), openslots {as_if} = 1");
        let names: Vec<_> = databases.iter().map(|engine| engine.name.as_str()).collect();
        let columns = [&[head.as_str()], names.as_slice()].concat();
        let rows = ours.latencies.iter().enumerate().map(|(place, latency)| {
            let cell = |engine: &EngineReport| {
                let theirs = &engine.latencies[place];
                format!("{} ({})", times(theirs.p50_ms / latency.p50_ms), times(theirs.p99_ms / latency.p99_ms))
            };
            [vec![latency.kind.clone()], databases.iter().map(cell).collect()].concat()
        });
        table(&columns, &columns[1..], rows)
    }
}

/// Milliseconds with three digits that matter.
fn millis(ms: f64) -> String {
    match ms {
        100.0.. => format!("{ms:.0}"),
        10.0.. => format!("{ms:.1}"),
        1.0.. => format!("{ms:.2}"),
        _ => format!("{ms:.3}"),
    }
}

fn times(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.1}") } else { format!("{ratio:.0}") }
}
