//! GIF, by the `gif` crate: every frame as a browser shows it (GIF89a specification, section 23).

use gif::{ColorOutput, DecodeOptions, Decoder, DisposalMethod, Repeat};

use super::{Decoded, DecodedPixels, Demand};
use crate::{
    Allowance, Header, ImagingError,
    animation::{Canvas, Disposal, Frame, Frames, frame_at, shown_ms},
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
    let mut frames = GifFrames::open(bytes, header, allowance)?;
    frames.accepts_damage = demand.accepts_damage;
    let raster = frame_at(&mut frames, demand.page, demand.accepts_damage, allowance)?;
    Ok(Decoded {
        width: raster.width,
        height: raster.height,
        extent: (f64::from(raster.width), f64::from(raster.height)),
        pixels: DecodedPixels::Interleaved(Channels::Rgba, Samples::Eight(raster.pixels)),
        profile: None,
        orientation: None,
        exif: None,
    })
}

/// The first row of each pass of an interlaced picture, and how many rows further the next one is (GIF89a specification,
/// appendix E).
const PASSES: [(usize, usize); 4] = [(0, 8), (4, 8), (2, 4), (1, 2)];

pub(super) struct GifFrames<'a> {
    decoder: Decoder<&'a [u8]>,
    global_palette: Vec<u8>,
    /// A palette index for each pixel of a frame.
    indices: Vec<u8>,
    header: Header,
    canvas: Canvas,
    disposal: Disposal,
    /// Frames that the probe has counted and nobody has read yet.
    left: u32,
    /// Whether pixels may be missing; they are then left as they were.
    accepts_damage: bool,
    allowance: Allowance<'a>,
}

impl<'a> GifFrames<'a> {
    pub(super) fn open(
        bytes: &'a [u8],
        header: Header,
        allowance: &Allowance<'a>,
    ) -> Result<Self, ImagingError> {
        // The canvas and the copy of it that is handed out.
        allowance.memory(2 * Canvas::bytes(header.width, header.height))?;
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        let decoder = options
            .read_info(bytes)
            .map_err(|error| damaged(&error.to_string()))?;
        Ok(Self {
            global_palette: decoder.global_palette().unwrap_or_default().to_vec(),
            decoder,
            indices: Vec::new(),
            header,
            canvas: Canvas::new(header.width, header.height),
            disposal: Disposal::Keep,
            left: header.frames,
            accepts_damage: false,
            allowance: *allowance,
        })
    }
}

impl Frames for GifFrames<'_> {
    fn size(&self) -> (u32, u32) {
        (self.header.width, self.header.height)
    }

    fn loops(&self) -> u32 {
        match self.decoder.repeat() {
            Repeat::Infinite => 0,
            // The file says how often it is played once more.
            Repeat::Finite(again) => u32::from(again) + 1,
        }
    }

    fn next(&mut self) -> Result<Option<Frame>, ImagingError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.canvas.dispose(std::mem::take(&mut self.disposal));
        let Some(frame) = self
            .decoder
            .next_frame_info()
            .map_err(|error| damaged(&error.to_string()))?
            .cloned()
        else {
            return Ok(None);
        };
        // A frame may be larger than the canvas.
        let canvas = Canvas::bytes(self.header.width, self.header.height);
        let pixels = u64::from(frame.width) * u64::from(frame.height);
        let saves = frame.dispose == DisposalMethod::Previous;
        self.allowance
            .memory(if saves { 3 } else { 2 } * canvas + pixels)?;
        self.indices.clear();
        let undrawn = frame.transparent.unwrap_or_default();
        self.indices
            .resize(usize::from(frame.width) * usize::from(frame.height), undrawn);
        // In the order of the file: the crate's own way to put interlaced rows in theirs (gif 0.14.2) loses the last rows of
        // flat pictures, since it takes the end of the data for the end of the pixels.
        match self.decoder.fill_buffer(&mut self.indices) {
            Ok(true) => {}
            _ if self.accepts_damage => {}
            Ok(false) => return Err(damaged("a part of the picture is missing")),
            Err(error) => return Err(damaged(&error.to_string())),
        }
        let area = self.canvas.clip(
            usize::from(frame.left),
            usize::from(frame.top),
            usize::from(frame.width),
            usize::from(frame.height),
        );
        self.disposal = match frame.dispose {
            DisposalMethod::Any | DisposalMethod::Keep => Disposal::Keep,
            DisposalMethod::Background => Disposal::Clear(area),
            DisposalMethod::Previous => Disposal::Restore(area, self.canvas.saved(area)),
        };
        let palette = frame.palette.as_deref().unwrap_or(&self.global_palette);
        if area.width > 0 {
            let height = usize::from(frame.height);
            let mut rows: Vec<&[u8]> = self.indices.chunks_exact(usize::from(frame.width)).collect();
            if frame.interlaced {
                let mut upright = rows.clone();
                let order = PASSES
                    .into_iter()
                    .flat_map(|(top, step)| (top..height).step_by(step));
                order.zip(rows).for_each(|(y, row)| upright[y] = row);
                rows = upright;
            }
            for (row, indices) in self.canvas.rows(area).zip(rows) {
                for (pixel, &index) in row.chunks_exact_mut(4).zip(indices) {
                    let entry = palette.get(3 * usize::from(index)..3 * usize::from(index) + 3);
                    // What the palette does not have is not drawn, as in browsers.
                    if let (Some(&[red, green, blue]), true) = (entry, frame.transparent != Some(index)) {
                        pixel.copy_from_slice(&[red, green, blue, 255]);
                    }
                }
            }
        }
        let delay_ms = shown_ms(10 * u32::from(frame.delay));
        Ok(Some(Frame {
            raster: self.canvas.raster()?,
            delay_ms,
        }))
    }
}
