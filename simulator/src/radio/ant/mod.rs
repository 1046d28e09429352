//! The desktop's way to a real ANT stick: a [`Port`] over USB ([`usb`]) or a serial line ([`serial`]), and a
//! [`worker`] that opens it, keeps it, and opens it again after everything that can happen to it.
//!
//! A port moves bytes. It does not know frames: those may begin in one packet and end in another.

pub mod serial;
pub mod usb;
pub mod worker;

use std::time::Duration;

/// Why there are no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// This machine has no USB, or does not let us see it.
    #[error("there is no USB here")]
    NoUsb,
    /// No stick is plugged in, or not the one that was asked for.
    #[error("no ANT stick is plugged in")]
    NoStick,
    /// The stick was pulled out, or its port has died.
    #[error("the ANT stick is gone")]
    Gone,
    /// The stick is there, and this user may not open it: on Linux a udev rule is missing.
    #[error("no permission to open the ANT stick")]
    Denied,
    /// Another program has the stick.
    #[error("another program uses the ANT stick")]
    Busy,
    /// Anything else: not a stick, no endpoints, it takes no bytes any more.
    #[error("the ANT stick does not work")]
    Failed,
}

/// An open stick. Dropped, it is closed.
pub trait Port: Send {
    /// Waits for bytes, at most so long, and appends them. `Ok` with nothing appended: none came.
    fn read(&mut self, into: &mut Vec<u8>, timeout: Duration) -> Result<(), Trouble>;

    /// Sends all bytes, or fails within a second or so.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble>;
}

/// How a port is opened, over and over.
pub trait Opener: Send {
    /// Opens it, without waiting for it to appear.
    fn open(&mut self) -> Result<Box<dyn Port>, Trouble>;
}
