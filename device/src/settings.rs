//! What a head unit keeps besides rides, in two pages of flash: settings, what it has learned, the network key, the time zone.
//!
//! The newest whole record counts. A record is a block of kind [`Kind::Kept`] and is written behind the one before; a page that
//! is full leaves its records where they are until the other page holds a newer one. So a power cut at any moment leaves either
//! the old record or the new.

use crate::journal::PAGE;
use embedded_storage_async::nor_flash::NorFlash;
use serde::{Deserialize, Serialize};
use sling_core::head_unit::{Config, State};
use sling_core::log::ride::{HEAD, Kind, MAX_BLOCK, Sealed};

/// Pages that take turns.
const PAGES: u32 = 2;
/// The version of the record. Another one is not understood, and what was kept is as if it were not there.
const VERSION: u8 = 1;

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The head unit's settings, with its sensors.
    pub config: Config,
    /// What it has learned of the rider.
    pub state: State,
    /// The ANT+ network key, which is the user's own.
    pub key: Option<[u8; 8]>,
}

/// Why settings were not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepError<E> {
    /// They could not be read back, on both pages.
    Worn,
    /// They are longer than a record.
    TooLong,
    /// The flash has fewer than two pages of [`PAGE`] bytes, or longer words than four.
    Geometry,
    /// The flash failed.
    Flash(E),
}

impl<E> From<E> for KeepError<E> {
    fn from(error: E) -> Self {
        Self::Flash(error)
    }
}

/// Two pages of a flash that hold what is kept.
pub struct Settings<'a, F> {
    flash: F,
    bytes: &'a mut [u8; MAX_BLOCK],
    /// The page that is written to, and how many of its bytes are used.
    current: (u32, usize),
    number: u32,
}

impl<'a, F: NorFlash> Settings<'a, F> {
    /// Looks for the newest record; what it holds, or `None` if there is none that can be read. `bytes` is where records are made.
    pub async fn open(flash: F, bytes: &'a mut [u8; MAX_BLOCK]) -> Result<(Self, Option<Kept>), KeepError<F::Error>> {
        let fits = |size: usize, whole: usize| size != 0 && whole.is_multiple_of(size);
        if flash.capacity() < PAGES as usize * PAGE
            || !fits(F::ERASE_SIZE, PAGE)
            || !fits(F::WRITE_SIZE, 4)
            || !fits(F::READ_SIZE, 4)
        {
            return Err(KeepError::Geometry);
        }
        // A page that was never looked at counts as full: it is erased before it is used.
        let mut settings = Self { flash, bytes, current: (PAGES - 1, PAGE), number: 0 };
        let mut kept = None;
        for page in 0..PAGES {
            if let Some(found) = settings.look(page).await? {
                kept = found;
            }
        }
        Ok((settings, kept))
    }

    /// Looks at a page's records; what the newest holds, if it is newer than what was found before.
    async fn look(&mut self, page: u32) -> Result<Option<Option<Kept>>, KeepError<F::Error>> {
        let (mut offset, mut found) = (0, None);
        while offset < PAGE {
            let bytes = self.bytes.get_mut(..MAX_BLOCK.min(PAGE - offset)).unwrap_or_default();
            self.flash.read(page * PAGE as u32 + offset as u32, bytes).await?;
            // Records stand one after the other: what is blank for so long is blank to the end.
            if bytes.iter().all(|&byte| byte == 0xFF) {
                break;
            }
            let Some(block) = Sealed::read(bytes) else {
                offset += 4;
                continue;
            };
            if let Some(payload) = block.payload(Kind::Kept)
                && block.number >= self.number
            {
                self.number = block.number.saturating_add(1);
                found = Some(match payload.split_first() {
                    Some((&VERSION, bytes)) => postcard::from_bytes(bytes).ok(),
                    _ => None,
                });
            }
            offset += block.bytes.len();
        }
        if found.is_some() {
            self.current = (page, offset);
        }
        Ok(found)
    }

    /// Makes the record of what is to be kept; its length. It is not in the flash yet.
    pub fn make(&mut self, kept: &Kept) -> Result<usize, KeepError<F::Error>> {
        let room = self.bytes.get_mut(HEAD + 1..).unwrap_or_default();
        let length = postcard::to_slice(kept, room).map_err(|_| KeepError::TooLong)?.len();
        if let Some(version) = self.bytes.get_mut(HEAD) {
            *version = VERSION;
        }
        Ok(1 + length)
    }

    /// Keeps the record of this length that was made last. When this returns, it is there after a power cut.
    pub async fn keep(&mut self, length: usize) -> Result<(), KeepError<F::Error>> {
        let block = Sealed::of(Kind::Kept, self.bytes, length, 0, self.number).ok_or(KeepError::TooLong)?;
        for _ in 0..=PAGES {
            let (page, used) = self.current;
            if used + block.bytes.len() > PAGE {
                let next = (page + 1) % PAGES;
                self.flash.erase(next * PAGE as u32, (next + 1) * PAGE as u32).await?;
                self.current = (next, 0);
                continue;
            }
            let offset = page * PAGE as u32 + used as u32;
            self.current.1 += block.bytes.len();
            self.flash.write(offset, block.bytes).await?;
            if stands(&mut self.flash, offset, block.bytes).await? {
                self.number = self.number.saturating_add(1);
                return Ok(());
            }
            // What does not stand here is left alone; the other page is next.
            self.current.1 = PAGE;
        }
        Err(KeepError::Worn)
    }

    /// Gives the flash back.
    pub fn into_flash(self) -> F {
        self.flash
    }
}

/// Whether the flash holds `bytes` at `offset`.
async fn stands<F: NorFlash>(flash: &mut F, offset: u32, bytes: &[u8]) -> Result<bool, F::Error> {
    let mut read = [0; 64];
    let mut at = offset;
    for part in bytes.chunks(read.len()) {
        let read = read.get_mut(..part.len()).unwrap_or_default();
        flash.read(at, read).await?;
        if read != part {
            return Ok(false);
        }
        at += part.len() as u32;
    }
    Ok(true)
}
