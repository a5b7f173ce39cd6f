//! The texts of QR codes (ISO/IEC 18004), by rqrr.
//!
//! rqrr searches for the three squares of each code in a time that may grow with the cube of their number, and copies the
//! picture for each guess. So the squares are counted first, by the same rule and on the same black and white, and
//! it is called only where there are enough of them and not absurdly many. Nearly all photographs have none: the count
//! takes 5 ms for 1,280 × 854 pixels, reading a code 20 ms, and the most that is let through 70 ms (`the_count_is_cheap`,
//! ignored by default).

use std::panic::{AssertUnwindSafe, catch_unwind};

use rqrr::PreparedImage;

use super::clean;
use crate::{ImagingError, pixels::Pixels, planar::Chroma, resize::SourceBox};

/// The longer side of what is searched, in pixels: a module of a code that fills a fifth of it has at least three.
const MAX_EDGE: u32 = 1_280;
/// Texts that are kept.
const MAX_CODES: usize = 8;
/// The largest code holds 4,296 characters, and what is shown of one is an address.
const MAX_CODE_CHARS: usize = 1_000;
/// Three for each code, with room for as many that are none.
const MAX_FINDERS: usize = 48;
/// Rows that look as if they crossed a finder. rqrr measures an area for each and remembers 251 of them.
const MAX_CANDIDATES: usize = 20_000;
/// Blocks that the local brightness is taken of, along the longer side.
const BLOCKS: usize = 40;

/// Whether the picture is of the size that is searched without being resized.
pub(crate) fn is_searchable(rung: &Pixels) -> bool {
    rung.longer_side() <= MAX_EDGE
}

/// The texts, each once, from top to bottom; none where there is no code, or none that can be read.
pub(crate) fn codes(rung: &Pixels) -> Result<Vec<String>, ImagingError> {
    if is_searchable(rung) {
        return Ok(read(rung));
    }
    let (width, height) = rung.sides();
    let scale = f64::from(MAX_EDGE) / f64::from(rung.longer_side());
    let side = |length: u32| (f64::from(length) * scale).round().max(1.0) as u32;
    let whole = SourceBox::whole((f64::from(width), f64::from(height)));
    Ok(read(&rung.resized(
        whole,
        side(width),
        side(height),
        Chroma::Quarter,
    )?))
}

fn read(rung: &Pixels) -> Vec<String> {
    let (width, height) = rung.sides();
    let (width, height) = (width as usize, height as usize);
    let black = black(&rung.luminance(), width, height);
    if !(3..=MAX_FINDERS).contains(&finders(&black, width)) {
        return Vec::new();
    }
    // A defect of the reader costs the texts and not the picture. Nothing that it leaves half-made is seen again.
    catch_unwind(AssertUnwindSafe(|| decoded(&black, width, height))).unwrap_or_default()
}

fn decoded(black: &[bool], width: usize, height: usize) -> Vec<String> {
    let mut image = PreparedImage::prepare_from_bitmap(width, height, |x, y| black[y * width + x]);
    let mut grids = image.detect_grids();
    grids.sort_by_key(|grid| (grid.bounds[0].y, grid.bounds[0].x));
    let mut texts: Vec<String> = Vec::new();
    for grid in grids {
        let mut bytes = Vec::new();
        if grid.decode_to(&mut bytes).is_ok()
            && let Some(text) = clean(&String::from_utf8_lossy(&bytes), MAX_CODE_CHARS)
            && !texts.contains(&text)
            && texts.len() < MAX_CODES
        {
            texts.push(text);
        }
    }
    texts
}

/// Which pixels are darker than what is around them, by at least 5 %: those of flat areas are not.
fn black(luminance: &[u8], width: usize, height: usize) -> Vec<bool> {
    let block = width.max(height).div_ceil(BLOCKS).max(1);
    let (columns, rows) = (width.div_ceil(block), height.div_ceil(block));
    let mut sums = vec![(0_u32, 0_u32); columns * rows];
    for (y, row) in luminance.chunks_exact(width).enumerate() {
        for (column, piece) in row.chunks(block).enumerate() {
            let (sum, count) = &mut sums[y / block * columns + column];
            *sum += piece.iter().map(|luma| u32::from(*luma)).sum::<u32>();
            *count += piece.len() as u32;
        }
    }
    // The mean of five by five blocks: an eighth of the longer side, wider than the square inside a finder.
    let threshold = |column: usize, row: usize| {
        let (mut sum, mut count) = (0, 0);
        for row in row.saturating_sub(2)..(row + 3).min(rows) {
            for (s, c) in
                &sums[row * columns + column.saturating_sub(2)..row * columns + (column + 3).min(columns)]
            {
                sum += u64::from(*s);
                count += u64::from(*c);
            }
        }
        (sum * 95 / (100 * count.max(1))) as u8
    };
    let thresholds: Vec<u8> = (0..rows)
        .flat_map(|row| (0..columns).map(move |column| (column, row)))
        .map(|(column, row)| threshold(column, row))
        .collect();
    let mut black = Vec::with_capacity(luminance.len());
    for (y, row) in luminance.chunks_exact(width).enumerate() {
        for (column, piece) in row.chunks(block).enumerate() {
            let threshold = thresholds[y / block * columns + column];
            black.extend(piece.iter().map(|luma| *luma < threshold));
        }
    }
    black
}

/// Black pixels side by side.
struct Run {
    from: u32,
    to: u32,
    /// The index of another run of the same area, or of itself: the way to the first.
    parent: u32,
}

fn first_of(runs: &[Run], mut at: u32) -> u32 {
    while runs[at as usize].parent != at {
        at = runs[at as usize].parent;
    }
    at
}

/// How many areas lie inside a ring as the squares in a code's corners do: a row crosses ring, gap, square, gap and ring
/// in the ratio of 1:1:3:1:1, and the square has about three eighths of the ring's pixels. More than there can be where too
/// much looks like it.
fn finders(black: &[bool], width: usize) -> usize {
    let mut runs: Vec<Run> = Vec::new();
    // Of each run that ends such a crossing: its index; the two before it are the square and the ring's other side.
    let mut candidates = Vec::new();
    let mut above = 0..0;
    for row in black.chunks_exact(width) {
        let begin = runs.len();
        let mut x = 0;
        while let Some(skipped) = row[x..].iter().position(|black| *black) {
            let from = x + skipped;
            let length = row[from..]
                .iter()
                .position(|black| !black)
                .unwrap_or(width - from);
            x = from + length;
            let at = runs.len() as u32;
            runs.push(Run {
                from: from as u32,
                to: x as u32,
                parent: at,
            });
            if let [.., ring, square, last] = &runs[begin..]
                && is_crossing([
                    ring.to - ring.from,
                    square.from - ring.to,
                    square.to - square.from,
                    last.from - square.to,
                    last.to - last.from,
                ])
            {
                candidates.push(at);
            }
        }
        // Runs that touch one in the row above belong to its area.
        let (mut upper, mut lower) = (above.start, begin);
        while upper < above.end && lower < runs.len() {
            if runs[upper].from < runs[lower].to && runs[lower].from < runs[upper].to {
                let (one, other) = (first_of(&runs, upper as u32), first_of(&runs, lower as u32));
                runs[one.max(other) as usize].parent = one.min(other);
            }
            if runs[upper].to < runs[lower].to {
                upper += 1;
            } else {
                lower += 1;
            }
        }
        // Every run points at the first of its area as known by now, so that no way becomes long.
        for at in begin..runs.len() {
            runs[at].parent = first_of(&runs, at as u32);
        }
        above = begin..runs.len();
    }
    if candidates.len() > MAX_CANDIDATES {
        return usize::MAX;
    }
    let mut sizes = vec![0_u64; if candidates.is_empty() { 0 } else { runs.len() }];
    if !candidates.is_empty() {
        for at in 0..runs.len() {
            // Parents stand before their runs, and so are final already.
            runs[at].parent = runs[runs[at].parent as usize].parent;
            sizes[runs[at].parent as usize] += u64::from(runs[at].to - runs[at].from);
        }
    }
    let area = |at: u32| runs[at as usize].parent;
    let mut squares: Vec<u32> = candidates
        .into_iter()
        .filter(|at| {
            let (ring, square) = (area(*at), area(at - 1));
            let ratio = sizes[square as usize] * 100 / sizes[ring as usize].max(1);
            area(at - 2) == ring && square != ring && (11..70).contains(&ratio)
        })
        .map(|at| area(at - 1))
        .collect();
    squares.sort_unstable();
    squares.dedup();
    squares.len()
}

/// rqrr's own tolerance: three quarters of a module.
fn is_crossing(lengths: [u32; 5]) -> bool {
    let module = (lengths[0] + lengths[1] + lengths[3] + lengths[4]) / 4;
    let error = module * 3 / 4;
    [1, 1, 3, 1, 1]
        .iter()
        .zip(lengths)
        .all(|(modules, length)| length.abs_diff(modules * module) <= error)
}

#[cfg(test)]
mod tests;
