//! What a host says to a stick, both ways: a head unit writes it, a virtual stick reads it.
//!
//! Reading never fails: what is not known or too short is [`Command::Unknown`], and its [`Frame`] still has the bytes.
//! Bytes after the known ones are ignored. A stick answers each of these, [`Command::Reset`] and
//! [`Command::Request`] and data apart, with a [`super::message::Message::Response`] to [`Command::id`].

use super::frame::{self, Frame};
use super::message::{Burst, ChannelId, Extended, id};
use crate::wire::bytes::Reader;

/// Channel types, for [`Command::Assign`].
pub mod channel_type {
    /// Listens to one sensor, and can answer it. What a head unit is.
    pub const SLAVE: u8 = 0x00;
    /// Sends; what a sensor is.
    pub const MASTER: u8 = 0x10;
    /// Listens to one of several that share a channel.
    pub const SHARED_SLAVE: u8 = 0x20;
    /// Sends to several that share a channel.
    pub const SHARED_MASTER: u8 = 0x30;
    /// Listens and never answers.
    pub const SLAVE_RECEIVE_ONLY: u8 = 0x40;
    /// Sends and never listens.
    pub const MASTER_TRANSMIT_ONLY: u8 = 0x50;
}

/// Bits of the extended assignment, for [`Command::Assign`].
pub mod extended_assignment {
    /// Reports every sensor heard, beside the work of other channels.
    pub const BACKGROUND_SCAN: u8 = 0x01;
    /// Moves among frequencies.
    pub const FREQUENCY_AGILITY: u8 = 0x04;
    /// Starts a master at once.
    pub const FAST_START: u8 = 0x10;
    /// Sends when there is something, not in slots.
    pub const ASYNCHRONOUS: u8 = 0x20;
}

/// A search timeout that never comes.
pub const TIMEOUT_NEVER: u8 = 255;

/// What a host says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Start anew. No answer but [`super::message::Message::Startup`], within half a second.
    Reset,
    /// Send the message with this id.
    Request {
        /// The channel, where the message is about one; otherwise 0.
        channel: u8,
        /// The message that is wanted.
        wanted: u8,
    },
    /// The key of a network.
    NetworkKey {
        /// The network.
        network: u8,
        /// Its key.
        key: [u8; 8],
    },
    /// Give a channel its type and network.
    Assign {
        /// The channel.
        channel: u8,
        /// One of [`channel_type`].
        kind: u8,
        /// The network.
        network: u8,
        /// Bits of [`extended_assignment`], where the stick takes them.
        extended: Option<u8>,
    },
    /// Take them away again; the channel must be closed.
    Unassign {
        /// The channel.
        channel: u8,
    },
    /// Whom to listen to; zeros match everybody.
    ChannelId {
        /// The channel.
        channel: u8,
        /// Whom.
        channel_id: ChannelId,
    },
    /// How often the sensor sends.
    Period {
        /// The channel.
        channel: u8,
        /// In 1/32768 s.
        period: u16,
    },
    /// Where on the band.
    Frequency {
        /// The channel.
        channel: u8,
        /// In MHz above 2400.
        frequency: u8,
    },
    /// How long a search may take the radio from other channels.
    SearchTimeout {
        /// The channel.
        channel: u8,
        /// In 2.5 s; 0 is not at all, [`TIMEOUT_NEVER`] is for ever.
        timeout: u8,
    },
    /// How long a search may go on beside other channels.
    LowSearchTimeout {
        /// The channel.
        channel: u8,
        /// In 2.5 s; 0 is not at all, [`TIMEOUT_NEVER`] is for ever.
        timeout: u8,
    },
    /// What to add to data: bits such as [`super::message::EXTENDED_CHANNEL_ID`].
    LibConfig {
        /// The bits.
        flags: u8,
    },
    /// The same for older sticks, with no choice.
    ExtendedReceive {
        /// Whether to add the channel id.
        on: bool,
    },
    /// Begin.
    Open {
        /// The channel.
        channel: u8,
    },
    /// End. The channel is closed when [`super::message::Code::CHANNEL_CLOSED`] comes, not when this is answered.
    Close {
        /// The channel.
        channel: u8,
    },
    /// Hear every sensor at once on channel 0; every other channel must be closed.
    OpenScan {
        /// Only packets that sensors send in their slots, where it is said.
        sync_only: Option<bool>,
    },
    /// Find only what is near, once.
    Proximity {
        /// The channel.
        channel: u8,
        /// 1, nearest, to 10; 0 is off.
        threshold: u8,
    },
    /// Put somebody on a channel's list.
    ListAdd {
        /// The channel.
        channel: u8,
        /// Whom.
        channel_id: ChannelId,
        /// The place on the list, from 0.
        index: u8,
    },
    /// What a channel's list is for.
    ListConfig {
        /// The channel.
        channel: u8,
        /// How many places of the list count; 0 is no list.
        size: u8,
        /// Whether those on it are refused; otherwise only they are found.
        exclude: bool,
    },
    /// Which of several searching channels goes first.
    SearchPriority {
        /// The channel.
        channel: u8,
        /// Higher goes first.
        priority: u8,
    },
    /// How searching channels take turns.
    SearchSharing {
        /// The channel.
        channel: u8,
        /// Search cycles before it is another's turn.
        cycles: u8,
    },
    /// Transmit power, for all channels.
    TransmitPower {
        /// The stick's level.
        level: u8,
    },
    /// Transmit power of one channel.
    ChannelTransmitPower {
        /// The channel.
        channel: u8,
        /// The stick's level.
        level: u8,
    },
    /// A page to send to the sensor (or to everybody, by a master).
    Data {
        /// The channel.
        channel: u8,
        /// Whether to want an acknowledgement: the stick tells of it with
        /// [`super::message::Code::TRANSFER_TX_COMPLETED`] or [`super::message::Code::TRANSFER_TX_FAILED`].
        acknowledged: bool,
        /// The page.
        page: [u8; 8],
    },
    /// One packet of a burst to send. Its extended data are of no use here and not written.
    Burst(Burst),
    /// Another message, or one too short for its id.
    Unknown {
        /// Its id.
        id: u8,
    },
}

impl Command {
    /// The message id, which the stick's answer names.
    pub const fn id(&self) -> u8 {
        match *self {
            Self::Reset => id::RESET,
            Self::Request { .. } => id::REQUEST,
            Self::NetworkKey { .. } => id::NETWORK_KEY,
            Self::Assign { .. } => id::ASSIGN,
            Self::Unassign { .. } => id::UNASSIGN,
            Self::ChannelId { .. } => id::CHANNEL_ID,
            Self::Period { .. } => id::PERIOD,
            Self::Frequency { .. } => id::FREQUENCY,
            Self::SearchTimeout { .. } => id::SEARCH_TIMEOUT,
            Self::LowSearchTimeout { .. } => id::LOW_SEARCH_TIMEOUT,
            Self::LibConfig { .. } => id::LIB_CONFIG,
            Self::ExtendedReceive { .. } => id::EXTENDED_RECEIVE,
            Self::Open { .. } => id::OPEN,
            Self::Close { .. } => id::CLOSE,
            Self::OpenScan { .. } => id::OPEN_SCAN,
            Self::Proximity { .. } => id::PROXIMITY,
            Self::ListAdd { .. } => id::LIST_ADD,
            Self::ListConfig { .. } => id::LIST_CONFIG,
            Self::SearchPriority { .. } => id::SEARCH_PRIORITY,
            Self::SearchSharing { .. } => id::SEARCH_SHARING,
            Self::TransmitPower { .. } => id::TRANSMIT_POWER,
            Self::ChannelTransmitPower { .. } => id::CHANNEL_TRANSMIT_POWER,
            Self::Data { acknowledged: false, .. } => id::BROADCAST,
            Self::Data { acknowledged: true, .. } => id::ACKNOWLEDGED,
            Self::Burst(_) => id::BURST,
            Self::Unknown { id } => id,
        }
    }

    /// The meaning of a frame that a host sent.
    pub fn decode(frame: &Frame) -> Self {
        Self::decode_known(frame).unwrap_or(Self::Unknown { id: frame.id })
    }

    fn decode_known(frame: &Frame) -> Option<Self> {
        let mut reader = Reader(frame.payload());
        // The channel, or the network of a key, or a filler: every message has it.
        let channel = reader.u8()?;
        Some(match frame.id {
            id::RESET => Self::Reset,
            id::REQUEST => Self::Request { channel, wanted: reader.u8()? },
            id::NETWORK_KEY => Self::NetworkKey { network: channel, key: reader.take()? },
            id::ASSIGN => {
                let [kind, network] = reader.take()?;
                Self::Assign { channel, kind, network, extended: reader.u8() }
            }
            id::UNASSIGN => Self::Unassign { channel },
            id::CHANNEL_ID => Self::ChannelId { channel, channel_id: ChannelId::from_bytes(reader.take()?) },
            id::PERIOD => Self::Period { channel, period: reader.u16()? },
            id::FREQUENCY => Self::Frequency { channel, frequency: reader.u8()? },
            id::SEARCH_TIMEOUT => Self::SearchTimeout { channel, timeout: reader.u8()? },
            id::LOW_SEARCH_TIMEOUT => Self::LowSearchTimeout { channel, timeout: reader.u8()? },
            id::LIB_CONFIG => Self::LibConfig { flags: reader.u8()? },
            id::EXTENDED_RECEIVE => Self::ExtendedReceive { on: reader.u8()? != 0 },
            id::OPEN => Self::Open { channel },
            id::CLOSE => Self::Close { channel },
            id::OPEN_SCAN => Self::OpenScan { sync_only: reader.u8().map(|byte| byte != 0) },
            id::PROXIMITY => Self::Proximity { channel, threshold: reader.u8()? },
            id::LIST_ADD => {
                let channel_id = ChannelId::from_bytes(reader.take()?);
                Self::ListAdd { channel, channel_id, index: reader.u8()? }
            }
            id::LIST_CONFIG => {
                let [size, exclude] = reader.take()?;
                Self::ListConfig { channel, size, exclude: exclude != 0 }
            }
            id::SEARCH_PRIORITY => Self::SearchPriority { channel, priority: reader.u8()? },
            id::SEARCH_SHARING => Self::SearchSharing { channel, cycles: reader.u8()? },
            id::TRANSMIT_POWER => Self::TransmitPower { level: reader.u8()? },
            id::CHANNEL_TRANSMIT_POWER => Self::ChannelTransmitPower { channel, level: reader.u8()? },
            id::BROADCAST => Self::Data { channel, acknowledged: false, page: reader.take()? },
            id::ACKNOWLEDGED => Self::Data { channel, acknowledged: true, page: reader.take()? },
            id::BURST => Self::Burst(Burst::decode(channel, reader.take()?, Extended::default())),
            _ => return None,
        })
    }

    /// Writes the command's frame into `out` and returns its length; `None` if `out` is too short or the command is
    /// [`Command::Unknown`].
    pub fn encode(&self, out: &mut [u8]) -> Option<usize> {
        let mut write = |payload: &[u8]| frame::encode(self.id(), payload, out);
        match *self {
            Self::Reset | Self::OpenScan { sync_only: None } => write(&[0]),
            Self::Unassign { channel } | Self::Open { channel } | Self::Close { channel } => write(&[channel]),
            Self::LibConfig { flags: value } | Self::TransmitPower { level: value } => write(&[0, value]),
            Self::ExtendedReceive { on: yes } | Self::OpenScan { sync_only: Some(yes) } => write(&[0, yes.into()]),
            Self::Request { channel, wanted: value }
            | Self::Frequency { channel, frequency: value }
            | Self::SearchTimeout { channel, timeout: value }
            | Self::LowSearchTimeout { channel, timeout: value }
            | Self::Proximity { channel, threshold: value }
            | Self::SearchPriority { channel, priority: value }
            | Self::SearchSharing { channel, cycles: value }
            | Self::ChannelTransmitPower { channel, level: value } => write(&[channel, value]),
            Self::Period { channel, period } => {
                let [low, high] = period.to_le_bytes();
                write(&[channel, low, high])
            }
            Self::Assign { channel, kind, network, extended: None } => write(&[channel, kind, network]),
            Self::Assign { channel, kind, network, extended: Some(bits) } => write(&[channel, kind, network, bits]),
            Self::ListConfig { channel, size, exclude } => write(&[channel, size, exclude.into()]),
            Self::ChannelId { channel, channel_id } => {
                let [a, b, c, d] = channel_id.to_bytes();
                write(&[channel, a, b, c, d])
            }
            Self::ListAdd { channel, channel_id, index } => {
                let [a, b, c, d] = channel_id.to_bytes();
                write(&[channel, a, b, c, d, index])
            }
            Self::NetworkKey { network: first, key: [a, b, c, d, e, f, g, h] }
            | Self::Data { channel: first, page: [a, b, c, d, e, f, g, h], .. } => {
                write(&[first, a, b, c, d, e, f, g, h])
            }
            Self::Burst(burst) => Burst { extended: Extended::default(), ..burst }.encode(out),
            Self::Unknown { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::tests::{CAPTURED, frame_of};
    use super::super::frame::{MAX_FRAME, MAX_PAYLOAD};
    use super::*;
    use crate::wire::ant::pages::Profile;
    use crate::wire::tests::Xorshift;
    extern crate std;
    use std::vec::Vec;

    fn anybody(device_type: u8) -> ChannelId {
        ChannelId { number: 0, device_type, pairing: false, transmission: 0 }
    }

    /// What the host says in the captured frames, by its place in `CAPTURED`.
    fn captured_meanings() -> [(usize, Command); 14] {
        let listed = ChannelId { number: 0x3344, device_type: 0x78, pairing: false, transmission: 0x22 };
        [
            (0, Command::Reset),
            (2, Command::Request { channel: 0, wanted: id::CAPABILITIES }),
            (8, Command::ListAdd { channel: 2, channel_id: listed, index: 2 }),
            (14, Command::Assign { channel: 0, kind: channel_type::SLAVE, network: 0, extended: None }),
            (15, Command::ChannelId { channel: 0, channel_id: anybody(Profile::MUSCLE_OXYGEN.device_type) }),
            (16, Command::Period { channel: 0, period: Profile::MUSCLE_OXYGEN.period }),
            (17, Command::Frequency { channel: 0, frequency: crate::wire::ant::pages::FREQUENCY }),
            (18, Command::SearchTimeout { channel: 0, timeout: 0 }),
            (19, Command::LowSearchTimeout { channel: 0, timeout: 10 }),
            (20, Command::LibConfig { flags: 0xE0 }),
            (21, Command::Open { channel: 0 }),
            (22, Command::Close { channel: 0 }),
            (23, Command::Unassign { channel: 0 }),
            (24, Command::Request { channel: 0, wanted: id::CHANNEL_ID }),
        ]
    }

    #[test]
    fn every_frame_of_a_host_reads_and_writes() {
        for (index, command) in captured_meanings() {
            assert_eq!(Command::decode(&frame_of(CAPTURED[index])), command, "frame {index}");
            assert_eq!(written(command), CAPTURED[index], "frame {index}");
        }
    }

    #[test]
    fn the_time_is_sent_as_an_acknowledged_page() {
        let page = [0x10, 0x00, 0xFF, 0x04, 0x00, 0xA5, 0xB6, 0x3F];
        let bytes = [0xA4, 0x09, 0x4F, 0x00, 0x10, 0x00, 0xFF, 0x04, 0x00, 0xA5, 0xB6, 0x3F, 0x25];
        let command = Command::Data { channel: 0, acknowledged: true, page };
        assert_eq!(Command::decode(&frame_of(&bytes)), command);
        assert_eq!(written(command), bytes);
    }

    fn written(command: Command) -> Vec<u8> {
        let mut out = [0; MAX_FRAME];
        let size = command.encode(&mut out).unwrap();
        for room in 0..size {
            assert_eq!(command.encode(&mut [0; MAX_FRAME][..room]), None, "{command:?}");
        }
        out[..size].to_vec()
    }

    /// One of each, with bytes that would be seen in the wrong place.
    fn one_of_each() -> Vec<Command> {
        let channel = 3;
        let channel_id = ChannelId { number: 0xBEEF, device_type: 31, pairing: true, transmission: 0x51 };
        let mut all = Vec::from([
            Command::Reset,
            Command::Request { channel, wanted: id::CHANNEL_STATUS },
            Command::NetworkKey { network: 1, key: [0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77] },
            Command::Unassign { channel },
            Command::ChannelId { channel, channel_id },
            Command::Period { channel, period: 0x1234 },
            Command::Frequency { channel, frequency: 57 },
            Command::SearchTimeout { channel, timeout: TIMEOUT_NEVER },
            Command::LowSearchTimeout { channel, timeout: 12 },
            Command::LibConfig { flags: 0x80 },
            Command::Open { channel },
            Command::Close { channel },
            Command::Proximity { channel, threshold: 10 },
            Command::ListAdd { channel, channel_id, index: 1 },
            Command::SearchPriority { channel, priority: 7 },
            Command::SearchSharing { channel, cycles: 2 },
            Command::TransmitPower { level: 4 },
            Command::ChannelTransmitPower { channel, level: 3 },
            Command::OpenScan { sync_only: None },
        ]);
        for yes in [false, true] {
            let extended = yes.then_some(extended_assignment::BACKGROUND_SCAN);
            all.extend([
                Command::Assign { channel, kind: channel_type::SLAVE_RECEIVE_ONLY, network: 1, extended },
                Command::ExtendedReceive { on: yes },
                Command::OpenScan { sync_only: Some(yes) },
                Command::ListConfig { channel, size: 2, exclude: yes },
                Command::Data { channel, acknowledged: yes, page: [1, 2, 3, 4, 5, 6, 7, 8] },
                Command::Burst(Burst {
                    channel,
                    sequence: 2,
                    last: yes,
                    data: [8, 7, 6, 5, 4, 3, 2, 1],
                    extended: Extended::default(),
                }),
            ]);
        }
        all
    }

    #[test]
    fn what_is_written_is_read_back_and_what_is_cut_short_is_unknown() {
        for command in one_of_each() {
            let bytes = written(command);
            let frame = frame_of(&bytes);
            assert_eq!((frame.id, Command::decode(&frame)), (command.id(), command));
            for len in 1..frame.payload().len() {
                let cut = Command::decode(&Frame::new(frame.id, &frame.payload()[..len]).unwrap());
                // What may be left out leaves another command; everything else is no command at all.
                match cut {
                    Command::Assign { extended: None, .. } if len == 3 => {}
                    Command::OpenScan { sync_only: None } => {}
                    Command::Unknown { id } => assert_eq!(id, command.id()),
                    other => panic!("{command:?} cut to {len} is {other:?}"),
                }
            }
        }
    }

    #[test]
    fn ids_of_messages_that_a_host_never_sends_are_unknown() {
        let known: Vec<u8> = one_of_each().iter().map(Command::id).collect();
        for id in 0..=255 {
            let command = Command::decode(&Frame::new(id, &[0; MAX_PAYLOAD]).unwrap());
            assert_eq!(command.id(), id);
            assert_eq!(command == Command::Unknown { id }, !known.contains(&id), "{id:02X}");
        }
        assert_eq!(Command::Unknown { id: 0x99 }.encode(&mut [0; MAX_FRAME]), None);
    }

    #[test]
    fn no_payload_can_break_the_decoder() {
        let mut random = Xorshift(0x5EED_0006);
        for id in 0..=255 {
            for len in 1..=MAX_PAYLOAD {
                for _ in 0..20 {
                    let mut payload = [0; MAX_PAYLOAD];
                    payload.fill_with(|| random.next() as u8);
                    let command = Command::decode(&Frame::new(id, &payload[..len]).unwrap());
                    let mut out = [0; MAX_FRAME];
                    if let Some(size) = command.encode(&mut out) {
                        assert_eq!(Command::decode(&frame_of(&out[..size])), command);
                    }
                }
            }
        }
    }
}
