//! What a head unit keeps besides rides survives a power cut at any write.

use embassy_futures::block_on;
use embedded_storage_async::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};
use sling_core::head_unit::Config;
use sling_core::log::ride::MAX_BLOCK;
use sling_device::journal::PAGE;
use sling_device::settings::{Kept, Settings};

/// A flash whose power goes away in the middle of the operation with a number, after some of its bytes.
#[derive(Clone)]
struct Nor {
    bytes: Vec<u8>,
    cut: Option<(usize, usize)>,
    operations: usize,
}

#[derive(Debug)]
struct PowerCut;

impl NorFlashError for PowerCut {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl ErrorType for Nor {
    type Error = PowerCut;
}

impl ReadNorFlash for Nor {
    const READ_SIZE: usize = 1;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), PowerCut> {
        bytes.copy_from_slice(&self.bytes[offset as usize..][..bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl Nor {
    /// How many bytes of the next operation are done.
    fn done(&mut self, length: usize) -> usize {
        self.operations += 1;
        match self.cut {
            Some((at, bytes)) if at + 1 == self.operations => bytes.min(length),
            Some((at, _)) if at < self.operations => 0,
            _ => length,
        }
    }
}

impl NorFlash for Nor {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = PAGE;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), PowerCut> {
        let length = (to - from) as usize;
        let done = self.done(length);
        self.bytes[from as usize..][..done].fill(0xFF);
        if done < length { Err(PowerCut) } else { Ok(()) }
    }

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), PowerCut> {
        let done = self.done(bytes.len());
        for (cell, byte) in self.bytes[offset as usize..].iter_mut().zip(&bytes[..done]) {
            *cell &= byte;
        }
        if done < bytes.len() { Err(PowerCut) } else { Ok(()) }
    }
}

fn kept(n: u16) -> Kept {
    Kept { config: Config { wheel_mm: 1000 + n, ..Config::DEFAULT }, key: Some([n as u8; 8]), ..Kept::default() }
}

/// Keeps numbers until the power goes; the last that was acknowledged, and the flash.
fn keep(flash: Nor, numbers: std::ops::Range<u16>) -> (Option<u16>, Nor) {
    let mut room = [0; MAX_BLOCK];
    let (mut settings, _) = block_on(Settings::open(flash, &mut room)).unwrap();
    let mut last = None;
    for n in numbers {
        let length = settings.make(&kept(n)).unwrap();
        if block_on(settings.keep(length)).is_err() {
            break;
        }
        last = Some(n);
    }
    (last, settings.into_flash())
}

fn found(flash: Nor) -> Option<Kept> {
    let mut room = [0; MAX_BLOCK];
    let (_, kept) = block_on(Settings::open(flash, &mut room)).unwrap();
    kept
}

fn blank() -> Nor {
    Nor { bytes: vec![0xFF; 2 * PAGE], cut: None, operations: 0 }
}

#[test]
fn the_newest_counts_over_many_changes_and_what_was_there_before_does_no_harm() {
    for fill in [0xFF, 0x00, 0x53] {
        let flash = Nor { bytes: vec![fill; 2 * PAGE], ..blank() };
        assert_eq!(found(flash.clone()), None);
        let (last, flash) = keep(flash, 0..500);
        assert_eq!((last, found(flash)), (Some(499), Some(kept(499))), "{fill:#x}");
    }
}

#[test]
fn a_power_cut_at_any_byte_leaves_the_old_or_the_new() {
    let (before, flash) = keep(blank(), 0..400);
    let operations = flash.operations;
    // Enough to go through both pages again.
    for operation in 0..120 {
        for bytes in [0, 1, 3, 4, 15, 16, 17, 40, 63, 64, 100, 4095] {
            let cut = Some((operations + operation, bytes));
            let (last, torn) = keep(Nor { cut, ..flash.clone() }, 400..600);
            let newest = last.or(before).unwrap();
            let torn = Nor { cut: None, ..torn };
            let read = found(torn.clone()).expect("something is kept");
            assert!(read == kept(newest) || read == kept(newest + 1), "operation {operation}, {bytes} bytes");
            // And it goes on.
            let (last, flash) = keep(torn, 700..720);
            assert_eq!((last, found(flash)), (Some(719), Some(kept(719))));
        }
    }
}
