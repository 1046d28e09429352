//! One leg: is detection ready for its calf and thigh, and what does it see.

use crate::field::DisarmReason;
use crate::head_unit::muscle::Muscle;
use crate::pattern::calf_overload::CalfOverload;
use crate::pattern::{Pair, PairResidual, Verdict};
use crate::signal::exchange::{Both, Exchange, Finding, Sight, SwapView};
use crate::signal::load::Load;
use crate::time::{Duration, Instant};

/// Steps of 5 s that must have been learned from before anything is judged: 8 min.
const LEARN_STEPS: u16 = 96;
const STEP_S: u32 = 5;
/// Where the models are less sure than this of what they expect of the pair, they learn and do not judge.
const SURE_POINTS: f32 = 3.0;
/// After standing or coasting, the muscles need this long to answer to load alone.
const SETTLE: Duration = Duration::from_s(45);
/// A missing reading is told once it has lasted.
const MISSING_STEPS: u8 = 2;

/// What the rider does that no load model explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disturbance {
    None,
    Standing,
    Coasting,
}

#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub(super) detector: CalfOverload,
    exchange: Exchange,
    learned_steps: u16,
    disturbed: Option<(Instant, DisarmReason)>,
    missing_steps: u8,
    /// Ready or not, as last told.
    pub(super) told: Option<Result<(), DisarmReason>>,
    pub(super) pair: Option<Pair>,
}

impl Leg {
    pub(super) const fn new() -> Self {
        Self {
            detector: CalfOverload::new(),
            exchange: Exchange::new(),
            learned_steps: 0,
            disturbed: None,
            missing_steps: 0,
            told: None,
            pair: None,
        }
    }

    /// Time that must still be learned from, at least.
    pub(super) fn learning_left(&self) -> Duration {
        Duration::from_s(u32::from(LEARN_STEPS.saturating_sub(self.learned_steps)) * STEP_S)
    }

    pub(super) fn verdict(&self) -> Option<Verdict> {
        self.detector.verdict()
    }

    /// Whether the leg's sensors are where they belong, as far as can be seen.
    pub(super) const fn swap(&self) -> SwapView {
        self.exchange.view()
    }

    /// Five seconds of a calf and a thigh. Returns whether detection is ready.
    pub(super) fn step(
        &mut self,
        now: Instant,
        load: Option<&Load>,
        disturbance: Disturbance,
        calf: &mut Muscle,
        thigh: &mut Muscle,
    ) -> Result<(), DisarmReason> {
        if !calf.model.is_started() || !thigh.model.is_started() {
            self.exchange = Exchange::new();
        }
        self.exchange.hear(calf.step_mean.is_some(), thigh.step_mean.is_some());
        let ready = self.judge(now, load, disturbance, calf, thigh);
        let (held, swapped) = (self.exchange.holds(), self.exchange.view() == SwapView::Suspected);
        (calf.held, calf.swapped) = (held, swapped);
        (thigh.held, thigh.swapped) = (held, swapped);
        if ready.is_err() {
            self.detector.pause(now);
        }
        ready
    }

    fn judge(
        &mut self,
        now: Instant,
        load: Option<&Load>,
        disturbance: Disturbance,
        calf: &mut Muscle,
        thigh: &mut Muscle,
    ) -> Result<(), DisarmReason> {
        self.settled(now, disturbance)?;
        let load = load.ok_or(DisarmReason::NoPower)?;
        if calf.step_mean.is_none() || thigh.step_mean.is_none() {
            self.missing_steps = self.missing_steps.saturating_add(1);
            let was_ready = self.told == Some(Ok(()));
            let only_just = was_ready && self.missing_steps < MISSING_STEPS;
            return if only_just { Ok(()) } else { Err(DisarmReason::NoReading) };
        }
        self.missing_steps = 0;
        if core::mem::take(&mut calf.just_moved) | core::mem::take(&mut thigh.just_moved) {
            self.detector.forget();
        }
        let unsure = calf.model.variance(load) + thigh.model.variance(load) > SURE_POINTS * SURE_POINTS;
        let residual = match (calf.residual(load), thigh.residual(load)) {
            (Some(calf), Some(thigh)) => Some(PairResidual { calf, thigh }),
            _ => None,
        };
        let learned = self.learned_steps >= LEARN_STEPS;
        self.exchanged(residual.filter(|_| learned && !unsure), load, calf, thigh)?;
        if calf.is_suspect() || thigh.is_suspect() {
            return Err(DisarmReason::NoReading);
        }
        if !self.detector.holds_baseline() || unsure {
            calf.learn(load);
            thigh.learn(load);
            self.learned_steps = self.learned_steps.saturating_add(1);
        }
        let Some(residual) = residual.filter(|_| learned && !unsure) else {
            if let Some(residual) = residual.filter(|_| !unsure) {
                self.detector.learn(residual);
            }
            return Err(DisarmReason::Learning);
        };
        if calf.range.range().is_none() || thigh.range.range().is_none() {
            return Err(DisarmReason::RangeTooSmall);
        }
        self.detector.judge(now, residual);
        Ok(())
    }

    /// Weighs whether the two sensors have changed places. An error while they may have.
    fn exchanged(
        &mut self,
        residual: Option<PairResidual>,
        load: &Load,
        calf: &mut Muscle,
        thigh: &mut Muscle,
    ) -> Result<(), DisarmReason> {
        let expected = calf.model.expected(load).zip(thigh.model.expected(load));
        let finding = if let Some((residual, (of_calf, of_thigh))) = residual.zip(expected) {
            self.exchange.step(&Sight {
                residual: Both { calf: residual.calf, thigh: residual.thigh },
                apart: of_thigh - of_calf,
                variance: self.detector.variance(),
            })
        } else {
            self.exchange.blind();
            self.exchange.standing()
        };
        match finding {
            Finding::Nothing => Ok(()),
            Finding::Watching => Err(DisarmReason::NoReading),
            Finding::Suspected => {
                self.detector.forget();
                Err(DisarmReason::Swapped)
            }
            Finding::Over => {
                calf.forget_move();
                thigh.forget_move();
                self.detector.forget();
                Err(DisarmReason::NoReading)
            }
            Finding::NewLevels(by) => {
                calf.take_level(by.calf);
                thigh.take_level(by.thigh);
                Err(DisarmReason::NoReading)
            }
        }
    }

    fn settled(&mut self, now: Instant, disturbance: Disturbance) -> Result<(), DisarmReason> {
        match disturbance {
            Disturbance::Standing => self.disturbed = Some((now, DisarmReason::Standing)),
            Disturbance::Coasting => self.disturbed = Some((now, DisarmReason::Coasting)),
            Disturbance::None => {}
        }
        match self.disturbed {
            Some((at, reason)) if now.since(at) < SETTLE => Err(reason),
            _ => Ok(()),
        }
    }
}
