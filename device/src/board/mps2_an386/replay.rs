//! Rides an input log and says what the core said, showed and cost on ARM.
//!
//! - **Console**: UART0 of the CMSDK, text out.
//! - **Files and exit**: semihosting; the path of the input log is the first argument after the program's name.
//! - **Instructions**: under `-icount shift=0` an instruction takes a nanosecond of the board's time. SysTick, which
//!   counts the 25 MHz of the core, therefore steps once in [`PER_STEP`] instructions. A check with a loop of known
//!   length says whether this is so.

use super::Console;
use crate::board::stack;
use crate::board::unit::head_unit;
use core::arch::asm;
use core::ffi::CStr;
use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU32, Ordering};
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{SCB, SYST};
use cortex_m_rt::{ExceptionFrame, exception};
use semihosting::experimental::env;
use semihosting::fs::File;
use semihosting::io::{self, Read};
use semihosting::process;
use sling_core::HeadUnit;
use sling_core::head_unit::{ReferenceFrame, RideDigest};
use sling_device::ride::{self, Buffer, Panel, Parts, Sent, Source};
use static_cell::{ConstStaticCell, StaticCell};

/// Instructions in a step of the counter: 1 GHz of instructions by 25 MHz of clock.
const PER_STEP: u64 = 40;
/// The counter's range.
const STEPS: u32 = 1 << 24;
/// Lines of interrupts that the image has.
const INTERRUPTS: usize = 32;
/// How long a path, with the program's name, may be.
const COMMAND_LINE: usize = 256;

static FRAME: ConstStaticCell<ReferenceFrame> = ConstStaticCell::new(ReferenceFrame::new(RideDigest::THEME));
static PANEL: StaticCell<Panel> = StaticCell::new();
static BUFFER: ConstStaticCell<Buffer> = ConstStaticCell::new(Buffer::new());

/// Rides the log that the command line names, prints what came of it, and ends the emulation.
pub fn ride_log() -> ! {
    let mut console = Console::open();
    let _ = writeln!(console, "board mps2-an386");
    let code = match say_ride(&mut console) {
        Ok(()) => 0,
        Err(Failed) => 1,
    };
    let _ = writeln!(console, "exit {code}");
    process::exit(code)
}

/// What went wrong has been said.
struct Failed;

fn say_ride(console: &mut Console) -> Result<(), Failed> {
    let mut say = |text: fmt::Arguments<'_>| {
        let _ = writeln!(console, "{text}");
    };
    let Some(mut log) = open_log(&mut say) else { return Err(Failed) };
    let Some(core) = cortex_m::Peripherals::take() else { return Err(Failed) };
    let count = Counter::start(core.SYST);
    let (known, counted) = check(&count);
    say(format_args!("counter step {PER_STEP} known {known} counted {counted}"));

    let parts = Parts { unit: head_unit(), frame: FRAME.take(), panel: panel(), buffer: BUFFER.take() };
    let before = count.instructions();
    // The counter is read where core is called from: what the stack holds there is not core's.
    let mut outside_core = 0;
    let ridden = ride::ride(&mut log, parts, || {
        outside_core = outside_core.max(stack::depth());
        count.instructions()
    });
    let run = count.instructions() - before;
    match ridden {
        Ok(ridden) => {
            say(format_args!("digest {}", ridden.digest));
            say(format_args!("cut_bytes {}", ridden.cut_bytes));
            let costs = &ridden.costs;
            say(format_args!("instructions sample {}", costs.sample));
            say(format_args!("instructions radio {}", costs.radio));
            say(format_args!("instructions tick {}", costs.tick));
            say(format_args!("instructions step {}", costs.step));
            say(format_args!("instructions context {}", costs.context));
            say(format_args!("instructions other {}", costs.other));
            say(format_args!("instructions update {}", costs.update));
            say(format_args!("instructions chart {}", costs.chart));
            say(format_args!("instructions frame {}", costs.frame));
            say(format_args!("instructions ride {}", costs.total()));
            say(format_args!("instructions run {run}"));
            let Sent { lines, median, p90, most } = ridden.sent;
            let unequal = ridden.unequal;
            say(format_args!("lines sent {lines} median {median} p90 {p90} most {most} unequal {unequal}"));
            say(format_args!("bytes head_unit {} detector {}", size_of::<HeadUnit>(), HeadUnit::DETECTOR_BYTES));
            say(format_args!("stack peak {} outside_core {outside_core} room {}", stack::peak(), stack::room()));
            Ok(())
        }
        Err(error) => {
            say(format_args!("error {error}"));
            Err(Failed)
        }
    }
}

/// Its 4 KB pass through the stack and have left it when the ride begins.
#[inline(never)]
fn panel() -> &'static mut Panel {
    PANEL.init_with(Panel::new)
}

/// The log that the command line names; says why there is none. Its buffers leave the stack before the ride.
#[inline(never)]
fn open_log(say: &mut impl FnMut(fmt::Arguments<'_>)) -> Option<Log> {
    let mut path = [0; COMMAND_LINE + 1];
    let Some(path) = argument(&mut path) else {
        say(format_args!("error no log is named: -semihosting-config enable=on,target=native,arg=sling,arg=PATH"));
        return None;
    };
    match File::open(path) {
        Ok(file) => Some(Log(file)),
        Err(error) => {
            say(format_args!("error opening {}: {error}", path.to_str().unwrap_or("the log")));
            None
        }
    }
}

/// The first argument after the program's name, as a C string in `buffer`. It holds no blank unless it is quoted.
fn argument(buffer: &mut [u8; COMMAND_LINE + 1]) -> Option<&CStr> {
    let arguments = env::args::<COMMAND_LINE>().ok()?;
    let mut arguments = &arguments;
    let path = arguments.nth(1)?.ok()?;
    buffer.get_mut(..path.len())?.copy_from_slice(path.as_bytes());
    CStr::from_bytes_until_nul(buffer).ok().filter(|path| !path.is_empty())
}

/// A file of the machine that emulates.
struct Log(File);

impl Source for Log {
    type Error = io::Error;

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, io::Error> {
        self.0.read(buffer)
    }
}

/// How often the counter has gone through its range.
static ROUNDS: AtomicU32 = AtomicU32::new(0);

#[exception]
fn SysTick() {
    ROUNDS.fetch_add(1, Ordering::Relaxed);
}

/// Counts instructions, [`PER_STEP`] at a time, for 32 bits of rounds.
struct Counter;

impl Counter {
    fn start(mut timer: SYST) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(STEPS - 1);
        timer.clear_current();
        timer.enable_interrupt();
        timer.enable_counter();
        // The first step loads the counter; a reading before it would be one of 0, the end of a round.
        while SYST::get_current() == 0 {}
        Self
    }

    fn instructions(&self) -> u64 {
        let Self = self;
        loop {
            let rounds = ROUNDS.load(Ordering::Relaxed);
            let passed = STEPS - 1 - SYST::get_current();
            // A round that ended while this was read is counted before the next try.
            if !SCB::is_pendst_pending() && ROUNDS.load(Ordering::Relaxed) == rounds {
                return (u64::from(rounds) * u64::from(STEPS) + u64::from(passed)) * PER_STEP;
            }
        }
    }
}

/// How many instructions a loop executes, and how many the counter says.
fn check(count: &Counter) -> (u64, u64) {
    const ROUNDS: u32 = 5_000_000;
    const IN_A_ROUND: u64 = 2;
    let before = count.instructions();
    // SAFETY: counts a register of its own down to zero and touches nothing else but the flags.
    unsafe {
        asm!(
            "2: subs {n}, {n}, #1",
            "bne 2b",
            n = inout(reg) ROUNDS => _,
            options(nomem, nostack),
        );
    }
    (u64::from(ROUNDS) * IN_A_ROUND, count.instructions() - before)
}

/// Says what happened and ends the emulation.
fn fail(what: fmt::Arguments<'_>) -> ! {
    let mut console = Console::open();
    let _ = writeln!(console, "\nerror {what}\nexit 1");
    process::exit(1)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    fail(format_args!("{info}"))
}

/// What the board's own interrupts lead to. None is ever enabled, so each would be one that nobody expects.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [unsafe extern "C" fn(); INTERRUPTS] = {
    unsafe extern "C" {
        fn DefaultHandler();
    }
    [DefaultHandler; INTERRUPTS]
};

// SAFETY: takes over from the runtime for good, never returns, and touches only the console.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    fail(format_args!("hard fault at {:#010x}", frame.pc()))
}

// SAFETY: as above; no other exception is ever enabled.
#[exception]
unsafe fn DefaultHandler(number: i16) -> ! {
    fail(format_args!("exception {number} that nobody expects"))
}
