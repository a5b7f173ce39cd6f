//! What metrics say of the queue and of jobs.

use std::time::{Duration, Instant};

use domain::Job;
use jiff::Timestamp;
use ports::ReceivedJob;
use telemetry::JobOutcome;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Worker;

/// How often the queue is asked how much it holds.
const INTERVAL: Duration = Duration::from_secs(30);

/// One attempt at a job, being measured.
pub(crate) struct JobMeasure {
    kind: Option<&'static str>,
    began: Instant,
}

impl JobMeasure {
    /// The attempt begins; of the first one it is noted how long the job waited for it.
    pub(crate) fn begin(job: &ReceivedJob, now: Timestamp) -> Self {
        let kind = Job::try_from(&job.envelope).ok().map(|job| job.kind());
        if job.attempt == 1 {
            // Clocks of two machines differ: a job from the future did not wait.
            let waited = Duration::try_from(now.duration_since(job.envelope.id.made_at()));
            telemetry::job_waited(kind, waited.unwrap_or_default());
        }
        Self {
            kind,
            began: Instant::now(),
        }
    }

    /// The attempt ended.
    pub(crate) fn end(self, outcome: JobOutcome) {
        telemetry::job_done(self.kind, outcome, self.began.elapsed());
    }
}

impl Worker {
    /// Tells how much the queue holds until `stopping`; ends at once where nobody wants to know.
    pub async fn run_gauges(&self, stopping: CancellationToken) {
        while telemetry::is_metered() && !stopping.is_cancelled() {
            match self.queue.depth().await {
                Ok(depth) => telemetry::depth(depth.waiting, depth.leased, depth.dead),
                Err(error) => warn!(error.message = %error, "the queue does not say how much it holds"),
            }
            tokio::select! {
                () = stopping.cancelled() => {}
                () = self.clock.sleep(INTERVAL) => {}
            }
        }
    }
}
