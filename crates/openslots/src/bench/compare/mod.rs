//! `bench --compare`: the same publishers' files, the same questions and the same answers, beside databases that people
//! would otherwise take: SQLite alone, PostgreSQL, DuckDB.
//!
//! - **Files.** openslots crawls them over HTTP on loopback, as always. The databases load the same files from a folder
//!   that was just written, so from the page cache: resources, joins and slots with booking link and phone. Source JSON
//!   of slots, issues, validators and history are kept by openslots alone. Indexes count apart.
//! - **Fairness.** Each database has the indexes (or the order) that suit it best (`sql/*_indexes.sql`), statistics,
//!   prepared statements, memory as its manual asks for, and nothing that waits for the disk. DuckDB runs on two threads
//!   in Python's process, PostgreSQL on a Unix socket, SQLite and openslots in this process. PostgreSQL is also asked
//!   before it has those indexes, with keys and (schedule, start) alone, as one would begin.
//! - **Answers.** Each question is asked once without a limit, and all ids, times and distances must be those of
//!   openslots; pages must be the first fifty in order, where slots at the same place in the order may change places.
//! - **Time** is that of the page alone: fifty rows with what is shown of them, fetched to the last one. openslots counts
//!   all that matches besides. Questions come again and again, so that whoever keeps what was asked for has it: databases
//!   their pages, openslots slots and places as well. It is told in three ways: as it is, for what the index finds alone,
//!   and with rows read anew each time, from the pages of its database.

mod answer;
mod other_words;
mod ours;
mod peers;
mod postgres;
mod questions;
mod report;
mod sql;
mod sqlite;
mod world;

use std::path::Path;

use anyhow::{Context, Result, bail};
use openslots_model::{CrawlOutcome, UnixSeconds};
use openslots_simulate::SimulationPlan;
use tokio::task::block_in_place;

use self::answer::{Answer, check_page, check_whole};
use self::other_words::OtherWords;
use self::ours::{OurAnswers, Ours};
use self::peers::{PeerResult, Python};
use self::postgres::PostgresServer;
use self::questions::{Question, Want};
pub(super) use self::report::CompareReport;
use self::report::{EngineReport, NotMeasured, OUR_WAYS};
use self::world::World;
use super::child::Publishers;
use super::latency::{Latency, Sample};
use super::queries::Material;
use super::report::machine;
use crate::config::{self, Environment};
use crate::data_dir::DataDir;

/// How often a question of each kind is asked for time.
const N_RUNS: usize = 100;
/// And before that: two rounds of the questions of a kind, so that each cache holds what it keeps.
const N_WARM_UP: usize = 2 * questions::N_ASKS;

/// Measures openslots, then one database after the other.
pub(super) async fn measure(plan: &SimulationPlan, python: &Path) -> Result<CompareReport> {
    let folder = tempfile::tempdir().context("a temporary directory cannot be made")?;
    let world = block_in_place(|| World::write(plan, &folder.path().join("files")))?;
    let (ours, questions, our_answers) = openslots(plan, &folder.path().join("openslots")).await?;
    let [_, alone, anew] = OUR_WAYS;
    let found = ours.asked(alone, &our_answers, |answers| &answers.found);
    let anew = ours.asked(anew, &our_answers, |answers| &answers.shown_anew);
    let mut report = CompareReport {
        n_slots: plan.n_slots,
        n_files: world.files.len(),
        file_bytes: world.n_bytes,
        machine: machine(),
        n_answers_held: our_answers.iter().map(|answers| answers.wholes.len()).sum(),
        engines: vec![ours, found, anew],
        not_measured: Vec::new(),
    };
    block_in_place(|| databases(&world, &questions, &our_answers, folder.path(), python, &mut report))?;
    Ok(report)
}

/// Crawls the publishers and asks.
async fn openslots(plan: &SimulationPlan, data_dir: &Path) -> Result<(EngineReport, Vec<Question>, Vec<OurAnswers>)> {
    let publishers = block_in_place(|| Publishers::start(plan))?;
    let data_dir = DataDir::create(data_dir)?;
    let mut settings = config::load(None, &Environment::new())?;
    settings.publishers.clear();
    let engine = super::open(&settings, &data_dir)?;
    let crawl = super::crawl(&engine, &publishers, plan.n_slots, CrawlOutcome::Updated).await?;
    drop(publishers);
    // As a service does when it is at rest; the databases have their indexes made and their statistics taken here.
    block_in_place(|| crate::indexing::settle(engine.index()))?;
    block_in_place(|| {
        let now = UnixSeconds::now();
        let material = Material::new(super::sample_of(engine.store())?, now)?;
        let mut other_words = OtherWords::default();
        engine.store().snapshot()?.for_each_provider_location(|_, at| other_words.add(&at))?;
        let questions = questions::questions(&material, &other_words, now)?;
        let snapshot = engine.index().snapshot();
        let ours = Ours::new(&snapshot, engine.store())?;
        let answers = questions
            .iter()
            .map(|question| ours.answer(question).with_context(|| format!("`{}` of openslots itself", question.name)));
        let answers = answers.collect::<Result<Vec<_>>>()?;
        let report = EngineReport {
            name: "openslots".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            load_seconds: crawl.seconds,
            index_seconds: 0.0,
            database_bytes: super::size_of_store(&engine, data_dir.path())?,
            floor: None,
            latencies: answers.iter().map(|answers| answers.shown.clone()).collect(),
        };
        Ok((report, questions, answers))
    })
}

/// Measures the databases that are there; of the others, what is missing.
fn databases(
    world: &World,
    questions: &[Question],
    ours: &[OurAnswers],
    folder: &Path,
    python: &Path,
    report: &mut CompareReport,
) -> Result<()> {
    let mut add = |name: &str, result: PeerResult| -> Result<()> {
        check(name, questions, ours, &result)?;
        report.engines.push(EngineReport::of_peer(name, questions, result));
        Ok(())
    };
    let database = folder.join("sqlite.db");
    let sqlite = sqlite::measure(world, questions, &database).context("SQLite")?;
    add("SQLite", sqlite)?;
    // The others need the room.
    std::fs::remove_file(&database).context("the SQLite database is gone")?;
    let python = Python(python.to_owned());
    let mut not_measured = Vec::new();
    match postgres::programs() {
        Some(_) if !python.has("psycopg") => {
            not_measured.push(NotMeasured::package("PostgreSQL", "psycopg[binary]", &python.0))
        }
        None => not_measured.push(NotMeasured {
            name: "PostgreSQL".to_owned(),
            reason: "no server was found; `apt-get install postgresql`".to_owned(),
        }),
        Some(programs) => match PostgresServer::start(&programs) {
            Ok(server) => {
                let mut with_keys = python.load_postgresql(world, questions, &server.connection())?;
                with_keys.database_bytes = server.database_bytes()?;
                let mut with_indexes = python.index_postgresql(questions, &server.connection())?;
                with_indexes.database_bytes = server.database_bytes()?;
                with_indexes.load_seconds = with_keys.load_seconds;
                add("PostgreSQL", with_indexes)?;
                add("PostgreSQL, keys alone", with_keys)?;
            }
            Err(error) => not_measured.push(NotMeasured {
                name: "PostgreSQL".to_owned(),
                reason: format!("its server does not start: {error:#}"),
            }),
        },
    }
    if python.has("duckdb") {
        add("DuckDB", python.ask_duckdb(world, questions, &folder.join("duckdb.db"))?)?;
    } else {
        not_measured.push(NotMeasured::package("DuckDB", "duckdb", &python.0));
    }
    report.not_measured = not_measured;
    Ok(())
}

/// Holds every answer of a database against ours.
fn check(name: &str, questions: &[Question], ours: &[OurAnswers], result: &PeerResult) -> Result<()> {
    for ((question, ours), theirs) in questions.iter().zip(ours).zip(&result.answers) {
        if theirs.wholes.len() != ours.wholes.len() || theirs.pages.len() != ours.wholes.len() {
            bail!("{name} answered {} times to `{}`", theirs.wholes.len(), question.name);
        }
        for (n, (our_whole, (their_whole, their_page))) in
            ours.wholes.iter().zip(theirs.wholes.iter().zip(&theirs.pages)).enumerate()
        {
            let held = check_whole(our_whole, their_whole)
                .and_then(|()| check_their_page(question.want, our_whole, their_page));
            held.with_context(|| format!("{name} answers `{}`, number {n}, otherwise than openslots", question.name))?;
        }
    }
    Ok(())
}

fn check_their_page(want: Want, whole: &Answer, page: &Answer) -> Result<()> {
    match (want, whole, page) {
        (Want::Slots(sort), Answer::Slots(whole), Answer::Slots(page)) => check_page(sort, whole, page, sql::PAGE),
        _ => check_whole(whole, page),
    }
}
