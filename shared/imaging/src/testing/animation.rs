//! Animations made by code, and what they must look like.

use gif::{DisposalMethod, Encoder, Frame, Repeat};
use png::{BitDepth, BlendOp, ColorType, DisposeOp};
use proptest::prelude::*;

use super::extended_webp;
use crate::{
    Allowance,
    animation::{self, AnimationEncoder},
    decode,
    encode::{gif::GifAnimation, webp, webp_animation::WebpAnimation},
    pixels::Pixels,
    raster::Raster,
};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum After {
    Keep,
    Clear,
    Restore,
}

/// A rectangle of one colour, every third pixel of it transparent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) colour: [u8; 4],
    pub(crate) after: After,
    /// Laid over what is there; otherwise in its place.
    pub(crate) over: bool,
    pub(crate) delay_ms: u32,
}

impl Step {
    pub(crate) fn pixels(&self) -> Vec<u8> {
        let colours = (0..self.width * self.height).map(|i| if i % 3 == 1 { [0; 4] } else { self.colour });
        colours.flatten().collect()
    }
}

/// What must be seen after each step: a plain simulation, pixel by pixel.
pub(crate) fn expected(steps: &[Step], width: u32, height: u32) -> Vec<Raster> {
    let mut canvas = vec![[0_u8; 4]; (width * height) as usize];
    let mut seen = Vec::new();
    for step in steps {
        let before = canvas.clone();
        for (i, top) in step.pixels().chunks(4).enumerate() {
            let (x, y) = (
                step.left + i as u32 % step.width,
                step.top + i as u32 / step.width,
            );
            let under = &mut canvas[(y * width + x) as usize];
            let (a, b) = (f64::from(top[3]) / 255.0, f64::from(under[3]) / 255.0);
            let whole = a + b * (1.0 - a);
            if !step.over {
                under.copy_from_slice(top);
            } else if whole > 0.0 {
                for c in 0..3 {
                    let mixed = (f64::from(top[c]) * a + f64::from(under[c]) * b * (1.0 - a)) / whole;
                    under[c] = mixed.round() as u8;
                }
                under[3] = (whole * 255.0).round() as u8;
            }
        }
        seen.push(Raster::new(width, height, true, canvas.concat()).unwrap());
        match step.after {
            After::Keep => {}
            After::Restore => canvas = before,
            After::Clear => {
                for y in step.top..step.top + step.height {
                    for x in step.left..step.left + step.width {
                        canvas[(y * width + x) as usize] = [0; 4];
                    }
                }
            }
        }
    }
    seen
}

/// Steps that fit on a canvas, the first one as large as it. Offsets are even, as WebP needs them.
pub(crate) fn steps(width: u32, height: u32, opaque: bool) -> impl Strategy<Value = Vec<Step>> {
    let after = prop_oneof![Just(After::Keep), Just(After::Clear), Just(After::Restore)];
    let alpha = if opaque { 255..=255_u8 } else { 0..=255_u8 };
    let step = (
        (0..width / 2, 0..height / 2, any::<[u16; 2]>()),
        (any::<[u8; 3]>(), alpha),
        after,
        any::<bool>(),
        2..300_u32,
    );
    let step = step.prop_map(move |((x, y, size), (rgb, alpha), after, over, delay)| {
        let (left, top) = (2 * x, 2 * y);
        Step {
            left,
            top,
            width: 1 + u32::from(size[0]) % (width - left),
            height: 1 + u32::from(size[1]) % (height - top),
            colour: [rgb[0], rgb[1], rgb[2], alpha],
            after,
            over,
            delay_ms: 10 * delay,
        }
    });
    prop::collection::vec(step, 2..8).prop_map(move |mut steps| {
        steps[0] = Step {
            left: 0,
            top: 0,
            width,
            height,
            after: match steps[0].after {
                // Of the first frame nothing stands behind: APNG makes this a Clear, and so does an empty canvas.
                After::Restore => After::Clear,
                after => after,
            },
            ..steps[0]
        };
        steps
    })
}

/// A GIF of these steps; their alpha is opaque, and they are laid over.
pub(crate) fn gif_of(
    steps: &[Step],
    (width, height): (u32, u32),
    repeat: Repeat,
    interlaced: bool,
) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new(), width as u16, height as u16, &[9, 9, 9]).unwrap();
    encoder.set_repeat(repeat).unwrap();
    for step in steps {
        let in_order: Vec<Vec<u8>> = step
            .pixels()
            .chunks(4 * step.width as usize)
            .map(|row| row.chunks(4).map(|pixel| u8::from(pixel[3] == 0)).collect())
            .collect();
        // First row and step of each pass (GIF89a specification, appendix E).
        let passes = [(0, 8), (4, 8), (2, 4), (1, 2)];
        let buffer: Vec<u8> = if interlaced {
            let rows = passes
                .into_iter()
                .flat_map(|(from, by)| (from..step.height as usize).step_by(by));
            rows.flat_map(|row| in_order[row].clone()).collect()
        } else {
            in_order.concat()
        };
        let frame = Frame {
            delay: (step.delay_ms / 10) as u16,
            dispose: match step.after {
                After::Keep => DisposalMethod::Keep,
                After::Clear => DisposalMethod::Background,
                After::Restore => DisposalMethod::Previous,
            },
            transparent: Some(1),
            left: step.left as u16,
            top: step.top as u16,
            width: step.width as u16,
            height: step.height as u16,
            interlaced,
            palette: Some([&step.colour[..3], &[1, 2, 3]].concat()),
            buffer: buffer.into(),
            ..Frame::default()
        };
        encoder.write_frame(&frame).unwrap();
    }
    encoder.into_inner().unwrap()
}

/// An animated PNG of these steps that is played so often; `hidden`: behind a picture that is no frame.
pub(crate) fn apng_of(steps: &[Step], (width, height): (u32, u32), plays: u32, hidden: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_animated(steps.len() as u32, plays).unwrap();
    encoder.set_sep_def_img(hidden).unwrap();
    let mut writer = encoder.write_header().unwrap();
    if hidden {
        let picture = [250, 0, 250, 255].repeat((width * height) as usize);
        writer.write_image_data(&picture).unwrap();
    }
    for step in steps {
        // The position first would have to fit the size of the frame before.
        writer.reset_frame_position().unwrap();
        writer.set_frame_dimension(step.width, step.height).unwrap();
        writer.set_frame_position(step.left, step.top).unwrap();
        writer.set_frame_delay(step.delay_ms as u16, 1_000).unwrap();
        writer
            .set_blend_op(if step.over { BlendOp::Over } else { BlendOp::Source })
            .unwrap();
        writer
            .set_dispose_op(match step.after {
                After::Keep => DisposeOp::None,
                After::Clear => DisposeOp::Background,
                After::Restore => DisposeOp::Previous,
            })
            .unwrap();
        writer.write_image_data(&step.pixels()).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

/// An animated, lossless WebP of these steps, which keep or clear.
pub(crate) fn webp_of(steps: &[Step], size: (u32, u32), loops: u16) -> Vec<u8> {
    let three = |number: u32| number.to_le_bytes()[..3].to_vec();
    let frames: Vec<Vec<u8>> = steps
        .iter()
        .map(|step| {
            let raster = Raster::new(step.width, step.height, true, step.pixels()).unwrap();
            let file = webp::encode(&Pixels::Raster(raster.clone()), webp::Coding::Lossless).unwrap();
            let flags = u8::from(!step.over) << 1 | u8::from(step.after == After::Clear);
            [
                three(step.left / 2),
                three(step.top / 2),
                three(step.width - 1),
                three(step.height - 1),
                three(step.delay_ms),
                vec![flags],
                file[12..].to_vec(),
            ]
            .concat()
        })
        .collect();
    let control = [&[0; 4][..], &loops.to_le_bytes()].concat();
    let mut chunks: Vec<(&[u8; 4], &[u8])> = vec![(b"ANIM", &control)];
    chunks.extend(frames.iter().map(|frame| (b"ANMF", frame.as_slice())));
    // The file that is wrapped has no chunks of its own.
    extended_webp(&[0; 12], size, 0x12, &chunks, &[])
}

/// Every frame of a file, and how often it is played.
pub(crate) fn frames_of(bytes: &[u8]) -> (Vec<animation::Frame>, u32) {
    let mut animation = decode::animation(bytes, &Allowance::UNHURRIED)
        .unwrap()
        .expect("more than one frame");
    let mut frames = Vec::new();
    while let Some(frame) = animation.frames.next().unwrap() {
        frames.push(frame);
    }
    (frames, animation.frames.loops())
}

/// A file of these frames.
pub(crate) fn encoded(
    mut encoder: Box<dyn AnimationEncoder>,
    frames: &[Raster],
    delays_ms: &[u32],
) -> Vec<u8> {
    for (frame, delay_ms) in frames.iter().zip(delays_ms) {
        encoder.push(frame, *delay_ms).unwrap();
    }
    encoder.finish().unwrap()
}

pub(crate) fn gif_encoder(raster: &Raster, loops: u32) -> Box<dyn AnimationEncoder> {
    GifAnimation::boxed(raster.width, raster.height, loops, &Allowance::UNHURRIED).unwrap()
}

pub(crate) fn webp_encoder(raster: &Raster, loops: u32, quality: u8) -> Box<dyn AnimationEncoder> {
    WebpAnimation::boxed(raster.width, raster.height, loops, quality, &Allowance::UNHURRIED).unwrap()
}
