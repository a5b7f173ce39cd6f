//! Failed sign-ins, so that nobody can try passwords by the thousand.
//!
//! Counted by address and in this process's memory: a restart forgets, and each of several processes counts for itself.
//! Addresses without an account count like the others: nobody learns which accounts there are.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::EmailAddress;
use jiff::Timestamp;

/// How many passwords may be wrong before the address has to wait.
const MAX_FAILURES: u32 = 10;

/// How long a failure counts, and so the longest wait.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// How many addresses are remembered: about a megabyte. Beyond that those whose window has ended are forgotten, and then
/// all: who can send so many requests is the balancer's business.
const MAX_ADDRESSES: usize = 10_000;

struct Failures {
    count: u32,
    window_ends_at: Timestamp,
}

/// The failures of late. Cheap to clone; clones count together.
#[derive(Clone, Default)]
pub(crate) struct Attempts {
    of_late: Arc<Mutex<HashMap<EmailAddress, Failures>>>,
}

impl Attempts {
    /// How long this address has to wait; none where it may try.
    pub(crate) fn wait_of(&self, email: &EmailAddress, now: Timestamp) -> Option<Duration> {
        let of_late = self.lock();
        let failures = of_late
            .get(email)
            .filter(|failures| failures.count >= MAX_FAILURES)?;
        Duration::try_from(failures.window_ends_at.duration_since(now))
            .ok()
            .filter(|wait| !wait.is_zero())
    }

    /// A password was wrong.
    pub(crate) fn failed(&self, email: &EmailAddress, now: Timestamp) {
        let mut of_late = self.lock();
        if of_late.len() >= MAX_ADDRESSES {
            of_late.retain(|_, failures| failures.window_ends_at > now);
            if of_late.len() >= MAX_ADDRESSES {
                of_late.clear();
            }
        }
        let window_ends_at = now.checked_add(WINDOW).unwrap_or(now);
        let failures = of_late.entry(email.clone()).or_insert(Failures {
            count: 0,
            window_ends_at,
        });
        if failures.window_ends_at <= now {
            *failures = Failures {
                count: 0,
                window_ends_at,
            };
        }
        failures.count += 1;
    }

    /// A password was right.
    pub(crate) fn succeeded(&self, email: &EmailAddress) {
        self.lock().remove(email);
    }

    /// A panic while the lock is held cannot leave the map half changed: each change is one call.
    fn lock(&self) -> MutexGuard<'_, HashMap<EmailAddress, Failures>> {
        self.of_late.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn an_address_waits_after_ten_failures_and_no_longer_than_the_window() {
        let attempts = Attempts::default();
        let (ada, bo) = (
            "ada@example.org".parse().unwrap(),
            "bo@example.org".parse().unwrap(),
        );
        for second in 0..10 {
            assert_eq!(attempts.wait_of(&ada, at(second)), None);
            attempts.failed(&ada, at(second));
        }
        assert_eq!(attempts.wait_of(&ada, at(10)), Some(Duration::from_secs(890)));
        assert_eq!(attempts.wait_of(&bo, at(10)), None);
        assert_eq!(attempts.wait_of(&ada, at(900)), None);
        attempts.failed(&ada, at(901));
        assert_eq!(attempts.wait_of(&ada, at(902)), None, "a new window begins");
    }

    #[test]
    fn a_right_password_clears_the_count() {
        let attempts = Attempts::default();
        let ada = "ada@example.org".parse().unwrap();
        for _ in 0..9 {
            attempts.failed(&ada, at(0));
        }
        attempts.succeeded(&ada);
        attempts.failed(&ada, at(0));
        assert_eq!(attempts.wait_of(&ada, at(0)), None);
    }

    #[test]
    fn the_memory_is_bounded() {
        let attempts = Attempts::default();
        for number in 0..MAX_ADDRESSES * 2 {
            attempts.failed(&format!("u{number}@example.org").parse().unwrap(), at(0));
        }
        assert!(attempts.lock().len() <= MAX_ADDRESSES);
    }
}
