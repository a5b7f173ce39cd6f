//! What the targets of `tests/fuzz` run: hostile bytes through each door, and what must hold whatever they are. Behind the
//! feature `fuzzing`, so that it is in no program; the tests run it over every file that once broke something.

mod files;
mod options;
mod seeds;

use domain::ImageFormat;

use self::files::forced;
pub use self::seeds::seeds;
use crate::{
    Allowance, ColourSpace, Fit, Header, ImagingError, IngestOptions, Ladder, Limits, MetadataPolicy,
    OutputFormat, ProbeError, RenderOptions, RenderRequest, Rendered, Scanner, Size, Source, Watermark,
    analyse::{exif, iptc, xmp},
    colour::{self, Profile},
    decode,
    encode::metadata::Tags,
    geometry, ingest,
    raster::{Channels, Samples},
    render,
    testing::{photo, png},
};

/// Small, so that a target runs often; but an SVG without a size of its own counts as 2,560 pixels across.
const LIMITS: Limits = Limits {
    max_pixels: 8_000_000,
    max_side: 65_535,
    max_frames: 20,
    max_animation_pixels: 1_000_000,
};

/// What a decoder may take; the fuzzer holds it to little more.
const MEMORY_BYTES: u64 = 64 * 1_024 * 1_024;

/// What a drawn picture may be enlarged to: an answer of 64 MiB takes seconds under AddressSanitizer, and shows nothing that a
/// smaller one does not.
const ENLARGED_BYTES: u64 = 4 * 1_024 * 1_024;

/// The caller's clock.
pub type IsOver<'a> = &'a (dyn Fn() -> bool + Sync);

fn allowance(is_over: IsOver<'_>) -> Allowance<'_> {
    Allowance {
        limits: LIMITS,
        memory_bytes: MEMORY_BYTES,
        is_over,
    }
}

/// An error that is the file's fault, and nothing else.
fn checked<T>(result: Result<T, ImagingError>) -> Result<T, ImagingError> {
    if let Err(error @ (ImagingError::Panicked { .. } | ImagingError::Encode { .. })) = &result {
        panic!("{error:?}");
    }
    result
}

fn scanned(bytes: &[u8], chunks: impl Iterator<Item = usize>) -> Result<Header, ProbeError> {
    let mut scanner = Scanner::new(LIMITS);
    let mut rest = bytes;
    for length in chunks {
        if rest.is_empty() {
            break;
        }
        let (chunk, after) = rest.split_at(length.clamp(1, rest.len()));
        scanner.push(chunk)?;
        rest = after;
    }
    scanner.push(rest)?;
    scanner.finish()
}

/// A file of the format with this name, through the worker and through delivery. What makes it one, the magic bytes and
/// PNG's checksums, is put in place first, so that no time is lost on files that are refused at the door.
pub fn picture(format: &str, bytes: &[u8], is_over: IsOver<'_>) {
    let format: ImageFormat = format.parse().expect("the target names a format");
    let bytes = &forced(format, bytes);
    let allowance = allowance(is_over);
    let header = scanned(bytes, std::iter::empty());
    let options = IngestOptions {
        ladder: Ladder(vec![48, 24]),
        accepts_damage: bytes.len().is_multiple_of(2),
    };
    if format == ImageFormat::Jpeg {
        decode::jpeg::check_own_decoder(bytes, &allowance);
    }
    let ingested = checked(ingest(bytes, &options, &allowance));
    let Ok(header) = header else {
        // Whoever takes damage may show more than the probe lets through.
        assert!(
            ingested.is_err() || options.accepts_damage,
            "taken though {header:?}"
        );
        return;
    };
    assert_eq!(header.format, format);
    let mut original = Size {
        width: header.width,
        height: header.height,
    };
    if let Ok(ingested) = &ingested {
        let analysis = &ingested.analysis;
        original = Size {
            width: analysis.width,
            height: analysis.height,
        };
        assert_eq!(
            u64::from(original.width) * u64::from(original.height),
            u64::from(header.width) * u64::from(header.height)
        );
        assert!(!ingested.mezzanines.is_empty());
        for mezzanine in &ingested.mezzanines {
            let found = scanned(&mezzanine.bytes, std::iter::empty()).expect("what was written can be read");
            assert_eq!(
                (found.format, found.width, found.height),
                (mezzanine.format, mezzanine.width, mezzanine.height)
            );
            assert_eq!(mezzanine.edge, mezzanine.width.max(mezzanine.height));
        }
        // Delivery's way.
        let source = Source::Mezzanine {
            bytes: &ingested.mezzanines[0].bytes,
        };
        answered(source, original, &some_options(bytes.len() + 1), &allowance)
            .expect("what was written can be rendered");
    }
    let _ = answered(
        Source::Original(bytes),
        original,
        &some_options(bytes.len()),
        &allowance,
    );
}

/// Renders, and holds the answer to its plan.
fn answered(
    source: Source<'_>,
    original: Size,
    options: &RenderOptions,
    allowance: &Allowance<'_>,
) -> Result<Rendered, ImagingError> {
    let request = RenderRequest {
        source,
        original,
        options,
        watermark: None,
    };
    let answer = checked(render(&request, allowance))?;
    let plan = geometry(original, options);
    // A trim changes the plan, and a limit on the bytes the answer.
    if options.trim.is_none() && options.max_bytes.is_none() {
        assert_eq!(
            (answer.width, answer.height),
            (plan.output.width, plan.output.height)
        );
    }
    let found = scanned(&answer.bytes, std::iter::empty()).expect("what was written can be read");
    assert_eq!(
        (found.format, found.width, found.height),
        (answer.format, answer.width, answer.height)
    );
    Ok(answer)
}

/// Every fit, and the formats that are quick to write.
fn some_options(seed: usize) -> RenderOptions {
    const FITS: [Fit; 6] = [
        Fit::ScaleDown,
        Fit::Contain,
        Fit::Cover,
        Fit::Crop,
        Fit::Pad,
        Fit::Squeeze,
    ];
    const FORMATS: [OutputFormat; 4] = [
        OutputFormat::Jpeg,
        OutputFormat::Webp,
        OutputFormat::Png,
        OutputFormat::Gif,
    ];
    const POLICIES: [MetadataPolicy; 3] = [
        MetadataPolicy::None,
        MetadataPolicy::Copyright,
        MetadataPolicy::Keep,
    ];
    const SPACES: [ColourSpace; 3] = [ColourSpace::Srgb, ColourSpace::DisplayP3, ColourSpace::Keep];
    RenderOptions {
        width: Some(32),
        height: Some(20),
        fit: FITS[seed % FITS.len()],
        format: FORMATS[seed / FITS.len() % FORMATS.len()],
        page: u32::try_from(seed % 3).unwrap_or(0),
        animate: !seed.is_multiple_of(5),
        metadata: POLICIES[seed / 5 % POLICIES.len()],
        colour_space: SPACES[seed / 7 % SPACES.len()],
        ..RenderOptions::default()
    }
}

/// A file of any kind: the first byte says how it is cut into chunks, and the answer is the same as in one piece.
pub fn scanner(bytes: &[u8]) {
    let Some((&cut, file)) = bytes.split_first() else {
        return;
    };
    let whole = scanned(file, std::iter::empty());
    let (step, drift) = (usize::from(cut >> 4), usize::from(cut & 0xf));
    let pieces = scanned(file, (0..).map(|n| step + drift * (n % 7)));
    assert_eq!(whole, pieces, "in one piece and in many");
}

/// Any options over a small picture: the first bytes say what they are, the rest is its watermark.
pub fn rendering(bytes: &[u8], is_over: IsOver<'_>) {
    let allowance = Allowance {
        memory_bytes: ENLARGED_BYTES,
        ..allowance(is_over)
    };
    let (options, mark) = options::options(bytes);
    let mut raster = photo(24, 18);
    if bytes.len().is_multiple_of(2) {
        raster = raster.with_alpha();
        raster
            .pixels
            .iter_mut()
            .skip(3)
            .step_by(4)
            .zip(0..)
            .for_each(|(alpha, i)| *alpha = i as u8);
    }
    let file = png(&raster);
    let original = Size {
        width: 24,
        height: 18,
    };
    let source = Source::Original(&file);
    answered(source, original, &options, &allowance)
        .or_else(within_budget)
        .expect("a sound picture");
    if mark.is_empty() {
        return;
    }
    let request = RenderRequest {
        source,
        original,
        options: &options,
        watermark: Some(Watermark {
            bytes: mark,
            gravity: options.gravity,
            scale: 0.5,
            margin: 0.1,
            opacity: 0.7,
        }),
    };
    let _ = checked(render(&request, &allowance));
}

/// What a caller has to expect even of a sound picture.
fn within_budget(error: ImagingError) -> Result<Rendered, ImagingError> {
    match error {
        ImagingError::OverBudget { .. } | ImagingError::OutOfTime => Ok(Rendered {
            bytes: Vec::new(),
            format: ImageFormat::Png,
            width: 0,
            height: 0,
        }),
        other => Err(other),
    }
}

/// The blocks that files carry beside their pixels: EXIF, XMP and IPTC, read and written anew.
pub fn metadata(bytes: &[u8]) {
    let _ = exif::orientation(bytes);
    let _ = exif::metadata(bytes);
    let _ = exif::embedded(bytes);
    let _ = xmp::metadata(bytes);
    let _ = iptc::metadata(bytes);
    if let Some(block) = iptc::of_photoshop(bytes) {
        let _ = iptc::metadata(block);
    }
    for metadata in [MetadataPolicy::Copyright, MetadataPolicy::Keep] {
        let options = RenderOptions {
            metadata,
            ..RenderOptions::default()
        };
        let tags = Tags::of(&options, &[], ImageFormat::Jpeg, Some(bytes), None, (24, 18));
        if let Some(written) = tags.exif {
            let orientation = exif::orientation(&written).unwrap_or_default();
            assert_eq!(orientation.exif(), 1, "what is written lies upright");
        }
    }
}

/// A colour profile, on pixels of each kind.
pub fn profile(bytes: &[u8]) {
    let Some(profile) = Profile::from_icc(bytes) else {
        return;
    };
    let _ = (profile.name(), colour::is_srgb(&profile));
    for channels in [
        Channels::Gray,
        Channels::GrayAlpha,
        Channels::Rgb,
        Channels::Rgba,
        Channels::Cmyk,
    ] {
        let count = 4 * 4 * channels.count();
        let ramp = (0..count).map(|i| (i * 255 / count) as u8);
        for samples in [
            Samples::Eight(ramp.clone().collect()),
            Samples::Sixteen(ramp.map(|sample| u16::from(sample) * 257).collect()),
        ] {
            for wanted in [ColourSpace::Srgb, ColourSpace::DisplayP3, ColourSpace::Keep] {
                let profile = Profile::from_icc(bytes);
                let made = checked(colour::to_rgb((4, 4), channels, samples.clone(), profile, wanted));
                if let Ok((mut raster, Some(profile))) = made {
                    let _ = checked(colour::convert(&mut raster, &profile));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
