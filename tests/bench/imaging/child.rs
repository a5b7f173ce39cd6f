//! A process of its own for each tool and job, so that its peak memory and its processor time are its own.
//! A request comes as JSON on the standard input, the answer goes as JSON to the standard output.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    corpus::{self, Picture},
    jobs::Ask,
    ours::{self, Quality},
    peers,
};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    /// Renders the set again and again, for at least so long. Answer: [`Cost`].
    Time {
        items: Vec<Item>,
        ask: Ask,
        quality: Quality,
        minimum_seconds: f64,
    },
    /// Renders the set once, into files. Answer: the bytes of each.
    Write {
        items: Vec<Item>,
        ask: Ask,
        quality: Quality,
        to: Vec<PathBuf>,
    },
    /// The fixed quality at which the set takes as nearly as possible so many bytes. Answer: the quality.
    Match {
        items: Vec<Item>,
        ask: Ask,
        total_bytes: u64,
    },
    /// Makes the ladders. Answer: the pictures, with what was found out about them.
    Prepare {
        originals: Vec<PathBuf>,
        folder: PathBuf,
    },
    /// The worker's step. Answer: [`Cost`].
    Ingest { items: Vec<Item>, minimum_seconds: f64 },
    /// One whole decode to RGB. Answer: [`Cost`].
    Turbojpeg { items: Vec<Item>, minimum_seconds: f64 },
    /// A process a picture, each writing a file. Answer: [`Cost`], of those processes.
    Vipsthumbnail {
        items: Vec<Item>,
        ask: Ask,
        options: String,
        folder: PathBuf,
        minimum_seconds: f64,
    },
}

/// What is rendered from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) path: PathBuf,
    pub(crate) is_mezzanine: bool,
    /// The upright size of the original, whatever the file is.
    pub(crate) original: (u32, u32),
}

/// What a set cost. The time is that of all passes, the first picture before them excepted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Cost {
    pub(crate) cpu_seconds: f64,
    pub(crate) wall_seconds: f64,
    pub(crate) images: u32,
    pub(crate) peak_bytes: u64,
}

/// As the program sets glibc's allocator (services/tintype/src/main.rs, with the reasons): what the engine costs there is measured.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MMAP_THRESHOLD_BYTES: libc::c_int = 1024 * 1024;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const TRIM_THRESHOLD_BYTES: libc::c_int = 4 * 1024 * 1024;

/// The other side: does what the standard input asks for.
pub(crate) fn serve() -> Result<()> {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: no preconditions; a refused value changes nothing.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, TRIM_THRESHOLD_BYTES);
    }
    let mut request = String::new();
    io::stdin().read_to_string(&mut request)?;
    let answer = match serde_json::from_str(&request)? {
        Request::Time {
            items,
            ask,
            quality,
            minimum_seconds,
        } => serde_json::to_value(measure(&items, minimum_seconds, Whose::Own, |item| {
            render(item, ask, quality).map(drop)
        })?)?,
        Request::Write {
            items,
            ask,
            quality,
            to,
        } => {
            let mut sizes = Vec::new();
            for (item, to) in items.iter().zip(to) {
                let bytes = render(item, ask, quality)?;
                fs::write(to, &bytes)?;
                sizes.push(bytes.len());
            }
            serde_json::to_value(sizes)?
        }
        Request::Match {
            items,
            ask,
            total_bytes,
        } => serde_json::to_value(match_bytes(&items, ask, total_bytes)?)?,
        Request::Prepare { originals, folder } => {
            serde_json::to_value(corpus::prepare(&originals, &folder)?)?
        }
        Request::Ingest {
            items,
            minimum_seconds,
        } => serde_json::to_value(measure(&items, minimum_seconds, Whose::Own, |item| {
            ours::ingest(&fs::read(&item.path)?).map(drop)
        })?)?,
        Request::Turbojpeg {
            items,
            minimum_seconds,
        } => serde_json::to_value(measure(&items, minimum_seconds, Whose::Own, |item| {
            peers::turbojpeg(&item.path)
        })?)?,
        Request::Vipsthumbnail {
            items,
            ask,
            options,
            folder,
            minimum_seconds,
        } => serde_json::to_value(measure(&items, minimum_seconds, Whose::Children, |item| {
            peers::vipsthumbnail(&item.path, ask, &options, &folder)
        })?)?,
    };
    serde_json::to_writer(io::stdout().lock(), &answer)?;
    Ok(())
}

/// This side: a child of this program's own.
pub(crate) fn ask<T: DeserializeOwned>(request: &Request) -> Result<T> {
    bench::call(
        Command::new(std::env::current_exe()?).arg("child"),
        &serde_json::to_value(request)?,
    )
}

fn render(item: &Item, ask: Ask, quality: Quality) -> Result<Vec<u8>> {
    let bytes = fs::read(&item.path).with_context(|| item.path.display().to_string())?;
    ours::render(&bytes, item.is_mezzanine, item.original, ask, quality)
}

/// Bytes grow with the quality, so the lowest that reaches the total is looked for by halving.
fn match_bytes(items: &[Item], ask: Ask, total_bytes: u64) -> Result<u8> {
    let total = |quality| {
        items.iter().try_fold(0, |sum, item| -> Result<u64> {
            Ok(sum + render(item, ask, Quality::Fixed(quality))?.len() as u64)
        })
    };
    let (mut below, mut reaches) = ((0, 0), (100, total(100)?));
    while reaches.0 - below.0 > 1 {
        let middle = u8::midpoint(below.0, reaches.0);
        let bytes = total(middle)?;
        if bytes < total_bytes {
            below = (middle, bytes);
        } else {
            reaches = (middle, bytes);
        }
    }
    let off = |(_, bytes): (u8, u64)| bytes.abs_diff(total_bytes);
    Ok(if below.0 > 0 && off(below) < off(reaches) {
        below.0
    } else {
        reaches.0
    })
}

/// Whose time and memory count.
#[derive(Clone, Copy)]
enum Whose {
    Own,
    Children,
}

fn measure(
    items: &[Item],
    minimum_seconds: f64,
    whose: Whose,
    work: impl Fn(&Item) -> Result<()>,
) -> Result<Cost> {
    work(items.first().context("a set without pictures")?)?;
    let cpu_before = usage(whose)?.0;
    let start = Instant::now();
    let mut images = 0;
    while images == 0 || start.elapsed().as_secs_f64() < minimum_seconds {
        for item in items {
            work(item)?;
            images += 1;
        }
    }
    let wall_seconds = start.elapsed().as_secs_f64();
    let (cpu, children_peak) = usage(whose)?;
    let peak_bytes = match whose {
        Whose::Own => own_peak()?,
        Whose::Children => children_peak,
    };
    Ok(Cost {
        cpu_seconds: cpu - cpu_before,
        wall_seconds,
        images,
        peak_bytes,
    })
}

/// Seconds of processor time of all threads, user's and system's, and the most resident bytes of any one process.
#[allow(unsafe_code, reason = "the standard library has no getrusage")]
fn usage(whose: Whose) -> Result<(f64, u64)> {
    let who = match whose {
        Whose::Own => libc::RUSAGE_SELF,
        Whose::Children => libc::RUSAGE_CHILDREN,
    };
    // SAFETY: rusage is numbers alone, for which zero is a value; getrusage writes one of them and keeps no pointer.
    let (result, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::getrusage(who, &mut usage), usage)
    };
    ensure!(result == 0, "getrusage: {}", io::Error::last_os_error());
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    Ok((
        seconds(usage.ru_utime) + seconds(usage.ru_stime),
        usage.ru_maxrss as u64 * 1_024,
    ))
}

/// Not getrusage's maximum: that counts what the parent had before the exec.
fn own_peak() -> Result<u64> {
    let status =
        fs::read_to_string(Path::new("/proc/self/status")).context("memory is measured on Linux only")?;
    let kilobytes: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .context("no VmHWM in /proc/self/status")?
        .parse()?;
    Ok(kilobytes * 1_024)
}

/// A picture's original as what is rendered from.
pub(crate) fn original(picture: &Picture) -> Item {
    Item {
        path: picture.path.clone(),
        is_mezzanine: false,
        original: (picture.width, picture.height),
    }
}
