//! The central: keeps every wanted peer streaming, whatever the body's stack, the air and the peers do.
//!
//! A peer that is away is listened for; once seen it is connected, its services are looked up, the profiles that suit
//! are subscribed to, and its battery is read now and then. Any step that fails or is not answered in time ends in a
//! disconnect and a new start. There is no end to that, and no queue: each command is worked out from what is so at the
//! moment, hence none is lost and none outlives its reason.
//!
//! **Promises.** Silent until the body has said [`BleEvent::Adapter`] once. While the adapter is unusable no command is
//! given at all: on some stacks a scan would switch on an adapter that the rider has switched off. One command per peer
//! is open at a time and one connect altogether, because stacks do them one after the other and some refuse the second.
//! Nothing is asked about an address that was never wanted. A peer that is in range of an adapter that answers streams
//! within 10 s; after that its loss is noticed by itself, for stacks have been seen to die without an event.
//!
//! **Scan and connect** take turns: `StopScan`, `Connect`, and `StartScan` once the connect is done. Some controllers
//! cannot do both, some stacks pause one for the other without saying, and a lone `Connect` is the form that all of them
//! know. The price is that the others are not heard meanwhile, so no try lasts longer than [`CONNECT_LIMIT`].
//!
//! **Tries.** Listening is the try that never pauses for more than one connect. Between two connects of one peer there
//! are [`GAP`] for the others to be heard in; it does not grow with the length of the loss, as listening is cheap. A peer
//! that was seen earlier but is not now is connected unseen every so often ([`Retry`]): the stack may still hold a link
//! of which it has told nobody, and such a peer does not advertise.
//!
//! Times are the caller's; one that goes back counts as standing still.

use super::{Address, BleCommand, BleEvent, BleProfile, Profiles};
use crate::link::{RadioState, Retry, Trouble};
use crate::sensor::{BLE_LOST_AFTER, SensorKind};
use crate::time::{Duration, Instant};
use heapless::Vec;

/// The most peers that can be wanted: eight of muscle oxygen and four companions.
pub const MAX_WANTED: usize = 12;
/// Room for peers that are no longer wanted and whose links are still being taken down.
const MAX_PEERS: usize = MAX_WANTED + 4;

/// How long a connect to a peer just seen may take: six chances with a sensor that advertises every second.
const CONNECT_LIMIT: Duration = Duration::from_s(6);
/// How long a connect to a peer not seen may take. If the stack still has its link, the answer comes at once.
const UNSEEN_LIMIT: Duration = Duration::from_s(3);
/// How long the look-up of services may take: a few dozen exchanges at a slow link's pace.
const DISCOVER_LIMIT: Duration = Duration::from_s(5);
/// How long switching on notifications may take.
const SUBSCRIBE_LIMIT: Duration = Duration::from_s(4);
/// How long reading the battery may take.
const BATTERY_LIMIT: Duration = Duration::from_s(4);
/// How long taking down a link may take. It needs no answer from the peer, so silence means that the stack is stuck.
const LEAVE_LIMIT: Duration = Duration::from_s(2);

/// From a failed try to the peer's next one, for others to be heard and connected in.
const GAP: Duration = Duration::from_s(2);
/// From one connect of a peer to its next one at least, whatever became of it.
const PACE: Duration = Duration::from_s(1);
/// From a refused subscription to the next try; stacks that are busy say so once or twice.
const SUBSCRIBE_AGAIN: Duration = Duration::from_ms(500);
/// A profile that refuses this often is done without.
const SUBSCRIBE_TRIES: u8 = 3;
/// A peer that has nothing of what is wanted of it is left alone for this long.
const UNSUITED: Duration = Duration::from_s(60);
/// An advert is taken for a sign that the peer is here for this long.
const FRESH: Duration = Duration::from_s(4);
/// A peer must not have been seen for this long of listening before it is connected unseen.
const UNSEEN_AFTER: Duration = Duration::from_s(8);

/// From one `StartScan` to the next at least.
const SCAN_PACE: Duration = Duration::from_ms(400);
/// A scan that shows nothing for this long is started anew: it may have ended without a word.
const SCAN_QUIET: Duration = Duration::from_s(6);

/// A sensor that always sends is lost after this silence; two and a half times the interval of the slowest.
const SILENCE: Duration = BLE_LOST_AFTER;
/// A peer that need not send (see [`Peer::may_rest`]) is asked for its battery after this silence, as a sign of life.
const PROBE_AFTER: Duration = Duration::from_s(3);
/// The same peer without a battery to ask for is lost after this silence.
const RESTING: Duration = Duration::from_s(30);
/// However alive, a link without a value for this long is made anew, lest its notifications were never switched on.
const RESTING_LONGEST: Duration = Duration::from_s(60);
/// From one reading of the battery to the next.
const BATTERY_EVERY: Duration = Duration::from_s(300);

/// Listening for this long without hearing one wanted sensor is said.
const NOTHING_AFTER: Duration = Duration::from_s(10);
/// So many commands in a row, with no event in between, that every stack could answer and this one did not.
const UNANSWERED: u8 = 2;

/// A peer to be kept streaming. One address may be wanted as several kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which peer.
    pub address: Address,
    /// What is wanted of it.
    pub kind: SensorKind,
}

/// How far a wanted peer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No link: listened for, or waiting for its turn.
    Away,
    /// The link is being brought up.
    Connecting,
    /// Its services are being looked up.
    Discovering,
    /// Notifications are being switched on.
    Subscribing,
    /// Values come as the sensor sends them.
    Streaming,
}

/// What is known of a wanted peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerState {
    /// Which peer.
    pub address: Address,
    /// How far it has come.
    pub phase: Phase,
    /// When its newest value came, if any did.
    pub heard_at: Option<Instant>,
}

/// The profiles in which sensors of a kind speak.
const fn suited(kind: SensorKind) -> Profiles {
    match kind {
        SensorKind::MuscleOxygen => Profiles::NONE.with(BleProfile::Moxy).with(BleProfile::TrainRed),
        SensorKind::Power => Profiles::NONE.with(BleProfile::CyclingPower),
        SensorKind::HeartRate => Profiles::NONE.with(BleProfile::HeartRate),
        SensorKind::Speed | SensorKind::Cadence | SensorKind::SpeedCadence => {
            Profiles::NONE.with(BleProfile::SpeedCadence)
        }
    }
}

/// What is open with a peer. `until` is when an answer is no longer waited for; `None` while nothing was asked.
#[derive(Clone, Copy, Debug)]
enum Step {
    Away,
    Connecting { until: Instant },
    Discovering { from: Instant, until: Option<Instant> },
    Subscribing { left: Profiles, any: bool, refused: u8, from: Instant, until: Option<Instant> },
    Streaming { notified: Instant, alive: Instant, battery: Battery },
    Leaving { connecting: bool, until: Option<Instant> },
}

#[derive(Clone, Copy, Debug)]
enum Battery {
    Due(Instant),
    Asked { until: Instant },
}

#[derive(Clone, Copy, Debug)]
struct Peer {
    address: Address,
    /// The profiles that suit; none once it is no longer wanted.
    suited: Profiles,
    step: Step,
    /// Its newest advert since the last try.
    seen_at: Option<Instant>,
    /// Seen once, so the stack knows of it.
    known: bool,
    /// When the last try began.
    tried_at: Option<Instant>,
    /// No connect before.
    not_before: Instant,
    heard_at: Option<Instant>,
    /// The profiles that have sent since the link is up. Some stacks switch notifications on again by themselves.
    fed: Profiles,
    /// It has told its battery level once.
    has_battery: bool,
    probed_at: Instant,
}

impl Peer {
    const fn new(address: Address) -> Self {
        Self {
            address,
            suited: Profiles::NONE,
            step: Step::Away,
            seen_at: None,
            known: false,
            tried_at: None,
            not_before: Instant::ZERO,
            heard_at: None,
            fed: Profiles::NONE,
            has_battery: false,
            probed_at: Instant::ZERO,
        }
    }

    const fn is_wanted(&self) -> bool {
        !self.suited.is_empty()
    }

    const fn is_away(&self) -> bool {
        matches!(self.step, Step::Away)
    }

    /// Away, wanted, and free to be tried.
    fn may_connect(&self, now: Instant) -> bool {
        self.is_wanted() && self.is_away() && self.not_before <= now
    }

    fn is_fresh(&self, now: Instant) -> bool {
        self.seen_at.is_some_and(|at| now.since(at) < FRESH)
    }

    /// Whether it takes the stack's only connect; a connect being given up does until that is answered.
    const fn holds_connect(&self) -> bool {
        matches!(self.step, Step::Connecting { .. } | Step::Leaving { connecting: true, .. })
    }

    /// Whether silence may be its way of saying that nothing turns: many sensors of wheel and crank do so, and a coasting
    /// rider must not have them cut off.
    const fn may_rest(&self) -> bool {
        let always = Profiles::NONE.with(BleProfile::Moxy).with(BleProfile::TrainRed).with(BleProfile::HeartRate);
        self.suited.common(always).is_empty()
    }

    /// When silence means that it is lost.
    fn lost_at(&self, notified: Instant, alive: Instant) -> Instant {
        if !self.may_rest() {
            notified + SILENCE
        } else if self.has_battery {
            (alive + SILENCE).min(notified + RESTING_LONGEST)
        } else {
            notified + RESTING
        }
    }

    /// When its battery is to be read.
    fn battery_at(&self, due: Instant, alive: Instant) -> Instant {
        if self.may_rest() && self.has_battery { due.min(alive.max(self.probed_at) + PROBE_AFTER) } else { due }
    }

    const fn leave(&mut self) {
        let connecting = self.holds_connect();
        self.step = Step::Leaving { connecting, until: None };
    }

    /// A try came to nothing.
    fn fail(&mut self, now: Instant) {
        self.leave();
        self.wait(now, GAP);
    }

    fn wait(&mut self, now: Instant, gap: Duration) {
        self.not_before = self.not_before.max(now + gap);
    }

    /// The link is gone, or was never there.
    fn gone(&mut self, now: Instant) {
        if matches!(self.step, Step::Connecting { .. } | Step::Discovering { .. } | Step::Subscribing { .. }) {
            self.wait(now, GAP);
        }
        self.step = Step::Away;
        self.seen_at = None;
        self.not_before = self.not_before.max(self.earliest());
    }

    /// The pace of tries: also with a stack that ends every link as soon as it is up.
    fn earliest(&self) -> Instant {
        self.tried_at.map_or(Instant::ZERO, |at| at + PACE)
    }

    fn seen(&mut self, now: Instant) {
        self.known = true;
        if self.is_away() {
            self.seen_at = Some(now);
        }
    }

    /// The link is up, asked for or because the stack made it by itself.
    fn linked(&mut self, now: Instant) {
        if !matches!(self.step, Step::Away | Step::Connecting { .. }) {
            return;
        }
        let by_itself = self.is_away();
        let from = if by_itself { now.max(self.earliest()) } else { now };
        if by_itself {
            self.tried_at = Some(now);
        }
        self.fed = Profiles::NONE;
        self.step = if self.is_wanted() {
            Step::Discovering { from, until: None }
        } else {
            Step::Leaving { connecting: false, until: None }
        };
    }

    fn discovered(&mut self, now: Instant, profiles: Profiles) {
        if !matches!(self.step, Step::Connecting { .. } | Step::Discovering { .. }) {
            return;
        }
        let left = profiles.common(self.suited);
        if left.is_empty() {
            self.leave();
            self.wait(now, UNSUITED);
        } else {
            self.step = Step::Subscribing { left, any: false, refused: 0, from: now, until: None };
        }
    }

    /// One profile is done: with or without its notifications.
    fn subscribed(&mut self, now: Instant, profile: BleProfile, on: bool) {
        let Step::Subscribing { left, any, until, .. } = self.step else { return };
        if !left.has(profile) {
            return;
        }
        let (rest, any) = (left.without(profile), any || on);
        self.step = if !rest.is_empty() {
            // The answer to another subscription than the one that is open leaves that one open.
            let until = until.filter(|_| left.iter().next() != Some(profile));
            Step::Subscribing { left: rest, any, refused: 0, from: now, until }
        } else if any {
            Step::Streaming { notified: now, alive: now, battery: Battery::Due(now) }
        } else {
            return self.fail(now);
        };
    }

    /// The open subscription was refused, or not answered.
    fn refused(&mut self, now: Instant, tries: u8) {
        let Step::Subscribing { left, any, refused, .. } = self.step else { return };
        let Some(profile) = left.iter().next() else { return };
        if self.fed.has(profile) {
            // "In progress", says the stack, and so it is.
            self.subscribed(now, profile, true);
        } else if refused + 1 >= tries {
            self.subscribed(now, profile, false);
        } else {
            let from = now + SUBSCRIBE_AGAIN;
            self.step = Step::Subscribing { left, any, refused: refused + 1, from, until: None };
        }
    }

    fn failed(&mut self, now: Instant) {
        match self.step {
            Step::Connecting { .. } | Step::Leaving { until: Some(_), .. } => self.gone(now),
            Step::Discovering { until: Some(_), .. } => self.fail(now),
            Step::Subscribing { until: Some(_), .. } => self.refused(now, SUBSCRIBE_TRIES),
            Step::Streaming { notified, alive, battery: Battery::Asked { .. } } => {
                self.step = Step::Streaming { notified, alive, battery: Battery::Due(now + BATTERY_EVERY) };
            }
            _ => {}
        }
    }

    fn notified(&mut self, now: Instant, profile: BleProfile) {
        if !self.suited.has(profile) {
            return;
        }
        self.heard_at = Some(now);
        match &mut self.step {
            Step::Streaming { notified, alive, .. } => (*notified, *alive) = (now, now),
            Step::Discovering { .. } | Step::Subscribing { .. } => self.fed = self.fed.with(profile),
            _ => {}
        }
    }

    fn told_battery(&mut self, now: Instant) {
        self.has_battery = true;
        if let Step::Streaming { alive, battery, .. } = &mut self.step {
            *alive = now;
            if let Battery::Asked { .. } = battery {
                *battery = Battery::Due(now + BATTERY_EVERY);
            }
        }
    }

    /// Ends what has lasted too long. Whether a disconnect went unanswered.
    fn expire(&mut self, now: Instant) -> bool {
        match self.step {
            Step::Connecting { until } | Step::Discovering { until: Some(until), .. } if until <= now => self.fail(now),
            Step::Subscribing { until: Some(until), .. } if until <= now => self.refused(now, 1),
            Step::Streaming { notified, alive, battery } => {
                if self.lost_at(notified, alive) <= now {
                    self.leave();
                } else if let Battery::Asked { until } = battery
                    && until <= now
                {
                    self.step = Step::Streaming { notified, alive, battery: Battery::Due(now + BATTERY_EVERY) };
                }
            }
            Step::Leaving { until: Some(until), .. } if until <= now => {
                self.gone(now);
                return true;
            }
            _ => {}
        }
        false
    }

    /// What is to be asked about this peer now, connects apart.
    fn due(&self, now: Instant) -> Option<BleCommand> {
        let address = self.address;
        match self.step {
            Step::Discovering { from, until: None } if from <= now => Some(BleCommand::Discover { address }),
            Step::Subscribing { left, from, until: None, .. } if from <= now => {
                left.iter().next().map(|profile| BleCommand::Subscribe { address, profile })
            }
            Step::Streaming { alive, battery: Battery::Due(at), .. } if self.battery_at(at, alive) <= now => {
                Some(BleCommand::ReadBattery { address })
            }
            Step::Leaving { until: None, .. } => Some(BleCommand::Disconnect { address }),
            _ => None,
        }
    }

    /// When time alone changes something.
    fn deadline(&self, now: Instant) -> Option<Instant> {
        match self.step {
            Step::Away => (self.is_fresh(now) && self.not_before > now).then_some(self.not_before),
            Step::Connecting { until } => Some(until),
            Step::Discovering { from, until } | Step::Subscribing { from, until, .. } => Some(until.unwrap_or(from)),
            Step::Streaming { notified, alive, battery } => {
                let battery = match battery {
                    Battery::Due(at) => self.battery_at(at, alive),
                    Battery::Asked { until } => until,
                };
                Some(battery.min(self.lost_at(notified, alive)))
            }
            Step::Leaving { until, .. } => until,
        }
    }

    const fn phase(&self) -> Phase {
        match self.step {
            Step::Away | Step::Leaving { .. } => Phase::Away,
            Step::Connecting { .. } => Phase::Connecting,
            Step::Discovering { .. } => Phase::Discovering,
            Step::Subscribing { .. } => Phase::Subscribing,
            Step::Streaming { .. } => Phase::Streaming,
        }
    }
}

/// What was asked of the stack's scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scan {
    Off,
    On,
    /// On, and to be stopped and started: it may have ended without a word.
    Doubtful,
}

/// Keeps the wanted peers streaming over a GATT client that it only knows by [`BleCommand`] and [`BleEvent`].
///
/// Tell it what happened ([`Self::event`], [`Self::tick`], [`Self::want`]), then take its commands from [`Self::poll`]
/// until there are none, and come back at [`Self::deadline`].
///
/// ```
/// use sling_core::link::ble::{BleCentral, BleCommand, BleEvent, Profiles, Wanted};
/// use sling_core::{sensor::SensorKind, time::Instant};
///
/// let address = [0xC0, 0, 0, 0, 0x12, 0x34];
/// let mut central = BleCentral::new();
/// central.want(Instant::ZERO, &[Wanted { address, kind: SensorKind::MuscleOxygen }]);
/// assert_eq!(central.poll(), None);
/// central.event(Instant::ZERO, &BleEvent::Adapter(Ok(())));
/// assert_eq!(central.poll(), Some(BleCommand::StartScan));
/// let seen = BleEvent::Seen { address, name: None, profiles: Profiles::NONE, rssi_dbm: None };
/// central.event(Instant::from_ms(300), &seen);
/// assert_eq!(central.poll(), Some(BleCommand::StopScan));
/// assert_eq!(central.poll(), Some(BleCommand::Connect { address }));
/// ```
#[derive(Clone, Debug)]
pub struct BleCentral {
    now: Instant,
    /// What the body said last of the adapter; `None` before it has said anything.
    adapter: Option<Result<(), Trouble>>,
    wanted: Vec<(Address, Profiles), MAX_WANTED>,
    peers: Vec<Peer, MAX_PEERS>,
    listing: bool,
    scan: Scan,
    scan_started: Option<Instant>,
    /// The newest advert of anybody.
    advert_at: Instant,
    /// Since when no connect has kept it from listening.
    listening_since: Option<Instant>,
    unseen: Retry,
    /// No connect to a peer unseen before.
    unseen_from: Instant,
    unanswered: u8,
    up_since: Instant,
    /// A wanted peer was seen or heard since.
    heard: bool,
}

impl Default for BleCentral {
    fn default() -> Self {
        Self::new()
    }
}

impl BleCentral {
    /// A central that wants nobody.
    pub const fn new() -> Self {
        Self {
            now: Instant::ZERO,
            adapter: None,
            wanted: Vec::new(),
            peers: Vec::new(),
            listing: false,
            scan: Scan::Off,
            scan_started: None,
            advert_at: Instant::ZERO,
            listening_since: None,
            unseen: Retry::new(),
            unseen_from: Instant::ZERO,
            unanswered: 0,
            up_since: Instant::ZERO,
            heard: false,
        }
    }

    /// Replaces the list of wanted peers. Links to those no longer on it are taken down, the others are not disturbed.
    /// Of more than [`MAX_WANTED`] addresses the first ones count.
    pub fn want(&mut self, now: Instant, wanted: &[Wanted]) {
        self.wanted.clear();
        for wish in wanted {
            let profiles = suited(wish.kind);
            match self.wanted.iter_mut().find(|(address, _)| *address == wish.address) {
                Some((_, known)) => *known = known.and(profiles),
                // A list that is full is the documented limit.
                None => {
                    let _ = self.wanted.push((wish.address, profiles));
                }
            }
        }
        for peer in &mut self.peers {
            let suited = self.wanted.iter().find(|(address, _)| *address == peer.address);
            let suited = suited.map_or(Profiles::NONE, |(_, profiles)| *profiles);
            if peer.suited == suited {
                continue;
            }
            peer.suited = suited;
            peer.not_before = peer.earliest();
            // What it was connected for is not what it is wanted for now.
            if !matches!(peer.step, Step::Away | Step::Leaving { .. }) {
                peer.leave();
            }
        }
        self.advance(now);
    }

    /// Whether to listen on when every wanted peer streams, to see who else is there.
    pub const fn set_listing(&mut self, listing: bool) {
        self.listing = listing;
    }

    /// Takes what the body reported.
    pub fn event(&mut self, now: Instant, event: &BleEvent<'_>) {
        self.now = self.now.max(now);
        let now = self.now;
        if let BleEvent::Adapter(adapter) = *event {
            self.adapter_says(adapter);
        }
        if !self.is_up() {
            return;
        }
        self.unanswered = 0;
        match *event {
            BleEvent::Adapter(_) => {}
            BleEvent::Seen { address, .. } => {
                self.advert_at = now;
                self.with_peer(address, |peer| peer.seen(now));
                self.hear(address);
            }
            BleEvent::Connected { address } => {
                self.with_peer(address, |peer| peer.linked(now));
                self.unseen.succeed();
            }
            BleEvent::Discovered { address, profiles } => self.with_peer(address, |p| p.discovered(now, profiles)),
            BleEvent::Subscribed { address, profile } => {
                self.with_peer(address, |peer| peer.subscribed(now, profile, true));
            }
            BleEvent::Notification { address, profile, .. } => {
                self.with_peer(address, |peer| peer.notified(now, profile));
                self.hear(address);
            }
            BleEvent::BatteryLevel { address, .. } => self.with_peer(address, |peer| peer.told_battery(now)),
            BleEvent::Disconnected { address } => self.with_peer(address, |peer| peer.gone(now)),
            BleEvent::Failed { address } => self.with_peer(address, |peer| peer.failed(now)),
        }
        self.advance(now);
    }

    /// Lets time pass.
    pub fn tick(&mut self, now: Instant) {
        self.advance(now);
    }

    /// The next command, or `None` when all are out.
    pub fn poll(&mut self) -> Option<BleCommand> {
        let command = self.due()?;
        let now = self.now;
        match command {
            BleCommand::StartScan => {
                self.scan = Scan::On;
                self.scan_started = Some(now);
                self.advert_at = now;
                self.listening_since.get_or_insert(now);
            }
            BleCommand::StopScan => {
                self.scan = Scan::Off;
                if !self.wants_scan() {
                    self.listening_since = None;
                }
            }
            BleCommand::Connect { address } => self.connect(address),
            BleCommand::Discover { address } => self.with_peer(address, |peer| {
                if let Step::Discovering { until, .. } = &mut peer.step {
                    *until = Some(now + DISCOVER_LIMIT);
                }
            }),
            BleCommand::Subscribe { address, .. } => self.with_peer(address, |peer| {
                if let Step::Subscribing { until, .. } = &mut peer.step {
                    *until = Some(now + SUBSCRIBE_LIMIT);
                }
            }),
            BleCommand::ReadBattery { address } => self.with_peer(address, |peer| {
                peer.probed_at = now;
                if let Step::Streaming { battery, .. } = &mut peer.step {
                    *battery = Battery::Asked { until: now + BATTERY_LIMIT };
                }
            }),
            BleCommand::Disconnect { address } => self.with_peer(address, |peer| {
                if let Step::Leaving { until, .. } = &mut peer.step {
                    *until = Some(now + LEAVE_LIMIT);
                }
            }),
        }
        Some(command)
    }

    /// When [`Self::tick`] is to be called at the latest; `None` while only an event can change something.
    pub fn deadline(&self) -> Option<Instant> {
        if !self.is_up() {
            return None;
        }
        if self.due().is_some() {
            return Some(self.now);
        }
        let peers = self.peers.iter().filter_map(|peer| peer.deadline(self.now)).min();
        let scan = match self.scan {
            Scan::Off => self.scan_started.filter(|_| self.wants_scan()).map(|at| at + SCAN_PACE),
            _ => Some(self.advert_at + SCAN_QUIET),
        };
        let unseen = self.unseen_at().filter(|_| self.connect_is_free());
        let unheard = !self.heard && !self.wanted.is_empty();
        let nothing = unheard.then_some(self.up_since + NOTHING_AFTER).filter(|at| *at > self.now);
        [peers, scan, unseen, nothing].into_iter().flatten().min()
    }

    /// What the radio is doing.
    pub fn state(&self) -> RadioState {
        match self.adapter {
            None => RadioState::Unused,
            Some(Err(trouble)) => RadioState::Trouble(trouble),
            Some(Ok(())) if self.unanswered >= UNANSWERED => RadioState::Trouble(Trouble::NotAnswering),
            Some(Ok(())) if self.wanted.is_empty() || self.heard => RadioState::Ready,
            Some(Ok(())) if self.now.since(self.up_since) >= NOTHING_AFTER => RadioState::NothingHeard,
            Some(Ok(())) => RadioState::Starting,
        }
    }

    /// The wanted peers.
    pub fn peers(&self) -> impl Iterator<Item = PeerState> {
        self.wanted.iter().map(|&(address, _)| {
            let peer = self.peers.iter().find(|peer| peer.address == address);
            let phase = peer.map_or(Phase::Away, Peer::phase);
            PeerState { address, phase, heard_at: peer.and_then(|peer| peer.heard_at) }
        })
    }

    /// One of the wanted peers.
    pub fn peer(&self, address: Address) -> Option<PeerState> {
        self.peers().find(|peer| peer.address == address)
    }

    fn is_up(&self) -> bool {
        self.adapter == Some(Ok(()))
    }

    fn peer_mut(&mut self, address: Address) -> Option<&mut Peer> {
        self.peers.iter_mut().find(|peer| peer.address == address)
    }

    fn with_peer(&mut self, address: Address, change: impl FnOnce(&mut Peer)) {
        if let Some(peer) = self.peer_mut(address) {
            change(peer);
        }
    }

    /// A sign of a peer: if it is wanted, the radio works.
    fn hear(&mut self, address: Address) {
        if self.wanted.iter().any(|(wanted, _)| *wanted == address) {
            self.heard = true;
        }
    }

    fn adapter_says(&mut self, adapter: Result<(), Trouble>) {
        let was_up = self.is_up();
        self.adapter = Some(adapter);
        if adapter.is_err() {
            for peer in &mut self.peers {
                peer.gone(self.now);
            }
            self.scan = Scan::Off;
            self.listening_since = None;
            self.unanswered = 0;
        } else if was_up {
            // It may have been away without a word, and the scan with it.
            self.doubt_scan();
        } else {
            self.up_since = self.now;
            self.heard = false;
            self.unseen.succeed();
        }
    }

    fn doubt_scan(&mut self) {
        if self.scan == Scan::On {
            self.scan = Scan::Doubtful;
        }
    }

    /// Everything that time does.
    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
        let now = self.now;
        self.admit();
        if !self.is_up() {
            return;
        }
        let unanswered = self.peers.iter_mut().map(|peer| u8::from(peer.expire(now))).sum();
        if unanswered > 0 {
            self.unanswered = self.unanswered.saturating_add(unanswered);
            self.doubt_scan();
        }
        if self.scan == Scan::On && self.advert_at + SCAN_QUIET <= now {
            self.doubt_scan();
            // With one answer overdue already, a scan without a sound is a second sign.
            self.unanswered = self.unanswered.saturating_add(self.unanswered.min(1));
        }
    }

    /// Gives every wanted peer its place, if need be that of one which is no longer wanted and has no link.
    fn admit(&mut self) {
        for &(address, suited) in &self.wanted {
            if self.peers.iter().any(|peer| peer.address == address) {
                continue;
            }
            if self.peers.is_full() {
                let Some(index) = self.peers.iter().position(|peer| !peer.is_wanted() && peer.is_away()) else {
                    return;
                };
                self.peers.swap_remove(index);
            }
            // There is room.
            let _ = self.peers.push(Peer { suited, ..Peer::new(address) });
        }
    }

    fn connect_is_free(&self) -> bool {
        !self.peers.iter().any(Peer::holds_connect)
    }

    fn wants_scan(&self) -> bool {
        let here = || self.peers.iter().filter(|peer| peer.is_wanted() && peer.phase() != Phase::Away).count();
        self.connect_is_free() && (self.listing || here() < self.wanted.len())
    }

    /// From when on a peer may be connected unseen.
    fn unseen_at(&self) -> Option<Instant> {
        let since = self.listening_since?;
        let from = (since + UNSEEN_AFTER).max(self.unseen_from);
        let candidates = self.peers.iter().filter(|peer| peer.is_wanted() && peer.is_away() && peer.known);
        candidates.map(|peer| from.max(peer.not_before)).min()
    }

    /// The peer whose turn it is: of those that were just seen the one whose last try is longest ago; else of those
    /// that are missed.
    fn next_to_connect(&self) -> Option<&Peer> {
        if !self.connect_is_free() {
            return None;
        }
        let may = || self.peers.iter().filter(|peer| peer.may_connect(self.now));
        let seen = may().filter(|peer| peer.is_fresh(self.now)).min_by_key(|peer| peer.tried_at);
        seen.or_else(|| {
            let due = self.unseen_at().is_some_and(|at| at <= self.now);
            may().filter(|peer| due && peer.known).min_by_key(|peer| peer.tried_at)
        })
    }

    fn connect(&mut self, address: Address) {
        let now = self.now;
        let Some(peer) = self.peer_mut(address) else { return };
        let fresh = peer.is_fresh(now);
        peer.seen_at = None;
        peer.tried_at = Some(now);
        peer.step = Step::Connecting { until: now + if fresh { CONNECT_LIMIT } else { UNSEEN_LIMIT } };
        self.listening_since = None;
        if !fresh {
            self.unseen_from = self.unseen.fail(now);
        }
    }

    /// What is to be asked now.
    fn due(&self) -> Option<BleCommand> {
        if !self.is_up() {
            return None;
        }
        if let Some(command) = self.peers.iter().find_map(|peer| peer.due(self.now)) {
            return Some(command);
        }
        if let Some(peer) = self.next_to_connect() {
            let connect = BleCommand::Connect { address: peer.address };
            return Some(if self.scan == Scan::Off { connect } else { BleCommand::StopScan });
        }
        if self.scan != Scan::Off {
            return (self.scan == Scan::Doubtful || !self.wants_scan()).then_some(BleCommand::StopScan);
        }
        let paced = self.scan_started.is_none_or(|at| at + SCAN_PACE <= self.now);
        (paced && self.wants_scan()).then_some(BleCommand::StartScan)
    }
}
