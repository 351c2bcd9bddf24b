//! `check`: what a publisher's manifest, files and answers break of what is asked of them.
//!
//! Files are streamed; what lines say of one another (ids, references) goes through files beside, so memory does not
//! grow with what is published.

mod cross_check;
mod folder;
mod html;
mod page;
mod report;
mod stream;
mod web;

use std::path::Path;

use anyhow::{Context, Result};
use openslots_model::UnixSeconds;
use url::Url;

use crate::cli::CheckArgs;
use crate::output::{print, print_json};
use crate::report::EXIT_WELL;
use crate::threads;

/// Exit code where errors were found.
const EXIT_ERRORS: u8 = 2;

/// How far a check goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CheckLimits {
    /// Lines of each file that are looked at.
    pub(crate) max_lines: u64,
}

/// Runs the command.
pub(crate) fn run(args: &CheckArgs) -> Result<u8> {
    let limits = CheckLimits { max_lines: args.max_lines.unwrap_or(u64::MAX) };
    let now = UnixSeconds::now();
    let report = match Url::parse(&args.target) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            threads::answering()?.block_on(web::check(&url, limits, now))?
        }
        _ => folder::check(Path::new(&args.target), limits, now)?,
    };
    if let Some(path) = &args.html {
        std::fs::write(path, html::page(&report)).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    if args.json {
        print_json(&report)?;
    } else {
        print(&report.to_text())?;
    }
    Ok(if report.is_conformant { EXIT_WELL } else { EXIT_ERRORS })
}
