//! The head unit's clock, on the clock of the board.

use core::sync::atomic::{AtomicU32, Ordering};
use embassy_time::{Instant as Moment, Timer as Alarm};
use sling_core::time::Instant;
use sling_device::driver::Timer;

/// When the head unit's clock began, in its own milliseconds.
static BEGAN_MS: AtomicU32 = AtomicU32::new(0);

/// From here on the head unit's clock says `at` and goes on.
pub fn begin_at(at: Instant) {
    BEGAN_MS.store((at.as_ms() as u32).wrapping_sub(now_ms()), Ordering::Relaxed);
}

fn now_ms() -> u32 {
    Moment::now().as_millis() as u32
}

/// The head unit's clock.
#[derive(Clone, Copy)]
pub struct HeadUnitClock;

impl Timer for HeadUnitClock {
    fn now(&self) -> Instant {
        // 49 days are enough for a ride.
        Instant::from_ms(u64::from(BEGAN_MS.load(Ordering::Relaxed).wrapping_add(now_ms())))
    }

    async fn until(&self, at: Instant) {
        let at = (at.as_ms() as u32).wrapping_sub(BEGAN_MS.load(Ordering::Relaxed));
        // One that is past wraps to far ahead.
        if at.wrapping_sub(now_ms()) < u32::MAX / 2 {
            Alarm::at(Moment::from_millis(u64::from(at))).await;
        }
    }
}
