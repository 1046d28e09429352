//! Reading from and writing to byte slices without a way to panic.

/// Takes little-endian numbers from the front of a slice. A failed take consumes nothing.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    /// The next `N` bytes.
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*bytes)
    }

    /// The next byte.
    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take::<1>().map(u8::from_le_bytes)
    }

    /// The next two bytes, little-endian.
    pub(super) fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    /// The next four bytes, little-endian.
    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }
}

/// Fills a slice from the front.
pub(super) struct Writer<'a> {
    rest: &'a mut [u8],
    written: usize,
}

impl<'a> Writer<'a> {
    /// A writer at the start of `out`.
    pub(super) fn new(out: &'a mut [u8]) -> Self {
        Self { rest: out, written: 0 }
    }

    /// Appends `bytes`; `None`, and nothing written, if there is no room.
    pub(super) fn put<const N: usize>(&mut self, bytes: [u8; N]) -> Option<()> {
        let (to, rest) = core::mem::take(&mut self.rest).split_first_chunk_mut::<N>()?;
        *to = bytes;
        self.rest = rest;
        self.written = self.written.saturating_add(N);
        Some(())
    }

    /// How many bytes were written.
    pub(super) fn written(&self) -> usize {
        self.written
    }
}

/// The parts one after the other, cut or filled with zeros to `N` bytes.
pub(super) fn joined<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut whole = [0; N];
    for (to, from) in whole.iter_mut().zip(parts.iter().copied().flatten()) {
        *to = *from;
    }
    whole
}
