//! What is said about the machine, and how a comparison speaks.

use std::{
    fs,
    io::{Write, stderr, stdout},
    path::PathBuf,
    process::Command,
};

use anyhow::{Context, Result};

/// Its processor, its cores, its system and how busy it is.
///
/// # Errors
/// Where there is no `/proc`.
pub fn machine() -> Result<String> {
    let cpu = fs::read_to_string("/proc/cpuinfo").context("machines are described on Linux only")?;
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .and_then(|rest| rest.split_once(": "))
        .map_or("an unnamed processor", |(_, model)| model);
    let load = fs::read_to_string("/proc/loadavg")?;
    let cores = std::thread::available_parallelism()?;
    // Others' work lengthens wall time first, and processor time where cores share caches.
    Ok(format!(
        "{model}, {cores} cores, {}, load average {} at the end",
        said_by("uname", &["-sr"])?,
        load.split(' ').take(3).collect::<Vec<_>>().join(" "),
    ))
}

/// The date, in UTC.
///
/// # Errors
/// Where there is no `date`.
pub fn today() -> Result<String> {
    said_by("date", &["-u", "+%F"])
}

/// What a program prints to its standard output, or else to its standard error, where some tell their version.
///
/// # Errors
/// When it does not start.
pub fn said_by(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .with_context(|| program.to_owned())?;
    let said = if output.stdout.is_empty() {
        output.stderr
    } else {
        output.stdout
    };
    Ok(String::from_utf8_lossy(&said).trim().to_owned())
}

/// Where photographs, tools and references lie, unless told otherwise.
///
/// # Errors
/// Where nobody says where the home is.
pub fn default_cache() -> Result<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))
        .context("neither XDG_CACHE_HOME nor HOME says where the cache is")?;
    Ok(base.join("tintype-bench"))
}

/// The answer. Whoever closes the pipe has seen enough.
pub fn print(text: &str) {
    let _ = stdout().write_all(text.as_bytes());
}

/// What is being done, for who waits.
pub fn progress(text: &str) {
    let _ = writeln!(stderr(), "{text}");
}
