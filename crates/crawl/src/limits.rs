//! What a crawl may take, in time, bytes and counts.

use std::time::Duration;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The limits of a crawl. [`Default`] is meant for production.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrawlLimits {
    /// Where a publisher can read who asks (a URL or mail address); goes into the `User-Agent`.
    pub contact: Option<String>,
    /// The address under which we give our own data out again, if we do: what comes back from there is not taken.
    pub own_base_url: Option<String>,
    /// Exchanges at once with one host (4). At least 1 is used.
    pub connections_per_host: usize,
    /// Exchanges at once in all (16). At least 1 is used.
    pub connections_total: usize,
    /// To connect, the TLS handshake included (10 s).
    pub connect_timeout: Duration,
    /// For the answer to begin, and between two pieces of a body (30 s).
    pub stall_timeout: Duration,
    /// For one output file or page of a manifest, from the request to the last byte (15 min).
    pub file_timeout: Duration,
    /// For one run: files that are not begun by then fail, so that a publisher of many slow files does not hold up the
    /// others for ever (2 h).
    pub run_timeout: Duration,
    /// A URL is left alone for this long (60 s, requirement 6 of SMART Scheduling Links).
    pub min_interval: Duration,
    /// Redirects of one exchange (5).
    pub max_redirects: usize,
    /// One page of a manifest or file of deletions, decompressed (32 MiB).
    pub max_manifest_bytes: u64,
    /// Pages of a manifest (1,000).
    pub max_manifest_pages: usize,
    /// Output files of a manifest (100,000).
    pub max_files: usize,
    /// Entries of all files of deletions of a manifest (1,000,000).
    pub max_deletions: usize,
    /// One line (1 MiB); longer ones are rejected.
    pub max_line_bytes: usize,
    /// One output file, over the wire and decompressed (32 GiB).
    pub max_file_bytes: u64,
    /// How many times larger a body may get by decompression (200); looked at from 32 MiB on.
    pub max_expansion: u64,
    /// Manifests inside manifests (`output` that leads to another `$bulk-publish`), below the configured one (3).
    pub max_manifest_depth: usize,
    /// Requests of a run that may fail in a row before the rest of its files are left alone (10): a server that is down
    /// is not asked for a thousand files.
    pub max_failures_in_row: u32,
    /// Of a publisher's free slots, and of the lines of a file, a run removes at most this share at once, in percent
    /// (50); more waits for a second run that agrees. 100: nothing waits.
    pub max_removed_percent: u8,
    /// Whether places that are tests are left out of what is found (no).
    pub leaves_out_test_places: bool,
    /// A chain of increments, or what has changed `_since`, is followed for this long before all that there is is read
    /// again (24 h).
    pub resnapshot_after: Duration,
    /// A body up to this size is held until its end where its hash may spare all work (8 MiB; 0: never).
    pub max_held_bytes: usize,
    /// Issues that are handed to the sink of one kind in one file (all: who keeps them counts them and keeps samples);
    /// beyond them one says how many more there were.
    pub max_issue_samples_per_code: u32,
    /// Lines of each file that are held against the guides, of those that are decoded the first (64; 0: none, and the
    /// manifest neither).
    pub max_checked_lines: u32,
}

impl Default for CrawlLimits {
    fn default() -> Self {
        Self {
            contact: None,
            own_base_url: None,
            connections_per_host: 4,
            connections_total: 16,
            connect_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(30),
            file_timeout: Duration::from_secs(15 * 60),
            run_timeout: Duration::from_secs(2 * 3_600),
            min_interval: Duration::from_secs(60),
            max_redirects: 5,
            max_manifest_bytes: 32 * MIB,
            max_manifest_pages: 1_000,
            max_files: 100_000,
            max_deletions: 1_000_000,
            max_line_bytes: MIB as usize,
            max_file_bytes: 32 * GIB,
            max_expansion: 200,
            max_manifest_depth: 3,
            max_failures_in_row: 10,
            max_removed_percent: 50,
            leaves_out_test_places: false,
            resnapshot_after: Duration::from_secs(24 * 3_600),
            max_held_bytes: 8 * MIB as usize,
            max_issue_samples_per_code: u32::MAX,
            max_checked_lines: 64,
        }
    }
}

impl CrawlLimits {
    /// The name that publishers read.
    pub(crate) fn user_agent(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        match &self.contact {
            Some(contact) => format!("openslots/{version} (+{contact})"),
            None => format!("openslots/{version}"),
        }
    }
}
