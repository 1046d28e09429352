//! The battery: fuel gauge MAX17048 on I²C.
//!
//! Registers have 16 bits, most significant byte first (datasheet MAX17048/MAX17049, "Register Summary"): VCELL 0x02
//! in 78.125 µV, SOC 0x04 in 1/256 %, VERSION 0x08 (0x001x), CRATE 0x16 in 0.208 % an hour, positive while charging.
//! The gauge works by itself from power-on; nothing is written to it.
//!
//! A gauge that does not answer, is another part, or says what cannot be, gives no reading. An invented 0 % would
//! switch off what a charged battery runs. CRATE follows the voltage, not a current, and takes minutes: whoever has a
//! charger's status pin should trust that more.

use embedded_hal_async::i2c::{self, Error as _, I2c};
use sling_core::input::Input;

/// The address on the bus.
pub const ADDRESS: u8 = 0x36;

const VCELL: u8 = 0x02;
const SOC: u8 = 0x04;
const VERSION: u8 = 0x08;
const CRATE: u8 = 0x16;

/// The upper twelve bits of VERSION.
const FAMILY: u16 = 0x001;
/// A full cell may count some more than 100 %, not more than this.
const MOST_PERCENT: u16 = 110;
/// No lithium cell that feeds a head unit is outside, millivolts.
const CELL_MV: core::ops::RangeInclusive<u16> = 2500..=4500;
/// A cell at rest with this is not empty, millivolts: a gauge that says less than 1 % has not measured yet.
const NOT_EMPTY_MV: u16 = 3700;
/// More than this is charging, in 0.208 % an hour: 1 % an hour.
const CHARGING: i16 = 5;

/// What the battery has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Battery {
    /// Charge, 0 to 100 %.
    pub percent: u8,
    /// Whether it is being charged.
    pub charging: bool,
    /// Voltage of the cell, millivolts.
    pub cell_mv: u16,
}

impl Battery {
    /// What core is told.
    pub const fn input(self) -> Input<'static> {
        Input::Battery { percent: self.percent, charging: self.charging }
    }
}

/// Why there is no reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bus, or nobody at this address.
    Bus(i2c::ErrorKind),
    /// Another part: its VERSION.
    Stranger(u16),
    /// What it says cannot be.
    Nonsense {
        /// Charge in 1/256 %.
        soc: u16,
        /// Voltage of the cell, millivolts.
        cell_mv: u16,
    },
}

/// The gauge on its bus.
pub struct Gauge<I2C> {
    i2c: I2C,
}

impl<I2C: I2c> Gauge<I2C> {
    /// A gauge on this bus.
    pub const fn new(i2c: I2C) -> Self {
        Self { i2c }
    }

    /// What the battery has now. Once a minute will do.
    pub async fn read(&mut self) -> Result<Battery, Fault> {
        let version = self.register(VERSION).await?;
        if version >> 4 != FAMILY {
            return Err(Fault::Stranger(version));
        }
        // 78.125 µV are 5/64 mV.
        let cell_mv = (u32::from(self.register(VCELL).await?) * 5 / 64) as u16;
        let soc = self.register(SOC).await?;
        let rate = self.register(CRATE).await?.cast_signed();
        let is_empty = soc < 256;
        if soc > MOST_PERCENT << 8 || !CELL_MV.contains(&cell_mv) || (is_empty && cell_mv >= NOT_EMPTY_MV) {
            return Err(Fault::Nonsense { soc, cell_mv });
        }
        // A percent that has begun counts: 0 is an empty cell.
        Ok(Battery { percent: soc.div_ceil(256).min(100) as u8, charging: rate >= CHARGING, cell_mv })
    }

    async fn register(&mut self, register: u8) -> Result<u16, Fault> {
        let mut bytes = [0; 2];
        self.i2c.write_read(ADDRESS, &[register], &mut bytes).await.map_err(|error| Fault::Bus(error.kind()))?;
        Ok(u16::from_be_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use embassy_futures::block_on;
    use embedded_hal::i2c::{ErrorKind, NoAcknowledgeSource};
    use embedded_hal_mock::eh1::i2c::{Mock, Transaction};
    use std::vec::Vec;

    fn answers(version: u16, vcell: u16, soc: u16, rate: i16) -> Vec<Transaction> {
        let answer =
            |register, value: u16| Transaction::write_read(ADDRESS, [register].to_vec(), value.to_be_bytes().to_vec());
        let all = [answer(VERSION, version), answer(VCELL, vcell), answer(SOC, soc), answer(CRATE, rate as u16)];
        all[..if version >> 4 == FAMILY { 4 } else { 1 }].to_vec()
    }

    fn read(transactions: &[Transaction]) -> Result<Battery, Fault> {
        let mut mock = Mock::new(transactions);
        let battery = block_on(Gauge::new(mock.clone()).read());
        mock.done();
        battery
    }

    /// VCELL of a voltage.
    fn cell(mv: u32) -> u16 {
        (mv * 64).div_ceil(5) as u16
    }

    #[test]
    fn charge_voltage_and_charging_are_read() {
        let battery = read(&answers(0x0012, cell(3900), 0x4d80, -20));
        assert_eq!(battery, Ok(Battery { percent: 78, charging: false, cell_mv: 3900 }));
        let input = battery.unwrap().input();
        assert!(matches!(input, Input::Battery { percent: 78, charging: false }));
        assert!(read(&answers(0x0011, cell(3900), 0x4d80, 40)).unwrap().charging);
        assert!(!read(&answers(0x0011, cell(3900), 0x4d80, 4)).unwrap().charging);
        // A bus that went high in between is -1, which is not charging.
        assert!(!read(&answers(0x0011, cell(3900), 0x4d80, -1)).unwrap().charging);
    }

    #[test]
    fn an_empty_and_a_full_cell_are_read() {
        assert_eq!(read(&answers(0x0012, cell(3050), 0, -9)).unwrap().percent, 0);
        assert_eq!(read(&answers(0x0012, cell(3100), 1, -9)).unwrap().percent, 1);
        assert_eq!(read(&answers(0x0012, cell(4200), 100 << 8, 9)).unwrap().percent, 100);
        assert_eq!(read(&answers(0x0012, cell(4200), (110 << 8) - 1, 9)).unwrap().percent, 100);
    }

    #[test]
    fn what_cannot_be_is_unknown_and_never_zero() {
        for (vcell, soc) in [
            (cell(3900), 0xffff),
            (cell(3900), (110 << 8) + 1),
            (0, 50 << 8),
            (0, 0),
            (0xffff, 0xffff),
            (cell(5000), 50 << 8),
            // It has just been switched on, and the cell is not empty.
            (cell(3900), 0),
            (cell(3900), 255),
        ] {
            let battery = read(&answers(0x0012, vcell, soc, 0));
            assert!(matches!(battery, Err(Fault::Nonsense { .. })), "{vcell} {soc}: {battery:?}");
        }
        for version in [0, 0x0003, 0x0020, 0xffff] {
            assert_eq!(read(&answers(version, cell(3900), 50 << 8, 0)), Err(Fault::Stranger(version)));
        }
    }

    #[test]
    fn a_gauge_that_does_not_answer_at_any_step_is_unknown() {
        let nack = ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address);
        for error in [nack, ErrorKind::Bus, ErrorKind::ArbitrationLoss] {
            for step in 0..4 {
                let mut transactions = answers(0x0012, cell(3900), 50 << 8, 0);
                transactions.truncate(step + 1);
                let last = transactions.pop().unwrap();
                transactions.push(last.with_error(error));
                assert_eq!(read(&transactions), Err(Fault::Bus(error)), "{step}");
            }
        }
    }
}
