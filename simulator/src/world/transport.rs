//! How a sensor's samples come: when they are measured, when they are heard, and which are lost.
//!
//! Moxy: interval 2.011 s with SD 0.18 s, 0.7 % of the packets missed (two millisecond-stamped recordings of 40 min).
//! Train.Red: ten samples a second in bursts, a fifth of them sharing a time stamp, a pause of 0.5 to 1 s about every
//! 14 s, and one hole of 12 s in ten minutes (one recording of 20 min).

use super::random::Random;
use crate::scenario::SensorKind;

const MOXY_INTERVAL_MS: f64 = 2011.0;
const MOXY_INTERVAL_SD_MS: f64 = 180.0;
const MOXY_MISSED: f64 = 0.007;
const TRAIN_RED_INTERVAL_MS: u64 = 100;
const TRAIN_RED_SHARED_STAMP: f64 = 0.18;
/// 85 pauses in 12 000 samples.
const TRAIN_RED_PAUSE: f64 = 0.007;
const TRAIN_RED_PAUSE_MS: (f64, f64) = (500.0, 1000.0);
const TRAIN_RED_HOLE_MS: u64 = 12_000;
const TRAIN_RED_HOLE_EVERY_MS: u64 = 600_000;

/// A sample on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    /// When the sensor measured.
    pub(super) measured_ms: u64,
    /// When the head unit hears it; `None` if it does not.
    pub(super) heard_ms: Option<u64>,
    /// The sensor's event count.
    pub(super) count: u16,
}

/// An endless stream of packets, in the order of time.
#[derive(Clone, Debug)]
pub(super) struct Packets {
    kind: SensorKind,
    random: Random,
    /// Share of a Moxy's packets that is lost.
    missed: f64,
    next_ms: u64,
    count: u16,
    /// Train.Red: nothing is heard before this.
    held_until_ms: u64,
    /// Train.Red: where the hole of this ten minutes begins, and which ten minutes these are.
    hole_ms: u64,
    block: Option<u64>,
}

impl Packets {
    pub(super) fn new(kind: SensorKind, mut random: Random) -> Self {
        let first = match kind {
            SensorKind::Moxy => random.between(0.0, MOXY_INTERVAL_MS),
            SensorKind::TrainRed => random.between(0.0, TRAIN_RED_INTERVAL_MS as f64),
        };
        let count = random.between(0.0, 256.0) as u16;
        Self {
            kind,
            random,
            missed: MOXY_MISSED,
            next_ms: first as u64,
            count,
            held_until_ms: 0,
            hole_ms: 0,
            block: None,
        }
    }

    /// Loses this share of a Moxy's packets from now on. Packets come when they came.
    pub(super) fn set_missed(&mut self, share: f64) {
        self.missed = share;
    }

    /// The next packet.
    pub(super) fn advance(&mut self) -> Packet {
        let measured_ms = self.next_ms;
        self.count = self.count.wrapping_add(1);
        let heard_ms = match self.kind {
            SensorKind::Moxy => self.moxy(measured_ms),
            SensorKind::TrainRed => self.train_red(measured_ms),
        };
        Packet { measured_ms, heard_ms, count: self.count }
    }

    fn moxy(&mut self, measured_ms: u64) -> Option<u64> {
        // Four standard deviations either way: an interval stays positive and never looks like a missed packet.
        let deviation = self.random.normal().clamp(-4.0, 4.0);
        self.next_ms += (MOXY_INTERVAL_MS + MOXY_INTERVAL_SD_MS * deviation).round() as u64;
        if self.random.happens(self.missed) { None } else { Some(measured_ms) }
    }

    fn train_red(&mut self, measured_ms: u64) -> Option<u64> {
        self.next_ms += TRAIN_RED_INTERVAL_MS;
        let block = measured_ms / TRAIN_RED_HOLE_EVERY_MS;
        if self.block != Some(block) {
            self.block = Some(block);
            let latest = (TRAIN_RED_HOLE_EVERY_MS - TRAIN_RED_HOLE_MS) as f64;
            self.hole_ms = block * TRAIN_RED_HOLE_EVERY_MS + self.random.between(0.0, latest) as u64;
        }
        if self.random.happens(TRAIN_RED_PAUSE) {
            let pause = self.random.between(TRAIN_RED_PAUSE_MS.0, TRAIN_RED_PAUSE_MS.1);
            self.held_until_ms = self.held_until_ms.max(measured_ms + pause as u64);
        } else if self.random.happens(TRAIN_RED_SHARED_STAMP) {
            self.held_until_ms = self.held_until_ms.max(measured_ms + TRAIN_RED_INTERVAL_MS);
        }
        let in_hole = (self.hole_ms..self.hole_ms + TRAIN_RED_HOLE_MS).contains(&measured_ms);
        if in_hole { None } else { Some(self.held_until_ms.max(measured_ms)) }
    }
}
