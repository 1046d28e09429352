//! The accelerometer: ST's LIS2DH12 on I²C, from which [`posture`](super::posture) tells sitting from standing.
//!
//! It runs in low-power mode, 8 bits of 32 mg each at ± 4 g (datasheet, table 4), and fills its FIFO of 32 samples
//! while the processor sleeps. A look every [`Rate::burst_ms`] finds 25 samples, which leaves time for being late. ±
//! 2 g would be finer, but a road with holes exceeds it all the time, and what is cut off on one side pretends a
//! tilt. Registers: datasheet chapter 8; the FIFO: section 5.1 and application note AN5005.
//!
//! A look at an empty FIFO also reads whether the chip is still switched on: after a moment without supply it would be
//! silent for ever.

use embedded_hal_async::i2c::{self, Error as _, I2c};
use heapless::Vec;

/// The address with SA0 low.
pub const ADDRESS_LOW: u8 = 0x18;
/// The address with SA0 high, which is how it is when it is left open.
pub const ADDRESS_HIGH: u8 = 0x19;

/// Samples that the FIFO holds.
pub const FIFO: usize = 32;
/// One digit, in thousandths of g.
pub const DIGIT_MG: i16 = 32;
/// INT1 rises with this many samples.
pub const WATERMARK: u8 = 25;

const WHO_AM_I: u8 = 0x0f;
const LIS2DH12: u8 = 0x33;
const CTRL_REG1: u8 = 0x20;
const OUT_X_L: u8 = 0x28;
const FIFO_CTRL: u8 = 0x2e;
const FIFO_SRC: u8 = 0x2f;
/// In a register's number: those that follow come next.
const ONWARDS: u8 = 0x80;

/// Low power, all three axes.
const LOW_POWER_XYZ: u8 = 0x0f;
/// `CTRL_REG3`: the watermark at INT1.
const INT1_WATERMARK: u8 = 0x04;
/// `CTRL_REG4`: no half new samples; ± 4 g.
const WHOLE_4G: u8 = 0x90;
/// `CTRL_REG5`.
const FIFO_ON: u8 = 0x40;
/// `FIFO_CTRL`: the newest samples stay.
const STREAM: u8 = 0x80;
const OVERRUN: u8 = 0x40;
const UNREAD: u8 = 0x1f;

/// Samples a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rate {
    /// 25: half the current. What shakes the bike faster than 12.5 Hz comes out as something slower.
    Hz25,
    /// 50, better for [`posture`](super::posture) on a rough road.
    #[default]
    Hz50,
}

impl Rate {
    /// The rate in hertz; the chip's own clock is within some percent of it.
    pub const fn hz(self) -> f32 {
        match self {
            Self::Hz25 => 25.0,
            Self::Hz50 => 50.0,
        }
    }

    /// After this long there are 25 samples in the FIFO, milliseconds.
    pub const fn burst_ms(self) -> u32 {
        match self {
            Self::Hz25 => 1000,
            Self::Hz50 => 500,
        }
    }

    const fn bits(self) -> u8 {
        match self {
            Self::Hz25 => 0x30,
            Self::Hz50 => 0x40,
        }
    }
}

/// What the chip feels along its three axes: at rest, 1000 upwards. In thousandths of g.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acceleration {
    /// Along X.
    pub x: i16,
    /// Along Y.
    pub y: i16,
    /// Along Z.
    pub z: i16,
}

/// What was in the FIFO.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Burst {
    /// Oldest first.
    pub samples: Vec<Acceleration, FIFO>,
    /// Before the first of them others may have been lost.
    pub lost: bool,
}

/// Why there are no samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bus, or nobody at this address.
    Bus(i2c::ErrorKind),
    /// Another part: its `WHO_AM_I`.
    Stranger(u8),
    /// The chip is not as it was set: it lost its supply. [`Accelerometer::start`] it again.
    Reset,
}

/// The accelerometer on its bus.
pub struct Accelerometer<I2C> {
    i2c: I2C,
    address: u8,
    rate: Rate,
}

impl<I2C: I2c> Accelerometer<I2C> {
    /// An accelerometer at this address.
    pub const fn new(i2c: I2C, address: u8, rate: Rate) -> Self {
        Self { i2c, address, rate }
    }

    /// Checks who is there and lets it measure, with an empty FIFO.
    pub async fn start(&mut self) -> Result<(), Fault> {
        let [who] = self.read_registers(WHO_AM_I).await?;
        if who != LIS2DH12 {
            return Err(Fault::Stranger(who));
        }
        // Off, no high-pass, then what it is to do; at last on.
        self.write(&[CTRL_REG1 | ONWARDS, 0, 0, INT1_WATERMARK, WHOLE_4G, FIFO_ON]).await?;
        // Through bypass the FIFO is emptied.
        self.write(&[FIFO_CTRL, 0]).await?;
        self.write(&[FIFO_CTRL, STREAM | WATERMARK]).await?;
        self.write(&[CTRL_REG1, self.switched_on()]).await
    }

    /// Switches it off.
    pub async fn stop(&mut self) -> Result<(), Fault> {
        self.write(&[CTRL_REG1, 0]).await
    }

    /// All samples that are waiting, none if there are none yet.
    pub async fn read(&mut self) -> Result<Burst, Fault> {
        let [source] = self.read_registers(FIFO_SRC).await?;
        let lost = source & OVERRUN != 0;
        let count = if lost { FIFO } else { usize::from(source & UNREAD) };
        if count == 0 {
            let [ctrl1] = self.read_registers(CTRL_REG1).await?;
            return if ctrl1 == self.switched_on() { Ok(Burst::default()) } else { Err(Fault::Reset) };
        }
        // After the last register of a sample comes the first of the next.
        let mut bytes = [0; 6 * FIFO];
        let bytes = bytes.get_mut(..6 * count).unwrap_or_default();
        self.i2c
            .write_read(self.address, &[OUT_X_L | ONWARDS], bytes)
            .await
            .map_err(|error| Fault::Bus(error.kind()))?;
        let (samples, _) = bytes.as_chunks::<6>();
        // Eight bits, at the left of sixteen.
        let mg = |high: u8| i16::from(high.cast_signed()) * DIGIT_MG;
        let samples = samples.iter().map(|&[_, x, _, y, _, z]| Acceleration { x: mg(x), y: mg(y), z: mg(z) });
        Ok(Burst { samples: samples.collect(), lost })
    }

    const fn switched_on(&self) -> u8 {
        self.rate.bits() | LOW_POWER_XYZ
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.i2c.write(self.address, bytes).await.map_err(|error| Fault::Bus(error.kind()))
    }

    async fn read_registers<const N: usize>(&mut self, register: u8) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        let read = self.i2c.write_read(self.address, &[register], &mut bytes).await;
        read.map_err(|error| Fault::Bus(error.kind())).map(|()| bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Clock, NACK, Part, Wires};
    use super::*;
    extern crate std;
    use embassy_futures::block_on;
    use sling_core::time::Instant;
    use std::collections::VecDeque;

    /// A LIS2DH12 whose n-th sample is n, -n, 1 g.
    struct Chip {
        who: u8,
        registers: [u8; 0x40],
        fifo: VecDeque<[u8; 6]>,
        next: i8,
        sampled_ms: u64,
        place: usize,
    }

    impl Chip {
        fn new() -> Self {
            let mut registers = [0; 0x40];
            registers[0x20] = 0x07;
            Self { who: 0x33, registers, fifo: VecDeque::new(), next: 0, sampled_ms: 0, place: 0 }
        }

        fn sample(&mut self, now: Instant) {
            let period = match self.registers[0x20] >> 4 {
                0 => {
                    self.sampled_ms = now.as_ms();
                    return;
                }
                3 => 40,
                4 => 20,
                other => unreachable!("rate {other}"),
            };
            while self.sampled_ms + period <= now.as_ms() {
                self.sampled_ms += period;
                let x = self.next;
                self.next = self.next.wrapping_add(1);
                if self.registers[0x24] & 0x40 != 0 && self.registers[0x2e] & 0xc0 == 0x80 {
                    // One that is full loses its oldest.
                    if self.fifo.len() == 32 {
                        self.fifo.pop_front();
                    }
                    self.fifo.push_back([0, x as u8, 0, x.wrapping_neg() as u8, 0, 31]);
                }
            }
        }
    }

    impl Part for Chip {
        const ADDRESS: u8 = ADDRESS_HIGH;

        fn write(&mut self, register: u8, bytes: &[u8], now: Instant) {
            self.sample(now);
            assert!(bytes.len() == 1 || register & 0x80 != 0, "several registers need the bit for it");
            for (at, byte) in (usize::from(register & 0x7f)..).zip(bytes) {
                self.registers[at] = *byte;
                if at == 0x2e && byte & 0xc0 == 0 {
                    self.fifo.clear();
                }
            }
        }

        fn read(&mut self, register: u8, into: &mut [u8], now: Instant) {
            self.sample(now);
            self.registers[0x0f] = self.who;
            let count = self.fifo.len();
            let full = if count == 32 { 0x40 } else { 0 };
            self.registers[0x2f] = full | if count == 0 { 0x20 } else { count.min(31) as u8 };
            let mut at = usize::from(register & 0x7f);
            assert!(into.len() == 1 || register & 0x80 != 0);
            self.place = 0;
            for byte in into {
                if (0x28..0x2e).contains(&at) {
                    *byte = self.fifo.front().expect("a sample")[at - 0x28];
                    if at == 0x2d {
                        self.fifo.pop_front();
                    }
                    at = if at == 0x2d { 0x28 } else { at + 1 };
                } else {
                    *byte = self.registers[at];
                    at += 1;
                }
            }
        }
    }

    fn bench(rate: Rate) -> (Accelerometer<Wires<Chip>>, Wires<Chip>, Clock) {
        let clock = Clock::at(500);
        let wires = Wires::new(Chip::new(), &clock);
        (Accelerometer::new(wires.clone(), ADDRESS_HIGH, rate), wires, clock)
    }

    #[test]
    fn bursts_follow_each_other_without_a_gap() {
        for rate in [Rate::Hz25, Rate::Hz50] {
            let (mut chip, wires, clock) = bench(rate);
            block_on(chip.start()).unwrap();
            let mut next = 0_i8;
            let mut ms = 500;
            for i in 0..50 {
                // Late by up to a fifth of a burst.
                ms += u64::from(rate.burst_ms());
                clock.reach_ms(ms + (i * 37) % u64::from(rate.burst_ms() / 5));
                let burst = block_on(chip.read()).unwrap();
                assert!(!burst.lost && burst.samples.len() >= 20, "{}", burst.samples.len());
                for sample in burst.samples {
                    let x = i16::from(next) * DIGIT_MG;
                    let y = i16::from(next.wrapping_neg()) * DIGIT_MG;
                    assert_eq!(sample, Acceleration { x, y, z: 31 * DIGIT_MG });
                    next = next.wrapping_add(1);
                }
            }
            assert_eq!(wires.part.borrow().registers[0x23], 0x90);
        }
    }

    #[test]
    fn a_look_that_is_far_too_late_has_the_newest_and_says_so() {
        let (mut chip, _, clock) = bench(Rate::Hz25);
        block_on(chip.start()).unwrap();
        clock.reach_ms(4600);
        let burst = block_on(chip.read()).unwrap();
        assert!(burst.lost);
        assert_eq!(burst.samples.len(), 32);
        assert_eq!(burst.samples.first().unwrap().x, (102 - 32) * DIGIT_MG);
        assert_eq!(block_on(chip.read()), Ok(Burst::default()));
    }

    #[test]
    fn a_stranger_a_missing_one_and_one_that_lost_its_supply_are_told() {
        let (mut chip, wires, clock) = bench(Rate::Hz50);
        for who in [0, 0x32, 0xff] {
            wires.part.borrow_mut().who = who;
            assert_eq!(block_on(chip.start()), Err(Fault::Stranger(who)));
        }
        assert_eq!(wires.part.borrow().registers[0x20], 0x07, "a stranger is not written to");
        wires.part.borrow_mut().who = 0x33;
        for works in 0..5 {
            wires.works.set(Some(works));
            assert_eq!(block_on(chip.start()), Err(Fault::Bus(NACK)));
        }
        wires.works.set(None);
        block_on(chip.start()).unwrap();
        clock.reach_ms(900);
        for works in 0..2 {
            wires.works.set(Some(works));
            assert_eq!(block_on(chip.read()), Err(Fault::Bus(NACK)));
        }
        wires.works.set(None);
        assert!(!block_on(chip.read()).unwrap().samples.is_empty());
        *wires.part.borrow_mut() = Chip::new();
        assert_eq!(block_on(chip.read()), Err(Fault::Reset));
        let mut elsewhere = Accelerometer::new(wires.clone(), ADDRESS_LOW, Rate::Hz25);
        assert_eq!(block_on(elsewhere.start()), Err(Fault::Bus(NACK)));
        block_on(chip.start()).unwrap();
        block_on(chip.stop()).unwrap();
        assert_eq!(wires.part.borrow().registers[0x20], 0);
    }
}
