//! Calf overload: the calf desaturates against VL, beyond the rider's own baseline, at matched power and cadence.
//!
//! **Claim.** An observation, not a diagnosis: the calf's SmO2 has fallen below what this rider's calf shows at this
//! power and cadence, and VL's has not. Practitioners read it as the calf working past its share; published EMG does
//! not show that every rider does this (Dorel 2009), which is why nothing more is claimed.
//!
//! **Method.** Each muscle's 5-s mean is compared with its learned [load model](crate::signal::load); the difference
//! of the two residuals, calf less thigh, is the pair's D. A one-sided CUSUM (Page 1954) designed for a shift of
//! 8 points gathers evidence. Its threshold is set by the long-run variance of a pair, 195 %²·s (or what was seen
//! while learning, if that is more), for well under one false alarm in ten hours of that noise. While evidence builds
//! the baseline stands still. At least half of the shift must be the calf falling, or it is the thigh's story.
//!
//! **Delay.** Without noise 25, 50 and 75 s for steps of 15, 10 and 8 points, and never for 4. In the simulated world a
//! step of 10 points with an onset of 20 s is told after 115 s (median; CONTRIBUTING.md has the command).
//! **Blind spots.** Shifts under 4 points and drifts slower than about 1.5 points a minute are followed as baseline.
//! Without power there is nothing to match by, and nothing is said.

use super::{Evidence, PatternKind, Place, Verdict};
use crate::math;
use crate::time::{Duration, Instant};

/// The shift that the test is designed for, points of SmO2.
pub const DESIGN_SHIFT: f32 = 8.0;
/// Seconds in a step.
const STEP_S: f32 = 5.0;
/// Long-run variance of a pair of muscles at steady load, %²·s.
const PAIR_VARIANCE: f32 = 195.0;
/// Threshold in units of variance over shift: mean time between false alarms grows with its exponential.
const THRESHOLD_UNITS: f32 = 13.0;
/// One step's evidence is bounded, so that a moved sensor does not decide alone.
const LARGEST_EVIDENCE: f32 = 16.0;
/// Steps whose mean is D as shown and as reported: 30 s.
const SHOWN_STEPS: usize = 6;
/// Steps whose mean decides that an episode is over: 60 s.
const CLEAR_STEPS: usize = 12;
/// Steps over which variance is learned: means of 30 s.
const BATCH_STEPS: u16 = 6;
/// An episode in which the pair could not be judged for this long is over, unjudged.
const FORGET_AFTER: Duration = Duration::from_s(600);

/// What each muscle of a pair showed above what had been expected, points of SmO2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairResidual {
    /// The calf's.
    pub calf: f32,
    /// The thigh's.
    pub thigh: f32,
}

/// The detector of one leg.
#[derive(Clone, Copy, Debug)]
pub struct CalfOverload {
    recent: [Option<PairResidual>; CLEAR_STEPS],
    cusum: f32,
    since: Option<Instant>,
    active: bool,
    judged_at: Option<Instant>,
    batch_sum: f32,
    batch_n: u16,
    variance_sum: f32,
    variance_n: u16,
}

impl CalfOverload {
    /// Nothing seen yet.
    pub const fn new() -> Self {
        Self {
            recent: [None; CLEAR_STEPS],
            cusum: 0.0,
            since: None,
            active: false,
            judged_at: None,
            batch_sum: 0.0,
            batch_n: 0,
            variance_sum: 0.0,
            variance_n: 0,
        }
    }

    /// While the rider is being learned: takes a residual for its variance only.
    pub fn learn(&mut self, residual: PairResidual) {
        self.remember(residual);
        self.batch_sum += residual.calf - residual.thigh;
        self.batch_n += 1;
        if self.batch_n == BATCH_STEPS {
            let mean = self.batch_sum / f32::from(BATCH_STEPS);
            self.variance_sum += mean * mean * STEP_S * f32::from(BATCH_STEPS);
            self.variance_n = self.variance_n.saturating_add(1);
            (self.batch_sum, self.batch_n) = (0.0, 0);
        }
    }

    /// A 5-s step that can be judged.
    pub fn judge(&mut self, now: Instant, residual: PairResidual) {
        self.remember(residual);
        self.judged_at = Some(now);
        let d = residual.calf - residual.thigh;
        let evidence = math::clamp(-d - DESIGN_SHIFT / 2.0, -LARGEST_EVIDENCE, LARGEST_EVIDENCE);
        self.cusum = math::clamp(self.cusum + evidence * STEP_S, 0.0, 2.0 * self.threshold());
        if self.active {
            self.active = self.mean(CLEAR_STEPS).is_none_or(|m| m.thigh - m.calf > DESIGN_SHIFT / 4.0);
            if !self.active {
                (self.cusum, self.since) = (0.0, None);
            }
            return;
        }
        if self.cusum == 0.0 {
            self.since = None;
        } else if self.since.is_none() {
            self.since = Some(now);
        }
        self.active = self.cusum >= self.threshold() && self.is_the_calf();
    }

    /// A 5-s step in which the pair could not be judged.
    pub fn pause(&mut self, now: Instant) {
        if self.judged_at.is_some_and(|at| now.since(at) >= FORGET_AFTER) {
            self.forget();
            self.judged_at = None;
        }
    }

    /// A sensor of the pair has moved: what was gathered on its old level is worth nothing.
    pub fn forget(&mut self) {
        (self.cusum, self.since, self.active) = (0.0, None, false);
        self.recent = [None; CLEAR_STEPS];
    }

    /// Whether evidence is building, so that the baseline must stand still.
    pub fn holds_baseline(&self) -> bool {
        self.active || self.cusum > 0.25 * self.threshold()
    }

    /// What is seen, if it is.
    pub fn verdict(&self, place: Place) -> Option<Verdict> {
        if !self.active {
            return None;
        }
        let mean = self.mean(CLEAR_STEPS)?;
        let strength = math::max(mean.thigh - mean.calf, 0.0);
        let evidence = Evidence::Smo2 { site: mean.calf, against: Some(mean.thigh) };
        Some(Verdict { kind: PatternKind::CalfOverload, place, strength, since: self.since?, evidence })
    }

    /// D as shown: the pair's residual over the last 30 s, calf less thigh. Negative: the calf works more.
    pub fn d(&self) -> Option<f32> {
        self.mean(SHOWN_STEPS).map(|m| m.calf - m.thigh)
    }

    /// Half the width of the rider's own normal band for D as shown: two standard deviations of a 30-s mean.
    pub fn normal_band(&self) -> f32 {
        2.0 * libm::sqrtf(self.variance() / (SHOWN_STEPS as f32 * STEP_S))
    }

    fn is_the_calf(&self) -> bool {
        self.mean(SHOWN_STEPS).is_some_and(|m| -m.calf >= (m.thigh - m.calf) / 2.0)
    }

    fn threshold(&self) -> f32 {
        THRESHOLD_UNITS * self.variance() / DESIGN_SHIFT
    }

    /// Long-run variance of the pair, %²·s: what was seen while learning, within the bounds of what riders show.
    pub fn variance(&self) -> f32 {
        match math::mean(self.variance_sum, u32::from(self.variance_n)) {
            Some(seen) => math::clamp(seen, PAIR_VARIANCE, 3.0 * PAIR_VARIANCE),
            None => PAIR_VARIANCE,
        }
    }

    fn remember(&mut self, residual: PairResidual) {
        self.recent.rotate_left(1);
        if let Some(last) = self.recent.last_mut() {
            *last = Some(residual);
        }
    }

    fn mean(&self, steps: usize) -> Option<PairResidual> {
        let (mut calf, mut thigh, mut n) = (0.0, 0.0, 0);
        for residual in self.recent.iter().rev().take(steps).flatten() {
            calf += residual.calf;
            thigh += residual.thigh;
            n += 1;
        }
        Some(PairResidual { calf: math::mean(calf, n)?, thigh: math::mean(thigh, n)? })
    }
}

impl Default for CalfOverload {
    fn default() -> Self {
        Self::new()
    }
}
