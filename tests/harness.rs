//! Starts the real binary and looks at what it leaves behind.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lie in the workspace").to_owned()
}

/// The binary, built once if it is not up to date.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "openslots", "--message-format", "json-render-diagnostics"])
            .current_dir(root())
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
            .next_back()
            .expect("cargo names the binary")
    })
}

/// A command of the binary, without the environment's own settings.
pub(crate) fn openslots(args: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(args);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OPENSLOTS_")) {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    openslots(args).output().expect("the binary runs")
}

/// Standard output of a command as JSON; its exit code must be `code`.
pub(crate) fn run_json(args: &[&str], code: i32) -> Value {
    let output = run(args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{args:?}: {error}: {stderr}"))
}

/// A child that does not outlive its test.
pub(crate) struct OwnedChild(pub(crate) Child);

impl Drop for OwnedChild {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl OwnedChild {
    /// Sends a signal (`TERM`, `INT`) and gives how long the child took to end, and its code.
    pub(crate) fn stop_with(&mut self, signal: &str) -> (Duration, Option<i32>) {
        let began = Instant::now();
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status().expect("kill runs");
        assert!(sent.success());
        let status = self.0.wait().expect("the child ends");
        (began.elapsed(), status.code())
    }
}

/// Simulated publishers in a process of their own.
pub(crate) struct Publishers {
    child: OwnedChild,
    stdin: ChildStdin,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    pub(crate) manifests: Vec<String>,
}

impl Publishers {
    pub(crate) fn start(n_publishers: usize, args: &[&str]) -> Self {
        let count = n_publishers.to_string();
        let mut child = openslots(&["simulate", "--listen", "127.0.0.1:0", "--steer", "--publishers", &count])
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("simulated publishers start");
        let stdin = child.stdin.take().expect("a pipe");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut publishers = Self { child: OwnedChild(child), stdin, lines, manifests: Vec::new() };
        publishers.manifests = (0..n_publishers).map(|_| publishers.line()).collect();
        publishers
    }

    fn line(&mut self) -> String {
        self.lines.next().expect("simulated publishers go on").expect("text")
    }

    /// Gives a command and waits until it is done.
    pub(crate) fn steer(&mut self, command: &str) {
        writeln!(self.stdin, "{command}").expect("simulated publishers listen");
        assert_eq!(self.line(), "ok", "{command}");
    }

    /// Stops them: from now on their address refuses connections.
    pub(crate) fn stop(self) {
        drop(self.child);
    }
}

/// Arguments of a crawl of these manifests into a data directory.
pub(crate) fn crawl_args<'a>(data_dir: &'a str, manifests: &'a [String]) -> Vec<&'a str> {
    let mut args = vec!["crawl", "--json", "--force", "--data-dir", data_dir];
    for manifest in manifests {
        args.extend(["--manifest", manifest]);
    }
    args
}

/// A temporary data directory, as text for command lines.
pub(crate) fn data_dir() -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("data").to_str().expect("a path of text").to_owned();
    (folder, path)
}

/// A service in a process of its own.
pub(crate) struct Served {
    pub(crate) child: OwnedChild,
    pub(crate) base: String,
}

impl Served {
    /// Starts `serve` (or `demo`) and waits until it is ready.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_with(args, &BTreeMap::new())
    }

    /// The same with some variables of the environment.
    pub(crate) fn start_with(args: &[&str], environment: &BTreeMap<String, String>) -> Self {
        Self::start_logging_to(Stdio::inherit(), args, environment)
    }

    /// The same with its log somewhere else.
    pub(crate) fn start_logging_to(
        log: impl Into<Stdio>,
        args: &[&str],
        environment: &BTreeMap<String, String>,
    ) -> Self {
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        let address = format!("127.0.0.1:{port}");
        let child = openslots(args)
            .envs(environment)
            .args(["--listen", &address])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the service starts");
        let mut served = Self { child: OwnedChild(child), base: format!("http://{address}") };
        let began = Instant::now();
        while !served.is_ready() {
            assert!(served.child.0.try_wait().expect("a child").is_none(), "the service ended");
            assert!(began.elapsed() < Duration::from_secs(60), "the service is not ready");
            std::thread::yield_now();
        }
        served
    }

    fn is_ready(&self) -> bool {
        client().get(format!("{}/readyz", self.base)).send().is_ok_and(|answer| answer.status().is_success())
    }

    /// GET of a path, which must succeed.
    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = client().get(format!("{}{path}", self.base)).send().expect("an answer");
        let status = answer.status();
        let body = answer.text().expect("a body");
        assert!(status.is_success(), "{path}: {status}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
    }
}

/// One client for all tests: connections are kept.
pub(crate) fn client() -> &'static reqwest::blocking::Client {
    static CLIENT: OnceLock<reqwest::blocking::Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        // Another test may have installed it.
        rustls::crypto::ring::default_provider().install_default().ok();
        reqwest::blocking::Client::new()
    })
}

/// All data of a store as text, table by table, without the books that are kept of crawls themselves.
///
/// What is left out says when we looked (`publisher_state`, `crawl_run`) or made the database (`feed_beginning`), not
/// what publishers said.
pub(crate) fn dump_of_data(data_dir: &str) -> String {
    let path = Path::new(data_dir).join("openslots.db");
    let connection = rusqlite::Connection::open(&path).expect("a database");
    let mut names = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
        .expect("a schema");
    let names: Vec<String> =
        names.query_map([], |row| row.get(0)).expect("tables").collect::<Result<_, _>>().expect("names");
    let mut dump = String::new();
    const BOOKS: [&str; 15] = [
        "publisher_state",
        "crawl_run",
        "feed_beginning",
        "history_run",
        "history_block",
        "history_horizon",
        "vanished_slot",
        "daily_count",
        "daily_count_end",
        "offer_list",
        "daily_census",
        "daily_fates",
        "daily_polls",
        "daily_polls_end",
        "closed_day",
    ];
    for name in names.iter().filter(|name| !BOOKS.contains(&name.as_str())) {
        dump.push_str(&format!("-- {name}\n"));
        let mut select = connection.prepare(&format!("SELECT * FROM \"{name}\" ORDER BY 1, 2")).expect("a table");
        let n_columns = select.column_count();
        let mut rows = select.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            for column in 0..n_columns {
                dump.push_str(&format!("{:?}|", row.get_ref(column).expect("a value")));
            }
            dump.push('\n');
        }
    }
    dump
}
