//! The roles of this process: their routes, and what runs beside them.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use api_client::{ApiClient, in_process, transport_to};
use axum::Router;
use embedded::{SystemClock, SystemEntropy};
use http_kit::{LayerSettings, RequestIds, Served, standard_layers};
use jiff::Timestamp;
use ports::{BlobStore, Catalog, random_bytes};
use runtime::{Config, HealthCheck, Readiness, Shutdown, Signatures, health_routes};
use tintype_api::EventFeed;
use tintype_delivery::Delivery;
use tintype_web::WebConfig;
use tintype_worker::Worker;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{adapters::Adapters, cloud::LazyCloud, services::delivery, stores::open_blobs};

/// How long a process that ends waits for the edge.
const EDGE_PATIENCE: Duration = Duration::from_secs(5);

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    All,
    /// Pages.
    Web,
    /// The JSON API.
    Api,
    /// Pictures by URL.
    Delivery,
    /// Jobs.
    Worker,
}

impl Role {
    /// The name on the command line and in logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Web => "web",
            Self::Api => "api",
            Self::Delivery => "delivery",
            Self::Worker => "worker",
        }
    }
}

/// What a role stands on.
pub enum Ground {
    /// Everything.
    Adapters(Adapters),
    /// Blobs alone.
    Blobs(Arc<dyn BlobStore>),
    /// Nothing but what it is told over HTTP.
    Nothing,
}

impl Ground {
    /// Opens what `role` needs.
    ///
    /// # Errors
    /// When the configuration lacks something, or an adapter cannot be opened.
    pub async fn open(config: &Config, role: Role) -> anyhow::Result<Self> {
        Ok(match role {
            Role::All | Role::Api | Role::Worker => Self::Adapters(Adapters::open(config).await?),
            Role::Delivery => {
                let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
                let opened = open_blobs(config, &LazyCloud::default(), clock, entropy).await?;
                Self::Blobs(opened.blobs)
            }
            Role::Web => Self::Nothing,
        })
    }

    /// All adapters, where the role has them.
    pub const fn adapters(&self) -> Option<&Adapters> {
        match self {
            Self::Adapters(adapters) => Some(adapters),
            Self::Blobs(_) | Self::Nothing => None,
        }
    }
}

/// A role that was started.
pub struct Running {
    /// What it serves.
    pub served: Served<Delivery>,
    /// What it stands on.
    pub ground: Ground,
    tasks: JoinSet<()>,
}

impl Running {
    /// Opens what `role` needs, and starts what runs beside its routes until `shutdown` closes.
    ///
    /// # Errors
    /// When the configuration lacks something, or an adapter cannot be opened.
    pub async fn start(config: &Config, role: Role, shutdown: &Shutdown) -> anyhow::Result<Self> {
        if matches!(role, Role::All | Role::Worker) {
            check_sweep(config)?;
        }
        let ground = Ground::open(config, role).await?;
        let Composed { served, feed } = compose(config, role, &ground, shutdown)?;
        let adapters = ground.adapters();
        let mut tasks = JoinSet::new();
        if let (Some(feed), Some(adapters)) = (feed, adapters) {
            let (catalog, signal) = (adapters.catalog.clone(), adapters.signal.clone());
            let closing = shutdown.closing.clone();
            tasks.spawn(async move { feed.run(&*catalog, &*signal, closing).await });
        }
        if let (Role::All | Role::Worker, Some(adapters)) = (role, adapters) {
            let worker = adapters.worker(config);
            // Before its own worker writes a first blob.
            let started_at = adapters.clock.now();
            start_worker(&worker, shutdown, &mut tasks);
            if role == Role::All && adapters.on_this_machine {
                tasks.spawn(sweep_after_crash(worker, started_at, shutdown.closing.clone()));
            }
        }
        Ok(Self {
            served,
            ground,
            tasks,
        })
    }

    /// Waits until everything that ran beside the routes has ended, and for a moment until the edge knows what to forget.
    pub async fn stopped(self) {
        self.tasks.join_all().await;
        let edge = self.ground.adapters().and_then(|adapters| adapters.edge.as_ref());
        if let Some(edge) = edge
            && tokio::time::timeout(EDGE_PATIENCE, edge.told()).await.is_err()
        {
            warn!("the edge was not told of all that changed: it shows the old until that ends by itself");
        }
    }
}

/// The sweep must not take what is still being uploaded. It is the worker's to say: the api may know the one key alone.
fn check_sweep(config: &Config) -> anyhow::Result<()> {
    let (hours, least_s) = (config.api.upload_hours, config.worker.sweep_min_age_s);
    let upload_s = u64::from(hours) * 60 * 60;
    ensure!(
        upload_s <= least_s,
        "api.upload_hours is {hours}, which is {upload_s} s, and worker.sweep_min_age_s is {least_s}: the sweep would remove what is \
         still being uploaded; let TINTYPE_WORKER_SWEEP_MIN_AGE_S be {upload_s} at least, or TINTYPE_API_UPLOAD_HOURS less"
    );
    Ok(())
}

fn start_worker(worker: &Worker, shutdown: &Shutdown, tasks: &mut JoinSet<()>) {
    let (consumer, closing) = (worker.clone(), shutdown.closing.clone());
    tasks.spawn(async move { consumer.run_consumer(closing).await });
    let (relay, closing) = (worker.clone(), shutdown.closing.clone());
    tasks.spawn(async move { relay.run_relay(closing).await });
    let (topic, closing) = (worker.clone(), shutdown.closing.clone());
    tasks.spawn(async move { topic.run_topic(closing).await });
    let (gauges, closing) = (worker.clone(), shutdown.closing.clone());
    tasks.spawn(async move { gauges.run_gauges(closing).await });
    let (webhooks, closing) = (worker.clone(), shutdown.closing.clone());
    tasks.spawn(async move { webhooks.run_webhooks(closing).await });
    let (upkeep, closing) = (worker.clone(), shutdown.closing.clone());
    tasks.spawn(async move { upkeep.run_upkeep(closing).await });
}

/// This process alone takes uploads: what has no row now and was written before it started is what one before it left
/// when it was killed. Where uploads are taken elsewhere, too, upkeep waits until it is sure.
async fn sweep_after_crash(worker: Worker, started_at: Timestamp, closing: CancellationToken) {
    tokio::select! {
        () = closing.cancelled() => {}
        swept = worker.sweep_before(started_at) => {
            if let Err(error) = swept {
                warn!(error.message = %error, "the sweep at the start failed; upkeep does it later");
            }
        }
    }
}

/// What a role serves; nothing runs beside it yet.
pub struct Composed {
    /// The routes, with all layers, and what comes before them.
    pub served: Served<Delivery>,
    /// Tells the api's browsers of events, once somebody runs it.
    pub feed: Option<EventFeed>,
}

/// Composes the routes of a role over what it stands on.
///
/// # Errors
/// When the configuration lacks something.
pub fn compose(
    config: &Config,
    role: Role,
    ground: &Ground,
    shutdown: &Shutdown,
) -> anyhow::Result<Composed> {
    let adapters = ground.adapters();
    let layers = layer_settings(role);
    let mut readiness = Readiness::new(shutdown.unready.clone());
    let mut routes = Router::new();
    let mut feed = None;
    let mut shortcut = None;
    if let Some(adapters) = adapters {
        readiness = readiness
            .with("catalog", catalog_check(adapters.catalog.clone()))
            .with("blobs", blobs_check(adapters.blobs.clone()));
    }
    if let (Role::All | Role::Api, Some(adapters)) = (role, adapters) {
        let (api, api_feed) = adapters.api(config, shutdown.closing.clone())?;
        let api = tintype_api::router(api);
        if role == Role::All {
            let client = ApiClient::new(in_process(standard_layers(api.clone(), &layers)));
            routes = routes.merge(tintype_web::router(client, web_config(config)));
        }
        routes = routes.merge(api);
        feed = Some(api_feed);
    }
    if role == Role::Web {
        let url = &config.web.api_url;
        ensure!(
            !url.is_empty(),
            "web.api_url (TINTYPE_WEB_API_URL) is needed: where the api is, as http://HOST:PORT"
        );
        let client = ApiClient::new(transport_to(url).context("web.api_url")?);
        routes = routes.merge(tintype_web::router(client, web_config(config)));
    }
    match (role, ground) {
        (Role::All, Ground::Adapters(adapters)) => {
            let delivery = delivery(config, adapters.blobs.clone(), adapters.clock.clone())?;
            adapters.purges.add(Arc::new(delivery.clone()));
            routes = routes.merge(tintype_delivery::router(delivery.clone()));
            shortcut = Some(delivery);
        }
        (Role::Delivery, Ground::Blobs(blobs)) => {
            readiness = readiness.with("blobs", blobs_check(blobs.clone()));
            let delivery = delivery(config, blobs.clone(), Arc::new(SystemClock))?;
            routes = routes.merge(tintype_delivery::router(delivery.clone()));
            shortcut = Some(delivery);
        }
        _ => {}
    }
    // Health stands outside of the layers: a probe each second is no line in the log.
    let routes = standard_layers(routes, &layers).merge(health_routes(readiness));
    Ok(Composed {
        served: Served::new(routes, layers, shortcut),
        feed,
    })
}

pub(super) fn layer_settings(role: Role) -> LayerSettings {
    LayerSettings {
        role: role.name(),
        request_ids: RequestIds::new(u64::from_be_bytes(random_bytes(&SystemEntropy))),
    }
}

fn web_config(config: &Config) -> WebConfig {
    let public_https = (!config.public_url.is_empty()).then(|| config.public_url.starts_with("https://"));
    WebConfig {
        public_https,
        signs_public: config.delivery.signatures == Signatures::Required || config.delivery.only_presets,
    }
}

fn catalog_check(catalog: Arc<dyn Catalog>) -> HealthCheck {
    Arc::new(move || {
        let catalog = catalog.clone();
        Box::pin(async move { catalog.ping().await.map_err(|error| error.to_string()) })
    })
}

fn blobs_check(blobs: Arc<dyn BlobStore>) -> HealthCheck {
    Arc::new(move || {
        let blobs = blobs.clone();
        Box::pin(async move { blobs.ping().await.map_err(|error| error.to_string()) })
    })
}
