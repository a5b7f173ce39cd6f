//! PNG: iCCP in place of what else says the colours, eXIf, and XMP as a text (W3C PNG, third edition, section 11.3).

use super::Tags;

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) -> Option<()> {
    out.extend(u32::try_from(body.len()).ok()?.to_be_bytes());
    let from = out.len();
    out.extend(kind);
    out.extend(body);
    let checksum = crc32fast::hash(&out[from..]);
    out.extend(checksum.to_be_bytes());
    Some(())
}

pub(super) fn attach(png: &[u8], tags: &Tags) -> Option<Vec<u8>> {
    /// Signature and IHDR, which is always the first chunk and has 13 bytes.
    const HEAD: usize = 8 + 12 + 13;
    let (head, mut rest) = png.split_at_checked(HEAD)?;
    let mut out = head.to_vec();
    if let Some(icc) = &tags.icc {
        let squeezed = miniz_oxide::deflate::compress_to_vec_zlib(icc, 6);
        chunk(&mut out, b"iCCP", &[b"ICC\0\0", &squeezed[..]].concat())?;
    }
    if let Some(exif) = &tags.exif {
        chunk(&mut out, b"eXIf", exif)?;
    }
    if let Some(xmp) = &tags.xmp {
        chunk(
            &mut out,
            b"iTXt",
            &[b"XML:com.adobe.xmp\0\0\0\0\0", &xmp[..]].concat(),
        )?;
    }
    while let Some((length, body)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let kind = body.first_chunk::<4>()?;
        let whole = length.checked_add(12).and_then(|whole| rest.get(..whole))?;
        let is_replaced = match kind {
            b"sRGB" | b"gAMA" | b"cHRM" | b"cICP" | b"iCCP" => tags.icc.is_some(),
            b"eXIf" => tags.exif.is_some(),
            _ => false,
        };
        if !is_replaced {
            out.extend(whole);
        }
        rest = &rest[whole.len()..];
    }
    Some(out)
}
