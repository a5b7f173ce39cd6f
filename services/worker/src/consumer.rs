//! Takes jobs from the queue, keeps their leases, and decides what a failure means.

use std::{sync::Arc, time::Duration};

use domain::{Job, TraceContext};
use ports::{DeadLetter, PortError, ReceivedJob};
use telemetry::JobOutcome;
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, error, field, info, info_span, warn};

use crate::{
    Worker,
    gauges::JobMeasure,
    jobs::{JobError, give_up},
    relay::Relay,
    topic::Teller,
};

/// How long one look at an empty queue waits: as long as SQS lets it.
const RECEIVE_WAIT: Duration = Duration::from_secs(20);

/// How many jobs one look takes at most: as many as SQS hands out at once.
const RECEIVE_MAX: usize = 10;

/// How long the consumer waits after the queue failed it.
const QUEUE_PAUSE: Duration = Duration::from_secs(1);

/// The first pause before a failed job is tried again; each further one is four times as long.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);

/// The longest pause before a failed job is tried again.
const MAX_BACKOFF: Duration = Duration::from_secs(300);

/// What [`Worker::drain`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drained {
    /// Jobs that were worked on.
    pub jobs: usize,
    /// Messages that the relay took out of the outbox.
    pub messages: usize,
    /// Messages that were posted to webhooks.
    pub posts: usize,
}

fn backoff(attempt: u32) -> Duration {
    FIRST_BACKOFF
        .saturating_mul(4_u32.saturating_pow(attempt.saturating_sub(1)))
        .min(MAX_BACKOFF)
}

impl Worker {
    /// Works until `stopping`; then finishes what is under way within the drain time, and gives back the rest.
    pub async fn run_consumer(&self, stopping: CancellationToken) {
        let places = Arc::new(Semaphore::new(self.settings.concurrency));
        let give_back = CancellationToken::new();
        let mut under_way = JoinSet::new();
        while !stopping.is_cancelled() {
            let place = tokio::select! {
                () = stopping.cancelled() => break,
                place = places.clone().acquire_owned() => place.expect("the semaphore is never closed"),
            };
            let more = std::iter::from_fn(|| places.clone().try_acquire_owned().ok());
            let free: Vec<_> = std::iter::once(place).chain(more).take(RECEIVE_MAX).collect();
            let received = tokio::select! {
                () = stopping.cancelled() => break,
                received = self.queue.receive(free.len(), self.settings.lease, RECEIVE_WAIT) => received,
            };
            match received {
                Ok(jobs) => {
                    for (job, place) in jobs.into_iter().zip(free) {
                        let (worker, give_back) = (self.clone(), give_back.clone());
                        under_way.spawn(async move {
                            worker.work_or_give_back(job, give_back).await;
                            drop(place);
                        });
                    }
                }
                Err(error) => {
                    warn!(error.message = %error, "the queue cannot be read");
                    self.clock.sleep(QUEUE_PAUSE).await;
                }
            }
            while under_way.try_join_next().is_some() {}
        }
        let finished = async { while under_way.join_next().await.is_some() {} };
        if tokio::time::timeout(self.settings.drain, finished).await.is_err() {
            give_back.cancel();
            while under_way.join_next().await.is_some() {}
        }
    }

    /// Works off all that can be worked off now, relay and webhooks included. For tests and for short-lived processes.
    ///
    /// # Errors
    /// When a port fails.
    pub async fn drain(&self) -> Result<Drained, PortError> {
        let (mut relay, mut teller) = (self.relay(), self.teller(CancellationToken::new()));
        let drained = self.drain_with(&mut relay, teller.as_mut()).await;
        relay.end().await?;
        if let Some(teller) = teller {
            teller.end().await?;
        }
        drained
    }

    async fn drain_with(
        &self,
        relay: &mut Relay,
        mut teller: Option<&mut Teller>,
    ) -> Result<Drained, PortError> {
        let mut drained = Drained::default();
        loop {
            let messages = relay.turn().await?.unwrap_or_default();
            if let Some(teller) = &mut teller {
                teller.turn().await?;
            }
            let posts = self.send_due_webhooks().await?;
            let jobs = self
                .queue
                .receive(10, self.settings.lease, Duration::ZERO)
                .await?;
            if messages == 0 && posts == 0 && jobs.is_empty() {
                return Ok(drained);
            }
            drained.messages += messages;
            drained.posts += posts;
            drained.jobs += jobs.len();
            for job in jobs {
                self.work(job).await;
            }
        }
    }

    async fn work_or_give_back(&self, job: ReceivedJob, give_back: CancellationToken) {
        let receipt = job.receipt.clone();
        tokio::select! {
            () = self.work(job) => {}
            () = give_back.cancelled() => {
                if let Err(error) = self.queue.give_back(&receipt, Duration::ZERO).await {
                    warn!(error.message = %error, "a job could not be given back: it is free when its lease ends");
                }
            }
        }
    }

    /// Works on one job while its lease is kept.
    async fn work(&self, job: ReceivedJob) {
        let span = info_span!(
            "job",
            otel.kind = "consumer",
            otel.name = job.envelope.kind,
            job.id = %job.envelope.id,
            job.kind = %job.envelope.kind,
            job.attempt = job.attempt,
            trace.id = field::Empty,
        );
        let measured = JobMeasure::begin(&job, self.clock.now());
        let mut traceparent = job.envelope.traceparent.clone();
        telemetry::follow(&span, &mut traceparent);
        if let Some(trace) = traceparent.as_deref().and_then(TraceContext::from_traceparent) {
            span.record(
                "trace.id",
                field::display(format_args!("{:032x}", trace.trace_id())),
            );
        }
        async {
            let outcome = tokio::select! {
                outcome = self.handle(&job) => outcome,
                () = self.keep_lease(&job.receipt) => {
                    warn!("the lease was lost: another worker has the job");
                    return measured.end(JobOutcome::Lost);
                }
            };
            measured.end(self.outcome(&job, &outcome));
            if let Err(error) = self.settle(&job, outcome).await {
                // The lease ends and the job comes again; every handler bears that.
                warn!(error.message = %error, "the end of a job could not be told to the queue");
            }
        }
        .instrument(span)
        .await;
    }

    async fn handle(&self, job: &ReceivedJob) -> Result<(), JobError> {
        if job.attempt > self.settings.max_attempts {
            return Err(JobError::Dead(format!(
                "It was tried {} times without an end: its worker was stopped or died over it each time.",
                job.attempt - 1
            )));
        }
        // In a rolling deploy a worker of the release to come may take it the next time.
        let known = Job::try_from(&job.envelope).map_err(|error| JobError::Retry(error.to_string()))?;
        self.perform(known).await
    }

    /// Extends the lease for as long as it is held.
    async fn keep_lease(&self, receipt: &str) {
        loop {
            self.clock.sleep(self.settings.lease / 3).await;
            match self.queue.extend(receipt, self.settings.lease).await {
                Ok(true) => {}
                Ok(false) => return,
                // The queue may be back before the lease ends.
                Err(error) => warn!(error.message = %error, "a lease could not be extended"),
            }
        }
    }

    /// What becomes of the job now.
    fn outcome(&self, job: &ReceivedJob, handled: &Result<(), JobError>) -> JobOutcome {
        match handled {
            Ok(()) => JobOutcome::Done,
            Err(JobError::Retry(_)) if job.attempt < self.settings.max_attempts => JobOutcome::Retried,
            Err(JobError::Retry(reason) | JobError::Dead(reason)) => {
                telemetry::failed(|| reason.clone());
                JobOutcome::Dead
            }
        }
    }

    async fn settle(&self, job: &ReceivedJob, outcome: Result<(), JobError>) -> Result<(), PortError> {
        let reason = match outcome {
            Ok(()) => {
                info!("job done");
                return self.queue.complete(&job.receipt).await;
            }
            Err(JobError::Retry(reason)) if job.attempt < self.settings.max_attempts => {
                let pause = backoff(job.attempt);
                warn!(job.reason = %reason, job.pause_ms = pause.as_millis(), "job failed; it will be tried again");
                return self.queue.give_back(&job.receipt, pause).await;
            }
            Err(JobError::Retry(reason) | JobError::Dead(reason)) => reason,
        };
        error!(job.reason = %reason, "job failed for good");
        if let Ok(known) = Job::try_from(&job.envelope) {
            give_up(self, &known, &reason).await?;
        }
        // In the catalog first: whatever happens in between, nobody forgets the job or why it failed.
        let letter = DeadLetter {
            envelope: job.envelope.clone(),
            reason,
            attempts: job.attempt,
            died_at: self.clock.now(),
        };
        self.catalog.bury(&letter).await?;
        self.queue.bury(&job.receipt, &letter.reason).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_bounded() {
        assert_eq!(backoff(1), Duration::from_secs(1));
        assert_eq!(backoff(3), Duration::from_secs(16));
        assert_eq!(backoff(100), MAX_BACKOFF);
    }
}
