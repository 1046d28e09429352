//! The radio air of ANT: sensors that send in their slots, sticks that hear them, or don't.
//!
//! [`Air`] holds masters (sensors) and [`stick`]s and moves them through simulated time. A master sends one page of
//! eight bytes in every slot; a stick hears it if it is near enough, nothing else is sent over it in that moment, it
//! is not lost by chance, and the stick listens on its frequency with its key. What a stick makes of it, it says in
//! bytes, as a real one does over USB, and it takes bytes of a host the same way. Nothing here waits or asks for the
//! time: the caller passes [`Instant`]s, and [`Air::next_event`] says when something happens next.
//!
//! The same seed and the same calls give the same bytes. Every pair of a sender and a stick draws from a stream of
//! its own, so one more sensor changes nothing for the others (except that its packets may be in their way).
//!
//! Inside, time is in nanoseconds: slots are 1/32768 s apart and packets 0.15 ms long, which milliseconds cannot tell.
//!
//! ```
//! use sling_core::time::Instant;
//! use sling_core::wire::ant::pages::Profile;
//! use sling_simulator::air::{Air, Master, stick::Options};
//!
//! let mut air = Air::new(1);
//! let stick = air.add_stick(Options::default());
//! air.add_master(Master::new(Profile::MUSCLE_OXYGEN, 1234));
//! air.host_bytes(stick, Instant::ZERO, &[0xA4, 0x01, 0x4A, 0x00, 0xEF]);
//! air.advance(Instant::from_ms(500));
//! assert_eq!(air.take_bytes(stick), [0xA4, 0x01, 0x6F, 0x20, 0xEA]);
//! ```

pub mod stick;
#[cfg(test)]
mod tests;

use crate::world::random::{Purpose, Random};
use core::fmt;
use sling_core::time::{Duration, Instant};
use sling_core::wire::ant::message::ChannelId;
use sling_core::wire::ant::pages::{FREQUENCY, Page, Profile};
use std::collections::BTreeMap;
use stick::{Options, Packet, Stick};

/// The network key of everything that is simulated: an obvious dummy, never the key of a real network.
pub const DUMMY_KEY: [u8; 8] = [0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77];
/// How long a packet is on the air; two that begin closer together than this are in each other's way.
const PACKET_NS: u64 = 150_000;
/// Below this no stick hears anything.
const SENSITIVITY_DBM: i8 = -95;
/// How much the clock of a master may be off when the seed says it.
const DRIFT_PPM: f64 = 20.0;
const NS_PER_MS: u64 = 1_000_000;
const NS_PER_S: u64 = 1_000_000_000;

/// A sensor as the air knows it: who it is and when it sends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Master {
    /// Its channel id.
    pub id: ChannelId,
    /// From one slot to the next, in 1/32768 s.
    pub period: u16,
    /// In MHz above 2400.
    pub frequency: u8,
    /// The key of its network.
    pub key: [u8; 8],
    /// When its first slot is, in microseconds from when it is switched on; drawn from the seed if not said.
    pub phase_us: Option<u32>,
    /// How much too fast its clock is, in parts per million; drawn from the seed (within 20) if not said.
    pub drift_ppm: Option<f64>,
}

impl Master {
    /// A sensor of a profile, with the transmission type of sensors that have common pages.
    pub const fn new(profile: Profile, number: u16) -> Self {
        Self {
            id: ChannelId { number, device_type: profile.device_type, pairing: false, transmission: 0x05 },
            period: profile.period,
            frequency: FREQUENCY,
            key: DUMMY_KEY,
            phase_us: None,
            drift_ppm: None,
        }
    }
}

/// A master on an [`Air`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MasterId(usize);

/// A stick on an [`Air`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StickId(usize);

/// How well a stick hears a sender.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Path {
    /// How strong its packets arrive; under -95 dBm they don't.
    pub rssi_dbm: i8,
    /// How likely a packet is lost by chance, 0 to 1; in each direction.
    pub loss: f64,
}

impl Path {
    /// Nothing is heard over it.
    pub const OUT_OF_RANGE: Self = Self { rssi_dbm: i8::MIN, loss: 1.0 };

    /// The strength at a distance in the open: -50 dBm at one metre, 6 dB less with each doubling.
    pub fn at_distance_m(metres: f64) -> Self {
        let rssi = -50.0 - 20.0 * libm::log10(metres.max(0.01));
        Self { rssi_dbm: rssi.round().clamp(-128.0, 0.0) as i8, loss: 0.0 }
    }
}

impl Default for Path {
    /// One and a half metres, from a thigh to a handlebar, with nothing lost.
    fn default() -> Self {
        Self { rssi_dbm: -60, loss: 0.0 }
    }
}

/// What a master was sent by a stick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// When.
    pub at: Instant,
    /// By whom.
    pub from: StickId,
    /// The eight bytes.
    pub page: Page,
    /// Whether the stick wanted an acknowledgement. It may have missed it: the same page can come again.
    pub acknowledged: bool,
}

/// When a sender sends: the slot before and the next one. `next` is `None` while it is off.
#[derive(Clone, Copy, Debug, Default)]
struct Slots {
    last: Option<u64>,
    next: Option<u64>,
}

impl Slots {
    /// Whether a packet of these slots overlaps one that begins at `start`.
    fn overlaps(self, start: u64) -> bool {
        [self.last, self.next].into_iter().flatten().any(|own| own.abs_diff(start) < PACKET_NS)
    }
}

type PageSource = Box<dyn FnMut(Instant) -> Page + Send>;

struct Sensor {
    master: Master,
    period_ns: u64,
    slots: Slots,
    page: Page,
    source: Option<PageSource>,
    received: Vec<Received>,
    /// When another's packet was in the way of one of its own.
    collided_at: Option<Instant>,
    random: Random,
}

impl fmt::Debug for Sensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sensor").field("master", &self.master).field("slots", &self.slots).finish_non_exhaustive()
    }
}

impl Sensor {
    /// On from `at_ns`, in a slot that has nothing to do with earlier ones.
    fn switch_on(&mut self, at_ns: u64) {
        let phase_ns = match self.master.phase_us {
            Some(us) => u64::from(us) * 1000,
            None => self.random.between(0.0, self.period_ns as f64) as u64,
        };
        self.slots.next = Some(at_ns + phase_ns);
    }
}

/// Who sends a packet. Sensors come first where two things happen in the same nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sender {
    Sensor(usize),
    /// A master channel of a stick.
    Stick(usize, u8),
}

impl Sender {
    /// What a path belongs to: a body in space, whichever of its channels sends.
    const fn body(self) -> Body {
        match self {
            Self::Sensor(index) => Body::Sensor(index),
            Self::Stick(index, _) => Body::Stick(index),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Body {
    Sensor(usize),
    Stick(usize),
}

#[derive(Debug)]
struct Link {
    path: Path,
    random: Random,
}

impl Link {
    fn passes(&mut self) -> bool {
        !self.random.happens(self.path.loss)
    }
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// A packet has been sent.
    Sent(Sender),
    /// A stick has something to do by itself: end a search, notice a missed slot, say a byte.
    Stick(usize),
}

/// Everything that sends and hears in one place.
#[derive(Debug)]
pub struct Air {
    seed: u64,
    now: u64,
    sensors: Vec<Sensor>,
    sticks: Vec<Stick>,
    links: BTreeMap<(Body, usize), Link>,
    capture_db: Option<u8>,
}

impl Air {
    /// An empty one, at time zero.
    pub const fn new(seed: u64) -> Self {
        Self { seed, now: 0, sensors: Vec::new(), sticks: Vec::new(), links: BTreeMap::new(), capture_db: None }
    }

    /// Of two packets at once, a stick hears the one that is stronger by at least so much; `None`, as at the
    /// beginning: neither.
    pub const fn set_capture_db(&mut self, capture_db: Option<u8>) {
        self.capture_db = capture_db;
    }

    /// A sensor, switched on now, that sends zeros until it is given a page.
    pub fn add_master(&mut self, master: Master) -> MasterId {
        let index = self.sensors.len();
        let mut random = Random::stream(self.seed, Purpose::Air, index as u64);
        let drift_ppm = master.drift_ppm.unwrap_or_else(|| random.between(-DRIFT_PPM, DRIFT_PPM));
        let period_ns = period_ns(master.period) as f64 * (1.0 - drift_ppm * 1e-6);
        let mut sensor = Sensor {
            master,
            period_ns: period_ns.round() as u64,
            slots: Slots::default(),
            page: [0; 8],
            source: None,
            received: Vec::new(),
            collided_at: None,
            random,
        };
        sensor.switch_on(self.now);
        self.sensors.push(sensor);
        MasterId(index)
    }

    /// A stick, plugged in now.
    pub fn add_stick(&mut self, options: Options) -> StickId {
        let index = self.sticks.len();
        self.sticks.push(Stick::new(options, Random::stream(self.seed, Purpose::Stick, index as u64), self.now));
        StickId(index)
    }

    /// The page that a master sends from now on, over and over.
    pub fn set_page(&mut self, master: MasterId, page: Page) {
        let sensor = &mut self.sensors[master.0];
        sensor.page = page;
        sensor.source = None;
    }

    /// Where a master takes its page from in each slot, by the time of the slot.
    pub fn set_page_source(&mut self, master: MasterId, source: impl FnMut(Instant) -> Page + Send + 'static) {
        self.sensors[master.0].source = Some(Box::new(source));
    }

    /// How a stick hears a master from now on. Out of range, the master goes on in its slots.
    pub fn set_path(&mut self, master: MasterId, stick: StickId, path: Path) {
        self.link(Body::Sensor(master.0), stick.0).path = path;
    }

    /// How one stick hears the master channels of another.
    pub fn set_stick_path(&mut self, sender: StickId, receiver: StickId, path: Path) {
        self.link(Body::Stick(sender.0), receiver.0).path = path;
    }

    /// Switches a master off.
    pub fn switch_off(&mut self, master: MasterId) {
        self.sensors[master.0].slots.next = None;
    }

    /// Switches a master on, or off and on: from `at` it sends in slots that lie anew.
    pub fn switch_on(&mut self, master: MasterId, at: Instant) {
        let at = ns(at).max(self.now);
        self.sensors[master.0].switch_on(at);
    }

    /// Whether a master sends, or will by itself.
    pub fn is_on(&self, master: MasterId) -> bool {
        self.sensors[master.0].slots.next.is_some()
    }

    /// When another sensor's packet was in the way of one of a master's last. Slots of sensors drift through each other: two
    /// with nearly the same clock are in each other's way for seconds, or minutes.
    pub fn collided_at(&self, master: MasterId) -> Option<Instant> {
        self.sensors[master.0].collided_at
    }

    /// Takes what sticks sent to a master.
    pub fn take_received(&mut self, master: MasterId) -> Vec<Received> {
        std::mem::take(&mut self.sensors[master.0].received)
    }

    /// Bytes of the host to a stick.
    pub fn host_bytes(&mut self, stick: StickId, now: Instant, bytes: &[u8]) {
        self.advance(now);
        self.sticks[stick.0].host_bytes(self.now, bytes);
    }

    /// Takes all bytes that a stick has said until now.
    pub fn take_bytes(&mut self, stick: StickId) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some(packet) = self.take_packet(stick) {
            bytes.extend(packet);
        }
        bytes
    }

    /// Takes the next packet (one USB transfer) that a stick has said until now.
    pub fn take_packet(&mut self, stick: StickId) -> Option<Vec<u8>> {
        let now = self.now;
        self.sticks[stick.0].take_packet(now)
    }

    /// Pulls a stick out and puts it back: it forgets everything and says nothing of what it had to say.
    pub fn replug(&mut self, stick: StickId, now: Instant) {
        self.advance(now);
        self.sticks[stick.0].replug(self.now);
    }

    /// The time that everything has been moved to.
    pub fn now(&self) -> Instant {
        Instant::from_ms(self.now / NS_PER_MS)
    }

    /// When something happens next: at this time, [`Self::advance`] does it. `None`: never, by itself.
    pub fn next_event(&self) -> Option<Instant> {
        self.next().map(|(at, _)| Instant::from_ms(at.div_ceil(NS_PER_MS)))
    }

    /// Lets everything happen until `now`. A time before the last one changes nothing.
    pub fn advance(&mut self, now: Instant) {
        let until = ns(now).max(self.now);
        while let Some((at, what)) = self.next()
            && at <= until
        {
            self.now = at.max(self.now);
            match what {
                What::Sent(sender) => self.sent(sender),
                What::Stick(index) => self.sticks[index].run(self.now),
            }
        }
        self.now = until;
    }

    fn next(&self) -> Option<(u64, What)> {
        let sent = self.senders().filter_map(|(sender, slots)| Some((slots.next? + PACKET_NS, What::Sent(sender))));
        let sticks = self.sticks.iter().enumerate().filter_map(|(i, stick)| Some((stick.next_ns()?, What::Stick(i))));
        sent.chain(sticks).min()
    }

    fn senders(&self) -> impl Iterator<Item = (Sender, Slots)> {
        let sensors = self.sensors.iter().enumerate().map(|(i, sensor)| (Sender::Sensor(i), sensor.slots));
        let sticks = self.sticks.iter().enumerate();
        let channels = sticks.flat_map(|(i, s)| s.sending().map(move |(ch, slots)| (Sender::Stick(i, ch), slots)));
        sensors.chain(channels)
    }

    fn link(&mut self, body: Body, stick: usize) -> &mut Link {
        let seed = self.seed;
        self.links.entry((body, stick)).or_insert_with(|| {
            let index = match body {
                Body::Sensor(index) => index as u64,
                Body::Stick(index) => 1 << 32 | index as u64,
            };
            let random = Random::stream(seed, Purpose::AirPath, (stick as u64) << 40 | index);
            Link { path: Path::default(), random }
        })
    }

    /// A packet has been on the air from its slot until now: who heard it?
    fn sent(&mut self, sender: Sender) {
        let Some(packet) = self.packet(sender) else { return };
        let mut acknowledged = false;
        for index in 0..self.sticks.len() {
            if self.arrives(sender, &packet, index) {
                acknowledged |= self.heard(sender, &packet, index);
            }
        }
        if let Sender::Stick(index, channel) = sender {
            self.sticks[index].slot_over(self.now, channel, acknowledged);
        }
    }

    /// The packet of the slot that is over, and on to the next slot.
    fn packet(&mut self, sender: Sender) -> Option<Packet> {
        match sender {
            Sender::Sensor(index) => {
                let sensor = &mut self.sensors[index];
                let start = sensor.slots.next?;
                sensor.slots = Slots { last: Some(start), next: Some(start + sensor.period_ns) };
                if let Some(source) = &mut sensor.source {
                    sensor.page = source(Instant::from_ms(start / NS_PER_MS));
                }
                let Master { id, frequency, key, .. } = sensor.master;
                Some(Packet { start, id, frequency, key, page: sensor.page, acknowledged: false, rssi_dbm: 0 })
            }
            Sender::Stick(index, channel) => self.sticks[index].transmit(channel),
        }
    }

    fn arrives(&mut self, sender: Sender, packet: &Packet, index: usize) -> bool {
        if sender.body() == Body::Stick(index) {
            return false;
        }
        let path = self.link(sender.body(), index).path;
        if path.rssi_dbm < SENSITIVITY_DBM {
            return false;
        }
        let in_the_way = self.strongest_other(sender, packet, index);
        let heard = match (in_the_way, self.capture_db) {
            (None, _) => true,
            (Some(other), Some(capture)) => i16::from(path.rssi_dbm) - i16::from(other) >= i16::from(capture),
            (Some(_), None) => false,
        };
        if let (false, Sender::Sensor(index)) = (heard, sender) {
            self.sensors[index].collided_at = Some(Instant::from_ms(packet.start / NS_PER_MS));
        }
        // Always drawn, so that a collision changes nothing for later packets.
        self.link(sender.body(), index).passes() && heard
    }

    /// How strong a stick hears the strongest of the other packets that overlap this one, its own above all.
    fn strongest_other(&self, sender: Sender, packet: &Packet, index: usize) -> Option<i8> {
        let others = self.senders().filter(|(other, slots)| {
            *other != sender && slots.overlaps(packet.start) && self.frequency(*other) == packet.frequency
        });
        let strength = others.filter_map(|(other, _)| match other.body() {
            Body::Stick(own) if own == index => Some(i8::MAX),
            body => {
                let path = self.links.get(&(body, index)).map_or(Path::default(), |link| link.path);
                (path.rssi_dbm >= SENSITIVITY_DBM).then_some(path.rssi_dbm)
            }
        });
        strength.max()
    }

    fn frequency(&self, sender: Sender) -> u8 {
        match sender {
            Sender::Sensor(index) => self.sensors[index].master.frequency,
            Sender::Stick(index, channel) => self.sticks[index].frequency(channel),
        }
    }

    /// A stick hears a packet, and may answer in the same slot. Returns whether it acknowledged the packet.
    fn heard(&mut self, sender: Sender, packet: &Packet, index: usize) -> bool {
        let rssi_dbm = self.link(sender.body(), index).path.rssi_dbm;
        let heard = self.sticks[index].hear(self.now, &Packet { rssi_dbm, ..*packet });
        if let Some(reply) = heard.reply {
            let arrives = self.link(sender.body(), index).passes();
            // The master's receipt can be lost as well: then it has the page, and the stick does not know.
            let receipt = self.link(sender.body(), index).passes();
            let taken = arrives && self.deliver(sender, index, reply.page, reply.acknowledged);
            self.sticks[index].replied(self.now, reply.channel, taken && receipt);
        }
        heard.acknowledges && self.link(sender.body(), index).passes()
    }

    fn deliver(&mut self, to: Sender, from: usize, page: Page, acknowledged: bool) -> bool {
        match to {
            Sender::Sensor(index) => {
                let at = Instant::from_ms(self.now / NS_PER_MS);
                self.sensors[index].received.push(Received { at, from: StickId(from), page, acknowledged });
                true
            }
            Sender::Stick(index, channel) => self.sticks[index].deliver(self.now, channel, page, acknowledged),
        }
    }
}

/// A span of 1/32768 s in nanoseconds, rounded.
const fn period_ns(period: u16) -> u64 {
    (period as u64 * NS_PER_S + 16_384) / 32_768
}

const fn ns(instant: Instant) -> u64 {
    instant.as_ms().saturating_mul(NS_PER_MS)
}

const fn span_ns(span: Duration) -> u64 {
    span.as_ms() as u64 * NS_PER_MS
}
