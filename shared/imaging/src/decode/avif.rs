//! AVIF: the container's items to pixels; 8 to 12 bits, any subsampling, alpha, grids of tiles, rotation and mirror.
//!
//! `avif-parse` is not used: it is under the MPL, and reads neither orientation nor profiles nor grids. HDR (PQ, HLG) is
//! converted without tone mapping: highlights clip. A `clap` crop is refused, since to ignore it would show what was cut.

use super::{
    Decoded, DecodedPixels,
    aom::{Cicp, Frame, with_frame},
};
use crate::{
    Allowance, Header, ImagingError,
    colour::Profile,
    heif::{Meta, Property},
    orient::Orientation,
    raster::{Channels, Samples},
};

pub(super) fn damaged(why: &str) -> ImagingError {
    ImagingError::undecodable(format!(
        "the AVIF cannot be read ({why}); send the file again, or save it anew"
    ))
}

/// 8-bit pixels that are filled tile by tile.
struct Canvas {
    width: usize,
    height: usize,
    channels: usize,
    pixels: Vec<u8>,
}

/// Spreads a halved row to full width: three parts of the nearer sample, one of the farther.
fn upsample(half: &[f32], full: &mut [f32]) {
    for (x, sample) in full.iter_mut().enumerate() {
        let near = x / 2;
        let far = if x % 2 == 0 {
            near.saturating_sub(1)
        } else {
            (near + 1).min(half.len() - 1)
        };
        *sample = 0.75 * half[near] + 0.25 * half[far];
    }
}

impl Frame<'_> {
    /// One chroma row at full width.
    fn chroma_row(&self, plane: usize, y: usize, half: &mut [Vec<f32>; 2], full: &mut [f32]) {
        let (across, down) = self.subsampling.unwrap_or_default();
        let width = self.width.div_ceil(1 + usize::from(across));
        let rows = self.height.div_ceil(1 + usize::from(down));
        let [near, far] = half;
        near.resize(width, 0.0);
        far.resize(width, 0.0);
        if down {
            let at = y / 2;
            let other = if y.is_multiple_of(2) {
                at.saturating_sub(1)
            } else {
                (at + 1).min(rows - 1)
            };
            self.planes[plane].row(at, self.wide, near);
            self.planes[plane].row(other, self.wide, far);
            near.iter_mut()
                .zip(far.iter())
                .for_each(|(near, far)| *near = 0.75 * *near + 0.25 * *far);
        } else {
            self.planes[plane].row(y, self.wide, near);
        }
        if across {
            upsample(near, full)
        } else {
            full.copy_from_slice(near)
        }
    }

    /// Writes RGB to the first three channels of the canvas, from this corner on; what lies outside is cut off.
    fn paint(&self, cicp: Cicp, canvas: &mut Canvas, left: usize, top: usize) {
        let width = self.width.min(canvas.width.saturating_sub(left));
        let height = self.height.min(canvas.height.saturating_sub(top));
        let unit = 2_f32.powi(self.depth as i32 - 8);
        let (black, white, spread) = if cicp.full_range {
            let max = 2_f32.powi(self.depth as i32) - 1.0;
            (0.0, max, max)
        } else {
            (16.0 * unit, 219.0 * unit, 224.0 * unit)
        };
        let middle = 128.0 * unit;
        // H.273, table 4: the weights of red and blue in luma.
        let (kr, kb) = match cicp.matrix {
            1 => (0.2126, 0.0722),
            4 => (0.30, 0.11),
            7 => (0.212, 0.087),
            9 | 10 => (0.2627, 0.0593),
            12 | 13 if cicp.primaries == 9 => (0.2627, 0.0593),
            12 | 13 => (0.2126, 0.0722),
            // 5 and 6, and 2 (unspecified), for which libavif takes BT.601 too.
            _ => (0.299, 0.114),
        };
        let kg = 1.0 - kr - kb;
        let mut rows = [
            vec![0.0; self.width],
            vec![0.0; self.width],
            vec![0.0; self.width],
        ];
        let mut half = [Vec::new(), Vec::new()];
        for y in 0..height {
            self.planes[0].row(y, self.wide, &mut rows[0]);
            if self.subsampling.is_some() {
                self.chroma_row(1, y, &mut half, &mut rows[1]);
                self.chroma_row(2, y, &mut half, &mut rows[2]);
            }
            let at = ((top + y) * canvas.width + left) * canvas.channels;
            let out = canvas.pixels[at..at + width * canvas.channels].chunks_exact_mut(canvas.channels);
            for (x, pixel) in out.enumerate() {
                let luma = (rows[0][x] - black) / white;
                let rgb = match (self.subsampling.is_some(), cicp.matrix) {
                    (false, _) => [luma; 3],
                    (true, 0) => [(rows[2][x] - black) / white, luma, (rows[1][x] - black) / white],
                    (true, matrix) => {
                        let cb = (rows[1][x] - middle) / spread;
                        let cr = (rows[2][x] - middle) / spread;
                        if matrix == 8 {
                            // YCgCo: Cg stands in Cb's place, Co in Cr's.
                            [luma - cb + cr, luma + cb, luma - cb - cr]
                        } else {
                            let red = luma + 2.0 * (1.0 - kr) * cr;
                            let blue = luma + 2.0 * (1.0 - kb) * cb;
                            [red, (luma - kr * red - kb * blue) / kg, blue]
                        }
                    }
                };
                for (channel, value) in pixel.iter_mut().zip(rgb) {
                    *channel = (value * 255.0 + 0.5) as u8;
                }
            }
        }
    }

    /// Writes luma to the fourth channel of the canvas, from this corner on.
    fn paint_alpha(&self, canvas: &mut Canvas, left: usize, top: usize) {
        let gray = Frame {
            subsampling: None,
            planes: self.planes,
            ..*self
        };
        let mut alpha = Canvas {
            width: self.width,
            height: self.height,
            channels: 1,
            pixels: vec![0; self.width * self.height],
        };
        gray.paint(self.cicp, &mut alpha, 0, 0);
        for y in 0..self.height.min(canvas.height.saturating_sub(top)) {
            for x in 0..self.width.min(canvas.width.saturating_sub(left)) {
                canvas.pixels[((top + y) * canvas.width + left + x) * canvas.channels + 3] =
                    alpha.pixels[y * self.width + x];
            }
        }
    }
}

/// The coded items of a picture: one, or the tiles of a grid, each with its column and row.
fn tiles(
    meta: &Meta,
    file: &[u8],
    item: u32,
    canvas: &Canvas,
) -> Result<Vec<(u32, usize, usize)>, ImagingError> {
    match meta.kind(item) {
        Some(kind) if &kind == b"av01" => Ok(vec![(item, 0, 0)]),
        Some(kind) if &kind == b"grid" => {
            let grid = meta.grid(file, item).map_err(damaged)?;
            if (grid.width as usize, grid.height as usize) != (canvas.width, canvas.height) {
                return Err(damaged("its tiles do not match its size"));
            }
            let columns = grid.columns as usize;
            Ok(grid
                .tiles
                .iter()
                .enumerate()
                .map(|(i, tile)| (*tile, i % columns, i / columns))
                .collect())
        }
        _ => Err(damaged("its picture is of a kind that is not AV1")),
    }
}

/// A tile may be larger than the picture that shows a part of it, by so many pixels.
const SMALL_TILE_PIXELS: u64 = 512 * 512;

/// Decodes an item, or the tiles of one, and paints each into its place.
fn paint_item(
    meta: &Meta,
    file: &[u8],
    item: u32,
    canvas: &mut Canvas,
    mut paint: impl FnMut(&Frame<'_>, &mut Canvas, usize, usize),
) -> Result<(), ImagingError> {
    let tiles = tiles(meta, file, item, canvas)?;
    let alone = tiles.len() == 1;
    let max_pixels = canvas.width as u64 * canvas.height as u64;
    // All tiles of a grid have one size; the last column and row may reach over the edge, by less than a tile.
    let mut tile_size = None;
    for (tile, column, row) in tiles {
        let obu = meta.bytes(file, tile).map_err(damaged)?;
        with_frame(&obu, max_pixels + SMALL_TILE_PIXELS, |frame| {
            let size = (frame.width, frame.height);
            if alone && size != (canvas.width, canvas.height) || *tile_size.get_or_insert(size) != size {
                return Err(damaged("its picture does not match its header"));
            }
            if column * size.0 < canvas.width && row * size.1 < canvas.height {
                paint(frame, canvas, column * size.0, row * size.1);
            }
            Ok(())
        })?;
    }
    Ok(())
}

pub(super) fn decode(
    bytes: &[u8],
    header: Header,
    allowance: &Allowance<'_>,
) -> Result<Decoded, ImagingError> {
    let meta = Meta::of_file(bytes).map_err(damaged)?;
    let item = meta.primary();
    let alpha = meta.alpha_of(item);
    let channels = if alpha.is_some() {
        Channels::Rgba
    } else {
        Channels::Rgb
    };
    let pixels = u64::from(header.width) * u64::from(header.height);
    // The canvas, and a frame of three planes of up to two bytes with libaom's working memory of about as much.
    allowance.memory(pixels * (channels.count() as u64 + 12))?;

    let mut orientation = Orientation::default();
    let (mut icc, mut cicp) = (None, None);
    for property in meta.properties(item) {
        match property {
            Property::Rotation(turns) => {
                orientation = orientation.then(Orientation::quarter_turns_against_the_clock(*turns))
            }
            Property::Mirror(axis) => orientation = orientation.then(Orientation::mirror(*axis == 1)),
            Property::Icc(profile) => icc = Profile::from_icc(profile),
            Property::Cicp {
                primaries,
                transfer,
                matrix,
                full_range,
            } => {
                cicp = Some(Cicp {
                    primaries: *primaries,
                    transfer: *transfer,
                    matrix: *matrix,
                    full_range: *full_range,
                });
            }
            Property::Crop => return Err(damaged("it carries a crop, which is not supported")),
            _ => {}
        }
    }

    let (width, height) = (header.width as usize, header.height as usize);
    let mut canvas = Canvas {
        width,
        height,
        channels: channels.count(),
        pixels: vec![255; width * height * channels.count()],
    };
    // MIAF: the container's code points overrule those of the bitstream.
    let mut used = cicp;
    paint_item(&meta, bytes, item, &mut canvas, |frame, canvas, left, top| {
        let cicp = *used.get_or_insert(frame.cicp);
        frame.paint(cicp, canvas, left, top);
    })?;
    if let Some(alpha) = alpha {
        paint_item(&meta, bytes, alpha, &mut canvas, |frame, canvas, left, top| {
            frame.paint_alpha(canvas, left, top)
        })?;
        if meta.is_premultiplied(item) {
            for pixel in canvas.pixels.chunks_exact_mut(4) {
                let alpha = u32::from(pixel[3]).max(1);
                pixel[..3]
                    .iter_mut()
                    .for_each(|c| *c = ((u32::from(*c) * 255 + alpha / 2) / alpha).min(255) as u8);
            }
        }
    }
    let profile = icc.or_else(|| used.and_then(|cicp| Profile::from_cicp(cicp.primaries, cicp.transfer)));
    Ok(Decoded {
        width: header.width,
        height: header.height,
        extent: (f64::from(header.width), f64::from(header.height)),
        pixels: DecodedPixels::Interleaved(channels, Samples::Eight(canvas.pixels)),
        profile,
        // MIAF: `irot` and `imir` alone count, whatever EXIF says.
        orientation: Some(orientation),
        exif: meta.exif(bytes, item),
    })
}
