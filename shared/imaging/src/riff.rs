//! The chunks of a WebP file (RFC 9649), for what stands beside the pixels.

/// The body of the first chunk with this name.
pub(crate) fn chunk<'a>(file: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    let mut rest = file.get(12..)?;
    loop {
        let (head, body) = rest.split_first_chunk::<8>()?;
        let [k0, k1, k2, k3, size @ ..] = *head;
        let size = usize::try_from(u32::from_le_bytes(size)).ok()?;
        if &[k0, k1, k2, k3] == name {
            return body.get(..size);
        }
        rest = body.get(size.checked_add(size % 2)?..)?;
    }
}
