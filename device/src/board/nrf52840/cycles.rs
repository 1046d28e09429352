//! How long the processor was awake, by its own counter.

use core::sync::atomic::{AtomicU32, Ordering};
use cortex_m::peripheral::{DCB, DWT};
use embassy_time::Instant as Moment;

/// Cycles in a millisecond.
const CYCLES_PER_MS: u64 = 64_000;
/// The counter has 32 bits: it is looked at before it goes round, and kept in units of so many cycles.
const UNIT_BITS: u32 = 10;

static SEEN: AtomicU32 = AtomicU32::new(0);
static AWAKE: AtomicU32 = AtomicU32::new(0);

/// Lets the processor count its cycles. It has none while it sleeps; whether that holds on this chip is to be checked on hardware.
pub fn count(mut dcb: DCB, mut dwt: DWT) {
    dcb.enable_trace();
    dwt.enable_cycle_counter();
}

/// Adds up what the counter says. To be called more often than once in 67 s, from one place.
pub fn weigh() {
    let passed = DWT::cycle_count().wrapping_sub(SEEN.load(Ordering::Relaxed)) >> UNIT_BITS;
    SEEN.fetch_add(passed << UNIT_BITS, Ordering::Relaxed);
    AWAKE.fetch_add(passed, Ordering::Relaxed);
}

/// Of the time since the start, how much was slept, per mille.
pub fn asleep_permille() -> u16 {
    let awake_ms = (u64::from(AWAKE.load(Ordering::Relaxed)) << UNIT_BITS) / CYCLES_PER_MS;
    let awake = (awake_ms * 1000).checked_div(Moment::now().as_millis()).unwrap_or(1000);
    1000 - awake.min(1000) as u16
}
