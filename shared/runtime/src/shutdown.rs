//! Stopping: first unready, then closing, then gone.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::ShutdownConfig;

/// The stages of a stop. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    /// `/readyz` says no, so that balancers look elsewhere; everything is served still.
    pub unready: CancellationToken,
    /// No more connections, no more jobs; what is under way goes on for the drain time.
    pub closing: CancellationToken,
}

/// Turns the first SIGTERM or SIGINT into an orderly stop; a second one ends the process at once.
///
/// # Errors
/// When the process may not listen to signals.
pub fn on_signals(shutdown: &Shutdown, config: &ShutdownConfig) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (shutdown, unready) = (shutdown.clone(), Duration::from_millis(config.unready_ms));
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("stopping");
        shutdown.unready.cancel();
        tokio::select! {
            () = tokio::time::sleep(unready) => {}
            _ = terminate.recv() => std::process::exit(1),
            _ = interrupt.recv() => std::process::exit(1),
        }
        shutdown.closing.cancel();
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(1);
    });
    Ok(())
}
