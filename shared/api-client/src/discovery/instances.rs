//! The instances that are known, how busy each is, and which were found dead.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

/// How fast a latency is forgotten: to 37 % in this time ("peak EWMA", as Finagle has it). An instance that was slow once, or
/// failed, is called again within half a minute.
const DECAY: Duration = Duration::from_secs(5);

/// What an instance is taken for that nothing is known of.
const FIRST_LATENCY: Duration = Duration::from_millis(5);

/// What a failed call counts as, however fast it failed.
const FAILED_LATENCY: Duration = Duration::from_secs(1);

/// How long an instance is left out that could not be connected to, for the first time in a row; then twice that, and so on.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest that it is left out. DNS forgets a dead one sooner.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// With a response.
    Answered,
    /// Without one, or with one that says that the instance cannot serve.
    Failed,
    /// It could not be connected to.
    Unreachable,
}

/// One instance of the api.
pub(super) struct Instance {
    address: SocketAddr,
    state: Mutex<State>,
}

struct State {
    pending: u32,
    latency: Duration,
    measured_at: Instant,
    failures_in_a_row: u32,
    left_out_until: Option<Instant>,
}

impl Instance {
    fn new(address: SocketAddr, now: Instant) -> Self {
        Self {
            address,
            state: Mutex::new(State {
                pending: 0,
                latency: FIRST_LATENCY,
                measured_at: now,
                failures_in_a_row: 0,
                left_out_until: None,
            }),
        }
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Counts a call until it ends, or is dropped.
    pub(super) fn begin(&self, now: Instant) -> UnderWay<'_> {
        self.with(|state| state.pending += 1);
        UnderWay {
            instance: self,
            began: now,
        }
    }

    fn left_out(&self, now: Instant) -> bool {
        self.with(|state| state.left_out_until.is_some_and(|until| now < until))
    }

    /// What one more call would cost here: its latency, times all the calls that it has then.
    fn cost(&self, now: Instant) -> f64 {
        self.with(|state| {
            let latency = state.latency.as_secs_f64() * remaining(now - state.measured_at);
            latency.max(1e-6) * f64::from(state.pending + 1)
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How much of a latency is left after this time.
fn remaining(elapsed: Duration) -> f64 {
    (-elapsed.as_secs_f64() / DECAY.as_secs_f64()).exp()
}

/// A call that an instance works on.
pub(super) struct UnderWay<'a> {
    instance: &'a Instance,
    began: Instant,
}

impl UnderWay<'_> {
    pub(super) fn end(self, now: Instant, outcome: Outcome) {
        self.instance.with(|state| {
            if outcome != Outcome::Unreachable {
                let took = now - self.began;
                let took = if outcome == Outcome::Failed {
                    took.max(FAILED_LATENCY)
                } else {
                    took
                };
                let kept = remaining(now - state.measured_at);
                let known = state.latency.mul_f64(kept);
                // A slow answer counts at once and whole, a fast one by and by.
                state.latency = if took > known {
                    took
                } else {
                    known + took.mul_f64(1.0 - kept)
                };
                state.measured_at = now;
            }
            if outcome == Outcome::Unreachable {
                let doublings = state.failures_in_a_row.min(10);
                state.left_out_until = Some(now + (FIRST_PAUSE * 2_u32.pow(doublings)).min(MAX_PAUSE));
                state.failures_in_a_row += 1;
            } else {
                state.failures_in_a_row = 0;
                state.left_out_until = None;
            }
        });
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.instance.with(|state| state.pending -= 1);
    }
}

/// Those that the DNS told of last.
pub(super) struct Instances {
    known: watch::Sender<Vec<Arc<Instance>>>,
    picks: AtomicU64,
}

impl Default for Instances {
    fn default() -> Self {
        Self {
            known: watch::Sender::new(Vec::new()),
            picks: AtomicU64::new(0),
        }
    }
}

impl Instances {
    /// From now on it is these; of those that stay, what is known stays.
    pub(super) fn replace(&self, mut addresses: Vec<SocketAddr>) {
        addresses.sort_unstable();
        addresses.dedup();
        let now = Instant::now();
        self.known.send_if_modified(|known| {
            if known
                .iter()
                .map(|instance| instance.address)
                .eq(addresses.iter().copied())
            {
                return false;
            }
            *known = addresses
                .into_iter()
                .map(|address| {
                    let old = known.iter().find(|instance| instance.address == address);
                    old.cloned()
                        .unwrap_or_else(|| Arc::new(Instance::new(address, now)))
                })
                .collect();
            true
        });
    }

    /// Waits until there is any; none where that takes longer than `at_most`.
    pub(super) async fn known(&self, at_most: Duration) -> Option<()> {
        let mut changes = self.known.subscribe();
        let first = tokio::time::timeout(at_most, changes.wait_for(|known| !known.is_empty())).await;
        first.ok()?.ok().map(drop)
    }

    /// One that was not tried: of two that are not left out, the one that costs less; where all are left out, one of them.
    pub(super) fn pick(&self, tried: &HashSet<SocketAddr>) -> Option<Arc<Instance>> {
        let now = Instant::now();
        let known = self.known.borrow();
        let untried = || known.iter().filter(|instance| !tried.contains(&instance.address));
        let mut candidates: Vec<_> = untried().filter(|instance| !instance.left_out(now)).collect();
        if candidates.is_empty() {
            candidates = untried().collect();
        }
        if candidates.is_empty() {
            return None;
        }
        let mixed = mix(self.picks.fetch_add(1, Ordering::Relaxed));
        let first = candidates.swap_remove(index(mixed & 0xffff_ffff, candidates.len()));
        if candidates.is_empty() {
            return Some(first.clone());
        }
        let second = candidates[index(mixed >> 32, candidates.len())];
        let cheaper = if second.cost(now) < first.cost(now) {
            second
        } else {
            first
        };
        Some(cheaper.clone())
    }
}

/// 32 bits as an index below `length`.
fn index(bits: u64, length: usize) -> usize {
    usize::try_from((bits * length as u64) >> 32).unwrap_or_default()
}

/// A number that looks random for each count (SplitMix64; Steele, Lea, Flood 2014). It has to spread, not to be secret.
const fn mix(count: u64) -> u64 {
    let mut bits = count.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn instances(count: u16) -> Instances {
        let instances = Instances::default();
        instances.replace((1..=count).map(address).collect());
        instances
    }

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// Calls that each take what `latency` says of their instance, one after the other.
    async fn spread(instances: &Instances, latency: impl Fn(u16) -> (u64, Outcome)) -> HashMap<u16, u32> {
        let mut calls = HashMap::new();
        for _ in 0..400 {
            let instance = instances.pick(&HashSet::new()).unwrap();
            let port = instance.address().port();
            *calls.entry(port).or_default() += 1;
            let under_way = instance.begin(Instant::now());
            let (millis, outcome) = latency(port);
            tokio::time::advance(Duration::from_millis(millis)).await;
            under_way.end(Instant::now(), outcome);
        }
        calls
    }

    #[tokio::test(start_paused = true)]
    async fn equal_instances_get_equal_shares() {
        let calls = spread(&instances(4), |_| (5, Outcome::Answered)).await;
        assert!(
            calls.len() == 4 && calls.values().all(|calls| *calls > 60),
            "{calls:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_instance_and_one_that_fails_fast_get_less() {
        let calls = spread(&instances(3), |port| match port {
            1 => (500, Outcome::Answered),
            2 => (1, Outcome::Failed),
            _ => (5, Outcome::Answered),
        })
        .await;
        assert!(calls[&3] > 200, "{calls:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_cannot_be_connected_to_is_left_out_longer_and_longer_and_comes_back() {
        let instances = instances(2);
        let dead = || instances.known.borrow()[0].clone();
        for pause in [1, 2, 4] {
            dead()
                .begin(Instant::now())
                .end(Instant::now(), Outcome::Unreachable);
            tokio::time::advance(Duration::from_millis(pause * 1000 - 1)).await;
            for _ in 0..50 {
                assert_eq!(instances.pick(&HashSet::new()).unwrap().address(), address(2));
            }
            tokio::time::advance(Duration::from_millis(1)).await;
            assert!(!dead().left_out(Instant::now()));
        }
        dead()
            .begin(Instant::now())
            .end(Instant::now(), Outcome::Answered);
        let calls = spread(&instances, |_| (5, Outcome::Answered)).await;
        assert!(calls[&1] > 100, "{calls:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn where_all_are_left_out_they_are_tried_all_the_same() {
        let instances = instances(2);
        for instance in instances.known.borrow().iter() {
            instance
                .begin(Instant::now())
                .end(Instant::now(), Outcome::Unreachable);
        }
        let mut tried = HashSet::new();
        while let Some(instance) = instances.pick(&tried) {
            tried.insert(instance.address());
        }
        assert_eq!(tried.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_known_of_an_instance_outlives_an_answer_of_the_dns() {
        let instances = instances(2);
        let dead = instances.known.borrow()[0].clone();
        dead.begin(Instant::now())
            .end(Instant::now(), Outcome::Unreachable);
        instances.replace(vec![address(3), address(1)]);
        for _ in 0..50 {
            assert_eq!(instances.pick(&HashSet::new()).unwrap().address(), address(3));
        }
    }
}
