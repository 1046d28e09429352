//! What the report keeps of a ride: a row a second, and everything that was said.

use sling_core::HeadUnit;
use sling_core::field::{Balance, DisarmReason, Snapshot};
use sling_core::head_unit::{Event, Level, PatternKind, Place};
use sling_core::sensor::{Identity, Reason, Side, Site};
use sling_core::signal::trend::Direction;
use sling_core::time::{Duration, Instant};
use sling_core::units::Thb;

/// A second that is looked at late stands for those before it, up to this many.
const LONGEST_LATE_S: u32 = 3;

/// A ride.
#[derive(Debug, Default)]
pub(super) struct Ride {
    /// The zero of ride time.
    pub(super) start: Option<Instant>,
    /// How long the ride was, seconds.
    pub(super) duration_s: u32,
    pub(super) rows: Vec<Row>,
    pub(super) sites: Vec<SiteTrack>,
    /// Left, right.
    pub(super) legs: [LegTrack; 2],
    /// Where detection was ever ready.
    pub(super) armed: Vec<Place>,
    pub(super) episodes: Vec<Episode>,
    pub(super) notices: Vec<Notice>,
    pub(super) marks: Vec<Mark>,
    pub(super) wall: Option<WallTime>,
}

/// The end of a second, and the context then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Ride time, whole seconds, from 1.
    pub(super) second: u32,
    /// How many seconds it stands for.
    pub(super) span: u32,
    pub(super) power: Option<u16>,
    pub(super) cadence: Option<u16>,
    pub(super) heart_rate: Option<u16>,
}

/// One muscle, a point for each row.
#[derive(Debug)]
pub(super) struct SiteTrack {
    pub(super) site: Site,
    /// Every sensor that was worn there, in order.
    pub(super) sensors: Vec<Identity>,
    /// `None` while no sensor was assigned.
    pub(super) points: Vec<Option<Point>>,
    samples_of_earlier_sensors: u32,
    samples_of_this_sensor: u32,
}

/// A muscle at one second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) smo2: Result<f32, Reason>,
    pub(super) thb: Option<Thb>,
    pub(super) trend: Option<Direction>,
}

/// One leg, a state for each row.
#[derive(Debug, Default)]
pub(super) struct LegTrack {
    pub(super) pair: Option<Place>,
    pub(super) states: Vec<Judged>,
}

/// Whether a leg could be judged, and what was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Judged {
    NoPair,
    Not(DisarmReason),
    Ready { d: f32, normal: f32 },
}

/// An alert from its onset to its end.
#[derive(Debug)]
pub(super) struct Episode {
    pub(super) pattern: PatternKind,
    pub(super) place: Place,
    pub(super) since: Instant,
    pub(super) strength: f32,
    /// Each level and when it was told; the first is when the alert was told.
    pub(super) levels: Vec<(Instant, Level)>,
    pub(super) acknowledged: Option<Instant>,
    pub(super) cleared: Option<Instant>,
}

/// A technical condition.
#[derive(Debug)]
pub(super) struct Notice {
    pub(super) reason: Reason,
    pub(super) site: Site,
    pub(super) from: Instant,
    pub(super) to: Option<Instant>,
}

/// A moment with a name.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) at: Instant,
    pub(super) kind: MarkKind,
    pub(super) label: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkKind {
    Lap,
    Marker,
    Position,
}

/// The time of day, when it was first told.
#[derive(Clone, Copy, Debug)]
pub(super) struct WallTime {
    pub(super) at: Instant,
    pub(super) unix_s: u64,
    pub(super) offset_min: i16,
}

/// A part of the ride, in seconds of ride time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) name: String,
    pub(super) from: u32,
    pub(super) to: u32,
}

/// A mean over the seconds that have a value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    sum: f64,
    pub(super) seconds: u32,
}

impl Mean {
    fn add(&mut self, value: f32, seconds: u32) {
        self.sum += f64::from(value) * f64::from(seconds);
        self.seconds += seconds;
    }

    pub(super) fn value(&self) -> Option<f32> {
        (self.seconds > 0).then(|| (self.sum / f64::from(self.seconds)) as f32)
    }
}

impl SiteTrack {
    fn new(site: Site, rows: usize) -> Self {
        Self {
            site,
            sensors: Vec::new(),
            points: vec![None; rows],
            samples_of_earlier_sensors: 0,
            samples_of_this_sensor: 0,
        }
    }

    /// New samples heard over the ride.
    pub(super) fn samples(&self) -> u32 {
        self.samples_of_earlier_sensors.saturating_add(self.samples_of_this_sensor)
    }

    fn count(&mut self, identity: Identity, samples: u32) {
        if self.sensors.last() != Some(&identity) {
            self.sensors.push(identity);
        }
        if samples < self.samples_of_this_sensor {
            self.samples_of_earlier_sensors = self.samples();
        }
        self.samples_of_this_sensor = samples;
    }
}

impl Episode {
    /// When it was told.
    pub(super) fn told(&self) -> Instant {
        self.levels.first().map_or(self.since, |&(at, _)| at)
    }
}

/// Where a side stands in the arrays of legs.
pub(super) const fn leg_index(side: Side) -> usize {
    match side {
        Side::Left => 0,
        Side::Right => 1,
    }
}

impl Ride {
    /// Something has been handled: keeps a row if a second is over.
    pub(super) fn look(&mut self, unit: &HeadUnit) {
        let now = unit.snapshot();
        let second = self.ride_time(&now).as_s();
        let last = self.rows.last().map_or(0, |row| row.second);
        if second <= last {
            return;
        }
        let since_last = second - last;
        let span = if since_last <= LONGEST_LATE_S { since_last } else { 1 };
        for view in unit.views() {
            let i = self.track_of(view.site);
            let track = &mut self.sites[i];
            track.count(view.identity, unit.samples_heard(view.site));
            let trend = view.trend.map(|trend| trend.direction());
            track.points.push(Some(Point { smo2: view.smo2, thb: view.thb, trend }));
        }
        for side in [Side::Left, Side::Right] {
            let leg = &mut self.legs[leg_index(side)];
            leg.pair = unit.pair(side).or(leg.pair);
            leg.states.push(match unit.balance(side) {
                Balance::NoPair => Judged::NoPair,
                Balance::NotReady { reason, .. } => Judged::Not(reason),
                Balance::Ready { d, normal } => Judged::Ready { d, normal },
            });
        }
        self.rows.push(Row {
            second,
            span,
            power: now.power.map(|x| x.0),
            cadence: now.cadence.map(|x| x.0),
            heart_rate: now.heart_rate.map(|x| x.0),
        });
        let rows = self.rows.len();
        for track in &mut self.sites {
            track.points.resize(rows, None);
        }
    }

    /// Time since the ride's start, which a head unit that lost its power on the way no longer knows.
    fn ride_time(&mut self, now: &Snapshot<'_>) -> Duration {
        let start = self.start.filter(|_| !self.rows.is_empty()).unwrap_or(now.now.before(now.ride_time));
        self.start = Some(start);
        now.now.since(start)
    }

    fn track_of(&mut self, site: Site) -> usize {
        self.sites.iter().position(|track| track.site == site).unwrap_or_else(|| {
            self.sites.push(SiteTrack::new(site, self.rows.len()));
            self.sites.len() - 1
        })
    }

    /// Something was said.
    pub(super) fn event(&mut self, at: Instant, event: &Event) {
        match event {
            Event::Alert { pattern, place, level, strength_tenths, since } => self.episodes.push(Episode {
                pattern: *pattern,
                place: *place,
                since: *since,
                strength: f32::from(*strength_tenths) / 10.0,
                levels: vec![(at, *level)],
                acknowledged: None,
                cleared: None,
            }),
            Event::AlertLevel { pattern, site, level } => {
                if let Some(episode) = self.open_episode(*pattern, *site) {
                    episode.levels.push((at, *level));
                }
            }
            Event::AlertCleared { pattern, site } => {
                if let Some(episode) = self.open_episode(*pattern, *site) {
                    episode.cleared = Some(at);
                }
            }
            Event::Acknowledged { pattern } => {
                for episode in self.episodes.iter_mut().filter(|e| e.pattern == *pattern && e.cleared.is_none()) {
                    episode.acknowledged = episode.acknowledged.or(Some(at));
                }
            }
            Event::Armed { place } if !self.armed.contains(place) => self.armed.push(*place),
            Event::Notice { reason, site } => {
                self.notices.push(Notice { reason: *reason, site: *site, from: at, to: None });
            }
            Event::NoticeCleared { reason, site } => {
                let same = |n: &&mut Notice| n.reason == *reason && n.site == *site && n.to.is_none();
                if let Some(notice) = self.notices.iter_mut().rev().find(same) {
                    notice.to = Some(at);
                }
            }
            Event::Lap { number } => self.mark(at, MarkKind::Lap, number.to_string()),
            Event::Marker { label } => self.mark(at, MarkKind::Marker, label.to_string()),
            Event::Position { label } => self.mark(at, MarkKind::Position, label.to_string()),
            Event::WallTime { unix_s, offset_min } => {
                let told = WallTime { at, unix_s: *unix_s, offset_min: *offset_min };
                self.wall = self.wall.or(Some(told));
            }
            _ => {}
        }
    }

    fn open_episode(&mut self, pattern: PatternKind, site: Site) -> Option<&mut Episode> {
        let open = |e: &&mut Episode| e.pattern == pattern && e.place.site == site && e.cleared.is_none();
        self.episodes.iter_mut().rev().find(open)
    }

    fn mark(&mut self, at: Instant, kind: MarkKind, label: String) {
        self.marks.push(Mark { at, kind, label });
    }

    /// The ride is over.
    pub(super) fn end(&mut self, unit: &HeadUnit) {
        let now = unit.snapshot();
        self.duration_s = self.ride_time(&now).as_s();
        for view in unit.views() {
            self.track_of(view.site);
        }
        for side in [Side::Left, Side::Right] {
            let leg = &mut self.legs[leg_index(side)];
            leg.pair = unit.pair(side).or(leg.pair);
        }
    }

    /// The zero of ride time, seconds in the time of the source.
    pub(super) fn start_s(&self) -> u64 {
        self.start.map_or(0, |start| start.as_ms() / 1000)
    }

    /// Ride time of an instant, whole seconds.
    pub(super) fn second(&self, at: Instant) -> u32 {
        at.since(self.start.unwrap_or_default()).as_s().min(self.duration_s)
    }

    /// Ride time of an instant, or the end of the ride.
    pub(super) fn second_or_end(&self, at: Option<Instant>) -> u32 {
        at.map_or(self.duration_s, |at| self.second(at))
    }

    /// Indices of the rows that end within `(from, to]` seconds.
    pub(super) fn rows_in(&self, from: u32, to: u32) -> std::ops::Range<usize> {
        let at = |second| self.rows.partition_point(|row| row.second <= second);
        at(from)..at(to).max(at(from))
    }

    /// The whole ride.
    pub(super) fn all(&self) -> Stretch {
        Stretch { name: String::new(), from: 0, to: self.duration_s }
    }

    /// Every lap; a ride without laps is one.
    pub(super) fn laps(&self) -> Vec<Stretch> {
        let mut begins = vec![("1", 0)];
        begins.extend(self.marks_of(MarkKind::Lap));
        self.stretches(&begins)
    }

    /// Every stretch that the fitter labelled.
    pub(super) fn positions(&self) -> Vec<Stretch> {
        let begins: Vec<_> = self.marks_of(MarkKind::Position).collect();
        self.stretches(&begins)
    }

    fn marks_of(&self, kind: MarkKind) -> impl Iterator<Item = (&str, u32)> {
        self.marks.iter().filter(move |m| m.kind == kind).map(|m| (m.label.as_str(), self.second(m.at)))
    }

    fn stretches(&self, begins: &[(&str, u32)]) -> Vec<Stretch> {
        let ends = begins.iter().skip(1).map(|&(_, from)| from).chain([self.duration_s]);
        begins.iter().zip(ends).map(|(&(name, from), to)| Stretch { name: name.to_owned(), from, to }).collect()
    }

    /// The mean of what `value` gives for the rows of a stretch.
    pub(super) fn mean(&self, stretch: &Stretch, value: impl Fn(usize) -> Option<f32>) -> Mean {
        let mut mean = Mean::default();
        for i in self.rows_in(stretch.from, stretch.to) {
            if let Some(value) = value(i) {
                mean.add(value, self.rows[i].span);
            }
        }
        mean
    }

    /// Seconds of the ride for which `holds`.
    pub(super) fn seconds_where(&self, holds: impl Fn(usize) -> bool) -> u32 {
        (0..self.rows.len()).filter(|&i| holds(i)).map(|i| self.rows[i].span).sum()
    }

    /// The largest distance of D from zero while an alert was on, if it is one that D is the measure of.
    pub(super) fn largest_d(&self, episode: &Episode) -> Option<f32> {
        let Place { site, against } = episode.place;
        let pair = match episode.pattern {
            PatternKind::CalfOverload => episode.place,
            PatternKind::VlFatigue => Place { site: against?, against: Some(site) },
            _ => return None,
        };
        let leg = &self.legs[leg_index(site.side)];
        let rows = self.rows_in(self.second(episode.since), self.second_or_end(episode.cleared));
        leg.pair.filter(|of_leg| *of_leg == pair)?;
        rows.filter_map(|i| leg.d(i)).reduce(|a, b| if b.abs() > a.abs() { b } else { a })
    }
}

impl SiteTrack {
    /// SmO2 at a row, percent.
    pub(super) fn smo2(&self, row: usize) -> Option<f32> {
        self.points.get(row).copied().flatten().and_then(|point| point.smo2.ok())
    }
}

impl LegTrack {
    /// D at a row, points of SmO2.
    pub(super) fn d(&self, row: usize) -> Option<f32> {
        match self.states.get(row) {
            Some(Judged::Ready { d, .. }) => Some(*d),
            _ => None,
        }
    }
}
