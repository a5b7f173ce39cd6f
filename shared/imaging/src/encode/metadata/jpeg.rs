//! JPEG: APP1 for EXIF and for XMP, APP2 for the profile, behind JFIF's APP0.

use super::Tags;

/// Of a segment, without the two bytes of its length.
const MAX_BODY_BYTES: usize = 65_533;

fn segment(out: &mut Vec<u8>, code: u8, parts: [&[u8]; 2]) {
    let length = parts[0].len() + parts[1].len();
    // The callers cut to size; what is still too long is left out.
    if let Ok(length) = u16::try_from(length + 2) {
        out.extend([0xff, code]);
        out.extend(length.to_be_bytes());
        out.extend(parts.concat());
    }
}

pub(super) fn attach(jpeg: &[u8], tags: &Tags) -> Option<Vec<u8>> {
    let mut at = 2;
    if jpeg.get(2..4) == Some(&[0xff, 0xe0]) {
        let length = jpeg.get(4..6)?.first_chunk::<2>()?;
        at = 4 + usize::from(u16::from_be_bytes(*length));
    }
    let (head, rest) = jpeg.split_at_checked(at)?;
    let mut out = head.to_vec();
    if let Some(exif) = &tags.exif {
        segment(&mut out, 0xe1, [b"Exif\0\0", exif]);
    }
    if let Some(xmp) = &tags.xmp {
        segment(&mut out, 0xe1, [b"http://ns.adobe.com/xap/1.0/\0", xmp]);
    }
    if let Some(icc) = &tags.icc {
        // ICC.1:2022, annex B.4: pieces, counted from 1, and how many there are.
        let pieces = icc.chunks(MAX_BODY_BYTES - 14);
        if let Ok(count) = u8::try_from(pieces.len()) {
            for (number, piece) in (1..=count).zip(pieces) {
                let head = [&b"ICC_PROFILE\0"[..], &[number, count]].concat();
                segment(&mut out, 0xe2, [&head, piece]);
            }
        }
    }
    out.extend(rest);
    Some(out)
}
