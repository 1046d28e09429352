//! What is left of a crash: a few words in RAM that a reset does not clear.

use core::fmt::{self, Write};
use core::mem::MaybeUninit;
use core::ptr::addr_of_mut;
use sling_core::service::MAX_CRASH;

const MAGIC: u32 = 0x534C_4352;
/// So many crashes one after the other, without a minute in between, and the board stays down.
pub const MOST_IN_A_ROW: u32 = 5;

#[derive(Clone, Copy)]
#[repr(C)]
struct Report {
    magic: u32,
    in_a_row: u32,
    length: u32,
    text: [u8; MAX_CRASH],
    check: u32,
}

impl Report {
    fn sum(&self) -> u32 {
        let words = [self.magic, self.in_a_row, self.length].map(u32::to_le_bytes);
        words
            .iter()
            .flatten()
            .chain(&self.text)
            .fold(0x811C_9DC5, |sum: u32, &byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }
}

#[unsafe(link_section = ".uninit.CRASH")]
static mut CRASH: MaybeUninit<Report> = MaybeUninit::uninit();

fn read() -> Option<Report> {
    // SAFETY: plain words, of which every pattern is a report; whether it is a true one says its sum. Whoever writes them does
    // so in thread mode before anything else runs, or never returns.
    let report = unsafe { addr_of_mut!(CRASH).cast::<Report>().read_volatile() };
    (report.magic == MAGIC && report.check == report.sum() && report.length as usize <= MAX_CRASH).then_some(report)
}

fn write(mut report: Report) {
    report.check = report.sum();
    // SAFETY: as above.
    unsafe { addr_of_mut!(CRASH).cast::<Report>().write_volatile(report) }
}

/// The text of the last crash, if the reset that followed it was the last thing that happened to the power.
pub fn text() -> Option<heapless::String<MAX_CRASH>> {
    let report = read().filter(|report| report.length > 0)?;
    let bytes = report.text.get(..report.length as usize)?;
    heapless::String::try_from(core::str::from_utf8(bytes).ok()?).ok()
}

/// How many crashes there were one after the other.
pub fn in_a_row() -> u32 {
    read().map_or(0, |report| report.in_a_row)
}

/// All goes well: crashes are counted anew.
pub fn runs_well() {
    if let Some(report) = read() {
        write(Report { in_a_row: 0, ..report });
    }
}

/// Forgets the text.
pub fn forget() {
    if let Some(report) = read() {
        write(Report { length: 0, ..report });
    }
}

/// Leaves a report.
pub fn leave(what: fmt::Arguments<'_>) {
    let mut text = heapless::String::<MAX_CRASH>::new();
    let mut cut = Cut(&mut text);
    // What is too long is cut.
    let _ = cut.write_fmt(what);
    let mut bytes = [0; MAX_CRASH];
    for (place, byte) in bytes.iter_mut().zip(text.bytes()) {
        *place = byte;
    }
    let in_a_row = in_a_row().saturating_add(1);
    write(Report { magic: MAGIC, in_a_row, length: text.len() as u32, text: bytes, check: 0 });
}

struct Cut<'a>(&'a mut heapless::String<MAX_CRASH>);

impl Write for Cut<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| self.0.push(c)).map_err(|_| fmt::Error)
    }
}
