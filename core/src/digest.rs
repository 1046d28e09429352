//! A fingerprint for comparing runs: FNV-1a, 64 bits. Not a defence against anybody.

use core::fmt;
use postcard::ser_flavors::Flavor;
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

    /// Takes a number in one step: four times as fast as its bytes, and another digest than theirs. As the multiplier is
    /// odd and the state twice as wide as a number, a number that differs is never made up for by the next one.
    pub const fn number(&mut self, number: u32) {
        self.0 = (self.0 ^ number as u64).wrapping_mul(0x0100_0000_01b3);
    }

    /// Takes bytes four at a time: for comparing with what went the same way, much faster than [`Digest::update`].
    pub fn coarse(&mut self, bytes: &[u8]) {
        let (eights, rest) = bytes.as_chunks::<8>();
        for &[a, b, c, d, e, f, g, h] in eights {
            self.number(u32::from_le_bytes([a, b, c, d]));
            self.number(u32::from_le_bytes([e, f, g, h]));
        }
        let (fours, rest) = rest.as_chunks::<4>();
        for &four in fours {
            self.number(u32::from_le_bytes(four));
        }
        for &byte in rest {
            self.number(u32::from(byte));
        }
    }

    /// Takes a value by its postcard bytes.
    pub fn update_value(&mut self, value: &impl Serialize) {
        // Bytes can always be taken, and the types of core have no value that postcard could not write.
        let _ = postcard::serialize_with_flavor(value, Taken(self));
    }

    /// Takes a byte. Not to be put into each of the many places that write one.
    #[inline(never)]
    const fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ byte as u64).wrapping_mul(0x0100_0000_01b3);
    }

    /// The digest of everything so far.
    pub const fn value(self) -> u64 {
        self.0
    }
}

/// Where postcard's bytes go to be digested. That it never fails spares the code of each value the ways of failing.
struct Taken<'a>(&'a mut Digest);

impl Flavor for Taken<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.byte(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.update(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
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
    extern crate std;

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

    #[test]
    fn a_value_is_taken_as_its_bytes_whatever_their_number() {
        let value =
            (-7_i16, 1.5_f32, [u64::MAX; 20], "forty bytes of a text that has umlauts: ä", Some([0xa5_u8; 32]), true);
        for value in [(value, value, value), (value, value, (0, 0.0, [0; 20], "", None, false))] {
            let mut bytes = [0; 2000];
            let bytes = postcard::to_slice(&value, &mut bytes).unwrap();
            let (mut whole, mut one_by_one) = (Digest::new(), Digest::new());
            whole.update(bytes);
            one_by_one.update_value(&value);
            assert_eq!(one_by_one, whole, "{} bytes", bytes.len());
        }
    }

    #[test]
    fn lines_that_differ_in_two_pixels_anywhere_have_digests_that_differ() {
        let of = |line: &[u8]| {
            let mut d = Digest::new();
            d.coarse(line);
            d.value()
        };
        let mut line = [0x5a; 30];
        let mut seen = std::vec![of(&line)];
        for a in 0..240 {
            line[a / 8] ^= 1 << (a % 8);
            seen.push(of(&line));
            for b in 0..a {
                line[b / 8] ^= 1 << (b % 8);
                seen.push(of(&line));
                line[b / 8] ^= 1 << (b % 8);
            }
            line[a / 8] ^= 1 << (a % 8);
        }
        let lines = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), lines);
    }
}
