//! The board's watchdog (CMSDK APB). Not fed for long enough it raises NMI, which nothing masks; not fed after that either, it resets.

use core::ptr::write_volatile;

const BASE: *mut u32 = 0x4000_8000 as *mut u32;
const LOAD: usize = 0;
const CONTROL: usize = 2;
const CLEAR: usize = 3;
const LOCK: usize = 0xC00 / 4;
const KEY: u32 = 0x1ACC_E551;
const RAISES_AND_RESETS: u32 = 1 | 2;
/// Steps of its crystal in a second.
const STEPS_PER_S: u32 = 25_000_000;
/// Who does not show life for so long is started anew.
const BITES_AFTER_S: u32 = 10;

fn set(register: usize, value: u32) {
    // SAFETY: the registers of a device that only this module knows.
    unsafe { write_volatile(BASE.add(register), value) }
}

/// Lets it watch.
pub fn start() {
    set(LOCK, KEY);
    set(LOAD, BITES_AFTER_S * STEPS_PER_S);
    set(CONTROL, RAISES_AND_RESETS);
    set(LOCK, 0);
}

/// All goes well.
pub fn feed() {
    set(LOCK, KEY);
    // That also begins the time anew.
    set(CLEAR, 1);
    set(LOAD, BITES_AFTER_S * STEPS_PER_S);
    set(LOCK, 0);
}
