//! The states that every page is shown in: one ride with five sensors, ridden again for each state with one thing done to it,
//! and looked at in the same second. Whatever a picture shows otherwise than [`NORMAL`] is therefore said of that one thing.

use sling_core::draw::Theme;
use sling_core::field::{Balance, DisarmReason, Snapshot};
use sling_core::head_unit::{Act, Assignment, Button, Config, Press};
use sling_core::sensor::{Identity, Muscle, Reason, Sample, Side, Site};
use sling_core::time::Instant;
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
const RIDE: &str = r#"
version = 1
name = "All screens"
seed = 7
duration = "40 min"

[rider]
vl_gain_pct_per_100w = 15.0
calf_gain_pct_per_100w = 9.0
variation_pct = 1.2
correlation = 0.3

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
}

/// A state.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// The name in file names.
    pub name: &'static str,
    /// On which displays it is shown.
    pub shown: Shown,
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
    State { name, shown, done }
}

/// Every state; the first is the normal one.
pub const STATES: [State; 13] = [
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
    let text = if overload { format!("{RIDE}{OVERLOAD}") } else { RIDE.to_owned() };
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
        let mut script = script(matches!(self.done, Done::Overload | Done::OverloadSeen));
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
        let mut unit = Box::new(HeadUnit::new());
        for (when, input) in script.iter().take_while(|(when, _)| *when <= at(LOOKED_AT_S)) {
            pass_time(&mut unit, *when, &mut |_| ());
            give(&mut unit, input, *when, &mut |_| ());
        }
        pass_time(&mut unit, at(LOOKED_AT_S), &mut |_| ());
        if matches!(self.done, Done::OverloadSeen) {
            give(&mut unit, &Input::Button(Button::Select, Press::Short), at(LOOKED_AT_S), &mut |_| ());
        }
        unit
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
            _ => Vec::new(),
        }
    }

    /// Calls `show` with the snapshot of this state's ride on a page; `None` if the state is none of this page's.
    pub fn on_page<R>(&self, unit: &HeadUnit, page: u8, show: impl FnOnce(&Snapshot<'_>) -> R) -> Option<R> {
        let mut snapshot = unit.snapshot();
        snapshot.screen = sling_core::field::Screen { page, ..Default::default() };
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
    use sling_core::session::{Part, Phase, What};

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
}
