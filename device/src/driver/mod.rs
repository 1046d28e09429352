//! The parts around the processor: display, buttons, motor, beeper, accelerometer, fuel gauge.
//!
//! Drivers are generic over `embedded-hal` and `embedded-hal-async` 1.0; a board hands them its buses and pins and
//! does nothing else. What can be decided without the hardware is apart from it and takes time as an argument: the
//! debouncing of [`buttons`], the sitting or standing of [`posture`]. Nothing here allocates, and nothing that a bus
//! says makes it panic.
//!
//! A part that does not answer is an error or a missing value, never a number. No driver keeps a bus: what several
//! parts share is the board's to share. Facts of datasheets are named with their section; *to be checked on hardware*
//! says that nobody has seen it on a board yet.

pub mod accelerometer;
pub mod buttons;
pub mod gauge;
pub mod haptic;
pub mod memory_lcd;
pub mod piezo;
pub mod posture;
#[cfg(test)]
mod testing;

use core::future::Future;
use sling_core::time::Instant;

/// The board's clock, for what lasts.
pub trait Timer {
    /// The time now.
    fn now(&self) -> Instant;

    /// Returns at `at`, or at once if that is past.
    fn until(&self, at: Instant) -> impl Future<Output = ()>;
}

impl<T: Timer> Timer for &T {
    fn now(&self) -> Instant {
        (*self).now()
    }

    fn until(&self, at: Instant) -> impl Future<Output = ()> {
        (*self).until(at)
    }
}
