//! `publishers`: list, add, import.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use url::Url;

use super::operate;
use crate::cli::{AddArgs, ImportArgs, PlaceArgs, PublishersCommand};
use crate::operations::{AddRequest, ImportRequest, ImportSource, Reply, Request};
use crate::output::{print, print_json, table};
use crate::registry::MAX_TEXT_BYTES;
use crate::report::EXIT_WELL;

/// Runs the command.
pub(super) fn run(command: PublishersCommand) -> Result<u8> {
    match command {
        PublishersCommand::List { place, json } => list(&place, json),
        PublishersCommand::Add(AddArgs { place, url, name, slug, unchecked, json }) => {
            operate::run(&place, Request::AddPublisher(AddRequest { url, name, slug, unchecked }), json)
        }
        PublishersCommand::Import(ImportArgs { place, source, dry_run, category, json }) => {
            let source = source_of(source)?;
            operate::run(&place, Request::ImportPublishers(ImportRequest { source, category, dry_run }), json)
        }
    }
}

/// Prints the known publishers.
fn list(place: &PlaceArgs, json: bool) -> Result<u8> {
    let Reply::Status(report) = operate::ask(place, Request::Status)? else {
        bail!("the running service answered something else")
    };
    let publishers: Vec<_> = report.publishers.into_iter().map(|judged| judged.status.publisher).collect();
    if json {
        print_json(&publishers)?;
    } else {
        let rows = publishers.into_iter().map(|publisher| {
            let enabled = if publisher.enabled { "yes" } else { "no" };
            vec![publisher.slug.to_string(), publisher.display_name, enabled.to_owned(), publisher.manifest_url]
        });
        print(&table(&["publisher", "name", "enabled", "manifest"], &[], rows))?;
    }
    Ok(EXIT_WELL)
}

/// Where a list is; a file is read here, by who asks for it, and not by a service with other rights.
fn source_of(source: String) -> Result<ImportSource> {
    if source.contains("://") {
        let url = Url::parse(&source).context("the address of the list is not a URL")?;
        return Ok(ImportSource::Url(url));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(Path::new(&source))
        .and_then(|file| file.take(MAX_TEXT_BYTES as u64 + 1).read_to_end(&mut bytes))
        .with_context(|| format!("the list {source} cannot be read"))?;
    Ok(ImportSource::Text { name: source, text: String::from_utf8_lossy(&bytes).into_owned() })
}
