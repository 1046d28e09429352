//! Virtual Bluetooth LE: sensors with GATT services, the air between, and the stack of a body, so that a central can be
//! shown everything that goes wrong between a bike and a head unit without either.
//!
//! [`BleAir`] takes the commands of a central with their time and gives the events that a body would report, with
//! theirs. The same seed and the same calls give the same events. It also keeps watch: a command that no stack should
//! be given is written down in [`BleAir::objections`].
//!
//! Modelled: adverts at the peer's interval with the usual jitter of up to 10 ms; a connect that waits for an advert and
//! that the stack gives up after 20 s; answers that take a few link intervals; a lost packet as the delay of its
//! retransmission; a link that is lost after 4 s without a packet; one connect at a time; peers that do not advertise
//! while they are connected. A stack whose service has died says and does nothing, and says nothing when it is back.
//!
//! Times are [`Instant`]s of the caller's; calls go forward in time.

pub mod exercise;

pub use crate::radio::OwnedBleEvent;

use sling_core::link::Trouble;
use sling_core::link::ble::{Address, BleCommand, BleProfile, Profiles};
use sling_core::time::{Duration, Instant};
use std::collections::BTreeMap;

/// From one packet of a link to the next.
const LINK_INTERVAL_MS: u32 = 50;
/// A link without a packet for this long is lost.
pub const SUPERVISION: Duration = Duration::from_s(4);
/// The stack gives up a connect after this long.
const STACK_GIVES_UP: Duration = Duration::from_s(20);
/// The longest random delay between two adverts, apart from the interval.
const ADVERT_JITTER_MS: u32 = 10;
/// A command that the stack can answer by itself.
const LOCAL_MS: u32 = 10;

/// A sensor, as it is made.
#[derive(Clone, Debug)]
pub struct PeerSetup {
    /// Its address.
    pub address: Address,
    /// The local name in its adverts, such as `Moxy5 1234`.
    pub name: Option<String>,
    /// What it can send, and advertises.
    pub profiles: Profiles,
    /// Its charge in percent; `None` without a battery service.
    pub battery: Option<u8>,
    /// From one advert to the next.
    pub advert_interval: Duration,
}

/// A command that no stack should be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// When it was given.
    pub at: Instant,
    /// Which command.
    pub command: BleCommand,
    /// What is wrong with it.
    pub rule: &'static str,
}

#[derive(Clone, Debug)]
struct Peer {
    setup: PeerSetup,
    in_range: bool,
    /// Of 256 packets, how many are lost.
    loss: u8,
    link: Option<Link>,
    /// Counts the links, so that what belongs to an earlier one can be told.
    links: u32,
    /// Counts the times it went out of range.
    absences: u32,
    connects_to_fail: u32,
    unanswered: u32,
    carried_out: bool,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    discovered: bool,
    subscribed: Profiles,
    /// No packet overtakes another.
    clear_at: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Connecting {
    peer: usize,
    number: u32,
    answered: bool,
    /// The central has asked to give it up, and the stack has not done so.
    given_up: bool,
}

#[derive(Clone, Debug)]
enum Happening {
    /// The peer advertises, if it does.
    Advert {
        peer: usize,
    },
    /// The body reports something, unless the service or the link that it comes from has ended.
    Report {
        event: OwnedBleEvent,
        life: u32,
        link: Option<(usize, u32)>,
    },
    /// Out of range for so long that the link is lost.
    Supervision {
        peer: usize,
        absence: u32,
    },
    /// So many packets lost that the link is.
    LinkLost {
        peer: usize,
        link: u32,
    },
    StackGivesUp {
        number: u32,
    },
}

/// The air, the peers in it and the body's stack.
#[derive(Clone, Debug)]
pub struct BleAir {
    random: u64,
    peers: Vec<Peer>,
    adapter: Result<(), Trouble>,
    told: Option<Result<(), Trouble>>,
    service: bool,
    /// Counts the times that the stack lost everything it was doing.
    life: u32,
    scanning: bool,
    connecting: Option<Connecting>,
    connects: u32,
    agenda: BTreeMap<(Instant, u64), Happening>,
    happenings: u64,
    objections: Vec<Objection>,
}

impl BleAir {
    /// Air without peers and an adapter that can be used, which it says at once.
    pub fn new(seed: u64) -> Self {
        let mut air = Self {
            random: seed,
            peers: Vec::new(),
            adapter: Ok(()),
            told: None,
            service: true,
            life: 0,
            scanning: false,
            connecting: None,
            connects: 0,
            agenda: BTreeMap::new(),
            happenings: 0,
            objections: Vec::new(),
        };
        air.tell_adapter(Instant::ZERO);
        air
    }

    /// Brings a peer into range, advertising from `now` on.
    pub fn add(&mut self, now: Instant, setup: PeerSetup) {
        let phase = self.below(setup.advert_interval.as_ms().max(1));
        let peer = self.peers.len();
        self.peers.push(Peer {
            setup,
            in_range: true,
            loss: 0,
            link: None,
            links: 0,
            absences: 0,
            connects_to_fail: 0,
            unanswered: 0,
            carried_out: false,
        });
        self.plan(now, phase, Happening::Advert { peer });
    }

    // --- The body's side -------------------------------------------------------------------------------------------

    /// Gives a command to the stack.
    pub fn command(&mut self, now: Instant, command: BleCommand) {
        let address = match command {
            BleCommand::StartScan | BleCommand::StopScan => {
                if self.works() {
                    self.scanning = command == BleCommand::StartScan;
                }
                return;
            }
            BleCommand::Connect { address }
            | BleCommand::Discover { address }
            | BleCommand::Subscribe { address, .. }
            | BleCommand::ReadBattery { address }
            | BleCommand::Disconnect { address } => address,
        };
        let Some(peer) = self.index(address) else {
            // A peer that is not in the air: the stack knows no such device.
            if self.works() {
                self.report(now, LOCAL_MS, OwnedBleEvent::Failed { address }, None);
            }
            return;
        };
        if !self.works() {
            return;
        }
        let answered = match self.peers[peer].unanswered {
            0 => true,
            n => {
                self.peers[peer].unanswered = n - 1;
                if !self.peers[peer].carried_out {
                    let open = self.connecting.as_mut().filter(|open| open.peer == peer);
                    if let (BleCommand::Disconnect { .. }, Some(open)) = (command, open) {
                        open.given_up = true;
                    }
                    return;
                }
                false
            }
        };
        match command {
            BleCommand::Connect { .. } => self.connect(now, peer, command, answered),
            BleCommand::Disconnect { .. } => self.disconnect(now, peer, answered),
            _ => self.over_the_link(now, peer, command, answered),
        }
    }

    /// When something happens next.
    pub fn next_event(&self) -> Option<Instant> {
        self.agenda.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next event up to `now`, with its time.
    pub fn poll(&mut self, now: Instant) -> Option<(Instant, OwnedBleEvent)> {
        while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, _), happening) = entry.remove_entry();
            if let Some(event) = self.happen(at, happening) {
                return Some((at, event));
            }
        }
        None
    }

    // --- The sensors' side -----------------------------------------------------------------------------------------

    /// The sensor has a new value. Whether it is on its way: the link is up, in range, and its notifications are on.
    pub fn notify(&mut self, now: Instant, address: Address, profile: BleProfile, value: &[u8]) -> bool {
        let Some(peer) = self.index(address) else { return false };
        if !self.is_subscribed(address, profile) || !self.peers[peer].in_range {
            return false;
        }
        let event = OwnedBleEvent::Notification { address, profile, value: value.to_vec() };
        self.through_the_air(now, peer, 0, Some(event));
        true
    }

    /// Whether the peer's link is up, as the peer sees it.
    pub fn is_linked(&self, address: Address) -> bool {
        self.index(address).is_some_and(|peer| self.peers[peer].link.is_some())
    }

    /// Whether the peer has its notifications switched on.
    pub fn is_subscribed(&self, address: Address, profile: BleProfile) -> bool {
        self.index(address).and_then(|peer| self.peers[peer].link).is_some_and(|link| link.subscribed.has(profile))
    }

    /// The commands so far that no stack should be given.
    pub fn objections(&self) -> &[Objection] {
        &self.objections
    }

    // --- Faults ----------------------------------------------------------------------------------------------------

    /// Takes a peer out of range or brings it back. Its link lasts for [`SUPERVISION`] without it.
    pub fn set_in_range(&mut self, now: Instant, address: Address, in_range: bool) {
        let Some(peer) = self.index(address) else { return };
        if std::mem::replace(&mut self.peers[peer].in_range, in_range) && !in_range {
            self.peers[peer].absences += 1;
            let absence = self.peers[peer].absences;
            self.plan(now, SUPERVISION.as_ms(), Happening::Supervision { peer, absence });
        }
    }

    /// What a peer's battery says when it is read from now on, percent.
    pub fn set_battery(&mut self, address: Address, percent: u8) {
        if let Some(peer) = self.index(address) {
            self.peers[peer].setup.battery = Some(percent);
        }
    }

    /// Loses so many of 256 packets from and to a peer.
    pub fn set_loss(&mut self, address: Address, loss: u8) {
        if let Some(peer) = self.index(address) {
            self.peers[peer].loss = loss;
        }
    }

    /// Ends a link.
    pub fn drop_link(&mut self, now: Instant, address: Address) {
        if let Some(peer) = self.index(address) {
            self.lose_link(now, peer);
        }
    }

    /// Lets the next connects fail.
    pub fn fail_connects(&mut self, address: Address, count: u32) {
        if let Some(peer) = self.index(address) {
            self.peers[peer].connects_to_fail = count;
        }
    }

    /// Leaves the next commands for a peer without an answer, carried out or not.
    pub fn leave_unanswered(&mut self, address: Address, count: u32, carried_out: bool) {
        if let Some(peer) = self.index(address) {
            (self.peers[peer].unanswered, self.peers[peer].carried_out) = (count, carried_out);
        }
    }

    /// Makes the adapter usable or not, which the stack says if it is alive. Links end without a word.
    pub fn set_adapter(&mut self, now: Instant, adapter: Result<(), Trouble>) {
        if self.adapter == adapter {
            return;
        }
        self.adapter = adapter;
        if adapter.is_err() {
            self.forget_everything();
        }
        self.tell_adapter(now);
    }

    /// Lets the body that the stack is part of boot: what it was doing is gone, links end without a word, and it says anew
    /// whether its adapter can be used.
    pub fn boot(&mut self, now: Instant) {
        self.forget_everything();
        self.told = None;
        self.tell_adapter(now);
    }

    /// Lets the stack's service die, without a word, or start again, which it does not say either unless the adapter has
    /// changed meanwhile.
    pub fn set_service(&mut self, now: Instant, alive: bool) {
        if self.service && !alive {
            self.forget_everything();
        }
        self.service = alive;
        self.tell_adapter(now);
    }

    // --- Inside ----------------------------------------------------------------------------------------------------

    /// One step of Steele's and Vigna's `SplitMix64`.
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.random ^ (self.random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u32) -> u32 {
        (((self.next_random() >> 32) * u64::from(limit)) >> 32) as u32
    }

    fn is_lost(&mut self, peer: usize) -> bool {
        !self.peers[peer].in_range || self.below(256) < u32::from(self.peers[peer].loss)
    }

    fn index(&self, address: Address) -> Option<usize> {
        self.peers.iter().position(|peer| peer.setup.address == address)
    }

    fn works(&self) -> bool {
        self.service && self.adapter.is_ok()
    }

    fn plan(&mut self, now: Instant, in_ms: u32, happening: Happening) {
        self.happenings += 1;
        self.agenda.insert((now + Duration::from_ms(in_ms), self.happenings), happening);
    }

    fn report(&mut self, now: Instant, in_ms: u32, event: OwnedBleEvent, link: Option<(usize, u32)>) {
        let life = self.life;
        self.plan(now, in_ms, Happening::Report { event, life, link });
    }

    fn tell_adapter(&mut self, now: Instant) {
        if self.service && self.told != Some(self.adapter) {
            self.told = Some(self.adapter);
            self.report(now, 0, OwnedBleEvent::Adapter(self.adapter), None);
        }
    }

    /// What the stack was doing is gone, the links too.
    fn forget_everything(&mut self) {
        self.life += 1;
        self.scanning = false;
        self.connecting = None;
        for peer in &mut self.peers {
            peer.link = None;
        }
    }

    fn object(&mut self, at: Instant, command: BleCommand, rule: &'static str) {
        self.objections.push(Objection { at, command, rule });
    }

    fn connect(&mut self, now: Instant, peer: usize, command: BleCommand, answered: bool) {
        let address = self.peers[peer].setup.address;
        if self.scanning {
            self.object(now, command, "connect while scanning");
        }
        if let Some(connecting) = self.connecting {
            if !connecting.given_up {
                self.object(now, command, "a second connect");
            }
            return self.report(now, LOCAL_MS, OwnedBleEvent::Failed { address }, None);
        }
        if self.peers[peer].link.is_some() {
            if answered {
                let link = Some((peer, self.peers[peer].links));
                self.report(now, LOCAL_MS, OwnedBleEvent::Connected { address }, link);
            }
            return;
        }
        if self.peers[peer].connects_to_fail > 0 {
            self.peers[peer].connects_to_fail -= 1;
            if answered {
                self.report(now, 4 * LINK_INTERVAL_MS, OwnedBleEvent::Failed { address }, None);
            }
            return;
        }
        self.connects += 1;
        self.connecting = Some(Connecting { peer, number: self.connects, answered, given_up: false });
        self.plan(now, STACK_GIVES_UP.as_ms(), Happening::StackGivesUp { number: self.connects });
    }

    fn disconnect(&mut self, now: Instant, peer: usize, answered: bool) {
        self.peers[peer].link = None;
        self.connecting = self.connecting.filter(|connecting| connecting.peer != peer);
        if answered {
            let address = self.peers[peer].setup.address;
            self.report(now, LOCAL_MS, OwnedBleEvent::Disconnected { address }, None);
        }
    }

    fn over_the_link(&mut self, now: Instant, peer: usize, command: BleCommand, answered: bool) {
        let (address, profiles) = (self.peers[peer].setup.address, self.peers[peer].setup.profiles);
        let battery = self.peers[peer].setup.battery;
        let Some(link) = &mut self.peers[peer].link else {
            return self.report(now, LOCAL_MS, OwnedBleEvent::Failed { address }, None);
        };
        let failed = OwnedBleEvent::Failed { address };
        let mut too_early = false;
        let (intervals, answer) = match command {
            BleCommand::Discover { .. } => {
                link.discovered = true;
                (5, OwnedBleEvent::Discovered { address, profiles })
            }
            BleCommand::Subscribe { profile, .. } => {
                too_early = !link.discovered;
                if profiles.has(profile) && !too_early {
                    link.subscribed = link.subscribed.with(profile);
                    (2, OwnedBleEvent::Subscribed { address, profile })
                } else {
                    (1, failed)
                }
            }
            _ => (2, battery.map_or(failed, |percent| OwnedBleEvent::BatteryLevel { address, percent })),
        };
        if too_early {
            self.object(now, command, "subscribe before discover");
        }
        self.through_the_air(now, peer, intervals * LINK_INTERVAL_MS, answered.then_some(answer));
    }

    /// Sends over the link: every lost packet is sent again, which takes time, and at last the link.
    fn through_the_air(&mut self, now: Instant, peer: usize, in_ms: u32, event: Option<OwnedBleEvent>) {
        let Some(link) = self.peers[peer].link else { return };
        let mut delay_ms = self.below(LINK_INTERVAL_MS);
        while self.is_lost(peer) {
            delay_ms += LINK_INTERVAL_MS;
            if delay_ms >= SUPERVISION.as_ms() {
                // Out of range has a clock of its own.
                if self.peers[peer].in_range {
                    let link = self.peers[peer].links;
                    self.plan(now, SUPERVISION.as_ms(), Happening::LinkLost { peer, link });
                }
                return;
            }
        }
        let at = (now + Duration::from_ms(in_ms + delay_ms)).max(link.clear_at);
        self.peers[peer].link = Some(Link { clear_at: at, ..link });
        if let Some(event) = event {
            let number = self.peers[peer].links;
            self.report(at, 0, event, Some((peer, number)));
        }
    }

    fn lose_link(&mut self, now: Instant, peer: usize) {
        if self.peers[peer].link.take().is_some() {
            let address = self.peers[peer].setup.address;
            self.report(now, 0, OwnedBleEvent::Disconnected { address }, None);
        }
    }

    fn happen(&mut self, now: Instant, happening: Happening) -> Option<OwnedBleEvent> {
        match happening {
            Happening::Advert { peer } => return self.advert(now, peer),
            Happening::Report { event, life, link } => {
                let over = link
                    .is_some_and(|(peer, number)| self.peers[peer].link.is_none() || self.peers[peer].links != number);
                let adapter = matches!(event, OwnedBleEvent::Adapter(_));
                return (adapter || life == self.life && !over).then_some(event);
            }
            Happening::Supervision { peer, absence } => {
                if !self.peers[peer].in_range && self.peers[peer].absences == absence {
                    self.lose_link(now, peer);
                }
            }
            Happening::LinkLost { peer, link } => {
                if self.peers[peer].links == link {
                    self.lose_link(now, peer);
                }
            }
            Happening::StackGivesUp { number } => {
                if let Some(connecting) = self.connecting.take_if(|connecting| connecting.number == number) {
                    let address = self.peers[connecting.peer].setup.address;
                    return connecting.answered.then_some(OwnedBleEvent::Failed { address });
                }
            }
        }
        None
    }

    fn advert(&mut self, now: Instant, peer: usize) -> Option<OwnedBleEvent> {
        let interval_ms = self.peers[peer].setup.advert_interval.as_ms().max(1);
        let jitter_ms = self.below(ADVERT_JITTER_MS + 1);
        self.plan(now, interval_ms + jitter_ms, Happening::Advert { peer });
        if !self.works() || self.peers[peer].link.is_some() || self.is_lost(peer) {
            return None;
        }
        let address = self.peers[peer].setup.address;
        if let Some(connecting) = self.connecting.take_if(|connecting| connecting.peer == peer) {
            let heard = &mut self.peers[peer];
            heard.links += 1;
            heard.link = Some(Link { discovered: false, subscribed: Profiles::NONE, clear_at: now });
            let answer = connecting.answered.then_some(OwnedBleEvent::Connected { address });
            self.through_the_air(now, peer, LINK_INTERVAL_MS, answer);
            return None;
        }
        let setup = &self.peers[peer].setup;
        self.scanning.then(|| OwnedBleEvent::Seen {
            address,
            name: setup.name.clone(),
            profiles: setup.profiles,
            rssi_dbm: Some(-60),
        })
    }
}

#[cfg(test)]
mod tests;
