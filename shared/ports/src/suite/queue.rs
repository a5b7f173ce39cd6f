//! The contract of [`Queue`].

use std::{collections::HashSet, sync::Mutex, time::Duration};

use async_trait::async_trait;
use domain::{Envelope, ImageId, Job, JobId};
use jiff::Timestamp;

use crate::{Clock, Queue};

/// A clock on which a sleep takes no time: it moves itself. For adapters that can be given a clock.
#[derive(Debug)]
pub struct SelfMovingClock(Mutex<Timestamp>);

impl Default for SelfMovingClock {
    fn default() -> Self {
        Self(Mutex::new(Timestamp::UNIX_EPOCH))
    }
}

#[async_trait]
impl Clock for SelfMovingClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("nobody panics while holding it")
    }

    async fn sleep(&self, duration: Duration) {
        let mut now = self.0.lock().expect("nobody panics while holding it");
        *now = now.checked_add(duration).expect("tests are short");
    }
}

const LEASE: Duration = Duration::from_secs(2);
const NO_WAIT: Duration = Duration::ZERO;

fn job(number: u8) -> Envelope {
    let image_id = ImageId::new(Timestamp::UNIX_EPOCH, [number; 10]);
    Job::Ingest { image_id }.into_envelope(JobId::new(Timestamp::UNIX_EPOCH, [number; 10]), None)
}

/// Every test, one after the other, on an empty queue whose leases end by `clock`.
pub async fn all(queue: &dyn Queue, clock: &dyn Clock) {
    a_job_is_received_once_and_completed(queue, clock).await;
    a_lease_that_ends_gives_the_job_to_another(queue, clock).await;
    an_extended_lease_goes_on(queue, clock).await;
    a_job_given_back_waits_its_delay(queue, clock).await;
    a_buried_job_is_out_of_the_line_and_can_be_forgotten(queue, clock).await;
    concurrent_receivers_share_the_jobs(queue).await;
    let depth = queue.depth().await.expect("depth");
    assert_eq!(
        (depth.waiting, depth.leased),
        (0, 0),
        "the suite left something behind"
    );
}

async fn a_job_is_received_once_and_completed(queue: &dyn Queue, clock: &dyn Clock) {
    queue.send(&[job(1)]).await.expect("send");
    let jobs = queue.receive(10, LEASE, NO_WAIT).await.expect("receive");
    assert_eq!(jobs.len(), 1);
    assert_eq!((&jobs[0].envelope, jobs[0].attempt), (&job(1), 1));
    assert!(
        queue
            .receive(10, LEASE, NO_WAIT)
            .await
            .expect("receive")
            .is_empty(),
        "leased to two"
    );
    queue.complete(&jobs[0].receipt).await.expect("complete");
    clock.sleep(LEASE * 2).await;
    assert!(
        queue
            .receive(10, LEASE, NO_WAIT)
            .await
            .expect("receive")
            .is_empty(),
        "completed and received again"
    );
}

async fn a_lease_that_ends_gives_the_job_to_another(queue: &dyn Queue, clock: &dyn Clock) {
    queue.send(&[job(2)]).await.expect("send");
    let first = queue.receive(1, LEASE, NO_WAIT).await.expect("receive").remove(0);
    clock.sleep(LEASE + LEASE / 2).await;
    let second = queue.receive(1, LEASE, NO_WAIT).await.expect("receive").remove(0);
    assert_eq!(second.attempt, 2);
    assert!(
        !queue.extend(&first.receipt, LEASE).await.expect("extend"),
        "a lease that ended was extended"
    );
    queue.complete(&first.receipt).await.expect("complete");
    queue.give_back(&first.receipt, NO_WAIT).await.expect("give back");
    queue.bury(&first.receipt, "it was cursed").await.expect("bury");
    assert!(
        queue.extend(&second.receipt, LEASE).await.expect("extend"),
        "completed, given back or buried by whoever had lost it"
    );
    queue.complete(&second.receipt).await.expect("complete");
    assert_eq!(
        queue.strays(10).await.expect("strays"),
        [],
        "buried by whoever had lost it"
    );
}

async fn an_extended_lease_goes_on(queue: &dyn Queue, clock: &dyn Clock) {
    queue.send(&[job(3)]).await.expect("send");
    let held = queue.receive(1, LEASE, NO_WAIT).await.expect("receive").remove(0);
    for _ in 0..3 {
        clock.sleep(LEASE / 2).await;
        assert!(queue.extend(&held.receipt, LEASE).await.expect("extend"));
        assert!(
            queue
                .receive(1, LEASE, NO_WAIT)
                .await
                .expect("receive")
                .is_empty()
        );
    }
    queue.complete(&held.receipt).await.expect("complete");
}

async fn a_job_given_back_waits_its_delay(queue: &dyn Queue, clock: &dyn Clock) {
    queue.send(&[job(4)]).await.expect("send");
    let held = queue.receive(1, LEASE, NO_WAIT).await.expect("receive").remove(0);
    queue
        .give_back(&held.receipt, LEASE * 2)
        .await
        .expect("give back");
    assert!(
        queue
            .receive(1, LEASE, NO_WAIT)
            .await
            .expect("receive")
            .is_empty(),
        "received before its delay"
    );
    clock.sleep(LEASE * 2 + LEASE / 2).await;
    let again = queue.receive(1, LEASE, NO_WAIT).await.expect("receive").remove(0);
    assert_eq!(again.attempt, 2);
    queue.complete(&again.receipt).await.expect("complete");
}

async fn a_buried_job_is_out_of_the_line_and_can_be_forgotten(queue: &dyn Queue, clock: &dyn Clock) {
    queue.send(&[job(5)]).await.expect("send");
    let held = queue.receive(1, LEASE, NO_WAIT).await.expect("receive").remove(0);
    queue.bury(&held.receipt, "it was cursed").await.expect("bury");
    clock.sleep(LEASE * 2).await;
    assert!(
        queue
            .receive(1, LEASE, NO_WAIT)
            .await
            .expect("receive")
            .is_empty()
    );
    let dead = queue.depth().await.expect("depth").dead;
    let strays = queue.strays(10).await.expect("strays");
    assert_eq!(
        strays.len() as u64,
        dead,
        "what lies in the place for dead letters can be seen"
    );
    assert!(strays.iter().all(|stray| stray.envelope == job(5)));
    queue.forget_dead(&[job(5).id]).await.expect("forget");
    assert!(queue.strays(10).await.expect("strays").is_empty());
}

async fn concurrent_receivers_share_the_jobs(queue: &dyn Queue) {
    let jobs: Vec<Envelope> = (100..200).map(job).collect();
    for batch in jobs.chunks(10) {
        queue.send(batch).await.expect("send");
    }
    let receivers = (0..8).map(|_| async {
        let mut received = Vec::new();
        loop {
            let jobs = queue
                .receive(5, Duration::from_secs(60), NO_WAIT)
                .await
                .expect("receive");
            if jobs.is_empty() {
                return received;
            }
            for job in jobs {
                queue.complete(&job.receipt).await.expect("complete");
                received.push(job.envelope.id);
            }
        }
    });
    let received: Vec<JobId> = futures::future::join_all(receivers).await.concat();
    assert_eq!(received.len(), 100, "a job went to two receivers, or to none");
    assert_eq!(received.into_iter().collect::<HashSet<_>>().len(), 100);
}
