//! TIFF: gray, RGB, CMYK and palettes of 1 to 16 bits, with alpha; strips and tiles, interleaved or in planes; stored plainly,
//! or by PackBits, LZW or Deflate. One page of many.
//!
//! The `tiff` crate is not used: it refuses palettes and gray with alpha, and takes tiles of any size into memory. Refused
//! with their reason: JPEG and fax compression, floating point, Lab and YCbCr.

mod layout;

use flate2::{Decompress, FlushDecompress, Status};
use weezl::{BitOrder, LzwStatus, decode::Decoder as Lzw};

use self::layout::{File, Layout};
use super::{Decoded, DecodedPixels, Demand};
use crate::{
    Allowance, ImagingError,
    colour::Profile,
    orient::Orientation,
    raster::Samples,
    tiff::{Directory, exif_block, head, tag},
};

/// Pages that are looked through for the one that is asked for.
const MAX_PAGES: u32 = 1_000;
/// Tiles reach over the edges of small pictures; by more than so many pixels they are a bomb of time.
const MAX_OVERHANG: u64 = 16_000_000;

fn damaged(why: &str) -> ImagingError {
    ImagingError::undecodable(format!(
        "the TIFF cannot be read ({why}); send the file again, or save it anew"
    ))
}

fn unsupported(what: &str) -> ImagingError {
    ImagingError::undecodable(format!(
        "the TIFF is of a kind that is not read: {what}; save it as an ordinary 8-bit or 16-bit TIFF with LZW or ZIP compression"
    ))
}

/// One strip or tile as it was before its compression: `out` in full, or an error.
fn expand(layout: &Layout, data: &[u8], out: &mut [u8]) -> Result<(), ImagingError> {
    let short = || damaged("a part of its picture is missing");
    let reversed: Vec<u8>;
    let data = if layout.reversed_bits {
        reversed = data.iter().map(|byte| byte.reverse_bits()).collect();
        &reversed
    } else {
        data
    };
    match layout.compression {
        1 => out.copy_from_slice(data.get(..out.len()).ok_or_else(short)?),
        5 => {
            let mut decoder = Lzw::with_tiff_size_switch(BitOrder::Msb, 8);
            let (mut read, mut written) = (0, 0);
            while written < out.len() {
                let step = decoder.decode_bytes(&data[read..], &mut out[written..]);
                read += step.consumed_in;
                written += step.consumed_out;
                match step.status.map_err(|_| damaged("its LZW data makes no sense"))? {
                    LzwStatus::Ok if step.consumed_in + step.consumed_out > 0 => {}
                    _ if written < out.len() => return Err(short()),
                    _ => {}
                }
            }
        }
        8 | 32_946 => {
            let mut decoder = Decompress::new(true);
            let status = decoder
                .decompress(data, out, FlushDecompress::Finish)
                .map_err(|_| damaged("its Deflate data makes no sense"))?;
            let whole = decoder.total_out() == out.len() as u64;
            if !whole || !matches!(status, Status::StreamEnd | Status::Ok | Status::BufError) {
                return Err(short());
            }
        }
        32_773 => unpack_bits(data, out).ok_or_else(short)?,
        2..=4 => return Err(unsupported("it is compressed as a fax")),
        6 | 7 => return Err(unsupported("it is compressed as JPEG")),
        34_925 => return Err(unsupported("it is compressed by LZMA")),
        50_000 => return Err(unsupported("it is compressed by Zstandard")),
        _ => return Err(unsupported("its compression is unknown")),
    }
    Ok(())
}

/// PackBits (TIFF 6.0, section 9): runs and literal stretches, each behind a signed length.
fn unpack_bits(mut data: &[u8], mut out: &mut [u8]) -> Option<()> {
    while !out.is_empty() {
        let (&length, rest) = data.split_first()?;
        data = rest;
        let n = match length {
            0..=127 => {
                let n = (usize::from(length) + 1).min(out.len());
                out[..n].copy_from_slice(data.get(..n)?);
                data = &data[n..];
                n
            }
            128 => 0,
            129..=255 => {
                let n = (257 - usize::from(length)).min(out.len());
                let (&byte, rest) = data.split_first()?;
                out[..n].fill(byte);
                data = rest;
                n
            }
        };
        out = &mut out[n..];
    }
    Some(())
}

/// The numbers of one row.
fn unpack(row: &[u8], bits: usize, little: bool, line: &mut [u16]) {
    match bits {
        8 => line
            .iter_mut()
            .zip(row)
            .for_each(|(to, from)| *to = u16::from(*from)),
        16 => {
            for (to, from) in line.iter_mut().zip(row.as_chunks::<2>().0) {
                *to = if little {
                    u16::from_le_bytes(*from)
                } else {
                    u16::from_be_bytes(*from)
                };
            }
        }
        _ => {
            let per_byte = 8 / bits;
            let mask = (1_u16 << bits) - 1;
            for (i, to) in line.iter_mut().enumerate() {
                let shift = 8 - bits * (i % per_byte + 1);
                *to = u16::from(row[i / per_byte]) >> shift & mask;
            }
        }
    }
}

/// Reads all strips or tiles; `convert` makes of a channel's number what is kept.
fn read<T: Copy + Default>(
    file: &File<'_>,
    layout: &Layout,
    used: usize,
    allowance: &Allowance<'_>,
    convert: impl Fn(usize, u16) -> T,
) -> Result<Vec<T>, ImagingError> {
    let (chunk_width, chunk_height) = layout.chunk;
    let across = layout.width.div_ceil(chunk_width);
    let down = layout.height.div_ceil(chunk_height);
    let planes = if layout.planar { layout.samples } else { 1 };
    if layout.offsets.len() < across * down * planes {
        return Err(damaged("the table of its strips is too short"));
    }
    let in_chunk = if layout.planar { 1 } else { layout.samples };
    let row_bytes = (chunk_width * in_chunk * layout.bits).div_ceil(8);
    let mut raw = vec![0_u8; row_bytes * chunk_height];
    let mut line = vec![0_u16; chunk_width * in_chunk];
    let mut out = vec![T::default(); layout.width * layout.height * used];
    for i in 0..across * down * if layout.planar { used } else { 1 } {
        // A file of a thousand strips is asked often enough, and one of a million not too often.
        if i % 64 == 0 {
            allowance.time()?;
        }
        let (plane, at) = (i / (across * down), i % (across * down));
        let (left, top) = (at % across * chunk_width, at / across * chunk_height);
        let rows = chunk_height.min(layout.height - top);
        let columns = chunk_width.min(layout.width - left);
        // A tile is whole even where it reaches over the edge; the last strip is not.
        let raw = if layout.tiled {
            &mut raw[..]
        } else {
            &mut raw[..row_bytes * rows]
        };
        let data = usize::try_from(layout.offsets[i])
            .ok()
            .and_then(|from| file.bytes.get(from..))
            .ok_or_else(|| damaged("a part of its picture is missing"))?;
        let length = usize::try_from(layout.lengths[i]).unwrap_or(usize::MAX);
        expand(layout, &data[..length.min(data.len())], raw)?;
        for (y, row) in raw.chunks_exact(row_bytes).take(rows).enumerate() {
            unpack(row, layout.bits, file.shape.little, &mut line);
            if layout.differenced {
                let mask = ((1_u32 << layout.bits) - 1) as u16;
                for x in in_chunk..line.len() {
                    line[x] = line[x].wrapping_add(line[x - in_chunk]) & mask;
                }
            }
            let from = ((top + y) * layout.width + left) * used;
            let to = out[from..from + columns * used].chunks_exact_mut(used);
            for (pixel, numbers) in to.zip(line.chunks_exact(in_chunk)) {
                if layout.planar {
                    pixel[plane] = convert(plane, numbers[0]);
                } else {
                    for (channel, (to, number)) in pixel.iter_mut().zip(numbers).enumerate() {
                        *to = convert(channel, *number);
                    }
                }
            }
        }
    }
    Ok(out)
}

/// The page that is asked for, or the last one.
fn page(bytes: &[u8], page: u32) -> Result<File<'_>, ImagingError> {
    let none = || damaged("its directory is missing");
    let (shape, first) = head(bytes).map_err(damaged)?.ok_or_else(none)?;
    let (mut directory, mut next) = Directory::of_file(bytes, shape, first).ok_or_else(none)?;
    for _ in 0..page.min(MAX_PAGES) {
        match Directory::of_file(bytes, shape, next) {
            // A directory that is none ends the file as well.
            Some((other, after)) if next != 0 && other.dimensions().is_ok() => {
                (directory, next) = (other, after)
            }
            _ => break,
        }
    }
    Ok(File {
        bytes,
        shape,
        directory,
    })
}

pub(super) fn decode(
    bytes: &[u8],
    demand: Demand,
    allowance: &Allowance<'_>,
) -> Result<Decoded, ImagingError> {
    let file = page(bytes, demand.page)?;
    let size = file.directory.dimensions().map_err(damaged)?;
    // The probe has seen the first page alone.
    allowance.limits.check(size.0, size.1)?;
    let layout = file.layout(size)?;
    let meaning = file.meaning(&layout)?;
    let (count, wide) = (meaning.channels.count(), layout.bits == 16);
    let pixels = u64::from(size.0) * u64::from(size.1);
    let chunk =
        layout.chunk.0 as u64 * layout.chunk.1 as u64 * layout.samples as u64 * layout.bits as u64 / 8;
    let indices = if meaning.palette.is_some() { pixels } else { 0 };
    let (across, down) = (
        layout.width.div_ceil(layout.chunk.0) as u64,
        layout.height.div_ceil(layout.chunk.1) as u64,
    );
    if across * down * layout.chunk.0 as u64 * layout.chunk.1 as u64 > 4 * pixels + MAX_OVERHANG {
        return Err(damaged("its tiles are far larger than its picture"));
    }
    // The picture, one strip or tile, and the tables of them all.
    let tables = layout.offsets.len() as u64 * 16;
    allowance.memory(pixels * count as u64 * if wide { 2 } else { 1 } + chunk + indices + tables)?;

    let max = ((1_u32 << layout.bits) - 1) as u16;
    let colours = count - usize::from(meaning.channels.has_alpha());
    let upright = |channel: usize, number: u16| {
        if meaning.inverted && channel < colours {
            max - number
        } else {
            number
        }
    };
    let samples = if let Some(palette) = &meaning.palette {
        let indices = read(&file, &layout, 1, allowance, |_, number| number as u8)?;
        Samples::Eight(indices.iter().flat_map(|i| palette[usize::from(*i)]).collect())
    } else if wide {
        Samples::Sixteen(read(&file, &layout, meaning.used(), allowance, upright)?)
    } else {
        // 1, 2 and 4 bits are spread over 8: 255 is a multiple of each one's largest number.
        let scale = 255 / max;
        Samples::Eight(read(
            &file,
            &layout,
            meaning.used(),
            allowance,
            |channel, number| (upright(channel, number) * scale) as u8,
        )?)
    };
    let samples = if meaning.premultiplied {
        straight(samples, count)
    } else {
        samples
    };
    let icc = file.directory.get(tag::ICC).and_then(|entry| entry.value(bytes));
    let orientation = file.first(tag::ORIENTATION, 1);
    Ok(Decoded {
        width: size.0,
        height: size.1,
        extent: (f64::from(size.0), f64::from(size.1)),
        pixels: DecodedPixels::Interleaved(meaning.channels, samples),
        profile: icc.and_then(Profile::from_icc),
        orientation: Some(Orientation::from_exif(u32::try_from(orientation).unwrap_or(1))),
        exif: exif_block(bytes, file.shape, &file.directory),
    })
}

/// Divides colours by the alpha that they were multiplied with; alpha is the last channel.
fn straight(mut samples: Samples, channels: usize) -> Samples {
    match &mut samples {
        Samples::Eight(samples) => {
            for pixel in samples.chunks_exact_mut(channels) {
                let alpha = u32::from(pixel[channels - 1]).max(1);
                let divide = |c: u8| ((u32::from(c) * 255 + alpha / 2) / alpha).min(255) as u8;
                pixel[..channels - 1].iter_mut().for_each(|c| *c = divide(*c));
            }
        }
        Samples::Sixteen(samples) => {
            for pixel in samples.chunks_exact_mut(channels) {
                let alpha = u64::from(pixel[channels - 1]).max(1);
                let divide = |c: u16| ((u64::from(c) * 65_535 + alpha / 2) / alpha).min(65_535) as u16;
                pixel[..channels - 1].iter_mut().for_each(|c| *c = divide(*c));
            }
        }
    }
    samples
}
