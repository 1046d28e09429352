//! The host of an ANT stick: reset, key, scanning mode, and plain channels where a stick cannot scan.
//!
//! One command is in flight at a time and has a second to be answered; three times unanswered, the stick is reset, and
//! when it does not answer to that either, the port is opened anew. What is sent is derived from the state, so a lost
//! answer loses nothing. In scanning mode a stick without a sensor in range is silent, like one that hangs: after ten
//! silent seconds it is asked whether it is still there.
//!
//! Bytes come in through [`AntHost::hear`], which gives back the data pages among them; commands go out through
//! [`AntHost::poll`]. Until [`AntHost::port`] is called the host only listens, and so serves recorded bytes as well.

mod channels;
mod pages;

use super::{RadioState, Retry, Trouble};
use crate::sensor::{Identity, Sensor, SensorKind};
use crate::time::{Duration, Instant};
use crate::wire::ant::command::{Command, channel_type};
use crate::wire::ant::frame::{Deframer, Frame, MAX_FRAME};
use crate::wire::ant::message::{
    ChannelId, ChannelState, Code, Data, EXTENDED_CHANNEL_ID, EXTENDED_RSSI, EXTENDED_TIMESTAMP, Message, Rssi, id,
};
use crate::wire::ant::pages::{FREQUENCY, Page, Profile};
use channels::Channels;
use pages::PagesOut;
use serde::{Deserialize, Serialize};

/// The longest message that a host sends: a page to a channel id.
pub const MAX_COMMAND: usize = 18;
/// The most sensors that are wanted at once: eight muscles, and power, cadence, speed and heart rate.
pub const MAX_WANTED: usize = 12;

/// A command is answered within this, or sent again.
const ANSWER: Duration = Duration::from_s(1);
/// How often a command is sent before the stick is reset, and a reset before the port is opened anew.
const TRIES: u8 = 3;
/// Silence after which a stick is asked whether it is still there.
const SILENCE: Duration = Duration::from_s(10);
/// Half a frame that was kept this long will not be completed.
const FRAME_TIME: Duration = Duration::from_ms(200);
/// A refused key is tried again after this.
const KEY_RETRY: Duration = Duration::from_s(10);
/// Listening for so long without hearing one wanted sensor is worth telling.
const NOTHING_HEARD: Duration = Duration::from_s(30);
/// The channel of scanning mode.
const SCAN_CHANNEL: u8 = 0;
const NETWORK: u8 = 0;
/// Zeros match every sensor.
const EVERYBODY: ChannelId = ChannelId { number: 0, device_type: 0, pairing: false, transmission: 0 };
const EXTENDED_ALL: u8 = EXTENDED_CHANNEL_ID | EXTENDED_RSSI | EXTENDED_TIMESTAMP;

/// What the body must do with the stick's port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AntCommand {
    /// Write these bytes, one whole frame.
    Send(heapless::Vec<u8, MAX_COMMAND>),
    /// Write [`network_key_frame`] with the user's key. Core never sees the key, so that no log can hold it.
    SendKey,
    /// Close the port and open it again: the stick does not answer.
    Reopen,
}

/// The frame that sets the ANT+ network key, for the body that has the key.
pub fn network_key_frame(key: &[u8; 8]) -> [u8; 13] {
    let mut frame = [0; 13];
    // Nine bytes of payload and four around them are thirteen.
    let _ = Command::NetworkKey { network: NETWORK, key: *key }.encode(&mut frame);
    frame
}

/// A data page with its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Who sent it.
    pub from: ChannelId,
    /// The page.
    pub page: Page,
    /// How well it was heard, where the stick says so.
    pub rssi: Option<Rssi>,
    /// When in the stick's time, 1/32768 s, wrapping every 2 s, where it says so.
    pub timestamp: Option<u16>,
}

/// What is sought besides the wanted sensors, for people who pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Listing {
    /// Nothing.
    #[default]
    Off,
    /// Every sensor in the air.
    All,
    /// Sensors in this ring around the stick, 1 (touching) to 10 (the room). In scanning mode the signal strength that comes
    /// with each page says the same, and every sensor is heard.
    Near(u8),
}

/// A session with one stick.
#[derive(Clone, Debug)]
pub struct AntHost {
    deframer: Deframer,
    phase: Phase,
    /// What went wrong on the way to listening, until that is reached.
    trouble: Option<Trouble>,
    flight: Option<Flight>,
    tries: u8,
    retry: Retry,
    reopen: bool,
    /// When bytes last came.
    bytes_at: Instant,
    /// Since when a port is open or not, for what takes time to notice.
    listening_since: Instant,
    heard_wanted: bool,
    /// Channels that the stick has.
    channel_count: u8,
    wanted: heapless::Vec<Sensor, MAX_WANTED>,
    listing: Listing,
    channels: Channels,
    out: PagesOut,
}

/// Where the session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nobody has opened a port: bytes are only listened to.
    Unused,
    /// There is no port.
    Shut(Trouble),
    /// A reset was sent, or is about to be.
    Resetting,
    /// The next command of the start-up.
    SettingUp(Setup),
    /// Nothing is sent until then; then from the reset on.
    Pausing(Instant),
    /// In scanning mode.
    Scanning,
    /// With plain channels.
    Channels,
}

/// The commands that lead to scanning mode, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setup {
    Capabilities,
    Key,
    Extended,
    Assign,
    ChannelId,
    Frequency,
    OpenScan,
    /// Scanning was refused: the channel is given back.
    Unassign,
}

/// A command that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Flight {
    channel: u8,
    /// The message id that is answered, by a 0x40 or by a message of this very id.
    answers: u8,
    until: Instant,
}

/// A command with what answers it.
struct Ask {
    command: AntCommand,
    channel: u8,
    answers: u8,
}

impl Ask {
    /// A command to a channel (0 where it is about none), which a response to its id answers.
    fn new(channel: u8, command: Command) -> Self {
        let mut frame = [0; MAX_FRAME];
        let size = command.encode(&mut frame).unwrap_or(0);
        Self { command: written(&frame, size), channel, answers: command.id() }
    }

    /// A request for a message.
    fn request(channel: u8, wanted: u8) -> Self {
        Self { answers: wanted, ..Self::new(channel, Command::Request { channel, wanted }) }
    }
}

/// The first `size` bytes of a frame as a command.
fn written(frame: &[u8; MAX_FRAME], size: usize) -> AntCommand {
    AntCommand::Send(frame.iter().copied().take(size).take(MAX_COMMAND).collect())
}

/// The profile of a kind of sensor.
const fn profile(kind: SensorKind) -> Profile {
    match kind {
        SensorKind::MuscleOxygen => Profile::MUSCLE_OXYGEN,
        SensorKind::Power => Profile::POWER,
        SensorKind::HeartRate => Profile::HEART_RATE,
        SensorKind::Speed => Profile::SPEED,
        SensorKind::Cadence => Profile::CADENCE,
        SensorKind::SpeedCadence => Profile::SPEED_CADENCE,
    }
}

/// The kind of sensor behind a device type.
pub fn kind_of(device_type: u8) -> Option<SensorKind> {
    SensorKind::ALL.into_iter().find(|&kind| profile(kind).device_type == device_type)
}

/// Whether a page's sender is `sensor`. A transmission type of 0 in the sensor's identity is any.
pub fn is_from(sensor: &Sensor, from: &ChannelId) -> bool {
    let Identity::Ant { number, transmission } = sensor.identity else { return false };
    profile(sensor.kind).device_type == from.device_type
        && number == from.number
        && (transmission == 0 || transmission == from.transmission)
}

impl AntHost {
    /// A host without a port, which only listens.
    pub const fn new() -> Self {
        Self {
            deframer: Deframer::new(),
            phase: Phase::Unused,
            trouble: None,
            flight: None,
            tries: 0,
            retry: Retry::new(),
            reopen: false,
            bytes_at: Instant::ZERO,
            listening_since: Instant::ZERO,
            heard_wanted: false,
            channel_count: 1,
            wanted: heapless::Vec::new(),
            listing: Listing::Off,
            channels: Channels::new(),
            out: PagesOut::new(),
        }
    }

    /// The port was opened, or there is none for a reason.
    pub fn port(&mut self, now: Instant, port: Result<(), Trouble>) {
        while self.deframer.flush().is_some() {}
        self.reopen = false;
        match port {
            Ok(()) => self.restart(now),
            Err(trouble) => {
                self.trouble = None;
                self.enter(Phase::Shut(trouble));
            }
        }
    }

    /// The sensors that must be heard. With plain channels the first ones get a channel if there are too few.
    pub fn want(&mut self, now: Instant, wanted: impl Iterator<Item = Sensor>) {
        let before = core::mem::take(&mut self.wanted);
        for sensor in wanted.filter(|sensor| matches!(sensor.identity, Identity::Ant { .. })) {
            let _ = self.wanted.push(sensor);
        }
        if before != self.wanted {
            (self.heard_wanted, self.listening_since) = (false, now);
            self.channels.arrange(&self.wanted, self.listing);
        }
    }

    /// Looks for sensors that are not wanted (yet) too, or no longer.
    pub fn list(&mut self, listing: Listing) {
        self.listing = listing;
        self.channels.arrange(&self.wanted, listing);
    }

    /// What the radio is doing.
    pub fn state(&self, now: Instant) -> RadioState {
        match self.phase {
            Phase::Unused => RadioState::Unused,
            Phase::Shut(trouble) => RadioState::Trouble(trouble),
            Phase::Resetting | Phase::SettingUp(_) | Phase::Pausing(_) => {
                self.trouble.map_or(RadioState::Starting, RadioState::Trouble)
            }
            Phase::Scanning | Phase::Channels => {
                let long = now.since(self.listening_since) >= NOTHING_HEARD;
                if long && !self.heard_wanted && !self.wanted.is_empty() {
                    RadioState::NothingHeard
                } else {
                    RadioState::Ready
                }
            }
        }
    }

    /// The wanted sensors for which the stick has no channel.
    pub fn left_out(&self) -> &[Sensor] {
        match self.phase {
            Phase::Channels => self.wanted.get(self.channels.room()..).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Sends a page to a sensor, acknowledged and with a bounded number of tries; dropped if others wait already.
    pub fn send_page(&mut self, to: ChannelId, page: Page) {
        self.out.push(to, page);
    }

    /// The next data page among `bytes`, which are consumed. Call it until it returns `None`.
    pub fn hear(&mut self, now: Instant, bytes: &mut &[u8]) -> Option<Heard> {
        if !bytes.is_empty() {
            if now.since(self.bytes_at) > FRAME_TIME {
                // What was begun before a pause is not completed by what comes after it.
                while let Some(frame) = self.deframer.flush() {
                    let _ = self.frame(now, &frame);
                }
            }
            self.bytes_at = now;
        }
        while let Some(frame) = self.deframer.next_frame(bytes) {
            if let Some(heard) = self.frame(now, &frame) {
                return Some(heard);
            }
        }
        None
    }

    /// When something is due even if nothing is heard.
    pub fn deadline(&self) -> Option<Instant> {
        if let Some(flight) = self.flight {
            return Some(flight.until);
        }
        match self.phase {
            // Nothing, or something at once.
            Phase::Unused | Phase::Shut(_) | Phase::Resetting | Phase::SettingUp(_) => None,
            Phase::Pausing(until) => Some(until),
            Phase::Scanning => earliest(Some(self.bytes_at + SILENCE), self.out.deadline()),
            Phase::Channels => {
                earliest(earliest(Some(self.bytes_at + SILENCE), self.out.deadline()), self.channels.deadline())
            }
        }
    }

    /// The next command for the stick; `None` until something else happens.
    pub fn poll(&mut self, now: Instant) -> Option<AntCommand> {
        if core::mem::take(&mut self.reopen) {
            return Some(AntCommand::Reopen);
        }
        if let Some(flight) = self.flight {
            if now < flight.until {
                return None;
            }
            self.flight = None;
            self.unanswered(now);
            if core::mem::take(&mut self.reopen) {
                return Some(AntCommand::Reopen);
            }
        }
        let ask = self.next(now)?;
        self.flight = Some(Flight { channel: ask.channel, answers: ask.answers, until: now + ANSWER });
        Some(ask.command)
    }

    /// What is to be sent now that nothing is in flight.
    fn next(&mut self, now: Instant) -> Option<Ask> {
        if let Phase::Pausing(until) = self.phase
            && now >= until
        {
            self.restart(now);
        }
        match self.phase {
            Phase::Unused | Phase::Shut(_) | Phase::Pausing(..) => None,
            Phase::Resetting => Some(Ask { answers: id::STARTUP, ..Ask::new(0, Command::Reset) }),
            Phase::SettingUp(step) => Some(step.ask()),
            Phase::Scanning | Phase::Channels => {
                let silent = now.since(self.bytes_at) >= SILENCE;
                if silent {
                    return Some(Ask::request(SCAN_CHANNEL, id::CHANNEL_STATUS));
                }
                let scanning = self.phase == Phase::Scanning;
                let channel_of = |to: &ChannelId| if scanning { None } else { self.channels.channel_of(to) };
                if let Some(ask) = self.out.next(now, scanning, channel_of) {
                    return Some(ask);
                }
                if scanning { None } else { self.channels.next(now) }
            }
        }
    }

    /// A command was not answered in time.
    fn unanswered(&mut self, now: Instant) {
        self.tries = self.tries.saturating_add(1);
        if self.out.unanswered(now) {
            self.tries = 0;
            return;
        }
        if self.tries < TRIES {
            return;
        }
        match self.phase {
            // Not every stick tells that it has started: ask it something.
            Phase::Resetting => self.enter(Phase::SettingUp(Setup::Capabilities)),
            Phase::SettingUp(Setup::Capabilities) => {
                self.reopen = true;
                let until = self.retry.fail(now);
                self.trouble = Some(Trouble::NotAnswering);
                self.enter(Phase::Pausing(until));
            }
            Phase::SettingUp(Setup::OpenScan) => self.enter(Phase::SettingUp(Setup::Unassign)),
            _ => self.restart(now),
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.flight = None;
        self.tries = 0;
    }

    /// From the beginning: the stick may have forgotten everything.
    fn restart(&mut self, now: Instant) {
        self.enter(Phase::Resetting);
        self.bytes_at = now;
        self.channels = Channels::new();
        self.out.clear();
    }

    fn listen(&mut self, now: Instant, phase: Phase) {
        self.enter(phase);
        self.retry.succeed();
        self.trouble = None;
        self.listening_since = now;
        self.heard_wanted = false;
        if phase == Phase::Channels {
            self.channels = Channels::of(self.channel_count);
            self.channels.arrange(&self.wanted, self.listing);
        }
    }

    /// One whole frame.
    fn frame(&mut self, now: Instant, frame: &Frame) -> Option<Heard> {
        match Message::decode(frame) {
            Message::Data(data) => return self.data(now, &data),
            Message::Startup { .. } => match self.phase {
                // The answer to a reset may come late.
                Phase::Unused | Phase::Shut(_) | Phase::SettingUp(Setup::Capabilities) => {}
                Phase::Resetting => self.enter(Phase::SettingUp(Setup::Capabilities)),
                // The stick has restarted by itself.
                _ => {
                    self.restart(now);
                    self.enter(Phase::SettingUp(Setup::Capabilities));
                }
            },
            Message::Response { channel, to, code } => self.answer(now, channel, to, code),
            Message::Event { channel, code } => {
                if self.out.event(now, code) {
                    self.answered();
                } else {
                    self.channels.event(now, channel, code);
                }
            }
            Message::Capabilities(capabilities) if self.waits_for(id::CAPABILITIES) => {
                self.channel_count = capabilities.max_channels;
                self.set_up(now, Code::NO_ERROR);
            }
            Message::ChannelStatus { state, .. } if self.waits_for(id::CHANNEL_STATUS) => {
                self.answered();
                if self.phase == Phase::Scanning && state == ChannelState::Unassigned {
                    self.restart(now);
                }
            }
            Message::ChannelId { channel, channel_id } if self.waits_for(id::CHANNEL_ID) => {
                self.answered();
                self.channels.told_id(now, channel, channel_id);
            }
            // The stick did not understand; some clones say so to the first reset. Sent again at once.
            Message::SerialError { .. } if self.flight.take().is_some() => self.unanswered(now),
            _ => {}
        }
        None
    }

    fn waits_for(&self, id: u8) -> bool {
        self.flight.is_some_and(|flight| flight.answers == id)
    }

    fn answered(&mut self) {
        self.flight = None;
        self.tries = 0;
    }

    /// The answer to a command.
    fn answer(&mut self, now: Instant, channel: u8, to: u8, code: Code) {
        let Some(flight) = self.flight.filter(|flight| flight.answers == to && flight.channel == channel) else {
            return;
        };
        self.answered();
        match self.phase {
            Phase::SettingUp(_) => self.set_up(now, code),
            Phase::Scanning | Phase::Channels if !self.out.answer(now, flight.answers, code) => {
                self.channels.answer(now, channel, to, code);
            }
            _ => {}
        }
    }

    /// A step of the start-up was answered.
    fn set_up(&mut self, now: Instant, code: Code) {
        let Phase::SettingUp(step) = self.phase else { return };
        let fine = code == Code::NO_ERROR;
        let next = match (step, fine) {
            (Setup::Capabilities, _) => Setup::Key,
            (Setup::Key, true) => Setup::Extended,
            (Setup::Key, false) => {
                self.trouble = Some(Trouble::KeyRefused);
                return self.enter(Phase::Pausing(now + KEY_RETRY));
            }
            // A stick that cannot say who sends is of use with plain channels, where each has its sensor.
            (Setup::Extended, true) => Setup::Assign,
            (Setup::Assign, true) => Setup::ChannelId,
            (Setup::ChannelId, true) => Setup::Frequency,
            (Setup::Frequency, true) => Setup::OpenScan,
            (Setup::OpenScan, true) => return self.listen(now, Phase::Scanning),
            (Setup::Extended, false) | (Setup::Unassign, _) => return self.listen(now, Phase::Channels),
            (Setup::OpenScan, false) => Setup::Unassign,
            (Setup::Assign | Setup::ChannelId | Setup::Frequency, false) => {
                let until = self.retry.fail(now);
                return self.enter(Phase::Pausing(until));
            }
        };
        self.enter(Phase::SettingUp(next));
    }

    /// A data page.
    fn data(&mut self, now: Instant, data: &Data) -> Option<Heard> {
        let told = data.extended.channel_id;
        let from = if self.phase == Phase::Channels { self.channels.data(now, data.channel, told)? } else { told? };
        let from = ChannelId { pairing: false, ..from };
        self.heard_wanted |= self.wanted.iter().any(|sensor| is_from(sensor, &from));
        Some(Heard { from, page: data.page, rssi: data.extended.rssi, timestamp: data.extended.timestamp })
    }
}

impl Default for AntHost {
    fn default() -> Self {
        Self::new()
    }
}

impl Setup {
    fn ask(self) -> Ask {
        match self {
            Self::Capabilities => Ask::request(0, id::CAPABILITIES),
            Self::Key => Ask { command: AntCommand::SendKey, channel: NETWORK, answers: id::NETWORK_KEY },
            Self::Extended => Ask::new(0, Command::LibConfig { flags: EXTENDED_ALL }),
            Self::Assign => {
                let (kind, network) = (channel_type::SLAVE, NETWORK);
                Ask::new(SCAN_CHANNEL, Command::Assign { channel: SCAN_CHANNEL, kind, network, extended: None })
            }
            Self::ChannelId => {
                Ask::new(SCAN_CHANNEL, Command::ChannelId { channel: SCAN_CHANNEL, channel_id: EVERYBODY })
            }
            Self::Frequency => {
                Ask::new(SCAN_CHANNEL, Command::Frequency { channel: SCAN_CHANNEL, frequency: FREQUENCY })
            }
            Self::OpenScan => Ask::new(SCAN_CHANNEL, Command::OpenScan { sync_only: None }),
            Self::Unassign => Ask::new(SCAN_CHANNEL, Command::Unassign { channel: SCAN_CHANNEL }),
        }
    }
}

fn earliest(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if a < b { a } else { b }),
        (one, other) => one.or(other),
    }
}
