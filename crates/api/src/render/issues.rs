//! What is wrong with a publisher's data, and what to do about it.

use std::collections::BTreeMap;

use openslots_model::IssueCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::shapes;

use crate::calls::IssuesAnswer;

/// What is wrong with a publisher's data.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Issues<'a> {
    /// Slug of the publisher.
    pub publisher: &'a str,
    /// How many issues there are, of the codes that were asked for.
    pub total: u64,
    /// How many there are of each code.
    pub codes: Vec<IssueCount>,
    /// How many of them each file has, those with the most first; at most a hundred files.
    pub files: Vec<FileCount<'a>>,
    /// Some of each code: in the order of `codes`, of each in order of file and line.
    pub issues: Vec<Issue<'a>>,
}

/// How often a fault was found.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct IssueCount {
    /// The code of the fault.
    #[schema(value_type = shapes::IssueCode)]
    pub code: IssueCode,
    /// How often it was found; of `non-conformant`, in those lines that crawls have looked at.
    pub count: u64,
    /// Whether the line or file was rejected; else it was accepted, if need be after a repair.
    pub rejected: bool,
    /// What the publisher should do about it.
    pub remedy: &'static str,
}

/// How often faults were found in one file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FileCount<'a> {
    /// URL of the output file, or of the manifest.
    pub url: &'a str,
    /// By code.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub counts: BTreeMap<&'static str, u64>,
}

/// One fault, where it was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[allow(missing_docs, reason = "the fields of the model's issue")]
pub struct Issue<'a> {
    pub file: &'a str,
    /// From 1; absent when it concerns the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    #[schema(value_type = shapes::IssueCode)]
    pub code: IssueCode,
    pub detail: &'a str,
    /// The beginning of the line.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub excerpt: &'a str,
}

impl<'a> From<&'a openslots_model::Issue> for Issue<'a> {
    fn from(issue: &'a openslots_model::Issue) -> Self {
        let openslots_model::Issue { file, line, code, detail, excerpt } = issue;
        Self { file, line: Some(*line).filter(|line| *line > 0), code: *code, detail, excerpt }
    }
}

impl<'a> From<&'a IssuesAnswer> for Issues<'a> {
    fn from(answer: &'a IssuesAnswer) -> Self {
        let count = |&(code, count): &(IssueCode, u64)| IssueCount {
            code,
            count,
            rejected: code.is_rejection(),
            remedy: code.remedy(),
        };
        let by_file = answer.files.iter().map(|file| FileCount {
            url: &file.url,
            counts: file.counts.iter().map(|(code, count)| (code.as_str(), *count)).collect(),
        });
        Self {
            publisher: answer.publisher.publisher.slug.as_str(),
            total: answer.counts.iter().map(|(_, count)| count).sum(),
            codes: answer.counts.iter().map(count).collect(),
            files: by_file.collect(),
            issues: answer.samples.iter().map(Issue::from).collect(),
        }
    }
}
