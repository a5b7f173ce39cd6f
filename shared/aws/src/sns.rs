//! Events out, by an SNS topic.

use async_trait::async_trait;
use aws_sdk_sns::{Client, types::MessageAttributeValue};
use domain::Event;
use ports::{Notifier, PortError};

use crate::{AwsContext, failure::failed};

const WHAT: &str = "the events' topic";

/// Tells events to a topic: the event as JSON, with the attributes `kind` (such as `image.ready`) and `image_id`, by which a
/// subscription's filter policy can choose.
#[derive(Clone)]
pub struct SnsNotifier {
    client: Client,
    topic: String,
}

impl SnsNotifier {
    /// The topic of this ARN.
    pub fn new(context: &AwsContext, topic: impl Into<String>) -> Self {
        Self {
            client: context.sns(),
            topic: topic.into(),
        }
    }
}

#[async_trait]
impl Notifier for SnsNotifier {
    async fn publish(&self, event: &Event) -> Result<(), PortError> {
        let message = serde_json::to_string(event)
            .map_err(|error| PortError::corrupt("an event", error.to_string()))?;
        self.client
            .publish()
            .topic_arn(&self.topic)
            .message(message)
            .message_attributes("kind", attribute(event.kind.name())?)
            .message_attributes("image_id", attribute(&event.image_id.to_string())?)
            .send()
            .await
            .map(drop)
            .map_err(failed(WHAT, format_args!("sns:Publish to {}", self.topic)))
    }
}

fn attribute(value: &str) -> Result<MessageAttributeValue, PortError> {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value)
        .build()
        .map_err(PortError::unavailable(WHAT))
}
