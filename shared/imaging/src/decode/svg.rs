//! SVG, by `resvg`: at exactly the size that is asked for, since a drawing has no pixels of its own.
//!
//! Drawn on a thread of its own, whose stack holds the deepest drawing that is taken. Pictures inside it come from `data:`
//! addresses alone, and their pixels count against the budget before they are decoded.

mod work;

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{ImageHrefResolver, ImageKind, Options, Tree},
};

use super::{Decoded, DecodedPixels, Demand};
use crate::{
    Allowance, Header, ImagingError, ProbeError,
    probe::probe,
    raster::{Channels, Samples},
    svg::{Refusal, has_text, parse, scaled, text, weight::weigh},
};

/// For 150 levels of elements; a level takes up to 30 kB without optimisation, and the renderer goes through several
/// functions for each.
const STACK_BYTES: usize = 64 * 1_024 * 1_024;
/// Of pictures inside the drawing, counted as often as they are shown.
const MAX_INNER_PIXELS: u64 = 100_000_000;

fn refused(refusal: Refusal) -> ImagingError {
    let what = match refusal {
        Refusal::Truncated => "it ends too early",
        Refusal::Other(what) | Refusal::Damaged(what) => what,
    };
    damaged(what)
}

fn damaged(what: &str) -> ImagingError {
    ImagingError::undecodable(format!(
        "the SVG cannot be drawn ({what}); simplify it in a drawing program, or export it as PNG"
    ))
}

pub(super) fn decode(
    bytes: &[u8],
    header: Header,
    demand: Demand,
    allowance: &Allowance<'_>,
) -> Result<Decoded, ImagingError> {
    thread::scope(|scope| {
        let drawing = thread::Builder::new()
            .name("svg".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || draw(bytes, header, demand, allowance))
            .map_err(|_| damaged("there is no memory for a thread"))?;
        drawing.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

fn draw(
    bytes: &[u8],
    header: Header,
    demand: Demand,
    allowance: &Allowance<'_>,
) -> Result<Decoded, ImagingError> {
    let text = text(bytes).map_err(refused)?;
    let document = parse(text).map_err(refused)?;
    if has_text(&document) && !demand.accepts_damage {
        return Err(ImagingError::undecodable(
            "the SVG has text, and there are no fonts here to draw it as it was meant; convert its text to paths, or export it as PNG",
        ));
    }
    let edge = demand.min_edge.clamp(1, header.width.max(header.height));
    let (width, height) = scaled(f64::from(header.width), f64::from(header.height), edge);
    let canvas = u64::from(width) * u64::from(height) * 4;
    let weight = weigh(&document).map_err(refused)?;
    allowance.memory(canvas + weight)?;

    let inner = Inner {
        allowance,
        pixels: AtomicU64::new(0),
        refused: AtomicBool::new(false),
    };
    let options = Options {
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, data, _| inner.take(&data).map(|kind| kind(data))),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_xmltree(&document, &options).map_err(|error| damaged(&error.to_string()))?;
    if inner.refused.load(Ordering::Relaxed) {
        return Err(damaged("the pictures inside it are too large together"));
    }
    let scale = Transform::from_scale(
        width as f32 / tree.size().width(),
        height as f32 / tree.size().height(),
    );
    let work = work::of(&tree, scale, (width, height));
    allowance.memory(canvas + weight + work.bytes)?;
    if work.steps > work::MAX_STEPS {
        return Err(damaged("it paints over itself so often that it takes too long"));
    }
    allowance.time()?;
    let mut pixmap = Pixmap::new(width, height).ok_or_else(|| damaged("its size makes no sense"))?;
    resvg::render(&tree, scale, &mut pixmap.as_mut());
    let mut pixels = pixmap.take();
    // From colours multiplied by alpha to straight ones.
    for pixel in pixels.as_chunks_mut::<4>().0 {
        let alpha = u32::from(pixel[3]);
        if alpha != 255 && alpha != 0 {
            let straight = |c: u8| ((u32::from(c) * 255 + alpha / 2) / alpha).min(255) as u8;
            pixel[..3].iter_mut().for_each(|c| *c = straight(*c));
        }
    }
    Ok(Decoded {
        width,
        height,
        extent: (f64::from(width), f64::from(height)),
        pixels: DecodedPixels::Interleaved(Channels::Rgba, Samples::Eight(pixels)),
        profile: None,
        orientation: None,
        exif: None,
    })
}

/// Makes of a file's bytes what the renderer takes.
type Kind = fn(Arc<Vec<u8>>) -> ImageKind;

/// Pictures inside the drawing.
struct Inner<'a> {
    allowance: &'a Allowance<'a>,
    pixels: AtomicU64,
    refused: AtomicBool,
}

impl Inner<'_> {
    /// What the renderer is told that a picture is; none for what is not drawn.
    fn take(&self, data: &[u8]) -> Option<Kind> {
        use domain::ImageFormat as Format;
        let header = match probe(data, &self.allowance.limits) {
            Ok(header) => header,
            Err(ProbeError::TooManyPixels { .. } | ProbeError::SideTooLong { .. }) => {
                self.refused.store(true, Ordering::Relaxed);
                return None;
            }
            Err(_) => return None,
        };
        let pixels = u64::from(header.width) * u64::from(header.height);
        let before = self.pixels.fetch_add(pixels, Ordering::Relaxed);
        // A pixel takes four bytes, and the decoders hold a second copy.
        if before + pixels > MAX_INNER_PIXELS || pixels * 8 > self.allowance.memory_bytes {
            self.refused.store(true, Ordering::Relaxed);
            return None;
        }
        match header.format {
            Format::Jpeg => Some(ImageKind::JPEG),
            Format::Png => Some(ImageKind::PNG),
            Format::Gif => Some(ImageKind::GIF),
            Format::Webp => Some(ImageKind::WEBP),
            _ => None,
        }
    }
}
