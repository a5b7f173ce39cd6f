//! Pictures made by code.
//!
//! A scene has what photographs have: smooth gradients, edges, texture and noise; each seed gives another one. The scene is
//! upright; a picture with an EXIF orientation stores it turned, so that a viewer who applies the orientation sees the
//! scene again. Its top left corner is red, the top right green, the bottom left blue, the bottom right yellow.

use rand::{RngExt, SeedableRng, rngs::StdRng};
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

/// Pixels of a scene, RGB, eight bits.
pub struct Scene {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Three bytes a pixel, row by row.
    pub rgb: Vec<u8>,
}

/// An upright scene.
pub fn scene(seed: u64, width: usize, height: usize) -> Scene {
    let mut rng = StdRng::seed_from_u64(seed);
    let sky: [f32; 3] = [
        rng.random_range(80.0..160.0),
        rng.random_range(120.0..200.0),
        rng.random_range(180.0..255.0),
    ];
    let ground: [f32; 3] = [
        rng.random_range(60.0..200.0),
        rng.random_range(60.0..160.0),
        rng.random_range(20.0..90.0),
    ];
    let hills: [f32; 6] = std::array::from_fn(|_| rng.random_range(0.5..6.0));
    let discs: [(f32, f32, f32, [f32; 3]); 5] = std::array::from_fn(|_| {
        let colour = std::array::from_fn(|_| rng.random_range(0.0..255.0));
        (
            rng.random_range(0.1..0.9),
            rng.random_range(0.1..0.9),
            rng.random_range(0.02..0.15),
            colour,
        )
    });
    let horizon: Vec<f32> = (0..width)
        .map(|x| {
            let x = x as f32 / width as f32;
            0.45 + 0.1 * (x * hills[0] * 6.0 + hills[1]).sin() + 0.05 * (x * hills[2] * 12.0 + hills[3]).sin()
        })
        .collect();
    let aspect = width as f32 / height as f32;
    let corner = (width.min(height) / 8).max(1);
    let mut noise = u32::try_from(seed & 0xffff).unwrap_or(0) | 1;
    let mut rgb = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        let v = y as f32 / height as f32;
        for (x, horizon) in horizon.iter().enumerate() {
            let u = x as f32 / width as f32;
            // xorshift32 (Marsaglia, 2003): grain, as sensors have it.
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            let grain = (noise >> 24) as f32 / 255.0 - 0.5;
            let mut colour = if v < *horizon {
                sky.map(|channel| channel * (1.0 - 0.4 * v) + grain * 6.0)
            } else {
                let texture = ((x / 7 + y / 5) % 2) as f32 * 10.0;
                ground.map(|channel| channel * (0.6 + 0.5 * v) + texture + grain * 24.0)
            };
            for (cx, cy, radius, disc) in discs {
                let (dx, dy) = ((u - cx) * aspect, v - cy);
                if dx * dx + dy * dy < radius * radius {
                    colour = disc.map(|channel| channel + grain * 10.0);
                }
            }
            let (left, top) = (x < corner, y < corner);
            let (right, bottom) = (x >= width - corner, y >= height - corner);
            let marked = match (left, right, top, bottom) {
                (true, _, true, _) => Some([220.0, 20.0, 20.0]),
                (_, true, true, _) => Some([20.0, 200.0, 20.0]),
                (true, _, _, true) => Some([20.0, 20.0, 220.0]),
                (_, true, _, true) => Some([220.0, 220.0, 20.0]),
                _ => None,
            };
            rgb.extend(
                marked
                    .unwrap_or(colour)
                    .map(|channel: f32| channel.clamp(0.0, 255.0) as u8),
            );
        }
    }
    Scene { width, height, rgb }
}

impl Scene {
    /// The scene as it must be stored for EXIF orientation 1 to 8 to show it upright (CIPA DC-008, tag 0x0112).
    fn stored_for(&self, orientation: u8) -> Scene {
        let (w, h) = (self.width, self.height);
        let (width, height) = if orientation >= 5 { (h, w) } else { (w, h) };
        let mut rgb = Vec::with_capacity(self.rgb.len());
        for y in 0..height {
            for x in 0..width {
                // Where in the upright scene the stored pixel (x, y) is seen.
                let (sx, sy) = match orientation {
                    2 => (w - 1 - x, y),
                    3 => (w - 1 - x, h - 1 - y),
                    4 => (x, h - 1 - y),
                    5 => (y, x),
                    6 => (w - 1 - y, x),
                    7 => (w - 1 - y, h - 1 - x),
                    8 => (y, h - 1 - x),
                    _ => (x, y),
                };
                let at = (sy * w + sx) * 3;
                rgb.extend_from_slice(&self.rgb[at..at + 3]);
            }
        }
        Scene { width, height, rgb }
    }
}

/// A JPEG without metadata, quality 90, 4:2:0.
pub fn jpeg(scene: &Scene) -> Vec<u8> {
    let mut compressor = Compressor::new().unwrap();
    compressor.set_quality(90).unwrap();
    compressor.set_subsamp(Subsamp::Sub2x2).unwrap();
    let image = Image {
        pixels: scene.rgb.as_slice(),
        width: scene.width,
        pitch: scene.width * 3,
        height: scene.height,
        format: PixelFormat::RGB,
    };
    compressor.compress_to_vec(image).unwrap()
}

/// A JPEG as a camera writes it: turned, with an EXIF block that says so, a maker and model, and a date.
pub fn photograph(seed: u64, width: usize, height: usize, orientation: u8) -> Vec<u8> {
    let mut file = jpeg(&scene(seed, width, height).stored_for(orientation));
    file.splice(2..2, exif_segment(orientation));
    file
}

/// An APP1 segment with a little-endian TIFF block of four entries in IFD0.
fn exif_segment(orientation: u8) -> Vec<u8> {
    let texts: [(u16, &[u8]); 3] = [
        (0x010f, b"Tintype\0"),
        (0x0110, b"Test Camera 1\0"),
        (0x0132, b"2026:05:17 14:03:12\0"),
    ];
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let entries = texts.len() + 1;
    let mut heap = Vec::new();
    let heap_start = 8 + 2 + entries * 12 + 4;
    tiff.extend(u16::try_from(entries).unwrap().to_le_bytes());
    let ascii = |tag: u16, text: &[u8], heap: &mut Vec<u8>| {
        let mut entry = [tag.to_le_bytes(), 2_u16.to_le_bytes()].concat();
        entry.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        entry.extend(u32::try_from(heap_start + heap.len()).unwrap().to_le_bytes());
        heap.extend_from_slice(text);
        entry
    };
    tiff.extend(ascii(texts[0].0, texts[0].1, &mut heap));
    tiff.extend(ascii(texts[1].0, texts[1].1, &mut heap));
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend(ascii(texts[2].0, texts[2].1, &mut heap));
    tiff.extend([0; 4]);
    tiff.extend(heap);
    let mut segment = vec![0xff, 0xe1];
    segment.extend(u16::try_from(tiff.len() + 8).unwrap().to_be_bytes());
    segment.extend(b"Exif\0\0");
    segment.extend(tiff);
    segment
}

/// The first bytes of a PNG that announces `width` × `height` pixels: enough to be refused by.
pub fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    file.extend(width.to_be_bytes());
    file.extend(height.to_be_bytes());
    file.extend([8, 2, 0, 0, 0]);
    // The checksum is not looked at before the size is.
    file.extend([0; 4]);
    file
}
