//! OTLP over HTTP, on this process's own runtime.

use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    ExporterBuildError, MetricExporter, Protocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig,
};
use tokio::runtime::Handle;

/// The longest that a collector may take. What it does not take by then is lost.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Sends what the exporters' own threads hand over; those have no runtime that a connection could live on.
#[derive(Debug, Clone)]
pub(super) struct Collector {
    base: String,
    client: reqwest::Client,
    runtime: Handle,
}

impl Collector {
    /// The collector at `endpoint`, such as `http://127.0.0.1:4318`. Must be called on the runtime.
    ///
    /// # Errors
    /// When the client cannot be made.
    pub(super) fn new(endpoint: &str) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self {
            base: endpoint.trim_end_matches('/').to_owned(),
            client,
            runtime: Handle::current(),
        })
    }

    pub(super) fn spans(&self) -> Result<SpanExporter, ExporterBuildError> {
        SpanExporter::builder()
            .with_http()
            .with_http_client(self.clone())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", self.base))
            .with_retry_policy(RetryPolicy::disabled())
            .build()
    }

    pub(super) fn metrics(&self) -> Result<MetricExporter, ExporterBuildError> {
        MetricExporter::builder()
            .with_http()
            .with_http_client(self.clone())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/metrics", self.base))
            .with_retry_policy(RetryPolicy::disabled())
            .build()
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let exchange = self.runtime.spawn(async move {
            let answer = client.execute(request.try_into()?).await?;
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = answer.bytes().await?;
            Ok(response)
        });
        exchange.await?
    }
}
