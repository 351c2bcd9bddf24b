//! A PostgreSQL server of our own, for as long as it is measured.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Where Debian keeps the programs of each version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The user that a server runs as where we are root: it refuses to be root itself.
const USER: &str = "postgres";

/// A server on a Unix socket in a folder of its own, which goes with it.
#[derive(Debug)]
pub(super) struct PostgresServer {
    child: Child,
    folder: TempDir,
}

/// The folder with `initdb` and `postgres`: Debian's newest, else that of the search path.
pub(super) fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).ok().into_iter().flatten().flatten();
    let has_both = |folder: &Path| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let newest = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| has_both(folder))
        .max();
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest.map(|(_, folder)| folder).or_else(|| std::env::split_paths(&path).find(|folder| has_both(folder)))
}

impl PostgresServer {
    /// Makes a database cluster and starts a server on it, with the memory that its manual asks for on this machine.
    ///
    /// Nothing waits for the disk and nothing is done in the background: what is measured is its best.
    pub(super) fn start(programs: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("openslots-postgresql-").tempdir()?;
        let owner = if rustix::process::geteuid().is_root() { Some(account(USER)?) } else { None };
        if let Some((user, group)) = owner {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group))
                .with_context(|| format!("{} cannot be given to `{USER}`", folder.path().display()))?;
        }
        let command = |program: &str| {
            let mut command = Command::new(programs.join(program));
            command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
            if let Some((user, group)) = owner {
                command.uid(user).gid(group);
            }
            command
        };
        let data = folder.path().join("data");
        let made = command("initdb")
            .args(["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "--username=openslots", "--pgdata"])
            .arg(&data)
            .status()
            .context("initdb cannot be started")?;
        ensure!(made.success(), "initdb ended with {made}");
        let memory = memory_megabytes()?;
        let settings = [
            "listen_addresses=".to_owned(),
            format!("unix_socket_directories={}", folder.path().display()),
            format!("shared_buffers={}MB", memory / 4),
            format!("effective_cache_size={}MB", memory * 3 / 4),
            format!("maintenance_work_mem={}MB", memory / 24 + 1),
            "work_mem=64MB".to_owned(),
            "wal_level=minimal".to_owned(),
            "max_wal_senders=0".to_owned(),
            "max_wal_size=4GB".to_owned(),
            "checkpoint_timeout=1h".to_owned(),
            "fsync=off".to_owned(),
            "synchronous_commit=off".to_owned(),
            "full_page_writes=off".to_owned(),
            "autovacuum=off".to_owned(),
            "random_page_cost=1.1".to_owned(),
            "jit=off".to_owned(),
            "log_min_messages=fatal".to_owned(),
        ];
        let mut server = command("postgres");
        server.arg("-D").arg(&data);
        for setting in &settings {
            server.args(["-c", setting]);
        }
        let child = server.spawn().context("postgres cannot be started")?;
        let mut server = Self { child, folder };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// What a client connects to.
    pub(super) fn connection(&self) -> String {
        format!("host={} user=openslots dbname=postgres", self.folder.path().display())
    }

    /// Bytes of its tables and indexes on disk.
    pub(super) fn database_bytes(&self) -> Result<u64> {
        size_of(&self.folder.path().join("data").join("base"))
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let began = Instant::now();
        // Its last line says so once it takes connections.
        let status = self.folder.path().join("data").join("postmaster.pid");
        loop {
            if let Some(ended) = self.child.try_wait()? {
                bail!("postgres ended with {ended} before it was ready");
            }
            let is_ready = |text: String| text.lines().any(|line| line.trim() == "ready");
            if std::fs::read_to_string(&status).is_ok_and(is_ready) {
                return Ok(());
            }
            ensure!(began.elapsed() < Duration::from_secs(60), "postgres was not ready after a minute");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // An interrupt ends it at once and cleanly; nothing is owed to one that has ended by itself.
        let process = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if process.is_some_and(|process| kill_process(process, Signal::INT).is_ok()) {
            self.child.wait().ok();
        }
    }
}

/// User and group of an account of this machine.
fn account(name: &str) -> Result<(u32, u32)> {
    let accounts = std::fs::read_to_string("/etc/passwd").context("/etc/passwd cannot be read")?;
    let numbers = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let is_it = fields.next() == Some(name);
        let (user, group) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        is_it.then_some((user, group))
    });
    numbers.with_context(|| format!("there is no user `{name}`, and PostgreSQL does not run as root"))
}

fn memory_megabytes() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").context("/proc/meminfo cannot be read")?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:")).context("/proc/meminfo has no MemTotal")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().context("MemTotal is no number")?;
    Ok(kib / 1_024)
}

fn size_of(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { size_of(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}
