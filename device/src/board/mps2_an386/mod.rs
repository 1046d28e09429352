//! Arm's MPS2 board with the AN386 image (Cortex-M4F), as QEMU emulates it. It has no radio and no display of its own.
//!
//! Two images are built for it: [`firmware`], a head unit whose parts are files and sockets of the machine that emulates,
//! and with the feature `replay` [`replay`], which measures what the core costs. They share the console on UART0.

#[cfg(not(feature = "replay"))]
mod clock;
#[cfg(not(feature = "replay"))]
pub mod firmware;
#[cfg(not(feature = "replay"))]
mod host;
#[cfg(not(feature = "replay"))]
mod radio;
#[cfg(feature = "replay")]
pub mod replay;
#[cfg(not(feature = "replay"))]
mod uart;
#[cfg(not(feature = "replay"))]
mod watchdog;

use core::fmt::{self, Write};

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
