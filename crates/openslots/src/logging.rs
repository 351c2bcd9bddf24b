//! Logs go to standard error; `OPENSLOTS_LOG` sets what is logged.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts logging at a level that the environment may change.
pub(crate) fn start(format: LogFormat, default_level: &str) -> Result<()> {
    let filter = match std::env::var("OPENSLOTS_LOG") {
        Ok(text) => EnvFilter::try_new(&text).with_context(|| format!("OPENSLOTS_LOG `{text}` is not a log filter"))?,
        Err(_) => EnvFilter::new(default_level),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match format {
        LogFormat::Pretty => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot be started: {error}"))
}
