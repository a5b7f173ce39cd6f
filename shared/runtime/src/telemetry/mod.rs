//! What this process says of itself: logs, traces, metrics. Where they go, how many, and what becomes of them where nobody
//! takes them.
//!
//! Spans wait in a bounded queue for a thread of their own; where it is full, or the exporter fails, they are lost and nothing
//! else is. What the spans and metrics are is `telemetry`'s.

mod emf;
mod ids;
mod logs;
mod otlp;
mod quiet;
#[cfg(test)]
mod tests;
mod xray;

use std::time::Duration;

use opentelemetry::{KeyValue, metrics::MeterProvider, trace::TracerProvider};
use opentelemetry_sdk::{
    Resource,
    metrics::{PeriodicReader, SdkMeterProvider},
    trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanExporter},
};
use tracing::{Level, Metadata, Subscriber, subscriber::Interest};
use tracing_subscriber::{
    Layer, Registry,
    filter::{LevelFilter, dynamic_filter_fn},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use self::{emf::EmfLines, ids::TimedIds, logs::log_lines, otlp::Collector, quiet::Quiet, xray::XrayDaemon};
use crate::{LogConfig, MetricsTarget, TelemetryConfig};

/// Whose spans are traced: ours. A library's say how it works inside, and not what is done for whom.
const OURS: [&str; 3] = ["api_client", "http_kit", "tintype"];

/// How long a span waits for others to travel with.
const BATCH_DELAY: Duration = Duration::from_secs(2);

/// How many spans may wait: a few megabytes. Beyond it they are lost.
const MAX_WAITING: usize = 4096;

/// How long the last spans and metrics of a process may take to leave it.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// Telemetry cannot be started as configured.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level is neither a level nor directives.
    #[error("log.level: {0}")]
    Level(#[from] tracing_subscriber::filter::ParseError),
    /// A value that cannot be meant.
    #[error("{key}: {what}")]
    Invalid {
        /// The key of the configuration.
        key: &'static str,
        /// What is wrong, or expected.
        what: String,
    },
}

impl TelemetryError {
    fn endpoint(error: impl std::fmt::Display) -> Self {
        Self::Invalid {
            key: "telemetry.otlp_endpoint",
            what: error.to_string(),
        }
    }
}

/// What was started; to be stopped last, so that the last spans are sent, too.
pub struct Telemetry {
    tracer: Option<SdkTracerProvider>,
    meter: Option<SdkMeterProvider>,
}

/// Starts logs, traces and metrics as configured, for the life of the process, which has the role `role`.
///
/// # Errors
/// When the configuration cannot be meant.
pub fn start_telemetry(
    log: &LogConfig,
    config: &TelemetryConfig,
    role: &'static str,
) -> Result<Telemetry, TelemetryError> {
    let lines = log_lines(log)?;
    let telemetry = Telemetry::new(config, role)?;
    Registry::default().with(lines).with(telemetry.spans()).init();
    if let Some(meter) = &telemetry.meter {
        telemetry::install(meter.meter("tintype"));
    }
    Ok(telemetry)
}

impl Telemetry {
    fn new(config: &TelemetryConfig, role: &'static str) -> Result<Self, TelemetryError> {
        check(config)?;
        let resource = Resource::builder()
            .with_service_name(format!("tintype-{role}"))
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let collector = match config.otlp_endpoint.as_str() {
            "" => None,
            endpoint => Some(Collector::new(endpoint).map_err(TelemetryError::endpoint)?),
        };
        Ok(Self {
            tracer: tracer(config, collector.as_ref(), &resource)?,
            meter: meter(config, collector.as_ref(), resource)?,
        })
    }

    /// What turns spans of the process into spans of traces.
    fn spans<S>(&self) -> Option<impl Layer<S> + Send + Sync + use<S>>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let tracer = self.tracer.as_ref()?.tracer("tintype");
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false);
        // What is not ours is left out once for each place in the source; nothing below DEBUG is ours. What is, is asked about every
        // time: what was decided once is taken from the thread's last question, and that may have been whether a library's line
        // is to be logged, as sqlx asks after each statement (https://github.com/tokio-rs/tracing/issues/2519).
        let ours = dynamic_filter_fn(|metadata, _| is_traced(metadata))
            .with_callsite_filter(|metadata| {
                if is_traced(metadata) {
                    Interest::sometimes()
                } else {
                    Interest::never()
                }
            })
            .with_max_level_hint(LevelFilter::DEBUG);
        Some(layer.with_filter(ours))
    }

    /// Sends what is still to be sent. What takes longer than three seconds is lost.
    pub async fn stop(self) {
        // The exporters' threads are waited for: not on a thread that serves.
        let stopping = tokio::task::spawn_blocking(move || {
            // They warned themselves of whatever they could not send.
            if let Some(tracer) = self.tracer {
                let _ = tracer.shutdown_with_timeout(STOP_TIMEOUT);
            }
            if let Some(meter) = self.meter {
                let _ = meter.shutdown_with_timeout(STOP_TIMEOUT);
            }
        });
        let _ = stopping.await;
    }
}

fn is_traced(metadata: &Metadata<'_>) -> bool {
    let ours = OURS.iter().any(|ours| metadata.target().starts_with(ours));
    // Of the lines that are logged within a span those that say what went wrong stand in the trace, too.
    ours && (metadata.is_span() || *metadata.level() <= Level::WARN)
}

fn check(config: &TelemetryConfig) -> Result<(), TelemetryError> {
    let endpoint = &config.otlp_endpoint;
    if !(endpoint.is_empty() || endpoint.starts_with("http://") || endpoint.starts_with("https://")) {
        return Err(TelemetryError::endpoint("expected http://HOST:PORT, or nothing"));
    }
    let daemon = &config.xray_daemon;
    let has_port = |address: &str| {
        address
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    };
    if !daemon.is_empty() && !has_port(daemon) {
        return Err(TelemetryError::Invalid {
            key: "telemetry.xray_daemon",
            what: "expected HOST:PORT, or nothing".into(),
        });
    }
    if !(0.0..=1.0).contains(&config.sample_ratio) {
        return Err(TelemetryError::Invalid {
            key: "telemetry.sample_ratio",
            what: "expected a number from 0 to 1".into(),
        });
    }
    if config.metrics_interval_s == 0 {
        return Err(TelemetryError::Invalid {
            key: "telemetry.metrics_interval_s",
            what: "expected at least 1".into(),
        });
    }
    Ok(())
}

fn tracer(
    config: &TelemetryConfig,
    collector: Option<&Collector>,
    resource: &Resource,
) -> Result<Option<SdkTracerProvider>, TelemetryError> {
    if collector.is_none() && config.xray_daemon.is_empty() {
        return Ok(None);
    }
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sample_ratio)));
    let mut provider = SdkTracerProvider::builder()
        .with_sampler(sampler)
        .with_id_generator(TimedIds::default())
        .with_resource(resource.clone());
    if let Some(collector) = collector {
        let exporter = collector.spans().map_err(TelemetryError::endpoint)?;
        provider =
            provider.with_span_processor(in_batches(Quiet::new(exporter, config.otlp_endpoint.clone())));
    }
    if !config.xray_daemon.is_empty() {
        let exporter = XrayDaemon::new(config.xray_daemon.clone());
        provider = provider.with_span_processor(in_batches(Quiet::new(exporter, config.xray_daemon.clone())));
    }
    Ok(Some(provider.build()))
}

fn in_batches(exporter: impl SpanExporter + 'static) -> BatchSpanProcessor {
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(MAX_WAITING)
        .with_scheduled_delay(BATCH_DELAY)
        .build();
    BatchSpanProcessor::builder(exporter)
        .with_batch_config(batches)
        .build()
}

fn meter(
    config: &TelemetryConfig,
    collector: Option<&Collector>,
    resource: Resource,
) -> Result<Option<SdkMeterProvider>, TelemetryError> {
    let every = Duration::from_secs(config.metrics_interval_s);
    let provider = SdkMeterProvider::builder().with_resource(resource);
    Ok(match (config.metrics, collector) {
        (MetricsTarget::Otlp, Some(collector)) => {
            let exporter = collector.metrics().map_err(TelemetryError::endpoint)?;
            let exporter = Quiet::new(exporter, config.otlp_endpoint.clone());
            let reader = PeriodicReader::builder(exporter).with_interval(every).build();
            Some(provider.with_reader(reader).build())
        }
        (MetricsTarget::Emf, _) => {
            let exporter = EmfLines::new(std::io::stdout);
            let reader = PeriodicReader::builder(exporter).with_interval(every).build();
            Some(provider.with_reader(reader).build())
        }
        (MetricsTarget::Otlp | MetricsTarget::Off, _) => None,
    })
}
