//! `tintype all`, `web`, `api`, `delivery` and `worker`.

use std::time::Duration;

use anyhow::Context;
use runtime::{LoadedConfig, Shutdown, on_signals, start_telemetry};
use tokio::net::TcpListener;
use tracing::info;

use super::{
    setup::{base_url, offer_setup},
    waiting::Waiting,
};
use crate::{
    compose::{Role, Running},
    output::say,
};

pub(crate) async fn serve(loaded: &LoadedConfig, role: Role) -> anyhow::Result<()> {
    let config = &loaded.config;
    let telemetry = start_telemetry(&config.log, &config.telemetry, role.name())?;
    let shutdown = Shutdown::default();
    on_signals(&shutdown, &config.shutdown)?;
    let listener = TcpListener::bind(config.listen).await.with_context(|| {
        format!(
            "cannot listen on {} (listen, --listen, TINTYPE_LISTEN)",
            config.listen
        )
    })?;
    let (listener, waiting) = Waiting::on(listener, role)?;
    let Some(running) = waiting.until_started(config, role, &shutdown).await? else {
        info!("stopped before it had started");
        telemetry.stop().await;
        return Ok(());
    };
    let address = listener.local_addr()?;
    let settings: Vec<String> = loaded
        .effective
        .iter()
        .filter(|value| value.source != "default")
        .map(|value| format!("{} = {} ({})", value.key, value.value, value.source))
        .collect();
    info!(role = role.name(), listen = %address, config = settings.join("; "), "started");
    greet(&running, role, &base_url(&config.public_url, address)).await?;
    let drain = Duration::from_millis(config.shutdown.drain_ms);
    runtime::serve(listener, running.served.clone(), shutdown.closing.clone(), drain).await?;
    // The listener may have ended by itself: the tasks must follow.
    shutdown.closing.cancel();
    running.stopped().await;
    info!("stopped");
    telemetry.stop().await;
    Ok(())
}

async fn greet(running: &Running, role: Role, base_url: &str) -> anyhow::Result<()> {
    if matches!(role, Role::All | Role::Web) {
        say(&format!("Tintype is ready: {base_url}"))?;
    }
    // Of several instances of the api each would print a link, and only the last one would count: there the migration does.
    if let (Role::All, Some(adapters)) = (role, running.ground.adapters()) {
        offer_setup(&*adapters.catalog, base_url).await?;
    }
    Ok(())
}
