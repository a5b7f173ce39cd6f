//! Verifies messages of webhooks: for a receiver in Rust to copy. `docs/webhooks.md` tells what it does and why.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far the time of an attempt may be from this machine's: a message that somebody kept and sends again is older.
const TOLERANCE_S: i64 = 5 * 60;

/// Whether the message is from whoever has `secret` (`whsec_…`), and new. `body` is as it came, before any parsing.
pub fn verify(
    secret: &str,
    (id, timestamp, signatures): (&str, &str, &str),
    body: &[u8],
    now_s: i64,
) -> Result<(), &'static str> {
    let key = secret.strip_prefix("whsec_").unwrap_or(secret);
    let key = STANDARD.decode(key).map_err(|_| "secret")?;
    let sent_s: i64 = timestamp.parse().map_err(|_| "timestamp")?;
    if (now_s - sent_s).abs() > TOLERANCE_S {
        return Err("too-old-or-too-new");
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| "secret")?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    // There may be several, of which one must fit: while a secret is being changed, say.
    let fits = |signature: &str| {
        let Some(("v1", encoded)) = signature.split_once(',') else {
            return false;
        };
        // `verify_slice` takes the same time wherever the first difference is.
        STANDARD
            .decode(encoded)
            .is_ok_and(|found| mac.clone().verify_slice(&found).is_ok())
    };
    signatures.split(' ').any(fits).then_some(()).ok_or("signature")
}
