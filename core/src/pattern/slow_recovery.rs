//! Slow recovery: after an effort a muscle's SmO2 comes back more slowly than it did earlier in this ride.
//!
//! **Claim.** An observation: the half-time of reoxygenation has lengthened against this rider's own, after efforts of
//! like depth. Published half-times of vastus lateralis are 18 to 25 s; that of gastrocnemius varies by 10 to 11 % from
//! one measurement to the next (Southern 2014), and less than three times that is never told.
//!
//! **Method.** A recovery is a [rest](crate::signal::efforts) of 40 s or more, looked at for 150 s. What it would look like is
//! power through a delay and a first-order lag, for nine time constants from 6 to 96 s; the muscle's level before
//! and its course are fitted to each by least squares, with the level and gain free, and the best time constant lies at the
//! minimum of the misfit. How sharp that minimum is says how sure the time constant is: with v's noise about 20 % for a
//! fall of 20 to 35 points and two minutes of rest. Its logarithm goes to [`Usual`]. Standing, a missing
//! reading or a moved sensor spoils the one recovery, and one that is shallower or deeper than the usual ones is left out.
//!
//! **Delay.** Two recoveries at least. For a time constant that is 80 % longer, in simulated riders: two or three for the thigh,
//! told in eight of ten; four to six for the calf, whose falls are half as deep, told in three of ten
//! (`cargo run --release -p sling-simulator --example effort_figures`).
//! **Blind spots.** Riding without sharp ends of efforts, rests under 40 s, and the first four recoveries, which are the baseline. A
//! recovery that slows down little by little over hours becomes usual. Overshoot after hard efforts is read as a fast recovery.

use super::{Evidence, PatternKind, Place, Verdict};
use crate::math;
use crate::signal::usual::{Ask, Usual, seconds};
use crate::time::Instant;

/// The time constants that are tried, s, evenly on a logarithmic scale, and what a lag keeps of itself in a second.
const TAUS: usize = 9;
const LOG_STEP: f32 = 0.346_57;
const LOG_SHORTEST: f32 = 1.791_76;
const KEEPS: [f32; TAUS] =
    [0.846_482, 0.888_828, 0.920_044, 0.942_777, 0.959_189, 0.970_967, 0.979_382, 0.985_377, 0.989_637];
/// From power to the first answer of SmO2, with the sensor's two seconds and the median of three.
const DELAY_S: usize = 7;
/// A rest that is looked at lasts from here to here, seconds.
pub const SHORTEST_S: u16 = 40;
/// See [`SHORTEST_S`].
pub const LONGEST_S: u16 = 150;
/// The level before counts as so many seconds.
const LEVEL_S: f32 = 30.0;
/// Seconds with a value that make a level.
const FEWEST_S: u8 = 20;
const BLOCK_S: u8 = 30;
/// A shallower recovery says nothing, points of SmO2.
const LEAST_DEPTH: f32 = 8.0;
/// A muscle that was this empty has stood still at the bottom, and comes late from there, percent.
const EMPTY: f32 = 6.0;
/// Depths that are compared, as shares of the usual one.
const LIKE_DEPTH: core::ops::RangeInclusive<f32> = 0.65..=1.5;
/// So many unlike ones in a row begin another baseline.
const ANOTHER_KIND: u8 = 3;
/// Variance of what a fit leaves, %²: that of v at SD 1.9, and how many recoveries that is worth against what is seen.
const USUAL_VARIANCE: f32 = 3.6;
const TRUST: f32 = 2.0;
/// Seconds of v that are worth one of independent values: its autocorrelation's sum is 26.
const MEMORY_S: f32 = 22.0;
/// A time constant that is less sure than this says nothing (variance of its logarithm).
const MOST_VARIANCE: f32 = 0.5;
/// How much a muscle's own half-time varies: 12 %.
const OWN_VARIANCE: f32 = 0.015;
/// What is told: at least a third longer.
const ASK: Ask = Ask { sureness: 3.6, up: 0.29, down: None };
/// An episode without a recovery to judge by is over after this.
const FORGET_AFTER_S: u32 = 20 * 60;

/// Power since the end of an effort, through every lag. All muscles share it.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// The newest last.
    delayed_w: [u16; DELAY_S],
    from_w: f32,
    /// Less the power before, in 100 W.
    lagged: [f32; TAUS],
    sums: [f32; TAUS],
    squares: [f32; TAUS],
    seconds: u16,
}

impl Course {
    /// Nothing ridden yet.
    pub const fn new() -> Self {
        Self {
            delayed_w: [0; DELAY_S],
            from_w: 0.0,
            lagged: [0.0; TAUS],
            sums: [0.0; TAUS],
            squares: [0.0; TAUS],
            seconds: 0,
        }
    }

    /// An effort at a mean power is over.
    pub fn begin(&mut self, from_w: f32) {
        *self = Self { delayed_w: self.delayed_w, from_w, ..Self::new() };
    }

    /// A second passes.
    pub fn second(&mut self, power_w: u16) {
        let input = (f32::from(self.delayed_w.first().copied().unwrap_or(0)) - self.from_w) / 100.0;
        math::shift_in(&mut self.delayed_w, power_w);
        self.seconds = self.seconds.saturating_add(1);
        let sums = self.sums.iter_mut().zip(&mut self.squares);
        for ((lagged, keep), (sum, square)) in self.lagged.iter_mut().zip(KEEPS).zip(sums) {
            *lagged = input + (*lagged - input) * keep;
            *sum += *lagged;
            *square += *lagged * *lagged;
        }
    }

    /// How long ago the effort was over.
    pub const fn seconds(&self) -> u16 {
        self.seconds
    }
}

impl Default for Course {
    fn default() -> Self {
        Self::new()
    }
}

/// A recovery, measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Logarithm of the time constant in seconds.
    pub log_tau: f32,
    /// Its variance, by the misfit and by how sharp its minimum is.
    pub variance: f32,
    /// Points of SmO2 that would come back in the end.
    pub depth: f32,
}

/// The detector of one muscle.
#[derive(Clone, Copy, Debug)]
pub struct SlowRecovery {
    /// Sums of two blocks of up to 30 s before now.
    older_sum: f32,
    block_sum: f32,
    older_n: u8,
    block_n: u8,
    /// Every second since the effort had a reading, and there was a level before.
    whole: bool,
    level: f32,
    sum: f32,
    square: f32,
    products: [f32; TAUS],
    /// Mean variance of what fits leave, over so many.
    variance: f32,
    seen: u8,
    /// The usual depth; 0 before the first recovery.
    depth: f32,
    unlike: u8,
    judged_s: Option<u32>,
    last: Option<(Instant, Measured)>,
    usual: Usual,
}

impl SlowRecovery {
    /// Nothing seen yet.
    pub const fn new() -> Self {
        Self {
            older_sum: 0.0,
            block_sum: 0.0,
            older_n: 0,
            block_n: 0,
            whole: false,
            level: 0.0,
            sum: 0.0,
            square: 0.0,
            products: [0.0; TAUS],
            variance: USUAL_VARIANCE,
            seen: 0,
            depth: 0.0,
            unlike: 0,
            judged_s: None,
            last: None,
            usual: Usual::new(),
        }
    }

    /// Power has changed sharply: what was seen until now is the level before.
    pub fn begin(&mut self) {
        let n = self.older_n + self.block_n;
        let level = math::mean(self.older_sum + self.block_sum, u32::from(n)).filter(|_| n >= FEWEST_S);
        (self.whole, self.level) = (level.is_some(), level.unwrap_or(0.0));
        (self.sum, self.square, self.products) = (0.0, 0.0, [0.0; TAUS]);
        (self.older_n, self.older_sum, self.block_n, self.block_sum) = (0, 0.0, 0, 0.0);
    }

    /// What was seen since the last change of power is no good.
    pub fn spoil(&mut self) {
        self.whole = false;
        (self.older_n, self.older_sum, self.block_n, self.block_sum) = (0, 0.0, 0, 0.0);
    }

    /// A second, with what SmO2 was, in percent. `course` has taken it already.
    pub fn second(&mut self, now: Instant, course: &Course, smo2: Option<f32>) {
        if self.judged_s.is_some_and(|at_s| seconds(now).saturating_sub(at_s) >= FORGET_AFTER_S) {
            self.usual.forget_change();
        }
        let Some(smo2) = smo2 else {
            self.whole = false;
            return;
        };
        let (n, sum) = (self.block_n + 1, self.block_sum + smo2);
        (self.block_n, self.block_sum) = (n, sum);
        if n == BLOCK_S {
            (self.older_n, self.older_sum) = (n, sum);
            (self.block_n, self.block_sum) = (0, 0.0);
        }
        let y = smo2 - self.level;
        self.sum += y;
        self.square += y * y;
        for (product, lagged) in self.products.iter_mut().zip(course.lagged) {
            *product += y * lagged;
        }
    }

    /// The rest that began at `from` is over, or has been looked at for long enough.
    pub fn rest_over(&mut self, now: Instant, from: Instant, course: &Course, fell_w: f32) {
        let measured = self.measure(course, fell_w);
        self.whole = false;
        if let Some(measured) = measured {
            self.last = Some((now, measured));
            self.take(now, from, &measured);
        }
    }

    /// The recovery since the last change of power, if it is one that says something.
    pub fn measure(&mut self, course: &Course, fell_w: f32) -> Option<Measured> {
        if !self.whole || self.level < EMPTY || course.seconds < SHORTEST_S {
            return None;
        }
        // The level before is so many seconds at which both SmO2 and power are 0.
        let n = f32::from(course.seconds) + LEVEL_S;
        let yy = self.square - self.sum * self.sum / n;
        let fit = |i: usize| -> Option<(f32, f32)> {
            let (x, xx, xy) = (course.sums.get(i)?, course.squares.get(i)?, self.products.get(i)?);
            let spread = xx - x * x / n;
            let gain = (xy - x * self.sum / n) / spread;
            (spread > 0.0).then_some((yy - gain * gain * spread, gain))
        };
        let best = (0..TAUS).min_by(|&a, &b| {
            let misfit = |i| fit(i).map_or(f32::MAX, |(misfit, _)| misfit);
            misfit(a).total_cmp(&misfit(b))
        })?;
        let ((shorter, _), (least, gain), (longer, _)) = (fit(best.checked_sub(1)?)?, fit(best)?, fit(best + 1)?);
        let bend = (shorter - 2.0 * least + longer) / 2.0;
        if bend <= 0.0 {
            return None;
        }
        let aside = (shorter - longer) / (4.0 * bend);
        self.seen = self.seen.saturating_add(1);
        self.variance += (least / n - self.variance) / (TRUST + f32::from(self.seen));
        let measured = Measured {
            log_tau: LOG_SHORTEST + LOG_STEP * (best as f32 + aside),
            variance: MEMORY_S * self.variance * LOG_STEP * LOG_STEP / bend,
            depth: -gain * fell_w / 100.0,
        };
        (measured.depth >= LEAST_DEPTH && measured.variance <= MOST_VARIANCE).then_some(measured)
    }

    /// A recovery that began at `from` was measured.
    pub fn take(&mut self, now: Instant, from: Instant, measured: &Measured) {
        if self.depth > 0.0 && !LIKE_DEPTH.contains(&(measured.depth / self.depth)) {
            self.unlike += 1;
            if self.unlike < ANOTHER_KIND || self.usual.changed().is_some() {
                return;
            }
            (self.usual, self.depth) = (Usual::new(), 0.0);
        }
        self.unlike = 0;
        self.depth += (measured.depth - self.depth) / if self.depth > 0.0 { 4.0 } else { 1.0 };
        self.judged_s = Some(seconds(now));
        self.usual.push(seconds(from), measured.log_tau, measured.variance + OWN_VARIANCE, &ASK);
    }

    /// The last recovery that was measured, like the usual ones or not, and when it was.
    pub const fn last(&self) -> Option<&(Instant, Measured)> {
        self.last.as_ref()
    }

    /// Whether a verdict stands.
    pub const fn is_slow(&self) -> bool {
        self.usual.changed().is_some()
    }

    /// What is seen, if it is: half-times are those of the exponential, without the delay before it.
    pub fn verdict(&self, place: Place) -> Option<Verdict> {
        let changed = self.usual.changed()?;
        let half_time = |log_tau| core::f32::consts::LN_2 * libm::expf(log_tau);
        let evidence = Evidence::Usual { now: half_time(changed.now), usual: half_time(changed.usual) };
        let strength = 100.0 * (libm::expf(changed.now - changed.usual) - 1.0);
        Some(Verdict { kind: PatternKind::SlowRecovery, place, strength, since: changed.since(), evidence })
    }
}

impl Default for SlowRecovery {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sensor::{Muscle, Side, Site};

    const PLACE: Place = Place { site: Site::new(Muscle::VastusLateralis, Side::Right), against: None };
    const EFFORT_W: u16 = 280;
    const REST_W: u16 = 100;

    /// A muscle whose SmO2 falls by so many points in an effort and comes back with a time constant.
    struct Rider {
        course: Course,
        detector: SlowRecovery,
        now_s: u64,
        random: u32,
        noise: f32,
    }

    impl Rider {
        fn new(noise: f32) -> Self {
            Self { course: Course::new(), detector: SlowRecovery::new(), now_s: 0, random: 1, noise }
        }

        fn second(&mut self, power_w: u16, smo2: Option<f32>) {
            self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = self.noise * ((self.random >> 8) as f32 / (1 << 23) as f32 - 1.0);
            self.course.second(power_w);
            self.now_s += 1;
            self.detector.second(Instant::from_ms(self.now_s * 1000), &self.course, smo2.map(|y| y + noise));
        }

        /// A minute of effort, and a rest of `rest_s`; nothing is seen in the seconds of `hole` of the rest.
        fn round(&mut self, depth: f32, tau_s: f32, rest_s: u16, hole: core::ops::Range<u16>) -> Option<Measured> {
            let effort = 70.0 - depth;
            (0..60).for_each(|_| self.second(EFFORT_W, Some(effort)));
            // The change is noticed after 3 s.
            (0..3).for_each(|_| self.second(REST_W, Some(effort)));
            let from = Instant::from_ms(self.now_s * 1000);
            self.course.begin(f32::from(EFFORT_W));
            self.detector.begin();
            for s in 3..rest_s {
                let into = f32::from(s + 1) - DELAY_S as f32;
                let back = if into > 0.0 { 1.0 - libm::expf(-into / tau_s) } else { 0.0 };
                self.second(REST_W, (!hole.contains(&s)).then_some(effort + depth * back));
            }
            let fell_w = f32::from(EFFORT_W - REST_W);
            let measured = { self.detector }.measure(&self.course, fell_w);
            self.detector.rest_over(Instant::from_ms(self.now_s * 1000), from, &self.course, fell_w);
            measured
        }

        /// So many rounds with a rest of two minutes.
        fn rounds(&mut self, n: usize, depth: f32, tau_s: f32) {
            for _ in 0..n {
                self.round(depth, tau_s, 120, 0..0);
            }
        }

        fn told(&self) -> Option<Verdict> {
            self.detector.verdict(PLACE)
        }
    }

    #[test]
    fn the_time_constant_and_the_depth_come_out_of_a_clean_recovery() {
        for (tau_s, rest_s) in [(15.0, 120), (25.0, 120), (25.0, 60), (45.0, 150)] {
            let measured = Rider::new(0.0).round(24.0, tau_s, rest_s, 0..0).unwrap();
            let seen = libm::expf(measured.log_tau);
            assert!((seen / tau_s - 1.0).abs() < 0.08, "{tau_s} s in {rest_s} s: {seen}");
            assert!((measured.depth - 24.0).abs() < 1.0, "{measured:?}");
        }
    }

    #[test]
    fn a_shorter_rest_and_a_shallower_effort_are_less_sure_or_say_nothing() {
        let variance = |depth, rest_s| Rider::new(0.0).round(depth, 20.0, rest_s, 0..0).map(|m| m.variance);
        assert!(variance(24.0, 50).unwrap() > 2.0 * variance(24.0, 120).unwrap());
        assert!(variance(12.0, 120).unwrap() > 3.0 * variance(24.0, 120).unwrap());
        assert_eq!((variance(5.0, 120), variance(24.0, 35)), (None, None));
    }

    #[test]
    fn slow_ones_are_told_from_the_second_on_and_the_first_four_are_the_baseline() {
        let mut rider = Rider::new(1.5);
        for tau_s in [20.0, 22.0, 18.0, 20.0, 21.0, 38.0] {
            rider.round(30.0, tau_s, 120, 0..0);
            assert_eq!(rider.told(), None, "{tau_s}");
        }
        let began = rider.now_s - 117;
        rider.round(30.0, 38.0, 120, 0..0);
        let verdict = rider.told().unwrap();
        assert_eq!((verdict.place, verdict.since), (PLACE, Instant::from_ms(began * 1000)));
        assert!((60.0..120.0).contains(&verdict.strength), "{verdict:?}");
        let Evidence::Usual { now, usual } = verdict.evidence else { panic!("{verdict:?}") };
        assert!((12.0..16.0).contains(&usual) && (23.0..30.0).contains(&now), "{verdict:?}");

        rider.round(30.0, 20.0, 120, 0..0);
        assert!(rider.told().is_some(), "one as usual is not the end of it");
        rider.round(30.0, 20.0, 120, 0..0);
        assert_eq!(rider.told(), None);
    }

    #[test]
    fn a_rider_who_was_slow_from_the_first_is_told_nothing() {
        let mut rider = Rider::new(1.5);
        for _ in 0..12 {
            rider.round(30.0, 40.0, 120, 0..0);
            assert_eq!(rider.told(), None);
        }
    }

    #[test]
    fn a_recovery_with_a_hole_is_none() {
        let mut rider = Rider::new(0.0);
        (0..5).for_each(|_| assert!(rider.round(30.0, 20.0, 120, 0..0).is_some()));
        (0..6).for_each(|_| assert_eq!(rider.round(30.0, 40.0, 120, 30..38), None));
        assert_eq!(rider.told(), None);
        assert!(rider.round(30.0, 20.0, 120, 0..0).is_some());
    }

    #[test]
    fn recoveries_of_another_depth_are_not_compared_until_they_are_the_rule() {
        let mut rider = Rider::new(0.0);
        (0..5).for_each(|_| assert!(rider.round(36.0, 20.0, 120, 0..0).is_some()));
        // Shallower ones, slower by nature: a baseline of their own.
        for _ in 0..8 {
            rider.round(20.0, 32.0, 120, 0..0);
            assert_eq!(rider.told(), None);
        }
        rider.rounds(5, 20.0, 60.0);
        assert!(rider.told().is_some());
    }

    #[test]
    fn an_episode_without_recoveries_to_judge_by_is_over_after_a_while() {
        let mut rider = Rider::new(0.0);
        rider.rounds(5, 30.0, 20.0);
        rider.rounds(2, 30.0, 40.0);
        assert!(rider.told().is_some());
        (0..FORGET_AFTER_S).for_each(|_| rider.second(200, Some(50.0)));
        assert_eq!(rider.told(), None);
    }
}
