//! One leg: is detection ready for its calf and thigh, and what does it see.

use crate::field::DisarmReason;
use crate::head_unit::muscle::Muscle;
use crate::pattern::calf_overload::{CalfOverload, PairResidual};
use crate::pattern::{Place, Verdict};
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
    pub(super) pair: Option<Place>,
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
        self.detector.verdict(self.pair?)
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
        (calf.exchange, thigh.exchange) = (self.exchange.standing(), self.exchange.standing());
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

#[cfg(test)]
mod tests {
    use crate::head_unit::{Assignment, Config, Context, Event, HeadUnit, Input, Output, State, SwapView};
    use crate::sensor::{Identity, Muscle, Reason, Sample, Side, Site, Value};
    use crate::time::Instant;
    use crate::units::{Rpm, Smo2, Thb, ThbScale, Watts};
    extern crate std;
    use std::vec::Vec;

    const CALF: Identity = Identity::Channel(0);
    const THIGH: Identity = Identity::Channel(1);
    const SWAP_S: core::ops::Range<u64> = 1203..1383;

    /// Half an hour at two powers in turn; both sensors measure every 2 s.
    struct Rider {
        unit: HeadUnit,
        lagged_w: f32,
        random: u32,
        said: Vec<(u64, Event)>,
    }

    impl Rider {
        fn new() -> Self {
            let mut unit = HeadUnit::new();
            let worn = |identity, muscle| Assignment { identity, site: Site::new(muscle, Side::Right) };
            let roster = [worn(CALF, Muscle::GastrocnemiusMedialis), worn(THIGH, Muscle::VastusLateralis)];
            let config = Config { roster: roster.into_iter().collect(), ..Config::DEFAULT };
            unit.handle(&Input::Configure(config), Instant::ZERO);
            Self { unit, lagged_w: 200.0, random: 1, said: Vec::new() }
        }

        /// Evenly between -1 and 1.
        fn noise(&mut self) -> f32 {
            self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.random >> 8) as f32 / (1 << 23) as f32 - 1.0
        }

        /// A second. `levels` are SmO2 at 200 W and tHb that each sensor measures.
        fn second(&mut self, s: u64, calf: (f32, i16), thigh: (f32, i16)) {
            let at = Instant::from_ms(s * 1000);
            let power = if (s / 120).is_multiple_of(2) { 260 } else { 140 };
            self.lagged_w += (f32::from(power) - self.lagged_w) / 20.0;
            let context = Context { power: Some(Watts(power)), cadence: Some(Rpm(88)), ..Context::default() };
            self.unit.handle(&Input::Context(context), at);
            if s.is_multiple_of(2) {
                for (identity, (level, hundredths)) in [(CALF, calf), (THIGH, thigh)] {
                    let percent = level - 0.12 * (self.lagged_w - 200.0) + self.noise();
                    let thb = Thb {
                        hundredths: hundredths + (3.0 * self.noise()) as i16,
                        scale: ThbScale::GramsPerDecilitre,
                    };
                    let value = Value { smo2: Smo2::from_tenths((percent * 10.0) as u16).unwrap(), thb: Some(thb) };
                    self.unit.handle(&Input::Sample(Sample { identity, count: s as u16, reading: Ok(value) }), at);
                }
            }
            while let Some(output) = self.unit.poll_output() {
                if let Output::Event(event) = output {
                    self.said.push((s, event));
                }
            }
        }

        fn heard(&self, wanted: impl Fn(&Event) -> bool) -> Vec<u64> {
            self.said.iter().filter(|(_, event)| wanted(event)).map(|(s, _)| *s).collect()
        }

        fn alerts(&self) -> usize {
            self.heard(|event| matches!(event, Event::Alert { .. })).len()
        }

        fn swapped(&self) -> (Vec<u64>, Vec<u64>) {
            (
                self.heard(|event| matches!(event, Event::Notice { reason: Reason::Swapped, .. })),
                self.heard(|event| matches!(event, Event::NoticeCleared { reason: Reason::Swapped, .. })),
            )
        }
    }

    fn gains(state: &State) -> Vec<f32> {
        state.gains.iter().flat_map(|g| [g.fast, g.slow, g.cadence]).collect()
    }

    #[test]
    fn exchanged_sensors_are_said_nothing_is_learned_of_them_and_all_is_well_after() {
        // tHb goes with the sensor, or with the muscle: then each contact is said to have moved as well.
        for calf_thb in [1200, 1250] {
            let (calf, thigh) = ((58.0, calf_thb), (44.0, 1200));
            let mut rider = Rider::new();
            (0..SWAP_S.start).for_each(|s| rider.second(s, calf, thigh));
            assert_eq!(rider.unit.swap(Side::Right), SwapView::Fine);
            let before = gains(&rider.unit.state());
            SWAP_S.for_each(|s| rider.second(s, thigh, calf));
            assert_eq!(rider.unit.swap(Side::Right), SwapView::Suspected);
            for (was, is) in before.iter().zip(gains(&rider.unit.state())) {
                assert!((was - is).abs() < 0.05, "{before:?} {is}");
            }
            (SWAP_S.end..1800).for_each(|s| rider.second(s, calf, thigh));
            let (said, cleared) = rider.swapped();
            assert_eq!((said.len(), cleared.len()), (2, 2), "{said:?} {cleared:?}");
            assert!(said.iter().all(|s| (SWAP_S.start..SWAP_S.start + 60).contains(s)), "{said:?}");
            assert!(cleared.iter().all(|s| (SWAP_S.end..SWAP_S.end + 30).contains(s)), "{cleared:?}");
            let moved = rider.heard(|event| matches!(event, Event::Notice { reason: Reason::Moved, .. }));
            assert_eq!(moved.is_empty(), calf_thb == 1200, "{moved:?}");
            assert_eq!(rider.alerts(), 0);
            let armed = rider.heard(|event| matches!(event, Event::Armed { .. }));
            assert!(armed.last().is_some_and(|s| (SWAP_S.end..SWAP_S.end + 60).contains(s)), "{armed:?}");
            assert_eq!(rider.unit.swap(Side::Right), SwapView::Fine);
        }
    }

    #[test]
    fn a_third_sensor_on_the_calf_has_moved_and_raises_nothing() {
        let (calf, thigh) = ((58.0, 1200), (44.0, 1200));
        for third in [(44.0, 1260), (70.0, 1130)] {
            let mut rider = Rider::new();
            (0..1800).for_each(|s| rider.second(s, if SWAP_S.contains(&s) { third } else { calf }, thigh));
            let moved = rider.heard(|event| matches!(event, Event::Notice { reason: Reason::Moved, .. }));
            assert!(
                matches!(moved[..], [there, back] if there < SWAP_S.start + 15 && back < SWAP_S.end + 15),
                "{moved:?}"
            );
            assert_eq!(rider.swapped().0, []);
            assert_eq!(rider.alerts(), 0);
        }
    }

    #[test]
    fn sensors_assigned_anew_are_not_suspected_any_more() {
        let (calf, thigh) = ((58.0, 1200), (44.0, 1200));
        let mut rider = Rider::new();
        (0..SWAP_S.start).for_each(|s| rider.second(s, calf, thigh));
        SWAP_S.for_each(|s| rider.second(s, thigh, calf));
        assert_eq!(rider.unit.swap(Side::Right), SwapView::Suspected);
        let worn = |identity, muscle| Assignment { identity, site: Site::new(muscle, Side::Right) };
        let roster = [worn(THIGH, Muscle::GastrocnemiusMedialis), worn(CALF, Muscle::VastusLateralis)];
        let config = Config { roster: roster.into_iter().collect(), ..Config::DEFAULT };
        rider.unit.handle(&Input::Configure(config), Instant::from_ms(SWAP_S.end * 1000));
        (SWAP_S.end..SWAP_S.end + 30).for_each(|s| rider.second(s, thigh, calf));
        assert_eq!(rider.unit.swap(Side::Right), SwapView::NotDetectable);
        (SWAP_S.end + 30..2400).for_each(|s| rider.second(s, thigh, calf));
        assert_eq!(rider.swapped().0.len(), 2);
        assert_eq!(rider.alerts(), 0);
    }
}
