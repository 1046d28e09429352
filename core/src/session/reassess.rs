//! Cue and reassess: what does a cue ("ease the calf") do to the sharing, at one power, within minutes?
//!
//! A baseline of two minutes, the cue, 75 s to settle, two minutes to assess. The baseline is the last two to three minutes before
//! the cue was given, however long one waits. The effect is the mean after less the mean before, for calf, thigh and D of each
//! leg, with a 95 % interval by what is known of riding's noise ([`super::compare`]). An interval that holds zero is no
//! change seen. Cadence may be the cue, and is not asked to stay.
//!
//! Before the cue, whatever disturbs begins the baseline anew and says why. After it, it spoils the trial: standing, coasting,
//! power that moves by more than 10 % (a mean over some 30 s, if power is known at all), a sensor that moves or is exchanged, no
//! reading of either muscle for more than 10 s in all, a gap in time.

use super::compare::{self, Interval, LEAST_S, Window, WindowMean};
use super::moment::{Contacts, Moment, SIDES, Spoil, What, leg_index};
use super::tally::{self, Tally};
use super::{News, Told};
use crate::math;
use crate::sensor::{Reason, Side};

/// The baseline lasts at least so long, s.
pub const BASELINE_S: u16 = 120;
/// From the cue until what follows counts, s.
pub const SETTLE_S: u16 = 75;
/// So long is assessed, s.
pub const ASSESS_S: u16 = 120;
/// Readings may be missing for so long in all, s.
const MAY_MISS_S: u16 = ASSESS_S - LEAST_S;
/// The baseline is kept in parts of this length; the last three, s.
const PART_S: u16 = 60;
/// A muscle that is often missing is waited for until then, s.
const WAIT_S: u16 = 3 * PART_S;
/// Power may move by this share of that of the baseline.
const POWER_SHARE: f32 = 0.1;
/// It is a mean over so many seconds, as slow as a muscle is, so that a moment's freewheeling is none; and known after as many.
const POWER_MEMORY_S: f32 = 30.0;
const POWER_KNOWN_S: u32 = 30;

/// Where a trial is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// There is none.
    Idle,
    /// Before the cue: ride on.
    Baseline {
        /// Seconds that are still needed; at 0 the cue may be given.
        left_s: u16,
        /// Why the baseline began anew, if it did.
        restarted: Option<Spoil>,
    },
    /// The cue was given, and the muscles settle.
    Settling {
        /// Seconds that are left.
        left_s: u16,
    },
    /// What follows the cue is measured.
    Assessing {
        /// Seconds that are left.
        left_s: u16,
    },
    /// It is over: see [`Reassess::outcome`].
    Done,
    /// It came to nothing.
    Spoiled(Spoil),
}

/// What a cue did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// Something: the interval does not hold zero.
    Effect(Interval),
    /// Nothing that can be seen.
    NoChangeSeen(Interval),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Idle,
    Baseline,
    Settling,
    Assessing,
    Done,
    Spoiled(Spoil),
}

/// A part of the baseline.
#[derive(Clone, Copy, Debug)]
struct Part {
    legs: [Window; 2],
    seconds: u16,
    power: Tally,
}

impl Part {
    const NONE: Self = Self { legs: [Window::new(); 2], seconds: 0, power: Tally::new() };
}

/// A trial of a cue.
#[derive(Clone, Debug)]
pub struct Reassess {
    step: Step,
    /// Seconds in the step that were good, and those without a reading.
    age_s: u16,
    missed_s: u16,
    restarted: Option<Spoil>,
    /// The newest last.
    parts: [Part; 3],
    /// The baseline's means, once the cue is given; the effects, once it is over.
    before: [[Option<WindowMean>; 3]; 2],
    before_w: Option<f32>,
    after: [Window; 2],
    power_w: Option<f32>,
    contacts: Contacts,
}

impl Reassess {
    pub(super) const fn new() -> Self {
        Self {
            step: Step::Idle,
            age_s: 0,
            missed_s: 0,
            restarted: None,
            parts: [Part::NONE; 3],
            before: [[None; 3]; 2],
            before_w: None,
            after: [Window::new(); 2],
            power_w: None,
            contacts: Contacts::new(),
        }
    }

    /// Where the trial is.
    pub fn phase(&self) -> Phase {
        match self.step {
            Step::Idle => Phase::Idle,
            Step::Baseline => Phase::Baseline { left_s: self.baseline_left_s(), restarted: self.restarted },
            Step::Settling => Phase::Settling { left_s: SETTLE_S.saturating_sub(self.age_s) },
            Step::Assessing => Phase::Assessing { left_s: ASSESS_S.saturating_sub(self.age_s) },
            Step::Done => Phase::Done,
            Step::Spoiled(why) => Phase::Spoiled(why),
        }
    }

    /// What the cue did, once that is known; `None` also for what was not seen two minutes before and after.
    #[inline(never)]
    pub fn outcome(&self, side: Side, what: What) -> Option<Outcome> {
        if self.step != Step::Done {
            return None;
        }
        let leg = leg_index(side);
        let before = (*self.before.get(leg)?.get(what as usize)?)?;
        let after = (*self.after.get(leg)?.means().get(what as usize)?)?;
        let interval = compare::difference(&before, &after, what)?;
        Some(if interval.excludes_zero() { Outcome::Effect(interval) } else { Outcome::NoChangeSeen(interval) })
    }

    /// A new trial begins with its baseline.
    pub(super) const fn start(&mut self) {
        let contacts = self.contacts;
        *self = Self { step: Step::Baseline, contacts, ..Self::new() };
    }

    /// No trial, whatever there was.
    pub(super) const fn stop(&mut self) {
        let contacts = self.contacts;
        *self = Self { contacts, ..Self::new() };
    }

    /// The cue is given. Too early, it is not taken for one. True if it was taken.
    pub(super) fn cue_given(&mut self) -> bool {
        let ready = self.step == Step::Baseline && self.baseline_left_s() == 0;
        if ready {
            let baseline = self.baseline();
            self.before = baseline.legs.map(|leg| leg.means());
            self.before_w = baseline.power.mean();
            self.enter(Step::Settling);
        }
        ready
    }

    fn enter(&mut self, step: Step) {
        (self.step, self.age_s, self.missed_s) = (step, 0, 0);
    }

    #[inline(never)]
    fn baseline(&self) -> Part {
        let mut all = Part::NONE;
        for part in &self.parts {
            for (leg, of_part) in all.legs.iter_mut().zip(&part.legs) {
                leg.join(of_part);
            }
            all.seconds = all.seconds.saturating_add(part.seconds);
            all.power.join(&part.power);
        }
        all
    }

    /// Until two minutes were ridden and whatever is seen was seen in them.
    #[inline(never)]
    fn baseline_left_s(&self) -> u16 {
        let baseline = self.baseline();
        let seen = baseline.legs.iter().flat_map(Window::means).flatten().map(|mean| mean.seconds());
        let seen = if self.age_s < WAIT_S { seen.min() } else { seen.max() };
        let left_s = LEAST_S.saturating_sub(seen.unwrap_or(0));
        left_s.max(BASELINE_S.saturating_sub(baseline.seconds))
    }

    fn begin_anew(&mut self, why: Spoil) {
        self.start();
        self.restarted = Some(why);
    }

    /// Something is wrong: see the module's words.
    #[inline(never)]
    fn disturb(&mut self, why: Spoil, told: Told<'_>) {
        match self.step {
            Step::Baseline => self.begin_anew(why),
            Step::Settling | Step::Assessing => {
                self.step = Step::Spoiled(why);
                told(News::ReassessSpoiled { why });
            }
            Step::Idle | Step::Done | Step::Spoiled(_) => {}
        }
    }

    /// Time has jumped.
    pub(super) fn jump(&mut self, told: Told<'_>) {
        self.disturb(Spoil::Gap, told);
    }

    pub(super) fn second(&mut self, moment: &Moment<'_>, told: Told<'_>) {
        let changed = self.contacts.follow(moment);
        if let Some(why) = self.wrong(moment, changed) {
            self.disturb(why, told);
        }
        if moment.disturbed.is_some() {
            return;
        }
        match self.step {
            Step::Baseline => self.baseline_second(moment),
            Step::Settling => {
                self.age_s = self.age_s.saturating_add(1);
                if self.age_s >= SETTLE_S {
                    self.enter(Step::Assessing);
                }
            }
            Step::Assessing => self.assess_second(moment, told),
            Step::Idle | Step::Done | Step::Spoiled(_) => {}
        }
    }

    /// What is wrong with this second, if anything is.
    fn wrong(&mut self, moment: &Moment<'_>, changed: [bool; 2]) -> Option<Spoil> {
        self.power_w = moment.power.map(|w| {
            let now = f32::from(w.0);
            self.power_w.map_or(now, |mean| mean + (now - mean) / POWER_MEMORY_S)
        });
        let (usual, known) = match self.step {
            // The oldest part has least of what is new.
            Step::Baseline => {
                let power =
                    self.parts.iter().map(|part| part.power).find(|power| power.seconds() > 0).unwrap_or_default();
                (power.mean(), power.seconds() >= POWER_KNOWN_S)
            }
            _ => (self.before_w, true),
        };
        let moved = usual.zip(self.power_w).is_some_and(|(usual, now)| libm::fabsf(now - usual) > POWER_SHARE * usual);
        if moment.disturbed.is_some() {
            moment.disturbed
        } else if changed != [false; 2] {
            Some(Spoil::Changed)
        } else {
            (known && moved).then_some(Spoil::PowerMoved)
        }
    }

    fn baseline_second(&mut self, moment: &Moment<'_>) {
        self.age_s = self.age_s.saturating_add(1);
        let [.., newest] = &self.parts;
        if newest.seconds >= PART_S {
            math::shift_in(&mut self.parts, Part::NONE);
        }
        let [.., newest] = &mut self.parts;
        newest.seconds = newest.seconds.saturating_add(1);
        for (leg, now) in newest.legs.iter_mut().zip(&moment.legs) {
            leg.second(now);
        }
        if let Some(power) = moment.power {
            newest.power.add(power.0.into());
        }
    }

    fn assess_second(&mut self, moment: &Moment<'_>, told: Told<'_>) {
        let mut is_seen = false;
        for (leg, now) in self.after.iter_mut().zip(&moment.legs) {
            is_seen |= leg.second(now);
        }
        self.age_s = self.age_s.saturating_add(1);
        self.missed_s = self.missed_s.saturating_add(u16::from(!is_seen));
        if self.missed_s > MAY_MISS_S {
            let mut worn = moment.legs.iter().flat_map(|leg| [leg.calf, leg.thigh]).flatten();
            let why = worn.find_map(|seen| seen.smo2.err()).map_or(Spoil::NoSensor, Spoil::Reading);
            self.disturb(why, told);
            return;
        }
        if self.age_s < ASSESS_S {
            return;
        }
        self.step = Step::Done;
        let mut any = false;
        for side in SIDES {
            for what in What::ALL {
                let Some(outcome) = self.outcome(side, what) else { continue };
                any = true;
                let (seen, interval) = match outcome {
                    Outcome::Effect(interval) => (true, interval),
                    Outcome::NoChangeSeen(interval) => (false, interval),
                };
                let difference = tally::in_tenths(interval.difference);
                let half_width = tally::in_tenths(interval.half_width);
                told(News::Reassessed { side, what, seen, difference, half_width });
            }
        }
        if !any {
            let why = Spoil::Reading(Reason::NoData);
            self.step = Step::Spoiled(why);
            told(News::ReassessSpoiled { why });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{CALF, Rider, THIGH, ridden, seen};
    use super::super::{LegNow, Seen};
    use super::*;
    use crate::units::{Rpm, Watts};
    extern crate std;

    /// What was told.
    type Heard = std::vec::Vec<News>;

    const RIGHT: Side = Side::Right;

    /// Seconds of riding.
    type Ridden<'a> = &'a dyn Fn(u32) -> Moment<'static>;

    struct Trial {
        reassess: Reassess,
        heard: Heard,
    }

    impl Trial {
        /// Begun, with sensors that were worn before.
        fn new() -> Self {
            let mut new = Self { reassess: Reassess::new(), heard: Heard::new() };
            new.ride(10, |_| ridden(50.0, 60.0));
            new.reassess.start();
            new
        }

        fn ride(&mut self, seconds: u32, moment: impl Fn(u32) -> Moment<'static>) {
            (0..seconds).for_each(|s| self.reassess.second(&moment(s), &mut |news| self.heard.push(news)));
        }

        fn phase(&self) -> Phase {
            self.reassess.phase()
        }
    }

    fn standing() -> Moment<'static> {
        Moment { disturbed: Some(Spoil::Standing), ..ridden(50.0, 60.0) }
    }

    fn blind() -> Moment<'static> {
        let leg = LegNow {
            calf: Some(seen(CALF, Err(Reason::AmbientLight))),
            thigh: Some(seen(THIGH, Err(Reason::AmbientLight))),
            d: None,
        };
        Moment { legs: [LegNow::default(), leg], ..ridden(0.0, 0.0) }
    }

    #[test]
    fn a_trial_goes_through_its_phases_and_sees_an_effect() {
        let mut trial = Trial::new();
        assert_eq!(trial.phase(), Phase::Baseline { left_s: 120, restarted: None });
        trial.ride(119, |_| ridden(50.0, 60.0));
        assert!(!trial.reassess.cue_given(), "a second too early");
        trial.ride(1, |_| ridden(50.0, 60.0));
        assert_eq!(trial.phase(), Phase::Baseline { left_s: 0, restarted: None });
        // Waiting longer forgets what is old.
        trial.ride(1000, |_| ridden(52.0, 60.0));
        assert!(trial.reassess.cue_given());
        assert_eq!(trial.phase(), Phase::Settling { left_s: 75 });
        trial.ride(75, |_| ridden(10.0, 60.0));
        assert_eq!(trial.phase(), Phase::Assessing { left_s: 120 });
        trial.ride(119, |_| ridden(58.0, 60.5));
        assert_eq!((trial.phase(), trial.reassess.outcome(RIGHT, What::D)), (Phase::Assessing { left_s: 1 }, None));
        trial.ride(1, |_| ridden(58.0, 60.5));
        assert_eq!(trial.phase(), Phase::Done);
        let wanted = |difference, half_width| Interval { difference, half_width };
        assert_eq!(trial.reassess.outcome(RIGHT, What::Calf), Some(Outcome::Effect(wanted(6.0, 1.96 * 1.8))));
        let Some(Outcome::NoChangeSeen(thigh)) = trial.reassess.outcome(RIGHT, What::Thigh) else { panic!() };
        assert_eq!(thigh.difference, 0.5);
        let Some(Outcome::Effect(d)) = trial.reassess.outcome(RIGHT, What::D) else { panic!() };
        assert!((d.difference - 5.5).abs() < 1e-3 && (d.half_width - 4.974).abs() < 1e-2, "{d:?}");
        assert_eq!(trial.reassess.outcome(Side::Left, What::D), None);
        let d = News::Reassessed { side: RIGHT, what: What::D, seen: true, difference: 55, half_width: 50 };
        assert_eq!((trial.heard.len(), trial.heard.last()), (3, Some(&d)));
        // What comes after changes nothing of it.
        trial.ride(600, |_| standing());
        assert_eq!((trial.phase(), trial.heard.len()), (Phase::Done, 3));
    }

    #[test]
    fn what_disturbs_before_the_cue_begins_the_baseline_anew_and_after_it_spoils() {
        let moved = |_| {
            let mut moment = ridden(50.0, 60.0);
            moment.legs[1].calf = Some(Seen { contact: 7, ..seen(CALF, Ok(50.0)) });
            moment
        };
        let disturbances: [(Ridden<'_>, u32, Spoil); 4] = [
            (&|_| standing(), 1, Spoil::Standing),
            (&|_| Moment { disturbed: Some(Spoil::Coasting), ..ridden(50.0, 60.0) }, 1, Spoil::Coasting),
            (&|_| Moment { power: Some(Watts(240)), ..ridden(50.0, 60.0) }, 25, Spoil::PowerMoved),
            (&moved, 1, Spoil::Changed),
        ];
        for (second, seconds, why) in disturbances {
            let mut trial = Trial::new();
            trial.ride(100, |_| ridden(50.0, 60.0));
            trial.ride(seconds, second);
            assert!(
                matches!(trial.phase(), Phase::Baseline { left_s: 105.., restarted: Some(it) } if it == why),
                "{why:?}"
            );
            assert_eq!(trial.heard, []);
            for settled in [10, 80] {
                let mut trial = Trial::new();
                trial.ride(120, |_| ridden(50.0, 60.0));
                assert!(trial.reassess.cue_given());
                trial.ride(settled, |_| ridden(50.0, 60.0));
                trial.ride(seconds, second);
                assert_eq!(
                    (trial.phase(), trial.heard.as_slice()),
                    (Phase::Spoiled(why), &[News::ReassessSpoiled { why }][..])
                );
                trial.ride(500, |_| ridden(50.0, 60.0));
                assert_eq!((trial.phase(), trial.heard.len()), (Phase::Spoiled(why), 1));
            }
        }
        let mut trial = Trial::new();
        trial.ride(120, |_| ridden(50.0, 60.0));
        trial.reassess.cue_given();
        trial.reassess.jump(&mut |news| trial.heard.push(news));
        assert_eq!(trial.phase(), Phase::Spoiled(Spoil::Gap));
        trial.reassess.stop();
        assert_eq!(trial.phase(), Phase::Idle);
    }

    #[test]
    fn a_cadence_that_changes_and_a_power_that_is_not_known_spoil_nothing() {
        let mut trial = Trial::new();
        trial.ride(130, |_| Moment { power: None, ..ridden(50.0, 60.0) });
        assert!(trial.reassess.cue_given());
        trial.ride(200, |_| Moment { power: None, cadence: Some(Rpm(70)), ..ridden(50.0, 60.0) });
        assert_eq!(trial.phase(), Phase::Done);
    }

    #[test]
    fn readings_may_be_missing_for_ten_seconds() {
        for (missing, phase) in [(10, Phase::Done), (11, Phase::Spoiled(Spoil::Reading(Reason::AmbientLight)))] {
            let mut trial = Trial::new();
            trial.ride(120, |_| ridden(50.0, 60.0));
            trial.reassess.cue_given();
            trial.ride(75, |_| ridden(50.0, 60.0));
            trial.ride(120, |s| if s % 9 == 8 && s / 9 < missing { blind() } else { ridden(50.0, 60.0) });
            assert_eq!(trial.phase(), phase);
            assert_eq!(trial.reassess.outcome(RIGHT, What::D).is_some(), phase == Phase::Done);
        }
    }

    #[test]
    fn who_wears_one_sensor_is_told_of_one_and_who_wears_none_waits() {
        let calf = |_: u32| {
            let mut moment = ridden(50.0, 60.0);
            moment.legs[1].thigh = None;
            moment
        };
        let mut trial = Trial { reassess: Reassess::new(), heard: Heard::new() };
        trial.ride(1, calf);
        trial.reassess.start();
        trial.ride(120, calf);
        assert!(trial.reassess.cue_given());
        trial.ride(195, calf);
        assert!(trial.reassess.outcome(RIGHT, What::Calf).is_some() && trial.heard.len() == 1, "{:?}", trial.phase());
        trial.reassess.start();
        trial.ride(86_400, |_| Moment::default());
        assert!(!trial.reassess.cue_given());
        assert!(matches!(trial.phase(), Phase::Baseline { left_s: 110, .. }), "{:?}", trial.phase());
        trial.ride(400, |_| ridden(f32::NAN, f32::INFINITY));
        assert!(!trial.reassess.cue_given());
    }

    #[test]
    fn a_muscle_that_is_missing_for_a_while_is_waited_for_and_then_no_longer() {
        let without_calf = |_: u32| {
            let mut moment = ridden(50.0, 60.0);
            moment.legs[1].calf = Some(seen(CALF, Err(Reason::Lost)));
            moment
        };
        let mut trial = Trial::new();
        trial.ride(60, without_calf);
        trial.ride(60, |_| ridden(50.0, 60.0));
        assert!(!trial.reassess.cue_given(), "the calf was seen for a minute");
        trial.ride(50, |_| ridden(50.0, 60.0));
        assert!(trial.reassess.cue_given());
        let mut trial = Trial::new();
        trial.ride(60, |_| ridden(50.0, 60.0));
        trial.ride(120, without_calf);
        assert!(trial.reassess.cue_given());
        trial.ride(195, without_calf);
        assert_eq!(trial.phase(), Phase::Done);
        assert!(
            trial.reassess.outcome(RIGHT, What::D).is_none() && trial.reassess.outcome(RIGHT, What::Thigh).is_some()
        );
    }

    /// Shares of trials whose interval covers the truth, and which see an effect.
    fn shares(sd: f32, points: f32, what: What) -> (f32, f32) {
        const RUNS: u64 = 600;
        let (mut covered, mut seen) = (0, 0);
        for seed in 0..RUNS {
            let (mut rider, mut trial) = (Rider::new(seed, sd), Trial::new());
            for s in 0..120 + 195 {
                if s == 120 {
                    assert!(trial.reassess.cue_given());
                }
                let moment = rider.second(if s < 120 { 0.0 } else { points });
                trial.ride(1, |_| moment);
            }
            let (interval, is_seen) = match trial.reassess.outcome(RIGHT, what).unwrap() {
                Outcome::Effect(interval) => (interval, true),
                Outcome::NoChangeSeen(interval) => (interval, false),
            };
            covered += u32::from(libm::fabsf(interval.difference - points) <= interval.half_width);
            seen += u32::from(is_seen);
        }
        (covered as f32 / RUNS as f32, seen as f32 / RUNS as f32)
    }

    #[test]
    fn in_coloured_noise_95_of_100_intervals_hold_the_truth_and_most_effects_are_seen() {
        // SD 2.7 makes adjacent windows of two minutes differ by what the table says.
        for (sd, what) in [(2.7, What::Calf), (2.7, What::D), (3.5, What::D)] {
            let (covered, seen) = shares(sd, 0.0, what);
            std::eprintln!("SD {sd} {what:?}: {covered} covered");
            assert!((0.92..=0.98).contains(&covered), "SD {sd} {what:?}: {covered}");
            assert!((covered + seen - 1.0).abs() < 1e-6);
        }
        for (sd, what, least) in [(1.9, What::D, 0.5), (1.9, What::Calf, 0.75)] {
            let (covered, seen) = shares(sd, 5.0, what);
            std::eprintln!("SD {sd} {what:?}: {seen} of 5 points seen, {covered} covered");
            assert!(seen >= least && covered >= 0.92, "SD {sd} {what:?}: {seen} seen, {covered} covered");
        }
    }
}
