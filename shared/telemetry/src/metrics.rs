//! The instruments: every metric's name, unit and attributes.
//!
//! They are bound once, when the process starts to measure. Recording then looks a handful of attributes up and adds to
//! atomics: nothing is allocated for a set of attributes that was seen before, and nothing waits for whoever takes them
//! away. HTTP's names are those of OpenTelemetry's semantic conventions; the others begin with `tintype.`.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::Method;
use opentelemetry::{
    KeyValue,
    metrics::{Counter, Gauge, Histogram, Meter},
};

/// Bounds of what takes time, in seconds: from a picture in memory to a job that is given up.
const SECONDS: [f64; 16] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
];

static INSTRUMENTS: OnceLock<Instruments> = OnceLock::new();

/// How long the job that was taken up last had waited, in milliseconds.
static LAST_WAIT_MS: AtomicU64 = AtomicU64::new(0);

struct Instruments {
    meter: Meter,
    requests: Histogram<f64>,
    jobs: Histogram<f64>,
    job_waits: Histogram<f64>,
    renders: Histogram<f64>,
    answers: Counter<u64>,
    queue_jobs: Gauge<u64>,
    queue_age: Gauge<f64>,
}

/// Binds the instruments to `meter`, for the life of the process. The first one stays.
pub fn install(meter: Meter) {
    let seconds = |name, description| {
        meter
            .f64_histogram(name)
            .with_unit("s")
            .with_description(description)
            .with_boundaries(SECONDS.to_vec())
            .build()
    };
    let instruments = Instruments {
        requests: seconds("http.server.request.duration", "How long answers took to begin."),
        jobs: seconds("tintype.job.duration", "How long jobs were worked on."),
        job_waits: seconds(
            "tintype.job.wait",
            "How long jobs waited before they were first taken up.",
        ),
        renders: seconds("tintype.render.duration", "How long pictures took to render."),
        answers: meter
            .u64_counter("tintype.delivery.answers")
            .with_description("Pictures that were answered, by where their bytes came from.")
            .build(),
        queue_jobs: meter
            .u64_gauge("tintype.queue.jobs")
            .with_description("Jobs in the queue.")
            .build(),
        queue_age: meter
            .f64_gauge("tintype.queue.age")
            .with_unit("s")
            .with_description("How long the job that was taken up last had waited; 0 where none waits.")
            .build(),
        meter,
    };
    // Only tests start twice in one process, and then it makes no difference.
    let _ = INSTRUMENTS.set(instruments);
}

/// Whether anybody wants metrics: what costs a call to find out need not be found out otherwise.
pub fn is_metered() -> bool {
    INSTRUMENTS.get().is_some()
}

/// A request was answered: `http.server.request.duration`.
pub fn asked(role: &'static str, method: &Method, route: &'static str, status: u16, took: Duration) {
    let Some(instruments) = INSTRUMENTS.get() else {
        return;
    };
    let attributes = [
        KeyValue::new("http.request.method", method_name(method)),
        KeyValue::new("http.response.status_code", i64::from(status)),
        KeyValue::new("http.route", route),
        KeyValue::new("tintype.role", role),
    ];
    instruments.requests.record(took.as_secs_f64(), &attributes);
}

/// The methods that are known; others would let a caller make as many series as it likes.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}

/// How a job ended, this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// Done.
    Done,
    /// It failed, and is tried again.
    Retried,
    /// It failed for good.
    Dead,
    /// Another worker has it, or the process stops.
    Lost,
}

impl JobOutcome {
    /// The name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retried => "retried",
            Self::Dead => "dead",
            Self::Lost => "lost",
        }
    }
}

/// A job ended: `tintype.job.duration`. `kind` is none where this release does not know it.
pub fn job_done(kind: Option<&'static str>, outcome: JobOutcome, took: Duration) {
    if let Some(instruments) = INSTRUMENTS.get() {
        let attributes = [
            KeyValue::new("job.kind", kind.unwrap_or("unknown")),
            KeyValue::new("job.outcome", outcome.name()),
        ];
        instruments.jobs.record(took.as_secs_f64(), &attributes);
    }
}

/// A job was taken up for the first time: `tintype.job.wait`, and `tintype.queue.age` at the next [`depth`].
pub fn job_waited(kind: Option<&'static str>, waited: Duration) {
    if let Some(instruments) = INSTRUMENTS.get() {
        let attributes = [KeyValue::new("job.kind", kind.unwrap_or("unknown"))];
        instruments.job_waits.record(waited.as_secs_f64(), &attributes);
        let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
        LAST_WAIT_MS.store(waited_ms, Ordering::Relaxed);
    }
}

/// How much the queue holds: `tintype.queue.jobs` and `tintype.queue.age`.
pub fn depth(waiting: u64, leased: u64, dead: u64) {
    let Some(instruments) = INSTRUMENTS.get() else {
        return;
    };
    for (state, jobs) in [("waiting", waiting), ("leased", leased), ("dead", dead)] {
        instruments
            .queue_jobs
            .record(jobs, &[KeyValue::new("queue.state", state)]);
    }
    let age_ms = match waiting {
        0 => 0,
        _ => LAST_WAIT_MS.load(Ordering::Relaxed),
    };
    instruments
        .queue_age
        .record(Duration::from_millis(age_ms).as_secs_f64(), &[]);
}

/// A picture was rendered: `tintype.render.duration`.
pub fn rendered(format: &'static str, took: Duration) {
    if let Some(instruments) = INSTRUMENTS.get() {
        let attributes = [KeyValue::new("image.format", format)];
        instruments.renders.record(took.as_secs_f64(), &attributes);
    }
}

/// Where a picture's bytes came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheTier {
    /// Nowhere: the client has them.
    Client,
    /// This process's memory.
    Memory,
    /// The blob store.
    Store,
    /// A render.
    Rendered,
}

impl CacheTier {
    /// The name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Memory => "memory",
            Self::Store => "store",
            Self::Rendered => "rendered",
        }
    }
}

/// Delivery answered with a picture: `tintype.delivery.answers`.
pub fn served(tier: CacheTier) {
    if let Some(instruments) = INSTRUMENTS.get() {
        instruments
            .answers
            .add(1, &[KeyValue::new("cache.tier", tier.name())]);
    }
}

/// How many connections of a pool are in use, and how many wait to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    /// In use.
    pub used: u64,
    /// Open, and not in use.
    pub idle: u64,
}

/// Has `tintype.pool.connections` of the pool `name` read whenever metrics are taken away.
pub fn observe_pool(name: &'static str, pool: impl Fn() -> PoolUse + Send + Sync + 'static) {
    let Some(instruments) = INSTRUMENTS.get() else {
        return;
    };
    // The meter keeps the callback; the instrument itself is nobody's.
    let _ = instruments
        .meter
        .u64_observable_gauge("tintype.pool.connections")
        .with_description("Connections of a pool.")
        .with_callback(move |observer| {
            let PoolUse { used, idle } = pool();
            for (state, connections) in [("used", used), ("idle", idle)] {
                let attributes = [
                    KeyValue::new("pool.name", name),
                    KeyValue::new("pool.state", state),
                ];
                observer.observe(connections, &attributes);
            }
        })
        .build();
}
