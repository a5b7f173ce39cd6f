//! `tintype`: see `tintype --help`.

use std::process::ExitCode;

use clap::Parser;

/// Allocations from this size on are mapped by themselves, and unmapped when they are freed.
///
/// Left alone, glibc raises its own threshold to 32 MiB once such a buffer was freed (mallopt(3), M_MMAP_THRESHOLD): the
/// pixels of a batch of uploads then stay with the process for good. Measured on 35 wallpapers of up to 17 megapixels:
/// 266 MiB resident when all is done (455 at the peak), and 29 with the threshold held (206 at the peak).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MMAP_THRESHOLD_BYTES: libc::c_int = 1024 * 1024;

/// What each heap keeps free at its end instead of giving it back to the system, only to ask for it again at the next render: the
/// buffers of one from a mezzanine. With glibc's own 128 KiB, page faults were a seventh of such a render (8.0 ms against 6.8 for
/// a JPEG at 800 px), and more than 4 MiB gains nothing (tests/bench/imaging).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const TRIM_THRESHOLD_BYTES: libc::c_int = 4 * 1024 * 1024;

#[tokio::main]
async fn main() -> ExitCode {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: no preconditions; a refused value changes nothing.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, TRIM_THRESHOLD_BYTES);
    }
    match tintype::cli::run(tintype::cli::Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line: what is wrong, and what is behind it.
            tintype::output::complain(&error);
            ExitCode::FAILURE
        }
    }
}
