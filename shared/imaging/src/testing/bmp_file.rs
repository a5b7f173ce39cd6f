//! BMP files of every shape, written here.

/// A BMP: its header behind the file header, masks and palette, and its rows as they are stored.
pub(crate) fn bmp_of(head: &[u8], tables: &[u8], pixels: &[u8]) -> Vec<u8> {
    let pixels_at = (14 + head.len() + tables.len()) as u32;
    let size = pixels_at + pixels.len() as u32;
    [
        &b"BM"[..],
        &size.to_le_bytes(),
        &[0; 4],
        &pixels_at.to_le_bytes(),
        head,
        tables,
        pixels,
    ]
    .concat()
}

/// A BITMAPINFOHEADER, or one of its successors, with zeros behind the fields that all have.
pub(crate) fn info(size: u32, (width, height): (i32, i32), bits: u16, compression: u32) -> Vec<u8> {
    let mut head = [
        &size.to_le_bytes()[..],
        &width.to_le_bytes(),
        &height.to_le_bytes(),
        &[1, 0],
        &bits.to_le_bytes(),
        &compression.to_le_bytes(),
    ]
    .concat();
    head.resize(size as usize, 0);
    head
}

/// Rows of `stored` bytes, padded to whole words, from the bottom up.
pub(crate) fn bottom_up(rows: &[u8], stored: usize) -> Vec<u8> {
    rows.chunks(stored)
        .rev()
        .flat_map(|row| {
            let mut row = row.to_vec();
            row.resize(stored.next_multiple_of(4), 0);
            row
        })
        .collect()
}

/// A plain 24-bit BMP.
pub(crate) fn bmp(raster: &crate::raster::Raster) -> Vec<u8> {
    let rows: Vec<u8> = raster.pixels.chunks(3).flat_map(|p| [p[2], p[1], p[0]]).collect();
    let head = info(40, (raster.width as i32, raster.height as i32), 24, 0);
    bmp_of(&head, &[], &bottom_up(&rows, 3 * raster.width as usize))
}
