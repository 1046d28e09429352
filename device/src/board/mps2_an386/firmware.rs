//! The head unit on the emulated board.
//!
//! - **Console**: UART0, text out. **ANT module**: UART1. **Cable**: UART2. **Bluetooth controller**: UART3.
//! - **Flash**: the files `rides.flash` and `settings.flash` in the emulator's folder, which have to be there; **wires** to panel,
//!   motor and beeper: what goes over them is added to `wires.bin`.
//! - **Arguments** after the program's name: `speed=N` lets the board's clock run N times as fast.
//! - **Exit**: 0 off, 1 something was wrong and was said, 3 off to be given another firmware.
//!
//! The body and Bluetooth run in the interrupt of a line that no device has, and interrupt everything but the devices themselves;
//! flash and cable have what they leave.

use super::Console;
use super::clock::{self, TIMER0_LINE};
use super::host::{Beeper, FileFlash, MotorBus, NoDelay, PanelBus, PanelSelect, open_wires};
use super::radio;
use super::uart::{Line, Received, Uart};
use super::watchdog;
use crate::board::clock::{HeadUnitClock, begin_at};
use crate::board::unit::head_unit;
use crate::board::{crash, day, stack};
use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, Ordering};
use cortex_m::peripheral::{NVIC, SCB};
use cortex_m_rt::{ExceptionFrame, exception};
use embassy_executor::Spawner;
use embassy_executor::raw::Executor;
use embassy_futures::block_on;
use embassy_futures::join::join;
use embassy_time::Timer as Alarm;
use semihosting::experimental::env;
use semihosting::process;
use sling_core::HeadUnit;
use sling_core::draw::Theme;
use sling_core::head_unit::ReferenceFrame;
use sling_core::log::ride::{InputBlock, Recorder};
use sling_core::service::{MAX_CRASH, Refusal, Restart};
use sling_core::time::Instant;
use sling_device::body::keeper::{self, Found, Keeper, Room};
use sling_device::body::{Blocks, Body, Exchange, Message, Parts, Start, TimeOfDay};
use sling_device::driver::haptic::{Actuator, Haptic, Motor};
use sling_device::driver::memory_lcd::{MemoryLcd, Mounting, Tied};
use sling_device::driver::{Timer, piezo};
use static_cell::{ConstStaticCell, StaticCell};

/// How long a command line may be.
const COMMAND_LINE: usize = 64;
/// Lines of interrupts that the image has.
const INTERRUPTS: usize = 32;
/// The line that the body runs on: no device has it.
const BODY_LINE: Line = Line(31);
/// Below the devices. The board's controller knows the highest three bits.
const BODY_PRIORITY: u8 = 0x80;
const DEVICE_PRIORITY: u8 = 0x40;
const ANT_LINE: Line = Line(2);
const CABLE_LINE: Line = Line(4);
const CONTROLLER_LINE: Line = Line(18);
/// Life is looked for this often. The body moves twice a second.
const LOOKS_EVERY_S: u64 = 2;
/// What runs for so long without a crash runs well.
const RUNS_WELL_AFTER_S: u64 = 60;
const EXIT_UPDATE: i32 = 3;

static ANT_SAID: Received = Received::new();
static ANT: Uart = Uart::new(0x4000_5000, ANT_LINE, &ANT_SAID);
static CABLE_SAID: Received = Received::new();
static CABLE: Uart = Uart::new(0x4000_6000, CABLE_LINE, &CABLE_SAID);
static CONTROLLER_SAID: Received = Received::new();
static CONTROLLER: Uart = Uart::new(0x4000_7000, CONTROLLER_LINE, &CONTROLLER_SAID);
static ROOM: ConstStaticCell<Room> = ConstStaticCell::new(Room::new());
static BLOCKS: Blocks = Blocks::new();
static EXCHANGE: Exchange = Exchange::new(&BLOCKS);
static FRAME: ConstStaticCell<ReferenceFrame> = ConstStaticCell::new(ReferenceFrame::new(Theme::Day));
/// Made at run time: as a constant it would take as much flash as RAM.
static LCD: StaticCell<Lcd> = StaticCell::new();
static INPUTS: ConstStaticCell<InputBlock> = ConstStaticCell::new(InputBlock::new());
static RECORDER: StaticCell<Recorder> = StaticCell::new();
static THREAD: StaticCell<Executor> = StaticCell::new();
static ABOVE: StaticCell<Executor> = StaticCell::new();
/// The executor that the interrupt polls.
static mut BODY_EXECUTOR: Option<&'static Executor> = None;
/// Somebody woke a task of the thread's executor.
static IS_WOKEN: AtomicBool = AtomicBool::new(true);

/// Runs the head unit.
pub fn run() -> ! {
    let thread = set_up();
    loop {
        IS_WOKEN.store(false, Ordering::Relaxed);
        // SAFETY: only here.
        unsafe { thread.poll() };
        clock::sleep_unless(|| IS_WOKEN.load(Ordering::Relaxed));
    }
}

/// Starts everything. What it needs of the stack for that is free again when the head unit runs.
#[inline(never)]
fn set_up() -> &'static Executor {
    let mut console = Console::open();
    let _ = writeln!(console, "board mps2-an386");
    if let Some(text) = crash::text() {
        let _ = writeln!(console, "crashed {text}");
    }
    if crash::in_a_row() >= crash::MOST_IN_A_ROW {
        fail(format_args!("{} crashes one after the other", crash::MOST_IN_A_ROW));
    }
    let Some(mut core) = cortex_m::Peripherals::take() else { fail(format_args!("started twice")) };
    let speed = match speed() {
        Ok(speed) => speed,
        Err(what) => fail(format_args!("{what}")),
    };
    // SAFETY: before any of them is let through.
    unsafe {
        core.NVIC.set_priority(BODY_LINE, BODY_PRIORITY);
        for line in [ANT_LINE, CABLE_LINE, CONTROLLER_LINE, TIMER0_LINE] {
            core.NVIC.set_priority(line, DEVICE_PRIORITY);
        }
    }
    clock::start(core.SYST, speed);
    let (keeper, found) = open_keeper();
    begin_at(found.at);
    let _ = writeln!(
        console,
        "ride {} {} at {} ms",
        found.start.ride,
        if found.start.goes_on { "goes on" } else { "begins" },
        found.at.as_ms()
    );
    let parts = BodyParts {
        unit: head_unit(),
        recorder: recorder(found.start.ride, found.number),
        start: found.start,
        lcd: lcd(),
    };
    let thread: &'static Executor = THREAD.init_with(|| Executor::new(null_mut()));
    let above = ABOVE.init_with(|| Executor::new(usize::from(BODY_LINE.0) as *mut ()));
    // SAFETY: the interrupt that reads it is not let through yet.
    unsafe { BODY_EXECUTOR = Some(above) };
    spawn(above.spawner(), thread.spawner(), parts, keeper);
    ANT.open();
    CABLE.open();
    CONTROLLER.open();
    watchdog::start();
    // SAFETY: what it leads to is there.
    unsafe { NVIC::unmask(BODY_LINE) }
    NVIC::pend(BODY_LINE);
    thread
}

/// Looks at what is in the flashes. Like what follows, it leaves the stack before the next is made.
#[inline(never)]
fn open_keeper() -> (BoardKeeper, Found) {
    let Some(rides) = FileFlash::open(c"rides.flash") else { fail(format_args!("there is no rides.flash")) };
    let Some(settings) = FileFlash::open(c"settings.flash") else { fail(format_args!("there is no settings.flash")) };
    if !open_wires(c"wires.bin") {
        fail(format_args!("wires.bin cannot be written"));
    }
    // Nobody else runs yet, and the files do not make anybody wait.
    block_on(Keeper::open(rides, settings, &CABLE, Emulated, &EXCHANGE, ROOM.take()))
}

#[inline(never)]
fn recorder(ride: u16, number: u32) -> &'static mut Recorder {
    RECORDER.init_with(|| Recorder::new(ride, number))
}

#[inline(never)]
fn lcd() -> &'static mut Lcd {
    LCD.init_with(|| MemoryLcd::new(PanelBus, PanelSelect, Tied, NoDelay, Mounting::Upright))
}

type Lcd = MemoryLcd<PanelBus, PanelSelect, Tied, NoDelay>;

struct BodyParts {
    start: Start,
    unit: &'static mut HeadUnit,
    recorder: &'static mut Recorder,
    lcd: &'static mut Lcd,
}

fn spawn(above: Spawner, thread: Spawner, parts: BodyParts, keeper: BoardKeeper) {
    let full = |_| -> ! { fail(format_args!("a task was started twice")) };
    let ble = radio::ble();
    above.spawn(ride(parts, ble).unwrap_or_else(|error| full(error)));
    above.spawn(radio::talk(ble, &CONTROLLER).unwrap_or_else(|error| full(error)));
    above.spawn(play_cues().unwrap_or_else(|error| full(error)));
    thread.spawn(keep(keeper).unwrap_or_else(|error| full(error)));
    thread.spawn(look_after().unwrap_or_else(|error| full(error)));
    thread.spawn(reopen_ant().unwrap_or_else(|error| full(error)));
}

#[embassy_executor::task]
async fn ride(parts: BodyParts, ble: &'static radio::BoardBle) -> ! {
    let BodyParts { start, unit, recorder, lcd } = parts;
    let parts = Parts {
        unit,
        frame: FRAME.take(),
        recorder,
        inputs: INPUTS.take(),
        timer: HeadUnitClock,
        ant_said: &ANT,
        ant: &ANT,
        bluetooth: ble,
        lcd,
        exchange: &EXCHANGE,
    };
    Body::ride(parts, start).await
}

#[embassy_executor::task]
async fn play_cues() -> ! {
    let motor =
        Motor { actuator: Actuator::Lra { hz: 175 }, rated_voltage: 0x3E, clamp_voltage: 0x8C, calibration: None };
    let (mut haptic, mut beeper) = (Haptic::new(MotorBus::new(), motor), Beeper);
    loop {
        let cue = EXCHANGE.cue().await;
        let played = join(haptic.play(&cue, &HeadUnitClock), piezo::play(&mut beeper, &cue, &HeadUnitClock));
        let (haptic, beep) = played.await;
        let (haptic, beep) = (haptic.unwrap_or(false), beep.unwrap_or(false));
        EXCHANGE.tell(Message::CueDelivery { id: cue.id, haptic, beep }).await;
    }
}

type BoardKeeper = Keeper<'static, FileFlash, FileFlash, &'static Uart, Emulated>;

#[embassy_executor::task]
async fn keep(keeper: BoardKeeper) -> ! {
    keeper.run().await
}

/// Feeds the watchdog for as long as the body lives, and this thread with it.
#[embassy_executor::task]
async fn look_after() -> ! {
    let (mut beats, mut looks) = (EXCHANGE.beats(), 0);
    loop {
        Alarm::after_secs(LOOKS_EVERY_S).await;
        let now = EXCHANGE.beats();
        if core::mem::replace(&mut beats, now) != now {
            watchdog::feed();
        }
        looks += 1;
        if looks == RUNS_WELL_AFTER_S / LOOKS_EVERY_S {
            crash::runs_well();
        }
    }
}

#[embassy_executor::task]
async fn reopen_ant() -> ! {
    loop {
        EXCHANGE.reopened().await;
        // What is on the socket has no pin to be reset by.
        EXCHANGE.tell(Message::AntReopened).await;
    }
}

/// What the keeper asks of this board.
struct Emulated;

impl keeper::Board for Emulated {
    const NAME: &'static str = "mps2-an386";

    fn stack(&self) -> (u32, u32) {
        (stack::peak() as u32, stack::room() as u32)
    }

    fn asleep_permille(&self) -> u16 {
        clock::asleep_permille()
    }

    fn now(&self) -> Instant {
        HeadUnitClock.now()
    }

    fn restarted_by_crash(&self) -> bool {
        crash::in_a_row() > 0
    }

    fn time(&self) -> Option<TimeOfDay> {
        day::take()
    }

    fn crash(&self) -> Option<heapless::String<MAX_CRASH>> {
        crash::text()
    }

    fn forget_crash(&self) {
        crash::forget();
    }

    fn works(&self) {
        // The task that feeds it is among those that wait.
        watchdog::feed();
    }

    fn restart(&self, how: Restart) -> Refusal {
        match how {
            Restart::Same => start_anew(),
            Restart::Update => exit(EXIT_UPDATE),
            Restart::Off => exit(0),
        }
    }
}

fn exit(code: i32) -> ! {
    let _ = writeln!(Console::open(), "exit {code}");
    process::exit(code)
}

/// How fast the clock is to run, by the command line.
fn speed() -> Result<u32, &'static str> {
    let Ok(arguments) = env::args::<COMMAND_LINE>() else { return Err("the command line is too long") };
    let mut arguments = &arguments;
    match arguments.nth(1) {
        None => Ok(1),
        Some(argument) => argument
            .ok()
            .and_then(|argument| argument.strip_prefix("speed="))
            .and_then(|speed| speed.parse().ok())
            .filter(|speed| (1..=1000).contains(speed))
            .ok_or("speed=N, 1 to 1000, is the only argument"),
    }
}

/// What is wrong is nothing that another start would mend.
fn fail(what: fmt::Arguments<'_>) -> ! {
    let _ = writeln!(Console::open(), "\nerror {what}\nexit 1");
    process::exit(1)
}

/// Leaves a report and starts anew: the ride goes on.
fn die(what: fmt::Arguments<'_>) -> ! {
    let _ = writeln!(Console::open(), "\ndied {what}");
    crash::leave(what);
    start_anew()
}

/// The time of day survives it.
fn start_anew() -> ! {
    day::leave(EXCHANGE.time(HeadUnitClock.now()));
    SCB::sys_reset()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    match info.location() {
        Some(at) => die(format_args!("panic at {}:{}: {}", at.file(), at.line(), info.message())),
        None => die(format_args!("panic: {}", info.message())),
    }
}

// SAFETY: takes over from the runtime for good and never returns.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    die(format_args!("hard fault at {:#010x}", frame.pc()))
}

/// The watchdog's.
// SAFETY: as above.
#[exception]
unsafe fn NonMaskableInt() -> ! {
    die(format_args!("watchdog: the body did not move for 10 s"))
}

// SAFETY: as above; what the image expects has handlers of its own.
#[exception]
unsafe fn DefaultHandler(number: i16) -> ! {
    die(format_args!("exception {number} that nobody expects"))
}

/// Wakes the executor of this number: that of the interrupt, or the thread's.
#[unsafe(no_mangle)]
fn __pender(context: *mut ()) {
    if context.is_null() {
        IS_WOKEN.store(true, Ordering::Relaxed);
    } else {
        NVIC::pend(BODY_LINE);
    }
}

unsafe extern "C" fn on_body() {
    // SAFETY: it was written before the line was let through, and is polled nowhere else.
    unsafe {
        if let Some(executor) = BODY_EXECUTOR {
            executor.poll();
        }
    }
}

unsafe extern "C" fn on_ant() {
    ANT.on_received();
}

unsafe extern "C" fn on_cable() {
    CABLE.on_received();
}

unsafe extern "C" fn on_controller() {
    CONTROLLER.on_received();
}

unsafe extern "C" fn on_alarm() {
    clock::on_alarm();
}

#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [unsafe extern "C" fn(); INTERRUPTS] = {
    unsafe extern "C" {
        fn DefaultHandler();
    }
    let mut table: [unsafe extern "C" fn(); INTERRUPTS] = [DefaultHandler; INTERRUPTS];
    table[ANT_LINE.0 as usize] = on_ant;
    table[CABLE_LINE.0 as usize] = on_cable;
    table[CONTROLLER_LINE.0 as usize] = on_controller;
    table[TIMER0_LINE.0 as usize] = on_alarm;
    table[BODY_LINE.0 as usize] = on_body;
    table
};
