//! Pairing: the sensors that are worn and those that are heard, each with who it is, how full it said its battery is and how
//! well it is heard; and the figure on which a sensor gets its place. While the rider is among the sensors the radios look for
//! them.

use super::effect::line;
use super::figure::{self, Look};
use super::layout::with_status;
use super::list::{Chosen, Item, Items, List, Text};
use super::{Cells, Field, Page, put};
use crate::config::{Assignment, MAX_COMPANIONS, MAX_SITES};
use crate::draw::{Align, Area, Canvas, Ink, Words, text_wrapped};
use crate::field::{Choices, Mark, Pick, Snapshot, Spot, forms, site_names};
use crate::input::Touch;
use crate::language::{Language, Say};
use crate::sensor::{Identity, Muscle, Neighbour, Sensor, SensorKind, Site};
use core::fmt;
use sling_fonts::{Font, LABEL_17, SMALL_13, TEXT_22};

/// The page.
pub struct Pairing;

struct Heard;
struct Figure;

static LIST: List = List { id: "sensors", title: Say::Sensors, items: &Heard, empty: Say::HoldClose };
static WORDS: [&Font; 3] = [&TEXT_22, &LABEL_17, &SMALL_13];
static LABELS: [&Font; 2] = [&LABEL_17, &SMALL_13];
const LINE_H: i16 = 29;
/// Rows of what is chosen, and of what is there.
const SAID_H: i16 = 34;
/// Beside a low figure, one line of what is chosen leaves two for what is there.
const SMALL_SAID_H: i16 = 26;
const LOW_H: i16 = 90;
/// Signal strengths from which on there are two bars, and three, dBm: a sensor within reach of an arm has three.
const NEAR_DBM: i8 = -60;
const FAR_DBM: i8 = -80;

/// The muscles of a leg in the order in which they are offered.
static OFFERED: [Muscle; 13] = [
    Muscle::GastrocnemiusMedialis,
    Muscle::VastusLateralis,
    Muscle::GastrocnemiusLateralis,
    Muscle::Soleus,
    Muscle::TibialisAnterior,
    Muscle::VastusMedialis,
    Muscle::RectusFemoris,
    Muscle::BicepsFemoris,
    Muscle::Semitendinosus,
    Muscle::GluteusMaximus,
    Muscle::GluteusMedius,
    Muscle::ErectorSpinae,
    Muscle::Deltoid,
];

impl Page for Pairing {
    fn id(&self) -> &'static str {
        "sensors"
    }

    fn title(&self) -> Say {
        Say::Sensors
    }

    fn items(&self) -> Option<&'static dyn Items> {
        Some(&Heard)
    }

    fn looks(&self) -> bool {
        true
    }

    fn lay_out(&self, snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_status(area, cells);
        put(cells, page, if snapshot.screen.pick.is_some() { &Figure } else { &LIST });
    }
}

/// A sensor's number.
pub(super) fn number(identity: Identity) -> Words {
    match identity {
        Identity::Ant { number, .. } => Words::of(format_args!("ANT {number}")),
        Identity::Ble { address: [.., a, b] } => Words::of(format_args!("BLE {a:02X}{b:02X}")),
        Identity::Channel(n) => Words::of(format_args!("{}", u16::from(n) + 1)),
    }
}

const fn kind_words(kind: SensorKind) -> Say {
    match kind {
        SensorKind::MuscleOxygen => Say::MuscleSensor,
        SensorKind::Power => Say::Power,
        SensorKind::HeartRate => Say::HeartRate,
        SensorKind::Speed => Say::Speed,
        SensorKind::Cadence | SensorKind::SpeedCadence => Say::Cadence,
    }
}

/// The sensor that is worn at a site.
fn worn_at(snapshot: &Snapshot<'_>, site: Site) -> Option<Identity> {
    snapshot.config.roster.iter().find(|worn| worn.site == site).map(|worn| worn.identity)
}

/// Where a sensor is worn.
fn site_of(snapshot: &Snapshot<'_>, identity: Identity) -> Option<Site> {
    snapshot.config.roster.iter().find(|worn| worn.identity == identity).map(|worn| worn.site)
}

/// The places that are offered, those of the leg that is shown first.
fn sites(snapshot: &Snapshot<'_>) -> impl Iterator<Item = Site> + use<> {
    let sides = [snapshot.leg, snapshot.leg.other()];
    // Of each leg a calf and a thigh, as on most riders; then the rest of one leg and of the other.
    let (usual, rest) = OFFERED.split_at(2);
    let of = move |muscles: &'static [Muscle]| {
        sides.into_iter().flat_map(move |side| muscles.iter().map(move |&muscle| Site::new(muscle, side)))
    };
    of(usual).chain(of(rest))
}

impl Items for Heard {
    fn item(&self, snapshot: &Snapshot<'_>, at: usize) -> Option<Item> {
        let config = snapshot.config;
        if let Some(&Assignment { identity, site }) = config.roster.get(at) {
            return Some(worn(snapshot, identity, site));
        }
        let at = at - config.roster.len();
        if let Some(&sensor) = config.companions.get(at) {
            let heard = snapshot.neighbours.iter().find(|it| it.sensor.kind == sensor.kind && it.is(sensor.identity));
            return Some(companion(snapshot, sensor, heard));
        }
        let at = at - config.companions.len();
        let is_known = |it: &Neighbour| match it.sensor.kind {
            SensorKind::MuscleOxygen => config.roster.iter().any(|worn| it.is(worn.identity)),
            kind => config.companions.iter().any(|own| own.kind == kind && it.is(own.identity)),
        };
        let strangers = || snapshot.neighbours.iter().filter(|it| !is_known(it));
        if let Some(stranger) = strangers().nth(at) {
            return Some(if stranger.sensor.kind == SensorKind::MuscleOxygen {
                heard(snapshot, stranger)
            } else {
                companion(snapshot, stranger.sensor, Some(stranger))
            });
        }
        if at > strangers().count() {
            return None;
        }
        Some(if snapshot.screen.item.is_some() {
            Item::new(Text::Said(Say::HoldClose), Text::Said(Say::Searching))
        } else {
            Item::new(Text::Said(Say::SelectSearches), Text::Nothing)
        })
    }
}

/// A sensor that is worn: where, its number, how full its battery is and how well it is heard.
fn worn(snapshot: &Snapshot<'_>, identity: Identity, site: Site) -> Item {
    let view = snapshot.sites.iter().find(|view| view.site == site);
    let act = Chosen::Pick(Pick { identity, spot: Spot::At(site) });
    let mut item = Item::with(Text::Site(site), Text::Number(identity), act);
    if let Some(view) = view {
        (item.bars, item.charge) = (view.reception.map(|(_, bars)| bars), view.charge);
    }
    item
}

/// A sensor of muscle oxygen that is worn nowhere.
fn heard(snapshot: &Snapshot<'_>, neighbour: &Neighbour) -> Item {
    let identity = neighbour.sensor.identity;
    let free = sites(snapshot).find(|&site| worn_at(snapshot, site).is_none());
    let act = Chosen::Pick(Pick { identity, spot: free.map_or(Spot::Back, Spot::At) });
    let kind = Text::Said(kind_words(neighbour.sensor.kind));
    Item { bars: bars(neighbour), charge: neighbour.charge, ..Item::with(kind, Text::Number(identity), act) }
}

/// A sensor of the bike or of the heart: the rider's own are in use, and asked for before they are given up.
fn companion(snapshot: &Snapshot<'_>, sensor: Sensor, heard: Option<&Neighbour>) -> Item {
    let own = &snapshot.config.companions;
    let place = own.iter().position(|it| *it == sensor);
    let replaces = own.iter().any(|it| it.kind == sensor.kind);
    let is_full = own.len() >= MAX_COMPANIONS && !replaces;
    let also = match (place, is_full) {
        (Some(_), _) => Some(Say::InUse),
        (_, true) => Some(Say::NoRoom),
        _ => None,
    };
    let told = place.and_then(|place| *snapshot.charges.get(place)?);
    let act = Some(Chosen::Companion(sensor)).filter(|_| !is_full);
    Item {
        act,
        asks: replaces,
        bars: heard.and_then(bars),
        also,
        charge: told.or(heard.and_then(|it| it.charge)),
        ..Item::new(Text::Said(kind_words(sensor.kind)), Text::Number(sensor.identity))
    }
}

const fn bars(neighbour: &Neighbour) -> Option<u8> {
    match neighbour.rssi_dbm {
        Some(NEAR_DBM..) => Some(3),
        Some(FAR_DBM..) => Some(2),
        Some(_) => Some(1),
        None => None,
    }
}

/// What may be done with a sensor, one further or back: the places, then taking it off if it is worn, then nothing.
pub(super) fn moved(snapshot: &Snapshot<'_>, pick: Pick, forward: bool) -> Pick {
    let is_worn = site_of(snapshot, pick.identity).is_some();
    let spots = || {
        let off = is_worn.then_some(Spot::Off);
        sites(snapshot).map(Spot::At).chain(off).chain(core::iter::once(Spot::Back))
    };
    let n = spots().count();
    let at = spots().position(|spot| spot == pick.spot).unwrap_or(0);
    let next = (at + if forward { 1 } else { n - 1 }) % n.max(1);
    Pick { spot: spots().nth(next).unwrap_or(Spot::Back), ..pick }
}

/// What select does with a sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Goes back to the list.
    Back,
    /// Asks first.
    Ask,
    /// There is no room.
    Nothing,
    /// Does it.
    Do(Chosen),
}

/// What select does with the sensor whose place is chosen.
pub(super) fn answer(snapshot: &Snapshot<'_>, pick: Pick) -> Answer {
    let asks = snapshot.screen.asks;
    match pick.spot {
        Spot::Back => Answer::Back,
        Spot::Off if !asks => Answer::Ask,
        Spot::Off => Answer::Do(Chosen::TakeOff(pick.identity)),
        Spot::At(site) => match worn_at(snapshot, site) {
            Some(worn) if worn == pick.identity => Answer::Back,
            Some(_) if !asks => Answer::Ask,
            None if !has_room(snapshot, pick.identity) => Answer::Nothing,
            _ => Answer::Do(Chosen::Assign(Assignment { identity: pick.identity, site })),
        },
    }
}

fn has_room(snapshot: &Snapshot<'_>, identity: Identity) -> bool {
    snapshot.config.roster.len() < MAX_SITES || site_of(snapshot, identity).is_some()
}

/// What is chosen, and what is there.
fn spot_words(snapshot: &Snapshot<'_>, pick: Pick) -> (Choices, Choices) {
    let language = snapshot.language;
    let said = |say| forms(say, language, &[]);
    let by = |say, identity| forms(say, language, &[number(identity).as_str()]);
    let site = match pick.spot {
        Spot::Back => return (said(Say::LeaveList), Choices::new()),
        Spot::Off => {
            let below = if snapshot.screen.asks { said(Say::PressAgain) } else { Choices::new() };
            return (said(Say::TakeOff), below);
        }
        Spot::At(site) => site,
    };
    let below = match worn_at(snapshot, site) {
        Some(worn) if worn == pick.identity => said(Say::WornHere),
        Some(worn) if snapshot.screen.asks => by(Say::Replaces, worn),
        Some(worn) => by(Say::WornBy, worn),
        None if !has_room(snapshot, pick.identity) => said(Say::AllWorn),
        None => said(Say::Free),
    };
    (site_names(site, language), below)
}

/// The title, the figure and the words about it.
fn parts(area: Area) -> (Area, Area, Area) {
    let (head, rest) = area.split_top(LINE_H);
    if rest.w > rest.h {
        let (figure, words) = rest.split_left((rest.h * 4 / 5).min(rest.w * 9 / 20));
        return (head, figure, words.split_left(8).1);
    }
    let (figure, words) = rest.split_top(rest.h - 2 * SAID_H);
    (head, figure, words)
}

impl Field for Figure {
    fn id(&self) -> &'static str {
        "figure"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::Sensors.long(language)
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn smallest(&self) -> (i16, i16) {
        (150, 120)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let Some(pick) = snapshot.screen.pick else { return };
        let title = forms(Say::WhereIs, snapshot.language, &[number(pick.identity).as_str()]);
        let (head, figure, words) = parts(area);
        line(canvas, head, Align::Left, &WORDS, &title, Ink::Ink);
        let (spot, below) = spot_words(snapshot, pick);
        let look = |site| look(snapshot, pick, site);
        figure::draw(canvas, figure, snapshot.language, &OFFERED, &look);
        let (upper, lower) = words.split_top(if words.h < LOW_H { SMALL_SAID_H } else { words.h / 2 });
        text_wrapped(canvas, upper, &WORDS, &spot, Ink::Ink);
        text_wrapped(canvas, lower, &LABELS, &below, Ink::Ink);
    }

    fn mark(&self, snapshot: &Snapshot<'_>, area: Area, touch: Touch) -> Option<Mark> {
        let (Some(pick), Touch::Tap { x, y }) = (snapshot.screen.pick, touch) else { return None };
        let (tap, (_, figure, words)) = (Area::new(x, y, 1, 1), parts(area));
        // The words stand for what they are about.
        let spot = Some(pick.spot).filter(|_| words.contains(&tap));
        let spot = figure::at(figure, &OFFERED, x, y).map(Spot::At).or(spot);
        spot.map(Mark::Spot)
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let Some(pick) = snapshot.screen.pick else { return Ok(()) };
        let first = |choices: &Choices| choices.first().cloned().unwrap_or_default();
        let (spot, below) = spot_words(snapshot, pick);
        let title = forms(Say::WhereIs, snapshot.language, &[number(pick.identity).as_str()]);
        write!(out, "{} {}: {}", first(&title), first(&spot), first(&below))?;
        if let Spot::At(site) = pick.spot {
            write!(out, " ({site})")?;
        }
        snapshot.config.roster.iter().try_for_each(|worn| write!(out, " {}", worn.site))
    }
}

/// How a place is drawn while this is chosen.
fn look(snapshot: &Snapshot<'_>, pick: Pick, site: Site) -> Look {
    match worn_at(snapshot, site) {
        _ if pick.spot == Spot::At(site) => Look::Chosen,
        Some(worn) if worn == pick.identity && pick.spot == Spot::Off => Look::Off,
        Some(_) => Look::Worn,
        None => Look::Free,
    }
}

/// A sensor is worn there, and nowhere else; one that was there is worn no longer.
pub fn assign(roster: &mut heapless::Vec<Assignment, MAX_SITES>, assignment: Assignment) {
    roster.retain(|it| it.site != assignment.site || it.identity == assignment.identity);
    match roster.iter_mut().find(|it| it.identity == assignment.identity) {
        Some(worn) => worn.site = assignment.site,
        None => {
            // Whoever asks has seen that there is room.
            let _ = roster.push(assignment);
        }
    }
}

/// A sensor becomes the rider's own in the place of any other of its kind, or is so no longer.
pub fn toggle_companion(own: &mut heapless::Vec<Sensor, MAX_COMPANIONS>, sensor: Sensor) {
    let was = own.contains(&sensor);
    own.retain(|it| it.kind != sensor.kind);
    if !was {
        let _ = own.push(sensor);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{crowd, worn};
    use super::*;
    use crate::config::Config;
    use crate::field::{Screen, with_preview};
    use crate::head_unit::{Event, HeadUnit, Output};
    use crate::input::{Button, Input, Press};
    use crate::link::ant::Listing;
    use crate::sensor::Side;
    use crate::time::Instant;
    use crate::ui::{PAGES, page};
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    const CALF: Site = Site::new(Muscle::GastrocnemiusMedialis, Side::Right);
    const THIGH: Site = Site::new(Muscle::VastusLateralis, Side::Right);

    fn ant(number: u16) -> Identity {
        Identity::Ant { number, transmission: 1 }
    }

    fn said(config: &Config, screen: Screen) -> String {
        with_preview(|preview| {
            let at = PAGES.iter().position(|page| page.id() == "sensors").unwrap() as u8;
            let crowd = crowd();
            let screen = Screen { page: at, ..screen };
            let moment =
                Snapshot { config, screen, neighbours: &crowd, sites: heapless::Vec::new(), ..preview.clone() };
            let mut words = String::new();
            super::super::describe(page(&moment), &moment, 240, 400, &mut words).unwrap();
            words
        })
    }

    #[test]
    fn who_is_heard_has_kind_number_and_bars_and_who_is_worn_is_no_stranger() {
        let config = Config {
            roster: [Assignment { identity: ant(60_000), site: CALF }].into_iter().collect(),
            ..Config::DEFAULT
        };
        let words = said(&config, Screen { item: Some(1), ..Screen::default() });
        assert!(words.contains("> R inner calf ANT 60000\n"), "{words}");
        assert!(words.contains("- muscle O₂ ANT 60006 2/3"), "{words}");
        assert!(words.contains("- Power BLE 0501 1/3\n"), "{words}");
        assert!(words.contains("- Heart rate ANT 60002 2/3\n"), "a stranger keeps its number: {words}");
        assert!(words.contains("- Hold a sensor close searching"), "{words}");
        assert_eq!(words.matches("60000").count(), 1, "{words}");
    }

    #[test]
    fn the_figure_says_what_is_there_and_when_there_is_no_room() {
        let pick = |identity, spot, asks| Screen {
            item: Some(1),
            asks,
            pick: Some(Pick { identity, spot }),
            ..Screen::default()
        };
        let (two, eight) = (worn(2), worn(8));
        let vastus = Spot::At(THIGH);
        assert!(said(&two, pick(ant(9), Spot::At(CALF), false)).contains("Where is ANT 9? R inner calf: free"));
        assert!(said(&two, pick(ant(9), vastus, false)).contains("worn by ANT 1234"));
        assert!(said(&two, pick(ant(9), vastus, true)).contains("press again: ANT 1234 goes"));
        assert!(said(&two, pick(ant(1234), vastus, false)).contains("worn here"));
        assert!(said(&two, pick(ant(1234), Spot::Off, true)).contains("take it off: press again"));
        let free = Spot::At(Site::new(Muscle::Soleus, Side::Left));
        assert!(said(&eight, pick(ant(9), free, false)).contains("no room: eight are worn"));
        assert!(said(&eight, pick(ant(1234), free, false)).contains(": free"));
    }

    /// A head unit on the page of sensors, and what it asked for.
    struct Bench {
        unit: HeadUnit,
        now: Instant,
        outputs: Vec<Output>,
    }

    impl Bench {
        fn new(config: &Config) -> Self {
            let mut bench = Self { unit: HeadUnit::new(), now: Instant::ZERO, outputs: Vec::new() };
            bench.give(&Input::Configure(config.clone()));
            while bench.unit.page().id() != "sensors" {
                bench.press(Button::Down);
            }
            bench
        }

        fn give(&mut self, input: &Input<'_>) {
            self.unit.handle(input, self.now);
            self.outputs.extend(core::iter::from_fn(|| self.unit.poll_output()));
        }

        fn press(&mut self, button: Button) {
            self.give(&Input::Button(button, Press::Short));
        }

        /// A Moxy is heard by Bluetooth.
        fn hear(&mut self, last: u8) {
            let seen = crate::input::BleEvent::Seen {
                address: [1, 2, 3, 4, 5, last],
                name: None,
                profiles: crate::link::ble::Profiles::NONE.with(crate::input::BleProfile::Moxy),
                rssi_dbm: Some(-50),
            };
            self.give(&Input::Ble(seen));
        }

        fn roster(&self) -> Vec<(Identity, Site)> {
            self.unit.config().roster.iter().map(|it| (it.identity, it.site)).collect()
        }
    }

    #[test]
    fn entering_looks_for_sensors_leaving_ends_it_and_two_presses_put_one_on() {
        let mut bench = Bench::new(&Config::DEFAULT);
        bench.hear(7);
        assert_eq!(bench.unit.neighbours().count(), 0, "nobody looks");
        bench.press(Button::Select);
        bench.hear(7);
        assert_eq!(bench.unit.neighbours().count(), 1);
        bench.outputs.clear();
        bench.press(Button::Select);
        assert!(bench.unit.snapshot().screen.pick.is_some());
        bench.press(Button::Select);
        let seven = Identity::Ble { address: [1, 2, 3, 4, 5, 7] };
        assert_eq!(bench.roster(), [(seven, CALF)]);
        assert!(bench.outputs.contains(&Output::Event(Event::Settings)));
        bench.press(Button::Up);
        bench.press(Button::Select);
        assert_eq!(bench.unit.snapshot().screen.item, None);
        assert_eq!(bench.unit.neighbours().count(), 0);
        bench.give(&Input::Search(Listing::Off));
    }

    #[test]
    fn the_list_says_what_each_sensor_told_of_its_battery_and_nothing_where_none_did() {
        let ble = |last| Identity::Ble { address: [1, 2, 3, 4, 5, last] };
        let roster = [(ble(7), CALF), (ant(2), THIGH)].map(|(identity, site)| Assignment { identity, site });
        let own = [Sensor { kind: SensorKind::Power, identity: ble(8) }];
        let (roster, companions) = (roster.into_iter().collect(), own.into_iter().collect());
        let mut bench = Bench::new(&Config { roster, companions, ..Config::DEFAULT });
        bench.press(Button::Select);
        let words = |bench: &Bench| {
            let (moment, mut words) = (bench.unit.snapshot(), String::new());
            super::super::describe(page(&moment), &moment, 240, 400, &mut words).unwrap();
            words
        };
        let silent = words(&bench);
        assert!(silent.contains("> R inner calf BLE 0507\n"), "{silent}");
        assert!(silent.contains("- Power BLE 0508, in use\n"), "{silent}");
        bench.outputs.clear();
        for (last, percent) in [(7, 82), (8, 9), (9, 50)] {
            let address = [1, 2, 3, 4, 5, last];
            bench.give(&Input::Ble(crate::input::BleEvent::BatteryLevel { address, percent }));
        }
        let told = words(&bench);
        assert!(told.contains("> R inner calf BLE 0507, battery 82 %\n"), "{told}");
        assert!(told.contains("- R outer thigh ANT 2\n"), "{told}");
        assert!(told.contains("- Power BLE 0508, in use, battery 9 %\n"), "{told}");
        let is_notice = |output: &Output| matches!(output, Output::Event(Event::Notice { .. }));
        assert!(!bench.outputs.iter().any(is_notice), "a power meter is none of the muscles");
        bench.give(&Input::Ble(crate::input::BleEvent::BatteryLevel { address: [1, 2, 3, 4, 5, 7], percent: 15 }));
        assert!(bench.outputs.iter().any(is_notice));
    }

    #[test]
    fn what_is_taken_off_is_crossed_out_where_it_is_worn_and_nowhere_else() {
        let config = worn(8);
        let Assignment { identity, site } = config.roster[0];
        with_preview(|preview| {
            let moment = Snapshot { config: &config, ..preview.clone() };
            let looks = |spot| -> Vec<Look> {
                let pick = Pick { identity, spot };
                config.roster.iter().map(|worn| look(&moment, pick, worn.site)).collect()
            };
            let off = looks(Spot::Off);
            assert_eq!(off[0], Look::Off);
            assert!(off[1..].iter().all(|look| *look == Look::Worn), "{off:?}");
            assert_eq!(looks(Spot::At(site))[0], Look::Chosen);
            assert_eq!(looks(Spot::Back)[0], Look::Worn);
            let free = Site::new(Muscle::Deltoid, Side::Left);
            assert_eq!(look(&moment, Pick { identity, spot: Spot::Off }, free), Look::Free);
        });
    }

    #[test]
    fn a_place_that_is_taken_and_a_sensor_that_is_worn_ask_first() {
        let roster = [(ant(1), CALF), (ant(2), THIGH)].map(|(identity, site)| Assignment { identity, site });
        let mut bench = Bench::new(&Config { roster: roster.into_iter().collect(), ..Config::DEFAULT });
        bench.press(Button::Select);
        bench.hear(7);
        // The calf's sensor, moved on to the thigh's place: that asks, and then the thigh's goes.
        bench.press(Button::Select);
        bench.press(Button::Down);
        bench.press(Button::Select);
        assert_eq!(bench.roster(), [(ant(1), CALF), (ant(2), THIGH)], "{:?}", bench.unit.snapshot().screen);
        bench.press(Button::Select);
        assert_eq!(bench.roster(), [(ant(1), THIGH)]);
        // Taken off: up from its own place twice leads past the calf to what is no place; back is nearer.
        bench.press(Button::Select);
        for _ in 0..3 {
            bench.press(Button::Up);
        }
        assert_eq!(bench.unit.snapshot().screen.pick.map(|pick| pick.spot), Some(Spot::Off));
        bench.press(Button::Select);
        assert_eq!(bench.roster().len(), 1);
        bench.press(Button::Select);
        assert_eq!(bench.roster(), []);
    }

    #[test]
    fn a_sensor_of_the_bike_becomes_the_riders_own_and_takes_the_place_of_another() {
        let mut own = heapless::Vec::new();
        let power = |number| Sensor { kind: SensorKind::Power, identity: ant(number) };
        for (sensor, expected) in [(power(1), &[power(1)][..]), (power(2), &[power(2)]), (power(2), &[])] {
            toggle_companion(&mut own, sensor);
            assert_eq!(own, expected);
        }
    }
}
