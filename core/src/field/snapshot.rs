//! Everything that a field may show, at one moment. Fields read it; nothing on the screen reads anything else.

use super::{Part, part};
use crate::alert::{Alerts, Episode, Level};
use crate::config::{Config, MAX_COMPANIONS, MAX_SITES};
use crate::input::{Label, StorageResult};
use crate::language::{Language, Say};
use crate::link::{Radio, RadioState};
use crate::pattern::{Evidence, PatternKind, Place, Verdict};
use crate::sensor::{Charge, Identity, Muscle, Neighbours, Reason, Side, Site};
use crate::session::{Session, SiteLap};
use crate::signal::history::{Bins, Leanings};
use crate::signal::range::FunctionalRange;
use crate::signal::trend::Trend;
use crate::time::{Duration, Instant};
use crate::units::{Bpm, CmPerS, Rpm, Thb, Watts};
use serde::{Deserialize, Serialize};

/// Bins of a five-minute strip chart, 1.25 s each.
pub type FiveMinutes = Bins<240>;
/// Bins of a thirty-minute chart, 4.5 s each.
pub type ThirtyMinutes = Bins<400>;

/// The head unit at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot<'a> {
    /// The time.
    pub now: Instant,
    /// What was ridden since the ride began, without its rests.
    pub ride_time: Duration,
    /// The same with its rests.
    pub since_begun: Duration,
    /// Whether the ride's time runs.
    pub ride_state: RideState,
    /// The language of the screen.
    pub language: Language,
    /// Laps, position blocks, the survey and the trial that are going on.
    pub session: &'a Session,
    /// The lap's number; a ride starts in lap 1.
    pub lap: u16,
    /// The settings.
    pub config: &'a Config,
    /// Which page is shown, and what the rider has chosen on it.
    pub screen: Screen,
    /// The leg that is shown.
    pub leg: Side,
    /// The leg's calf, if one is worn.
    pub calf: Option<SiteView<'a>>,
    /// The leg's thigh, if one is worn.
    pub thigh: Option<SiteView<'a>>,
    /// Every muscle that is worn, in the order of the roster.
    pub sites: heapless::Vec<SiteView<'a>, MAX_SITES>,
    /// How calf and thigh share the work.
    pub balance: Balance,
    /// And how they did: [`Balance::leaning`] of the leg that is shown.
    pub leanings: &'a Leanings,
    /// The alert that is on, if one is.
    pub alert: Option<AlertView>,
    /// All that are on, and the last ones that are over.
    pub alerts: &'a Alerts,
    /// Power, if known.
    pub power: Option<Watts>,
    /// Cadence, if known.
    pub cadence: Option<Rpm>,
    /// Heart rate, if known.
    pub heart_rate: Option<Bpm>,
    /// Road speed, if known.
    pub speed: Option<CmPerS>,
    /// Power of the last thirty minutes, W.
    pub power_history: &'a ThirtyMinutes,
    /// The time of day at a moment: then, seconds since 1970, minutes that local time is ahead.
    pub wall_time: Option<(Instant, u64, i16)>,
    /// The head unit's battery, percent, if known.
    pub battery_percent: Option<u8>,
    /// The radio that keeps wanted sensors from being heard, and what is wrong with it.
    pub radio: Option<(Radio, RadioState)>,
    /// The last cue reached neither hand nor ear.
    pub cues_unheard: bool,
    /// What became of the newest piece of the ride's record.
    pub storage: StorageResult,
    /// The firmware failed: when that was told, and where.
    pub crashed: Option<&'a (Instant, Label)>,
    /// For how long the rider keeps the cues of patterns back, if that is so.
    pub cues_off: Option<Duration>,
    /// The sensors in the air, while somebody looks for them.
    pub neighbours: &'a Neighbours,
    /// What the sensors of bike and heart told of their batteries, in the order of the settings.
    pub charges: &'a [Option<Charge>; MAX_COMPANIONS],
}

/// Whether the ride's time runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RideState {
    /// It does.
    Riding,
    /// The rider stopped it.
    Paused,
    /// The wheel stands.
    Standing,
    /// The ride is over.
    Over,
}

/// Which page is shown, and where on it the rider is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// The page's place among all.
    pub page: u8,
    /// The item that select would choose, if the rider is among the page's items.
    pub item: Option<u8>,
    /// The item has been chosen and asks whether that was meant.
    pub asks: bool,
    /// The sensor whose place is being chosen, and what select would do with it.
    pub pick: Option<Pick>,
    /// The chart of Balance is of thirty minutes, not of five.
    pub is_long: bool,
    /// Which row of muscles is shown, where a page has room for one: counted round and round.
    pub row: u8,
}

/// A sensor whose place is being chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Which.
    pub identity: Identity,
    /// What would be done with it.
    pub spot: Spot,
}

/// What may be done with a sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// It is worn there.
    At(Site),
    /// It is worn no longer.
    Off,
    /// Nothing.
    Back,
}

/// What can be marked on a screen, and then chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The item of this place.
    Item(u8),
    /// What may be done with the sensor whose place is being chosen.
    Spot(Spot),
}

impl Screen {
    /// What is marked.
    pub fn mark(&self) -> Option<Mark> {
        self.pick.map(|pick| Mark::Spot(pick.spot)).or(self.item.map(Mark::Item))
    }
}

impl<'a> Snapshot<'a> {
    /// The muscle that a part of the screen speaks of, if it is worn.
    pub fn at(&self, which: Which) -> Option<&SiteView<'a>> {
        let first = |muscles: &[Muscle], side: Side| {
            muscles.iter().find_map(|&muscle| self.sites.iter().find(|view| view.site == Site::new(muscle, side)))
        };
        match which {
            Which::Calf => self.calf.as_ref(),
            Which::Thigh => self.thigh.as_ref(),
            Which::CalfOf(side) => first(&Muscle::CALF, side),
            Which::ThighOf(side) => first(&Muscle::THIGH, side),
            Which::Head(muscle) => first(&[muscle], self.leg),
            Which::Other(place) => {
                let ranks: heapless::Vec<u8, MAX_SITES> = self.sites.iter().map(|view| self.rank(view)).collect();
                let at = ranks
                    .iter()
                    .position(|rank| ranks.iter().filter(|other| *other < rank).count() == usize::from(place));
                self.sites.get(at?)
            }
        }
    }

    /// Whether a muscle is seen on Balance, Sides or Heads.
    pub fn has_place(&self, site: Site) -> bool {
        let is_at = |which| self.at(which).is_some_and(|view| view.site == site);
        matches!(site.muscle, Muscle::GastrocnemiusMedialis | Muscle::GastrocnemiusLateralis)
            || is_at(Which::CalfOf(site.side))
            || is_at(Which::ThighOf(site.side))
    }

    /// How many muscles have no place on these pages; if none, how many there are.
    pub fn others(&self) -> usize {
        match self.sites.iter().filter(|view| !self.has_place(view.site)).count() {
            0 => self.sites.len(),
            n => n,
        }
    }

    /// Its place in the order of [`Which::Other`]. Muscles of both legs stand in pairs, those of one leg behind them.
    #[inline(never)]
    fn rank(&self, view: &SiteView<'_>) -> u8 {
        let Site { muscle, side } = view.site;
        let is_alone = self.sites.iter().filter(|other| other.site.muscle == muscle).count() < 2;
        let from_top = TOP_DOWN.iter().position(|it| *it == muscle).unwrap_or(0) as u8;
        u8::from(self.has_place(view.site)) << 7 | u8::from(is_alone) << 6 | from_top << 1 | side as u8
    }

    /// Local time of day, minutes since midnight, if it was ever told.
    pub fn minute_of_day(&self) -> Option<u32> {
        let (at, unix_s, ahead_min) = self.wall_time?;
        let minutes = unix_s.saturating_add(u64::from(self.now.since(at).as_s())) / 60;
        // A day of minutes fits, and what is behind UTC is a day's rest ahead of it.
        let ahead = i32::from(ahead_min).rem_euclid(24 * 60);
        Some(((minutes % (24 * 60)) as u32).wrapping_add(ahead.unsigned_abs()) % (24 * 60))
    }

    /// What a muscle has done in the lap that is ridden, if it was worn in it.
    pub fn lap_of(&self, site: Site) -> Option<&'a SiteLap> {
        self.session.laps().current().sites().iter().find(|it| it.site == site)
    }

    /// An episode as it is shown at this moment.
    pub fn view_of(&self, episode: &Episode) -> AlertView {
        let Verdict { kind, place, strength, since, evidence } = episode.verdict;
        let is_twin = |site: Site| {
            site != place.site && site.side == place.site.side && part(site.muscle) == part(place.site.muscle)
        };
        AlertView {
            kind,
            place,
            level: episode.level,
            strength,
            evidence,
            since,
            told_at: episode.told_at,
            is_news: episode.is_news(self.now),
            names_head: self.sites.iter().any(|view| is_twin(view.site)),
            more: u8::try_from(self.alerts.episodes().len().saturating_sub(1)).unwrap_or(u8::MAX),
        }
    }
}

/// A muscle as a rider names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The calf of the leg that is shown.
    Calf,
    /// The thigh of the leg that is shown.
    Thigh,
    /// The calf of a leg.
    CalfOf(Side),
    /// The thigh of a leg.
    ThighOf(Side),
    /// This very muscle of the leg that is shown.
    Head(Muscle),
    /// The muscle of this place among all, from 0: those that no page of a leg shows stand first ([`Snapshot::others`]).
    Other(u8),
}

/// From the top of the body down.
static TOP_DOWN: [Muscle; 13] = [
    Muscle::Deltoid,
    Muscle::ErectorSpinae,
    Muscle::GluteusMedius,
    Muscle::GluteusMaximus,
    Muscle::VastusLateralis,
    Muscle::VastusMedialis,
    Muscle::RectusFemoris,
    Muscle::BicepsFemoris,
    Muscle::Semitendinosus,
    Muscle::GastrocnemiusMedialis,
    Muscle::GastrocnemiusLateralis,
    Muscle::Soleus,
    Muscle::TibialisAnterior,
];

impl Which {
    /// The part of the body that it belongs to; of [`Self::Other`] that is the worn muscle's, not known here.
    pub const fn part(self) -> Part {
        match self {
            Self::Calf | Self::CalfOf(_) => Part::Calf,
            Self::Thigh | Self::ThighOf(_) | Self::Other(_) => Part::Thigh,
            Self::Head(muscle) => part(muscle),
        }
    }
}

/// One muscle.
#[derive(Clone, Copy, Debug)]
pub struct SiteView<'a> {
    /// Where.
    pub site: Site,
    /// By which sensor.
    pub identity: Identity,
    /// SmO2 in percent, despiked, over the last 5 s; or why there is none.
    pub smo2: Result<f32, Reason>,
    /// tHb of the last sample, if it had any.
    pub thb: Option<Thb>,
    /// How old the last good sample is; `None` if there never was one.
    pub age: Option<Duration>,
    /// How SmO2 has moved over two minutes, once that can be said.
    pub trend: Option<Trend>,
    /// The muscle's own range on this ride, once it is wide enough.
    pub range: Option<FunctionalRange>,
    /// The radio on which the sensor is heard, and how well: 0 to 3 bars.
    pub reception: Option<(Radio, u8)>,
    /// The sensor's battery is low.
    pub low_battery: bool,
    /// What the sensor told of its battery.
    pub charge: Option<Charge>,
    /// The last five minutes.
    pub five_minutes: &'a FiveMinutes,
    /// The last thirty minutes.
    pub thirty_minutes: &'a ThirtyMinutes,
}

/// Why detection is not ready for a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisarmReason {
    /// The rider's own baseline is not yet learned for this effort.
    Learning,
    /// There is no power reading to match efforts by.
    NoPower,
    /// A sensor of the pair gives no value.
    NoReading,
    /// A muscle's readings span too little to judge (fat layer, placement).
    RangeTooSmall,
    /// The rider stands.
    Standing,
    /// The rider does not pedal.
    Coasting,
    /// The pair's sensors seem exchanged.
    Swapped,
}

impl DisarmReason {
    /// The name in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Learning => "learning",
            Self::NoPower => "no_power",
            Self::NoReading => "no_reading",
            Self::RangeTooSmall => "range_too_small",
            Self::Standing => "standing",
            Self::Coasting => "coasting",
            Self::Swapped => "swapped",
        }
    }

    /// Words for the screen.
    pub const fn say(self) -> Say {
        match self {
            Self::Learning => Say::Learning,
            Self::NoPower => Say::NoPower,
            Self::NoReading => Say::NoReading,
            Self::RangeTooSmall => Say::RangeSmall,
            Self::Standing => Say::Standing,
            Self::Coasting => Say::Coasting,
            Self::Swapped => Say::Swapped,
        }
    }
}

/// How calf and thigh share the work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Balance {
    /// No leg carries both a calf and a thigh sensor.
    NoPair,
    /// Not to be said now.
    NotReady {
        /// Why.
        reason: DisarmReason,
        /// The least time that must still be learned from, never 0; `None` if it is not known or over.
        left: Option<Duration>,
    },
    /// Calf less thigh, each against what is expected of it at this power and cadence.
    Ready {
        /// D, points of SmO2, the last 30 s. Negative: the calf works more.
        d: f32,
        /// Half the width of the rider's own normal band.
        normal: f32,
    },
}

impl Balance {
    /// Who works more than is normal for the rider: below 0 the calf, above 0 the thigh, 0 if neither or nobody knows.
    pub fn leaning(&self) -> i8 {
        match *self {
            Self::Ready { d, normal } => i8::from(d > normal) - i8::from(d < -normal),
            _ => 0,
        }
    }
}

/// An alert as shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlertView {
    /// Which pattern.
    pub kind: PatternKind,
    /// Where it is seen, and against what.
    pub place: Place,
    /// How much it wants.
    pub level: Level,
    /// How strongly, in the pattern's own measure.
    pub strength: f32,
    /// What it rests on.
    pub evidence: Evidence,
    /// Estimated onset.
    pub since: Instant,
    /// When it was first told.
    pub told_at: Instant,
    /// It is news: not acknowledged, and told or worsened within the last minute. Then it takes its panel.
    pub is_news: bool,
    /// Another muscle of the same part of the leg is worn, so that "calf" alone would not say which.
    pub names_head: bool,
    /// Other alerts that are on and not shown.
    pub more: u8,
}
