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
//! Nothing is asked about an address that was never wanted. Six peers that come into range of an adapter that answers all
//! stream within 10 s, twelve within 14 s; then silence alone is enough to start again, for stacks have been seen to die
//! without an event.
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
/// The same while others were just seen and wait for their turn. One that hung gets the full time at its next try, lest a
/// slow stack never finishes any.
const SHARED_LIMIT: Duration = Duration::from_s(3);
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
/// And nobody must have been lost for this long.
const CALM_AFTER: Duration = Duration::from_s(4);
/// The same for a peer whose link the stack may still hold: long enough for others to be heard.
const HELD_AFTER: Duration = Duration::from_ms(1500);

/// While several are missing, a scan gathers for this long before the first connect. A peer just heard takes a whole
/// interval until it can be heard again, so that connecting each as it is seen waits an interval for each.
const GATHER: Duration = Duration::from_ms(600);

/// From one `StartScan` to the next at least.
const SCAN_PACE: Duration = Duration::from_ms(400);
/// A scan that shows nothing for this long is started anew: it may have ended without a word.
const SCAN_QUIET: Duration = Duration::from_s(4);

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
    Connecting {
        until: Instant,
    },
    Discovering {
        from: Instant,
        until: Option<Instant>,
    },
    Subscribing {
        left: Profiles,
        any: bool,
        refused: u8,
        from: Instant,
        until: Option<Instant>,
    },
    Streaming {
        notified: Instant,
        alive: Instant,
        battery: Battery,
    },
    /// With `again`, asked a second time.
    Leaving {
        connecting: bool,
        again: bool,
        until: Option<Instant>,
    },
}

#[derive(Clone, Copy, Debug)]
enum Battery {
    Due(Instant),
    Asked { until: Instant },
}

/// What the body's stack is believed to have of a peer that is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stack {
    /// Nothing: never seen.
    Stranger,
    /// Its address, which is enough for a connect.
    Known,
    /// Its link: it did not answer the disconnect, or values come though the link is down.
    Held,
}

#[derive(Clone, Copy, Debug)]
struct Peer {
    address: Address,
    /// The profiles that suit; none once it is no longer wanted.
    suited: Profiles,
    step: Step,
    /// Its newest advert since the last try.
    seen_at: Option<Instant>,
    stack: Stack,
    /// Its last connect was not answered in time.
    hung: bool,
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
            stack: Stack::Stranger,
            hung: false,
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
        self.step = Step::Leaving { connecting, again: false, until: None };
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
        self.let_go();
        self.not_before = self.not_before.max(self.earliest());
    }

    /// Whether the stack may have held the link, which it does no longer.
    fn let_go(&mut self) -> bool {
        let held = self.stack == Stack::Held;
        if held {
            self.stack = Stack::Known;
        }
        held
    }

    /// The pace of tries: also with a stack that ends every link as soon as it is up.
    fn earliest(&self) -> Instant {
        self.tried_at.map_or(Instant::ZERO, |at| at + PACE)
    }

    fn seen(&mut self, now: Instant) {
        if self.stack == Stack::Stranger {
            self.stack = Stack::Known;
        }
        if self.is_away() {
            self.seen_at = Some(now);
        }
    }

    /// The link is up, asked for or because the stack made it by itself.
    fn linked(&mut self, now: Instant) {
        if !matches!(self.step, Step::Away | Step::Connecting { .. }) {
            return;
        }
        self.hung = false;
        let by_itself = self.is_away();
        let from = if by_itself { now.max(self.earliest()) } else { now };
        if by_itself {
            self.tried_at = Some(now);
        }
        self.fed = Profiles::NONE;
        self.step = if self.is_wanted() {
            Step::Discovering { from, until: None }
        } else {
            Step::Leaving { connecting: false, again: false, until: None }
        };
    }

    fn discovered(&mut self, now: Instant, profiles: Profiles) {
        if !matches!(self.step, Step::Connecting { .. } | Step::Discovering { .. }) {
            return;
        }
        let left = profiles.common(self.suited);
        // The link is up, whether that was said or not.
        self.step = Step::Discovering { from: now, until: None };
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
            Step::Away => self.stack = Stack::Held,
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
            Step::Connecting { until } if until <= now => {
                self.hung = true;
                self.fail(now);
            }
            Step::Discovering { until: Some(until), .. } if until <= now => self.fail(now),
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
            Step::Leaving { connecting, again, until: Some(until) } if until <= now => {
                if connecting && !again {
                    // A connect that the stack goes on with would keep everybody else from theirs.
                    self.step = Step::Leaving { connecting, again: true, until: None };
                } else {
                    self.gone(now);
                    self.stack = Stack::Held;
                }
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
    /// When a peer was last found to be gone. Those gone with it are best listened for.
    lost_at: Option<Instant>,
    /// How many there were at last count.
    streaming: usize,
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
            lost_at: None,
            streaming: 0,
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
        let unseen = self.peers.iter().filter_map(|peer| self.unseen_at(peer)).min();
        let unseen = unseen.filter(|_| self.connect_is_free());
        let unheard = !self.heard && !self.wanted.is_empty();
        let nothing = unheard.then_some(self.up_since + NOTHING_AFTER).filter(|at| *at > self.now);
        let gathered = self.gathered_at().filter(|at| *at > self.now && self.seen().next().is_some());
        [peers, scan, unseen, nothing, gathered].into_iter().flatten().min()
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
        let streaming = self.peers.iter().filter(|peer| peer.phase() == Phase::Streaming).count();
        if streaming < core::mem::replace(&mut self.streaming, streaming) {
            self.lost_at = Some(now);
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
    fn unseen_at(&self, peer: &Peer) -> Option<Instant> {
        let since = self.listening_since.filter(|_| peer.is_wanted() && peer.is_away())?;
        match peer.stack {
            Stack::Stranger => None,
            Stack::Known => {
                let calm = self.lost_at.map_or(since, |lost| lost + CALM_AFTER);
                Some(peer.not_before.max(since + UNSEEN_AFTER).max(self.unseen_from).max(calm))
            }
            Stack::Held => Some(peer.not_before.max(since + HELD_AFTER)),
        }
    }

    /// The peer whose turn it is: of those that were just seen the one whose last try is longest ago, and first
    /// the one whose next advert is nearest; else of those that are missed.
    fn next_to_connect(&self) -> Option<&Peer> {
        if !self.connect_is_free() {
            return None;
        }
        let gathered = self.gathered_at().is_none_or(|at| at <= self.now);
        let seen = self.seen().filter(|_| gathered);
        let missed = self.peers.iter().filter(|peer| self.unseen_at(peer).is_some_and(|at| at <= self.now));
        seen.min_by_key(|peer| (peer.tried_at, peer.seen_at)).or_else(|| missed.min_by_key(|peer| peer.tried_at))
    }

    /// Those that were just seen and may be connected.
    fn seen(&self) -> impl Iterator<Item = &Peer> {
        self.peers.iter().filter(|peer| peer.may_connect(self.now) && peer.is_fresh(self.now))
    }

    /// When the scan has gathered enough, if there is anything to gather.
    fn gathered_at(&self) -> Option<Instant> {
        let unseen = |peer: &Peer| peer.is_wanted() && peer.is_away() && !peer.is_fresh(self.now);
        self.listening_since.filter(|_| self.peers.iter().any(unseen)).map(|since| since + GATHER)
    }

    fn connect(&mut self, address: Address) {
        let now = self.now;
        let others_wait = self.seen().any(|peer| peer.address != address);
        let Some(peer) = self.peer_mut(address) else { return };
        let fresh = peer.is_fresh(now);
        let held = peer.let_go();
        peer.seen_at = None;
        peer.tried_at = Some(now);
        let limit = match fresh {
            false => UNSEEN_LIMIT,
            true if others_wait && !peer.hung => SHARED_LIMIT,
            true => CONNECT_LIMIT,
        };
        peer.step = Step::Connecting { until: now + limit };
        self.listening_since = None;
        if !fresh && !held {
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

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::{format, string::String, vec, vec::Vec};

    const A: Address = [0xA; 6];
    const B: Address = [0xB; 6];
    const P: Address = [0xC; 6];

    fn address(name: &str) -> Address {
        match name {
            "A" => A,
            "B" => B,
            "P" => P,
            _ => [0xEE; 6],
        }
    }

    fn profile(address: Address) -> BleProfile {
        if address == P { BleProfile::CyclingPower } else { BleProfile::Moxy }
    }

    fn event(text: &str) -> BleEvent<'static> {
        let mut words = text.split_whitespace();
        let verb = words.next().unwrap();
        let address = address(words.next().unwrap_or("?"));
        let profile = profile(address);
        match verb {
            "up" => BleEvent::Adapter(Ok(())),
            "off" => BleEvent::Adapter(Err(Trouble::Off)),
            "none" => BleEvent::Adapter(Err(Trouble::NoDevice)),
            "no-service" => BleEvent::Adapter(Err(Trouble::NoService)),
            "seen" => BleEvent::Seen { address, name: None, profiles: Profiles::NONE, rssi_dbm: None },
            "linked" => BleEvent::Connected { address },
            "has" => BleEvent::Discovered { address, profiles: Profiles::NONE.with(profile) },
            "lacks" => BleEvent::Discovered { address, profiles: Profiles::NONE },
            "on" => BleEvent::Subscribed { address, profile },
            "value" => BleEvent::Notification { address, profile, value: &[1, 2] },
            "charge" => BleEvent::BatteryLevel { address, percent: 80 },
            "gone" => BleEvent::Disconnected { address },
            "fails" => BleEvent::Failed { address },
            _ => panic!("{text}"),
        }
    }

    fn command(command: BleCommand) -> String {
        let (verb, address) = match command {
            BleCommand::StartScan => return "scan".into(),
            BleCommand::StopScan => return "stop".into(),
            BleCommand::Connect { address } => ("connect", address),
            BleCommand::Discover { address } => ("look", address),
            BleCommand::Subscribe { address, .. } => ("subscribe", address),
            BleCommand::ReadBattery { address } => ("battery", address),
            BleCommand::Disconnect { address } => ("leave", address),
        };
        let name = ["A", "B", "P", "?"].into_iter().find(|name| self::address(name) == address).unwrap();
        format!("{verb} {name}")
    }

    fn drain(central: &mut BleCentral) -> Vec<String> {
        let mut commands = Vec::new();
        while let Some(next) = central.poll() {
            commands.push(command(next));
            assert!(commands.len() < 50, "no end to {commands:?}");
        }
        commands
    }

    fn wanted(names: &str) -> Vec<Wanted> {
        let kind = |name: &str| if name == "P" { SensorKind::Power } else { SensorKind::MuscleOxygen };
        names.split_whitespace().map(|name| Wanted { address: address(name), kind: kind(name) }).collect()
    }

    /// Plays a conversation: `ms event > commands`, a line each. The commands are all there are: none may come between
    /// two lines. `.` is nothing but time; `want …` and `list on` are the caller's; `values A to ms` are twice a second
    /// up to then, and the central has nothing to say to them.
    fn play(central: &mut BleCentral, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (said, answer) = line.split_once('>').unwrap();
            let (ms, said) = said.trim().split_once(' ').unwrap();
            let (at, said) = (Instant::from_ms(ms.parse().unwrap()), said.trim());
            while let Some(next) = central.deadline().filter(|next| *next < at) {
                central.tick(next);
                assert_eq!(drain(central), Vec::<String>::new(), "at {} ms, before: {line}", next.as_ms());
                assert!(central.deadline().is_none_or(|later| later > next), "busy before: {line}");
            }
            if let Some((names, until)) = said.strip_prefix("values ").and_then(|said| said.split_once(" to ")) {
                let mut ms = at.as_ms();
                while ms <= until.parse().unwrap() {
                    for name in names.split_whitespace() {
                        central.event(Instant::from_ms(ms), &event(&format!("value {name}")));
                    }
                    let commands = drain(central);
                    assert!(commands.iter().all(|it| it.starts_with("battery")), "{commands:?} at {ms} ms: {line}");
                    ms += 500;
                }
                continue;
            }
            match said {
                "." => central.tick(at),
                "list on" => central.set_listing(true),
                "list off" => central.set_listing(false),
                _ => match said.strip_prefix("want") {
                    Some(names) => central.want(at, &wanted(names)),
                    None => central.event(at, &event(said)),
                },
            }
            let expected: Vec<&str> = answer.split(',').map(str::trim).filter(|answer| !answer.is_empty()).collect();
            assert_eq!(drain(central), expected, "{line}");
        }
    }

    fn played(names: &str, script: &str) -> BleCentral {
        let mut central = BleCentral::new();
        central.want(Instant::ZERO, &wanted(names));
        play(&mut central, script);
        central
    }

    fn phase(central: &BleCentral, name: &str) -> Phase {
        central.peer(address(name)).unwrap().phase
    }

    /// From the adapter's first word to a streaming A, at 1000 ms.
    const STREAMING: &str = "
           0 up       > scan
         300 seen A   > stop, connect A
         500 linked A > look A
         800 has A    > subscribe A
         900 on A     > battery A
        1000 charge A >
    ";

    #[test]
    fn it_is_silent_until_the_adapter_is_said() {
        let mut central = played("A B", "0 seen A > \n 10 linked A > \n 20 list on > \n 99000 . >");
        assert_eq!((central.state(), central.deadline()), (RadioState::Unused, None));
        play(&mut central, "99100 up > scan");
        assert_eq!(central.state(), RadioState::Starting);
    }

    #[test]
    fn streams_and_is_back_after_each_of_three_drops() {
        let mut central = played("A", STREAMING);
        assert_eq!(phase(&central, "A"), Phase::Streaming);
        for round in 0..3 {
            let t = 1000 + round * 10_000;
            let script = format!(
                "
                {} values A to {} >
                {} gone A   > scan
                {} seen A   > stop, connect A
                {} linked A > look A
                {} has A    > subscribe A
                {} on A     > battery A
                {} fails A  >",
                t + 500,
                t + 5000,
                t + 5100,
                t + 5600,
                t + 5700,
                t + 5900,
                t + 6000,
                t + 6050,
            );
            play(&mut central, &script);
            assert_eq!(phase(&central, "A"), Phase::Streaming);
        }
        assert_eq!(central.state(), RadioState::Ready);
        assert_eq!(central.peer(A).unwrap().heard_at, Some(Instant::from_ms(26_000)));
    }

    #[test]
    fn two_devices_take_turns_to_connect_and_do_the_rest_side_by_side() {
        let central = played(
            "A B",
            "
               0 up       > scan
             300 seen A   >
             400 seen B   > stop, connect A
             500 linked A > look A, connect B
             600 linked B > look B
             700 has B    > subscribe B
             800 has A    > subscribe A
             810 on B     > battery B
             820 on A     > battery A
             900 charge A >
             900 fails B  >
            1000 values A B to 20000 >",
        );
        assert_eq!((phase(&central, "A"), phase(&central, "B")), (Phase::Streaming, Phase::Streaming));
    }

    #[test]
    fn while_several_are_missing_a_scan_gathers_before_the_first_connect() {
        played("A B", "0 up > scan \n 100 seen A > \n 600 . > stop, connect A \n 700 linked A > look A, scan");
        played(
            "A B",
            "0 up > scan \n 100 seen B > \n 150 seen A > stop, connect B \n 200 linked B > look B, connect A",
        );
    }

    #[test]
    fn a_connect_that_hangs_has_less_time_once_while_others_wait() {
        played(
            "A B P",
            "
                0 up       > scan
              100 seen A   >
              200 seen B   >
              600 .        > stop, connect A
             3600 .        > leave A
             3610 gone A   > connect B
             5100 linked B > look B, scan
             5200 has B    > subscribe B
             5250 on B     > battery B
             5300 gone B   >
             5500 seen A   >
             5550 seen B   >
             5700 .        > stop, connect A
            11700 .        > leave A",
        );
    }

    #[test]
    fn a_connect_that_fails_or_hangs_is_tried_again_soon() {
        for script in [
            "
               0 up       > scan
             300 seen A   > stop, connect A
             900 fails A  > scan
            1500 seen A   >
            2900 .        > stop, connect A
            3000 linked A > look A",
            "
               0 up       > scan
             300 seen A   > stop, connect A
            6300 .        > leave A
            6400 gone A   > scan
            7000 seen A   >
            8300 .        > stop, connect A
            8400 linked A > look A",
        ] {
            played("A", script);
        }
    }

    #[test]
    fn one_that_cannot_be_connected_does_not_keep_the_other_waiting() {
        played(
            "A B",
            "
                0 up       > scan
              700 seen A   > stop, connect A
             6700 .        > leave A
             6750 gone A   > scan
             6900 seen A   >
             7700 seen B   > stop, connect B
             7800 linked B > look B, scan",
        );
    }

    #[test]
    fn adapter_off_ends_all_and_adapter_on_brings_all_back() {
        let mut central = played("A", STREAMING);
        play(
            &mut central,
            "
             1500 off      >
             1600 gone A   >
             1700 seen A   >
             1800 linked A >
            60000 .        >",
        );
        assert_eq!((central.state(), central.deadline()), (RadioState::Trouble(Trouble::Off), None));
        assert_eq!(phase(&central, "A"), Phase::Away);
        play(
            &mut central,
            "
            60100 up       > scan
            60500 seen A   > stop, connect A
            60600 linked A > look A
            60700 has A    > subscribe A
            60800 on A     > battery A",
        );
        assert_eq!((central.state(), phase(&central, "A")), (RadioState::Ready, Phase::Streaming));
    }

    #[test]
    fn a_device_that_vanishes_is_listened_for_and_now_and_then_tried_unseen() {
        let mut central = played("A", STREAMING);
        play(
            &mut central,
            "
             1500 gone A   > scan
             5500 .        > stop, scan
             9500 .        > stop, connect A
            12500 .        > leave A
            12600 gone A   > scan
            16600 .        > stop, scan
            20600 .        > stop, connect A
            20700 linked A > look A",
        );
    }

    #[test]
    fn no_adapter_is_a_trouble_and_no_reason_to_ask() {
        for (said, trouble) in [("none", Trouble::NoDevice), ("no-service", Trouble::NoService)] {
            let mut central = played("A B", &format!("0 {said} > \n 600000 . >"));
            assert_eq!((central.state(), central.deadline()), (RadioState::Trouble(trouble), None));
            play(&mut central, "600100 up > scan");
        }
    }

    #[test]
    fn a_peer_without_the_service_is_left_alone_for_a_minute_unless_it_is_wanted_anew() {
        let lacks = "
               0 up       > scan
             300 seen A   > stop, connect A
             500 linked A > look A
             600 lacks A  > leave A, scan
             700 gone A   >
            4600 .        > stop, scan
            5000 seen A   >
        ";
        let mut central = played("A", lacks);
        // Scans go on, for the others' sake, and are kept alive.
        for ms in (9000..60_000).step_by(4000) {
            play(&mut central, &format!("{ms} . > stop, scan"));
        }
        play(&mut central, "60000 seen A >\n 60600 . > stop, connect A");
        let mut central = played("A", lacks);
        play(&mut central, "5100 want > stop \n 5200 want A > connect A");
    }

    #[test]
    fn a_service_that_dies_without_an_event_is_noticed_and_found_again() {
        let mut central = played("A", STREAMING);
        play(
            &mut central,
            "
             1500 values A to 3000 >
             8000 .  > leave A, scan
            10000 .  > stop, connect A
            13000 .  > leave A
            15000 .  > leave A
            17000 .  > scan",
        );
        assert_eq!(central.state(), RadioState::Trouble(Trouble::NotAnswering));
        assert_eq!(phase(&central, "A"), Phase::Away);
        play(
            &mut central,
            "
            17500 seen A   > stop, connect A
            17600 linked A > look A
            17800 has A    > subscribe A
            17900 on A     > battery A",
        );
        assert_eq!((central.state(), phase(&central, "A")), (RadioState::Ready, Phase::Streaming));
    }

    #[test]
    fn a_sensor_of_two_seconds_is_not_cut_off_by_jitter() {
        let mut central = played("A", STREAMING);
        let mut at = 1000;
        for gap in [2000, 2400, 4900, 100, 2000, 4999, 2000] {
            at += gap;
            play(&mut central, &format!("{at} value A >"));
        }
        play(&mut central, &format!("{} . > leave A, scan", at + 5000));
    }

    const POWER: &str = "
           0 up       > scan
         300 seen P   > stop, connect P
         500 linked P > look P
         800 has P    > subscribe P
         900 on P     > battery P
    ";

    #[test]
    fn a_coasting_rider_keeps_the_power_meter_as_long_as_its_battery_answers() {
        let mut central = played("P", POWER);
        play(&mut central, "1000 charge P > \n 1500 value P >");
        for ms in (4500..30_000).step_by(3100) {
            play(&mut central, &format!("{ms} . > battery P\n {} charge P >", ms + 100));
        }
        play(&mut central, "32400 . > battery P\n 34400 . > leave P, scan");
        // Without a battery there is nothing to ask for.
        let mut central = played("P", POWER);
        play(&mut central, "1000 fails P > \n 1500 value P > \n 31500 . > leave P, scan");
        // And a minute without a value is too long for any.
        let mut central = played("P", POWER);
        play(&mut central, "1000 charge P > \n 1500 value P >");
        for ms in (4500..61_500).step_by(3000) {
            play(&mut central, &format!("{ms} charge P >"));
        }
        play(&mut central, "61500 . > leave P, scan");
    }

    #[test]
    fn the_battery_is_read_every_five_minutes_and_its_failure_is_not_held_against_the_peer() {
        for answer in ["charge A", "fails A", "."] {
            let mut central = played("A", STREAMING);
            play(&mut central, "1000 values A to 300500 > \n 301000 value A > battery A");
            play(&mut central, &format!("301100 {answer} > \n 301500 values A to 320000 >"));
            assert_eq!(phase(&central, "A"), Phase::Streaming, "{answer}");
        }
    }

    #[test]
    fn a_refused_subscription_is_tried_again_and_one_that_sends_anyway_counts() {
        let linked = "
               0 up       > scan
             300 seen A   > stop, connect A
             500 linked A > look A
             800 has A    > subscribe A
             900 fails A  >
            1400 .        > subscribe A
        ";
        let mut central = played("A", linked);
        play(&mut central, "1500 fails A > \n 2000 . > subscribe A \n 2100 fails A > leave A, scan");
        let mut central = played("A", linked);
        play(&mut central, "1450 value A > \n 1500 fails A > battery A");
        assert_eq!(phase(&central, "A"), Phase::Streaming);
    }

    #[test]
    fn what_comes_out_of_order_or_twice_does_no_harm() {
        let mut central = played(
            "A B",
            "
               0 up       > scan
              20 on A     >
              30 has A    >
              40 fails A  >
              50 gone A   >
              60 charge A >
              70 linked ? >
              80 seen ?   >
              90 lacks ?  >
             650 seen A   > stop, connect A
             660 seen A   >
             700 on A     >
             750 linked A > look A, scan
             760 linked A >
             770 value A  >
             800 has A    > subscribe A
             810 has A    >
             820 lacks A  >
             900 on A     > battery A
             910 on A     >
            1000 gone A   >
            1010 on A     >
            1020 gone A   >
            1700 seen A   > stop, connect A
            1800 linked A > look A, scan",
        );
        assert_eq!(phase(&central, "A"), Phase::Discovering);
        // A clock that goes back stands still.
        play(&mut central, "1850 has A > subscribe A");
        central.event(Instant::from_ms(3), &event("on A"));
        assert_eq!(drain(&mut central), ["battery A"]);
        assert_eq!(central.peer([9; 6]), None);
    }

    #[test]
    fn values_of_a_peer_that_is_away_are_a_sign_that_the_stack_holds_its_link() {
        played("A", "0 up > scan \n 100 value A > \n 1500 . > stop, connect A \n 1510 linked A > look A");
    }

    #[test]
    fn a_link_that_the_stack_makes_by_itself_is_taken_up() {
        played(
            "A",
            "
               0 up       > scan
             300 linked A > look A, stop
             500 has A    > subscribe A
             600 on A     > battery A",
        );
    }

    #[test]
    fn the_unwanted_are_let_go_and_the_wanted_not_disturbed() {
        let mut central = played("A", STREAMING);
        play(
            &mut central,
            "
            1100 want A B >  scan
            1200 value A  >
            1500 seen B   > stop, connect B
            1600 want A   > leave B
            1700 linked B >
            1800 gone B   >
            1900 linked B > leave B
            2000 gone B   >
            2100 seen B   >
            2200 value A  >",
        );
        assert_eq!((phase(&central, "A"), central.peer(B)), (Phase::Streaming, None));
        play(&mut central, "2300 want > leave A \n 2400 gone A > \n 90000 . >");
        assert_eq!((central.state(), central.deadline()), (RadioState::Ready, None));
    }

    #[test]
    fn listing_keeps_the_scan_up() {
        let mut central = played("A", STREAMING);
        play(
            &mut central,
            "1100 list on > scan \n 1200 seen B > \n 1300 value A > \n 1400 list off > stop \n 1500 value A >",
        );
    }

    #[test]
    fn one_address_may_be_wanted_as_several_kinds() {
        let mut central = BleCentral::new();
        let both = [SensorKind::Power, SensorKind::Cadence].map(|kind| Wanted { address: P, kind });
        central.want(Instant::ZERO, &both);
        assert_eq!(central.peers().count(), 1);
        play(&mut central, "0 up > scan \n 300 seen P > stop, connect P \n 500 linked P > look P");
        let profiles = Profiles::NONE.with(BleProfile::CyclingPower).with(BleProfile::SpeedCadence);
        central.event(Instant::from_ms(600), &BleEvent::Discovered { address: P, profiles });
        assert_eq!(central.poll(), Some(BleCommand::Subscribe { address: P, profile: BleProfile::CyclingPower }));
        assert_eq!(central.poll(), None);
        // One of the two is enough to go on.
        play(&mut central, "700 on P > subscribe P");
        for ms in [700, 1300, 1900] {
            central.tick(Instant::from_ms(ms));
            drain(&mut central);
            central.event(Instant::from_ms(ms + 50), &event("fails P"));
        }
        assert_eq!(phase(&central, "P"), Phase::Streaming);
    }

    #[test]
    fn nothing_heard_is_said_after_ten_seconds_of_listening() {
        let central = played("A", "0 up > scan \n 4000 . > stop, scan \n 8000 . > stop, scan \n 9999 . >");
        assert_eq!(central.state(), RadioState::Starting);
        let mut central = played("A", "0 up > scan \n 4000 . > stop, scan \n 8000 . > stop, scan \n 10000 . >");
        assert_eq!(central.state(), RadioState::NothingHeard);
        play(&mut central, "10500 seen ? >");
        assert_eq!(central.state(), RadioState::NothingHeard);
        play(&mut central, "11000 seen A > stop, connect A");
        assert_eq!(central.state(), RadioState::Ready);
    }

    #[test]
    fn twelve_others_get_their_place_while_twelve_are_let_go() {
        let peers = |first: u8| (first..first + 12).map(|n| Wanted { address: [n; 6], kind: SensorKind::HeartRate });
        let mut central = BleCentral::new();
        let sets: [Vec<Wanted>; 3] = [peers(0).collect(), peers(20).collect(), peers(40).collect()];
        central.want(Instant::ZERO, &sets[0]);
        central.event(Instant::ZERO, &BleEvent::Adapter(Ok(())));
        for wanted in &sets[0] {
            central.event(Instant::ZERO, &BleEvent::Connected { address: wanted.address });
        }
        drain_all(&mut central);
        central.want(Instant::from_ms(100), &sets[1]);
        central.want(Instant::from_ms(200), &sets[2]);
        let left: Vec<BleCommand> = drain_all(&mut central);
        let leave: Vec<BleCommand> =
            sets[0].iter().map(|wanted| BleCommand::Disconnect { address: wanted.address }).collect();
        assert_eq!(left[..12], leave);
        for wanted in &sets[0] {
            central.event(Instant::from_ms(300), &BleEvent::Disconnected { address: wanted.address });
        }
        let mut connected = vec![];
        for wanted in &sets[2] {
            let (address, profiles) = (wanted.address, Profiles::NONE);
            let at = Instant::from_ms(1000);
            central.event(at, &BleEvent::Seen { address, name: None, profiles, rssi_dbm: None });
            drain_all(&mut central);
            connected.extend(central.peer(address).filter(|peer| peer.phase == Phase::Connecting));
            central.event(at, &BleEvent::Connected { address });
        }
        assert_eq!(connected.len(), 12);
        assert_eq!(central.peers().count(), MAX_WANTED);
    }

    fn drain_all(central: &mut BleCentral) -> Vec<BleCommand> {
        core::iter::from_fn(|| central.poll()).take(100).collect()
    }

    #[test]
    fn it_is_small() {
        let size = size_of::<BleCentral>();
        assert!(size <= 2560, "{size} bytes");
    }
}
