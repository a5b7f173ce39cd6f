//! `GET /api/v1/events`: what happens, as server-sent events that go on where a browser was.

use std::{convert::Infallible, sync::Arc, time::Duration};

use api_types::EventResource;
use axum::{
    extract::State,
    http::HeaderMap,
    response::sse::{Event as SseEvent, KeepAlive, Sse},
};
use domain::{Event, Scope};
use futures::{Stream, StreamExt, stream};
use http_kit::QueryParameters;
use ports::{Catalog, EventSignal, PortError};
use serde::Deserialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{Api, caller::Caller, error::ApiError, resources};

/// How often the log is read where nothing wakes the feed, as where the relay runs in another process.
const POLL: Duration = Duration::from_millis(500);

/// How many events one read of the log takes.
const BATCH: u32 = 100;

/// Proxies close connections that are silent for a minute or so.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long a browser waits before it connects again.
const RECONNECT: Duration = Duration::from_secs(1);

/// Tells every open stream of this process how far the log of events goes: one reader, however many browsers.
#[derive(Clone)]
pub struct EventFeed {
    last_sequence: Arc<watch::Sender<u64>>,
}

impl Default for EventFeed {
    fn default() -> Self {
        Self::new()
    }
}

impl EventFeed {
    /// A feed that has not been told of anything.
    pub fn new() -> Self {
        Self {
            last_sequence: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Follows the log until `stopping`.
    pub async fn run(&self, catalog: &dyn Catalog, signal: &dyn EventSignal, stopping: CancellationToken) {
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                () = signal.changed(POLL) => {}
            }
            if self.last_sequence.receiver_count() == 0 {
                continue;
            }
            match catalog.last_sequence().await {
                Ok(last) => {
                    self.last_sequence
                        .send_if_modified(|known| std::mem::replace(known, last) != last);
                }
                Err(error) => tracing::warn!(error.message = %error, "the log of events could not be read"),
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsQuery {
    after: Option<u64>,
}

pub(crate) async fn listen(
    State(api): State<Api>,
    caller: Caller,
    QueryParameters(query): QueryParameters<EventsQuery>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<SseEvent, Infallible>>>, ApiError> {
    caller.require(Scope::Read)?;
    let told = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let last = api.catalog.last_sequence().await?;
    // A sequence from the future is another catalog's: it was restored from a backup, say.
    let position = told.or(query.after).unwrap_or(last).min(last);
    let listener = Listener {
        position,
        changes: api.feed.last_sequence.subscribe(),
        api,
    };
    let greeting = stream::once(async { Ok(SseEvent::default().retry(RECONNECT).comment("listening")) });
    let events = stream::unfold(listener, Listener::next).flat_map(stream::iter);
    Ok(Sse::new(greeting.chain(events)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

struct Listener {
    api: Api,
    position: u64,
    changes: watch::Receiver<u64>,
}

impl Listener {
    /// The next events; none ends the stream: the service stops, or the catalog is away and the browser will ask again.
    async fn next(mut self) -> Option<(Vec<Result<SseEvent, Infallible>>, Self)> {
        loop {
            // What is in the log now is seen below; what comes later is a change.
            self.changes.mark_unchanged();
            let events = self.read().await.inspect_err(|error| {
                tracing::warn!(error.message = %error, "a stream of events ends: the catalog cannot be read");
            });
            let events = events.ok()?;
            if !events.is_empty() {
                return Some((events, self));
            }
            let stopping = self.api.stopping.clone();
            tokio::select! {
                () = stopping.cancelled() => return None,
                changed = self.changes.changed() => changed.ok()?,
            }
        }
    }

    async fn read(&mut self) -> Result<Vec<Result<SseEvent, Infallible>>, PortError> {
        let events = self.api.catalog.events_after(self.position, BATCH).await?;
        let mut told = Vec::with_capacity(events.len());
        for event in events {
            self.position = event.sequence;
            told.push(Ok(self.tell(event).await?));
        }
        Ok(told)
    }

    async fn tell(&self, event: Event) -> Result<SseEvent, PortError> {
        let image = self
            .api
            .catalog
            .image(event.image_id)
            .await?
            .filter(|image| !image.deleting);
        let resource = EventResource {
            sequence: event.sequence,
            kind: event.kind,
            image_id: event.image_id,
            at: event.at,
            image: image.as_ref().map(resources::summary),
        };
        let sse = SseEvent::default()
            .id(event.sequence.to_string())
            .event(event.kind.name());
        sse.json_data(resource)
            .map_err(|error| PortError::corrupt("the log of events", error.to_string()))
    }
}
