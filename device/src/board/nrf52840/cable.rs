//! The cable: a serial line over USB.

use super::{Lines, radio};
use embassy_nrf::usb::Driver;
use embassy_nrf::usb::vbus_detect::{HardwareVbusDetect, VbusDetect};
use embassy_nrf::{Peri, peripherals};
use embassy_time::{Duration, with_timeout};
use embassy_usb::class::cdc_acm::{CdcAcmClass, Receiver, Sender, State};
use embassy_usb::{Builder, UsbDevice};
use embedded_io_async::{Error, ErrorKind, ErrorType, Read, Write};
use static_cell::{ConstStaticCell, StaticCell};

/// For a first board: pid.codes gives this number to whoever tries something in private. A product needs its own.
const VENDOR: u16 = 0x1209;
const PRODUCT: u16 = 0x0001;
/// Bytes of a packet.
const PACKET: usize = 64;
/// A computer that does not take a packet for so long has gone.
const TAKES_WITHIN: Duration = Duration::from_secs(1);

static CONFIGURATION: ConstStaticCell<[u8; 256]> = ConstStaticCell::new([0; 256]);
static CAPABILITIES: ConstStaticCell<[u8; 64]> = ConstStaticCell::new([0; 64]);
static CONTROL: ConstStaticCell<[u8; 64]> = ConstStaticCell::new([0; 64]);
static STATE: StaticCell<State<'static>> = StaticCell::new();

type Usb = Driver<'static, Powered>;
pub type Device = UsbDevice<'static, Usb>;

/// Says that there is a cable once the crystal runs too.
pub struct Powered(HardwareVbusDetect);

impl VbusDetect for Powered {
    fn is_usb_detected(&self) -> bool {
        self.0.is_usb_detected()
    }

    async fn wait_power_ready(&mut self) -> Result<(), ()> {
        self.0.wait_power_ready().await?;
        radio::crystal().await;
        Ok(())
    }
}

/// The device, to be run, and its line.
pub fn open(usb: Peri<'static, peripherals::USBD>) -> (Device, Cable) {
    let driver = Driver::new(usb, Lines, Powered(HardwareVbusDetect::new(Lines)));
    let mut config = embassy_usb::Config::new(VENDOR, PRODUCT);
    config.manufacturer = Some("Sling");
    config.product = Some("Sling head unit");
    let mut builder = Builder::new(driver, config, CONFIGURATION.take(), CAPABILITIES.take(), &mut [], CONTROL.take());
    let line = CdcAcmClass::new(&mut builder, STATE.init_with(State::new), PACKET as u16);
    let (sender, receiver) = line.split();
    (builder.build(), Cable { sender, receiver, packet: [0; PACKET], taken: 0, filled: 0 })
}

#[embassy_executor::task]
pub async fn run(mut device: Device) -> ! {
    device.run().await
}

/// The line.
pub struct Cable {
    sender: Sender<'static, Usb>,
    receiver: Receiver<'static, Usb>,
    /// What came and is not taken yet.
    packet: [u8; PACKET],
    taken: usize,
    filled: usize,
}

/// The cable was pulled out, or nobody reads.
#[derive(Clone, Copy, Debug)]
pub struct Gone;

impl core::fmt::Display for Gone {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the cable is gone")
    }
}

impl core::error::Error for Gone {}

impl Error for Gone {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NotConnected
    }
}

impl ErrorType for Cable {
    type Error = Gone;
}

impl Read for Cable {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Self::Error> {
        while self.taken == self.filled {
            match self.receiver.read_packet(&mut self.packet).await {
                Ok(filled) => (self.taken, self.filled) = (0, filled),
                Err(_) => self.receiver.wait_connection().await,
            }
        }
        let waiting = self.packet.get(self.taken..self.filled).unwrap_or_default();
        let n = waiting.len().min(bytes.len());
        for (to, from) in bytes.iter_mut().zip(waiting) {
            *to = *from;
        }
        self.taken += n;
        Ok(n)
    }
}

impl Write for Cable {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        let whole = bytes.len().is_multiple_of(PACKET);
        // After a whole packet an empty one says that no more comes.
        for packet in bytes.chunks(PACKET).chain(whole.then_some(&[][..])) {
            match with_timeout(TAKES_WITHIN, self.sender.write_packet(packet)).await {
                Ok(Ok(())) => {}
                _ => return Err(Gone),
            }
        }
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}
