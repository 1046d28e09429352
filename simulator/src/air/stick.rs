//! The firmware of an ANT stick, as far as a host can tell: bytes of the serial protocol in, bytes out.
//!
//! It keeps to what public sources agree on (ANT Message Protocol and Usage; message ids and codes as in
//! `sling_core::wire::ant::message`). Where they say nothing, it is as awkward as a stick may be: a channel closes
//! some time after it was told to, two wildcard channels can find the same sensor, a search finds a sensor only in
//! some of its slots. [`Options`] adds the oddities that were seen on real sticks.
//!
//! Bursts, encryption, frequency agility and the memory of ANT-FS modules are not there: a host gets "invalid message".

use super::{NS_PER_MS, NS_PER_S, Slots, period_ns, span_ns};
use crate::world::random::Random;
use sling_core::time::Duration;
use sling_core::wire::ant::frame::{Deframer, Frame, MAX_FRAME, encode};
use sling_core::wire::ant::message::{
    ChannelId, Code, Data, EXTENDED_CHANNEL_ID, EXTENDED_RSSI, EXTENDED_TIMESTAMP, Extended, Message, Rssi, id,
};
use sling_core::wire::ant::pages::Page;
use std::collections::VecDeque;

const VERSION: u8 = 0x3E;
const TX_POWER: u8 = 0x47;
const STATUS: u8 = 0x52;
const LIST_ADD: u8 = 0x59;
const LIST_CONFIG: u8 = 0x5A;
const CHANNEL_TX_POWER: u8 = 0x60;
const SERIAL: u8 = 0x61;
const EXT_RX: u8 = 0x66;
const SEARCH_PRIORITY: u8 = 0x75;
const SERIAL_ERROR: u8 = 0xAE;

const EVENT_TX: Code = Code(0x03);
const INVALID_LIST: Code = Code(0x30);
const INVALID_PARAMETER: Code = Code(0x33);

/// Serial errors: the check was wrong; the length was.
const ERROR_CHECK: u8 = 2;
const ERROR_LENGTH: u8 = 3;

const STARTED_BY_COMMAND: u8 = 0x20;
/// Extended assignment: report everything that is heard, and never stop searching.
const BACKGROUND_SCAN: u8 = 0x01;
/// How far from where it is expected a packet of a tracked master may lie.
const WINDOW_NS: u64 = NS_PER_MS;
/// So many slots missed in a row end tracking.
const MISSES_TO_SEARCH: u8 = 8;
const SEARCH_UNIT_NS: u64 = 2_500_000_000;
const ENDLESS: u8 = 255;
/// In scanning mode a page waits so long for its master to be heard.
const SCAN_REPLY_NS: u64 = 2 * NS_PER_S;
const LIST_SIZE: usize = 4;

/// How signal strength is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RssiForm {
    /// In dBm, three bytes.
    Dbm,
    /// The gain control of nRF24AP2 sticks, four bytes.
    Agc,
}

/// How frames are laid into packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packets {
    /// One frame a packet.
    Whole,
    /// One frame a packet, filled up with 0x00 to a multiple of so many bytes.
    Padded(usize),
    /// Packets of at most so many bytes, wherever frames begin and end.
    Cut(usize),
}

/// What kind of stick it is, and what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How many channels it has.
    pub channels: u8,
    /// How many networks it has.
    pub networks: u8,
    /// Whether it can listen to everything at once (0x5B); if not, it calls the message invalid.
    pub scan_mode: bool,
    /// How it says signal strength.
    pub rssi: RssiForm,
    /// Its serial number.
    pub serial: u32,
    /// Its version, without the NUL at the end.
    pub version: &'static str,
    /// From a reset to the startup message.
    pub startup: Duration,
    /// From what happens to the byte that says so.
    pub answer: Duration,
    /// How likely a search finds a master in one slot of it, 0 to 1.
    pub search_hit: f64,
    /// The first reset after power-up is answered with a serial error, and not done (seen on a clone).
    pub first_reset_fails: bool,
    /// Any network key but the dummy is refused with this code.
    pub refuse_keys: Option<Code>,
    /// How frames are laid into packets.
    pub packets: Packets,
    /// How likely a byte is lost on its way to the host, 0 to 1.
    pub drop_bytes: f64,
}

impl Default for Options {
    /// A good stick with eight channels and three networks.
    fn default() -> Self {
        Self {
            channels: 8,
            networks: 3,
            scan_mode: true,
            rssi: RssiForm::Dbm,
            serial: 1001,
            version: "SIM1.00",
            startup: Duration::from_ms(100),
            answer: Duration::from_ms(1),
            search_hit: 0.5,
            first_reset_fails: false,
            refuse_keys: None,
            packets: Packets::Whole,
            drop_bytes: 0.0,
        }
    }
}

/// A packet on the air, as it reaches a stick.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet {
    pub(super) start: u64,
    pub(super) id: ChannelId,
    pub(super) frequency: u8,
    pub(super) key: [u8; 8],
    pub(super) page: Page,
    pub(super) acknowledged: bool,
    pub(super) rssi_dbm: i8,
}

/// What a stick does in the slot of a packet that it heard.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Heard {
    /// It tells the sender that the packet came, as that wanted.
    pub(super) acknowledges: bool,
    /// It sends a page back.
    pub(super) reply: Option<Reply>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Reply {
    pub(super) channel: u8,
    pub(super) page: Page,
    pub(super) acknowledged: bool,
}

/// A page that the host wants sent.
#[derive(Clone, Copy, Debug)]
struct Pending {
    page: Page,
    acknowledged: bool,
    /// In scanning mode: to whom, and until when it is worth while.
    to: Option<(ChannelId, u64)>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Unassigned,
    Assigned,
    Searching { until: Option<u64> },
    Tracking { master: ChannelId, expected: u64, misses: u8 },
    Scanning,
    Sending(Slots),
}

impl State {
    const fn is_open(self) -> bool {
        !matches!(self, Self::Unassigned | Self::Assigned)
    }
}

#[derive(Clone, Debug)]
struct Channel {
    kind: u8,
    network: u8,
    extended: u8,
    id: Option<ChannelId>,
    period: u16,
    frequency: u8,
    high_timeout: u8,
    low_timeout: u8,
    proximity: u8,
    list: [Option<ChannelId>; LIST_SIZE],
    list_used: usize,
    list_excludes: bool,
    state: State,
    /// Told to close, and when it will be.
    closing: Option<u64>,
    page: Page,
    pending: Option<Pending>,
}

impl Channel {
    /// After a reset, or unassigned: with the values that the protocol names as defaults.
    const fn new() -> Self {
        Self {
            kind: 0,
            network: 0,
            extended: 0,
            id: None,
            period: 8192,
            frequency: 66,
            high_timeout: 10,
            low_timeout: 2,
            proximity: 0,
            list: [None; LIST_SIZE],
            list_used: 0,
            list_excludes: false,
            state: State::Unassigned,
            closing: None,
            page: [0; 8],
            pending: None,
        }
    }

    const fn is_master(&self) -> bool {
        self.kind & 0x10 != 0
    }

    /// Slaves that only receive, and masters that only send.
    const fn is_one_way(&self) -> bool {
        self.kind & 0x40 != 0
    }

    /// When a search that begins now is given up: after both timeouts, if neither is endless.
    fn search_from(&self, now: u64) -> State {
        let endless = self.high_timeout == ENDLESS || self.low_timeout == ENDLESS;
        let units = u64::from(self.high_timeout) + u64::from(self.low_timeout);
        State::Searching { until: (!endless).then_some(now + units * SEARCH_UNIT_NS) }
    }

    /// Whether a master is one that this channel looks for.
    fn wants(&self, packet: &Packet) -> bool {
        let Some(id) = self.id else { return false };
        let listed = self.list.iter().take(self.list_used).flatten().any(|entry| matches(*entry, packet.id));
        let by_list = self.list_used == 0 || listed != self.list_excludes;
        matches(id, packet.id) && by_list && packet.rssi_dbm >= proximity_dbm(self.proximity)
    }

    /// What this channel will do next by itself, and when.
    fn deadline(&self) -> Option<u64> {
        if self.closing.is_some() {
            return self.closing;
        }
        match self.state {
            State::Searching { until } => until,
            State::Tracking { expected, .. } => Some(expected + WINDOW_NS),
            State::Scanning => self.pending.and_then(|pending| pending.to).map(|(_, until)| until),
            State::Unassigned | State::Assigned | State::Sending(_) => None,
        }
    }
}

/// Whether a channel id, in which zeros stand for anything, is a master's.
fn matches(wanted: ChannelId, master: ChannelId) -> bool {
    (wanted.number == 0 || wanted.number == master.number)
        && (wanted.device_type == 0 || wanted.device_type == master.device_type)
        && (wanted.transmission == 0 || wanted.transmission == master.transmission)
        && (!wanted.pairing || master.pairing)
}

/// The strength that a proximity search asks for: bin 1 is a hand's breadth, bin 10 most of a room. The bins of real
/// sticks are not calibrated; only their order is sure.
const fn proximity_dbm(bin: u8) -> i8 {
    match bin {
        0 => i8::MIN,
        1..=10 => -35 - 5 * bin as i8,
        _ => -85,
    }
}

/// A stick; [`super::Air`] moves it.
#[derive(Debug)]
pub(super) struct Stick {
    options: Options,
    random: Random,
    deframer: Deframer,
    damaged: u32,
    resets: u32,
    /// Deaf until then, after a reset.
    ready_at: u64,
    keys: Vec<[u8; 8]>,
    channels: Vec<Channel>,
    extended: u8,
    /// What it will have said, with the time from which the host can have it.
    coming: VecDeque<(u64, Vec<u8>)>,
    ready: VecDeque<Vec<u8>>,
}

impl Stick {
    pub(super) fn new(options: Options, random: Random, now: u64) -> Self {
        let mut stick = Self {
            keys: Vec::new(),
            channels: Vec::new(),
            options,
            random,
            deframer: Deframer::new(),
            damaged: 0,
            resets: 0,
            ready_at: now,
            extended: 0,
            coming: VecDeque::new(),
            ready: VecDeque::new(),
        };
        stick.forget();
        stick
    }

    fn forget(&mut self) {
        self.keys = vec![[0; 8]; usize::from(self.options.networks)];
        self.channels = vec![Channel::new(); usize::from(self.options.channels)];
        self.extended = 0;
    }

    pub(super) fn replug(&mut self, now: u64) {
        self.forget();
        self.deframer = Deframer::new();
        self.damaged = 0;
        self.resets = 0;
        self.ready_at = now;
        self.coming.clear();
        self.ready.clear();
    }

    // --- To the host ---

    fn say(&mut self, now: u64, id: u8, payload: &[u8]) {
        let mut out = [0; MAX_FRAME];
        let Some(size) = encode(id, payload, &mut out) else { return };
        self.say_frame(now, &out[..size]);
    }

    fn say_message(&mut self, now: u64, message: &Message) {
        let mut out = [0; MAX_FRAME];
        let Some(size) = message.encode(&mut out) else { return };
        self.say_frame(now, &out[..size]);
    }

    fn say_frame(&mut self, now: u64, frame: &[u8]) {
        let earliest = self.coming.back().map_or(0, |(due, _)| *due);
        let due = (now + span_ns(self.options.answer)).max(earliest);
        let lost = self.options.drop_bytes;
        // Without loss nothing is drawn: most sticks lose nothing, and most of a day's work would be this.
        let frame = frame.iter().copied().filter(|_| lost == 0.0 || !self.random.happens(lost)).collect::<Vec<_>>();
        self.coming.push_back((due, frame));
    }

    fn event(&mut self, now: u64, channel: usize, code: Code) {
        self.say_message(now, &Message::Event { channel: channel as u8, code });
    }

    pub(super) fn take_packet(&mut self, now: u64) -> Option<Vec<u8>> {
        self.hand_over(now);
        let mut packet = self.ready.pop_front()?;
        match self.options.packets {
            Packets::Whole => {}
            Packets::Padded(to) => packet.resize(packet.len().next_multiple_of(to.max(1)), 0),
            Packets::Cut(most) => {
                let most = most.max(1);
                while packet.len() < most
                    && let Some(more) = self.ready.pop_front()
                {
                    packet.extend(more);
                }
                if packet.len() > most {
                    self.ready.push_front(packet.split_off(most));
                }
            }
        }
        Some(packet)
    }

    fn hand_over(&mut self, now: u64) {
        while let Some((due, _)) = self.coming.front()
            && *due <= now
        {
            self.ready.extend(self.coming.pop_front().map(|(_, frame)| frame));
        }
    }

    // --- By itself ---

    pub(super) fn next_ns(&self) -> Option<u64> {
        let coming = self.coming.front().map(|(due, _)| *due);
        self.channels.iter().filter_map(Channel::deadline).chain(coming).min()
    }

    pub(super) fn run(&mut self, now: u64) {
        self.hand_over(now);
        for index in 0..self.channels.len() {
            if self.channels[index].deadline().is_some_and(|at| at <= now) {
                self.deadline(now, index);
            }
        }
    }

    fn deadline(&mut self, now: u64, index: usize) {
        let channel = &mut self.channels[index];
        if channel.closing.take().is_some() {
            channel.state = State::Assigned;
            channel.pending = None;
            return self.event(now, index, Code::CHANNEL_CLOSED);
        }
        match &mut channel.state {
            State::Searching { .. } => {
                channel.state = State::Assigned;
                channel.proximity = 0;
                self.event(now, index, Code::SEARCH_TIMEOUT);
                self.event(now, index, Code::CHANNEL_CLOSED);
            }
            State::Tracking { expected, misses, .. } => {
                *expected += period_ns(channel.period);
                *misses += 1;
                let lost = *misses >= MISSES_TO_SEARCH;
                if lost {
                    channel.state = channel.search_from(now);
                }
                let pending = channel.pending.take_if(|pending| pending.acknowledged);
                self.event(now, index, if lost { Code::GO_TO_SEARCH } else { Code::RX_FAIL });
                if pending.is_some() {
                    self.event(now, index, Code::TRANSFER_TX_FAILED);
                }
            }
            State::Scanning => {
                if channel.pending.take().is_some_and(|pending| pending.acknowledged) {
                    self.event(now, index, Code::TRANSFER_TX_FAILED);
                }
            }
            State::Unassigned | State::Assigned | State::Sending(_) => {}
        }
    }

    // --- On the air ---

    /// The master channels that send, and when.
    pub(super) fn sending(&self) -> impl Iterator<Item = (u8, Slots)> {
        self.channels.iter().enumerate().filter_map(|(index, channel)| match channel.state {
            State::Sending(slots) => Some((index as u8, slots)),
            _ => None,
        })
    }

    pub(super) fn frequency(&self, channel: u8) -> u8 {
        self.channels[usize::from(channel)].frequency
    }

    /// The packet of the slot of a master channel that is over, and on to the next slot.
    pub(super) fn transmit(&mut self, channel: u8) -> Option<Packet> {
        let channel = &mut self.channels[usize::from(channel)];
        let (State::Sending(slots), Some(id)) = (&mut channel.state, channel.id) else { return None };
        let start = slots.next?;
        *slots = Slots { last: Some(start), next: Some(start + period_ns(channel.period)) };
        let acknowledged = channel.pending.is_some_and(|pending| pending.acknowledged);
        let page = channel.pending.map_or(channel.page, |pending| pending.page);
        let key = self.keys[usize::from(channel.network)];
        Some(Packet { start, id, frequency: channel.frequency, key, page, acknowledged, rssi_dbm: 0 })
    }

    /// The slot of a master channel is over: its host is told how it went.
    pub(super) fn slot_over(&mut self, now: u64, channel: u8, acknowledged: bool) {
        let index = usize::from(channel);
        let code = match self.channels[index].pending.take() {
            Some(_) if acknowledged => Code::TRANSFER_TX_COMPLETED,
            Some(_) => Code::TRANSFER_TX_FAILED,
            None => EVENT_TX,
        };
        self.event(now, index, code);
    }

    /// A packet has reached the stick's aerial.
    pub(super) fn hear(&mut self, now: u64, packet: &Packet) -> Heard {
        let mut heard = Heard::default();
        for index in 0..self.channels.len() {
            if !self.takes(index, packet) {
                continue;
            }
            self.say_data(now, index, packet);
            let channel = &self.channels[index];
            let tracks = matches!(channel.state, State::Tracking { .. });
            heard.acknowledges |= packet.acknowledged && tracks && !channel.is_one_way();
            if let Some(pending) = channel.pending
                && heard.reply.is_none()
                && pending.to.is_none_or(|(to, _)| matches(to, packet.id))
            {
                let Pending { page, acknowledged, .. } = pending;
                heard.reply = Some(Reply { channel: index as u8, page, acknowledged });
            }
        }
        heard
    }

    /// Whether a channel is open for a packet; moves it to tracking or on to the next slot.
    fn takes(&mut self, index: usize, packet: &Packet) -> bool {
        let channel = &mut self.channels[index];
        let same_air = channel.frequency == packet.frequency
            && self.keys.get(usize::from(channel.network)).is_some_and(|key| *key == packet.key);
        if !same_air || channel.closing.is_some() {
            return false;
        }
        match channel.state {
            State::Scanning => channel.wants(packet),
            State::Searching { .. } => {
                if !channel.wants(packet) || !self.random.happens(self.options.search_hit) {
                    return false;
                }
                if channel.extended & BACKGROUND_SCAN == 0 {
                    let expected = packet.start + period_ns(channel.period);
                    channel.state = State::Tracking { master: packet.id, expected, misses: 0 };
                    // From now on it is this one that the channel looks for, also after it is lost.
                    channel.id = Some(packet.id);
                    channel.proximity = 0;
                }
                true
            }
            State::Tracking { master, expected, .. } => {
                let mine = master == packet.id && packet.start.abs_diff(expected) <= WINDOW_NS;
                if mine {
                    let expected = packet.start + period_ns(channel.period);
                    channel.state = State::Tracking { master, expected, misses: 0 };
                }
                mine
            }
            State::Unassigned | State::Assigned | State::Sending(_) => false,
        }
    }

    fn say_data(&mut self, now: u64, index: usize, packet: &Packet) {
        let asked = |flag| self.extended & flag != 0;
        let rssi = match self.options.rssi {
            RssiForm::Dbm => Rssi::Dbm { value: packet.rssi_dbm, threshold: i8::MIN },
            RssiForm::Agc => Rssi::Agc([0, (i16::from(packet.rssi_dbm) + 128) as u8, 0]),
        };
        let ticks = u128::from(packet.start) * 32_768 / u128::from(NS_PER_S);
        let extended = Extended {
            channel_id: asked(EXTENDED_CHANNEL_ID).then_some(packet.id),
            rssi: asked(EXTENDED_RSSI).then_some(rssi),
            timestamp: asked(EXTENDED_TIMESTAMP).then_some(ticks as u16),
        };
        let data = Data { channel: index as u8, acknowledged: packet.acknowledged, page: packet.page, extended };
        self.say_message(now, &Message::Data(data));
    }

    /// The page that [`Self::hear`] sent back has arrived, or not.
    pub(super) fn replied(&mut self, now: u64, channel: u8, arrived: bool) {
        let index = usize::from(channel);
        let code = match self.channels[index].pending.take() {
            Some(Pending { acknowledged: true, .. }) if arrived => Code::TRANSFER_TX_COMPLETED,
            Some(Pending { acknowledged: true, .. }) => Code::TRANSFER_TX_FAILED,
            Some(_) => EVENT_TX,
            None => return,
        };
        self.event(now, index, code);
    }

    /// A slave sends a page to a master channel of this stick. Returns whether it was taken.
    pub(super) fn deliver(&mut self, now: u64, channel: u8, page: Page, acknowledged: bool) -> bool {
        if self.channels[usize::from(channel)].is_one_way() {
            return false;
        }
        self.say_message(now, &Message::Data(Data { channel, acknowledged, page, extended: Extended::default() }));
        true
    }

    // --- From the host ---

    pub(super) fn host_bytes(&mut self, now: u64, mut bytes: &[u8]) {
        while let Some(frame) = self.deframer.next_frame(&mut bytes) {
            self.report_damage(now);
            self.command(now, &frame);
        }
        self.report_damage(now);
    }

    fn report_damage(&mut self, now: u64) {
        let damaged = self.deframer.discarded();
        if damaged != self.damaged && now >= self.ready_at {
            self.say(now, SERIAL_ERROR, &[ERROR_CHECK]);
        }
        self.damaged = damaged;
    }

    fn command(&mut self, now: u64, frame: &Frame) {
        if now < self.ready_at {
            return;
        }
        let payload = frame.payload();
        match (frame.id, payload) {
            (id::RESET, _) => self.reset(now),
            (id::REQUEST, [channel, wanted]) => self.request(now, *channel, *wanted),
            (id::BROADCAST | id::ACKNOWLEDGED | id::LEGACY_BROADCAST | id::LEGACY_ACKNOWLEDGED, [channel, ..]) => {
                if let Err(code) = self.send(now, frame.id, payload) {
                    self.answer(now, *channel, frame.id, code);
                }
            }
            (asked, [first, ..]) => {
                let code = self.set(now, asked, payload).err().unwrap_or(Code::NO_ERROR);
                self.answer(now, *first, asked, code);
            }
            // A frame has at least one byte.
            (_, []) => {}
        }
    }

    fn answer(&mut self, now: u64, channel: u8, to: u8, code: Code) {
        self.say_message(now, &Message::Response { channel, to, code });
    }

    fn reset(&mut self, now: u64) {
        self.resets += 1;
        if self.options.first_reset_fails && self.resets == 1 {
            return self.say(now, SERIAL_ERROR, &[ERROR_LENGTH]);
        }
        self.forget();
        self.coming.clear();
        self.ready_at = now + span_ns(self.options.startup);
        self.say_message(self.ready_at, &Message::Startup { reason: STARTED_BY_COMMAND });
    }

    fn request(&mut self, now: u64, channel: u8, wanted: u8) {
        let known = self.channels.get(usize::from(channel));
        match (wanted, known) {
            (id::CAPABILITIES, _) => {
                // Per-channel search lists, low-priority search, serial number, network; extended data, extended
                // assignment, proximity search.
                let scan = if self.options.scan_mode { 0x04 } else { 0 };
                let payload = [self.options.channels, self.options.networks, 0x00, 0xBA, 0x32 | scan, 0x00];
                self.say(now, id::CAPABILITIES, &payload);
            }
            (VERSION, _) => {
                let text: Vec<u8> = self.options.version.bytes().chain([0]).collect();
                self.say(now, VERSION, &text);
            }
            (SERIAL, _) => self.say(now, SERIAL, &self.options.serial.to_le_bytes()),
            (id::CHANNEL_ID, Some(known)) => {
                let nobody = ChannelId { number: 0, device_type: 0, pairing: false, transmission: 0 };
                let [a, b, c, d] = known.id.unwrap_or(nobody).to_bytes();
                self.say(now, id::CHANNEL_ID, &[channel, a, b, c, d]);
            }
            (STATUS, Some(known)) => {
                let state = match known.state {
                    State::Unassigned => 0,
                    State::Assigned => 1,
                    State::Searching { .. } => 2,
                    State::Tracking { .. } | State::Scanning | State::Sending(_) => 3,
                };
                let status = state | (known.network & 3) << 2 | known.kind & 0xF0;
                self.say(now, STATUS, &[channel, status]);
            }
            (id::CHANNEL_ID | STATUS, None) => self.answer(now, channel, id::REQUEST, INVALID_PARAMETER),
            _ => self.answer(now, channel, id::REQUEST, Code::INVALID_MESSAGE),
        }
    }

    /// A page to be sent: from a master in its next slot, from a slave in the next slot of its master. Only a refusal
    /// is answered; how it went is an event.
    fn send(&mut self, now: u64, id: u8, payload: &[u8]) -> Result<(), Code> {
        let acknowledged = matches!(id, id::ACKNOWLEDGED | id::LEGACY_ACKNOWLEDGED);
        let legacy = matches!(id, id::LEGACY_BROADCAST | id::LEGACY_ACKNOWLEDGED);
        let (page, to) = match *payload {
            [_, n0, n1, kind, transmission, a, b, c, d, e, f, g, h] if legacy => {
                ([a, b, c, d, e, f, g, h], Some([n0, n1, kind, transmission]))
            }
            [_, a, b, c, d, e, f, g, h, EXTENDED_CHANNEL_ID, n0, n1, kind, transmission] if !legacy => {
                ([a, b, c, d, e, f, g, h], Some([n0, n1, kind, transmission]))
            }
            [_, a, b, c, d, e, f, g, h] if !legacy => ([a, b, c, d, e, f, g, h], None),
            _ => return Err(Code::INVALID_MESSAGE),
        };
        let to = to.map(|bytes| (ChannelId::from_bytes(bytes), now + SCAN_REPLY_NS));
        let channel = self.channel(payload[0])?;
        if channel.closing.is_some() || channel.pending.is_some_and(|pending| pending.acknowledged) {
            return Err(if channel.closing.is_some() { Code::WRONG_STATE } else { Code::TRANSFER_IN_PROGRESS });
        }
        match channel.state {
            State::Unassigned | State::Assigned => Err(Code::NOT_OPENED),
            State::Sending(_) if !acknowledged => {
                channel.page = page;
                Ok(())
            }
            State::Sending(_) | State::Tracking { .. } if !channel.is_one_way() => {
                channel.pending = Some(Pending { page, acknowledged, to: None });
                Ok(())
            }
            State::Scanning if to.is_some() => {
                channel.pending = Some(Pending { page, acknowledged, to });
                Ok(())
            }
            _ => Err(Code::WRONG_STATE),
        }
    }

    fn channel(&mut self, channel: u8) -> Result<&mut Channel, Code> {
        self.channels.get_mut(usize::from(channel)).ok_or(INVALID_PARAMETER)
    }

    /// A channel that is assigned, open or not.
    fn assigned(&mut self, channel: u8) -> Result<&mut Channel, Code> {
        let channel = self.channel(channel)?;
        if matches!(channel.state, State::Unassigned) { Err(Code::WRONG_STATE) } else { Ok(channel) }
    }

    /// A channel that is assigned and not open.
    fn closed(&mut self, channel: u8) -> Result<&mut Channel, Code> {
        let channel = self.assigned(channel)?;
        if channel.state.is_open() { Err(Code::WRONG_STATE) } else { Ok(channel) }
    }

    /// Everything that is answered with a code.
    fn set(&mut self, now: u64, id: u8, payload: &[u8]) -> Result<(), Code> {
        match (id, payload) {
            (id::NETWORK_KEY, [network, key @ ..]) if key.len() == 8 => self.set_key(*network, key),
            (id::LIB_CONFIG, [_, flags]) => {
                self.extended = *flags;
                Ok(())
            }
            (EXT_RX, [_, on]) => {
                self.extended = if *on == 0 { 0 } else { EXTENDED_CHANNEL_ID };
                Ok(())
            }
            (TX_POWER, [_, _]) => Ok(()),
            (id::ASSIGN, [channel, kind, network]) => self.assign(*channel, *kind, *network, 0),
            (id::ASSIGN, [channel, kind, network, extended]) => self.assign(*channel, *kind, *network, *extended),
            (id::UNASSIGN, [channel]) => {
                *self.closed(*channel)? = Channel::new();
                Ok(())
            }
            (id::CHANNEL_ID, [channel, bytes @ ..]) if bytes.len() == 4 => {
                self.closed(*channel)?.id = Some(channel_id(bytes));
                Ok(())
            }
            (id::PERIOD, [channel, low, high]) => {
                let period = u16::from_le_bytes([*low, *high]);
                let channel = self.assigned(*channel)?;
                // Slots that are no time apart would never end.
                channel.period = Some(period).filter(|period| *period > 0).ok_or(INVALID_PARAMETER)?;
                Ok(())
            }
            (id::FREQUENCY, [channel, frequency]) if *frequency <= 124 => {
                self.assigned(*channel)?.frequency = *frequency;
                Ok(())
            }
            (id::SEARCH_TIMEOUT, [channel, timeout]) => {
                self.assigned(*channel)?.high_timeout = *timeout;
                Ok(())
            }
            (id::LOW_SEARCH_TIMEOUT, [channel, timeout]) => {
                self.assigned(*channel)?.low_timeout = *timeout;
                Ok(())
            }
            (CHANNEL_TX_POWER | SEARCH_PRIORITY, [channel, _]) => self.assigned(*channel).map(|_| ()),
            (id::PROXIMITY, [channel, bin]) if *bin <= 10 => {
                self.assigned(*channel)?.proximity = *bin;
                Ok(())
            }
            (id::FREQUENCY | id::PROXIMITY, [_, _]) => Err(INVALID_PARAMETER),
            (LIST_ADD, [channel, bytes @ .., at]) if bytes.len() == 4 => {
                let list = &mut self.assigned(*channel)?.list;
                *list.get_mut(usize::from(*at)).ok_or(INVALID_LIST)? = Some(channel_id(bytes));
                Ok(())
            }
            (LIST_CONFIG, [channel, size, exclude]) => {
                let size = Some(usize::from(*size)).filter(|size| *size <= LIST_SIZE).ok_or(INVALID_LIST)?;
                let channel = self.assigned(*channel)?;
                (channel.list_used, channel.list_excludes) = (size, *exclude != 0);
                Ok(())
            }
            (id::OPEN, [channel]) => self.open(now, *channel),
            (id::OPEN_SCAN, [_] | [_, _]) if self.options.scan_mode => self.open_scan(),
            (id::CLOSE, [channel]) => self.close(now, *channel),
            _ => Err(Code::INVALID_MESSAGE),
        }
    }

    fn set_key(&mut self, network: u8, key: &[u8]) -> Result<(), Code> {
        let slot = self.keys.get_mut(usize::from(network)).ok_or(Code::INVALID_NETWORK)?;
        if let Some(code) = self.options.refuse_keys
            && key != super::DUMMY_KEY
        {
            return Err(code);
        }
        slot.copy_from_slice(key);
        Ok(())
    }

    fn assign(&mut self, channel: u8, kind: u8, network: u8, extended: u8) -> Result<(), Code> {
        let networks = self.options.networks;
        let channel = self.channel(channel)?;
        if !matches!(channel.state, State::Unassigned) {
            return Err(Code::WRONG_STATE);
        }
        if network >= networks {
            return Err(Code::INVALID_NETWORK);
        }
        if !matches!(kind, 0x00 | 0x10 | 0x20 | 0x30 | 0x40 | 0x50) {
            return Err(INVALID_PARAMETER);
        }
        *channel = Channel { kind, network, extended, state: State::Assigned, ..Channel::new() };
        Ok(())
    }

    fn open(&mut self, now: u64, channel: u8) -> Result<(), Code> {
        let scanning = self.channels.iter().any(|channel| matches!(channel.state, State::Scanning));
        let first_slot = now + self.random.between(1.0, 50.0) as u64 * NS_PER_MS;
        let channel = self.closed(channel)?;
        let id = channel.id.ok_or(Code::ID_NOT_SET)?;
        if scanning {
            return Err(Code::WRONG_STATE);
        }
        channel.state = if channel.is_master() {
            if id.number == 0 || id.device_type == 0 || id.transmission == 0 {
                return Err(Code::ID_NOT_SET);
            }
            State::Sending(Slots { last: None, next: Some(first_slot) })
        } else {
            channel.search_from(now)
        };
        Ok(())
    }

    /// Channel 0 takes the radio, so all must be closed.
    fn open_scan(&mut self) -> Result<(), Code> {
        let others_open = self.channels.iter().skip(1).any(|channel| channel.state.is_open());
        let channel = self.closed(0)?;
        if others_open {
            return Err(Code::CLOSE_ALL_CHANNELS);
        }
        if channel.id.is_none() {
            return Err(Code::ID_NOT_SET);
        }
        if channel.is_master() {
            return Err(Code::WRONG_STATE);
        }
        channel.state = State::Scanning;
        Ok(())
    }

    /// Closed it will be some time within a slot or so; until then it hears nothing and takes no command.
    fn close(&mut self, now: u64, channel: u8) -> Result<(), Code> {
        let after = self.random.between(5.0, 250.0) as u64 * NS_PER_MS;
        let channel = self.assigned(channel)?;
        if !channel.state.is_open() || channel.closing.is_some() {
            return Err(Code::WRONG_STATE);
        }
        channel.closing = Some(now + after);
        Ok(())
    }
}

fn channel_id(bytes: &[u8]) -> ChannelId {
    match bytes {
        [a, b, c, d, ..] => ChannelId::from_bytes([*a, *b, *c, *d]),
        _ => ChannelId { number: 0, device_type: 0, pairing: false, transmission: 0 },
    }
}
