//! One muscle's own baseline: what is expected of it, how noisy it is, and whether it has shifted from there.
//!
//! Learns while all is well. Once a shift has been accepted as news ([`Baseline::hold`]) the expectation stands still, so
//! that the distance from it goes on to mean what it meant; it moves on when the shift is over, or when it has become the
//! new normal.
//!
//! A sensor that has moved, or come back from another muscle, is a new contact ([`Baseline::renew`]): nothing of it counts
//! for 15 s, its noise is that of a rider who is not known, and for ten minutes a fall of it needs more evidence, the
//! most at first. So what falls soon after a move is told later.

use super::expectation::Expectation;
use super::load::{LOADS, Load};
use super::noise::Noise;
use super::shift::{Shift, Shifts};
use crate::math;
use crate::time::{Duration, Instant};

/// One step.
const STEP: Duration = Duration::from_s(5);
/// Steps whose mean is the deviation as shown: 30 s.
const SHOWN_STEPS: usize = 6;
/// Levels are remembered so often, steps, and so many of them: 30 s, 6 min.
const LEVEL_STEPS: u16 = 6;
const LEVELS: usize = 12;
/// Means of 5 s that must be learned from before anything is judged: 8 min.
pub const LEARN_STEPS: u16 = 96;
/// Shifts are looked for once so many are learned.
const LOOK_STEPS: u16 = 24;
/// Where the expectation is less sure than this, points, it is learned and not judged; nor need it be surer than this
/// share of v's variance.
const SURE_POINTS: f32 = 3.0;
const SURE_SHARE: f32 = 0.7;
/// Means that a new contact settles for before anything is looked for: 15 s.
const SETTLE_STEPS: u16 = 3;
/// While it settles, what lies further off than this is not yet the level, points.
const NOT_YET: f32 = 8.0;
/// And its ways (noise, gains) are learned as those of any muscle are; until then more evidence is asked for, the most
/// at first.
const NEW_STEPS: u16 = 120;
const CAUTION: f32 = 8.0;
/// White noise of a raw sensor's 5-s means, points squared.
const RAW: f32 = 1.5;

/// One muscle's baseline.
#[derive(Clone, Debug)]
pub struct Baseline {
    expectation: Expectation,
    noise: Noise,
    shifts: Shifts,
    blood: Blood,
    recent: [Option<f32>; SHOWN_STEPS],
    surprise: Option<f32>,
    /// Levels as they were believed, the newest last.
    levels: [Option<f32>; LEVELS],
    learned: u16,
    sure: bool,
    held: bool,
    /// Steps measured since the contact was new, up to [`NEW_STEPS`].
    since_new: u16,
    /// How often it was new.
    contact: u16,
}

/// Five seconds of one muscle.
#[derive(Clone, Copy, Debug)]
pub struct Means<'a> {
    /// Their end.
    pub now: Instant,
    /// The load, if it is known and nothing else is going on (coasting, standing).
    pub load: Option<&'a Load>,
    /// SmO2, percent.
    pub smo2: Option<f32>,
    /// tHb, in the sensor's unit.
    pub thb: Option<f32>,
}

impl Baseline {
    /// Of a muscle that is not known.
    pub const fn new() -> Self {
        Self {
            expectation: Expectation::new(),
            noise: Noise::new(),
            shifts: Shifts::new(),
            blood: Blood::new(),
            recent: [None; SHOWN_STEPS],
            surprise: None,
            levels: [None; LEVELS],
            learned: 0,
            sure: false,
            held: false,
            since_new: NEW_STEPS,
            contact: 0,
        }
    }

    /// Starts from what was learned on earlier rides, if nothing is learned yet on this one. Levels are new every time.
    pub fn restore(&mut self, gains: [f32; LOADS], variance: f32, white: f32) {
        if !self.expectation.is_started() {
            self.expectation = Expectation::restored(gains);
            self.noise = Noise::like(variance, white);
        }
    }

    /// What load is expected to do, once anything was observed: gains (points per 100 W, per 10 rpm).
    pub fn gains(&self) -> Option<[f32; LOADS]> {
        self.expectation.is_started().then(|| self.expectation.gains())
    }

    /// How noisy the muscle is.
    pub const fn noise(&self) -> &Noise {
        &self.noise
    }

    /// Whether anything was observed.
    pub const fn is_started(&self) -> bool {
        self.expectation.is_started()
    }

    /// Time that must still be learned from, at least; `None` once that is over, whether or not it is sure enough.
    pub fn left_to_learn(&self) -> Option<Duration> {
        let steps = LEARN_STEPS.checked_sub(self.learned).filter(|&steps| steps > 0)?;
        Some(Duration::from_s(u32::from(steps) * 5))
    }

    /// Whether enough was learned, and the expectation at the last load was sure enough to judge by.
    pub const fn is_ready(&self) -> bool {
        self.sure && self.learned >= LEARN_STEPS && self.since_new >= SETTLE_STEPS
    }

    /// How much more evidence than usual a shift of it needs, for its contact is new: a log-likelihood ratio.
    pub fn caution(&self) -> f32 {
        CAUTION * f32::from(NEW_STEPS - self.since_new) / f32::from(NEW_STEPS)
    }

    /// Which contact of the sensor with the skin this is: levels of two of them are not to be compared.
    pub const fn contact(&self) -> u16 {
        self.contact
    }

    /// Whether the expectation stands still because of a shift.
    pub const fn is_held(&self) -> bool {
        self.held
    }

    /// What is expected at `load`, percent.
    pub fn expected(&self, load: &Load) -> Option<f32> {
        self.expectation.at(load)
    }

    /// The mean of the last 30 s above what was expected, points; `None` when less than half of it could be seen.
    pub fn deviation(&self) -> Option<f32> {
        let seen = self.recent.iter().flatten();
        let n = seen.clone().count();
        if n * 2 < SHOWN_STEPS { None } else { math::mean(seen.sum(), n as u32) }
    }

    /// Where SmO2 lies now at a typical load, percent: the level that is followed, and the deviation from it.
    pub fn level(&self) -> Option<f32> {
        Some(self.expectation.level() + self.deviation()?)
    }

    /// How far the level has come in the last six minutes, points, whatever was believed of it meanwhile.
    pub fn way(&self) -> Option<f32> {
        Some(self.level()? - self.levels.iter().flatten().next()?)
    }

    /// How far the newest mean that was learned from lay off what was expected, v included, in standard deviations.
    pub const fn surprise(&self) -> Option<f32> {
        self.surprise
    }

    /// The evidence for shifts.
    pub const fn shifts(&self) -> &Shifts {
        &self.shifts
    }

    /// The change of tHb since a shift began, if it is more than tHb does by itself: in the sensor's unit.
    pub fn blood_since(&self, shift: &Shift, least: f32) -> Option<f32> {
        self.blood.change_since(shift.thb?, least)
    }

    /// Five seconds pass. Without a load or a value nothing is judged; with `learn` false nothing is learned.
    pub fn step(&mut self, means: &Means<'_>, learn: bool) {
        let Means { now, load, smo2, thb } = *means;
        self.blood.step(thb);
        self.expectation.pass(&self.noise);
        if self.learned >= LOOK_STEPS && !self.held {
            self.shifts.pass(now.before(STEP), self.blood.slow());
        }
        math::shift_in(&mut self.recent, None);
        self.surprise = None;
        let (Some(load), Some(smo2)) = (load, smo2) else {
            self.noise.miss();
            return;
        };
        let seen = self.expectation.innovation(load, smo2, &self.noise);
        let sure = math::max(SURE_POINTS * SURE_POINTS, SURE_SHARE * self.noise.variance());
        self.sure = self.expectation.variance(load) < sure;
        if learn && !self.held {
            self.surprise = Some(seen.points / libm::sqrtf(seen.variance));
            self.shifts.take(&seen);
            self.expectation.learn(&seen);
            self.learned = self.learned.saturating_add(1);
            if self.learned.is_multiple_of(LEVEL_STEPS) {
                math::shift_in(&mut self.levels, Some(self.expectation.level()));
            }
            if self.since_new < SETTLE_STEPS {
                self.shifts.forget();
                if self.expectation.at(load).is_none_or(|expected| libm::fabsf(smo2 - expected) > NOT_YET) {
                    self.expectation.shift(0.0);
                }
            }
            self.since_new = NEW_STEPS.min(self.since_new + 1);
        }
        if let Some(expected) = self.expectation.at(load) {
            let deviation = smo2 - expected;
            self.recent[SHOWN_STEPS - 1] = Some(deviation);
            if learn && !self.held && self.sure && !self.shifts.builds() {
                self.noise.take(deviation);
            } else {
                self.noise.miss();
            }
        }
    }

    /// A shift is news: what the filter has come to believe of it is taken back, and the expectation stands still.
    pub fn hold(&mut self, shift: &Shift) {
        let believed = self.shifts.believed(shift);
        self.expectation.correct(&believed, -shift.points);
        self.shifts.forget();
        self.held = true;
    }

    /// A shift is no news: it is the level from now on.
    pub fn absorb(&mut self, shift: &Shift) {
        let mut left = self.shifts.believed(shift).map(|believed| -believed);
        left[2] += 1.0;
        self.expectation.correct(&left, shift.points);
        self.expectation.doubt_level(shift.variance);
        self.shifts.forget();
        self.recent = [None; SHOWN_STEPS];
    }

    /// What was gathered of late is not to be trusted.
    pub fn forget(&mut self) {
        self.held = false;
        self.shifts.forget();
        self.recent = [None; SHOWN_STEPS];
    }

    /// The sensor sits on the skin anew, or it is another, and shows so much more: the level and the noise are new, and
    /// the gains are doubted.
    pub fn renew(&mut self, points: f32) {
        self.shift_level(points);
        self.contact = self.contact.wrapping_add(1);
        // A raw sensor jumps by itself, and sits where it sat.
        if self.noise.white() < RAW {
            self.noise.doubt();
            self.since_new = 0;
        }
    }

    /// The level is another by so much, and that is not the muscle's doing: the sensor has moved, or a long shift is
    /// normal by now.
    pub fn shift_level(&mut self, points: f32) {
        self.expectation.shift(points);
        self.levels = [None; LEVELS];
        self.shifts.forget();
        self.blood = Blood::new();
        self.held = false;
        self.recent = [None; SHOWN_STEPS];
    }
}

impl Default for Baseline {
    fn default() -> Self {
        Self::new()
    }
}

/// tHb of one muscle: where it was over the last minute and where it is now.
#[derive(Clone, Copy, Debug)]
struct Blood {
    fast: Option<f32>,
    slow: f32,
    /// Mean square of their difference, and the steps in it.
    square: f32,
    steps: u16,
}

/// Steps in the means.
const BLOOD_FAST: f32 = 2.0;
const BLOOD_SLOW: f32 = 12.0;
/// Steps over which the usual difference is learned.
const BLOOD_LEARNS: u16 = 240;
/// Standard deviations that tHb does by itself.
const BLOOD_USUAL: f32 = 3.0;

impl Blood {
    const fn new() -> Self {
        Self { fast: None, slow: 0.0, square: 0.0, steps: 0 }
    }

    /// The mean of the last minute.
    fn slow(&self) -> Option<f32> {
        self.fast.map(|_| self.slow)
    }

    fn step(&mut self, thb: Option<f32>) {
        let Some(thb) = thb else { return };
        let Some(fast) = self.fast else {
            (self.fast, self.slow) = (Some(thb), thb);
            return;
        };
        let fast = fast + (thb - fast) / BLOOD_FAST;
        self.fast = Some(fast);
        self.slow += (thb - self.slow) / BLOOD_SLOW;
        let off = fast - self.slow;
        self.steps = (self.steps + 1).min(BLOOD_LEARNS);
        let square = off * off;
        // One great change is not what tHb does by itself.
        let square = if self.steps > 24 { math::min(square, 9.0 * self.square) } else { square };
        self.square += (square - self.square) / f32::from(self.steps);
    }

    fn change_since(&self, before: f32, least: f32) -> Option<f32> {
        let change = self.fast? - before;
        let usual = BLOOD_USUAL * libm::sqrtf(self.square);
        (libm::fabsf(change) >= math::max(least, usual)).then_some(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::shift::Shape;
    use crate::signal::testing::{Ridden, steady};

    /// Variance of v of a rider who is not known.
    const TYPICAL_V: f32 = 5.3;

    /// A muscle with a v of SD 1 that has been ridden for 20 min.
    fn learned(seed: u32) -> Ridden {
        let mut ridden = Ridden::new(seed, 1.0);
        ridden.ride(1200, 0.0);
        ridden
    }

    /// The same, and it has fallen by ten points.
    fn fallen(seed: u32) -> (Ridden, Shift) {
        let mut ridden = learned(seed);
        ridden.shift(90, -10.0, 0.0);
        let fall = ridden.baseline.shifts().fall().unwrap();
        (ridden, fall)
    }

    fn means(load: Option<&Load>, smo2: Option<f32>) -> Means<'_> {
        Means { now: Instant::from_ms(5000), load, smo2, thb: None }
    }

    #[test]
    fn a_held_fall_goes_on_to_mean_what_it_meant() {
        for seed in 1..=3 {
            let (mut ridden, fall) = fallen(seed);
            ridden.baseline.hold(&fall);
            assert!(ridden.baseline.is_held());
            let mut sum = 0.0;
            for _ in 0..240 {
                ridden.ride(5, -10.0);
                let deviation = ridden.baseline.deviation().unwrap();
                assert!((deviation + 10.0).abs() < 5.0, "ride {seed}: {deviation}");
                sum += deviation;
            }
            assert!((sum / 240.0 + 10.0).abs() < 2.0, "ride {seed}: {}", sum / 240.0);
            assert!(ridden.baseline.is_held());
        }
    }

    #[test]
    fn a_fall_that_is_absorbed_is_the_new_level() {
        for seed in 1..=3 {
            let (mut ridden, fall) = fallen(seed);
            ridden.baseline.absorb(&fall);
            assert!(!ridden.baseline.is_held());
            assert_eq!(ridden.baseline.deviation(), None);
            let expected = ridden.baseline.expected(&steady().unwrap()).unwrap();
            assert!((expected - 50.0).abs() < 2.5, "ride {seed}: {expected}");
            ridden.ride(300, -10.0);
            let deviation = ridden.baseline.deviation().unwrap();
            assert!(deviation.abs() < 2.5, "ride {seed}: {deviation}");
            let again = ridden.baseline.shifts().fall();
            assert!(again.is_none_or(|fall| fall.evidence < 6.0), "ride {seed}: {again:?}");
        }
    }

    #[test]
    fn what_is_forgotten_is_neither_held_nor_shown_nor_evidence() {
        let (mut ridden, fall) = fallen(1);
        ridden.baseline.hold(&fall);
        ridden.ride(60, -10.0);
        ridden.baseline.forget();
        assert!(!ridden.baseline.is_held());
        assert_eq!((ridden.baseline.deviation(), ridden.baseline.shifts().fall()), (None, None));
        ridden.ride(10, -10.0);
        assert_eq!(ridden.baseline.deviation(), None, "two means are no half of 30 s");
        ridden.ride(5, -10.0);
        assert!(ridden.baseline.deviation().is_some());
    }

    #[test]
    fn a_level_that_is_another_is_expected_from_now_on() {
        let (mut ridden, fall) = fallen(1);
        ridden.baseline.hold(&fall);
        ridden.ride(60, -10.0);
        let points = ridden.baseline.deviation().unwrap();
        ridden.baseline.shift_level(points);
        assert!(!ridden.baseline.is_held());
        ridden.ride(120, -10.0);
        assert!(ridden.baseline.deviation().unwrap().abs() < 2.5);
    }

    #[test]
    fn a_new_contact_settles_first_and_is_believed_less_until_its_ways_are_known() {
        for seed in 1..=3 {
            let mut ridden = learned(seed);
            assert_eq!(ridden.baseline.caution(), 0.0);
            let quiet = ridden.baseline.noise().variance();
            // It is said to show 25 points less, and shows ten less.
            ridden.baseline.renew(-25.0);
            assert!(ridden.baseline.noise().variance() > quiet, "ride {seed}");
            for _ in 0..2 {
                ridden.ride(5, -10.0);
                assert!(!ridden.baseline.is_ready(), "ride {seed}");
                assert_eq!((ridden.baseline.shifts().fall(), ridden.baseline.shifts().rise()), (None, None));
            }
            let before = ridden.baseline.caution();
            for i in 0..120 {
                ridden.ride(5, -10.0);
                let shifts = ridden.baseline.shifts();
                for shift in [shifts.fall(), shifts.rise()].into_iter().flatten() {
                    assert!(shift.evidence < 6.0, "ride {seed}, step {i}: {shift:?}");
                }
                assert!(i < 8 || ridden.baseline.is_ready(), "ride {seed}, step {i}");
            }
            assert!(before > 7.0 && ridden.baseline.caution() == 0.0, "ride {seed}: {before}");
            assert!(ridden.baseline.noise().variance() < TYPICAL_V, "ride {seed}: a quiet one is known again");
        }
    }

    #[test]
    fn eight_minutes_are_learned_from_and_only_what_is_learned_counts() {
        let (mut baseline, load) = (Baseline::new(), steady());
        let left = |baseline: &Baseline| baseline.left_to_learn().map(Duration::as_s);
        assert_eq!(left(&baseline), Some(480));
        baseline.step(&means(load.as_ref(), Some(60.0)), true);
        assert_eq!(left(&baseline), Some(475));
        baseline.step(&means(None, Some(60.0)), true);
        baseline.step(&means(load.as_ref(), None), true);
        baseline.step(&means(load.as_ref(), Some(60.0)), false);
        assert_eq!(left(&baseline), Some(475));
        let mut ridden = Ridden::new(1, 2.0);
        for i in 1..=95 {
            ridden.ride(5, 0.0);
            assert_eq!(left(&ridden.baseline), Some(480 - 5 * i));
            assert!(!ridden.baseline.is_ready());
        }
        ridden.ride(5, 0.0);
        assert!(ridden.baseline.is_ready());
        ridden.ride(600, 0.0);
        assert_eq!(left(&ridden.baseline), None, "never 0 s");
    }

    #[test]
    fn while_it_is_held_nothing_is_learned() {
        let (mut ridden, fall) = fallen(1);
        ridden.baseline.hold(&fall);
        let before = (ridden.baseline.gains(), ridden.baseline.noise().variance());
        ridden.ride(600, -10.0);
        assert_eq!((ridden.baseline.gains(), ridden.baseline.noise().variance()), before);
    }

    #[test]
    fn what_is_known_of_a_rider_is_restored_before_the_start_and_not_later() {
        let (mut baseline, load) = (Baseline::new(), steady());
        assert_eq!(baseline.gains(), None);
        baseline.restore([-1.0, -2.0, -3.0, -2.0, -0.5], 9.0, 0.2);
        baseline.step(&means(load.as_ref(), Some(60.0)), true);
        assert_eq!(baseline.gains(), Some([-1.0, -2.0, -3.0, -2.0, -0.5]));
        let noise = (baseline.noise().variance(), baseline.noise().white());
        assert_eq!(noise, (9.0, 0.2));
        baseline.restore([0.0; LOADS], 1.0, 1.0);
        assert_eq!(baseline.gains(), Some([-1.0, -2.0, -3.0, -2.0, -0.5]));
        assert_eq!((baseline.noise().variance(), baseline.noise().white()), noise);
    }

    #[test]
    fn blood_has_changed_if_it_did_by_more_than_it_does_by_itself() {
        for (thb, changed) in [(0.25, true), (-0.25, true), (0.05, false), (-0.05, false), (0.0, false)] {
            for seed in 1..=3 {
                let mut ridden = learned(seed);
                let onset = ridden.shift(120, -10.0, thb);
                let shift = ridden.baseline.shifts().since(onset, Shape::Step).unwrap();
                let change = ridden.baseline.blood_since(&shift, 0.10);
                assert_eq!(change.is_some(), changed, "{thb}, ride {seed}: {change:?}");
                assert!(change.is_none_or(|change| (change - thb).abs() < 0.1), "{thb}, ride {seed}: {change:?}");
            }
        }
    }

    #[test]
    fn a_sensor_without_thb_says_nothing_of_blood() {
        let (mut baseline, load) = (Baseline::new(), steady());
        let mut now = Instant::ZERO;
        for i in 0..300 {
            now = now + STEP;
            let smo2 = Some(if i < 270 { 60.0 } else { 50.0 });
            baseline.step(&Means { now, ..means(load.as_ref(), smo2) }, true);
        }
        let fall = baseline.shifts().fall().unwrap();
        assert_eq!((fall.thb, baseline.blood_since(&fall, 0.0)), (None, None));
    }

    #[test]
    fn the_way_of_a_level_is_seen_though_it_was_followed() {
        let mut ridden = learned(1);
        assert!(ridden.baseline.way().unwrap().abs() < 3.0, "{:?}", ridden.baseline.way());
        for i in 1..=60 {
            ridden.ride(5, -0.1 * i as f32);
        }
        let way = ridden.baseline.way().unwrap();
        assert!((-9.0..-3.0).contains(&way), "{way}");
        ridden.baseline.shift_level(-20.0);
        assert_eq!(ridden.baseline.way(), None, "the sensor moved, the muscle did not");
    }
}
