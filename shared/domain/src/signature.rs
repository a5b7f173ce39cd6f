//! Signatures of delivery paths: HMAC-SHA256 (RFC 2104) over the path. `docs/signing.md` tells it to other languages,
//! and `tests/signatures/vectors.json` has examples.
//!
//! `sign` ends the options with `kid=…,sig=…`; `sig` is the base64url form (RFC 4648, without padding) of the HMAC over
//! the whole path with everything but the `sig` itself. What counts is the path that is meant, not how it is spelled:
//! both sides undo its percent-encoding first. A signature has no time: whoever serves compares `exp` with the clock.

mod part;
mod path;
#[cfg(test)]
mod tests;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

pub use part::PartSignature;
use path::DeliveryPath;

/// The fewest bytes of a secret: as many as the hash has (RFC 2104, section 3).
const MIN_SECRET_LEN: usize = 32;

/// A key that paths are signed with.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    secret: Vec<u8>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

/// The keys that count, the one that signs first.
#[derive(Debug, Clone)]
pub struct KeyRing {
    keys: Vec<SigningKey>,
}

/// The text is not a key ring.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeyRing {
    /// There is no key in it.
    #[error("there is no key: expected kid:secret, kid:secret … with the secrets in base64url")]
    Empty,
    /// One entry is not `kid:secret`. The text itself is a secret and not repeated.
    #[error(
        "entry {position} is not kid:secret: the kid is 1 to 32 of a-z, 0-9, - and _; the secret base64url of 32 bytes or more"
    )]
    Entry {
        /// Counted from 1.
        position: usize,
    },
    /// Two keys have the same kid: which of them a signature means could not be told.
    #[error("entry {position} has the kid of an entry before it: give each key a kid of its own")]
    Repeated {
        /// Counted from 1.
        position: usize,
    },
}

/// The text is no kid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 32 of a-z, 0-9, - and _, such as k2")]
pub struct InvalidKid;

/// The path does not carry a valid signature, or cannot be given one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is none.
    #[error("the URL is not signed")]
    Missing,
    /// It names no key, or one that is not known (any more).
    #[error("the URL is signed with a key that is not known: sign it again")]
    UnknownKey,
    /// It does not fit the path.
    #[error("the signature does not fit the URL: sign it again, and change nothing after that")]
    Wrong,
    /// What stands there can be no signature.
    #[error("sig is not 43 characters of A-Z, a-z, 0-9, - and _: the URL was cut or changed; sign it again")]
    Malformed,
    /// Something follows the signature.
    #[error("sig is not the last option: sign the URL again, and add nothing after that")]
    NotLast,
    /// An option that a signature depends on stands there twice.
    #[error("the option {option:?} stands there more than once")]
    Repeated {
        /// `exp`, `kid` or `sig`.
        option: &'static str,
    },
    /// Percent-encoding that says nothing, or that hides a slash.
    #[error(
        "the percent-encoding cannot be undone: %XX is a byte of UTF-8 and never a slash; a percent sign itself is %25"
    )]
    PercentEncoding,
    /// The path is none of delivery's.
    #[error("not a delivery path: expected /i/{{id}}/{{options}} or /i/{{id}}/{{options}}/{{name}}")]
    NotADeliveryPath,
}

impl KeyRing {
    /// Reads `kid:secret,kid:secret…`, or one to a line, the secrets in base64url; the first key signs, all verify.
    ///
    /// # Errors
    /// When there is no key, one cannot be read, or two have the same kid.
    pub fn parse(text: &str) -> Result<Self, InvalidKeyRing> {
        let entries = text
            .split([',', '\n'])
            .map(str::trim)
            .filter(|entry| !entry.is_empty());
        let mut keys: Vec<SigningKey> = Vec::new();
        for (index, entry) in entries.enumerate() {
            let position = index + 1;
            let key = SigningKey::parse(entry).ok_or(InvalidKeyRing::Entry { position })?;
            if keys.iter().any(|known| known.kid == key.kid) {
                return Err(InvalidKeyRing::Repeated { position });
            }
            keys.push(key);
        }
        if keys.is_empty() {
            Err(InvalidKeyRing::Empty)
        } else {
            Ok(Self { keys })
        }
    }

    /// A new key as text that `parse` reads.
    ///
    /// # Errors
    /// When `kid` is none.
    pub fn new_key(kid: &str, secret: [u8; MIN_SECRET_LEN]) -> Result<String, InvalidKid> {
        if is_kid(kid) {
            Ok(Self::generate(kid, secret))
        } else {
            Err(InvalidKid)
        }
    }

    /// A ring of one new key, as text that `parse` reads.
    pub fn generate(kid: &str, secret: [u8; MIN_SECRET_LEN]) -> String {
        format!("{kid}:{}", URL_SAFE_NO_PAD.encode(secret))
    }

    /// The names of the keys, the one that signs first.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.kid.as_str())
    }

    /// The path with `kid` and `sig` at the end of its options, as it can stand in a URL. It may be percent-encoded or not.
    ///
    /// # Errors
    /// When it is no delivery path. One that is signed already is signed anew.
    pub fn sign(&self, path: &str) -> Result<String, SignatureError> {
        self.signed(path, None)
    }

    /// The same, with an `exp` before the `kid`: the URL is good for nothing from `end` on. One that has an end already
    /// gets this one instead. A part of a second does not count.
    ///
    /// # Errors
    /// When it is no delivery path.
    pub fn sign_until(&self, path: &str, end: Timestamp) -> Result<String, SignatureError> {
        self.signed(path, Some(end))
    }

    fn signed(&self, path: &str, end: Option<Timestamp>) -> Result<String, SignatureError> {
        let mut path = DeliveryPath::parse(path)?;
        path.remove("sig");
        path.remove("kid");
        if let Some(end) = end {
            path.remove("exp");
            path.push("exp", &end.as_second().to_string());
        }
        let key = &self.keys[0];
        path.push("kid", &key.kid);
        let sig = key.mac(&path.message()).finalize().into_bytes();
        path.push("sig", &URL_SAFE_NO_PAD.encode(sig));
        Ok(path.to_url())
    }

    /// Checks the signature of a path as it stands in a URL, before any percent-encoding is undone: it does that itself, so
    /// that an encoded slash cannot move the border between options and name.
    ///
    /// The time that the comparison takes does not depend on where signatures differ (`Mac::verify_slice`).
    ///
    /// # Errors
    /// When there is none, or it does not fit.
    pub fn verify(&self, path: &str) -> Result<(), SignatureError> {
        let mut path = DeliveryPath::parse(path)?;
        if !path.ends_with("sig") {
            let elsewhere = path.value("sig").is_some();
            return Err(if elsewhere {
                SignatureError::NotLast
            } else {
                SignatureError::Missing
            });
        }
        let sig = path.remove("sig").ok_or(SignatureError::Missing)?;
        let sig: [u8; 32] = URL_SAFE_NO_PAD
            .decode(sig)
            .ok()
            .and_then(|sig| sig.try_into().ok())
            .ok_or(SignatureError::Malformed)?;
        let kid = path.value("kid").ok_or(SignatureError::UnknownKey)?;
        let key = self.keys.iter().find(|key| key.kid == kid);
        key.ok_or(SignatureError::UnknownKey)?
            .mac(&path.message())
            .verify_slice(&sig)
            .map_err(|_| SignatureError::Wrong)
    }
}

impl SigningKey {
    fn parse(entry: &str) -> Option<Self> {
        let (kid, secret) = entry.split_once(':')?;
        let secret = URL_SAFE_NO_PAD.decode(secret.trim_end_matches('=')).ok()?;
        (is_kid(kid) && secret.len() >= MIN_SECRET_LEN).then(|| Self {
            kid: kid.to_owned(),
            secret,
        })
    }

    fn mac(&self, message: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        mac.update(message.as_bytes());
        mac
    }
}

fn is_kid(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    (1..=32).contains(&text.len()) && text.bytes().all(letter)
}
