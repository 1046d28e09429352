//! A clock that tests move, and an I2C bus with a part that acts like the real one.

extern crate std;
use super::Timer;
use core::cell::{Cell, RefCell};
use embedded_hal::i2c::{ErrorKind, ErrorType, NoAcknowledgeSource, Operation};
use embedded_hal_async::delay::DelayNs;
use embedded_hal_async::i2c::I2c;
use sling_core::time::Instant;
use std::rc::Rc;

/// Time that passes only when somebody waits.
#[derive(Clone, Default)]
pub struct Clock(Rc<Cell<u64>>);

impl Clock {
    pub fn at(ms: u64) -> Self {
        let clock = Self::default();
        clock.reach_ms(ms);
        clock
    }

    pub fn ns(&self) -> u64 {
        self.0.get()
    }

    pub fn pass_ns(&self, ns: u64) {
        self.0.set(self.0.get() + ns);
    }

    /// Waits until then, if that is not past.
    pub fn reach_ms(&self, ms: u64) {
        self.0.set(self.0.get().max(ms * 1_000_000));
    }
}

impl Timer for Clock {
    fn now(&self) -> Instant {
        Instant::from_ms(self.ns() / 1_000_000)
    }

    async fn until(&self, at: Instant) {
        self.reach_ms(at.as_ms());
    }
}

impl DelayNs for Clock {
    async fn delay_ns(&mut self, ns: u32) {
        self.pass_ns(u64::from(ns));
    }
}

/// A part with registers.
pub trait Part {
    const ADDRESS: u8;

    fn write(&mut self, register: u8, bytes: &[u8], now: Instant);
    fn read(&mut self, register: u8, into: &mut [u8], now: Instant);
}

/// A bus with one part on it, at 400 kHz.
pub struct Wires<P> {
    pub part: Rc<RefCell<P>>,
    pub clock: Clock,
    /// Transactions that still work; `None` for all.
    pub works: Rc<Cell<Option<usize>>>,
    pub transactions: Rc<Cell<usize>>,
}

impl<P> Clone for Wires<P> {
    fn clone(&self) -> Self {
        Self {
            part: self.part.clone(),
            clock: self.clock.clone(),
            works: self.works.clone(),
            transactions: self.transactions.clone(),
        }
    }
}

impl<P: Part> Wires<P> {
    pub fn new(part: P, clock: &Clock) -> Self {
        Self {
            part: Rc::new(RefCell::new(part)),
            clock: clock.clone(),
            works: Rc::default(),
            transactions: Rc::default(),
        }
    }
}

pub const NACK: ErrorKind = ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address);

impl<P> ErrorType for Wires<P> {
    type Error = ErrorKind;
}

impl<P: Part> I2c for Wires<P> {
    async fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), ErrorKind> {
        let left = self.works.get();
        self.transactions.set(self.transactions.get() + 1);
        if left == Some(0) || address != P::ADDRESS {
            return Err(NACK);
        }
        self.works.set(left.map(|left| left - 1));
        let mut register = None;
        for operation in operations {
            let now = self.clock.now();
            let mut part = self.part.borrow_mut();
            let length = match operation {
                Operation::Write(bytes) => {
                    let (first, rest) = bytes.split_first().expect("a register");
                    register = Some(*first);
                    if !rest.is_empty() {
                        part.write(*first, rest, now);
                    }
                    bytes.len()
                }
                Operation::Read(into) => {
                    part.read(register.expect("a register before a read"), into, now);
                    into.len()
                }
            };
            self.clock.pass_ns(22_500 * (length as u64 + 1));
        }
        Ok(())
    }
}
