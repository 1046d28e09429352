//! Where explanations compete: a muscle has fallen from its baseline; what is it?
//!
//! There is one test of a fall for each muscle ([`crate::signal::shift`]), so a rider with four sensors has four chances of
//! a false alert and not one for each pattern. Once a fall is decisive the explanations are asked in one order:
//!
//! 1. tHb has changed with it: the blood's story ([outflow restriction](super::outflow_restriction), [compression]).
//! 2. The muscle that stands for the calf, or the front of the thigh, fell and its partner on the leg did not: the leg's
//!    story; so with shin and hamstrings.
//! 3. One head of gastrocnemius fell and the other did not: [heads](super::head_imbalance).
//! 4. The same muscle of the other leg did not: [sides](super::side_imbalance).
//! 5. Whatever it is compared with fell as well: load that is not known, heat, a long day. No alert; the new level is the
//!    baseline.
//!
//! One is said to have fallen alone only when that is likelier, by a clear margin, than that both have, by the size that
//! suits both best; until then nothing is said. Noise that two muscles share ([`SharedNoise`]) is no news of one. While
//! nothing explains a fall for four minutes, it is the level.

use super::{
    Against, Evidence, PatternKind, Place, Sharing, Verdict, antagonist_imbalance, calf_overload, compression,
    head_imbalance, outflow_restriction, side_imbalance, tibialis_overload, vl_fatigue,
};
use crate::math;
use crate::sensor::{Muscle, Side, Site};
use crate::signal::baseline::Baseline;
use crate::signal::shared::SharedNoise;
use crate::signal::shift::Shift;
use crate::time::{Duration, Instant};

/// Log-likelihood ratio that makes a fall news, for a rider with two sensors. With more of them there are more chances
/// of a false alert, and each is asked for as much more.
const DECISIVE: f32 = 8.5;
const FEW: f32 = 2.0;
const MORE: f32 = 2.0;
/// Log-likelihood ratio that makes a rise the new level.
const RISEN: f32 = 14.0;
/// Log-likelihood ratio by which one of two has fallen alone, or both have.
const APART: f32 = 2.6;
const TOGETHER: f32 = 4.0;
/// Log-likelihood ratio by which a partner seems to have risen, and leaves a doubt.
const ROSE: f32 = 2.0;
/// Standard deviations that a partner's excursion may have and still be taken for noise.
const NOISE: f32 = 2.0;
/// Log-likelihood ratio of a partner's own fall, whenever it began, that leaves a doubt.
const DOUBTFUL: f32 = 4.5;
/// A partner that has risen by this share has not stood still either.
const OPPOSITE: f32 = 0.6;
/// A partner that has come this share of the way in the last minutes may be falling with it.
const WAY: f32 = 0.5;
/// A partner that is off its level already has fallen too if it did by this share.
const SHARE: f32 = 0.5;
/// Least change of tHb, g/dL (3 to 5 standard deviations of its minute's mean).
const BLOOD: f32 = 0.10;
/// Levels are taken as new only after so many steps have been measured since: 90 s.
const SETTLED: u16 = 18;
/// A fall that nothing explains becomes the level after so many measured steps: 4 min.
const UNEXPLAINED: u16 = 48;
/// An episode ends once its strength was for a minute under half of 5 points, the smallest shift that is worth telling.
const REARM: f32 = 2.5;
const REARM_STEPS: u8 = 12;
/// A muscle that is still so far below its level once an episode is over has not come back, points.
const STAYED: f32 = 4.0;
/// What lasts as long as this is the new normal.
const NORMAL_AFTER: Duration = Duration::from_s(1800);
/// An episode that could not be seen for this long is over.
const UNSEEN: Duration = Duration::from_s(600);

/// The patterns of two muscles, in the order in which they are asked.
const SHARINGS: [&Sharing; 7] = [
    &calf_overload::SHARING,
    &vl_fatigue::SHARING,
    &tibialis_overload::SHARING,
    &antagonist_imbalance::BACK,
    &antagonist_imbalance::FRONT,
    &head_imbalance::SHARING,
    &side_imbalance::SHARING,
];

/// One muscle in the contest.
#[derive(Clone, Copy, Debug)]
pub struct Contender<'a> {
    /// Where.
    pub site: Site,
    /// Its baseline.
    pub baseline: &'a Baseline,
    /// Whether it is judged now: learned, sure, read, loaded.
    pub ready: bool,
}

/// What has come of a muscle's evidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Finding {
    /// Nothing new.
    Nothing,
    /// The shift is the level from now on.
    Absorb(Shift),
    /// It fell together with another, by the place in the list: both levels are new.
    Together(Shift, usize),
    /// A pattern is seen.
    Seen(Sighting, Shift),
}

/// A pattern that is being seen at a muscle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sighting {
    /// The newest verdict.
    pub verdict: Verdict,
    /// Where the partner lay when it was first seen, percent at a typical load, and on which contact of its sensor.
    partner: Option<(f32, u16)>,
    began: Instant,
    seen_at: Instant,
    quiet: u8,
}

/// What a muscle may be compared with in a pattern, by its place in the list; `None` if nothing of it is worn.
pub fn partner(sharing: &Sharing, site: Site, worn: impl Fn(Site) -> Option<usize>) -> Option<usize> {
    if !sharing.falls.contains(&site.muscle) {
        return None;
    }
    let first = |muscles: &[Muscle], but: Option<Muscle>| {
        let mut wanted = muscles.iter().filter(|&&muscle| Some(muscle) != but);
        wanted.find_map(|&muscle| worn(Site::new(muscle, site.side)))
    };
    match sharing.against {
        Against::FirstOfLeg(muscles) => first(muscles, None).filter(|_| first(sharing.falls, None) == worn(site)),
        Against::SameLeg(muscles) => first(muscles, Some(site.muscle)),
        Against::OtherLeg => worn(Site::new(site.muscle, site.side.other())),
    }
}

/// The places that a head unit is watching with these muscles: each says by itself whether it is ready. A muscle is
/// watched with its partner on the leg, else with the other leg, else alone.
pub fn places(sites: &[Site]) -> impl Iterator<Item = Place> {
    let worn = move |site: Site| sites.iter().position(|&other| other == site);
    let names = move |site: Site, wanted: &'static [&'static Sharing]| {
        wanted.iter().find_map(|sharing| partner(sharing, site, worn)).and_then(|i| sites.get(i).copied())
    };
    sites.iter().filter_map(move |&site| {
        let on_leg = names(site, &[&calf_overload::SHARING, &tibialis_overload::SHARING, &antagonist_imbalance::BACK]);
        if let Some(against) = on_leg {
            return Some(Place { site, against: Some(against) });
        }
        // Of a pair one is named by the other: the thigh, the lateral head, the right side.
        let shin = || worn(Site::new(Muscle::TibialisAnterior, site.side)).is_some();
        let compares = || names(site, &[&vl_fatigue::SHARING, &antagonist_imbalance::FRONT]).is_some() || shin();
        let head = names(site, &[&head_imbalance::SHARING]);
        let side = names(site, &[&side_imbalance::SHARING]);
        let second = match (head, side) {
            (Some(_), _) => site.muscle == Muscle::GastrocnemiusLateralis,
            (None, Some(_)) => site.side == Side::Right,
            (None, None) => false,
        };
        let named = second || Muscle::THIGH.contains(&site.muscle) && compares();
        (!named).then_some(Place { site, against: head.or(side) })
    })
}

/// What the evidence on the muscle at this place of the list comes to.
pub fn weigh(now: Instant, all: &[Contender<'_>], at: usize, shared: &SharedNoise) -> Finding {
    let Some(it) = all.get(at).filter(|it| it.ready && !it.baseline.is_held()) else { return Finding::Nothing };
    let shifts = it.baseline.shifts();
    if let Some(rise) = shifts.rise().filter(|rise| rise.evidence >= RISEN && rise.seen >= SETTLED) {
        return Finding::Absorb(rise);
    }
    let decisive = DECISIVE + MORE * libm::logf(math::max(all.len() as f32 / FEW, 1.0)) + it.baseline.caution();
    let worn = |site: Site| all.iter().position(|other| other.site == site);
    let Some(fall) = shifts.fall() else { return Finding::Nothing };
    // What is noise that both have is no news of one.
    let first = SHARINGS.iter().find_map(|sharing| partner(sharing, it.site, worn));
    let both =
        first.and_then(|with| all.get(with).and_then(|other| Both::since(it, other, &fall, shared.of(at, with))));
    if fall.evidence + both.map_or(0.0, |both| both.noise_tells()) < decisive {
        return Finding::Nothing;
    }
    if let Some(thb) = it.baseline.blood_since(&fall, BLOOD) {
        let kind = [outflow_restriction::BLOOD, compression::BLOOD]
            .into_iter()
            .find(|blood| blood.rises == (thb > 0.0))
            .map_or(PatternKind::Compression, |blood| blood.kind);
        let evidence = Evidence::Blood { smo2: fall.points, thb };
        return seen(now, &fall, kind, Place { site: it.site, against: None }, evidence);
    }
    let mut undecided = false;
    let mut fell_too = None;
    for sharing in SHARINGS {
        let Some(with) = partner(sharing, it.site, worn) else { continue };
        let Some(other) = all.get(with) else { continue };
        match compared(it, other, &fall, shared.of(at, with)) {
            Compared::Apart => {
                let evidence = Evidence::Smo2 { site: fall.points, against: other.baseline.deviation() };
                let place = Place { site: it.site, against: Some(other.site) };
                return seen(now, &fall, sharing.kind, place, evidence);
            }
            Compared::Together => fell_too = Some(with),
            Compared::Undecided => {
                undecided = true;
                break;
            }
        }
    }
    match fell_too {
        _ if undecided && fall.seen < UNEXPLAINED => Finding::Nothing,
        Some(_) if fall.seen < SETTLED => Finding::Nothing,
        Some(with) => Finding::Together(fall, with),
        None if fall.seen < UNEXPLAINED => Finding::Nothing,
        None => Finding::Absorb(fall),
    }
}

fn seen(now: Instant, fall: &Shift, kind: PatternKind, place: Place, evidence: Evidence) -> Finding {
    let verdict = Verdict { kind, place, strength: -fall.points, since: fall.since, evidence };
    Finding::Seen(Sighting { verdict, partner: None, began: now, seen_at: now, quiet: 0 }, *fall)
}

/// Whether a partner has fallen as well.
enum Compared {
    Apart,
    Together,
    Undecided,
}

fn compared(it: &Contender<'_>, other: &Contender<'_>, fall: &Shift, shared: f32) -> Compared {
    if other.baseline.is_held() {
        return match other.baseline.deviation() {
            Some(deviation) if deviation <= fall.points * SHARE => Compared::Together,
            Some(_) => Compared::Apart,
            None => Compared::Undecided,
        };
    }
    let Some(both) = Both::since(it, other, fall, shared).filter(|_| other.ready) else { return Compared::Undecided };
    // One falls, the other rises as much at the same time: sensors have changed places rather than muscles their work.
    if both.theirs.points >= -fall.points * OPPOSITE && both.theirs.evidence >= ROSE {
        return if both.theirs.evidence >= TOGETHER { Compared::Together } else { Compared::Undecided };
    }
    // Two that go down slowly need not seem to have begun at one moment.
    let ways = it.baseline.way().zip(other.baseline.way());
    let falls_by_itself = other.baseline.shifts().fall().is_some_and(|theirs| theirs.evidence >= DOUBTFUL)
        || ways.is_some_and(|(its, theirs)| theirs <= math::min(its * WAY, -other.baseline.noise().of_half_a_minute()));
    match both.alone() - both.together() {
        apart if apart >= APART && !falls_by_itself => Compared::Apart,
        apart if apart <= -TOGETHER => Compared::Together,
        _ => Compared::Undecided,
    }
}

/// Two muscles since one moment, with noise of which they share a part. Log-likelihoods of what may have happened, against
/// nothing: two normal numbers with a correlation.
struct Both {
    its: Shift,
    theirs: Shift,
    shared: f32,
}

impl Both {
    fn since(it: &Contender<'_>, other: &Contender<'_>, fall: &Shift, shared: f32) -> Option<Self> {
        let its = it.baseline.shifts().since(fall.since, fall.shape)?;
        let theirs = other.baseline.shifts().since(fall.since, fall.shape)?;
        Some(Self { its, theirs, shared })
    }

    /// How far one has fallen if the other did not: in standard deviations, and those of the other count so much.
    fn fallen(&self, others: f32) -> f32 {
        let fallen = self.its.deviations() - self.shared * others;
        math::min(fallen, 0.0) / libm::sqrtf(1.0 - self.shared * self.shared)
    }

    /// One has fallen, the other has not.
    fn alone(&self) -> f32 {
        let fallen = self.fallen(math::min(self.theirs.deviations(), NOISE));
        fallen * fallen / 2.0
    }

    /// What is known of the other's noise adds so much to the evidence on one; of more than noise nothing is concluded.
    fn noise_tells(&self) -> f32 {
        let fallen = self.fallen(math::clamp(self.theirs.deviations(), -NOISE, NOISE));
        fallen * fallen / 2.0 - self.its.evidence
    }

    /// Both have fallen, by the size that suits both best, weighed by what is known of each.
    fn together(&self) -> f32 {
        let (a, b) = (1.0 / libm::sqrtf(self.its.variance), 1.0 / libm::sqrtf(self.theirs.variance));
        let (x, y) = (self.its.deviations(), self.theirs.deviations());
        let r = self.shared;
        let score = math::min(a * x + b * y - r * (a * y + b * x), 0.0);
        score * score / (2.0 * (a * a + b * b - 2.0 * r * a * b) * (1.0 - r * r))
    }
}

impl Sighting {
    /// Five seconds more. `false`: it is over.
    pub fn goes_on(&mut self, now: Instant, all: &[Contender<'_>]) -> bool {
        let find = |site: Site| all.iter().find(|it| it.site == site);
        let Some(it) = find(self.verdict.place.site) else { return false };
        if now.since(self.began) >= NORMAL_AFTER {
            return false;
        }
        let against = self.verdict.place.against.and_then(find);
        let deviation = it.baseline.deviation().filter(|_| it.ready);
        let other = match against {
            None => Some(0.0),
            Some(other) => self.followed(other),
        };
        let Some((deviation, other)) = deviation.zip(other) else {
            return now.since(self.seen_at) < UNSEEN;
        };
        self.seen_at = now;
        self.verdict.strength = math::max(other - deviation, 0.0);
        match &mut self.verdict.evidence {
            Evidence::Smo2 { site, against } => (*site, *against) = (deviation, against.map(|_| other)),
            Evidence::Blood { smo2, .. } => *smo2 = deviation,
            Evidence::Usual { .. } => {}
        }
        self.quiet = if self.verdict.strength < REARM { self.quiet + 1 } else { 0 };
        self.quiet < REARM_STEPS
    }

    /// How far the partner has gone meanwhile, points: it goes on to learn, and its own fall must show as one. What its
    /// sensor did is not its doing: from a new contact on it is followed from there.
    fn followed(&mut self, other: &Contender<'_>) -> Option<f32> {
        let level = other.baseline.level().filter(|_| other.ready)?;
        let contact = other.baseline.contact();
        let (then, _) = *match &mut self.partner {
            Some(known) if known.1 == contact => known,
            unknown => unknown.insert((level, contact)),
        };
        Some(level - then)
    }

    /// Whether the muscle is where it was, so many points off, though the episode is over: that has become the normal state
    /// of things, or others have followed.
    pub fn has_stayed(&self, now: Instant, points: f32) -> bool {
        now.since(self.began) >= NORMAL_AFTER || points <= -STAYED
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::testing::{Ridden, come};
    extern crate std;
    use std::string::{String, ToString};
    use std::vec::Vec;

    /// What has been done to a muscle: SmO2 and tHb, or its sensor is not heard.
    type Off = Option<(f32, f32)>;
    const STILL: Off = Some((0.0, 0.0));
    const FALLEN: Off = Some((-12.0, 0.0));
    const SHIFT: Shift = Shift {
        since: Instant::ZERO,
        shape: crate::signal::shift::Shape::Step,
        points: 0.0,
        evidence: 0.0,
        variance: 1.0,
        seen: 20,
        thb: None,
    };

    /// Muscles that are ridden together, each with noise of its own.
    struct Crew {
        sites: Vec<Site>,
        muscles: Vec<Ridden>,
        heard: Vec<bool>,
    }

    fn sites(names: &str) -> Vec<Site> {
        names.split(' ').map(|name| name.parse().unwrap()).collect()
    }

    impl Crew {
        /// Twenty minutes into a ride.
        fn learned(names: &str, seed: u32) -> Self {
            Self::with_noise(names, seed, 1.0)
        }

        /// The same, with a v of this SD.
        fn with_noise(names: &str, seed: u32, sd: f32) -> Self {
            let sites = sites(names);
            let muscles = (0..sites.len() as u32).map(|i| Ridden::new(10 * seed + i, sd)).collect();
            let mut crew = Self { heard: sites.iter().map(|_| true).collect(), sites, muscles };
            let still: Vec<Off> = crew.sites.iter().map(|_| STILL).collect();
            for _ in 0..240 {
                let found = crew.step(&still, 1.0);
                assert!(found.iter().all(|finding| *finding == Finding::Nothing), "{found:?}");
            }
            crew
        }

        fn now(&self) -> Instant {
            self.muscles[0].now
        }

        fn contenders(&self) -> Vec<Contender<'_>> {
            let all = self.sites.iter().zip(&self.muscles).zip(&self.heard);
            all.map(|((&site, Ridden { baseline, .. }), &heard)| Contender {
                site,
                baseline,
                ready: baseline.is_ready() && heard,
            })
            .collect()
        }

        /// Five seconds; this share of what is done to the muscles has come.
        fn step(&mut self, off: &[Off], come: f32) -> Vec<Finding> {
            for ((ridden, heard), off) in self.muscles.iter_mut().zip(&mut self.heard).zip(off) {
                *heard = off.is_some();
                ridden.step(off.map(|(smo2, thb)| (smo2 * come, thb * come)));
            }
            let all = self.contenders();
            (0..all.len()).map(|i| weigh(self.now(), &all, i, &SharedNoise::new())).collect()
        }

        /// What is found first within so many seconds of a shift: how long it took, and at which muscle.
        fn first(&mut self, s: u32, off: &[Off]) -> Option<(u32, usize, Finding)> {
            (1..=s / 5).find_map(|i| {
                let found = self.step(off, come(i * 5));
                let at = found.iter().position(|finding| *finding != Finding::Nothing)?;
                Some((i * 5, at, found[at]))
            })
        }

        /// A pattern that must be seen within four minutes, first of all: at which site, against which.
        fn sees(&mut self, off: &[Off]) -> (Sighting, Shift) {
            match self.first(240, off) {
                Some((_, at, Finding::Seen(sighting, shift))) => {
                    assert_eq!(sighting.verdict.place.site, self.sites[at]);
                    self.muscles[at].baseline.hold(&shift);
                    (sighting, shift)
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn words(place: Place) -> String {
        place.against.map_or(place.site.to_string(), |against| std::format!("{} {against}", place.site))
    }

    #[test]
    fn the_muscle_that_falls_and_what_is_worn_with_it_decide_what_is_said() {
        use PatternKind::{
            AntagonistImbalance, CalfOverload, HeadImbalance, SideImbalance, TibialisOverload, VlFatigue,
        };
        for (worn, falls, kind, place) in [
            ("mg.right vl.right", 0, CalfOverload, "mg.right vl.right"),
            ("mg.right vl.right", 1, VlFatigue, "vl.right mg.right"),
            ("vl.left sol.left", 1, CalfOverload, "sol.left vl.left"),
            ("vl.left vl.right", 0, SideImbalance, "vl.left vl.right"),
            ("vl.left vl.right", 1, SideImbalance, "vl.right vl.left"),
            ("mg.right lg.right", 0, HeadImbalance, "mg.right lg.right"),
            ("mg.right lg.right", 1, HeadImbalance, "lg.right mg.right"),
            ("mg.right lg.right vl.right", 0, CalfOverload, "mg.right vl.right"),
            ("mg.right lg.right vl.right", 1, HeadImbalance, "lg.right mg.right"),
            ("ta.left vl.left", 0, TibialisOverload, "ta.left vl.left"),
            ("bf.right vl.right", 0, AntagonistImbalance, "bf.right vl.right"),
            ("bf.right vl.right", 1, AntagonistImbalance, "vl.right bf.right"),
            ("mg.left vl.left mg.right vl.right", 2, CalfOverload, "mg.right vl.right"),
        ] {
            for seed in 1..=2 {
                let mut crew = Crew::learned(worn, seed);
                let onset = crew.now();
                let off: Vec<Off> = (0..crew.sites.len()).map(|i| if i == falls { FALLEN } else { STILL }).collect();
                let (Sighting { verdict, .. }, shift) = crew.sees(&off);
                assert_eq!((verdict.kind, words(verdict.place).as_str()), (kind, place), "{worn}, ride {seed}");
                assert!((shift.points + 12.0).abs() < 4.0, "{worn}, ride {seed}: {shift:?}");
                let early = onset.since(verdict.since).max(verdict.since.since(onset));
                assert!(early <= Duration::from_s(30), "{worn}, ride {seed}: {verdict:?} for {onset:?}");
                assert!(matches!(verdict.evidence, Evidence::Smo2 { against: Some(d), .. } if d.abs() < 4.0));
            }
        }
    }

    #[test]
    fn a_steady_hour_says_nothing() {
        let mut crew = Crew::learned("mg.right vl.right", 7);
        assert_eq!(crew.first(3600, &[STILL, STILL]), None);
    }

    #[test]
    fn both_that_fall_are_taken_together_and_no_pattern_is_seen() {
        for worn in ["mg.right vl.right", "vl.left vl.right", "mg.right lg.right", "bf.left vl.left"] {
            for seed in 1..=3 {
                let mut crew = Crew::learned(worn, seed);
                let found = crew.first(400, &[FALLEN, FALLEN]);
                assert!(
                    matches!(found, Some((_, at, Finding::Together(_, with))) if with == 1 - at),
                    "{worn}, ride {seed}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn a_fall_is_no_news_while_the_partner_rises_as_much() {
        for seed in 1..=4 {
            let mut crew = Crew::learned("mg.right vl.right", seed);
            let found = crew.first(400, &[FALLEN, Some((12.0, 0.0))]);
            assert!(!matches!(found, None | Some((_, _, Finding::Seen(..)))), "ride {seed}: {found:?}");
        }
    }

    #[test]
    fn a_muscle_whose_contact_is_new_needs_more_evidence_and_falls_all_the_same() {
        for seed in 1..=3 {
            let after = |renewed: bool| {
                let mut crew = Crew::learned("mg.right vl.right", seed);
                if renewed {
                    crew.muscles[0].baseline.renew(0.0);
                }
                for _ in 0..24 {
                    assert_eq!(crew.step(&[STILL, STILL], 1.0), [Finding::Nothing; 2], "ride {seed}");
                }
                match crew.first(240, &[FALLEN, STILL]) {
                    Some((s, 0, Finding::Seen(..))) => s,
                    other => panic!("ride {seed}: {other:?}"),
                }
            };
            assert!(after(false) < after(true), "ride {seed}");
        }
    }

    #[test]
    fn blood_tells_its_story_before_any_partner_is_asked() {
        for (worn, thb, kind) in [
            ("mg.right vl.right", 0.25, PatternKind::OutflowRestriction),
            ("mg.right vl.right", -0.25, PatternKind::Compression),
            ("vl.right", 0.25, PatternKind::OutflowRestriction),
        ] {
            for seed in 1..=3 {
                let mut crew = Crew::with_noise(worn, seed, 2.0);
                let off = [Some((-10.0, thb)), STILL];
                let (Sighting { verdict, .. }, _) = crew.sees(&off[..crew.sites.len()]);
                assert_eq!((verdict.kind, verdict.place.against), (kind, None), "{worn}, ride {seed}");
                let Evidence::Blood { smo2, thb: change } = verdict.evidence else { panic!("{verdict:?}") };
                assert!(smo2 <= -7.0 && change * thb > 0.0 && change.abs() >= BLOOD, "{verdict:?}");
            }
        }
    }

    #[test]
    fn a_partner_that_is_not_heard_lets_nothing_be_said() {
        for worn in ["mg.right vl.right", "vl.left vl.right"] {
            for seed in 1..=3 {
                let mut crew = Crew::learned(worn, seed);
                let found = crew.first(400, &[FALLEN, None]);
                // After four minutes it is the level.
                assert!(
                    matches!(found, Some((s, 0, Finding::Absorb(_))) if s >= 240),
                    "{worn}, ride {seed}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn a_muscle_that_nothing_is_compared_with_becomes_its_new_level() {
        for worn in ["vl.right", "ta.right", "mg.right vl.left"] {
            let mut crew = Crew::learned(worn, 1);
            let off = [FALLEN, STILL];
            let found = crew.first(400, &off[..crew.sites.len()]);
            assert!(matches!(found, Some((s, 0, Finding::Absorb(_))) if s >= 240), "{worn}: {found:?}");
        }
    }

    #[test]
    fn a_rise_is_the_new_level_and_no_news() {
        let mut crew = Crew::learned("mg.right vl.right", 1);
        let found = crew.first(400, &[Some((12.0, 0.0)), STILL]);
        assert!(matches!(found, Some((s, 0, Finding::Absorb(rise))) if s >= 90 && rise.points > 7.0), "{found:?}");
    }

    #[test]
    fn a_muscle_that_is_not_judged_is_not_weighed() {
        let mut crew = Crew::learned("mg.right vl.right", 1);
        crew.sees(&[FALLEN, STILL]);
        let all = crew.contenders();
        assert_eq!(weigh(crew.now(), &all, 0, &SharedNoise::new()), Finding::Nothing, "it is held");
        assert_eq!(weigh(crew.now(), &all, 2, &SharedNoise::new()), Finding::Nothing, "there is none");
    }

    /// Rides on with what is done to calf and thigh; after how many seconds the episode is over.
    fn over_after(crew: &mut Crew, sighting: &mut Sighting, s: u32, off: [Off; 2]) -> Option<u32> {
        (1..=s / 5).find_map(|i| {
            crew.step(&off, 1.0);
            (!sighting.goes_on(crew.now(), &crew.contenders())).then_some(i * 5)
        })
    }

    #[test]
    fn an_episode_ends_a_minute_after_the_muscle_is_back() {
        for seed in 1..=3 {
            let mut crew = Crew::learned("mg.right vl.right", seed);
            let (mut sighting, _) = crew.sees(&[FALLEN, STILL]);
            assert_eq!(over_after(&mut crew, &mut sighting, 300, [FALLEN, STILL]), None);
            assert!((sighting.verdict.strength - 12.0).abs() < 4.0, "ride {seed}: {sighting:?}");
            let over = over_after(&mut crew, &mut sighting, 400, [STILL, STILL]);
            // The strength is a mean of 30 s.
            assert!(over.is_some_and(|s| (60..=180).contains(&s)), "ride {seed}: {over:?}");
            assert!(sighting.verdict.strength < REARM && !sighting.has_stayed(crew.now(), 0.0));
        }
    }

    #[test]
    fn what_has_lasted_for_half_an_hour_is_normal() {
        let mut crew = Crew::learned("mg.right vl.right", 1);
        let (mut sighting, _) = crew.sees(&[FALLEN, STILL]);
        assert_eq!(over_after(&mut crew, &mut sighting, 2400, [FALLEN, STILL]), Some(1800));
        assert!(sighting.has_stayed(crew.now(), 0.0));
    }

    #[test]
    fn an_episode_that_the_partner_follows_into_is_over_and_the_muscle_has_stayed() {
        for seed in 1..=3 {
            let mut crew = Crew::learned("mg.right vl.right", seed);
            let (mut sighting, _) = crew.sees(&[FALLEN, STILL]);
            let over = over_after(&mut crew, &mut sighting, 600, [FALLEN, FALLEN]);
            assert!(over.is_some_and(|s| (60..=240).contains(&s)), "ride {seed}: {over:?}, {sighting:?}");
            let points = crew.muscles[0].baseline.deviation().unwrap();
            assert!(sighting.has_stayed(crew.now(), points), "ride {seed}: {points}");
        }
    }

    #[test]
    fn a_partner_whose_sensor_moves_makes_an_episode_neither_worse_nor_over() {
        for (seed, moved) in [(1, 20.0), (2, -20.0)] {
            let mut crew = Crew::learned("mg.right vl.right", seed);
            let (mut sighting, _) = crew.sees(&[FALLEN, STILL]);
            assert_eq!(over_after(&mut crew, &mut sighting, 60, [FALLEN, STILL]), None);
            crew.muscles[1].baseline.renew(moved);
            for _ in 0..36 {
                assert_eq!(over_after(&mut crew, &mut sighting, 5, [FALLEN, Some((moved, 0.0))]), None);
                let strength = sighting.verdict.strength;
                assert!((5.0..18.0).contains(&strength), "ride {seed}: {strength}");
            }
        }
    }

    #[test]
    fn two_that_go_down_slowly_together_are_no_news_of_one() {
        for seed in 1..=12 {
            let mut crew = Crew::learned("mg.right vl.right", seed);
            for i in 0..96 {
                // A point a minute.
                let off = Some((-(i as f32) / 12.0, 0.0));
                let found = crew.step(&[off, off], 1.0);
                assert!(!found.iter().any(|it| matches!(it, Finding::Seen(..))), "ride {seed}, step {i}: {found:?}");
                if found.iter().any(|it| *it != Finding::Nothing) {
                    break;
                }
            }
        }
    }

    #[test]
    fn noise_that_both_have_is_no_evidence_on_one() {
        let its = |points: f32| Shift { points, evidence: points * points / 2.0, ..SHIFT };
        let both = |one: f32, other: f32, shared: f32| Both { its: its(one), theirs: its(other), shared };
        assert!(both(-4.0, -2.0, 0.5).noise_tells() < -1.5);
        assert!(both(-4.0, 1.0, 0.5).noise_tells() > 2.0);
        assert_eq!(both(-4.0, -2.0, 0.0).noise_tells(), 0.0);
        // Whatever the other does beyond noise, it does not make this one fall.
        assert_eq!(both(-4.0, 9.0, 0.5).noise_tells(), both(-4.0, 2.0, 0.5).noise_tells());
        assert_eq!(both(1.0, 0.0, 0.5).alone(), 0.0, "a rise is no fall");
        for shared in [0.0, 0.3, 0.6] {
            assert!(both(-6.0, 0.0, shared).alone() > both(-6.0, 0.0, shared).together() + APART);
            assert!(both(-6.0, -6.0, shared).together() > both(-6.0, -6.0, shared).alone() + TOGETHER);
        }
    }

    #[test]
    fn an_episode_that_cannot_be_seen_waits_for_ten_minutes() {
        let mut crew = Crew::learned("mg.right vl.right", 1);
        let (mut sighting, _) = crew.sees(&[FALLEN, STILL]);
        assert_eq!(over_after(&mut crew, &mut sighting, 60, [FALLEN, STILL]), None);
        assert_eq!(over_after(&mut crew, &mut sighting, 540, [FALLEN, None]), None);
        assert_eq!(over_after(&mut crew, &mut sighting, 60, [FALLEN, STILL]), None);
        assert_eq!(over_after(&mut crew, &mut sighting, 900, [None, None]), Some(600));
    }

    #[test]
    fn an_episode_of_a_muscle_that_is_no_longer_worn_is_over() {
        let mut crew = Crew::learned("mg.right vl.right", 1);
        let (mut sighting, _) = crew.sees(&[FALLEN, STILL]);
        assert!(!sighting.goes_on(crew.now(), &crew.contenders()[1..]));
    }

    #[test]
    fn a_muscle_is_watched_with_its_partner_on_the_leg_else_with_the_other_leg_else_alone() {
        for (worn, watched) in [
            ("mg.right vl.right", &["mg.right vl.right"][..]),
            ("vl.right mg.right", &["mg.right vl.right"]),
            ("mg.right lg.right vl.right", &["mg.right vl.right"]),
            ("mg.right lg.right", &["mg.right lg.right"]),
            ("mg.left vl.left mg.right vl.right", &["mg.left vl.left", "mg.right vl.right"]),
            ("vl.left vl.right", &["vl.left vl.right"]),
            ("vl.right", &["vl.right"]),
            ("mg.left", &["mg.left"]),
            ("mg.left vl.right", &["mg.left", "vl.right"]),
            ("ta.right vl.right", &["ta.right vl.right"]),
            ("bf.right vl.right", &["bf.right vl.right"]),
            ("bf.right vl.right mg.right", &["bf.right vl.right", "mg.right vl.right"]),
        ] {
            let seen: Vec<String> = places(&sites(worn)).map(words).collect();
            assert_eq!(seen, watched, "{worn}");
        }
    }
}
