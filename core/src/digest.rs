//! A fingerprint for comparing runs: FNV-1a, 64 bits. Not a defence against anybody.

use core::fmt;
use serde::Serialize;

/// A running digest of bytes or text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Digest {
    /// The digest of nothing.
    pub const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Takes a value by its postcard bytes; a value over 512 bytes counts as its first 512.
    pub fn update_value(&mut self, value: &impl Serialize) {
        let mut buffer = [0; 512];
        match postcard::to_slice(value, &mut buffer) {
            Ok(bytes) => self.update(bytes),
            Err(_) => self.update(&buffer),
        }
    }

    /// The digest of everything so far.
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.update(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_published_vectors() {
        for (text, digest) in
            [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
        {
            let mut d = Digest::new();
            d.update(text.as_bytes());
            assert_eq!(d.value(), digest, "{text}");
        }
    }
}
