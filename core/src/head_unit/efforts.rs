//! What goes on from effort to effort: power is split into efforts and rests once, and each muscle and each leg is watched
//! through them. Also the nudge to move. A second at a time; percent and watts.

use super::muscle::Muscle;
use super::riding::Riding;
use crate::config::MAX_SITES;
use crate::head_unit::leg::Disturbance;
use crate::pattern::load_shift::{self, Lagged, LoadShift};
use crate::pattern::slow_recovery::{self, Course, SlowRecovery};
use crate::pattern::vary_position::VaryPosition;
use crate::pattern::{PatternKind, Place, Verdict};
use crate::sensor::{Identity, Reason, Side, Site};
use crate::signal::efforts::{Efforts as Stretches, Kind, Turn};
use crate::time::Instant;

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
    pub(super) fn shown(&mut self, now: Instant, leg: Side, d: Option<(f32, f32)>) -> bool {
        if self.leg.replace(leg) != Some(leg) {
            self.position.forget();
        }
        self.position.look(now, d)
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
        let seated = riding.disturbance(now) != Disturbance::Standing;
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
