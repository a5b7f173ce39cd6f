//! Configuration: defaults, a file, the environment, the command line, in this order; parsed into types at the start.

mod load;
mod types;

pub use load::{ConfigError, ConfigSource, EffectiveValue, LoadedConfig};
pub use types::{
    ApiConfig, BlobsConfig, CatalogConfig, Config, DefaultVisibility, DeliveryConfig, LimitsConfig,
    LogConfig, LogFormat, MetricsTarget, QueueConfig, ShutdownConfig, Signatures, TelemetryConfig, WebConfig,
    WorkerConfig,
};
