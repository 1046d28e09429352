//! Advertisements: which of them are sensors', and what is remembered of those.
//!
//! A sensor's service and its name often come in two packets, the advertisement and the answer to a scan request: 128
//! bits of UUID leave no room for a name. So the services are remembered, and the name is reported with them. So is the
//! kind of address, public or random, which a connection needs and a [`BleCommand`](sling_core::link::ble::BleCommand)
//! does not carry.

use super::report::{MAX_NAME, Seen};
use bt_hci::param::{AddrKind, BdAddr, LeAdvEventKind, LeAdvReport};
use embassy_time::{Duration, Instant};
use heapless::{String, Vec};
use sling_core::link::ble::{Address, BleProfile, Profiles};
use sling_core::wire::gatt;

/// Sensors that are remembered; with more in the air the one that was silent longest is forgotten.
const REMEMBERED: usize = 16;
/// A sensor that says nothing new is reported this often.
const AGAIN: Duration = Duration::from_millis(1000);
/// HCI's word for a strength that was not measured.
const NO_RSSI: i8 = 127;

/// The parts of an advertisement that tell a sensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Advert<'a> {
    profiles: Profiles,
    name: Option<&'a str>,
}

impl<'a> Advert<'a> {
    /// Reads advertising data (Core Specification, volume 3 part C, section 11; types by the Assigned Numbers): elements
    /// of length, type, data. Reading ends at the first that is cut.
    fn parse(mut data: &'a [u8]) -> Self {
        const UUIDS_16: [u8; 2] = [0x02, 0x03];
        const UUIDS_128: [u8; 2] = [0x06, 0x07];
        const SHORT_NAME: u8 = 0x08;
        const WHOLE_NAME: u8 = 0x09;
        let mut advert = Self::default();
        while let Some((element, rest)) = element(data) {
            data = rest;
            let Some((kind, value)) = element.split_first() else { continue };
            match *kind {
                kind if UUIDS_16.contains(&kind) => {
                    for &uuid in value.as_chunks::<2>().0 {
                        advert.offers(gatt::standard(u16::from_le_bytes(uuid)));
                    }
                }
                kind if UUIDS_128.contains(&kind) => {
                    for &uuid in value.as_chunks::<16>().0 {
                        advert.offers(u128::from_le_bytes(uuid));
                    }
                }
                WHOLE_NAME => advert.name = str::from_utf8(value).ok(),
                SHORT_NAME => advert.name = advert.name.or(str::from_utf8(value).ok()),
                _ => {}
            }
        }
        advert
    }

    fn offers(&mut self, service: u128) {
        if let Some(profile) = BleProfile::ALL.into_iter().find(|profile| profile.service() == service) {
            self.profiles = self.profiles.with(profile);
        }
    }
}

/// The first element, without its length, and what follows it.
fn element(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&len, rest) = data.split_first()?;
    rest.split_at_checked(len.into())
}

/// Core's form of an address: as it is written, most significant byte first.
pub fn to_core(address: BdAddr) -> Address {
    let mut bytes = address.into_inner();
    bytes.reverse();
    bytes
}

/// HCI's form: as it is sent, least significant byte first.
pub fn to_hci(mut address: Address) -> BdAddr {
    address.reverse();
    BdAddr::new(address)
}

/// A sensor in the air.
#[derive(Clone, Copy)]
struct Peer {
    address: Address,
    kind: AddrKind,
    profiles: Profiles,
    named: bool,
    /// When it was last reported.
    reported: Instant,
    /// When it was last heard.
    heard: Instant,
}

/// The sensors in the air.
#[derive(Default)]
pub struct Peers(Vec<Peer, REMEMBERED>);

impl Peers {
    /// None heard so far.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Takes notice of an advertisement; what is to be reported, if it is a sensor's and says something new, or the
    /// sensor has not been reported for a second.
    pub fn hear(&mut self, now: Instant, report: &LeAdvReport<'_>) -> Option<Seen> {
        // The others cannot be connected to.
        if !matches!(report.event_kind, LeAdvEventKind::AdvInd | LeAdvEventKind::ScanRsp) {
            return None;
        }
        let advert = Advert::parse(report.data);
        let address = to_core(report.addr);
        let known = self.0.iter().position(|peer| peer.address == address);
        let index = match known {
            Some(index) => index,
            // A bystander, or a sensor whose answer was heard before its advertisement.
            None if advert.profiles.is_empty() => return None,
            None => self.remember(address, report.addr_kind, now)?,
        };
        let peer = self.0.get_mut(index)?;
        let profiles = advert.profiles.iter().fold(peer.profiles, Profiles::with);
        let new = known.is_none() || profiles != peer.profiles || (advert.name.is_some() && !peer.named);
        (peer.heard, peer.kind, peer.profiles) = (now, report.addr_kind, profiles);
        if !new && now.saturating_duration_since(peer.reported) < AGAIN {
            return None;
        }
        peer.reported = now;
        peer.named |= advert.name.is_some();
        Some(Seen {
            address,
            name: advert.name.and_then(|name| String::<MAX_NAME>::try_from(name).ok()),
            profiles,
            rssi_dbm: Some(report.rssi).filter(|&rssi| rssi != NO_RSSI),
        })
    }

    /// The index of a new peer.
    fn remember(&mut self, address: Address, kind: AddrKind, now: Instant) -> Option<usize> {
        let peer = Peer { address, kind, profiles: Profiles::NONE, named: false, reported: now, heard: now };
        if self.0.is_full() {
            let (index, longest_silent) = self.0.iter_mut().enumerate().min_by_key(|(_, peer)| peer.heard)?;
            *longest_silent = peer;
            return Some(index);
        }
        self.0.push(peer).ok()?;
        self.0.len().checked_sub(1)
    }

    /// What to connect to. The kind of an address that was never heard is guessed: a static random address has both its
    /// highest bits set, and few public ones have.
    pub fn reachable(&self, address: Address) -> trouble_host::Address {
        let heard = self.0.iter().find(|peer| peer.address == address).map(|peer| peer.kind);
        let looks_random = address.first().is_some_and(|byte| byte >> 6 == 0b11);
        let guessed = if looks_random { AddrKind::RANDOM } else { AddrKind::PUBLIC };
        trouble_host::Address::new(heard.unwrap_or(guessed), to_hci(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::vec::Vec;

    const MOXY: Address = [0xC0, 1, 2, 3, 4, 5];

    fn of(kind: u8, value: &[u8]) -> Vec<u8> {
        [&[value.len() as u8 + 1, kind], value].concat()
    }

    fn moxy() -> Vec<u8> {
        [of(0x01, &[6]), of(0x07, &gatt::MOXY_SERVICE.to_le_bytes())].concat()
    }

    fn heard(peers: &mut Peers, at_ms: u64, event_kind: LeAdvEventKind, data: &[u8]) -> Option<Seen> {
        let addr = to_hci(MOXY);
        let report = LeAdvReport { event_kind, addr_kind: AddrKind::PUBLIC, addr, data, rssi: -60 };
        peers.hear(Instant::from_millis(at_ms), &report)
    }

    #[test]
    fn services_and_names_are_read_and_a_cut_ends_the_reading() {
        let both = Profiles::NONE.with(BleProfile::CyclingPower).with(BleProfile::HeartRate);
        let only = |profile| Profiles::NONE.with(profile);
        for (data, profiles, name) in [
            (moxy(), only(BleProfile::Moxy), None),
            (of(0x06, &gatt::TRAIN_RED_SERVICE.to_le_bytes()), only(BleProfile::TrainRed), None),
            ([of(0x03, &[0x18, 0x18, 0x0A, 0x18]), of(0x02, &[0x0D, 0x18])].concat(), both, None),
            ([of(0x09, b"Moxy5 1234"), of(0x08, b"Mox")].concat(), Profiles::NONE, Some("Moxy5 1234")),
            ([of(0x08, b"Mox"), of(0x09, b"Moxy5 1234")].concat(), Profiles::NONE, Some("Moxy5 1234")),
            (of(0x09, &[0xFF, 0xFE]), Profiles::NONE, None),
            // An element of nothing is legal; the rest is zeros or nonsense.
            ([&[0], &of(0x03, &[0x16, 0x18])[..]].concat(), only(BleProfile::SpeedCadence), None),
            (of(0x03, &[0x16]), Profiles::NONE, None),
            (std::vec![9, 0x09, b'M'], Profiles::NONE, None),
            (std::vec![0; 31], Profiles::NONE, None),
        ] {
            assert_eq!(Advert::parse(&data), Advert { profiles, name }, "{data:02X?}");
        }
        for len in 0..moxy().len() {
            assert!(Advert::parse(&moxy()[..len]).profiles.is_empty(), "{len}");
        }
    }

    #[test]
    fn a_name_in_the_answer_to_a_scan_is_reported_with_the_services() {
        let (mut peers, name) = (Peers::new(), of(0x09, b"Moxy5 1234"));
        assert_eq!(heard(&mut peers, 0, LeAdvEventKind::ScanRsp, &name), None);
        let first = heard(&mut peers, 10, LeAdvEventKind::AdvInd, &moxy()).unwrap();
        assert_eq!((first.address, first.name, first.rssi_dbm), (MOXY, None, Some(-60)));
        assert!(first.profiles.has(BleProfile::Moxy));
        let named = heard(&mut peers, 20, LeAdvEventKind::ScanRsp, &name).unwrap();
        assert_eq!(named.name.as_deref(), Some("Moxy5 1234"));
        assert_eq!(named.profiles, first.profiles);
    }

    #[test]
    fn a_sensor_is_reported_once_a_second_and_a_bystander_never() {
        let mut peers = Peers::new();
        let reports = (0..5000).step_by(100).filter_map(|ms| heard(&mut peers, ms, LeAdvEventKind::AdvInd, &moxy()));
        assert_eq!(reports.count(), 5);
        assert_eq!(heard(&mut peers, 9000, LeAdvEventKind::AdvNonconnInd, &moxy()), None);
        assert_eq!(heard(&mut Peers::new(), 0, LeAdvEventKind::AdvInd, &of(0x03, &[0x0A, 0x18])), None);
    }

    #[test]
    fn the_kind_of_an_address_is_as_heard_or_guessed() {
        let mut peers = Peers::new();
        assert_eq!(peers.reachable(MOXY).kind, AddrKind::RANDOM);
        assert_eq!(peers.reachable([0x3C, 1, 2, 3, 4, 5]).kind, AddrKind::PUBLIC);
        heard(&mut peers, 0, LeAdvEventKind::AdvInd, &moxy());
        assert_eq!(peers.reachable(MOXY).kind, AddrKind::PUBLIC);
        assert_eq!(peers.reachable(MOXY).addr.into_inner(), [5, 4, 3, 2, 1, 0xC0]);
    }

    #[test]
    fn the_sensor_that_was_silent_longest_makes_room() {
        let mut peers = Peers::new();
        for i in 0..=REMEMBERED as u8 {
            let addr = BdAddr::new([i; 6]);
            let (event_kind, data) = (LeAdvEventKind::AdvInd, &moxy()[..]);
            let report = LeAdvReport { event_kind, addr_kind: AddrKind::PUBLIC, addr, data, rssi: NO_RSSI };
            let seen = peers.hear(Instant::from_millis(u64::from(i)), &report).unwrap();
            assert_eq!((seen.address, seen.rssi_dbm), ([i; 6], None));
        }
        let addresses: Vec<_> = peers.0.iter().map(|peer| peer.address[0]).collect();
        assert_eq!(addresses.len(), REMEMBERED);
        assert!(!addresses.contains(&0) && addresses.contains(&(REMEMBERED as u8)));
    }
}
