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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opentelemetry::metrics::{Meter, MeterProvider};
    use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};

    use super::*;

    /// A page that lines are written to.
    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What stands on the page after `measure`, and after doing nothing.
    fn lines(measure: impl Fn(&Meter)) -> Vec<Json> {
        let page = Page::default();
        let written = page.clone();
        let exporter = EmfLines::new(move || written.clone());
        let provider = SdkMeterProvider::builder()
            .with_resource(Resource::builder_empty().with_service_name("tintype-api").build())
            .with_reader(PeriodicReader::builder(exporter).build())
            .build();
        measure(&provider.meter("test"));
        provider.force_flush().unwrap();
        provider.force_flush().unwrap();
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_histogram_is_one_line_with_values_and_their_counts() {
        let lines = lines(|meter| {
            let histogram = meter
                .f64_histogram("http.server.request.duration")
                .with_unit("s")
                .with_boundaries(vec![0.1, 1.0, 10.0])
                .build();
            for seconds in [0.05, 0.06, 0.5, 20.0] {
                histogram.record(seconds, &[KeyValue::new("http.response.status_code", 200)]);
            }
        });
        assert_eq!(lines.len(), 1, "it is told once: {lines:?}");
        let line = &lines[0];
        assert_eq!(
            line["_aws"]["CloudWatchMetrics"],
            json!([{
                "Namespace": "Tintype",
                "Dimensions": [["service.name", "http.response.status_code"]],
                "Metrics": [{ "Name": "http.server.request.duration", "Unit": "Seconds" }],
            }])
        );
        assert!(line["_aws"]["Timestamp"].as_u64().unwrap() > 1_700_000_000_000);
        assert_eq!(line["service.name"], "tintype-api");
        assert_eq!(line["http.response.status_code"], "200");
        let told = &line["http.server.request.duration"];
        assert_eq!(told["Values"], json!([0.1, 1.0, 20.0]));
        assert_eq!(told["Counts"], json!([2, 1, 1]));
        assert_eq!(
            (&told["Min"], &told["Max"], &told["Count"]),
            (&json!(0.05), &json!(20.0), &json!(4))
        );
        assert!((told["Sum"].as_f64().unwrap() - 20.61).abs() < 1e-9);
    }

    #[test]
    fn a_counter_tells_what_was_added_since_it_told_last() {
        let lines = lines(|meter| meter.u64_counter("tintype.delivery.answers").build().add(3, &[]));
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0]["tintype.delivery.answers"], 3);
    }
}
