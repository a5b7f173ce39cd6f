//! Passwords: argon2id (RFC 9106) with the crate's defaults, which are OWASP's (19 MiB, 2 passes, 1 lane).

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// The shortest password: NIST SP 800-63B asks for 15 where it is the only factor and allows 8; 12 is between.
const MIN_CHARS: usize = 12;

/// The longest: it is hashed whole, so that a limit costs nobody anything.
const MAX_CHARS: usize = 1_000;

/// How many are hashed at once, each in 19 MiB: the rest wait in line.
const CONCURRENT_HASHES: usize = 2;

/// A password that is not taken; reads after "password".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too few characters.
    #[error("must be at least {MIN_CHARS} characters long")]
    TooShort,
    /// Too many characters.
    #[error("must be at most {MAX_CHARS} characters long")]
    TooLong,
}

/// Hashes and verifies, a few at a time.
#[derive(Clone)]
pub struct Passwords {
    places: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

impl Passwords {
    /// With all places free.
    pub fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(CONCURRENT_HASHES)),
        }
    }

    /// The hash of a new password, as a PHC string.
    ///
    /// # Errors
    /// When the password is too short or too long.
    pub async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        match password.chars().count() {
            0..MIN_CHARS => return Err(PasswordError::TooShort),
            MIN_CHARS..=MAX_CHARS => {}
            _ => return Err(PasswordError::TooLong),
        }
        let password = password.to_owned();
        Ok(self
            .in_turn(move || {
                Argon2::default()
                    .hash_password(password.as_bytes())
                    .expect("the default parameters are valid")
                    .to_string()
            })
            .await)
    }

    /// Whether the password fits the hash. Without a hash it takes as long, and does not: nobody learns which accounts
    /// there are.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
        self.in_turn(move || match hash.as_deref().map(PasswordHash::new) {
            Some(Ok(hash)) => Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok(),
            Some(Err(_)) => false,
            None => {
                // Only the time counts.
                let _ = Argon2::default().hash_password(password.as_bytes());
                false
            }
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let _place = self
            .places
            .acquire()
            .await
            .expect("the semaphore is never closed");
        spawn_blocking(work).await.expect("hashing does not panic")
    }
}
