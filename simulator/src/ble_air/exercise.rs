//! Any bytes at all as a life of the central: events in any order, time in any steps, wishes that come and go.
//!
//! [`exercise`] is the entry of a fuzzer. It panics where [`BleCentral`] breaks a promise that holds whatever the other
//! side does; that wanted peers stream is a matter of [`super::BleAir`], which behaves.

use sling_core::link::Trouble;
use sling_core::link::ble::{Address, BleCentral, BleCommand, BleEvent, BleProfile, Profiles, Wanted};
use sling_core::sensor::SensorKind;
use sling_core::time::{Duration, Instant};

/// Addresses that occur: more than can be wanted, and more than there is room for.
const ADDRESSES: u8 = 24;
/// A connect that was given up may hold up the next one for this long.
const GIVEN_UP_HOLDS: Duration = Duration::from_s(2);
/// More commands from one call than any state can want: a disconnect, a look-up or the like for each peer, and the scan.
const MOST_AT_ONCE: u32 = 40;
/// Commands that each input may lead to at once, and those a second that time alone leads to.
const MOST_PER_INPUT: u64 = 4;
const MOST_PER_SECOND: u64 = 40;

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn address(&mut self) -> Address {
        [self.next() % ADDRESSES; 6]
    }

    fn profile(&mut self) -> BleProfile {
        BleProfile::ALL[usize::from(self.next()) % BleProfile::ALL.len()]
    }

    fn profiles(&mut self) -> Profiles {
        let bits = self.next();
        let picked = BleProfile::ALL.into_iter().filter(|profile| bits >> *profile as u8 & 1 != 0);
        picked.fold(Profiles::NONE, Profiles::with)
    }
}

/// What an onlooker knows.
#[derive(Default)]
struct Onlooker {
    up: bool,
    ever_wanted: [bool; ADDRESSES as usize],
    /// Discovered since the last link.
    discovered: [bool; ADDRESSES as usize],
    connect: Option<Address>,
    given_up_at: Option<Instant>,
    inputs: u64,
    commands: u64,
}

impl Onlooker {
    fn event(&mut self, now: Instant, event: &BleEvent<'_>) {
        match *event {
            BleEvent::Adapter(adapter) => {
                self.up = adapter.is_ok();
                if !self.up {
                    self.connect = None;
                }
            }
            BleEvent::Discovered { address, .. } => {
                self.discovered[usize::from(address[0])] = true;
                self.answered(address);
            }
            // Too late for a connect that is being given up, and news of its own after that.
            BleEvent::Connected { address } if self.given_up_at.is_none_or(|at| now.since(at) >= GIVEN_UP_HOLDS) => {
                self.answered(address);
            }
            BleEvent::Failed { address } | BleEvent::Disconnected { address } => self.answered(address),
            _ => {}
        }
    }

    fn answered(&mut self, address: Address) {
        self.connect = self.connect.filter(|open| *open != address);
    }

    fn command(&mut self, now: Instant, command: BleCommand) {
        self.commands += 1;
        assert!(self.up, "{command:?} without an adapter");
        let (BleCommand::Connect { address }
        | BleCommand::Discover { address }
        | BleCommand::Subscribe { address, .. }
        | BleCommand::ReadBattery { address }
        | BleCommand::Disconnect { address }) = command
        else {
            return;
        };
        let peer = usize::from(address[0]);
        assert!(self.ever_wanted[peer], "{command:?} for an address that was never wanted");
        match command {
            BleCommand::Connect { .. } => {
                let free = self.given_up_at.is_some_and(|at| now.since(at) >= GIVEN_UP_HOLDS);
                assert!(self.connect.is_none() || free, "{command:?} while {:?} is open", self.connect);
                (self.connect, self.given_up_at) = (Some(address), None);
                self.discovered[peer] = false;
            }
            // Whatever became of the connect, the link is up.
            BleCommand::Discover { .. } => self.answered(address),
            BleCommand::Subscribe { .. } => assert!(self.discovered[peer], "{command:?} before Discovered"),
            BleCommand::Disconnect { .. } if self.connect == Some(address) => self.given_up_at = Some(now),
            _ => {}
        }
    }
}

/// Drives a central by `bytes`.
///
/// # Panics
///
/// If the central breaks a promise.
pub fn exercise(bytes: &[u8]) {
    let (mut bytes, mut now) = (Bytes(bytes), Instant::ZERO);
    let (mut central, mut onlooker) = (BleCentral::new(), Onlooker::default());
    while !bytes.0.is_empty() {
        step(&mut bytes, &mut now, &mut central, &mut onlooker);
        onlooker.inputs += 1;
        let mut at_once = 0;
        while let Some(command) = central.poll() {
            onlooker.command(now, command);
            at_once += 1;
            assert!(at_once <= MOST_AT_ONCE, "no end of commands, now {command:?}");
        }
    }
    let seconds = now.as_ms() / 1000 + 1;
    let most = onlooker.inputs * MOST_PER_INPUT + seconds * MOST_PER_SECOND;
    assert!(onlooker.commands <= most, "{} commands, at most {most}", onlooker.commands);
}

fn step(bytes: &mut Bytes<'_>, now: &mut Instant, central: &mut BleCentral, onlooker: &mut Onlooker) {
    let value = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    let event = match bytes.next() % 24 {
        0 | 1 => {
            *now = *now + Duration::from_ms(u32::from(bytes.next()) * 40);
            return central.tick(*now);
        }
        2..=5 => {
            if let Some(next) = central.deadline() {
                *now = next.max(*now);
                central.tick(*now);
                let due = central.clone().poll().is_some();
                assert!(due || central.deadline().is_none_or(|later| later > *now), "busy at {now:?}");
            }
            return;
        }
        6 => {
            let count = bytes.next() % 16;
            let wanted: Vec<Wanted> = (0..count)
                .map(|_| {
                    let address = bytes.address();
                    let kind = SensorKind::ALL[usize::from(bytes.next()) % SensorKind::ALL.len()];
                    onlooker.ever_wanted[usize::from(address[0])] = true;
                    Wanted { address, kind }
                })
                .collect();
            return central.want(*now, &wanted);
        }
        7 => return central.set_listing(bytes.next() & 1 != 0),
        // A clock that goes back.
        8 => return central.tick(now.before(Duration::from_s(u32::from(bytes.next())))),
        9 => {
            let troubles = [Trouble::NoDevice, Trouble::Off, Trouble::NoService];
            let trouble = bytes.next();
            let trouble = troubles.get(usize::from(trouble & 15)).copied();
            BleEvent::Adapter(trouble.map_or(Ok(()), Err))
        }
        10..=12 => {
            let (address, profiles) = (bytes.address(), bytes.profiles());
            BleEvent::Seen { address, name: Some("Moxy5 1234"), profiles, rssi_dbm: None }
        }
        13 | 14 => BleEvent::Connected { address: bytes.address() },
        15 | 16 => BleEvent::Discovered { address: bytes.address(), profiles: bytes.profiles() },
        17 | 18 => BleEvent::Subscribed { address: bytes.address(), profile: bytes.profile() },
        19 | 20 => {
            let (address, profile) = (bytes.address(), bytes.profile());
            BleEvent::Notification { address, profile, value: &value[..usize::from(bytes.next() % 10)] }
        }
        21 => BleEvent::Disconnected { address: bytes.address() },
        22 => BleEvent::Failed { address: bytes.address() },
        _ => BleEvent::BatteryLevel { address: bytes.address(), percent: bytes.next() },
    };
    onlooker.event(*now, &event);
    central.event(*now, &event);
}
