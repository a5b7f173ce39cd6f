//! Signatures of delivery paths: HMAC-SHA256 (RFC 2104) over the path.
//!
//! `sign` appends `,kid=…,sig=…` to the options of a path; `sig` is the base64url form (RFC 4648, without padding) of
//! the HMAC over the whole path with everything but the `sig` itself.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

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
}

/// The path does not carry a valid signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is none.
    #[error("the URL is not signed")]
    Missing,
    /// It names a key that is not known (any more).
    #[error("the URL is signed with a key that is not known: sign it again")]
    UnknownKey,
    /// It does not fit the path.
    #[error("the signature does not fit the URL: sign it again, and change nothing after that")]
    Wrong,
    /// The path is none of delivery's.
    #[error("not a delivery path: expected /i/{{id}}/{{options}} or /i/{{id}}/{{options}}/{{name}}")]
    NotADeliveryPath,
}

impl KeyRing {
    /// Reads `kid:secret,kid:secret…`, the secrets in base64url; the first key signs, all verify.
    ///
    /// # Errors
    /// When there is no key, or one cannot be read.
    pub fn parse(text: &str) -> Result<Self, InvalidKeyRing> {
        let kid_char = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        let keys = text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .enumerate()
            .map(|(index, entry)| {
                let wrong = InvalidKeyRing::Entry { position: index + 1 };
                let (kid, secret) = entry.split_once(':').ok_or(wrong.clone())?;
                let secret = URL_SAFE_NO_PAD
                    .decode(secret.trim_end_matches('='))
                    .map_err(|_| wrong.clone())?;
                if kid.is_empty() || kid.len() > 32 || !kid.chars().all(kid_char) || secret.len() < 32 {
                    return Err(wrong);
                }
                Ok(SigningKey {
                    kid: kid.to_owned(),
                    secret,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            Err(InvalidKeyRing::Empty)
        } else {
            Ok(Self { keys })
        }
    }

    /// A ring of one new key, as text that `parse` reads.
    pub fn generate(kid: &str, secret: [u8; 32]) -> String {
        format!("{kid}:{}", URL_SAFE_NO_PAD.encode(secret))
    }

    /// The path with `kid` and `sig` at the end of its options.
    ///
    /// # Errors
    /// When it is no delivery path. One that is signed already is signed anew.
    pub fn sign(&self, path: &str) -> Result<String, SignatureError> {
        let parts = PathParts::of(path)?;
        let options = parts.without(&["kid=", "sig="]);
        let key = &self.keys[0];
        let options = if options.is_empty() {
            format!("kid={}", key.kid)
        } else {
            format!("{options},kid={}", key.kid)
        };
        let sig = URL_SAFE_NO_PAD.encode(key.mac(&parts.with_options(&options)).finalize().into_bytes());
        Ok(parts.with_options(&format!("{options},sig={sig}")))
    }

    /// Checks the signature of a path, in constant time.
    ///
    /// # Errors
    /// When there is none, or it does not fit.
    pub fn verify(&self, path: &str) -> Result<(), SignatureError> {
        let parts = PathParts::of(path)?;
        let option = |name: &str| parts.options.split(',').find_map(|pair| pair.strip_prefix(name));
        let sig = option("sig=").ok_or(SignatureError::Missing)?;
        let kid = option("kid=").ok_or(SignatureError::UnknownKey)?;
        let key = self
            .keys
            .iter()
            .find(|key| key.kid == kid)
            .ok_or(SignatureError::UnknownKey)?;
        let sig = URL_SAFE_NO_PAD.decode(sig).map_err(|_| SignatureError::Wrong)?;
        key.mac(&parts.with_options(&parts.without(&["sig="])))
            .verify_slice(&sig)
            .map_err(|_| SignatureError::Wrong)
    }
}

impl SigningKey {
    fn mac(&self, path: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        mac.update(path.as_bytes());
        mac
    }
}

/// `/i/{id}/{options}[/{name}]`, cut at the slashes.
struct PathParts<'a> {
    id: &'a str,
    options: &'a str,
    name: Option<&'a str>,
}

impl<'a> PathParts<'a> {
    fn of(path: &'a str) -> Result<Self, SignatureError> {
        let mut rest = path
            .strip_prefix("/i/")
            .ok_or(SignatureError::NotADeliveryPath)?
            .splitn(3, '/');
        match (rest.next(), rest.next(), rest.next()) {
            (Some(id), Some(options), name) if !id.is_empty() && !options.is_empty() => {
                Ok(Self { id, options, name })
            }
            _ => Err(SignatureError::NotADeliveryPath),
        }
    }

    fn without(&self, prefixes: &[&str]) -> String {
        let kept: Vec<_> = self
            .options
            .split(',')
            .filter(|pair| !prefixes.iter().any(|prefix| pair.starts_with(prefix)))
            .collect();
        kept.join(",")
    }

    fn with_options(&self, options: &str) -> String {
        match self.name {
            Some(name) => format!("/i/{}/{options}/{name}", self.id),
            None => format!("/i/{}/{options}", self.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(kid: &str, byte: u8) -> String {
        KeyRing::generate(kid, [byte; 32])
    }

    #[test]
    fn a_signed_path_verifies_and_a_changed_one_does_not() {
        let keys = KeyRing::parse(&ring("k1", 1)).unwrap();
        for path in ["/i/abc/w=800,f=webp", "/i/abc/w=800/name.webp"] {
            let signed = keys.sign(path).unwrap();
            assert_eq!(keys.verify(&signed), Ok(()), "{signed}");
            assert_eq!(
                keys.verify(&signed.replace("w=800", "w=801")),
                Err(SignatureError::Wrong)
            );
            assert_eq!(
                keys.verify(&signed.replace("abc", "abd")),
                Err(SignatureError::Wrong)
            );
            assert_eq!(keys.verify(path), Err(SignatureError::Missing));
            assert_eq!(
                keys.sign(&signed).unwrap(),
                signed,
                "signing twice changes nothing"
            );
        }
        assert_eq!(keys.sign("/library"), Err(SignatureError::NotADeliveryPath));
    }

    #[test]
    fn an_older_key_of_the_ring_still_verifies() {
        let old = KeyRing::parse(&ring("k1", 1)).unwrap();
        let both = KeyRing::parse(&format!("{},{}", ring("k2", 2), ring("k1", 1))).unwrap();
        let signed = old.sign("/i/abc/w=1").unwrap();
        assert_eq!(both.verify(&signed), Ok(()));
        assert_eq!(
            old.verify(&both.sign("/i/abc/w=1").unwrap()),
            Err(SignatureError::UnknownKey)
        );
    }

    #[test]
    fn a_ring_that_cannot_be_read_says_where_and_not_what() {
        assert_eq!(KeyRing::parse("").unwrap_err(), InvalidKeyRing::Empty);
        let error = KeyRing::parse(&format!("{},k2:c2hvcnQ", ring("k1", 1))).unwrap_err();
        assert_eq!(error, InvalidKeyRing::Entry { position: 2 });
        assert!(!error.to_string().contains("c2hvcnQ"));
    }
}
