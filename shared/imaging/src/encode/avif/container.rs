//! The boxes around AV1 frames: ISO/IEC 14496-12, 23008-12 (HEIF), and the AV1 Image File Format 1.1.

use super::{aom::Depth, failed};
use crate::ImagingError;

/// What goes into a file.
pub(super) struct Content<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Whether the colours have no chroma.
    pub(super) is_gray: bool,
    /// Bits a sample, of the colours and of alpha.
    pub(super) depth: Depth,
    /// Open bitstream units.
    pub(super) colour: &'a [u8],
    /// Open bitstream units of a monochrome frame of the same size.
    pub(super) alpha: Option<&'a [u8]>,
    /// The colours, where they are not sRGB.
    pub(super) icc: Option<&'a [u8]>,
    /// A TIFF structure.
    pub(super) exif: Option<&'a [u8]>,
    /// A packet.
    pub(super) xmp: Option<&'a [u8]>,
}

const COLOUR: u16 = 1;
const ALPHA: u16 = 2;
const EXIF: u16 = 3;
const XMP: u16 = 4;

/// Monochrome is written as 4:2:0 is, with a bit of its own.
const MONOCHROME: u8 = 0x1c;

/// A box: its size, its name, and what `body` writes.
fn boxed(out: &mut Vec<u8>, name: &[u8; 4], body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0; 4]);
    out.extend(name);
    body(out);
    let size = u32::try_from(out.len() - start).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
}

/// A box with a version and flags.
fn full(out: &mut Vec<u8>, name: &[u8; 4], version: u8, flags: u8, body: impl FnOnce(&mut Vec<u8>)) {
    boxed(out, name, |out| {
        out.extend([version, 0, 0, flags]);
        body(out);
    });
}

/// What the sequence header says.
struct Sequence {
    profile: u8,
    level: u8,
}

/// Reads the first bits of the sequence header (AV1 specification, section 5.5.1), which libaom writes first and short.
fn sequence(units: &[u8]) -> Option<Sequence> {
    let (&head, rest) = units.split_first()?;
    let is_sequence = (head >> 3) & 0xf == 1;
    let has_size = head & 2 != 0;
    // A sequence header is far shorter than 128 bytes: its size is one byte.
    let body = if has_size { rest.get(1..)? } else { rest };
    let (&first, &second) = (body.first()?, body.get(1)?);
    let is_short = first & 0x08 != 0;
    (is_sequence && is_short).then_some(Sequence {
        profile: first >> 5,
        level: (first & 7) << 2 | second >> 6,
    })
}

/// Without the temporal delimiter, which has no place in an item.
fn units(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(&[0x12, 0x00]).unwrap_or(bytes)
}

/// The whole file.
pub(super) fn write(content: &Content<'_>) -> Result<Vec<u8>, ImagingError> {
    let colour = units(content.colour);
    let alpha = content.alpha.map(units);
    // The four bytes say that the TIFF structure begins at once (ISO/IEC 23008-12, annex A.2.1).
    let exif = content.exif.map(|exif| [&[0; 4], exif].concat());
    let payloads: Vec<(u16, &[u8])> = [
        Some((COLOUR, colour)),
        alpha.map(|alpha| (ALPHA, alpha)),
        exif.as_deref().map(|exif| (EXIF, exif)),
        content.xmp.map(|xmp| (XMP, xmp)),
    ]
    .into_iter()
    .flatten()
    .collect();

    let header = sequence(colour).ok_or_else(|| failed("libaom wrote no sequence header"))?;
    let mut out = Vec::with_capacity(colour.len() + 1_024);
    boxed(&mut out, b"ftyp", |out| {
        out.extend(b"avif\0\0\0\0avifmif1miaf");
        out.extend(if header.profile == 0 { b"MA1B" } else { b"MA1A" });
    });
    let mut offsets = Vec::new();
    full(&mut out, b"meta", 0, 0, |out| {
        full(out, b"hdlr", 0, 0, |out| {
            out.extend(b"\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0");
        });
        full(out, b"pitm", 0, 0, |out| out.extend(COLOUR.to_be_bytes()));
        full(out, b"iloc", 0, 0, |out| {
            out.extend([0x44, 0x00]);
            out.extend((payloads.len() as u16).to_be_bytes());
            for (id, payload) in &payloads {
                out.extend(id.to_be_bytes());
                out.extend([0, 0, 0, 1]);
                offsets.push(out.len());
                out.extend([0; 4]);
                out.extend((payload.len() as u32).to_be_bytes());
            }
        });
        full(out, b"iinf", 0, 0, |out| {
            out.extend((payloads.len() as u16).to_be_bytes());
            for (id, _) in &payloads {
                full(out, b"infe", 2, 0, |out| {
                    out.extend(id.to_be_bytes());
                    out.extend([0, 0]);
                    out.extend_from_slice(match *id {
                        EXIF => b"Exif\0",
                        XMP => b"mime\0application/rdf+xml\0",
                        _ => b"av01\0",
                    });
                });
            }
        });
        if payloads.len() > 1 {
            full(out, b"iref", 0, 0, |out| {
                for (id, _) in &payloads[1..] {
                    boxed(out, if *id == ALPHA { b"auxl" } else { b"cdsc" }, |out| {
                        out.extend(id.to_be_bytes());
                        out.extend(1_u16.to_be_bytes());
                        out.extend(COLOUR.to_be_bytes());
                    });
                }
            });
        }
        boxed(out, b"iprp", |out| properties(out, content, &header, alpha));
    });
    boxed(&mut out, b"mdat", |out| {
        for ((_, payload), place) in payloads.iter().zip(offsets) {
            let at = u32::try_from(out.len()).unwrap_or(u32::MAX);
            out[place..place + 4].copy_from_slice(&at.to_be_bytes());
            out.extend_from_slice(payload);
        }
    });
    if u32::try_from(out.len()).is_err() {
        return Err(failed("it has more than 4 GiB"));
    }
    Ok(out)
}

/// The properties, and which of them each picture has.
fn properties(out: &mut Vec<u8>, content: &Content<'_>, header: &Sequence, alpha: Option<&[u8]>) {
    // Counted from 1; an essential one has the highest bit set.
    let mut of_colour = Vec::new();
    let mut of_alpha = Vec::new();
    boxed(out, b"ipco", |out| {
        let mut count = 0;
        let mut next = || {
            count += 1;
            count
        };
        full(out, b"ispe", 0, 0, |out| {
            out.extend(content.width.to_be_bytes());
            out.extend(content.height.to_be_bytes());
        });
        let size = next();
        of_colour.push(size);
        let bits = match content.depth {
            Depth::Eight => 8,
            Depth::Ten => 10,
        };
        let channels: &[u8] = if content.is_gray {
            &[1, bits]
        } else {
            &[3, bits, bits, bits]
        };
        full(out, b"pixi", 0, 0, |out| out.extend(channels));
        of_colour.push(next());
        // 4:4:4 has profile 1, 4:2:0 profile 0.
        configuration(
            out,
            header,
            content.depth,
            match (content.is_gray, header.profile) {
                (true, _) => MONOCHROME,
                (false, 0) => 0x0c,
                (false, _) => 0,
            },
        );
        of_colour.push(0x80 | next());
        boxed(out, b"colr", |out| {
            out.extend(b"nclx");
            // ITU-T H.273: sRGB's primaries and transfer, the matrix of JFIF, full range.
            out.extend([0, 1, 0, 13, 0, 6, 0x80]);
        });
        of_colour.push(next());
        if let Some(icc) = content.icc {
            boxed(out, b"colr", |out| {
                out.extend(b"prof");
                out.extend_from_slice(icc);
            });
            of_colour.push(next());
        }
        if let Some(header) = alpha.and_then(sequence) {
            of_alpha.push(size);
            full(out, b"pixi", 0, 0, |out| out.extend([1, bits]));
            of_alpha.push(next());
            configuration(out, &header, content.depth, MONOCHROME);
            of_alpha.push(0x80 | next());
            full(out, b"auxC", 0, 0, |out| {
                out.extend(b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0");
            });
            of_alpha.push(next());
        }
    });
    full(out, b"ipma", 0, 0, |out| {
        let items: Vec<(u16, &Vec<u8>)> = [(COLOUR, &of_colour), (ALPHA, &of_alpha)]
            .into_iter()
            .filter(|(_, properties)| !properties.is_empty())
            .collect();
        out.extend((items.len() as u32).to_be_bytes());
        for (id, properties) in items {
            out.extend(id.to_be_bytes());
            out.push(properties.len() as u8);
            out.extend(properties);
        }
    });
}

/// `av1C` (AV1 ISO media file format binding, section 2.3); `layout` is monochrome and subsampling.
fn configuration(out: &mut Vec<u8>, header: &Sequence, depth: Depth, layout: u8) {
    let layout = match depth {
        Depth::Eight => layout,
        Depth::Ten => 0x40 | layout,
    };
    boxed(out, b"av1C", |out| {
        out.extend([0x81, header.profile << 5 | header.level, layout, 0]);
    });
}
