//! Serving a router until it is time to go.

use std::time::Duration;

use axum::{Router, serve::ListenerExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// Serves until `closing`, then lets requests that are under way finish for at most `drain`.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    closing: CancellationToken,
    drain: Duration,
) -> std::io::Result<()> {
    // Small answers go out at once, instead of waiting for more to send with them.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            debug!(error.message = %error, "a connection keeps Nagle's algorithm");
        }
    });
    let serving = axum::serve(listener, routes).with_graceful_shutdown(closing.clone().cancelled_owned());
    let too_late = async {
        closing.cancelled().await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        ended = serving.into_future() => ended,
        () = too_late => {
            warn!("requests that took longer than the drain time were ended");
            Ok(())
        }
    }
}
