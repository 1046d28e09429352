//! Three buttons do everything. Up and down turn the pages, or move among a page's items; select acknowledges what is shown,
//! else it chooses. Held, select begins a lap, up switches the leg, down keeps cues back, wherever the rider is.

use super::list::{Chosen, item, len};
use super::pairing::{self, Answer};
use super::{Balance, PAGES, Page, page};
use crate::field::{Screen, Snapshot};
use crate::input::{Button, Press};

/// What a press asks of the head unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Acknowledge the alerts that are shown.
    Acknowledge,
    /// Begin a lap.
    Lap,
    /// Show the other leg.
    SwitchLeg,
    /// Keep cues back, or give them again.
    Snooze,
    /// Show this.
    Show(Screen),
    /// Do what an item of the page says.
    Do(Chosen),
}

/// What a press means on the page that is shown.
pub fn press(snapshot: &Snapshot<'_>, button: Button, press: Press) -> Deed {
    match (button, press) {
        (Button::Select, Press::Long) => Deed::Lap,
        (Button::Up, Press::Long) => Deed::SwitchLeg,
        (Button::Down, Press::Long) => Deed::Snooze,
        (Button::Select, Press::Short) => select(snapshot),
        (Button::Up, Press::Short) => Deed::Show(moved(snapshot, false)),
        (Button::Down, Press::Short) => Deed::Show(moved(snapshot, true)),
    }
}

/// What is shown of an alert comes first; then the item that is chosen, or going in among the items; on Balance how much
/// time its chart shows.
fn select(snapshot: &Snapshot<'_>) -> Deed {
    let screen = snapshot.screen;
    let is_told = snapshot.alert.is_some_and(|alert| alert.is_news);
    if let Some(pick) = screen.pick.filter(|_| !is_told) {
        return match pairing::answer(snapshot, pick) {
            Answer::Back => Deed::Show(Screen { pick: None, asks: false, ..screen }),
            Answer::Ask => Deed::Show(Screen { asks: true, ..screen }),
            Answer::Nothing => Deed::Show(screen),
            Answer::Do(chosen) => Deed::Do(chosen),
        };
    }
    let items = page(snapshot).items().filter(|_| !is_told);
    let Some(items) = items else {
        let is_seen = snapshot.alerts.episodes().iter().all(|episode| episode.acknowledged);
        let has_chart = is_seen && page(snapshot).id() == Balance.id();
        return if has_chart { Deed::Show(Screen { is_long: !screen.is_long, ..screen }) } else { Deed::Acknowledge };
    };
    let Some(at) = screen.item else {
        return Deed::Show(Screen { item: Some(u8::from(len(items, snapshot) > 1)), asks: false, ..screen });
    };
    match item(items, snapshot, usize::from(at)) {
        Some(chosen) if chosen.asks && !screen.asks => Deed::Show(Screen { asks: true, ..screen }),
        Some(chosen) => chosen.act.map_or(Deed::Show(screen), Deed::Do),
        // The list has become shorter.
        None => Deed::Show(Screen { item: None, asks: false, ..screen }),
    }
}

/// One item or page further, or back.
fn moved(snapshot: &Snapshot<'_>, forward: bool) -> Screen {
    let screen = snapshot.screen;
    if let Some(pick) = screen.pick {
        return Screen { pick: Some(pairing::moved(snapshot, pick, forward)), asks: false, ..screen };
    }
    match (screen.item, page(snapshot).items()) {
        (Some(at), Some(items)) => {
            let len = len(items, snapshot);
            // The list may have become shorter.
            let at = usize::from(at).min(len - 1);
            let step = if forward { 1 } else { len - 1 };
            Screen { item: Some(((at + step) % len) as u8), asks: false, ..screen }
        }
        _ => turned(snapshot, if forward { 1 } else { PAGES.len() - 1 }),
    }
}

/// The page that stands `step` places further, round and round, of those that suit.
fn turned(snapshot: &Snapshot<'_>, step: usize) -> Screen {
    let mut at = usize::from(snapshot.screen.page);
    for _ in 0..PAGES.len() {
        at = (at + step) % PAGES.len();
        let is_shown =
            |it: &&dyn Page| it.suits(snapshot) && !snapshot.config.hidden_pages.iter().any(|hidden| hidden == it.id());
        if PAGES.get(at).is_some_and(is_shown) {
            break;
        }
    }
    Screen { page: at as u8, ..Screen::default() }
}

/// The page to show when what is worn has changed: the one that is shown, or the first that suits.
pub fn kept(snapshot: &Snapshot<'_>) -> Screen {
    if page(snapshot).suits(snapshot) { snapshot.screen } else { turned(snapshot, 1) }
}

/// Whether the rider looks for sensors.
pub fn looks(snapshot: &Snapshot<'_>) -> bool {
    snapshot.screen.item.is_some() && page(snapshot).looks()
}

/// What the item does that the rider is at.
pub fn chosen(snapshot: &Snapshot<'_>) -> Option<Chosen> {
    item(page(snapshot).items()?, snapshot, usize::from(snapshot.screen.item?))?.act
}

#[cfg(test)]
mod tests {
    use super::super::{Balance, cells};
    use super::{Deed, press};
    use crate::alert::Alerts;
    use crate::config::Config;
    use crate::field::{Screen, Snapshot, with_preview};
    use crate::head_unit::{Assignment, Cue, Event, HeadUnit, Output};
    use crate::input::{BleEvent, BleProfile, Button, Input, Label, Press};
    use crate::pattern::{Evidence, PatternKind, Place, Verdict};
    use crate::sensor::{Identity, Muscle, Sample, Side, Site, Value};
    use crate::time::Instant;
    use crate::units::Smo2;
    extern crate std;
    use std::boxed::Box;
    use std::collections::BTreeSet;
    use std::vec::Vec;

    struct Presser {
        unit: Box<HeadUnit>,
        ms: u64,
        random: u32,
    }

    impl Presser {
        fn next(&mut self, n: u32) -> u32 {
            self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.random >> 12) % n
        }

        fn give(&mut self, input: &Input<'_>) -> Vec<Output> {
            self.unit.handle(input, Instant::from_ms(self.ms));
            core::iter::from_fn(|| self.unit.poll_output()).collect()
        }

        /// Presses, and looks whether it is answered.
        fn press(&mut self, button: Button, press: Press) {
            self.ms += 130;
            let outputs = self.give(&Input::Button(button, press));
            let cues = |cue| outputs.iter().filter(|it| matches!(it, Output::Cue(of) if of.cue == cue)).count();
            let is_lap = (button, press) == (Button::Select, Press::Long);
            let laps = outputs.iter().filter(|it| matches!(it, Output::Event(Event::Lap { .. }))).count();
            assert_eq!(laps, usize::from(is_lap), "{:?}", self.unit.snapshot().screen);
            let expected = if is_lap { Cue::Lap } else { Cue::Acknowledged };
            assert_eq!(cues(expected), 1, "{button:?} {press:?} {:?}", self.unit.snapshot().screen);
        }

        /// Sensors come and go, and time passes.
        fn world(&mut self) {
            match self.next(8) {
                0 => {
                    let n = self.next(24) as u8;
                    let profile =
                        [BleProfile::Moxy, BleProfile::CyclingPower, BleProfile::HeartRate][usize::from(n) % 3];
                    let seen = BleEvent::Seen {
                        address: [1, 2, 3, 4, 5, n],
                        name: None,
                        profiles: crate::link::ble::Profiles::NONE.with(profile),
                        rssi_dbm: Some(-40 - n as i8),
                    };
                    self.give(&Input::Ble(seen));
                }
                1 => {
                    for _ in 0..self.random >> 26 {
                        self.ms += 1000;
                        self.give(&Input::Tick);
                    }
                }
                2 => {
                    let smo2 = Smo2::from_tenths(500 + (self.random >> 20 & 63) as u16).unwrap();
                    let reading = Ok(Value { smo2, thb: None });
                    let identity = Identity::Channel(self.next(4) as u8);
                    self.give(&Input::Sample(Sample { identity, count: self.ms as u16, reading }));
                }
                3 if self.next(40) == 0 => {
                    let n = self.next(9) as u8;
                    let worn = |n: u8| Assignment {
                        identity: Identity::Channel(n),
                        site: Site::new(Muscle::ALL[usize::from(n)], Side::Left),
                    };
                    let config = Config { roster: (0..n).map(worn).collect(), ..self.unit.config().clone() };
                    self.give(&Input::Configure(config));
                }
                4 if self.next(20) == 0 => {
                    let label: Label = ["a", "b", "c", "d"][self.next(4) as usize].parse().unwrap();
                    self.give(&Input::Position(label));
                }
                _ => self.ms += 200,
            }
        }

        /// How many presses of one who wants to go back to Balance it takes: select on what leads out, else up.
        fn way_home(&self) -> u32 {
            let mut rider = Self { unit: self.unit.clone(), ms: self.ms, random: 1 };
            for n in 0..=64 {
                let Screen { page, item, pick, .. } = rider.unit.snapshot().screen;
                if page == 0 && item.is_none() {
                    return n;
                }
                let is_out = match (pick, item) {
                    (Some(pick), _) => pick.spot == crate::field::Spot::Back,
                    (None, item) => item == Some(0),
                };
                rider.press(if is_out { Button::Select } else { Button::Up }, Press::Short);
            }
            u32::MAX
        }
    }

    #[test]
    fn select_on_balance_turns_its_chart_to_thirty_minutes_and_back_unless_an_alert_wants_to_be_seen() {
        with_preview(|preview| {
            let short = |screen| press(&Snapshot { screen, ..preview.clone() }, Button::Select, Press::Short);
            let long = Screen { is_long: true, ..Screen::default() };
            assert_eq!((short(Screen::default()), short(long)), (Deed::Show(long), Deed::Show(Screen::default())));
            let chart = |screen, (w, h)| {
                let cells = cells(&Balance, &Snapshot { screen, ..preview.clone() }, w, h);
                cells.iter().map(|cell| cell.field.id()).find(|id| id.ends_with("_chart"))
            };
            for display in [(240, 400), (400, 240), (282, 470), (470, 282)] {
                assert_eq!(chart(Screen::default(), display), Some("strip_chart"));
                assert_eq!(chart(long, display), Some("trend_chart"));
            }
            let place = Place { site: preview.calf.unwrap().site, against: None };
            let evidence = Evidence::Smo2 { site: -9.0, against: None };
            let verdict =
                Verdict { kind: PatternKind::CalfOverload, place, strength: 9.0, since: preview.now, evidence };
            let mut alerts = Alerts::new();
            alerts.report(preview.now, verdict.kind, place, Some(verdict), &mut |_| {});
            let mut seen = alerts.clone();
            seen.acknowledge(preview.now);
            let select = |alerts| press(&Snapshot { alerts, ..preview.clone() }, Button::Select, Press::Short);
            assert_eq!((select(&alerts), select(&seen)), (Deed::Acknowledge, Deed::Show(long)));
        });
    }

    #[test]
    fn ten_thousand_presses_lead_into_no_dead_end_and_each_is_answered() {
        let mut rider = Presser { unit: Box::default(), ms: 0, random: 11 };
        let config = Config {
            roster: (0..2)
                .map(|n| Assignment {
                    identity: Identity::Channel(n),
                    site: Site::new(Muscle::ALL[3 * usize::from(n)], Side::Right),
                })
                .collect(),
            ..Config::DEFAULT
        };
        rider.give(&Input::Configure(config));
        let (mut been, mut picked, mut furthest) = (BTreeSet::new(), 0, 0);
        for i in 0..10_000 {
            rider.world();
            let button = match rider.next(10) {
                0..3 => Button::Down,
                3 => Button::Up,
                _ => Button::Select,
            };
            let press = if rider.next(40) == 0 { Press::Long } else { Press::Short };
            rider.press(button, press);
            let screen = rider.unit.snapshot().screen;
            been.insert((rider.unit.page().id(), screen.item.is_some()));
            picked += u32::from(screen.pick.is_some());
            // Each new place, and every few presses.
            if i % 4 == 0 {
                let way = rider.way_home();
                assert!(way <= 64, "{screen:?}");
                furthest = furthest.max(way);
            }
        }
        for id in ["blocks", "survey", "reassess", "sensors", "settings"] {
            assert!(been.contains(&(id, true)), "{id}: {been:?}");
        }
        assert!(picked > 100, "{picked}");
        assert!(furthest > 10, "{furthest}");
    }
}
