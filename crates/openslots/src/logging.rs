//! Logs go to standard error; `OPENSLOTS_LOG` sets what is logged.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Checks what is to be logged: a level, or levels of crates, as `tracing_subscriber::EnvFilter` reads them.
pub(crate) fn check_level(text: &str) -> Result<String, String> {
    match EnvFilter::try_new(text) {
        Ok(_) if !text.trim().is_empty() => Ok(text.to_owned()),
        _ => Err(format!("`{text}` is not a log level; write warn, info, debug, or info,openslots_crawl=debug")),
    }
}

/// Starts logging at a level that the environment may change.
pub(crate) fn start(format: LogFormat, level: &str) -> Result<()> {
    let filter = match std::env::var("OPENSLOTS_LOG") {
        Ok(text) => EnvFilter::try_new(&text).with_context(|| format!("OPENSLOTS_LOG `{text}` is not a log filter"))?,
        Err(_) => EnvFilter::try_new(level).with_context(|| format!("`{level}` is not a log level"))?,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_checked() {
        for (text, is_good) in [
            ("warn", true),
            ("info,openslots_crawl=debug", true),
            ("openslots_crawl=loud", false),
            ("", false),
            ("  ", false),
        ] {
            assert_eq!(check_level(text).is_ok(), is_good, "{text}");
        }
    }
}
