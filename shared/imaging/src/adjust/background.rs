//! What stands behind a picture and around it.

use super::over;
use crate::{
    Geometry,
    options::{Colour, RenderOptions},
    raster::Raster,
};

/// Where nothing is asked for.
const TRANSPARENT: Colour = Colour {
    red: 0,
    green: 0,
    blue: 0,
    alpha: 0,
};

/// What stands behind the picture: opaque where the format has no alpha, on white where what was asked for is not.
pub(super) fn of(options: &RenderOptions) -> Colour {
    let asked = options.background.unwrap_or(TRANSPARENT);
    if options.format.has_alpha() {
        asked
    } else {
        over::colour(asked, Colour::WHITE)
    }
}

/// Lays the picture on a colour. On an opaque one it loses its alpha channel.
pub(super) fn laid_on(mut raster: Raster, background: Colour) -> Raster {
    if !raster.alpha || background.alpha == 0 {
        return raster;
    }
    let under = over::rgba(background);
    if background.alpha < 255 {
        for pixel in raster.pixels.as_chunks_mut::<4>().0 {
            *pixel = over::pixel(*pixel, under);
        }
        return raster;
    }
    let under = [under[0], under[1], under[2]];
    let from = raster.pixels.as_chunks::<4>().0;
    let mut pixels = vec![0; 3 * from.len()];
    for (to, from) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(from) {
        *to = over::opaque(*from, under);
    }
    Raster {
        alpha: false,
        pixels,
        ..raster
    }
}

/// Sets the picture where the plan says on an output of one colour, without the border.
pub(super) fn padded(raster: Raster, plan: &Geometry, background: Colour) -> Raster {
    let width = plan.output.width - 2 * plan.border;
    let height = plan.output.height - 2 * plan.border;
    if (width, height) == (raster.width, raster.height) {
        return raster;
    }
    let at = (plan.offset.x - plan.border, plan.offset.y - plan.border);
    set_on(raster, (width, height), at, background)
}

/// A picture of one colour with a smaller one in it. It has alpha where either has.
pub(super) fn set_on(
    raster: Raster,
    (width, height): (u32, u32),
    (left, top): (u32, u32),
    colour: Colour,
) -> Raster {
    let raster = if colour.alpha < 255 {
        raster.with_alpha()
    } else {
        raster
    };
    let channels = raster.channels();
    let row = raster.width as usize * channels;
    let stride = width as usize * channels;
    let mut pixels = over::rgba(colour)[..channels].repeat(width as usize * height as usize);
    let rows = pixels.chunks_exact_mut(stride).skip(top as usize);
    let start = left as usize * channels;
    for (to, from) in rows.zip(raster.pixels.chunks_exact(row)) {
        to[start..start + row].copy_from_slice(from);
    }
    Raster {
        width,
        height,
        alpha: raster.alpha,
        pixels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::OutputFormat;

    const RED: Colour = Colour {
        red: 200,
        green: 0,
        blue: 0,
        alpha: 255,
    };
    const HALF_RED: Colour = Colour { alpha: 128, ..RED };

    #[test]
    fn without_a_wish_it_is_transparent_or_white_as_the_format_can() {
        let options = |format, background| RenderOptions {
            format,
            background,
            ..RenderOptions::default()
        };
        assert_eq!(of(&options(OutputFormat::Webp, None)).alpha, 0);
        assert_eq!(of(&options(OutputFormat::Jpeg, None)), Colour::WHITE);
        assert_eq!(of(&options(OutputFormat::Png, Some(HALF_RED))), HALF_RED);
        let on_white = of(&options(OutputFormat::Jpeg, Some(HALF_RED)));
        assert_eq!(over::rgba(on_white), [227, 127, 127, 255]);
    }

    #[test]
    fn a_transparent_picture_on_an_opaque_colour_is_opaque() {
        let raster = Raster::new(3, 1, true, vec![0, 0, 100, 255, 0, 0, 100, 128, 9, 9, 9, 0]).unwrap();
        let flat = laid_on(raster.clone(), RED);
        assert!(!flat.alpha);
        assert_eq!(flat.pixels, [0, 0, 100, 100, 0, 50, 200, 0, 0]);
        let glass = laid_on(raster.clone(), HALF_RED);
        assert_eq!(glass.pixels[8..], [200, 0, 0, 128]);
        assert_eq!(laid_on(raster.clone(), TRANSPARENT), raster);
    }

    #[test]
    fn an_opaque_picture_hides_what_is_behind_it() {
        let raster = Raster::new(1, 1, false, vec![1, 2, 3]).unwrap();
        assert_eq!(laid_on(raster.clone(), RED), raster);
    }

    #[test]
    fn a_picture_on_glass_has_alpha_and_one_on_paint_has_none() {
        let raster = Raster::new(1, 1, false, vec![1, 2, 3]).unwrap();
        let painted = set_on(raster.clone(), (2, 2), (1, 0), RED);
        assert_eq!(painted.pixels, [200, 0, 0, 1, 2, 3, 200, 0, 0, 200, 0, 0]);
        let glass = set_on(raster, (1, 2), (0, 1), HALF_RED);
        assert_eq!(glass.pixels, [200, 0, 0, 128, 1, 2, 3, 255]);
    }
}
