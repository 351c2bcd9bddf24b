//! The pages of a manifest and their files, wherever they come from.

use anyhow::Result;
use openslots_fhir::conformance::{ListedFile, ManifestCheck, Requirement, check_manifest};
use openslots_model::UnixSeconds;
use url::Url;

use super::CheckLimits;
use super::cross_check::CrossCheck;
use super::report::{Collector, FileReport, Report};
use super::stream::{FileCheck, FileStream};

/// A check under way.
pub(super) struct PageCheck {
    collector: Collector,
    cross_check: CrossCheck,
    files: Vec<FileReport>,
    names: Vec<String>,
    n_pages: u32,
    now: UnixSeconds,
    limits: CheckLimits,
}

impl PageCheck {
    pub(super) fn new(limits: CheckLimits, now: UnixSeconds) -> Result<Self> {
        let (collector, cross_check) = (Collector::default(), CrossCheck::new()?);
        Ok(Self { collector, cross_check, files: Vec::new(), names: Vec::new(), n_pages: 0, now, limits })
    }

    /// Looks at a page of the manifest; `name` is what findings call it.
    pub(super) fn manifest(&mut self, name: &str, body: &[u8], url: &Url) -> ManifestCheck {
        let page = check_manifest(body, url, self.now, self.n_pages == 0);
        self.n_pages += 1;
        let text = String::from_utf8_lossy(body);
        let lines: Vec<&str> = text.lines().collect();
        for (line, finding) in &page.findings {
            let at = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
            let excerpt = lines.get(at).copied().unwrap_or_default().trim();
            self.collector.add_all(name, *line, std::slice::from_ref(finding), excerpt.as_bytes());
        }
        for file in &page.files {
            if let Some(kind) = file.kind {
                self.cross_check.publishes(kind);
            }
        }
        page
    }

    /// Records what concerns a whole file, or the answer it came in.
    pub(super) fn found(&mut self, requirement: Requirement, file: &str, detail: &str) {
        self.collector.add(requirement, file, 0, "", detail, String::new);
    }

    /// A file that could not be read at all.
    pub(super) fn unreadable(&mut self, name: &str, detail: &str) {
        self.cross_check.is_partial = true;
        self.found(Requirement::FileUnreadable, name, detail);
    }

    /// Begins with a file.
    pub(super) fn begin<'a>(&'a mut self, file: &'a ListedFile, name: &str) -> FileStream<'a> {
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.to_owned());
        let kind = file.kind.map_or("deletions", |kind| kind.as_str());
        let report = FileReport::new(name.to_owned(), kind.to_owned());
        let (collector, cross_check) = (&mut self.collector, &mut self.cross_check);
        FileStream::new(FileCheck::new(
            file,
            number,
            self.n_pages,
            self.now,
            self.limits,
            report,
            collector,
            cross_check,
        ))
    }

    /// Keeps what a file came to.
    pub(super) fn end(&mut self, report: FileReport) {
        self.files.push(report);
    }

    /// All has been seen.
    pub(super) fn conclude(mut self, target: String) -> Result<Report> {
        self.cross_check.judge(&self.names, &mut self.collector)?;
        Ok(Report::new(target, self.now, self.collector, self.files))
    }
}
