use std::sync::atomic::{AtomicU8, Ordering};

use futures::FutureExt;
use jiff::Timestamp;
use ports::suite::queue::SelfMovingClock;

use super::*;

/// Counts up: every reference is another.
#[derive(Default)]
struct Counted(AtomicU8);

impl Entropy for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

/// Refuses so many times, then takes everything.
#[derive(Default)]
struct FakeEdge {
    refusals: AtomicU8,
    asked: Mutex<Vec<(Vec<String>, String)>>,
    /// Asked for at the first refusal, as other jobs would.
    meanwhile: Mutex<Option<(Arc<CloudFrontPurger>, ImageId)>>,
    /// Held by a test that wants the second answer to wait.
    second: tokio::sync::Mutex<()>,
}

#[async_trait]
impl Edge for Arc<FakeEdge> {
    async fn invalidate(&self, paths: &[String], reference: &str) -> Result<(), PortError> {
        self.asked
            .lock()
            .unwrap()
            .push((paths.to_vec(), reference.to_owned()));
        let asked = self.asked.lock().unwrap().len();
        if asked == 2 {
            drop(self.second.lock().await);
        }
        if self.refusals.load(Ordering::Relaxed) == 0 {
            return Ok(());
        }
        self.refusals.fetch_sub(1, Ordering::Relaxed);
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some((purger, image)) = meanwhile {
            purger.purge(image).await.unwrap();
        }
        Err(PortError::unavailable(WHAT)("TooManyInvalidationsInProgress"))
    }
}

fn image(number: u8) -> ImageId {
    ImageId::new(Timestamp::UNIX_EPOCH, [number; 10])
}

fn purger(edge: &Arc<FakeEdge>) -> Arc<CloudFrontPurger> {
    let clock = Arc::new(SelfMovingClock::default());
    Arc::new(CloudFrontPurger::start_with(
        edge.clone(),
        clock,
        Arc::new(Counted::default()),
    ))
}

#[tokio::test]
async fn purges_of_one_moment_are_one_invalidation() {
    let edge = Arc::new(FakeEdge::default());
    let purger = purger(&edge);
    for number in [2, 1, 2] {
        purger.purge(image(number)).await.unwrap();
    }
    purger.flush().await;
    let asked = edge.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].0,
        [format!("/i/{}/*", image(1)), format!("/i/{}/*", image(2))]
    );
}

#[tokio::test]
async fn more_than_a_few_images_are_everything() {
    let edge = Arc::new(FakeEdge::default());
    let purger = purger(&edge);
    for number in 0..100 {
        purger.purge(image(number)).await.unwrap();
    }
    purger.flush().await;
    assert_eq!(edge.asked.lock().unwrap()[0].0, [EVERYTHING]);
}

#[tokio::test]
async fn what_is_refused_is_sent_again_with_what_came_meanwhile() {
    let edge = Arc::new(FakeEdge::default());
    let purger = purger(&edge);
    edge.refusals.store(3, Ordering::Relaxed);
    purger.purge(image(1)).await.unwrap();
    *edge.meanwhile.lock().unwrap() = Some((purger.clone(), image(2)));
    purger.flush().await;
    let asked = edge.asked.lock().unwrap().clone();
    let paths: Vec<usize> = asked.iter().map(|(paths, _)| paths.len()).collect();
    assert_eq!(paths, [1, 2, 2, 2]);
    assert_ne!(
        asked[0].1, asked[1].1,
        "other paths under the reference of the first"
    );
    assert_eq!(
        asked[1].1, asked[2].1,
        "the same paths are another invalidation after a lost answer"
    );
}

#[tokio::test]
async fn the_next_moment_is_another_invalidation() {
    let edge = Arc::new(FakeEdge::default());
    let purger = purger(&edge);
    for number in [1, 2] {
        purger.purge(image(number)).await.unwrap();
        purger.flush().await;
    }
    let asked = edge.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 2);
    assert_ne!(asked[0].1, asked[1].1);
}

#[tokio::test]
async fn a_flush_waits_for_what_was_refused_and_is_being_sent_again() {
    let edge = Arc::new(FakeEdge::default());
    let held = edge.second.lock().await;
    let purger = purger(&edge);
    edge.refusals.store(1, Ordering::Relaxed);
    purger.purge(image(1)).await.unwrap();
    while edge.asked.lock().unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert!(purger.flush().now_or_never().is_none(), "nothing was sent yet");
    drop(held);
    purger.flush().await;
    assert_eq!(edge.asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn presets_are_everything_once_all_processes_know_them() {
    let edge = Arc::new(FakeEdge::default());
    let clock = Arc::new(SelfMovingClock::default());
    let began = clock.now();
    let purger = CloudFrontPurger::start_with(edge.clone(), clock.clone(), Arc::new(Counted::default()));
    purger.purge(image(1)).await.unwrap();
    purger.purge_presets().await.unwrap();
    purger.purge(image(2)).await.unwrap();
    purger.flush().await;
    let asked = edge.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].0, [EVERYTHING]);
    let waited = clock.now().duration_since(began);
    assert!(waited.as_secs_f64() >= SETTLE.as_secs_f64(), "{waited}");
}
