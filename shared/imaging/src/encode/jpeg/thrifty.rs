//! JPEG whose coefficients are weighed one by one: what each costs in bits against what it is worth.
//!
//! libjpeg-turbo rounds every coefficient to the nearest multiple of its quantiser. Here those that cost more bits than
//! they are worth become smaller or nothing, by the cheapest path through each block (a trellis), as Ramchandran and
//! Vetterli described it ("Rate-distortion optimal fast thresholding with complete JPEG/MPEG decoder compatibility", 1994)
//! and mozjpeg made it known. libjpeg-turbo still writes the file: the transcoder takes an empty picture of the same size,
//! asks for every row of blocks, and codes them in ten scans.

use std::{
    ffi::{c_int, c_short},
    panic::{AssertUnwindSafe, catch_unwind},
    slice,
};

use turbojpeg::raw;

use super::{Coding, Job, encode_planes, failed};
use crate::{
    ImagingError,
    planar::{Planar, Plane},
};

mod block;
mod tables;

use self::block::Weigher;

/// The planes, and what their blocks are weighed with. Luma has the first, chroma the second.
struct Source<'a> {
    planes: Vec<&'a Plane>,
    weighers: [Weigher; 2],
}

/// Writes planes with the chroma that they have.
pub(super) fn encode(planar: &Planar, quality: u8) -> Result<Vec<u8>, ImagingError> {
    let tables = tables::of_quality(quality);
    let mut empty = encode_planes(&empty_as(planar), quality, Coding::Quick)?;
    replace_tables(&mut empty, &tables).ok_or_else(|| failed("libjpeg-turbo wrote no table"))?;
    let mut source = Source {
        planes: std::iter::once(&planar.luma)
            .chain(planar.chroma.iter().flatten())
            .collect(),
        weighers: [Weigher::new(&tables[0], false), Weigher::new(&tables[1], true)],
    };
    let mut job = Job::start(raw::TJINIT_TJINIT_TRANSFORM)?;
    let transform = raw::tjtransform {
        r: raw::tjregion {
            x: 0,
            y: 0,
            w: 0,
            h: 0,
        },
        op: raw::TJXOP_TJXOP_NONE as c_int,
        options: (raw::TJXOPT_PROGRESSIVE | raw::TJXOPT_COPYNONE) as c_int,
        data: (&raw mut source).cast(),
        customFilter: Some(fill),
    };
    // SAFETY: the bytes are a whole JPEG; `transform` and the source behind it outlive the call; buffer and length are the
    // job's, null and 0, so that libjpeg-turbo allocates.
    let answer = unsafe {
        raw::tj3Transform(
            job.handle,
            empty.as_ptr(),
            empty.len() as raw::size_t,
            1,
            &mut job.written,
            &mut job.length,
            &transform,
        )
    };
    job.check(answer)?;
    Ok(job.bytes())
}

/// Gray planes of the same sides.
fn empty_as(planar: &Planar) -> Planar {
    let empty = |plane: &Plane| Plane {
        width: plane.width,
        height: plane.height,
        samples: vec![128; plane.samples.len()],
    };
    Planar {
        luma: empty(&planar.luma),
        chroma: planar
            .chroma
            .as_ref()
            .map(|[blue, red]| [empty(blue), empty(red)]),
        step: planar.step,
    }
}

/// Puts other quantisers of one byte into a JPEG (ITU-T T.81, annex B.2.4.1). None where it has none.
fn replace_tables(jpeg: &mut [u8], tables: &[[u8; 64]; 2]) -> Option<()> {
    let mut at = 2;
    let mut replaced = None;
    while let &[0xff, marker, high, low] = jpeg.get(at..at + 4)?.first_chunk::<4>()? {
        let length = usize::from(u16::from_be_bytes([high, low]));
        match marker {
            0xdb => {
                let values = jpeg.get_mut(at + 4..at + 2 + length)?;
                for part in values.as_chunks_mut::<65>().0 {
                    let table = tables.get(usize::from(part[0]))?;
                    for (to, natural) in part[1..].iter_mut().zip(block::ZIGZAG) {
                        *to = table[usize::from(natural)];
                    }
                    replaced = Some(());
                }
            }
            // The scan begins.
            0xda => return replaced,
            _ => {}
        }
        at += 2 + length;
    }
    None
}

/// What the transcoder calls for every row of blocks of every component.
///
/// # Safety
///
/// As turbojpeg.h promises of `customFilter`: `coefficients` has 64 numbers for each of the blocks of the region, and
/// `transform` is the one that was given.
unsafe extern "C" fn fill(
    coefficients: *mut c_short,
    region: raw::tjregion,
    _: raw::tjregion,
    component: c_int,
    _: c_int,
    transform: *mut raw::tjtransform,
) -> c_int {
    let filled = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: `data` points to the source of `encode`, which waits for this.
        let source = unsafe { &*(*transform).data.cast::<Source<'_>>() };
        let blocks = usize::try_from(region.w).ok()? / 8;
        // SAFETY: as the caller promises.
        let row = unsafe { slice::from_raw_parts_mut(coefficients, blocks * 64) };
        let plane = source.planes.get(usize::try_from(component).ok()?)?;
        let weigher = &source.weighers[usize::from(component != 0)];
        let top = usize::try_from(region.y).ok()?;
        for (index, block) in row.as_chunks_mut::<64>().0.iter_mut().enumerate() {
            weigher.weigh(plane, index * 8, top, block);
        }
        Some(())
    }));
    // -1 ends the transcoding with an error.
    if matches!(filled, Ok(Some(()))) { 0 } else { -1 }
}
