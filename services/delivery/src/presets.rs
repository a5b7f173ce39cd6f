//! Presets as delivery knows them: the object that the worker publishes, kept in memory for a moment.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use delivery_url::{Options, Target, parse};
use domain::{BlobKey, PresetName, PublishedPreset, PublishedPresets, Watermark};
use ports::{BlobStore, PortError};
use tokio::{sync::Mutex, time::Instant};

use crate::errors::DeliveryError;

/// What the names in URLs stand for.
///
/// The last presets that could be read are used on while the store is away: they are what pages ask for most.
pub(crate) struct Presets {
    blobs: Arc<dyn BlobStore>,
    max_age: Duration,
    kept: RwLock<Option<Kept>>,
    /// How often all was to be forgotten. What was read before the last time is not used.
    forgotten: AtomicU64,
    /// Held by the one who reads.
    reading: Mutex<()>,
}

/// What was read, and when.
#[derive(Clone)]
struct Kept {
    read_at: Instant,
    /// How often all had been forgotten by then.
    forgotten: u64,
    /// As it was published: what has not changed is not parsed again.
    bytes: Option<Bytes>,
    meanings: Arc<Meanings>,
}

/// What the names stand for at one moment.
pub(crate) struct Meanings(HashMap<PresetName, Meaning>);

enum Meaning {
    Options(Box<Options>),
    Watermark(Watermark),
}

impl Presets {
    /// The presets in `blobs`, which are read anew when they are older than `max_age`; each time where it is zero.
    pub(crate) fn new(blobs: Arc<dyn BlobStore>, max_age: Duration) -> Self {
        Self {
            blobs,
            max_age,
            kept: RwLock::default(),
            forgotten: AtomicU64::new(0),
            reading: Mutex::default(),
        }
    }

    /// What is known of them without a look at the store; none where one is due.
    pub(crate) fn at_hand(&self) -> Option<Arc<Meanings>> {
        let forgotten = self.forgotten.load(Ordering::Acquire);
        let is_new = |kept: &Kept| kept.forgotten == forgotten && kept.read_at.elapsed() < self.max_age;
        self.kept().filter(is_new).map(|kept| kept.meanings)
    }

    /// What the names stand for now. The same meanings are the same `Arc`.
    pub(crate) async fn meanings(&self) -> Result<Arc<Meanings>, PortError> {
        let asked_at = Instant::now();
        // One reads, and the others wait for it: what began to be read after they asked is new enough for them.
        let forgotten = self.forgotten.load(Ordering::Acquire);
        let is_new = |kept: &Kept| {
            kept.forgotten >= forgotten && (kept.read_at.elapsed() < self.max_age || kept.read_at > asked_at)
        };
        if let Some(kept) = self.kept().filter(is_new) {
            return Ok(kept.meanings);
        }
        let _reading = match self.reading.try_lock() {
            Ok(reading) => reading,
            Err(_) => {
                // A store that hangs must not hold up those who can be given what was true a moment ago.
                let is_unspoilt = |kept: &Kept| !self.max_age.is_zero() && kept.forgotten >= forgotten;
                if let Some(kept) = self.kept().filter(is_unspoilt) {
                    return Ok(kept.meanings);
                }
                self.reading.lock().await
            }
        };
        let before = self.kept();
        if let Some(kept) = before.clone().filter(is_new) {
            return Ok(kept.meanings);
        }
        let read_at = Instant::now();
        let forgotten = self.forgotten.load(Ordering::Acquire);
        let kept = match (self.read(before.as_ref()).await, before) {
            (Ok((bytes, meanings)), _) => Kept {
                read_at,
                forgotten,
                bytes,
                meanings,
            },
            (Err(error), Some(before)) => {
                tracing::warn!(error.message = %error, "the presets cannot be read: the last ones are used on");
                Kept {
                    read_at,
                    forgotten,
                    ..before
                }
            }
            (Err(error), None) => return Err(error),
        };
        let meanings = Arc::clone(&kept.meanings);
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        Ok(meanings)
    }

    /// Looks the presets up anew when one is next asked for.
    pub(crate) fn forget(&self) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
    }

    fn kept(&self) -> Option<Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn read(&self, before: Option<&Kept>) -> Result<(Option<Bytes>, Arc<Meanings>), PortError> {
        let bytes = self.blobs.get(&BlobKey::presets()).await?;
        if let Some(before) = before.filter(|before| before.bytes == bytes) {
            return Ok((bytes, Arc::clone(&before.meanings)));
        }
        let published = match &bytes {
            Some(bytes) => {
                serde_json::from_slice::<PublishedPresets>(bytes)
                    .map_err(|error| PortError::corrupt("the published presets", error.to_string()))?
                    .presets
            }
            // Nobody ever made one.
            None => Vec::new(),
        };
        let meanings = published.into_iter().filter_map(read_preset).collect();
        Ok((bytes, Arc::new(Meanings(meanings))))
    }
}

impl Meanings {
    /// The options that `p=` stands for.
    pub(crate) fn options(&self, name: &PresetName) -> Result<&Options, DeliveryError> {
        match self.0.get(name) {
            Some(Meaning::Options(options)) => Ok(options),
            Some(Meaning::Watermark(_)) => Err(DeliveryError::PresetIsWatermark(name.clone())),
            None => Err(DeliveryError::PresetNotFound(name.clone())),
        }
    }

    /// The watermark that `wm=` stands for.
    pub(crate) fn watermark(&self, name: &PresetName) -> Result<Watermark, DeliveryError> {
        match self.0.get(name) {
            Some(Meaning::Watermark(watermark)) => Ok(*watermark),
            Some(Meaning::Options(_)) | None => Err(DeliveryError::WatermarkNotFound(name.clone())),
        }
    }
}

/// What the preset stands for; none for one of a later release, which this one takes for missing.
fn read_preset(preset: PublishedPreset) -> Option<(PresetName, Meaning)> {
    let PublishedPreset {
        name,
        options,
        watermark,
    } = preset;
    if let Some(watermark) = watermark {
        return Some((name, Meaning::Watermark(watermark)));
    }
    match parse(&options?).map(|request| request.target) {
        Ok(Target::Options(options)) => Some((name, Meaning::Options(Box::new(options)))),
        Ok(Target::Preset(_) | Target::Original) => None,
        Err(error) => {
            tracing::error!(preset.name = %name, error.message = %error, "a preset cannot be read");
            None
        }
    }
}
