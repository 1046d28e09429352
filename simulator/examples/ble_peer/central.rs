//! Who answers the driver's events with commands. Any central will do: a scripted one, core's.

use sling_core::link::ble::{Address, BleCommand, BleProfile, Profiles};
use sling_simulator::radio::OwnedBleEvent;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The seam between the rig and what it drives the driver with.
pub trait Central {
    /// What to ask for after `event`, or because time has passed (`None`).
    fn handle(&mut self, event: Option<&OwnedBleEvent>, now: Instant) -> Vec<BleCommand>;
}

/// The plainest central that brings every muscle sensor up: scans all the time, connects to what it sees, discovers,
/// subscribes, reads the battery, and begins anew after each failure.
#[derive(Default)]
pub struct Scripted {
    peers: BTreeMap<Address, Peer>,
}

#[derive(Clone, Copy, PartialEq)]
enum Peer {
    Asked,
    Up { battery: bool },
    FailedAt(Instant),
}

const MUSCLES: [BleProfile; 2] = [BleProfile::Moxy, BleProfile::TrainRed];
const PAUSE: Duration = Duration::from_millis(500);

impl Scripted {
    fn may_connect(&self, address: Address, now: Instant) -> bool {
        match self.peers.get(&address) {
            None => true,
            Some(Peer::FailedAt(at)) => now - *at >= PAUSE,
            Some(_) => false,
        }
    }
}

fn muscle(profiles: Profiles) -> Option<BleProfile> {
    MUSCLES.into_iter().find(|&profile| profiles.has(profile))
}

impl Central for Scripted {
    fn handle(&mut self, event: Option<&OwnedBleEvent>, now: Instant) -> Vec<BleCommand> {
        match event {
            Some(OwnedBleEvent::Adapter(Ok(()))) => return vec![BleCommand::StartScan],
            Some(&OwnedBleEvent::Seen { address, profiles, .. })
                if muscle(profiles).is_some() && self.may_connect(address, now) =>
            {
                self.peers.insert(address, Peer::Asked);
                return vec![BleCommand::Connect { address }];
            }
            Some(&OwnedBleEvent::Connected { address }) => return vec![BleCommand::Discover { address }],
            Some(&OwnedBleEvent::Discovered { address, profiles }) => {
                return match muscle(profiles) {
                    Some(profile) => vec![BleCommand::Subscribe { address, profile }],
                    None => vec![BleCommand::Disconnect { address }],
                };
            }
            Some(&OwnedBleEvent::Subscribed { address, .. }) => {
                self.peers.insert(address, Peer::Up { battery: true });
                return vec![BleCommand::ReadBattery { address }];
            }
            Some(&OwnedBleEvent::BatteryLevel { address, .. }) => {
                self.peers.insert(address, Peer::Up { battery: false });
            }
            Some(&OwnedBleEvent::Disconnected { address }) => {
                self.peers.remove(&address);
            }
            Some(&OwnedBleEvent::Failed { address }) => match self.peers.get(&address) {
                // A battery that cannot be read is no reason to hang up.
                Some(Peer::Up { battery: true }) => {
                    self.peers.insert(address, Peer::Up { battery: false });
                }
                _ => {
                    self.peers.insert(address, Peer::FailedAt(now));
                    return vec![BleCommand::Disconnect { address }];
                }
            },
            _ => {}
        }
        Vec::new()
    }
}
