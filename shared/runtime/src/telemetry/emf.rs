//! Metrics as lines for CloudWatch alone: the embedded metric format (Amazon CloudWatch user guide, "Specification: Embedded
//! metric format"), which CloudWatch reads out of the logs. One line for each metric and set of attributes that changed.

use std::{
    io::Write,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use opentelemetry::KeyValue;
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    metrics::{
        Temporality,
        data::{AggregatedMetrics, HistogramDataPoint, Metric, MetricData, ResourceMetrics},
        exporter::PushMetricExporter,
    },
};
use serde_json::{Value as Json, json};

const NAMESPACE: &str = "Tintype";

/// Writes lines to what `open` opens.
pub(super) struct EmfLines<F> {
    open: F,
}

impl<F, W> EmfLines<F>
where
    F: Fn() -> W,
    W: Write,
{
    pub(super) const fn new(open: F) -> Self {
        Self { open }
    }

    fn write(&self, metrics: &ResourceMetrics) -> std::io::Result<()> {
        let service = service_name(metrics.resource());
        let mut lines = Vec::new();
        for metric in metrics.scope_metrics().flat_map(|scope| scope.metrics()) {
            for (attributes, time, value) in points(metric) {
                let line = document(metric, &service, &attributes, time, value);
                serde_json::to_writer(&mut lines, &line)?;
                lines.push(b'\n');
            }
        }
        // At once: lines of the log that come from other threads stand before or after them.
        let mut out = (self.open)();
        out.write_all(&lines)?;
        out.flush()
    }
}

impl<F, W> PushMetricExporter for EmfLines<F>
where
    F: Fn() -> W + Send + Sync + 'static,
    W: Write,
{
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.write(metrics)
            .map_err(|error| OTelSdkError::InternalFailure(error.to_string()))
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    /// CloudWatch adds up what it is told: it wants to be told each thing once.
    fn temporality(&self) -> Temporality {
        Temporality::Delta
    }
}

fn service_name(resource: &Resource) -> String {
    let name = resource.iter().find(|(key, _)| key.as_str() == "service.name");
    name.map_or_else(|| "tintype".into(), |(_, name)| name.to_string())
}

type Point = (Vec<KeyValue>, SystemTime, Json);

fn points(metric: &Metric) -> Vec<Point> {
    match metric.data() {
        AggregatedMetrics::F64(data) => points_of(data, |value| json!(value)),
        AggregatedMetrics::U64(data) => points_of(data, |value| json!(value)),
        AggregatedMetrics::I64(data) => points_of(data, |value| json!(value)),
    }
}

fn points_of<T: Copy>(data: &MetricData<T>, json: impl Fn(T) -> Json) -> Vec<Point> {
    fn attributes<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> Vec<KeyValue> {
        attributes.cloned().collect()
    }
    match data {
        MetricData::Gauge(gauge) => gauge
            .data_points()
            .map(|point| (attributes(point.attributes()), gauge.time(), json(point.value())))
            .collect(),
        MetricData::Sum(sum) => sum
            .data_points()
            .map(|point| (attributes(point.attributes()), sum.time(), json(point.value())))
            .collect(),
        MetricData::Histogram(histogram) => histogram
            .data_points()
            .filter(|point| point.count() > 0)
            .map(|point| {
                (
                    attributes(point.attributes()),
                    histogram.time(),
                    distribution(point, &json),
                )
            })
            .collect(),
        // No instrument of ours is one.
        MetricData::ExponentialHistogram(_) => Vec::new(),
    }
}

/// Values with their counts, so that CloudWatch can tell percentiles: of each bucket its upper bound, and of the last one,
/// which has none, the largest value.
fn distribution<T: Copy>(point: &HistogramDataPoint<T>, json: &impl Fn(T) -> Json) -> Json {
    let largest = point.max().map_or(Json::Null, json);
    let smallest = point.min().map_or(Json::Null, json);
    let uppers = point.bounds().map(Some).chain(std::iter::once(None));
    let (mut values, mut counts) = (Vec::new(), Vec::new());
    for (upper, count) in uppers.zip(point.bucket_counts()) {
        if count == 0 {
            continue;
        }
        let within = |bound: f64| largest.as_f64().is_none_or(|largest| bound < largest);
        values.push(match upper {
            Some(bound) if within(bound) => json!(bound),
            _ => largest.clone(),
        });
        counts.push(count);
    }
    json!({
        "Values": values,
        "Counts": counts,
        "Max": largest,
        "Min": smallest,
        "Count": point.count(),
        "Sum": json(point.sum()),
    })
}

fn document(metric: &Metric, service: &str, attributes: &[KeyValue], time: SystemTime, value: Json) -> Json {
    let unit = if metric.unit() == "s" { "Seconds" } else { "Count" };
    let mut dimensions = vec!["service.name"];
    dimensions.extend(attributes.iter().map(|attribute| attribute.key.as_str()));
    let timestamp_ms = time
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64);
    let mut document = json!({
        "_aws": {
            "Timestamp": timestamp_ms,
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [dimensions],
                "Metrics": [{ "Name": metric.name(), "Unit": unit }],
            }],
        },
        "service.name": service,
    });
    for KeyValue { key, value, .. } in attributes {
        // Dimensions are text, whatever they were.
        document[key.as_str()] = json!(value.to_string());
    }
    document[metric.name()] = value;
    document
}
