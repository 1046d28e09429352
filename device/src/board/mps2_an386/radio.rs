//! Bluetooth: a controller on a socket, spoken to in HCI as over a serial line (H4). It is polled by the executor above, where the
//! body is, for what the two leave for each other has no lock.

use super::uart::Uart;
use bt_hci::controller::ExternalController;
use bt_hci_serial::SerialTransport;
use core::pin::pin;
use embassy_futures::select::select;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_time::Timer as Alarm;
use sling_device::ble::{Ble, Resources};
use static_cell::StaticCell;

/// Sensors connected at once.
const LINKS: usize = 6;
/// HCI commands at once.
const SLOTS: usize = 8;
/// A controller that failed, or is not there, is asked again after this long.
const AGAIN_MS: u64 = 1000;

pub type BoardBle = Ble<LINKS>;

static BLE: StaticCell<BoardBle> = StaticCell::new();
static RESOURCES: StaticCell<Resources<LINKS>> = StaticCell::new();

/// Makes it, in its place.
pub fn ble() -> &'static BoardBle {
    BLE.init_with(Ble::new)
}

/// Talks to the controller for as long as there is power. It has an address of its own, so the head unit needs none.
#[embassy_executor::task]
pub async fn talk(ble: &'static BoardBle, line: &'static Uart) -> ! {
    let resources = RESOURCES.init_with(Resources::new);
    loop {
        let transport = SerialTransport::<NoopRawMutex, _, _>::new(line, line);
        // In its place: it is large, and would pass through the stack.
        pin!(ble.run(ExternalController::<_, SLOTS>::new(transport), resources, None)).await;
        // What comes meanwhile, perhaps the rest of a packet, was for the one that failed.
        select(line.ignore(), Alarm::after_millis(AGAIN_MS)).await;
    }
}
