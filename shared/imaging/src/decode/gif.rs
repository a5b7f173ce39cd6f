//! GIF, by the `gif` crate: the first frame, on a transparent screen.

use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, MemoryLimit};

use super::{Decoded, Demand};
use crate::{
    Allowance, Header, ImagingError,
    raster::{Channels, Samples},
};

fn damaged(why: &str) -> ImagingError {
    ImagingError::undecodable(format!(
        "the GIF cannot be read ({why}); send the file again, or save it anew"
    ))
}

pub(super) fn decode(
    bytes: &[u8],
    header: Header,
    demand: Demand,
    allowance: &Allowance<'_>,
) -> Result<Decoded, ImagingError> {
    let screen = u64::from(header.width) * u64::from(header.height) * 4;
    // The screen, and a frame that may be as large.
    allowance.memory(2 * screen)?;
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    if let Some(limit) = NonZeroU64::new(allowance.memory_bytes - screen) {
        options.set_memory_limit(MemoryLimit::Bytes(limit));
    }
    let mut decoder = options
        .read_info(bytes)
        .map_err(|error| damaged(&error.to_string()))?;
    let frame = decoder
        .next_frame_info()
        .map_err(|error| damaged(&error.to_string()))?
        .ok_or_else(|| damaged("it has no picture"))?
        .clone();
    // A frame may be larger than its screen; what it takes was counted with the screen's size.
    let size = decoder.buffer_size();
    allowance.memory(screen + size as u64)?;
    // What is missing of it is left transparent.
    let mut buffer = vec![0; size];
    match decoder.read_into_buffer(&mut buffer) {
        Err(error) if !demand.accepts_damage => return Err(damaged(&error.to_string())),
        _ => {}
    }

    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (screen_width, screen_height) = (header.width as usize, header.height as usize);
    let frame_width = usize::from(frame.width);
    let visible = screen_width.saturating_sub(left).min(frame_width);
    let mut pixels = vec![0_u8; screen_width * screen_height * 4];
    if visible > 0 {
        let rows = buffer
            .chunks_exact(4 * frame_width)
            .take(screen_height.saturating_sub(top));
        for (y, row) in rows.enumerate() {
            let at = 4 * ((top + y) * screen_width + left);
            pixels[at..at + 4 * visible].copy_from_slice(&row[..4 * visible]);
        }
    }
    Ok(Decoded {
        width: header.width,
        height: header.height,
        extent: (f64::from(header.width), f64::from(header.height)),
        channels: Channels::Rgba,
        samples: Samples::Eight(pixels),
        profile: None,
        orientation: None,
        exif: None,
    })
}
