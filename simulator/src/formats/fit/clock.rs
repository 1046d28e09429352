//! The ride's own time out of the time stamps of records.
//!
//! Zero is the first record. A clock that is set on the way (back by any span, or forward by more than a day) does not
//! move the ride: time stands still for that record and goes on from there.

use sling_core::time::{Duration, Instant};

/// A gap longer than this is a clock being set, not a pause.
const LONGEST_PAUSE_S: u32 = 24 * 3600;

/// How the recorder's clock jumped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Jump {
    /// Back, by so many seconds.
    Back(u32),
    /// Forward beyond any pause, by so many seconds.
    Forward(u32),
}

/// A record's time stamp and its place in the ride.
#[derive(Clone, Copy)]
struct Mark {
    stamp_s: u32,
    /// The greatest stamp so far, for finding times before the clock was last set.
    highest_s: u32,
    at: Instant,
}

/// Maps time stamps to the ride's time.
#[derive(Default)]
pub(super) struct Clock {
    marks: Vec<Mark>,
    /// The first mark since the clock was last set.
    since_jump: usize,
}

impl Clock {
    /// The time of a record; without a stamp it is the time of the record before.
    pub fn record(&mut self, stamp_s: Option<u32>) -> (Instant, Option<Jump>) {
        let Some(last) = self.marks.last().copied() else {
            if let Some(stamp_s) = stamp_s {
                self.marks.push(Mark { stamp_s, highest_s: stamp_s, at: Instant::ZERO });
            }
            return (Instant::ZERO, None);
        };
        let stamp_s = stamp_s.unwrap_or(last.stamp_s);
        let jump = match stamp_s.checked_sub(last.stamp_s) {
            None => Some(Jump::Back(last.stamp_s - stamp_s)),
            Some(forward) if forward > LONGEST_PAUSE_S => Some(Jump::Forward(forward)),
            Some(_) => None,
        };
        let at = if jump.is_some() { last.at } else { last.at + Duration::from_s(stamp_s - last.stamp_s) };
        if jump.is_some() {
            self.since_jump = self.marks.len();
        }
        self.marks.push(Mark { stamp_s, highest_s: last.highest_s.max(stamp_s), at });
        (at, jump)
    }

    /// The first record at or after a time stamp; the stretch since the clock was last set goes first.
    pub fn first_record_from(&self, stamp_s: u32) -> Option<Instant> {
        let recent = self.marks.get(self.since_jump..).unwrap_or_default();
        let in_recent = recent
            .first()
            .filter(|first| first.stamp_s <= stamp_s)
            .and_then(|_| recent.get(recent.partition_point(|mark| mark.stamp_s < stamp_s)));
        let mark = in_recent.or_else(|| self.marks.get(self.marks.partition_point(|mark| mark.highest_s < stamp_s)));
        mark.map(|mark| mark.at)
    }

    /// The time of something that stands between records: never before the record ahead of it.
    pub fn between_records(&self, stamp_s: u32) -> Instant {
        self.marks.last().map_or(Instant::ZERO, |last| match stamp_s.checked_sub(last.stamp_s) {
            Some(ahead) if ahead <= LONGEST_PAUSE_S => last.at + Duration::from_s(ahead),
            _ => last.at,
        })
    }

    /// The time of the latest record.
    pub fn now(&self) -> Option<Instant> {
        self.marks.last().map(|mark| mark.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(clock: &mut Clock, stamps: &[u32]) -> Vec<u64> {
        stamps.iter().map(|stamp| clock.record(Some(*stamp)).0.as_ms() / 1000).collect()
    }

    #[test]
    fn a_clock_set_on_the_way_does_not_move_the_ride() {
        let mut clock = Clock::default();
        assert_eq!(seconds(&mut clock, &[100, 101, 41, 42]), [0, 1, 1, 2]);
        assert_eq!(clock.record(Some(1_000_000_000)), (Instant::from_ms(2000), Some(Jump::Forward(999_999_958))));
        assert_eq!(clock.record(Some(1_000_003_600)), (Instant::from_ms(3_602_000), None), "an hour is a pause");
        assert_eq!(clock.record(Some(1_000_003_599)), (Instant::from_ms(3_602_000), Some(Jump::Back(1))));
    }

    #[test]
    fn laps_find_their_records_before_and_after_a_step() {
        let mut clock = Clock::default();
        seconds(&mut clock, &[100, 101, 102, 50, 51, 52]);
        assert_eq!(clock.first_record_from(101), Some(Instant::from_ms(1000)));
        assert_eq!(clock.first_record_from(51), Some(Instant::from_ms(3000)));
        assert_eq!(clock.first_record_from(49), Some(Instant::ZERO));
    }
}
