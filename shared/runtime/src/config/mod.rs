//! Configuration: defaults, a file, the environment, the command line, in this order; parsed into types at the start.

mod check;
mod load;
mod reference;
mod show;
mod types;

pub use load::{ConfigError, ConfigSource, LoadedConfig};
pub use reference::configuration_reference;
pub use show::EffectiveValue;
pub use types::{
    ApiConfig, BlobsConfig, CatalogConfig, CatalogTls, Config, DefaultVisibility, DeliveryConfig, EdgeConfig,
    EventsConfig, LimitsConfig, LogConfig, LogFormat, MetricsTarget, QueueConfig, ShutdownConfig, Signatures,
    TelemetryConfig, WebConfig, WorkerConfig,
};
