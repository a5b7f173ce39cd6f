//! Tells a topic, for all who subscribe to it elsewhere, what the log has.
//!
//! It goes through the log by itself: a topic that is away, slow, or refuses an event keeps back what comes after, since a topic
//! hears events in their order, and nothing else. One worker at a time tells it, by a lease of its own. A crash repeats events and
//! loses none: they are marked after they were taken.

use std::{sync::Arc, time::Duration};

use ports::{Notifier, PortError};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{Worker, lease::Held};

const LEASE_NAME: &str = "topic";

/// Another worker takes over this long after the one who tells the topic fell silent: longer than one event may take, with what the
/// SDK repeats by itself.
const LEASE: Duration = Duration::from_secs(60);

/// How often it looks for events where nobody wakes it: the relay may be in another process.
const POLL: Duration = Duration::from_secs(1);

/// How long to wait after a failure; each pause is twice as long as the one before, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// How late it is noticed at most that the topic takes events again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How many events one pass takes.
const BATCH: u32 = 200;

/// One who tells the topic, or would.
pub(crate) struct Teller {
    worker: Worker,
    topic: Arc<dyn Notifier>,
    held: Held,
    stopping: CancellationToken,
}

impl Worker {
    /// Tells the topic, where there is one, until `stopping`.
    pub async fn run_topic(&self, stopping: CancellationToken) {
        let Some(mut teller) = self.teller(stopping.clone()) else {
            return;
        };
        let mut failed_pause = FIRST_PAUSE;
        while !stopping.is_cancelled() {
            let pause = match teller.turn().await {
                Ok(told) => {
                    failed_pause = FIRST_PAUSE;
                    if told.is_some_and(|told| told > 0) {
                        continue;
                    }
                    POLL
                }
                Err(error) => {
                    warn!(error.message = %error, "the topic is not told of an event; it is tried again, and later events wait");
                    let pause = failed_pause;
                    failed_pause = (failed_pause * 2).min(LONGEST_PAUSE);
                    pause
                }
            };
            // News is no reason to try a topic that fails.
            let is_well = failed_pause == FIRST_PAUSE;
            tokio::select! {
                () = stopping.cancelled() => {}
                () = self.clock.sleep(pause) => {}
                () = self.topic_due.notified(), if is_well => {}
            }
        }
        if let Err(error) = teller.end().await {
            warn!(error.message = %error, "the topic's lease could not be given back: it ends by itself");
        }
    }

    /// None where there is no topic.
    pub(crate) fn teller(&self, stopping: CancellationToken) -> Option<Teller> {
        Some(Teller {
            worker: self.clone(),
            topic: self.topic.clone()?,
            held: Held::new(self, LEASE_NAME, LEASE),
            stopping,
        })
    }
}

impl Teller {
    /// One pass, if the lease is held or can be had: how many events the topic took.
    ///
    /// # Errors
    /// When the topic does not take an event, or the catalog fails; what was taken before is marked.
    pub(crate) async fn turn(&mut self) -> Result<Option<usize>, PortError> {
        if !self.held.holds().await? {
            return Ok(None);
        }
        let catalog = &self.worker.catalog;
        let events = catalog.unpublished_events(BATCH).await?;
        let mut failed = None;
        let mut told = 0;
        for event in &events {
            // Many events may take longer than the lease.
            if !self.held.holds().await? {
                break;
            }
            // A topic that does not answer must not hold up a stop; the event is told again.
            let taken = tokio::select! {
                biased;
                taken = self.topic.publish(event) => taken,
                () = self.stopping.cancelled() => break,
            };
            if let Err(error) = taken {
                failed = Some(error);
                break;
            }
            told += 1;
        }
        if let Some(last) = events[..told].last() {
            catalog.mark_published(last.sequence).await?;
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(Some(told)),
        }
    }

    /// Gives the lease back.
    pub(crate) async fn end(&self) -> Result<(), PortError> {
        self.held.release().await
    }
}

#[cfg(test)]
mod tests {
    use domain::{Event, EventKind};
    use ports::OutboxCatalog;

    use super::*;
    use crate::testing::Scene;

    /// A topic that never answers.
    struct Silent;

    #[async_trait::async_trait]
    impl Notifier for Silent {
        async fn publish(&self, _event: &Event) -> Result<(), PortError> {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn what_the_topic_refuses_holds_up_later_events_there_and_no_webhook() {
        let scene = Scene::new().await;
        let id = scene.webhook("https://a.example.org/", &[]).await;
        for _ in 0..3 {
            scene.accepts(EventKind::Ready, false).await;
        }
        *scene.topic.refuses.lock().unwrap() = Some(2);
        let (mut relay, mut teller) = (
            scene.worker.relay(),
            scene.worker.teller(CancellationToken::new()).unwrap(),
        );
        assert_eq!(relay.turn().await.unwrap(), Some(3));
        for _ in 0..3 {
            assert!(teller.turn().await.is_err());
            assert_eq!(relay.turn().await.unwrap(), Some(0), "put down twice");
        }
        assert_eq!(
            *scene.topic.published.lock().unwrap(),
            [1],
            "told twice, or past the refused one"
        );
        assert_eq!(scene.worker.send_due_webhooks().await.unwrap(), 3);
        scene.accepts(EventKind::Ready, false).await;
        assert_eq!(relay.turn().await.unwrap(), Some(1));
        assert_eq!(scene.worker.send_due_webhooks().await.unwrap(), 1);

        // The worker is killed, and the next one goes on with what the topic lacks, and with nothing that the webhooks had.
        scene.pass(LEASE).await;
        let (mut relay, mut teller) = (
            scene.worker.relay(),
            scene.worker.teller(CancellationToken::new()).unwrap(),
        );
        assert_eq!(relay.turn().await.unwrap(), Some(0));
        *scene.topic.refuses.lock().unwrap() = None;
        assert_eq!(teller.turn().await.unwrap(), Some(3));
        assert_eq!(*scene.topic.published.lock().unwrap(), [1, 2, 3, 4]);
        assert_eq!(scene.waiting(id).await, 0);
        assert_eq!(scene.catalog.unpublished_events(10).await.unwrap(), []);
    }

    #[tokio::test]
    async fn one_worker_at_a_time_tells_the_topic() {
        let scene = Scene::new().await;
        let [mut first, mut second] = [
            scene.worker.teller(CancellationToken::new()).unwrap(),
            scene.worker.teller(CancellationToken::new()).unwrap(),
        ];
        assert_eq!(first.turn().await.unwrap(), Some(0));
        assert_eq!(second.turn().await.unwrap(), None);
        first.end().await.unwrap();
        assert_eq!(second.turn().await.unwrap(), Some(0));
    }

    #[tokio::test]
    async fn a_topic_that_does_not_answer_holds_up_no_stop() {
        let mut scene = Scene::new().await;
        scene.worker.topic = Some(Arc::new(Silent));
        scene.accepts(EventKind::Ready, false).await;
        scene.worker.relay().turn().await.unwrap();
        let stopping = CancellationToken::new();
        let mut teller = scene.worker.teller(stopping.clone()).unwrap();
        let (told, ()) = tokio::join!(teller.turn(), async { stopping.cancel() });
        assert_eq!(told.unwrap(), Some(0));
        assert_eq!(scene.catalog.unpublished_events(10).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn an_event_of_a_later_release_is_told_under_its_own_name() {
        let scene = Scene::new().await;
        let all = scene.webhook("https://all.example.org/", &[]).await;
        let some = scene
            .webhook("https://some.example.org/", &[EventKind::Ready])
            .await;
        let sung = EventKind::stored("image.sung").unwrap();
        let singer = scene.webhook("https://singer.example.org/", &[sung]).await;
        scene.accepts(sung, false).await;
        scene.accepts(EventKind::Ready, false).await;
        assert_eq!(scene.seen(singer).await.kinds, [sung]);
        let drained = scene.worker.drain().await.unwrap();
        assert_eq!(drained.posts, 4);
        assert_eq!(*scene.topic.published.lock().unwrap(), [1, 2]);
        let kinds: Vec<String> = scene
            .catalog
            .events_after(0, 10)
            .await
            .unwrap()
            .iter()
            .map(|event| event.kind.to_string())
            .collect();
        assert_eq!(kinds, ["image.sung", "image.ready"]);
        let body = &scene.receivers.posts("https://singer.example.org/")[0].body;
        assert!(String::from_utf8_lossy(body).contains(r#""type":"image.sung""#));
        for id in [all, some, singer] {
            assert_eq!(scene.waiting(id).await, 0);
        }
    }
}
