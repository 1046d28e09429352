//! Parts that are files of the machine that emulates: flashes, and what goes over the wires to display, motor and beeper.

use crate::board::clock::HeadUnitClock;
use core::cell::RefCell;
use core::ffi::CStr;
use critical_section::Mutex;
use embedded_hal::digital::{ErrorType as PinErrorType, OutputPin};
use embedded_hal_async::delay::DelayNs;
use embedded_hal_async::i2c::{ErrorType as I2cErrorType, I2c, Operation};
use embedded_hal_async::spi::{ErrorType as SpiErrorType, SpiBus};
use embedded_storage_async::nor_flash::{
    ErrorType as FlashErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use semihosting::fs::File;
use semihosting::io::{Read, Seek, SeekFrom, Write};
use sling_device::driver::Timer;
use sling_device::driver::piezo::Tone;
use sling_device::journal::PAGE;

/// A flash in a file, which is as large as the file. A write clears bits and sets none.
pub struct FileFlash {
    file: File,
    capacity: usize,
}

/// The file failed.
#[derive(Debug)]
pub struct FileError;

impl NorFlashError for FileError {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl FileFlash {
    /// The flash in the file of this name, which has to be there.
    pub fn open(name: &CStr) -> Option<Self> {
        let mut file = File::options().read(true).write(true).open(name).ok()?;
        let capacity = usize::try_from(file.seek(SeekFrom::End(0)).ok()?).ok()?;
        Some(Self { file, capacity })
    }

    fn at(&mut self, offset: u32) -> Result<&mut File, FileError> {
        self.file.seek(SeekFrom::Start(u64::from(offset))).map_err(|_| FileError)?;
        Ok(&mut self.file)
    }
}

impl FlashErrorType for FileFlash {
    type Error = FileError;
}

impl ReadNorFlash for FileFlash {
    const READ_SIZE: usize = 1;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FileError> {
        self.at(offset)?.read_exact(bytes).map_err(|_| FileError)
    }

    fn capacity(&self) -> usize {
        self.capacity
    }
}

impl NorFlash for FileFlash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = PAGE;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), FileError> {
        const BLANK: [u8; 256] = [0xFF; 256];
        let file = self.at(from)?;
        for _ in (from..to).step_by(BLANK.len()) {
            file.write_all(&BLANK).map_err(|_| FileError)?;
        }
        Ok(())
    }

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FileError> {
        let mut at = offset;
        for part in bytes.chunks(64) {
            let mut cells = [0; 64];
            let cells = cells.get_mut(..part.len()).unwrap_or_default();
            self.at(at)?.read_exact(cells).map_err(|_| FileError)?;
            for (cell, byte) in cells.iter_mut().zip(part) {
                *cell &= byte;
            }
            self.at(at)?.write_all(cells).map_err(|_| FileError)?;
            at += part.len() as u32;
        }
        Ok(())
    }
}

/// What went over the wires, in order: time in ms (u32 LE), which wire (u8), how many bytes (u16 LE), the bytes.
/// A record is written at once, so that one is there or not when the emulator is killed.
static WIRES: Mutex<RefCell<Option<File>>> = Mutex::new(RefCell::new(None));
/// Bytes that fit into a record; longer ones are several.
const RECORD: usize = 128;

/// Bytes to the panel.
const PANEL: u8 = 0;
/// The panel's SCS: its level.
const PANEL_SELECT: u8 = 1;
/// Bytes to the motor's driver.
const MOTOR: u8 = 2;
/// The beeper: hertz and per mille, each u16 LE; of silence both are 0.
const BEEPER: u8 = 3;

/// Opens the file that the wires are written to; false if that is not possible.
pub fn open_wires(name: &CStr) -> bool {
    // The emulator knows no appending: it is gone to the end.
    let there = File::options().read(true).write(true).open(name).or_else(|_| File::create(name));
    let file = there.ok().filter(|mut file| file.seek(SeekFrom::End(0)).is_ok());
    let opened = file.is_some();
    critical_section::with(|cs| *WIRES.borrow(cs).borrow_mut() = file);
    opened
}

fn went(wire: u8, bytes: &[u8]) {
    let [a, b, c, d] = (HeadUnitClock.now().as_ms() as u32).to_le_bytes();
    for part in bytes.chunks(RECORD) {
        let mut record = heapless::Vec::<u8, { RECORD + 7 }>::new();
        let [l0, l1] = (part.len() as u16).to_le_bytes();
        // There is room for both.
        let _ = record.extend_from_slice(&[a, b, c, d, wire, l0, l1]);
        let _ = record.extend_from_slice(part);
        critical_section::with(|cs| {
            if let Some(file) = WIRES.borrow(cs).borrow_mut().as_mut() {
                // The other side sees what is missing.
                let _ = file.write_all(&record);
            }
        });
    }
}

/// The panel's wires.
pub struct PanelBus;

impl SpiErrorType for PanelBus {
    type Error = core::convert::Infallible;
}

impl SpiBus for PanelBus {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        // Nothing is connected that says anything.
        bytes.fill(0);
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        went(PANEL, bytes);
        Ok(())
    }

    async fn transfer(&mut self, read: &mut [u8], write: &[u8]) -> Result<(), Self::Error> {
        read.fill(0);
        SpiBus::write(self, write).await
    }

    async fn transfer_in_place(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        went(PANEL, bytes);
        bytes.fill(0);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// The panel's SCS.
pub struct PanelSelect;

impl PinErrorType for PanelSelect {
    type Error = core::convert::Infallible;
}

impl OutputPin for PanelSelect {
    fn set_low(&mut self) -> Result<(), Self::Error> {
        went(PANEL_SELECT, &[0]);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Self::Error> {
        went(PANEL_SELECT, &[1]);
        Ok(())
    }
}

/// Nobody waits for an emulated wire.
pub struct NoDelay;

impl DelayNs for NoDelay {
    async fn delay_ns(&mut self, _: u32) {}
}

/// A motor's driver, as its registers remember: a DRV2605L that never gets too hot.
pub struct MotorBus {
    registers: [u8; 128],
    at: usize,
}

impl MotorBus {
    /// Switched on.
    pub const fn new() -> Self {
        let mut registers = [0; 128];
        // The identity of the part, in the status register.
        registers[0] = 0xE0;
        registers[1] = 0x40;
        Self { registers, at: 0 }
    }
}

impl I2cErrorType for MotorBus {
    type Error = core::convert::Infallible;
}

impl I2c for MotorBus {
    async fn transaction(&mut self, _: u8, operations: &mut [Operation<'_>]) -> Result<(), Self::Error> {
        for operation in operations {
            match operation {
                Operation::Write(bytes) => {
                    went(MOTOR, bytes);
                    let Some((&first, values)) = bytes.split_first() else { continue };
                    self.at = usize::from(first);
                    for &value in values {
                        if self.at > 0
                            && let Some(register) = self.registers.get_mut(self.at)
                        {
                            *register = value;
                        }
                        self.at += 1;
                    }
                }
                Operation::Read(bytes) => {
                    for byte in bytes.iter_mut() {
                        *byte = self.registers.get(self.at).copied().unwrap_or_default();
                        self.at += 1;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The beeper.
pub struct Beeper;

impl Tone for Beeper {
    type Error = core::convert::Infallible;

    fn sound(&mut self, hz: u16, duty_permille: u16) -> Result<(), Self::Error> {
        let ([h0, h1], [d0, d1]) = (hz.to_le_bytes(), duty_permille.to_le_bytes());
        went(BEEPER, &[h0, h1, d0, d1]);
        Ok(())
    }

    fn silence(&mut self) -> Result<(), Self::Error> {
        went(BEEPER, &[0; 4]);
        Ok(())
    }
}
