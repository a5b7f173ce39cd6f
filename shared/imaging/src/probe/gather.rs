//! Fixed-size pieces out of chunks of any size.

/// Collects a few bytes across chunk borders.
#[derive(Default)]
pub(super) struct Gather<const N: usize> {
    bytes: Vec<u8>,
}

impl<const N: usize> Gather<N> {
    /// Takes from `chunk` until `N` bytes are together, and then hands them out and begins anew.
    pub(super) fn take(&mut self, chunk: &mut &[u8]) -> Option<[u8; N]> {
        // The usual case: the piece lies whole in the chunk.
        if self.bytes.is_empty()
            && let Some((piece, rest)) = chunk.split_first_chunk::<N>()
        {
            *chunk = rest;
            return Some(*piece);
        }
        let n = (N - self.bytes.len()).min(chunk.len());
        self.bytes.extend_from_slice(&chunk[..n]);
        *chunk = &chunk[n..];
        let piece = <[u8; N]>::try_from(self.bytes.as_slice()).ok()?;
        self.bytes.clear();
        Some(piece)
    }
}

/// Drops up to `left` bytes from the front of `chunk`, and says whether all of them are gone.
pub(super) fn skip(left: &mut u64, chunk: &mut &[u8]) -> bool {
    let n = usize::try_from(*left).unwrap_or(usize::MAX).min(chunk.len());
    *chunk = &chunk[n..];
    *left -= n as u64;
    *left == 0
}
