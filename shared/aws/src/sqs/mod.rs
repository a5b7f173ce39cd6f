//! Jobs in SQS, a standard queue with a dead-letter queue.
//!
//! A lease is a message's visibility timeout, in whole seconds. What no worker can read goes to the dead-letter queue with a
//! reason, and stops nobody. SQS counts deliveries; the number of the attempt is that count.

mod dead;
mod receipt;

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use aws_sdk_sqs::{
    Client,
    types::{
        BatchResultErrorEntry, Message, MessageSystemAttributeName, MessageSystemAttributeNameForSends,
        MessageSystemAttributeValue, QueueAttributeName, SendMessageBatchRequestEntry,
    },
};
use domain::{Envelope, JobId, TraceContext};
use ports::{PortError, Queue, QueueDepth, ReceivedJob, Stray};
use tokio::sync::oneshot;
use tracing::{error, warn};

use self::receipt::Receipt;
use crate::{
    AwsContext,
    context::LONGEST_POLL,
    failure::{failed, has_code, unavailable},
};

const WHAT: &str = "the queue";

/// How many messages SQS takes or gives by one call.
const BATCH: usize = 10;

/// What one call may carry. SQS takes 1 MiB by now, and a queue may be set to less; this much it has always taken.
const BATCH_BYTES: usize = 256 * 1024;

/// The longest visibility timeout: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>.
const LONGEST_LEASE: Duration = Duration::from_secs(12 * 60 * 60);

/// How often what SQS itself could not store of a batch is sent again.
const SEND_TRIES: u32 = 3;

/// What SQS answers where the lease has ended: another receiver has the message, or it is free, or deleted.
const LEASE_ENDED: &[&str] = &[
    "MessageNotInflight",
    "AWS.SimpleQueueService.MessageNotInflight",
    "ReceiptHandleIsInvalid",
    "InvalidParameterValue",
];

/// The queue in SQS.
#[derive(Clone)]
pub struct SqsQueue {
    client: Client,
    url: String,
    dead_letter_url: String,
}

impl SqsQueue {
    /// The queue at `url`, whose dead letters lie in the queue at `dead_letter_url`.
    pub fn new(context: &AwsContext, url: impl Into<String>, dead_letter_url: impl Into<String>) -> Self {
        Self {
            client: context.sqs(),
            url: url.into(),
            dead_letter_url: dead_letter_url.into(),
        }
    }

    async fn send_batch(&self, batch: &[(String, &Envelope)]) -> Result<(), PortError> {
        let mut left: Vec<usize> = (0..batch.len()).collect();
        for _ in 0..SEND_TRIES {
            let mut request = self.client.send_message_batch().queue_url(&self.url);
            for index in &left {
                let (body, envelope) = &batch[*index];
                request = request.entries(entry(*index, body, envelope)?);
            }
            let answer = request
                .send()
                .await
                .map_err(failed(WHAT, format_args!("sqs:SendMessage to {}", self.url)))?;
            if answer.failed().is_empty() {
                return Ok(());
            }
            left = still_to_send(answer.failed())?;
        }
        Err(unavailable(
            WHAT,
            format_args!("{} of {} jobs were not stored", left.len(), batch.len()),
        ))
    }

    /// One look at the queue. What is no job is buried on the way.
    async fn poll(&self, max: usize, lease: Duration, wait: Duration) -> Result<Vec<ReceivedJob>, PortError> {
        let received = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(max.clamp(1, BATCH) as i32)
            .visibility_timeout(whole_seconds(lease))
            .wait_time_seconds(whole_seconds(wait.min(LONGEST_POLL)))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .send()
            .await
            .map_err(failed(WHAT, format_args!("sqs:ReceiveMessage from {}", self.url)))?;
        let mut jobs = Vec::new();
        for message in received.messages() {
            let (Some(handle), Some(body)) = (message.receipt_handle(), message.body()) else {
                continue;
            };
            let attempt = receive_count(message);
            let receipt = Receipt {
                handle,
                attempt,
                body,
            };
            match serde_json::from_str::<Envelope>(body) {
                Ok(envelope) => jobs.push(ReceivedJob {
                    receipt: receipt.to_text(),
                    attempt,
                    envelope,
                }),
                Err(error) => self.bury_unreadable(&receipt, &error).await,
            }
        }
        Ok(jobs)
    }

    async fn bury_unreadable(&self, receipt: &Receipt<'_>, reason: &serde_json::Error) {
        warn!(error.message = %reason, "a message in the queue is no job; it goes to the dead letters");
        let reason = format!("The message is no job: {reason}.");
        if let Err(error) = self.bury_receipt(receipt, &reason).await {
            // It comes again when its lease ends, and the queue's own redrive policy has the last word.
            error!(error.message = %error, "a message that is no job could not be moved to the dead letters");
        }
    }

    /// Sets a message's visibility timeout. False: its lease has ended.
    async fn set_lease(&self, handle: &str, lease: Duration) -> Result<bool, PortError> {
        let changed = self
            .client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(handle)
            .visibility_timeout(whole_seconds(lease))
            .send()
            .await;
        match changed {
            Ok(_) => Ok(true),
            Err(error) if has_code(&error, LEASE_ENDED) => Ok(false),
            Err(error) => Err(failed(
                WHAT,
                format_args!("sqs:ChangeMessageVisibility in {}", self.url),
            )(error)),
        }
    }

    async fn delete(&self, url: &str, handle: &str) -> Result<(), PortError> {
        let deleted = self
            .client
            .delete_message()
            .queue_url(url)
            .receipt_handle(handle)
            .send()
            .await;
        match deleted {
            Ok(_) => Ok(()),
            Err(error) if has_code(&error, LEASE_ENDED) => Ok(()),
            Err(error) => Err(failed(WHAT, format_args!("sqs:DeleteMessage in {url}"))(error)),
        }
    }

    async fn counts(&self, url: &str) -> Result<Counts, PortError> {
        const WAITING: QueueAttributeName = QueueAttributeName::ApproximateNumberOfMessages;
        const DELAYED: QueueAttributeName = QueueAttributeName::ApproximateNumberOfMessagesDelayed;
        const LEASED: QueueAttributeName = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let found = self
            .client
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(WAITING)
            .attribute_names(DELAYED)
            .attribute_names(LEASED)
            .send()
            .await
            .map_err(failed(WHAT, format_args!("sqs:GetQueueAttributes of {url}")))?;
        let attributes: HashMap<_, _> = found.attributes.unwrap_or_default();
        let count = |name| -> u64 {
            let text: Option<&String> = attributes.get(&name);
            text.and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        Ok(Counts {
            waiting: count(WAITING) + count(DELAYED),
            leased: count(LEASED),
        })
    }
}

struct Counts {
    waiting: u64,
    leased: u64,
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, jobs: &[Envelope]) -> Result<(), PortError> {
        let mut batch = Vec::new();
        let mut batch_bytes = 0;
        for envelope in jobs {
            let body = body_of(envelope)?;
            if batch.len() == BATCH || batch_bytes + body.len() > BATCH_BYTES {
                self.send_batch(&batch).await?;
                batch.clear();
                batch_bytes = 0;
            }
            batch_bytes += body.len();
            batch.push((body, envelope));
        }
        if batch.is_empty() {
            return Ok(());
        }
        self.send_batch(&batch).await
    }

    /// Waits in whole seconds, at most 20. It may be dropped: SQS may give jobs to a poll that nobody waits for any more,
    /// so it goes on by itself, and what it gets is given back at once.
    async fn receive(
        &self,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> Result<Vec<ReceivedJob>, PortError> {
        let (answer, answered) = oneshot::channel();
        let queue = self.clone();
        tokio::spawn(async move {
            let polled = queue.poll_all(max, lease, wait).await;
            if let Err(Ok(jobs)) = answer.send(polled) {
                queue.give_all_back(&jobs).await;
            }
        });
        answered.await.map_err(PortError::unavailable(WHAT))?
    }

    async fn extend(&self, receipt: &str, lease: Duration) -> Result<bool, PortError> {
        self.set_lease(Receipt::read(receipt)?.handle, lease).await
    }

    async fn complete(&self, receipt: &str) -> Result<(), PortError> {
        self.delete(&self.url, Receipt::read(receipt)?.handle).await
    }

    async fn give_back(&self, receipt: &str, delay: Duration) -> Result<(), PortError> {
        self.set_lease(Receipt::read(receipt)?.handle, delay)
            .await
            .map(drop)
    }

    async fn bury(&self, receipt: &str, reason: &str) -> Result<(), PortError> {
        self.bury_receipt(&Receipt::read(receipt)?, reason).await
    }

    async fn strays(&self, limit: usize) -> Result<Vec<Stray>, PortError> {
        self.dead_letters(limit).await
    }

    async fn forget_dead(&self, ids: &[JobId]) -> Result<(), PortError> {
        self.forget_dead_letters(ids).await
    }

    /// Approximate, as SQS says; a job that was given back with a delay counts as leased until it has passed.
    async fn depth(&self) -> Result<QueueDepth, PortError> {
        let (line, dead) =
            futures::future::try_join(self.counts(&self.url), self.counts(&self.dead_letter_url)).await?;
        Ok(QueueDepth {
            waiting: line.waiting,
            leased: line.leased,
            dead: dead.waiting + dead.leased,
        })
    }
}

impl SqsQueue {
    /// As many looks as `max` jobs need; only the first one waits.
    async fn poll_all(
        &self,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> Result<Vec<ReceivedJob>, PortError> {
        let mut jobs = self.poll(max, lease, wait).await?;
        while !jobs.is_empty() && jobs.len() < max {
            match self.poll(max - jobs.len(), lease, Duration::ZERO).await {
                Ok(more) if more.is_empty() => break,
                Ok(more) => jobs.extend(more),
                Err(error) => {
                    // Those that are here are leased: they are not left lying.
                    warn!(error.message = %error, "the queue gave some jobs and then failed");
                    break;
                }
            }
        }
        Ok(jobs)
    }

    async fn give_all_back(&self, jobs: &[ReceivedJob]) {
        for job in jobs {
            if let Err(error) = self.give_back(&job.receipt, Duration::ZERO).await {
                warn!(job.id = %job.envelope.id, error.message = %error,
                    "a job that nobody waited for could not be given back: it is free when its lease ends");
            }
        }
    }
}

fn body_of(envelope: &Envelope) -> Result<String, PortError> {
    let refused = |detail: String| PortError::corrupt("a job on its way to the queue", detail);
    let body = serde_json::to_string(envelope).map_err(|error| refused(error.to_string()))?;
    if body.len() > BATCH_BYTES {
        let (kind, size) = (&envelope.kind, body.len());
        return Err(refused(format!(
            "its envelope ({kind}) has {size} bytes, and SQS takes at most {BATCH_BYTES}"
        )));
    }
    Ok(body)
}

fn entry(index: usize, body: &str, envelope: &Envelope) -> Result<SendMessageBatchRequestEntry, PortError> {
    let mut entry = SendMessageBatchRequestEntry::builder()
        .id(index.to_string())
        .message_body(body);
    let header = envelope
        .traceparent
        .as_deref()
        .and_then(TraceContext::from_traceparent)
        .map(|context| context.xray_header());
    if let Some(header) = header {
        let value = MessageSystemAttributeValue::builder()
            .data_type("String")
            .string_value(header)
            .build()
            .map_err(PortError::unavailable(WHAT))?;
        entry = entry.message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, value);
    }
    entry.build().map_err(PortError::unavailable(WHAT))
}

/// The entries that SQS failed to store by a fault of its own; a fault of ours ends the sending.
fn still_to_send(refused: &[BatchResultErrorEntry]) -> Result<Vec<usize>, PortError> {
    let mut left = Vec::new();
    for entry in refused {
        if entry.sender_fault() {
            let message = entry.message().unwrap_or_default();
            return Err(unavailable(
                WHAT,
                format_args!("a job was refused: {}: {message}", entry.code()),
            ));
        }
        left.extend(entry.id().parse::<usize>().ok());
    }
    Ok(left)
}

fn receive_count(message: &Message) -> u32 {
    message
        .attributes()
        .and_then(|attributes| attributes.get(&MessageSystemAttributeName::ApproximateReceiveCount))
        .and_then(|count| count.parse().ok())
        .unwrap_or(1)
}

/// SQS counts in seconds: rounded up, so that a lease is never shorter than it was asked for.
fn whole_seconds(duration: Duration) -> i32 {
    let seconds = duration.min(LONGEST_LEASE).as_millis().div_ceil(1_000);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use domain::Job;
    use jiff::Timestamp;

    use super::*;

    fn refused(id: &str, sender_fault: bool) -> BatchResultErrorEntry {
        BatchResultErrorEntry::builder()
            .id(id)
            .code("InternalError")
            .sender_fault(sender_fault)
            .build()
            .unwrap()
    }

    #[test]
    fn what_sqs_failed_to_store_is_sent_again_and_what_it_refused_is_not() {
        assert_eq!(
            still_to_send(&[refused("3", false), refused("7", false)]).unwrap(),
            [3, 7]
        );
        assert!(still_to_send(&[refused("3", false), refused("7", true)]).is_err());
    }

    #[test]
    fn an_envelope_that_sqs_would_not_take_is_refused_before_it_is_sent() {
        let id = JobId::new(Timestamp::UNIX_EPOCH, [1; 10]);
        let mut envelope = Job::PublishPresets.into_envelope(id, None);
        assert!(body_of(&envelope).is_ok());
        envelope.body = serde_json::json!({ "note": "x".repeat(BATCH_BYTES) });
        let error = body_of(&envelope).unwrap_err().to_string();
        assert!(
            error.contains("presets.publish") && error.contains("262144"),
            "{error}"
        );
    }

    #[test]
    fn a_lease_is_never_shorter_than_it_was_asked_for() {
        let seconds = |ms| whole_seconds(Duration::from_millis(ms));
        assert_eq!(
            (seconds(0), seconds(1), seconds(2_000), seconds(2_001)),
            (0, 1, 2, 3)
        );
        assert_eq!(whole_seconds(Duration::MAX), 43_200);
    }
}
