//! Databases that are asked through Python, in a process of their own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Answer;
use super::questions::Question;
use super::sql::Dialect;
use super::world::{World, WorldFile};
use super::{N_RUNS, N_WARM_UP};

const SCRIPT: &str = include_str!("peer.py");
/// Threads of DuckDB, and what its load is held against.
const N_THREADS: usize = 2;

/// What a database answered, and how long it took.
#[derive(Debug)]
pub(super) struct PeerResult {
    pub(super) version: String,
    /// From files on disk to tables.
    pub(super) load_seconds: f64,
    /// Indexes, order and statistics for the questions.
    pub(super) index_seconds: f64,
    /// On disk; whoever knows where it lies fills it in.
    pub(super) database_bytes: u64,
    /// In the order of the questions.
    pub(super) answers: Vec<PeerAnswers>,
    /// What it takes to ask for nothing (`SELECT 1`): the client's part.
    pub(super) floor_ns: Vec<u64>,
}

/// What it answered to a kind of question.
#[derive(Debug)]
pub(super) struct PeerAnswers {
    pub(super) wholes: Vec<Answer>,
    pub(super) pages: Vec<Answer>,
    pub(super) durations_ns: Vec<u64>,
}

/// The Python that has the clients.
#[derive(Debug, Clone)]
pub(super) struct Python(pub(super) PathBuf);

impl Python {
    /// Whether it runs and has a package.
    pub(super) fn has(&self, package: &str) -> bool {
        let mut command = Command::new(&self.0);
        command.args(["-c", &format!("import {package}")]).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// DuckDB, in a file that is made.
    pub(super) fn ask_duckdb(&self, world: &World, questions: &[Question], database: &Path) -> Result<PeerResult> {
        let dialect = Dialect::DuckDb;
        let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', "''"));
        let files: Vec<_> = world.files(false).map(|file| quoted(&file.path)).collect();
        let folder = quoted(world.folder());
        let resources = include_str!("sql/duckdb_resources.sql").replace("$files", &files.join(", "));
        let slots = include_str!("sql/duckdb_slots.sql").replace("$world", folder.trim_matches('\''));
        let load = steps([dialect.tables(), vec![resources], dialect.provider_side(), vec![slots]].concat());
        let job = Job::new("duckdb", database.display().to_string(), dialect, load, questions);
        let mut result = self.run(&job, questions)?;
        result.database_bytes = std::fs::metadata(database).context("the DuckDB database is gone")?.len();
        Ok(result)
    }

    /// PostgreSQL, in an empty database that is there: loads the files and asks with the keys that one would begin with.
    pub(super) fn load_postgresql(
        &self,
        world: &World,
        questions: &[Question],
        connection: &str,
    ) -> Result<PeerResult> {
        let load = postgresql_load(world);
        let job = Job::new("postgresql", connection.to_owned(), Dialect::Postgresql, load, questions);
        self.run(&Job { index: postgresql_keys(), ..job }, questions)
    }

    /// The same database with the indexes that suit the questions instead.
    pub(super) fn index_postgresql(&self, questions: &[Question], connection: &str) -> Result<PeerResult> {
        let job = Job::new("postgresql", connection.to_owned(), Dialect::Postgresql, Vec::new(), questions);
        self.run(&job, questions)
    }

    fn run(&self, job: &Job, questions: &[Question]) -> Result<PeerResult> {
        let engine = job.engine;
        let mut child = Command::new(&self.0)
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} cannot be started", self.0.display()))?;
        // Its end of the pipe is read to the end before it says anything.
        let mut stdin = child.stdin.take().context("Python has no standard input")?;
        let sent = stdin.write_all(&serde_json::to_vec(job)?);
        drop(stdin);
        let output = child.wait_with_output()?;
        if !output.status.success() {
            bail!("{engine} could not be measured: Python ended with {}", output.status);
        }
        sent.with_context(|| format!("the job for {engine} was not taken"))?;
        let told: Told = serde_json::from_slice(&output.stdout).with_context(|| format!("what {engine} told"))?;
        ensure!(told.answers.len() == questions.len(), "{engine} answered {} questions", told.answers.len());
        let mut answers = Vec::new();
        for (question, told) in questions.iter().zip(told.answers) {
            let read = |rows: Vec<Vec<Vec<Value>>>| {
                rows.iter().map(|rows| Answer::of_rows(question.want, rows)).collect::<Result<_>>()
            };
            let (wholes, pages) = (read(told.wholes)?, read(told.pages)?);
            answers.push(PeerAnswers { wholes, pages, durations_ns: told.durations_ns });
        }
        Ok(PeerResult {
            version: told.version,
            load_seconds: told.load_seconds,
            index_seconds: told.index_seconds,
            database_bytes: 0,
            answers,
            floor_ns: told.floor_ns,
        })
    }
}

/// Files are copied as they are and taken apart by the server.
fn postgresql_load(world: &World) -> Vec<Step> {
    let dialect = Dialect::Postgresql;
    let resources = "INSERT INTO resource
        SELECT publisher, (body ->> 'resourceType') || '/' || (body ->> 'id'), body FROM incoming";
    let between = [resources, "TRUNCATE incoming", "ANALYZE"].map(str::to_owned).to_vec();
    let mut load = steps(dialect.tables());
    load.push(Step::sql("CREATE UNLOGGED TABLE incoming (publisher TEXT NOT NULL, body JSONB NOT NULL)".to_owned()));
    load.extend(copy(world.files(false)));
    load.extend(steps([between, dialect.provider_side()].concat()));
    load.extend(copy(world.files(true)));
    load.extend(steps(vec![include_str!("sql/postgresql_slots.sql").to_owned(), "DROP TABLE incoming".to_owned()]));
    load
}

/// A line is a value, whatever is in it: neither quote nor delimiter is in any JSON text.
fn copy<'a>(files: impl Iterator<Item = &'a WorldFile>) -> Vec<Step> {
    let mut copies = Vec::new();
    let mut publisher = "";
    for file in files {
        if file.publisher != publisher {
            publisher = &file.publisher;
            copies.push(Step::sql(format!("ALTER TABLE incoming ALTER publisher SET DEFAULT '{publisher}'")));
        }
        let sql = "COPY incoming (body) FROM STDIN (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')";
        copies.push(Step { sql: sql.to_owned(), path: Some(file.path.clone()) });
    }
    copies
}

/// What one would begin with: the keys that tables have anyway, and slots of a schedule by start.
fn postgresql_keys() -> Vec<Step> {
    let statements = ["CREATE INDEX slot_by_start ON slot (schedule, start_at)", "VACUUM ANALYZE"];
    steps(statements.map(str::to_owned).to_vec())
}

/// What the script is to do.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Job {
    engine: &'static str,
    /// A file, or where the server is.
    database: String,
    threads: usize,
    load: Vec<Step>,
    index: Vec<Step>,
    questions: Vec<JobQuestion>,
    n_warm_up: usize,
    n_runs: usize,
}

/// A statement; with a path, what it takes in.
#[derive(Debug, Clone, Serialize)]
struct Step {
    sql: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct JobQuestion {
    page: String,
    whole: String,
    asks: Vec<Vec<Value>>,
}

fn steps(statements: Vec<String>) -> Vec<Step> {
    statements.into_iter().map(Step::sql).collect()
}

impl Step {
    const fn sql(sql: String) -> Self {
        Self { sql, path: None }
    }
}

impl Job {
    fn new(engine: &'static str, database: String, dialect: Dialect, load: Vec<Step>, questions: &[Question]) -> Self {
        let question = |question: &Question| JobQuestion {
            page: dialect.question(question.template),
            whole: dialect.whole(question.template),
            asks: question.asks.iter().map(|ask| ask.parameters.clone()).collect(),
        };
        Self {
            engine,
            database,
            threads: N_THREADS,
            load,
            index: steps(dialect.indexes()),
            questions: questions.iter().map(question).collect(),
            n_warm_up: N_WARM_UP,
            n_runs: N_RUNS,
        }
    }
}

/// What the script tells.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    version: String,
    load_seconds: f64,
    index_seconds: f64,
    answers: Vec<ToldAnswers>,
    floor_ns: Vec<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldAnswers {
    wholes: Vec<Vec<Vec<Value>>>,
    pages: Vec<Vec<Vec<Value>>>,
    durations_ns: Vec<u64>,
}
