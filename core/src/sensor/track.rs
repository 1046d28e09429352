//! What one sensor is doing: which of its packets are samples, which samples are readings, and since when there is
//! nothing to show.
//!
//! A packet is not a sample: the event count tells, once it has been seen to move. A sample is not a reading: light and
//! numbers that are not muscle are no readings, and the same number for ever is none, whatever else it was called before.
//! A reading does not last: it is `stale` after 7 s and `no_data` after 30 s.

use super::belief::Belief;
use super::{Identity, Reading, Reason, Sample, Twins, Value};
use crate::time::{Duration, Instant};

/// A hole in the data is called stale after this long.
pub const STALE_AFTER: Duration = Duration::from_s(7);
/// A hole that has lasted this long is no data.
pub const NO_DATA_AFTER: Duration = Duration::from_s(30);
/// A BLE sensor that is not heard at all is lost after this long; an ANT sensor after [`STALE_AFTER`].
pub const BLE_LOST_AFTER: Duration = Duration::from_s(5);
/// Samples that are not believed hide the last good one after this long: two samples of a two-second sensor.
const DISBELIEVED_AFTER: Duration = Duration::from_ms(4500);
/// The same number for this long is no live number, at the radio's resolution of 0.1 %.
const STILL_FINE: Duration = Duration::from_s(30);
/// At a resolution of 1 % (on-board logs) a resting muscle can stand still for longer.
const STILL_COARSE: Duration = Duration::from_s(150);

/// What is known of one sensor.
#[derive(Clone, Copy, Debug)]
pub struct Track {
    identity: Identity,
    /// The radio that it is heard on: one sensor may speak on two, whose counts have nothing to do with each other.
    source: Identity,
    twins: Twins,
    last_count: Option<u16>,
    /// When anything was heard, a repeat included.
    heard_at: Option<Instant>,
    /// When the last new sample came; before the first, since when one is waited for.
    sampled_at: Option<Instant>,
    valid: Option<(Instant, Value)>,
    belief: Belief,
    /// The newest number, believed or not, and since when it has been the same.
    still: Option<(Instant, Value)>,
    /// Whether any value was finer than whole percents.
    fine: bool,
    /// Why the newest sample was no reading, and for how long the last good one stands all the same.
    fault: Option<(Reason, Duration)>,
    /// Heard by a radio of ours, so that silence means that it is lost; a host's samples only leave a hole.
    by_radio: bool,
    linked: bool,
}

/// A sensor's present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The value that stands, or why none does.
    pub reading: Reading,
    /// How old the newest good value is; `None` if there never was one.
    pub age: Option<Duration>,
}

impl Track {
    /// A sensor that is being looked for.
    pub const fn new(identity: Identity) -> Self {
        Self {
            identity,
            source: identity,
            twins: Twins::new(),
            last_count: None,
            heard_at: None,
            sampled_at: None,
            valid: None,
            belief: Belief::new(),
            still: None,
            fine: false,
            fault: None,
            by_radio: false,
            linked: true,
        }
    }

    /// Whose track this is.
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// Whether anything was ever heard.
    pub const fn was_heard(&self) -> bool {
        self.heard_at.is_some()
    }

    /// The name on the radio of ours that it is heard on; `None` if a host brings its samples.
    pub fn source(&self) -> Option<Identity> {
        self.by_radio.then_some(self.source)
    }

    /// The event count of the newest sample.
    pub const fn last_count(&self) -> Option<u16> {
        self.last_count
    }

    /// What comes next was heard by a radio of ours.
    pub fn set_by_radio(&mut self) {
        self.by_radio = true;
    }

    /// The radio says that the link to the sensor of this name is down. The next sample says that it is up.
    pub fn set_unlinked(&mut self, name: Identity) {
        self.linked &= name != self.source;
    }

    /// Takes what was heard at `now`. Returns the judged reading if it is a new sample, `None` if it is a repeat.
    ///
    /// `loaded` is false when the rider is known to be at rest.
    pub fn hear(&mut self, now: Instant, sample: &Sample, loaded: bool) -> Option<Reading> {
        if sample.identity != self.source {
            // The other radio's turn comes when this one is silent.
            if self.heard_at.is_some_and(|at| now.since(at) < lost_after(self.source)) {
                return None;
            }
            (self.source, self.last_count, self.twins) = (sample.identity, None, Twins::new());
        }
        let silent = self.heard_at.is_none_or(|at| now.since(at) >= STALE_AFTER);
        self.heard_at = Some(now);
        self.linked = true;
        let by_slots = self.by_radio && matches!(self.source, Identity::Ant { .. });
        if by_slots && !self.twins.belongs(now, sample.count as u8) || self.last_count == Some(sample.count) {
            return None;
        }
        let listened = self.last_count.replace(sample.count).is_some() && !silent;
        if by_slots && !listened && sample.reading.is_ok() {
            // Every slot repeats the newest sample, and nobody knows how old this number is. The next one is new.
            self.sampled_at.get_or_insert(now);
            return None;
        }
        self.sampled_at = Some(now);
        let reading = if self.twins.are_two(now) { Err(Reason::Ambiguous) } else { sample.reading };
        let judged = reading.and_then(|value| self.judge(now, value, loaded));
        self.fault = judged.err().map(|reason| {
            // One wild sample is passed over. The sensor's own word counts at once.
            let wild = reason == Reason::Implausible || reason == Reason::AmbientLight && reading.is_ok();
            (reason, if wild { DISBELIEVED_AFTER } else { Duration::ZERO })
        });
        if let Ok(value) = judged {
            self.fine |= value.smo2.tenths() % 10 != 0;
            self.valid = Some((now, value));
        }
        Some(judged)
    }

    fn judge(&mut self, now: Instant, value: Value, loaded: bool) -> Reading {
        let since = match self.still {
            Some((since, last)) if last == value => since,
            _ => now,
        };
        self.still = Some((since, value));
        let limit = if self.fine { STILL_FINE } else { STILL_COARSE };
        let stands = now.since(since) >= limit;
        match self.belief.judge(now, value, loaded) {
            // Zero and 100 % have been named for what they are.
            Err(Reason::Implausible) if stands && !matches!(value.smo2.tenths(), 0 | 1000) => Err(Reason::Stale),
            Ok(_) if stands => Err(Reason::Stale),
            reading => reading,
        }
    }

    /// What there is to show at `now`.
    pub fn status(&self, now: Instant) -> Status {
        Status { reading: self.reading(now), age: self.valid.map(|(at, _)| now.since(at)) }
    }

    fn reading(&self, now: Instant) -> Reading {
        let (Some(heard), Some(sampled)) = (self.heard_at, self.sampled_at) else {
            return Err(Reason::Searching);
        };
        let silent = now.since(heard);
        let gone = self.by_radio && silent >= lost_after(self.source);
        if gone || !self.linked {
            return Err(Reason::Lost);
        }
        let hole = now.since(sampled);
        if hole >= NO_DATA_AFTER {
            return Err(Reason::NoData);
        }
        if hole >= STALE_AFTER {
            return Err(Reason::Stale);
        }
        let Some((at, value)) = self.valid else {
            return Err(self.fault.map_or(Reason::Searching, |(reason, _)| reason));
        };
        match self.fault {
            Some((reason, stands)) if now.since(at) >= stands => Err(reason),
            _ => Ok(value),
        }
    }
}

/// The silence after which a sensor is lost on its radio.
const fn lost_after(source: Identity) -> Duration {
    match source {
        Identity::Ble { .. } => BLE_LOST_AFTER,
        Identity::Ant { .. } | Identity::Channel(_) => STALE_AFTER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Smo2;

    fn value(tenths: u16) -> Value {
        Value { smo2: Smo2::from_tenths(tenths).unwrap(), thb: None }
    }

    fn at(s: u64) -> Instant {
        Instant::from_ms(s * 1000)
    }

    fn feed(track: &mut Track, s: u64, count: u16, reading: Reading) -> Option<Reading> {
        let sample = Sample { identity: track.identity(), count, reading };
        track.hear(at(s), &sample, true)
    }

    fn fresh() -> Track {
        Track::new(Identity::Channel(0))
    }

    #[test]
    fn a_sensor_is_searched_for_until_it_is_heard() {
        assert_eq!(fresh().status(at(100)), Status { reading: Err(Reason::Searching), age: None });
    }

    #[test]
    fn a_repeat_of_the_event_count_is_no_sample_and_does_not_keep_a_reading_alive() {
        let mut track = fresh();
        assert!(feed(&mut track, 0, 7, Ok(value(500))).is_some());
        for s in 1..7 {
            assert_eq!(feed(&mut track, s, 7, Ok(value(500))), None);
            assert!(track.status(at(s)).reading.is_ok());
        }
        assert_eq!(track.status(at(7)).reading, Err(Reason::Stale));
        assert_eq!(track.status(at(30)).reading, Err(Reason::NoData));
    }

    #[test]
    fn a_sensor_on_our_radio_that_falls_silent_is_lost_in_its_radios_time() {
        for (identity, lost_s) in
            [(Identity::Ant { number: 1, transmission: 5 }, 7), (Identity::Ble { address: [1; 6] }, 5)]
        {
            let mut track = Track::new(identity);
            track.set_by_radio();
            feed(&mut track, 0, 0, Ok(value(500)));
            feed(&mut track, 0, 1, Ok(value(500)));
            assert!(track.status(at(lost_s - 1)).reading.is_ok());
            assert_eq!(track.status(at(lost_s)).reading, Err(Reason::Lost));
        }
    }

    #[test]
    fn a_page_that_stood_before_anybody_listened_is_no_sample() {
        let mut track = Track::new(Identity::Ant { number: 1, transmission: 5 });
        track.set_by_radio();
        assert_eq!(feed(&mut track, 0, 7, Ok(value(500))), None);
        assert_eq!(track.status(at(6)), Status { reading: Err(Reason::Searching), age: None });
        assert_eq!(feed(&mut track, 7, 7, Ok(value(500))), None);
        assert_eq!(track.status(at(7)).reading, Err(Reason::Stale));
        assert_eq!(feed(&mut track, 30, 7, Ok(value(500))), None);
        assert_eq!(track.status(at(30)).reading, Err(Reason::NoData), "heard anew");
        assert_eq!(feed(&mut track, 31, 8, Ok(value(510))), Some(Ok(value(510))));
        assert_eq!(track.status(at(31)).reading, Ok(value(510)));
        // Away for a while: the page it comes back with may have stood since.
        assert_eq!(feed(&mut track, 45, 12, Ok(value(530))), None);
        assert_eq!(track.status(at(45)).reading, Err(Reason::Stale));
        assert_eq!(feed(&mut track, 46, 13, Ok(value(540))), Some(Ok(value(540))));
        // Only a number can be too old.
        assert_eq!(feed(&mut track, 60, 20, Err(Reason::AmbientLight)), Some(Err(Reason::AmbientLight)));
        assert_eq!(track.status(at(60)).reading, Err(Reason::AmbientLight));
    }

    #[test]
    fn a_sensor_on_two_radios_is_heard_on_one_at_a_time() {
        let (ant, ble) = (Identity::Ant { number: 1234, transmission: 5 }, Identity::Ble { address: [1; 6] });
        let mut track = Track::new(ant);
        track.set_by_radio();
        let mut hear = |s, identity, count, tenths| {
            track.hear(at(s), &Sample { identity, count, reading: Ok(value(tenths)) }, true)
        };
        assert!(hear(0, ant, 6, 500).is_none());
        assert!(hear(0, ant, 7, 500).is_some());
        // The same measurement by the other radio, under another count, is no new sample.
        assert_eq!(hear(0, ble, 1700, 500), None);
        assert!(hear(2, ant, 8, 510).is_some());
        assert_eq!(hear(3, ble, 1701, 510), None);
        assert!(hear(10, ble, 1705, 520).is_some());
        assert_eq!(hear(11, ant, 12, 520), None);
        assert!(hear(12, ble, 1706, 530).is_some());
        track.set_unlinked(ant);
        assert_eq!(track.status(at(12)).reading, Ok(value(530)));
        track.set_unlinked(ble);
        assert_eq!(track.status(at(12)).reading, Err(Reason::Lost));
    }

    #[test]
    fn two_sensors_under_one_number_give_no_reading() {
        let mut track = Track::new(Identity::Ant { number: 1, transmission: 5 });
        track.set_by_radio();
        for i in 0..40_u64 {
            let (count, tenths) = if i % 2 == 0 { (i / 8, 500) } else { (100 + i / 8, 700) };
            let sample = Sample { identity: track.identity(), count: count as u16, reading: Ok(value(tenths)) };
            let judged = track.hear(Instant::from_ms(i * 250), &sample, true);
            assert!(judged.is_none_or(|reading| reading != Ok(value(700))), "another sensor's sample");
        }
        assert_eq!(track.status(at(10)).reading, Err(Reason::Ambiguous));
    }

    #[test]
    fn the_sensors_own_words_count_at_once_and_a_good_value_ends_them() {
        for reason in [Reason::AmbientLight, Reason::Invalid] {
            let mut track = fresh();
            feed(&mut track, 0, 1, Ok(value(500)));
            feed(&mut track, 2, 2, Err(reason));
            assert_eq!(track.status(at(2)).reading, Err(reason));
            feed(&mut track, 4, 3, Ok(value(510)));
            assert_eq!(track.status(at(4)).reading, Ok(value(510)));
        }
    }

    #[test]
    fn one_zero_is_passed_over_but_zeros_are_said_within_five_seconds() {
        for silly in [0, 1000, 53] {
            let mut track = fresh();
            feed(&mut track, 0, 1, Ok(value(530)));
            assert_eq!(feed(&mut track, 2, 2, Ok(value(silly))), Some(Err(Reason::Implausible)));
            assert_eq!(track.status(at(2)).reading, Ok(value(530)), "{silly}");
            feed(&mut track, 4, 3, Ok(value(silly)));
            assert_eq!(track.status(at(5)).reading, Err(Reason::Implausible), "{silly}");
            feed(&mut track, 6, 4, Ok(value(525)));
            assert_eq!(track.status(at(6)).reading, Ok(value(525)));
        }
    }

    #[test]
    fn ninety_five_percent_is_light_under_load_and_possible_at_rest() {
        let sample = Sample { identity: Identity::Channel(0), count: 1, reading: Ok(value(960)) };
        assert_eq!(fresh().hear(at(0), &sample, true), Some(Err(Reason::AmbientLight)));
        assert_eq!(fresh().hear(at(0), &sample, false), Some(Ok(value(960))));
    }

    #[test]
    fn the_same_number_for_ever_is_stale_and_coarse_logs_get_more_time() {
        for (tenths, first, limit_s) in [(58, 57, 30), (580, 570, 150)] {
            let mut track = fresh();
            feed(&mut track, 0, 0, Ok(value(first)));
            let mut said_s = None;
            for s in 1..200 {
                feed(&mut track, s, s as u16, Ok(value(tenths)));
                if track.status(at(s)).reading == Err(Reason::Stale) {
                    said_s = said_s.or(Some(s));
                }
            }
            assert_eq!(said_s, Some(limit_s + 1));
            feed(&mut track, 200, 200, Ok(value(tenths + 1)));
            assert!(track.status(at(200)).reading.is_ok());
        }
    }

    #[test]
    fn a_number_that_was_not_believed_is_never_believed_for_standing_still() {
        let mut track = fresh();
        for s in 0..10 {
            feed(&mut track, s, s as u16, Ok(value(530 + (s % 3) as u16)));
        }
        let mut said: heapless::Vec<Reason, 4> = heapless::Vec::new();
        for s in 10..3000 {
            feed(&mut track, s, s as u16, Ok(value(53)));
            if let Err(reason) = track.status(at(s)).reading
                && said.last() != Some(&reason)
            {
                said.push(reason).unwrap();
            }
            assert!(s < 20 || track.status(at(s)).reading.is_err());
        }
        assert_eq!(said, [Reason::Implausible, Reason::Stale]);
    }

    #[test]
    fn one_bright_sample_is_passed_over_but_light_is_said_within_seven_seconds() {
        let mut track = fresh();
        feed(&mut track, 0, 1, Ok(value(530)));
        feed(&mut track, 2, 2, Ok(value(970)));
        assert_eq!(track.status(at(2)).reading, Ok(value(530)));
        feed(&mut track, 4, 3, Ok(value(970)));
        assert_eq!(track.status(at(5)).reading, Err(Reason::AmbientLight));
    }
}
