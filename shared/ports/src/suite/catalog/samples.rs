//! Rows for the tests, told apart by a number.

use domain::{
    Analysis, BlobKey, Event, EventId, EventKind, ImageFormat, ImageId, Job, JobId, Measures, Metadata,
    NewImage, Original, OutboxMessage, PaletteColour, Role, Sha256Digest, UploadId, User, UserId, Visibility,
};
use jiff::Timestamp;

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("tests stay in this century")
}

pub(super) fn user(number: u8, role: Role) -> User {
    User {
        id: UserId::new(at(i64::from(number)), [number; 10]),
        email: format!("user{number}@example.org").parse().expect("an address"),
        role,
        password_hash: "$argon2id$…".into(),
        created_at: at(i64::from(number)),
    }
}

pub(super) fn new_image(number: u8, bytes: u8, owner: &User) -> NewImage {
    NewImage {
        id: ImageId::new(at(i64::from(number)), [number; 10]),
        owner: owner.id,
        file_name: format!("Bild {number} – \"x\" %_.jpg").parse().expect("a name"),
        visibility: Visibility::Public,
        original: Original {
            blob_key: BlobKey::original(UploadId::new(at(i64::from(number)), [number; 10])),
            sha256: Sha256Digest::from_bytes([bytes; 32]),
            size_bytes: u64::from(bytes) << 33,
            format: ImageFormat::Jpeg,
        },
        idempotency_key: None,
        created_at: at(i64::from(number)),
    }
}

pub(super) fn event(number: u8, image: ImageId) -> OutboxMessage {
    let id = EventId::new(at(i64::from(number)), [number; 10]);
    OutboxMessage::Event(Event {
        id,
        sequence: 0,
        kind: EventKind::Accepted,
        image_id: image,
        at: at(i64::from(number)),
        traceparent: Some("00-6870f0d1a1b2c3d4e5f60718293a4b5c-53995c3f42cd8ad8-01".into()),
    })
}

pub(super) fn job(number: u8, image_id: ImageId) -> OutboxMessage {
    let id = JobId::new(at(i64::from(number)), [number; 10]);
    OutboxMessage::Job(Job::Ingest { image_id }.into_envelope(id, Some("00-aa-bb-01".into())))
}

pub(super) fn analysis() -> Analysis {
    Analysis {
        v: 1,
        format: ImageFormat::Jpeg,
        width: 4_000,
        height: 3_000,
        orientation: 6,
        has_alpha: false,
        is_animated: true,
        frames: Some(12),
        colour_profile: Some("Display P3".into()),
        thumbhash: "3OcRJYB4d3h/iIeHeEh3eIhw+j2w".into(),
        perceptual_hash: "ffee000000000001".into(),
        palette: vec![PaletteColour {
            hex: "#aabbcc".into(),
            share: 0.5,
            name: Some("light blue".into()),
        }],
        measures: Some(Measures {
            sharpness: 0.625,
            ..Measures::default()
        }),
        focus: Some([0.25, 0.5]),
        codes: vec!["https://example.com/?ä".into()],
        metadata: Metadata {
            description: Some("ein „Zitat“".into()),
            ..Metadata::default()
        },
        damaged: false,
    }
}
