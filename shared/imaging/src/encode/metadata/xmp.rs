//! The packet of XMP in a file, for answers that keep it.

use domain::ImageFormat;

use crate::riff;

/// Of a JPEG's segment, which is the least that any format can hold; longer packets are previews and histories of edits.
const MAX_XMP_BYTES: usize = 65_000;
const JPEG_HEAD: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// Of an uncompressed text without language and translation.
const PNG_HEAD: &[u8] = b"XML:com.adobe.xmp\0\0\0\0\0";

/// The packet as it is, but that the picture lies upright in it. None where it holds a preview: that shows what was cropped
/// away. XMP of AVIF and compressed XMP of PNG, which hardly any program writes, are not read.
pub(super) fn of_file(format: ImageFormat, file: &[u8]) -> Option<Vec<u8>> {
    let packet = match format {
        ImageFormat::Jpeg => of_jpeg(file),
        ImageFormat::Png => of_png(file),
        ImageFormat::Webp => riff::chunk(file, b"XMP "),
        ImageFormat::Gif | ImageFormat::Avif => None,
    }?;
    let text = std::str::from_utf8(packet).ok()?;
    if packet.len() > MAX_XMP_BYTES || text.contains("xmpGImg:image") {
        return None;
    }
    let mut packet = packet.to_vec();
    for mark in ["tiff:Orientation=\"", "tiff:Orientation='", "<tiff:Orientation>"] {
        for (at, _) in text.match_indices(mark) {
            if let Some(digit) = packet
                .get_mut(at + mark.len())
                .filter(|digit| digit.is_ascii_digit())
            {
                *digit = b'1';
            }
        }
    }
    Some(packet)
}

fn of_jpeg(jpeg: &[u8]) -> Option<&[u8]> {
    let mut rest = jpeg.get(2..)?;
    loop {
        let (&[mark, code, high, low], _) = rest.split_first_chunk::<4>()?;
        if mark != 0xff || matches!(code, 0xda | 0xd9) {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        let body = rest.get(4..2 + length)?;
        if let Some(packet) = body.strip_prefix(JPEG_HEAD).filter(|_| code == 0xe1) {
            return Some(packet);
        }
        rest = rest.get(2 + length..)?;
    }
}

fn of_png(png: &[u8]) -> Option<&[u8]> {
    let mut rest = png.get(8..)?;
    loop {
        let (length, body) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (kind, body) = body.split_first_chunk::<4>()?;
        let text = body.get(..length)?;
        if let Some(packet) = text.strip_prefix(PNG_HEAD).filter(|_| kind == b"iTXt") {
            return Some(packet);
        }
        rest = body.get(length.checked_add(4)?..)?;
    }
}
