//! The two flashes: rides in the chip beside the processor, settings in two pages of its own.

use super::radio;
use embassy_nrf::qspi::{self, Qspi};
use embedded_storage_async::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};
use sling_device::journal::PAGE;

/// The Feather's GD25Q16C: 2 MiB.
const RIDES: u32 = 2 << 20;
/// What goes over the bus at once.
const PORTION: usize = 256;
const WORD: usize = 4;
/// Where settings are: boards/nrf52840/memory.x leaves these two pages out.
const SETTINGS: usize = 0xE_B000;
const SETTINGS_SIZE: usize = 2 * PAGE;

/// How the chip is spoken to. One data line does for 55 bytes a second, and needs nothing set in the chip; every chip of this
/// kind knows these two commands.
pub fn chip() -> qspi::Config {
    let mut config = qspi::Config::default();
    config.capacity = RIDES;
    config.frequency = qspi::Frequency::M16;
    config.read_opcode = qspi::ReadOpcode::Fastread;
    config.write_opcode = qspi::WriteOpcode::Pp;
    config
}

/// What the peripherals read and write by themselves has to begin at a whole word.
#[repr(align(4))]
pub struct Aligned(pub [u8; PORTION]);

/// The flash for rides.
pub struct RideFlash {
    chip: Qspi<'static>,
    portion: Aligned,
}

impl RideFlash {
    /// All of the chip.
    pub const fn new(chip: Qspi<'static>) -> Self {
        Self { chip, portion: Aligned([0; PORTION]) }
    }
}

impl ErrorType for RideFlash {
    type Error = qspi::Error;
}

impl ReadNorFlash for RideFlash {
    const READ_SIZE: usize = 4;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        let (mut at, mut rest) = (offset as usize, bytes);
        while !rest.is_empty() {
            // A computer at the cable may ask for bytes from anywhere on, the chip is read by whole words.
            let skipped = at % WORD;
            let length = rest.len().min(PORTION - skipped);
            let (part, later) = rest.split_at_mut(length);
            let words = self.portion.0.get_mut(..(skipped + length).next_multiple_of(WORD)).unwrap_or_default();
            self.chip.read((at - skipped) as u32, words).await?;
            for (to, from) in part.iter_mut().zip(words.iter().skip(skipped)) {
                *to = *from;
            }
            at += length;
            rest = later;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        RIDES as usize
    }
}

impl NorFlash for RideFlash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = PAGE;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        for page in (from..to).step_by(PAGE) {
            self.chip.erase(page).await?;
        }
        Ok(())
    }

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        let mut at = offset;
        for part in bytes.chunks(PORTION) {
            let portion = self.portion.0.get_mut(..part.len()).unwrap_or_default();
            portion.copy_from_slice(part);
            self.chip.write(at, portion).await?;
            at += part.len() as u32;
        }
        Ok(())
    }
}

/// The chip's own flash is not written.
#[derive(Clone, Copy, Debug)]
pub struct NotWritten;

impl NorFlashError for NotWritten {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

/// Two pages of the chip's own flash. Whoever writes there stops the processor, so the radio's library does it between packets.
pub struct OwnFlash;

impl ErrorType for OwnFlash {
    type Error = NotWritten;
}

impl ReadNorFlash for OwnFlash {
    const READ_SIZE: usize = 4;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        let offset = offset as usize;
        if offset.checked_add(bytes.len()).is_none_or(|end| end > SETTINGS_SIZE) {
            return Err(NotWritten);
        }
        for (i, byte) in bytes.iter_mut().enumerate() {
            // SAFETY: the two pages are flash of the chip, which holds nothing else; reading it changes nothing.
            *byte = unsafe { ((SETTINGS + offset + i) as *const u8).read_volatile() };
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        SETTINGS_SIZE
    }
}

impl NorFlash for OwnFlash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = PAGE;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        if to as usize > SETTINGS_SIZE {
            return Err(NotWritten);
        }
        let at = SETTINGS as u32;
        radio::change(radio::Change::Erase { from: at + from, to: at + to }).await
    }

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        if (offset as usize).checked_add(bytes.len()).is_none_or(|end| end > SETTINGS_SIZE) {
            return Err(NotWritten);
        }
        let mut at = SETTINGS as u32 + offset;
        for part in bytes.chunks(PORTION) {
            let mut portion = Aligned([0; PORTION]);
            portion.0.get_mut(..part.len()).unwrap_or_default().copy_from_slice(part);
            radio::change(radio::Change::Write { at, bytes: portion, length: part.len() }).await?;
            at += part.len() as u32;
        }
        Ok(())
    }
}
