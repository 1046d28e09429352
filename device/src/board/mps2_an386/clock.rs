//! The board's clock: SysTick counts, TIMER0 wakes. Between deadlines nothing happens, and the processor sleeps.
//!
//! The clock may be made to run several times as fast as its crystal: then a ride takes as much less time, and who speaks to the
//! board has to hurry as well.

use super::uart::Line;
use core::cell::RefCell;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::task::Waker;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{NVIC, SCB, SYST};
use cortex_m_rt::exception;
use critical_section::Mutex;
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;

/// Steps of the crystal in a millisecond.
const STEPS_PER_MS: u64 = 25_000;
/// The counter's range.
const RANGE: u32 = 1 << 24;

const TIMER0: *mut u32 = 0x4000_0000 as *mut u32;
pub const TIMER0_LINE: Line = Line(8);
const CONTROL: usize = 0;
const VALUE: usize = 1;
const RELOAD: usize = 2;
const STATUS: usize = 3;
const ENABLED_WITH_INTERRUPT: u32 = 1 | 8;

/// How many times the counter went through its range.
static ROUNDS: AtomicU32 = AtomicU32::new(0);
static SPEED: AtomicU32 = AtomicU32::new(1);
static IS_RUNNING: AtomicBool = AtomicBool::new(false);
/// Steps in 256 that were slept, and steps in 256 altogether.
static SLEPT: AtomicU32 = AtomicU32::new(0);

struct Clock {
    queue: Mutex<RefCell<Queue>>,
}

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock { queue: Mutex::new(RefCell::new(Queue::new())) });

/// Starts the clock, `speed` times as fast as its crystal.
pub fn start(mut timer: SYST, speed: u32) {
    SPEED.store(speed.max(1), Ordering::Relaxed);
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(RANGE - 1);
    timer.clear_current();
    timer.enable_interrupt();
    timer.enable_counter();
    // The first step loads the counter; a reading before it would be one of 0, the end of a round.
    while SYST::get_current() == 0 {}
    IS_RUNNING.store(true, Ordering::Relaxed);
    // SAFETY: what the interrupt leads to is there from the beginning and shares nothing that is not made for it.
    unsafe { NVIC::unmask(TIMER0_LINE) }
}

#[exception]
fn SysTick() {
    ROUNDS.fetch_add(1, Ordering::Relaxed);
}

/// Steps since the start.
fn steps() -> u64 {
    if !IS_RUNNING.load(Ordering::Relaxed) {
        return 0;
    }
    loop {
        let rounds = ROUNDS.load(Ordering::Relaxed);
        let passed = RANGE - 1 - SYST::get_current();
        let pending = SCB::is_pendst_pending();
        if ROUNDS.load(Ordering::Relaxed) == rounds {
            // Where the round's end cannot interrupt, it is seen to wait.
            let rounds = u64::from(rounds) + u64::from(pending && passed < RANGE / 2);
            return rounds * u64::from(RANGE) + u64::from(passed);
        }
    }
}

fn speed() -> u64 {
    u64::from(SPEED.load(Ordering::Relaxed)).max(1)
}

fn set(register: usize, value: u32) {
    // SAFETY: a register of TIMER0, which this module alone has, and a whole word.
    unsafe { TIMER0.add(register).write_volatile(value) }
}

impl Clock {
    /// Sets the alarm; false if that time is past.
    fn set_alarm(&self, at: u64) -> bool {
        set(CONTROL, 0);
        set(STATUS, 1);
        if at == u64::MAX {
            return true;
        }
        let now = self.now();
        if at <= now {
            return false;
        }
        let steps = (at - now).saturating_mul(STEPS_PER_MS) / speed();
        // One that is set for less than the whole time is set again.
        let steps = u32::try_from(steps).unwrap_or(u32::MAX).max(1);
        set(RELOAD, steps);
        set(VALUE, steps);
        set(CONTROL, ENABLED_WITH_INTERRUPT);
        true
    }

    fn wake(&self, queue: &mut Queue) {
        loop {
            let next = queue.next_expiration(self.now());
            if self.set_alarm(next) {
                return;
            }
        }
    }
}

impl Driver for Clock {
    fn now(&self) -> u64 {
        steps().saturating_mul(speed()) / STEPS_PER_MS
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|cs| {
            let mut queue = self.queue.borrow(cs).borrow_mut();
            if queue.schedule_wake(at, waker) {
                self.wake(&mut queue);
            }
        });
    }
}

/// What TIMER0's interrupt leads to.
pub fn on_alarm() {
    critical_section::with(|cs| {
        let mut queue = CLOCK.queue.borrow(cs).borrow_mut();
        CLOCK.wake(&mut queue);
    });
}

/// Sleeps until there is an interrupt, unless `is_awake` says that there is something to do. Interrupts wait meanwhile: what
/// came between looking and sleeping wakes.
pub fn sleep_unless(is_awake: impl FnOnce() -> bool) {
    cortex_m::interrupt::free(|_| {
        if !is_awake() {
            let before = steps();
            cortex_m::asm::wfi();
            SLEPT.fetch_add(((steps() - before) >> 8) as u32, Ordering::Relaxed);
        }
    });
}

/// Of the time since the start, how much was slept, per mille.
pub fn asleep_permille() -> u16 {
    let all = steps() >> 8;
    (u64::from(SLEPT.load(Ordering::Relaxed)) * 1000).checked_div(all).unwrap_or(0) as u16
}
