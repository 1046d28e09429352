//! ANT messages with meaning: data from a sensor, answers and events of a channel, the stick's start.
//!
//! Decoding never fails: what is not needed, not known or too short is [`Message::Unknown`], and its [`Frame`] still
//! has the bytes. Host commands need no type of their own: they are [`super::frame::encode`] with an [`id`].

use super::frame::{self, Frame, MAX_PAYLOAD};
use crate::wire::bytes::{Reader, Writer};

/// Message ids (ANT Message Protocol and Usage).
pub mod id {
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
    /// Channel id.
    pub const CHANNEL_ID: u8 = 0x51;
    /// Capabilities; from the stick.
    pub const CAPABILITIES: u8 = 0x54;
    /// Open receive scan mode.
    pub const OPEN_SCAN: u8 = 0x5B;
    /// Broadcast data with the channel id before it, from old sticks.
    pub const LEGACY_BROADCAST: u8 = 0x5D;
    /// Acknowledged data with the channel id before it, from old sticks.
    pub const LEGACY_ACKNOWLEDGED: u8 = 0x5E;
    /// Low-priority search timeout, in 2.5 s.
    pub const LOW_SEARCH_TIMEOUT: u8 = 0x63;
    /// Library configuration: which extended data to send.
    pub const LIB_CONFIG: u8 = 0x6E;
    /// Startup; from the stick.
    pub const STARTUP: u8 = 0x6F;
    /// Proximity search.
    pub const PROXIMITY: u8 = 0x71;
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
    /// Response: the stick does not know this message.
    pub const INVALID_MESSAGE: Self = Self(0x28);
    /// Response: no such network; the key is missing.
    pub const INVALID_NETWORK: Self = Self(0x29);
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
            Self::Unknown { .. } => None,
        }
    }
}

impl Data {
    /// Writes the frame of a broadcast or acknowledged message, with the extended data that are there, into `out` and
    /// returns its length; `None` if `out` is too short.
    pub fn encode(&self, out: &mut [u8]) -> Option<usize> {
        let mut payload = [0; MAX_PAYLOAD];
        let mut writer = Writer::new(&mut payload);
        writer.put([self.channel])?;
        writer.put(self.page)?;
        self.extended.encode(&mut writer)?;
        let written = writer.written();
        let id = if self.acknowledged { id::ACKNOWLEDGED } else { id::BROADCAST };
        frame::encode(id, payload.get(..written)?, out)
    }
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

    /// The meaning of each captured frame that a stick sent, by its place in `CAPTURED`.
    fn captured_meanings() -> [(usize, Message); 11] {
        let channel_id = Some(ChannelId { number: 0x3662, device_type: 0x56, pairing: false, transmission: 0x01 });
        let rssi = Some(Rssi::Agc([0x00, 0x68, 0x00]));
        let none = Extended::default();
        [
            (1, Message::Startup { reason: 0x20 }),
            (3, Message::Unknown { id: id::CAPABILITIES }),
            (4, Message::Response { channel: 0, to: id::NETWORK_KEY, code: Code::NO_ERROR }),
            (5, Message::Response { channel: 1, to: id::ASSIGN, code: Code::NO_ERROR }),
            (6, Message::Response { channel: 1, to: id::CHANNEL_ID, code: Code::NO_ERROR }),
            (7, Message::Unknown { id: 0xAE }),
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
            match meaning.encode(&mut out) {
                Some(size) => assert_eq!(&out[..size], CAPTURED[index]),
                None => assert!(matches!(meaning, Message::Unknown { .. })),
            }
        }
        for (index, bytes) in CAPTURED.iter().enumerate() {
            if captured_meanings().iter().all(|(known, _)| *known != index) {
                let frame = frame_of(bytes);
                assert_eq!(Message::decode(&frame), Message::Unknown { id: frame.id }, "frame {index}");
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
        }
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
