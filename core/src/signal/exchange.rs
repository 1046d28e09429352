//! Have the sensors of calf and thigh been exchanged during the ride? Suspected from the data, never applied.
//!
//! **Evidence.** Two sensors that change places leave both levels stepping at one moment, in opposite directions, and
//! each onto what is expected of the other muscle at this load. Muscle does not do that: in 56 h of riding no second
//! brought a step of 8 points, and load moves both the same way. So a watch opens on a step of both within 10 s, or on
//! new levels after both sensors had been off (no value for 10 s each). From then on, four stories are weighed with
//! Gaussian errors: each sensor on its own muscle, exchanged, one of the two at a new level (a moved contact, or
//! physiology), both shifted alike. How sudden the step was counts by what a muscle's noise brings in 10 s, how it lasts
//! by the pair's long-run variance. `Suspected` is said when the exchange beats every other story decisively and both
//! levels fit it; it ends when each sensor fits its own muscle again. A watch that is not decided takes both levels for
//! new ones if they fit an exchange; if they do not, nothing has happened, and a fall is the muscle's.
//!
//! Two levels that only go back to where they were before they were last taken for new are new levels at once: nothing
//! is suspected of sensors that come home. A watch that comes to little ends after 30 s, for nothing is judged meanwhile.
//!
//! **Delay.** Without noise 30 s for muscles 6 points apart or more; within 100 s or not at all. A return is seen after
//! 5 s, or 15 s. In the simulated world: README.md has the figures, CONTRIBUTING.md the command.
//! **Blind spots.** Muscles whose expected levels are alike at this load (under some 6 points, more for an uneasy signal)
//! cannot be told apart: then `NotDetectable`, and a step of both levels is taken as new levels, not as an exchange. In
//! hills the two may be alike for a minute: an exchange or a return just then is seen late (the return) or not at all.
//! Sensors exchanged before the ride, while learning, or without power are not detectable: levels are new every time a
//! sensor is put on, and riders' gains of calf and thigh overlap (10.3 ± 4.7 and 18.6 ± 5.8 points per 100 W).
//! tHb is no witness here: whether its level goes with the sensor or with the muscle is not known.

use crate::math;

/// Seconds in a step.
const STEP_S: f32 = 5.0;
/// Steps of each muscle that are kept: the newest, one that may straddle the step, and six that are usual.
const KEPT: usize = 8;
const STRADDLE: usize = 2;
/// Muscles whose expectations are nearer than this many standard deviations of one leave no exchange to be seen.
const NEAREST: f32 = 0.8;
/// Log-likelihood ratio of a sudden step of both that opens a watch.
const OPENS: f32 = 1.0;
/// Share of the distance between the muscles that opens one after both had been off: of the pair, and of each.
const OPENS_PAIR: f32 = 0.6;
const OPENS_EACH: f32 = 0.4;
/// How much of it must have come within 10 s: an onset of 20 s brings two fifths.
const ABRUPT: f32 = 0.55;
/// Steps without a value that make a sensor taken off.
const OFF_STEPS: u8 = 2;
/// Steps after both were off in which the new levels may open a watch.
const BACK_STEPS: u8 = 3;
/// Log-likelihood ratio that decides for an exchange, against it, and that it is over.
const DECISIVE: f32 = 10.0;
const REFUTED: f32 = -3.0;
const OVER: f32 = 4.0;
/// An exchange is called detectable if the longest watch should bring this much more than what is decisive.
const MARGIN: f32 = 2.0;
/// The mean of each muscle may lie this share of their distance away from where the exchange would put it.
const FITS: f32 = 0.5;
/// Steps that a watch lasts: at least, and at most (90 s).
const FEWEST_STEPS: u16 = 5;
const MOST_STEPS: u16 = 18;
/// After so many a watch ends that has brought less than this for each of them.
const STALLED_STEPS: u16 = 6;
const STALLED: f32 = 0.25;
/// Of a deviation this share is still there after 10 s ([`Sight::sudden`] is what is new).
const KEPT_SHARE: f32 = 0.5;
/// Of what was seen for half a minute, what will be seen for minutes.
const LASTS: f32 = 0.5;
/// What the suddenness alone may bring, as a log-likelihood ratio: it must last as well.
const MOST_SUDDEN: f32 = 8.0;
/// A change that takes back what was taken for new levels, to this share, is no exchange but its end.
const RETURNS: f32 = 0.5;

/// What can be said about the sensors of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwapView {
    /// An exchange would not be seen now: too little is learned, or the muscles are too alike at this load.
    NotDetectable,
    /// Each sensor is on its own muscle, as far as can be seen.
    Fine,
    /// They seem exchanged.
    Suspected,
}

/// Points of SmO2 for the calf's and the thigh's sensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Both {
    /// The calf's.
    pub calf: f32,
    /// The thigh's.
    pub thigh: f32,
}

/// Five seconds of a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// What each sensor showed above what is expected of its own muscle.
    pub residual: Both,
    /// What is expected of the thigh less what is expected of the calf, points.
    pub apart: f32,
    /// By how much each level was last taken for a new one, if it was.
    pub moved: Both,
    /// Long-run variance of the pair's difference, %²·s.
    pub variance: f32,
    /// Variance of what one muscle does within 10 s, of the two the mean, points squared.
    pub sudden: f32,
}

/// What has come of five seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Finding {
    /// Nothing is wrong.
    Nothing,
    /// An exchange is possible: neither judge nor learn.
    Watching,
    /// The sensors seem exchanged: neither judge nor learn.
    Suspected,
    /// They are back where they belong.
    Over,
    /// Both levels have changed at once by so much, and muscles this alike do not tell why.
    NewLevels(Both),
}

/// The watch over one pair.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    recent: [Option<Both>; KEPT],
    /// Steps since the last sight, and sights without a gap before that.
    unseen: u8,
    run: u8,
    /// Steps in a row, or nearly, that the calf's and the thigh's sensor gave no value.
    off: [u8; 2],
    back: u8,
    state: State,
    detectable: bool,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Fine,
    Open(Watch),
    /// What was usual before, and the evidence that it is over.
    Suspected(Both, f32),
}

/// Sums over a watch.
#[derive(Clone, Copy, Debug)]
struct Watch {
    usual: Both,
    /// Just before the step, if it was sudden.
    before: Option<Both>,
    /// What the suddenness of the step brought against the other stories.
    sudden: Against,
    n: u16,
    /// Of the deviations from usual, and of their squares.
    calf: (f32, f32),
    thigh: (f32, f32),
    /// The same as seen from the other muscle.
    calf_exchanged: (f32, f32),
    thigh_exchanged: (f32, f32),
    /// Squares of the distance.
    apart: f32,
    variance: f32,
}

/// Log-likelihood ratios of the exchange against the other stories.
#[derive(Clone, Copy, Debug)]
struct Against {
    /// Each sensor on its own muscle.
    own: f32,
    /// The better of: one at a new level, both shifted alike.
    shift: f32,
}

impl Exchange {
    /// Nothing seen yet.
    pub const fn new() -> Self {
        Self { recent: [None; KEPT], unseen: 0, run: 0, off: [0; 2], back: 0, state: State::Fine, detectable: false }
    }

    /// What can be said.
    pub const fn view(&self) -> SwapView {
        match self.state {
            State::Suspected(..) => SwapView::Suspected,
            _ if self.detectable => SwapView::Fine,
            _ => SwapView::NotDetectable,
        }
    }

    /// What stands while there is nothing new to weigh.
    pub const fn standing(&self) -> Finding {
        match self.state {
            State::Fine => Finding::Nothing,
            State::Open(_) => Finding::Watching,
            State::Suspected(..) => Finding::Suspected,
        }
    }

    /// Which of the two sensors gave a value in these five seconds; to be said of all of them, before [`Exchange::step`].
    pub fn hear(&mut self, calf: bool, thigh: bool) {
        self.unseen = self.unseen.saturating_add(1);
        if calf && thigh {
            self.back = self.back.saturating_add(1);
            return;
        }
        if self.back > BACK_STEPS {
            self.off = [0; 2];
        }
        self.back = 0;
        for (off, heard) in self.off.iter_mut().zip([calf, thigh]) {
            *off = off.saturating_add(u8::from(!heard));
        }
    }

    /// An exchange cannot be seen now: too little is known.
    pub fn blind(&mut self) {
        self.detectable = false;
    }

    /// Weighs five seconds in which both sensors gave a value and both muscles' expectations are known.
    pub fn step(&mut self, sight: &Sight) -> Finding {
        self.run = if self.unseen > 1 { 1 } else { self.run.saturating_add(1) };
        self.unseen = 0;
        match &mut self.state {
            State::Fine => {
                self.remember(sight.residual);
                self.detectable = self.is_detectable(sight);
                if let Some(watch) = self.opens(sight) {
                    if let Some(levels) = returned(sight, watch.usual) {
                        *self = Self { detectable: self.detectable, ..Self::new() };
                        return Finding::NewLevels(levels);
                    }
                    self.state = State::Open(watch);
                    return Finding::Watching;
                }
                Finding::Nothing
            }
            State::Open(watch) => {
                watch.add(sight);
                let (decided, usual) = (watch.decided(), watch.usual);
                let finding = match decided {
                    None => return Finding::Watching,
                    Some(Decision::Exchanged) => {
                        self.state = State::Suspected(usual, 0.0);
                        return Finding::Suspected;
                    }
                    Some(Decision::Not) => Finding::Nothing,
                    Some(Decision::Unclear(levels)) => Finding::NewLevels(levels),
                };
                *self = Self { detectable: self.detectable, ..Self::new() };
                finding
            }
            State::Suspected(usual, over) => {
                let mut one = Watch::new(*usual);
                one.add(sight);
                *over = math::clamp(*over - one.against_own(), 0.0, OVER);
                if *over < OVER {
                    return Finding::Suspected;
                }
                *self = Self { detectable: self.detectable, ..Self::new() };
                Finding::Over
            }
        }
    }

    fn remember(&mut self, residual: Both) {
        math::shift_in(&mut self.recent, Some(residual));
    }

    /// Whether a watch could well be decisive at this load.
    fn is_detectable(&self, sight: &Sight) -> bool {
        let apart = self.usual().map_or(0.0, |usual| sight.apart + usual.thigh - usual.calf);
        let lasting = f32::from(MOST_STEPS) * apart * apart / (2.0 * variance_of_one(sight));
        let best = lasting + math::min(apart * apart / (2.0 * sight.sudden), MOST_SUDDEN);
        best >= MARGIN * DECISIVE
    }

    /// A watch, if these five seconds look like an exchange.
    fn opens(&self, sight: &Sight) -> Option<Watch> {
        let usual = self.usual()?;
        let apart = sight.apart + usual.thigh - usual.calf;
        if apart * apart < NEAREST * NEAREST * variance_of_one(sight) {
            return None;
        }
        let watch = Watch::opened(usual, self.before(), sight);
        // As shares of the distance: an exchange moves both to 1.
        let since = |from: Both| {
            let calf = (sight.residual.calf - from.calf) / apart;
            let thigh = (from.thigh - sight.residual.thigh) / apart;
            (f32::midpoint(calf, thigh), math::min(calf, thigh))
        };
        let were_off = self.back <= BACK_STEPS && self.off.iter().all(|&off| off >= OFF_STEPS);
        let opens = if were_off {
            let (pair, each) = since(usual);
            pair >= OPENS_PAIR && each >= OPENS_EACH
        } else {
            watch.sudden.shift >= OPENS && watch.before.is_some_and(|before| since(before).0 >= ABRUPT)
        };
        opens.then_some(watch)
    }

    /// What each sensor showed 10 s ago, if nothing was missed since.
    fn before(&self) -> Option<Both> {
        self.recent.iter().rev().nth(STRADDLE).copied().flatten().filter(|_| usize::from(self.run) > STRADDLE)
    }

    /// What each sensor will go on to show above what is expected, by what it did lately, before a step that may just have
    /// come.
    fn usual(&self) -> Option<Both> {
        let (mut calf, mut thigh, mut n) = (0.0, 0.0, 0);
        for both in self.recent.iter().take(KEPT - STRADDLE).flatten() {
            calf += both.calf;
            thigh += both.thigh;
            n += 1;
        }
        (n >= 3).then_some(())?;
        Some(Both { calf: LASTS * math::mean(calf, n)?, thigh: LASTS * math::mean(thigh, n)? })
    }
}

impl Default for Exchange {
    fn default() -> Self {
        Self::new()
    }
}

enum Decision {
    Exchanged,
    Not,
    Unclear(Both),
}

impl Watch {
    const fn new(usual: Both) -> Self {
        Self {
            usual,
            before: None,
            sudden: Against { own: 0.0, shift: 0.0 },
            n: 0,
            calf: (0.0, 0.0),
            thigh: (0.0, 0.0),
            calf_exchanged: (0.0, 0.0),
            thigh_exchanged: (0.0, 0.0),
            apart: 0.0,
            variance: 0.0,
        }
    }

    /// At the first five seconds that look like an exchange.
    fn opened(usual: Both, before: Option<Both>, sight: &Sight) -> Self {
        let mut watch = Self { before, ..Self::new(usual) };
        watch.see_suddenness(sight);
        watch
    }

    /// How suddenly it came: by a muscle's own noise less comes in ten seconds than in the long run. The noise goes with
    /// the muscle, to the other sensor.
    fn see_suddenness(&mut self, sight: &Sight) {
        let Some(before) = self.before else { return };
        let above = |both: Both| Both { calf: both.calf - self.usual.calf, thigh: both.thigh - self.usual.thigh };
        let (now, before) = (above(sight.residual), above(before));
        let apart = sight.apart + self.usual.thigh - self.usual.calf;
        let calf = now.calf - KEPT_SHARE * before.calf;
        let thigh = now.thigh - KEPT_SHARE * before.thigh;
        let calf_exchanged = now.calf - apart - KEPT_SHARE * before.thigh;
        let thigh_exchanged = now.thigh + apart - KEPT_SHARE * before.calf;
        let exchanged = calf_exchanged * calf_exchanged + thigh_exchanged * thigh_exchanged;
        let alike = (calf - thigh) * (calf - thigh) / 2.0;
        let new_level = math::min(calf * calf, thigh * thigh);
        let against = |other: f32| math::min((other - exchanged) / (2.0 * sight.sudden), MOST_SUDDEN);
        let sudden = Against { own: against(calf * calf + thigh * thigh), shift: against(math::min(alike, new_level)) };
        if sudden.shift > self.sudden.shift {
            self.sudden = sudden;
        }
    }

    fn add(&mut self, sight: &Sight) {
        // The step may have come in the middle of five seconds.
        if self.n == 0 {
            self.see_suddenness(sight);
        }
        let calf = sight.residual.calf - self.usual.calf;
        let thigh = sight.residual.thigh - self.usual.thigh;
        let apart = sight.apart + self.usual.thigh - self.usual.calf;
        let add = |sums: &mut (f32, f32), x: f32| *sums = (sums.0 + x, sums.1 + x * x);
        add(&mut self.calf, calf);
        add(&mut self.thigh, thigh);
        add(&mut self.calf_exchanged, calf - apart);
        add(&mut self.thigh_exchanged, thigh + apart);
        self.apart += apart * apart;
        self.variance = variance_of_one(sight);
        self.n = self.n.saturating_add(1);
    }

    fn exchanged(&self) -> f32 {
        self.calf_exchanged.1 + self.thigh_exchanged.1
    }

    /// Evidence for an exchange against each sensor on its own muscle.
    fn against_own(&self) -> f32 {
        (self.calf.1 + self.thigh.1 - self.exchanged()) / (2.0 * self.variance)
    }

    /// Evidence for an exchange against the better of: one at a new level, both shifted alike.
    fn against_shift(&self) -> f32 {
        let n = f32::from(self.n);
        let explained = |(sum, _): (f32, f32)| sum * sum / n;
        let both = self.calf.0 + self.thigh.0;
        let best = math::max(math::max(explained(self.calf), explained(self.thigh)), both * both / (2.0 * n));
        (self.calf.1 + self.thigh.1 - best - self.exchanged()) / (2.0 * self.variance)
    }

    fn fits(&self) -> bool {
        let n = f32::from(self.n);
        let allowed = FITS * libm::sqrtf(self.apart / n);
        [self.calf_exchanged, self.thigh_exchanged].iter().all(|(sum, _)| libm::fabsf(sum / n) <= allowed)
    }

    fn decided(&self) -> Option<Decision> {
        let (lasting, sudden) = (Against { own: self.against_own(), shift: self.against_shift() }, self.sudden);
        let (own, shift) = (lasting.own + sudden.own, lasting.shift + sudden.shift);
        if own <= REFUTED || shift <= REFUTED {
            return Some(Decision::Not);
        }
        if self.n >= FEWEST_STEPS && own >= DECISIVE && shift >= DECISIVE && self.fits() {
            return Some(Decision::Exchanged);
        }
        let n = f32::from(self.n);
        if self.n < MOST_STEPS && (self.n < STALLED_STEPS || math::min(own, shift) >= STALLED * n) {
            return None;
        }
        let levels = Both { calf: self.calf.0 / n, thigh: self.thigh.0 / n };
        Some(if own > 0.0 && shift > 0.0 && self.fits() { Decision::Unclear(levels) } else { Decision::Not })
    }
}

/// The change from what was usual, if it takes back what was last taken for new levels of both: sensors that were
/// exchanged unseen are where they belong.
fn returned(sight: &Sight, usual: Both) -> Option<Both> {
    let by = Both { calf: sight.residual.calf - usual.calf, thigh: sight.residual.thigh - usual.thigh };
    let returns = |by: f32, moved: f32| libm::fabsf(by + moved) < RETURNS * libm::fabsf(moved);
    (returns(by.calf, sight.moved.calf) && returns(by.thigh, sight.moved.thigh)).then_some(by)
}

/// Variance of one muscle's 5-s mean, from the pair's.
fn variance_of_one(sight: &Sight) -> f32 {
    math::max(sight.variance, 1.0) / (2.0 * STEP_S)
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::vec::Vec;

    const VARIANCE: f32 = 195.0;
    const SUDDEN: f32 = 3.2;
    const NOT_MOVED: Both = Both { calf: 0.0, thigh: 0.0 };

    /// Steps of five seconds, by what each sensor shows above its own muscle: seconds and findings.
    fn ride(
        watch: &mut Exchange,
        apart: f32,
        seconds: core::ops::Range<u64>,
        shows: impl Fn(f32) -> (f32, f32),
    ) -> Vec<(u64, Finding)> {
        ride_moved(watch, apart, NOT_MOVED, seconds, shows)
    }

    /// The same, after these were taken for new levels.
    fn ride_moved(
        watch: &mut Exchange,
        apart: f32,
        moved: Both,
        seconds: core::ops::Range<u64>,
        shows: impl Fn(f32) -> (f32, f32),
    ) -> Vec<(u64, Finding)> {
        seconds
            .step_by(5)
            .map(|s| {
                let (calf, thigh) = shows(s as f32);
                watch.hear(true, true);
                let residual = Both { calf, thigh };
                (s, watch.step(&Sight { residual, apart, moved, variance: VARIANCE, sudden: SUDDEN }))
            })
            .collect()
    }

    fn first(findings: &[(u64, Finding)], wanted: Finding) -> Option<u64> {
        findings.iter().find(|(_, finding)| *finding == wanted).map(|(s, _)| *s)
    }

    /// A pair that has been ridden for five minutes.
    fn ridden(apart: f32) -> Exchange {
        let mut watch = Exchange::new();
        let findings = ride(&mut watch, apart, 0..300, |_| (0.0, 0.0));
        assert!(findings.iter().all(|(_, finding)| *finding == Finding::Nothing));
        watch
    }

    #[test]
    fn an_exchange_is_suspected_the_sooner_the_more_the_muscles_differ_and_its_end_is_seen() {
        for (apart, said_s, over_s) in [(15.0, 25, 5), (-15.0, 25, 5), (10.0, 25, 5), (6.0, 25, 15)] {
            let mut watch = ridden(apart);
            assert_eq!(watch.view(), SwapView::Fine);
            let findings = ride(&mut watch, apart, 300..420, |_| (apart, -apart));
            assert_eq!(first(&findings, Finding::Suspected).map(|s| s - 300), Some(said_s), "{apart}");
            assert_eq!(watch.view(), SwapView::Suspected);
            let findings = ride(&mut watch, apart, 420..600, |_| (0.0, 0.0));
            assert_eq!(first(&findings, Finding::Over).map(|s| s - 415), Some(over_s), "{apart}");
            assert!(findings.iter().rev().take(20).all(|(_, finding)| *finding == Finding::Nothing));
        }
    }

    #[test]
    fn muscles_too_alike_are_not_detectable_and_nothing_is_guessed() {
        for apart in [0.0, 2.0, 4.0, -4.0] {
            let mut watch = ridden(apart);
            assert_eq!(watch.view(), SwapView::NotDetectable);
            let findings = ride(&mut watch, apart, 300..900, |_| (apart, -apart));
            assert_eq!(first(&findings, Finding::Suspected), None, "{apart}");
            let taken = findings.iter().any(|(_, finding)| matches!(finding, Finding::NewLevels(_)));
            assert_eq!(taken, apart * apart > 9.0, "{apart}");
        }
    }

    #[test]
    fn one_sensor_at_a_new_level_or_both_alike_are_no_exchange() {
        for apart in [-12.0, 12.0] {
            for shift in [-25.0, -12.0, -8.0, 8.0, 12.0, 25.0] {
                for to in [(shift, 0.0), (0.0, shift), (shift, shift)] {
                    let findings = ride(&mut ridden(apart), apart, 300..900, |_| to);
                    assert_eq!(first(&findings, Finding::Suspected), None, "{apart} {to:?}");
                }
            }
        }
    }

    #[test]
    fn the_work_going_from_thigh_to_calf_with_an_onset_of_twenty_seconds_is_no_exchange() {
        let onset = |s: f32| 1.0 - libm::expf(-(s - 300.0) / 20.0);
        let findings = ride(&mut ridden(-12.0), -12.0, 300..900, |s| (-12.0 * onset(s), 12.0 * onset(s)));
        assert_eq!(first(&findings, Finding::Suspected), None);
    }

    #[test]
    fn levels_that_have_changed_places_while_both_sensors_were_off_are_suspected_and_while_on_are_not() {
        for off in [true, false] {
            let mut watch = ridden(-12.0);
            for s in 0..6 {
                watch.hear(!off, !off && s > 0);
            }
            // Half the way at first: the contact settles.
            let findings = ride(&mut watch, -12.0, 330..450, |s| {
                let share = math::min(0.65 + (s - 330.0) / 60.0, 1.0);
                (-12.0 * share, 12.0 * share)
            });
            assert_eq!(first(&findings, Finding::Suspected).is_some(), off);
        }
    }

    #[test]
    fn levels_that_were_taken_for_new_and_go_back_are_new_levels_at_once() {
        // Exchanged unseen, the muscles seem to lie the other way round.
        let back = |moved: Both| {
            let findings = ride_moved(&mut ridden(12.0), 12.0, moved, 300..420, |_| (12.0, -12.0));
            findings.into_iter().find(|(_, finding)| !matches!(finding, Finding::Nothing | Finding::Watching))
        };
        let unseen = Both { calf: -11.0, thigh: 13.0 };
        let levels = Both { calf: 12.0, thigh: -12.0 };
        assert_eq!(back(unseen), Some((300, Finding::NewLevels(levels))));
        for other in [NOT_MOVED, Both { calf: -11.0, thigh: 0.0 }, Both { calf: 11.0, thigh: -13.0 }] {
            assert_eq!(back(other), Some((325, Finding::Suspected)), "{other:?}");
        }
    }

    #[test]
    fn a_watch_that_comes_to_nothing_ends_after_half_a_minute() {
        // Half the way is neither.
        let mut watch = ridden(8.0);
        let findings = ride(&mut watch, 8.0, 300..420, |s| if s < 305.0 { (6.0, -6.0) } else { (4.0, -4.2) });
        let watched = findings.iter().filter(|(_, finding)| *finding == Finding::Watching).count();
        assert!((6..=8).contains(&watched), "{findings:?}");
        assert_eq!(first(&findings, Finding::Suspected), None);
    }

    #[test]
    fn levels_that_do_not_fit_an_exchange_are_not_taken_for_new_ones() {
        // A calf that falls by more than the distance while the thigh's noise is up.
        let findings = ride(&mut ridden(-8.0), -8.0, 300..600, |s| if s < 320.0 { (-6.0, 8.0) } else { (-15.0, 3.0) });
        assert!(findings.iter().any(|(_, finding)| *finding == Finding::Watching));
        let taken = |finding: &Finding| matches!(finding, Finding::NewLevels(_) | Finding::Suspected);
        assert!(!findings.iter().any(|(_, finding)| taken(finding)), "{findings:?}");
    }

    #[test]
    fn before_anything_is_learned_nothing_is_said_to_be_fine() {
        let mut watch = ridden(-12.0);
        assert_eq!(Exchange::new().view(), SwapView::NotDetectable);
        watch.blind();
        assert_eq!(watch.view(), SwapView::NotDetectable);
        assert_eq!(watch.standing(), Finding::Nothing);
    }
}
