//! Issues of the data that are held: how many there are, where, and samples of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use openslots_model::{Issue, IssueCode, PublisherNumber};
use rusqlite::Params;

use crate::columns::{text, unsigned};
use crate::commit::{read_code, read_run_issue};
use crate::{Result, Store};

/// How many issues of each code one file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileIssues {
    /// URL of the output file (or the manifest), without secrets.
    pub url: String,
    /// By code.
    pub counts: BTreeMap<IssueCode, u64>,
}

impl FileIssues {
    /// How many there are of all codes.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }
}

impl Store {
    /// Issues of the data held of a publisher, in order of file and line, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn issues(&self, publisher: PublisherNumber, limit: usize) -> Result<Vec<Issue>> {
        // Those of the manifest come first: they have no file.
        self.read_issues(
            "SELECT coalesce(f.url, i.url), i.line, i.code, i.detail, i.excerpt
             FROM issue i LEFT JOIN output_file f ON f.number = i.file
             WHERE i.publisher = ?1 ORDER BY i.file, i.line, i.rowid LIMIT ?2",
            (publisher.0, i64::try_from(limit).unwrap_or(i64::MAX)),
        )
    }

    /// Those of them that have one code.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn issues_of_code(&self, publisher: PublisherNumber, code: IssueCode, limit: usize) -> Result<Vec<Issue>> {
        // The counts lead to the files that have any: a rare code is found without reading past the many of others.
        self.read_issues(
            "SELECT coalesce(f.url, i.url), i.line, i.code, i.detail, i.excerpt
             FROM issue_count c
             CROSS JOIN issue i ON i.publisher = c.publisher AND i.file IS nullif(c.file, 0) AND i.code = c.code
             LEFT JOIN output_file f ON f.number = i.file
             WHERE c.publisher = ?1 AND c.code = ?2 ORDER BY c.file, i.line, i.rowid LIMIT ?3",
            (publisher.0, code.as_str(), i64::try_from(limit).unwrap_or(i64::MAX)),
        )
    }

    fn read_issues(&self, sql: &str, parameters: impl Params) -> Result<Vec<Issue>> {
        let conn = self.reader()?;
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut issues = Vec::new();
        while let Some(row) = rows.next()? {
            issues.push(read_run_issue(row)?);
        }
        Ok(issues)
    }

    /// How many issues of each code there are of the data held of a publisher: exact, also where not every one is kept,
    /// apart from those that are looked for in a sample.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn issue_counts(&self, publisher: PublisherNumber) -> Result<Vec<(IssueCode, u64)>> {
        let conn = self.reader()?;
        let mut statement = conn
            .prepare_cached("SELECT code, sum(n) FROM issue_count WHERE publisher = ?1 GROUP BY code ORDER BY code")?;
        let mut rows = statement.query([publisher.0])?;
        let mut counts = Vec::new();
        while let Some(row) = rows.next()? {
            counts.push((read_code(text(row, 0)?)?, unsigned(row, 1)?));
        }
        Ok(counts)
    }

    /// The same of all publishers at once.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn issue_counts_by_publisher(&self) -> Result<HashMap<PublisherNumber, BTreeMap<IssueCode, u64>>> {
        let conn = self.reader()?;
        let sql = "SELECT publisher, code, sum(n) FROM issue_count GROUP BY publisher, code";
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut counts: HashMap<_, BTreeMap<_, _>> = HashMap::new();
        while let Some(row) = rows.next()? {
            let of_publisher = counts.entry(PublisherNumber(row.get(0)?)).or_default();
            of_publisher.insert(read_code(text(row, 1)?)?, unsigned(row, 2)?);
        }
        Ok(counts)
    }

    /// How many issues of each of some codes each file of a publisher has: at most `limit` files, those with the most
    /// first. What is wrong with the manifest and with whole files counts under their URLs, as far as it is kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn issue_counts_by_file(
        &self,
        publisher: PublisherNumber,
        codes: &[IssueCode],
        limit: usize,
    ) -> Result<Vec<FileIssues>> {
        let conn = self.reader()?;
        let mut statement = conn.prepare_cached(
            "SELECT f.url, c.code, c.n FROM issue_count c JOIN output_file f ON f.number = c.file
             WHERE c.publisher = ?1
             UNION ALL
             SELECT url, code, count(*) FROM issue WHERE publisher = ?1 AND file IS NULL GROUP BY url, code",
        )?;
        let mut rows = statement.query([publisher.0])?;
        let mut by_url: BTreeMap<String, BTreeMap<IssueCode, u64>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let code = read_code(text(row, 1)?)?;
            if codes.contains(&code) {
                *by_url.entry(row.get(0)?).or_default().entry(code).or_default() += unsigned(row, 2)?;
            }
        }
        let mut files: Vec<_> = by_url.into_iter().map(|(url, counts)| FileIssues { url, counts }).collect();
        files.sort_by_key(|file| Reverse(file.total()));
        files.truncate(limit);
        Ok(files)
    }
}
