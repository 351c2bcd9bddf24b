//! Processes that a benchmark starts: publishers that are not to count as our own work, and a service.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use openslots_simulate::SimulationPlan;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use url::Url;

/// A service that was started is at rest within this.
const AT_REST_WITHIN: Duration = Duration::from_secs(600);
/// Hundredths of a second of processor time that a service at rest may use in a second.
const MAX_TICKS_AT_REST: u64 = 3;

/// A child process that ends with its handle.
struct OwnedChild(Child);

impl Drop for OwnedChild {
    fn drop(&mut self) {
        // Nothing is owed to a child that has ended by itself.
        if self.0.kill().is_ok() {
            self.0.wait().ok();
        }
    }
}

/// Simulated publishers in a process of their own.
pub(super) struct Publishers {
    _child: OwnedChild,
    commands: ChildStdin,
    answers: std::io::Lines<BufReader<std::process::ChildStdout>>,
    /// Their manifests.
    pub(super) manifests: Vec<Url>,
}

impl Publishers {
    /// Starts them and waits until all their files are ready to be sent.
    pub(super) fn start(plan: &SimulationPlan) -> Result<Self> {
        Self::start_by(Command::new(std::env::current_exe()?), plan)
    }

    /// The same, yielding to all other processes.
    pub(super) fn start_yielding(plan: &SimulationPlan) -> Result<Self> {
        let mut command = Command::new("nice");
        command.args(["-n", "19"]).arg(std::env::current_exe()?);
        Self::start_by(command, plan)
    }

    fn start_by(mut command: Command, plan: &SimulationPlan) -> Result<Self> {
        let mut child = command
            .args(["simulate", "--listen", "127.0.0.1:0", "--steer"])
            .args(["--publishers", &plan.n_publishers.to_string(), "--locations", &plan.n_locations.to_string()])
            .args(["--days", &plan.n_days.to_string(), "--slots", &plan.n_slots.to_string()])
            .args(["--seed", &plan.seed.to_string(), "--start-date", &plan.start_date.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("simulated publishers cannot be started")?;
        let (commands, stdout) = match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => (stdin, stdout),
            _ => bail!("simulated publishers have no pipes"),
        };
        let mut publishers = Self {
            _child: OwnedChild(child),
            commands,
            answers: BufReader::new(stdout).lines(),
            manifests: Vec::new(),
        };
        for _ in 0..plan.n_publishers {
            let line = publishers.answer()?;
            publishers.manifests.push(Url::parse(&line).with_context(|| format!("`{line}` is no manifest URL"))?);
        }
        publishers.steer("warm")?;
        Ok(publishers)
    }

    /// Gives a command and waits until it is done.
    pub(super) fn steer(&mut self, command: &str) -> Result<()> {
        writeln!(self.commands, "{command}").context("simulated publishers have ended")?;
        let answer = self.answer()?;
        if answer != "ok" {
            bail!("simulated publishers answered `{answer}` to `{command}`");
        }
        Ok(())
    }

    fn answer(&mut self) -> Result<String> {
        self.answers.next().context("simulated publishers have ended")?.context("simulated publishers cannot be read")
    }
}

/// A `serve` over a data directory, in a process of its own.
pub(super) struct Served {
    child: OwnedChild,
    /// Where it answers.
    pub(super) address: SocketAddr,
    /// From its start to its first "ready".
    pub(super) start_to_ready: Duration,
}

impl Served {
    /// Starts it, with at most so many bytes of data in memory, and waits until it is ready. It crawls nothing of itself.
    pub(super) async fn start(data_dir: &Path, limit_bytes: Option<u64>) -> Result<Self> {
        // A port that is free now; somebody else may take it before the child does, which would then say so and end.
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let began = Instant::now();
        let child = Command::new(std::env::current_exe()?)
            .args(["serve", "--listen", &address.to_string(), "--data-dir"])
            .arg(data_dir)
            .env("OPENSLOTS_CRAWL__SCHEDULE", "0 0 0 1 1 * 2099")
            .env("OPENSLOTS_PUBLISH__ENABLED", "false")
            .env("OPENSLOTS_LOG", "warn")
            .spawn()
            .context("the service cannot be started")?;
        let mut served = Self { child: OwnedChild(child), address, start_to_ready: Duration::ZERO };
        if let Some(limit_bytes) = limit_bytes {
            served.limit_data(limit_bytes)?;
        }
        served.wait_for("/readyz", Duration::from_secs(120)).await?;
        served.start_to_ready = began.elapsed();
        Ok(served)
    }

    /// Waits until it has something there to give; it must not end meanwhile.
    async fn wait_for(&mut self, path: &str, at_most: Duration) -> Result<()> {
        let (began, client) = (Instant::now(), reqwest::Client::new());
        loop {
            if let Some(status) = self.child.0.try_wait()? {
                bail!("the service ended with {status} before it was ready");
            }
            let answer = client.get(format!("http://{}{path}", self.address)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if began.elapsed() > at_most {
                bail!("the service was not ready after {} s: {path}", at_most.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until it is at rest: it has read what its facade searches, and done what else it does in the background once
    /// it is ready (counts of the day, judgements).
    pub(super) async fn settle(&mut self) -> Result<()> {
        self.wait_for("/fhir/Location?_summary=count", AT_REST_WITHIN).await?;
        let began = Instant::now();
        let mut n_ticks = processor_ticks(&self.process())?;
        while began.elapsed() < AT_REST_WITHIN {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let before = std::mem::replace(&mut n_ticks, processor_ticks(&self.process())?);
            if n_ticks - before <= MAX_TICKS_AT_REST {
                return Ok(());
            }
        }
        bail!("the service was not at rest after {} s", AT_REST_WITHIN.as_secs())
    }

    /// Limits its heap, stacks and private memory, from now on: it has only begun.
    fn limit_data(&self, limit_bytes: u64) -> Result<()> {
        let process = i32::try_from(self.child.0.id()).ok().and_then(Pid::from_raw);
        let limit = Rlimit { current: Some(limit_bytes), maximum: Some(limit_bytes) };
        prlimit(process, Resource::Data, limit).context("the service's memory cannot be limited")?;
        Ok(())
    }

    /// Its process id.
    pub(super) fn process(&self) -> String {
        self.child.0.id().to_string()
    }
}

/// Hundredths of a second of processor time that a process has used (`proc_pid_stat(5)`, fields 14 and 15).
fn processor_ticks(process: &str) -> Result<u64> {
    let path = format!("/proc/{process}/stat");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    // The name, which is the second field, may hold anything.
    let (_, fields) = text.rsplit_once(')').with_context(|| format!("{path} has no name"))?;
    fields.split_whitespace().skip(11).take(2).map(|ticks| Ok(ticks.parse::<u64>()?)).sum()
}
