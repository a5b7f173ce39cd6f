//! Whether the process lives (`/healthz`) and can serve (`/readyz`).

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use futures::future::{BoxFuture, join_all};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How long one check may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Asks one thing that the role cannot serve without.
pub type HealthCheck = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// What must be well for the role to serve.
#[derive(Clone, Default)]
pub struct Readiness {
    checks: Vec<(&'static str, HealthCheck)>,
    unready: CancellationToken,
}

impl Readiness {
    /// Ready until `unready` is cancelled.
    pub fn new(unready: CancellationToken) -> Self {
        Self {
            checks: Vec::new(),
            unready,
        }
    }

    /// Ready only while `check` is well, too.
    #[must_use]
    pub fn with(mut self, name: &'static str, check: HealthCheck) -> Self {
        self.checks.push((name, check));
        self
    }
}

/// `/healthz` and `/readyz`.
pub fn health_routes(readiness: Readiness) -> Router {
    Router::new()
        .route("/healthz", get(|| async { Json(json!({ "status": "alive" })) }))
        .route("/readyz", get(ready))
        .with_state(readiness)
}

async fn ready(State(readiness): State<Readiness>) -> (StatusCode, Json<Value>) {
    if readiness.unready.is_cancelled() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({ "status": "stopping" })),
        );
    }
    let checks = readiness.checks.iter().map(|(name, check)| async move {
        let outcome = tokio::time::timeout(CHECK_TIMEOUT, check())
            .await
            .unwrap_or_else(|_| Err("no answer".into()));
        if let Err(error) = &outcome {
            warn!(health.check = name, error.message = %error, "not ready");
        }
        (*name, outcome.is_ok())
    });
    let checks = join_all(checks).await;
    let well = checks.iter().all(|(_, well)| *well);
    let checks: serde_json::Map<String, Value> = checks
        .into_iter()
        .map(|(name, well)| {
            (
                name.to_owned(),
                Value::from(if well { "ready" } else { "unavailable" }),
            )
        })
        .collect();
    let (status, word) = if well {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unready")
    };
    (status, Json(json!({ "status": word, "checks": checks })))
}

/// `/healthz` and `/readyz` of a process that lives, and whose role cannot start before `needed` is there.
pub fn starting_health_routes(needed: &'static str) -> Router {
    let reason = format!("it waits for the {needed}, which does not answer yet; the log says more");
    let starting =
        Json(json!({ "status": "starting", "checks": { needed: "unavailable" }, "reason": reason }));
    Router::new()
        .route("/healthz", get(|| async { Json(json!({ "status": "alive" })) }))
        .route(
            "/readyz",
            get(|| async { (StatusCode::SERVICE_UNAVAILABLE, starting) }),
        )
}

/// A process that is not well, or not there.
#[derive(Debug, thiserror::Error)]
pub enum HealthCheckError {
    /// Nobody listens, or answers in time.
    #[error("{address} does not answer: {source}")]
    NoAnswer {
        /// Who was asked.
        address: SocketAddr,
        /// Why there is no answer.
        source: std::io::Error,
    },
    /// It answers that it is not well.
    #[error("{address} answers {status_line:?}")]
    NotWell {
        /// Who was asked.
        address: SocketAddr,
        /// The first line of the answer.
        status_line: String,
    },
}

/// Asks the process that listens on `listen` for `path`, for container health checks: no shell and no curl needed.
///
/// # Errors
/// When it does not answer with 200 within three seconds.
pub fn ask_health(listen: SocketAddr, path: &str) -> Result<(), HealthCheckError> {
    let address = reachable(listen);
    let no_answer = |source| HealthCheckError::NoAnswer { address, source };
    let mut answer = String::new();
    let mut ask = || -> std::io::Result<()> {
        let timeout = Duration::from_secs(3);
        let mut connection = TcpStream::connect_timeout(&address, timeout)?;
        connection.set_read_timeout(Some(timeout))?;
        write!(
            connection,
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
        )?;
        connection.read_to_string(&mut answer).map(drop)
    };
    ask().map_err(no_answer)?;
    let status_line = answer.lines().next().unwrap_or_default().to_owned();
    if status_line.split(' ').nth(1) == Some("200") {
        return Ok(());
    }
    Err(HealthCheckError::NotWell { address, status_line })
}

/// Where a listener on every address is reached from this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
