//! What the first bytes say that a file is.

use domain::ImageFormat;

use super::ProbeError;

/// As many bytes as are needed to know every format, and to name most others. BMP needs most of them.
pub(super) const LENGTH: usize = 18;

/// What a HEIC picture is called, and what to do with it.
pub(super) const HEIC: &str = "a HEIC picture, which is not read here (save it as a JPEG; on an iPhone: Settings > Camera > Formats > Most Compatible)";

pub(super) enum Sniffed {
    /// More bytes are needed.
    More,
    /// Ours.
    Picture(ImageFormat),
    /// Not ours; with its article.
    Other(&'static str),
}

/// Either order of bytes, and BigTIFF's.
const TIFF: [&[u8]; 4] = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Whether `bytes` begin with `magic`, or could once there are more of them.
fn could_be(bytes: &[u8], magic: &[u8]) -> bool {
    let n = bytes.len().min(magic.len());
    bytes[..n] == magic[..n]
}

/// A format that `bytes`, fewer than [`LENGTH`], could be the beginning of.
fn candidate(bytes: &[u8]) -> Option<ImageFormat> {
    let at = |from: usize, magic: &[u8]| bytes.len() <= from || could_be(&bytes[from..], magic);
    if could_be(bytes, b"\xff\xd8\xff") {
        Some(ImageFormat::Jpeg)
    } else if could_be(bytes, PNG) {
        Some(ImageFormat::Png)
    } else if could_be(bytes, b"GIF87a") || could_be(bytes, b"GIF89a") {
        Some(ImageFormat::Gif)
    } else if could_be(bytes, b"RIFF") && at(8, b"WEBP") {
        Some(ImageFormat::Webp)
    } else if could_be(bytes, &[0, 0, 0])
        && at(4, b"ftyp")
        && (at(8, b"avi") || at(8, b"mif1") || at(8, b"miaf"))
    {
        Some(ImageFormat::Avif)
    } else if TIFF.iter().any(|magic| could_be(bytes, magic)) {
        Some(ImageFormat::Tiff)
    } else if could_be_bmp(bytes) {
        Some(ImageFormat::Bmp)
    } else if could_be_svg(bytes) {
        Some(ImageFormat::Svg)
    } else {
        None
    }
}

/// Whether these bytes, whitespace aside, begin an SVG or what may stand before it. XML of other kinds is told from it
/// by its root, later.
fn could_be_svg(bytes: &[u8]) -> bool {
    const BOM: &[u8] = b"\xef\xbb\xbf";
    let text = bytes.strip_prefix(BOM).unwrap_or(bytes).trim_ascii_start();
    // Only blanks yet, or a part of the byte order mark.
    if text.is_empty() || bytes.len() < BOM.len() && could_be(bytes, BOM) {
        return true;
    }
    let begins = [&b"<svg"[..], b"<?xml", b"<!--", b"<!DOCTYPE svg"];
    begins.iter().any(|begin| could_be(text, begin))
}

/// Two letters are no magic: the size of the header behind the file header must be one that there is.
fn could_be_bmp(bytes: &[u8]) -> bool {
    could_be(bytes, b"BM")
        && (12..=124)
            .filter(|size| crate::bmp::is_head_size(*size))
            .any(|size| bytes.len() <= 14 || could_be(&bytes[14..], &size.to_le_bytes()))
}

pub(super) fn sniff(bytes: &[u8]) -> Sniffed {
    match candidate(bytes) {
        Some(format) => {
            let needed = match format {
                ImageFormat::Jpeg => 3,
                ImageFormat::Png => PNG.len(),
                ImageFormat::Gif => 6,
                ImageFormat::Webp | ImageFormat::Avif | ImageFormat::Heic => 12,
                ImageFormat::Tiff => 4,
                ImageFormat::Bmp => LENGTH,
                // All that there can be: the document type is long, and blanks may stand before it.
                ImageFormat::Svg => LENGTH,
            };
            if bytes.len() >= needed {
                Sniffed::Picture(format)
            } else {
                Sniffed::More
            }
        }
        // What it is instead is told from as many bytes as there can be, so that the answer does not depend on how
        // the file was cut into chunks.
        None if bytes.len() < LENGTH => Sniffed::More,
        None => Sniffed::Other(name(bytes)),
    }
}

/// The error for a file that ended while it was sniffed.
pub(super) fn too_short(bytes: &[u8]) -> ProbeError {
    match candidate(bytes) {
        _ if bytes.is_empty() => ProbeError::Empty,
        _ if bytes.trim_ascii().is_empty() => ProbeError::UnsupportedFormat { found: "text" },
        Some(format) => ProbeError::Truncated {
            format,
            what: "nearly all",
        },
        None => ProbeError::UnsupportedFormat { found: name(bytes) },
    }
}

/// What a file is that is none of ours.
fn name(bytes: &[u8]) -> &'static str {
    const NAMES: &[(usize, &[u8], &str)] = &[
        (0, b"%PDF", "a PDF document"),
        (0, b"PK\x03\x04", "a ZIP archive or an office document"),
        (0, b"8BPS", "a Photoshop document"),
        (0, b"\0\0\x01\0", "an icon"),
        (0, b"\xff\x0a", "a JPEG XL picture"),
        (4, b"JXL ", "a JPEG XL picture"),
        (4, b"jP  ", "a JPEG 2000 picture"),
        (4, b"ftyphe", HEIC),
        (4, b"ftypmsf1", HEIC),
        (4, b"ftypcrx", "a camera raw picture"),
        (4, b"ftyp", "a video"),
        (4, b"moov", "a video"),
        (0, b"\x1a\x45\xdf\xa3", "a video"),
        (8, b"AVI ", "a video"),
        (8, b"WAVE", "a sound"),
        (0, b"OggS", "a sound or a video"),
        (0, b"ID3", "a sound"),
        (0, b"fLaC", "a sound"),
        (
            0,
            b"\x1f\x8b",
            "a compressed file, such as .gz or .svgz (unpack it first)",
        ),
        (0, b"7z\xbc\xaf", "a compressed archive"),
        (0, b"Rar!", "a compressed archive"),
        (0, b"\x7fELF", "a program"),
        (0, b"MZ", "a program"),
        (0, b"<!DOCTYPE", "a web page"),
        (0, b"<!doctype", "a web page"),
        (0, b"<html", "a web page"),
    ];
    if let Some((_, _, name)) = NAMES
        .iter()
        .find(|(at, magic, _)| bytes.get(*at..).is_some_and(|b| b.starts_with(magic)))
    {
        return name;
    }
    let printable = |b: &u8| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80..);
    // A byte order mark, or UTF-8 whose last character may be cut in two.
    let text = bytes.starts_with(&[0xff, 0xfe])
        || bytes.starts_with(&[0xfe, 0xff])
        || (bytes.iter().all(printable)
            && std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true));
    if text { "text" } else { "something unknown" }
}
