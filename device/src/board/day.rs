//! The time of day over a reset: a few words in RAM that a reset does not clear.

use core::mem::MaybeUninit;
use core::ptr::addr_of_mut;
use sling_device::body::TimeOfDay;

const MAGIC: u32 = 0x534C_4459;

#[derive(Clone, Copy)]
#[repr(C)]
struct Report {
    magic: u32,
    offset_min: i32,
    unix_s: u64,
    check: u64,
}

impl Report {
    fn sum(&self) -> u64 {
        u64::from(self.magic) ^ self.unix_s.rotate_left(13) ^ u64::from(self.offset_min.cast_unsigned()).rotate_left(37)
    }
}

#[unsafe(link_section = ".uninit.DAY")]
static mut DAY: MaybeUninit<Report> = MaybeUninit::uninit();

fn write(report: Report) {
    // SAFETY: plain words, of which every pattern is a report. It is written right before a reset, and taken before anything
    // else runs.
    unsafe { addr_of_mut!(DAY).cast::<Report>().write_volatile(report) }
}

/// Leaves the time of day for who starts next, right before a reset.
pub fn leave(time: Option<TimeOfDay>) {
    if let Some(TimeOfDay { unix_s, offset_min }) = time {
        let mut report = Report { magic: MAGIC, offset_min: offset_min.into(), unix_s, check: 0 };
        report.check = report.sum();
        write(report);
    }
}

/// What was left, once.
pub fn take() -> Option<TimeOfDay> {
    // SAFETY: as above.
    let report = unsafe { addr_of_mut!(DAY).cast::<Report>().read_volatile() };
    write(Report { magic: 0, offset_min: 0, unix_s: 0, check: 0 });
    let is_true = report.magic == MAGIC && report.check == report.sum();
    is_true.then_some(TimeOfDay { unix_s: report.unix_s, offset_min: report.offset_min as i16 })
}
