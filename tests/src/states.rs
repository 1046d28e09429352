//! The states that every page is shown in: one ride with five sensors, ridden again for each state with one thing done to it,
//! and looked at in the same second. Whatever a picture shows otherwise than [`NORMAL`] is therefore said of that one thing.

use crate::heard;
use sling_core::draw::Theme;
use sling_core::field::{Balance, DisarmReason, Snapshot};
use sling_core::head_unit::{Act, Assignment, Button, Config, Label, Press, RideAct, StorageResult};
use sling_core::sensor::{Identity, Muscle, Reason, Sample, Side, Site};
use sling_core::time::Instant;
use sling_core::wire::ant::pages::BatteryStatus;
use sling_core::{HeadUnit, Input};
use sling_simulator::display::Display;
use sling_simulator::scenario::Scenario;
use sling_simulator::world::World;
use std::collections::BTreeMap;

/// When the ride is looked at, s: in the alert's state it has just been told.
pub const LOOKED_AT_S: u64 = 1275;
/// The state that the others are compared with.
pub const NORMAL: &str = "normal";
/// The sensor that something happens to.
const CALF: Site = Site::new(Muscle::GastrocnemiusMedialis, Side::Right);

/// The ride: rest, an easy start, two hills, a plain. In the alert's state the right calf takes over from minute 20.
const RIDER: &str = r#"
version = 1
name = "All screens"
seed = 7
duration = "40 min"

[rider]
vl_gain_pct_per_100w = 15.0
calf_gain_pct_per_100w = 9.0
variation_pct = 1.2
correlation = 0.3
"#;

const FIVE: &str = r#"
[[sensor]]
site = "mg.right"
kind = "moxy"
radio = "ant"
number = 1234

[[sensor]]
site = "vl.right"
kind = "moxy"
radio = "ble"
number = 5678

[[sensor]]
site = "lg.right"
kind = "moxy"
radio = "ant"
number = 1236

[[sensor]]
site = "mg.left"
kind = "moxy"
radio = "ant"
number = 1237

[[sensor]]
site = "vl.left"
kind = "moxy"
radio = "ant"
number = 1238
"#;

const LOADS: &str = r#"
[[load]]
kind = "ramp"
from = "0 s"
to = "6 min"
power_w = 120
end_power_w = 220

[[load]]
kind = "hills"
from = "6 min"
to = "17 min"
power_w = 220
swing_w = 80
period = "5 min"

[[load]]
kind = "steady"
from = "17 min"
to = "40 min"
power_w = 220

[[load]]
kind = "coast"
from = "0 s"
duration = "90 s"
"#;

const OVERLOAD: &str = r#"
[[effect]]
pattern = "calf_overload"
at = "20 min"
size_pct = 10
onset = "20 s"
"#;

/// What a cue may do: the calf that shares more than it need has it easier from the moment of the cue.
const EASED: &str = r#"
[[effect]]
pattern = "drift"
site = "mg.right"
at = "1205 s"
size_pct = -8
onset = "20 s"
"#;

/// Where sensors are worn otherwise than on the five sites of the ride.
const ONE: [&str; 1] = ["mg.right"];
const EIGHT: [&str; 8] = ["mg.right", "vl.right", "ta.right", "bf.right", "mg.left", "vl.left", "ta.left", "bf.left"];
/// The page of sensors.
const SENSORS: &str = "sensors";
/// On it, from the list's first sensor: the first sensor that nobody wears; the place that is offered to it; from there back to
/// a place that is taken, chosen once.
const TO_STRANGER: [Button; 5] = [Button::Down; 5];
const TO_PLACE: [Button; 6] = [Button::Down, Button::Down, Button::Down, Button::Down, Button::Down, Button::Select];
const TO_TAKEN: [Button; 8] =
    [Button::Down, Button::Down, Button::Down, Button::Down, Button::Down, Button::Select, Button::Up, Button::Select];
/// The first line, after the way back, is the calf's sensor: from its place back to what takes it off, chosen once.
const TO_OFF: [Button; 4] = [Button::Select, Button::Up, Button::Up, Button::Select];
/// How many slots of a sample arrive from each worn sensor, in the order of the roster.
const ARRIVE: [usize; 5] = [heard::SLOTS, heard::SLOTS, heard::SLOTS, 5, 2];
/// The sensor of the roster whose battery is low, and what the first ones tell of theirs; the others tell nothing.
#[cfg(test)]
const LOW: usize = 2;
const TOLD: [BatteryStatus; 3] = [BatteryStatus::Good, BatteryStatus::Ok, BatteryStatus::Low];
/// The rider turns to the sensors, and strangers are heard, so long before one looks, s.
const TURNED_S: u64 = 20;
const HEARD_S: u64 = 5;

/// What happens to the ride, s before it is looked at.
#[derive(Clone, Copy, Debug)]
enum Done {
    /// Nothing.
    Nothing,
    /// The calf takes over.
    Overload,
    /// The same, and the rider acknowledges it.
    OverloadSeen,
    /// Every sensor is taken off and put on again.
    PutOnAgain(u64),
    /// Every sensor is taken off.
    TakenOff(u64),
    /// The roster names sensors that are not there.
    Others(u64),
    /// The calf's sensor is not heard. This ride has no radio, which would know that for a loss: it is said of the snapshot.
    Silent(u64),
    /// It repeats its last sample.
    Repeating(u64),
    /// It reports ambient light.
    Lit(u64),
    /// The settings are others.
    Set(fn(&mut Config)),
    /// The muscles' range is too small to judge: said of the snapshot, since no ride in hills has so little.
    Flat,
    /// The rider has gone in among the page's items.
    Among,
    /// It is looked at in this second instead.
    At(u64),
    /// The same, and the calf has it easier from the cue on.
    Eased(u64),
    /// A minute at rest is to be captured, while riding.
    Capture(u64),
    /// The rider has the ride rest, or ends it, so many seconds before.
    Ride(u64, RideAct),
    /// The firmware failed a moment ago, and the flash is full.
    Restarted,
    /// Sensors are worn at these sites instead.
    Worn(&'static [&'static str]),
    /// The sensors are heard by radio, one's battery is low, strangers are about, and the rider, among the sensors, presses
    /// these.
    OnAir(&'static [Button]),
}

/// A state.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// The name in file names.
    pub name: &'static str,
    /// On which displays it is shown.
    pub shown: Shown,
    /// On which pages; on every one if there are none.
    pages: &'static [&'static str],
    done: Done,
}

/// On which displays a state is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// On every one.
    Everywhere,
    /// On the Sharp in both mountings.
    Sharp,
    /// On the reference alone: what can be judged there.
    Reference,
}

impl Shown {
    /// Whether this display is among them.
    pub const fn is_on(self, display: Display) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Sharp => matches!(display, Display::SharpPortrait | Display::SharpLandscape),
            Self::Reference => matches!(display, Display::SharpPortrait),
        }
    }
}

const fn state(name: &'static str, shown: Shown, done: Done) -> State {
    State { name, shown, pages: &[], done }
}

/// A state that changes only these pages, or that is worth a picture only there.
const fn on(pages: &'static [&'static str], name: &'static str, done: Done) -> State {
    State { name, shown: Shown::Reference, pages, done }
}

/// Every state; the first is the normal one.
pub const STATES: [State; 26] = [
    state(NORMAL, Shown::Everywhere, Done::Nothing),
    state("learning", Shown::Sharp, Done::PutOnAgain(150)),
    state("no-sensor", Shown::Sharp, Done::TakenOff(60)),
    state("searching", Shown::Sharp, Done::Others(4)),
    state("one-lost", Shown::Everywhere, Done::Silent(20)),
    state("stale", Shown::Sharp, Done::Repeating(20)),
    state("ambient-light", Shown::Sharp, Done::Lit(20)),
    state("range-too-small", Shown::Sharp, Done::Flat),
    state("alert", Shown::Everywhere, Done::Overload),
    state("alert-seen", Shown::Reference, Done::OverloadSeen),
    state("night", Shown::Sharp, Done::Set(|config| config.theme = Theme::Night)),
    state("large-text", Shown::Sharp, Done::Set(|config| config.large_text = true)),
    state("among-items", Shown::Reference, Done::Among),
    on(&[SENSORS, "about"], "on-air", Done::OnAir(&TO_STRANGER)),
    on(&[SENSORS], "place-free", Done::OnAir(&TO_PLACE)),
    on(&[SENSORS], "place-taken", Done::OnAir(&TO_TAKEN)),
    on(&[SENSORS], "take-off", Done::OnAir(&TO_OFF)),
    on(&["reassess"], "no-change", Done::At(1410)),
    on(&["reassess"], "change", Done::Eased(1410)),
    on(&["survey"], "capturing", Done::At(60)),
    on(&["survey"], "spoiled", Done::Capture(10)),
    on(&["ride", "balance"], "paused", Done::Ride(65, RideAct::Pause)),
    on(&["ride", "balance"], "over", Done::Ride(65, RideAct::End)),
    on(&["ride"], "restarted", Done::Restarted),
    on(&["balance", "sides", "about"], "one-sensor", Done::Worn(&ONE)),
    on(&["balance", "sides", "muscles", "about", SENSORS], "eight-sensors", Done::Worn(&EIGHT)),
];

/// A ride's inputs, in the order of time.
pub type Script = Vec<(Instant, Input<'static>)>;

const fn at(s: u64) -> Instant {
    Instant::from_ms(s * 1000)
}

/// The inputs of the ride, with what rider and fitter do: a survey at rest, laps, position blocks, a trial of a cue.
///
/// # Panics
/// If the ride above is no scenario.
pub fn script(overload: bool) -> Script {
    script_of(FIVE, if overload { OVERLOAD } else { "" })
}

fn script_of(sensors: &str, effect: &str) -> Script {
    let text = format!("{RIDER}{sensors}{LOADS}{effect}");
    let scenario = Scenario::parse("screens", &text).expect("the ride of the screens");
    let mut script: Script = World::new(&scenario, scenario.seed).collect();
    let position = |label: &str| Input::Position(label.parse().expect("a short label"));
    let done = [
        (1, Input::Battery { percent: 82, charging: false }),
        (20, Input::Session(Act::StartSurvey)),
        (22, Input::Session(Act::Capture)),
        (360, position("saddle 720")),
        (420, Input::Lap),
        (660, position("saddle 724")),
        (960, position("saddle 720")),
        (1000, Input::Lap),
        (1080, Input::Session(Act::StartReassess)),
        (1205, Input::Session(Act::CueGiven)),
    ];
    script.extend(done.map(|(s, input)| (at(s), input)));
    script.sort_by_key(|(at, _)| *at);
    script
}

/// Lets time pass for a head unit as firmware would, up to and including `until`. `see` gets everything that it puts out.
pub fn pass_time(unit: &mut HeadUnit, until: Instant, see: &mut dyn FnMut(&sling_core::Output)) {
    while let Some(due) = unit.next_deadline().filter(|&due| due <= until) {
        give(unit, &Input::Tick, due, see);
    }
}

/// Gives a head unit one input. `see` gets everything that it puts out.
pub fn give(unit: &mut HeadUnit, input: &Input<'_>, at: Instant, see: &mut dyn FnMut(&sling_core::Output)) {
    unit.handle(input, at);
    while let Some(output) = unit.poll_output() {
        see(&output);
    }
}

impl State {
    /// The ride in this state, up to the second that is looked at.
    ///
    /// # Panics
    /// If the ride above is no scenario.
    pub fn ridden(&self) -> Box<HeadUnit> {
        let mut script = match self.done {
            Done::Overload | Done::OverloadSeen => script(true),
            Done::Eased(_) => script_of(FIVE, EASED),
            Done::Worn(sites) => script_of(&worn_at(sites), ""),
            _ => script(false),
        };
        let until = at(self.looked_at_s());
        let worn = script.iter().find_map(|(_, input)| if let Input::Configure(it) = input { Some(it) } else { None });
        let worn = worn.cloned().expect("a ride begins with a roster");
        let calf = worn.roster.iter().find(|it| it.site == CALF).map(|it| it.identity);
        let mut last = BTreeMap::new();
        script.retain_mut(|(at, input)| match input {
            Input::Sample(sample) => self.sampled(*at, sample, calf == Some(sample.identity), &mut last),
            _ => true,
        });
        script.extend(self.configured(&worn));
        script.sort_by_key(|(at, _)| *at);
        let roster: Vec<Identity> = worn.roster.iter().map(|it| it.identity).collect();
        let mut unit = Box::new(HeadUnit::new());
        for (when, input) in script.iter().take_while(|(when, _)| *when <= until) {
            pass_time(&mut unit, *when, &mut |_| ());
            match (self.done, input) {
                (Done::OnAir(_), Input::Sample(sample)) => {
                    let arrive = roster.iter().position(|it| *it == sample.identity).and_then(|at| ARRIVE.get(at));
                    heard::sample(sample, arrive.copied().unwrap_or(heard::SLOTS), &mut |input| {
                        give(&mut unit, input, *when, &mut |_| ());
                    });
                }
                _ => give(&mut unit, input, *when, &mut |_| ()),
            }
            if let Done::OnAir(_) = self.done {
                happens_on_air(&mut unit, *when, input, &roster);
            }
        }
        pass_time(&mut unit, until, &mut |_| ());
        let pressed: &[Button] = match self.done {
            Done::OverloadSeen => &[Button::Select],
            Done::OnAir(pressed) => pressed,
            _ => &[],
        };
        for button in pressed {
            press(&mut unit, *button, until);
        }
        unit
    }

    /// When the ride is looked at, s.
    const fn looked_at_s(&self) -> u64 {
        match self.done {
            Done::At(s) | Done::Eased(s) => s,
            _ => LOOKED_AT_S,
        }
    }

    /// A sample as it is in this state; false if it is not heard.
    fn sampled(
        &self,
        when: Instant,
        sample: &mut Sample,
        is_calf: bool,
        last: &mut BTreeMap<Identity, Sample>,
    ) -> bool {
        let is_late = |before_s: u64| is_calf && when >= at(LOOKED_AT_S - before_s);
        match self.done {
            Done::Silent(before_s) if is_late(before_s) => return false,
            Done::Repeating(before_s) if is_late(before_s) => *sample = *last.get(&sample.identity).unwrap_or(sample),
            Done::Lit(before_s) if is_late(before_s) => sample.reading = Err(Reason::AmbientLight),
            _ => {}
        }
        last.insert(sample.identity, *sample);
        true
    }

    /// What is configured in this state.
    fn configured(&self, worn: &Config) -> Script {
        let before = |s: u64| at(LOOKED_AT_S - s);
        let bare = Config { roster: Config::DEFAULT.roster, ..worn.clone() };
        match self.done {
            Done::PutOnAgain(s) => {
                vec![(before(s + 1), Input::Configure(bare)), (before(s), Input::Configure(worn.clone()))]
            }
            Done::TakenOff(s) => vec![(before(s), Input::Configure(bare))],
            Done::Others(s) => {
                let other = |it: &Assignment| Assignment { identity: other(it.identity), ..*it };
                let roster = worn.roster.iter().map(other).collect();
                vec![(before(s), Input::Configure(Config { roster, ..worn.clone() }))]
            }
            Done::Set(change) => {
                let mut config = worn.clone();
                change(&mut config);
                vec![(before(0), Input::Configure(config))]
            }
            Done::Capture(s) => vec![(before(s), Input::Session(Act::Capture))],
            Done::Ride(s, act) => vec![(before(s), Input::Ride(act))],
            Done::Restarted => vec![
                (before(20), Input::Crashed(Label::try_from("keeper.rs:88:13").unwrap())),
                (before(19), Input::Storage(StorageResult::Full)),
            ],
            _ => Vec::new(),
        }
    }

    /// Calls `show` with the snapshot of this state's ride on a page; `None` if the state is none of this page's.
    pub fn on_page<R>(&self, unit: &HeadUnit, page: u8, show: impl FnOnce(&Snapshot<'_>) -> R) -> Option<R> {
        let mut snapshot = unit.snapshot();
        if snapshot.screen.page != page {
            snapshot.screen = sling_core::field::Screen { page, ..Default::default() };
        }
        let id = sling_core::ui::page(&snapshot).id();
        if !self.pages.is_empty() && !self.pages.contains(&id) {
            return None;
        }
        match self.done {
            Done::Silent(_) => {
                let views = snapshot.sites.iter_mut().chain(&mut snapshot.calf).chain(&mut snapshot.thigh);
                for view in views.filter(|view| view.smo2 == Err(Reason::Stale)) {
                    view.smo2 = Err(Reason::Lost);
                }
            }
            Done::Flat => {
                snapshot.balance = Balance::NotReady { reason: DisarmReason::RangeTooSmall, left: None };
                let views = snapshot.sites.iter_mut().chain(&mut snapshot.calf).chain(&mut snapshot.thigh);
                views.for_each(|view| view.range = None);
            }
            Done::Among => {
                sling_core::ui::page(&snapshot).items()?;
                snapshot.screen.item = Some(1);
            }
            _ => {}
        }
        Some(show(&snapshot))
    }
}

/// Sensors at these sites, as a scenario has them.
fn worn_at(sites: &[&str]) -> String {
    let sensor = |(number, site)| {
        format!("[[sensor]]\nsite = \"{site}\"\nkind = \"moxy\"\nradio = \"ant\"\nnumber = {number}\n\n")
    };
    (1234..).zip(sites).map(sensor).collect()
}

/// A short press.
fn press(unit: &mut HeadUnit, button: Button, at: Instant) {
    give(unit, &Input::Button(button, Press::Short), at, &mut |_| ());
}

/// What else happens when sensors are heard by radio, once a second with what the bike says.
fn happens_on_air(unit: &mut HeadUnit, when: Instant, input: &Input<'_>, roster: &[Identity]) {
    if !matches!(input, Input::Context(_)) {
        return;
    }
    if when == at(LOOKED_AT_S - TURNED_S) {
        while unit.page().id() != SENSORS {
            press(unit, Button::Down, when);
        }
        press(unit, Button::Select, when);
    } else if when == at(LOOKED_AT_S - HEARD_S) {
        let give = &mut |input: &Input<'_>| give(unit, input, when, &mut |_| ());
        heard::strangers(give);
        for (identity, status) in roster.iter().zip(TOLD) {
            heard::battery(*identity, status, 82, give);
        }
    }
}

/// A sensor that is not there.
fn other(identity: Identity) -> Identity {
    match identity {
        Identity::Ant { number, transmission } => Identity::Ant { number: number + 100, transmission },
        Identity::Ble { address: [rest @ .., last] } => {
            let [a, b, c, d, e] = rest;
            Identity::Ble { address: [a, b, c, d, e, last ^ 1] }
        }
        Identity::Channel(n) => Identity::Channel(n + 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sling_core::field::Spot;
    use sling_core::session::{Outcome, Part, Phase, What};

    fn named(name: &str) -> Box<HeadUnit> {
        STATES.iter().find(|state| state.name == name).expect("a state").ridden()
    }

    #[test]
    fn a_state_is_what_its_name_says() {
        let calf = |name: &str| named(name).snapshot().calf.map(|view| view.smo2);
        assert!(matches!(calf(NORMAL), Some(Ok(_))));
        assert_eq!(calf("no-sensor"), None);
        assert_eq!(calf("searching"), Some(Err(Reason::Searching)));
        assert_eq!(calf("one-lost"), Some(Err(Reason::Stale)), "until it is shown");
        let lost = STATES.iter().find(|state| state.name == "one-lost").expect("a state");
        let shown = lost.on_page(&lost.ridden(), 0, |snapshot| snapshot.calf.map(|view| view.smo2));
        assert_eq!(shown, Some(Some(Err(Reason::Lost))));
        assert_eq!(calf("stale"), Some(Err(Reason::Stale)));
        assert_eq!(calf("ambient-light"), Some(Err(Reason::AmbientLight)));
        let balance = |name: &str| named(name).snapshot().balance;
        assert!(matches!(balance(NORMAL), Balance::Ready { .. }), "{:?}", balance(NORMAL));
        assert!(matches!(balance("learning"), Balance::NotReady { reason: DisarmReason::Learning, left: Some(_) }));
        let news = |name: &str| named(name).snapshot().alert.map(|alert| alert.is_news);
        assert_eq!([NORMAL, "alert", "alert-seen"].map(news), [None, Some(true), Some(false)]);
    }

    #[test]
    fn the_session_of_the_ride_has_something_to_show() {
        let unit = named(NORMAL);
        let session = unit.session();
        assert!(session.survey().left_to_right(Part::Calf).is_some());
        assert_eq!(session.laps().last().count(), 2);
        assert_eq!(session.blocks().compare(Side::Right, What::Calf).pairs, 1);
        assert!(matches!(session.reassess().phase(), Phase::Settling { .. } | Phase::Assessing { .. }));
    }

    #[test]
    fn a_trial_ends_with_a_change_if_the_cue_worked_and_without_one_if_it_did_not() {
        let outcome = |name: &str| {
            let unit = named(name);
            assert_eq!(unit.session().reassess().phase(), Phase::Done, "{name}");
            unit.session().reassess().outcome(Side::Right, What::D).expect("the whole trial was seen")
        };
        assert!(matches!(outcome("no-change"), Outcome::NoChangeSeen(_)), "{:?}", outcome("no-change"));
        assert!(matches!(outcome("change"), Outcome::Effect(_)), "{:?}", outcome("change"));
        assert!(named("change").snapshot().alert.is_none(), "nothing else is to be seen");
    }

    #[test]
    fn a_survey_is_under_way_or_spoiled() {
        assert_eq!(named("capturing").session().survey().progress_s(), Some(38));
        let spoiled = named("spoiled");
        assert_eq!(spoiled.session().survey().progress_s(), None);
        assert!(spoiled.session().survey().failed().is_some());
    }

    #[test]
    fn on_air_sensors_are_heard_well_and_badly_and_the_rider_is_where_the_presses_lead() {
        let unit = named("on-air");
        let bars: Vec<_> = unit.views().map(|view| view.reception.map(|(_, bars)| bars)).collect();
        assert_eq!(bars, [Some(3), Some(3), Some(3), Some(2), Some(1)]);
        assert_eq!(unit.views().position(|view| view.low_battery), Some(LOW));
        let is_worn = |identity| unit.config().roster.iter().any(|worn| worn.identity == identity);
        assert_eq!(unit.neighbours().filter(|it| !is_worn(it.sensor.identity)).count(), 4);
        let spot = |name: &str| {
            let unit = named(name);
            let screen = unit.snapshot().screen;
            (unit.page().id(), screen.pick.map(|pick| pick.spot), screen.asks)
        };
        assert_eq!(spot("on-air"), (SENSORS, None, false));
        assert!(matches!(spot("place-free"), (SENSORS, Some(Spot::At(_)), false)), "{:?}", spot("place-free"));
        assert!(matches!(spot("place-taken"), (SENSORS, Some(Spot::At(_)), true)), "{:?}", spot("place-taken"));
        assert_eq!(spot("take-off"), (SENSORS, Some(Spot::Off), true));
    }

    #[test]
    fn as_many_sensors_are_worn_as_a_state_says_and_all_are_heard() {
        for (name, worn) in [("one-sensor", 1), ("eight-sensors", 8)] {
            let unit = named(name);
            assert_eq!(unit.views().filter(|view| view.smo2.is_ok()).count(), worn, "{name}");
        }
    }

    #[test]
    fn pages_of_states_are_pages() {
        let ids: Vec<&str> = sling_core::ui::PAGES.iter().map(|page| page.id()).collect();
        assert!(STATES.iter().flat_map(|state| state.pages).all(|page| ids.contains(page)));
    }
}
