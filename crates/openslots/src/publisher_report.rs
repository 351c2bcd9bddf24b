//! What adding and importing publishers came to, as people read it.

use anyhow::{Result, anyhow};
use openslots_crawl::{Continuation, FilesOfType, ProbeReport};

use crate::operations::{AddOutcome, AddReport, ImportOutcome, ImportReport, ImportedPublisher};
use crate::output::{age, bytes, count_of, grouped, table};
use crate::report::{EXIT_NOTHING_DONE, EXIT_WELL};

/// Names and texts in lists are cut for the table.
const MAX_CELL_CHARS: usize = 60;

impl AddReport {
    /// The report as text.
    ///
    /// # Errors
    /// Why the publisher was not added: the last word of the command.
    pub(crate) fn to_text(&self) -> Result<String> {
        let slug = match (self.outcome, &self.slug) {
            (AddOutcome::Refused, _) | (_, None) => return Err(self.refusal()),
            (AddOutcome::Known, Some(slug)) if self.serving && self.has_credential => {
                return Ok(format!("{slug} is known already; the running service asks with this URL until it ends\n"));
            }
            (AddOutcome::Known, Some(slug)) => return Ok(format!("{slug} is known already, and stays as it is\n")),
            (AddOutcome::Added, Some(slug)) => slug,
        };
        let mut text = self.found.as_ref().map(|found| found_text(&self.manifest_url, found)).unwrap_or_default();
        let was_asked = self.found.is_some();
        text.push_str(&match (self.serving, was_asked) {
            (true, true) => format!("{slug} added; the running service crawls it in a minute\n"),
            (true, false) => format!("{slug} added; the running service crawls it now\n"),
            (false, true) => format!(
                "{slug} added; `openslots crawl --publisher {slug}` reads it in a minute, as its manifest was asked for \
                 just now (at once with --force)\n"
            ),
            (false, false) => format!("{slug} added; `openslots crawl --publisher {slug}` reads it now\n"),
        });
        if self.has_credential {
            text.push_str(
                "its URL carries a credential, which is not kept: put a file with the URL into config/publishers, so \
                 that it is crawled after a restart\n",
            );
        }
        if self.found.as_ref().is_some_and(|found| found.requires_access_token) {
            text.push_str(
                "its files need an access token: put a file with `openslots.backend_services` into config/publishers\n",
            );
        }
        Ok(text)
    }

    fn refusal(&self) -> anyhow::Error {
        let failure = self.failure.as_ref().map(ToString::to_string).unwrap_or_default();
        anyhow!("{failure}\nnothing was added; --unchecked adds it all the same")
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        if self.outcome == AddOutcome::Refused { EXIT_NOTHING_DONE } else { EXIT_WELL }
    }
}

/// What a look at a manifest found, a line each.
fn found_text(asked: &str, found: &ProbeReport) -> String {
    let mut lines = vec![("manifest", asked.to_owned())];
    if found.url != asked {
        lines.push(("found at", found.url.clone()));
    }
    lines.push(("data up to", found.transaction_time.clone().unwrap_or_else(|| "not said".to_owned())));
    let files = listed(&found.files);
    lines.push(("output files", if files.is_empty() { "none".to_owned() } else { files }));
    let interval = |seconds: u64| age(i64::try_from(seconds).unwrap_or(i64::MAX));
    for (name, text) in [
        ("not kept", listed(&found.skipped)),
        ("states", found.states.join(", ")),
        ("deletions", deletions(found)),
        ("manifests inside", manifests_inside(found)),
        ("goes on", found.continuation.map(goes_on).unwrap_or_default().to_owned()),
        ("changes every", found.update_cadence_seconds.map(interval).unwrap_or_default()),
        ("good for", found.max_age_seconds.map(|seconds| interval(seconds.into())).unwrap_or_default()),
    ] {
        if !text.is_empty() {
            lines.push((name, text));
        }
    }
    if found.requires_access_token {
        lines.push(("access token", "required for its files".to_owned()));
    }
    lines.push(("came as", came_as(found)));
    if found.n_issues > 0 {
        lines.push(("issues", grouped(found.n_issues)));
    }
    let mut text: String = lines.into_iter().map(|(name, text)| format!("{name:<18}{text}\n")).collect();
    for issue in &found.issues {
        text.push_str(&format!("  {}\n", issue.detail));
    }
    text
}

fn listed(files: &[FilesOfType]) -> String {
    files.iter().map(|of| format!("{} {}", of.kind, grouped(of.n_files))).collect::<Vec<_>>().join(", ")
}

fn deletions(found: &ProbeReport) -> String {
    if found.n_deletion_files == 0 { String::new() } else { count_of(found.n_deletion_files, "file") }
}

fn manifests_inside(found: &ProbeReport) -> String {
    let n_more = found.n_manifests.saturating_sub(found.manifests.len() as u64);
    let more = if n_more > 0 { format!(" and {} more", grouped(n_more)) } else { String::new() };
    format!("{}{more}", found.manifests.join(", "))
}

const fn goes_on(continuation: Continuation) -> &'static str {
    match continuation {
        Continuation::NextPage => "on a next page, which was not asked for",
        Continuation::Pending => "as a chain of increments",
        Continuation::Closed => "elsewhere: this is the end of a chain that is closed",
    }
}

fn came_as(found: &ProbeReport) -> String {
    let content_type = found.content_type.as_deref().unwrap_or("no content type");
    let encoding = found.content_encoding.as_deref();
    let packing = match (found.packing.as_deref(), encoding) {
        (Some(packing), Some(_)) => format!(", {packing}"),
        (Some(packing), None) => format!(", {packing} (which no header says)"),
        (None, Some(encoding)) => format!(", as it is (its header says {encoding})"),
        (None, None) => ", as it is".to_owned(),
    };
    let unpacked = match found.packing {
        Some(_) => format!(" ({} unpacked)", bytes(found.n_bytes)),
        None => String::new(),
    };
    format!("{content_type}{packing}, {}{unpacked}, in {} ms", bytes(found.n_wire_bytes), found.duration_ms)
}

impl ImportReport {
    /// The report as a table, with what to do and what was passed over below it.
    pub(crate) fn to_table(&self) -> String {
        let columns = ["publisher", "name", "category", "manifest", "outcome"];
        let rows = self.publishers.iter().map(|one| {
            vec![
                one.slug.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
                cell(one.name.as_deref()),
                cell(one.category.as_deref()),
                one.manifest_url.clone(),
                self.outcome_text(one),
            ]
        });
        let mut text = if self.publishers.is_empty() {
            format!("{} lists no publisher\n", self.source)
        } else {
            table(&columns, &[], rows)
        };
        for one in &self.publishers {
            if let (Some(slug), Some(file)) = (&one.slug, &one.publisher_file) {
                text.push_str(&format!(
                    "\n{slug} needs {}: save this as config/publishers/{slug}.json and give {} in the environment (or \
                     the name of a file as {}_FILE)\n{file:#}\n",
                    one.needs.join(", "),
                    one.variables.join(", "),
                    one.variables.first().map_or("", String::as_str),
                ));
            }
        }
        if !self.passed_over.is_empty() {
            text.push_str("\npassed over:\n");
        }
        for passed_over in &self.passed_over {
            text.push_str(&format!("  {passed_over}\n"));
        }
        if self.n_more_passed_over > 0 {
            text.push_str(&format!("  and {} more\n", grouped(self.n_more_passed_over as u64)));
        }
        let n_added = self.publishers.iter().filter(|one| one.outcome == ImportOutcome::Added).count() as u64;
        if n_added > 0 && !self.dry_run {
            let next =
                if self.serving { "the running service crawls them now" } else { "`openslots crawl` reads them" };
            text.push_str(&format!("\n{} added; {next}\n", grouped(n_added)));
        }
        text
    }

    fn outcome_text(&self, one: &ImportedPublisher) -> String {
        match one.outcome {
            ImportOutcome::Added if self.dry_run => "would be added".to_owned(),
            ImportOutcome::Added => "added".to_owned(),
            ImportOutcome::Known => "known already".to_owned(),
            ImportOutcome::NeedsFile => format!("not added: needs {}", one.needs.join(", ")),
            ImportOutcome::OtherCategory => "not added: of another category".to_owned(),
            ImportOutcome::NotPublic => {
                "not added: on a private address; add it with `publishers add` if you know it".to_owned()
            }
        }
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        if self.publishers.is_empty() { EXIT_NOTHING_DONE } else { EXIT_WELL }
    }
}

fn cell(text: Option<&str>) -> String {
    text.unwrap_or("-").chars().take(MAX_CELL_CHARS).collect()
}
