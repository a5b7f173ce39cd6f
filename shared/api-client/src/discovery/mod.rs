//! The way to an api of several instances, found by a DNS name.
//!
//! Owns: which instance a call goes to, and to which others it may go when that one is dead. Refuses: to send a request
//! twice that may have been worked on, unless it only reads.

mod instances;
mod lent_body;
mod names;

use std::{
    collections::HashSet,
    error::Error,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::Body,
    http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header::HOST, request::Parts, uri},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tower::{Service, util::BoxCloneSyncService};

use self::{
    instances::{Instance, Instances, Outcome},
    lent_body::Lent,
    names::Names,
};
use crate::{Transport, TransportError};

/// A container that went with its network answers nothing, not even a refusal. Within one network a connection takes
/// milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long what was sent may stay unacknowledged: by then an instance that was there is gone.
const UNACKNOWLEDGED_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a first call waits for the first answer of the DNS.
const FIRST_ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// How many instances one call is tried on.
const MAX_ATTEMPTS: usize = 4;

type BoxError = Box<dyn Error + Send + Sync>;

/// Plain HTTP/1.1 to the instances behind a DNS name, which is asked for anew each second.
///
/// Calls go to the one of two instances, picked at random, that has less to do ("power of two choices", by latency and calls
/// under way). One that cannot be connected to is left out for a while, and the call goes to another. While the DNS fails, or knows
/// no instance, the ones known before are used.
#[derive(Clone)]
pub struct DiscoveringTransport {
    shared: Arc<Shared>,
}

struct Shared {
    /// What the instances know the api as.
    host: HeaderValue,
    name: String,
    instances: Arc<Instances>,
    client: Client<HttpConnector, Body>,
    _asking: AbortOnDropHandle<()>,
}

impl DiscoveringTransport {
    /// A transport to `dns+http://NAME:PORT` or `srv+http://NAME`, by the machine's DNS settings. Needs a tokio runtime
    /// around it.
    ///
    /// # Errors
    /// When `address` is not of that form, or the machine has no DNS settings.
    pub fn new(address: &str) -> Result<Self, TransportError> {
        Ok(Self::over(Names::by_system(address)?))
    }

    /// The same, asking these name servers.
    ///
    /// # Errors
    /// When `address` is not of that form.
    pub fn with_name_servers(address: &str, servers: &[SocketAddr]) -> Result<Self, TransportError> {
        Ok(Self::over(Names::by_servers(address, servers)?))
    }

    fn over(names: Names) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        #[cfg(target_os = "linux")]
        connector.set_tcp_user_timeout(Some(UNACKNOWLEDGED_TIMEOUT));
        let (host, name) = (names.host(), names.name().to_owned());
        let instances = Arc::new(Instances::default());
        let heard = instances.clone();
        let asking = tokio::spawn(names.follow(move |addresses| heard.replace(addresses)));
        let shared = Shared {
            host,
            name,
            instances,
            client: Client::builder(TokioExecutor::new()).build(connector),
            _asking: AbortOnDropHandle::new(asking),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The transport in the type that the client takes.
    pub fn boxed(self) -> Transport {
        BoxCloneSyncService::new(self)
    }
}

impl Service<Request<Body>> for DiscoveringTransport {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = self.shared.clone();
        Box::pin(async move { shared.call(request).await })
    }
}

impl Shared {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        self.instances
            .known(FIRST_ANSWER_TIMEOUT)
            .await
            .ok_or_else(|| format!("the DNS knows no instance of {}", self.name))?;
        let (parts, body) = request.into_parts();
        let only_reads = matches!(parts.method, Method::GET | Method::HEAD);
        let body = Lent::new(body);
        let mut tried = HashSet::new();
        loop {
            let Some(instance) = self.instances.pick(&tried) else {
                return Err(format!("no instance of {} can be reached", self.name).into());
            };
            tried.insert(instance.address());
            let error = match self.send(&instance, &parts, &body).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let never_sent = error.is_connect();
            if never_sent {
                tracing::warn!(
                    instance.address = %instance.address(), error.message = %chain(&error),
                    "an instance of the api cannot be connected to"
                );
            }
            // What was not sent can be sent. What was sent may have been worked on: that is no harm where it only reads.
            let again = (never_sent || only_reads) && !body.was_read();
            if !again || tried.len() == MAX_ATTEMPTS {
                return Err(error.into());
            }
        }
    }

    async fn send(
        &self,
        instance: &Instance,
        parts: &Parts,
        body: &Lent,
    ) -> Result<Response<Body>, hyper_util::client::legacy::Error> {
        let mut request = Request::new(Body::new(body.lend()));
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = uri_at(&parts.uri, instance.address());
        *request.headers_mut() = parts.headers.clone();
        request.headers_mut().insert(HOST, self.host.clone());
        let under_way = instance.begin(Instant::now());
        let answer = self.client.request(request).await;
        under_way.end(
            Instant::now(),
            match &answer {
                Ok(response) if cannot_serve(response.status()) => Outcome::Failed,
                Ok(_) => Outcome::Answered,
                Err(error) if error.is_connect() => Outcome::Unreachable,
                Err(_) => Outcome::Failed,
            },
        );
        Ok(answer?.map(Body::new))
    }
}

/// Said quickly and often by an instance that starts, stops or lacks something: it must not look like a fast one.
fn cannot_serve(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    )
}

fn uri_at(uri: &Uri, address: SocketAddr) -> Uri {
    let path = uri.path_and_query().map_or("/", uri::PathAndQuery::as_str);
    Uri::builder()
        .scheme(uri::Scheme::HTTP)
        .authority(address.to_string())
        .path_and_query(path)
        .build()
        .expect("a socket address is an authority, and the path was one")
}

/// The error and what is behind it, on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(behind) = source {
        text.push_str(": ");
        text.push_str(&behind.to_string());
        source = behind.source();
    }
    text
}
