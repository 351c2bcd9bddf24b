//! `bench --growth`: the same figures at several sizes, and how each grows.
//!
//! Each size is measured by a `bench` in a process of its own, so that no size inherits the memory of another.

mod chart;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::report::{BenchReport, machine};
use crate::output::{grouped, table};

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Unit {
    Seconds,
    Millis,
    Bytes,
}

/// A figure and where it is found in a report: of everything, so that one that is linear grows as the slots do.
struct Figure {
    name: &'static str,
    unit: Unit,
    /// Whether it is drawn.
    is_drawn: bool,
    of: fn(&BenchReport) -> Option<f64>,
}

/// What is told of each size, queries apart.
const FIGURES: &[Figure] = &[
    Figure { name: "first crawl", unit: Unit::Seconds, is_drawn: true, of: |report| Some(report.first_crawl.seconds) },
    Figure {
        name: "re-crawl, bodies sent again",
        unit: Unit::Seconds,
        is_drawn: true,
        of: |report| Some(report.unchanged_bodies.seconds),
    },
    Figure {
        name: "re-crawl, all 304",
        unit: Unit::Seconds,
        is_drawn: false,
        of: |report| Some(report.unchanged_304.seconds),
    },
    Figure {
        name: "re-crawl, 1 % changed",
        unit: Unit::Seconds,
        is_drawn: true,
        of: |report| Some(report.changed.seconds),
    },
    Figure {
        name: "carrying the 1 % to the index, in all",
        unit: Unit::Millis,
        is_drawn: false,
        of: |report| Some(report.changed.index_ms),
    },
    Figure {
        name: "database",
        unit: Unit::Bytes,
        is_drawn: true,
        of: |report| Some(report.database_bytes_per_slot * report.n_slots as f64),
    },
    Figure { name: "index on disk", unit: Unit::Bytes, is_drawn: false, of: |report| Some(report.index_bytes as f64) },
    Figure {
        name: "memory at its peak, first crawl",
        unit: Unit::Bytes,
        is_drawn: false,
        of: |report| Some(report.first_crawl.peak_memory_bytes as f64),
    },
    Figure {
        name: "memory, serving",
        unit: Unit::Bytes,
        is_drawn: true,
        of: |report| Some(report.serving_memory_bytes as f64),
    },
    Figure { name: "start to ready", unit: Unit::Millis, is_drawn: true, of: |report| Some(report.start_to_ready_ms) },
];

/// Queries whose p50 and p99 are told.
const QUERIES: &[(&str, bool)] = &[
    ("geo + specialty, 7 days", true),
    ("state + service, 3 days", false),
    ("text: name + city", false),
    ("facets of a state, 7 days", false),
    ("all free slots", true),
    ("http: slots, geo + specialty", false),
];

/// How a figure grows with the number of slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Growth {
    Flat,
    SlowerThanLinear,
    Linear,
    FasterThanLinear,
}

impl Growth {
    /// By the exponent of the power of the number of slots that fits best. Runs differ by a quarter, which over a range
    /// of a hundred is 0.05 in the exponent; what is linear here may so seem a little faster.
    const fn of_exponent(exponent: f64) -> Self {
        match exponent {
            ..0.1 => Self::Flat,
            ..0.9 => Self::SlowerThanLinear,
            ..1.1 => Self::Linear,
            _ => Self::FasterThanLinear,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::SlowerThanLinear => "slower than linear",
            Self::Linear => "linear",
            Self::FasterThanLinear => "faster than linear",
        }
    }
}

/// A figure at every size.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GrowingFigure {
    name: String,
    unit: Unit,
    values: Vec<f64>,
    /// Of the power of the number of slots that fits best.
    exponent: f64,
    growth: Growth,
    #[serde(skip)]
    is_drawn: bool,
}

/// All figures at every size.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GrowthReport {
    machine: String,
    n_slots: Vec<u64>,
    figures: Vec<GrowingFigure>,
    /// Everything that was measured at each size.
    runs: Vec<BenchReport>,
}

/// Measures size after size; with a path, also draws a chart.
pub(super) fn measure(sizes: &[u64], chart: Option<&Path>) -> Result<GrowthReport> {
    let runs = sizes.iter().map(|n_slots| run_alone(*n_slots)).collect::<Result<Vec<_>>>()?;
    let mut figures = Vec::new();
    for figure in FIGURES {
        figures.extend(grown(&runs, figure.name.to_owned(), figure.unit, figure.is_drawn, figure.of));
    }
    for (kind, is_drawn) in QUERIES {
        for (name, is_p99) in [("p50", false), ("p99", true)] {
            let of = |report: &BenchReport| {
                let latency = report.latencies.iter().find(|latency| latency.kind == *kind)?;
                Some(if is_p99 { latency.p99_ms } else { latency.p50_ms })
            };
            figures.extend(grown(&runs, format!("{kind}: {name}"), Unit::Millis, *is_drawn && !is_p99, of));
        }
    }
    let report = GrowthReport { machine: machine(), n_slots: sizes.to_vec(), figures, runs };
    if let Some(path) = chart {
        std::fs::write(path, report.to_chart())
            .with_context(|| format!("the chart cannot be written to {}", path.display()))?;
    }
    Ok(report)
}

/// A `bench` of one size in a process of its own.
fn run_alone(n_slots: u64) -> Result<BenchReport> {
    let output = Command::new(std::env::current_exe()?)
        .args(["bench", "--json", "--without-files", "--slots", &n_slots.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .context("a bench cannot be started")?;
    if !output.status.success() {
        bail!("the bench of {} slots ended with {}", grouped(n_slots), output.status);
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("what the bench of {n_slots} slots told"))
}

fn grown(
    runs: &[BenchReport],
    name: String,
    unit: Unit,
    is_drawn: bool,
    of: impl Fn(&BenchReport) -> Option<f64>,
) -> Option<GrowingFigure> {
    let values = runs.iter().map(of).collect::<Option<Vec<f64>>>()?;
    let points: Vec<_> = runs.iter().map(|run| run.n_slots as f64).zip(values.iter().copied()).collect();
    let exponent = exponent(&points);
    Some(GrowingFigure { name, unit, values, exponent, growth: Growth::of_exponent(exponent), is_drawn })
}

/// The slope of the line through the logarithms that fits best (least squares).
fn exponent(points: &[(f64, f64)]) -> f64 {
    let logarithms: Vec<_> = points.iter().map(|(x, y)| (x.ln(), y.max(f64::MIN_POSITIVE).ln())).collect();
    let n = logarithms.len() as f64;
    let mean_x = logarithms.iter().map(|(x, _)| x).sum::<f64>() / n;
    let mean_y = logarithms.iter().map(|(_, y)| y).sum::<f64>() / n;
    let above = logarithms.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>();
    let below = logarithms.iter().map(|(x, _)| (x - mean_x).powi(2)).sum::<f64>();
    above / below
}

impl Unit {
    fn told(self, value: f64) -> String {
        match self {
            Self::Seconds => format!("{value:.2} s"),
            Self::Millis if value < 10.0 => format!("{value:.3} ms"),
            Self::Millis => format!("{value:.0} ms"),
            Self::Bytes => crate::output::bytes(value as u64),
        }
    }
}

impl GrowthReport {
    /// The figures as a table.
    pub(super) fn to_table(&self) -> String {
        let sizes: Vec<_> = self.n_slots.iter().map(|n_slots| format!("{} slots", grouped(*n_slots))).collect();
        let names: Vec<_> = sizes.iter().map(String::as_str).collect();
        let columns = [&["figure"], names.as_slice(), &["grows as slots to the", "that is"]].concat();
        let rows = self.figures.iter().map(|figure| {
            let values = figure.values.iter().map(|value| figure.unit.told(*value)).collect();
            let growth = vec![format!("{:.2}", figure.exponent), figure.growth.as_str().to_owned()];
            [vec![figure.name.clone()], values, growth].concat()
        });
        format!("{}\n\n{}", self.machine, table(&columns, &columns[1..=names.len() + 1], rows))
    }

    /// Some of them as a picture: how many times the figure of the smallest size.
    fn to_chart(&self) -> String {
        let drawn = self.figures.iter().filter(|figure| figure.is_drawn);
        let lines: Vec<_> = drawn.map(|figure| (figure.name.as_str(), figure.values.as_slice())).collect();
        chart::draw(&self.n_slots, &lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_those_of_the_power() {
        for power in [0.0, 0.5, 1.0, 1.3] {
            let points: Vec<_> = [1e5, 1e6, 1e7, 3e7].map(|x: f64| (x, 7.0 * x.powf(power))).into();
            assert!((exponent(&points) - power).abs() < 1e-9, "{power}");
        }
        // Nothing that could be measured at one size is no reason to panic.
        assert!(exponent(&[(1e5, 0.0), (1e6, 0.0)]).abs() < 1e-9);
    }

    #[test]
    fn growth_has_a_name() {
        for (exponent, want) in [
            (-0.2, Growth::Flat),
            (0.05, Growth::Flat),
            (0.5, Growth::SlowerThanLinear),
            (1.0, Growth::Linear),
            (1.2, Growth::FasterThanLinear),
        ] {
            assert_eq!(Growth::of_exponent(exponent), want, "{exponent}");
        }
    }
}
