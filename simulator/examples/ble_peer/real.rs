//! The driver with the scripted central on the machine's own bus: whatever muscle sensors are in the air are brought up,
//! and what they say is printed. Ends well after as many losses as are named, each of them mended.

use crate::central::{Central, Scripted};
use crate::rig::{Outcome, decode};
use sling_simulator::radio::OwnedBleEvent;
use sling_simulator::radio::ble::BleRadio;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(90);
const STEP: Duration = Duration::from_millis(50);
/// Values after which a link is taken for well.
const VALUES: usize = 20;

pub fn real(wanted_losses: usize) -> Outcome {
    let began = Instant::now();
    let (sender, events) = channel();
    let radio = BleRadio::start(sender).map_err(|error| error.to_string())?;
    let mut central = Scripted::default();
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
