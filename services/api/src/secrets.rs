//! Secrets that we make ourselves: 256 random bits, kept as their SHA-256.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ports::{Entropy, random_bytes};
use sha2::{Digest, Sha256};

/// What the key of a program begins with, so that scanners of leaked secrets can tell.
const API_KEY_PREFIX: &str = "tintype_";

/// A new secret, to be told once.
pub struct Secret {
    /// The secret, for whoever it is for.
    pub text: String,
    /// What is stored of it.
    pub hash: [u8; 32],
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What is stored of a secret. It has 256 random bits, so a slow hash would add nothing.
pub fn hash_secret(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// A new token, for a session or the set-up link.
pub fn new_token(entropy: &dyn Entropy) -> Secret {
    let text = URL_SAFE_NO_PAD.encode(random_bytes::<32>(entropy));
    Secret {
        hash: hash_secret(&text),
        text,
    }
}

/// A new key for a program.
pub fn new_api_key(entropy: &dyn Entropy) -> Secret {
    let text = format!(
        "{API_KEY_PREFIX}{}",
        URL_SAFE_NO_PAD.encode(random_bytes::<32>(entropy))
    );
    Secret {
        hash: hash_secret(&text),
        text,
    }
}
