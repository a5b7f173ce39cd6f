//! A file to pixels. One file a codec; what is common to them stands here.
//!
//! Each decoder is asked for the budget before it allocates, and may answer with a smaller picture than is stored
//! (JPEG alone does), as long as it has the longer side that was asked for.

mod aom;
mod apng;
mod avif;
mod bmp;
mod gif;
pub(crate) mod jpeg;
pub(crate) mod metadata_blocks;
mod png;
mod svg;
mod tiff;
mod webp;
mod webp_animation;

use domain::ImageFormat;

use crate::{
    Allowance, Header, ImagingError,
    animation::Frames,
    colour::{self, Profile},
    options::ColourSpace,
    orient::Orientation,
    pixels::Pixels,
    planar::Planar,
    probe,
    raster::{Channels, Raster, Samples},
};

/// What is asked of a decoder beside the picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Demand {
    /// The longer side that the raster must have at least, where the file has it.
    pub(crate) min_edge: u32,
    /// Which frame or page, counted from 0; the last one where there are fewer.
    pub(crate) page: u32,
    /// Whether what can be shown of a damaged or cut-off file is shown. Otherwise it is refused.
    pub(crate) accepts_damage: bool,
    /// The colours that the answer will have: what cannot stay in its own is converted to these.
    pub(crate) colour_space: ColourSpace,
}

impl Demand {
    /// All of the first frame of a sound file, at least so large.
    pub(crate) const fn of_edge(min_edge: u32) -> Self {
        Self {
            min_edge,
            page: 0,
            accepts_damage: false,
            colour_space: ColourSpace::Srgb,
        }
    }
}

/// What a codec hands out.
struct Decoded {
    width: u32,
    height: u32,
    /// How much of `width` and `height` the picture covers; less than they where a scaled decode rounded up.
    extent: (f64, f64),
    pixels: DecodedPixels,
    profile: Option<Profile>,
    orientation: Option<Orientation>,
    /// A TIFF structure, from its byte order mark on.
    exif: Option<Vec<u8>>,
}

/// Pixels as a codec hands them out.
enum DecodedPixels {
    Planar(Planar),
    Interleaved(Channels, Samples),
}

/// A decoded picture as the later steps take it.
pub(crate) struct Picture {
    pub(crate) format: ImageFormat,
    /// As the file says it, before the orientation.
    pub(crate) stored_width: u32,
    /// As the file says it, before the orientation.
    pub(crate) stored_height: u32,
    /// sRGB unless `profile` says otherwise.
    pub(crate) pixels: Pixels,
    /// How much of the pixels the picture covers, from the upper left corner.
    pub(crate) extent: (f64, f64),
    /// What the pixels still have to be converted from: after the resize, when there are fewer pixels.
    pub(crate) profile: Option<Profile>,
    /// The description of the embedded profile.
    pub(crate) profile_name: Option<String>,
    pub(crate) orientation: Orientation,
    /// The EXIF block, where there is one.
    pub(crate) exif: Option<Vec<u8>>,
    /// Of the file; 1 for a still picture.
    pub(crate) frames: u32,
    /// Whether something of the picture is missing.
    pub(crate) damaged: bool,
}

/// The bytes that stand side by side while the raster is resized to this longer side: itself, a copy with its colours
/// multiplied by its alpha, and the rows between the two passes, which have the new width and the old height.
fn while_resized(raster: &Raster, edge: u32) -> u64 {
    let (channels, height) = (raster.channels() as u64, u64::from(raster.height));
    let whole = u64::from(raster.width) * height * channels;
    let between = u64::from(raster.width.min(edge)) * height * channels;
    whole + if raster.alpha { whole } else { 0 } + between
}

/// Reads the picture.
pub(crate) fn decode(
    bytes: &[u8],
    demand: Demand,
    allowance: &Allowance<'_>,
) -> Result<Picture, ImagingError> {
    let (header, cut_off) = probe::probe_damaged(bytes, &allowance.limits, demand.accepts_damage)?;
    let strict = Demand {
        accepts_damage: false,
        ..demand
    };
    // What is whole is told from what is not by the strict way alone, so that comes first; damage is rare.
    let (decoded, damaged) = match read(bytes, header, if cut_off { demand } else { strict }, allowance) {
        Err(ImagingError::Undecodable { .. })
            if demand.accepts_damage && !cut_off && has_parts(header.format) =>
        {
            (read(bytes, header, demand, allowance)?, true)
        }
        result => (result?, cut_off),
    };
    let orientation = decoded
        .orientation
        .or_else(|| {
            decoded
                .exif
                .as_deref()
                .and_then(crate::analyse::exif::orientation)
        })
        .unwrap_or_default();
    let profile_name = decoded.profile.as_ref().and_then(Profile::name);
    let profile = decoded.profile.filter(|profile| !colour::is_srgb(profile));
    let size = (decoded.width, decoded.height);
    let (pixels, profile) = match decoded.pixels {
        DecodedPixels::Planar(planar) => (Pixels::Planar(planar), profile),
        DecodedPixels::Interleaved(channels, samples) => {
            if !matches!(
                (channels, &samples),
                (Channels::Rgb | Channels::Rgba, Samples::Eight(_))
            ) {
                // Two rasters stand side by side while the rarer kinds of pixels become 8-bit RGB.
                let pixels = u64::from(decoded.width) * u64::from(decoded.height);
                let depth = if matches!(samples, Samples::Sixteen(_)) {
                    2
                } else {
                    1
                };
                allowance.memory(pixels * (channels.count() as u64 * depth + 4))?;
            }
            let (raster, profile) = colour::to_rgb(size, channels, samples, profile, demand.colour_space)?;
            let raster = raster.without_needless_alpha();
            allowance.memory(while_resized(&raster, demand.min_edge))?;
            (Pixels::Raster(raster), profile)
        }
    };
    Ok(Picture {
        format: header.format,
        stored_width: header.width,
        stored_height: header.height,
        pixels,
        extent: decoded.extent,
        profile,
        profile_name,
        orientation,
        exif: decoded.exif,
        frames: header.frames,
        damaged,
    })
}

/// An animation, to be read frame by frame.
pub(crate) struct Animation<'a> {
    pub(crate) frames: Box<dyn Frames + 'a>,
    /// What holds for every frame; the raster is to be put in, and has no pixels yet.
    pub(crate) picture: Picture,
}

/// Opens an animation; none where the picture is still.
pub(crate) fn animation<'a>(
    bytes: &'a [u8],
    allowance: &Allowance<'a>,
) -> Result<Option<Animation<'a>>, ImagingError> {
    let header = probe::probe(bytes, &allowance.limits)?;
    if header.frames <= 1 {
        return Ok(None);
    }
    let (frames, profile, exif): (Box<dyn Frames + 'a>, _, _) = match header.format {
        ImageFormat::Gif => (
            Box::new(gif::GifFrames::open(bytes, header, allowance)?),
            None,
            None,
        ),
        ImageFormat::Png => {
            let frames = apng::PngFrames::open(bytes, header, allowance)?;
            let (profile, exif) = (frames.profile(), frames.exif());
            (Box::new(frames), profile, exif)
        }
        ImageFormat::Webp => (
            Box::new(webp_animation::WebpFrames::open(bytes, header, allowance)?),
            webp::profile(bytes),
            webp::exif(bytes),
        ),
        _ => return Ok(None),
    };
    let orientation = exif
        .as_deref()
        .and_then(crate::analyse::exif::orientation)
        .unwrap_or_default();
    let (width, height) = frames.size();
    let picture = Picture {
        format: header.format,
        stored_width: width,
        stored_height: height,
        pixels: Pixels::Raster(Raster {
            width,
            height,
            alpha: false,
            pixels: Vec::new(),
        }),
        extent: (f64::from(width), f64::from(height)),
        profile_name: profile.as_ref().and_then(Profile::name),
        profile,
        orientation,
        exif,
        frames: header.frames,
        damaged: false,
    };
    Ok(Some(Animation { frames, picture }))
}

/// Whether something can be shown of such a file where not all can.
const fn has_parts(format: ImageFormat) -> bool {
    use ImageFormat::{Gif, Jpeg, Png, Svg, Webp};
    // Of an SVG everything but its text.
    matches!(format, Jpeg | Png | Webp | Gif | Svg)
}

fn read(
    bytes: &[u8],
    header: Header,
    demand: Demand,
    allowance: &Allowance<'_>,
) -> Result<Decoded, ImagingError> {
    match header.format {
        ImageFormat::Jpeg => jpeg::decode(bytes, demand, allowance),
        ImageFormat::Png => png::decode(bytes, header, demand, allowance),
        ImageFormat::Webp => webp::decode(bytes, header, demand, allowance),
        ImageFormat::Gif => gif::decode(bytes, header, demand, allowance),
        ImageFormat::Avif => avif::decode(bytes, header, allowance),
        ImageFormat::Tiff => tiff::decode(bytes, demand, allowance),
        ImageFormat::Bmp => bmp::decode(bytes, allowance),
        ImageFormat::Svg => svg::decode(bytes, header, demand, allowance),
        ImageFormat::Heic => Err(ImagingError::undecodable("HEIC pictures are not read here")),
    }
}
