//! Time as an argument: instants and spans in milliseconds.
//!
//! Core has no clock. Whoever owns one passes `now` into [`crate::HeadUnit::handle`]; a recording passes its own
//! time stamps. An [`Instant`] counts milliseconds from an origin that the caller chooses (power-on, or the zero
//! of a file), so only differences carry meaning.

use core::ops::Add;
use serde::{Deserialize, Serialize};

/// A point in time, in milliseconds from the caller's origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Instant(u64);

/// A span of time, in milliseconds; at most 49 days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Duration(u32);

impl Instant {
    /// The caller's origin.
    pub const ZERO: Self = Self(0);

    /// An instant `ms` milliseconds after the origin.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the origin.
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// The span from `earlier` to `self`; zero if `earlier` is later, 49 days if it is longer.
    // Asked in many places, and longer than a call: here and at the others below a copy in each is a kilobyte of flash.
    #[inline(never)]
    pub const fn since(self, earlier: Self) -> Duration {
        let ms = self.0.saturating_sub(earlier.0);
        Duration(if ms > u32::MAX as u64 { u32::MAX } else { ms as u32 })
    }

    /// `self` moved back by `span`, not before the origin.
    #[inline(never)]
    pub const fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(span.0 as u64))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    #[inline(never)]
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::from(span.0)))
    }
}

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of `ms` milliseconds.
    pub const fn from_ms(ms: u32) -> Self {
        Self(ms)
    }

    /// A span of `s` whole seconds, saturating.
    pub const fn from_s(s: u32) -> Self {
        Self(s.saturating_mul(1000))
    }

    /// Milliseconds in the span.
    pub const fn as_ms(self) -> u32 {
        self.0
    }

    /// Whole seconds in the span, rounded down.
    pub const fn as_s(self) -> u32 {
        self.0 / 1000
    }

    /// Seconds as a fraction, for arithmetic.
    pub fn as_s_f32(self) -> f32 {
        self.0 as f32 / 1000.0
    }
}
