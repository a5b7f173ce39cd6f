//! What is compared, and what is aimed at.

use bench::Format;
use serde::{Deserialize, Serialize};

/// What a caller asks of every tool alike.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Ask {
    pub(crate) format: Format,
    /// Of the square that the answer fits into, or fills.
    pub(crate) side: u32,
    /// Fills the square, what stands over is cut off evenly on both sides; otherwise fits into it whole.
    pub(crate) cover: bool,
    /// Tintype with `effort=high`. What the others try is among their own options.
    pub(crate) high_effort: bool,
}

/// Where Tintype renders from. Everybody else renders from the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    Original,
    Ladder,
}

/// One comparison: what sharp makes of a set, and how much less Tintype is to spend on the same.
pub(crate) struct Job {
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) title: &'static str,
    /// A folder of the corpus.
    pub(crate) set: &'static str,
    pub(crate) work: Work,
}

pub(crate) enum Work {
    Render {
        ask: Ask,
        peers: Peers,
        /// Where from, and sharp's processor time over ours that is aimed at.
        targets: &'static [(From, f64)],
    },
    /// The worker's step beside one decode by libjpeg-turbo: the most that ours may take over the decoder's time.
    Ingest { at_most: f64 },
}

/// How the others are told what to write. Both know the same encoders, so the words mean the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peers {
    /// For sharp's `toFormat`, as JSON.
    pub(crate) sharp: &'static str,
    /// For libvips's savers, between brackets.
    pub(crate) vips: &'static str,
}

const JPEG_80: Peers = Peers {
    sharp: r#"{"quality":80}"#,
    vips: "Q=80,optimize_coding,strip",
};
const WEBP_80: Peers = Peers {
    sharp: r#"{"quality":80}"#,
    vips: "Q=80,strip",
};
/// sharp's and with it ipx's default.
const AVIF_DEFAULT: Peers = Peers {
    sharp: r#"{"quality":50,"effort":4,"chromaSubsampling":"4:4:4"}"#,
    vips: "Q=50,effort=4,subsample_mode=off,strip",
};
const AVIF_FAST: Peers = Peers {
    sharp: r#"{"quality":50,"effort":1,"chromaSubsampling":"4:2:0"}"#,
    vips: "Q=50,effort=1,subsample_mode=on,strip",
};

const fn inside(format: Format) -> Ask {
    Ask {
        format,
        side: 800,
        cover: false,
        high_effort: false,
    }
}

const AVIF_HIGH: Ask = Ask {
    high_effort: true,
    ..inside(Format::Avif)
};

const COVER: Ask = Ask {
    format: Format::Jpeg,
    side: 256,
    cover: true,
    high_effort: false,
};

/// At so many SSIMULACRA2 less than sharp a job is lost, whatever it costs.
pub(crate) const QUALITY_SLACK: f64 = 0.5;
/// How far the bytes of a set may lie from sharp's.
pub(crate) const BYTES_SLACK: f64 = 0.03;
/// Of sharp's peak memory.
pub(crate) const MEMORY_SHARE: f64 = 0.25;

pub(crate) const JOBS: &[Job] = &[
    Job {
        name: "large-jpeg",
        title: "large → JPEG 800",
        set: "large",
        work: Work::Render {
            ask: inside(Format::Jpeg),
            peers: JPEG_80,
            targets: &[(From::Original, 1.3), (From::Ladder, 4.0)],
        },
    },
    Job {
        name: "large-progressive-jpeg",
        title: "large, progressive → JPEG 800",
        set: "large-progressive",
        work: Work::Render {
            ask: inside(Format::Jpeg),
            peers: JPEG_80,
            targets: &[(From::Ladder, 10.0)],
        },
    },
    Job {
        name: "large-webp",
        title: "large → WebP 800",
        set: "large",
        work: Work::Render {
            ask: inside(Format::Webp),
            peers: WEBP_80,
            targets: &[(From::Ladder, 2.5)],
        },
    },
    Job {
        name: "large-cover",
        title: "large → JPEG 256 cover",
        set: "large",
        work: Work::Render {
            ask: COVER,
            peers: JPEG_80,
            targets: &[(From::Ladder, 6.0)],
        },
    },
    Job {
        name: "medium-jpeg",
        title: "medium → JPEG 800",
        set: "medium",
        work: Work::Render {
            ask: inside(Format::Jpeg),
            peers: JPEG_80,
            targets: &[(From::Original, 1.7)],
        },
    },
    Job {
        name: "medium-cover",
        title: "medium → JPEG 256 cover",
        set: "medium",
        work: Work::Render {
            ask: COVER,
            peers: JPEG_80,
            targets: &[(From::Original, 1.7)],
        },
    },
    Job {
        name: "medium-webp",
        title: "medium → WebP 800",
        set: "medium",
        work: Work::Render {
            ask: inside(Format::Webp),
            peers: WEBP_80,
            targets: &[(From::Original, 1.3)],
        },
    },
    Job {
        name: "medium-avif",
        title: "medium → AVIF 800, `effort=high` (sharp's default)",
        set: "medium",
        work: Work::Render {
            ask: AVIF_HIGH,
            peers: AVIF_DEFAULT,
            targets: &[(From::Original, 8.0)],
        },
    },
    Job {
        name: "medium-avif-fast",
        title: "medium → AVIF 800 (sharp's effort 1, 4:2:0)",
        set: "medium",
        work: Work::Render {
            ask: inside(Format::Avif),
            peers: AVIF_FAST,
            targets: &[(From::Original, 1.2)],
        },
    },
    Job {
        name: "large-ingest",
        title: "large, ingest",
        set: "large",
        work: Work::Ingest { at_most: 1.6 },
    },
];
