//! A picture on a picture.

use super::{over, sane};
use crate::{
    ImagingError,
    geometry::alignment,
    raster::Raster,
    render::Watermark,
    resize::{SourceBox, resize},
};

/// Lays the mark on the finished picture, scaled and placed as `placed` says; [`Gravity::Auto`](crate::Gravity::Auto) is the
/// centre. A mark and its margin that are larger than the picture together push the margin in.
pub(super) fn laid_on(
    mut raster: Raster,
    mark: &Raster,
    placed: &Watermark<'_>,
) -> Result<Raster, ImagingError> {
    let opacity = (sane(placed.opacity, 0.0, 1.0, 1.0) * 255.0).round() as u32;
    if opacity == 0 {
        return Ok(raster);
    }
    let shorter = f64::from(raster.width.min(raster.height));
    let scale =
        f64::from(sane(placed.scale, 0.0, 1.0, 0.0)) * shorter / f64::from(mark.width.max(mark.height));
    let side = |side: u32| (f64::from(side) * scale).round().clamp(1.0, shorter) as u32;
    let whole = SourceBox::whole((f64::from(mark.width), f64::from(mark.height)));
    let mark = resize(mark, whole, side(mark.width), side(mark.height))?;

    let margin = (f64::from(sane(placed.margin, 0.0, 0.5, 0.0)) * shorter).round();
    let (across, down) = alignment(placed.gravity);
    let start = |room: u32, part: f64| {
        let margin = margin.min((f64::from(room) / 2.0).floor());
        (margin + (f64::from(room) - 2.0 * margin) * part).round() as usize
    };
    let left = start(raster.width - mark.width, across);
    let top = start(raster.height - mark.height, down);

    match (raster.alpha, mark.alpha) {
        (false, false) => blend::<3, 3>(&mut raster, &mark, (left, top), opacity),
        (false, true) => blend::<3, 4>(&mut raster, &mark, (left, top), opacity),
        (true, false) => blend::<4, 3>(&mut raster, &mark, (left, top), opacity),
        (true, true) => blend::<4, 4>(&mut raster, &mark, (left, top), opacity),
    }
    Ok(raster)
}

fn blend<const UNDER: usize, const TOP: usize>(
    raster: &mut Raster,
    mark: &Raster,
    (left, top): (usize, usize),
    opacity: u32,
) {
    let row = mark.width as usize;
    let rows = raster.pixels.as_chunks_mut::<UNDER>().0;
    let rows = rows.chunks_exact_mut(raster.width as usize).skip(top);
    for (under, top) in rows.zip(mark.pixels.as_chunks::<TOP>().0.chunks_exact(row)) {
        for (under, top) in under[left..left + row].iter_mut().zip(top) {
            let alpha = if TOP == 4 { u32::from(top[TOP - 1]) } else { 255 };
            let top = [top[0], top[1], top[2], ((alpha * opacity + 127) / 255) as u8];
            if UNDER == 4 {
                let mixed = over::pixel(top, [under[0], under[1], under[2], under[UNDER - 1]]);
                under.copy_from_slice(&mixed);
            } else {
                let mixed = over::opaque(top, [under[0], under[1], under[2]]);
                under.copy_from_slice(&mixed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Gravity;

    fn placed(gravity: Gravity) -> Watermark<'static> {
        Watermark {
            bytes: &[],
            gravity,
            scale: 0.5,
            margin: 0.1,
            opacity: 1.0,
        }
    }

    fn flat<const N: usize>(width: u32, height: u32, pixel: [u8; N]) -> Raster {
        Raster::new(width, height, N == 4, pixel.repeat((width * height) as usize)).unwrap()
    }

    /// Left, top, width and height of what is red.
    fn red_box(raster: &Raster) -> [usize; 4] {
        let width = raster.width as usize;
        let red = raster.pixels.chunks(raster.channels()).enumerate();
        let red: Vec<_> = red
            .filter(|(_, pixel)| pixel[0] > 150)
            .map(|(i, _)| (i % width, i / width))
            .collect();
        let (left, right) = (
            red.iter().map(|p| p.0).min().unwrap(),
            red.iter().map(|p| p.0).max().unwrap(),
        );
        let (top, bottom) = (red[0].1, red[red.len() - 1].1);
        assert_eq!(red.len(), (right - left + 1) * (bottom - top + 1));
        [left, top, right - left + 1, bottom - top + 1]
    }

    #[test]
    fn the_mark_is_scaled_by_the_shorter_side_and_stands_where_it_is_placed() {
        let mark = flat(40, 20, [255, 0, 0]);
        for (gravity, expected) in [
            (Gravity::TopLeft, [10, 10, 50, 25]),
            (Gravity::BottomRight, [140, 65, 50, 25]),
            (Gravity::Center, [75, 38, 50, 25]),
            (Gravity::Right, [140, 38, 50, 25]),
            (Gravity::Point { x: 0.0, y: 1.0 }, [10, 65, 50, 25]),
        ] {
            for picture in [flat(200, 100, [0, 0, 0]), flat(200, 100, [0, 0, 0, 9])] {
                let marked = laid_on(picture, &mark, &placed(gravity)).unwrap();
                assert_eq!(red_box(&marked), expected, "{gravity:?}");
            }
        }
    }

    #[test]
    fn opacity_and_the_mark_s_own_alpha_multiply() {
        let mark = flat(10, 10, [250, 0, 0, 128]);
        let glass = Watermark {
            opacity: 0.5,
            scale: 1.0,
            ..placed(Gravity::Center)
        };
        let on_paper = laid_on(flat(10, 10, [250, 250, 250]), &mark, &glass).unwrap();
        // A quarter of red on white.
        assert_eq!(on_paper.pixels[..3], [250, 187, 187]);
        let on_nothing = laid_on(flat(10, 10, [0, 0, 0, 0]), &mark, &glass).unwrap();
        assert_eq!(on_nothing.pixels[..4], [250, 0, 0, 64]);
        let unseen = Watermark {
            opacity: 0.0,
            ..glass
        };
        let picture = flat(10, 10, [1, 2, 3]);
        assert_eq!(laid_on(picture.clone(), &mark, &unseen).unwrap(), picture);
    }

    #[test]
    fn a_mark_as_large_as_the_picture_pushes_its_margin_in() {
        let mark = flat(40, 20, [255, 0, 0]);
        let large = Watermark {
            scale: 9.0,
            margin: 9.0,
            ..placed(Gravity::TopLeft)
        };
        assert_eq!(
            red_box(&laid_on(flat(30, 30, [0; 3]), &mark, &large).unwrap()),
            [0, 7, 30, 15]
        );
        for (width, height) in [(1, 1), (1, 50), (50, 1)] {
            for scale in [f32::NAN, 0.0, 0.01, 1.0] {
                let odd = Watermark {
                    scale,
                    margin: f32::NAN,
                    ..large
                };
                laid_on(flat(width, height, [0; 3]), &mark, &odd).unwrap();
            }
        }
    }
}
