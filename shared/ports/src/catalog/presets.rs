//! Rows of presets.

use async_trait::async_trait;
use domain::{OutboxMessage, Preset, PresetName};

use crate::PortError;

/// What became of a preset that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresetStored {
    /// It is stored.
    Yes,
    /// It was changed, added or removed by somebody else meanwhile: read it again.
    Conflict,
    /// It is new, and there are as many presets as there may be.
    Full,
}

/// Rows of presets.
#[async_trait]
pub trait PresetCatalog: Send + Sync {
    /// Every preset, in the order of their names.
    async fn presets(&self) -> Result<Vec<Preset>, PortError>;

    /// One preset.
    async fn preset(&self, name: &PresetName) -> Result<Option<Preset>, PortError>;

    /// Stores a preset and the messages: as a new one where its version is 1 and there are fewer than `limit`, else over
    /// the version before its own.
    async fn store_preset(
        &self,
        preset: &Preset,
        limit: u32,
        messages: &[OutboxMessage],
    ) -> Result<PresetStored, PortError>;

    /// Removes a preset and stores the messages. False, and nothing is stored, where there is no such preset.
    async fn remove_preset(&self, name: &PresetName, messages: &[OutboxMessage]) -> Result<bool, PortError>;
}
