//! The patient side in a running service: opened, kept in step with the public data, its notices sent.

mod calendars;
mod notices;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use openslots_api::{ApiState, CareAccess};
use openslots_care::access::Gate;
use openslots_care::{Care, CareOptions};
use openslots_crawl::{CrawlLimits, Messenger};
use openslots_model::UnixSeconds;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use url::Url;

use self::calendars::Fetcher;
use crate::config::CareSettings;

/// How long an endpoint or a calendar's server may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often what is over is forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(6 * 3_600);
/// Whose the token of the configuration is.
const DEFAULT_APPLICATION: &str = "default";

/// The patient side of this process.
#[derive(Clone)]
pub(crate) struct PatientSide {
    pub(crate) access: CareAccess,
    messenger: Messenger,
    calendar_interval: Duration,
}

impl PatientSide {
    /// Opens the patient side, if the configuration has one.
    ///
    /// # Errors
    /// When its database cannot be opened.
    pub(crate) fn open(
        file: &Path,
        base_url: &str,
        settings: &CareSettings,
        limits: &CrawlLimits,
    ) -> Result<Option<Self>> {
        if !settings.is_enabled() {
            return Ok(None);
        }
        let base = base_url.trim_end_matches('/').to_owned();
        let return_url = Url::parse(&format!("{base}/care/return"));
        let return_url = return_url.with_context(|| format!("{base} is no address that portals could come back to"))?;
        let options = CareOptions {
            return_url,
            identifier_base: base,
            attempt_seconds: i64::try_from(settings.attempt_lifetime.as_secs()).unwrap_or(i64::MAX),
            templates: settings.templates.clone(),
            retention: settings.retention,
        };
        let care = Arc::new(Care::open(file, options)?);
        let fixed = settings.token.as_deref();
        let fixed = fixed.and_then(|token| Some((token, DEFAULT_APPLICATION.parse().ok()?)));
        let messenger = Messenger::new(limits, PATIENCE, settings.allows_private_addresses)?;
        let access = CareAccess {
            care,
            gate: Arc::new(Gate::new(settings.applications.clone(), fixed)),
            vendors: settings.vendors.clone().into(),
            calendars: Arc::new(Fetcher(messenger.clone())),
            return_to: settings.return_to.clone(),
        };
        Ok(Some(Self { access, messenger, calendar_interval: settings.calendar_interval }))
    }

    /// Does what nobody asks for: sends notices, reads calendars anew, forgets, and looks after each commit whether slots
    /// that somebody is booking are still free.
    pub(crate) fn start(self, state: &ApiState, committed: Arc<Notify>, threads: &Handle, stop: &CancellationToken) {
        let care = Arc::clone(&self.access.care);
        threads.spawn(notices::send(Arc::clone(&care), self.messenger.clone(), stop.clone()));
        threads.spawn(calendars::follow(
            Arc::clone(&care),
            self.messenger.clone(),
            self.calendar_interval,
            stop.clone(),
        ));
        threads.spawn(forget(Arc::clone(&care), stop.clone()));
        threads.spawn(look_after_attempts(state.clone(), committed, stop.clone()));
    }
}

async fn look_after_attempts(state: ApiState, committed: Arc<Notify>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = committed.notified() => {}
        }
        if let Err(error) = openslots_api::note_taken_slots(&state).await {
            tracing::error!(%error, "booking attempts could not be compared with what was crawled");
        }
    }
}

async fn forget(care: Arc<Care>, stop: CancellationToken) {
    loop {
        let of = Arc::clone(&care);
        match tokio::task::spawn_blocking(move || of.forget(UnixSeconds::now())).await {
            Ok(Ok(forgotten)) if forgotten.n_resources + forgotten.n_audit_entries > 0 => tracing::info!(
                resources = forgotten.n_resources,
                audit_entries = forgotten.n_audit_entries,
                "what had been over for long enough was forgotten"
            ),
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(%error, "what is over could not be forgotten"),
            Err(error) => tracing::error!(%error, "forgetting panicked"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(FORGET_EVERY) => {}
        }
    }
}
