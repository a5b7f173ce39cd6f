//! Jobs: what the worker is asked to do, and the envelope they travel in.

use serde::{Deserialize, Serialize};

use crate::{ImageId, JobId, UploadId};

/// Something the worker does. Every job is idempotent: it may be delivered more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// Derive everything that is derived from an original.
    Ingest {
        /// Of which image.
        image_id: ImageId,
    },
    /// Write the manifest anew, so that delivery knows what the catalog knows.
    PublishManifest {
        /// Of which image.
        image_id: ImageId,
    },
    /// Remove an image's objects, then its row.
    Delete {
        /// Which image.
        image_id: ImageId,
    },
    /// Write the presets anew, so that delivery knows what the catalog knows.
    PublishPresets,
    /// Check what a client sent to the blob store itself, and make an image of it or refuse it.
    Accept {
        /// Which upload.
        upload_id: UploadId,
    },
}

/// How a job travels: kinds may be added, none may change its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Of the envelope's shape; 1.
    pub v: u32,
    /// The kind of job, such as `image.ingest`.
    pub kind: String,
    /// The job's id: a queue that sees it twice may drop the second.
    pub id: JobId,
    /// W3C Trace Context of the request that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What the kind needs.
    pub body: serde_json::Value,
}

/// The envelope holds no job that this release knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown job: kind {kind:?}, envelope version {v}")]
pub struct UnknownJob {
    /// The kind in the envelope.
    pub kind: String,
    /// The envelope's version.
    pub v: u32,
}

#[derive(Serialize, Deserialize)]
struct ImageBody {
    image_id: ImageId,
}

#[derive(Serialize, Deserialize)]
struct UploadBody {
    upload_id: UploadId,
}

impl Job {
    /// The name in envelopes, logs and metrics.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ingest { .. } => "image.ingest",
            Self::PublishManifest { .. } => "image.publish-manifest",
            Self::Delete { .. } => "image.delete",
            Self::PublishPresets => "presets.publish",
            Self::Accept { .. } => "upload.accept",
        }
    }

    /// The image it is about, if it is about one.
    pub const fn image_id(&self) -> Option<ImageId> {
        match self {
            Self::Ingest { image_id } | Self::PublishManifest { image_id } | Self::Delete { image_id } => {
                Some(*image_id)
            }
            Self::PublishPresets | Self::Accept { .. } => None,
        }
    }

    /// The job, ready to travel.
    pub fn into_envelope(self, id: JobId, traceparent: Option<String>) -> Envelope {
        let kind = self.kind();
        let body = match self {
            Self::Ingest { image_id } | Self::PublishManifest { image_id } | Self::Delete { image_id } => {
                serde_json::json!(ImageBody { image_id })
            }
            Self::Accept { upload_id } => serde_json::json!(UploadBody { upload_id }),
            Self::PublishPresets => serde_json::json!({}),
        };
        Envelope {
            v: 1,
            kind: kind.to_owned(),
            id,
            traceparent,
            body,
        }
    }
}

impl TryFrom<&Envelope> for Job {
    type Error = UnknownJob;

    fn try_from(envelope: &Envelope) -> Result<Self, UnknownJob> {
        let unknown = || UnknownJob {
            kind: envelope.kind.clone(),
            v: envelope.v,
        };
        if envelope.v != 1 {
            return Err(unknown());
        }
        match envelope.kind.as_str() {
            "presets.publish" => return Ok(Self::PublishPresets),
            "upload.accept" => {
                let UploadBody { upload_id } =
                    UploadBody::deserialize(&envelope.body).map_err(|_| unknown())?;
                return Ok(Self::Accept { upload_id });
            }
            _ => {}
        }
        let ImageBody { image_id } = ImageBody::deserialize(&envelope.body).map_err(|_| unknown())?;
        match envelope.kind.as_str() {
            "image.ingest" => Ok(Self::Ingest { image_id }),
            "image.publish-manifest" => Ok(Self::PublishManifest { image_id }),
            "image.delete" => Ok(Self::Delete { image_id }),
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_survives_its_travel() {
        let image_id = ImageId::new(jiff::Timestamp::UNIX_EPOCH, [3; 10]);
        for job in [
            Job::Ingest { image_id },
            Job::PublishManifest { image_id },
            Job::Delete { image_id },
            Job::PublishPresets,
            Job::Accept {
                upload_id: UploadId::new(jiff::Timestamp::UNIX_EPOCH, [5; 10]),
            },
        ] {
            let envelope = job
                .clone()
                .into_envelope(JobId::new(jiff::Timestamp::UNIX_EPOCH, [4; 10]), None);
            let text = serde_json::to_string(&envelope).unwrap();
            assert_eq!(
                Job::try_from(&serde_json::from_str::<Envelope>(&text).unwrap()),
                Ok(job)
            );
        }
    }

    #[test]
    fn a_kind_of_a_later_release_is_named_and_not_guessed() {
        let id = JobId::new(jiff::Timestamp::UNIX_EPOCH, [4; 10]);
        let body = serde_json::json!({ "image_id": id });
        let envelope = Envelope {
            v: 1,
            kind: "image.sing".into(),
            id,
            traceparent: None,
            body,
        };
        assert_eq!(
            Job::try_from(&envelope),
            Err(UnknownJob {
                kind: "image.sing".into(),
                v: 1
            })
        );
    }
}
