//! WebP: the extended file (RFC 9649, section 2.7), with the profile before and EXIF and XMP behind the pixels.

use super::Tags;

const ICC: u8 = 0x20;
const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    out.extend(name);
    out.extend((body.len() as u32).to_le_bytes());
    out.extend(body);
    out.resize(out.len().next_multiple_of(2), 0);
}

pub(super) fn attach(
    webp: &[u8],
    tags: &Tags,
    (width, height): (u32, u32),
    has_alpha: bool,
) -> Option<Vec<u8>> {
    let size = usize::try_from(u32::from_le_bytes(*webp.get(4..)?.first_chunk::<4>()?)).ok()?;
    let mut rest = webp.get(12..8 + size)?;
    let mut header = None;
    let mut pixels = Vec::new();
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let [k0, k1, k2, k3, length @ ..] = *head;
        let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
        let name = [k0, k1, k2, k3];
        let whole = body.get(..length)?;
        match &name {
            b"VP8X" => header = whole.first_chunk::<10>().copied(),
            b"ICCP" | b"EXIF" | b"XMP " => {}
            _ => chunk(&mut pixels, &name, whole),
        }
        rest = body.get(length + length % 2..).unwrap_or_default();
    }
    let mut header = header.unwrap_or_else(|| {
        let [w0, w1, w2, _] = width.saturating_sub(1).to_le_bytes();
        let [h0, h1, h2, _] = height.saturating_sub(1).to_le_bytes();
        let flags = if has_alpha { ALPHA } else { 0 };
        [flags, 0, 0, 0, w0, w1, w2, h0, h1, h2]
    });
    header[0] &= !(ICC | EXIF | XMP);
    let mut flag = |tag: &Option<Vec<u8>>, flag: u8| header[0] |= if tag.is_some() { flag } else { 0 };
    flag(&tags.icc, ICC);
    flag(&tags.exif, EXIF);
    flag(&tags.xmp, XMP);

    let mut out = b"RIFF\0\0\0\0WEBP".to_vec();
    chunk(&mut out, b"VP8X", &header);
    if let Some(icc) = &tags.icc {
        chunk(&mut out, b"ICCP", icc);
    }
    out.extend(pixels);
    if let Some(exif) = &tags.exif {
        chunk(&mut out, b"EXIF", exif);
    }
    if let Some(xmp) = &tags.xmp {
        chunk(&mut out, b"XMP ", xmp);
    }
    let length = u32::try_from(out.len() - 8).ok()?;
    out[4..8].copy_from_slice(&length.to_le_bytes());
    Some(out)
}
