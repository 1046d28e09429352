//! The parts around the processor, and the tasks that look after them.

use super::EXCHANGE;
use crate::board::clock::HeadUnitClock;
use core::convert::Infallible;
use core::task::Poll;
use embassy_embedded_hal::shared_bus::asynch::i2c::I2cDevice;
use embassy_futures::join::join;
use embassy_futures::poll_once;
use embassy_nrf::buffered_uarte::{BufferedUarteRx, BufferedUarteTx};
use embassy_nrf::gpio::Input;
use embassy_nrf::pwm::{DutyCycle, Prescaler, SimpleConfig, SimplePwm};
use embassy_nrf::twim::Twim;
use embassy_nrf::{Peri, peripherals};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use embassy_time::Timer as Alarm;
use embedded_io_async::{ErrorType, Write};
use sling_device::body::{Ear, Message};
use sling_device::driver::accelerometer::{self, Accelerometer, Rate};
use sling_device::driver::buttons::Panel;
use sling_device::driver::gauge::Gauge;
use sling_device::driver::haptic::{Actuator, Haptic, Motor};
use sling_device::driver::piezo::{self, Tone};
use sling_device::driver::posture::{Lateral, PostureSense};
use static_cell::{ConstStaticCell, StaticCell};

/// The bike's lateral axis, as the accelerometer is mounted: docs/hardware.md.
const LATERAL: Lateral = Lateral::X;
const RATE: Rate = Rate::Hz50;
/// The battery is looked at this often.
const GAUGE_EVERY_S: u64 = 60;
/// A part that does not answer is asked again after this long.
const AGAIN_S: u64 = 5;
/// The PWM counts at 16 MHz / 16: its 15 bits reach down to 31 Hz.
const PWM_HZ: u32 = 1_000_000;
const PIEZO: usize = 0;
/// 45 ms of the ANT module's line at 57 600 bits a second; its driver wants it in halves.
const FROM_MODULE: usize = 256;
const TO_MODULE: usize = 128;

static FROM_ANT: ConstStaticCell<[u8; FROM_MODULE]> = ConstStaticCell::new([0; FROM_MODULE]);
static TO_ANT: ConstStaticCell<[u8; TO_MODULE]> = ConstStaticCell::new([0; TO_MODULE]);
static TO_BUS: ConstStaticCell<[u8; 16]> = ConstStaticCell::new([0; 16]);
static BUS: StaticCell<Bus> = StaticCell::new();

/// Motor, accelerometer and gauge are on it.
pub type Bus = Mutex<NoopRawMutex, Twim<'static>>;

/// Where what goes to the ANT module waits, and what comes from it.
pub fn ant_buffers() -> (&'static mut [u8], &'static mut [u8]) {
    (TO_ANT.take(), FROM_ANT.take())
}

/// Where what the bus sends is copied if it stands in flash, where the peripheral does not read.
pub fn bus_buffer() -> &'static mut [u8] {
    TO_BUS.take()
}

/// The bus, to be shared.
pub fn bus(wires: Twim<'static>) -> &'static Bus {
    BUS.init_with(|| Mutex::new(wires))
}

/// What the ANT module says.
pub struct Ears(pub BufferedUarteRx<'static>);

impl Ear for Ears {
    async fn heard(&mut self) {
        // Bytes that were lost are seen by their checksum.
        while self.0.fill_buf().await.is_err() {}
    }

    fn take(&mut self, bytes: &mut [u8]) -> usize {
        let mut taken = 0;
        while let Some(room) = bytes.get_mut(taken..).filter(|room| !room.is_empty())
            && let Poll::Ready(Ok(waiting)) = poll_once(self.0.fill_buf())
        {
            let n = waiting.len().min(room.len());
            for (to, from) in room.iter_mut().zip(waiting) {
                *to = *from;
            }
            self.0.consume(n);
            taken += n;
        }
        taken
    }
}

/// What the ANT module is told. It never makes the body wait: what finds no room is lost, and core says it again.
pub struct Voice(pub BufferedUarteTx<'static>);

impl ErrorType for Voice {
    type Error = Infallible;
}

impl Write for Voice {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        let mut rest = bytes;
        while let Ok(written @ 1..) = self.0.try_write(rest) {
            rest = rest.get(written..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
        }
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// The beeper.
pub struct Piezo(SimplePwm<'static>);

impl Piezo {
    /// One at this pin, silent.
    pub fn new(pwm: Peri<'static, peripherals::PWM0>, pin: Peri<'static, peripherals::P0_08>) -> Self {
        let mut config = SimpleConfig::default();
        config.prescaler = Prescaler::Div16;
        let pwm = SimplePwm::new_1ch(pwm, pin, &config);
        pwm.disable();
        Self(pwm)
    }
}

impl Tone for Piezo {
    type Error = Infallible;

    fn sound(&mut self, hz: u16, duty_permille: u16) -> Result<(), Self::Error> {
        let period = PWM_HZ.checked_div(u32::from(hz)).unwrap_or(PWM_HZ);
        let on = period * u32::from(duty_permille.min(piezo::MOST_PERMILLE)) / 1000;
        self.0.set_max_duty(period.min(0x7FFF) as u16);
        self.0.enable();
        self.0.set_duty(PIEZO, DutyCycle::inverted(on.min(0x7FFF) as u16));
        Ok(())
    }

    fn silence(&mut self) -> Result<(), Self::Error> {
        self.0.set_duty(PIEZO, DutyCycle::inverted(0));
        // Off, the pin is what its port says: low.
        self.0.disable();
        Ok(())
    }
}

#[embassy_executor::task]
pub async fn play_cues(bus: &'static Bus, mut beeper: Piezo) -> ! {
    let motor =
        Motor { actuator: Actuator::Lra { hz: 175 }, rated_voltage: 0x3E, clamp_voltage: 0x8C, calibration: None };
    let mut haptic = Haptic::new(I2cDevice::new(bus), motor);
    loop {
        let cue = EXCHANGE.cue().await;
        let played = join(haptic.play(&cue, &HeadUnitClock), piezo::play(&mut beeper, &cue, &HeadUnitClock));
        let (haptic, beep) = played.await;
        let (haptic, beep) = (haptic.unwrap_or(false), beep.unwrap_or(false));
        EXCHANGE.tell(Message::CueDelivery { id: cue.id, haptic, beep }).await;
    }
}

#[embassy_executor::task]
pub async fn feel_buttons(pins: [Input<'static>; 3]) -> ! {
    let [up, down, select] = pins;
    let mut panel = Panel::new(up, down, select);
    loop {
        // These pins can always be read.
        if let Ok((button, press)) = panel.next(&HeadUnitClock).await {
            EXCHANGE.tell(Message::Button(button, press)).await;
        }
    }
}

#[embassy_executor::task]
pub async fn feel_posture(bus: &'static Bus) -> ! {
    let mut accelerometer = Accelerometer::new(I2cDevice::new(bus), accelerometer::ADDRESS_LOW, RATE);
    let mut sense = PostureSense::new(LATERAL, RATE);
    let mut told = None;
    loop {
        if accelerometer.start().await.is_err() {
            Alarm::after_secs(AGAIN_S).await;
            continue;
        }
        sense.gap();
        loop {
            Alarm::after_millis(u64::from(RATE.burst_ms())).await;
            let Ok(burst) = accelerometer.read().await else { break };
            if burst.lost {
                sense.gap();
            }
            for sample in burst.samples {
                sense.push(sample, None);
            }
            if let Some(posture) = sense.posture()
                && told.replace(posture) != Some(posture)
            {
                EXCHANGE.tell(Message::Posture(posture)).await;
            }
        }
    }
}

#[embassy_executor::task]
pub async fn read_gauge(bus: &'static Bus) -> ! {
    let mut gauge = Gauge::new(I2cDevice::new(bus));
    loop {
        if let Ok(battery) = gauge.read().await {
            EXCHANGE.tell(Message::Battery { percent: battery.percent, charging: battery.charging }).await;
        }
        Alarm::after_secs(GAUGE_EVERY_S).await;
    }
}
