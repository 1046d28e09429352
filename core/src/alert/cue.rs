//! What a cue means, and how it feels and sounds: the one place that has the rhythms.
//!
//! A rider tells cues apart blind. The rhythm names the pattern; the [level](Level) changes the strength and nothing
//! else. Within a rhythm pulses and beeps follow each other after [`GAP_MS`]; after it nothing is felt or heard for
//! [`SILENCE_MS`], which is how a rider knows that it is over. A body plays pulses and beeps at the same time, each from
//! the start, and cues that come together one after the other, in the order in which they came.

use super::Level;
use crate::pattern::PatternKind;
use serde::{Deserialize, Serialize};

/// Between two pulses or two beeps of one rhythm, milliseconds. Our choice: longer than a short pulse, so that pulses can
/// be counted; nobody has ridden it yet.
pub const GAP_MS: u16 = 150;
/// After a rhythm, before the next may begin, milliseconds.
pub const SILENCE_MS: u16 = 1000;

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

/// One run of the motor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulse {
    /// As short as a motor can: the answer to a press.
    Tick,
    /// Short.
    Short,
    /// Rather long and at half strength.
    Soft,
    /// Four times a short one.
    Long,
}

impl Pulse {
    /// How long the motor runs.
    pub const fn ms(self) -> u16 {
        match self {
            Self::Tick => 30,
            Self::Short => 120,
            Self::Soft => 300,
            Self::Long => 480,
        }
    }

    /// How strongly, percent of what the motor can.
    pub const fn strength_percent(self, level: Level) -> u8 {
        match self {
            Self::Soft => level.strength_percent() / 2,
            Self::Tick | Self::Short | Self::Long => level.strength_percent(),
        }
    }

    /// The word for it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Tick => "tick",
            Self::Short => "short",
            Self::Soft => "soft",
            Self::Long => "long",
        }
    }
}

/// How strongly cues are given through one sense, as the rider has set it.
///
/// The first two are encoded like the off and on that there used to be, so that the digest of a ride is what it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Volume {
    /// Not at all.
    Off,
    /// As usual.
    #[default]
    Normal,
    /// Half as strongly as usual: soft, quiet.
    Low,
    /// Half as strongly again, as far as there is more: strong, loud. A caution is given like a warning then.
    High,
}

impl Volume {
    /// From off to the strongest.
    pub const ALL: [Self; 4] = [Self::Off, Self::Low, Self::Normal, Self::High];

    /// The next stronger one; after the strongest, off.
    pub const fn next(self) -> Self {
        match self {
            Self::Off => Self::Low,
            Self::Low => Self::Normal,
            Self::Normal => Self::High,
            Self::High => Self::Off,
        }
    }

    /// Whether there is anything at all.
    pub const fn is_on(self) -> bool {
        !matches!(self, Self::Off)
    }

    /// What becomes of a strength, both in percent of what motor or beeper can.
    pub const fn of(self, percent: u8) -> u8 {
        match self {
            Self::Off => 0,
            Self::Low => percent / 2,
            Self::Normal => percent,
            Self::High if percent > 66 => 100,
            Self::High => percent + percent / 2,
        }
    }
}

/// How high a beep is: a fifth from one to the next, above the rumble of wind and below what age takes from hearing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pitch {
    /// Low.
    Low,
    /// Between them.
    Mid,
    /// High.
    High,
}

impl Pitch {
    /// The frequency.
    pub const fn hz(self) -> u16 {
        match self {
            Self::Low => 1000,
            Self::Mid => 1500,
            Self::High => 2250,
        }
    }

    /// The word for it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Mid => "mid",
            Self::High => "high",
        }
    }
}

/// One tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beep {
    /// How high.
    pub pitch: Pitch,
    /// How long, milliseconds.
    pub ms: u16,
}

/// How a cue feels and sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// Felt, one after the other, [`GAP_MS`] between them.
    pub pulses: &'static [Pulse],
    /// Heard, one after the other, [`GAP_MS`] between them; empty if the cue has no sound.
    pub beeps: &'static [Beep],
}

const LOW: Beep = Beep { pitch: Pitch::Low, ms: 200 };
const MID: Beep = Beep { pitch: Pitch::Mid, ms: 200 };
const HIGH: Beep = Beep { pitch: Pitch::High, ms: 200 };
const CLICK: Beep = Beep { pitch: Pitch::Mid, ms: 30 };

impl Rhythm {
    /// From its beginning to the end of its last pulse or beep.
    pub fn ms(&self) -> u32 {
        let felt = span_ms(self.pulses.iter().map(|pulse| pulse.ms()));
        felt.max(span_ms(self.beeps.iter().map(|beep| beep.ms)))
    }
}

fn span_ms(parts: impl Iterator<Item = u16>) -> u32 {
    parts.map(|ms| u32::from(ms) + u32::from(GAP_MS)).sum::<u32>().saturating_sub(u32::from(GAP_MS))
}

impl Level {
    /// How strongly a cue is felt and heard, percent of what motor and beeper can.
    pub const fn strength_percent(self) -> u8 {
        match self {
            Self::Info => 50,
            Self::Caution => 75,
            Self::Warning => 100,
        }
    }
}

impl Cue {
    /// Every cue.
    pub const ALL: &'static [Self] = &[
        Self::CalfOverload,
        Self::ThighFatigue,
        Self::Imbalance,
        Self::VaryPosition,
        Self::SensorLost,
        Self::SensorBack,
        Self::Acknowledged,
        Self::Lap,
    ];

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

    /// How it feels and sounds. No falling or rising pair begins or ends like an alert: they are mid and low.
    pub const fn rhythm(self) -> Rhythm {
        use Pulse::{Long, Short, Soft, Tick};
        let (pulses, beeps): (&[Pulse], &[Beep]) = match self {
            Self::CalfOverload => (&[Long, Long], &[LOW, LOW]),
            Self::ThighFatigue => (&[Long, Short, Short], &[HIGH, LOW, LOW]),
            Self::Imbalance => (&[Short, Short, Long], &[MID, MID, HIGH]),
            Self::VaryPosition => (&[Soft], &[]),
            Self::SensorLost => (&[Short, Short, Short], &[MID, LOW]),
            Self::SensorBack => (&[Short], &[LOW, MID]),
            Self::Acknowledged | Self::Lap => (&[Tick], &[CLICK]),
        };
        Rhythm { pulses, beeps }
    }

    /// The cue that names a pattern; `None` if it is told on the screen only.
    pub const fn of(kind: PatternKind) -> Option<Self> {
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

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::vec::Vec;

    const ALERTS: [Cue; 3] = [Cue::CalfOverload, Cue::ThighFatigue, Cue::Imbalance];

    fn pairs() -> impl Iterator<Item = (Cue, Cue)> {
        Cue::ALL.iter().flat_map(|&a| Cue::ALL.iter().map(move |&b| (a, b))).filter(|(a, b)| a != b)
    }

    /// Both answer a press, and a lap is the answer to a long one.
    fn is_one_rhythm_by_intent(a: Cue, b: Cue) -> bool {
        [Cue::Acknowledged, Cue::Lap].contains(&a) && [Cue::Acknowledged, Cue::Lap].contains(&b)
    }

    #[test]
    fn every_rhythm_is_its_own_by_hand_alone_and_by_ear_alone() {
        for (a, b) in pairs().filter(|&(a, b)| !is_one_rhythm_by_intent(a, b)) {
            assert_ne!(a.rhythm().pulses, b.rhythm().pulses, "{a:?} {b:?}");
            assert_ne!(a.rhythm().beeps, b.rhythm().beeps, "{a:?} {b:?}");
        }
        for cue in Cue::ALL {
            assert!(!cue.rhythm().pulses.is_empty(), "{cue:?} cannot be felt");
            assert_eq!(cue.rhythm().beeps.is_empty(), *cue == Cue::VaryPosition, "{cue:?}");
        }
    }

    #[test]
    fn no_beeps_begin_like_another_cues_and_no_alert_begins_another_cue_or_is_begun_by_one_that_is_over() {
        for (a, b) in pairs().filter(|&(a, b)| !is_one_rhythm_by_intent(a, b)) {
            let (first, second) = (a.rhythm(), b.rhythm());
            if !first.beeps.is_empty() {
                assert!(!second.beeps.starts_with(first.beeps), "{a:?} {b:?}");
            }
            if second.pulses.starts_with(first.pulses) {
                // Three short begin with one short: the one that asks for nothing, and silence ends it.
                assert!(!ALERTS.contains(&a) && a == Cue::SensorBack, "{a:?} {b:?}");
                assert!(u32::from(SILENCE_MS) >= 5 * u32::from(GAP_MS));
            }
        }
    }

    #[test]
    fn pulses_that_differ_can_be_told_apart() {
        let mut lasting: Vec<u16> = [Pulse::Tick, Pulse::Short, Pulse::Soft, Pulse::Long].map(Pulse::ms).into();
        lasting.sort_unstable();
        assert!(lasting.windows(2).all(|pair| pair[1] * 2 >= pair[0] * 3), "{lasting:?}");
        assert!(Pulse::Short.ms() * 4 <= Pulse::Long.ms());
        for level in [Level::Info, Level::Caution, Level::Warning] {
            assert_eq!(Pulse::Soft.strength_percent(level), Pulse::Long.strength_percent(level) / 2);
        }
    }

    #[test]
    fn a_press_is_answered_at_once_and_nothing_takes_long_to_say() {
        assert!(Cue::Acknowledged.rhythm().ms() <= 50);
        for cue in Cue::ALL {
            assert!(cue.rhythm().ms() <= 1200, "{cue:?} {}", cue.rhythm().ms());
        }
        assert_eq!(Cue::CalfOverload.rhythm().ms(), 480 + 150 + 480);
        assert_eq!(Cue::SensorBack.rhythm().ms(), 200 + 150 + 200);
    }

    #[test]
    fn a_volume_makes_every_strength_less_or_more_and_never_more_than_all() {
        for (volume, strengths) in Volume::ALL.into_iter().zip([[0; 3], [25, 37, 50], [50, 75, 100], [75, 100, 100]]) {
            let levels = [Level::Info, Level::Caution, Level::Warning];
            assert_eq!(levels.map(|level| volume.of(level.strength_percent())), strengths, "{volume:?}");
            assert_eq!(volume.is_on(), strengths[0] > 0);
        }
        assert!((0..=100).all(|percent| Volume::ALL.map(|volume| volume.of(percent)).is_sorted()));
        assert_eq!(Volume::ALL.map(Volume::next), [Volume::Low, Volume::Normal, Volume::High, Volume::Off]);
    }

    #[test]
    fn a_worse_level_is_stronger() {
        assert!(Level::Info.strength_percent() < Level::Caution.strength_percent());
        assert!(Level::Caution.strength_percent() < Level::Warning.strength_percent());
        assert_eq!(Level::Warning.strength_percent(), 100);
    }
}
