//! From verdicts to what the rider is told, and how seldom.
//!
//! One alert an episode, on the screen at once (`info`). After 30 s of persistence a cue (`caution`), a stronger one
//! when it is strong and lasts (`warning`). At most one cue per pattern in 15 minutes, but a worse level may break
//! that. To acknowledge mutes the pattern's cues for 10 minutes; to snooze keeps every pattern's cues back for 15. An
//! episode ends when the pattern says so, and a new one can begin.
//!
//! **Quiet.** Persistence counts only time in which the place was judged: while the rider coasts, stands or is being
//! learned, no level rises and no cue is given. **No masking.** Each pattern has its own cool-down and its own mute, and
//! there is room for every pattern that eight sites can show; what finds no room all the same is said once.
//! Cues about sensors, laps and presses are not given here, and nothing here keeps them back.
//!
//! **Fewer.** A rider can ask to be told of strong shifts only, and to be given the stronger cues only. Both leave out; none
//! of them makes an alert or a cue come that would not have come.

mod cue;

pub use cue::{Beep, Cue, GAP_MS, Pitch, Pulse, Rhythm, SILENCE_MS, Volume};

use crate::pattern::{PatternKind, Place, Verdict};
use crate::sensor::MAX_SITES;
use crate::time::{Duration, Instant};
use serde::{Deserialize, Serialize};

/// Persistence before the first cue.
pub const CAUTION_AFTER: Duration = Duration::from_s(30);
/// Persistence before the stronger cue.
pub const WARNING_AFTER: Duration = Duration::from_s(90);
/// Cool-down between cues of one pattern at one level.
pub const COOL_DOWN: Duration = Duration::from_s(15 * 60);
/// How long an acknowledged pattern stays mute.
pub const MUTE: Duration = Duration::from_s(10 * 60);
/// How long a snooze lasts.
pub const SNOOZE: Duration = Duration::from_s(15 * 60);
/// An alert takes its panel for this long after it was told or came to its level; then the panel is given back.
pub const SHOWN: Duration = Duration::from_s(60);
/// Episodes carried at once, as many as can be seen at once: at each site one fall, which the contest of explanations gives
/// one pattern, and a slow recovery; for each leg a load shift.
pub const MAX_EPISODES: usize = 2 * MAX_SITES + LEGS;

const LEGS: usize = 2;

/// Strength that the stronger cue needs, points of SmO2.
const WARNING_POINTS: f32 = 12.0;
/// The same for patterns whose strength is a percentage of what is usual.
const WARNING_PERCENT: f32 = 50.0;
/// Between two ticks no more than this counts as judged: a caller that was silent for longer saw nothing.
const LONGEST_TICK: Duration = Duration::from_s(2);
/// Where there is no room, a verdict must be this many times as strong as the weakest episode to take its place, so that
/// two that are alike do not take turns.
const STRONGER: f32 = 1.1;
/// Episodes that are over and still listed.
const MAX_ENDED: usize = 12;
/// Acknowledged places that are remembered while their pattern is mute. A forgotten one takes its panel once more.
const MAX_SEEN: usize = 8;
/// Verdicts without room that are remembered as said. One that is not is said again with each report: loud, not lost.
const MAX_LEFT_OUT: usize = 4;

/// How much an alert wants of the rider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// On the screen only.
    Info,
    /// A cue.
    Caution,
    /// A stronger cue.
    Warning,
}

impl Level {
    /// The name in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Caution => "caution",
            Self::Warning => "warning",
        }
    }
}

/// A pattern that is, or was until just now, being told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Episode {
    /// What was last seen, and where.
    pub verdict: Verdict,
    /// How much it wants.
    pub level: Level,
    /// When it was first told.
    pub told_at: Instant,
    /// When it came to its level.
    pub level_at: Instant,
    /// For how long it has been judged since it was told.
    pub lasted: Duration,
    /// Whether the rider has acknowledged it.
    pub acknowledged: bool,
    /// It came to its level and the cue for that is still to be given.
    owes_cue: bool,
}

impl Episode {
    /// Not acknowledged, and told or worse within the last minute: then it takes its panel.
    pub fn is_news(&self, now: Instant) -> bool {
        !self.acknowledged && now.since(self.level_at) < SHOWN
    }
}

/// A change that the rest of the head unit must pass on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// An episode begins.
    Raised(Episode),
    /// It wants more.
    Level(Episode),
    /// It is over.
    Cleared(Episode),
    /// Give a cue.
    Cue(Cue, Level),
    /// There is no room to follow this one; said once until it ends or finds room.
    LeftOut(PatternKind, Place),
    /// Cues are given again.
    SnoozeOver,
}

/// When a pattern last gave a cue, and until when it is mute.
#[derive(Clone, Copy, Debug)]
struct Memory {
    last_cue: Option<(Instant, Level)>,
    mute_until: Option<Instant>,
}

/// Patterns there are.
const KINDS: usize = PatternKind::ALL.len();

/// All episodes.
#[derive(Clone, Debug)]
pub struct Alerts {
    episodes: heapless::Vec<Episode, MAX_EPISODES>,
    /// The last ones that are over, and when that was; oldest first.
    ended: heapless::Deque<(Episode, Instant), MAX_ENDED>,
    /// By pattern, in the order of their declaration.
    memories: [Memory; KINDS],
    /// Acknowledged, oldest first; of no matter once the pattern's mute is over.
    seen: heapless::Deque<(PatternKind, Place), MAX_SEEN>,
    left_out: heapless::Vec<(PatternKind, Place), MAX_LEFT_OUT>,
    snoozed_until: Option<Instant>,
    ticked_at: Option<Instant>,
    /// A verdict of fewer points of SmO2 is not told. Strengths that are a percentage know no points.
    pub least_points: u8,
    /// No cue is given below this.
    pub cues_from: Level,
}

impl Alerts {
    /// Nothing to tell.
    pub const fn new() -> Self {
        Self {
            episodes: heapless::Vec::new(),
            ended: heapless::Deque::new(),
            memories: [Memory { last_cue: None, mute_until: None }; KINDS],
            seen: heapless::Deque::new(),
            left_out: heapless::Vec::new(),
            snoozed_until: None,
            ticked_at: None,
            least_points: 0,
            cues_from: Level::Caution,
        }
    }

    /// The episodes that are on.
    pub fn episodes(&self) -> &[Episode] {
        &self.episodes
    }

    /// The last ones that are over, and when that was; newest first.
    pub fn ended(&self) -> impl Iterator<Item = &(Episode, Instant)> {
        self.ended.iter().rev()
    }

    /// The one that the screen has room for: what is news before what is not, then the worst, then the newest.
    pub fn shown(&self, now: Instant) -> Option<&Episode> {
        self.episodes.iter().max_by_key(|e| (e.is_news(now), e.level, e.told_at))
    }

    /// What a pattern sees at a place right now, or that it sees nothing.
    pub fn report(
        &mut self,
        now: Instant,
        kind: PatternKind,
        place: Place,
        verdict: Option<Verdict>,
        tell: &mut dyn FnMut(Change),
    ) {
        let known = self.episodes.iter().position(|e| e.verdict.kind == kind && e.verdict.place == place);
        match (known, verdict) {
            (None, Some(verdict)) => {
                // What was told stays told: an episode that has begun is not asked again.
                if kind.is_in_percent() || self.least_points == 0 || verdict.strength >= f32::from(self.least_points) {
                    self.raise(now, verdict, tell);
                }
            }
            (Some(i), Some(verdict)) => {
                if let Some(episode) = self.episodes.get_mut(i) {
                    episode.verdict = verdict;
                }
            }
            (Some(i), None) => {
                self.end(now, i, tell);
            }
            (None, None) => self.left_out.retain(|it| *it != (kind, place)),
        }
    }

    /// Time passes: what persists where it is judged is told more strongly.
    pub fn tick(&mut self, now: Instant, is_judged: impl Fn(PatternKind, Place) -> bool, tell: &mut dyn FnMut(Change)) {
        let passed = self.ticked_at.replace(now).map_or(Duration::ZERO, |last| now.since(last));
        let passed = if passed > LONGEST_TICK { Duration::ZERO } else { passed };
        if self.snoozed_until.is_some_and(|until| now >= until) {
            self.snoozed_until = None;
            tell(Change::SnoozeOver);
        }
        for i in 0..self.episodes.len() {
            let Some(episode) = self.episodes.get_mut(i) else { continue };
            if !is_judged(episode.verdict.kind, episode.verdict.place) {
                continue;
            }
            let counts = passed.min(now.since(episode.told_at));
            episode.lasted = Duration::from_ms(episode.lasted.as_ms().saturating_add(counts.as_ms()));
            let wanted = level_of(episode);
            if wanted > episode.level {
                (episode.level, episode.level_at, episode.owes_cue) = (wanted, now, true);
                tell(Change::Level(*episode));
            }
            if episode.owes_cue && self.snoozed_until.is_none() {
                episode.owes_cue = false;
                let episode = *episode;
                self.cue(now, &episode, tell);
            }
        }
    }

    /// The rider has seen it. Returns the patterns that were acknowledged.
    pub fn acknowledge(&mut self, now: Instant) -> heapless::Vec<PatternKind, KINDS> {
        let mut acknowledged = heapless::Vec::new();
        for episode in &mut self.episodes {
            episode.owes_cue = false;
            if core::mem::replace(&mut episode.acknowledged, true) {
                continue;
            }
            let kind = episode.verdict.kind;
            if self.seen.is_full() {
                self.seen.pop_front();
            }
            let _ = self.seen.push_back((kind, episode.verdict.place));
            if let Some(memory) = self.memories.get_mut(kind as usize) {
                memory.mute_until = Some(now + MUTE);
            }
            if !acknowledged.contains(&kind) {
                let _ = acknowledged.push(kind);
            }
        }
        acknowledged
    }

    /// Keeps every pattern's cues back for [`SNOOZE`], or ends that. Returns whether they are kept back now. What comes
    /// to a level meanwhile, still lasts at the end and has not been acknowledged gets its cue then.
    pub fn toggle_snooze(&mut self, now: Instant) -> bool {
        self.snoozed_until = if self.snooze_left(now).is_some() { None } else { Some(now + SNOOZE) };
        self.snoozed_until.is_some()
    }

    /// For how long cues are still kept back.
    pub fn snooze_left(&self, now: Instant) -> Option<Duration> {
        self.snoozed_until.filter(|until| now < *until).map(|until| until.since(now))
    }

    fn raise(&mut self, now: Instant, verdict: Verdict, tell: &mut dyn FnMut(Change)) {
        let (kind, place) = (verdict.kind, verdict.place);
        if self.episodes.is_full() {
            let Some(weakest) = self.weakest() else { return };
            let is_stronger =
                self.episodes.get(weakest).is_some_and(|e| severity(&verdict) > STRONGER * severity(&e.verdict));
            if !is_stronger {
                self.leave_out(kind, place, tell);
                return;
            }
            if let Some(gone) = self.end(now, weakest, tell) {
                self.leave_out(gone.verdict.kind, gone.verdict.place, tell);
            }
        }
        let episode = Episode {
            verdict,
            level: Level::Info,
            told_at: now,
            level_at: now,
            lasted: Duration::ZERO,
            acknowledged: self.is_mute(now, kind) && self.seen.iter().any(|seen| *seen == (kind, place)),
            owes_cue: false,
        };
        self.left_out.retain(|it| *it != (kind, place));
        if self.episodes.push(episode).is_ok() {
            tell(Change::Raised(episode));
        }
    }

    fn end(&mut self, now: Instant, i: usize, tell: &mut dyn FnMut(Change)) -> Option<Episode> {
        if i >= self.episodes.len() {
            return None;
        }
        let gone = self.episodes.remove(i);
        if self.ended.is_full() {
            self.ended.pop_front();
        }
        let _ = self.ended.push_back((gone, now));
        tell(Change::Cleared(gone));
        Some(gone)
    }

    fn weakest(&self) -> Option<usize> {
        let weaker = |a: usize, b: usize| {
            let of = |i: usize| self.episodes.get(i).map_or(f32::MAX, |e| severity(&e.verdict));
            if of(b) < of(a) { b } else { a }
        };
        (0..self.episodes.len()).reduce(weaker)
    }

    fn leave_out(&mut self, kind: PatternKind, place: Place, tell: &mut dyn FnMut(Change)) {
        if !self.left_out.contains(&(kind, place)) {
            let _ = self.left_out.push((kind, place));
            tell(Change::LeftOut(kind, place));
        }
    }

    fn cue(&mut self, now: Instant, episode: &Episode, tell: &mut dyn FnMut(Change)) {
        let (kind, level) = (episode.verdict.kind, episode.level);
        if self.is_mute(now, kind) || level < self.cues_from {
            return;
        }
        let Some(cue) = Cue::of(kind) else { return };
        let Some(memory) = self.memories.get_mut(kind as usize) else { return };
        let too_soon = memory.last_cue.is_some_and(|(at, told)| now.since(at) < COOL_DOWN && level <= told);
        if !too_soon {
            memory.last_cue = Some((now, level));
            tell(Change::Cue(cue, level));
        }
    }

    fn is_mute(&self, now: Instant, kind: PatternKind) -> bool {
        self.memories.get(kind as usize).is_some_and(|memory| memory.mute_until.is_some_and(|until| now < until))
    }
}

impl Default for Alerts {
    fn default() -> Self {
        Self::new()
    }
}

fn level_of(episode: &Episode) -> Level {
    if episode.lasted >= WARNING_AFTER && severity(&episode.verdict) >= 1.0 {
        Level::Warning
    } else if episode.lasted >= CAUTION_AFTER {
        Level::Caution
    } else {
        Level::Info
    }
}

/// Strength on one scale for all patterns: 1 is what the stronger cue needs.
fn severity(verdict: &Verdict) -> f32 {
    verdict.strength / if verdict.kind.is_in_percent() { WARNING_PERCENT } else { WARNING_POINTS }
}

impl PatternKind {
    /// Whether its strength is a percentage of what is usual for the rider, and not points of SmO2.
    pub const fn is_in_percent(self) -> bool {
        matches!(self, Self::LoadShift | Self::SlowRecovery)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LEAST_POINTS;
    use crate::pattern::Evidence;
    use crate::sensor::{Muscle, Side, Site};
    extern crate std;
    use std::vec::Vec;

    const KIND: PatternKind = PatternKind::CalfOverload;
    const PLACE: Place = Place {
        site: Site::new(Muscle::GastrocnemiusMedialis, Side::Right),
        against: Some(Site::new(Muscle::VastusLateralis, Side::Right)),
    };

    fn verdict(kind: PatternKind, place: Place, strength: f32) -> Verdict {
        let evidence = Evidence::Smo2 { site: -strength, against: Some(0.0) };
        Verdict { kind, place, strength, since: Instant::ZERO, evidence }
    }

    const fn at(s: u64) -> Instant {
        Instant::from_ms(s * 1000)
    }

    fn name(change: Change) -> &'static str {
        match change {
            Change::Raised(_) => "raised",
            Change::Level(e) => e.level.code(),
            Change::Cleared(_) => "cleared",
            Change::Cue(_, Level::Warning) => "strong cue",
            Change::Cue(..) => "cue",
            Change::LeftOut(..) => "left out",
            Change::SnoozeOver => "snooze over",
        }
    }

    /// Seconds and names of what was told while `strength` was seen from `from` to `to`, judged or not.
    fn ride_judged(
        alerts: &mut Alerts,
        (from, to): (u64, u64),
        strength: Option<f32>,
        is_judged: bool,
    ) -> Vec<(u64, &'static str)> {
        let mut told = Vec::new();
        for s in from..to {
            let mut tell = |change| told.push((s, name(change)));
            if s % 5 == 0 {
                alerts.report(at(s), KIND, PLACE, strength.map(|points| verdict(KIND, PLACE, points)), &mut tell);
            }
            alerts.tick(at(s), |_, _| is_judged, &mut tell);
        }
        told
    }

    fn ride(alerts: &mut Alerts, from: u64, to: u64, strength: Option<f32>) -> Vec<(u64, &'static str)> {
        ride_judged(alerts, (from, to), strength, true)
    }

    #[test]
    fn an_episode_is_told_once_and_cued_after_thirty_seconds() {
        let mut alerts = Alerts::new();
        assert_eq!(ride(&mut alerts, 0, 600, Some(9.0)), [(0, "raised"), (30, "caution"), (30, "cue")]);
        assert_eq!(ride(&mut alerts, 600, 700, None), [(600, "cleared")]);
    }

    #[test]
    fn a_short_episode_stays_on_the_screen() {
        let mut alerts = Alerts::new();
        ride(&mut alerts, 0, 25, Some(9.0));
        assert_eq!(ride(&mut alerts, 25, 60, None), [(25, "cleared")]);
    }

    #[test]
    fn within_the_cool_down_only_a_worse_level_is_cued() {
        let mut alerts = Alerts::new();
        ride(&mut alerts, 0, 100, Some(9.0));
        ride(&mut alerts, 100, 200, None);
        assert_eq!(
            ride(&mut alerts, 200, 400, Some(14.0)),
            [(200, "raised"), (230, "caution"), (290, "warning"), (290, "strong cue")]
        );
        ride(&mut alerts, 400, 1200, None);
        assert_eq!(ride(&mut alerts, 1200, 1300, Some(9.0)), [(1200, "raised"), (1230, "caution"), (1230, "cue")]);
    }

    #[test]
    fn a_shift_of_fewer_points_than_asked_for_is_told_when_it_comes_to_them_and_then_stays_told() {
        let mut alerts = Alerts { least_points: 10, ..Alerts::new() };
        assert_eq!(ride(&mut alerts, 0, 100, Some(9.9)), []);
        assert!(alerts.episodes().is_empty());
        assert_eq!(ride(&mut alerts, 100, 110, Some(10.0)), [(100, "raised")]);
        assert_eq!(ride(&mut alerts, 110, 200, Some(6.0)), [(130, "caution"), (130, "cue")]);
        assert_eq!(ride(&mut alerts, 200, 210, None), [(200, "cleared")]);
        assert_eq!(ride(&mut alerts, 210, 300, Some(6.0)), []);
    }

    #[test]
    fn points_are_asked_of_every_pattern_that_is_in_points_and_of_no_other() {
        for kind in PatternKind::ALL.iter().copied() {
            for (least_points, strength) in LEAST_POINTS.into_iter().flat_map(|it| [5.0, 9.0, 14.0].map(|s| (it, s))) {
                let mut alerts = Alerts { least_points, ..Alerts::new() };
                alerts.report(at(0), kind, PLACE, Some(verdict(kind, PLACE, strength)), &mut |_| {});
                let is_told = !alerts.episodes().is_empty();
                let in_percent = [PatternKind::LoadShift, PatternKind::SlowRecovery].contains(&kind);
                assert_eq!(is_told, in_percent || strength >= f32::from(least_points), "{kind:?} {strength}");
            }
        }
    }

    #[test]
    fn who_wants_the_stronger_cues_only_sees_a_caution_and_is_cued_at_the_warning() {
        let mut alerts = Alerts { cues_from: Level::Warning, ..Alerts::new() };
        assert_eq!(
            ride(&mut alerts, 0, 200, Some(14.0)),
            [(0, "raised"), (30, "caution"), (90, "warning"), (90, "strong cue")]
        );
        // A caution without a cue takes no cool-down from the next.
        let mut alerts = Alerts { cues_from: Level::Warning, ..Alerts::new() };
        ride(&mut alerts, 0, 60, Some(9.0));
        ride(&mut alerts, 60, 70, None);
        alerts.cues_from = Level::Caution;
        assert_eq!(ride(&mut alerts, 70, 110, Some(9.0)), [(70, "raised"), (100, "caution"), (100, "cue")]);
    }

    #[test]
    fn time_that_was_not_judged_does_not_count_and_gives_no_cue() {
        let mut alerts = Alerts::new();
        assert_eq!(ride(&mut alerts, 0, 20, Some(14.0)), [(0, "raised")]);
        assert_eq!(ride_judged(&mut alerts, (20, 500), Some(14.0), false), []);
        assert_eq!(
            ride(&mut alerts, 500, 600, Some(14.0)),
            [(510, "caution"), (510, "cue"), (570, "warning"), (570, "strong cue")]
        );
    }

    #[test]
    fn a_silence_of_the_caller_is_not_time_that_was_judged() {
        let mut alerts = Alerts::new();
        ride(&mut alerts, 0, 20, Some(9.0));
        assert_eq!(ride(&mut alerts, 4000, 4020, Some(9.0)), [(4011, "caution"), (4011, "cue")]);
    }

    #[test]
    fn to_acknowledge_mutes_for_ten_minutes() {
        let mut alerts = Alerts::new();
        ride(&mut alerts, 0, 10, Some(14.0));
        assert_eq!(alerts.acknowledge(at(10)).as_slice(), [KIND]);
        assert!(alerts.acknowledge(at(11)).is_empty());
        let told = ride(&mut alerts, 10, 600, Some(14.0));
        assert!(told.iter().all(|(_, what)| !what.ends_with("cue")), "{told:?}");
    }

    #[test]
    fn an_acknowledged_place_does_not_take_its_panel_again_but_another_place_does() {
        let mut alerts = Alerts::new();
        ride(&mut alerts, 0, 10, Some(14.0));
        alerts.acknowledge(at(10));
        ride(&mut alerts, 10, 20, None);
        ride(&mut alerts, 20, 25, Some(14.0));
        assert!(alerts.shown(at(25)).is_some_and(|e| e.acknowledged && !e.is_news(at(25))));
        let other = Place { site: Site::new(Muscle::GastrocnemiusMedialis, Side::Left), ..PLACE };
        alerts.report(at(25), KIND, other, Some(verdict(KIND, other, 5.0)), &mut |_| {});
        assert!(alerts.shown(at(25)).is_some_and(|e| e.verdict.place == other && e.is_news(at(25))));
        ride(&mut alerts, 30, 35, None);
        // The mute is over, and with it what was acknowledged.
        ride(&mut alerts, 700, 705, Some(14.0));
        assert!(alerts.episodes().iter().all(|e| !e.acknowledged));
    }

    #[test]
    fn a_snooze_keeps_cues_back_and_what_still_lasts_is_cued_at_its_end() {
        let mut alerts = Alerts::new();
        ride(&mut alerts, 0, 10, Some(9.0));
        assert!(alerts.toggle_snooze(at(10)));
        assert_eq!(alerts.snooze_left(at(70)), Some(Duration::from_s(840)));
        assert_eq!(ride(&mut alerts, 10, 900, Some(9.0)), [(30, "caution")]);
        assert_eq!(ride(&mut alerts, 900, 920, Some(9.0)), [(910, "snooze over"), (910, "cue")]);
        assert_eq!(alerts.snooze_left(at(911)), None);
    }

    #[test]
    fn a_second_press_ends_the_snooze_and_what_was_acknowledged_or_is_over_is_not_cued() {
        let mut alerts = Alerts::new();
        alerts.toggle_snooze(at(0));
        assert_eq!(ride(&mut alerts, 0, 100, Some(9.0)), [(0, "raised"), (30, "caution")]);
        alerts.acknowledge(at(100));
        assert!(!alerts.toggle_snooze(at(101)));
        assert_eq!(ride(&mut alerts, 101, 200, Some(9.0)), []);

        let mut alerts = Alerts::new();
        alerts.toggle_snooze(at(0));
        ride(&mut alerts, 0, 100, Some(9.0));
        ride(&mut alerts, 100, 200, None);
        alerts.toggle_snooze(at(200));
        assert_eq!(ride(&mut alerts, 200, 300, None), []);
    }

    #[test]
    fn no_pattern_masks_another() {
        let mut alerts = Alerts::new();
        let mut cued = Vec::new();
        let kinds = [KIND, PatternKind::VlFatigue, PatternKind::SideImbalance, PatternKind::HeadImbalance];
        for s in 0..40 {
            let mut tell = |change| {
                if let Change::Cue(cue, _) = change {
                    cued.push(cue);
                }
            };
            for kind in kinds {
                alerts.report(at(s), kind, PLACE, Some(verdict(kind, PLACE, 9.0)), &mut tell);
            }
            alerts.tick(at(s), |_, _| true, &mut tell);
        }
        assert_eq!(cued, [Cue::CalfOverload, Cue::ThighFatigue, Cue::Imbalance, Cue::Imbalance]);
    }

    #[test]
    fn news_is_shown_before_what_was_read_then_the_worst_then_the_newest() {
        let mut alerts = Alerts::new();
        let raise = |alerts: &mut Alerts, s, kind, strength| {
            alerts.report(at(s), kind, PLACE, Some(verdict(kind, PLACE, strength)), &mut |_| {});
        };
        let shown = |alerts: &Alerts, s| alerts.shown(at(s)).unwrap().verdict.kind;
        raise(&mut alerts, 0, KIND, 9.0);
        (0..=30).for_each(|s| alerts.tick(at(s), |_, _| true, &mut |_| {}));
        raise(&mut alerts, 31, PatternKind::VlFatigue, 20.0);
        raise(&mut alerts, 32, PatternKind::SlowRecovery, 90.0);
        assert_eq!(shown(&alerts, 32), KIND, "a caution is worse than an info");
        assert_eq!(shown(&alerts, 91), PatternKind::SlowRecovery, "the caution has been shown; the newest of the rest");
        assert_eq!(shown(&alerts, 200), KIND, "all have been shown");
    }

    #[test]
    fn where_there_is_no_room_the_worst_win_it_and_what_is_left_out_is_said_once() {
        let mut alerts = Alerts::new();
        let mut told = Vec::new();
        let muscles = Muscle::ALL.iter().flat_map(|&m| [Side::Left, Side::Right].map(|side| Site::new(m, side)));
        let places: Vec<Place> = muscles.map(|site| Place { site, against: None }).collect();
        let all: Vec<_> = [KIND, PatternKind::VlFatigue]
            .into_iter()
            .flat_map(|kind| places.iter().map(move |&place| (kind, place)))
            .take(MAX_EPISODES)
            .collect();
        assert_eq!(all.len(), MAX_EPISODES);
        let see = |alerts: &mut Alerts, told: &mut Vec<_>, kind, place, strength: Option<f32>| {
            let verdict = strength.map(|strength| verdict(kind, place, strength));
            alerts.report(at(0), kind, place, verdict, &mut |change| told.push(name(change)));
        };
        for (i, &(kind, place)) in all.iter().enumerate() {
            see(&mut alerts, &mut told, kind, place, Some(6.0 + i as f32));
        }
        assert!(told.iter().all(|what| *what == "raised"));
        told.clear();
        let blood = PatternKind::Compression;
        for _ in 0..3 {
            see(&mut alerts, &mut told, blood, PLACE, Some(5.0));
        }
        assert_eq!(told, ["left out"], "weaker than all, and said once");
        see(&mut alerts, &mut told, blood, PLACE, Some(8.0));
        assert_eq!(told, ["left out", "cleared", "left out", "raised"], "it takes the weakest one's place");
        assert!(alerts.episodes().iter().all(|e| (e.verdict.kind, e.verdict.place) != all[0]));
        told.clear();
        see(&mut alerts, &mut told, all[0].0, all[0].1, Some(6.0));
        assert_eq!(told, [""; 0], "still out, and said already");
        see(&mut alerts, &mut told, all[9].0, all[9].1, None);
        see(&mut alerts, &mut told, all[0].0, all[0].1, Some(6.0));
        assert_eq!(told, ["cleared", "raised"], "room again");
    }

    #[test]
    fn there_is_room_for_every_pattern_that_eight_sites_show_at_once() {
        let sites: Vec<Site> = [Muscle::GastrocnemiusMedialis, Muscle::VastusLateralis, Muscle::BicepsFemoris]
            .into_iter()
            .chain([Muscle::TibialisAnterior])
            .flat_map(|muscle| [Side::Left, Side::Right].map(|side| Site::new(muscle, side)))
            .collect();
        assert_eq!(sites.len(), MAX_SITES);
        let fall = |&site: &Site| match site.muscle {
            Muscle::GastrocnemiusMedialis => PatternKind::CalfOverload,
            Muscle::VastusLateralis => PatternKind::Compression,
            Muscle::BicepsFemoris => PatternKind::AntagonistImbalance,
            _ => PatternKind::TibialisOverload,
        };
        let mut alerts = Alerts::new();
        let mut told = Vec::new();
        let mut see = |kind, site| {
            let place = Place { site, against: None };
            alerts.report(at(0), kind, place, Some(verdict(kind, place, 9.0)), &mut |change| told.push(name(change)));
        };
        for &site in &sites {
            see(fall(&site), site);
            see(PatternKind::SlowRecovery, site);
        }
        for &site in sites.iter().take(LEGS) {
            see(PatternKind::LoadShift, site);
        }
        assert_eq!(told, ["raised"; MAX_EPISODES]);
    }
}
