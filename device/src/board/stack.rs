//! How deep the stack is.

use core::ptr::addr_of;
#[cfg(feature = "replay")]
use cortex_m::register;
use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    /// The lowest word of the stack, from the linker's script.
    static _stack_end: u32;
    /// The word above its highest.
    static _stack_start: u32;
}

/// Bytes that the stack may take.
pub fn room() -> usize {
    addr_of!(_stack_start) as usize - addr_of!(_stack_end) as usize
}

/// Bytes that the stack holds now.
#[cfg(feature = "replay")]
pub fn depth() -> usize {
    addr_of!(_stack_start) as usize - register::msp::read() as usize
}

/// Bytes that the stack took so far: all of it was painted at reset, and what was used is no longer.
pub fn peak() -> usize {
    let lowest = addr_of!(_stack_end);
    let words = room() / size_of::<u32>();
    // SAFETY: the words between the two symbols are RAM. What runs now changes only those at the top of the stack, and
    // the search ends at the first that was ever changed.
    let is_painted = |i: usize| unsafe { lowest.add(i).read_volatile() } == STACK_PAINT_VALUE;
    let painted = (0..words).take_while(|&i| is_painted(i)).count();
    (words - painted) * size_of::<u32>()
}
