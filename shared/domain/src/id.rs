//! Ids: newtypes over UUIDv7, so that they sort by the time they were made.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an id: expected a UUID such as 019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e")]
pub struct InvalidId(pub String);

/// A UUIDv7 whose `rand_a` field holds the fraction of the millisecond (RFC 9562, section 6.2, method 3): ids made
/// a microsecond apart by one clock sort in that order.
fn uuid_v7(now: Timestamp, mut random: [u8; 10]) -> Uuid {
    let micros = u64::try_from(now.as_microsecond()).unwrap_or(0);
    let fraction = (micros % 1_000) * 4_096 / 1_000;
    // The builder overwrites the top four bits of the first byte with the version.
    random[0] = (fraction >> 8) as u8;
    random[1] = (fraction & 0xff) as u8;
    uuid::Builder::from_unix_timestamp_millis(micros / 1_000, &random).into_uuid()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id that sorts after all that were made before `now`.
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                Self(uuid_v7(now, random))
            }

            /// When it was made, to the millisecond.
            pub fn made_at(self) -> Timestamp {
                let (millis, _) = self.0.as_u64_pair();
                // 48 bits of milliseconds (RFC 9562, section 5.7): those end in the year 10889, ours in 9999.
                i64::try_from(millis >> 16)
                    .ok()
                    .and_then(|millis| Timestamp::from_millisecond(millis).ok())
                    .unwrap_or(Timestamp::MAX)
            }

            /// The id as it is stored.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }

            /// The id that was stored as `uuid`.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // The hyphenated form alone: one id has one spelling in URLs and cache keys.
                match Uuid::try_parse(text) {
                    Ok(uuid) if uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text => Ok(Self(uuid)),
                    _ => Err(InvalidId(text.chars().take(64).collect())),
                }
            }
        }
    )+};
}

ids! {
    /// An image of the library.
    ImageId,
    /// One upload: names the blob that its bytes are streamed to.
    UploadId,
    /// A person.
    UserId,
    /// A key that a program signs in with.
    ApiKeyId,
    /// A job, from the outbox to its end.
    JobId,
    /// An event, from the outbox to those who hear it.
    EventId,
    /// A webhook.
    WebhookId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_a_microsecond_apart_sort_by_time() {
        let ids: Vec<ImageId> = (0..3_000)
            .map(|i| {
                ImageId::new(
                    Timestamp::from_microsecond(1_790_000_000_000_000 + i).unwrap(),
                    [0xff; 10],
                )
            })
            .collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn an_id_knows_when_it_was_made() {
        let now = Timestamp::from_millisecond(1_790_000_000_123).unwrap();
        assert_eq!(ImageId::new(now, [0xff; 10]).made_at(), now);
        assert_eq!(ImageId::from_uuid(Uuid::max()).made_at(), Timestamp::MAX);
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = ImageId::new(Timestamp::UNIX_EPOCH, [0xab; 10]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.to_string().to_uppercase().parse::<ImageId>().is_err());
        assert!(id.as_uuid().simple().to_string().parse::<ImageId>().is_err());
    }
}
