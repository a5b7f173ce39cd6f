//! The path rules of the balancer before the services, in the test's own process.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{StatusCode, Uri, uri},
    response::{IntoResponse, Response},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

/// Where each part of the paths goes.
#[derive(Debug, Clone, Copy)]
pub struct Upstreams {
    /// `/i/*`.
    pub delivery: SocketAddr,
    /// `/api/*`.
    pub api: SocketAddr,
    /// The rest.
    pub web: SocketAddr,
}

impl Upstreams {
    fn of(&self, path: &str) -> SocketAddr {
        if path.starts_with("/i/") {
            self.delivery
        } else if path.starts_with("/api/") {
            self.api
        } else {
            self.web
        }
    }
}

#[derive(Clone)]
struct Balancer {
    upstreams: Arc<Upstreams>,
    client: Client<HttpConnector, Body>,
}

/// Serves in a thread of its own, for as long as the process lives: tests of one binary share it, and each has a runtime of its
/// own.
pub fn start(listener: TcpListener, upstreams: Upstreams) {
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let balancer = Balancer {
                upstreams: Arc::new(upstreams),
                client: Client::builder(TokioExecutor::new()).build_http(),
            };
            let routes = Router::new().fallback(forward).with_state(balancer);
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, routes).await.unwrap();
        });
    });
}

async fn forward(State(balancer): State<Balancer>, mut request: Request) -> Response {
    let upstream = balancer.upstreams.of(request.uri().path());
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", uri::PathAndQuery::as_str);
    *request.uri_mut() = Uri::builder()
        .scheme("http")
        .authority(upstream.to_string())
        .path_and_query(path)
        .build()
        .unwrap();
    match balancer.client.request(request).await {
        Ok(response) => response.map(Body::new),
        // As a balancer says it: without a problem document.
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
