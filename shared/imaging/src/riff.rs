//! The chunks of a WebP file (RFC 9649), for what stands beside the pixels.

/// Every whole chunk of the file, by name and body.
pub(crate) fn chunks(file: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut rest = file.get(12..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (name, behind) = rest.split_first_chunk::<4>()?;
        let (size, body) = behind.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
        let chunk = body.get(..size)?;
        // The last pad byte may be missing.
        rest = body.get(size.checked_add(size % 2)?..).unwrap_or_default();
        Some((name, chunk))
    })
}

/// The body of the first chunk with this name.
pub(crate) fn chunk<'a>(file: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    chunks(file)
        .find(|(other, _)| *other == name)
        .map(|(_, body)| body)
}
