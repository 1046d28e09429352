//! Arm's MPS2 board with the AN386 image (Cortex-M4F), as QEMU emulates it. It has no radio and no display.
//!
//! Two images are built for it: [`firmware`], a head unit whose parts are files and sockets of the machine that emulates,
//! and with the feature `replay` [`replay`], which measures what the core costs. They share what stands here: the console on
//! UART0, the stack's depth, and how a head unit is made in its place.

#[cfg(not(feature = "replay"))]
mod clock;
#[cfg(not(feature = "replay"))]
mod crash;
#[cfg(not(feature = "replay"))]
pub mod firmware;
#[cfg(not(feature = "replay"))]
mod host;
#[cfg(feature = "replay")]
pub mod replay;
#[cfg(not(feature = "replay"))]
mod uart;

use core::arch::asm;
use core::fmt::{self, Write};
use core::ptr::addr_of;
#[cfg(feature = "replay")]
use cortex_m::register;
use cortex_m_rt::STACK_PAINT_VALUE;
use sling_core::HeadUnit;
use static_cell::StaticCell;

/// Made at run time, in its place: as a constant it would take as much flash as RAM, for 170 bytes that are not zero.
static HEAD_UNIT: StaticCell<HeadUnit> = StaticCell::new();

/// The head unit, made in its place. Rust would promise no more than to copy it there: whether the 47 KB pass through the
/// stack is the optimiser's choice, which differs from level to level. So the call is made as the procedure call standard
/// has it, with the address of the result in r0.
pub fn head_unit() -> &'static mut HeadUnit {
    let place = HEAD_UNIT.uninit();
    // SAFETY: `new_head_unit` is called as AAPCS says of a function without arguments whose result is a composite of more
    // than four bytes: r0 holds the address of memory for it, which nothing else refers to. It has written all of it when
    // it returns.
    unsafe {
        asm!(
            "bl {new}",
            new = sym new_head_unit,
            inout("r0") place.as_mut_ptr() => _,
            // What a call may change, on a core with sixteen registers of double precision at most.
            out("r1") _, out("r2") _, out("r3") _, out("r12") _, out("lr") _,
            out("d0") _, out("d1") _, out("d2") _, out("d3") _, out("d4") _, out("d5") _, out("d6") _, out("d7") _,
        );
        place.assume_init_mut()
    }
}

#[expect(improper_ctypes_definitions, reason = "nobody but Rust looks at what is made")]
extern "C" fn new_head_unit() -> HeadUnit {
    HeadUnit::new()
}

/// UART0, transmitting only.
pub struct Console;

impl Console {
    const DATA: *mut u32 = 0x4000_4000 as *mut u32;
    const STATE: *mut u32 = 0x4000_4004 as *mut u32;
    const CONTROL: *mut u32 = 0x4000_4008 as *mut u32;
    const BAUD_DIVIDER: *mut u32 = 0x4000_4010 as *mut u32;
    const STATE_TX_FULL: u32 = 1;
    const CONTROL_TX: u32 = 1;
    /// The least that the device takes: nobody waits for an emulated wire.
    const FASTEST: u32 = 16;

    pub fn open() -> Self {
        // SAFETY: both are registers of UART0, which this module alone writes, and whole words.
        unsafe {
            Self::BAUD_DIVIDER.write_volatile(Self::FASTEST);
            Self::CONTROL.write_volatile(Self::CONTROL_TX);
        }
        Self
    }
}

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // SAFETY: a register of UART0; reading it changes nothing.
            while unsafe { Self::STATE.read_volatile() } & Self::STATE_TX_FULL != 0 {}
            // SAFETY: a register of UART0, which has room as it just said.
            unsafe { Self::DATA.write_volatile(u32::from(byte)) };
        }
        Ok(())
    }
}

unsafe extern "C" {
    /// The lowest word of the stack, from the linker's script.
    static _stack_end: u32;
    /// The word above its highest.
    static _stack_start: u32;
}

/// Bytes that the stack may take.
pub fn stack_room() -> usize {
    addr_of!(_stack_start) as usize - addr_of!(_stack_end) as usize
}

/// Bytes that the stack holds now.
#[cfg(feature = "replay")]
pub fn stack_depth() -> usize {
    addr_of!(_stack_start) as usize - register::msp::read() as usize
}

/// Bytes that the stack took so far: all of it was painted at reset, and what was used is no longer.
pub fn stack_peak() -> usize {
    let lowest = addr_of!(_stack_end);
    let words = stack_room() / size_of::<u32>();
    // SAFETY: the words between the two symbols are RAM. What runs now changes only those at the top of the stack, and
    // the search ends at the first that was ever changed.
    let is_painted = |i: usize| unsafe { lowest.add(i).read_volatile() } == STACK_PAINT_VALUE;
    let painted = (0..words).take_while(|&i| is_painted(i)).count();
    (words - painted) * size_of::<u32>()
}
