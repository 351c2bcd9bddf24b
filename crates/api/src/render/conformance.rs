//! How a publisher stands to what is asked of it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::conformance::{Breach, Conformance as Judged};
use crate::openapi::shapes;

/// Requirements that are told, the gravest first.
const MAX_FINDINGS: usize = 20;

/// How a publisher stands to FHIR R4 and the guides, by a sample of its lines; `openslots check` looks at all of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "what a grade is, its shape says")]
pub struct Conformance<'a> {
    #[schema(value_type = shapes::ConformanceGrade)]
    pub grade: &'static str,
    /// Lines that were looked at, of those that are held.
    pub lines_checked: u64,
    /// Those of them with errors.
    pub lines_with_errors: u64,
    /// Lines that were refused, of all that are published; the grade counts them as lines with errors.
    pub lines_rejected: u64,
    /// Errors in the lines that were looked at.
    pub errors: u64,
    /// Warnings of them.
    pub warnings: u64,
    /// What they do not meet, the gravest first; at most twenty requirements.
    pub findings: Vec<ConformanceFinding<'a>>,
}

/// A requirement that is not met.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[allow(missing_docs, reason = "what a severity is, its shape says")]
pub struct ConformanceFinding<'a> {
    /// Its name: `sched-N` for those that the guide numbers, else one of ours.
    pub requirement: &'a str,
    #[schema(value_type = shapes::RequirementSeverity)]
    pub severity: &'a str,
    /// How often, in the lines that were looked at.
    pub count: u64,
    /// What the publisher should do.
    pub remedy: &'a str,
}

impl<'a> From<&'a Judged> for Conformance<'a> {
    fn from(judged: &'a Judged) -> Self {
        let Judged { grade, n_checked, n_faulty, n_rejected, n_errors, n_warnings, findings } = judged;
        let finding = |breach: &'a Breach| {
            let Breach { requirement, severity, n, remedy } = breach;
            ConformanceFinding { requirement, severity, count: *n, remedy }
        };
        Self {
            grade: grade.as_str(),
            lines_checked: *n_checked,
            lines_with_errors: *n_faulty,
            lines_rejected: *n_rejected,
            errors: *n_errors,
            warnings: *n_warnings,
            findings: findings.iter().take(MAX_FINDINGS).map(finding).collect(),
        }
    }
}
