//! `f=json`: what is known of an image, and what a picture with these options would be.

use bytes::Bytes;
use delivery_url::Options;
use domain::{Analysis, Manifest, PaletteColour};
use imaging::{OutputFormat, Size};
use serde::Serialize;

/// What a page needs to know before it shows the picture. Fields are only ever added.
#[derive(Serialize)]
struct Info<'a> {
    /// Pixels of the picture that these options give.
    width: u32,
    height: u32,
    /// Empty where nobody wrote any.
    alt: &'a str,
    /// The content version, for `v`.
    version: u32,
    original: Original,
    has_alpha: bool,
    is_animated: bool,
    /// A blurred placeholder (evanw.github.io/thumbhash), base64 without padding.
    thumbhash: Option<&'a str>,
    /// 64 bits, 16 hexadecimal digits: near duplicates differ in few bits.
    perceptual_hash: Option<&'a str>,
    /// The main colours, the largest share first.
    palette: &'a [PaletteColour],
    /// The formats that `f` may name for a picture.
    formats: Vec<&'static str>,
}

#[derive(Serialize)]
struct Original {
    format: &'static str,
    width: u32,
    height: u32,
}

/// The document. Without the analysis, which may be missing for a moment, it says what the manifest knows.
pub(crate) fn document(manifest: &Manifest, analysis: Option<&Analysis>, options: &Options) -> Bytes {
    let original = Size {
        width: manifest.width,
        height: manifest.height,
    };
    let output = imaging::geometry(original, &options.render_options(OutputFormat::Jpeg)).output;
    let formats = [
        OutputFormat::Avif,
        OutputFormat::Webp,
        OutputFormat::Jpeg,
        OutputFormat::Png,
        OutputFormat::Gif,
    ];
    let info = Info {
        width: output.width,
        height: output.height,
        alt: &manifest.alt_text,
        version: manifest.content_version,
        original: Original {
            format: manifest.original_format.name(),
            width: manifest.width,
            height: manifest.height,
        },
        has_alpha: manifest.has_alpha,
        is_animated: manifest.is_animated(),
        thumbhash: analysis.map(|analysis| analysis.thumbhash.as_str()),
        perceptual_hash: analysis.map(|analysis| analysis.perceptual_hash.as_str()),
        palette: analysis.map_or(&[], |analysis| &analysis.palette),
        formats: formats.map(|format| format.format().name()).to_vec(),
    };
    serde_json::to_vec(&info)
        .expect("text, numbers and lists are JSON")
        .into()
}
