//! The one door: inputs in, outputs out, and the next time something is due.
//!
//! [`HeadUnit::handle`] makes one change. Then drain [`HeadUnit::poll_output`] until it is empty, and sleep until
//! [`HeadUnit::next_deadline`] at the latest. [`HeadUnit::draw`] changes nothing. A head unit is some 46 KiB and is
//! built in place: `static HEAD_UNIT: StaticCell<HeadUnit>`, never passed by value.

mod companions;
mod efforts;
mod leg;
mod life;
mod muscle;
mod outbox;
mod output;
mod radio;
mod ride_digest;
mod riding;
mod sessions;
mod verdicts;

pub use crate::alert::{Cue, Level, Volume};
pub use crate::config::{Assignment, Config, Gains, MAX_COMPANIONS, MAX_SITES, State};
pub use crate::field::DisarmReason;
pub use crate::field::RideState;
pub use crate::input::{
    BleEvent, BleProfile, Button, Context, Input, Label, Posture, Press, RideAct, StorageResult, Touch,
};
pub use crate::link::ant::{AntCommand, Listing};
pub use crate::link::ble::BleCommand;
pub use crate::pattern::{PatternKind, Place};
pub use crate::session::{Act, News, Recovery, Session};
pub use crate::signal::exchange::SwapView;
pub use life::Life;
pub use output::{CueRequest, Event, Output, SensorChange};
pub use ride_digest::{ReferenceFrame, RideDigest};

use crate::alert::{self, Alerts, Change};
use crate::draw::{Area, Canvas, OnTarget, Palette};
use crate::field::{Balance, Screen, SiteView, Snapshot};
use crate::link::ant::AntHost;
use crate::link::ble::BleCentral;
use crate::pattern::contest::{self, Sighting};
use crate::pattern::slow_recovery::SlowRecovery;
use crate::sensor::{
    Charge, Identity, Muscle as MuscleName, Neighbour, Neighbours, Reason, Sample, SensorKind, Side, Site,
};
use crate::signal::baseline::Baseline;
use crate::signal::shared::SharedNoise;
use crate::time::{Duration, Instant};
use crate::ui::{self, Chosen, Deed, Page, Shown};
use companions::Companion;
use core::fmt;
use efforts::Efforts;
use embedded_graphics::draw_target::DrawTarget;
use leg::Leg;
use life::Clock;
use muscle::Muscle;
use outbox::Outbox;
use radio::Told;
use riding::Riding;

/// Time passes in steps of this.
const SECOND: Duration = Duration::from_s(1);
/// Seconds in a step of the detectors.
const STEP_SECONDS: u32 = 5;
/// After a longer silence of the caller, time jumps instead of being stepped through.
const LONGEST_CATCH_UP: Duration = Duration::from_s(60);
/// Seconds in D as shown.
const SHOWN_S: f32 = 30.0;
/// The rider is told of one loss of a sensor, and not again for this long.
const LOST_CUE_COOL_DOWN: Duration = Duration::from_s(300);

/// Sensors that go or come within this do so together.
const TOGETHER: Duration = Duration::from_s(5);

/// A place that is watched, and whether it was last told to be ready.
#[derive(Clone, Copy, Debug)]
struct Watch {
    place: Place,
    told: Option<Result<(), DisarmReason>>,
}

/// Sling, whole.
#[derive(Clone, Debug)]
pub struct HeadUnit {
    config: Config,
    restored: State,
    now: Instant,
    started: Option<Instant>,
    clock: Clock,
    next_second: Instant,
    seconds: u32,
    muscles: heapless::Vec<Muscle, MAX_SITES>,
    legs: [Leg; 2],
    watches: heapless::Vec<Watch, MAX_SITES>,
    shared: SharedNoise,
    efforts: Efforts,
    riding: Riding,
    ant: AntHost,
    ble: BleCentral,
    told: Told,
    companions: heapless::Vec<Companion, MAX_COMPANIONS>,
    listing: Listing,
    neighbours: Neighbours,
    /// What the sensors of bike and heart told of their batteries, in the order of the settings.
    charges: [Option<Charge>; MAX_COMPANIONS],
    /// The time of day at a moment: then, seconds since 1970, minutes that local time is ahead.
    wall_time: Option<(Instant, u64, i16)>,
    alerts: Alerts,
    session: Session,
    leg_shown: Side,
    screen: Screen,
    /// The rider looks for sensors, on the page of them.
    looks: bool,
    /// What the rider was asked about.
    asked: Option<Chosen>,
    battery_percent: Option<u8>,
    cues_unheard: bool,
    /// The firmware failed: when that was told, and where.
    crashed: Option<(Instant, Label)>,
    /// What became of the newest record bytes.
    storage: StorageResult,
    /// The last cue about a sensor.
    sensor_cued: Option<(Cue, Instant)>,
    shown: Shown,
    outbox: Outbox,
}

impl HeadUnit {
    /// What the detectors keep of one muscle, in bytes: its baseline, the fall that is seen, its recoveries.
    pub const DETECTOR_BYTES: usize = size_of::<Baseline>() + size_of::<Option<Sighting>>() + size_of::<SlowRecovery>();

    /// A head unit that has been told nothing.
    pub const fn new() -> Self {
        Self {
            config: Config::DEFAULT,
            restored: State { gains: heapless::Vec::new() },
            now: Instant::ZERO,
            started: None,
            clock: Clock::new(),
            next_second: Instant::ZERO,
            seconds: 0,
            muscles: heapless::Vec::new(),
            legs: [Leg::new(), Leg::new()],
            watches: heapless::Vec::new(),
            shared: SharedNoise::new(),
            efforts: Efforts::new(),
            riding: Riding::new(),
            ant: AntHost::new(),
            ble: BleCentral::new(),
            told: Told::new(),
            companions: heapless::Vec::new(),
            listing: Listing::Off,
            neighbours: Neighbours::new(),
            charges: [None; MAX_COMPANIONS],
            wall_time: None,
            alerts: Alerts::new(),
            session: Session::new(),
            leg_shown: Side::Right,
            screen: Screen { page: 0, item: None, asks: false, pick: None, is_long: false, row: 0 },
            looks: false,
            asked: None,
            battery_percent: None,
            cues_unheard: false,
            crashed: None,
            storage: StorageResult::Written,
            sensor_cued: None,
            shown: Shown::new(),
            outbox: Outbox::new(),
        }
    }

    /// Takes one input. Time that has passed is dealt with first.
    pub fn handle(&mut self, input: &Input<'_>, now: Instant) {
        let seconds = self.seconds;
        self.advance(now);
        let now = self.now;
        if self.started.is_none() && !matches!(input, Input::Configure(_) | Input::Restore(_)) {
            self.started = Some(now);
            self.session.start(now);
            self.next_second = now + SECOND;
        }
        match input {
            Input::Tick | Input::PowerOn => {}
            Input::Configure(config) => self.configure(now, config),
            Input::Restore(state) => self.restore(state),
            Input::Sample(sample) => self.sample(now, sample),
            Input::Context(context) => self.riding.context(now, context),
            Input::Posture(posture) => {
                self.riding.posture(*posture);
                self.efforts.posture(now);
            }
            Input::Position(label) => self.position(label),
            Input::Marker(label) => self.outbox.event(Event::Marker { label: label.clone() }),
            Input::Lap => self.begin_lap(now),
            Input::Button(button, press) => self.button(now, *button, *press),
            Input::Battery { percent, .. } => self.battery_percent = Some((*percent).min(100)),
            Input::WallTime { unix_s, offset_min } => {
                self.wall_time = Some((now, *unix_s, *offset_min));
                self.outbox.event(Event::WallTime { unix_s: *unix_s, offset_min: *offset_min });
            }
            Input::Storage(result) => {
                // A body says so of every block: what is no news is not said again.
                if *result != core::mem::replace(&mut self.storage, *result) && *result != StorageResult::Written {
                    self.outbox.event(Event::Storage(*result));
                }
            }
            Input::CueDelivery { id, haptic, beep } => {
                self.cues_unheard = !haptic && !beep;
                self.outbox.event(Event::CueDelivery { id: *id, haptic: *haptic, beep: *beep });
            }
            Input::AntBytes(bytes) => self.ant_bytes(now, bytes),
            Input::Ble(event) => self.ble(now, event),
            Input::AntPort(port) => self.ant.port(now, *port),
            Input::Search(listing) => self.search(*listing),
            Input::Session(act) => self.act(*act),
            Input::Touch(touch) => self.touch(now, *touch),
            Input::Ride(act) => self.ride(now, *act),
            Input::Crashed(label) => {
                self.crashed = Some((now, label.clone()));
                self.outbox.event(Event::Crashed { label: label.clone() });
            }
        }
        self.attend_radios(now);
        // At the very end: what is asked for is drawn as things stand then. Values that flow are shown once a second.
        let flows =
            matches!(input, Input::Sample(_) | Input::Context(_) | Input::Tick | Input::AntBytes(_) | Input::Ble(_));
        if !flows || self.seconds != seconds {
            self.refresh();
        }
    }

    /// The next thing to do or to know, oldest first; `None` when all are drained.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outbox.pop()
    }

    /// When something is due even if nothing happens: hand in a [`Input::Tick`] then. `None` before the first input.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.started?;
        let due = self.radio_deadline().map_or(self.next_second, |radio| radio.min(self.next_second));
        Some(due.max(self.now))
    }

    /// The sensors in the air, while [`Input::Search`] asks for them.
    pub fn neighbours(&self) -> impl Iterator<Item = &Neighbour> {
        self.neighbours.iter()
    }

    /// What was learned and is worth keeping for the next ride.
    pub fn state(&self) -> State {
        let mut state = State::default();
        for gains in self.muscles.iter().filter_map(Muscle::gains) {
            let _ = state.gains.push(gains);
        }
        state
    }

    /// Draws the page onto any `embedded_graphics` target, laid out for the target's size.
    pub fn draw<D: DrawTarget>(&self, target: &mut D) -> Result<(), D::Error>
    where
        D::Color: Palette,
    {
        let mut canvas = OnTarget::new(target, self.config.theme);
        self.draw_on(&mut canvas);
        canvas.finish()
    }

    /// Draws the page onto a canvas.
    pub fn draw_on(&self, canvas: &mut dyn Canvas) {
        let snapshot = self.snapshot();
        ui::draw(ui::page(&snapshot), &snapshot, canvas);
    }

    /// Draws again what the [`Output::Redraw`]s of one input asked for, onto a canvas that holds what was drawn before:
    /// then it holds what [`HeadUnit::draw_on`] would draw. Only when they are drained and before the next input.
    pub fn draw_areas(&self, canvas: &mut dyn Canvas, areas: &[Area]) {
        let snapshot = self.snapshot();
        ui::draw_areas(ui::page(&snapshot), &snapshot, canvas, areas);
    }

    /// Says in words what the page shows on a display of this size, a line a field.
    pub fn describe(&self, w: i16, h: i16, out: &mut dyn fmt::Write) -> fmt::Result {
        let snapshot = self.snapshot();
        ui::describe(ui::page(&snapshot), &snapshot, w, h, out)
    }

    /// The page that is shown.
    pub fn page(&self) -> &'static dyn Page {
        self.of_snapshot(ui::page)
    }

    /// What follows from a snapshot, which takes a kilobyte of the stack only for as long.
    #[inline(never)]
    fn of_snapshot<R>(&self, follows: impl FnOnce(&Snapshot<'_>) -> R) -> R {
        follows(&self.snapshot())
    }

    /// Everything that can be shown, now.
    pub fn snapshot(&self) -> Snapshot<'_> {
        let (calf, thigh) = self.pair_of(self.leg_shown);
        let mut snapshot = Snapshot {
            now: self.now,
            ride_time: self.started.map_or(Duration::ZERO, |started| self.clock.ridden(started, self.now)),
            since_begun: self.started.map_or(Duration::ZERO, |started| self.clock.since_begun(started, self.now)),
            ride_state: self.clock.state(),
            language: self.config.language,
            config: &self.config,
            screen: self.screen,
            sites: heapless::Vec::new(),
            session: &self.session,
            lap: self.session.laps().current().number,
            leg: self.leg_shown,
            calf: None,
            thigh: None,
            balance: self.balance(self.leg_shown),
            leanings: &self.leg(self.leg_shown).leanings,
            alert: None,
            alerts: &self.alerts,
            cues_off: self.alerts.snooze_left(self.now),
            power: self.riding.power(),
            cadence: self.riding.cadence(),
            heart_rate: self.riding.heart_rate(),
            speed: self.riding.speed(),
            power_history: self.riding.power_history(),
            wall_time: self.wall_time,
            battery_percent: self.battery_percent,
            radio: self.radio_trouble(),
            cues_unheard: self.cues_unheard,
            storage: self.storage,
            crashed: self.crashed.as_ref(),
            neighbours: &self.neighbours,
            charges: &self.charges,
        };
        // In its place: it is not small. There is room for every muscle that is worn.
        for view in self.views() {
            let _ = snapshot.sites.push(view);
        }
        snapshot.calf = calf.and_then(|i| snapshot.sites.get(i)).copied();
        snapshot.thigh = thigh.and_then(|i| snapshot.sites.get(i)).copied();
        snapshot.alert = self.alerts.shown(self.now).map(|episode| snapshot.view_of(episode));
        snapshot
    }

    /// Every muscle that is worn, shown or not, in the order of the roster: for reports and records.
    pub fn views(&self) -> impl Iterator<Item = SiteView<'_>> {
        self.muscles.iter().map(|m| self.view(m))
    }

    fn view<'a>(&'a self, muscle: &'a Muscle) -> SiteView<'a> {
        muscle.view(self.now)
    }

    /// New samples of a site's sensor since it was assigned; repeats are not counted.
    pub fn samples_heard(&self, site: Site) -> u32 {
        self.muscles.iter().find(|m| m.site == site).map_or(0, |m| m.samples)
    }

    /// SmO2 that is expected at a site at the load that is ridden, percent; `None` until that is learned, and while the load
    /// is not known.
    pub fn expected(&self, site: Site) -> Option<f32> {
        let baseline = &self.muscles.iter().find(|m| m.site == site)?.baseline;
        let load = self.riding.load(self.now).ok()?;
        baseline.expected(&load).filter(|_| baseline.is_ready())
    }

    /// The calf and the thigh that are compared on a side, if both are worn.
    pub fn pair(&self, side: Side) -> Option<Place> {
        self.leg(side).pair
    }

    /// Whether the sensors of a side's calf and thigh are where they belong, as far as can be seen.
    pub fn swap(&self, side: Side) -> SwapView {
        self.leg(side).swap()
    }

    /// How calf and thigh of a side share the work, whichever leg is shown.
    pub fn balance(&self, side: Side) -> Balance {
        let Some(pair) = self.leg(side).pair else { return Balance::NoPair };
        let told = self.watches.iter().find(|watch| watch.place == pair).and_then(|watch| watch.told);
        let muscle = |site: Option<Site>| self.muscles.iter().find(|m| Some(m.site) == site).map(|m| &m.baseline);
        let Some((calf, thigh)) = muscle(Some(pair.site)).zip(muscle(pair.against)) else { return Balance::NoPair };
        match told {
            Some(Ok(())) => match calf.deviation().zip(thigh.deviation()) {
                Some((of_calf, of_thigh)) => Balance::Ready { d: of_calf - of_thigh, normal: normal_band(calf, thigh) },
                None => Balance::NotReady { reason: DisarmReason::Learning, left: None },
            },
            told => Balance::NotReady {
                reason: told.and_then(Result::err).unwrap_or(DisarmReason::Learning),
                left: calf.left_to_learn().max(thigh.left_to_learn()),
            },
        }
    }

    /// D of a side with the drift that the baselines have followed; its middle means nothing.
    fn drifted(&self, side: Side) -> Option<f32> {
        let pair = self.leg(side).pair?;
        let level = |site: Site| self.muscles.iter().find(|m| m.site == site)?.baseline.level();
        Some(level(pair.site)? - level(pair.against?)?)
    }

    fn configure(&mut self, now: Instant, config: &Config) {
        if self.config.companions != config.companions {
            // Others may stand in their places; who is still there tells again.
            self.charges = [None; MAX_COMPANIONS];
        }
        self.config = config.clone();
        self.follow_settings();
        self.wear(&config.roster);
        self.leg_shown = config.leg;
        self.companions.retain(|it| config.companions.contains(&it.sensor));
        for &sensor in &config.companions {
            if self.companions.iter().all(|it| it.sensor != sensor) {
                // The configuration holds no more than there is room for.
                let _ = self.companions.push(Companion::new(sensor));
            }
        }
        self.want_sensors(now);
        self.choose_pairs();
        if self.leg(self.leg_shown).pair.is_none() && self.leg(self.leg_shown.other()).pair.is_some() {
            self.leg_shown = self.leg_shown.other();
        }
        self.restore_muscles();
        let kept = self.of_snapshot(ui::kept);
        // What was about to be done was about to be done with other sensors.
        self.screen = Screen { asks: false, pick: None, ..kept };
        self.follow_looks();
    }

    /// Follows the roster, in its order. A muscle whose sensor stays keeps what was learned of it. Muscles are put right
    /// where they are: all of them would not fit on a board's stack, and only one at a time is ever on it.
    #[inline(never)]
    fn wear(&mut self, roster: &[Assignment]) {
        let is_of = |m: &Muscle, a: &Assignment| m.site == a.site && m.track.identity() == a.identity;
        if self.muscles.len() == roster.len() && self.muscles.iter().zip(roster).all(|(m, a)| is_of(m, a)) {
            return;
        }
        // What was seen at a muscle that is no longer worn is over.
        for muscle in self.muscles.iter_mut().filter(|m| !roster.iter().any(|a| is_of(m, a))) {
            muscle.episode = None;
        }
        self.report();
        self.muscles.retain(|m| roster.iter().any(|a| is_of(m, a)));
        let mut worn = 0;
        for assignment in roster {
            let &Assignment { site, identity } = assignment;
            if self.muscles.iter().take(worn).any(|m| m.site == site || m.track.identity() == identity) {
                continue;
            }
            let at = self.muscles.iter().position(|m| is_of(m, assignment)).unwrap_or(self.muscles.len());
            if at == self.muscles.len() {
                // There is room: those that stayed are of the roster, which holds no more than there is room for.
                self.add(site, identity);
                let kind = SensorKind::MuscleOxygen;
                self.outbox.event(Event::Sensor { identity, kind, site: Some(site), change: SensorChange::Paired });
            }
            self.change_places(worn, at);
            worn += 1;
        }
        self.muscles.truncate(worn);
        self.shared = SharedNoise::new();
    }

    /// One more muscle.
    #[inline(never)]
    fn add(&mut self, site: Site, identity: Identity) {
        let _ = self.muscles.push(Muscle::new(site, identity));
    }

    /// The muscles at these places of the roster change them.
    #[inline(never)]
    fn change_places(&mut self, first: usize, last: usize) {
        if let Some([here, .., there]) = self.muscles.get_mut(first..=last) {
            core::mem::swap(here, there);
        }
    }

    fn choose_pairs(&mut self) {
        for side in [Side::Left, Side::Right] {
            let site = |i: Option<usize>| i.and_then(|i| self.muscles.get(i)).map(|m| m.site);
            let (calf, thigh) = self.pair_of(side);
            let pair = site(calf).zip(site(thigh)).map(|(site, against)| Place { site, against: Some(against) });
            if self.leg(side).pair != pair {
                let leg = self.leg_mut(side);
                *leg = Leg::new();
                leg.pair = pair;
            }
        }
        let sites: heapless::Vec<Site, MAX_SITES> = self.muscles.iter().map(|m| m.site).collect();
        let told = |place: Place| self.watches.iter().find(|w| w.place == place).and_then(|w| w.told);
        self.watches =
            contest::places(&sites).map(|place| Watch { place, told: told(place) }).take(MAX_SITES).collect();
    }

    fn restore(&mut self, state: &State) {
        self.restored.clone_from(state);
        self.restore_muscles();
    }

    /// Gives every muscle what is kept of it.
    fn restore_muscles(&mut self) {
        for gains in &self.restored.gains {
            if let Some(muscle) = self.muscles.iter_mut().find(|m| m.site == gains.site) {
                muscle.restore(gains);
            }
        }
    }

    fn sample(&mut self, now: Instant, sample: &Sample) {
        if let Some(at) = self.muscles.iter().position(|m| m.track.identity() == sample.identity) {
            self.hear(now, at, sample);
        }
    }

    /// A sample of a muscle's sensor: whether it is a new one.
    fn hear(&mut self, now: Instant, at: usize, sample: &Sample) -> bool {
        let loaded = self.riding.is_loaded();
        let Some(muscle) = self.muscles.get_mut(at) else { return false };
        let first = !muscle.track.was_heard();
        let new = muscle.hear(now, sample, loaded);
        if first {
            let (kind, site) = (SensorKind::MuscleOxygen, Some(muscle.site));
            let identity = muscle.track.identity();
            self.outbox.event(Event::Sensor { identity, kind, site, change: SensorChange::Found });
        }
        self.tell_condition(now, at);
        new
    }

    /// Looks for sensors in the air, or no longer.
    fn search(&mut self, listing: Listing) {
        self.listing = listing;
        self.ant.list(listing);
        self.ble.set_listing(listing != Listing::Off);
        if listing == Listing::Off {
            self.neighbours.clear();
        }
    }

    /// Tells a technical condition when it begins and when it ends.
    fn tell_condition(&mut self, now: Instant, at: usize) {
        let Some(muscle) = self.muscles.get_mut(at) else { return };
        let reason = muscle.condition(now).filter(|&reason| reason != Reason::Searching);
        if reason == muscle.told {
            return;
        }
        let (kind, identity) = (SensorKind::MuscleOxygen, muscle.track.identity());
        let site = muscle.site;
        if let Some(over) = core::mem::replace(&mut muscle.told, reason) {
            self.outbox.event(Event::NoticeCleared { reason: over, site });
        }
        match reason {
            Some(reason) => {
                self.outbox.event(Event::Notice { reason, site });
                let gone = matches!(reason, Reason::Lost | Reason::NoData);
                if gone && !muscle.owes_back && muscle.told_lost.is_none_or(|at| now.since(at) >= LOST_CUE_COOL_DOWN) {
                    muscle.told_lost = Some(now);
                    muscle.owes_back = true;
                    self.outbox.event(Event::Sensor { identity, kind, site: Some(site), change: SensorChange::Lost });
                    self.sensor_cue(now, Cue::SensorLost);
                }
            }
            None => {
                if core::mem::take(&mut muscle.owes_back) {
                    self.outbox.event(Event::Sensor { identity, kind, site: Some(site), change: SensorChange::Back });
                    self.sensor_cue(now, Cue::SensorBack);
                }
            }
        }
    }

    /// One cue for sensors that go or come together, as with a stick that is pulled out.
    fn sensor_cue(&mut self, now: Instant, cue: Cue) {
        let again = self.sensor_cued.is_some_and(|(last, at)| last == cue && now.since(at) < TOGETHER);
        if !again {
            self.sensor_cued = Some((cue, now));
            self.outbox.cue(cue, Level::Caution);
        }
    }

    fn begin_lap(&mut self, now: Instant) {
        if self.clock.state() == RideState::Over {
            return self.outbox.cue(Cue::Acknowledged, Level::Info);
        }
        let number = self.session.begin_lap(now);
        self.outbox.event(Event::Lap { number });
        self.outbox.cue(Cue::Lap, Level::Info);
    }

    fn button(&mut self, now: Instant, button: Button, press: Press) {
        self.follow_asked();
        let deed = self.of_snapshot(|snapshot| ui::press(snapshot, button, press));
        self.answer(now, deed);
    }

    fn touch(&mut self, now: Instant, touch: Touch) {
        self.follow_asked();
        let deed = self.of_snapshot(|snapshot| ui::touch(snapshot, touch));
        self.answer(now, deed);
    }

    fn answer(&mut self, now: Instant, deed: Deed) {
        match deed {
            Deed::Lap => return self.begin_lap(now),
            Deed::Acknowledge => {
                for pattern in self.alerts.acknowledge(now) {
                    self.outbox.event(Event::Acknowledged { pattern });
                }
            }
            Deed::SwitchLeg => self.leg_shown = self.leg_shown.other(),
            Deed::Snooze => {
                let event = if self.alerts.toggle_snooze(now) {
                    Event::Snoozed { length: alert::SNOOZE }
                } else {
                    Event::SnoozeOver
                };
                self.outbox.event(event);
            }
            Deed::Show(screen) => {
                self.screen = screen;
                let asked = self.of_snapshot(ui::chosen);
                self.asked = asked;
            }
            Deed::Do(chosen) => self.choose(chosen),
        }
        self.follow_looks();
        // Every press and every touch is answered.
        self.outbox.cue(Cue::Acknowledged, Level::Info);
    }

    /// Does what an item says.
    fn choose(&mut self, chosen: Chosen) {
        self.screen.asks = false;
        match chosen {
            Chosen::Pick(pick) => {
                self.screen.pick = Some(pick);
                return;
            }
            Chosen::Assign(_) | Chosen::TakeOff(_) | Chosen::Companion(_) => return self.pair_anew(chosen),
            Chosen::Leave => {
                self.screen.item = None;
                return;
            }
            Chosen::Session(act) => {
                // What it does shows on the page, and a second press does not do it again.
                self.screen.item = None;
                return self.act(act);
            }
            Chosen::Ride(act) => {
                self.screen.item = None;
                return self.ride(self.now, act);
            }
            Chosen::Setting(at) => ui::change_setting(&mut self.config, usize::from(at)),
        }
        self.follow_settings();
        self.outbox.event(Event::Settings);
    }

    /// Hands the settings on to those who need them at every turn.
    const fn follow_settings(&mut self) {
        let Self { config, outbox, alerts, .. } = self;
        (outbox.haptic, outbox.beep) = (config.haptic, config.beep);
        (alerts.least_points, alerts.cues_from) = (config.least_points, config.cues_from);
    }

    /// Follows what the rider has chosen for a sensor. The leg that is shown stays, if it can.
    #[inline(never)]
    fn pair_anew(&mut self, chosen: Chosen) {
        let (mut config, leg) = (self.config.clone(), self.leg_shown);
        match chosen {
            Chosen::Assign(assignment) => ui::assign(&mut config.roster, assignment),
            Chosen::TakeOff(identity) => config.roster.retain(|it| it.identity != identity),
            Chosen::Companion(sensor) => ui::toggle_companion(&mut config.companions, sensor),
            _ => {}
        }
        self.screen.pick = None;
        self.configure(self.now, &config);
        if self.leg(leg).pair.is_some() || self.leg(leg.other()).pair.is_none() {
            self.leg_shown = leg;
        }
        self.outbox.event(Event::Settings);
    }

    /// Whoever was asked about one item is not taken to have meant another that has come to stand in its place.
    fn follow_asked(&mut self) {
        if self.screen.asks && self.screen.pick.is_none() && self.of_snapshot(ui::chosen) != self.asked {
            self.screen.asks = false;
        }
    }

    /// Looks for sensors while the rider is among them, and no longer.
    fn follow_looks(&mut self) {
        let looks = self.of_snapshot(ui::looks);
        if core::mem::replace(&mut self.looks, looks) != looks {
            self.search(if looks { Listing::All } else { Listing::Off });
        }
    }

    /// The settings, with what the rider has changed.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Lets time pass up to `now`, second by second. What that takes of the stack is given back before the input is dealt
    /// with.
    #[inline(never)]
    fn advance(&mut self, now: Instant) {
        if now < self.now {
            self.outbox.event(Event::ClockBack { by_ms: self.now.since(now).as_ms() });
            return;
        }
        if self.started.is_some() {
            if now.since(self.next_second) > LONGEST_CATCH_UP {
                self.riding.jump();
                self.efforts.jump();
                self.session_jumps();
                let gap_ms = now.as_ms().saturating_sub(self.next_second.as_ms());
                self.next_second = Instant::from_ms(now.as_ms() - gap_ms % 1000);
            }
            while self.next_second <= now {
                self.now = self.next_second;
                self.second();
                self.next_second = self.next_second + SECOND;
                if self.next_second == self.now {
                    break; // the end of time
                }
            }
        }
        self.now = now;
    }

    fn second(&mut self) {
        let now = self.now;
        self.seconds = self.seconds.wrapping_add(1);
        self.riding.second(now);
        for i in 0..self.muscles.len() {
            let Some(muscle) = self.muscles.get_mut(i) else { continue };
            muscle.second(now);
            // In each second another one's: together they would make one second long.
            if (self.seconds as usize + i).is_multiple_of(STEP_SECONDS as usize) {
                muscle.follow();
            }
            self.tell_condition(now, i);
        }
        self.neighbours.second(now);
        self.call_others(now);
        if self.seconds.is_multiple_of(STEP_SECONDS) {
            self.step(now);
        }
        self.compare_efforts(now);
        self.ride_second(now);
        self.session_second(now);
        self.follow_asked();
        let (outbox, muscles) = (&mut self.outbox, &self.muscles);
        let is_ready = |site: Site| muscles.iter().any(|m| m.site == site && m.ready.is_ok());
        let is_judged = |_, place: Place| is_ready(place.site) && place.against.is_none_or(is_ready);
        self.alerts.tick(now, is_judged, &mut |change| pass_on(outbox, change));
    }

    /// What only shows from effort to effort, and the nudge.
    fn compare_efforts(&mut self, now: Instant) {
        let pairs = [Side::Left, Side::Right].map(|side| self.leg(side).pair);
        let Self { efforts, alerts, outbox, riding, muscles, .. } = self;
        efforts.second(now, riding, muscles, pairs, &mut |kind, place, verdict| {
            alerts.report(now, kind, place, verdict, &mut |change| pass_on(outbox, change));
        });
        if self.seconds.is_multiple_of(STEP_SECONDS) {
            let shown = match self.balance(self.leg_shown) {
                // Who is being told of an alert has been told more than that.
                Balance::Ready { normal, .. } if self.alerts.episodes().is_empty() && self.config.still_min > 0 => {
                    self.drifted(self.leg_shown).map(|d| (d, normal))
                }
                _ => None,
            };
            let still = Duration::from_s(60 * u32::from(self.config.still_min));
            if self.efforts.shown(now, self.leg_shown, shown, still) {
                self.outbox.event(Event::Nudge { cue: Cue::VaryPosition });
                self.outbox.cue(Cue::VaryPosition, Level::Info);
            }
        }
    }

    fn step(&mut self, now: Instant) {
        for muscle in &mut self.muscles {
            muscle.step();
        }
        let load = self.riding.load(now);
        for leg in &mut self.legs {
            if let Some((calf, thigh)) = leg.pair.and_then(|pair| two_of(&mut self.muscles, pair)) {
                leg.step(load.as_ref().ok(), calf, thigh);
            }
        }
        for muscle in &mut self.muscles {
            muscle.judge(now, load.as_ref().map_err(|reason| *reason));
        }
        self.tell_readiness();
        for side in [Side::Left, Side::Right] {
            let leaning = self.balance(side).leaning();
            self.leg_mut(side).leanings.put(now, leaning);
        }
        self.contest(now);
    }

    /// Asks for what has something new to show, seen as it is now.
    #[inline(never)]
    fn refresh(&mut self) {
        let mut shown = core::mem::take(&mut self.shown);
        let mut areas = heapless::Vec::<_, { ui::MAX_PARTS }>::new();
        let (w, h) = self.config.screen;
        let side = |n: u16| i16::try_from(n).unwrap_or(i16::MAX);
        shown.update(&self.snapshot(), (side(w), side(h)), &mut |area| {
            let _ = areas.push(area);
        });
        self.shown = shown;
        for area in areas {
            self.outbox.redraw(area);
        }
    }

    const fn leg(&self, side: Side) -> &Leg {
        match side {
            Side::Left => &self.legs[0],
            Side::Right => &self.legs[1],
        }
    }

    const fn leg_mut(&mut self, side: Side) -> &mut Leg {
        match side {
            Side::Left => &mut self.legs[0],
            Side::Right => &mut self.legs[1],
        }
    }

    /// The calf and the thigh of a side, by preference.
    fn pair_of(&self, side: Side) -> (Option<usize>, Option<usize>) {
        let first = |names: [MuscleName; 3]| {
            names.into_iter().find_map(|name| self.muscles.iter().position(|m| m.site == Site::new(name, side)))
        };
        (first(MuscleName::CALF), first(MuscleName::THIGH))
    }
}

impl Default for HeadUnit {
    fn default() -> Self {
        Self::new()
    }
}

fn pass_on(outbox: &mut Outbox, change: Change) {
    match change {
        Change::Raised(e) => outbox.event(Event::Alert {
            pattern: e.verdict.kind,
            place: e.verdict.place,
            level: e.level,
            strength_tenths: (e.verdict.strength * 10.0) as u16,
            since: e.verdict.since,
        }),
        Change::Level(e) => {
            outbox.event(Event::AlertLevel { pattern: e.verdict.kind, site: e.verdict.place.site, level: e.level });
        }
        Change::Cleared(e) => outbox.event(Event::AlertCleared { pattern: e.verdict.kind, site: e.verdict.place.site }),
        Change::Cue(cue, level) => outbox.cue(cue, level),
        Change::LeftOut(pattern, place) => outbox.event(Event::AlertLeftOut { pattern, site: place.site }),
        Change::SnoozeOver => outbox.event(Event::SnoozeOver),
    }
}

/// Half the width of the rider's own normal band for D as shown: two standard deviations of a 30-s mean.
fn normal_band(calf: &Baseline, thigh: &Baseline) -> f32 {
    2.0 * libm::sqrtf((calf.noise().long_run() + thigh.noise().long_run()) / SHOWN_S)
}

/// The two muscles of a pair, both to be changed.
fn two_of(muscles: &mut [Muscle], pair: Place) -> Option<(&mut Muscle, &mut Muscle)> {
    let (mut calf, mut thigh) = (None, None);
    for muscle in muscles {
        if muscle.site == pair.site {
            calf = Some(muscle);
        } else if Some(muscle.site) == pair.against {
            thigh = Some(muscle);
        }
    }
    calf.zip(thigh)
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::vec::Vec;

    const CALF: MuscleName = MuscleName::GastrocnemiusMedialis;
    const THIGH: MuscleName = MuscleName::VastusLateralis;
    const SHIN: MuscleName = MuscleName::TibialisAnterior;

    fn configure(unit: &mut HeadUnit, worn: &[(u8, MuscleName)]) -> Vec<u8> {
        let roster = worn.iter().map(|&(channel, muscle)| Assignment {
            identity: Identity::Channel(channel),
            site: Site::new(muscle, Side::Right),
        });
        unit.handle(&Input::Configure(Config { roster: roster.collect(), ..Config::DEFAULT }), Instant::ZERO);
        let mut paired = Vec::new();
        while let Some(output) = unit.poll_output() {
            if let Output::Event(Event::Sensor {
                identity: Identity::Channel(n), change: SensorChange::Paired, ..
            }) = output
            {
                paired.push(n);
            }
        }
        paired
    }

    fn worn(unit: &HeadUnit) -> Vec<(Identity, MuscleName, Option<Charge>)> {
        unit.muscles.iter().map(|m| (m.track.identity(), m.site.muscle, m.charge)).collect()
    }

    #[test]
    fn a_new_roster_keeps_the_muscles_whose_sensors_stay_and_follows_its_order() {
        let mut unit = HeadUnit::new();
        assert_eq!(configure(&mut unit, &[(0, CALF), (1, THIGH), (2, SHIN)]), [0, 1, 2]);
        unit.muscle_charge(1, Some(Charge::Low));
        // The calf's sensor is another, the shin's is gone.
        assert_eq!(configure(&mut unit, &[(3, CALF), (1, THIGH)]), [3]);
        assert_eq!(worn(&unit), [(Identity::Channel(3), CALF, None), (Identity::Channel(1), THIGH, Some(Charge::Low))]);
        assert_eq!(configure(&mut unit, &[(1, THIGH), (2, SHIN), (3, CALF)]), [2]);
        assert_eq!(worn(&unit)[0], (Identity::Channel(1), THIGH, Some(Charge::Low)));
        assert_eq!(worn(&unit).iter().map(|w| w.1).collect::<Vec<_>>(), [THIGH, SHIN, CALF]);
    }

    #[test]
    fn a_full_storage_is_said_once_and_shown_until_there_is_room() {
        use StorageResult::{Failed, Full, Written};
        let mut unit = HeadUnit::new();
        let mut told = |result, second: u64| {
            unit.handle(&Input::Storage(result), Instant::from_ms(second * 1000));
            let mut said = 0;
            while let Some(output) = unit.poll_output() {
                said += u32::from(matches!(output, Output::Event(Event::Storage(_))));
            }
            (said, unit.snapshot().storage != Written)
        };
        let results = [Written, Full, Full, Failed, Written, Full];
        let told: Vec<_> = results.into_iter().zip(1..).map(|(result, second)| told(result, second)).collect();
        assert_eq!(told, [(0, false), (1, true), (0, true), (1, true), (0, false), (1, true)]);
    }

    #[test]
    fn a_site_or_a_sensor_that_a_roster_names_twice_is_worn_once() {
        let mut unit = HeadUnit::new();
        configure(&mut unit, &[(1, CALF)]);
        assert_eq!(configure(&mut unit, &[(0, CALF), (1, CALF), (0, THIGH), (1, SHIN)]), [0, 1]);
        assert_eq!(worn(&unit), [(Identity::Channel(0), CALF, None), (Identity::Channel(1), SHIN, None)]);
    }

    #[test]
    fn eight_sensors_change_places_at_once() {
        let mut unit = HeadUnit::new();
        let eight: [(u8, MuscleName); 8] = core::array::from_fn(|i| (i as u8, MuscleName::ALL[i]));
        configure(&mut unit, &eight);
        let other: [(u8, MuscleName); 8] = core::array::from_fn(|i| (7 - i as u8, MuscleName::ALL[i]));
        assert_eq!(configure(&mut unit, &other), [7, 6, 5, 4, 3, 2, 1, 0]);
        assert_eq!(unit.muscles.len(), MAX_SITES);
    }

    /// Everything that is asked of the body and said, oldest first.
    fn drain(unit: &mut HeadUnit) -> Vec<Output> {
        core::iter::from_fn(|| unit.poll_output()).collect()
    }

    fn words(unit: &HeadUnit) -> std::string::String {
        let mut words = std::string::String::new();
        unit.describe(240, 400, &mut words).unwrap();
        words
    }

    #[test]
    fn a_long_press_of_down_keeps_cues_back_and_says_so_until_it_is_over_or_pressed_again() {
        let mut unit = HeadUnit::new();
        let press = Input::Button(Button::Down, Press::Long);
        let mut said = Vec::new();
        for s in 0..=1000 {
            let input = if [0, 940, 960].contains(&s) { press.clone() } else { Input::Tick };
            unit.handle(&input, Instant::from_ms(s * 1000));
            for output in drain(&mut unit) {
                match output {
                    Output::Event(Event::Snoozed { length }) => said.push((s, length.as_s())),
                    Output::Event(Event::SnoozeOver) => said.push((s, 0)),
                    _ => {}
                }
            }
            if s == 50 {
                assert!(words(&unit).contains("cues off 15 min"), "{}", words(&unit));
            }
            if s == 900 || s == 1000 {
                assert!(!words(&unit).contains("cues off"), "{}", words(&unit));
            }
        }
        assert_eq!(said, [(0, 900), (900, 0), (940, 900), (960, 0)]);
    }

    #[test]
    fn a_volume_that_is_chosen_goes_out_with_the_answer_to_the_very_press_and_the_settings_are_told() {
        let mut unit = HeadUnit::new();
        let mut config = Config::DEFAULT;
        config.hidden_pages =
            ui::PAGES.iter().filter(|it| it.is_optional()).map(|it| it.id().try_into().unwrap()).collect();
        unit.handle(&Input::Configure(config), Instant::ZERO);
        let mut ms = 0;
        let mut press = |unit: &mut HeadUnit, button| {
            ms += 200;
            unit.handle(&Input::Button(button, Press::Short), Instant::from_ms(ms));
            drain(unit)
        };
        while unit.page().id() != "settings" {
            press(&mut unit, Button::Down);
        }
        press(&mut unit, Button::Select);
        while !words(&unit).contains("> Vibration") {
            press(&mut unit, Button::Down);
        }
        for haptic in [Volume::High, Volume::Off, Volume::Low, Volume::Normal] {
            let outputs = press(&mut unit, Button::Select);
            assert!(outputs.contains(&Output::Event(Event::Settings)), "{outputs:?}");
            let cue = outputs.iter().find_map(|it| if let Output::Cue(cue) = it { Some(*cue) } else { None }).unwrap();
            assert_eq!((cue.haptic, cue.beep, unit.config().haptic), (haptic, Volume::Normal, haptic));
            assert_eq!((cue.pulse_percent(alert::Pulse::Tick), cue.beep_percent()), (haptic.of(50), 50));
        }
    }

    #[test]
    fn a_snooze_keeps_back_no_cue_about_a_sensor() {
        let mut unit = HeadUnit::new();
        configure(&mut unit, &[(0, CALF)]);
        unit.handle(&Input::Button(Button::Down, Press::Long), Instant::ZERO);
        let mut cues = Vec::new();
        for s in 1..120 {
            let smo2 = crate::units::Smo2::from_tenths(600 + (s % 7) as u16).unwrap();
            let reading = Ok(crate::sensor::Value { smo2, thb: None });
            let sample = Sample { identity: Identity::Channel(0), count: s as u16, reading };
            let input = if s < 30 { Input::Sample(sample) } else { Input::Tick };
            unit.handle(&input, Instant::from_ms(s * 1000));
            cues.extend(drain(&mut unit).into_iter().filter_map(|output| match output {
                Output::Cue(request) => Some(request.cue),
                _ => None,
            }));
        }
        assert_eq!(cues, [Cue::Acknowledged, Cue::SensorLost]);
    }
}
