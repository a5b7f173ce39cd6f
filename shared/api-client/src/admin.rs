//! The calls for administrators: webhooks and dead letters.

use api_types::{
    AddWebhookRequest, AddedWebhook, ChangeWebhookRequest, DeadLetterList, DismissRequest, Dismissed,
    RedriveRequest, Redriven, WebhookList, WebhookResource, WebhookTrial,
};
use axum::{body::Body, http::Method};
use domain::WebhookId;

use crate::{ApiClient, ClientError};

impl ApiClient {
    /// Every webhook, oldest first.
    pub async fn webhooks(&self) -> Result<Vec<WebhookResource>, ClientError> {
        let list: WebhookList = self
            .call(Method::GET, "/api/v1/webhooks".into(), Body::empty(), None)
            .await?;
        Ok(list.webhooks)
    }

    /// Adds a webhook; the answer has its secret, this once.
    pub async fn add_webhook(&self, request: &AddWebhookRequest) -> Result<AddedWebhook, ClientError> {
        self.call_json(Method::POST, "/api/v1/webhooks".into(), request)
            .await
    }

    /// One webhook; none where there is no such webhook.
    pub async fn webhook(&self, id: WebhookId) -> Result<Option<WebhookResource>, ClientError> {
        match self
            .call(Method::GET, format!("/api/v1/webhooks/{id}"), Body::empty(), None)
            .await
        {
            Ok(webhook) => Ok(Some(webhook)),
            Err(error) if error.code() == Some("webhook-not-found") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Changes a webhook.
    pub async fn change_webhook(
        &self,
        id: WebhookId,
        request: &ChangeWebhookRequest,
    ) -> Result<WebhookResource, ClientError> {
        self.call_json(Method::PATCH, format!("/api/v1/webhooks/{id}"), request)
            .await
    }

    /// Removes a webhook.
    pub async fn remove_webhook(&self, id: WebhookId) -> Result<(), ClientError> {
        self.call_empty(Method::DELETE, format!("/api/v1/webhooks/{id}"))
            .await
    }

    /// Posts a message to a webhook to see whether it works.
    pub async fn test_webhook(&self, id: WebhookId) -> Result<WebhookTrial, ClientError> {
        self.call(
            Method::POST,
            format!("/api/v1/webhooks/{id}/test"),
            Body::empty(),
            None,
        )
        .await
    }

    /// The newest dead letters.
    pub async fn dead_letters(&self, limit: u32) -> Result<DeadLetterList, ClientError> {
        let path = format!("/api/v1/dead-letters?limit={limit}");
        self.call(Method::GET, path, Body::empty(), None).await
    }

    /// Has dead letters tried again.
    pub async fn redrive(&self, request: &RedriveRequest) -> Result<Redriven, ClientError> {
        self.call_json(Method::POST, "/api/v1/dead-letters/redrive".into(), request)
            .await
    }

    /// Removes dead letters; nobody does their jobs any more.
    pub async fn dismiss(&self, request: &DismissRequest) -> Result<Dismissed, ClientError> {
        self.call_json(Method::POST, "/api/v1/dead-letters/dismiss".into(), request)
            .await
    }
}
