//! Latencies: a sample of durations and its percentiles.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Percentiles of a sample, in milliseconds, and how many answers were found on average.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Latency {
    pub(super) kind: String,
    pub(super) n_queries: usize,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) mean_total: f64,
}

/// A sample under way.
#[derive(Debug, Default)]
pub(super) struct Sample {
    durations: Vec<Duration>,
    total: u64,
}

impl Sample {
    /// Adds one query and the number of answers that it found.
    pub(super) fn add(&mut self, duration: Duration, total: u64) {
        self.durations.push(duration);
        self.total += total;
    }

    /// How many queries it has.
    pub(super) fn len(&self) -> usize {
        self.durations.len()
    }

    /// The longest, in milliseconds; 0 of none.
    pub(super) fn max_ms(&self) -> f64 {
        self.durations.iter().max().map_or(0.0, |longest| longest.as_secs_f64() * 1_000.0)
    }

    /// The percentiles.
    pub(super) fn finish(mut self, kind: &str) -> Latency {
        self.durations.sort_unstable();
        let n_queries = self.durations.len();
        let at = |share: f64| {
            let place = ((n_queries as f64 * share).ceil() as usize).clamp(1, n_queries.max(1)) - 1;
            self.durations.get(place).map_or(0.0, |duration| duration.as_secs_f64() * 1_000.0)
        };
        Latency {
            kind: kind.to_owned(),
            n_queries,
            p50_ms: at(0.50),
            p99_ms: at(0.99),
            mean_total: self.total as f64 / n_queries.max(1) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut sample = Sample::default();
        for ms in 1..=100 {
            sample.add(Duration::from_millis(ms), 2);
        }
        assert_eq!((sample.len(), sample.max_ms()), (100, 100.0));
        let latency = sample.finish("x");
        assert_eq!((latency.p50_ms, latency.p99_ms, latency.mean_total), (50.0, 99.0, 2.0));
        assert_eq!(Sample::default().finish("x").p99_ms, 0.0);
    }
}
