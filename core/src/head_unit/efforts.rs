//! What goes on from effort to effort: power is split into efforts and rests once, and each muscle and each leg is watched
//! through them. Also the nudge to move. A second at a time; percent and watts.

use super::muscle::Muscle;
use super::riding::Riding;
use crate::config::MAX_SITES;
use crate::pattern::load_shift::{self, Lagged, LoadShift};
use crate::pattern::slow_recovery::{self, Course, Measured, SlowRecovery};
use crate::pattern::vary_position::VaryPosition;
use crate::pattern::{PatternKind, Place, Verdict};
use crate::sensor::{Identity, Reason, Side, Site};
use crate::signal::efforts::{Efforts as Stretches, Kind, Turn};
use crate::time::{Duration, Instant};

/// One muscle with the sensor that it is seen by.
#[derive(Clone, Debug)]
struct Watched {
    site: Site,
    identity: Identity,
    recovery: SlowRecovery,
}

/// What a muscle gives in a second.
#[derive(Clone, Copy)]
enum Given {
    Value(f32),
    Nothing,
    /// Its sensor has moved, or may have.
    Moved,
}

/// Everything that is compared between efforts.
#[derive(Clone, Debug)]
pub(super) struct Efforts {
    power: Stretches,
    /// When the stretch that is ridden began, and the power before it.
    begun: Instant,
    from_w: f32,
    course: Course,
    lagged: Lagged,
    muscles: heapless::Vec<Watched, MAX_SITES>,
    legs: [(Option<Place>, LoadShift); 2],
    position: VaryPosition,
    /// The leg whose D the nudge watches.
    leg: Option<Side>,
}

impl Efforts {
    pub(super) const fn new() -> Self {
        Self {
            power: Stretches::new(),
            begun: Instant::ZERO,
            from_w: 0.0,
            course: Course::new(),
            lagged: Lagged::new(),
            muscles: heapless::Vec::new(),
            legs: [(None, LoadShift::new()), (None, LoadShift::new())],
            position: VaryPosition::new(),
            leg: None,
        }
    }

    /// Time has jumped: nothing is compared across.
    pub(super) fn jump(&mut self) {
        self.power = Stretches::new();
        self.lagged = Lagged::new();
        self.spoil();
        self.position.forget();
    }

    /// The rider has changed posture.
    pub(super) const fn posture(&mut self, now: Instant) {
        self.position.moved(now);
    }

    /// Five seconds of D as shown for a leg. True: nudge the rider to move.
    pub(super) fn shown(&mut self, now: Instant, leg: Side, d: Option<(f32, f32)>, still: Duration) -> bool {
        if self.leg.replace(leg) != Some(leg) {
            self.position.forget();
        }
        self.position.look(now, d, still)
    }

    /// The last recovery of a muscle that was measured, and when.
    pub(super) fn recovery(&self, site: Site) -> Option<&(Instant, Measured)> {
        self.muscles.iter().find(|watched| watched.site == site)?.recovery.last()
    }

    /// A second passes. What each pattern sees, or that it sees nothing, goes to `report`.
    pub(super) fn second(
        &mut self,
        now: Instant,
        riding: &Riding,
        muscles: &[Muscle],
        pairs: [Option<Place>; 2],
        report: &mut impl FnMut(PatternKind, Place, Option<Verdict>),
    ) {
        self.follow(muscles, pairs, report);
        let (kind, mean_w) = (self.power.kind(), self.power.mean_w());
        let age_s = self.power.age_s();
        match self.power.second(riding.power().map(|w| w.0)) {
            Turn::Unknown => {
                self.lagged = Lagged::new();
                self.spoil();
            }
            Turn::Begun { from_w } => {
                self.over(now, kind, mean_w, age_s);
                self.begin(now, from_w);
            }
            Turn::Same => {
                let looked_s = self.course.seconds();
                let long_enough = match kind {
                    Kind::Rest => looked_s >= slow_recovery::LONGEST_S,
                    Kind::Effort => age_s > load_shift::LONGEST_S,
                    Kind::Other => false,
                };
                if long_enough {
                    self.over(now, kind, mean_w, age_s);
                }
            }
        }
        if let Some(power) = riding.power() {
            self.course.second(power.0);
            self.lagged.second(power.0);
            self.see(now, riding, muscles);
        }
        for watched in &self.muscles {
            let place = Place { site: watched.site, against: None };
            report(PatternKind::SlowRecovery, place, watched.recovery.verdict(place));
        }
        for (pair, shift) in &self.legs {
            if let Some(pair) = *pair {
                report(PatternKind::LoadShift, pair, shift.verdict(pair));
            }
        }
    }

    /// Who is worn, and who is a pair. Those who are gone see nothing any more.
    fn follow(
        &mut self,
        muscles: &[Muscle],
        pairs: [Option<Place>; 2],
        report: &mut impl FnMut(PatternKind, Place, Option<Verdict>),
    ) {
        let is = |watched: &Watched, m: &Muscle| watched.site == m.site && watched.identity == m.track.identity();
        self.muscles.retain(|watched| {
            let stays = muscles.iter().any(|m| is(watched, m));
            if !stays {
                report(PatternKind::SlowRecovery, Place { site: watched.site, against: None }, None);
            }
            stays
        });
        for muscle in muscles {
            if !self.muscles.iter().any(|watched| is(watched, muscle)) {
                let (site, identity) = (muscle.site, muscle.track.identity());
                // There is room for as many as are worn.
                let _ = self.muscles.push(Watched { site, identity, recovery: SlowRecovery::new() });
            }
        }
        for ((pair, shift), now) in self.legs.iter_mut().zip(pairs) {
            if *pair != now {
                if let Some(gone) = core::mem::replace(pair, now) {
                    report(PatternKind::LoadShift, gone, None);
                }
                *shift = LoadShift::new();
            }
        }
    }

    fn begin(&mut self, now: Instant, from_w: f32) {
        (self.begun, self.from_w) = (now, from_w);
        self.course.begin(from_w);
        self.muscles.iter_mut().for_each(|watched| watched.recovery.begin());
        self.legs.iter_mut().for_each(|(_, shift)| shift.begin());
    }

    /// The stretch is over, or has been looked at for long enough.
    fn over(&mut self, now: Instant, kind: Kind, mean_w: Option<f32>, age_s: u16) {
        let Some(mean_w) = mean_w else { return };
        match kind {
            Kind::Rest => {
                for watched in &mut self.muscles {
                    watched.recovery.rest_over(now, self.begun, &self.course, self.from_w - mean_w);
                }
            }
            Kind::Effort => {
                // Who comes back slowly has not come back, and falls by less from there.
                let slow = |site: Site| self.muscles.iter().any(|it| it.site == site && it.recovery.is_slow());
                for (pair, shift) in &mut self.legs {
                    if pair.is_some_and(|pair| slow(pair.site) || pair.against.is_some_and(slow)) {
                        continue;
                    }
                    shift.effort_over(now, self.begun, age_s, mean_w);
                }
            }
            Kind::Other => {}
        }
    }

    fn spoil(&mut self) {
        self.muscles.iter_mut().for_each(|watched| watched.recovery.spoil());
        self.legs.iter_mut().for_each(|(_, shift)| shift.spoil());
    }

    fn see(&mut self, now: Instant, riding: &Riding, muscles: &[Muscle]) {
        let seated = !riding.is_standing();
        let given = |site: Site| {
            let Some(muscle) = muscles.iter().find(|m| m.site == site) else { return Given::Nothing };
            match muscle.condition(now) {
                Some(Reason::Moved) => Given::Moved,
                None if muscle.is_suspect() => Given::Nothing,
                None if seated => muscle.held(now).map_or(Given::Nothing, Given::Value),
                _ => Given::Nothing,
            }
        };
        for watched in &mut self.muscles {
            match given(watched.site) {
                Given::Value(smo2) => watched.recovery.second(now, &self.course, Some(smo2)),
                Given::Nothing => watched.recovery.second(now, &self.course, None),
                Given::Moved => watched.recovery.spoil(),
            }
        }
        let cadence_rpm = riding.cadence().map_or(0.0, |rpm| f32::from(rpm.0));
        for (pair, shift) in &mut self.legs {
            let Some((calf, thigh)) = pair.and_then(|pair| Some((given(pair.site), given(pair.against?)))) else {
                continue;
            };
            let second = match (calf, thigh) {
                (Given::Moved, _) | (_, Given::Moved) => {
                    shift.forget();
                    continue;
                }
                (Given::Value(calf), Given::Value(thigh)) => {
                    Some(load_shift::Second { smo2: (calf, thigh), cadence_rpm })
                }
                _ => None,
            };
            shift.second(now, self.power.age_s(), &self.lagged, second);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::head_unit::{Assignment, Config, Context, Event, HeadUnit, Input, Output, PatternKind, Posture};
    use crate::sensor::{Identity, Muscle, Sample, Side, Site, Value};
    use crate::time::Instant;
    use crate::units::{Rpm, Smo2, Watts};
    extern crate std;
    use std::vec::Vec;

    const CALF: Identity = Identity::Channel(0);
    const THIGH: Identity = Identity::Channel(1);
    const EFFORT_S: u64 = 180;
    const ROUND_S: u64 = 330;
    /// From here on something is different.
    const CHANGE_S: u64 = 8 * ROUND_S;
    const END_S: u64 = 14 * ROUND_S;

    /// Efforts of 3 min with 2.5 min between them; both sensors measure every 2 s.
    struct Rider {
        unit: HeadUnit,
        /// Power as calf and thigh answer to it, W.
        lagged_w: (f32, f32),
        /// What the calf has lost, points.
        lost: f32,
        random: u32,
        said: Vec<(u64, Event)>,
    }

    /// How the rider is in a second: the thigh's time constant of recovery, and the calf's gain for each 100 W.
    type Answer = (f32, f32);

    impl Rider {
        fn new() -> Self {
            let mut unit = HeadUnit::new();
            unit.handle(&Input::Configure(worn(THIGH)), Instant::ZERO);
            Self { unit, lagged_w: (100.0, 100.0), lost: 0.0, random: 1, said: Vec::new() }
        }

        /// Evenly between -1 and 1.
        fn noise(&mut self) -> f32 {
            self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.random >> 8) as f32 / (1 << 23) as f32 - 1.0
        }

        fn give(&mut self, s: u64, input: &Input) {
            self.unit.handle(input, Instant::from_ms(s * 1000));
            while let Some(output) = self.unit.poll_output() {
                if let Output::Event(event) = output {
                    self.said.push((s, event));
                }
            }
        }

        fn second(&mut self, s: u64, (thigh_tau_s, calf_gain): Answer, heard: bool) {
            let power_w = if s % ROUND_S < EFFORT_S { 280 } else { 100 };
            let context = Context { power: Some(Watts(power_w)), cadence: Some(Rpm(88)), ..Context::default() };
            self.give(s, &Input::Context(context));
            let toward = f32::from(power_w);
            self.lagged_w.0 += (toward - self.lagged_w.0) / 25.0;
            self.lagged_w.1 += (toward - self.lagged_w.1) / if toward < self.lagged_w.1 { thigh_tau_s } else { 15.0 };
            if s.is_multiple_of(2) && heard {
                let calf = 68.0 - self.lost - calf_gain * self.lagged_w.0 / 100.0 + self.noise();
                let thigh = 74.0 - 18.0 * self.lagged_w.1 / 100.0 + self.noise();
                for (identity, percent) in [(CALF, calf), (THIGH, thigh)] {
                    let value = Value { smo2: Smo2::from_tenths((percent * 10.0) as u16).unwrap(), thb: None };
                    self.give(s, &Input::Sample(Sample { identity, count: s as u16, reading: Ok(value) }));
                }
            }
        }

        fn ride(&mut self, seconds: core::ops::Range<u64>, answer: Answer) {
            seconds.for_each(|s| self.second(s, answer, true));
        }

        /// When a pattern was told, and where, and when it was over.
        fn told(&self, kind: PatternKind) -> (Vec<(u64, Muscle)>, Vec<u64>) {
            let alert = |(s, event): &(u64, Event)| match event {
                Event::Alert { pattern, place, .. } if *pattern == kind => Some((*s, place.site.muscle)),
                _ => None,
            };
            let cleared = |(s, event): &(u64, Event)| match event {
                Event::AlertCleared { pattern, .. } if *pattern == kind => Some(*s),
                _ => None,
            };
            (self.said.iter().filter_map(alert).collect(), self.said.iter().filter_map(cleared).collect())
        }
    }

    fn worn(thigh: Identity) -> Config {
        let assigned = |identity, muscle| Assignment { identity, site: Site::new(muscle, Side::Right) };
        let roster = [assigned(CALF, Muscle::GastrocnemiusMedialis), assigned(thigh, Muscle::VastusLateralis)];
        Config { roster: roster.into_iter().collect(), ..Config::DEFAULT }
    }

    const AS_EVER: Answer = (15.0, 10.0);
    const SLOW: Answer = (32.0, 10.0);
    const SHIFTED: Answer = (15.0, 15.0);

    #[test]
    fn a_thigh_that_comes_back_slowly_is_told_once_after_two_or_three_efforts() {
        let mut rider = Rider::new();
        rider.ride(0..CHANGE_S, AS_EVER);
        assert_eq!(rider.told(PatternKind::SlowRecovery).0, []);
        rider.ride(CHANGE_S..END_S, SLOW);
        let (told, over) = rider.told(PatternKind::SlowRecovery);
        assert!(
            matches!(told[..], [(s, Muscle::VastusLateralis)] if (CHANGE_S + ROUND_S..=CHANGE_S + 3 * ROUND_S).contains(&s)),
            "{told:?}"
        );
        assert_eq!((over, rider.told(PatternKind::LoadShift).0), (Vec::new(), Vec::new()));
        rider.ride(END_S..END_S + 3 * ROUND_S, AS_EVER);
        assert_eq!(rider.told(PatternKind::SlowRecovery).1.len(), 1);
    }

    #[test]
    fn a_calf_that_takes_more_of_each_effort_is_told_once_after_two_or_three() {
        let mut rider = Rider::new();
        rider.ride(0..CHANGE_S, AS_EVER);
        assert_eq!(rider.told(PatternKind::LoadShift).0, []);
        rider.ride(CHANGE_S..END_S, SHIFTED);
        let (told, _) = rider.told(PatternKind::LoadShift);
        assert!(
            matches!(told[..], [(s, Muscle::GastrocnemiusMedialis)] if (CHANGE_S + ROUND_S..=CHANGE_S + 3 * ROUND_S).contains(&s)),
            "{told:?}"
        );
        assert_eq!(rider.told(PatternKind::SlowRecovery).0, []);
    }

    #[test]
    fn efforts_and_rests_that_were_not_wholly_seen_or_ridden_seated_tell_nothing() {
        for standing in [false, true] {
            let mut rider = Rider::new();
            rider.ride(0..CHANGE_S, AS_EVER);
            for s in CHANGE_S..END_S {
                // A minute of each effort, and some seconds of each rest.
                let hidden = (40..110).contains(&(s % ROUND_S)) || (200..215).contains(&(s % ROUND_S));
                if standing && [40, 110, 200, 215].contains(&(s % ROUND_S)) {
                    rider.give(s, &Input::Posture(if hidden { Posture::Standing } else { Posture::Seated }));
                }
                rider.second(s, (32.0, 15.0), standing || !hidden);
            }
            for kind in [PatternKind::SlowRecovery, PatternKind::LoadShift] {
                assert_eq!(rider.told(kind).0, [], "standing: {standing}");
            }
        }
    }

    #[test]
    fn another_sensor_on_the_thigh_begins_anew_and_ends_what_was_told() {
        let mut rider = Rider::new();
        rider.ride(0..CHANGE_S, AS_EVER);
        rider.ride(CHANGE_S..END_S, SLOW);
        assert_eq!(rider.told(PatternKind::SlowRecovery).0.len(), 1);
        rider.give(END_S, &Input::Configure(worn(Identity::Channel(7))));
        rider.ride(END_S + 1..END_S + 3, SLOW);
        assert_eq!(rider.told(PatternKind::SlowRecovery).1.len(), 1);
    }

    #[test]
    fn who_sits_still_while_the_calf_loses_is_nudged_and_who_moves_is_not() {
        for moves in [false, true] {
            let mut rider = Rider::new();
            rider.ride(0..CHANGE_S, AS_EVER);
            for s in CHANGE_S..END_S {
                // Too slow for an alert.
                rider.lost += 0.6 / 60.0;
                if moves && s.is_multiple_of(600) {
                    rider.give(s, &Input::Posture(Posture::Seated));
                }
                rider.second(s, AS_EVER, true);
            }
            let nudges: Vec<u64> =
                rider.said.iter().filter(|(_, e)| matches!(e, Event::Nudge { .. })).map(|(s, _)| *s).collect();
            let cues = rider.said.iter().filter(|(_, e)| matches!(e, Event::Cue(c) if c.cue.code() == "vary_position"));
            assert_eq!(cues.count(), nudges.len());
            assert_eq!(nudges.is_empty(), moves, "{nudges:?}");
            assert!(
                nudges.iter().all(|s| *s > CHANGE_S) && nudges.windows(2).all(|n| n[1] - n[0] >= 1200),
                "{nudges:?}"
            );
        }
    }
}
