//! Watches a ride of the swarm from outside, as a body of the head unit would: what it hears, says and shows.
//!
//! **Safety**, all the time: outputs are drained, deadlines lie ahead and time goes on, what begins ends once, a value
//! that is shown was sent by its sensor and is not older than the rules say, an alert speaks of muscles that were seen,
//! every page has words and stays in its place. **Liveness**, after the calm: within the stated times every sensor is
//! heard again, then gives values; radios are ready; nothing but learning keeps detection from being ready.
//!
//! The first rule that is broken ends the ride ([`Finding`]).

use super::probe::fault_of_page;
use crate::airwaves::Sent;
use crate::scenario::{FaultKind, RadioFaultKind, Scenario, UnitFaultKind};
use crate::sink::Sink;
use sling_core::draw::Area;
use sling_core::field::{Balance, DisarmReason};
use sling_core::head_unit::{Context, Cue, Event, ReferenceFrame, RideDigest};
use sling_core::link::{Radio, RadioState};
use sling_core::sensor::{Identity, Reason, Sample, Sensor, SensorKind, Side, Site};
use sling_core::time::{Duration, Instant};
use sling_core::{HeadUnit, Input, Output};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::io;
use std::rc::Rc;

/// A reading does not last (`sensor::track`): from the last sample to `stale`.
const VALUE_LASTS: Duration = Duration::from_s(7);
/// What is shown is made of samples no older than this: those of 5 s, up to the one that stands, each the median of
/// three with less than 7 s between them.
const RANGE_LASTS: Duration = Duration::from_s(28);
/// A value of bike or heart does not, either ([`sling_core::head_unit::Context`]); and it is put right once a second.
const CONTEXT_LASTS: Duration = Duration::from_s(6);
/// A packet is heard this long after it was sent at most: repeats for a two-second sensor, and a retransmission.
const SENT_LASTS: Duration = Duration::from_s(20);
/// An alert rests on what was seen this long ago at most.
const SEEN_LASTS: Duration = Duration::from_s(60);
/// So many inputs at one moment are a time that stands still.
const STANDS_STILL: u32 = 5000;
/// A page is looked at cell by cell when it is another, and every so many seconds.
const LOOK_EVERY_S: u64 = 15;
/// Back after an absence of up to five minutes, and after a longer one (`link`): from the calm on.
const BACK_SOON: Duration = Duration::from_s(15);
const BACK_LATE: Duration = Duration::from_s(75);
const LONG_ABSENCE: Duration = Duration::from_s(300);
/// From hearing to a value: a number that stood still must move, a contact that moved must settle.
const VALUE_AFTER: Duration = Duration::from_s(45);
/// A sensor that is heard may be silent for this long: some packets lost in a row.
const GAP: Duration = Duration::from_s(12);
/// A sensor that sends nothing for longer has a hole of its own.
const HOLE: Duration = Duration::from_s(5);
/// Readiness is judged in the last so many seconds.
const LAST: Duration = Duration::from_s(60);
/// Light whose tHb does not come back to what it was is another contact after this long (`sensor::belief`).
const LIGHT_LASTS: Duration = Duration::from_s(300);
/// Muscle may make a step like that of a contact that moves: seen on rides without a fault, once in 50 hours or more of a
/// sensor. It is watched for 10 s (`sensor::contact`) and taken over after two steps of 5 s; without a reading in two more
/// steps of them nothing is judged.
const STEP_WATCHED: Duration = Duration::from_s(30);
/// It is told for 30 s, which are looked at once a second.
const MOVED_TOLD: Duration = Duration::from_s(31);
/// A battery that is good again is known this late: by Bluetooth it is read every five minutes.
const BATTERY_AFTER: Duration = Duration::from_s(330);

/// The first rule that a ride broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name: two rides with the same one fail alike.
    pub rule: &'static str,
    /// When.
    pub at: Instant,
    /// What was seen.
    pub words: String,
}

/// A rule that is broken on purpose: what shows that the swarm finds, shrinks and repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Plant {
    /// No storage may be full.
    Rule,
    /// The ride panics when storage is full.
    Panic,
}

/// What is known at the end of a ride.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The first rule that was broken.
    pub finding: Option<Finding>,
    /// Samples that were heard.
    pub samples: u64,
    /// Alerts that were told.
    pub alerts: u64,
    /// Everything said.
    pub digest: RideDigest,
    /// Whether a pair was ready at the end.
    pub armed: bool,
    /// The last moment.
    pub until: Instant,
}

/// What the head unit has said since it was switched on.
#[derive(Default)]
struct Said {
    alerts: BTreeSet<(String, Site)>,
    /// Those that are on, and since when.
    notices: BTreeMap<(Reason, Site), Instant>,
    lap: Option<u16>,
    cue: Option<u16>,
}

/// The last samples of a sensor: when they came, percent.
type Heard = VecDeque<(Instant, Result<f32, Reason>)>;

/// What is known of the air besides what is heard.
pub struct OnAir {
    /// What NIRS sensors sent: [`crate::airwaves::Airwaves::sent`].
    pub sent: Rc<RefCell<Vec<Sent>>>,
    /// When they were drowned out last: [`crate::airwaves::Airwaves::collided`].
    pub collided: Rc<RefCell<Vec<(Identity, Instant)>>>,
}

/// A watcher.
pub struct Watch {
    seen: Rc<RefCell<Seen>>,
    calm: Instant,
    end: Instant,
    /// When sensors must be heard again.
    back: Instant,
    /// Another sensor claims to be the one of a site.
    doubles: Vec<(Site, Instant, Instant)>,
    /// Since when a leg's sensor gives nothing to judge.
    unread: [Option<Instant>; 2],
    plant: Option<Plant>,
    /// Frames are drawn, and checked that what is redrawn is all that has changed.
    frame: Option<Box<ReferenceFrame>>,
    areas: Vec<Area>,
    sent: Option<OnAir>,
    on_air: BTreeMap<Identity, VecDeque<Sent>>,
    /// Since when a sensor has sent without a hole of its own, and its newest sample.
    steady: BTreeMap<Identity, (Instant, Instant)>,
    heard: BTreeMap<Identity, Heard>,
    /// The newest event count of a sensor.
    counts: BTreeMap<Identity, u16>,
    context: [Option<Instant>; 3],
    /// How often the press or touch that is dealt with was answered.
    answers: u32,
    shown_at: BTreeMap<Site, Instant>,
    said: Said,
    moment: (Instant, u32),
    second: u64,
    page: &'static str,
    began: bool,
    words: String,
}

impl Watch {
    /// A watcher of this scenario, and where its findings are. `sent` is what is known of the air; `looks` says
    /// that frames are drawn twice.
    pub fn new(
        scenario: &Scenario,
        calm: Instant,
        sent: Option<OnAir>,
        looks: bool,
        plant: Option<Plant>,
    ) -> (Self, Rc<RefCell<Seen>>) {
        let seen = Rc::new(RefCell::new(Seen::default()));
        let doubles = scenario.radio_faults.iter().filter_map(|fault| match fault.kind {
            RadioFaultKind::Duplicate { site } => Some((site, fault.at, fault.until)),
            _ => None,
        });
        let watch = Self {
            seen: Rc::clone(&seen),
            calm,
            end: Instant::ZERO + scenario.duration,
            back: calm + if absence(scenario) > LONG_ABSENCE { BACK_LATE } else { BACK_SOON },
            doubles: doubles.collect(),
            unread: [None; 2],
            plant,
            frame: looks.then(|| Box::new(ReferenceFrame::new(RideDigest::THEME))),
            areas: Vec::new(),
            sent,
            on_air: BTreeMap::new(),
            steady: BTreeMap::new(),
            heard: BTreeMap::new(),
            counts: BTreeMap::new(),
            context: [None; 3],
            answers: 0,
            shown_at: BTreeMap::new(),
            said: Said::default(),
            moment: (Instant::ZERO, 0),
            second: u64::MAX,
            page: "",
            began: false,
            words: String::new(),
        };
        (watch, seen)
    }

    /// Ends the ride.
    fn fail(&self, rule: &'static str, at: Instant, words: String) -> io::Result<()> {
        let mut seen = self.seen.borrow_mut();
        seen.finding.get_or_insert(Finding { rule, at, words });
        Err(io::Error::other(rule))
    }

    fn must(&self, holds: bool, rule: &'static str, at: Instant, words: impl FnOnce() -> String) -> io::Result<()> {
        if holds { Ok(()) } else { self.fail(rule, at, words()) }
    }

    /// What sensors have put on the air since.
    fn take_sent(&mut self) {
        let Some(on_air) = &self.sent else { return };
        let (sent, collided) = (on_air.sent.take(), on_air.collided.borrow().clone());
        for it in sent {
            self.sends(it.sample.identity, it.at);
            self.on_air.entry(it.sample.identity).or_default().push_back(it);
        }
        for (identity, at) in collided {
            // Slots that drift through each other are no fault of the head unit's.
            if let Some((since, _)) = self.steady.get_mut(&identity).filter(|(since, _)| *since < at) {
                *since = at;
            }
        }
    }

    fn sends(&mut self, identity: Identity, at: Instant) {
        let (since, last) = self.steady.entry(identity).or_insert((at, at));
        if at.since(*last) > HOLE {
            *since = at;
        }
        *last = at;
    }

    /// A sensor has sent without a hole of its own for so long. (Train.Red have holes of 12 s on the best of days.)
    fn is_steady(&self, identity: Identity, at: Instant, span: Duration) -> bool {
        self.steady.get(&identity).is_some_and(|(since, last)| at.since(*since) >= span && at.since(*last) <= HOLE)
    }

    /// A sample came, by radio or from the host.
    fn sample(&mut self, at: Instant, sample: &Sample) -> io::Result<()> {
        // A sample of the same count is the same sample.
        if self.sent.is_none() && self.counts.insert(sample.identity, sample.count) == Some(sample.count) {
            return Ok(());
        }
        self.seen.borrow_mut().samples += 1;
        let theirs = self.heard.entry(sample.identity).or_default();
        while theirs.front().is_some_and(|(then, _)| at.since(*then) > RANGE_LASTS) {
            theirs.pop_front();
        }
        theirs.push_back((at, sample.reading.map(|value| value.smo2.percent())));
        if self.sent.is_none() {
            self.sends(sample.identity, at);
            return Ok(());
        }
        self.take_sent();
        // Of a sensor that the rider put on from the list of those in the air nothing is known here.
        let Some(theirs) = self.on_air.get_mut(&sample.identity) else { return Ok(()) };
        while theirs.front().is_some_and(|it| at.since(it.at) > SENT_LASTS) && theirs.len() > 1 {
            theirs.pop_front();
        }
        let Ok(value) = sample.reading else { return Ok(()) };
        let can_be = |it: &&Sent| it.at <= at && at.since(it.at) <= SENT_LASTS;
        let is_known =
            theirs.iter().filter(can_be).any(|it| it.sample.reading.map(|value| value.smo2) == Ok(value.smo2));
        let is_double = self.doubles.iter().any(|(_, from, until)| (*from..*until + SENT_LASTS).contains(&at));
        self.must(is_known || is_double, "heard what was not sent", at, || format!("{sample:?}"))
    }

    fn context(&mut self, at: Instant, context: &Context) {
        let Context { power, cadence, heart_rate, .. } = context;
        for (known, news) in self.context.iter_mut().zip([power.is_some(), cadence.is_some(), heart_rate.is_some()]) {
            *known = known.filter(|_| !news).or(news.then_some(at));
        }
    }

    fn event(&mut self, at: Instant, event: &Event) -> io::Result<()> {
        let twice = |what: String| format!("{what} was on already");
        let never = |what: String| format!("{what} was not on");
        match event {
            Event::OutputsDropped { count } => self.fail("outputs dropped", at, format!("{count} of them")),
            Event::ClockBack { by_ms } => self.fail("time went back", at, format!("by {by_ms} ms")),
            Event::Alert { pattern, place, since, .. } => {
                self.seen.borrow_mut().alerts += 1;
                let name = format!("{pattern:?}");
                let is_new = self.said.alerts.insert((name.clone(), place.site));
                self.must(is_new, "alert twice", at, || twice(format!("{name} at {}", place.site)))?;
                self.must(*since <= at, "alert of the future", at, || format!("{name} since {} ms", since.as_ms()))?;
                let is_seen = |site: &Site| self.shown_at.get(site).is_some_and(|then| at.since(*then) <= SEEN_LASTS);
                let unseen = [Some(place.site), place.against].into_iter().flatten().find(|site| !is_seen(site));
                let words = || format!("{name} at {}, where nothing was shown for a minute", place.site);
                self.must(unseen.is_none(), "alert without data", at, words)
            }
            Event::AlertLevel { pattern, site, .. } => {
                let is_on = self.said.alerts.contains(&(format!("{pattern:?}"), *site));
                self.must(is_on, "level without alert", at, || never(format!("{pattern:?} at {site}")))
            }
            Event::AlertCleared { pattern, site } => {
                let was_on = self.said.alerts.remove(&(format!("{pattern:?}"), *site));
                self.must(was_on, "cleared without alert", at, || never(format!("{pattern:?} at {site}")))
            }
            Event::Notice { reason, site } => {
                let is_new = self.said.notices.insert((*reason, *site), at).is_none();
                self.must(is_new, "notice twice", at, || twice(format!("{} at {site}", reason.code())))
            }
            Event::NoticeCleared { reason, site } => {
                let was_on = self.said.notices.remove(&(*reason, *site)).is_some();
                self.must(was_on, "cleared without notice", at, || never(format!("{} at {site}", reason.code())))
            }
            Event::Lap { number } => {
                let is_next = self.said.lap.replace(*number).is_none_or(|last| last.wrapping_add(1) == *number);
                self.must(is_next, "laps out of order", at, || format!("lap {number}"))
            }
            Event::Cue(cue) => {
                let is_next = self.said.cue.replace(cue.id).is_none_or(|last| last.wrapping_add(1) == cue.id);
                self.must(is_next, "cues out of order", at, || format!("cue {}", cue.id))
            }
            Event::Storage(_) if self.plant == Some(Plant::Rule) => {
                self.fail("planted", at, "a rule that is broken on purpose".to_owned())
            }
            Event::Storage(_) if self.plant == Some(Plant::Panic) => panic!("a panic that was planted"),
            _ => Ok(()),
        }
    }

    /// What is shown is true and young.
    fn values(&mut self, at: Instant, unit: &HeadUnit) -> io::Result<()> {
        for view in unit.views() {
            let Ok(smo2) = view.smo2 else { continue };
            self.shown_at.insert(view.site, at);
            let site = view.site;
            let is_young = view.age.is_some_and(|age| age <= VALUE_LASTS);
            self.must(is_young, "value too old", at, || {
                let age_ms = view.age.map(Duration::as_ms);
                format!("{site} shows {smo2:.1} % of {age_ms:?} ms ago")
            })?;
            let theirs = self.heard.get(&view.identity);
            // The sensor's own word counts at once.
            let word = theirs.and_then(|theirs| theirs.back()).and_then(|(_, it)| it.err());
            self.must(word.is_none(), "value against the sensor's word", at, || {
                format!("{site} shows {smo2:.1} %, and its sensor said {}", word.map_or("nothing", Reason::code))
            })?;
            let good = theirs.map(|theirs| theirs.iter().filter(|(_, it)| it.is_ok()));
            let recent = good.into_iter().flatten().filter(|(then, _)| at.since(*then) <= RANGE_LASTS);
            let values: Vec<(Instant, f32)> = recent.filter_map(|(then, it)| Some((*then, it.ok()?))).collect();
            let is_heard = values.iter().any(|(then, _)| at.since(*then) <= VALUE_LASTS);
            self.must(is_heard, "value of nothing", at, || {
                format!("{site} shows {smo2:.1} %, and no sample came for 7 s")
            })?;
            let low = values.iter().map(|(_, it)| *it).fold(f32::INFINITY, f32::min) - 0.06;
            let high = values.iter().map(|(_, it)| *it).fold(0.0, f32::max) + 0.06;
            self.must((low..=high).contains(&smo2), "value beside what was heard", at, || {
                format!("{site} shows {smo2:.2} %; heard were {low:.2} to {high:.2} %")
            })?;
        }
        let snapshot = unit.snapshot();
        let shown = [snapshot.power.is_some(), snapshot.cadence.is_some(), snapshot.heart_rate.is_some()];
        for ((name, known), shown) in ["power", "cadence", "heart rate"].into_iter().zip(self.context).zip(shown) {
            let is_young = known.is_some_and(|then| at.since(then) <= CONTEXT_LASTS);
            self.must(!shown || is_young, "context too old", at, || format!("{name} of {known:?}"))?;
        }
        for side in [Side::Left, Side::Right] {
            match unit.balance(side) {
                Balance::Ready { d, normal } => {
                    let is_sane = d.is_finite() && normal.is_finite() && normal > 0.0;
                    self.must(is_sane, "balance is no number", at, || format!("{d} of {normal}"))?;
                }
                Balance::NotReady { left, .. } => {
                    self.must(left != Some(Duration::ZERO), "0 s left to learn", at, || format!("{side:?} leg"))?;
                }
                Balance::NoPair => {}
            }
        }
        Ok(())
    }

    /// Every page has words, and is drawn in its place.
    fn page(&mut self, at: Instant, unit: &HeadUnit) -> io::Result<()> {
        let (w, h) = unit.config().screen;
        self.words.clear();
        let described = unit.describe(w as i16, h as i16, &mut self.words);
        let is_said = described.is_ok() && !self.words.trim().is_empty();
        self.must(is_said, "page without words", at, || unit.page().id().to_owned())?;
        let page = unit.page().id();
        if page == self.page && !self.second.is_multiple_of(LOOK_EVERY_S) {
            return Ok(());
        }
        self.page = page;
        match fault_of_page(&unit.snapshot()) {
            Some(words) => self.fail("page out of place", at, words),
            None => Ok(()),
        }
    }

    /// What must hold again after the calm.
    fn liveness(&mut self, at: Instant, unit: &HeadUnit) -> io::Result<()> {
        self.take_sent();
        if at < self.back {
            return Ok(());
        }
        let roster = unit.config().roster.iter();
        let worn: Vec<_> = roster.filter(|it| self.is_steady(it.identity, at, GAP)).collect();
        for it in &worn {
            let newest = self.heard.get(&it.identity).and_then(|theirs| theirs.back());
            let is_heard = newest.is_some_and(|(then, _)| at.since(*then) <= GAP);
            let words = || format!("{}, heard last at {:?}", it.site, newest.map(|(then, _)| moment(*then)));
            self.must(is_heard, "sensor does not come back", at, words)?;
        }
        for radio in [Radio::Ant, Radio::Ble] {
            let is_used = worn.iter().any(|it| match it.identity {
                Identity::Ant { .. } => radio == Radio::Ant,
                Identity::Ble { .. } => radio == Radio::Ble,
                Identity::Channel(_) => false,
            });
            let state = unit.radio(radio);
            let is_ready = self.sent.is_none() || !is_used || state == RadioState::Ready;
            self.must(is_ready, "radio does not come back", at, || format!("{}: {}", radio.code(), state.code()))?;
        }
        if at >= self.back + VALUE_AFTER {
            let is_due = |smo2| smo2 != Err(Reason::AmbientLight) || at >= self.back + VALUE_AFTER + LIGHT_LASTS;
            let due = unit.views().filter(|view| is_due(view.smo2));
            for view in due.filter(|view| self.is_steady(view.identity, at, VALUE_AFTER)) {
                // Two packets lost in a row are a loss for a second.
                let is_value = self.shown_at.get(&view.site).is_some_and(|then| at.since(*then) <= GAP);
                let words = || format!("{}: {:?}", view.site, view.smo2.map_err(Reason::code));
                self.must(is_value, "value does not come back", at, words)?;
            }
        }
        let has_all = unit.views().all(|view| self.is_steady(view.identity, at, VALUE_AFTER));
        if has_all && at + LAST >= self.end {
            self.readiness(at, unit)?;
        }
        Ok(())
    }

    /// In the last minute nothing but learning, and a range that is small, keeps detection from being ready.
    fn readiness(&mut self, at: Instant, unit: &HeadUnit) -> io::Result<()> {
        // Without a radio power comes from the host. A rider who has taken the power meter off has no power.
        let power_meter = |it: &Sensor| it.kind == SensorKind::Power;
        let with_power = self.sent.is_none() || unit.config().companions.iter().any(power_meter);
        for (side, place) in [(Side::Left, 0), (Side::Right, 1)] {
            let balance = unit.balance(side);
            let is_unread = matches!(balance, Balance::NotReady { reason: DisarmReason::NoReading, .. });
            self.unread[place] = is_unread.then_some(self.unread[place].unwrap_or(at));
            match balance {
                Balance::NotReady { reason, .. } => {
                    let hinders = match reason {
                        DisarmReason::NoPower => with_power,
                        DisarmReason::NoReading => self.unread[place].is_some_and(|then| at.since(then) > STEP_WATCHED),
                        DisarmReason::Standing | DisarmReason::Coasting => true,
                        DisarmReason::Learning | DisarmReason::RangeTooSmall | DisarmReason::Swapped => false,
                    };
                    let words = || format!("{side:?} leg: {}", reason.code());
                    self.must(!hinders, "detection does not come back", at, words)?;
                }
                Balance::Ready { .. } => self.seen.borrow_mut().armed = true,
                Balance::NoPair => {}
            }
        }
        let stays = |reason: Reason, since: Instant| match reason {
            Reason::Moved => at.since(since) > MOVED_TOLD,
            // It may well be that nobody can tell that sensors are back in their places.
            Reason::Swapped => false,
            Reason::LowBattery => at >= self.calm + BATTERY_AFTER,
            _ => true,
        };
        let is_worn = |site: &Site| unit.config().roster.iter().any(|it| it.site == *site);
        let mut notices = self.said.notices.iter();
        let stuck = notices.find(|((reason, site), since)| stays(*reason, **since) && is_worn(site));
        let words = || stuck.map(|((reason, site), _)| format!("{} at {site}", reason.code())).unwrap_or_default();
        self.must(stuck.is_none(), "notice stays", at, words)
    }

    /// What was asked to be redrawn is all that has changed.
    fn redrawn(&mut self, at: Instant, unit: &HeadUnit) -> io::Result<()> {
        let Some(frame) = &mut self.frame else { return Ok(()) };
        unit.draw_areas(frame.as_mut(), &self.areas);
        self.areas.clear();
        let mut whole = ReferenceFrame::new(RideDigest::THEME);
        unit.draw_on(&mut whole);
        let is_whole = frame.bytes() == whole.bytes();
        self.must(is_whole, "redrawn too little", at, || format!("on {}", unit.page().id()))
    }
}

impl Sink for Watch {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        self.moment = if at == self.moment.0 { (at, self.moment.1 + 1) } else { (at, 1) };
        let stands = self.moment.1 > STANDS_STILL;
        self.must(!stands, "time stands still", at, || format!("{STANDS_STILL} inputs at one moment"))?;
        self.seen.borrow_mut().until = at;
        self.answers = 0;
        match input {
            Input::PowerOn => {
                (self.said, self.context, self.page) = (Said::default(), [None; 3], "");
                self.heard.clear();
                self.counts.clear();
                self.shown_at.clear();
                // A display is blank when its head unit boots.
                self.frame = self.frame.as_ref().map(|_| Box::new(ReferenceFrame::new(RideDigest::THEME)));
                self.areas.clear();
            }
            Input::Sample(sample) => return self.sample(at, sample),
            Input::Context(context) => self.context(at, context),
            _ => {}
        }
        self.began |= !matches!(input, Input::Configure(_) | Input::Restore(_));
        Ok(())
    }

    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        self.seen.borrow_mut().digest.output(at, output);
        match output {
            Output::Sample(sample) => self.sample(at, sample),
            Output::Context(context) => {
                self.context(at, context);
                Ok(())
            }
            Output::Event(event) => self.event(at, event),
            Output::Redraw(area) => {
                if self.frame.is_some() {
                    self.areas.push(*area);
                }
                Ok(())
            }
            Output::Cue(request) => {
                self.answers += u32::from(matches!(request.cue, Cue::Acknowledged | Cue::Lap));
                Ok(())
            }
            Output::Ant(_) | Output::Ble(_) | Output::NewRide => Ok(()),
        }
    }

    fn after(&mut self, at: Instant, input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        let redraw = self.seen.borrow_mut().digest.input();
        if let Some(due) = unit.next_deadline() {
            self.must(due >= at, "deadline in the past", at, || format!("{} ms", due.as_ms()))?;
            let is_soon = due.since(at) <= Duration::from_s(1);
            self.must(is_soon, "deadline too late", at, || format!("{} ms", due.as_ms()))?;
        } else {
            let is_new = matches!(input, Input::Configure(_) | Input::Restore(_) | Input::PowerOn) || !self.began;
            self.must(is_new, "no deadline", at, || format!("after {input:?}"))?;
        }
        if matches!(input, Input::Button(..) | Input::Touch(_)) {
            let answers = self.answers;
            self.must(answers == 1, "press without answer", at, || format!("{answers} answers to {input:?}"))?;
        }
        if redraw {
            self.redrawn(at, unit)?;
        }
        let second = at.as_ms() / 1000;
        if !matches!(input, Input::Tick) || second == self.second {
            return Ok(());
        }
        self.second = second;
        self.values(at, unit)?;
        self.page(at, unit)?;
        if self.frame.is_none() {
            // Drawn once a second, as a display would have it.
            let mut whole = ReferenceFrame::new(RideDigest::THEME);
            unit.draw_on(&mut whole);
        }
        self.liveness(at, unit)
    }
}

/// For how long somebody may have been away, one absence after the other.
fn absence(scenario: &Scenario) -> Duration {
    let sensors = scenario.faults.iter().filter(|it| {
        matches!(it.kind, FaultKind::Hole | FaultKind::OutOfRange | FaultKind::Miss { .. } | FaultKind::Stale)
    });
    let radios = scenario.radio_faults.iter();
    let unit = scenario.unit_faults.iter().filter(|it| it.kind == UnitFaultKind::PowerCut);
    let spans = sensors.map(|it| (it.at, it.until)).chain(radios.map(|it| (it.at, it.until)));
    let spans = spans.chain(unit.map(|it| (it.at, it.until)));
    let ms = spans.map(|(at, until)| u64::from(until.since(at).as_ms())).sum::<u64>();
    Duration::from_ms(u32::try_from(ms).unwrap_or(u32::MAX))
}

/// A second of the ride, as people write it.
pub fn moment(at: Instant) -> String {
    let mut text = String::new();
    let _ = write!(text, "{}.{} s", at.as_ms() / 1000, at.as_ms() / 100 % 10);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::builtin;
    use sling_core::head_unit::{Assignment, Config};
    use sling_core::pattern::{PatternKind, Place};
    use sling_core::sensor::Value;
    use sling_core::units::Smo2;

    const SENSOR: Identity = Identity::Ant { number: 1234, transmission: 5 };
    const SITE: &str = "mg.right";

    fn watch(sent: Option<Vec<Sent>>) -> (Watch, Rc<RefCell<Seen>>) {
        let scenario = Scenario::parse("demo", builtin("demo").unwrap()).unwrap();
        let sent = sent.map(|sent| OnAir { sent: Rc::new(RefCell::new(sent)), collided: Rc::default() });
        Watch::new(&scenario, at(1200), sent, false, None)
    }

    fn at(s: u64) -> Instant {
        Instant::from_ms(1000 * s)
    }

    fn sample(count: u16, tenths: u16) -> Sample {
        let smo2 = Smo2::from_tenths(tenths).unwrap();
        Sample { identity: SENSOR, count, reading: Ok(Value { smo2, thb: None }) }
    }

    fn rule(seen: &RefCell<Seen>) -> Option<&'static str> {
        seen.borrow().finding.as_ref().map(|finding| finding.rule)
    }

    #[test]
    fn what_begins_twice_or_ends_without_a_beginning_is_found() {
        let site: Site = SITE.parse().unwrap();
        let (reason, pattern) = (Reason::Lost, PatternKind::CalfOverload);
        let (notice, over) = (Event::Notice { reason, site }, Event::NoticeCleared { reason, site });
        let alert = Event::Alert {
            pattern,
            place: Place { site, against: None },
            level: sling_core::head_unit::Level::Info,
            strength_tenths: 90,
            since: at(10),
        };
        for (events, wanted) in [
            (vec![notice.clone(), over.clone(), notice.clone()], None),
            (vec![notice.clone(), notice.clone()], Some("notice twice")),
            (vec![over], Some("cleared without notice")),
            (vec![Event::AlertCleared { pattern, site }], Some("cleared without alert")),
            (vec![alert], Some("alert without data")),
            (vec![Event::Lap { number: 2 }, Event::Lap { number: 4 }], Some("laps out of order")),
            (vec![Event::OutputsDropped { count: 1 }], Some("outputs dropped")),
        ] {
            let (mut watch, seen) = watch(None);
            for event in &events {
                let _ = watch.output(at(20), &Output::Event(event.clone()));
            }
            assert_eq!(rule(&seen), wanted, "{events:?}");
        }
    }

    #[test]
    fn a_sample_that_no_sensor_sent_is_found() {
        let sent = vec![Sent { at: at(1), sample: sample(7, 512) }];
        for (heard, wanted) in [(sample(7, 512), None), (sample(7, 513), Some("heard what was not sent"))] {
            let (mut watch, seen) = watch(Some(sent.clone()));
            let _ = watch.output(at(2), &Output::Sample(heard));
            assert_eq!(rule(&seen), wanted);
        }
    }

    /// The head unit heard more than the watcher, as if it made numbers up.
    #[test]
    fn a_value_that_nobody_sent_or_that_is_another_is_found() {
        for (told, wanted) in [
            (vec![(1, 512), (3, 515)], None),
            (vec![], Some("value of nothing")),
            (vec![(1, 600), (3, 610)], Some("value beside what was heard")),
        ] {
            let (mut watch, seen) = watch(None);
            let mut unit = HeadUnit::new();
            let roster = [Assignment { identity: SENSOR, site: SITE.parse().unwrap() }];
            let config = Config { roster: roster.into_iter().collect(), ..Config::DEFAULT };
            unit.handle(&Input::Configure(config), at(0));
            for (s, tenths) in [(1, 512), (3, 515)] {
                unit.handle(&Input::Sample(sample(s, tenths)), at(u64::from(s)));
            }
            for (s, tenths) in told {
                let _ = watch.input(at(u64::from(s)), &Input::Sample(sample(s, tenths)));
            }
            unit.handle(&Input::Tick, at(4));
            let _ = watch.after(at(4), &Input::Tick, &unit);
            assert_eq!(rule(&seen), wanted);
        }
    }

    #[test]
    fn a_sensor_that_sends_and_is_not_heard_after_the_calm_is_found() {
        let all = (600..700).map(|n| Sent { at: at(2 * n), sample: sample(n as u16, 500) });
        let (mut watch, seen) = watch(Some(all.collect()));
        let mut unit = HeadUnit::new();
        let roster = [Assignment { identity: SENSOR, site: SITE.parse().unwrap() }];
        let config = Config { roster: roster.into_iter().collect(), ..Config::DEFAULT };
        unit.handle(&Input::Configure(config), at(0));
        unit.handle(&Input::Tick, at(1));
        for s in 1395..1400 {
            unit.handle(&Input::Tick, at(s));
            let _ = watch.after(at(s), &Input::Tick, &unit);
        }
        assert_eq!(rule(&seen), Some("sensor does not come back"));
    }

    /// A head unit with a calf and a thigh, and what it wears of bike sensors.
    fn pair(companions: &[Sensor]) -> HeadUnit {
        let mut unit = HeadUnit::new();
        let roster = [(0, SITE), (1, "vl.right")].map(|(channel, site): (u8, &str)| Assignment {
            identity: Identity::Channel(channel),
            site: site.parse().unwrap(),
        });
        let config = Config {
            roster: roster.into_iter().collect(),
            companions: companions.iter().copied().collect(),
            ..Config::DEFAULT
        };
        unit.handle(&Input::Configure(config), at(0));
        for s in 1..=10 {
            unit.handle(&Input::Tick, at(s));
        }
        unit
    }

    /// Seed 21192: the rider took the power meter off.
    #[test]
    fn power_is_missed_where_there_is_a_meter_or_a_host() {
        let meter = Sensor { kind: SensorKind::Power, identity: Identity::Ant { number: 2001, transmission: 5 } };
        let missed = Some("detection does not come back");
        for (companions, sent, wanted) in
            [(&[meter][..], Some(Vec::new()), missed), (&[], Some(Vec::new()), None), (&[], None, missed)]
        {
            let (mut watch, seen) = watch(sent);
            let _ = watch.readiness(at(1400), &pair(companions));
            assert_eq!(rule(&seen), wanted, "{companions:?}");
        }
    }

    #[test]
    fn a_moved_contact_is_told_for_half_a_minute_and_no_notice_else_may_stay() {
        let site: Site = SITE.parse().unwrap();
        let stays = Some("notice stays");
        for (reason, s, wanted) in [(Reason::Moved, 31, None), (Reason::Moved, 32, stays), (Reason::Stale, 1, stays)] {
            let (mut watch, seen) = watch(Some(Vec::new()));
            let _ = watch.output(at(1400), &Output::Event(Event::Notice { reason, site }));
            let _ = watch.readiness(at(1400 + s), &pair(&[]));
            assert_eq!(rule(&seen), wanted, "{reason:?}, {s} s");
        }
    }
}
