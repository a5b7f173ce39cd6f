//! Adding, changing and trying webhooks: for the routes, and for `tintype webhook`.

use domain::{EventId, EventKind, Webhook, WebhookId, WebhookPost, WebhookSecret, WebhookState};
use ports::{
    AddressRefused, Catalog, Clock, Entropy, PortError, PostAnswer, PostFailed, Stored, WebhookPoster,
    random_bytes,
};

/// How many webhooks there may be: each event becomes a message for every one of them.
pub(crate) const MAX_WEBHOOKS: usize = 50;

/// How often a change is tried against others before it is given up: each round means that another one succeeded.
const MAX_ATTEMPTS: u32 = 16;

/// As many bytes as the hash has (RFC 2104, section 3); Standard Webhooks asks for 24 to 64.
const SECRET_BYTES: usize = 32;

/// The webhook was not stored.
#[derive(Debug, thiserror::Error)]
pub enum WebhookRefused {
    /// Nothing would be posted there.
    #[error("the address {0}")]
    Address(#[from] AddressRefused),
    /// There are no such events. Reads after the field's name.
    #[error("must hold kinds of events, and {0:?} is none: they are {all}", all = all_kinds())]
    Kind(String),
    /// There is no such state. Reads after the field's name.
    #[error("must be enabled or disabled, and is {0:?}")]
    State(String),
    /// There is no room for a new one.
    #[error("There are {MAX_WEBHOOKS} webhooks, which is as many as there may be: remove one first.")]
    Full,
    /// There is none of this id.
    #[error("There is no webhook {0}.")]
    Missing(WebhookId),
    /// Somebody else was faster.
    #[error("This webhook has changed meanwhile: it is at version {now} now. Look at it again.")]
    Changed {
        /// The version that it has.
        now: u64,
    },
    /// The catalog failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

fn all_kinds() -> String {
    let names: Vec<&str> = EventKind::ALL.iter().map(EventKind::name).collect();
    names.join(", ")
}

/// What a webhook is to be from now on; what is none stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookChange {
    /// Where messages are posted.
    pub url: Option<String>,
    /// Of which events, by their names.
    pub kinds: Option<Vec<String>>,
    /// Whether it is told.
    pub state: Option<WebhookState>,
    /// The version that it must have.
    pub expected: Option<u64>,
}

/// What a test came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// What was answered, or why nothing was.
    pub answer: Result<PostAnswer, PostFailed>,
    /// How long that took.
    pub duration_ms: u64,
}

impl Trial {
    /// Whether the receiver took the message.
    pub fn is_taken(&self) -> bool {
        matches!(
            self.answer,
            Ok(PostAnswer {
                status: 200..=299,
                ..
            })
        )
    }

    /// Why it did not.
    pub fn reason(&self) -> Option<String> {
        match &self.answer {
            _ if self.is_taken() => None,
            Ok(PostAnswer {
                status: status @ 300..=399,
                ..
            }) => Some(format!(
                "It answered {status}: redirects are not followed, so give the webhook its new address."
            )),
            Ok(PostAnswer { status, .. }) => Some(format!(
                "It answered {status}, and 200 to 299 are taken as a yes."
            )),
            Err(PostFailed(why)) => Some(why.clone()),
        }
    }
}

/// Stores a new webhook with a secret of its own.
///
/// # Errors
/// As [`WebhookRefused`] says.
pub async fn add_webhook(
    catalog: &dyn Catalog,
    poster: &dyn WebhookPoster,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    url: &str,
    kinds: &[String],
) -> Result<Webhook, WebhookRefused> {
    poster.check(url)?;
    let kinds = read_kinds(kinds)?;
    if catalog.webhooks().await?.len() >= MAX_WEBHOOKS {
        return Err(WebhookRefused::Full);
    }
    let now = clock.now();
    let webhook = Webhook {
        id: WebhookId::new(now, random_bytes(entropy)),
        version: 1,
        url: url.to_owned(),
        kinds,
        secret: WebhookSecret::from_bytes(random_bytes::<SECRET_BYTES>(entropy).to_vec()),
        state: WebhookState::Enabled,
        failing_since: None,
        last_error: None,
        delivered_at: None,
        created_at: now,
        updated_at: now,
    };
    catalog.add_webhook(&webhook).await?;
    Ok(webhook)
}

/// Changes a webhook. Enabled anew, it starts without what was said of it before.
///
/// # Errors
/// As [`WebhookRefused`] says.
pub async fn change_webhook(
    catalog: &dyn Catalog,
    poster: &dyn WebhookPoster,
    clock: &dyn Clock,
    id: WebhookId,
    change: &WebhookChange,
) -> Result<Webhook, WebhookRefused> {
    if let Some(url) = &change.url {
        poster.check(url)?;
    }
    let kinds = change.kinds.as_deref().map(read_kinds).transpose()?;
    for _ in 0..MAX_ATTEMPTS {
        let webhook = catalog.webhook(id).await?.ok_or(WebhookRefused::Missing(id))?;
        if change
            .expected
            .is_some_and(|expected| expected != webhook.version)
        {
            return Err(WebhookRefused::Changed { now: webhook.version });
        }
        let mut changed = webhook.clone();
        changed.url = change.url.clone().unwrap_or(changed.url);
        changed.kinds = kinds.clone().unwrap_or(changed.kinds);
        changed.state = change.state.unwrap_or(changed.state);
        let is_new_start = changed.url != webhook.url || changed.state != webhook.state;
        if is_new_start {
            (changed.failing_since, changed.last_error) = (None, None);
        }
        if changed == webhook {
            return Ok(webhook);
        }
        changed.version += 1;
        changed.updated_at = clock.now();
        if catalog.store_webhook(&changed).await? == Stored::Yes {
            return Ok(changed);
        }
    }
    Err(PortError::unavailable("the webhook")("others kept changing it").into())
}

/// Posts a message that says nothing, and waits for what the receiver says to it. Disabled ones are tried, too.
pub async fn try_webhook(
    poster: &dyn WebhookPoster,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    webhook: &Webhook,
) -> Trial {
    let started = clock.now();
    let id = EventId::new(started, random_bytes(entropy));
    let answer = poster.post(&WebhookPost::test(webhook, id, started)).await;
    let duration_ms = clock.now().duration_since(started).as_millis();
    Trial {
        answer,
        duration_ms: u64::try_from(duration_ms).unwrap_or_default(),
    }
}

fn read_kinds(names: &[String]) -> Result<Vec<EventKind>, WebhookRefused> {
    let mut kinds = Vec::new();
    for name in names {
        let kind = name
            .parse()
            .map_err(|()| WebhookRefused::Kind(name.chars().take(64).collect()))?;
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    Ok(kinds)
}
