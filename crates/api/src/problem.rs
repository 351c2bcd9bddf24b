//! Errors as clients see them: RFC 9457 problem details.
//!
//! | type | status | when |
//! |---|---|---|
//! | `invalid-parameters` | 400 | a parameter is unknown, given twice, empty or has a bad value; one issue each |
//! | `not-found` | 404 | no such path, id, key or publisher |
//! | `method-not-allowed` | 405 | the path is there, the method is not |
//! | `not-bookable` | 409 | the slot is no longer free, or has no booking link |
//! | `query-too-long` | 414 | the query string is longer than is read |
//! | `internal` | 500 | our fault; the log says what |
//! | `unavailable` | 503 | overloaded or not ready; worth another try |
//!
//! A [`Problem`] becomes a response without a body that carries itself as an extension; the outermost layer
//! (`layers::write_problems`) writes it, so that every error looks alike, wherever it comes from, and names the request.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use openslots_model::PublicId;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::Error;

/// Media type of problem details.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What is wrong with one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterIssue {
    /// Its name as given.
    pub parameter: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

/// Written under the names of the contract and, beside them, under those that the public SDKs declare (`path`,
/// `message`).
impl Serialize for ParameterIssue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut issue = serializer.serialize_struct("ParameterIssue", 4)?;
        issue.serialize_field("parameter", &self.parameter)?;
        issue.serialize_field("detail", &self.detail)?;
        issue.serialize_field("path", &[&self.parameter])?;
        issue.serialize_field("message", &self.detail)?;
        issue.end()
    }
}

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the table in the module's documentation")]
pub enum ProblemKind {
    InvalidParameters,
    NotFound,
    MethodNotAllowed,
    NotBookable,
    QueryTooLong,
    Internal,
    Unavailable,
    /// Any other status that a library answers with.
    Other(StatusCode),
}

impl ProblemKind {
    /// The status of the answer.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::InvalidParameters => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotBookable => StatusCode::CONFLICT,
            Self::QueryTooLong => StatusCode::URI_TOO_LONG,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Other(status) => status,
        }
    }

    /// The problem type: a reference to its paragraph in the API's documentation.
    const fn type_uri(self) -> &'static str {
        match self {
            Self::InvalidParameters => "/docs#invalid-parameters",
            Self::NotFound => "/docs#not-found",
            Self::MethodNotAllowed => "/docs#method-not-allowed",
            Self::NotBookable => "/docs#not-bookable",
            Self::QueryTooLong => "/docs#query-too-long",
            Self::Internal => "/docs#internal",
            Self::Unavailable => "/docs#unavailable",
            Self::Other(_) => "about:blank",
        }
    }

    /// The title: the same words for every problem of the kind.
    fn title(self) -> &'static str {
        match self {
            Self::InvalidParameters => "Invalid parameters",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::NotBookable => "Slot cannot be booked",
            Self::QueryTooLong => "Query too long",
            Self::Internal => "Internal error",
            Self::Unavailable => "Temporarily unavailable",
            Self::Other(status) => status.canonical_reason().unwrap_or("Error"),
        }
    }
}

/// One error, as it is told to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub kind: ProblemKind,
    /// What happened and what to do.
    pub detail: String,
    /// One issue for each bad parameter.
    pub issues: Vec<ParameterIssue>,
    /// Free slots beside the one that cannot be booked; `None` where that is not the matter.
    pub alternatives: Option<Vec<PublicId>>,
    /// A telephone number to book by instead.
    pub booking_phone: Option<String>,
    /// After how many seconds another try makes sense.
    pub retry_after_seconds: Option<u32>,
}

impl Problem {
    /// A problem without anything but its text.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            issues: Vec::new(),
            alternatives: None,
            booking_phone: None,
            retry_after_seconds: None,
        }
    }

    /// Nothing is known under that path, id, key or name.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::NotFound, detail)
    }

    /// The request's parameters cannot be used.
    pub fn invalid_parameters(issues: Vec<ParameterIssue>) -> Self {
        let names: Vec<&str> = issues.iter().map(|issue| issue.parameter.as_str()).collect();
        let detail = match names.as_slice() {
            [name] => format!("the parameter {name} cannot be used"),
            names => format!("{} parameters cannot be used: {}", names.len(), names.join(", ")),
        };
        Self { issues, ..Self::new(ProblemKind::InvalidParameters, detail) }
    }

    /// Too much to do, or not ready: worth another try.
    pub fn unavailable(detail: impl Into<String>, retry_after_seconds: u32) -> Self {
        Self { retry_after_seconds: Some(retry_after_seconds), ..Self::new(ProblemKind::Unavailable, detail) }
    }

    /// Our fault: the same sentence whatever the cause, which is in the log.
    pub fn internal() -> Self {
        Self::new(
            ProblemKind::Internal,
            "something went wrong on our side; the operator's log has the details under this request's id",
        )
    }

    /// The problem that stands for a bare status of a library.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found("there is nothing at this path"),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(ProblemKind::MethodNotAllowed, "this path is read with GET"),
            StatusCode::INTERNAL_SERVER_ERROR => Self::internal(),
            status => Self::new(ProblemKind::Other(status), "the request cannot be answered as it was sent"),
        }
    }

    /// The JSON of the problem for one request.
    pub(crate) fn to_json(&self, instance: &str, request_id: Option<&str>) -> Vec<u8> {
        let body = ProblemBody {
            type_uri: self.kind.type_uri(),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: &self.detail,
            instance,
            request_id,
            issues: &self.issues,
            alternatives: self.alternatives.as_deref(),
            booking_phone: self.booking_phone.as_deref(),
        };
        serde_json::to_vec(&body).unwrap_or_else(|_| br#"{"title":"Internal error","status":500}"#.to_vec())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemBody<'a> {
    #[serde(rename = "type")]
    type_uri: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    issues: &'a [ParameterIssue],
    #[serde(skip_serializing_if = "Option::is_none")]
    alternatives: Option<&'a [PublicId]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    booking_phone: Option<&'a str>,
}

impl From<Error> for Problem {
    /// The edge where a failure is logged, once, and turned into what a client may know of it.
    fn from(error: Error) -> Self {
        if let Error::Busy { .. } = error {
            tracing::warn!(%error, "call refused");
            return Self::unavailable("too many requests at this moment; try again soon", 1);
        }
        if let Error::Search(error) = &error
            && error.is_bad_query()
        {
            // The parameters are checked for this before the search is; should they differ, the asker is still told.
            let parameter = match error {
                openslots_search::Error::DistanceWithoutPlace => "sort",
                _ => "q",
            };
            return Self::invalid_parameters(vec![ParameterIssue {
                parameter: parameter.to_owned(),
                detail: error.to_string(),
            }]);
        }
        let mut causes = Vec::new();
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            causes.push(inner.to_string());
            cause = inner.source();
        }
        tracing::error!(%error, cause = causes.join(": "), "call failed");
        Self::internal()
    }
}

impl From<Vec<ParameterIssue>> for Problem {
    fn from(issues: Vec<ParameterIssue>) -> Self {
        Self::invalid_parameters(issues)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        let problem = Problem::not_found("no slot `x`");
        assert_eq!(
            String::from_utf8(problem.to_json("/v1/scheduling/slots/x", None)).unwrap(),
            r#"{"type":"/docs#not-found","title":"Not found","status":404,"detail":"no slot `x`","instance":"/v1/scheduling/slots/x"}"#
        );
    }

    #[test]
    fn a_bad_query_is_the_askers_fault_also_where_the_search_finds_it() {
        use openslots_search::Error::{DistanceWithoutPlace, Lost, TooManyWords};
        for (error, want) in
            [(TooManyWords { n_words: 17, limit: 16 }, Some("q")), (DistanceWithoutPlace, Some("sort")), (Lost, None)]
        {
            let problem = Problem::from(Error::from(error));
            assert_eq!(problem.issues.first().map(|issue| issue.parameter.as_str()), want);
            assert_eq!(problem.kind == ProblemKind::Internal, want.is_none());
        }
    }

    #[test]
    fn the_detail_names_the_bad_parameters() {
        let issue = |name: &str| ParameterIssue { parameter: name.to_owned(), detail: "is bad".to_owned() };
        for (names, want) in [
            (&["limit"][..], "the parameter limit cannot be used"),
            (&["limit", "near"][..], "2 parameters cannot be used: limit, near"),
        ] {
            let problem = Problem::invalid_parameters(names.iter().map(|name| issue(name)).collect());
            assert_eq!(problem.detail, want);
        }
    }
}
