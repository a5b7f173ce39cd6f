//! Exporters that fail: what they lose is counted, and told once a minute.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
    trace::{SpanData, SpanExporter},
};
use tracing::warn;

/// Between two warnings.
const PAUSE: Duration = Duration::from_secs(60);

/// An exporter whose failures cost what it was to export, and a line now and then.
#[derive(Debug)]
pub(super) struct Quiet<E> {
    exporter: E,
    to: String,
    lost: AtomicU64,
    told: Mutex<Option<Instant>>,
}

impl<E> Quiet<E> {
    /// `exporter`, which exports to `to`.
    pub(super) const fn new(exporter: E, to: String) -> Self {
        Self {
            exporter,
            to,
            lost: AtomicU64::new(0),
            told: Mutex::new(None),
        }
    }

    /// Whether it was told.
    fn note(&self, error: &OTelSdkError, lost: u64, now: Instant) -> bool {
        self.lost.fetch_add(lost, Ordering::Relaxed);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_some_and(|told| now.duration_since(told) < PAUSE) {
            return false;
        }
        *told = Some(now);
        let lost = self.lost.swap(0, Ordering::Relaxed);
        warn!(telemetry.to = self.to, telemetry.lost = lost, error.message = %error, "telemetry is being lost");
        true
    }
}

impl<E: SpanExporter> SpanExporter for Quiet<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len() as u64;
        self.exporter.export(batch).await.inspect_err(|error| {
            self.note(error, spans, Instant::now());
        })
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Quiet<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.exporter.export(metrics).await.inspect_err(|error| {
            // Counters go on counting: what is lost is this one look at them.
            self.note(error, 1, Instant::now());
        })
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_told_once_a_minute_with_their_number() {
        let quiet = Quiet::new((), "http://nowhere".into());
        let error = OTelSdkError::InternalFailure("refused".into());
        let start = Instant::now();
        assert!(quiet.note(&error, 3, start));
        assert!(!quiet.note(&error, 5, start + Duration::from_secs(59)));
        assert_eq!(quiet.lost.load(Ordering::Relaxed), 5);
        assert!(quiet.note(&error, 1, start + Duration::from_secs(60)));
        assert_eq!(quiet.lost.load(Ordering::Relaxed), 0);
    }
}
