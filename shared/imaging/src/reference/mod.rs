//! Colour and geometry held against results that are computed independently, through the public door.
//!
//! Every file is made by code, rendered to PNG, and compared with pixels that the test computes itself: by the matrices
//! of CSS Color 4 in f64 (`colours`), never by the library that the engine uses. ΔE is ΔE2000: about 1 is the least
//! that is seen, and one level of a light green is 0.8.
//!
//! | case | metric | limit |
//! |---|---|---|
//! | orientation 1 to 8 in JPEG, PNG, WebP | largest channel difference, middles of quarters | 8 JPEG and WebP, 0 PNG |
//! | CMYK without a profile; CMYK and YCCK inverted by Adobe | max ΔE to the plain formula | 2.0 |
//! | CMYK through a profile of 16 bits, 8 bits, curves | max ΔE | 1.5, 2.5, 1.5 |
//! | gray with a gamma profile, JPEG and 16-bit PNG | max ΔE | 1.0 |
//! | Display P3 in JPEG, PNG, WebP | max ΔE, inside sRGB | 1.5, 1.0, 1.0 |
//! | Display P3 in AVIF by code points | max ΔE to the same numbers as sRGB, converted | 1.0 |
//! | AdobeRGB and ProPhoto in PNG, 8 and 16 bits | max ΔE, clipped to sRGB | 1.0 |
//! | cICP over iCCP, iCCP over sRGB, sRGB over gAMA in PNG | max ΔE | 1.0 |
//! | gAMA 1.0 and 0.45455, with and without cHRM | max ΔE | 1.0 |
//! | 16-bit ramp | mean error of 16 × 16 pixels | 0.1 level |
//! | edge of alpha, resized to a third | largest channel difference to the premultiplied mean | 2 |
//! | Display P3 and the original's colours asked for | max ΔE | 1.0 |

pub(crate) mod cmyk;
pub(crate) mod colours;
mod light;
mod pictures;
mod profiles;
