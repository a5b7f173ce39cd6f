//! What every role of the executable stands on.
//!
//! Owns: configuration and where each value came from, logs and where traces and metrics go, health, serving and stopping. Refuses: adapters and roles,
//! which the executable composes.

mod config;
mod health;
mod serve;
mod shutdown;
mod telemetry;

pub use config::{
    ApiConfig, BlobsConfig, CatalogConfig, CatalogTls, Config, ConfigError, ConfigSource, DefaultVisibility,
    DeliveryConfig, EdgeConfig, EffectiveValue, EventsConfig, LimitsConfig, LoadedConfig, LogConfig,
    LogFormat, MetricsTarget, QueueConfig, ShutdownConfig, Signatures, TelemetryConfig, WebConfig,
    WorkerConfig, configuration_reference,
};
pub use health::{
    HealthCheck, HealthCheckError, Readiness, ask_health, health_routes, starting_health_routes,
};
pub use serve::serve;
pub use shutdown::{Shutdown, on_signals};
pub use telemetry::{Telemetry, TelemetryError, start_telemetry};
