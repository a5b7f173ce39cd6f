//! The packet of XMP in a file, for answers that keep it.

use domain::ImageFormat;

use crate::decode::metadata_blocks::RawMetadata;

/// Of a JPEG's segment, which is the least that any format can hold; longer packets are previews and histories of edits.
const MAX_XMP_BYTES: usize = 65_000;

/// The packet as it is, but that the picture lies upright in it. None where it holds a preview: that shows what was cropped
/// away.
pub(super) fn of_file(format: ImageFormat, file: &[u8]) -> Option<Vec<u8>> {
    let mut packet = RawMetadata::of(file, format, None).xmp?;
    let text = std::str::from_utf8(&packet).ok()?.to_owned();
    if packet.len() > MAX_XMP_BYTES || text.contains("xmpGImg:image") {
        return None;
    }
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
