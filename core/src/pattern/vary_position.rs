//! A nudge to move: the rider has sat in one posture for long, and calf and thigh share the work less and less as before.
//!
//! **Claim.** None about the muscles. Practitioners have riders vary their position, and cramp comes to who sits still;
//! so this is said softly, at most once in as long as the rider has set (20 min), and is no alert.
//!
//! **Method.** No change of posture for that long, and D drifts: a least-squares slope over 10 min until 2 min ago (a value each
//! 30 s) of at least 2.6 times what the pair's own noise makes of one, and 4 points or more over the window. D is taken
//! with the drift that the baselines have followed, or a slow one would not show in it. Quiet while D is not shown
//! (learning, standing, coasting, without a reading) and while an alert stands.
//!
//! **Delay.** 12 min of D. **Blind spots.** Drift under 0.4 points a minute is not told from the natural one, of which a
//! part is told. Without a posture from a sensor or a button the rider is taken to sit still.

use crate::math;
use crate::time::{Duration, Instant};

/// D is as shown, a mean of 30 s, and taken so often.
const EVERY: Duration = Duration::from_s(30);
const VALUES: usize = 20;
/// The newest 2 min are not judged yet: a sudden change is an alert's to tell, and it comes first.
const LATEST: usize = 4;
const FEWEST: usize = 16;
/// Standard deviations of a slope.
const SURENESS: f32 = 2.6;
/// The least change over the window, points.
const LEAST_CHANGE: f32 = 4.0;

/// Watches one rider.
#[derive(Clone, Copy, Debug)]
pub struct VaryPosition {
    still_since: Option<Instant>,
    nudged_at: Option<Instant>,
    taken_at: Option<Instant>,
    values: [Option<f32>; VALUES + LATEST],
}

impl VaryPosition {
    /// Nothing seen yet.
    pub const fn new() -> Self {
        Self { still_since: None, nudged_at: None, taken_at: None, values: [None; VALUES + LATEST] }
    }

    /// The rider has sat down or stood up, or another leg's D is to be watched from here on.
    pub const fn moved(&mut self, now: Instant) {
        self.still_since = Some(now);
    }

    /// What was seen of D is another pair's.
    pub const fn forget(&mut self) {
        self.values = [None; VALUES + LATEST];
    }

    /// Some time passes, with D as shown and half the width of its normal band, if it is shown. True: nudge. To sit still
    /// for `still` is long, and so long it is between nudges.
    pub fn look(&mut self, now: Instant, shown: Option<(f32, f32)>, still: Duration) -> bool {
        let still_since = *self.still_since.get_or_insert(now);
        if self.taken_at.is_some_and(|at| now.since(at) < EVERY) {
            return false;
        }
        self.taken_at = Some(now);
        math::shift_in(&mut self.values, shown.map(|(d, _)| d));
        let long = |since: Instant| now.since(since) >= still;
        let due = long(still_since) && self.nudged_at.is_none_or(long);
        let nudge = due && shown.is_some_and(|(_, normal)| self.drifts(normal));
        if nudge {
            self.nudged_at = Some(now);
        }
        nudge
    }

    /// Whether the values have a trend beyond noise; the band is two standard deviations of a value.
    fn drifts(&self, normal: f32) -> bool {
        let at = |i: usize| i as f32 - (VALUES - 1) as f32 / 2.0;
        let seen = || self.values.iter().take(VALUES).enumerate().filter_map(|(i, d)| Some((at(i), (*d)?)));
        let n = seen().count();
        if n < FEWEST {
            return false;
        }
        let (t, d) = seen().fold((0.0, 0.0), |(t, d), value| (t + value.0, d + value.1));
        let (t, d) = (t / n as f32, d / n as f32);
        let (spread, along) = seen().fold((0.0, 0.0), |(spread, along), value| {
            (spread + (value.0 - t) * (value.0 - t), along + (value.0 - t) * (value.1 - d))
        });
        let slope = libm::fabsf(along / spread);
        let noise = SURENESS * normal / 2.0;
        slope * libm::sqrtf(spread) >= noise && slope * VALUES as f32 >= LEAST_CHANGE
    }
}

impl Default for VaryPosition {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::vec::Vec;

    /// Minutes at which a ride is nudged: seated, but for `moved` minutes, D as given.
    fn nudges(minutes: u64, moved: &[u64], d: impl Fn(f32) -> Option<f32>) -> Vec<u64> {
        nudges_after(20, minutes, moved, d)
    }

    fn nudges_after(still: u32, minutes: u64, moved: &[u64], d: impl Fn(f32) -> Option<f32>) -> Vec<u64> {
        let mut watch = VaryPosition::new();
        let mut told = Vec::new();
        for s in (0..minutes * 60).step_by(5) {
            let now = Instant::from_ms(s * 1000);
            if moved.iter().any(|minute| minute * 60 == s) {
                watch.moved(now);
            }
            if watch.look(now, d(s as f32 / 60.0).map(|d| (d, 5.0)), Duration::from_s(60 * still)) {
                told.push(s / 60);
            }
        }
        told
    }

    #[test]
    fn who_sits_still_while_d_drifts_is_nudged_once_in_twenty_minutes() {
        for down in [1.0, -1.0] {
            assert_eq!(nudges(65, &[], |minute| Some(down * minute)), [20, 40, 60]);
        }
    }

    #[test]
    fn what_is_long_is_the_riders_choice() {
        assert_eq!(nudges_after(10, 45, &[], |minute| Some(-minute)), [10, 20, 30, 40]);
        assert_eq!(nudges_after(30, 65, &[], |minute| Some(-minute)), [30, 60]);
        assert_eq!(nudges_after(10, 24, &[6, 12], |minute| Some(-minute)), [22]);
    }

    #[test]
    fn a_change_of_posture_or_a_level_d_is_quiet() {
        assert_eq!(nudges(60, &[15, 30, 45], |minute| Some(-minute)), []);
        assert_eq!(nudges(60, &[], |_| Some(-1.0)), []);
        let wobble = |minute: f32| Some(if (minute as u32).is_multiple_of(2) { 2.0 } else { -2.0 });
        assert_eq!(nudges(60, &[], wobble), []);
    }

    #[test]
    fn nothing_is_said_while_d_is_not_shown_and_a_short_gap_is_bridged() {
        assert_eq!(nudges(60, &[], |minute| (minute < 15.0).then_some(-minute)), []);
        assert_eq!(nudges(30, &[], |minute| (!(17.0..18.0).contains(&minute)).then_some(-minute)), [20]);
    }
}
