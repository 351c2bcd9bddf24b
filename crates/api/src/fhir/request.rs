//! A search request, read.

use openslots_fhir::search::{ParameterType, find_parameter};
use openslots_model::ResourceKind;

use super::clauses::{self, Clause, Fault};
use super::include::Include;
use super::parse;
use crate::problem::ParameterIssue;

/// Answers of a page where nothing is asked.
const DEFAULT_COUNT: usize = 25;
/// Answers of a page at most.
pub(super) const MAX_COUNT: usize = 100;
/// How many parameters a request may have.
const MAX_PARAMETERS: usize = 100;
/// The parameter in which a page hands on where the next one begins.
pub(super) const CURSOR: &str = "_cursor";

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SortBy {
    Id,
    LastUpdated,
    Name,
    /// Of slots.
    Start,
    /// Of what is near a point.
    Distance,
}

/// Which part of each resource is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// `_summary=count`: none.
    Count,
    Summary,
    /// `_summary=text`.
    Text,
    /// `_summary=data`: all but the text.
    Data,
    /// `_elements`.
    Elements(Vec<String>),
}

/// A search.
#[derive(Debug, Clone)]
pub(super) struct SearchRequest {
    pub(super) kind: ResourceKind,
    pub(super) clauses: Vec<Clause>,
    pub(super) sort: SortBy,
    pub(super) is_descending: bool,
    pub(super) count: usize,
    pub(super) cursor: Option<String>,
    pub(super) includes: Vec<Include>,
    pub(super) part: Part,
    /// What was applied, for the `self` link.
    pub(super) applied: Vec<(String, String)>,
    /// What was left out, and why.
    pub(super) ignored: Vec<(String, String)>,
    /// How each resource is shown alone; the same parameters mean the same for reads.
    pub(super) is_pretty: bool,
}

/// Reads the parameters of a search; under `is_lenient` what is not understood is left out.
pub(super) fn read(
    kind: ResourceKind,
    pairs: Vec<(String, String)>,
    is_lenient: bool,
) -> Result<SearchRequest, Vec<ParameterIssue>> {
    let mut request = SearchRequest {
        kind,
        clauses: Vec::new(),
        sort: if kind == ResourceKind::Slot { SortBy::Start } else { SortBy::Id },
        is_descending: false,
        count: DEFAULT_COUNT,
        cursor: None,
        includes: Vec::new(),
        part: Part::Whole,
        applied: Vec::new(),
        ignored: Vec::new(),
        is_pretty: false,
    };
    let mut issues = Vec::new();
    let mut is_sorted = false;
    if pairs.len() > MAX_PARAMETERS {
        let detail = format!("are more than {MAX_PARAMETERS}");
        return Err(vec![ParameterIssue { parameter: "parameters".to_owned(), detail }]);
    }
    for (name, value) in pairs {
        is_sorted |= name == "_sort";
        match request.take(&name, &value) {
            Ok(()) if name == CURSOR || name == "_format" => {}
            Ok(()) => request.applied.push((name, value)),
            Err(Fault::Unsupported(why)) if is_lenient => request.ignored.push((parse::short(&name), why)),
            Err(Fault::Unsupported(detail) | Fault::Value(detail)) => {
                issues.push(ParameterIssue { parameter: parse::short(&name), detail });
            }
        }
    }
    if !issues.is_empty() {
        return Err(issues);
    }
    if !is_sorted && request.clauses.iter().any(|clause| clause.near().is_some()) {
        request.sort = SortBy::Distance;
    }
    Ok(request)
}

impl SearchRequest {
    fn take(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        match name {
            "_count" => {
                let count: usize =
                    value.parse().map_err(|_| format!("`{}` is not a number of answers", parse::short(value)))?;
                self.count = count.min(MAX_COUNT);
            }
            CURSOR => self.cursor = Some(value.to_owned()),
            "_sort" => self.take_sort(value)?,
            "_include" | "_include:iterate" | "_revinclude" | "_revinclude:iterate" => {
                self.includes.extend(Include::read(name, value, self.kind)?);
            }
            "_summary" => {
                self.part = match value {
                    "true" => Part::Summary,
                    "text" => Part::Text,
                    "data" => Part::Data,
                    "count" => Part::Count,
                    "false" => Part::Whole,
                    other => {
                        return Err(Fault::Value(format!(
                            "`{}` is not true, text, data, count or false",
                            parse::short(other)
                        )));
                    }
                };
            }
            "_elements" => self.part = Part::Elements(parse::values(value)?),
            "_total" => {
                if !matches!(value, "none" | "estimate" | "accurate") {
                    return Err(Fault::Value("is none, estimate or accurate".to_owned()));
                }
            }
            "_format" => {}
            "_pretty" => self.is_pretty = parse::boolean(value)?,
            name => self.clauses.push(clauses::read(self.kind, name, value)?),
        }
        Ok(())
    }

    fn take_sort(&mut self, value: &str) -> Result<(), Fault> {
        let (name, is_descending) = value.strip_prefix('-').map_or((value, false), |name| (name, true));
        let has_name = find_parameter(self.kind, "name").is_some_and(|it| it.parameter_type == ParameterType::String);
        self.sort = match (name, self.kind) {
            ("_id", kind) if kind != ResourceKind::Slot => SortBy::Id,
            ("_lastUpdated", kind) if kind != ResourceKind::Slot => SortBy::LastUpdated,
            ("name" | "family", _) if has_name => SortBy::Name,
            ("start", ResourceKind::Slot) => SortBy::Start,
            ("near", ResourceKind::Location) => SortBy::Distance,
            _ => {
                let known = match self.kind {
                    ResourceKind::Slot => "start",
                    ResourceKind::Location => "_id, _lastUpdated, name, near",
                    _ if has_name => "_id, _lastUpdated, name",
                    _ => "_id, _lastUpdated",
                };
                let detail = format!(
                    "`{}` is no order of {}; known are {known}, with - before it for the reverse",
                    parse::short(value),
                    self.kind
                );
                return Err(Fault::Unsupported(detail));
            }
        };
        self.is_descending = is_descending;
        Ok(())
    }
}
