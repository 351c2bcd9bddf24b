//! Issues of a commit: each file's are replaced when it is read, and written only where they differ.

use std::collections::BTreeMap;

use openslots_model::{Coverage, Issue, IssueCode};

use super::Context;
use super::plan::{Plan, Role};
use crate::columns::{text, unsigned};
use crate::staging::issue_log::{LineIssue, MAX_KEPT_PER_CODE};
use crate::{Error, Result};

/// `issue_count.file` of issues that are the manifest's or a whole file's.
const NO_FILE: i64 = 0;

/// The issue of a line whose id came again later.
pub(super) fn lost_line(line: u64, text: &str) -> LineIssue {
    let detail = "the same id comes again later; the last one counts".to_owned();
    LineIssue { line, code: IssueCode::DuplicateId, detail, excerpt: Issue::excerpt_of(text.as_bytes()) }
}

/// The issues that are kept of a file.
pub(super) fn read_issues(context: &Context<'_>, file: i64) -> Result<Vec<LineIssue>> {
    let mut statement = context.tx.prepare_cached(
        "SELECT line, code, detail, excerpt FROM issue WHERE publisher = ?1 AND file = ?2 ORDER BY rowid",
    )?;
    let mut rows = statement.query((context.publisher.0, file))?;
    let mut issues = Vec::new();
    while let Some(row) = rows.next()? {
        let (line, code) = (unsigned(row, 0)?, read_code(text(row, 1)?)?);
        issues.push(LineIssue { line, code, detail: row.get(2)?, excerpt: row.get(3)? });
    }
    Ok(issues)
}

/// A code as it is kept.
pub(crate) fn read_code(text: &str) -> Result<IssueCode> {
    text.parse().map_err(|()| Error::damaged(format!("issue code `{text}` is not known")))
}

/// Makes these the issues of a file.
pub(super) fn write_issues(
    context: &Context<'_>,
    file: i64,
    counts: &BTreeMap<IssueCode, u64>,
    samples: &[LineIssue],
) -> Result<()> {
    write_counts(context, file, counts)?;
    if read_issues(context, file)? == samples {
        return Ok(());
    }
    context
        .tx
        .prepare_cached("DELETE FROM issue WHERE publisher = ?1 AND file = ?2")?
        .execute((context.publisher.0, file))?;
    samples.iter().try_for_each(|issue| insert(context, Some(file), None, issue))
}

fn write_counts(context: &Context<'_>, file: i64, counts: &BTreeMap<IssueCode, u64>) -> Result<()> {
    let mut select = context.tx.prepare_cached("SELECT code, n FROM issue_count WHERE publisher = ?1 AND file = ?2")?;
    let mut rows = select.query((context.publisher.0, file))?;
    let mut old = BTreeMap::new();
    while let Some(row) = rows.next()? {
        old.insert(read_code(text(row, 0)?)?, unsigned(row, 1)?);
    }
    if old == *counts {
        return Ok(());
    }
    context
        .tx
        .prepare_cached("DELETE FROM issue_count WHERE publisher = ?1 AND file = ?2")?
        .execute((context.publisher.0, file))?;
    let sql = "INSERT INTO issue_count (publisher, file, code, n) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = context.tx.prepare_cached(sql)?;
    for (code, n) in counts {
        insert.execute((context.publisher.0, file, code.as_str(), *n as i64))?;
    }
    Ok(())
}

fn insert(context: &Context<'_>, file: Option<i64>, url: Option<&str>, issue: &LineIssue) -> Result<()> {
    let sql =
        "INSERT INTO issue (publisher, file, url, line, code, detail, excerpt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let LineIssue { line, code, detail, excerpt } = issue;
    let values = (context.publisher.0, file, url, *line as i64, code.as_str(), detail, excerpt);
    context.tx.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// Adds lines of a file that was not read now and whose ids were claimed by lines that were.
pub(super) fn add_lost_lines(context: &Context<'_>, file: i64, lost: &[LineIssue]) -> Result<()> {
    if lost.is_empty() {
        return Ok(());
    }
    context
        .tx
        .prepare_cached(
            "INSERT INTO issue_count (publisher, file, code, n) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET n = n + excluded.n",
        )?
        .execute((context.publisher.0, file, IssueCode::DuplicateId.as_str(), lost.len() as i64))?;
    lost.iter().take(MAX_KEPT_PER_CODE as usize).try_for_each(|issue| insert(context, Some(file), None, issue))
}

/// Makes these the issues of the manifest and of whole files; those of an increment come beside those that are there.
///
/// Of those, what was wrong with a file that was read now is over.
pub(super) fn write_run_issues(context: &Context<'_>, plan: &Plan, issues: &[Issue], coverage: Coverage) -> Result<()> {
    let old = read_run_issues(context)?;
    let mut now = Vec::new();
    if coverage == Coverage::Increment {
        // What is said anew takes the place of what was said of the same thing before.
        let is_said_anew = |old: &Issue| issues.iter().any(|new| (&new.file, new.code) == (&old.file, old.code));
        let is_over = |old: &Issue| {
            let of_listed = plan.files.iter().any(|file| file.role != Role::Unlisted && file.url == old.file);
            of_listed || old.code == IssueCode::ManifestFailed
        };
        now.extend(old.iter().filter(|issue| !is_said_anew(issue) && !is_over(issue)).cloned());
    }
    now.extend_from_slice(issues);
    let mut counts = BTreeMap::new();
    for issue in &now {
        *counts.entry(issue.code).or_default() += 1;
    }
    write_counts(context, NO_FILE, &counts)?;
    now.truncate(MAX_KEPT_PER_CODE as usize);
    if old == now {
        return Ok(());
    }
    let sql = "DELETE FROM issue WHERE publisher = ?1 AND file IS NULL";
    context.tx.prepare_cached(sql)?.execute([context.publisher.0])?;
    for issue in now {
        let Issue { file, line, code, detail, excerpt } = issue;
        insert(context, None, Some(&file), &LineIssue { line, code, detail, excerpt })?;
    }
    Ok(())
}

fn read_run_issues(context: &Context<'_>) -> Result<Vec<Issue>> {
    let mut select = context.tx.prepare_cached(
        "SELECT url, line, code, detail, excerpt FROM issue WHERE publisher = ?1 AND file IS NULL ORDER BY rowid",
    )?;
    let mut rows = select.query([context.publisher.0])?;
    let mut issues = Vec::new();
    while let Some(row) = rows.next()? {
        issues.push(read_run_issue(row)?);
    }
    Ok(issues)
}

/// An issue of columns (url, line, code, detail, excerpt).
pub(crate) fn read_run_issue(row: &rusqlite::Row<'_>) -> Result<Issue> {
    let (line, code) = (unsigned(row, 1)?, read_code(text(row, 2)?)?);
    Ok(Issue { file: row.get(0)?, line, code, detail: row.get(3)?, excerpt: row.get(4)? })
}
