//! `tintype all`, `web`, `api`, `delivery` and `worker`.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use runtime::{LoadedConfig, Shutdown, on_signals, start_telemetry};
use tintype_api::new_token;
use tokio::net::TcpListener;
use tracing::info;

use crate::{
    compose::{Adapters, Role, Running},
    output::say,
};

pub(crate) async fn serve(loaded: &LoadedConfig, role: Role) -> anyhow::Result<()> {
    let config = &loaded.config;
    let telemetry = start_telemetry(&config.log, &config.telemetry, role.name())?;
    let shutdown = Shutdown::default();
    on_signals(&shutdown, &config.shutdown)?;
    let running = Running::start(config, role, &shutdown).await?;
    let listener = TcpListener::bind(config.listen).await.with_context(|| {
        format!(
            "cannot listen on {} (listen, --listen, TINTYPE_LISTEN)",
            config.listen
        )
    })?;
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
    runtime::serve(listener, running.routes.clone(), shutdown.closing.clone(), drain).await?;
    // The listener may have ended by itself: the tasks must follow.
    shutdown.closing.cancel();
    running.stopped().await;
    info!("stopped");
    telemetry.stop().await;
    Ok(())
}

/// Where people find it: as configured, else as they reach it from this machine.
fn base_url(public_url: &str, address: SocketAddr) -> String {
    if !public_url.is_empty() {
        return public_url.trim_end_matches('/').to_owned();
    }
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

async fn greet(running: &Running, role: Role, base_url: &str) -> anyhow::Result<()> {
    if matches!(role, Role::All | Role::Web) {
        say(&format!("Tintype is ready: {base_url}"))?;
    }
    let Some(adapters) = running
        .adapters
        .as_ref()
        .filter(|_| matches!(role, Role::All | Role::Api))
    else {
        return Ok(());
    };
    set_up_link(adapters, base_url).await
}

/// Prints the link that makes the first administrator: a new one at each start, until there is one.
async fn set_up_link(adapters: &Adapters, base_url: &str) -> anyhow::Result<()> {
    if adapters.catalog.has_admin().await? {
        return Ok(());
    }
    let token = new_token(&*adapters.entropy);
    adapters.catalog.replace_setup_token(&token.hash).await?;
    say(&format!(
        "Make the first administrator (this link works once): {base_url}/setup?token={}",
        token.text
    ))
}
