//! SQLite alone, in process.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use openslots_model::Position;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Connection, Statement, params_from_iter};
use serde_json::Value;

use super::answer::Answer;
use super::peers::{PeerAnswers, PeerResult};
use super::questions::{Ask, Question};
use super::sql::Dialect;
use super::world::{World, WorldFile};
use super::{N_RUNS, N_WARM_UP};

/// Loads the files, asks the questions.
pub(super) fn measure(world: &World, questions: &[Question], database: &Path) -> Result<PeerResult> {
    let conn = Connection::open(database).context("a SQLite database cannot be made")?;
    conn.execute_batch("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")?;
    conn.execute_batch("PRAGMA cache_size = -1048576; PRAGMA mmap_size = 8589934592; PRAGMA temp_store = MEMORY;")?;
    add_miles_between(&conn)?;
    let began = Instant::now();
    load(&conn, world)?;
    let load_seconds = began.elapsed().as_secs_f64();
    let began = Instant::now();
    for statement in Dialect::Sqlite.indexes() {
        conn.execute_batch(&statement).with_context(|| format!("`{statement}`"))?;
    }
    let index_seconds = began.elapsed().as_secs_f64();
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    let answers = questions.iter().map(|question| answer(&conn, question)).collect::<Result<_>>()?;
    let mut nothing = conn.prepare("SELECT 1")?;
    let floor = time(1, |_| rows(&mut nothing, &[]).map(drop))?;
    Ok(PeerResult {
        version: rusqlite::version().to_owned(),
        load_seconds,
        index_seconds,
        database_bytes: std::fs::metadata(database).context("the SQLite database is gone")?.len(),
        answers,
        floor_ns: floor,
    })
}

/// One thread, one transaction; JSON is read by SQLite's own functions.
fn load(conn: &Connection, world: &World) -> Result<()> {
    let tx = conn.unchecked_transaction()?;
    for statement in Dialect::Sqlite.tables() {
        tx.execute_batch(&statement).with_context(|| format!("`{statement}`"))?;
    }
    let mut resource =
        tx.prepare("INSERT INTO resource SELECT ?1, (?2 ->> 'resourceType') || '/' || (?2 ->> 'id'), ?2")?;
    for file in world.files(false) {
        add_lines(&mut resource, file)?;
    }
    for statement in Dialect::Sqlite.provider_side() {
        tx.execute_batch(&statement).with_context(|| format!("`{statement}`"))?;
    }
    let mut slot = tx.prepare(include_str!("sql/sqlite_slot.sql"))?;
    for file in world.files(true) {
        add_lines(&mut slot, file)?;
    }
    drop((resource, slot));
    Ok(tx.commit()?)
}

fn add_lines(statement: &mut Statement<'_>, file: &WorldFile) -> Result<()> {
    let cannot_be_read = || format!("{} cannot be read", file.path.display());
    for line in BufReader::new(File::open(&file.path).with_context(cannot_be_read)?).lines() {
        let line = line.with_context(cannot_be_read)?;
        let n_added = statement.execute((&file.publisher, &line))?;
        ensure!(n_added == 1, "{}: `{line}` made {n_added} rows", file.path.display());
    }
    Ok(())
}

/// SQLite has no trigonometry of its own.
fn add_miles_between(conn: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("miles_between", 4, flags, |context| {
        let point = |at: usize| -> rusqlite::Result<Position> {
            Ok(Position { latitude: context.get(at)?, longitude: context.get(at + 1)? })
        };
        Ok(point(0)?.distance_miles(point(2)?))
    })?;
    Ok(())
}

fn answer(conn: &Connection, question: &Question) -> Result<PeerAnswers> {
    let sql = Dialect::Sqlite.question(question.template);
    let mut page = conn.prepare(&sql).with_context(|| format!("`{sql}`"))?;
    let mut whole = conn.prepare(&Dialect::Sqlite.whole(question.template))?;
    let parameters: Vec<_> = question.asks.iter().map(sql_values).collect();
    let answers = |statement: &mut Statement<'_>| -> Result<Vec<Answer>> {
        let answers = parameters.iter().map(|parameters| Answer::of_rows(question.want, &rows(statement, parameters)?));
        answers.collect()
    };
    Ok(PeerAnswers {
        wholes: answers(&mut whole)?,
        pages: answers(&mut page)?,
        durations_ns: time(parameters.len(), |at| rows(&mut page, &parameters[at]).map(drop))?,
    })
}

/// Durations in nanoseconds of asking in turn.
fn time(n_asks: usize, mut ask: impl FnMut(usize) -> Result<()>) -> Result<Vec<u64>> {
    let mut durations = Vec::with_capacity(N_RUNS);
    for n in 0..N_WARM_UP + N_RUNS {
        let began = Instant::now();
        ask(n % n_asks)?;
        if n >= N_WARM_UP {
            durations.push(began.elapsed().as_nanos() as u64);
        }
    }
    Ok(durations)
}

fn sql_values(ask: &Ask) -> Vec<SqlValue> {
    let value = |value: &Value| match value {
        Value::String(text) => SqlValue::Text(text.clone()),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| number.as_f64().map_or(SqlValue::Null, SqlValue::Real), SqlValue::Integer)
        }
        _ => SqlValue::Null,
    };
    ask.parameters.iter().map(value).collect()
}

fn rows(statement: &mut Statement<'_>, parameters: &[SqlValue]) -> Result<Vec<Vec<Value>>> {
    let n_columns = statement.column_count();
    let mut found = statement.query(params_from_iter(parameters))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let cell = |column| -> Result<Value> {
            Ok(match row.get_ref(column)? {
                ValueRef::Integer(number) => number.into(),
                ValueRef::Real(number) => number.into(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
                ValueRef::Null | ValueRef::Blob(_) => Value::Null,
            })
        };
        rows.push((0..n_columns).map(cell).collect::<Result<Vec<Value>>>()?);
    }
    Ok(rows)
}
