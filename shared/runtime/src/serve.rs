//! Serving until it is time to go.

use std::{convert::Infallible, future::ready, time::Duration};

use axum::{
    extract::Request,
    response::Response,
    serve::{IncomingStream, ListenerExt},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::{Service, service_fn};
use tracing::{debug, warn};

/// Serves until `closing`, then lets requests that are under way finish for at most `drain`.
///
/// # Errors
/// When the listener fails.
pub async fn serve<S>(
    listener: TcpListener,
    service: S,
    closing: CancellationToken,
    drain: Duration,
) -> std::io::Result<()>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    // Small answers go out at once, instead of waiting for more to send with them.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            debug!(error.message = %error, "a connection keeps Nagle's algorithm");
        }
    });
    let every_connection = service_fn(move |_: IncomingStream<'_, _>| ready(Ok(service.clone())));
    let serving =
        axum::serve(listener, every_connection).with_graceful_shutdown(closing.clone().cancelled_owned());
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
