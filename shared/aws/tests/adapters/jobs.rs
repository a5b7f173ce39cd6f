//! SQS passes the suite of queues, and what is SQS's alone.

use std::{env, time::Duration};

use crate::common::{MachineClock, context, provisioned, sdk_config};
use aws::{AwsContext, SqsQueue};
use domain::{Envelope, ImageId, Job, JobId};
use jiff::Timestamp;
use ports::Queue;
use tokio::sync::{Mutex, MutexGuard};

const LEASE: Duration = Duration::from_secs(30);
const SOON: Duration = Duration::from_secs(1);

/// A queue that was given is one for all tests.
static GIVEN: Mutex<()> = Mutex::const_new(());

struct Fixture {
    queue: SqsQueue,
    url: String,
    dead_letter_url: String,
    sqs: aws_sdk_sqs::Client,
    _alone: Option<MutexGuard<'static, ()>>,
}

async fn fixture(name: &str) -> Fixture {
    let context = context().await;
    let given = (
        env::var("TINTYPE_TEST_SQS_QUEUE_URL"),
        env::var("TINTYPE_TEST_SQS_DEAD_LETTER_URL"),
    );
    let (url, dead_letter_url, alone) = match given {
        (Ok(url), Ok(dead_letter_url)) => (url, dead_letter_url, Some(GIVEN.lock().await)),
        _ => {
            let made = provisioned(&context, name).await;
            (made.queue_url, made.dead_letter_url, None)
        }
    };
    Fixture {
        queue: SqsQueue::new(&context, &url, &dead_letter_url),
        url,
        dead_letter_url,
        sqs: client(&context).await,
        _alone: alone,
    }
}

/// A client of the test's own, to see what others see.
async fn client(context: &AwsContext) -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::new(&sdk_config(context).await)
}

fn job(number: u8) -> Envelope {
    let image_id = ImageId::new(Timestamp::UNIX_EPOCH, [number; 10]);
    let trace = "00-58406520a006649127e371903a2de979-4c721bf33e3caf8f-01";
    Job::Ingest { image_id }.into_envelope(
        JobId::new(Timestamp::UNIX_EPOCH, [number; 10]),
        Some(trace.into()),
    )
}

#[tokio::test]
async fn sqs_passes_the_suite_of_queues() {
    let fixture = fixture("queue").await;
    ports::suite::queue::all(&fixture.queue, &MachineClock).await;
}

#[tokio::test]
async fn more_than_a_batch_is_sent_and_received_at_once() {
    let Fixture { queue, .. } = fixture("batches").await;
    let jobs: Vec<Envelope> = (0..25).map(job).collect();
    queue.send(&jobs).await.unwrap();
    let received = queue.receive(25, LEASE, SOON).await.unwrap();
    assert_eq!(received.len(), 25);
    for job in received {
        queue.complete(&job.receipt).await.unwrap();
    }
    queue.send(&[]).await.unwrap();
}

#[tokio::test]
async fn a_poll_that_nobody_waits_for_gives_back_what_it_gets() {
    let Fixture { queue, .. } = fixture("dropped").await;
    let poll = queue.receive(1, Duration::from_secs(600), Duration::from_secs(20));
    let dropped = tokio::time::timeout(Duration::from_millis(300), poll).await;
    assert!(dropped.is_err(), "there was nothing to receive");
    queue.send(&[job(1)]).await.unwrap();
    let received = queue.receive(1, LEASE, Duration::from_secs(5)).await.unwrap();
    assert_eq!(received.len(), 1, "leased for ten minutes by nobody");
    queue.complete(&received[0].receipt).await.unwrap();
}

#[tokio::test]
async fn what_is_no_job_is_buried_with_a_reason_and_stops_nobody() {
    let Fixture {
        queue,
        sqs,
        url,
        dead_letter_url,
        ..
    } = fixture("rubbish").await;
    for body in ["{\"Records\": []}", "rubbish"] {
        sqs.send_message()
            .queue_url(&url)
            .message_body(body)
            .send()
            .await
            .unwrap();
    }
    queue.send(&[job(1)]).await.unwrap();
    let mut received = Vec::new();
    for _ in 0..5 {
        received.extend(queue.receive(10, LEASE, SOON).await.unwrap());
    }
    assert_eq!(received.len(), 1);
    queue.complete(&received[0].receipt).await.unwrap();
    let depth = queue.depth().await.unwrap();
    assert_eq!((depth.waiting, depth.leased, depth.dead), (0, 0, 2));
    assert!(
        queue.strays(10).await.unwrap().is_empty(),
        "rubbish was told as a job"
    );

    let dead = sqs
        .receive_message()
        .queue_url(&dead_letter_url)
        .max_number_of_messages(10)
        .message_attribute_names("All")
        .wait_time_seconds(1)
        .send()
        .await
        .unwrap();
    assert_eq!(dead.messages().len(), 2);
    for message in dead.messages() {
        let reason = message.message_attributes().unwrap()["reason"].string_value();
        assert!(
            reason.unwrap().starts_with("The message is no job: "),
            "{reason:?}"
        );
        let handle = message.receipt_handle().unwrap();
        sqs.delete_message()
            .queue_url(&dead_letter_url)
            .receipt_handle(handle)
            .send()
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_buried_job_lies_in_the_dead_letters_until_it_is_forgotten() {
    let Fixture { queue, .. } = fixture("dead").await;
    let jobs: Vec<Envelope> = (0..12).map(job).collect();
    queue.send(&jobs).await.unwrap();
    let mut received = Vec::new();
    while received.len() < 12 {
        received.extend(queue.receive(12, LEASE, SOON).await.unwrap());
    }
    for job in &received {
        queue.bury(&job.receipt, "it was cursed").await.unwrap();
        // As after an answer that was lost.
        queue.bury(&job.receipt, "it was cursed").await.unwrap();
    }
    for _ in 0..2 {
        let strays = queue.strays(100).await.unwrap();
        assert_eq!(strays.len(), 12, "looking at them takes none away");
        assert!(strays.iter().all(|stray| stray.attempts == 1));
    }
    assert_eq!(queue.strays(5).await.unwrap().len(), 5);
    queue.forget_dead(&[jobs[3].id, jobs[7].id]).await.unwrap();
    let left = queue.strays(100).await.unwrap();
    assert_eq!(left.len(), 10);
    assert!(!left.iter().any(|stray| stray.envelope == jobs[3]));
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    queue.forget_dead(&ids).await.unwrap();
    assert_eq!(queue.depth().await.unwrap().dead, 0);
}

#[tokio::test]
async fn a_job_bears_the_trace_of_the_request_that_asked_for_it() {
    let Fixture { queue, sqs, url, .. } = fixture("trace").await;
    queue.send(&[job(1)]).await.unwrap();
    let seen = sqs
        .receive_message()
        .queue_url(&url)
        .message_system_attribute_names("All".into())
        .wait_time_seconds(1)
        .send()
        .await
        .unwrap();
    let message = &seen.messages()[0];
    let attributes = message.attributes().unwrap();
    assert_eq!(
        attributes[&"AWSTraceHeader".into()],
        "Root=1-58406520-a006649127e371903a2de979;Parent=4c721bf33e3caf8f;Sampled=1"
    );
    let handle = message.receipt_handle().unwrap();
    sqs.delete_message()
        .queue_url(&url)
        .receipt_handle(handle)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_named() {
    let context = context().await;
    let url = "http://127.0.0.1:1/000000000000/no-such-queue";
    let queue = SqsQueue::new(&context, url, url);
    let error = queue.receive(1, LEASE, Duration::ZERO).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("no-such-queue"), "{source}");
}
