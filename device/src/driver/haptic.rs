//! The vibration motor: TI's DRV2605L on I²C, which knows how to start and brake one.
//!
//! Core's rhythms are played in real-time playback (RTP): the register 0x02 says how strongly the motor runs now, in
//! signed values of which 0x7f is all and 0 lets it brake. The chip's own library of effects is not used: a rhythm
//! has to feel alike on every motor, and core has the only list of them. Registers: datasheet SLOS854D, section 8.6.
//!
//! An LRA runs in closed loop at its own resonance. An ERM runs in closed loop once it has been
//! [calibrated](Haptic::calibrate) and in open loop before, because the loop needs to know the motor's back-EMF.
//!
//! **Every cue stands alone.** Before it the chip's identity is read and its settings are written, which takes a
//! millisecond; after it the flags of over-temperature and over-current are read, and whether the chip is still in
//! the mode it was put into. So a chip that lost its supply for a moment plays the next cue, and a cue that was not
//! felt is told as such. Between cues the chip is in standby.
//!
//! The crate drv2605-async (0.1.0) was looked at and not taken: it can set up an open-loop ERM and nothing else, its
//! writing of registers is private, and what is needed here are eleven registers.
//!
//! A call that is given up while the motor runs leaves it running until [`Haptic::stop`] or the next cue.

use super::Timer;
use embedded_hal_async::i2c::{self, Error as _, I2c};
use sling_core::alert::GAP_MS;
use sling_core::head_unit::CueRequest;
use sling_core::time::Duration;

/// The address on the bus.
pub const ADDRESS: u8 = 0x5a;
/// After the last pulse the motor is braked for this long before standby, milliseconds. To be checked on hardware.
pub const BRAKE_MS: u32 = 60;
/// A calibration that has not ended by then does not end, milliseconds. It takes 1.2 s at most (section 8.5.6).
pub const CALIBRATES_WITHIN_MS: u32 = 2000;

const STATUS: u8 = 0x00;
const MODE: u8 = 0x01;
const RTP: u8 = 0x02;
const GO: u8 = 0x0c;
const RATED_VOLTAGE: u8 = 0x16;
const COMPENSATION: u8 = 0x18;
const FEEDBACK: u8 = 0x1a;

const OVER_CURRENT: u8 = 0x01;
const OVER_TEMPERATURE: u8 = 0x02;
const DIAGNOSTIC_FAILED: u8 = 0x08;

const STANDBY: u8 = 0x40;
const PLAYS_RTP: u8 = 0x05;
const CALIBRATES: u8 = 0x07;

/// Feedback control: brake factor 4, loop gain medium, as after power-on; LRA in the highest bit, gain in the lowest
/// two.
const FEEDBACK_BASE: u8 = 0x34;
const LRA: u8 = 0x80;
const GAIN: u8 = 0x03;
const GAIN_DEFAULT: u8 = 0x02;
/// Control 1: boost at the start; the lowest five bits are the drive time.
const CONTROL1: u8 = 0x80;
const DRIVE_TIME_DEFAULT: u8 = 0x13;
/// Control 2, as after power-on: input in both directions.
const CONTROL2: u8 = 0xf5;
/// Control 3: noise gate 4 %, RTP signed.
const CONTROL3: u8 = 0x80;
const ERM_OPEN_LOOP: u8 = 0x20;

/// Stopping is tried so often: a motor that goes on is worse than one that is not felt.
const STOPS: usize = 3;

/// What is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actuator {
    /// Linear resonant actuator.
    Lra {
        /// Its resonance, of its datasheet.
        hz: u16,
    },
    /// Eccentric rotating mass.
    Erm,
}

/// What an [automatic calibration](Haptic::calibrate) found out about the motor, to be kept for the next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calibration {
    /// Register 0x18.
    pub compensation: u8,
    /// Register 0x19.
    pub back_emf: u8,
    /// Lowest two bits of register 0x1a.
    pub gain: u8,
}

/// The motor of a board. The two voltages follow from the motor's datasheet by the formulas of sections 8.5.2.1 and
/// 8.5.2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Motor {
    /// What it is.
    pub actuator: Actuator,
    /// Register 0x16.
    pub rated_voltage: u8,
    /// Register 0x17; of an ERM in open loop, what 100 % is.
    pub clamp_voltage: u8,
    /// `None` if it was never calibrated.
    pub calibration: Option<Calibration>,
}

/// Why a cue was not felt, or not surely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bus, or nobody at this address.
    Bus(i2c::ErrorKind),
    /// Another part: its status register.
    Stranger(u8),
    /// The chip switched its output off because the motor's impedance is too low: a short.
    OverCurrent,
    /// The chip was too hot.
    OverTemperature,
    /// The chip left its mode: it lost its supply.
    Reset,
    /// The motor is not there, shorted or not one that it was said to be.
    NotCalibrated,
}

/// The motor driver on its bus.
pub struct Haptic<I2C> {
    i2c: I2C,
    motor: Motor,
}

impl<I2C: I2c> Haptic<I2C> {
    /// A motor on this bus. The chip's EN is high.
    pub const fn new(i2c: I2C, motor: Motor) -> Self {
        Self { i2c, motor }
    }

    /// Plays the pulses of a cue; whether there were any, which is not so at volume off. This is what
    /// `Input::CueDelivery` has as `haptic`, with `false` for every fault. The silence after a rhythm is the caller's.
    pub async fn play(&mut self, cue: &CueRequest, timer: &impl Timer) -> Result<bool, Fault> {
        let pulses = cue.cue.rhythm().pulses;
        if pulses.iter().all(|pulse| cue.pulse_percent(*pulse) == 0) {
            return Ok(false);
        }
        // Each part begins when it is due from the beginning: what the bus takes does not add up.
        let mut at = timer.now();
        let played = async {
            self.set_up(PLAYS_RTP).await?;
            for (i, pulse) in pulses.iter().enumerate() {
                if i > 0 {
                    at = at + Duration::from_ms(u32::from(GAP_MS));
                    timer.until(at).await;
                }
                self.write(&[RTP, level(cue.pulse_percent(*pulse))]).await?;
                at = at + Duration::from_ms(u32::from(pulse.ms()));
                timer.until(at).await;
                self.write(&[RTP, 0]).await?;
            }
            timer.until(at + Duration::from_ms(BRAKE_MS)).await;
            self.verdict().await
        }
        .await;
        let stopped = self.stop().await;
        played.and(stopped).map(|()| true)
    }

    /// Stops the motor and sends the chip into standby.
    pub async fn stop(&mut self) -> Result<(), Fault> {
        let mut stopped = Ok(());
        for _ in 0..STOPS {
            // Mode and value follow each other.
            stopped = self.write(&[MODE, STANDBY | PLAYS_RTP, 0]).await;
            if stopped.is_ok() {
                break;
            }
        }
        stopped
    }

    /// Lets the chip find out about the motor, which vibrates for about a second meanwhile and has to be mounted as it
    /// will be. From then on the result is used.
    pub async fn calibrate(&mut self, timer: &impl Timer) -> Result<Calibration, Fault> {
        let calibrated = self.calibration(timer).await;
        let stopped = self.stop().await;
        let calibration = calibrated?;
        stopped?;
        self.motor.calibration = Some(calibration);
        Ok(calibration)
    }

    async fn calibration(&mut self, timer: &impl Timer) -> Result<Calibration, Fault> {
        self.motor.calibration = None;
        self.set_up(CALIBRATES).await?;
        self.write(&[GO, 1]).await?;
        let end = timer.now() + Duration::from_ms(CALIBRATES_WITHIN_MS);
        loop {
            timer.until(timer.now() + Duration::from_ms(50)).await;
            let [go] = self.read(GO).await?;
            if go & 1 == 0 {
                break;
            }
            if timer.now() >= end {
                return Err(Fault::NotCalibrated);
            }
        }
        let [status] = self.read(STATUS).await?;
        flags(status)?;
        if status & DIAGNOSTIC_FAILED != 0 {
            return Err(Fault::NotCalibrated);
        }
        let [compensation, back_emf, feedback] = self.read(COMPENSATION).await?;
        Ok(Calibration { compensation, back_emf, gain: feedback & GAIN })
    }

    /// Who is there, its settings, and its mode with the motor at rest. Reading the status takes away old flags.
    async fn set_up(&mut self, mode: u8) -> Result<(), Fault> {
        let [status] = self.read(STATUS).await?;
        // DRV2605 and DRV2605L.
        if !matches!(status >> 5, 3 | 7) {
            return Err(Fault::Stranger(status));
        }
        let Motor { actuator, rated_voltage, clamp_voltage, calibration } = self.motor;
        let (lra, drive_time) = match actuator {
            Actuator::Lra { hz } => (LRA, drive_time(hz)),
            Actuator::Erm => (0, DRIVE_TIME_DEFAULT),
        };
        let gain = calibration.map_or(GAIN_DEFAULT, |it| it.gain & GAIN);
        let feedback = FEEDBACK_BASE | lra | gain;
        // An ERM to be calibrated is in closed loop too (section 8.5.6).
        let is_open = actuator == Actuator::Erm && calibration.is_none() && mode != CALIBRATES;
        let control3 = if is_open { CONTROL3 | ERM_OPEN_LOOP } else { CONTROL3 };
        self.write(&[MODE, STANDBY | mode, 0]).await?;
        self.write(&[RATED_VOLTAGE, rated_voltage, clamp_voltage]).await?;
        if let Some(Calibration { compensation, back_emf, .. }) = calibration {
            self.write(&[COMPENSATION, compensation, back_emf]).await?;
        }
        self.write(&[FEEDBACK, feedback, CONTROL1 | drive_time, CONTROL2, control3]).await?;
        self.write(&[MODE, mode]).await
    }

    /// Whether the pulses were what they should be.
    async fn verdict(&mut self) -> Result<(), Fault> {
        let [status, mode] = self.read(STATUS).await?;
        flags(status)?;
        if mode == PLAYS_RTP { Ok(()) } else { Err(Fault::Reset) }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.i2c.write(ADDRESS, bytes).await.map_err(|error| Fault::Bus(error.kind()))
    }

    async fn read<const N: usize>(&mut self, register: u8) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        self.i2c.write_read(ADDRESS, &[register], &mut bytes).await.map_err(|error| Fault::Bus(error.kind()))?;
        Ok(bytes)
    }
}

fn flags(status: u8) -> Result<(), Fault> {
    if status & OVER_TEMPERATURE != 0 {
        Err(Fault::OverTemperature)
    } else if status & OVER_CURRENT != 0 {
        Err(Fault::OverCurrent)
    } else {
        Ok(())
    }
}

/// RTP of a strength in percent.
const fn level(percent: u8) -> u8 {
    let percent = if percent > 100 { 100 } else { percent };
    (percent as u16 * 0x7f / 100) as u8
}

/// Half a period of the resonance, in 0.1 ms above 0.5 ms (section 8.6, register 0x1b).
const fn drive_time(hz: u16) -> u8 {
    let tenths = 5000 / if hz == 0 { 1 } else { hz };
    let time = tenths.saturating_sub(5);
    if time > 0x1f { 0x1f } else { time as u8 }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Clock, NACK, Part, Wires};
    use super::*;
    extern crate std;
    use embassy_futures::block_on;
    use sling_core::alert::{Cue, Level, Volume};
    use sling_core::time::Instant;
    use std::vec::Vec;

    /// A DRV2605L with a motor.
    struct Chip {
        registers: [u8; 0x23],
        /// When the motor's drive changed, and to what.
        drive: Vec<(u64, i8)>,
        /// What the motor does to the status while it runs.
        flags: u8,
        /// Loses its supply at the first pulse that begins after this.
        dies_at: Option<u64>,
        calibrates_until: Option<Instant>,
        never_ends: bool,
    }

    impl Chip {
        fn new() -> Self {
            let mut chip = Self {
                registers: [0; 0x23],
                drive: Vec::new(),
                flags: 0,
                dies_at: None,
                calibrates_until: None,
                never_ends: false,
            };
            chip.reset();
            chip
        }

        fn reset(&mut self) {
            self.registers = [0; 0x23];
            let defaults = [(0, 0xe0), (1, 0x40), (0x16, 0x3e), (0x17, 0x8c), (0x18, 0x0c), (0x19, 0x6c), (0x1a, 0x36)];
            for (register, value) in defaults {
                self.registers[register] = value;
            }
            self.registers[0x1b..0x1e].copy_from_slice(&[0x93, 0xf5, 0xa0]);
        }

        fn driven(&self) -> i8 {
            if self.registers[1] == PLAYS_RTP { self.registers[2] as i8 } else { 0 }
        }
    }

    impl Part for Chip {
        const ADDRESS: u8 = ADDRESS;

        fn write(&mut self, register: u8, bytes: &[u8], now: Instant) {
            let before = self.driven();
            if self.dies_at.is_some_and(|at| now.as_ms() >= at) {
                self.dies_at = None;
                self.reset();
            }
            for (at, byte) in (usize::from(register)..).zip(bytes) {
                assert!(at != 0, "the status is for reading");
                self.registers[at] = *byte;
                if at == 0x0c && *byte == 1 {
                    assert_eq!(self.registers[1], CALIBRATES);
                    assert_eq!(self.registers[0x1d] & ERM_OPEN_LOOP, 0);
                    self.calibrates_until = Some(now + Duration::from_ms(1100));
                }
            }
            let after = self.driven();
            if after != before {
                self.drive.push((now.as_ms(), after));
                if after > 0 {
                    self.registers[0] |= self.flags;
                }
            }
        }

        fn read(&mut self, register: u8, into: &mut [u8], now: Instant) {
            if self.calibrates_until.is_some_and(|end| now >= end) && !self.never_ends {
                self.calibrates_until = None;
                self.registers[0x0c] = 0;
                self.registers[0] |= self.flags;
                self.registers[0x18..0x1a].copy_from_slice(&[0x11, 0x77]);
                self.registers[0x1a] = (self.registers[0x1a] & !GAIN) | 1;
            }
            for (at, byte) in (usize::from(register)..).zip(into) {
                *byte = self.registers[at];
                if at == 0 {
                    self.registers[0] &= 0xe0;
                }
            }
        }
    }

    const MOTOR: Motor =
        Motor { actuator: Actuator::Lra { hz: 175 }, rated_voltage: 0x50, clamp_voltage: 0x90, calibration: None };

    fn cue(cue: Cue, level: Level, haptic: Volume) -> CueRequest {
        CueRequest { id: 7, cue, level, haptic, beep: Volume::Normal }
    }

    fn bench() -> (Haptic<Wires<Chip>>, Wires<Chip>, Clock) {
        let clock = Clock::at(1000);
        let wires = Wires::new(Chip::new(), &clock);
        (Haptic::new(wires.clone(), MOTOR), wires, clock)
    }

    #[test]
    fn every_cue_is_played_as_core_says_and_ends_in_standby() {
        for &it in Cue::ALL {
            for (level, volume) in [(Level::Info, Volume::Low), (Level::Warning, Volume::Normal)] {
                let (mut haptic, wires, clock) = bench();
                let request = cue(it, level, volume);
                assert_eq!(block_on(haptic.play(&request, &clock)), Ok(true));
                let mut expected = Vec::new();
                let mut at = 1000;
                for pulse in it.rhythm().pulses {
                    let strength = (f32::from(request.pulse_percent(*pulse)) * 1.27) as i8;
                    assert!(strength > 0);
                    expected.extend([(at, strength), (at + u64::from(pulse.ms()), 0)]);
                    at += u64::from(pulse.ms() + GAP_MS);
                }
                let chip = wires.part.borrow();
                assert_eq!(chip.drive.len(), expected.len());
                for (is, should) in chip.drive.iter().zip(&expected) {
                    assert!(is.1 == should.1 && (should.0..=should.0 + 2).contains(&is.0), "{is:?} {should:?}");
                }
                assert_eq!(chip.registers[1] & STANDBY, STANDBY);
                assert_eq!(chip.registers[2], 0);
            }
        }
    }

    #[test]
    fn settings_are_of_the_motor() {
        let (mut haptic, wires, clock) = bench();
        block_on(haptic.play(&cue(Cue::Lap, Level::Info, Volume::Normal), &clock)).unwrap();
        let registers = wires.part.borrow().registers;
        assert_eq!(registers[0x16..0x18], [0x50, 0x90]);
        // 175 Hz: half a period is 2.8 ms.
        assert_eq!(registers[0x1a..0x1e], [0xb6, 0x80 | 0x17, 0xf5, 0x80]);
        let mut erm = Haptic::new(wires.clone(), Motor { actuator: Actuator::Erm, ..MOTOR });
        block_on(erm.play(&cue(Cue::Lap, Level::Info, Volume::Normal), &clock)).unwrap();
        assert_eq!(wires.part.borrow().registers[0x1a..0x1e], [0x36, 0x93, 0xf5, 0xa0], "open loop");
        assert_eq!([0, 1, 160, 205, 5000, u16::MAX].map(drive_time), [31, 31, 26, 19, 0, 0]);
        assert_eq!([0, 50, 100, 255].map(level), [0, 63, 127, 127]);
    }

    #[test]
    fn off_is_no_fault_and_not_felt() {
        let (mut haptic, wires, clock) = bench();
        assert_eq!(block_on(haptic.play(&cue(Cue::Lap, Level::Warning, Volume::Off), &clock)), Ok(false));
        assert_eq!(wires.transactions.get(), 0);
    }

    #[test]
    fn a_short_and_heat_are_told_once() {
        for (flags, fault) in [(1, Fault::OverCurrent), (2, Fault::OverTemperature), (3, Fault::OverTemperature)] {
            let (mut haptic, wires, clock) = bench();
            wires.part.borrow_mut().flags = flags;
            let request = cue(Cue::SensorLost, Level::Info, Volume::Normal);
            assert_eq!(block_on(haptic.play(&request, &clock)), Err(fault));
            assert_eq!(wires.part.borrow().registers[1] & STANDBY, STANDBY);
            // The flag of the last cue is not told of the next.
            wires.part.borrow_mut().flags = 0;
            wires.part.borrow_mut().registers[0] |= flags;
            assert_eq!(block_on(haptic.play(&request, &clock)), Ok(true));
        }
    }

    #[test]
    fn a_chip_that_lost_its_supply_is_noticed_and_plays_the_next_cue() {
        let (mut haptic, wires, clock) = bench();
        wires.part.borrow_mut().dies_at = Some(1200);
        let request = cue(Cue::CalfOverload, Level::Warning, Volume::Normal);
        assert_eq!(block_on(haptic.play(&request, &clock)), Err(Fault::Reset));
        wires.part.borrow_mut().reset();
        wires.part.borrow_mut().drive.clear();
        assert_eq!(block_on(haptic.play(&request, &clock)), Ok(true));
        assert_eq!(wires.part.borrow().drive.len(), 4);
        assert_eq!(wires.part.borrow().registers[0x16..0x18], [0x50, 0x90]);
    }

    #[test]
    fn whatever_transaction_fails_is_told_and_the_motor_is_stopped_if_it_can_be() {
        let request = cue(Cue::SensorLost, Level::Info, Volume::Normal);
        let (mut haptic, wires, clock) = bench();
        block_on(haptic.play(&request, &clock)).unwrap();
        let all = wires.transactions.get();
        for works in 0..all {
            // The bus fails for good.
            let (mut haptic, wires, clock) = bench();
            wires.works.set(Some(works));
            assert_eq!(block_on(haptic.play(&request, &clock)), Err(Fault::Bus(NACK)), "{works}");
            wires.works.set(None);
            assert_eq!(block_on(haptic.play(&request, &clock)), Ok(true));
            assert_eq!(wires.part.borrow().driven(), 0);
        }
        let (mut haptic, wires, clock) = bench();
        wires.part.borrow_mut().registers[0] = 0x00;
        assert_eq!(block_on(haptic.play(&request, &clock)), Err(Fault::Stranger(0)));
        assert_eq!(wires.part.borrow().drive, []);
    }

    #[test]
    fn a_calibration_is_kept_and_used() {
        let (_, wires, clock) = bench();
        let mut haptic = Haptic::new(wires.clone(), Motor { actuator: Actuator::Erm, ..MOTOR });
        let found = Calibration { compensation: 0x11, back_emf: 0x77, gain: 1 };
        assert_eq!(block_on(haptic.calibrate(&clock)), Ok(found));
        wires.part.borrow_mut().reset();
        block_on(haptic.play(&cue(Cue::Lap, Level::Info, Volume::Normal), &clock)).unwrap();
        let registers = wires.part.borrow().registers;
        assert_eq!(registers[0x18..0x1e], [0x11, 0x77, 0x35, 0x93, 0xf5, 0x80], "closed loop");
    }

    #[test]
    fn a_calibration_that_fails_or_does_not_end_is_told() {
        for (flags, never_ends, fault) in
            [(8, false, Fault::NotCalibrated), (0, true, Fault::NotCalibrated), (1, false, Fault::OverCurrent)]
        {
            let (mut haptic, wires, clock) = bench();
            wires.part.borrow_mut().flags = flags;
            wires.part.borrow_mut().never_ends = never_ends;
            assert_eq!(block_on(haptic.calibrate(&clock)), Err(fault));
            assert!(clock.now().as_ms() < 1000 + 2500);
            assert_eq!(wires.part.borrow().registers[1] & STANDBY, STANDBY);
        }
    }
}
