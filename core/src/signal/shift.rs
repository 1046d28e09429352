//! Has a muscle's level shifted, since when and by how much? Evidence for every onset of the last seven minutes.
//!
//! A shift that began then would by now have left a known mark on every innovation since, less and less of it as the
//! filter believes the new level (Willsky and Jones 1976). For each candidate onset the innovations are matched with
//! its mark; that gives the size of the shift and the log-likelihood that it is there. Onsets are kept closer together
//! the nearer they are: 24 of them, from 5 s to seven minutes.
//!
//! Delay: what the noise of the ride asks for, no more; facts and figures are in the patterns. A shift is thought to
//! come with a time constant of 20 s, or as a ramp; a sudden one is found a little later than by a test made for it.

use super::expectation::{Innovation, N, State, dot, step};
use crate::math;
use crate::time::{Duration, Instant};

/// Onsets that are kept.
const KEPT: usize = 24;
/// The oldest one.
const OLDEST: Duration = Duration::from_s(420);
/// Onsets no further apart than this are the same.
const NEAR: Duration = Duration::from_s(45);
/// What was more than this before all that is remembered is not.
const BEFORE_ALL: Duration = Duration::from_s(15);
/// Steps after which an onset is asked for no more evidence than any other: 4 min.
const UNHURRIED: f32 = 48.0;
/// Evidence that is more than everyday noise.
const BUILDS: f32 = 8.0;
/// The smallest and the largest shift that are thought of, points.
const SMALLEST: f32 = 7.0;
const LARGEST: f32 = 25.0;
/// What must be seen to have come of a ramp, points: muscles drift by less in seven minutes.
const LEAST_RAMP: f32 = 5.0;
/// Steps that a ramp takes to be told from a step: 2 min.
const RAMP_STEPS: u16 = 24;
/// How much less a ramp is expected than a step, as a log-likelihood ratio.
const RARER: f32 = 3.0;
/// Shifts that riders show: mean and variance of the size, points. The further off, the more evidence is asked for.
const USUAL: (f32, f32) = (8.0, 36.0);
/// How much of a shift has come after 5, 10, … s: the mean of 1 - exp(-t / 20 s) over each step.
const COMING: [f32; 16] =
    [0.115, 0.311, 0.463, 0.582, 0.675, 0.747, 0.803, 0.846, 0.880, 0.907, 0.927, 0.943, 0.956, 0.966, 0.973, 0.979];

/// One onset.
#[derive(Clone, Copy, Debug)]
struct Onset {
    at: Instant,
    /// Steps since, and those of them in which something was measured.
    age: u16,
    seen: u16,
    /// How far the filter has come to believe a shift of one point.
    believed: State,
    /// Information on the size, and size times information.
    information: f32,
    score: f32,
    /// The same for a ramp that began then, of one point in each step.
    ramp: (f32, f32),
    /// tHb before, in the sensor's unit.
    thb: Option<f32>,
}

/// The evidence on one muscle.
#[derive(Clone, Debug)]
pub struct Shifts {
    /// Oldest first.
    onsets: heapless::Vec<Onset, KEPT>,
}

/// How a level goes from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// With a time constant of 20 s.
    Step,
    /// As much in each minute.
    Ramp,
}

/// A shift that explains what is seen better than no shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// Its onset.
    pub since: Instant,
    /// How it came.
    pub shape: Shape,
    /// Points of SmO2; a fall is negative.
    pub points: f32,
    /// Log-likelihood ratio against no shift.
    pub evidence: f32,
    /// How unsure its size is: variance, points squared.
    pub variance: f32,
    /// Steps since in which something was measured.
    pub seen: u16,
    /// tHb before it, in the sensor's unit.
    pub thb: Option<f32>,
}

impl Shift {
    /// The size in standard deviations of how unsure it is.
    pub fn deviations(&self) -> f32 {
        self.points / libm::sqrtf(self.variance)
    }
}

impl Shifts {
    /// Nothing seen yet.
    pub const fn new() -> Self {
        Self { onsets: heapless::Vec::new() }
    }

    /// What was gathered is worth nothing: the level is a new one.
    pub fn forget(&mut self) {
        self.onsets.clear();
    }

    /// Five seconds pass; a shift may begin now.
    pub(super) fn pass(&mut self, now: Instant, thb: Option<f32>) {
        self.onsets.retain(|onset| now.since(onset.at) < OLDEST);
        for onset in &mut self.onsets {
            step(&mut onset.believed);
            onset.age = onset.age.saturating_add(1);
        }
        if self.onsets.is_full() {
            self.thin();
        }
        // There is room now.
        let _ = self.onsets.push(Onset {
            at: now,
            age: 1,
            seen: 0,
            believed: [0.0; N],
            information: 0.0,
            score: 0.0,
            ramp: (0.0, 0.0),
            thb,
        });
    }

    /// Drops the onset that is missed least: the one whose neighbours are nearest, for their age.
    fn thin(&mut self) {
        let ages = self.onsets.iter().map(|onset| f32::from(onset.age));
        let gap = |(older, (_, newer)): (f32, (f32, f32))| (older - newer) / newer;
        let pairs = ages.clone().skip(1).zip(ages.clone().skip(2));
        let gaps = ages.zip(pairs).map(gap);
        let least = gaps.enumerate().fold((0, f32::MAX), |best, (i, gap)| if gap < best.1 { (i, gap) } else { best });
        if least.0 + 1 < self.onsets.len() {
            self.onsets.remove(least.0 + 1);
        }
    }

    /// Matches an innovation with the mark of each onset.
    pub(super) fn take(&mut self, seen: &Innovation) {
        // A ramp is a step in each moment since: the youngest is added first.
        let (mut ramp, mut younger) = (0.0, (0, 0.0));
        for onset in self.onsets.iter_mut().rev() {
            let mark = onset.come() - dot(&seen.h, &onset.believed);
            for (believed, k) in onset.believed.iter_mut().zip(&seen.k) {
                *believed += k * mark;
            }
            onset.seen = onset.seen.saturating_add(1);
            onset.information += mark * mark / seen.variance;
            onset.score += mark * seen.points / seen.variance;
            ramp += f32::from(onset.age - younger.0) * (mark + younger.1) / 2.0;
            younger = (onset.age, mark);
            onset.ramp.0 += ramp * ramp / seen.variance;
            onset.ramp.1 += ramp * seen.points / seen.variance;
        }
    }

    /// The likeliest fall, if there is evidence for one at all.
    pub fn fall(&self) -> Option<Shift> {
        self.likeliest(-1.0)
    }

    /// The likeliest rise.
    pub fn rise(&self) -> Option<Shift> {
        self.likeliest(1.0)
    }

    /// Whether evidence for a shift is building, either way.
    pub fn builds(&self) -> bool {
        [self.fall(), self.rise()].iter().flatten().any(|shift| shift.evidence >= BUILDS)
    }

    /// What the filter believes by now of the shift: its state is wrong by so much for each point.
    pub(super) fn believed(&self, shift: &Shift) -> State {
        let Some(first) = self.onset_at(shift.since) else { return [0.0; N] };
        if shift.shape == Shape::Step {
            return first.believed;
        }
        let (mut sum, mut younger) = ([0.0; N], (0, [0.0; N]));
        for onset in self.onsets.iter().rev().take_while(|onset| onset.age <= first.age) {
            let width = f32::from(onset.age - younger.0) / (2.0 * f32::from(first.age));
            for ((sum, older), younger) in sum.iter_mut().zip(&onset.believed).zip(&younger.1) {
                *sum += width * (older + younger);
            }
            younger = (onset.age, onset.believed);
        }
        sum
    }

    /// The shift of this shape since then, whatever its size.
    pub fn since(&self, since: Instant, shape: Shape) -> Option<Shift> {
        let onset = self.onset_at(since)?;
        let (information, score) = onset.known(shape);
        (information > 0.0).then(|| {
            let points = math::clamp(score / information, -LARGEST, LARGEST);
            onset.shift(shape, points, log_likelihood((information, score), points))
        })
    }

    /// The onset that is nearest to a time, if one is near.
    fn onset_at(&self, at: Instant) -> Option<&Onset> {
        self.onsets.first().filter(|oldest| oldest.at.since(at) <= BEFORE_ALL)?;
        let away = |onset: &Onset| onset.at.since(at).max(at.since(onset.at));
        self.onsets.iter().min_by_key(|onset| away(onset)).filter(|onset| away(onset) <= NEAR)
    }

    fn likeliest(&self, sign: f32) -> Option<Shift> {
        let mut best: Option<Shift> = None;
        for onset in &self.onsets {
            for (shape, least, rarer) in [(Shape::Step, 0.0, 0.0), (Shape::Ramp, LEAST_RAMP, RARER)] {
                let (information, score) = onset.known(shape);
                let too_young = shape == Shape::Ramp && onset.age < RAMP_STEPS;
                if too_young || information <= 0.0 || score * sign <= least * information {
                    continue;
                }
                let likeliest = (score * sign + USUAL.0 / USUAL.1) / (information + 1.0 / USUAL.1);
                let points = sign * math::clamp(likeliest, SMALLEST, LARGEST);
                let unusual = points * sign - USUAL.0;
                let evidence = log_likelihood((information, score), points)
                    - unusual * unusual / (2.0 * USUAL.1)
                    - onset.haste()
                    - rarer;
                if best.is_none_or(|shift| evidence > shift.evidence) {
                    best = Some(onset.shift(shape, points, evidence));
                }
            }
        }
        best
    }
}

impl Default for Shifts {
    fn default() -> Self {
        Self::new()
    }
}

impl Onset {
    /// How much of a shift that began then has come.
    fn come(&self) -> f32 {
        COMING.get(usize::from(self.age).saturating_sub(1)).copied().unwrap_or(1.0)
    }

    /// Information on the points that a shift has come by now, and that times the points.
    fn known(&self, shape: Shape) -> (f32, f32) {
        let age = f32::from(self.age);
        match shape {
            Shape::Step => (self.information, self.score),
            Shape::Ramp => (self.ramp.0 / (age * age), self.ramp.1 / age),
        }
    }

    fn shift(&self, shape: Shape, points: f32, evidence: f32) -> Shift {
        let variance = 1.0 / self.known(shape).0;
        Shift { since: self.at, shape, points, evidence, variance, seen: self.seen, thb: self.thb }
    }

    /// Short excursions have more chances to happen than long ones, as many more as they are shorter.
    fn haste(&self) -> f32 {
        1.5 * libm::logf(math::max(UNHURRIED / f32::from(self.age), 1.0))
    }
}

/// Of a shift of so many points, from the information on its size and that times its size.
fn log_likelihood((information, score): (f32, f32), points: f32) -> f32 {
    points * score - points * points * information / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::testing::Ridden;

    /// A muscle with a v of SD 2 that has been ridden for 20 min.
    fn learned(seed: u32) -> Ridden {
        let mut ridden = Ridden::new(seed, 2.0);
        ridden.ride(1200, 0.0);
        ridden
    }

    fn ages_s(shifts: &Shifts, now: Instant) -> impl Iterator<Item = u32> + '_ {
        shifts.onsets.iter().map(move |onset| now.since(onset.at).as_s())
    }

    #[test]
    fn a_fall_of_ten_points_is_found_with_its_size_and_its_onset() {
        for seed in 1..=6 {
            let mut ridden = learned(seed);
            let onset = ridden.shift(90, -10.0, 0.0);
            let fall = ridden.baseline.shifts().fall().unwrap();
            assert!(fall.evidence > BUILDS, "ride {seed}: {fall:?}");
            assert!((fall.points + 10.0).abs() < 3.0, "ride {seed}: {fall:?}");
            let off = fall.since.since(onset).max(onset.since(fall.since));
            assert!(off <= Duration::from_s(20), "ride {seed}: {fall:?} for {onset:?}");
            assert!(fall.variance > 0.0 && fall.variance < 9.0, "ride {seed}: {fall:?}");
        }
    }

    #[test]
    fn a_rise_is_not_a_fall() {
        let mut ridden = learned(1);
        ridden.shift(90, 10.0, 0.0);
        let rise = ridden.baseline.shifts().rise().unwrap();
        assert!(rise.evidence > BUILDS && (rise.points - 10.0).abs() < 3.0, "{rise:?}");
        let fall = ridden.baseline.shifts().fall();
        assert!(fall.is_none_or(|fall| fall.evidence < 3.0), "{fall:?}");
    }

    #[test]
    fn without_a_shift_there_is_no_evidence_for_one_in_an_hour() {
        let mut ridden = learned(1);
        for _ in 0..720 {
            ridden.ride(5, 0.0);
            for shift in [ridden.baseline.shifts().fall(), ridden.baseline.shifts().rise()].into_iter().flatten() {
                assert!(shift.evidence < 6.0, "{shift:?} at {:?}", ridden.now);
            }
        }
    }

    #[test]
    fn onsets_are_few_none_is_old_and_the_youngest_are_there() {
        let (mut shifts, mut now) = (Shifts::new(), Instant::ZERO);
        for i in 0..1000 {
            now = now + Duration::from_s(5);
            shifts.pass(now, None);
            assert!(shifts.onsets.len() <= KEPT);
            assert!(ages_s(&shifts, now).all(|age| age < OLDEST.as_s()));
            assert!(ages_s(&shifts, now).is_sorted_by(|older, newer| older > newer));
            let youngest = [0, 5, 10, 15];
            if i >= youngest.len() {
                assert!(youngest.iter().all(|s| ages_s(&shifts, now).any(|age| age == *s)), "after {i} steps");
            }
        }
        // However old a shift is, an onset near it is kept.
        for age in (0..=400).step_by(5) {
            let gap = ages_s(&shifts, now).map(|kept| kept.abs_diff(age)).min().unwrap();
            assert!(gap <= NEAR.as_s(), "{age} s ago: {gap} s off");
        }
    }

    #[test]
    fn only_times_that_are_remembered_are_asked_about() {
        let mut ridden = learned(1);
        assert_eq!(Shifts::new().since(ridden.now, Shape::Step), None);
        let onset = ridden.shift(90, -10.0, 0.0);
        let shifts = ridden.baseline.shifts();
        let fall = shifts.since(onset, Shape::Step).unwrap();
        assert!(fall.deviations() < -4.0 && (fall.points + 10.0).abs() < 4.0, "{fall:?}");
        assert_eq!(shifts.since(ridden.now.before(Duration::from_s(600)), Shape::Step), None);
        assert_eq!(shifts.since(ridden.now + Duration::from_s(60), Shape::Step), None);
    }

    #[test]
    fn a_muscle_that_stood_still_is_known_to_have_done_so() {
        let mut ridden = learned(2);
        let onset = ridden.now;
        ridden.ride(120, 0.0);
        let shift = ridden.baseline.shifts().since(onset, Shape::Step).unwrap();
        assert!(shift.deviations().abs() < 2.5 && shift.variance < 9.0, "{shift:?}");
    }

    #[test]
    fn what_is_forgotten_is_no_evidence() {
        let mut ridden = learned(1);
        let onset = ridden.shift(90, -10.0, 0.0);
        let mut shifts = ridden.baseline.shifts().clone();
        assert!(shifts.builds());
        shifts.forget();
        assert!(!shifts.builds());
        assert_eq!((shifts.fall(), shifts.rise(), shifts.since(onset, Shape::Step)), (None, None, None));
    }

    /// Falls by two points a minute. Returns the onset.
    fn ramp(ridden: &mut Ridden, s: u32) -> Instant {
        let onset = ridden.now;
        (1..=s / 5).for_each(|i| ridden.step(Some((-(i as f32) / 6.0, 0.0))));
        onset
    }

    #[test]
    fn a_ramp_is_told_from_a_step_and_fits_better() {
        for seed in 1..=6 {
            let mut ridden = learned(seed);
            let onset = ramp(&mut ridden, 360);
            let shifts = ridden.baseline.shifts();
            let (ramp, step) = (shifts.since(onset, Shape::Ramp).unwrap(), shifts.since(onset, Shape::Step).unwrap());
            assert!(ramp.evidence > step.evidence, "ride {seed}: {ramp:?} {step:?}");
            assert!((ramp.points + 12.0).abs() < 5.0, "ride {seed}: {ramp:?}");
            assert!(shifts.fall().unwrap().evidence > BUILDS, "ride {seed}");
        }
        let mut ridden = learned(1);
        ridden.shift(180, -10.0, 0.0);
        assert_eq!(ridden.baseline.shifts().fall().unwrap().shape, Shape::Step);
    }

    #[test]
    fn what_the_filter_made_of_a_ramp_is_taken_back_with_it() {
        for seed in 1..=6 {
            let mut ridden = learned(seed);
            let before = ridden.baseline.level().unwrap();
            let onset = ramp(&mut ridden, 360);
            let ramp = ridden.baseline.shifts().since(onset, Shape::Ramp).unwrap();
            ridden.baseline.hold(&ramp);
            ridden.ride(60, -12.0);
            let deviation = ridden.baseline.deviation().unwrap();
            assert!((deviation + 12.0).abs() < 6.0, "ride {seed}: {deviation}, level {before} before");
        }
    }
}
