use super::*;
use crate::{
    decode::{self, Demand},
    testing::{animation, photo, psnr, quarters},
};

fn decoded(bytes: &[u8]) -> Raster {
    let demand = Demand::of_edge(u32::MAX);
    decode::decode(bytes, demand, &Allowance::UNHURRIED)
        .unwrap()
        .pixels
        .into_raster()
        .unwrap()
}

#[test]
fn a_picture_of_few_colours_keeps_every_one() {
    let raster = quarters(61, 47);
    assert_eq!(decoded(&encode(&raster).unwrap()), raster);
    // 256 colours, of which none is left for transparency.
    let pixels = (0..=255_u8)
        .flat_map(|i| [i, i.wrapping_mul(7), 255 - i])
        .collect();
    let raster = Raster::new(16, 16, false, pixels).unwrap();
    assert_eq!(decoded(&encode(&raster).unwrap()), raster);
}

#[test]
fn what_is_less_than_half_opaque_is_transparent() {
    let pixels = [[200, 10, 10, 255], [10, 200, 10, 127], [10, 10, 200, 128], [0; 4]].concat();
    let found = decoded(&encode(&Raster::new(4, 1, true, pixels).unwrap()).unwrap());
    let wanted = [[200, 10, 10, 255], [0; 4], [10, 10, 200, 255], [0; 4]].concat();
    assert_eq!(found.pixels, wanted);
    let nothing = Raster::new(3, 3, true, vec![9; 36]).unwrap();
    assert!(
        decoded(&encode(&nothing).unwrap())
            .pixels
            .iter()
            .all(|byte| *byte == 0)
    );
}

#[test]
fn a_photograph_is_near_to_itself() {
    let raster = photo(300, 200);
    let psnr = psnr(&decoded(&encode(&raster).unwrap()), &raster);
    assert!(psnr > 30.0, "{psnr:.1} dB");
}

#[test]
fn of_a_frame_only_what_changes_is_written() {
    let still = photo(120, 90);
    let mut second = still.clone();
    for y in 40..50 {
        for x in 30..45 {
            let at = 3 * (y * 120 + x);
            second.pixels[at..at + 3].copy_from_slice(&[250, 220, 0]);
        }
    }
    let bytes = animation::encoded(
        animation::gif_encoder(&still, 0),
        &[still.clone(), second],
        &[100; 2],
    );
    let mut decoder = gif::DecodeOptions::new().read_info(bytes.as_slice()).unwrap();
    assert!(decoder.read_next_frame().unwrap().is_some());
    let frame = decoder.read_next_frame().unwrap().unwrap();
    assert_eq!(
        (frame.left, frame.top, frame.width, frame.height),
        (30, 40, 15, 10)
    );
    assert!(bytes.len() < encode(&still).unwrap().len() * 3 / 2);
}

#[test]
fn a_frame_of_few_colours_keeps_those_that_the_first_one_only_nearly_has() {
    let first = Raster::new(24, 18, false, [0, 183, 0].repeat(24 * 18)).unwrap();
    let mut second = first.clone();
    second.pixels[..3].copy_from_slice(&[0, 181, 9]);
    let rasters = [first.clone(), second];
    let bytes = animation::encoded(animation::gif_encoder(&first, 0), &rasters, &[100; 2]);
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes.as_slice()).unwrap();
    decoder.read_next_frame().unwrap();
    let frame = decoder.read_next_frame().unwrap().unwrap();
    assert_eq!(frame.buffer[..4], [0, 181, 9, 255]);
}

#[test]
fn noise_that_nobody_sees_is_not_drawn_anew() {
    let first = photo(60, 40);
    let mut second = first.clone();
    second.pixels.iter_mut().for_each(|c| *c = c.saturating_add(3));
    let rasters = [first.clone(), second, first.clone()];
    let bytes = animation::encoded(animation::gif_encoder(&first, 0), &rasters, &[100; 3]);
    let mut decoder = gif::DecodeOptions::new().read_info(bytes.as_slice()).unwrap();
    assert_eq!(decoder.read_next_frame().unwrap().unwrap().delay, 30);
    assert!(decoder.read_next_frame().unwrap().is_none());
}

#[test]
fn frames_of_other_sizes_and_none_at_all_are_refused() {
    let mut encoder = animation::gif_encoder(&photo(20, 10), 0);
    encoder.push(&photo(20, 10), 100).unwrap();
    assert!(encoder.push(&photo(10, 20), 100).is_err());
    assert!(animation::gif_encoder(&photo(20, 10), 0).finish().is_err());
    assert!(GifAnimation::boxed(65_536, 1, 0, &Allowance::UNHURRIED).is_err());
    let poor = Allowance {
        memory_bytes: 1_000,
        ..Allowance::UNHURRIED
    };
    assert!(GifAnimation::boxed(100, 100, 0, &poor).is_err());
}
