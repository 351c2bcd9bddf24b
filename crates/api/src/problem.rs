//! Errors as clients see them: RFC 9457 problem details.
//!
//! | type | status | when |
//! |---|---|---|
//! | `invalid-parameters` | 400 | a parameter is unknown, given twice, empty or has a bad value; one issue each |
//! | `not-found` | 404 | no such path, id, key or publisher |
//! | `method-not-allowed` | 405 | the path is there, the method is not |
//! | `not-acceptable` | 406 | no form of the answer is one that the client takes |
//! | `not-bookable` | 409 | the slot is no longer free, or has no booking link |
//! | `unauthorized` | 401 | an operator's call without the operator's token |
//! | `conflict` | 409 | what an operator asks for is under way already |
//! | `body-too-large` | 413 | the body is larger than is read |
//! | `query-too-long` | 414 | the query string is longer than is read |
//! | `too-many-requests` | 429 | the client's address asks too often |
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
use utoipa::ToSchema;

use crate::Error;

/// Media type of problem details.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Marks an error that is told in the form of another protocol, as OAuth has its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told;

/// What is wrong with one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterIssue {
    /// Its name as given.
    pub parameter: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl Serialize for ParameterIssue {
    /// Under our own names, and under those that the public SDKs of this field read (`path`, `message`).
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
    NotAcceptable,
    NotBookable,
    Unauthorized,
    Conflict,
    BodyTooLarge,
    QueryTooLong,
    TooManyRequests,
    Internal,
    Unavailable,
    /// Any other status that a library answers with.
    Other(StatusCode),
}

impl ProblemKind {
    /// Every kind that has a paragraph of its own.
    pub const ALL: [Self; 12] = [
        Self::InvalidParameters,
        Self::Unauthorized,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::NotBookable,
        Self::Conflict,
        Self::BodyTooLarge,
        Self::QueryTooLong,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
    ];

    /// When it happens and what to do, in full sentences.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::InvalidParameters => {
                "A parameter is unknown, given twice, empty, or has a value that cannot be used. `issues` names each of them, what is wrong and what would be right."
            }
            Self::NotFound => {
                "Nothing is known under this path, id, key or slug, or the data of its publisher are too old to offer."
            }
            Self::Unauthorized => "The operator's token is missing or wrong.",
            Self::MethodNotAllowed => "The path is there, the method is not. `Allow` names those that are.",
            Self::NotAcceptable => "No form of the answer is one that the client takes.",
            Self::Conflict => "What is asked for is under way already.",
            Self::BodyTooLarge => "The body is longer than is read.",
            Self::TooManyRequests => {
                "The client's address asks more often than is allowed. `Retry-After` says after how many seconds another try makes sense."
            }
            Self::NotBookable => {
                "The slot is no longer free, or has no booking link. `alternatives` names free slots of the same schedule, `bookingPhone` a number to call instead."
            }
            Self::QueryTooLong => "The query string is longer than is read.",
            Self::Internal => "The fault is ours. The operator's log has the details under the `requestId`.",
            Self::Unavailable => {
                "The service is overloaded or not ready. `Retry-After` says after how many seconds another try makes sense."
            }
            Self::Other(_) => "The request cannot be answered as it was sent.",
        }
    }

    /// The anchor of its paragraph under `/docs`.
    pub fn anchor(self) -> &'static str {
        self.type_uri().trim_start_matches("/docs#")
    }

    /// The name of its answer in the API's document.
    pub(crate) fn response_name(self) -> String {
        format!("{self:?}")
    }

    /// The status of the answer.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::InvalidParameters => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::NotBookable => StatusCode::CONFLICT,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::QueryTooLong => StatusCode::URI_TOO_LONG,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Other(status) => status,
        }
    }

    /// The problem type: a reference to its paragraph in the API's documentation.
    pub const fn type_uri(self) -> &'static str {
        match self {
            Self::InvalidParameters => "/docs#invalid-parameters",
            Self::NotFound => "/docs#not-found",
            Self::MethodNotAllowed => "/docs#method-not-allowed",
            Self::NotAcceptable => "/docs#not-acceptable",
            Self::NotBookable => "/docs#not-bookable",
            Self::Unauthorized => "/docs#unauthorized",
            Self::Conflict => "/docs#conflict",
            Self::BodyTooLarge => "/docs#body-too-large",
            Self::QueryTooLong => "/docs#query-too-long",
            Self::TooManyRequests => "/docs#too-many-requests",
            Self::Internal => "/docs#internal",
            Self::Unavailable => "/docs#unavailable",
            Self::Other(_) => "about:blank",
        }
    }

    /// The title: the same words for every problem of the kind.
    pub fn title(self) -> &'static str {
        match self {
            Self::InvalidParameters => "Invalid parameters",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::NotAcceptable => "Not acceptable",
            Self::NotBookable => "Slot cannot be booked",
            Self::Unauthorized => "Not authorized",
            Self::Conflict => "Under way already",
            Self::BodyTooLarge => "Body too large",
            Self::QueryTooLong => "Query too long",
            Self::TooManyRequests => "Too many requests",
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
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(ProblemKind::BodyTooLarge, "the body is larger than is read"),
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

/// What went wrong and what to do (RFC 9457).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// What kind of problem it is: a reference to its paragraph under `/docs`, or `about:blank`.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference")]
    type_uri: &'static str,
    /// The same words for every problem of its kind.
    title: &'static str,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened and what to do.
    detail: &'a str,
    /// The path that was asked for.
    instance: &'a str,
    /// The request's id, as in `X-Request-Id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    /// One for each bad parameter.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<ParameterIssue>)]
    issues: &'a [ParameterIssue],
    /// Free slots beside the one that cannot be booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<crate::openapi::shapes::PublicId>)]
    alternatives: Option<&'a [PublicId]>,
    /// A telephone number to book by instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    booking_phone: Option<&'a str>,
}

impl From<Error> for Problem {
    /// The edge where a failure is logged, once, and turned into what a client may know of it.
    fn from(error: Error) -> Self {
        if let Error::Busy { .. } = error {
            // Counted where it was refused; a line each would make an overload worse.
            tracing::debug!(%error, "call refused");
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
