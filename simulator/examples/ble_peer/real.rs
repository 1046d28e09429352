//! The driver on the machine's own bus. The scripted central brings up whatever muscle sensors are in the air; core's the one
//! whose address is given. What they say is printed. Ends well after as many losses as are named, each of them mended.

use crate::central::{Central, Core, Scripted};
use crate::rig::{Outcome, decode};
use sling_core::link::ble::Address;
use sling_simulator::radio::OwnedBleEvent;
use sling_simulator::radio::ble::BleRadio;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(90);
const STEP: Duration = Duration::from_millis(50);
/// Values after which a link is taken for well.
const VALUES: usize = 20;

pub fn real(wanted_losses: &str, address: Option<&str>) -> Outcome {
    let wanted_losses: usize = wanted_losses.parse().map_err(|_| "LOSSES is a number")?;
    let mut central: Box<dyn Central> = match address {
        Some(text) => Box::new(Core::new(&[address_in(text).ok_or("an address is like D0:11:22:33:16:2E")?])),
        None => Box::new(Scripted::default()),
    };
    let began = Instant::now();
    let (sender, events) = channel();
    let radio = BleRadio::start(sender).map_err(|error| error.to_string())?;
    let (mut losses, mut values) = (0, 0);
    while began.elapsed() < LIMIT {
        let event = events.recv_timeout(STEP).ok();
        for command in central.handle(event.as_ref(), Instant::now()) {
            radio.ask(command);
        }
        let Some(event) = event else { continue };
        let seconds = began.elapsed().as_secs_f64();
        match event {
            OwnedBleEvent::Notification { profile, ref value, .. } => {
                values += 1;
                let hex = value.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
                println!("  {seconds:7.3} value {hex} {}", decode(profile, value).unwrap_or_default());
                if losses >= wanted_losses && values >= VALUES {
                    drop(radio);
                    return Ok(());
                }
            }
            _ => println!("  {seconds:7.3} {event:?}"),
        }
        if let OwnedBleEvent::Disconnected { .. } = event {
            if values < VALUES {
                return Err(format!("lost after {values} values, which is too early to say"));
            }
            losses += 1;
            values = 0;
        }
    }
    Err(format!("{losses} losses and {values} values within {} s", LIMIT.as_secs()))
}

fn address_in(text: &str) -> Option<Address> {
    let bytes: Vec<u8> = text.split(':').map(|byte| u8::from_str_radix(byte, 16)).collect::<Result<_, _>>().ok()?;
    bytes.try_into().ok()
}
