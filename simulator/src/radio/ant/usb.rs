//! ANT sticks over USB, by libusb.
//!
//! A stick is a device of vendor 0FCF and product 1008 (ANTUSB2) or 1009 (ANTUSB-m) with one interface that has a bulk
//! endpoint in each direction; which ones, its descriptors say. The kernel may have bound a serial driver to it, which
//! steps aside while the stick is ours.
//!
//! Each attempt to open asks libusb anew from the beginning: its own news of what is plugged in need a udev or netlink
//! that containers and some desktops don't have. A stick that is pulled out shows as an I/O error or as "no device",
//! by kernel and moment: both are [`Trouble::Gone`].

use super::{Opener, Port, Trouble};
use rusb::{Context, Device, DeviceHandle, Direction, TransferType, UsbContext};
use std::time::Duration;

const VENDOR: u16 = 0x0FCF;
const PRODUCTS: [u16; 2] = [0x1008, 0x1009];
const WRITE_TIMEOUT: Duration = Duration::from_secs(1);
/// A multiple of every endpoint's packet: a shorter buffer would be an overflow.
const READ_SIZE: usize = 1024;

/// Opens the first stick that can be opened, or the one of a serial number.
#[derive(Clone, Debug, Default)]
pub struct Usb {
    /// Two sticks of a kind differ in this only. `None`: any stick.
    pub serial: Option<String>,
}

/// A stick that is plugged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its product id: 0x1008 or 0x1009.
    pub product: u16,
    /// Bus and device number, as `lsusb` shows them.
    pub place: (u8, u8),
    /// Its serial number, or why it could not be read.
    pub serial: Result<String, Trouble>,
}

/// Every stick that is plugged in, for a choice or a diagnosis.
pub fn list() -> Result<Vec<Found>, Trouble> {
    let found = |stick: &Stick| Found {
        product: stick.product,
        place: (stick.device.bus_number(), stick.device.address()),
        serial: stick.device.open().map_err(opening).and_then(|handle| stick.serial(&handle)),
    };
    Ok(sticks()?.iter().map(found).collect())
}

impl Opener for Usb {
    fn open(&mut self) -> Result<Box<dyn Port>, Trouble> {
        // Of several sticks that cannot be opened, the first says why.
        let mut trouble = Trouble::NoStick;
        for stick in sticks()? {
            match stick.open(self.serial.as_deref()) {
                Ok(port) => return Ok(Box::new(port)),
                Err(why) if trouble == Trouble::NoStick => trouble = why,
                Err(_) => {}
            }
        }
        Err(trouble)
    }
}

struct Stick {
    device: Device<Context>,
    product: u16,
    serial_index: Option<u8>,
}

fn sticks() -> Result<Vec<Stick>, Trouble> {
    let devices = Context::new().and_then(|context| context.devices()).map_err(|_| Trouble::NoUsb)?;
    let stick = |device: Device<Context>| {
        let descriptor = device.device_descriptor().ok()?;
        let product = descriptor.product_id();
        let ours = descriptor.vendor_id() == VENDOR && PRODUCTS.contains(&product);
        ours.then_some(Stick { device, product, serial_index: descriptor.serial_number_string_index() })
    };
    Ok(devices.iter().filter_map(stick).collect())
}

impl Stick {
    /// [`Trouble::NoStick`] if its serial number is not the wanted one.
    fn open(&self, serial: Option<&str>) -> Result<UsbPort, Trouble> {
        let pipes = self.pipes().ok_or(Trouble::Failed)?;
        let handle = self.device.open().map_err(opening)?;
        if let Some(serial) = serial
            && self.serial(&handle)? != serial
        {
            return Err(Trouble::NoStick);
        }
        // Not every system has kernel drivers that could be in the way.
        match handle.set_auto_detach_kernel_driver(true) {
            Ok(()) | Err(rusb::Error::NotSupported) => {}
            Err(error) => return Err(opening(error)),
        }
        // Choosing the configuration anew would reset a stick that needs no reset.
        if handle.active_configuration().map_err(opening)? != pipes.configuration {
            handle.set_active_configuration(pipes.configuration).map_err(opening)?;
        }
        handle.claim_interface(pipes.interface).map_err(opening)?;
        Ok(UsbPort { handle, pipes, buffer: Box::new([0; READ_SIZE]) })
    }

    fn serial(&self, handle: &DeviceHandle<Context>) -> Result<String, Trouble> {
        let Some(index) = self.serial_index else { return Ok(String::new()) };
        let text = handle.read_string_descriptor_ascii(index).map_err(opening)?;
        Ok(text.trim_end_matches('\0').to_owned())
    }

    /// The first interface with a bulk endpoint in each direction.
    fn pipes(&self) -> Option<Pipes> {
        let config = self.device.active_config_descriptor().or_else(|_| self.device.config_descriptor(0)).ok()?;
        let alternatives = config.interfaces().flat_map(|interface| interface.descriptors());
        let mut first = alternatives.filter(|alternative| alternative.setting_number() == 0);
        first.find_map(|interface| {
            let bulk = |direction| {
                let fits = |endpoint: &rusb::EndpointDescriptor| {
                    endpoint.transfer_type() == TransferType::Bulk && endpoint.direction() == direction
                };
                interface.endpoint_descriptors().find(fits).map(|endpoint| endpoint.address())
            };
            Some(Pipes {
                configuration: config.number(),
                interface: interface.interface_number(),
                input: bulk(Direction::In)?,
                output: bulk(Direction::Out)?,
            })
        })
    }
}

/// Where bytes go in and out.
#[derive(Clone, Copy, Debug)]
struct Pipes {
    configuration: u8,
    interface: u8,
    input: u8,
    output: u8,
}

struct UsbPort {
    handle: DeviceHandle<Context>,
    pipes: Pipes,
    buffer: Box<[u8; READ_SIZE]>,
}

impl Port for UsbPort {
    fn read(&mut self, into: &mut Vec<u8>, timeout: Duration) -> Result<(), Trouble> {
        // Nothing would mean for ever.
        let timeout = timeout.max(Duration::from_millis(1));
        match self.handle.read_bulk(self.pipes.input, &mut self.buffer[..], timeout) {
            Ok(size) => {
                into.extend_from_slice(&self.buffer[..size]);
                Ok(())
            }
            Err(rusb::Error::Timeout | rusb::Error::Interrupted) => Ok(()),
            Err(error) => Err(working(error)),
        }
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), Trouble> {
        while !bytes.is_empty() {
            match self.handle.write_bulk(self.pipes.output, bytes, WRITE_TIMEOUT) {
                // It takes nothing: it hangs.
                Ok(0) => return Err(Trouble::Failed),
                Ok(size) => bytes = &bytes[size..],
                Err(rusb::Error::Interrupted) => {}
                Err(error) => return Err(working(error)),
            }
        }
        Ok(())
    }
}

/// What an error means before the stick is ours.
fn opening(error: rusb::Error) -> Trouble {
    match error {
        rusb::Error::Access => Trouble::Denied,
        rusb::Error::Busy => Trouble::Busy,
        // Pulled out between the list and the opening.
        rusb::Error::NoDevice | rusb::Error::NotFound => Trouble::NoStick,
        _ => Trouble::Failed,
    }
}

/// What an error means once bytes have flowed.
fn working(error: rusb::Error) -> Trouble {
    match error {
        rusb::Error::Io | rusb::Error::NoDevice | rusb::Error::NotFound | rusb::Error::Pipe => Trouble::Gone,
        _ => Trouble::Failed,
    }
}
