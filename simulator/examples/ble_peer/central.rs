//! Who answers the driver's events with commands. Any central will do: a scripted one, core's.

use sling_core::link::ble::{Address, BleCentral, BleCommand, BleProfile, Profiles, Wanted};
use sling_core::sensor::SensorKind;
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

/// Core's central, as it rides in the head unit.
pub struct Core {
    central: BleCentral,
    began: Instant,
}

impl Core {
    /// Wants these muscle sensors.
    pub fn new(wanted: &[Address]) -> Self {
        let wanted: Vec<_> = wanted.iter().map(|&address| Wanted { address, kind: SensorKind::MuscleOxygen }).collect();
        let mut central = BleCentral::new();
        central.want(sling_core::time::Instant::ZERO, &wanted);
        Self { central, began: Instant::now() }
    }
}

impl Central for Core {
    fn handle(&mut self, event: Option<&OwnedBleEvent>, now: Instant) -> Vec<BleCommand> {
        let now = sling_core::time::Instant::from_ms(now.duration_since(self.began).as_millis() as u64);
        match event {
            Some(event) => self.central.event(now, &event.as_event()),
            None => self.central.tick(now),
        }
        std::iter::from_fn(|| self.central.poll()).collect()
    }
}
