//! Quantisers, by rows.
//!
//! Measured at 79 SSIMULACRA2 in the mean of ten photographs at 800 px: by libjpeg-turbo, in ten scans, annex K of ITU-T
//! T.81 takes 54,539 bytes. With the coefficients weighed and N. Robidoux's table for chroma, luma takes by annex K 55,164,
//! by the table for PSNR-HVS 53,880, by Robidoux's 52,606, by the one for MS-SSIM 51,514. Annex K's chroma is 1 % better
//! than Robidoux's.

/// Tuned for MS-SSIM on photographs: the third of mozjpeg's sets (`-quant-table 2`), which names the measure as its source.
#[rustfmt::skip]
const LUMA: [u16; 64] = [
    12, 17, 20, 21,  30,  34,  56,  63,
    18, 20, 20, 26,  28,  51,  61,  55,
    19, 20, 21, 26,  33,  58,  69,  55,
    26, 26, 26, 30,  46,  87,  86,  66,
    31, 33, 36, 40,  46,  96, 100,  73,
    40, 35, 46, 62,  81, 100, 111,  91,
    46, 66, 76, 86, 102, 121, 120, 101,
    68, 90, 90, 96, 113, 102, 105, 103,
];

/// ITU-T T.81, table K.2.
#[rustfmt::skip]
const CHROMA: [u16; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99,
    18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
];

/// Of luma and of chroma, scaled as libjpeg scales its own: 50 leaves them as they are, 100 makes them ones.
pub(super) fn of_quality(quality: u8) -> [[u8; 64]; 2] {
    let quality = u16::from(quality.clamp(1, 100));
    let percent = if quality < 50 {
        5_000 / quality
    } else {
        200 - 2 * quality
    };
    [LUMA, CHROMA].map(|table| {
        table.map(|step| {
            let scaled = (u32::from(step) * u32::from(percent) + 50) / 100;
            scaled.clamp(1, 255) as u8
        })
    })
}
