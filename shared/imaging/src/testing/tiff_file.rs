//! TIFF files of every shape, written here.

use crate::raster::Raster;

/// How a test's TIFF is written.
#[derive(Clone)]
pub(crate) struct Kind {
    pub(crate) little: bool,
    pub(crate) big: bool,
    /// 1, 5, 8 or 32773.
    pub(crate) compression: u64,
    pub(crate) differenced: bool,
    /// Sides of tiles; rows of a strip where the width is 0.
    pub(crate) chunk: (usize, usize),
    pub(crate) planar: bool,
    pub(crate) bits: usize,
    pub(crate) photometric: u64,
    pub(crate) samples: usize,
    pub(crate) orientation: u64,
    /// Further entries: a tag, its kind (2, 3 or 7), and its numbers.
    pub(crate) more: Vec<(u16, u16, Vec<u64>)>,
    /// The directory stands before the pixels.
    pub(crate) directory_first: bool,
}

impl Default for Kind {
    fn default() -> Self {
        Self {
            little: true,
            big: false,
            compression: 1,
            differenced: false,
            chunk: (0, 16),
            planar: false,
            bits: 8,
            photometric: 2,
            samples: 3,
            orientation: 1,
            more: Vec::new(),
            directory_first: false,
        }
    }
}

/// A plain TIFF of a raster.
pub(crate) fn tiff_of(raster: &Raster, mut kind: Kind) -> Vec<u8> {
    let wide = kind.bits == 16;
    let samples = raster
        .pixels
        .iter()
        .map(|c| if wide { u16::from(*c) * 257 } else { u16::from(*c) });
    if raster.alpha {
        kind.samples = 4;
        kind.more.push((338, 3, vec![2]));
    }
    tiff_of_samples(
        &samples.collect::<Vec<_>>(),
        raster.width as usize,
        raster.height as usize,
        &kind,
    )
}

/// A TIFF of numbers, pixel by pixel.
pub(crate) fn tiff_of_samples(samples: &[u16], width: usize, height: usize, kind: &Kind) -> Vec<u8> {
    let number = |value: u64, length: usize| {
        if kind.little {
            value.to_le_bytes()[..length].to_vec()
        } else {
            value.to_be_bytes()[8 - length..].to_vec()
        }
    };
    let tiled = kind.chunk.0 > 0;
    let (chunk_width, chunk_height) = if tiled { kind.chunk } else { (width, kind.chunk.1) };
    let planes = if kind.planar { kind.samples } else { 1 };
    let mut chunks = Vec::new();
    for plane in 0..planes {
        for top in (0..height).step_by(chunk_height) {
            for left in (0..width).step_by(chunk_width) {
                let rows = if tiled {
                    chunk_height
                } else {
                    chunk_height.min(height - top)
                };
                let raw: Vec<u8> = (top..top + rows)
                    .flat_map(|y| {
                        let line: Vec<u16> = (left..left + chunk_width)
                            .flat_map(|x| {
                                let at = (y.min(height - 1) * width + x.min(width - 1)) * kind.samples;
                                let pixel = &samples[at..at + kind.samples];
                                if kind.planar {
                                    pixel[plane..=plane].to_vec()
                                } else {
                                    pixel.to_vec()
                                }
                            })
                            .collect();
                        row(&line, kind)
                    })
                    .collect();
                chunks.push(compress(&raw, kind.compression));
            }
        }
    }
    let offset = if kind.big { 8 } else { 4 };
    let head = if kind.big { 16 } else { 8 };
    let (offsets_tag, counts_tag) = if tiled { (324, 325) } else { (273, 279) };
    let mut entries = vec![
        (256, 4, vec![width as u64]),
        (257, 4, vec![height as u64]),
        (258, 3, vec![kind.bits as u64; kind.samples]),
        (259, 3, vec![kind.compression]),
        (262, 3, vec![kind.photometric]),
        (274, 3, vec![kind.orientation]),
        (277, 3, vec![kind.samples as u64]),
        (284, 3, vec![if kind.planar { 2 } else { 1 }]),
        (317, 3, vec![if kind.differenced { 2 } else { 1 }]),
        (
            counts_tag,
            4,
            chunks.iter().map(|chunk| chunk.len() as u64).collect(),
        ),
    ];
    if tiled {
        entries.push((322, 4, vec![chunk_width as u64]));
        entries.push((323, 4, vec![chunk_height as u64]));
    } else {
        entries.push((278, 4, vec![chunk_height as u64]));
    }
    entries.extend(kind.more.clone());
    entries.push((offsets_tag, 4, vec![0; chunks.len()]));
    entries.sort_by_key(|entry| entry.0);
    let size = |kind: u16| match kind {
        3 => 2,
        4 => 4,
        _ => 1,
    };
    let directory_bytes =
        if kind.big { 8 } else { 2 } + entries.len() * if kind.big { 20 } else { 12 } + offset;
    let values_bytes: usize = entries
        .iter()
        .map(|(_, kind, values)| values.len() * size(*kind))
        .filter(|bytes| *bytes > offset)
        .sum();
    let pixel_bytes: usize = chunks.iter().map(Vec::len).sum();
    let (directory_at, pixels_at) = if kind.directory_first {
        (head, head + directory_bytes + values_bytes)
    } else {
        (head + pixel_bytes, head)
    };
    let mut at = pixels_at as u64;
    for (tag, _, values) in &mut entries {
        if *tag == offsets_tag {
            for (value, chunk) in values.iter_mut().zip(&chunks) {
                *value = at;
                at += chunk.len() as u64;
            }
        }
    }
    let mut directory = number(entries.len() as u64, if kind.big { 8 } else { 2 });
    let mut values_at = directory_at + directory_bytes;
    let mut behind = Vec::new();
    for (tag, of, values) in &entries {
        let value: Vec<u8> = values
            .iter()
            .flat_map(|value| number(*value, size(*of)))
            .collect();
        directory.extend([number((*tag).into(), 2), number((*of).into(), 2)].concat());
        directory.extend(number(values.len() as u64, offset));
        if value.len() <= offset {
            let mut inline = value;
            inline.resize(offset, 0);
            directory.extend(inline);
        } else {
            directory.extend(number(values_at as u64, offset));
            values_at += value.len();
            behind.extend(value);
        }
    }
    directory.extend(number(0, offset));
    directory.extend(behind);
    let mut file = if kind.little {
        b"II".to_vec()
    } else {
        b"MM".to_vec()
    };
    if kind.big {
        file.extend([number(43, 2), number(8, 2), number(0, 2)].concat());
    } else {
        file.extend(number(42, 2));
    }
    file.extend(number(directory_at as u64, offset));
    let pixels = chunks.concat();
    if kind.directory_first {
        [file, directory, pixels].concat()
    } else {
        [file, pixels, directory].concat()
    }
}

fn row(line: &[u16], kind: &Kind) -> Vec<u8> {
    let step = if kind.planar { 1 } else { kind.samples };
    let mask = ((1_u32 << kind.bits) - 1) as u16;
    let mut line = line.to_vec();
    if kind.differenced {
        for x in (step..line.len()).rev() {
            line[x] = line[x].wrapping_sub(line[x - step]) & mask;
        }
    }
    match kind.bits {
        8 => line.iter().map(|value| *value as u8).collect(),
        16 if kind.little => line.iter().flat_map(|value| value.to_le_bytes()).collect(),
        16 => line.iter().flat_map(|value| value.to_be_bytes()).collect(),
        bits => line
            .chunks(8 / bits)
            .map(|some| {
                let packed = some.iter().fold(0_u16, |byte, value| byte << bits | value);
                (packed << (8 - bits * some.len())) as u8
            })
            .collect(),
    }
}

fn compress(raw: &[u8], compression: u64) -> Vec<u8> {
    match compression {
        5 => weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
            .encode(raw)
            .unwrap(),
        8 => {
            let mut out = Vec::with_capacity(raw.len() + 1_000);
            flate2::Compress::new(flate2::Compression::fast(), true)
                .compress_vec(raw, &mut out, flate2::FlushCompress::Finish)
                .unwrap();
            out
        }
        32_773 => raw
            .chunks(100)
            .flat_map(|some| {
                // A run where there is one, otherwise a literal stretch.
                if some.iter().all(|byte| *byte == some[0]) && some.len() > 1 {
                    vec![(257 - some.len()) as u8, some[0]]
                } else {
                    [&[(some.len() - 1) as u8], some].concat()
                }
            })
            .collect(),
        _ => raw.to_vec(),
    }
}
