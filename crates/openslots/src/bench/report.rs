//! The figures of a benchmark, for people and for programs.

use serde::{Deserialize, Serialize};

use super::files::FileFigures;
use super::latency::Latency;
use super::research::{EventFigures, RowFigures};
use crate::output::{bytes, grouped, table};

/// One crawl of all publishers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CrawlFigures {
    /// From the first request to everything searchable, in seconds.
    pub(super) seconds: f64,
    /// Lines of all files, unchanged ones included.
    pub(super) n_lines: u64,
    /// Lines that were new or different.
    pub(super) n_accepted: u64,
    /// Slots held over seconds: what is new, different or unchanged alike.
    pub(super) slots_per_second: f64,
    /// Lines over seconds, those of the provider side included.
    pub(super) lines_per_second: f64,
    /// Bytes over the wire.
    pub(super) wire_bytes: u64,
    /// Bytes over the wire, over seconds.
    pub(super) wire_bytes_per_second: f64,
    /// Part of the time that carrying changes to the index took, over all publishers.
    pub(super) index_ms: f64,
    /// Peak resident memory of the crawling process.
    pub(super) peak_memory_bytes: u64,
}

/// All figures.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BenchReport {
    pub(super) n_slots: u64,
    pub(super) n_publishers: u32,
    pub(super) n_provider_locations: u64,
    pub(super) machine: String,
    pub(super) first_crawl: CrawlFigures,
    pub(super) unchanged_bodies: CrawlFigures,
    pub(super) unchanged_304: CrawlFigures,
    pub(super) changed: CrawlFigures,
    pub(super) database_bytes_per_slot: f64,
    pub(super) index_bytes: u64,
    pub(super) start_to_ready_ms: f64,
    pub(super) serving_memory_bytes: u64,
    pub(super) files: Vec<FileFigures>,
    pub(super) events: Vec<EventFigures>,
    pub(super) events_read_per_second: f64,
    pub(super) rows: Vec<RowFigures>,
    pub(super) latencies: Vec<Latency>,
}

/// The machine in a line: cores, processor, memory.
pub(super) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZeroUsize::get);
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let processor = field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let memory = field(&read("/proc/meminfo"), "MemTotal")
        .and_then(|text| text.trim_end_matches(" kB").parse::<u64>().ok())
        .map_or_else(|| "unknown memory".to_owned(), |kib| format!("{} GiB", kib.div_ceil(1 << 20)));
    format!("{cores} cores, {processor}, {memory}")
}

impl BenchReport {
    /// The figures as tables.
    pub(super) fn to_table(&self) -> String {
        let mut text = format!(
            "{} slots of {} simulated publishers, {} provider locations\n{}\n\n",
            grouped(self.n_slots),
            self.n_publishers,
            grouped(self.n_provider_locations),
            self.machine
        );
        let columns =
            ["crawl", "seconds", "slots/s", "lines parsed", "over the wire", "wire bytes/s", "index", "peak memory"];
        let rows = [
            ("first", &self.first_crawl),
            ("unchanged, bodies sent again", &self.unchanged_bodies),
            ("unchanged, all 304", &self.unchanged_304),
            ("1 % changed", &self.changed),
        ]
        .map(|(name, figures)| {
            vec![
                name.to_owned(),
                format!("{:.2}", figures.seconds),
                grouped(figures.slots_per_second as u64),
                grouped(figures.n_accepted),
                bytes(figures.wire_bytes),
                format!("{}/s", bytes(figures.wire_bytes_per_second as u64)),
                format!("{:.0} ms", figures.index_ms),
                bytes(figures.peak_memory_bytes),
            ]
        });
        text.push_str(&table(&columns, &columns[1..], rows));
        let figures = [
            ("database, source JSON kept", format!("{:.1} B/slot", self.database_bytes_per_slot)),
            ("index on disk", bytes(self.index_bytes)),
            ("start to ready", format!("{:.0} ms", self.start_to_ready_ms)),
            ("serving memory", bytes(self.serving_memory_bytes)),
            ("events read from history", format!("{}/s", grouped(self.events_read_per_second as u64))),
        ];
        text.push('\n');
        text.push_str(&table(
            &["figure", "value"],
            &["value"],
            figures.map(|(name, value)| vec![name.to_owned(), value]),
        ));
        if !self.files.is_empty() {
            text.push('\n');
            let columns = ["files", "seconds", "slots/s", "peak memory"];
            let rows = self.files.iter().map(|figures| {
                vec![
                    figures.name.clone(),
                    format!("{:.2}", figures.seconds),
                    grouped(figures.slots_per_second as u64),
                    bytes(figures.peak_memory_bytes),
                ]
            });
            text.push_str(&table(&columns, &columns[1..], rows));
        }
        text.push('\n');
        let columns = ["events of a crawl", "events", "bytes an event", "events/s of the whole crawl"];
        let rows = self.events.iter().map(|figures| {
            vec![
                figures.name.to_owned(),
                grouped(figures.n_events),
                format!("{:.1}", figures.bytes_per_event),
                grouped(figures.events_per_second as u64),
            ]
        });
        text.push_str(&table(&columns, &columns[1..], rows));
        text.push('\n');
        let columns = ["rows", "seconds", "rows/s", "bytes a row", "peak memory"];
        let rows = self.rows.iter().map(|figures| {
            vec![
                figures.name.to_owned(),
                format!("{:.2}", figures.seconds),
                grouped(figures.rows_per_second as u64),
                format!("{:.1}", figures.bytes_per_row),
                bytes(figures.peak_memory_bytes),
            ]
        });
        text.push_str(&table(&columns, &columns[1..], rows));
        text.push('\n');
        let columns = ["query", "p50", "p99", "mean total"];
        let rows = self.latencies.iter().map(|latency| {
            vec![
                latency.kind.clone(),
                format!("{:.3} ms", latency.p50_ms),
                format!("{:.3} ms", latency.p99_ms),
                format!("{:.1}", latency.mean_total),
            ]
        });
        text.push_str(&table(&columns, &columns[1..], rows));
        text
    }
}
