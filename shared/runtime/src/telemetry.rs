//! Logs: structured lines on standard error.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, filter::ParseError, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{LogConfig, LogFormat};

/// Starts logging, for the life of the process.
///
/// # Errors
/// When the level is neither a level nor directives.
pub fn start_logging(config: &LogConfig) -> Result<(), ParseError> {
    let filter = EnvFilter::builder().parse(&config.level)?;
    let json = match config.format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let registry = tracing_subscriber::registry().with(filter);
    if json {
        let lines = fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(std::io::stderr);
        registry
            .with(lines.with_current_span(true).with_span_list(false))
            .init();
    } else {
        let lines = fmt::layer().with_target(false).with_writer(std::io::stderr);
        registry
            .with(lines.with_ansi(std::io::stderr().is_terminal()))
            .init();
    }
    Ok(())
}
