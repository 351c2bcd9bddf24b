//! Errors as FHIR tells them.

use serde_json::{Value, json};

use crate::problem::{Problem, ProblemKind};

/// The code of a kind of problem (value set `issue-type`).
const fn issue_type(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::InvalidParameters => "invalid",
        ProblemKind::NotFound => "not-found",
        ProblemKind::MethodNotAllowed | ProblemKind::NotAcceptable => "not-supported",
        ProblemKind::NotBookable | ProblemKind::Conflict => "conflict",
        ProblemKind::QueryTooLong | ProblemKind::BodyTooLarge => "too-long",
        ProblemKind::Unauthorized => "login",
        ProblemKind::TooManyRequests => "throttled",
        ProblemKind::Internal => "exception",
        ProblemKind::Unavailable => "transient",
        ProblemKind::Other(_) => "processing",
    }
}

/// A problem as an OperationOutcome: an issue for each bad parameter, or one in all.
pub(crate) fn outcome_of(problem: &Problem) -> Value {
    let code = issue_type(problem.kind);
    let issue = |diagnostics: &str, parameter: Option<&str>| {
        let mut issue = json!({ "severity": "error", "code": code, "diagnostics": diagnostics });
        if let Some(parameter) = parameter {
            issue["expression"] = json!([format!("http.{parameter}")]);
        }
        issue
    };
    let of_parameters =
        problem.issues.iter().map(|bad| issue(&format!("{} {}", bad.parameter, bad.detail), Some(&bad.parameter)));
    let mut issues: Vec<Value> = of_parameters.collect();
    if issues.is_empty() {
        issues.push(issue(&problem.detail, None));
    }
    json!({ "resourceType": "OperationOutcome", "issue": issues })
}

/// What was left out of a search, for those who asked for leniency.
pub(super) fn left_out(ignored: &[(String, String)]) -> Value {
    let issue = |(name, why): &(String, String)| {
        json!({
            "severity": "warning",
            "code": "not-supported",
            "diagnostics": format!("{name} {why}; it was left out of the search"),
            "expression": [format!("http.{name}")],
        })
    };
    json!({ "resourceType": "OperationOutcome", "issue": ignored.iter().map(issue).collect::<Vec<_>>() })
}
