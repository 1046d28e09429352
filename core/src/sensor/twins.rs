//! Two sensors under one number: told by event counts that jump to and fro.
//!
//! One sensor's count goes up by one for each sample, so it can be ahead by no more than the time allows. A count that
//! jumps is held back until it goes on from there (the sensor was restarted) or the old sequence is heard again (there
//! are two, or a damaged packet got through). What is held back costs a restarted sensor one sample and nobody else any.
//! Three returns of the old sequence in half a minute are two sensors: nobody can say which of them is the rider's.

use crate::time::{Duration, Instant};

/// The shortest interval between samples of the ANT+ profile.
const SHORTEST_INTERVAL_MS: u32 = 250;
/// Samples that a sensor may be ahead of its interval.
const AHEAD: u32 = 2;
/// Returns of the old sequence that are two sensors, and within which time.
const CLASHES: u8 = 3;
const CLASH_TIME: Duration = Duration::from_s(30);

/// Watches the event counts that arrive under one number; they wrap at 256.
#[derive(Clone, Copy, Debug, Default)]
pub struct Twins {
    last: Option<(u8, Instant)>,
    /// A count that jumped.
    jumped: Option<(u8, Instant)>,
    clashes: u8,
    clash_at: Option<Instant>,
}

impl Twins {
    /// Nothing heard.
    pub const fn new() -> Self {
        Self { last: None, jumped: None, clashes: 0, clash_at: None }
    }

    /// Whether a packet with this count belongs to the sequence.
    pub fn belongs(&mut self, now: Instant, count: u8) -> bool {
        let Some(last) = self.last else {
            self.last = Some((count, now));
            return true;
        };
        // A count that was held back and stands does not become a sample by the time that passes.
        let stands = self.jumped.is_some_and(|jumped| jumped.0 == count);
        if follows(last, now, count) && !stands {
            if self.jumped.take().is_some() {
                self.clash(now);
            }
            if last.0 != count {
                self.last = Some((count, now));
            }
            return true;
        }
        let goes_on = self.jumped.is_some_and(|jumped| jumped.0 != count && follows(jumped, now, count));
        if goes_on {
            (self.last, self.jumped) = (Some((count, now)), None);
            return true;
        }
        if !stands {
            self.jumped = Some((count, now));
        }
        false
    }

    /// Whether two sensors are heard under this number.
    pub fn are_two(&self, now: Instant) -> bool {
        self.clashes >= CLASHES && self.clash_at.is_some_and(|at| now.since(at) < CLASH_TIME)
    }

    fn clash(&mut self, now: Instant) {
        if self.clash_at.is_none_or(|at| now.since(at) >= CLASH_TIME) {
            self.clashes = 0;
        }
        self.clashes = self.clashes.saturating_add(1);
        self.clash_at = Some(now);
    }
}

/// Whether one sensor that had `count` then can have `next` now.
fn follows((count, then): (u8, Instant), now: Instant, next: u8) -> bool {
    let samples = now.since(then).as_ms() / SHORTEST_INTERVAL_MS + AHEAD;
    u32::from(next.wrapping_sub(count)) <= samples
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds packets at 4 Hz; how many belonged, and whether two were told at any time.
    fn feed(counts: impl Iterator<Item = u8>) -> (usize, bool) {
        let (mut twins, mut belonged, mut two) = (Twins::new(), 0, false);
        for (i, count) in counts.enumerate() {
            let now = Instant::from_ms(i as u64 * 250);
            belonged += usize::from(twins.belongs(now, count));
            two |= twins.are_two(now);
        }
        (belonged, two)
    }

    #[test]
    fn one_sensor_belongs_whatever_its_interval() {
        for packets_a_sample in [1, 2, 4, 8] {
            assert_eq!(feed((0..4000).map(|i| (i / packets_a_sample) as u8)), (4000, false));
        }
    }

    #[test]
    fn a_restarted_sensor_costs_one_sample() {
        // Eight packets with one count are a sample of a two-second sensor.
        let counts = (0..80).map(|i| 200 + (i / 8) as u8).chain((0..80).map(|i| (i / 8) as u8));
        assert_eq!(feed(counts), (80 + 72, false));
    }

    #[test]
    fn a_count_that_stands_after_another_sensor_has_gone_does_not_belong_until_it_moves() {
        let other = (0..80).map(|i| 10 + (i / 8) as u8);
        let counts = other.chain((0..400).map(|_| 60)).chain((0..80).map(|i| 61 + (i / 8) as u8));
        assert_eq!(feed(counts), (80 + 80, false));
    }

    #[test]
    fn two_sensors_under_one_number_are_told_and_one_sequence_is_followed() {
        let counts = (0..400).map(|i| if i % 2 == 0 { (i / 8) as u8 } else { 100 + (i / 8) as u8 });
        let (belonged, two) = feed(counts);
        assert!(two);
        assert_eq!(belonged, 200);
    }

    #[test]
    fn a_damaged_count_is_passed_over() {
        let counts = (0..4000).map(|i| if i % 500 == 250 { 77 } else { (i / 8) as u8 });
        let (belonged, two) = feed(counts);
        assert!(belonged >= 3992 && !two, "{belonged}");
    }

    #[test]
    fn two_are_one_again_half_a_minute_after_the_other_has_gone() {
        let mut twins = Twins::new();
        let mut told_until_s = 0;
        for i in 0..1200_u32 {
            let now = Instant::from_ms(u64::from(i) * 250);
            let other = i % 2 == 1 && i < 200;
            twins.belongs(now, if other { 150 } else { (i / 8) as u8 });
            if twins.are_two(now) {
                told_until_s = i / 4;
            }
        }
        assert!((75..=85).contains(&told_until_s), "{told_until_s}");
    }
}
