//! Logs: structured lines on standard error.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, Layer, Registry, filter::ParseError, fmt};

use crate::{LogConfig, LogFormat};

/// What writes the lines.
///
/// # Errors
/// When the level is neither a level nor directives.
pub(super) fn log_lines(config: &LogConfig) -> Result<Box<dyn Layer<Registry> + Send + Sync>, ParseError> {
    // Of the lines alone: what is traced does not depend on what is logged.
    let filter = EnvFilter::builder().parse(&config.level)?;
    let json = match config.format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    Ok(if json {
        let lines = fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(std::io::stderr);
        lines
            .with_current_span(true)
            .with_span_list(false)
            .with_filter(filter)
            .boxed()
    } else {
        let lines = fmt::layer().with_target(false).with_writer(std::io::stderr);
        lines
            .with_ansi(std::io::stderr().is_terminal())
            .with_filter(filter)
            .boxed()
    })
}
