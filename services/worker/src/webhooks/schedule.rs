//! When a message is tried again.

use std::time::Duration;

use jiff::Timestamp;

/// The first pause; each further one is five times as long.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_secs(4 * 60 * 60);

/// How long a message is tried; the last time at the very end.
pub(super) const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// When a message is tried again that failed at `now`, after `attempts` before this one; none where its time is over.
/// `random` moves the pause by up to a fifth, so that what failed together does not come again together. A receiver may
/// ask for a longer pause.
pub(super) fn next_attempt(
    first_due_at: Timestamp,
    now: Timestamp,
    attempts: u32,
    random: u8,
    retry_after: Option<Duration>,
) -> Option<Timestamp> {
    let end = first_due_at.checked_add(PATIENCE).unwrap_or(Timestamp::MAX);
    if now >= end {
        return None;
    }
    let pause = FIRST_PAUSE
        .saturating_mul(5_u32.saturating_pow(attempts))
        .min(MAX_PAUSE)
        .mul_f64(0.8 + 0.4 * f64::from(random) / 255.0)
        .max(retry_after.unwrap_or_default());
    Some(now.checked_add(pause).map_or(end, |at| at.min(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(random: u8) -> Vec<i64> {
        let first = Timestamp::from_second(1_790_000_000).unwrap();
        let (mut now, mut all) = (first, vec![0]);
        while let Some(next) = next_attempt(first, now, u32::try_from(all.len()).unwrap() - 1, random, None) {
            all.push(next.duration_since(first).as_secs());
            now = next;
        }
        all
    }

    #[test]
    fn pauses_grow_and_the_last_attempt_is_after_a_day() {
        for random in [0, 128, 255] {
            let all = attempts(random);
            assert!((10..=14).contains(&all.len()), "{all:?}");
            assert_eq!(*all.last().unwrap(), 24 * 60 * 60);
            assert!(all[1] <= 6 && all[2] <= 40, "{all:?}");
        }
        assert_ne!(attempts(0), attempts(255));
    }

    #[test]
    fn a_receiver_is_left_alone_for_as_long_as_it_asks_but_not_beyond_the_end() {
        let first = Timestamp::from_second(1_790_000_000).unwrap();
        let after = |asked| {
            next_attempt(first, first, 0, 0, Some(Duration::from_secs(asked)))
                .unwrap()
                .duration_since(first)
                .as_secs()
        };
        assert_eq!((after(1), after(120), after(u64::MAX)), (4, 120, 24 * 60 * 60));
    }
}
