//! One file, read in a process of its own: how much memory and time that took, and what the answers were.

use std::{
    env, fmt, fs,
    io::Write as _,
    process::Command,
    time::{Duration, Instant},
};

use imaging::{
    Allowance, ImagingError, IngestOptions, Limits, OutputFormat, RenderOptions, RenderRequest, Scanner,
    Size, Source,
};

/// What the engine is given: a quarter of the default.
const BUDGET_BYTES: u64 = 256 * 1_024 * 1_024;
/// What may go beyond it: the codecs' tables, the answers, and what the allocator keeps.
const SLACK_BYTES: u64 = 64 * 1_024 * 1_024;
/// Of processor time, because tests run side by side.
const MAX_SECONDS: f64 = 10.0;

/// Names the file for the child.
const FILE: &str = "TINTYPE_HOSTILE_FILE";
/// Begins the lines of the child's answer.
const MARK: &str = "hostile:";

/// What a file took.
pub(crate) struct Found {
    pub(crate) name: &'static str,
    pub(crate) file_bytes: usize,
    /// Above what the process had with the file in its memory.
    pub(crate) peak_bytes: u64,
    pub(crate) seconds: f64,
    pub(crate) worker: String,
    pub(crate) delivery: String,
    ended: bool,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} bytes, peak {:.1} MiB, {:.2} s; worker: {}; delivery: {}",
            self.name,
            self.file_bytes,
            self.peak_bytes as f64 / 1_048_576.0,
            self.seconds,
            self.worker,
            self.delivery
        )
    }
}

impl Found {
    pub(crate) fn assert_within_bounds(&self) {
        assert!(self.ended, "the process ended early: {self}");
        assert!(
            !self.worker.contains("Panicked") && !self.delivery.contains("Panicked"),
            "a panic: {self}"
        );
        assert!(
            self.peak_bytes <= BUDGET_BYTES + SLACK_BYTES,
            "too much memory: {self}"
        );
        assert!(self.seconds < MAX_SECONDS, "too much time: {self}");
    }
}

/// Has a child read the file.
pub(crate) fn measure(name: &'static str, bytes: &[u8]) -> Found {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(FILE, file.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let mut answers = text
        .split(MARK)
        .skip(1)
        .map(|line| line.lines().next().unwrap_or_default().trim());
    let mut next = || answers.next().unwrap_or_default().to_owned();
    let (worker, delivery, peak, seconds) = (next(), next(), next(), next());
    Found {
        name,
        file_bytes: bytes.len(),
        peak_bytes: peak.parse().unwrap_or_default(),
        seconds: seconds.parse().unwrap_or_default(),
        worker,
        delivery,
        ended: output.status.success() && !seconds.is_empty(),
    }
}

/// Reads the file that the parent names. Nothing to do where this is an ordinary run of all tests.
pub(crate) fn child() {
    let Some(path) = env::var_os(FILE) else {
        return;
    };
    let bytes = fs::read(path).unwrap();
    let (peak_before, seconds_before) = (peak_bytes(), processor_seconds());
    let began = Instant::now();
    // The limits of the worker and of delivery, and their deadline.
    let is_over = || began.elapsed() > Duration::from_secs(10);
    let allowance = Allowance {
        limits: Limits::DEFAULT,
        memory_bytes: BUDGET_BYTES,
        is_over: &is_over,
    };
    // What is damaged is taken: the way that reads most.
    let options = IngestOptions {
        accepts_damage: true,
        ..IngestOptions::default()
    };
    let worker = match imaging::ingest(&bytes, &options, &allowance) {
        Ok(ingested) => format!("{} × {}", ingested.analysis.width, ingested.analysis.height),
        Err(error) => told(&error),
    };
    println!("{MARK} {worker}");
    println!("{MARK} {}", delivered(&bytes, &allowance));
    println!("{MARK} {}", peak_bytes().saturating_sub(peak_before));
    println!("{MARK} {}", processor_seconds() - seconds_before);
}

fn delivered(bytes: &[u8], allowance: &Allowance<'_>) -> String {
    let mut scanner = Scanner::new(allowance.limits);
    let original = match scanner.push(bytes).and_then(|()| scanner.finish()) {
        Ok(header) => Size {
            width: header.width,
            height: header.height,
        },
        // Delivery never sees what the door refused.
        Err(_) => return "not asked".to_owned(),
    };
    let options = RenderOptions {
        width: Some(640),
        format: OutputFormat::Webp,
        ..RenderOptions::default()
    };
    let request = RenderRequest {
        source: Source::Original(bytes),
        original,
        options: &options,
        watermark: None,
    };
    match imaging::render(&request, allowance) {
        Ok(answer) => format!("{} × {}", answer.width, answer.height),
        Err(error) => told(&error),
    }
}

fn told(error: &ImagingError) -> String {
    match error {
        ImagingError::Panicked { message } => format!("Panicked: {message}"),
        other => other.to_string(),
    }
}

/// The most memory that this process ever had; 0 where the system does not say (it does on Linux).
fn peak_bytes() -> u64 {
    fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
        })
        .unwrap_or(0)
        * 1_024
}

/// All threads of this process together; 0 where the system does not say.
fn processor_seconds() -> f64 {
    // proc(5): user and system time are fields 14 and 15, in hundredths; the name before them may hold blanks.
    fs::read_to_string("/proc/self/stat")
        .ok()
        .and_then(|stat| {
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
            let mut next = || fields.next()?.parse::<f64>().ok();
            Some((next()? + next()?) / 100.0)
        })
        .unwrap_or(0.0)
}
