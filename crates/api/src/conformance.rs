//! The conformance grade of each publisher: from a sample of the lines that are held, and from those that were refused.
//!
//! To judge costs some milliseconds a publisher, so [`Judgements`] are made in the background, by whoever serves, and
//! kept for requests.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use openslots_fhir::conformance::Grade;
use openslots_fhir::conformance::{Requirement, Severity, Tally, check_line};
use openslots_model::{ChangeSeq, PublisherNumber, ResourceKind, UnixSeconds};
use openslots_store::{ReadSnapshot, Store};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// Lines of each type and publisher that are looked at.
const N_SAMPLED: usize = 64;

/// How what a publisher publishes stands to what is asked of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conformance {
    /// In one letter.
    pub grade: Grade,
    /// Lines that are held and were looked at.
    pub n_checked: u64,
    /// Those of them with errors.
    pub n_faulty: u64,
    /// Lines that were refused, of all that are published.
    pub n_rejected: u64,
    /// Errors in the lines that were looked at.
    pub n_errors: u64,
    /// Warnings of them.
    pub n_warnings: u64,
    /// What the lines that were looked at break, the gravest first.
    pub findings: Vec<Breach>,
}

impl Conformance {
    /// The errors in a line for an operator, if there are any.
    pub fn errors(&self) -> Option<String> {
        let errors = self.findings.iter().filter(|breach| breach.severity == Severity::Error.as_str());
        let told: Vec<_> = errors.map(|breach| format!("{} ({})", breach.requirement, breach.n)).collect();
        (!told.is_empty()).then(|| {
            format!(
                "errors in {} of {} lines looked at: {}; `openslots check` names each",
                self.n_faulty,
                self.n_checked,
                told.join(", ")
            )
        })
    }
}

/// A requirement that is not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// Its name, as `openslots check` has it.
    pub requirement: String,
    /// `error`, `warning` or `information`.
    pub severity: String,
    /// How often, in the lines that were looked at.
    pub n: u64,
    /// What the publisher should do.
    pub remedy: String,
}

/// What was seen of a publisher.
#[derive(Debug, Default)]
struct Seen {
    tally: Tally,
    breaches: BTreeMap<(Severity, Requirement), u64>,
}

impl Seen {
    fn look_at(&mut self, kind: ResourceKind, line: &str, now: UnixSeconds) {
        let (_, found) = check_line(kind, line.as_bytes(), now);
        self.tally.n_lines += 1;
        let mut is_faulty = false;
        for finding in found {
            let severity = finding.requirement.severity();
            is_faulty |= severity.is_error();
            self.tally.n_errors += u64::from(severity.is_error());
            self.tally.n_warnings += u64::from(severity == Severity::Warning);
            *self.breaches.entry((severity, finding.requirement)).or_default() += 1;
        }
        self.tally.n_faulty += u64::from(is_faulty);
    }

    /// `n_held` and `n_rejected` are of all lines of the publisher; what is refused counts as if it had been sampled.
    fn judge(self, n_held: u64, n_rejected: u64) -> Conformance {
        let Tally { n_lines: n_checked, n_faulty, n_errors, n_warnings } = self.tally;
        let scale = |n: u64| n.saturating_mul(n_held.max(1)) / n_checked.max(1);
        let tally = Tally {
            n_lines: scale(n_checked) + n_rejected,
            n_faulty: scale(n_faulty) + n_rejected,
            n_errors: n_errors + n_rejected,
            n_warnings,
        };
        let breach = |((severity, requirement), n): ((Severity, Requirement), u64)| Breach {
            requirement: requirement.code().to_owned(),
            severity: severity.as_str().to_owned(),
            n,
            remedy: requirement.remedy().to_owned(),
        };
        let findings = self.breaches.into_iter().map(breach).collect();
        Conformance { grade: Grade::of(tally), n_checked, n_faulty, n_rejected, n_errors, n_warnings, findings }
    }
}

/// What every publisher of which something is held was found to be.
pub type Judged = HashMap<PublisherNumber, Arc<Conformance>>;

/// Judges every publisher of which something is held.
fn judge_all(snapshot: &ReadSnapshot, now: UnixSeconds) -> openslots_store::Result<Judged> {
    let mut seen: HashMap<PublisherNumber, Seen> = HashMap::new();
    for (publisher, kind, line) in snapshot.sample_lines(N_SAMPLED)? {
        seen.entry(publisher).or_default().look_at(kind, &snapshot.line(line)?, now);
    }
    let counts = snapshot.line_counts()?;
    let judge = |(publisher, seen): (PublisherNumber, Seen)| {
        let (n_held, n_rejected) = counts.get(&publisher).copied().unwrap_or_default();
        (publisher, Arc::new(seen.judge(n_held, n_rejected)))
    };
    Ok(seen.into_iter().map(judge).collect())
}

/// What the last judging was of, as far as it can be told without looking at lines.
#[derive(Debug, PartialEq)]
struct Judging {
    seq: ChangeSeq,
    line_counts: HashMap<PublisherNumber, (u64, u64)>,
    /// What is over is judged by the hour.
    hour: i64,
}

/// The judgements of all publishers, of the last judging; clones share them.
#[derive(Clone, Default)]
pub struct Judgements {
    /// `None` before the first judging.
    made: Arc<watch::Sender<Option<Arc<Judged>>>>,
    /// Held while it is judged, so that no older judgement comes after a newer one.
    last: Arc<Mutex<Option<Judging>>>,
}

impl Judgements {
    /// Judges all publishers anew if something has changed. Blocking.
    ///
    /// # Errors
    /// When the store cannot be read; the judgements then stay as they were.
    pub fn refresh(&self, store: &Store, now: UnixSeconds) -> openslots_store::Result<()> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = store.snapshot()?;
        let judging =
            Judging { seq: snapshot.seq(), line_counts: snapshot.line_counts()?, hour: now.0.div_euclid(3_600) };
        if last.as_ref() != Some(&judging) {
            self.made.send_replace(Some(Arc::new(judge_all(&snapshot, now)?)));
            *last = Some(judging);
        }
        Ok(())
    }

    /// The judgements; `None` before the first judging.
    pub fn judged(&self) -> Option<Arc<Judged>> {
        self.made.borrow().clone()
    }

    /// Waits for the first judging, for so long at most.
    pub(crate) async fn wait(&self, patience: Duration) {
        let mut changes = self.made.subscribe();
        // Who waited in vain goes on without.
        tokio::time::timeout(patience, changes.wait_for(Option::is_some)).await.ok();
    }
}

impl fmt::Debug for Judgements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judgements").field("judged", &self.judged().map(|judged| judged.len())).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_790_000_000);
    const GOOD: &str = r#"{"resourceType":"Organization","id":"o","name":"Clinic"}"#;
    const BAD: &str = r#"{"resourceType":"Organization","id":"o_1","name":"Clinic"}"#;

    fn judged(n_good: usize, n_bad: usize, n_held: u64, n_rejected: u64) -> Conformance {
        let mut seen = Seen::default();
        for line in std::iter::repeat_n(GOOD, n_good).chain(std::iter::repeat_n(BAD, n_bad)) {
            seen.look_at(ResourceKind::Organization, line, NOW);
        }
        seen.judge(n_held, n_rejected)
    }

    #[test]
    fn refused_lines_weigh_as_much_as_lines_with_errors() {
        for (n_good, n_bad, n_held, n_rejected, want) in [
            (64, 0, 10_000, 0, Grade::A),
            (64, 0, 10_000, 1, Grade::C),
            (64, 0, 10_000, 900, Grade::D),
            (64, 0, 10_000, 9_000, Grade::F),
            (63, 1, 10_000, 0, Grade::D),
            (50, 14, 10_000, 0, Grade::F),
        ] {
            let found = judged(n_good, n_bad, n_held, n_rejected);
            assert_eq!(found.grade, want, "{n_good} {n_bad} {n_held} {n_rejected}");
            assert_eq!((found.n_checked, found.n_faulty), ((n_good + n_bad) as u64, n_bad as u64));
            let names: Vec<_> = found.findings.iter().map(|of| (of.requirement.as_str(), of.n)).collect();
            assert_eq!(names, if n_bad > 0 { vec![("illegal-id", n_bad as u64)] } else { vec![] });
        }
    }
}
