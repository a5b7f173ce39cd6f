//! The queue and the notifier: a trace goes on through what is sent.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{Envelope, Event, JobId};
use ports::{Notifier, PortError, Queue, QueueDepth, ReceivedJob, Stray};
use telemetry::follow;
use tracing::{Span, debug_span};

use super::{step, within};

/// A queue whose calls are steps of traces. Sending a job is a step of the trace that asked for it, whoever sends it, and what
/// is done about the job comes after that.
#[derive(Clone)]
pub struct TracedQueue(Arc<dyn Queue>);

impl TracedQueue {
    /// `queue`, traced.
    pub const fn new(queue: Arc<dyn Queue>) -> Self {
        Self(queue)
    }
}

#[async_trait]
impl Queue for TracedQueue {
    async fn send(&self, jobs: &[Envelope]) -> Result<(), PortError> {
        let mut jobs = jobs.to_vec();
        let steps: Vec<Span> = jobs
            .iter_mut()
            .filter(|job| job.traceparent.is_some())
            .map(|job| {
                let step = debug_span!(parent: None, "queue.send", otel.kind = "producer", job.id = %job.id, job.kind = job.kind);
                follow(&step, &mut job.traceparent);
                step
            })
            .collect();
        let sent = self.0.send(&jobs).await;
        if let Err(error) = &sent {
            for step in &steps {
                step.in_scope(|| telemetry::failed(|| error.to_string()));
            }
        }
        sent
    }

    async fn receive(
        &self,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> Result<Vec<ReceivedJob>, PortError> {
        // It belongs to no trace yet.
        self.0.receive(max, lease, wait).await
    }

    async fn extend(&self, receipt: &str, lease: Duration) -> Result<bool, PortError> {
        within(step!("queue.extend", "client"), self.0.extend(receipt, lease)).await
    }

    async fn complete(&self, receipt: &str) -> Result<(), PortError> {
        within(step!("queue.complete", "client"), self.0.complete(receipt)).await
    }

    async fn give_back(&self, receipt: &str, delay: Duration) -> Result<(), PortError> {
        within(
            step!("queue.give_back", "client"),
            self.0.give_back(receipt, delay),
        )
        .await
    }

    async fn bury(&self, receipt: &str, reason: &str) -> Result<(), PortError> {
        within(step!("queue.bury", "client"), self.0.bury(receipt, reason)).await
    }

    async fn strays(&self, limit: usize) -> Result<Vec<Stray>, PortError> {
        within(step!("queue.strays", "client"), self.0.strays(limit)).await
    }

    async fn forget_dead(&self, ids: &[JobId]) -> Result<(), PortError> {
        within(step!("queue.forget_dead", "client"), self.0.forget_dead(ids)).await
    }

    async fn depth(&self) -> Result<QueueDepth, PortError> {
        within(step!("queue.depth", "client"), self.0.depth()).await
    }
}

/// A notifier for whom telling an event is a step of the trace that made it happen.
#[derive(Clone)]
pub struct TracedNotifier(Arc<dyn Notifier>);

impl TracedNotifier {
    /// `notifier`, traced.
    pub const fn new(notifier: Arc<dyn Notifier>) -> Self {
        Self(notifier)
    }
}

#[async_trait]
impl Notifier for TracedNotifier {
    async fn publish(&self, event: &Event) -> Result<(), PortError> {
        if event.traceparent.is_none() {
            return self.0.publish(event).await;
        }
        let mut event = event.clone();
        let step = debug_span!(parent: None, "events.publish", otel.kind = "producer", event.kind = event.kind.name());
        follow(&step, &mut event.traceparent);
        within(step, self.0.publish(&event)).await
    }
}
