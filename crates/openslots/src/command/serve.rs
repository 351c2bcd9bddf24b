//! `serve`: crawls on schedule and serves, in one process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use metrics_exporter_prometheus::PrometheusHandle;
use openslots_api::{Admin, ApiOptions, ApiState, NextDue, Published, server};
use openslots_crawl::Due;
use openslots_publish::daily_exports::DailyExports;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::admin::EngineAdmin;
use crate::care::PatientSide;
use crate::cli::ServeArgs;
use crate::config::{HttpSettings, Settings};
use crate::control::ControlSocket;
use crate::data_dir::DataDir;
use crate::engine::Engine;
use crate::events;
use crate::exports;
use crate::publication::{self, PublicationSettings};
use crate::report::EXIT_WELL;
use crate::watching::Watching;
use crate::{indexing, judging, resource_tables, scheduler, statistics, threads};

/// How long answers under way may take once a stop is asked for; the whole stop stays within five seconds.
const GRACE: Duration = Duration::from_secs(3);

/// Runs the command.
pub(super) fn run(args: &ServeArgs) -> Result<u8> {
    let mut settings = super::settings(&args.place)?;
    if let Some(listen) = args.listen {
        settings.listen = listen;
    }
    let level = args.log_level.as_deref().or(settings.log_level.as_deref()).unwrap_or("info");
    crate::logging::start(args.log_format.unwrap_or(settings.log_format), level)?;
    if settings.limits.contact.is_none() {
        tracing::warn!("crawl.contact is not set: publishers cannot see who asks them, and may refuse");
    }
    let data_dir = DataDir::create(&settings.data_dir)?;
    let runtime = threads::answering()?;
    let background = threads::background()?;
    let served = runtime.block_on(async {
        let engine = open(&settings, &data_dir)?;
        for url in &args.manifests {
            tokio::task::block_in_place(|| engine.add_manifest(url))?;
        }
        let service = Service::start(engine, &data_dir, &settings).await?;
        tracing::info!("serving on http://{}", service.address());
        service.run(background.handle(), stop_signal()?).await
    });
    background.shutdown_background();
    runtime.shutdown_background();
    served.map(|()| EXIT_WELL)
}

/// Opens the engine of a data directory that nobody else holds.
pub(super) fn open(settings: &Settings, data_dir: &DataDir) -> Result<Arc<Engine>> {
    let Some(lock) = data_dir.try_lock()? else {
        bail!(
            "data directory {} is held by {}; stop it, or name another directory with --data-dir",
            data_dir.path().display(),
            data_dir.lock_holder()
        );
    };
    Ok(Arc::new(tokio::task::block_in_place(|| Engine::open(settings, data_dir, lock, true))?))
}

/// Cancelled by SIGTERM or Ctrl-C.
pub(super) fn stop_signal() -> Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened for")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("Ctrl-C cannot be listened for")?;
    let cancel = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        cancel.cancel();
    });
    Ok(stop)
}

fn next_due(due: &Due) -> NextDue {
    NextDue { at: due.at, reason: due.reason.as_str() }
}

/// A service that listens but does not answer yet.
pub(super) struct Service {
    engine: Arc<Engine>,
    listener: TcpListener,
    control: ControlSocket,
    address: SocketAddr,
    /// The files that are given out again, if they are.
    published: Option<(Published, PublicationSettings)>,
    /// The files for research that are kept of each day, if they are.
    exports: Option<Arc<DailyExports>>,
    base_url: Option<Url>,
    /// The patient side, if there is one.
    care: Option<PatientSide>,
    /// Saved searches, if some are kept.
    watches: Option<Watching>,
    http: HttpSettings,
    /// What this process counts.
    counted: PrometheusHandle,
}

impl Service {
    /// Takes the address and the control socket.
    pub(super) async fn start(engine: Arc<Engine>, data_dir: &DataDir, settings: &Settings) -> Result<Self> {
        let listen = settings.listen;
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("address {listen} cannot be listened on; name another with --listen"))?;
        let address = listener.local_addr()?;
        let control = ControlSocket::open(data_dir)?;
        let base_url = settings.base_url.clone();
        // The port may have been left to the system.
        let base = base_url.as_ref().map_or_else(|| format!("http://{address}"), Url::to_string);
        let publication = settings.publication;
        let published = publication
            .is_enabled
            .then(|| tokio::task::block_in_place(|| publication::open(&data_dir.publication(), &base, &publication)));
        let published = published.transpose()?.map(|published| (published, publication));
        let open_exports = || exports::open(&data_dir.exports(), &settings.exports).map(Arc::new);
        let exports = settings.exports.is_enabled.then(|| tokio::task::block_in_place(open_exports)).transpose()?;
        let care = tokio::task::block_in_place(|| {
            PatientSide::open(&data_dir.care_database(), &base, &settings.care, &settings.limits)
        })?;
        let watches = tokio::task::block_in_place(|| {
            Watching::open(&data_dir.watches_database(), settings.watches, &settings.limits)
        })?;
        let http = settings.http.clone();
        let counted = events::start_counting()?;
        Ok(Self { engine, listener, control, address, published, exports, base_url, care, watches, http, counted })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers, crawls on schedule and takes control requests until `stop` is cancelled; whatever nobody waits for is
    /// done on the threads of `background`.
    pub(super) async fn run(self, background: &Handle, stop: CancellationToken) -> Result<()> {
        let Self { engine, listener, control, published, exports, base_url, care, watches, http, counted, .. } = self;
        let operations = Arc::new(EngineAdmin::new(Arc::clone(&engine), background.clone()));
        let state = tokio::task::block_in_place(|| {
            let counted = counted.clone();
            let options = ApiOptions {
                base_url,
                limits: http.requests,
                max_waiting_calls: http.max_waiting_calls,
                admin: http.admin_token.map(|token| Admin { token, operations }),
                care: care.as_ref().map(|care| care.access.clone()),
                watches: watches.as_ref().map(|watches| watches.access.clone()),
                published: published.as_ref().map(|(published, _)| published.clone()),
                exports: exports.clone(),
                judgements: Some(engine.judgements().clone()),
                process_metrics: Some(Arc::new(move || counted.render())),
                ..ApiOptions::default()
            };
            ApiState::new(engine.store().clone(), Arc::clone(engine.index()), options)
        })?;
        let refreshed = state.clone();
        let committed = Arc::new(Notify::new());
        let [judged, counted_again, for_care, for_watches, for_index] =
            std::array::from_fn(|_| Arc::new(Notify::new()));
        let has_committed = [&committed, &judged, &counted_again, &for_care, &for_watches, &for_index].map(Arc::clone);
        engine.after_commit(move || {
            has_committed.iter().for_each(|follower| follower.notify_one());
            // Durations are kept one by one until this or a scrape: nobody may ever scrape.
            counted.run_upkeep();
            if let Err(error) = refreshed.refresh_publishers() {
                tracing::error!(%error, "the table of publishers could not be refreshed");
            }
        });
        background.spawn(indexing::keep_settled(Arc::clone(engine.index()), for_index, stop.clone()));
        background.spawn(resource_tables::follow(state.clone(), committed, stop.clone()));
        if let Some(care) = care {
            care.start(&state, for_care, background, &stop);
        }
        if let Some(watches) = watches {
            watches.start(&state, for_watches, background, &stop);
        }
        let judgements = engine.judgements().clone();
        background.spawn(judging::follow(judgements, engine.store().clone(), judged, stop.clone()));
        background.spawn(statistics::follow(engine.store().clone(), counted_again, stop.clone()));
        let router = openslots_api::router_with(state.clone(), openslots_web::router(state.clone()));
        let controlling = background.spawn(control.answer(Arc::clone(&engine), stop.clone()));
        let crawling = background.spawn(scheduler::run(Arc::clone(&engine), stop.clone(), move |due| {
            state.set_next_due(due.iter().map(|(slug, due)| (slug.clone(), next_due(due))).collect());
        }));
        if let Some((published, settings)) = published {
            // Not waited for at the end: what is half written then has no name yet.
            background.spawn(publication::run(engine.store().clone(), published, settings, stop.clone()));
        }
        if let Some(exports) = exports {
            // Not waited for either: a run that is cut goes on or begins again.
            background.spawn(exports::run(engine.store().clone(), exports, stop.clone()));
        }
        let stopping = stop.clone();
        let serving =
            tokio::spawn(server::serve(listener, router, http.server, async move { stopping.cancelled().await }));
        stop.cancelled().await;
        tracing::info!("stopping");
        let ended = tokio::time::timeout(GRACE, async {
            let (served, controlled, crawled) = tokio::join!(serving, controlling, crawling);
            served?;
            controlled?;
            crawled?;
            anyhow::Ok(())
        })
        .await;
        match ended {
            Ok(outcome) => outcome,
            // A client that keeps its connection busy, or a commit that is not through: the store takes care of the
            // latter, whatever moment the process ends at.
            Err(_) => Ok(()),
        }
    }
}
