//! Text across the border: a host's, which ends in a zero byte, and ours into a host's room.

use super::Error;
use core::cell::Cell;
use core::ffi::c_char;
use core::{fmt, slice, str};

/// A host's text of at most `most` bytes. It is looked at up to its end, or to the first byte that is too many.
///
/// # Safety
///
/// `text` is null, or names bytes up to a zero byte that stay as they are for as long as the answer is used.
pub unsafe fn letters<'a>(text: *const c_char, most: usize) -> Result<&'a str, Error> {
    if text.is_null() {
        return Err(Error::Null);
    }
    let text = text.cast::<u8>();
    // SAFETY: none before was the zero byte, so this one is there.
    let length = (0..=most).find(|&i| unsafe { text.add(i).read() } == 0).ok_or(Error::Text)?;
    // SAFETY: these bytes were just read, and stay as they are.
    str::from_utf8(unsafe { slice::from_raw_parts(text, length) }).map_err(|_| Error::Text)
}

/// Writes into a host's room as much as it holds with a zero byte at the end, and counts all.
pub struct Cursor<'a> {
    room: &'a [Cell<u8>],
    written: usize,
    length: usize,
}

impl<'a> Cursor<'a> {
    /// At the beginning of `room`.
    pub const fn new(room: &'a [Cell<u8>]) -> Self {
        Self { room, written: 0, length: 0 }
    }

    /// Ends the text. How long all of it is, without the zero byte, and whether it is there.
    pub fn finish(self) -> (usize, bool) {
        let end = self.room.get(self.written);
        if let Some(end) = end {
            end.set(0);
        }
        (self.length, end.is_some() && self.written == self.length)
    }
}

impl fmt::Write for Cursor<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).as_bytes();
            let is_first_left_out = self.written == self.length;
            self.length = self.length.saturating_add(bytes.len());
            // One byte more is for the end; nothing follows what was left out.
            let Some(places) =
                self.room.get(self.written..).filter(|left| is_first_left_out && left.len() > bytes.len())
            else {
                continue;
            };
            for (place, &byte) in places.iter().zip(bytes) {
                place.set(byte);
            }
            self.written += bytes.len();
        }
        Ok(())
    }
}
