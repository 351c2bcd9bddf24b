//! A publisher as a folder: a manifest and the files it lists, as they are put on a server.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use openslots_fhir::conformance::ListedFile;
use openslots_model::UnixSeconds;
use url::Url;

use super::CheckLimits;
use super::page::PageCheck;
use super::report::Report;

/// Names that the manifest of a folder may have.
const MANIFEST_NAMES: [&str; 4] = ["$bulk-publish", "bulk-publish.json", "manifest.json", "bulk-publish"];
const CHUNK_BYTES: usize = 128 * 1024;

/// Checks a folder.
pub(super) fn check(folder: &Path, limits: CheckLimits, now: UnixSeconds) -> Result<Report> {
    if !folder.is_dir() {
        bail!("{} is neither a folder nor an http or https URL", folder.display());
    }
    let mut check = PageCheck::new(limits, now)?;
    let names = MANIFEST_NAMES.iter().map(|name| folder.join(name));
    let Some(path) = names.into_iter().find(|path| path.is_file()) else {
        bail!("{} has no manifest; it is looked for as {}", folder.display(), MANIFEST_NAMES.join(", "));
    };
    let mut next = Some(path);
    let mut seen = Vec::new();
    while let Some(path) = next.take() {
        let body = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let base = base_of(&body, folder)?;
        let page = check.manifest(&path.display().to_string(), &body, &base);
        for file in page.files.iter().filter(|file| file.kind.is_some()).chain(&page.deleted) {
            match find(folder, &base, &file.url) {
                Some(path) => read(&mut check, file, &path)?,
                None => check.unreadable(file.url.as_str(), "the folder has no such file"),
            }
        }
        seen.push(path);
        next = page.next.and_then(|url| find(folder, &base, &url)).filter(|path| !seen.contains(path));
    }
    check.conclude(folder.display().to_string())
}

/// Where the manifest would be found: what its own `request` says, else the folder itself.
fn base_of(body: &[u8], folder: &Path) -> Result<Url> {
    let request = serde_json::from_slice::<serde_json::Value>(body).ok().and_then(|manifest| {
        let url = manifest.get("request")?.as_str()?;
        Url::parse(url).ok().filter(|url| !url.cannot_be_a_base())
    });
    if let Some(url) = request {
        return Ok(url);
    }
    let folder = folder.canonicalize().with_context(|| format!("{} cannot be read", folder.display()))?;
    Url::from_directory_path(&folder).map_err(|()| anyhow::anyhow!("{} is no path for a URL", folder.display()))
}

/// The file of a folder that a URL names: by its path below the manifest's, else by the end of its path.
fn find(folder: &Path, base: &Url, url: &Url) -> Option<PathBuf> {
    let parent = base.path().rsplit_once('/').map_or("", |(parent, _)| parent);
    let below = url.path().strip_prefix(parent).map(|path| path.trim_start_matches('/'));
    let last = url.path().rsplit('/').next();
    let is_plain = |path: &&str| !path.is_empty() && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    below.into_iter().chain(last).filter(is_plain).map(|path| folder.join(path)).find(|path| path.is_file())
}

fn read(check: &mut PageCheck, file: &ListedFile, path: &Path) -> Result<()> {
    let name = path.display().to_string();
    let mut source = File::open(path).with_context(|| format!("{name} cannot be read"))?;
    let mut stream = check.begin(file, &name);
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut failure = None;
    loop {
        let n_read = source.read(&mut chunk).with_context(|| format!("{name} cannot be read"))?;
        if n_read == 0 {
            break;
        }
        if let Err(error) = stream.push(&chunk[..n_read]) {
            failure = Some(error.to_string());
            break;
        }
    }
    let finished = stream.finish(failure.is_none());
    conclude(check, &name, failure, finished)
}

/// Keeps what a file came to, or why it could not be read to its end.
pub(super) fn conclude(
    check: &mut PageCheck,
    name: &str,
    failure: Option<String>,
    finished: Result<super::report::FileReport>,
) -> Result<()> {
    match (failure, finished) {
        (None, finished) => check.end(finished?),
        (Some(failure), finished) => {
            check.unreadable(name, &failure);
            if let Ok(report) = finished {
                check.end(report);
            }
        }
    }
    Ok(())
}
