//! Load shift: the partners of a leg's sling share an effort of the same power differently than earlier in this ride.
//!
//! **Claim.** An observation: from rest to effort, the calf's fall of SmO2 for each watt has changed against the thigh's. The
//! practitioners' *dysharmony*. Levels do not enter, so what both have lost or gained before the effort is not this.
//!
//! **Method.** At each [effort](crate::signal::efforts) of a minute or more the fall of each muscle is the mean of the
//! 30 to 60 s before it less the mean from 35 s to at most 180 s into it, over the change of power through
//! the muscle's usual lag (15 s thigh, 25 s calf: so a short rest or effort is not read as a small fall). The logarithm of the
//! ratio of the two gains goes to [`Usual`], with the variance that v gives to means of that length. Efforts are
//! compared if their power lies within 10 % and their cadence within 10 rpm of the usual ones. Standing or a missing reading for a third of either
//! window spoils the effort; a moved sensor begins a new baseline.
//!
//! **Delay.** Two efforts at least, each told 180 s into it or at its end (`cargo run --release -p sling-simulator --example
//! effort_figures`). **Blind spots.** The first four efforts; steady riding, which has none; a change of both gains
//! alike. The order in which the two begin to fall is not judged: with noise of this kind a single onset is not known to better than
//! some five seconds, which is as much as the muscles differ.

use super::{Evidence, PatternKind, Place, Verdict};
use crate::math;
use crate::signal::usual::{Ask, Usual, seconds};
use crate::time::Instant;

/// Time constants of calf and thigh, seconds: what is kept in a second.
const CALF_KEEPS: f32 = 0.960_789;
const THIGH_KEEPS: f32 = 0.935_507;
/// From power to the first answer.
const DELAY_S: usize = 6;
/// From here into an effort its mean is taken, seconds.
pub const SETTLED_S: u16 = 35;
/// Until here.
pub const LONGEST_S: u16 = 180;
/// The shortest effort.
pub const SHORTEST_S: u16 = 57;
const BLOCK_S: u16 = 30;
/// Seconds with both readings that make a mean.
const FEWEST_S: u16 = 16;
/// The least falls that say something, points of SmO2.
const LEAST_FALL: f32 = 6.0;
/// A muscle that is this empty cannot show a fall, percent.
const EMPTY: f32 = 6.0;
/// Efforts are alike within this share of power, and within this cadence.
const LIKE_POWER: f32 = 0.1;
const LIKE_CADENCE_RPM: f32 = 10.0;
const ANOTHER_KIND: u8 = 3;
/// SD 1.9 of v, and how many efforts that is worth against what is seen.
const USUAL_VARIANCE: f32 = 3.6;
const TRUST: f32 = 2.0;
/// Four times v's time constant: its variance is that of independent values so far apart.
const MEMORY_S: f32 = 26.0;
/// How much the ratio itself varies from effort to effort: 6 %.
const OWN_VARIANCE: f32 = 0.004;
/// A ratio that is less sure than this says nothing (variance of its logarithm).
const MOST_VARIANCE: f32 = 0.25;
const UP: f32 = 0.18;
const ASK: Ask = Ask { sureness: 4.0, up: UP, down: Some(UP) };
/// An episode without an effort to judge by is over after this.
const FORGET_AFTER_S: u32 = 20 * 60;

/// Power as the two muscles answer to it, in 100 W. Both legs share it.
#[derive(Clone, Copy, Debug)]
pub struct Lagged {
    delayed_w: [u16; DELAY_S],
    begun: bool,
    calf: f32,
    thigh: f32,
}

impl Lagged {
    /// Nothing ridden yet.
    pub const fn new() -> Self {
        Self { delayed_w: [0; DELAY_S], begun: false, calf: 0.0, thigh: 0.0 }
    }

    /// A second passes.
    pub fn second(&mut self, power_w: u16) {
        if !self.begun {
            let power = f32::from(power_w) / 100.0;
            *self = Self { delayed_w: [power_w; DELAY_S], begun: true, calf: power, thigh: power };
        }
        let input = f32::from(self.delayed_w.first().copied().unwrap_or(0)) / 100.0;
        math::shift_in(&mut self.delayed_w, power_w);
        self.calf = input + (self.calf - input) * CALF_KEEPS;
        self.thigh = input + (self.thigh - input) * THIGH_KEEPS;
    }
}

impl Default for Lagged {
    fn default() -> Self {
        Self::new()
    }
}

/// One second of a leg.
#[derive(Clone, Copy, Debug)]
pub struct Second {
    /// SmO2 of calf and thigh, percent.
    pub smo2: (f32, f32),
    /// Cadence, rpm; 0 if it is not known.
    pub cadence_rpm: f32,
}

/// Sums over a stretch of riding, calf and thigh: SmO2 and lagged power.
#[derive(Clone, Copy, Debug)]
struct Sums {
    n: u16,
    smo2: (f32, f32),
    lagged: (f32, f32),
}

impl Sums {
    const NONE: Self = Self { n: 0, smo2: (0.0, 0.0), lagged: (0.0, 0.0) };

    fn and(self, other: &Self) -> Self {
        let plus = |a: (f32, f32), b: (f32, f32)| (a.0 + b.0, a.1 + b.1);
        Self { n: self.n + other.n, smo2: plus(self.smo2, other.smo2), lagged: plus(self.lagged, other.lagged) }
    }

    /// Means; `None` of too little.
    fn means(&self) -> Option<((f32, f32), (f32, f32))> {
        let n = f32::from(self.n);
        let over = |sum: (f32, f32)| (sum.0 / n, sum.1 / n);
        (self.n >= FEWEST_S).then(|| (over(self.smo2), over(self.lagged)))
    }
}

/// An effort, measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Logarithm of the ratio of gains, calf to thigh.
    pub log_ratio: f32,
    /// Its variance.
    pub variance: f32,
}

/// The detector of one leg.
#[derive(Clone, Copy, Debug)]
pub struct LoadShift {
    /// Two blocks of 30 s before now, the older one first.
    blocks: [Sums; 2],
    before: Sums,
    effort: Sums,
    /// Squares of SmO2 in the effort, less `level`.
    squares: (f32, f32),
    level: (f32, f32),
    cadence_sum: f32,
    /// Mean variance of each muscle within efforts, over so many.
    variances: (f32, f32),
    seen: u8,
    /// Power and cadence of the efforts that are compared; 0 before the first.
    like_w: f32,
    like_rpm: f32,
    unlike: u8,
    judged_s: Option<u32>,
    usual: Usual,
}

impl LoadShift {
    /// Nothing seen yet.
    pub const fn new() -> Self {
        Self {
            blocks: [Sums::NONE; 2],
            before: Sums::NONE,
            effort: Sums::NONE,
            squares: (0.0, 0.0),
            level: (0.0, 0.0),
            cadence_sum: 0.0,
            variances: (USUAL_VARIANCE, USUAL_VARIANCE),
            seen: 0,
            like_w: 0.0,
            like_rpm: 0.0,
            unlike: 0,
            judged_s: None,
            usual: Usual::new(),
        }
    }

    /// Power has changed sharply: what was seen until now is the level before.
    pub fn begin(&mut self) {
        let [older, newer] = &self.blocks;
        self.before = newer.and(older);
        self.blocks = [Sums::NONE; 2];
        (self.effort, self.squares, self.cadence_sum) = (Sums::NONE, (0.0, 0.0), 0.0);
    }

    /// What was seen since the last change of power is no good.
    pub fn spoil(&mut self) {
        (self.before, self.effort, self.blocks) = (Sums::NONE, Sums::NONE, [Sums::NONE; 2]);
    }

    /// A sensor has moved: gains seen with it in its old place are no measure for those in its new one.
    pub fn forget(&mut self) {
        *self = Self::new();
    }

    /// A second, `age_s` after power changed. `None`: a reading is missing, or the rider stands.
    pub fn second(&mut self, now: Instant, age_s: u16, lagged: &Lagged, second: Option<Second>) {
        if self.judged_s.is_some_and(|at_s| seconds(now).saturating_sub(at_s) >= FORGET_AFTER_S) {
            self.usual.forget_change();
        }
        if age_s < SETTLED_S {
            return;
        }
        let Some(second) = second else { return };
        let one = Sums { n: 1, smo2: second.smo2, lagged: (lagged.calf, lagged.thigh) };
        let [older, newer] = &mut self.blocks;
        *newer = newer.and(&one);
        if newer.n == BLOCK_S {
            (*older, *newer) = (*newer, Sums::NONE);
        }
        if age_s > LONGEST_S {
            return;
        }
        if self.effort.n == 0 {
            self.level = second.smo2;
        }
        self.effort = self.effort.and(&one);
        self.cadence_sum += second.cadence_rpm;
        let (calf, thigh) = (second.smo2.0 - self.level.0, second.smo2.1 - self.level.1);
        self.squares = (self.squares.0 + calf * calf, self.squares.1 + thigh * thigh);
    }

    /// The effort that began at `from` is over, or has been looked at for long enough; `mean_w` was its power.
    pub fn effort_over(&mut self, now: Instant, from: Instant, lasted_s: u16, mean_w: f32) {
        let whole = 3 * self.effort.n >= 2 * lasted_s.min(LONGEST_S).saturating_sub(SETTLED_S);
        if let Some(measured) = self.measure().filter(|_| whole && lasted_s >= SHORTEST_S) {
            let cadence_rpm = self.cadence_sum / f32::from(self.effort.n);
            self.take(now, from, mean_w, cadence_rpm, &measured);
        }
        self.effort = Sums::NONE;
    }

    /// The effort since the last change of power, if it says something.
    pub fn measure(&mut self) -> Option<Measured> {
        let (rest, rest_w) = self.before.means()?;
        let (work, work_w) = self.effort.means()?;
        let n = f32::from(self.effort.n);
        let within = |square: f32, mean: f32, level: f32| square / n - (mean - level) * (mean - level);
        let weight = 1.0 / (TRUST + 1.0 + f32::from(self.seen));
        self.seen = self.seen.saturating_add(1);
        self.variances.0 += (within(self.squares.0, work.0, self.level.0) - self.variances.0) * weight;
        self.variances.1 += (within(self.squares.1, work.1, self.level.1) - self.variances.1) * weight;

        let falls = (rest.0 - work.0, rest.1 - work.1);
        let rises = (work_w.0 - rest_w.0, work_w.1 - rest_w.1);
        let too_little = math::min(falls.0, falls.1) < LEAST_FALL || math::min(work.0, work.1) < EMPTY;
        if too_little || math::min(rises.0, rises.1) <= 0.0 {
            return None;
        }
        let of_mean = |n: u16| MEMORY_S / (f32::from(n) + 0.7 * MEMORY_S);
        let share = of_mean(self.effort.n) + of_mean(self.before.n);
        let variance = share * (self.variances.0 / (falls.0 * falls.0) + self.variances.1 / (falls.1 * falls.1));
        let log_ratio = libm::logf(falls.0 / rises.0 * rises.1 / falls.1);
        (variance <= MOST_VARIANCE).then_some(Measured { log_ratio, variance })
    }

    /// An effort that began at `from` was measured.
    pub fn take(&mut self, now: Instant, from: Instant, power_w: f32, cadence_rpm: f32, measured: &Measured) {
        let like = libm::fabsf(power_w - self.like_w) <= LIKE_POWER * self.like_w
            && libm::fabsf(cadence_rpm - self.like_rpm) <= LIKE_CADENCE_RPM;
        if !like {
            let first = self.like_w == 0.0;
            self.unlike += 1;
            if !first && (self.unlike < ANOTHER_KIND || self.usual.changed().is_some()) {
                return;
            }
            (self.usual, self.like_w, self.like_rpm) = (Usual::new(), power_w, cadence_rpm);
        }
        self.unlike = 0;
        self.judged_s = Some(seconds(now));
        self.usual.push(seconds(from), measured.log_ratio, measured.variance + OWN_VARIANCE, &ASK);
    }

    /// What is seen, if it is: the ratio of gains, calf to thigh.
    pub fn verdict(&self, place: Place) -> Option<Verdict> {
        let changed = self.usual.changed()?;
        let evidence = Evidence::Usual { now: libm::expf(changed.now), usual: libm::expf(changed.usual) };
        let strength = 100.0 * libm::fabsf(libm::expf(changed.now - changed.usual) - 1.0);
        Some(Verdict { kind: PatternKind::LoadShift, place, strength, since: changed.since(), evidence })
    }
}

impl Default for LoadShift {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sensor::{Muscle, Side, Site};

    const PLACE: Place = Place {
        site: Site::new(Muscle::GastrocnemiusMedialis, Side::Right),
        against: Some(Site::new(Muscle::VastusLateralis, Side::Right)),
    };
    const REST_W: u16 = 100;

    /// An effort that calf and thigh answer to: points of SmO2 for each 100 W.
    #[derive(Clone, Copy)]
    struct Round {
        power_w: u16,
        cadence_rpm: f32,
        calf: f32,
        thigh: f32,
        effort_s: u16,
        rest_s: u16,
        /// Seconds of the effort without a reading.
        hole_s: u16,
    }

    const ROUND: Round =
        Round { power_w: 280, cadence_rpm: 88.0, calf: 10.0, thigh: 18.0, effort_s: 180, rest_s: 120, hole_s: 0 };

    struct Rider {
        lagged: Lagged,
        answer: Lagged,
        detector: LoadShift,
        now_s: u64,
        random: u32,
    }

    impl Rider {
        fn new() -> Self {
            Self { lagged: Lagged::new(), answer: Lagged::new(), detector: LoadShift::new(), now_s: 0, random: 1 }
        }

        fn noise(&mut self) -> f32 {
            self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            1.5 * ((self.random >> 8) as f32 / (1 << 23) as f32 - 1.0)
        }

        fn second(&mut self, age_s: u16, power_w: u16, round: &Round, seen: bool) {
            self.now_s += 1;
            self.lagged.second(power_w);
            self.answer.second(power_w);
            let calf = 68.0 - round.calf * self.answer.calf + self.noise();
            let thigh = 74.0 - round.thigh * self.answer.thigh + self.noise();
            let second = Second { smo2: (calf, thigh), cadence_rpm: round.cadence_rpm };
            let now = Instant::from_ms(self.now_s * 1000);
            self.detector.second(now, age_s, &self.lagged, seen.then_some(second));
        }

        /// Rest, then an effort; its ratio of gains.
        fn ride(&mut self, round: &Round) -> Option<f32> {
            self.detector.begin();
            (0..round.rest_s).for_each(|s| self.second(s, REST_W, round, true));
            self.detector.begin();
            let from = Instant::from_ms(self.now_s * 1000);
            for s in 0..round.effort_s {
                self.second(s, round.power_w, round, !(60..60 + round.hole_s).contains(&s));
            }
            let measured = { self.detector }.measure();
            let now = Instant::from_ms(self.now_s * 1000);
            self.detector.effort_over(now, from, round.effort_s, f32::from(round.power_w));
            measured.map(|m| libm::expf(m.log_ratio))
        }

        fn rides(&mut self, n: usize, round: &Round) {
            for _ in 0..n {
                self.ride(round);
            }
        }

        fn told(&self) -> Option<Verdict> {
            self.detector.verdict(PLACE)
        }
    }

    #[test]
    fn the_ratio_of_gains_does_not_depend_on_how_long_effort_and_rest_are() {
        for (effort_s, rest_s) in [(240, 240), (180, 60), (60, 120), (90, 60)] {
            let ratio = Rider::new().ride(&Round { effort_s, rest_s, ..ROUND }).unwrap();
            assert!((ratio * 1.8 - 1.0).abs() < 0.12, "{effort_s} s after {rest_s} s: {ratio}");
        }
    }

    #[test]
    fn two_efforts_in_which_the_calf_falls_by_more_are_told() {
        let mut rider = Rider::new();
        let shifted = Round { calf: 15.0, ..ROUND };
        for round in [ROUND, ROUND, ROUND, ROUND, ROUND, shifted] {
            rider.ride(&round);
            assert_eq!(rider.told(), None);
        }
        rider.ride(&shifted);
        let verdict = rider.told().unwrap();
        assert!((35.0..65.0).contains(&verdict.strength), "{verdict:?}");
        rider.rides(2, &ROUND);
        assert_eq!(rider.told(), None);
    }

    #[test]
    fn it_may_shift_either_way_and_the_first_four_are_the_baseline() {
        let less = Round { calf: 6.5, ..ROUND };
        let mut rider = Rider::new();
        rider.rides(4, &ROUND);
        rider.rides(3, &less);
        assert!(rider.told().is_some());
        let mut early = Rider::new();
        early.rides(1, &ROUND);
        early.rides(3, &less);
        assert_eq!(early.told(), None);
    }

    #[test]
    fn efforts_of_another_power_or_cadence_are_not_compared() {
        let shifted = Round { calf: 15.0, ..ROUND };
        for other in [
            Round { power_w: 330, ..shifted },
            Round { power_w: 230, ..shifted },
            Round { cadence_rpm: 105.0, ..shifted },
        ] {
            let mut rider = Rider::new();
            rider.rides(5, &ROUND);
            rider.rides(6, &other);
            assert_eq!(rider.told(), None);
        }
    }

    #[test]
    fn an_effort_with_a_long_hole_is_none_and_a_short_one_is_bridged() {
        let shifted = Round { calf: 15.0, ..ROUND };
        for (hole_s, told) in [(90, false), (8, true)] {
            let mut rider = Rider::new();
            rider.rides(5, &ROUND);
            rider.rides(3, &Round { hole_s, ..shifted });
            assert_eq!(rider.told().is_some(), told, "{hole_s} s");
        }
    }

    #[test]
    fn a_muscle_that_hardly_answers_says_nothing() {
        assert_eq!(Rider::new().ride(&Round { calf: 2.0, ..ROUND }), None);
        assert_eq!(Rider::new().ride(&Round { thigh: 27.0, ..ROUND }), None, "empty");
    }
}
