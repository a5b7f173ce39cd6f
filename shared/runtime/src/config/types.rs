//! The configuration's shape. What each key means stands beside its default, in `default.toml`.

#![allow(
    missing_docs,
    reason = "default.toml describes each key, and a second description would drift from it"
)]

use std::{net::SocketAddr, path::PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

/// All of it. Keys that are not known are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub listen: SocketAddr,
    pub data: PathBuf,
    pub public_url: String,
    pub catalog: CatalogConfig,
    pub blobs: BlobsConfig,
    pub queue: QueueConfig,
    pub events: EventsConfig,
    pub edge: EdgeConfig,
    pub web: WebConfig,
    pub api: ApiConfig,
    pub limits: LimitsConfig,
    pub ingest: IngestConfig,
    pub delivery: DeliveryConfig,
    pub worker: WorkerConfig,
    pub webhooks: WebhooksConfig,
    pub shutdown: ShutdownConfig,
    pub log: LogConfig,
    pub telemetry: TelemetryConfig,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogConfig {
    /// May hold a password.
    pub url: SecretString,
    pub password_secret: String,
    pub max_connections: u32,
    pub statement_timeout_ms: u64,
    pub patience_ms: u64,
    pub migrate_wait_s: u64,
    pub tls: CatalogTls,
    pub ca_file: PathBuf,
}

/// Whether the way to the catalog's server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CatalogTls {
    /// Unless the server is on this machine.
    Auto,
    Required,
    /// And the server proves its name, by `ca_file` or the public authorities.
    Verify,
    Off,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlobsConfig {
    pub url: String,
    pub uploads_url: String,
    pub derivatives_url: String,
    pub kms_key: String,
    pub public_endpoint: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueConfig {
    pub url: String,
    pub dead_letter_url: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsConfig {
    pub topic: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeConfig {
    pub distribution: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebConfig {
    pub api_url: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiConfig {
    pub max_upload_mib: u64,
    pub part_size_mib: u64,
    pub upload_hours: u32,
    pub max_open_uploads: u32,
    pub session_days: u32,
    pub default_visibility: DefaultVisibility,
}

/// Who may see what is uploaded without a word about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DefaultVisibility {
    Public,
    Private,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    pub max_megapixels: u32,
    pub max_side: u32,
    pub max_frames: u32,
    pub max_animation_megapixels: u32,
    pub decode_memory_mib: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestConfig {
    pub accept_damaged: bool,
}

/// Whether delivery asks for signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signatures {
    Optional,
    Required,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryConfig {
    pub signatures: Signatures,
    pub signing_keys: SecretString,
    pub max_renders: usize,
    pub max_waiting: usize,
    pub render_timeout_ms: u64,
    pub render_memory_mib: u64,
    pub cache_mib: u64,
    pub manifest_max_age_ms: u64,
    pub presets_max_age_s: u64,
    pub only_presets: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerConfig {
    pub concurrency: usize,
    pub lease_s: u64,
    pub max_attempts: u32,
    pub relay_poll_ms: u64,
    pub sweep_min_age_s: u64,
    pub trash_retention_days: u32,
    pub event_retention_days: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhooksConfig {
    pub private_addresses: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShutdownConfig {
    pub unready_ms: u64,
    pub drain_ms: u64,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Auto,
    Text,
    Json,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    pub format: LogFormat,
    pub level: String,
}

/// How metrics leave the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricsTarget {
    Otlp,
    Emf,
    Off,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    pub otlp_endpoint: String,
    pub xray_daemon: String,
    pub sample_ratio: f64,
    pub metrics: MetricsTarget,
    pub metrics_interval_s: u64,
}
