//! The dead-letter queue: what workers bury there with a reason, and what SQS moves there by itself.
//!
//! SQS shows a message only by leasing it. A walk leases what it sees for longer than it takes, and frees it at its end; two
//! walks at once see different letters, and each may miss some.

use std::{collections::HashSet, time::Duration};

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message, MessageAttributeValue, MessageSystemAttributeName,
};
use domain::{Envelope, JobId};
use ports::{PortError, Stray};
use tracing::warn;

use super::{BATCH, SqsQueue, WHAT, receipt::Receipt, receive_count, whole_seconds};
use crate::failure::failed;

/// How long a walk holds what it has seen.
const WALK_LEASE: Duration = Duration::from_secs(120);

/// How long a walk waits for a letter: one second asks all of SQS's machines, and none asks some of them.
const WALK_WAIT: Duration = Duration::from_secs(1);

/// How many letters a walk sees at most.
const LONGEST_WALK: usize = 1_000;

/// How long a job is held while it is moved to the dead letters.
const BURIAL: Duration = Duration::from_secs(30);

/// A message attribute may be long; a reason is read by people.
const LONGEST_REASON: usize = 1_000;

impl SqsQueue {
    /// Sends the message to the dead letters, then deletes it: a crash between the two leaves it in both, and the next worker
    /// buries it again under the same id.
    pub(super) async fn bury_receipt(&self, receipt: &Receipt<'_>, reason: &str) -> Result<(), PortError> {
        if !self.set_lease(receipt.handle, BURIAL).await? {
            return Ok(());
        }
        self.client
            .send_message()
            .queue_url(&self.dead_letter_url)
            .message_body(receipt.body)
            .message_attributes("reason", text(&readable(reason))?)
            .message_attributes("attempts", text(&receipt.attempt.to_string())?)
            .send()
            .await
            .map_err(failed(
                WHAT,
                format_args!("sqs:SendMessage to {}", self.dead_letter_url),
            ))?;
        self.delete(&self.url, receipt.handle).await
    }

    pub(super) async fn dead_letters(&self, limit: usize) -> Result<Vec<Stray>, PortError> {
        let mut seen = HashSet::new();
        let mut strays = Vec::new();
        let mut held = Vec::new();
        let walked = self
            .walk(limit.min(LONGEST_WALK), &mut held, |letter| {
                if seen.insert(letter.envelope.id) {
                    strays.push(Stray {
                        envelope: letter.envelope,
                        attempts: letter.attempts,
                    });
                }
                Keep::Yes
            })
            .await;
        self.free(&held).await;
        walked.map(|()| strays)
    }

    pub(super) async fn forget_dead_letters(&self, ids: &[JobId]) -> Result<(), PortError> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids: HashSet<JobId> = ids.iter().copied().collect();
        let mut held = Vec::new();
        let walked = self
            .walk(LONGEST_WALK, &mut held, |letter| {
                if ids.contains(&letter.envelope.id) {
                    Keep::No
                } else {
                    Keep::Yes
                }
            })
            .await;
        self.free(&held).await;
        walked
    }

    /// Shows letters to `look`, at most `limit`; those that are kept are held, and have to be freed.
    async fn walk(
        &self,
        limit: usize,
        held: &mut Vec<String>,
        mut look: impl FnMut(Letter) -> Keep + Send,
    ) -> Result<(), PortError> {
        let mut seen = 0;
        while seen < limit {
            let messages = self.dead_messages((limit - seen).min(BATCH)).await?;
            if messages.is_empty() {
                break;
            }
            seen += messages.len();
            for message in messages {
                let Some(handle) = message.receipt_handle.clone() else {
                    continue;
                };
                match letter(&message).map_or(Keep::Yes, &mut look) {
                    Keep::Yes => held.push(handle),
                    Keep::No => self.delete(&self.dead_letter_url, &handle).await?,
                }
            }
        }
        Ok(())
    }

    async fn dead_messages(&self, max: usize) -> Result<Vec<Message>, PortError> {
        let received = self
            .client
            .receive_message()
            .queue_url(&self.dead_letter_url)
            .max_number_of_messages(max as i32)
            .visibility_timeout(whole_seconds(WALK_LEASE))
            .wait_time_seconds(whole_seconds(WALK_WAIT))
            .message_attribute_names("attempts")
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .send()
            .await
            .map_err(failed(
                WHAT,
                format_args!("sqs:ReceiveMessage from {}", self.dead_letter_url),
            ))?;
        Ok(received.messages.unwrap_or_default())
    }

    /// Lets others see what a walk held. What cannot be freed is free when the walk's lease ends.
    async fn free(&self, held: &[String]) {
        for handles in held.chunks(BATCH) {
            let entries = handles.iter().enumerate().filter_map(|(index, handle)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(handle)
                    .visibility_timeout(0)
                    .build()
                    .ok()
            });
            let request = self
                .client
                .change_message_visibility_batch()
                .queue_url(&self.dead_letter_url)
                .set_entries(Some(entries.collect()));
            if let Err(error) = request.send().await {
                let error = failed(
                    WHAT,
                    format_args!("sqs:ChangeMessageVisibility in {}", self.dead_letter_url),
                )(error);
                warn!(error.message = %error, "dead letters stay hidden for two minutes");
            }
        }
    }
}

enum Keep {
    Yes,
    No,
}

struct Letter {
    envelope: Envelope,
    attempts: u32,
}

/// The job in a letter; none in what no worker could read, which people look at elsewhere.
fn letter(message: &Message) -> Option<Letter> {
    let envelope = serde_json::from_str(message.body()?).ok()?;
    let told = message
        .message_attributes()
        .and_then(|attributes| attributes.get("attempts"))
        .and_then(MessageAttributeValue::string_value)
        .and_then(|count| count.parse().ok());
    Some(Letter {
        envelope,
        // What SQS moved by itself bears no such word, and its count goes on here.
        attempts: told.unwrap_or_else(|| receive_count(message).saturating_sub(1)),
    })
}

fn text(value: &str) -> Result<MessageAttributeValue, PortError> {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value)
        .build()
        .map_err(PortError::unavailable(WHAT))
}

/// A reason in the characters that SQS takes, and in bounds; an empty value would be refused.
fn readable(reason: &str) -> String {
    let reason: String = reason
        .chars()
        .map(|c| {
            if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') {
                ' '
            } else {
                c
            }
        })
        .take(LONGEST_REASON)
        .collect();
    if reason.trim().is_empty() {
        "No reason was given.".to_owned()
    } else {
        reason
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_that_sqs_takes() {
        assert_eq!(readable("it was\u{0} cursed\n"), "it was  cursed ");
        assert_eq!(readable(""), "No reason was given.");
        assert_eq!(readable(&"x".repeat(5_000)).len(), LONGEST_REASON);
    }
}
