//! Blocks of a ride log: filling one, finding them in bytes of whatever state, reading one.

use super::{Entry, HEADER_LEN, MAGIC, VERSION};
use crate::sensor::{Muscle, Reason, Side, Site, Value};
use crate::time::Instant;
use crate::units::{Smo2, Thb, ThbScale};
use core::fmt;
use crc::{CRC_32_ISO_HDLC, Crc, Table};

/// Bytes of a block before its payload.
pub const HEAD: usize = 16;
/// No block is longer, head and all.
pub const MAX_BLOCK: usize = 1024;
/// All lengths are multiples of this.
const ALIGN: usize = 4;

/// With a table of a kilobyte: whoever is switched on checks a block of each page.
static CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);
const MARK: [u8; 2] = *b"SB";

/// What a block holds. One of another kind is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Entries of a ride.
    Ride = 0,
    /// A piece of the input log: [`InputBlock`](super::InputBlock).
    Inputs = 1,
    /// What a head unit keeps besides rides: its settings, what it has learned.
    Kept = 2,
}
/// An entry that is no sample.
const OTHER: u8 = 0x80;
/// Room in a payload for the block's time and the number of entries, at their longest.
const START: usize = 10 + 3;
const SITES: usize = Muscle::ALL.len() * 2;

const VALUE: u8 = 0;
const VALUE_IN_SCALE: u8 = 1;
const VALUE_WITHOUT_THB: u8 = 2;
const REASON: u8 = 3;

/// Why bytes are no ride log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockError {
    /// They do not begin with [`MAGIC`].
    NotARideLog,
    /// They are of a later version.
    Version(u8),
}

impl fmt::Display for BlockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotARideLog => f.write_str("does not begin with SLINGRID"),
            Self::Version(v) => write!(f, "is a ride log of version {v}; this build reads up to {VERSION}"),
        }
    }
}

impl core::error::Error for BlockError {}

/// Checks a file's header; the blocks in the rest of it.
pub fn open(file: &[u8]) -> Result<Pieces<'_>, BlockError> {
    match file.split_first_chunk::<HEADER_LEN>() {
        Some(([magic @ .., version, _], rest)) if *magic == MAGIC => {
            if *version > VERSION {
                return Err(BlockError::Version(*version));
            }
            Ok(Pieces::new(rest))
        }
        _ => Err(BlockError::NotARideLog),
    }
}

/// What a site's last value in the block was: SmO2, tHb and its scale.
type Last = (u16, i16, Option<ThbScale>);
const NEVER: Last = (0, 0, None);

const fn place(site: Site) -> usize {
    site.muscle as usize * 2 + site.side as usize
}

/// A block that is being filled.
#[derive(Clone, Debug)]
pub struct Block {
    bytes: [u8; MAX_BLOCK],
    /// Bytes of entries; they stand after the longest start that a payload may have, until the block is sealed.
    filled: usize,
    count: u16,
    base: Instant,
    last: Instant,
    values: [Last; SITES],
}

/// The block has no room for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Block {
    const ENTRIES: usize = HEAD + START;

    /// One without entries.
    pub const fn new() -> Self {
        let (base, last) = (Instant::ZERO, Instant::ZERO);
        Self { bytes: [0; MAX_BLOCK], filled: 0, count: 0, base, last, values: [NEVER; SITES] }
    }

    /// Nothing is in it.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds what happened at `at`; a time before that of the entry before counts as that one. What does not fit is left
    /// out whole.
    pub fn push(&mut self, at: Instant, entry: &Entry) -> Result<(), Full> {
        if self.is_empty() {
            (self.base, self.last) = (at, at);
        }
        let at = at.max(self.last);
        let mut values = self.values;
        let from = Self::ENTRIES + self.filled;
        let room = self.bytes.get_mut(from..MAX_BLOCK - (ALIGN - 1)).ok_or(Full)?;
        let passed = at.since(self.last).as_ms();
        let n = write(entry, passed, &mut values, room).ok_or(Full)?;
        self.filled += n;
        self.count += 1;
        self.values = values;
        self.last = at;
        Ok(())
    }

    /// The block as it is stored, as number `number` of ride `ride`. Filling it goes on from nothing.
    pub fn seal(&mut self, ride: u16, number: u32) -> Sealed<'_> {
        let mut start = [0; START];
        let used = postcard::to_slice(&(self.base.as_ms(), self.count), &mut start).map_or(0, |used| used.len());
        let from = Self::ENTRIES - used;
        let payload = used + self.filled;
        let padded = payload.next_multiple_of(ALIGN);
        let end = from + padded;
        for (place, byte) in self.bytes.iter_mut().skip(from).zip(start.iter().take(used)) {
            *place = *byte;
        }
        if let Some(padding) = self.bytes.get_mut(from + payload..end) {
            padding.fill(0);
        }
        let whole = self.bytes.get_mut(from - HEAD..end).unwrap_or_default();
        (self.filled, self.count, self.values) = (0, 0, [NEVER; SITES]);
        Sealed::in_place(Kind::Ride, whole, ride, number)
    }
}

impl Default for Block {
    fn default() -> Self {
        Self::new()
    }
}

fn checksum(head: &[u8; 12], payload: &[u8]) -> u32 {
    let mut digest = CRC.digest();
    digest.update(head);
    digest.update(payload);
    digest.finalize()
}

/// A whole block with its checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed<'a> {
    /// As it is stored; a multiple of four.
    pub bytes: &'a [u8],
    /// The ride that it belongs to.
    pub ride: u16,
    /// Its number among all blocks of the head unit.
    pub number: u32,
}

impl<'a> Sealed<'a> {
    /// A block of `length` bytes, which stand in `bytes` after [`HEAD`]; what follows them up to a multiple of four becomes
    /// zeros, so that they have to say themselves where they end. `None` if there is no room for that.
    pub fn of(kind: Kind, bytes: &'a mut [u8; MAX_BLOCK], length: usize, ride: u16, number: u32) -> Option<Self> {
        let end = length.checked_next_multiple_of(ALIGN)?.checked_add(HEAD)?;
        bytes.get_mut(HEAD + length..end)?.fill(0);
        Some(Self::in_place(kind, bytes.get_mut(..end)?, ride, number))
    }

    /// Writes the head before a payload.
    fn in_place(kind: Kind, whole: &'a mut [u8], ride: u16, number: u32) -> Self {
        let [l0, l1] = (whole.len().saturating_sub(HEAD) as u16).to_le_bytes();
        let [r0, r1] = ride.to_le_bytes();
        let [n0, n1, n2, n3] = number.to_le_bytes();
        let head = [MARK[0], MARK[1], VERSION, kind as u8, l0, l1, r0, r1, n0, n1, n2, n3];
        if let Some((place, payload)) = whole.split_first_chunk_mut::<HEAD>() {
            let crc = checksum(&head, payload).to_le_bytes();
            place[..12].copy_from_slice(&head);
            place[12..].copy_from_slice(&crc);
        }
        Self { bytes: whole, ride, number }
    }

    /// Its bytes after the head, if it is of this kind.
    pub fn payload(&self, kind: Kind) -> Option<&'a [u8]> {
        self.bytes.get(HEAD..).filter(|_| self.bytes.get(3) == Some(&(kind as u8)))
    }

    /// The block that `bytes` begin with, if they do and it is whole.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
        let (said, crc) = head.split_first_chunk::<12>()?;
        let &[m0, m1, version, _kind, l0, l1, r0, r1, n0, n1, n2, n3] = said;
        let length = usize::from(u16::from_le_bytes([l0, l1]));
        if [m0, m1] != MARK || version > VERSION || length > MAX_BLOCK - HEAD || !length.is_multiple_of(ALIGN) {
            return None;
        }
        let payload = rest.get(..length)?;
        if crc != checksum(said, payload).to_le_bytes() {
            return None;
        }
        let (ride, number) = (u16::from_le_bytes([r0, r1]), u32::from_le_bytes([n0, n1, n2, n3]));
        Some(Self { bytes: bytes.get(..HEAD + length)?, ride, number })
    }

    /// What is in it.
    pub fn entries(&self) -> Entries<'a> {
        let payload = self.payload(Kind::Ride).unwrap_or_default();
        Entries { payload, cursor: Cursor::new(payload) }
    }
}

/// The entries of a block, each with its time. A block whose checksum is right and whose content this build does not know
/// ends early.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    payload: &'a [u8],
    cursor: Cursor,
}

impl Iterator for Entries<'_> {
    type Item = (Instant, Entry);

    fn next(&mut self) -> Option<(Instant, Entry)> {
        self.cursor.next(self.payload)
    }
}

/// How far the entries of a block are read, for who cannot borrow the block meanwhile.
#[derive(Clone, Debug)]
pub struct Cursor {
    at: usize,
    left: u16,
    last: Instant,
    values: [Last; SITES],
}

impl Cursor {
    /// After the last entry of any block.
    pub const END: Self = Self { at: 0, left: 0, last: Instant::ZERO, values: [NEVER; SITES] };

    /// At the first entry of this payload of a block of a ride.
    pub fn new(payload: &[u8]) -> Self {
        match postcard::take_from_bytes::<(u64, u16)>(payload) {
            Ok(((base, count), rest)) => {
                Self { at: payload.len() - rest.len(), left: count, last: Instant::from_ms(base), ..Self::END }
            }
            Err(_) => Self::END,
        }
    }

    /// The next entry of the same payload.
    pub fn next(&mut self, payload: &[u8]) -> Option<(Instant, Entry)> {
        self.left = self.left.checked_sub(1)?;
        let Some((passed, entry, rest)) = payload.get(self.at..).and_then(|rest| read(rest, &mut self.values)) else {
            self.left = 0;
            return None;
        };
        self.last = Instant::from_ms(self.last.as_ms().saturating_add(u64::from(passed)));
        self.at = payload.len() - rest.len();
        Some((self.last, entry))
    }
}

/// Bytes that no block could be read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where they begin, from the first byte that was looked at.
    pub offset: usize,
    /// How many they are.
    pub length: usize,
}

/// A piece of a ride log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A whole block.
    Block(Sealed<'a>),
    /// What stands between two, or after the last: a block that rotted, or was never finished.
    Damage(Damage),
}

/// The blocks in bytes, and what is damaged between them. Whatever the bytes are, it comes to their end.
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Pieces<'a> {
    /// From bytes that begin with a block.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let offset = self.at;
        let mut rest = self.bytes.get(offset..).filter(|rest| !rest.is_empty())?;
        loop {
            if let Some(block) = Sealed::read(rest) {
                if self.at > offset {
                    return Some(Piece::Damage(Damage { offset, length: self.at - offset }));
                }
                self.at += block.bytes.len();
                return Some(Piece::Block(block));
            }
            // A byte may have gone as well as have changed: every place is looked at.
            let Some((_, next)) = rest.split_first() else { break };
            rest = next;
            self.at += 1;
        }
        Some(Piece::Damage(Damage { offset, length: self.at - offset }))
    }
}

/// Writes an entry; its length, or `None` if there is no room.
fn write(entry: &Entry, passed: u32, values: &mut [Last; SITES], room: &mut [u8]) -> Option<usize> {
    let &Entry::Sample { site, ref reading } = entry else {
        return Some(postcard::to_slice(&(OTHER, passed, entry), room).ok()?.len());
    };
    let last = values.get_mut(place(site))?;
    let code = |form: u8| (place(site) as u8) << 2 | form;
    let used = match *reading {
        Err(reason) => postcard::to_slice(&(code(REASON), passed, reason), room),
        Ok(Value { smo2, thb }) => {
            let by = smo2.tenths().wrapping_sub(last.0).cast_signed();
            last.0 = smo2.tenths();
            match thb {
                None => postcard::to_slice(&(code(VALUE_WITHOUT_THB), passed, by), room),
                Some(Thb { hundredths, scale }) => {
                    let thb_by = hundredths.wrapping_sub(last.1);
                    let known = last.2 == Some(scale);
                    (last.1, last.2) = (hundredths, Some(scale));
                    if known {
                        postcard::to_slice(&(code(VALUE), passed, by, thb_by), room)
                    } else {
                        postcard::to_slice(&(code(VALUE_IN_SCALE), passed, by, thb_by, scale), room)
                    }
                }
            }
        }
    };
    Some(used.ok()?.len())
}

/// The entry that `bytes` begin with, the time that it took, and what follows it.
fn read<'a>(bytes: &'a [u8], values: &mut [Last; SITES]) -> Option<(u32, Entry, &'a [u8])> {
    fn take<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Option<(T, &'a [u8])> {
        postcard::take_from_bytes(bytes).ok()
    }
    let ((code, passed), rest) = take::<(u8, u32)>(bytes)?;
    if code >= OTHER {
        let (entry, rest) = take::<Entry>(rest)?;
        return (code == OTHER).then_some((passed, entry, rest));
    }
    let which = usize::from(code >> 2);
    let side = if which % 2 == 0 { Side::Left } else { Side::Right };
    let site = Site::new(*Muscle::ALL.get(which / 2)?, side);
    let last = values.get_mut(which)?;
    let form = code & 3;
    if form == REASON {
        let (reason, rest) = take::<Reason>(rest)?;
        return Some((passed, Entry::Sample { site, reading: Err(reason) }, rest));
    }
    let (by, mut rest) = take::<i16>(rest)?;
    last.0 = last.0.wrapping_add_signed(by);
    let smo2 = Smo2::from_tenths(last.0)?;
    let mut thb = None;
    if form != VALUE_WITHOUT_THB {
        let (thb_by, more) = take::<i16>(rest)?;
        rest = more;
        last.1 = last.1.wrapping_add(thb_by);
        if form == VALUE_IN_SCALE {
            let (scale, more) = take::<ThbScale>(rest)?;
            rest = more;
            last.2 = Some(scale);
        }
        thb = Some(Thb { hundredths: last.1, scale: last.2? });
    }
    Some((passed, Entry::Sample { site, reading: Ok(Value { smo2, thb }) }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head_unit::Event;
    use crate::log::ride::Life;
    extern crate std;
    use std::vec::Vec;

    const CALF: Site = Site::new(Muscle::GastrocnemiusMedialis, Side::Right);

    fn sample(tenths: u16) -> Entry {
        let smo2 = Smo2::from_tenths(tenths).expect("at most 100 %");
        Entry::Sample { site: CALF, reading: Ok(Value { smo2, thb: None }) }
    }

    #[test]
    fn a_block_takes_entries_until_it_is_full_and_keeps_them() {
        let (mut block, mut pushed) = (Block::new(), Vec::new());
        for i in 0..u64::MAX {
            let (at, entry) = (Instant::from_ms(i * 1000), sample((i * 37 % 1001) as u16));
            if block.push(at, &entry) == Err(Full) {
                break;
            }
            pushed.push((at, entry));
        }
        assert!(pushed.len() > 150, "{}", pushed.len());
        let sealed = block.seal(1, 2);
        assert!(sealed.bytes.len() <= MAX_BLOCK && sealed.bytes.len() > MAX_BLOCK - 24, "{}", sealed.bytes.len());
        assert_eq!(sealed.entries().collect::<Vec<_>>(), pushed);
        assert_eq!(Sealed::read(sealed.bytes), Some(sealed));
    }

    #[test]
    fn time_in_a_block_does_not_go_back_and_may_jump() {
        let mut block = Block::new();
        let times = [u64::MAX - 5, 3, u64::MAX].map(Instant::from_ms);
        for at in times {
            block.push(at, &Entry::Life(Life::Begun)).expect("there is room");
        }
        let read: Vec<_> = block.seal(0, 0).entries().map(|(at, _)| at.as_ms()).collect();
        assert_eq!(read, [u64::MAX - 5, u64::MAX - 5, u64::MAX]);
    }

    #[test]
    fn a_sealed_block_is_empty_again_and_remembers_nothing() {
        let mut block = Block::new();
        block.push(Instant::ZERO, &sample(700)).expect("there is room");
        let first = block.seal(1, 1).bytes.to_vec();
        assert!(block.is_empty());
        block.push(Instant::ZERO, &sample(700)).expect("there is room");
        assert_eq!(block.seal(1, 1).bytes, first);
    }

    #[test]
    fn whatever_the_bytes_are_they_come_to_their_end() {
        let mut block = Block::new();
        for i in 0..9 {
            block.push(Instant::from_ms(i * 100), &Entry::Event(Event::Lap { number: 2 })).expect("there is room");
        }
        let whole = block.seal(1, 1).bytes.to_vec();
        let mut state = 1_u32;
        for _ in 0..2000 {
            let mut bytes = [whole.as_slice(), &whole, &whole].concat();
            for _ in 0..3 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = state as usize % bytes.len();
                match state >> 30 {
                    0 => bytes.truncate(at),
                    1 => drop(bytes.remove(at)),
                    2 => bytes.insert(at, (state >> 8) as u8),
                    _ => bytes[at] = (state >> 8) as u8,
                }
                if bytes.is_empty() {
                    break;
                }
            }
            let mut covered = 0;
            for piece in Pieces::new(&bytes) {
                covered += match piece {
                    Piece::Block(block) => {
                        assert_eq!(block.entries().count(), 9);
                        block.bytes.len()
                    }
                    Piece::Damage(damage) => {
                        assert_eq!(damage.offset, covered);
                        damage.length
                    }
                };
            }
            assert_eq!(covered, bytes.len());
        }
    }

    #[test]
    fn a_later_version_is_refused_by_its_number() {
        let mut file = crate::log::ride::header();
        file[8] = VERSION + 1;
        assert_eq!(open(&file).err(), Some(BlockError::Version(VERSION + 1)));
        assert_eq!(open(b"SLINGLOG..").err(), Some(BlockError::NotARideLog));
    }
}
