//! The CMSDK's UARTs: bytes of the ANT module, of the cable and of the Bluetooth controller.

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::NVIC;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::pipe::Pipe;
use embassy_sync::signal::Signal;
use embedded_io_async::{ErrorType, Read, Write};
use sling_device::body::Ear;

/// Bytes that wait to be taken.
const WAITING: usize = 512;

const DATA: usize = 0;
const STATE: usize = 1;
const CONTROL: usize = 2;
const STATUS: usize = 3;
const BAUD_DIVIDER: usize = 4;

const TX_FULL: u32 = 1;
const RX_FULL: u32 = 2;
/// Sends, receives, and says when it received.
const ALL: u32 = 1 | 2 | 8;
const RX_STATUS: u32 = 2;
/// The least that the device takes: nobody waits for an emulated wire.
const FASTEST: u32 = 16;

/// A line of the interrupt controller.
#[derive(Clone, Copy)]
pub struct Line(pub u16);

// SAFETY: the number is that of the line, and none of this board's is beyond what its controller has.
unsafe impl InterruptNumber for Line {
    fn number(self) -> u16 {
        self.0
    }
}

/// Bytes that a UART received.
pub struct Received {
    bytes: Pipe<CriticalSectionRawMutex, WAITING>,
    some: Signal<CriticalSectionRawMutex, ()>,
}

impl Received {
    /// None.
    pub const fn new() -> Self {
        Self { bytes: Pipe::new(), some: Signal::new() }
    }
}

/// One UART. A byte that finds no room waits in the device, and with it those behind it: the wire is a socket.
pub struct Uart {
    base: usize,
    line: Line,
    received: &'static Received,
}

impl Uart {
    /// The UART with its registers there and this line for what it received.
    pub const fn new(base: usize, line: Line, received: &'static Received) -> Self {
        Self { base, line, received }
    }

    /// Switches it on.
    pub fn open(&self) {
        self.set(BAUD_DIVIDER, FASTEST);
        self.set(CONTROL, ALL);
        self.listen();
    }

    /// Lets go what is received, for as long as it is polled.
    pub async fn ignore(&self) -> ! {
        loop {
            self.received.bytes.read(&mut [0; WAITING]).await;
            self.listen();
        }
    }

    /// What its interrupt leads to.
    pub fn on_received(&self) {
        self.set(STATUS, RX_STATUS);
        while self.get(STATE) & RX_FULL != 0 {
            if self.received.bytes.free_capacity() == 0 {
                // Until somebody has taken some.
                NVIC::mask(self.line);
                return;
            }
            let byte = self.get(DATA) as u8;
            // There is room: only here bytes are put in.
            let _ = self.received.bytes.try_write(&[byte]);
            self.received.some.signal(());
        }
    }

    fn listen(&self) {
        // SAFETY: what the interrupt leads to is there from the beginning and shares nothing that is not made for it.
        unsafe { NVIC::unmask(self.line) }
        // A byte that had to wait says so once, and nobody may have listened then.
        if self.get(STATE) & RX_FULL != 0 {
            NVIC::pend(self.line);
        }
    }

    fn get(&self, register: usize) -> u32 {
        // SAFETY: a register of a UART that this value alone has, and a whole word.
        unsafe { (self.base as *const u32).add(register).read_volatile() }
    }

    fn set(&self, register: usize, value: u32) {
        // SAFETY: as above.
        unsafe { (self.base as *mut u32).add(register).write_volatile(value) }
    }
}

impl Ear for &Uart {
    async fn heard(&mut self) {
        while self.received.bytes.is_empty() {
            self.received.some.wait().await;
        }
    }

    fn take(&mut self, bytes: &mut [u8]) -> usize {
        let mut taken = 0;
        // What lies at the ring's end and at its beginning are two portions.
        while let Some(room) = bytes.get_mut(taken..).filter(|room| !room.is_empty())
            && let Ok(read) = self.received.bytes.try_read(room)
        {
            taken += read;
        }
        self.listen();
        taken
    }
}

impl ErrorType for &Uart {
    type Error = core::convert::Infallible;
}

impl Read for &Uart {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Self::Error> {
        let read = self.received.bytes.read(bytes).await;
        self.listen();
        Ok(read)
    }
}

impl Write for &Uart {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        for &byte in bytes {
            while self.get(STATE) & TX_FULL != 0 {}
            self.set(DATA, u32::from(byte));
        }
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}
