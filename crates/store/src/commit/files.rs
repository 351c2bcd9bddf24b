//! What is kept of the output files after a commit: their lines, validators and issues.

use openslots_model::KnownFile;
use rusqlite::OptionalExtension;

use super::Context;
use super::issues::{add_lost_lines, lost_line};
use super::line_tokens::LineTokens;
use super::plan::{Plan, PlannedFile, Role};
use super::read_file::write_read;
use crate::columns::blob;
use crate::file_lines::{LineRuns, LineState, Repairs};
use crate::staging::spool::Spool;
use crate::{Error, Result};

/// Brings all files up to date. Files that are not listed and hold nothing any more are forgotten; `is_complete` if the
/// listing is known to be all.
pub(crate) fn write(
    context: &Context<'_>,
    plan: &mut Plan,
    spool: &mut Spool,
    tokens: &LineTokens<'_>,
    is_complete: bool,
) -> Result<()> {
    for (index, file) in plan.files.iter_mut().enumerate() {
        let is_sharing = tokens.is_sharing(index);
        match file.role {
            Role::Read => write_read(context, file, spool, tokens, is_sharing)?,
            Role::Unlisted | Role::Unchanged | Role::Failed => edit(context, file, tokens, is_sharing, is_complete)?,
        }
    }
    Ok(())
}

fn forget(context: &Context<'_>, file: &PlannedFile) -> Result<()> {
    let Some(number) = file.number else { return Ok(()) };
    context
        .tx
        .prepare_cached("DELETE FROM issue_count WHERE publisher = ?1 AND file = ?2")?
        .execute((context.publisher.0, number))?;
    // Its lines and issues go with it.
    context.tx.prepare_cached("DELETE FROM output_file WHERE number = ?1")?.execute([number])?;
    Ok(())
}

/// A file that was not read: new validators, and lines that have lost their ids to staged lines or won against them.
fn edit(
    context: &Context<'_>,
    file: &mut PlannedFile,
    tokens: &LineTokens<'_>,
    is_sharing: bool,
    is_complete: bool,
) -> Result<()> {
    let Some(number) = file.number else { return Ok(()) };
    if file.role == Role::Unchanged {
        write_validators(context, file, number)?;
    }
    let may_differ = match file.role {
        Role::Unlisted => is_complete || tokens.has_edits_of_unlisted(),
        Role::Unchanged | Role::Read | Role::Failed => tokens.has_edits(),
    };
    if !may_differ {
        return Ok(());
    }
    let role = file.role;
    let old = file.load_runs(context.tx)?;
    let (mut runs, mut lost, mut has_let_go) = (LineRuns::default(), Vec::new(), false);
    for (line, (state, token)) in old.lines().enumerate() {
        let stands = tokens.of_held(role, state, token);
        has_let_go |= stands == LineState::Unheld && state != LineState::Unheld;
        let has_given_way = stands == LineState::Unheld && state != LineState::Unheld && tokens.is_lost(token);
        if has_given_way && role != Role::Unlisted {
            lost.push(lost_line(line as u64 + 1, &context.text_of(token)?));
        }
        runs.push(stands, token, 1);
    }
    if role == Role::Unlisted && runs.held().is_empty() {
        return forget(context, file);
    }
    let (old, new) = (old.encode(), runs.encode());
    if old != new {
        let mut statement = context.tx.prepare_cached("UPDATE file_lines SET tokens = ?2 WHERE file = ?1")?;
        statement.execute((number, new))?;
    }
    // A line that it has let go may be its own again, though the file stays as it is.
    if is_sharing || has_let_go {
        let sql = "UPDATE output_file SET read_anew = 1 WHERE number = ?1 AND read_anew = 0";
        context.tx.prepare_cached(sql)?.execute([number])?;
    }
    add_lost_lines(context, number, &lost)
}

fn write_validators(context: &Context<'_>, file: &PlannedFile, number: i64) -> Result<()> {
    let Some(finished) = &file.finished else { return Ok(()) };
    context
        .tx
        .prepare_cached(
            "UPDATE output_file SET etag = ?2, last_modified = ?3,
                 wire_hash = coalesce(?4, wire_hash), body_hash = coalesce(?5, body_hash)
             WHERE number = ?1 AND (etag, last_modified, wire_hash, body_hash)
                 IS NOT (?2, ?3, coalesce(?4, wire_hash), coalesce(?5, body_hash))",
        )?
        .execute((
            number,
            &finished.validators.etag,
            &finished.validators.last_modified,
            finished.wire_hash.map(|hash| hash as i64),
            finished.body_hash.map(|hash| hash as i64),
        ))?;
    Ok(())
}

/// The row of a file that was read; gives its number.
pub(super) fn write_row(context: &Context<'_>, file: &PlannedFile, counts: &KnownFile, read_anew: bool) -> Result<i64> {
    let Some(finished) = &file.finished else { return Err(Error::damaged("a file was read that was not listed")) };
    let kind = finished.report.kind.as_str();
    let validators = &finished.validators;
    let hashes = [finished.wire_hash, finished.body_hash].map(|hash| hash.map(|hash| hash as i64));
    let [n_held, n_rejected] = [counts.n_held, counts.n_rejected].map(|n| n as i64);
    let Some(number) = file.number else {
        context
            .tx
            .prepare_cached(
                "INSERT INTO output_file (publisher, url, kind, etag, last_modified, wire_hash, body_hash, n_held,
                     n_rejected, read_anew)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute((
                context.publisher.0,
                &file.url,
                kind,
                &validators.etag,
                &validators.last_modified,
                hashes[0],
                hashes[1],
                n_held,
                n_rejected,
                read_anew,
            ))?;
        return Ok(context.tx.last_insert_rowid());
    };
    context
        .tx
        .prepare_cached(
            "UPDATE output_file SET (kind, etag, last_modified, wire_hash, body_hash, n_held, n_rejected, read_anew)
                 = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             WHERE number = ?1
                 AND (kind, etag, last_modified, wire_hash, body_hash, n_held, n_rejected, read_anew)
                 IS NOT (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            number,
            kind,
            &validators.etag,
            &validators.last_modified,
            hashes[0],
            hashes[1],
            n_held,
            n_rejected,
            read_anew,
        ))?;
    Ok(number)
}

/// The lines of a file that was read, if they differ from what is kept.
pub(super) fn write_lines(
    context: &Context<'_>,
    number: i64,
    runs: &LineRuns,
    hashes: &[u8],
    repairs: &Repairs,
) -> Result<()> {
    let (tokens, repairs) = (runs.encode(), repairs.encode());
    let mut select = context.tx.prepare_cached("SELECT tokens, hashes, repairs FROM file_lines WHERE file = ?1")?;
    let is_same = select
        .query_row([number], |row| Ok(blob(row, 0)? == tokens && blob(row, 1)? == hashes && blob(row, 2)? == repairs))
        .optional()?;
    if is_same != Some(true) {
        let sql = "INSERT OR REPLACE INTO file_lines (file, tokens, hashes, repairs) VALUES (?1, ?2, ?3, ?4)";
        context.tx.prepare_cached(sql)?.execute((number, tokens, hashes, repairs))?;
    }
    Ok(())
}
