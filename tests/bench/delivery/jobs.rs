//! What is asked of every server alike, and what is aimed at.

use bench::Format;

/// A picture in a size and a format.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask {
    pub(crate) format: Format,
    pub(crate) width: u32,
    /// With a height the box is filled and what stands over is cut off; without one the ratio decides.
    pub(crate) height: Option<u32>,
    /// As the server's own scale has it; none: what it takes unless told.
    pub(crate) quality: Option<u8>,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Tintype,
    Ipx,
    Thumbor,
}

pub(crate) const TOOLS: [Tool; 3] = [Tool::Tintype, Tool::Ipx, Tool::Thumbor];

impl Tool {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tintype => "Tintype",
            Self::Ipx => "ipx",
            Self::Thumbor => "thumbor",
        }
    }
}

/// A comparison of cold answers.
pub(crate) struct Job {
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) title: &'static str,
    /// A folder of the corpus.
    pub(crate) set: &'static str,
    pub(crate) format: Format,
    pub(crate) cover: bool,
    /// How often the others' images a second, and their processor time an image, are to be Tintype's, turned so that more
    /// is better.
    pub(crate) target: f64,
    /// Against whom.
    pub(crate) against: &'static [Tool],
}

const BOTH: &[Tool] = &[Tool::Ipx, Tool::Thumbor];

/// The first one is also asked for where the first byte and the memory are measured.
pub(crate) const JOBS: &[Job] = &[
    Job {
        name: "large-jpeg",
        title: "large → JPEG 800",
        set: "large",
        format: Format::Jpeg,
        cover: false,
        target: 4.0,
        against: BOTH,
    },
    Job {
        name: "large-webp",
        title: "large → WebP 800",
        set: "large",
        format: Format::Webp,
        cover: false,
        target: 3.0,
        against: BOTH,
    },
    Job {
        name: "large-cover",
        title: "large → JPEG 256 cover",
        set: "large",
        format: Format::Jpeg,
        cover: true,
        target: 8.0,
        against: BOTH,
    },
    Job {
        name: "medium-jpeg",
        title: "medium → JPEG 800",
        set: "medium",
        format: Format::Jpeg,
        cover: false,
        target: 1.7,
        against: BOTH,
    },
    Job {
        name: "medium-webp",
        title: "medium → WebP 800",
        set: "medium",
        format: Format::Webp,
        cover: false,
        target: 1.3,
        against: BOTH,
    },
    Job {
        name: "medium-avif",
        title: "medium → AVIF 800 (ipx's default)",
        set: "medium",
        format: Format::Avif,
        cover: false,
        target: 8.0,
        // The two encoders are told to try differently hard.
        against: &[Tool::Ipx],
    },
];

/// At so many SSIMULACRA2 less than ipx a job is lost, whatever it costs.
pub(crate) const QUALITY_SLACK: f64 = 0.5;
/// How far the bytes of a set may lie from ipx's.
pub(crate) const BYTES_SLACK: f64 = 0.03;
/// Of ipx's peak memory, at concurrency 64.
pub(crate) const MEMORY_SHARE: f64 = 0.25;
/// Of nginx's requests a second, from memory and unchanged.
pub(crate) const HOT_SHARE: f64 = 0.6;
pub(crate) const UNCHANGED_SHARE: f64 = 0.9;
/// Seconds until the first byte, of half and of nearly all.
pub(crate) const FIRST_BYTE: (f64, f64) = (0.040, 0.120);
/// Seconds until a picture in memory is there during a burst, of nearly all.
pub(crate) const BURST_P99: f64 = 0.050;
/// What the burst asks for: the quickest to render, so that there is the most to do beside.
pub(crate) const BURST_JOB: &str = "large-cover";

impl Job {
    /// What the job is named after, at the server's stated quality; Tintype's is found out.
    pub(crate) fn ask(&self, tool: Tool) -> Ask {
        let quality = match (self.format, tool) {
            (Format::Avif, Tool::Ipx) => None,
            // What ipx's default is.
            (Format::Avif, _) => Some(50),
            _ => Some(80),
        };
        let (width, height) = if self.cover { (256, Some(256)) } else { (800, None) };
        Ask {
            format: self.format,
            width,
            height,
            quality,
        }
    }
}

impl Ask {
    /// The same a few pixels smaller or larger, in an order that keeps the mean: nobody has answered it before.
    pub(crate) fn pass(self, pass: usize) -> Option<Self> {
        let beside = |number: usize| {
            let step = u32::try_from(number.div_ceil(2)).unwrap_or(u32::MAX);
            (number % 2 == 1, step)
        };
        let moved = |side: u32, number: usize| {
            let (up, step) = beside(number);
            if up {
                side.saturating_add(step)
            } else {
                side - step
            }
        };
        match self.height {
            // Of both sides by up to 12 of 256.
            Some(height) => (pass < 25 * 25).then(|| Self {
                width: moved(self.width, pass / 25),
                height: Some(moved(height, pass % 25)),
                ..self
            }),
            // By up to 100 of 800: the ladder's rung stays the same.
            None => (pass < 201).then(|| Self {
                width: moved(self.width, pass),
                ..self
            }),
        }
    }
}
