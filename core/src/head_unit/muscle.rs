//! One muscle with its sensor: from samples to a value that stands, its trend, its range and what load explains of it.

use crate::config::Gains;
use crate::field::{DisarmReason, FiveMinutes, SiteView, ThirtyMinutes};
use crate::link::Radio;
use crate::math;
use crate::pattern::contest::Sighting;
use crate::pattern::{PatternKind, Place};
use crate::sensor::{Charge, Contact, Identity, Reading, Reason, Reception, Sample, Site, Track};
use crate::session::Seen;
use crate::signal::baseline::{Baseline, Means};
use crate::signal::despike::Despike;
use crate::signal::exchange::Finding;
use crate::signal::load::Load;
use crate::signal::range::RangeTracker;
use crate::signal::shift::Shape;
use crate::signal::trend::Trend;
use crate::time::{Duration, Instant};

/// A value is carried on this long after its sample: one missed sample of a two-second sensor.
const HOLD: Duration = Duration::from_ms(4500);
/// How long a moved contact is told.
const MOVED_SHOWN: Duration = Duration::from_s(30);
/// Steps that a moved contact waits before its new level is taken over: both of a pair moved may be an exchange.
const MOVED_WAITS: u8 = 2;
/// A contact is said to have moved so long after it did.
const MOVED_BEFORE: Duration = Duration::from_s(15);
/// Log-likelihood ratio by which a muscle has shifted while the other sensor of its leg moved.
const MOVED_WITH: f32 = 2.0;
/// A missing reading is told once it has lasted so many steps.
const MISSING_STEPS: u8 = 2;
/// Seconds with a value that make a 5-s mean.
const FEWEST_SECONDS: u32 = 3;
/// Bins of 1.25 s in the value as shown.
const SHOWN_BINS: u64 = 4;

/// What is known of a sensor's name on the radio that it is not known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OtherName {
    /// Nothing: most sensors have one radio, or do not tell.
    Unknown,
    /// It tells this name.
    Told(Identity),
    /// It is called by this name, because it fell silent under its own.
    Called(Identity),
    /// Two sensors tell that they are this one: neither is taken for it.
    Contested,
}

impl OtherName {
    /// The name.
    pub(super) const fn get(self) -> Option<Identity> {
        match self {
            Self::Told(name) | Self::Called(name) => Some(name),
            Self::Unknown | Self::Contested => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Muscle {
    pub(super) site: Site,
    pub(super) track: Track,
    pub(super) other: OtherName,
    pub(super) reception: Reception,
    /// When the sensor was told the time of day.
    pub(super) time_told: Option<Instant>,
    contact: Contact,
    /// When the contact last moved.
    moved_at: Option<Instant>,
    /// How far, and the steps since, while its new level is not taken over.
    moved_by: Option<(f32, u8)>,
    /// By how much its level was last taken for a new one.
    pub(super) last_move: f32,
    /// Its new level was taken over in this step: when it had moved.
    pub(super) renewed: Option<Instant>,
    /// What its leg holds of the sensor, said anew at each step.
    pub(super) exchange: Finding,
    despike: Despike,
    /// The last despiked value.
    level: Option<(Instant, f32)>,
    five_minutes: FiveMinutes,
    thirty_minutes: ThirtyMinutes,
    trend: Option<Trend>,
    pub(super) range: RangeTracker,
    pub(super) baseline: Baseline,
    /// The pattern that is being seen here.
    pub(super) episode: Option<Sighting>,
    /// And as it was last reported.
    pub(super) reported: Option<(PatternKind, Place)>,
    /// Whether it can be judged now, or why not.
    pub(super) ready: Result<(), DisarmReason>,
    step_sum: f32,
    step_n: u32,
    thb_sum: f32,
    thb_n: u32,
    /// The newest 5-s mean.
    pub(super) step_mean: Option<f32>,
    thb_mean: Option<f32>,
    /// Steps without a value.
    missing_steps: u8,
    /// The technical condition that was last told.
    pub(super) told: Option<Reason>,
    /// The rider was told that it gives no value.
    pub(super) told_lost: Option<Instant>,
    /// New samples heard.
    pub(super) samples: u32,
    /// What the sensor told of its battery.
    pub(super) charge: Option<Charge>,
    /// And will be told when it gives one again.
    pub(super) owes_back: bool,
}

impl Muscle {
    // Not inlined, so that it is built in one place: a board's stack has no room for it twice.
    #[inline(never)]
    pub(super) const fn new(site: Site, identity: Identity) -> Self {
        Self {
            site,
            track: Track::new(identity),
            other: OtherName::Unknown,
            reception: Reception::new(),
            time_told: None,
            contact: Contact::new(),
            moved_at: None,
            moved_by: None,
            last_move: 0.0,
            renewed: None,
            exchange: Finding::Nothing,
            despike: Despike::new(),
            level: None,
            five_minutes: FiveMinutes::new(Duration::from_ms(1250)),
            thirty_minutes: ThirtyMinutes::new(Duration::from_ms(4500)),
            trend: None,
            range: RangeTracker::new(),
            baseline: Baseline::new(),
            episode: None,
            reported: None,
            ready: Err(DisarmReason::Learning),
            step_sum: 0.0,
            step_n: 0,
            thb_sum: 0.0,
            thb_n: 0,
            step_mean: None,
            thb_mean: None,
            missing_steps: 0,
            told: None,
            told_lost: None,
            samples: 0,
            owes_back: false,
            charge: None,
        }
    }

    /// Starts from what was learned on earlier rides, if nothing is learned yet on this one.
    pub(super) fn restore(&mut self, kept: &Gains) {
        let all = [kept.fast, kept.middle, kept.slow, kept.late, kept.cadence, kept.variation, kept.white];
        let positive = kept.variation > 0.0 && kept.white > 0.0;
        if positive && all.iter().all(|number| number.is_finite()) {
            let [gains @ .., variation, white] = all;
            self.baseline.restore(gains, variation, white);
        }
    }

    pub(super) fn gains(&self) -> Option<Gains> {
        let [fast, middle, slow, late, cadence] = self.baseline.gains()?;
        let noise = self.baseline.noise();
        let (variation, white) = (noise.variance(), noise.white());
        Some(Gains { site: self.site, fast, middle, slow, late, cadence, variation, white })
    }

    /// Takes what was heard. True if it was a new sample.
    pub(super) fn hear(&mut self, now: Instant, sample: &Sample, loaded: bool) -> bool {
        let judged = self.track.hear(now, sample, loaded);
        self.samples = self.samples.saturating_add(u32::from(judged.is_some()));
        if let Some(Ok(value)) = judged {
            let level = self.despike.push(now, value.smo2.percent());
            self.level = Some((now, level));
            self.five_minutes.put(now, level);
            self.thirty_minutes.put(now, level);
            if let Some(thb) = value.thb {
                self.thb_sum += thb.value();
                self.thb_n += 1;
            }
            if let Some(points) = self.contact.push(now, value, loaded) {
                self.moved_at = Some(now);
                self.moved_by = Some((points + self.moved_by.map_or(0.0, |(before, _)| before), 0));
            }
        }
        judged.is_some()
    }

    /// The new level is not the muscle's doing.
    fn move_level(&mut self, points: f32) {
        self.baseline.renew(points);
        self.last_move = points;
        self.range.shift(points);
        self.episode = None;
    }

    /// The other sensor of its leg had moved then. If this one shifted with it, the same hands have moved it.
    pub(super) fn move_with_other(&mut self, at: Instant) {
        if self.moved_by.is_none()
            && !self.baseline.is_held()
            && let Some(shift) =
                self.baseline.shifts().since(at, Shape::Step).filter(|shift| shift.evidence >= MOVED_WITH)
        {
            self.baseline.absorb(&shift);
            self.move_level(0.0);
            self.range.shift(shift.points);
            self.last_move = shift.points;
        }
    }

    /// The level has changed by so much, whatever the contact says of it.
    pub(super) fn take_level(&mut self, points: f32) {
        self.forget_move();
        self.move_level(points);
    }

    /// What was gathered on the muscle was another's, or of another level.
    pub(super) fn forget_evidence(&mut self) {
        self.baseline.forget();
        self.episode = None;
    }

    /// What the contact has seen of late was an exchange of sensors.
    pub(super) fn forget_move(&mut self) {
        self.moved_by = None;
        self.contact.forget();
    }

    /// Whether what is seen now may be the contact's doing.
    pub(super) const fn is_suspect(&self) -> bool {
        self.contact.is_suspect() || self.moved_by.is_some()
    }

    /// What is technically wrong, if anything is: no value, a sensor on another's muscle, or a contact that has moved a
    /// moment ago.
    pub(super) fn condition(&self, now: Instant) -> Option<Reason> {
        let moved = self.moved_at.is_some_and(|at| now.since(at) < MOVED_SHOWN);
        let swapped = (self.exchange == Finding::Suspected).then_some(Reason::Swapped);
        self.reading(now).err().or(swapped).or(moved.then_some(Reason::Moved))
    }

    /// The radio on which the sensor is heard, if it is one of ours.
    fn radio(&self) -> Option<Radio> {
        match self.track.source() {
            Some(Identity::Ant { .. }) => Some(Radio::Ant),
            Some(Identity::Ble { .. }) => Some(Radio::Ble),
            Some(Identity::Channel(_)) | None => None,
        }
    }

    /// The reading that stands.
    pub(super) fn reading(&self, now: Instant) -> Reading {
        self.track.status(now).reading
    }

    /// The despiked value that still stands, percent.
    pub(super) fn held(&self, now: Instant) -> Option<f32> {
        match (self.reading(now), self.level) {
            (Ok(_), Some((at, level))) if now.since(at) < HOLD => Some(level),
            _ => None,
        }
    }

    /// What a session sees of it: the despiked value of this second, or why there is none.
    pub(super) fn seen(&self, now: Instant) -> Seen {
        let smo2 = match self.condition(now) {
            Some(reason) => Err(reason),
            None if self.is_suspect() => Err(Reason::Moved),
            None => self.held(now).ok_or(Reason::Stale),
        };
        Seen { site: self.site, identity: self.track.identity(), contact: self.baseline.contact(), smo2 }
    }

    /// A second passes: what still stands is carried on, what does not leaves a gap.
    pub(super) fn second(&mut self, now: Instant) {
        self.reception.second(now, self.radio() == Some(Radio::Ant));
        match self.held(now) {
            Some(level) => {
                self.five_minutes.put(now, level);
                self.thirty_minutes.put(now, level);
                self.step_sum += level;
                self.step_n += 1;
            }
            None => {
                self.five_minutes.advance(now);
                self.thirty_minutes.advance(now);
            }
        }
    }

    /// Five seconds have passed since it was last seen which way it goes.
    pub(super) fn follow(&mut self) {
        self.trend = Trend::of(&self.five_minutes);
    }

    /// Five seconds have passed: their mean, the range.
    pub(super) fn step(&mut self) {
        self.step_mean = math::mean(self.step_sum, self.step_n).filter(|_| self.step_n >= FEWEST_SECONDS);
        (self.step_sum, self.step_n) = (0.0, 0);
        self.thb_mean = math::mean(self.thb_sum, self.thb_n);
        (self.thb_sum, self.thb_n) = (0.0, 0);
        self.renewed = None;
        // Nothing is learned of a sensor that may be on another's muscle.
        if core::mem::replace(&mut self.exchange, Finding::Nothing) != Finding::Nothing {
            self.range.push(None);
            return;
        }
        self.range.push(self.step_mean);
        if let Some((points, steps)) = &mut self.moved_by {
            *steps += 1;
            if *steps >= MOVED_WAITS {
                let points = *points;
                self.moved_by = None;
                self.renewed = self.moved_at.map(|at| at.before(MOVED_BEFORE));
                self.move_level(points);
            }
        }
    }

    /// Five seconds at a load that explains what is seen, or what keeps it from doing so: learns, and says whether the
    /// muscle can be judged.
    pub(super) fn judge(&mut self, now: Instant, load: Result<&Load, DisarmReason>) {
        let sound = !self.is_suspect() && self.exchange == Finding::Nothing;
        let means = Means { now, load: load.ok(), smo2: self.step_mean, thb: self.thb_mean };
        self.baseline.step(&means, sound);
        self.missing_steps = if self.step_mean.is_some() { 0 } else { self.missing_steps.saturating_add(1) };
        self.ready = self.readiness(load.err(), sound);
    }

    fn readiness(&self, busy: Option<DisarmReason>, sound: bool) -> Result<(), DisarmReason> {
        if let Some(reason) = busy {
            return Err(reason);
        }
        if self.exchange == Finding::Suspected {
            return Err(DisarmReason::Swapped);
        }
        if self.missing_steps >= MISSING_STEPS || !sound {
            return Err(DisarmReason::NoReading);
        }
        if !self.baseline.is_ready() {
            return Err(DisarmReason::Learning);
        }
        if self.range.is_flat() { Err(DisarmReason::RangeTooSmall) } else { Ok(()) }
    }

    /// Whether the last five seconds can be judged.
    pub(super) const fn is_judged(&self) -> bool {
        self.ready.is_ok() && self.step_mean.is_some()
    }

    pub(super) fn view(&self, now: Instant) -> SiteView<'_> {
        let status = self.track.status(now);
        let shown = self
            .five_minutes
            .newest()
            .and_then(|newest| self.five_minutes.mean(newest.saturating_sub(SHOWN_BINS - 1), newest));
        SiteView {
            site: self.site,
            identity: self.track.identity(),
            smo2: status.reading.and_then(|value| shown.or(Some(value.smo2.percent())).ok_or(Reason::Stale)),
            thb: status.reading.ok().and_then(|value| value.thb),
            age: status.age,
            trend: self.trend,
            range: self.range.range(),
            reception: self.radio().zip(self.reception.bars()),
            low_battery: self.charge.is_some_and(Charge::is_low),
            charge: self.charge,
            five_minutes: &self.five_minutes,
            thirty_minutes: &self.thirty_minutes,
        }
    }
}
