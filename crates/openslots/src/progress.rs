//! Progress of crawls: bars on a terminal, nothing in a pipe.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use openslots_crawl::{CrawlProgress, NoProgress};
use openslots_model::{FileReport, PublisherSlug};

/// A bar for each publisher, counting files and lines.
pub(crate) struct Bars {
    all: MultiProgress,
    by_publisher: Mutex<BTreeMap<PublisherSlug, (ProgressBar, u64)>>,
}

impl CrawlProgress for Bars {
    fn manifest(&self, publisher: &PublisherSlug, n_files: usize) {
        let style = ProgressStyle::with_template("{prefix:<42} {bar:30} {pos:>5}/{len} files  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = self.all.add(ProgressBar::new(n_files as u64).with_style(style).with_prefix(publisher.to_string()));
        self.by_publisher.lock().unwrap_or_else(PoisonError::into_inner).insert(publisher.clone(), (bar, 0));
    }

    fn file_done(&self, publisher: &PublisherSlug, report: &FileReport) {
        let mut bars = self.by_publisher.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((bar, n_lines)) = bars.get_mut(publisher) {
            *n_lines += report.n_accepted + report.n_unchanged + report.n_rejected;
            bar.inc(1);
            bar.set_message(format!("{} lines", crate::output::grouped(*n_lines)));
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        for (bar, _) in self.by_publisher.lock().unwrap_or_else(PoisonError::into_inner).values() {
            bar.finish();
        }
    }
}

/// Bars when standard error is a terminal (standard output stays clean for the report), else nothing.
pub(crate) fn for_terminal() -> Arc<dyn CrawlProgress> {
    if std::io::stderr().is_terminal() {
        Arc::new(Bars { all: MultiProgress::new(), by_publisher: Mutex::default() })
    } else {
        Arc::new(NoProgress)
    }
}
