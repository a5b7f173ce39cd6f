//! What the handlers share.

use std::{sync::Arc, time::Duration};

use domain::{KeyRing, Visibility};
use imaging::Limits;
use ports::{BlobStore, Catalog, Clock, DirectUploads, Entropy, Queue, WebhookPoster};
use tokio_util::sync::CancellationToken;

use crate::{EventFeed, Passwords, accounts::attempts::Attempts};

/// What an operator may set.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// The longest file that is accepted.
    pub max_upload_bytes: u64,
    /// The length of a direct upload's parts, the last one excepted; longer where there would be too many.
    pub part_size_bytes: u64,
    /// How long a direct upload may take.
    pub upload_lifetime: Duration,
    /// How many direct uploads a person may have open.
    pub max_open_uploads: u32,
    /// The largest picture that is accepted.
    pub limits: Limits,
    /// Whether a file that is cut off is accepted where a part of it can be shown.
    pub accepts_damage: bool,
    /// How long somebody stays signed in.
    pub session_lifetime: Duration,
    /// Who may see what is uploaded without a word about it.
    pub default_visibility: Visibility,
    /// What URLs of delivery are signed with: delivery has the same. URLs of the api's own for parts, too.
    pub signing_keys: Arc<KeyRing>,
}

/// What the api works with.
#[derive(Clone)]
pub struct ApiPorts {
    /// Rows of images, people and uploads, and the outbox.
    pub catalog: Arc<dyn Catalog>,
    /// Originals.
    pub blobs: Arc<dyn BlobStore>,
    /// Where clients send the parts of large files.
    pub direct_uploads: Arc<dyn DirectUploads>,
    /// Jobs: the api asks how many there are, and has dead letters forgotten that are sent anew.
    pub queue: Arc<dyn Queue>,
    /// Posts to webhooks that somebody tries.
    pub poster: Arc<dyn WebhookPoster>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// The api's ports and settings. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) direct_uploads: Arc<dyn DirectUploads>,
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) poster: Arc<dyn WebhookPoster>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) feed: EventFeed,
    pub(crate) passwords: Passwords,
    pub(crate) attempts: Attempts,
    pub(crate) settings: Arc<ApiSettings>,
    pub(crate) stopping: CancellationToken,
}

impl Api {
    /// An api over these ports. `feed` tells open browsers of events; when `stopping` is cancelled their streams end.
    pub fn new(ports: ApiPorts, feed: EventFeed, settings: ApiSettings, stopping: CancellationToken) -> Self {
        let ApiPorts {
            catalog,
            blobs,
            direct_uploads,
            queue,
            poster,
            clock,
            entropy,
        } = ports;
        let settings = Arc::new(settings);
        Self {
            catalog,
            blobs,
            direct_uploads,
            queue,
            poster,
            clock,
            entropy,
            feed,
            passwords: Passwords::new(),
            attempts: Attempts::default(),
            settings,
            stopping,
        }
    }
}
