//! Direct uploads: files whose bytes a client sends to the blob store itself, in parts.
//!
//! ```text
//!   open ──▶ staged ──▶ accepted     (there is an image)
//!     │         └─────▶ refused      (what came is not what was promised, or no picture)
//!     └──▶ gone: abandoned, and swept after its end
//! ```

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Failure, FileName, ImageId, Sha256Digest, UploadId, UserId, Visibility};

/// How far a direct upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DirectUploadState {
    /// Parts may come.
    Open,
    /// All parts are there; a worker checks them before there is an image.
    Staged,
    /// There is an image.
    Accepted,
    /// It was no picture that is taken in, or not what was promised.
    Refused,
}

impl DirectUploadState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Staged, Self::Accepted, Self::Refused];

    /// The name in the catalog and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Staged => "staged",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for DirectUploadState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DirectUploadState {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.name() == name).ok_or(())
    }
}

/// A direct upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectUpload {
    /// Its id; names its blob.
    pub id: UploadId,
    /// Goes up by one with every change; a change names the version it was made on.
    pub version: u64,
    /// How far it is.
    pub state: DirectUploadState,
    /// Who uploads.
    pub owner: UserId,
    /// The file's name.
    pub file_name: FileName,
    /// Who may see the image, from its first moment.
    pub visibility: Visibility,
    /// The promised length of the file.
    pub size_bytes: u64,
    /// The promised SHA-256, where one was promised.
    pub sha256: Option<Sha256Digest>,
    /// The length of every part but the last one.
    pub part_size_bytes: u64,
    /// What the blob store calls it; empty where the file is one part and the store keeps no list.
    pub store_upload: String,
    /// The caller's own name of this upload: repeated, it yields the upload of the first time.
    pub idempotency_key: Option<String>,
    /// The image, in the state `accepted` alone.
    pub image_id: Option<ImageId>,
    /// Why it was refused, in the state `refused` alone.
    pub refusal: Option<Failure>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it is swept: abandoned while it was open, forgotten when it has ended. A staged one is never swept.
    pub expires_at: Timestamp,
}

impl DirectUpload {
    /// The upload once all its parts are there; none where it is not open.
    pub fn staged(&self, now: Timestamp) -> Option<Self> {
        (self.state == DirectUploadState::Open).then(|| self.changed(DirectUploadState::Staged, now))
    }

    /// The upload once there is an image of it, which the catalog adds; none where it is not staged. It is forgotten at
    /// `expires_at`.
    pub fn accepted(&self, now: Timestamp, expires_at: Timestamp) -> Option<Self> {
        self.may_be_settled().then(|| Self {
            refusal: None,
            expires_at,
            ..self.changed(DirectUploadState::Accepted, now)
        })
    }

    /// The upload once it is known that there will be no image of it; none where it is not staged. It is forgotten at
    /// `expires_at`.
    pub fn refused(&self, refusal: Failure, now: Timestamp, expires_at: Timestamp) -> Option<Self> {
        self.may_be_settled().then(|| Self {
            refusal: Some(refusal),
            expires_at,
            ..self.changed(DirectUploadState::Refused, now)
        })
    }

    /// Whether nobody has said yet what becomes of the bytes: one that was given up is taken up again when its job is.
    pub fn may_be_settled(&self) -> bool {
        match self.state {
            DirectUploadState::Staged => true,
            DirectUploadState::Refused => self
                .refusal
                .as_ref()
                .is_some_and(|refusal| refusal.code == Failure::GAVE_UP),
            DirectUploadState::Open | DirectUploadState::Accepted => false,
        }
    }

    fn changed(&self, state: DirectUploadState, now: Timestamp) -> Self {
        Self {
            state,
            version: self.version + 1,
            updated_at: now,
            ..self.clone()
        }
    }

    /// How many parts it has; a file has at least one.
    pub const fn parts(&self) -> u32 {
        let parts = self.size_bytes.div_ceil(self.part_size_bytes);
        // An api allows no file that has more parts than the 10,000 that S3 allows.
        if parts == 0 { 1 } else { parts as u32 }
    }

    /// The length of part `number`, counted from 1; none where it has no such part.
    pub const fn part_len(&self, number: u32) -> Option<u64> {
        if number == 0 || number > self.parts() {
            return None;
        }
        let before = (number as u64 - 1) * self.part_size_bytes;
        let left = self.size_bytes - before;
        Some(if left < self.part_size_bytes {
            left
        } else {
            self.part_size_bytes
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(size_bytes: u64) -> DirectUpload {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        DirectUpload {
            id: UploadId::new(at, [1; 10]),
            version: 1,
            state: DirectUploadState::Open,
            owner: UserId::new(at, [1; 10]),
            file_name: "x.jpg".parse().unwrap(),
            visibility: Visibility::Private,
            size_bytes,
            sha256: None,
            part_size_bytes: 10,
            store_upload: String::new(),
            idempotency_key: None,
            image_id: None,
            refusal: None,
            created_at: at,
            updated_at: at,
            expires_at: at,
        }
    }

    fn failure(code: &str) -> Failure {
        Failure {
            code: code.into(),
            reason: "It cannot be.".into(),
        }
    }

    #[test]
    fn parts_are_equally_long_but_for_the_last_one() {
        for (size_bytes, lens) in [
            (1, vec![1]),
            (10, vec![10]),
            (11, vec![10, 1]),
            (30, vec![10, 10, 10]),
        ] {
            let upload = upload(size_bytes);
            let found: Vec<u64> = (1..=upload.parts())
                .filter_map(|number| upload.part_len(number))
                .collect();
            assert_eq!(found, lens);
            assert_eq!(upload.part_len(0), None);
            assert_eq!(upload.part_len(upload.parts() + 1), None);
        }
    }

    #[test]
    fn only_an_open_upload_is_staged_and_only_a_staged_one_is_settled() {
        let open = upload(1);
        let now = open.created_at;
        assert_eq!(open.accepted(now, now), None);
        assert_eq!(open.refused(failure("x"), now, now), None);
        let staged = open.staged(now).unwrap();
        assert_eq!((staged.version, staged.state), (2, DirectUploadState::Staged));
        assert_eq!(staged.staged(now), None);
        for settled in [staged.accepted(now, now), staged.refused(failure("x"), now, now)] {
            let settled = settled.unwrap();
            assert_eq!(settled.version, 3);
            assert_eq!(settled.accepted(now, now), None);
            assert_eq!(settled.refused(failure("y"), now, now), None);
        }
    }

    #[test]
    fn what_was_given_up_can_still_become_an_image() {
        let now = upload(1).created_at;
        let staged = upload(1).staged(now).unwrap();
        let given_up = staged.refused(failure(Failure::GAVE_UP), now, now).unwrap();
        let accepted = given_up.accepted(now, now).unwrap();
        assert_eq!(
            (accepted.state, accepted.refusal),
            (DirectUploadState::Accepted, None)
        );
    }
}
