//! ANT messages with meaning: data from a sensor, answers and events of a channel, what the stick says of itself.
//!
//! Decoding never fails: what is not needed, not known or too short is [`Message::Unknown`], and its [`Frame`] still
//! has the bytes. Bytes after the known ones are ignored. What a host says is [`super::command::Command`].

use super::frame::{self, Frame, MAX_PAYLOAD};
use crate::wire::bytes::{Reader, Writer};

/// Message ids (ANT Message Protocol and Usage).
pub mod id {
    /// Version; from the stick.
    pub const VERSION: u8 = 0x3E;
    /// Channel response or event; from the stick.
    pub const RESPONSE: u8 = 0x40;
    /// Unassign channel.
    pub const UNASSIGN: u8 = 0x41;
    /// Assign channel.
    pub const ASSIGN: u8 = 0x42;
    /// Channel period, in 1/32768 s.
    pub const PERIOD: u8 = 0x43;
    /// High-priority search timeout, in 2.5 s.
    pub const SEARCH_TIMEOUT: u8 = 0x44;
    /// Radio frequency, in MHz above 2400.
    pub const FREQUENCY: u8 = 0x45;
    /// Network key.
    pub const NETWORK_KEY: u8 = 0x46;
    /// Transmit power of all channels.
    pub const TRANSMIT_POWER: u8 = 0x47;
    /// Reset; the stick answers with [`STARTUP`].
    pub const RESET: u8 = 0x4A;
    /// Open channel.
    pub const OPEN: u8 = 0x4B;
    /// Close channel.
    pub const CLOSE: u8 = 0x4C;
    /// Ask for the message whose id follows.
    pub const REQUEST: u8 = 0x4D;
    /// Broadcast data.
    pub const BROADCAST: u8 = 0x4E;
    /// Acknowledged data.
    pub const ACKNOWLEDGED: u8 = 0x4F;
    /// One packet of a burst.
    pub const BURST: u8 = 0x50;
    /// Channel id.
    pub const CHANNEL_ID: u8 = 0x51;
    /// Channel status; from the stick.
    pub const CHANNEL_STATUS: u8 = 0x52;
    /// Capabilities; from the stick.
    pub const CAPABILITIES: u8 = 0x54;
    /// Put a channel id on a channel's list.
    pub const LIST_ADD: u8 = 0x59;
    /// Say how many ids of a list count, and whether they are wanted or refused.
    pub const LIST_CONFIG: u8 = 0x5A;
    /// Open receive scan mode.
    pub const OPEN_SCAN: u8 = 0x5B;
    /// Broadcast data with the channel id before it, from old sticks.
    pub const LEGACY_BROADCAST: u8 = 0x5D;
    /// Acknowledged data with the channel id before it, from old sticks.
    pub const LEGACY_ACKNOWLEDGED: u8 = 0x5E;
    /// One packet of a burst with the channel id before it, from old sticks.
    pub const LEGACY_BURST: u8 = 0x5F;
    /// Transmit power of one channel.
    pub const CHANNEL_TRANSMIT_POWER: u8 = 0x60;
    /// Serial number; from the stick.
    pub const SERIAL_NUMBER: u8 = 0x61;
    /// Low-priority search timeout, in 2.5 s.
    pub const LOW_SEARCH_TIMEOUT: u8 = 0x63;
    /// Extended data on or off, for sticks that are older than [`LIB_CONFIG`].
    pub const EXTENDED_RECEIVE: u8 = 0x66;
    /// Library configuration: which extended data to send.
    pub const LIB_CONFIG: u8 = 0x6E;
    /// Startup; from the stick.
    pub const STARTUP: u8 = 0x6F;
    /// Proximity search.
    pub const PROXIMITY: u8 = 0x71;
    /// Packets of an advanced burst.
    pub const ADVANCED_BURST: u8 = 0x72;
    /// Search priority.
    pub const SEARCH_PRIORITY: u8 = 0x75;
    /// Configuration of advanced bursts.
    pub const ADVANCED_BURST_CONFIG: u8 = 0x78;
    /// Which events the stick keeps to itself.
    pub const EVENT_FILTER: u8 = 0x79;
    /// How many searching channels take turns.
    pub const SEARCH_SHARING: u8 = 0x81;
    /// A frame from the host was damaged; from the stick.
    pub const SERIAL_ERROR: u8 = 0xAE;
}

/// Extended data: channel id follows. Also the bit in [`id::LIB_CONFIG`] that asks for it.
pub const EXTENDED_CHANNEL_ID: u8 = 0x80;
/// Extended data: signal strength follows.
pub const EXTENDED_RSSI: u8 = 0x40;
/// Extended data: timestamp follows.
pub const EXTENDED_TIMESTAMP: u8 = 0x20;

/// In the message id of a 0x40: no answer but an event of the channel.
const RF_EVENT: u8 = 0x01;
const RSSI_AGC: u8 = 0x10;
const RSSI_DBM: u8 = 0x20;
/// The master asks to be paired: the top bit of the device type.
const PAIRING: u8 = 0x80;

/// What a stick says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A sensor's data page, broadcast or acknowledged.
    Data(Data),
    /// The answer to a host command.
    Response {
        /// The channel (or the network, for a network key).
        channel: u8,
        /// The id of the message that is answered.
        to: u8,
        /// How it went.
        code: Code,
    },
    /// Something happened on a channel.
    Event {
        /// The channel.
        channel: u8,
        /// What happened.
        code: Code,
    },
    /// The stick started.
    Startup {
        /// Why: 0x00 power, 0x01 reset line, 0x02 watchdog, 0x20 command, 0x40 synchronous, 0x80 suspend.
        reason: u8,
    },
    /// One packet of a burst.
    Burst(Burst),
    /// What the stick can do.
    Capabilities(Capabilities),
    /// How far a channel is.
    ChannelStatus {
        /// The channel.
        channel: u8,
        /// How far it is.
        state: ChannelState,
        /// The upper six bits of the status, as they come: old sticks leave them empty, later ones put the network
        /// and the channel type there.
        rest: u8,
    },
    /// Who a channel listens to; zeros if it has not found anybody yet.
    ChannelId {
        /// The channel.
        channel: u8,
        /// Whom it found.
        channel_id: ChannelId,
    },
    /// The version of the stick's firmware.
    Version(Version),
    /// The stick's serial number.
    SerialNumber(u32),
    /// A frame from the host did not arrive whole. Sources name one code, 3: its length was wrong.
    SerialError {
        /// What was wrong.
        code: u8,
    },
    /// Another message, or one too short for its id.
    Unknown {
        /// Its id.
        id: u8,
    },
}

/// One data page with what the stick knows about its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Data {
    /// The channel that heard it.
    pub channel: u8,
    /// Whether the sender wanted an acknowledgement (the stick gives it).
    pub acknowledged: bool,
    /// The eight bytes of the page; [`super::pages`] gives them meaning.
    pub page: [u8; 8],
    /// What the stick added.
    pub extended: Extended,
}

/// One packet of a burst, carried and not put together: no profile that is read here is sent in bursts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// The channel, 0 to 31.
    pub channel: u8,
    /// The packet's number, 0 to 3: the first is 0, then 1, 2, 3, 1, 2, 3 and so on.
    pub sequence: u8,
    /// Whether it is the last packet.
    pub last: bool,
    /// Its eight bytes.
    pub data: [u8; 8],
    /// What the stick added.
    pub extended: Extended,
}

/// What a stick can do. An older stick sends fewer bytes: what it does not send is `None`, and everything after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// How many channels it has.
    pub max_channels: u8,
    /// How many networks it has.
    pub max_networks: u8,
    /// Standard options: each bit is something that it cannot do.
    pub standard: u8,
    /// Advanced options.
    pub advanced: u8,
    /// Advanced options 2.
    pub advanced_2: Option<u8>,
    /// How many of its channels can work without a host.
    pub sensrcore_channels: Option<u8>,
    /// Advanced options 3.
    pub advanced_3: Option<u8>,
}

impl Capabilities {
    /// Whether it takes [`id::LOW_SEARCH_TIMEOUT`].
    pub const fn low_priority_search(&self) -> bool {
        self.advanced & 0x20 != 0
    }

    /// Whether it keeps lists of channel ids, [`id::LIST_ADD`].
    pub const fn lists(&self) -> bool {
        self.advanced & 0x80 != 0
    }

    /// Whether it can add [`Extended`] data.
    pub const fn extended_data(&self) -> bool {
        self.in_advanced_2(0x02)
    }

    /// Whether it knows receive scan mode, [`id::OPEN_SCAN`].
    pub const fn scan_mode(&self) -> bool {
        self.in_advanced_2(0x04)
    }

    /// Whether it knows [`id::PROXIMITY`].
    pub const fn proximity(&self) -> bool {
        self.in_advanced_2(0x10)
    }

    /// Whether [`id::ASSIGN`] may have a fourth byte, and so background scanning.
    pub const fn extended_assignment(&self) -> bool {
        self.in_advanced_2(0x20)
    }

    const fn in_advanced_2(&self, bit: u8) -> bool {
        matches!(self.advanced_2, Some(options) if options & bit != 0)
    }

    fn decode(reader: &mut Reader) -> Option<Self> {
        let [max_channels, max_networks, standard, advanced] = reader.take()?;
        let mut next = || reader.u8();
        let (advanced_2, sensrcore_channels, advanced_3) = (next(), next(), next());
        Some(Self { max_channels, max_networks, standard, advanced, advanced_2, sensrcore_channels, advanced_3 })
    }

    fn encode(&self, out: &mut [u8]) -> Option<usize> {
        let mut payload = [0; 7];
        let mut writer = Writer::new(&mut payload);
        writer.put([self.max_channels, self.max_networks, self.standard, self.advanced])?;
        for option in [self.advanced_2, self.sensrcore_channels, self.advanced_3].into_iter().map_while(|it| it) {
            writer.put([option])?;
        }
        let written = writer.written();
        frame::encode(id::CAPABILITIES, payload.get(..written)?, out)
    }
}

/// How far a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// Not assigned.
    Unassigned,
    /// Assigned, not open.
    Assigned,
    /// Open, and looking for its sensor.
    Searching,
    /// Open, and hearing its sensor.
    Tracking,
}

impl ChannelState {
    const fn from_bits(bits: u8) -> Self {
        match bits & 0x03 {
            0 => Self::Unassigned,
            1 => Self::Assigned,
            2 => Self::Searching,
            _ => Self::Tracking,
        }
    }

    const fn bits(self) -> u8 {
        match self {
            Self::Unassigned => 0,
            Self::Assigned => 1,
            Self::Searching => 2,
            Self::Tracking => 3,
        }
    }
}

/// The version of a stick's firmware, a short text in ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    bytes: [u8; MAX_PAYLOAD],
    len: u8,
}

impl Version {
    /// From a text; what follows the first character that is not plain ASCII, or the 37th, is left out.
    pub fn new(text: &str) -> Self {
        let mut version = Self { bytes: [0; MAX_PAYLOAD], len: 0 };
        let plain = text.bytes().take(MAX_PAYLOAD.saturating_sub(1)).take_while(|byte| matches!(byte, b' '..=b'~'));
        for (to, from) in version.bytes.iter_mut().zip(plain) {
            *to = from;
            version.len = version.len.saturating_add(1);
        }
        version
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.bytes.get(..usize::from(self.len)).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or_default()
    }

    fn decode(payload: &[u8]) -> Self {
        let plain = payload.iter().position(|byte| !matches!(byte, b' '..=b'~')).unwrap_or(payload.len());
        Self::new(payload.get(..plain).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or_default())
    }

    /// With the NUL that ends it.
    fn encode(&self, out: &mut [u8]) -> Option<usize> {
        frame::encode(id::VERSION, self.bytes.get(..=usize::from(self.len))?, out)
    }
}

/// What a stick adds to a data page, as far as it was asked to and the message is whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extended {
    /// Who sent the page.
    pub channel_id: Option<ChannelId>,
    /// How well it was heard.
    pub rssi: Option<Rssi>,
    /// When it was heard, in 1/32768 s, wrapping every 2 s.
    pub timestamp: Option<u16>,
}

/// Who a sensor is on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelId {
    /// The device number.
    pub number: u16,
    /// The device type, without the pairing bit: 31 is muscle oxygen.
    pub device_type: u8,
    /// Whether the sensor asks to be paired.
    pub pairing: bool,
    /// The transmission type; its upper nibble extends the number.
    pub transmission: u8,
}

/// Signal strength, in the form that the stick measures it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rssi {
    /// In dBm.
    Dbm {
        /// The strength.
        value: i8,
        /// The threshold in force.
        threshold: i8,
    },
    /// The gain control of nRF24AP2 sticks, as it comes: its scale is not public.
    Agc([u8; 3]),
}

/// A response or event code. Any byte is one; those with a name are the ones that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(pub u8);

impl Code {
    /// Response: done.
    pub const NO_ERROR: Self = Self(0x00);
    /// Event: the search timed out; [`Self::CHANNEL_CLOSED`] follows.
    pub const SEARCH_TIMEOUT: Self = Self(0x01);
    /// Event: one slot missed.
    pub const RX_FAIL: Self = Self(0x02);
    /// Event: our broadcast was sent; of a master only.
    pub const TX: Self = Self(0x03);
    /// Event: a burst or acknowledged message was not received.
    pub const TRANSFER_RX_FAILED: Self = Self(0x04);
    /// Event: our acknowledged message arrived.
    pub const TRANSFER_TX_COMPLETED: Self = Self(0x05);
    /// Event: our acknowledged message did not arrive; try again.
    pub const TRANSFER_TX_FAILED: Self = Self(0x06);
    /// Event: the channel is closed.
    pub const CHANNEL_CLOSED: Self = Self(0x07);
    /// Event: too many slots missed, the channel searches again by itself.
    pub const GO_TO_SEARCH: Self = Self(0x08);
    /// Event: two channels wanted the radio at once.
    pub const COLLISION: Self = Self(0x09);
    /// Event: a burst begins to be sent.
    pub const TRANSFER_TX_START: Self = Self(0x0A);
    /// Event: the next packet of an advanced burst is wanted.
    pub const TRANSFER_NEXT_BLOCK: Self = Self(0x11);
    /// Response: the channel's state does not allow this.
    pub const WRONG_STATE: Self = Self(0x15);
    /// Response: the channel is not open.
    pub const NOT_OPENED: Self = Self(0x16);
    /// Response: the channel id is not set.
    pub const ID_NOT_SET: Self = Self(0x18);
    /// Response: all channels must be closed first.
    pub const CLOSE_ALL_CHANNELS: Self = Self(0x19);
    /// Response: a transfer is under way; try again.
    pub const TRANSFER_IN_PROGRESS: Self = Self(0x1F);
    /// Response: a burst's packets came out of order.
    pub const TRANSFER_SEQUENCE_ERROR: Self = Self(0x20);
    /// Response: a transfer failed; try again.
    pub const TRANSFER_IN_ERROR: Self = Self(0x21);
    /// Response: the message is too long for the stick.
    pub const SIZE_EXCEEDED: Self = Self(0x27);
    /// Response: the stick does not know this message.
    pub const INVALID_MESSAGE: Self = Self(0x28);
    /// Response: no such network; the key is missing.
    pub const INVALID_NETWORK: Self = Self(0x29);
    /// Response: no such place on the list.
    pub const INVALID_LIST_ID: Self = Self(0x30);
    /// Response: channel 0 scans, so nothing else can be sent on it.
    pub const SCAN_TX_CHANNEL: Self = Self(0x31);
    /// Response: a parameter was refused. One source has 0x32: see [`Self::is_invalid_parameter`].
    pub const INVALID_PARAMETER: Self = Self(0x33);
    /// Event: the stick's queue to the host overflowed.
    pub const SERIAL_QUEUE_OVERFLOW: Self = Self(0x34);
    /// Event: the stick's event queue overflowed.
    pub const EVENT_QUEUE_OVERFLOW: Self = Self(0x35);

    /// Whether a parameter was refused. Sources disagree on 0x32 or 0x33, so both are.
    pub const fn is_invalid_parameter(self) -> bool {
        matches!(self.0, 0x32 | 0x33)
    }
}

impl Message {
    /// The meaning of a frame.
    pub fn decode(frame: &Frame) -> Self {
        Self::decode_known(frame).unwrap_or(Self::Unknown { id: frame.id })
    }

    fn decode_known(frame: &Frame) -> Option<Self> {
        let mut reader = Reader(frame.payload());
        match frame.id {
            id::BROADCAST | id::ACKNOWLEDGED => {
                let channel = reader.u8()?;
                let page = reader.take()?;
                let extended = Extended::decode(&mut reader);
                Some(Self::Data(Data { channel, acknowledged: frame.id == id::ACKNOWLEDGED, page, extended }))
            }
            id::LEGACY_BROADCAST | id::LEGACY_ACKNOWLEDGED => {
                let channel = reader.u8()?;
                let channel_id = Some(ChannelId::from_bytes(reader.take()?));
                let page = reader.take()?;
                let acknowledged = frame.id == id::LEGACY_ACKNOWLEDGED;
                let extended = Extended { channel_id, ..Extended::default() };
                Some(Self::Data(Data { channel, acknowledged, page, extended }))
            }
            id::BURST => Some(Self::Burst(Burst::decode(reader.u8()?, reader.take()?, Extended::decode(&mut reader)))),
            id::LEGACY_BURST => {
                let first = reader.u8()?;
                let channel_id = Some(ChannelId::from_bytes(reader.take()?));
                Some(Self::Burst(Burst::decode(first, reader.take()?, Extended { channel_id, ..Extended::default() })))
            }
            id::CAPABILITIES => Some(Self::Capabilities(Capabilities::decode(&mut reader)?)),
            id::CHANNEL_STATUS => {
                let [channel, status] = reader.take()?;
                Some(Self::ChannelStatus { channel, state: ChannelState::from_bits(status), rest: status >> 2 })
            }
            id::CHANNEL_ID => {
                Some(Self::ChannelId { channel: reader.u8()?, channel_id: ChannelId::from_bytes(reader.take()?) })
            }
            id::VERSION => Some(Self::Version(Version::decode(frame.payload()))),
            id::SERIAL_NUMBER => Some(Self::SerialNumber(reader.u32()?)),
            id::SERIAL_ERROR => Some(Self::SerialError { code: reader.u8()? }),
            id::RESPONSE => {
                let [channel, to, code] = reader.take()?;
                let code = Code(code);
                Some(if to == RF_EVENT { Self::Event { channel, code } } else { Self::Response { channel, to, code } })
            }
            id::STARTUP => Some(Self::Startup { reason: reader.u8()? }),
            _ => None,
        }
    }

    /// Writes the message's frame into `out` and returns its length; `None` if `out` is too short or the message is
    /// [`Message::Unknown`]. Data are written in today's form, never in the legacy one.
    pub fn encode(&self, out: &mut [u8]) -> Option<usize> {
        match *self {
            Self::Data(data) => data.encode(out),
            Self::Response { channel, to, code } => frame::encode(id::RESPONSE, &[channel, to, code.0], out),
            Self::Event { channel, code } => frame::encode(id::RESPONSE, &[channel, RF_EVENT, code.0], out),
            Self::Startup { reason } => frame::encode(id::STARTUP, &[reason], out),
            Self::Burst(burst) => burst.encode(out),
            Self::Capabilities(capabilities) => capabilities.encode(out),
            Self::ChannelStatus { channel, state, rest } => {
                frame::encode(id::CHANNEL_STATUS, &[channel, rest << 2 | state.bits()], out)
            }
            Self::ChannelId { channel, channel_id } => {
                let [a, b, c, d] = channel_id.to_bytes();
                frame::encode(id::CHANNEL_ID, &[channel, a, b, c, d], out)
            }
            Self::Version(version) => version.encode(out),
            Self::SerialNumber(number) => frame::encode(id::SERIAL_NUMBER, &number.to_le_bytes(), out),
            Self::SerialError { code } => frame::encode(id::SERIAL_ERROR, &[code], out),
            Self::Unknown { .. } => None,
        }
    }
}

impl Burst {
    const CHANNEL: u8 = 0x1F;
    const LAST: u8 = 0x80;

    pub(super) const fn decode(first: u8, data: [u8; 8], extended: Extended) -> Self {
        let (channel, sequence) = (first & Self::CHANNEL, first >> 5 & 0x03);
        Self { channel, sequence, last: first & Self::LAST != 0, data, extended }
    }

    /// Writes the frame of this packet into `out` and returns its length; `None` if `out` is too short.
    pub fn encode(&self, out: &mut [u8]) -> Option<usize> {
        let last = if self.last { Self::LAST } else { 0 };
        let first = self.channel & Self::CHANNEL | (self.sequence & 0x03) << 5 | last;
        encode_data(id::BURST, first, self.data, &self.extended, out)
    }
}

impl Data {
    /// Writes the frame of a broadcast or acknowledged message, with the extended data that are there, into `out` and
    /// returns its length; `None` if `out` is too short.
    pub fn encode(&self, out: &mut [u8]) -> Option<usize> {
        let id = if self.acknowledged { id::ACKNOWLEDGED } else { id::BROADCAST };
        encode_data(id, self.channel, self.page, &self.extended, out)
    }
}

fn encode_data(id: u8, first: u8, page: [u8; 8], extended: &Extended, out: &mut [u8]) -> Option<usize> {
    let mut payload = [0; MAX_PAYLOAD];
    let mut writer = Writer::new(&mut payload);
    writer.put([first])?;
    writer.put(page)?;
    extended.encode(&mut writer)?;
    let written = writer.written();
    frame::encode(id, payload.get(..written)?, out)
}

impl Extended {
    /// What follows a page: a flag byte, then the blocks in fixed order. Reading stops at a block that is cut short
    /// or, for signal strength, of a kind whose length is unknown; what was read until then holds.
    fn decode(reader: &mut Reader) -> Self {
        let mut extended = Self::default();
        // The result only says where reading stopped.
        let _ = extended.decode_blocks(reader);
        extended
    }

    fn decode_blocks(&mut self, reader: &mut Reader) -> Option<()> {
        let flags = reader.u8()?;
        if flags & EXTENDED_CHANNEL_ID != 0 {
            self.channel_id = Some(ChannelId::from_bytes(reader.take()?));
        }
        if flags & EXTENDED_RSSI != 0 {
            self.rssi = Some(match reader.u8()? {
                RSSI_DBM => {
                    let [value, threshold] = reader.take()?;
                    Rssi::Dbm { value: value as i8, threshold: threshold as i8 }
                }
                RSSI_AGC => Rssi::Agc(reader.take()?),
                _ => return None,
            });
        }
        if flags & EXTENDED_TIMESTAMP != 0 {
            self.timestamp = Some(reader.u16()?);
        }
        Some(())
    }

    fn encode(&self, writer: &mut Writer) -> Option<()> {
        let flag = |there: bool, flag: u8| if there { flag } else { 0 };
        let flags = flag(self.channel_id.is_some(), EXTENDED_CHANNEL_ID)
            | flag(self.rssi.is_some(), EXTENDED_RSSI)
            | flag(self.timestamp.is_some(), EXTENDED_TIMESTAMP);
        if flags != 0 {
            writer.put([flags])?;
        }
        if let Some(channel_id) = self.channel_id {
            writer.put(channel_id.to_bytes())?;
        }
        match self.rssi {
            Some(Rssi::Dbm { value, threshold }) => writer.put([RSSI_DBM, value as u8, threshold as u8])?,
            Some(Rssi::Agc([a, b, c])) => writer.put([RSSI_AGC, a, b, c])?,
            None => {}
        }
        if let Some(timestamp) = self.timestamp {
            writer.put(timestamp.to_le_bytes())?;
        }
        Some(())
    }
}

impl ChannelId {
    /// From the four bytes number low, number high, type, transmission, as also in message 0x51 after the channel.
    pub const fn from_bytes([low, high, kind, transmission]: [u8; 4]) -> Self {
        Self {
            number: u16::from_le_bytes([low, high]),
            device_type: kind & !PAIRING,
            pairing: kind & PAIRING != 0,
            transmission,
        }
    }

    /// The four bytes.
    pub const fn to_bytes(self) -> [u8; 4] {
        let [low, high] = self.number.to_le_bytes();
        let pairing = if self.pairing { PAIRING } else { 0 };
        [low, high, self.device_type & !PAIRING | pairing, self.transmission]
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::MAX_FRAME;
    use super::super::frame::tests::{CAPTURED, frame_of};
    use super::*;
    use crate::wire::tests::Xorshift;

    fn broadcast(page: [u8; 8], extended: Extended) -> Message {
        Message::Data(Data { channel: 0, acknowledged: false, page, extended })
    }

    const CAPTURED_CAPABILITIES: Capabilities = Capabilities {
        max_channels: 8,
        max_networks: 3,
        standard: 0,
        advanced: 0xBA,
        advanced_2: Some(0x36),
        sensrcore_channels: Some(0),
        advanced_3: None,
    };

    /// The meaning of each captured frame that a stick sent, by its place in `CAPTURED`.
    fn captured_meanings() -> [(usize, Message); 11] {
        let channel_id = Some(ChannelId { number: 0x3662, device_type: 0x56, pairing: false, transmission: 0x01 });
        let rssi = Some(Rssi::Agc([0x00, 0x68, 0x00]));
        let none = Extended::default();
        [
            (1, Message::Startup { reason: 0x20 }),
            (3, Message::Capabilities(CAPTURED_CAPABILITIES)),
            (4, Message::Response { channel: 0, to: id::NETWORK_KEY, code: Code::NO_ERROR }),
            (5, Message::Response { channel: 1, to: id::ASSIGN, code: Code::NO_ERROR }),
            (6, Message::Response { channel: 1, to: id::CHANNEL_ID, code: Code::NO_ERROR }),
            (7, Message::SerialError { code: 3 }),
            (9, broadcast([0x85, 0x01, 0x80, 0x17, 0xF0, 0x3D, 0xAC, 0x03], none)),
            (10, broadcast([0x86, 0, 0x9D, 0, 0x0B, 0x02, 0xAC, 0x03], Extended { channel_id, ..none })),
            (11, broadcast([0x02, 0x02, 0, 0, 0, 0, 0xB0, 0x03], Extended { rssi, ..none })),
            (
                12,
                broadcast(
                    [0x05, 0x01, 0x80, 0x17, 0xF0, 0x3D, 0x90, 0x03],
                    Extended { timestamp: Some(0x9295), ..none },
                ),
            ),
            (
                13,
                broadcast(
                    [0x84, 0x7E, 0xB6, 0x03, 0xA6, 0x03, 0x98, 0x03],
                    Extended { channel_id, rssi, timestamp: Some(0xF034) },
                ),
            ),
        ]
    }

    #[test]
    fn captured_frames_mean_what_they_meant() {
        for (index, meaning) in captured_meanings() {
            assert_eq!(Message::decode(&frame_of(CAPTURED[index])), meaning, "frame {index}");
            let mut out = [0; MAX_FRAME];
            let size = meaning.encode(&mut out).unwrap();
            assert_eq!(&out[..size], CAPTURED[index]);
        }
        for (index, bytes) in CAPTURED.iter().enumerate() {
            if captured_meanings().iter().all(|(known, _)| *known != index) {
                let frame = frame_of(bytes);
                // The host's own; a channel id reads the same in both directions.
                let expected = match frame.id {
                    id::CHANNEL_ID => {
                        Message::ChannelId { channel: 0, channel_id: ChannelId::from_bytes([0, 0, 31, 0]) }
                    }
                    id => Message::Unknown { id },
                };
                assert_eq!(Message::decode(&frame), expected, "frame {index}");
            }
        }
    }

    #[test]
    fn a_muscle_oxygen_page_carries_its_sender() {
        let page = [0x01, 0x01, 0x00, 0x04, 0xC0, 0x64, 0x61, 0x85];
        let bytes = [
            0xA4, 0x0E, 0x4E, 0x00, 0x01, 0x01, 0x00, 0x04, 0xC0, 0x64, 0x61, 0x85, 0x80, 0xD2, 0x04, 0x1F, 0x05, 0xEC,
        ];
        let channel_id = Some(ChannelId { number: 1234, device_type: 31, pairing: false, transmission: 5 });
        let message = broadcast(page, Extended { channel_id, ..Extended::default() });
        assert_eq!(Message::decode(&frame_of(&bytes)), message);
        let mut out = [0; MAX_FRAME];
        assert_eq!(message.encode(&mut out), Some(bytes.len()));
        assert_eq!(&out[..bytes.len()], bytes);
        for room in 0..bytes.len() {
            assert_eq!(message.encode(&mut out[..room]), None);
        }
    }

    #[test]
    fn old_sticks_put_the_sender_before_the_page() {
        let payload = [2, 0xD2, 0x04, 0x9F, 0x05, 1, 2, 3, 4, 5, 6, 7, 8];
        let channel_id = Some(ChannelId { number: 1234, device_type: 31, pairing: true, transmission: 5 });
        for (id, acknowledged) in [(0x5D, false), (0x5E, true)] {
            let data = Data {
                channel: 2,
                acknowledged,
                page: [1, 2, 3, 4, 5, 6, 7, 8],
                extended: Extended { channel_id, ..Extended::default() },
            };
            assert_eq!(Message::decode(&Frame::new(id, &payload).unwrap()), Message::Data(data));
            for len in 1..payload.len() {
                assert_eq!(Message::decode(&Frame::new(id, &payload[..len]).unwrap()), Message::Unknown { id });
            }
        }
    }

    #[test]
    fn every_message_cut_short_is_unknown_or_has_less_extended_data() {
        let full = frame_of(CAPTURED[13]);
        let Message::Data(whole) = Message::decode(&full) else { panic!("data") };
        for len in 1..full.payload().len() {
            let message = Message::decode(&Frame::new(full.id, &full.payload()[..len]).unwrap());
            if len < 9 {
                assert_eq!(message, Message::Unknown { id: full.id });
                continue;
            }
            let extended = Extended {
                channel_id: whole.extended.channel_id.filter(|_| len >= 14),
                rssi: whole.extended.rssi.filter(|_| len >= 18),
                timestamp: None,
            };
            assert_eq!(message, Message::Data(Data { extended, ..whole }), "{len}");
        }
        for len in 1..3 {
            let frame = Frame::new(id::RESPONSE, &[1, 2, 3][..len]).unwrap();
            assert_eq!(Message::decode(&frame), Message::Unknown { id: id::RESPONSE });
        }
    }

    #[test]
    fn an_unknown_kind_of_signal_strength_ends_the_reading() {
        let payload = [0, 1, 2, 3, 4, 5, 6, 7, 8, 0xE0, 0xD2, 0x04, 0x1F, 0x05, 0x30, 1, 2, 3, 4];
        let Message::Data(data) = Message::decode(&Frame::new(0x4E, &payload).unwrap()) else { panic!("data") };
        assert!(data.extended.channel_id.is_some());
        assert_eq!((data.extended.rssi, data.extended.timestamp), (None, None));
    }

    #[test]
    fn every_combination_of_extended_data_survives() {
        let id = ChannelId { number: 0xBEEF, device_type: 120, pairing: true, transmission: 0x51 };
        for acknowledged in [false, true] {
            for channel_id in [None, Some(id)] {
                for rssi in [None, Some(Rssi::Dbm { value: -71, threshold: -128 }), Some(Rssi::Agc([1, 2, 3]))] {
                    for timestamp in [None, Some(0xA4A4)] {
                        let extended = Extended { channel_id, rssi, timestamp };
                        survives(Message::Data(Data { channel: 7, acknowledged, page: [0xA4; 8], extended }));
                    }
                }
            }
        }
        for code in 0..=255 {
            survives(Message::Event { channel: 3, code: Code(code) });
            survives(Message::Response { channel: 3, to: id::OPEN, code: Code(code) });
            survives(Message::Startup { reason: code });
            survives(Message::SerialError { code });
            survives(Message::SerialNumber(u32::from_le_bytes([code, 1, 0xA4, 0xFF])));
            survives(Message::ChannelId { channel: 7, channel_id: ChannelId::from_bytes([1, 2, code, 5]) });
        }
    }

    #[test]
    fn a_stick_says_what_it_can_do_as_far_as_it_is_asked() {
        let bytes = [8, 3, 0, 0xBA, 0x36, 0, 0xDF, 0x55];
        let all = Capabilities { advanced_3: Some(0xDF), ..CAPTURED_CAPABILITIES };
        for len in 1..=bytes.len() {
            let expected = Capabilities {
                advanced_2: all.advanced_2.filter(|_| len >= 5),
                sensrcore_channels: all.sensrcore_channels.filter(|_| len >= 6),
                advanced_3: all.advanced_3.filter(|_| len >= 7),
                ..all
            };
            let message = Message::decode(&Frame::new(id::CAPABILITIES, &bytes[..len]).unwrap());
            if len < 4 {
                assert_eq!(message, Message::Unknown { id: id::CAPABILITIES });
                continue;
            }
            assert_eq!(message, Message::Capabilities(expected));
            survives(message);
            assert_eq!(expected.scan_mode(), len >= 5);
        }
        assert!(all.lists() && all.low_priority_search() && all.proximity() && all.extended_assignment());
        assert!(all.extended_data());
        let none = Capabilities { advanced: 0, advanced_2: Some(0), ..all };
        assert!(!none.lists() && !none.low_priority_search() && !none.proximity() && !none.extended_assignment());
        assert!(!none.extended_data() && !none.scan_mode());
    }

    #[test]
    fn a_channel_is_in_one_of_four_states_and_the_rest_of_its_status_is_kept() {
        let states =
            [ChannelState::Unassigned, ChannelState::Assigned, ChannelState::Searching, ChannelState::Tracking];
        for status in 0..=255u8 {
            let message = Message::decode(&Frame::new(id::CHANNEL_STATUS, &[5, status]).unwrap());
            let state = states[usize::from(status % 4)];
            assert_eq!(message, Message::ChannelStatus { channel: 5, state, rest: status / 4 });
            survives(message);
        }
        assert_eq!(
            Message::decode(&Frame::new(id::CHANNEL_STATUS, &[5]).unwrap()),
            Message::Unknown { id: id::CHANNEL_STATUS }
        );
    }

    #[test]
    fn a_version_is_the_text_before_its_nul() {
        for (payload, text) in [
            (&b"AP2USB1.05\0"[..], "AP2USB1.05"),
            (b"AP2USB1.05", "AP2USB1.05"),
            (b"AP2\0USB", "AP2"),
            (b"AP2\xFFUSB", "AP2"),
            (b"\0", ""),
            (&[b'a'; MAX_PAYLOAD], "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ] {
            let message = Message::decode(&Frame::new(id::VERSION, payload).unwrap());
            let Message::Version(version) = message else { panic!("{message:?}") };
            assert_eq!((version.as_str(), version), (text, Version::new(text)));
            survives(message);
        }
        let mut out = [0; MAX_FRAME];
        let size = Message::Version(Version::new("AP2USB1.05")).encode(&mut out).unwrap();
        assert_eq!(frame_of(&out[..size]).payload(), b"AP2USB1.05\0");
    }

    #[test]
    fn a_burst_packs_its_order_beside_its_channel() {
        for first in 0..=255u8 {
            let payload = [first, 1, 2, 3, 4, 5, 6, 7, 8, 0x20, 0x34, 0x12];
            let message = Message::decode(&Frame::new(id::BURST, &payload).unwrap());
            let burst = Burst {
                channel: first % 32,
                sequence: first / 32 % 4,
                last: first >= 128,
                data: [1, 2, 3, 4, 5, 6, 7, 8],
                extended: Extended { timestamp: Some(0x1234), ..Extended::default() },
            };
            assert_eq!(message, Message::Burst(burst));
            let mut out = [0; MAX_FRAME];
            let size = message.encode(&mut out).unwrap();
            assert_eq!(frame_of(&out[..size]).payload(), payload);
        }
        let legacy = [0xA2, 0xD2, 0x04, 0x1F, 0x05, 1, 2, 3, 4, 5, 6, 7, 8];
        let Message::Burst(burst) = Message::decode(&Frame::new(id::LEGACY_BURST, &legacy).unwrap()) else {
            panic!("burst")
        };
        assert_eq!((burst.channel, burst.sequence, burst.last), (2, 1, true));
        assert_eq!(burst.extended.channel_id.map(|from| from.number), Some(1234));
    }

    fn survives(message: Message) {
        let mut out = [0; MAX_FRAME];
        let size = message.encode(&mut out).unwrap();
        assert_eq!(Message::decode(&frame_of(&out[..size])), message);
    }

    #[test]
    fn no_payload_can_break_the_decoder() {
        let mut random = Xorshift(0x5EED_0002);
        for id in 0..=255 {
            for len in 1..=MAX_PAYLOAD {
                for _ in 0..20 {
                    let mut payload = [0; MAX_PAYLOAD];
                    payload.fill_with(|| random.next() as u8);
                    let message = Message::decode(&Frame::new(id, &payload[..len]).unwrap());
                    let mut out = [0; MAX_FRAME];
                    if message.encode(&mut out).is_some() {
                        survives(message);
                    }
                }
            }
        }
    }
}
