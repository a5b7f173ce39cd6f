//! `/webhooks`: addresses of others that are told of what happens, for administrators. One page; each form of it comes back
//! to it, with what came of it.

use std::collections::BTreeMap;

use api_client::ClientError;
use api_types::{AddWebhookRequest, ChangeWebhookRequest, Problem, WebhookResource, WebhookTrial};
use askama::Template;
use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use domain::{EventKind, WebhookId, WebhookState};
use serde::Deserialize;

use super::presets::is_about_the_form;
use crate::{
    caller::Caller,
    error::PageError,
    extract::{PageForm, PageQuery},
    page::{Section, Shell, page, see_other},
    words::field_problem,
};

/// What the name of a checkbox for a kind of events begins with.
const KIND_FIELD: &str = "kind:";

/// What the address may ask for.
#[derive(Default, Deserialize)]
pub(crate) struct WebhooksQuery {
    /// `enabled`, `disabled` or `removed`.
    notice: Option<String>,
}

/// What the page has to say besides the webhooks.
#[derive(Default)]
struct Said {
    notice: Option<&'static str>,
    error: Option<String>,
    /// The address that was typed, and the kinds that were chosen.
    url: String,
    kinds: Vec<String>,
    /// The secret of a webhook that was added a moment ago.
    secret: Option<(WebhookId, String)>,
    trial: Option<(WebhookId, WebhookTrial)>,
}

#[derive(Template)]
#[template(path = "webhooks.html")]
struct WebhooksPage<'a> {
    shell: Shell,
    webhooks: &'a [WebhookResource],
    said: Said,
}

impl WebhooksPage<'_> {
    fn kinds(&self) -> [EventKind; 8] {
        EventKind::ALL
    }

    fn is_chosen(&self, kind: &EventKind) -> bool {
        self.said.kinds.iter().any(|chosen| chosen == kind.name())
    }

    fn is_enabled(&self, webhook: &WebhookResource) -> bool {
        webhook.state == WebhookState::Enabled
    }

    fn secret(&self, webhook: &WebhookResource) -> Option<&str> {
        let (id, secret) = self.said.secret.as_ref()?;
        (*id == webhook.id).then_some(secret)
    }

    fn trial(&self, webhook: &WebhookResource) -> Option<&WebhookTrial> {
        let (id, trial) = self.said.trial.as_ref()?;
        (*id == webhook.id).then_some(trial)
    }
}

/// `GET /webhooks`.
pub(crate) async fn show(
    caller: Caller,
    PageQuery(query): PageQuery<WebhooksQuery>,
) -> Result<Response, PageError> {
    let notice = match query.notice.as_deref() {
        Some("enabled") => Some("Enabled. It is told of what happens from now on."),
        Some("disabled") => Some("Disabled. Messages that waited for it are forgotten."),
        Some("removed") => Some("Removed."),
        _ => None,
    };
    let said = Said {
        notice,
        ..Said::default()
    };
    render(StatusCode::OK, &caller, said).await
}

/// `POST /webhooks`: a new one. The page that answers has its secret, which is shown this once.
pub(crate) async fn add(
    caller: Caller,
    PageForm(input): PageForm<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let url = input.get("url").map_or("", |url| url.trim()).to_owned();
    let kinds: Vec<String> = input
        .keys()
        .filter_map(|name| name.strip_prefix(KIND_FIELD))
        .map(str::to_owned)
        .collect();
    let request = AddWebhookRequest { url, kinds };
    match caller.api.add_webhook(&request).await {
        Ok(added) => {
            let said = Said {
                secret: Some((added.webhook.id, added.secret)),
                ..Said::default()
            };
            let mut response = render(StatusCode::CREATED, &caller, said).await?;
            let no_store = HeaderValue::from_static("no-store");
            response.headers_mut().insert(header::CACHE_CONTROL, no_store);
            Ok(response)
        }
        Err(ClientError::Problem(problem)) if is_about_the_form(&ClientError::Problem(problem.clone())) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
            let said = Said {
                error: Some(words(&problem)),
                url: request.url,
                kinds: request.kinds,
                ..Said::default()
            };
            render(status, &caller, said).await
        }
        Err(error) => Err(error.into()),
    }
}

fn words(problem: &Problem) -> String {
    match problem.errors.first() {
        Some(error) if error.pointer == "/url" => field_problem("The address", &error.detail),
        Some(error) => field_problem("The events", &error.detail),
        None => problem.detail.clone(),
    }
}

/// `POST /webhooks/{id}/test`: posts a message, and shows what came of it.
pub(crate) async fn test(caller: Caller, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = parse_id(&id)?;
    let trial = caller.api.test_webhook(id).await?;
    let said = Said {
        trial: Some((id, trial)),
        ..Said::default()
    };
    render(StatusCode::OK, &caller, said).await
}

/// Which of the two buttons it was.
#[derive(Deserialize)]
pub(crate) struct StateInput {
    state: WebhookState,
}

/// `POST /webhooks/{id}/state`.
pub(crate) async fn set_state(
    caller: Caller,
    Path(id): Path<String>,
    PageForm(input): PageForm<StateInput>,
) -> Result<Response, PageError> {
    let request = ChangeWebhookRequest {
        state: Some(input.state.to_string()),
        ..ChangeWebhookRequest::default()
    };
    caller.api.change_webhook(parse_id(&id)?, &request).await?;
    Ok(see_other(&format!("/webhooks?notice={}", input.state)))
}

/// `POST /webhooks/{id}/remove`. The page asks before it shows the button.
pub(crate) async fn remove(caller: Caller, Path(id): Path<String>) -> Result<Response, PageError> {
    match caller.api.remove_webhook(parse_id(&id)?).await {
        Ok(()) => Ok(see_other("/webhooks?notice=removed")),
        Err(error) if error.code() == Some("webhook-not-found") => Ok(see_other("/webhooks?notice=removed")),
        Err(error) => Err(error.into()),
    }
}

fn parse_id(id: &str) -> Result<WebhookId, PageError> {
    id.parse().map_err(|_| PageError::NotFound)
}

async fn render(status: StatusCode, caller: &Caller, said: Said) -> Result<Response, PageError> {
    let (person, webhooks) = tokio::join!(caller.person(), caller.api.webhooks());
    let template = WebhooksPage {
        shell: Shell::of(person?, Section::Webhooks),
        webhooks: &webhooks?,
        said,
    };
    page(status, &template)
}
