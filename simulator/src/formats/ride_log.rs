//! A head unit's ride log ([`sling_core::log::ride`]), as a recording and for export.
//!
//! What is damaged is passed over and said. Samples, context, posture, positions, markers and laps make the recording; the
//! alerts that the head unit gave are not part of it, because a replay finds its own.

use super::error::FormatError;
use super::{Channel, Item, Recording, Timed};
use sling_core::head_unit::Event;
use sling_core::log::ride::{self, Entry, MAGIC, Piece};
use sling_core::sensor::Site;
use sling_core::time::Instant;

/// Damaged places that are said one by one.
const DAMAGES_SAID: usize = 5;

/// Everything in a ride log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RideLog {
    /// The rides in it, in the order in which they were ridden.
    pub rides: Vec<StoredRide>,
    /// What is damaged, in words for the user.
    pub remarks: Vec<String>,
}

/// A ride of a log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredRide {
    /// Its number, which the head unit gave it.
    pub number: u16,
    /// What is kept of it, in the order of time.
    pub entries: Vec<(Instant, Entry)>,
}

impl RideLog {
    /// Whether bytes are a ride log, by how they begin.
    pub fn is(start: &[u8]) -> bool {
        start.starts_with(&MAGIC)
    }

    /// Reads a ride log.
    pub fn read(bytes: &[u8]) -> Result<Self, FormatError> {
        let pieces = ride::open(bytes)?;
        let mut log = Self::default();
        let (mut damages, mut missing, mut last) = (Vec::new(), 0, None);
        for piece in pieces {
            match piece {
                Piece::Block(block) => {
                    let expected: Option<u32> = last.map(|last: u32| last.wrapping_add(1));
                    missing += expected.map_or(0, |expected| block.number.saturating_sub(expected));
                    last = Some(block.number);
                    log.take(block.ride, block.entries());
                }
                Piece::Damage(damage) => damages.push((damage.offset + ride::HEADER_LEN, damage.length)),
            }
        }
        for (offset, length) in damages.iter().take(DAMAGES_SAID) {
            log.remarks.push(format!("{length} bytes from byte {offset} on are damaged and left out"));
        }
        if damages.len() > DAMAGES_SAID {
            log.remarks.push(format!("{} more places are damaged", damages.len() - DAMAGES_SAID));
        }
        if missing > 0 {
            let are = if missing == 1 { "block is" } else { "blocks are" };
            log.remarks.push(format!("{missing} {are} missing: what was kept of about as many seconds"));
        }
        Ok(log)
    }

    fn take(&mut self, number: u16, entries: impl Iterator<Item = (Instant, Entry)>) {
        if self.rides.last().is_none_or(|ride| ride.number != number) {
            self.rides.push(StoredRide { number, entries: Vec::new() });
        }
        let Some(ride) = self.rides.last_mut() else { return };
        for (at, entry) in entries {
            // Whatever clock was read: the file's order is the ride's.
            let at = ride.entries.last().map_or(at, |(last, _)| at.max(*last));
            ride.entries.push((at, entry));
        }
    }

    /// The ride of this number; without one, the only ride.
    pub fn ride(&self, number: Option<u16>) -> Result<&StoredRide, FormatError> {
        let numbers = || self.rides.iter().map(|ride| ride.number.to_string()).collect::<Vec<_>>().join(", ");
        match (number, self.rides.as_slice()) {
            (_, []) => Err(FormatError::NoRide),
            (None, [ride]) => Ok(ride),
            (None, _) => Err(FormatError::WhichRide { numbers: numbers() }),
            (Some(number), rides) => rides
                .iter()
                .find(|ride| ride.number == number)
                .ok_or_else(|| FormatError::NoSuchRide { number, numbers: numbers() }),
        }
    }
}

impl StoredRide {
    /// As a recording, in the ride's own time.
    pub fn recording(&self) -> Recording {
        let mut recording = Recording::default();
        // In the order of the roster; who gave no sample is no channel.
        let heard: Vec<Site> = self.entries.iter().filter_map(|(_, entry)| sample_site(entry)).collect();
        let worn = self.entries.iter().filter_map(|(_, entry)| match entry {
            Entry::Worn(worn) if heard.contains(&worn.site) => Some(worn.site),
            _ => None,
        });
        let mut sites: Vec<(Site, u16)> = Vec::new();
        for site in worn.chain(heard.iter().copied()) {
            if !sites.iter().any(|(it, _)| *it == site) {
                recording.channels.push(Channel { label: site.to_string(), site: Some(site) });
                sites.push((site, 0));
            }
        }
        for (at, entry) in &self.entries {
            let item = match entry {
                Entry::Sample { site, reading } => {
                    let Some(channel) = sites.iter().position(|(it, _)| it == site) else { continue };
                    let count = &mut sites[channel].1;
                    *count = count.wrapping_add(1);
                    Item::Sample { channel: channel as u8, count: *count, reading: *reading }
                }
                Entry::Context(context) => Item::Context(*context),
                Entry::Posture(posture) => Item::Posture(*posture),
                Entry::Event(Event::Position { label }) => Item::Position(label.clone()),
                Entry::Event(Event::Marker { label }) => Item::Marker(label.clone()),
                Entry::Event(Event::Lap { .. }) => Item::Lap,
                _ => continue,
            };
            recording.items.push(Timed { at: *at, item });
        }
        recording
    }
}

const fn sample_site(entry: &Entry) -> Option<Site> {
    match entry {
        Entry::Sample { site, .. } => Some(*site),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sling_core::log::ride::{Block, Life};

    #[test]
    fn one_of_several_rides_is_asked_for_by_its_number() {
        let (mut block, mut file) = (Block::new(), ride::header().to_vec());
        for (number, ride) in [(0, 4), (1, 4), (2, 5)] {
            block.push(Instant::from_ms(u64::from(number) * 1000), &Entry::Life(Life::Begun)).unwrap();
            file.extend_from_slice(block.seal(ride, number).bytes);
        }
        let log = RideLog::read(&file).unwrap();
        assert_eq!(log.ride(Some(4)).unwrap().entries.len(), 2);
        assert!(log.remarks.is_empty());
        let which = log.ride(None).unwrap_err().to_string();
        assert!(which.contains("rides 4, 5") && which.contains("--ride"), "{which}");
        assert!(log.ride(Some(6)).unwrap_err().to_string().contains("no ride 6; there are 4, 5"));
    }
}
