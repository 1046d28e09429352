//! One leg: whether the sensors of its calf and thigh are where they belong.

use crate::head_unit::muscle::Muscle;
use crate::pattern::Place;
use crate::signal::exchange::{Both, Exchange, Finding, Sight, SwapView};
use crate::signal::history::Leanings;
use crate::signal::load::Load;

#[derive(Clone, Debug)]
pub(super) struct Leg {
    exchange: Exchange,
    /// The calf and the thigh that are compared, if both are worn.
    pub(super) pair: Option<Place>,
    /// Which of them worked more.
    pub(super) leanings: Leanings,
}

impl Leg {
    pub(super) const fn new() -> Self {
        Self { exchange: Exchange::new(), pair: None, leanings: Leanings::new() }
    }

    /// Whether the leg's sensors are where they belong, as far as can be seen.
    pub(super) const fn swap(&self) -> SwapView {
        self.exchange.view()
    }

    /// Five seconds of a calf and a thigh, before anything is learned of them. `load` is none while it explains little.
    pub(super) fn step(&mut self, load: Option<&Load>, calf: &mut Muscle, thigh: &mut Muscle) {
        if !calf.baseline.is_started() || !thigh.baseline.is_started() {
            self.exchange = Exchange::new();
        }
        match (calf.renewed, thigh.renewed) {
            (Some(at), None) => thigh.move_with_other(at),
            (None, Some(at)) => calf.move_with_other(at),
            _ => {}
        }
        self.exchange.hear(calf.step_mean.is_some(), thigh.step_mean.is_some());
        if let Some(load) = load
            && calf.step_mean.is_some()
            && thigh.step_mean.is_some()
        {
            self.weigh(load, calf, thigh);
        }
        (calf.exchange, thigh.exchange) = (self.exchange.standing(), self.exchange.standing());
    }

    /// Weighs whether the two sensors have changed places.
    fn weigh(&mut self, load: &Load, calf: &mut Muscle, thigh: &mut Muscle) {
        let known = calf.baseline.is_ready() && thigh.baseline.is_ready();
        let expected = calf.baseline.expected(load).zip(thigh.baseline.expected(load)).filter(|_| known);
        let means = calf.step_mean.zip(thigh.step_mean);
        let Some(((of_calf, of_thigh), (calf_mean, thigh_mean))) = expected.zip(means) else {
            self.exchange.blind();
            return;
        };
        let finding = self.exchange.step(&Sight {
            residual: Both { calf: calf_mean - of_calf, thigh: thigh_mean - of_thigh },
            apart: of_thigh - of_calf,
            moved: Both { calf: calf.last_move, thigh: thigh.last_move },
            variance: calf.baseline.noise().long_run() + thigh.baseline.noise().long_run(),
            sudden: f32::midpoint(calf.baseline.noise().sudden(), thigh.baseline.noise().sudden()),
        });
        match finding {
            Finding::Nothing | Finding::Watching => {}
            Finding::Suspected => {
                calf.forget_evidence();
                thigh.forget_evidence();
            }
            Finding::Over => {
                // Put back, they sit on the skin anew.
                calf.take_level(0.0);
                thigh.take_level(0.0);
            }
            Finding::NewLevels(by) => {
                calf.take_level(by.calf);
                thigh.take_level(by.thigh);
            }
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

        /// A second. `levels` are SmO2 at 200 W and tHb that each sensor measures; below 0 it is not heard.
        fn second(&mut self, s: u64, calf: (f32, i16), thigh: (f32, i16)) {
            let at = Instant::from_ms(s * 1000);
            let power = if (s / 120).is_multiple_of(2) { 260 } else { 140 };
            self.lagged_w += (f32::from(power) - self.lagged_w) / 20.0;
            let context = Context { power: Some(Watts(power)), cadence: Some(Rpm(88)), ..Context::default() };
            self.unit.handle(&Input::Context(context), at);
            if s.is_multiple_of(2) {
                for (identity, (level, hundredths)) in [(CALF, calf), (THIGH, thigh)] {
                    if level < 0.0 {
                        continue;
                    }
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
        state.gains.iter().flat_map(|g| [g.fast + g.middle + g.slow, g.cadence]).collect()
    }

    #[test]
    fn exchanged_sensors_are_said_nothing_is_learned_of_them_and_all_is_well_after() {
        // tHb goes with the sensor, or with the muscle. Each contact is said to have moved as well.
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
            assert!(!moved.is_empty(), "{calf_thb}");
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
    fn a_move_of_one_sensor_explains_what_the_other_did_meanwhile() {
        // The calf's is not heard while they change places, and its step is not said to be one.
        let (calf, thigh) = ((58.0, 1200), (44.0, 1200));
        let mut rider = Rider::new();
        (0..SWAP_S.start).for_each(|s| rider.second(s, calf, thigh));
        (SWAP_S.start..SWAP_S.start + 12).for_each(|s| rider.second(s, (-1.0, 0), thigh));
        (SWAP_S.start + 12..1800).for_each(|s| rider.second(s, thigh, calf));
        let moved = rider.heard(|event| matches!(event, Event::Notice { reason: Reason::Moved, .. }));
        assert_eq!(moved.len(), 1, "{:?}", rider.said);
        assert_eq!(rider.alerts(), 0);
        let armed = rider.heard(|event| matches!(event, Event::Armed { .. }));
        assert!(armed.last().is_some_and(|s| *s < SWAP_S.start + 12 + 60), "{armed:?}");
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
