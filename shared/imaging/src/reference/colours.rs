//! Colours computed independently of the engine: the matrices of CSS Color 4 (section 18) and the curves, in f64; CIELAB;
//! and the difference ΔE2000 (Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula", 2005).

/// Red, green, blue; or any three.
pub(crate) type Rgb = [f64; 3];
type Matrix = [[f64; 3]; 3];

pub(crate) fn times(matrix: &Matrix, v: Rgb) -> Rgb {
    matrix.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

pub(crate) const SRGB_TO_XYZ: Matrix = [
    [506_752.0 / 1_228_815.0, 87_881.0 / 245_763.0, 12_673.0 / 70_218.0],
    [87_098.0 / 409_605.0, 175_762.0 / 245_763.0, 12_673.0 / 175_545.0],
    [
        7_918.0 / 409_605.0,
        87_881.0 / 737_289.0,
        1_001_167.0 / 1_053_270.0,
    ],
];
pub(crate) const XYZ_TO_SRGB: Matrix = [
    [12_831.0 / 3_959.0, -329.0 / 214.0, -1_974.0 / 3_959.0],
    [
        -851_781.0 / 878_810.0,
        1_648_619.0 / 878_810.0,
        36_519.0 / 878_810.0,
    ],
    [705.0 / 12_673.0, -2_585.0 / 12_673.0, 705.0 / 667.0],
];
pub(crate) const P3_TO_XYZ: Matrix = [
    [
        608_311.0 / 1_250_200.0,
        189_793.0 / 714_400.0,
        198_249.0 / 1_000_160.0,
    ],
    [
        35_783.0 / 156_275.0,
        247_089.0 / 357_200.0,
        198_249.0 / 2_500_400.0,
    ],
    [0.0, 32_229.0 / 714_400.0, 5_220_557.0 / 5_000_800.0],
];
pub(crate) const XYZ_TO_P3: Matrix = [
    [
        446_124.0 / 178_915.0,
        -333_277.0 / 357_830.0,
        -72_051.0 / 178_915.0,
    ],
    [-14_852.0 / 17_905.0, 63_121.0 / 35_810.0, 423.0 / 17_905.0],
    [11_844.0 / 330_415.0, -50_337.0 / 660_830.0, 316_169.0 / 330_415.0],
];
pub(crate) const ADOBE_TO_XYZ: Matrix = [
    [
        573_536.0 / 994_567.0,
        263_643.0 / 1_420_810.0,
        187_206.0 / 994_567.0,
    ],
    [
        591_459.0 / 1_989_134.0,
        6_239_551.0 / 9_945_670.0,
        374_412.0 / 4_972_835.0,
    ],
    [
        53_769.0 / 1_989_134.0,
        351_524.0 / 4_972_835.0,
        4_929_758.0 / 4_972_835.0,
    ],
];
/// To XYZ of D50.
pub(crate) const PROPHOTO_TO_XYZ50: Matrix = [
    [0.797_766_645_643_1, 0.135_181_293_010_1, 0.031_347_740_250_5],
    [0.288_074_822_881_9, 0.711_835_234_241_9, 0.000_089_942_876_3],
    [0.0, 0.0, 0.825_104_604_575_8],
];
pub(crate) const D50_TO_D65: Matrix = [
    [0.955_473_452_704_2, -0.023_098_536_874_3, 0.063_259_308_661_2],
    [-0.028_369_706_963_2, 1.009_995_458_005_8, 0.021_041_398_966_9],
    [0.012_314_001_688_3, -0.020_507_696_433_5, 1.330_365_936_608_1],
];
const D65_TO_D50: Matrix = [
    [1.047_929_820_840_5, 0.022_946_793_341_0, -0.050_192_229_543_1],
    [0.029_627_815_688_2, 0.990_434_484_573_2, -0.017_073_825_029_4],
    [-0.009_243_058_152_6, 0.015_055_144_896_6, 0.751_874_289_958_0],
];
const D50: Rgb = [0.3457 / 0.3585, 1.0, (1.0 - 0.3457 - 0.3585) / 0.3585];

pub(crate) fn srgb_decode(v: f64) -> f64 {
    if v <= 0.04045 {
        v / 12.92
    } else {
        ((v + 0.055) / 1.055).powf(2.4)
    }
}

pub(crate) fn srgb_encode(v: f64) -> f64 {
    if v <= 0.003_130_8 {
        v * 12.92
    } else {
        1.055 * v.powf(1.0 / 2.4) - 0.055
    }
}

/// XYZ of D65 to the 8 bits of sRGB, clipped.
pub(crate) fn srgb_of_xyz(xyz: Rgb) -> [u8; 3] {
    to_bytes(times(&XYZ_TO_SRGB, xyz))
}

/// Linear values to 8 bits under sRGB's curve, clipped.
pub(crate) fn to_bytes(linear: Rgb) -> [u8; 3] {
    linear.map(|v| (srgb_encode(v.clamp(0.0, 1.0)) * 255.0).round() as u8)
}

/// CIELAB under D50 of linear sRGB.
pub(crate) fn lab_of_linear(linear: Rgb) -> Rgb {
    let xyz = times(&D65_TO_D50, times(&SRGB_TO_XYZ, linear));
    let f = |t: f64| {
        if t > 216.0 / 24_389.0 {
            t.cbrt()
        } else {
            (24_389.0 / 27.0 * t + 16.0) / 116.0
        }
    };
    let [x, y, z] = [f(xyz[0] / D50[0]), f(xyz[1] / D50[1]), f(xyz[2] / D50[2])];
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The difference of two sRGB colours, 1 being about the least that is seen.
pub(crate) fn difference(a: [u8; 3], b: [u8; 3]) -> f64 {
    let lab = |rgb: [u8; 3]| lab_of_linear(rgb.map(|v| srgb_decode(f64::from(v) / 255.0)));
    delta_e_2000(lab(a), lab(b))
}

pub(crate) fn delta_e_2000([l1, a1, b1]: Rgb, [l2, a2, b2]: Rgb) -> f64 {
    let mean_c = (a1.hypot(b1) + a2.hypot(b2)) / 2.0;
    let seventh = |c: f64| (c.powi(7) / (c.powi(7) + 25_f64.powi(7))).sqrt();
    let g = 0.5 * (1.0 - seventh(mean_c));
    let (a1, a2) = (a1 * (1.0 + g), a2 * (1.0 + g));
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue = |a: f64, b: f64| {
        if a == 0.0 && b == 0.0 {
            0.0
        } else {
            b.atan2(a).to_degrees().rem_euclid(360.0)
        }
    };
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let is_gray = c1 * c2 == 0.0;
    let dh = match h2 - h1 {
        _ if is_gray => 0.0,
        d if d > 180.0 => d - 360.0,
        d if d < -180.0 => d + 360.0,
        d => d,
    };
    let dh = 2.0 * (c1 * c2).sqrt() * (dh / 2.0).to_radians().sin();
    let mean_h = match h1 + h2 {
        sum if is_gray => sum,
        sum if (h1 - h2).abs() <= 180.0 => sum / 2.0,
        sum if sum < 360.0 => (sum + 360.0) / 2.0,
        sum => (sum - 360.0) / 2.0,
    };
    let (mean_l, mean_c) = ((l1 + l2) / 2.0, (c1 + c2) / 2.0);
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(mean_h - 30.0) + 0.24 * cos(2.0 * mean_h) + 0.32 * cos(3.0 * mean_h + 6.0)
        - 0.20 * cos(4.0 * mean_h - 63.0);
    let square = (mean_l - 50.0).powi(2);
    let s_l = 1.0 + 0.015 * square / (20.0 + square).sqrt();
    let (s_c, s_h) = (1.0 + 0.045 * mean_c, 1.0 + 0.015 * mean_c * t);
    let turn = 30.0 * (-((mean_h - 275.0) / 25.0).powi(2)).exp();
    let r_t = -(2.0 * turn).to_radians().sin() * 2.0 * seventh(mean_c);
    let (l, c, h) = ((l2 - l1) / s_l, (c2 - c1) / s_c, dh / s_h);
    (l * l + c * c + h * h + r_t * c * h).sqrt()
}

#[test]
fn the_difference_is_that_of_the_published_pairs() {
    // Pairs 1, 9, 20 and 25 of Sharma et al.
    for (a, b, expected) in [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 2.49, -0.001], [50.0, -2.49, 0.0009], 7.1792),
        ([50.0, 2.5, 0.0], [50.0, 3.2592, 0.335], 1.0000),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
    ] {
        let found = delta_e_2000(a, b);
        assert!((found - expected).abs() < 1e-4, "{found}, expected {expected}");
    }
}
