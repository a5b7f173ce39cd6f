//! Signatures of the URLs of the api that a part of a direct upload is sent to, where the store has no such URLs itself.
//!
//! They are made with the keys of delivery, and stand for nothing there: a path that delivery signs begins with `/i/`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::Mac;
use jiff::Timestamp;
use serde::Deserialize;

use super::{KeyRing, SignatureError};
use crate::UploadId;

/// What stands behind the `?` of such a URL.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartSignature {
    /// The first second since 1970 at which the URL is good for nothing.
    pub expires: i64,
    /// Which key signed it.
    pub kid: String,
    /// The HMAC in base64url.
    pub sig: String,
}

impl KeyRing {
    /// The path and query that part `number` can be sent to, by whoever has them, until `end`. A part of a second does not
    /// count.
    pub fn sign_part(&self, upload: UploadId, number: u32, end: Timestamp) -> String {
        let key = &self.keys[0];
        let message = message(upload, number, end.as_second(), &key.kid);
        let sig = key.mac(&message).finalize().into_bytes();
        format!("{message}&sig={}", URL_SAFE_NO_PAD.encode(sig))
    }

    /// Checks what stood behind the `?`. The time is not looked at: whoever serves compares `expires` with the clock.
    ///
    /// # Errors
    /// When it does not fit the part, or no key that is known signed it.
    pub fn verify_part(
        &self,
        upload: UploadId,
        number: u32,
        signature: &PartSignature,
    ) -> Result<(), SignatureError> {
        let sig: [u8; 32] = URL_SAFE_NO_PAD
            .decode(&signature.sig)
            .ok()
            .and_then(|sig| sig.try_into().ok())
            .ok_or(SignatureError::Malformed)?;
        let key = self.keys.iter().find(|key| key.kid == signature.kid);
        key.ok_or(SignatureError::UnknownKey)?
            .mac(&message(upload, number, signature.expires, &signature.kid))
            .verify_slice(&sig)
            .map_err(|_| SignatureError::Wrong)
    }
}

fn message(upload: UploadId, number: u32, expires: i64, kid: &str) -> String {
    format!("/api/v1/uploads/{upload}/parts/{number}?expires={expires}&kid={kid}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(byte: u8) -> KeyRing {
        KeyRing::parse(&KeyRing::generate("k1", [byte; 32])).unwrap()
    }

    fn upload(byte: u8) -> UploadId {
        UploadId::new(Timestamp::UNIX_EPOCH, [byte; 10])
    }

    /// What a server reads of the URL.
    fn read(url: &str) -> PartSignature {
        let value = |name: &str| {
            let (_, after) = url.split_once(name).unwrap();
            after.split('&').next().unwrap().to_owned()
        };
        PartSignature {
            expires: value("expires=").parse().unwrap(),
            kid: value("kid="),
            sig: value("sig="),
        }
    }

    #[test]
    fn a_signed_part_verifies_and_no_other_does() {
        let end = Timestamp::from_second(1_800_000_000).unwrap();
        let url = keys(1).sign_part(upload(1), 3, end);
        assert!(url.starts_with(&format!(
            "/api/v1/uploads/{}/parts/3?expires=1800000000&kid=k1&sig=",
            upload(1)
        )));
        let signature = read(&url);
        assert_eq!(keys(1).verify_part(upload(1), 3, &signature), Ok(()));
        let later = PartSignature {
            expires: 1_800_000_001,
            ..signature.clone()
        };
        let unknown = PartSignature {
            kid: "k2".into(),
            ..signature.clone()
        };
        let cut = PartSignature {
            sig: signature.sig[1..].to_owned(),
            ..signature.clone()
        };
        for (keys, upload, number, signature, error) in [
            (keys(1), upload(2), 3, &signature, SignatureError::Wrong),
            (keys(1), upload(1), 4, &signature, SignatureError::Wrong),
            (keys(2), upload(1), 3, &signature, SignatureError::Wrong),
            (keys(1), upload(1), 3, &later, SignatureError::Wrong),
            (keys(1), upload(1), 3, &unknown, SignatureError::UnknownKey),
            (keys(1), upload(1), 3, &cut, SignatureError::Malformed),
        ] {
            assert_eq!(keys.verify_part(upload, number, signature), Err(error));
        }
    }

    #[test]
    fn delivery_signs_no_url_of_a_part() {
        let end = Timestamp::from_second(1_800_000_000).unwrap();
        let url = keys(1).sign_part(upload(1), 3, end);
        assert_eq!(keys(1).sign(&url), Err(SignatureError::NotADeliveryPath));
    }
}
