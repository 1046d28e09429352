//! A head unit of Nordic's nRF52840, wired as docs/hardware.md says: on Adafruit's Feather nRF52840 Express, with a Sharp memory
//! LCD, three buttons, a motor, a beeper, an accelerometer, a fuel gauge and an ANT module.
//!
//! Nobody has seen it run: there was no such board where it was written.
//!
//! Two executors. **Above**, in the interrupt of EGU1, are the body and all of Bluetooth: the radio's library must be called from
//! one priority only, so what it does for others (writing the chip's own flash, holding the crystal for USB) is asked of it there.
//! **Below**, in the thread, are flash, cable, cues, buttons and sensors. Between the two the processor sleeps.

mod cable;
mod cycles;
mod parts;
mod radio;
mod storage;

use crate::board::clock::{self, HeadUnitClock};
use crate::board::{crash, day};
use cable::Cable;
use core::fmt;
use core::panic::PanicInfo;
use cortex_m::peripheral::SCB;
use cortex_m_rt::{ExceptionFrame, exception};
// The logs: the linker has to see it.
use defmt_rtt as _;
use embassy_executor::{Executor, InterruptExecutor, Spawner};
use embassy_nrf::config::{Config, Debug, LfclkSource};
use embassy_nrf::gpio::{Input, Level, Output, OutputDrive, Pull};
use embassy_nrf::interrupt::{self, InterruptExt, Priority};
use embassy_nrf::{bind_interrupts, buffered_uarte, pac, peripherals, qspi, rng, spim, twim, uarte, usb, wdt};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Delay, Timer as Alarm};
use parts::{Ears, Voice};
use radio::Radio;
use sling_core::HeadUnit;
use sling_core::draw::Theme;
use sling_core::head_unit::ReferenceFrame;
use sling_core::log::ride::{InputBlock, Recorder};
use sling_core::service::{MAX_CRASH, Refusal, Restart};
use sling_core::time::Instant;
use sling_device::body::keeper::{self, Found, Keeper, Room};
use sling_device::body::{Blocks, Body, Exchange, Message, Parts, TimeOfDay};
use sling_device::driver::Timer;
use sling_device::driver::memory_lcd::{MemoryLcd, Mounting};
use static_cell::{ConstStaticCell, StaticCell};
use storage::{OwnFlash, RideFlash};

bind_interrupts!(struct Lines {
    CLOCK_POWER => nrf_mpsl::ClockInterruptHandler, usb::vbus_detect::InterruptHandler;
    EGU0_SWI0 => nrf_mpsl::LowPrioInterruptHandler;
    RADIO => nrf_mpsl::HighPrioInterruptHandler;
    RTC0 => nrf_mpsl::HighPrioInterruptHandler;
    TIMER0 => nrf_mpsl::HighPrioInterruptHandler;
    RNG => rng::InterruptHandler<peripherals::RNG>;
    QSPI => qspi::InterruptHandler<peripherals::QSPI>;
    SPI2 => spim::InterruptHandler<peripherals::SPI2>;
    TWISPI0 => twim::InterruptHandler<peripherals::TWISPI0>;
    UARTE0 => buffered_uarte::InterruptHandler<peripherals::UARTE0>;
    USBD => usb::InterruptHandler<peripherals::USBD>;
});

/// The body, below the devices. 0 is the radio's alone, 1 its library's.
const BODY: Priority = Priority::P6;
const DEVICES: Priority = Priority::P3;
/// Who does not show life for so long is started anew, in ticks of the clock of 32 768 Hz: 10 s.
const WATCHDOG_TICKS: u32 = 10 * 32_768;
/// Life is looked for this often. The body moves twice a second.
const LOOKS_EVERY_S: u64 = 2;
/// What runs for so long without a crash runs well.
const RUNS_WELL_AFTER_S: u64 = 60;
/// The ANT module's reset is held low, and then left alone, for so long.
const ANT_RESET_MS: u64 = 5;
const ANT_STARTS_MS: u64 = 500;
/// What the bootloader finds in GPREGRET when it is to wait for another firmware as a drive.
const TO_BOOTLOADER: u8 = 0x57;
/// Pins of port 0 that what is off must not leave high: the panel's DISP, the ANT module's reset.
const DISP_PIN: usize = 7;
const ANT_RESET_PIN: usize = 30;
/// The button that switches on: select.
const WAKE_PIN: usize = 6;

type Lcd = MemoryLcd<spim::Spim<'static>, Output<'static>, Output<'static>, Delay>;

static BLOCKS: Blocks = Blocks::new();
static EXCHANGE: Exchange = Exchange::new(&BLOCKS);
static ROOM: ConstStaticCell<Room> = ConstStaticCell::new(Room::new());
static FRAME: ConstStaticCell<ReferenceFrame> = ConstStaticCell::new(ReferenceFrame::new(Theme::Day));
static INPUTS: ConstStaticCell<InputBlock> = ConstStaticCell::new(InputBlock::new());
static RECORDER: StaticCell<Recorder> = StaticCell::new();
static LCD: StaticCell<Lcd> = StaticCell::new();
static THREAD: StaticCell<Executor> = StaticCell::new();
static ABOVE: InterruptExecutor = InterruptExecutor::new();
/// What was found in the flash, for the body.
static FOUND: Signal<CriticalSectionRawMutex, Found> = Signal::new();

defmt::timestamp!("{=u64:ms}", embassy_time::Instant::now().as_millis());

#[unsafe(no_mangle)]
unsafe extern "C" fn EGU1_SWI1() {
    // SAFETY: it is let through by the executor's start only.
    unsafe { ABOVE.on_interrupt() }
}

/// Runs the head unit.
pub fn run() -> ! {
    note_reset();
    let mut config = Config::default();
    config.lfclk_source = LfclkSource::ExternalXtal;
    // Whether a debugger may look in is left as it is: that is kept in flash, which belongs to the radio's library.
    config.debug = Debug::NotConfigured;
    config.gpiote_interrupt_priority = Priority::P2;
    config.time_interrupt_priority = Priority::P2;
    let p = embassy_nrf::init(config);
    if crash::in_a_row() >= crash::MOST_IN_A_ROW {
        defmt::error!("{=u32} crashes one after the other: off", crash::MOST_IN_A_ROW);
        // The next start, by a button, is a new beginning.
        crash::runs_well();
        switch_off();
    }
    if let Some(core) = cortex_m::Peripherals::take() {
        cycles::count(core.DCB, core.DWT);
    }
    for line in
        [interrupt::QSPI, interrupt::SPI2, interrupt::TWISPI0, interrupt::UARTE0, interrupt::USBD, interrupt::RNG]
    {
        line.set_priority(DEVICES);
    }
    interrupt::EGU1_SWI1.set_priority(BODY);
    let mut watch = wdt::Config::default();
    watch.timeout_ticks = WATCHDOG_TICKS;
    watch.action_during_debug_halt = wdt::HaltConfig::Pause;
    let watchdog = match wdt::Watchdog::try_new::<_, 1>(p.WDT, watch) {
        Ok((_, [handle])) => Some(handle),
        // Another firmware started it, with a time of its own, and it cannot be stopped.
        Err(_) => None,
    };

    let mut spi = spim::Config::default();
    spi.frequency = spim::Frequency::M2;
    let mut uart = uarte::Config::default();
    uart.baudrate = uarte::Baudrate::Baud57600;
    let (to_module, from_module) = parts::ant_buffers();
    let (said, voice) = buffered_uarte::BufferedUarte::new_with_rtscts(
        p.UARTE0,
        p.TIMER1,
        p.PPI_CH0,
        p.PPI_CH1,
        p.PPI_GROUP0,
        p.P0_24,
        p.P0_25,
        p.P0_04,
        p.P0_05,
        Lines,
        uart,
        from_module,
        to_module,
    )
    .split();
    let body = BodyParts {
        lcd: LCD.init(MemoryLcd::new(
            spim::Spim::new_txonly(p.SPI2, Lines, p.P0_14, p.P0_13, spi),
            Output::new(p.P1_08, Level::Low, OutputDrive::Standard),
            Output::new(p.P0_07, Level::Low, OutputDrive::Standard),
            Delay,
            Mounting::Upright,
        )),
        said: Ears(said),
        voice: Voice(voice),
    };
    let radio = Radio {
        mpsl: nrf_mpsl::Peripherals::new(p.RTC0, p.TIMER0, p.TEMP, p.PPI_CH19, p.PPI_CH30, p.PPI_CH31),
        channels: radio::Channels {
            ch17: p.PPI_CH17,
            ch18: p.PPI_CH18,
            ch20: p.PPI_CH20,
            ch21: p.PPI_CH21,
            ch22: p.PPI_CH22,
            ch23: p.PPI_CH23,
            ch24: p.PPI_CH24,
            ch25: p.PPI_CH25,
            ch26: p.PPI_CH26,
            ch27: p.PPI_CH27,
            ch28: p.PPI_CH28,
            ch29: p.PPI_CH29,
        },
        rng: p.RNG,
        nvmc: p.NVMC,
    };
    let rides = RideFlash::new(qspi::Qspi::new(
        p.QSPI,
        Lines,
        p.P0_19,
        p.P0_20,
        p.P0_17,
        p.P0_22,
        p.P0_23,
        p.P0_21,
        storage::chip(),
    ));
    let mut wires = twim::Config::default();
    wires.frequency = twim::Frequency::K400;
    let bus = parts::bus(twim::Twim::new(p.TWISPI0, Lines, p.P0_12, p.P0_11, wires, parts::bus_buffer()));
    let beeper = parts::Piezo::new(p.PWM0, p.P0_08);
    let buttons = [Input::new(p.P0_26, Pull::Up), Input::new(p.P0_27, Pull::Up), Input::new(p.P0_06, Pull::Up)];
    let ant_reset = Output::new(p.P0_30, Level::High, OutputDrive::Standard0Disconnect1);

    let above = ABOVE.start(interrupt::EGU1_SWI1);
    above.spawn(started(rise(body, radio)));
    // It has run by now, up to where it waits for the flash. The cable's interrupt is the radio library's as well, which has to be
    // there before it comes.
    let (device, cable) = cable::open(p.USBD);
    THREAD.init_with(Executor::new).run(|spawner| {
        spawner.spawn(started(keep(rides, cable)));
        spawner.spawn(started(cable::run(device)));
        spawner.spawn(started(parts::play_cues(bus, beeper)));
        spawner.spawn(started(parts::feel_buttons(buttons)));
        spawner.spawn(started(parts::feel_posture(bus)));
        spawner.spawn(started(parts::read_gauge(bus)));
        spawner.spawn(started(reset_ant(ant_reset)));
        spawner.spawn(started(look_after(watchdog)));
    })
}

/// A task that is started for the first time.
fn started<S>(
    token: Result<embassy_executor::SpawnToken<S>, embassy_executor::SpawnError>,
) -> embassy_executor::SpawnToken<S> {
    match token {
        Ok(token) => token,
        Err(_) => die(format_args!("a task was started twice")),
    }
}

struct BodyParts {
    lcd: &'static mut Lcd,
    said: Ears,
    voice: Voice,
}

/// Starts what runs above: the radio's library first, which the keeper needs for the settings, then the body.
#[embassy_executor::task]
async fn rise(body: BodyParts, radio: Radio) {
    // SAFETY: the spawner stays in this executor.
    let spawner = unsafe { Spawner::for_current_executor() }.await;
    let ble = radio::start(spawner, radio);
    let found = FOUND.wait().await;
    let unit = crate::board::unit::head_unit();
    let recorder = RECORDER.init_with(|| Recorder::new(found.start.ride, found.number));
    spawner.spawn(started(ride(body, unit, recorder, ble, found)));
}

#[embassy_executor::task]
async fn ride(
    body: BodyParts,
    unit: &'static mut HeadUnit,
    recorder: &'static mut Recorder,
    ble: &'static radio::BoardBle,
    found: Found,
) -> ! {
    let parts = Parts {
        unit,
        frame: FRAME.take(),
        recorder,
        inputs: INPUTS.take(),
        timer: HeadUnitClock,
        ant_said: body.said,
        ant: body.voice,
        bluetooth: ble,
        lcd: body.lcd,
        exchange: &EXCHANGE,
    };
    Body::ride(parts, found.start).await
}

#[embassy_executor::task]
async fn keep(rides: RideFlash, cable: Cable) -> ! {
    let (keeper, found) = Keeper::open(rides, OwnFlash, cable, Feather, &EXCHANGE, ROOM.take()).await;
    clock::begin_at(found.at);
    defmt::info!("ride {=u16} {=str}", found.start.ride, if found.start.goes_on { "goes on" } else { "begins" });
    FOUND.signal(found);
    keeper.run().await
}

#[embassy_executor::task]
async fn reset_ant(mut reset: Output<'static>) -> ! {
    loop {
        EXCHANGE.reopened().await;
        reset.set_low();
        Alarm::after_millis(ANT_RESET_MS).await;
        reset.set_high();
        Alarm::after_millis(ANT_STARTS_MS).await;
        EXCHANGE.tell(Message::AntReopened).await;
    }
}

/// Feeds the watchdog for as long as the body lives, and this thread with it.
#[embassy_executor::task]
async fn look_after(mut watchdog: Option<wdt::WatchdogHandle>) -> ! {
    let mut beats = EXCHANGE.beats();
    let mut looks = 0;
    loop {
        Alarm::after_secs(LOOKS_EVERY_S).await;
        cycles::weigh();
        let now = EXCHANGE.beats();
        if let Some(watchdog) = &mut watchdog
            && core::mem::replace(&mut beats, now) != now
        {
            watchdog.pet();
        }
        looks += 1;
        if looks == RUNS_WELL_AFTER_S / LOOKS_EVERY_S {
            crash::runs_well();
        }
    }
}

/// What the keeper asks of this board.
struct Feather;

impl keeper::Board for Feather {
    const NAME: &'static str = "nrf52840";

    fn stack(&self) -> (u32, u32) {
        (crate::board::stack::peak() as u32, crate::board::stack::room() as u32)
    }

    fn asleep_permille(&self) -> u16 {
        cycles::asleep_permille()
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
        // The task that feeds it is among those that wait. One handle was started, the first.
        // SAFETY: feeding is a write to one register, which the other handle does in the same way.
        unsafe { wdt::WatchdogHandle::steal::<peripherals::WDT>(0) }.pet();
    }

    fn restart(&self, how: Restart) -> Refusal {
        match how {
            Restart::Same => start_anew(),
            Restart::Update => {
                pac::POWER.gpregret().write(|w| w.set_gpregret(TO_BOOTLOADER));
                SCB::sys_reset()
            }
            Restart::Off => switch_off(),
        }
    }
}

/// Off, until select is pressed: everything forgets, and that button starts the image anew.
fn switch_off() -> ! {
    pac::P0.outclr().write(|w| w.0 = 1 << DISP_PIN | 1 << ANT_RESET_PIN);
    pac::P0.pin_cnf(WAKE_PIN).write(|w| {
        w.set_pull(pac::gpio::vals::Pull::Pullup);
        w.set_sense(pac::gpio::vals::Sense::Low);
    });
    cortex_m::asm::dsb();
    pac::POWER.systemoff().write(|w| w.set_systemoff(true));
    loop {
        // With a debugger the chip only pretends.
        cortex_m::asm::wfe();
    }
}

/// Leaves a report of a reset that left none itself.
fn note_reset() {
    let why = pac::POWER.resetreas().read();
    // Reasons add up until they are written back.
    pac::POWER.resetreas().write_value(why);
    if why.dog() {
        crash::leave(format_args!("watchdog: the body did not move for 10 s"));
    } else if why.lockup() {
        crash::leave(format_args!("lockup of the processor"));
    }
    defmt::info!("reset, reasons {=u32:#x}", why.0);
}

/// Leaves a report and starts anew: the ride goes on.
fn die(what: fmt::Arguments<'_>) -> ! {
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

// SAFETY: as above; what the image expects has handlers of its own.
#[exception]
unsafe fn DefaultHandler(number: i16) -> ! {
    die(format_args!("exception {number} that nobody expects"))
}
