//! The ways a request reaches the api.

use std::{convert::Infallible, error::Error, future::Future, pin::Pin};

use axum::{
    Router,
    body::Body,
    http::{Request, Response, Uri, uri},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tower::{Service, ServiceExt, util::BoxCloneSyncService};

use crate::DiscoveringTransport;

/// Whatever takes a request to the api and brings its response back.
pub type Transport = BoxCloneSyncService<Request<Body>, Response<Body>, Box<dyn Error + Send + Sync>>;

/// The api's own router, called in this process.
pub fn in_process(router: Router) -> Transport {
    BoxCloneSyncService::new(ServiceExt::<Request<Body>>::map_err(
        router,
        |never: Infallible| match never {},
    ))
}

/// An address of the api that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// It is none.
    #[error(
        "{0:?} is no address of the api: expected http://HOST:PORT, dns+http://NAME:PORT or srv+http://NAME"
    )]
    Address(String),
    /// The machine does not say whom to ask for names.
    #[error("the machine's DNS settings cannot be used: {0}")]
    NameServers(String),
}

/// A transport to `address`: one base URL (`http://HOST:PORT`), or a DNS name whose instances share the calls, with A records
/// (`dns+http://NAME:PORT`) or SRV records (`srv+http://NAME`).
///
/// Needs a tokio runtime around it: names are asked for in the background.
///
/// # Errors
/// When `address` has none of these forms.
pub fn transport_to(address: &str) -> Result<Transport, TransportError> {
    if address.starts_with("http://") {
        HttpTransport::new(address).map(HttpTransport::boxed)
    } else {
        DiscoveringTransport::new(address).map(DiscoveringTransport::boxed)
    }
}

/// Plain HTTP/1.1 to a base URL, with kept connections.
#[derive(Clone)]
pub struct HttpTransport {
    scheme: uri::Scheme,
    authority: uri::Authority,
    client: Client<HttpConnector, Body>,
}

impl HttpTransport {
    /// A transport to `base`, such as `http://api.tintype.local:8080`.
    ///
    /// # Errors
    /// When `base` is not of that form. TLS ends at the balancer: `https` is refused.
    pub fn new(base: &str) -> Result<Self, TransportError> {
        let invalid = || TransportError::Address(base.to_owned());
        let parts = base.parse::<Uri>().map_err(|_| invalid())?.into_parts();
        match (parts.scheme, parts.authority, parts.path_and_query) {
            (Some(scheme), Some(authority), path)
                if scheme == uri::Scheme::HTTP && path.as_ref().is_none_or(|path| path.as_str() == "/") =>
            {
                let client = Client::builder(TokioExecutor::new()).build_http();
                Ok(Self {
                    scheme,
                    authority,
                    client,
                })
            }
            _ => Err(invalid()),
        }
    }

    /// The transport in the type that the client takes.
    pub fn boxed(self) -> Transport {
        BoxCloneSyncService::new(self)
    }
}

impl Service<Request<Body>> for HttpTransport {
    type Response = Response<Body>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        let client = self.client.clone();
        Box::pin(async move {
            *request.uri_mut() = Uri::from_parts(parts)?;
            Ok(client.request(request).await?.map(Body::new))
        })
    }
}
