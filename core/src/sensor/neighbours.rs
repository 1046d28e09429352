//! The sensors in the air, for people who pair: who is there, how near, what it says.
//!
//! Kept only while somebody looks, so a start line with two hundred riders costs nothing. A Moxy that speaks on both
//! radios tells its ANT number in its Bluetooth name and is one line.

use super::{Charge, Identity, Reading, Sensor};
use crate::time::{Duration, Instant};

/// The most lines; the one that was silent for longest gives way.
pub const MAX_NEIGHBOURS: usize = 16;
/// A sensor that is silent for this long is not there any more.
const GONE: Duration = Duration::from_s(30);

/// One sensor in the air.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Who, by the radio that it was first heard on.
    pub sensor: Sensor,
    /// The same sensor on the other radio.
    pub also: Option<Identity>,
    /// Signal strength, dBm, where the radio tells it in dBm.
    pub rssi_dbm: Option<i8>,
    /// What it measured last.
    pub reading: Option<Reading>,
    /// What it told of its battery.
    pub charge: Option<Charge>,
    /// When it was last heard.
    pub at: Instant,
}

impl Neighbour {
    /// Whether this is its name on either radio.
    pub fn is(&self, identity: Identity) -> bool {
        [Some(self.sensor.identity), self.also].into_iter().flatten().any(|name| name.is_same(identity))
    }
}

/// Those that were heard.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    list: heapless::Vec<Neighbour, MAX_NEIGHBOURS>,
}

impl Neighbours {
    /// Nobody.
    pub const fn new() -> Self {
        Self { list: heapless::Vec::new() }
    }

    /// Those that are there, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Neighbour> {
        self.list.iter()
    }

    /// A sensor was heard: whether it is new. `other` is its name on the other radio, where it tells.
    pub fn hear(
        &mut self,
        now: Instant,
        sensor: Sensor,
        other: Option<Identity>,
        rssi_dbm: Option<i8>,
        reading: Option<Reading>,
    ) -> bool {
        let known = self.list.iter_mut().find(|n| {
            n.sensor.kind == sensor.kind
                && [Some(n.sensor.identity), n.also]
                    .into_iter()
                    .flatten()
                    .any(|id| id.is_same(sensor.identity) || other.is_some_and(|other| id.is_same(other)))
        });
        if let Some(known) = known {
            if known.also.is_none() && !known.sensor.identity.is_same(sensor.identity) {
                known.also = Some(sensor.identity);
            }
            known.at = now;
            known.rssi_dbm = rssi_dbm.or(known.rssi_dbm);
            known.reading = reading.or(known.reading);
            return false;
        }
        if self.list.is_full()
            && let Some(at) = (0..self.list.len()).min_by_key(|&i| self.list.get(i).map(|n| n.at))
        {
            self.list.remove(at);
        }
        // There is room.
        let _ = self.list.push(Neighbour { sensor, also: other, rssi_dbm, reading, charge: None, at: now });
        true
    }

    /// One that was heard told of its battery.
    pub fn charge(&mut self, is_it: impl Fn(&Neighbour) -> bool, charge: Option<Charge>) {
        for known in self.list.iter_mut().filter(|it| is_it(it)) {
            known.charge = charge;
        }
    }

    /// Forgets those that have gone.
    pub fn second(&mut self, now: Instant) {
        self.list.retain(|n| now.since(n.at) < GONE);
    }

    /// Forgets everybody.
    pub fn clear(&mut self) {
        self.list.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sensor::SensorKind;

    fn ant(number: u16, transmission: u8) -> Sensor {
        Sensor { kind: SensorKind::MuscleOxygen, identity: Identity::Ant { number, transmission } }
    }

    fn ble(last: u8) -> Sensor {
        Sensor { kind: SensorKind::MuscleOxygen, identity: Identity::Ble { address: [1, 2, 3, 4, 5, last] } }
    }

    #[test]
    fn a_sensor_on_both_radios_is_one_line_whichever_is_heard_first() {
        let by_name = Some(Identity::Ant { number: 1234, transmission: 0 });
        let mut ant_first = Neighbours::new();
        assert!(ant_first.hear(Instant::ZERO, ant(1234, 5), None, None, None));
        assert!(!ant_first.hear(Instant::ZERO, ble(1), by_name, Some(-60), None));
        let mut ble_first = Neighbours::new();
        assert!(ble_first.hear(Instant::ZERO, ble(1), by_name, Some(-60), None));
        assert!(!ble_first.hear(Instant::ZERO, ant(1234, 5), None, None, None));
        for both in [&ant_first, &ble_first] {
            let [line] = both.iter().collect::<heapless::Vec<_, 4>>()[..] else { panic!("one line") };
            assert!(line.also.is_some());
        }
    }

    #[test]
    fn numbers_are_told_apart_by_kind_and_transmission_type() {
        let mut all = Neighbours::new();
        let power = Sensor { kind: SensorKind::Power, ..ant(7, 5) };
        for sensor in [ant(7, 5), ant(7, 0x15), power] {
            assert!(all.hear(Instant::ZERO, sensor, None, None, None));
        }
        assert_eq!(all.iter().count(), 3);
    }

    #[test]
    fn the_silent_give_way_and_are_forgotten() {
        let mut all = Neighbours::new();
        for n in 1..=40 {
            assert!(all.hear(Instant::from_ms(u64::from(n) * 100), ant(n, 5), None, None, None));
        }
        assert_eq!(all.iter().count(), MAX_NEIGHBOURS);
        assert!(all.iter().all(|n| n.at > Instant::from_ms(2400)));
        all.second(Instant::from_ms(40_000));
        assert_eq!(all.iter().count(), 0);
    }
}
