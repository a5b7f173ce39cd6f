//! What the program says: results to standard output, complaints to standard error, one line each.

use std::io::Write;

/// Prints one line to standard output, for people or scripts; logs go to standard error.
pub(crate) fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// Prints an error and its causes to standard error, on one line.
pub fn complain(error: &anyhow::Error) {
    // Where standard error is gone there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "tintype: {error:#}");
}
