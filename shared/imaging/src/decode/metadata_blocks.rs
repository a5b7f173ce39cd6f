//! The blocks of metadata that stand beside the pixels of a file, still unread.
//!
//! Only the ingest asks for them, so that delivery's renders do not pay for them. EXIF comes from the decoder, which needs
//! the orientation; the others are looked up here.

use domain::ImageFormat;

use super::jpeg;
use crate::{
    analyse::{exif, iptc},
    heif::Meta,
    riff,
};

/// A larger block is not read. A packet of XMP with the history of a year of edits has some 100 KiB.
const MAX_BLOCK_BYTES: usize = 1_024 * 1_024;
/// A PNG has some tens of chunks, and thousands where it was written in small pieces.
const MAX_PNG_CHUNKS: usize = 100_000;

/// What a file says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RawMetadata {
    /// A TIFF structure, from its byte order mark on.
    pub(crate) exif: Option<Vec<u8>>,
    /// A packet of XMP: XML.
    pub(crate) xmp: Option<Vec<u8>>,
    /// Records of IPTC's IIM.
    pub(crate) iptc: Option<Vec<u8>>,
}

impl RawMetadata {
    /// Looks into the file, whose EXIF the decoder has found already.
    pub(crate) fn of(file: &[u8], format: ImageFormat, exif: Option<Vec<u8>>) -> Self {
        let (mut xmp, mut iptc) = match format {
            ImageFormat::Jpeg => {
                let found = jpeg::segments(file);
                let iptc = found.photoshop.as_deref().and_then(iptc::of_photoshop);
                (found.xmp, iptc.map(<[u8]>::to_vec))
            }
            ImageFormat::Png => (png_xmp(file).map(<[u8]>::to_vec), None),
            ImageFormat::Webp => (riff::chunk(file, b"XMP ").map(<[u8]>::to_vec), None),
            ImageFormat::Gif => (gif_xmp(file).map(<[u8]>::to_vec), None),
            ImageFormat::Avif => {
                let meta = Meta::of_file(file).ok();
                (meta.and_then(|meta| meta.xmp(file, meta.primary())), None)
            }
            // A TIFF's are tags of its EXIF; the others hold none, or none that is read.
            ImageFormat::Tiff | ImageFormat::Bmp | ImageFormat::Svg | ImageFormat::Heic => (None, None),
        };
        if (xmp.is_none() || iptc.is_none())
            && let Some(exif) = &exif
        {
            let (inner_xmp, inner_iptc) = exif::embedded(exif);
            xmp = xmp.or(inner_xmp);
            iptc = iptc.or(inner_iptc);
        }
        let bounded = |block: Option<Vec<u8>>| block.filter(|block| block.len() <= MAX_BLOCK_BYTES);
        Self {
            exif,
            xmp: bounded(xmp),
            iptc: bounded(iptc),
        }
    }
}

/// The text of the `iTXt` chunk that XMP stands in. A compressed one is passed over: the specification (XMP, part 3)
/// forbids it, and it may be a bomb.
fn png_xmp(file: &[u8]) -> Option<&[u8]> {
    let mut rest = file.get(8..)?;
    for _ in 0..MAX_PNG_CHUNKS {
        let (head, body) = rest.split_first_chunk::<8>()?;
        let [s3, s2, s1, s0, kind @ ..] = *head;
        let size = usize::try_from(u32::from_be_bytes([s3, s2, s1, s0])).ok()?;
        if &kind == b"iTXt"
            && let Some(text) = body.get(..size)?.strip_prefix(b"XML:com.adobe.xmp\0\0\0")
        {
            // The language and the translated keyword, each with a NUL behind it.
            return text.splitn(3, |byte| *byte == 0).nth(2);
        }
        // Behind the body stand four bytes of checksum.
        rest = body.get(size.checked_add(4)?..)?;
    }
    None
}

/// The packet in GIF's application extension, which is not cut into blocks: 258 bytes behind it make readers that do not
/// know it jump to its end (XMP specification, part 3).
fn gif_xmp(file: &[u8]) -> Option<&[u8]> {
    const HEAD: &[u8] = b"\x21\xff\x0bXMP DataXMP";
    const TAIL: &[u8] = b"\x01\xff\xfe";
    let from = file.windows(HEAD.len()).position(|piece| piece == HEAD)? + HEAD.len();
    let rest = &file[from..];
    let length = rest.windows(TAIL.len()).position(|piece| piece == TAIL)?;
    Some(&rest[..length])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analyse::xmp::tests::packet,
        testing::{
            Entry, extended_webp, gif, jpeg, photo, png, png_chunk, tiff, webp, with_exif, with_segment,
        },
    };

    const PACKET: &[u8] = b"<x:xmpmeta/>";

    fn xmp(file: &[u8], format: ImageFormat) -> Option<Vec<u8>> {
        RawMetadata::of(file, format, None).xmp
    }

    #[test]
    fn xmp_is_found_in_every_format_that_has_a_place_for_it() {
        let raster = photo(16, 12);
        let packet = Some(PACKET.to_vec());
        let plain = jpeg(&raster);
        let segment = [b"http://ns.adobe.com/xap/1.0/\0", PACKET].concat();
        let behind_exif = with_exif(&with_segment(&plain, 0xe1, &segment), b"MM\0*");
        assert_eq!(xmp(&behind_exif, ImageFormat::Jpeg), packet);
        assert_eq!(xmp(&plain, ImageFormat::Jpeg), None);

        let mut file = png(&raster);
        let chunk = png_chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0en\0\0", PACKET].concat());
        let end = file.len() - 12;
        file.splice(end..end, chunk);
        assert_eq!(xmp(&file, ImageFormat::Png), packet);
        assert_eq!(xmp(&file[..end + 30], ImageFormat::Png), None);

        let file = extended_webp(&webp(&raster), (16, 12), 0x04, &[], &[(b"XMP ", PACKET)]);
        assert_eq!(xmp(&file, ImageFormat::Webp), packet);

        let mut file = gif(&raster, 1);
        let end = file.len() - 1;
        let trailer: Vec<u8> = std::iter::once(1).chain((0..=255).rev()).chain([0]).collect();
        file.splice(end..end, [b"\x21\xff\x0bXMP DataXMP", PACKET, &trailer].concat());
        assert_eq!(xmp(&file, ImageFormat::Gif), packet);
    }

    #[test]
    fn xmp_is_found_among_the_items_of_an_avif() {
        let boxed =
            |kind: &[u8; 4], body: &[u8]| [&(body.len() as u32 + 8).to_be_bytes(), &kind[..], body].concat();
        let packet = packet("");
        let item = |id: u8, kind: &[u8; 4]| {
            boxed(b"infe", &[b"\x02\0\0\0\0", &[id, 0, 0][..], kind, b"\0"].concat())
        };
        let items = [&b"\0\0\0\0\0\x02"[..], &item(1, b"av01"), &item(2, b"mime")].concat();
        // Version 1; the second item lies in `idat`, from its first byte on.
        let places = [
            &b"\x01\0\0\0\x44\0\0\x01\0\x02\0\x01\0\0\0\x01\0\0\0\0"[..],
            &(packet.len() as u32).to_be_bytes(),
        ]
        .concat();
        let describes = boxed(b"cdsc", b"\0\x02\0\x01\0\x01");
        let meta = [
            vec![0; 4],
            boxed(b"pitm", b"\0\0\0\0\0\x01"),
            boxed(b"iinf", &items),
            boxed(b"iloc", &places),
            boxed(b"iref", &[&b"\0\0\0\0"[..], &describes].concat()),
            boxed(b"idat", &packet),
        ]
        .concat();
        assert_eq!(xmp(&boxed(b"meta", &meta), ImageFormat::Avif), Some(packet));
    }

    #[test]
    fn a_compressed_chunk_and_a_huge_block_are_passed_over() {
        let mut file = png(&photo(4, 4));
        let end = file.len() - 12;
        let compressed = png_chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\x01\0\0\0", PACKET].concat());
        file.splice(end..end, compressed);
        assert_eq!(xmp(&file, ImageFormat::Png), None);
        let huge = vec![b' '; MAX_BLOCK_BYTES + 1];
        let file = extended_webp(&webp(&photo(16, 12)), (16, 12), 0x04, &[], &[(b"XMP ", &huge)]);
        assert_eq!(xmp(&file, ImageFormat::Webp), None);
    }

    #[test]
    fn iptc_is_found_in_a_jpeg_and_in_the_tags_of_a_tiff() {
        let resources = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x05\0\x03abc";
        let file = with_segment(&jpeg(&photo(16, 12)), 0xed, resources);
        let found = RawMetadata::of(&file, ImageFormat::Jpeg, None);
        assert_eq!(found.iptc.as_deref(), Some(&b"\x1c\x02\x05\0\x03abc"[..]));

        let block = tiff(&[(700, Entry::Byte(b'<')), (33_723, Entry::Byte(0x1c))], &[], &[]);
        let found = RawMetadata::of(b"", ImageFormat::Png, Some(block));
        assert_eq!(
            (found.xmp.as_deref(), found.iptc.as_deref()),
            (Some(&b"<"[..]), Some(&b"\x1c"[..]))
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_searched_without_a_panic(bytes: Vec<u8>, format in 0_usize..5) {
            use ImageFormat::{Avif, Gif, Jpeg, Png, Webp};
            let _ = RawMetadata::of(&bytes, [Jpeg, Png, Webp, Gif, Avif][format], Some(bytes.clone()));
        }
    }
}
