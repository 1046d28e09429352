//! From verdicts to what the rider is told, and how seldom.
//!
//! One alert an episode, on the screen at once (`info`). After 30 s of persistence a cue (`caution`), a stronger one
//! when it is strong and lasts (`warning`). At most one cue per pattern in 15 minutes, but a worse level may break
//! that. To acknowledge mutes the pattern's cues for 10 minutes. An episode ends when the pattern says so, at a
//! quarter of its design shift, and a new one can begin.

use crate::pattern::{PatternKind, Place, Verdict};
use crate::time::{Duration, Instant};
use serde::{Deserialize, Serialize};

/// Persistence before the first cue.
pub const CAUTION_AFTER: Duration = Duration::from_s(30);
/// Persistence before the stronger cue.
pub const WARNING_AFTER: Duration = Duration::from_s(90);
/// Strength that the stronger cue needs, points of SmO2.
pub const WARNING_STRENGTH: f32 = 12.0;
/// Cool-down between cues of one pattern at one level.
pub const COOL_DOWN: Duration = Duration::from_s(15 * 60);
/// How long an acknowledged pattern stays mute.
pub const MUTE: Duration = Duration::from_s(10 * 60);
/// An alert takes its panel for this long after it was told or came to its level; then the panel is given back.
pub const SHOWN: Duration = Duration::from_s(60);
/// Episodes carried at once: every pattern on both legs.
pub const MAX_EPISODES: usize = 4;

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

/// What a cue means. The rhythm names the pattern, the level changes only the strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cue {
    /// The calf is taking over.
    CalfOverload,
    /// The thigh tires.
    ThighFatigue,
    /// Left and right, two heads, or front and back of the thigh have parted.
    Imbalance,
    /// The rider has sat still for long.
    VaryPosition,
    /// A sensor that gave values gives none.
    SensorLost,
    /// It gives values again.
    SensorBack,
    /// A press was understood.
    Acknowledged,
    /// A lap began.
    Lap,
}

impl Cue {
    /// The name in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CalfOverload => "calf_overload",
            Self::ThighFatigue => "vl_fatigue",
            Self::Imbalance => "imbalance",
            Self::VaryPosition => "vary_position",
            Self::SensorLost => "sensor_lost",
            Self::SensorBack => "sensor_back",
            Self::Acknowledged => "acknowledged",
            Self::Lap => "lap",
        }
    }

    /// The cue that names a pattern; `None` if it is told on the screen only.
    const fn of(kind: PatternKind) -> Option<Self> {
        Some(match kind {
            PatternKind::CalfOverload => Self::CalfOverload,
            PatternKind::VlFatigue => Self::ThighFatigue,
            PatternKind::SideImbalance | PatternKind::HeadImbalance | PatternKind::AntagonistImbalance => {
                Self::Imbalance
            }
            PatternKind::TibialisOverload
            | PatternKind::LoadShift
            | PatternKind::OutflowRestriction
            | PatternKind::Compression
            | PatternKind::SlowRecovery => return None,
        })
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
    /// Whether the rider has acknowledged it.
    pub acknowledged: bool,
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
}

/// When a pattern last gave a cue, and until when it is mute.
#[derive(Clone, Copy, Debug)]
struct Memory {
    kind: PatternKind,
    last_cue: Option<(Instant, Level)>,
    mute_until: Option<Instant>,
}

/// All episodes.
#[derive(Clone, Debug, Default)]
pub struct Alerts {
    episodes: heapless::Vec<Episode, MAX_EPISODES>,
    memories: heapless::Vec<Memory, MAX_EPISODES>,
}

impl Alerts {
    /// Nothing to tell.
    pub const fn new() -> Self {
        Self { episodes: heapless::Vec::new(), memories: heapless::Vec::new() }
    }

    /// The episodes that are on.
    pub fn episodes(&self) -> &[Episode] {
        &self.episodes
    }

    /// What a pattern sees at a place right now, or that it sees nothing.
    pub fn report(
        &mut self,
        now: Instant,
        kind: PatternKind,
        place: Place,
        verdict: Option<Verdict>,
        tell: &mut impl FnMut(Change),
    ) {
        let known = self.episodes.iter().position(|e| e.verdict.kind == kind && e.verdict.place == place);
        match (known, verdict) {
            (None, Some(verdict)) => {
                let episode = Episode {
                    verdict,
                    level: Level::Info,
                    told_at: now,
                    level_at: now,
                    acknowledged: self.is_mute(now, kind),
                };
                if self.episodes.push(episode).is_ok() {
                    tell(Change::Raised(episode));
                }
            }
            (Some(i), Some(verdict)) => {
                if let Some(episode) = self.episodes.get_mut(i) {
                    episode.verdict = verdict;
                }
            }
            (Some(i), None) => {
                if i < self.episodes.len() {
                    tell(Change::Cleared(self.episodes.remove(i)));
                }
            }
            (None, None) => {}
        }
    }

    /// Time passes: what persists is told more strongly.
    pub fn tick(&mut self, now: Instant, tell: &mut impl FnMut(Change)) {
        for i in 0..self.episodes.len() {
            let Some(episode) = self.episodes.get_mut(i) else { continue };
            let wanted = level_of(now, episode);
            if wanted <= episode.level {
                continue;
            }
            (episode.level, episode.level_at) = (wanted, now);
            let episode = *episode;
            tell(Change::Level(episode));
            self.cue(now, &episode, tell);
        }
    }

    /// The rider has seen it. Returns the patterns that were acknowledged.
    pub fn acknowledge(&mut self, now: Instant) -> heapless::Vec<PatternKind, MAX_EPISODES> {
        let mut seen = heapless::Vec::new();
        for i in 0..self.episodes.len() {
            let Some(episode) = self.episodes.get_mut(i) else { continue };
            if core::mem::replace(&mut episode.acknowledged, true) {
                continue;
            }
            let kind = episode.verdict.kind;
            if let Some(memory) = self.memory(kind) {
                memory.mute_until = Some(now + MUTE);
            }
            if !seen.contains(&kind) {
                let _ = seen.push(kind);
            }
        }
        seen
    }

    fn cue(&mut self, now: Instant, episode: &Episode, tell: &mut impl FnMut(Change)) {
        let (kind, level) = (episode.verdict.kind, episode.level);
        if self.is_mute(now, kind) {
            return;
        }
        let Some(cue) = Cue::of(kind) else { return };
        let Some(memory) = self.memory(kind) else { return };
        let too_soon = memory.last_cue.is_some_and(|(at, told)| now.since(at) < COOL_DOWN && level <= told);
        if !too_soon {
            memory.last_cue = Some((now, level));
            tell(Change::Cue(cue, level));
        }
    }

    fn is_mute(&self, now: Instant, kind: PatternKind) -> bool {
        self.memories.iter().any(|m| m.kind == kind && m.mute_until.is_some_and(|until| now < until))
    }

    fn memory(&mut self, kind: PatternKind) -> Option<&mut Memory> {
        if !self.memories.iter().any(|m| m.kind == kind) {
            let _ = self.memories.push(Memory { kind, last_cue: None, mute_until: None });
        }
        self.memories.iter_mut().find(|m| m.kind == kind)
    }
}

fn level_of(now: Instant, episode: &Episode) -> Level {
    let lasted = now.since(episode.told_at);
    if lasted >= WARNING_AFTER && episode.verdict.strength >= WARNING_STRENGTH {
        Level::Warning
    } else if lasted >= CAUTION_AFTER {
        Level::Caution
    } else {
        Level::Info
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Evidence;
    use crate::sensor::{Muscle, Side, Site};
    extern crate std;
    use std::vec::Vec;

    const KIND: PatternKind = PatternKind::CalfOverload;

    fn place() -> Place {
        Place {
            site: Site::new(Muscle::GastrocnemiusMedialis, Side::Right),
            against: Some(Site::new(Muscle::VastusLateralis, Side::Right)),
        }
    }

    fn verdict(strength: f32) -> Verdict {
        let evidence = Evidence::Smo2 { site: -strength, against: Some(0.0) };
        Verdict { kind: KIND, place: place(), strength, since: Instant::ZERO, evidence }
    }

    /// Seconds and names of what was told while `strength` was seen from `from` to `to`.
    fn ride(alerts: &mut Alerts, from: u64, to: u64, strength: Option<f32>) -> Vec<(u64, &'static str)> {
        let mut told = Vec::new();
        for s in from..to {
            let now = Instant::from_ms(s * 1000);
            let mut tell = |change| {
                told.push((
                    s,
                    match change {
                        Change::Raised(_) => "raised",
                        Change::Level(e) => e.level.code(),
                        Change::Cleared(_) => "cleared",
                        Change::Cue(_, Level::Warning) => "strong cue",
                        Change::Cue(..) => "cue",
                    },
                ));
            };
            if s % 5 == 0 {
                alerts.report(now, KIND, place(), strength.map(verdict), &mut tell);
            }
            alerts.tick(now, &mut tell);
        }
        told
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
    fn to_acknowledge_mutes_for_ten_minutes() {
        let mut alerts = Alerts::new();
        ride(&mut alerts, 0, 10, Some(14.0));
        assert_eq!(alerts.acknowledge(Instant::from_ms(10_000)).as_slice(), [KIND]);
        assert!(alerts.acknowledge(Instant::from_ms(11_000)).is_empty());
        let told = ride(&mut alerts, 10, 600, Some(14.0));
        assert!(told.iter().all(|(_, what)| !what.ends_with("cue")), "{told:?}");
    }
}
