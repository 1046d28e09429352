//! Bluetooth, and what only the radio's library may do: writing the chip's own flash, holding the crystal for USB. All of it is
//! polled by the executor above.

use super::Lines;
use super::storage::{Aligned, NotWritten};
use core::pin::pin;
use embassy_executor::Spawner;
use embassy_nrf::{Peri, pac, peripherals, rng};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use embassy_sync::signal::Signal;
use embassy_time::Timer as Alarm;
use nrf_mpsl::{Flash, MultiprotocolServiceLayer, SessionMem, raw};
use nrf_sdc::{Builder, Mem, SoftdeviceController};
use sling_core::link::ble::Address;
use sling_device::ble::{Ble, Resources};
use static_cell::StaticCell;

/// Sensors connected at once.
const LINKS: usize = 6;
/// Packets of the controller for each of them, and their length: the longest value comes in two or three.
const TO_SENSOR: u8 = 3;
const FROM_SENSOR: u8 = 4;
const PACKET: u16 = 27;
/// The controller's memory. By `sdc.h`: six links of 1013 bytes, 21 for all of them, scanning 720, initiating 384, filter 68,
/// advertising and a peripheral's link 1.7 KB, which are there because the library is not built without.
const MEMORY: usize = 12 * 1024;
/// How wrong the slow clock may be: 20 ppm by its sheet, and some for its age.
const CRYSTAL_PPM: u16 = 50;
/// A controller that failed is started again after this long.
const AGAIN_MS: u64 = 1000;
/// Whether the cable is still there is looked at this often.
const LOOKS_MS: u64 = 1000;

pub type BoardBle = Ble<LINKS>;

/// Channels of the library's own.
pub struct Channels {
    pub ch17: Peri<'static, peripherals::PPI_CH17>,
    pub ch18: Peri<'static, peripherals::PPI_CH18>,
    pub ch20: Peri<'static, peripherals::PPI_CH20>,
    pub ch21: Peri<'static, peripherals::PPI_CH21>,
    pub ch22: Peri<'static, peripherals::PPI_CH22>,
    pub ch23: Peri<'static, peripherals::PPI_CH23>,
    pub ch24: Peri<'static, peripherals::PPI_CH24>,
    pub ch25: Peri<'static, peripherals::PPI_CH25>,
    pub ch26: Peri<'static, peripherals::PPI_CH26>,
    pub ch27: Peri<'static, peripherals::PPI_CH27>,
    pub ch28: Peri<'static, peripherals::PPI_CH28>,
    pub ch29: Peri<'static, peripherals::PPI_CH29>,
}

/// What the radio needs.
pub struct Radio {
    pub mpsl: nrf_mpsl::Peripherals<'static>,
    pub channels: Channels,
    pub rng: Peri<'static, peripherals::RNG>,
    pub nvmc: Peri<'static, peripherals::NVMC>,
}

/// Something to be done to the chip's own flash.
pub enum Change {
    Erase { from: u32, to: u32 },
    Write { at: u32, bytes: Aligned, length: usize },
}

static CHANGES: Channel<CriticalSectionRawMutex, Change, 1> = Channel::new();
static CHANGED: Signal<CriticalSectionRawMutex, bool> = Signal::new();
static CRYSTAL_WANTED: Signal<CriticalSectionRawMutex, ()> = Signal::new();
static CRYSTAL_RUNS: Signal<CriticalSectionRawMutex, ()> = Signal::new();

static MPSL: StaticCell<MultiprotocolServiceLayer<'static>> = StaticCell::new();
static SESSION: StaticCell<SessionMem<1>> = StaticCell::new();
static BLE: StaticCell<BoardBle> = StaticCell::new();
static CONTROLLER: StaticCell<Mem<MEMORY>> = StaticCell::new();
static RESOURCES: StaticCell<Resources<LINKS>> = StaticCell::new();
static RNG: StaticCell<rng::Rng<'static, embassy_nrf::mode::Async>> = StaticCell::new();

/// Has the chip's own flash changed. For one who asks at a time.
pub async fn change(change: Change) -> Result<(), NotWritten> {
    CHANGED.reset();
    CHANGES.send(change).await;
    if CHANGED.wait().await { Ok(()) } else { Err(NotWritten) }
}

/// Returns when the crystal runs, which USB needs; it does so for as long as there is a cable.
pub async fn crystal() {
    CRYSTAL_RUNS.reset();
    CRYSTAL_WANTED.signal(());
    CRYSTAL_RUNS.wait().await;
}

/// Starts everything, in the executor that polls it all.
pub fn start(spawner: Spawner, radio: Radio) -> &'static BoardBle {
    let Radio { mpsl, channels, rng, nvmc } = radio;
    // The Feather has a crystal for the slow clock.
    let clock = raw::mpsl_clock_lfclk_cfg_t {
        source: raw::MPSL_CLOCK_LF_SRC_XTAL as u8,
        rc_ctiv: 0,
        rc_temp_ctiv: 0,
        accuracy_ppm: CRYSTAL_PPM,
        skip_wait_lfclk_started: false,
    };
    let layer = MultiprotocolServiceLayer::with_timeslots(mpsl, Lines, clock, SESSION.init_with(SessionMem::new));
    let layer = match layer {
        Ok(layer) => &*MPSL.init(layer),
        Err(_) => super::die(format_args!("the radio's library does not start")),
    };
    let ble = &*BLE.init_with(Ble::new);
    spawner.spawn(super::started(serve(layer)));
    spawner.spawn(super::started(change_flash(Flash::take(layer, nvmc))));
    spawner.spawn(super::started(hold_crystal(layer)));
    let rng = RNG.init_with(|| rng::Rng::new(rng, Lines));
    spawner.spawn(super::started(talk(ble, layer, channels, rng)));
    ble
}

#[embassy_executor::task]
async fn serve(layer: &'static MultiprotocolServiceLayer<'static>) -> ! {
    layer.run().await
}

#[embassy_executor::task]
async fn change_flash(mut flash: Flash<'static>) -> ! {
    loop {
        let done = match CHANGES.receive().await {
            Change::Erase { from, to } => flash.erase(from, to).await,
            Change::Write { at, bytes, length } => flash.write(at, bytes.0.get(..length).unwrap_or_default()).await,
        };
        CHANGED.signal(done.is_ok());
    }
}

#[embassy_executor::task]
async fn hold_crystal(layer: &'static MultiprotocolServiceLayer<'static>) -> ! {
    loop {
        CRYSTAL_WANTED.wait().await;
        let Ok(_held) = layer.request_hfclk().await else { continue };
        // Nobody is told of one that does not start; then the cable does not answer.
        while nrf_mpsl::Hfclk::wait().await.is_err() {
            Alarm::after_millis(LOOKS_MS).await;
        }
        CRYSTAL_RUNS.signal(());
        while pac::POWER.usbregstatus().read().vbusdetect() {
            Alarm::after_millis(LOOKS_MS).await;
            if CRYSTAL_WANTED.try_take().is_some() {
                CRYSTAL_RUNS.signal(());
            }
        }
    }
}

#[embassy_executor::task]
async fn talk(
    ble: &'static BoardBle,
    layer: &'static MultiprotocolServiceLayer<'static>,
    mut channels: Channels,
    rng: &'static mut rng::Rng<'static, embassy_nrf::mode::Async>,
) -> ! {
    let memory = CONTROLLER.init_with(Mem::new);
    let resources = RESOURCES.init_with(Resources::new);
    loop {
        match controller(&mut channels, rng, layer, memory) {
            Ok(controller) => {
                // In its place: it is large, and would pass through the stack.
                let trouble = pin!(ble.run(controller, resources, Some(own_address()))).await;
                defmt::warn!(
                    "Bluetooth: {=str}",
                    match trouble {
                        sling_core::link::Trouble::NotAnswering => "does not answer",
                        _ => "stopped",
                    }
                );
            }
            Err(_) => defmt::error!("the Bluetooth controller does not start"),
        }
        Alarm::after_millis(AGAIN_MS).await;
    }
}

/// A controller that was just switched on.
fn controller<'d>(
    channels: &'d mut Channels,
    rng: &'d mut rng::Rng<'static, embassy_nrf::mode::Async>,
    layer: &'d MultiprotocolServiceLayer<'static>,
    memory: &'d mut Mem<MEMORY>,
) -> Result<SoftdeviceController<'d>, nrf_sdc::Error> {
    let channels = nrf_sdc::Peripherals::new(
        channels.ch17.reborrow(),
        channels.ch18.reborrow(),
        channels.ch20.reborrow(),
        channels.ch21.reborrow(),
        channels.ch22.reborrow(),
        channels.ch23.reborrow(),
        channels.ch24.reborrow(),
        channels.ch25.reborrow(),
        channels.ch26.reborrow(),
        channels.ch27.reborrow(),
        channels.ch28.reborrow(),
        channels.ch29.reborrow(),
    );
    Builder::new()?
        .support_scan()
        .support_central()
        .central_count(LINKS as u8)?
        .buffer_cfg(PACKET, PACKET, TO_SENSOR, FROM_SENSOR)?
        .build(channels, rng, layer, memory)
}

/// The static random address that the chip was made with.
fn own_address() -> Address {
    let [low, high] = [0, 1].map(|i| pac::FICR.deviceaddr(i).read());
    let [a, b, c, d] = low.to_le_bytes();
    let [e, f, ..] = high.to_le_bytes();
    // The two highest bits say that it is one.
    [f | 0xC0, e, d, c, b, a]
}
