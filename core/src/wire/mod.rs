//! Bytes and meaning: ANT serial frames and messages, ANT+ data pages, GATT payloads.
//!
//! Every decoder is a pure function from bytes to a small plain struct, every encoder the way back. **Nothing here
//! panics, whatever the bytes**: what is too short or of another kind is `None`, what a sensor itself calls bad is
//! an `Err` with its [`crate::sensor::Reason`]. Whether a value makes sense over time (a zero that stays, a number that never
//! changes) is judged by the modules above.
//!
//! Units are those of the radio, as in [`crate::units`]: SmO2 in 0.1 %, tHb in 0.01 of its scale. Times that a
//! sensor stamps are in ticks, and the field says how many of them make a second. Multi-byte numbers are
//! little-endian on both radios.
//!
//! Nothing here knows sessions, sensors in a roster or where they are worn.

pub mod ant;
mod bytes;

#[cfg(test)]
mod tests {
    /// A small seeded generator of noise.
    pub struct Xorshift(pub u32);

    impl Xorshift {
        pub fn next(&mut self) -> u32 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 17;
            self.0 ^= self.0 << 5;
            self.0
        }
    }
}
