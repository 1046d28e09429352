//! Random presses, taps and swipes on a ride on which everything changes: sensors come and go, the roster, the settings, the
//! load, alerts.
//!
//! What must hold: everything is answered in the same call; a long select or a held finger begins a lap, and a short one or a
//! tap acknowledges an alert that is news; nothing is set by one press or touch alone, and no sensor given up without being
//! asked; the first page is never out of reach, by buttons alone or by a finger alone; on every display fields stand apart,
//! stay in their places and have words.
//!
//! So many presses that it takes seconds, in rides of 5000 with a seed each; `SLING_SLOW=1` makes it a million, and
//! `SLING_PRESSES` any other number. `SLING_SEED` rides that one again.

use sling_core::config::MAX_NUMBERS;
use sling_core::draw::{Area, Theme};
use sling_core::field::{FIELDS, Screen, Spot};
use sling_core::head_unit::{
    Act, BleEvent, BleProfile, Button, Config, Context, Cue, Event, Posture, Press, RideState, Touch, Volume,
};
use sling_core::language::Language;
use sling_core::link::Trouble;
use sling_core::link::ant::Listing;
use sling_core::link::ble::Profiles;
use sling_core::sensor::{Identity, Muscle, Reason, Side, Site};
use sling_core::time::Instant;
use sling_core::ui::{PAGES, cells, page};
use sling_core::{HeadUnit, Input, Output};
use sling_simulator::display;
use sling_tests::glance::Dice;
use sling_tests::panel::PANELS;
use sling_tests::screens::strays;
use sling_tests::states::{Script, give, pass_time, script};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Presses with one seed.
const PER_SEED: u64 = 5000;
const USUAL: u64 = 20_000;
const MANY: u64 = 1_000_000;
/// Presses from one look at every display to the next.
const LOOK_EVERY: u64 = 40;
/// Presses from one search for the way home to the next.
const HOME_EVERY: u64 = 5;
/// Presses or touches within which the first page must be reached.
const WAY_HOME: usize = 64;
/// Where on no display there is anything to be marked.
const BESIDE: Input<'_> = Input::Touch(Touch::Tap { x: 0, y: 0 });
/// Seconds of the ride at which the monkey may take it up: unheard, being learned, ridden in, just before an alert.
const STARTS_S: [u64; 4] = [0, 400, 1100, 1262];
/// The ride is left here at the latest, s.
const END_S: u64 = 1700;

const ACTS: [Act; 10] = [
    Act::NextBlock,
    Act::UndoBlock,
    Act::EndBlock,
    Act::ClearBlocks,
    Act::StartSurvey,
    Act::Capture,
    Act::StopSurvey,
    Act::StartReassess,
    Act::CueGiven,
    Act::StopReassess,
];

/// The ride, and head units that have ridden parts of it: each with the input that comes next.
struct Ride {
    script: Script,
    starts: Vec<(Box<HeadUnit>, usize, Instant)>,
}

impl Ride {
    fn new() -> Self {
        let script = script(true);
        let mut unit = Box::new(HeadUnit::new());
        let mut next = 0;
        let mut starts = Vec::new();
        for s in STARTS_S {
            let until = Instant::from_ms(s * 1000);
            while let Some((at, input)) = script.get(next).filter(|(at, _)| *at <= until) {
                pass_time(&mut unit, *at, &mut |_| ());
                give(&mut unit, input, *at, &mut |_| ());
                next += 1;
            }
            pass_time(&mut unit, until, &mut |_| ());
            starts.push((unit.clone(), next, until));
        }
        Self { script, starts }
    }
}

/// What has come to pass, so that a run in which nothing did is seen.
#[derive(Default)]
struct Tally {
    presses: u64,
    laps: u64,
    acknowledged: u64,
    settings: u64,
    looks: u64,
    taps: u64,
    swipes: u64,
    /// Sensors that were given up, in buttons and touches that were meant.
    given_up: u64,
    /// Taps on each display that put another line or place under the finger.
    marked: BTreeMap<(u16, u16), u64>,
    /// Pages, and whether the rider was among the items, and at a sensor's place.
    been: BTreeSet<(&'static str, bool, bool)>,
    /// What is wrong on a screen, each kind once: where, and the first case.
    faults: BTreeMap<String, String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        for (kind, case) in other.faults {
            self.faults.entry(kind).or_insert(case);
        }
        self.presses += other.presses;
        self.laps += other.laps;
        self.acknowledged += other.acknowledged;
        self.settings += other.settings;
        self.looks += other.looks;
        self.taps += other.taps;
        self.swipes += other.swipes;
        self.given_up += other.given_up;
        for (display, n) in other.marked {
            *self.marked.entry(display).or_default() += n;
        }
        self.been.extend(other.been);
    }
}

struct Monkey<'r> {
    seed: u64,
    dice: Dice,
    ride: &'r Ride,
    unit: Box<HeadUnit>,
    next: usize,
    now: Instant,
    worn: Config,
    /// Up to when a sensor is silent, or gives no value for a reason.
    mishaps: BTreeMap<Identity, (Instant, Option<Reason>)>,
    no_context: Option<Instant>,
    /// The way that it goes for a while.
    way: Button,
    /// Where it last put its finger.
    tapped: Touch,
    tally: Tally,
}

/// Says where a panic of the head unit itself came from.
impl Drop for Monkey<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.place());
        }
    }
}

impl<'r> Monkey<'r> {
    fn new(ride: &'r Ride, seed: u64) -> Self {
        let worn = ride.script.iter().find_map(|(_, input)| match input {
            Input::Configure(config) => Some(config.clone()),
            _ => None,
        });
        let mut monkey = Self {
            seed,
            dice: Dice::new(seed),
            ride,
            unit: Box::new(HeadUnit::new()),
            next: 0,
            now: Instant::ZERO,
            worn: worn.unwrap(),
            mishaps: BTreeMap::new(),
            no_context: None,
            way: Button::Down,
            tapped: Touch::Tap { x: 0, y: 0 },
            tally: Tally::default(),
        };
        monkey.start_anew();
        monkey
    }

    fn place(&self) -> String {
        let (seed, press) = (self.seed, self.tally.presses);
        format!("seed {seed}, press {press}; again: SLING_SEED={seed} cargo test -p sling-tests --test monkey")
    }

    fn must(&self, holds: bool, what: impl FnOnce() -> String) {
        assert!(holds, "{}\n{}", what(), self.place());
    }

    fn start_anew(&mut self) {
        let (unit, next, now) = &self.ride.starts[self.dice.below(self.ride.starts.len())];
        (self.unit, self.next, self.now) = (unit.clone(), *next, *now);
        self.mishaps.clear();
        self.no_context = None;
        let config = Config { screen: self.dice.pick(&PANELS).display.size(), ..self.unit.config().clone() };
        self.give(&Input::Configure(config));
    }

    fn give(&mut self, input: &Input<'_>) {
        give(&mut self.unit, input, self.now, &mut |_| ());
    }

    /// Rides on for a while, with whatever goes wrong.
    fn ride_on(&mut self) {
        let until = Instant::from_ms(self.now.as_ms() + self.dice.pick(&[50, 150, 300, 300, 700, 2500]));
        while let Some((at, input)) = self.ride.script.get(self.next).filter(|(at, _)| *at <= until) {
            pass_time(&mut self.unit, *at, &mut |_| ());
            self.now = *at;
            self.next += 1;
            match input {
                Input::Sample(sample) => match self.mishaps.get(&sample.identity) {
                    Some((over, reason)) if *at < *over => {
                        if let Some(reason) = *reason {
                            let sample = sling_core::sensor::Sample { reading: Err(reason), ..*sample };
                            self.give(&Input::Sample(sample));
                        }
                    }
                    _ => self.give(input),
                },
                Input::Context(_) if self.no_context.is_some_and(|over| *at < over) => {}
                _ => self.give(input),
            }
        }
        pass_time(&mut self.unit, until, &mut |_| ());
        self.now = until;
        if until.as_ms() > END_S * 1000 {
            self.start_anew();
        }
    }

    fn in_s(&mut self, most_s: usize) -> Instant {
        Instant::from_ms(self.now.as_ms() + 1000 * self.dice.below(most_s) as u64)
    }

    /// Something else than a press happens.
    fn happen(&mut self) {
        let label = |text: &str| text.parse().unwrap();
        match self.dice.below(20) {
            0 | 1 => {
                let who = self.worn.roster[self.dice.below(self.worn.roster.len())].identity;
                let why = [None, None, Some(Reason::AmbientLight), Some(Reason::Invalid), Some(Reason::NoData)];
                let mishap = (self.in_s(60), self.dice.pick(&why));
                self.mishaps.insert(who, mishap);
            }
            2 => self.mishaps.clear(),
            3 => self.no_context = Some(self.in_s(30)),
            4 => {
                let context = Context { power: Some(sling_core::units::Watts(1999)), ..Context::default() };
                self.give(&Input::Context(context));
            }
            5 => {
                let config = self.configuration();
                self.give(&Input::Configure(config));
            }
            6 => {
                let config = Config { screen: self.unit.config().screen, ..self.worn.clone() };
                self.give(&Input::Configure(config));
            }
            7 => self.give(&Input::Lap),
            8 | 9 => {
                let act = self.dice.pick(&ACTS);
                self.give(&Input::Session(act));
            }
            10 => {
                let text = self.dice.pick(&["A", "saddle +4 mm", "WWWWWWWWWWWWWWWWWWWWWWWW"]);
                self.give(&Input::Position(label(text)));
            }
            11 => self.give(&Input::Marker(label("here"))),
            12 => {
                let posture = self.dice.pick(&[Posture::Standing, Posture::Seated, Posture::Seated]);
                self.give(&Input::Posture(posture));
            }
            13 => {
                let percent = self.dice.below(256) as u8;
                self.give(&Input::Battery { percent, charging: false });
            }
            14 => {
                let (haptic, beep) = (self.dice.below(2) == 0, self.dice.below(2) == 0);
                self.give(&Input::CueDelivery { id: 1, haptic, beep });
            }
            // Sensors that nobody wears, or not yet; and time for them to be forgotten.
            15..=18 => {
                let n = self.dice.below(24) as u8;
                let profile = self.dice.pick(&[BleProfile::Moxy, BleProfile::CyclingPower, BleProfile::HeartRate]);
                self.give(&Input::Ble(BleEvent::Seen {
                    address: [1, 2, 3, 4, 5, n],
                    name: None,
                    profiles: Profiles::NONE.with(profile),
                    rssi_dbm: Some(-40 - n.cast_signed()),
                }));
            }
            _ => {
                let ports = [Ok(()), Err(Trouble::NoDevice), Err(Trouble::NoPermission), Err(Trouble::Busy)];
                let port = self.dice.pick(&ports);
                self.give(&Input::AntPort(port));
                let listing = self.dice.pick(&[Listing::Off, Listing::Off, Listing::All, Listing::Near(3)]);
                self.give(&Input::Search(listing));
            }
        }
    }

    /// Some of the sensors, perhaps one elsewhere or one that is not there, and settings of any kind.
    fn configuration(&mut self) -> Config {
        let mut config = self.worn.clone();
        let dice = &mut self.dice;
        config.roster.retain(|_| dice.below(5) > 0);
        if let Some(first) = config.roster.first_mut().filter(|_| dice.below(3) == 0) {
            first.site = Site::new(dice.pick(Muscle::ALL), dice.pick(&[Side::Left, Side::Right]));
        }
        if let Some(last) = config.roster.last_mut().filter(|_| dice.below(3) == 0) {
            last.identity = Identity::Channel(200);
        }
        config.leg = dice.pick(&[Side::Left, Side::Right]);
        config.theme = dice.pick(&[Theme::Day, Theme::Night]);
        config.language = dice.pick(&Language::ALL);
        config.large_text = dice.below(2) == 0;
        config.screen = dice.pick(&PANELS).display.size();
        (config.haptic, config.beep) = (dice.pick(&Volume::ALL), dice.pick(&Volume::ALL));
        for _ in 0..dice.below(MAX_NUMBERS + 1) {
            let field = FIELDS[dice.below(FIELDS.len())];
            let _ = config.numbers.push(field.id().try_into().unwrap());
        }
        for _ in 0..dice.below(4) {
            // Also pages that cannot be left out.
            let page = PAGES[dice.below(PAGES.len())];
            if page.is_optional() {
                let _ = config.hidden_pages.push(page.id().try_into().unwrap());
            }
        }
        config
    }

    /// A press or a touch, as a rider might who knows nothing.
    fn deed(&mut self) -> Input<'static> {
        if self.dice.below(8) == 0 {
            self.way = self.dice.pick(&[Button::Up, Button::Down]);
        }
        let is_down = self.way == Button::Down;
        match self.dice.below(40) {
            0 => Input::Button(Button::Up, Press::Long),
            1 => Input::Button(Button::Down, Press::Long),
            2 => Input::Button(Button::Select, Press::Long),
            3..=9 => Input::Button(Button::Select, Press::Short),
            10..=19 => Input::Button(self.way, Press::Short),
            20 => Input::Touch(Touch::Hold),
            21..=23 => Input::Touch(if is_down { Touch::SwipeLeft } else { Touch::SwipeRight }),
            24..=27 => Input::Touch(if is_down { Touch::SwipeUp } else { Touch::SwipeDown }),
            // Twice at the same place, as often as not.
            28..=33 => Input::Touch(self.tapped),
            _ => {
                let (w, h) = self.unit.config().screen;
                let mut within = |n: u16| self.dice.below(usize::from(n) + 8) as i16 - 4;
                self.tapped = Touch::Tap { x: within(w), y: within(h) };
                Input::Touch(self.tapped)
            }
        }
    }

    fn press(&mut self) {
        let deed = self.deed();
        give(&mut self.unit, &Input::Tick, self.now, &mut |_| ());
        self.tally.presses += 1;
        let (before, outputs) = pressed(&mut self.unit, &deed, self.now);
        let has = |wanted: &dyn Fn(&Output) -> bool| outputs.iter().any(wanted);
        let what = || format!("{deed:?} on {} {:?}: {outputs:?}", before.page, before.screen);
        let is_lap =
            !before.is_over && matches!(deed, Input::Button(Button::Select, Press::Long) | Input::Touch(Touch::Hold));
        let answer = if is_lap { Cue::Lap } else { Cue::Acknowledged };
        let answers = outputs.iter().filter(|it| matches!(it, Output::Cue(cue) if cue.cue == answer)).count();
        self.must(answers == 1, || format!("{answers} answers: {}", what()));
        let laps = outputs.iter().filter(|it| matches!(it, Output::Event(Event::Lap { .. }))).count();
        self.tally.laps += laps as u64;
        self.must(laps == usize::from(is_lap), || format!("{laps} laps: {}", what()));
        let is_tap = matches!(deed, Input::Touch(Touch::Tap { .. }));
        let is_seen = is_tap || matches!(deed, Input::Button(Button::Select, Press::Short));
        let acknowledged = has(&|it| matches!(it, Output::Event(Event::Acknowledged { .. })));
        self.tally.acknowledged += u64::from(acknowledged);
        let must_be = is_seen && before.has_news;
        self.must(acknowledged || !must_be, || format!("not acknowledged: {}", what()));
        self.must(!acknowledged || is_seen, || format!("acknowledged unseen: {}", what()));
        let is_set = has(&|it| matches!(it, Output::Event(Event::Settings | Event::Session(_))));
        let may_set = before.screen.mark().is_some() && is_seen && !before.has_news;
        self.must(!is_set || may_set, || format!("set at once: {}", what()));
        let worn = |name: &Identity| self.unit.config().roster.iter().any(|it| it.identity == *name);
        let is_given_up = !before.worn.iter().all(worn);
        self.must(!is_given_up || before.screen.asks, || format!("given up unasked: {}", what()));
        self.must(!has(&|it| matches!(it, Output::Event(Event::OutputsDropped { .. }))), || {
            format!("too much: {}", what())
        });
        let screen = self.unit.snapshot().screen;
        let display = self.unit.config().screen;
        let tally = &mut self.tally;
        tally.settings += u64::from(has(&|it| matches!(it, Output::Event(Event::Settings))));
        tally.given_up += u64::from(is_given_up);
        tally.taps += u64::from(is_tap);
        tally.swipes += u64::from(matches!(deed, Input::Touch(_)) && !is_tap && !is_lap);
        if is_tap && screen.mark().is_some_and(|mark| before.screen.mark().is_some_and(|it| it != mark)) {
            *tally.marked.entry(display).or_default() += 1;
        }
        tally.been.insert((self.unit.page().id(), screen.item.is_some(), screen.pick.is_some()));
    }

    /// Looks at every display.
    fn look(&mut self) {
        self.tally.looks += 1;
        let mut faults = Vec::new();
        let snapshot = self.unit.snapshot();
        let page = page(&snapshot);
        for panel in &PANELS {
            let (w, h) = panel.size();
            let cells = cells(page, &snapshot, w, h);
            let place = format!("{} on {}", page.id(), panel.name);
            if cells.is_empty() || cells.is_full() {
                faults.push((format!("{place}: {} cells", cells.len()), String::new()));
            }
            for (i, cell) in cells.iter().enumerate() {
                let (field, area) = (cell.field, cell.area);
                let mut words = String::new();
                let said = field.describe(&snapshot, &mut words);
                let mut fault = |what: &str, how: &str| {
                    let (large, language) = (snapshot.config.large_text, snapshot.language);
                    let case = format!("{how} in {area:?}, {language}, large text {large}: {words}");
                    faults.push((format!("{place}, {}: {what}", field.id()), case));
                };
                if said.is_err() || words.trim().is_empty() {
                    fault("has no words", "");
                }
                if area.is_empty() || !Area::new(0, 0, w, h).contains(&area) {
                    fault("stands beyond the screen", "");
                }
                for other in cells[i + 1..].iter().filter(|other| !area.intersection(&other.area).is_empty()) {
                    fault("covers", other.field.id());
                }
                if let Some(strays) = strays(&snapshot, area, field) {
                    fault("draws outside", &beyond(&area, &strays));
                }
            }
        }
        for (kind, case) in faults {
            let place = self.place();
            self.tally.faults.entry(kind).or_insert_with(|| format!("{case}\n    {place}"));
        }
        let panel = &PANELS[self.tally.looks as usize % PANELS.len()];
        let drawn = display::rgb(panel.display, &self.unit);
        self.must(drawn.chunks_exact(3).any(|c| *c != drawn[..3]), || format!("a blank {}", panel.name));
    }

    /// By buttons: back from the figure of a leg, up out of a list, down through the pages. By a finger: taps beside what there
    /// is lead out, swipes turn the pages. To the first page, and once round by all that there are.
    fn go_home(&self) {
        let by_buttons = |screen: Screen| match (screen.pick.map(|pick| pick.spot), screen.item) {
            (None, None) => Input::Button(Button::Down, Press::Short),
            // Where a sensor may be worn one moves until it is nowhere new.
            (Some(Spot::Back), _) | (None, Some(0)) => Input::Button(Button::Select, Press::Short),
            (Some(_), _) | (None, Some(_)) => Input::Button(Button::Up, Press::Short),
        };
        let by_finger = |screen: Screen| match screen.mark() {
            None => Input::Touch(Touch::SwipeLeft),
            Some(_) => BESIDE,
        };
        let ways: [&dyn Fn(Screen) -> Input<'static>; 2] = [&by_buttons, &by_finger];
        for next in ways {
            let mut unit = self.unit.clone();
            let mut way = Vec::new();
            loop {
                let screen = unit.snapshot().screen;
                if screen.page == 0 && screen.mark().is_none() {
                    break;
                }
                let deed = next(screen);
                way.push((screen.page, screen.item, deed.clone()));
                self.must(way.len() <= WAY_HOME, || format!("a dead end: {way:?}"));
                pressed(&mut unit, &deed, self.now);
            }
            let snapshot = unit.snapshot();
            let is_shown = |page: &&&dyn sling_core::ui::Page| {
                page.suits(&snapshot) && !snapshot.config.hidden_pages.iter().any(|hidden| hidden == page.id())
            };
            let wanted: BTreeSet<&str> = PAGES.iter().filter(is_shown).map(|page| page.id()).collect();
            let turn = next(Screen::default());
            let mut seen = BTreeSet::new();
            let mut round = unit.clone();
            for _ in 0..wanted.len() {
                pressed(&mut round, &turn, self.now);
                seen.insert(round.page().id());
            }
            self.must(seen == wanted, || format!("once round by {turn:?} shows {seen:?} of {wanted:?}"));
        }
    }
}

/// On which sides, and by how much.
fn beyond(area: &Area, strays: &Area) -> String {
    let sides = [
        ("above", area.y - strays.y),
        ("left", area.x - strays.x),
        ("right", strays.right() - area.right()),
        ("below", strays.bottom() - area.bottom()),
    ];
    let sides = sides.into_iter().filter(|(_, by)| *by > 0);
    sides.map(|(side, by)| format!("{by} px {side}")).collect::<Vec<_>>().join(", ")
}

/// What stood on the screen before a press, and what was worn.
struct Before {
    page: &'static str,
    screen: Screen,
    has_news: bool,
    is_over: bool,
    worn: Vec<Identity>,
}

fn pressed(unit: &mut HeadUnit, deed: &Input<'_>, now: Instant) -> (Before, Vec<Output>) {
    let snapshot = unit.snapshot();
    let is_over = snapshot.ride_state == RideState::Over;
    let (screen, has_news) = (snapshot.screen, snapshot.alert.is_some_and(|alert| alert.is_news));
    drop(snapshot);
    let worn = unit.config().roster.iter().map(|it| it.identity).collect();
    let before = Before { page: unit.page().id(), screen, has_news, is_over, worn };
    let mut outputs = Vec::new();
    give(unit, deed, now, &mut |output| outputs.push(output.clone()));
    (before, outputs)
}

fn ride_with(ride: &Ride, seed: u64, presses: u64) -> Tally {
    let mut monkey = Monkey::new(ride, seed);
    for n in 0..presses {
        monkey.ride_on();
        if monkey.dice.below(12) == 0 {
            monkey.happen();
        }
        monkey.press();
        if monkey.unit.ride_state() == RideState::Over && monkey.dice.below(50) == 0 {
            // Another rider.
            monkey.start_anew();
        }
        if n % LOOK_EVERY == 0 {
            monkey.look();
        }
        if n % HOME_EVERY == 0 {
            monkey.go_home();
        }
        if monkey.dice.below(400) == 0 {
            monkey.start_anew();
        }
    }
    std::mem::take(&mut monkey.tally)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_is_pressed_or_touched_there_is_an_answer_a_way_home_and_a_tidy_screen() {
    let began = std::time::Instant::now();
    let usual = if std::env::var_os("SLING_SLOW").is_some() { MANY } else { USUAL };
    let presses = number("SLING_PRESSES").unwrap_or(usual);
    let ride = Ride::new();
    let seeds = match number("SLING_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..presses.div_ceil(PER_SEED),
    };
    let (next, tally) = (AtomicU64::new(seeds.start), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let done = ride_with(&ride, seed, PER_SEED);
                    tally.lock().unwrap().add(done);
                }
            });
        }
    });
    let Tally { presses, laps, acknowledged, settings, looks, taps, swipes, given_up, marked, been, faults } =
        tally.into_inner().unwrap();
    let s = began.elapsed().as_secs_f32();
    println!(
        "{presses} presses in {s:.1} s, of them {taps} taps and {swipes} swipes: {laps} laps, {acknowledged} alerts \
         acknowledged, {settings} settings changed, {given_up} times a sensor given up, {looks} looks at every display, \
         taps that marked {marked:?}, been on {been:?}"
    );
    let list: String = faults.iter().flat_map(|(kind, case)| [kind, " ", case, "\n"]).collect();
    assert!(faults.is_empty(), "{} faults on screens, the first case of each:\n{list}", faults.len());
    // One seed by itself may go elsewhere.
    if presses >= USUAL {
        assert!(laps > 0 && acknowledged > 0 && settings > 0 && given_up > 0, "the monkey has seen nothing");
        for panel in &PANELS {
            assert!(marked.get(&panel.display.size()).is_some_and(|&n| n > 10), "{marked:?}");
        }
        for id in ["blocks", "survey", "reassess", "sensors", "alerts", "settings", "about", "ride"] {
            assert!(been.contains(&(id, true, false)), "{id}: {been:?}");
        }
        assert!(been.contains(&("sensors", true, true)), "{been:?}");
    }
}
