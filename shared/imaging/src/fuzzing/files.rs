//! What a mutated file needs so that it is looked into at all.

use domain::ImageFormat;

use crate::testing::png_chunk;

/// The file with its format's magic bytes, and with right checksums where it is a PNG.
pub(super) fn forced(format: ImageFormat, bytes: &[u8]) -> Vec<u8> {
    let mut file = bytes.to_vec();
    match format {
        ImageFormat::Jpeg => put(&mut file, 0, b"\xff\xd8\xff"),
        ImageFormat::Png => {
            put(&mut file, 0, b"\x89PNG\r\n\x1a\n");
            file = with_checksums(&file);
        }
        ImageFormat::Webp => {
            put(&mut file, 0, b"RIFF");
            put(&mut file, 8, b"WEBP");
        }
        ImageFormat::Gif => put(&mut file, 0, b"GIF89a"),
        ImageFormat::Avif => put(&mut file, 4, b"ftypavif"),
        ImageFormat::Tiff if file.starts_with(b"MM") => put(&mut file, 2, b"\0"),
        ImageFormat::Tiff => put(&mut file, 0, b"II"),
        ImageFormat::Bmp => put(&mut file, 0, b"BM"),
        // Text, whose beginning is not magic.
        ImageFormat::Svg | ImageFormat::Heic => {}
    }
    file
}

fn put(file: &mut [u8], at: usize, magic: &[u8]) {
    if let Some(place) = file.get_mut(at..at + magic.len()) {
        place.copy_from_slice(magic);
    }
}

/// As far as its chunks go.
fn with_checksums(file: &[u8]) -> Vec<u8> {
    let Some((magic, mut rest)) = file.split_at_checked(8) else {
        return file.to_vec();
    };
    let mut written = magic.to_vec();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let whole = after
            .split_first_chunk::<4>()
            .and_then(|(kind, body)| Some((kind, body.split_at_checked(length)?)));
        let Some((kind, (body, behind))) = whole else {
            break;
        };
        written.extend(png_chunk(kind, body));
        rest = behind.get(4..).unwrap_or_default();
    }
    written.extend(rest);
    written
}
