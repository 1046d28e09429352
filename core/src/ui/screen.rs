//! Three buttons do everything. Up and down turn the pages, or move among a page's items; select acknowledges what is shown,
//! else it chooses. Held, select begins a lap, up switches the leg, down keeps cues back, wherever the rider is.
//!
//! A finger does what a button does, where a display feels it: swipes turn the pages and move among items, a tap marks what it
//! meets, and is a press of select on what is marked. Nothing can be done with fingers that cannot with buttons, nor with less.

use super::list::{Chosen, Items, item, len};
use super::pairing::{self, Answer};
use super::{Balance, Muscles, PAGES, Page, Sides, cells, page};
use crate::draw::Area;
use crate::field::{Mark, Screen, Snapshot};
use crate::input::{Button, Press, Touch};

/// What a press or a touch asks of the head unit.
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

/// What a touch means on the page that is shown.
pub fn touch(snapshot: &Snapshot<'_>, touch: Touch) -> Deed {
    let mut screen = snapshot.screen;
    let is_among = screen.item.is_some();
    match touch {
        Touch::Hold => return Deed::Lap,
        Touch::SwipeLeft => return Deed::Show(turned(snapshot, 1)),
        Touch::SwipeRight => return Deed::Show(turned(snapshot, PAGES.len() - 1)),
        Touch::SwipeUp | Touch::SwipeDown if !is_among => {
            return page(snapshot).items().map_or(Deed::SwitchLeg, |items| Deed::Show(among(snapshot, items)));
        }
        _ => {}
    }
    let is_tap = matches!(touch, Touch::Tap { .. });
    let mark = mark(snapshot, touch);
    if is_tap && (is_told(snapshot) || mark == screen.mark()) {
        return select(snapshot);
    }
    screen.asks = false;
    match (mark, &mut screen.pick) {
        (Some(Mark::Item(at)), _) => screen.item = Some(at),
        (Some(Mark::Spot(spot)), Some(pick)) => pick.spot = spot,
        _ if !is_tap => return Deed::Show(moved(snapshot, touch == Touch::SwipeUp)),
        // Beside what can be marked it leads out, from the figure to the list first.
        (_, Some(_)) => screen.pick = None,
        (_, None) => screen.item = None,
    }
    Deed::Show(screen)
}

/// What a touch meets, or brings.
fn mark(snapshot: &Snapshot<'_>, touch: Touch) -> Option<Mark> {
    let (w, h) = snapshot.config.screen;
    let cells = cells(page(snapshot), snapshot, w.cast_signed(), h.cast_signed());
    cells.iter().find_map(|cell| match touch {
        Touch::Tap { x, y } if !cell.area.contains(&Area::new(x, y, 1, 1)) => None,
        _ => cell.field.mark(snapshot, cell.area, touch),
    })
}

fn is_told(snapshot: &Snapshot<'_>) -> bool {
    snapshot.alert.is_some_and(|alert| alert.is_news)
}

/// In among the items, at the first that does not lead out.
fn among(snapshot: &Snapshot<'_>, items: &dyn Items) -> Screen {
    Screen { item: Some(u8::from(len(items, snapshot) > 1)), asks: false, ..snapshot.screen }
}

/// What is shown of an alert comes first; then the item that is chosen, or going in among the items; on Balance how much
/// time its chart shows; on Sides which row a small display shows.
fn select(snapshot: &Snapshot<'_>) -> Deed {
    let screen = snapshot.screen;
    if is_told(snapshot) {
        return Deed::Acknowledge;
    }
    if let Some(pick) = screen.pick {
        return match pairing::answer(snapshot, pick) {
            Answer::Back => Deed::Show(Screen { pick: None, asks: false, ..screen }),
            Answer::Ask => Deed::Show(Screen { asks: true, ..screen }),
            Answer::Nothing => Deed::Show(screen),
            Answer::Do(chosen) => Deed::Do(chosen),
        };
    }
    let Some(items) = page(snapshot).items() else {
        let is_seen = snapshot.alerts.episodes().iter().all(|episode| episode.acknowledged);
        let id = page(snapshot).id();
        return match is_seen {
            true if id == Balance.id() => Deed::Show(Screen { is_long: !screen.is_long, ..screen }),
            true if id == Sides.id() || id == Muscles.id() => {
                Deed::Show(Screen { row: (screen.row + 1) % ROWS_AROUND, ..screen })
            }
            _ => Deed::Acknowledge,
        };
    };
    let Some(at) = screen.item else { return Deed::Show(among(snapshot, items)) };
    match item(items, snapshot, usize::from(at)) {
        Some(chosen) if chosen.asks && !screen.asks => Deed::Show(Screen { asks: true, ..screen }),
        Some(chosen) => chosen.act.map_or(Deed::Show(screen), Deed::Do),
        // The list has become shorter.
        None => Deed::Show(Screen { item: None, asks: false, ..screen }),
    }
}

/// After so many presses the first row is shown again, whether there are one, two, three or four.
const ROWS_AROUND: u8 = 12;

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
    Screen { page: at as u8, is_long: snapshot.screen.is_long, row: snapshot.screen.row, ..Screen::default() }
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
    use super::super::tests::{DISPLAYS, Sheet, crowd, worn};
    use super::*;
    use crate::config::Config;
    use crate::draw::{Canvas, Ink, Theme};
    use crate::field::{AlertView, Pick, Spot, with_preview};
    use crate::sensor::Identity;
    use crate::session::Session;
    extern crate std;
    use std::collections::BTreeSet;
    use std::vec::Vec;

    const TAP: Touch = Touch::Tap { x: 0, y: 0 };
    /// Pages with items.
    const LISTS: [&str; 8] = ["blocks", "survey", "reassess", "sensors", "alerts", "settings", "about", "ride"];

    fn place(id: &str) -> u8 {
        PAGES.iter().position(|page| page.id() == id).unwrap() as u8
    }

    /// The pages with two sensors worn and many heard, where the rider is on each of them.
    fn at<R>(config: &Config, screen: Screen, see: impl FnOnce(&Snapshot<'_>) -> R) -> R {
        let (crowd, session) = (crowd(), Session::new());
        with_preview(|it| see(&Snapshot { config, screen, session: &session, neighbours: &crowd, ..it.clone() }))
    }

    #[test]
    fn where_nothing_can_be_marked_a_touch_does_what_a_press_does() {
        for page in ["balance", "numbers", "settings", "blocks"] {
            let screen = Screen { page: place(page), ..Screen::default() };
            at(&worn(2), screen, |it| {
                let pairs = [
                    (Touch::Hold, Button::Select, Press::Long),
                    (Touch::SwipeLeft, Button::Down, Press::Short),
                    (Touch::SwipeRight, Button::Up, Press::Short),
                    (TAP, Button::Select, Press::Short),
                ];
                for (finger, button, length) in pairs {
                    assert_eq!(touch(it, finger), press(it, button, length), "{page} {finger:?}");
                }
                let into = match super::super::page(it).items() {
                    Some(_) => press(it, Button::Select, Press::Short),
                    None => press(it, Button::Up, Press::Long),
                };
                for finger in [Touch::SwipeUp, Touch::SwipeDown] {
                    assert_eq!(touch(it, finger), into, "{page} {finger:?}");
                }
            });
        }
    }

    #[test]
    fn beside_the_items_a_tap_leads_out_and_swipes_turn_the_page() {
        let pick = Pick { identity: Identity::Channel(7), spot: Spot::Off };
        for id in LISTS {
            let among = Screen { page: place(id), item: Some(1), asks: true, pick: None, is_long: false, row: 0 };
            let out = Screen { item: None, asks: false, ..among };
            at(&worn(2), among, |it| {
                assert_eq!(touch(it, TAP), Deed::Show(out), "{id}");
                let turned = at(&worn(2), out, |it| press(it, Button::Down, Press::Short));
                assert_eq!(touch(it, Touch::SwipeLeft), turned, "{id}");
                assert_eq!(touch(it, Touch::Hold), Deed::Lap, "{id}");
            });
        }
        let figure =
            Screen { page: place("sensors"), item: Some(1), asks: true, pick: Some(pick), is_long: false, row: 0 };
        at(&worn(2), figure, |it| {
            assert_eq!(touch(it, TAP), Deed::Show(Screen { asks: false, pick: None, ..figure }));
            assert_eq!(touch(it, Touch::SwipeUp), press(it, Button::Down, Press::Short));
            assert_eq!(touch(it, Touch::SwipeDown), press(it, Button::Up, Press::Short));
        });
    }

    #[test]
    fn while_an_alert_is_news_a_tap_anywhere_acknowledges_it_and_nothing_else_does() {
        use crate::pattern::{Evidence, PatternKind, Place};
        for item in [None, Some(1)] {
            let screen = Screen { page: place("settings"), item, ..Screen::default() };
            at(&worn(2), screen, |it| {
                let site = it.calf.unwrap().site;
                let alert = Some(AlertView {
                    kind: PatternKind::CalfOverload,
                    place: Place { site, against: None },
                    level: crate::alert::Level::Caution,
                    strength: 9.0,
                    evidence: Evidence::Smo2 { site: -9.0, against: None },
                    since: it.now,
                    told_at: it.now,
                    is_news: true,
                    names_head: false,
                    more: 0,
                });
                let told = Snapshot { alert, ..it.clone() };
                for y in 0..400 {
                    assert_eq!(touch(&told, Touch::Tap { x: y * 3 / 5, y }), Deed::Acknowledge);
                }
                for finger in [Touch::SwipeUp, Touch::SwipeDown, Touch::SwipeLeft, Touch::SwipeRight, Touch::Hold] {
                    assert_ne!(touch(&told, finger), Deed::Acknowledge, "{finger:?}");
                }
            });
        }
    }

    /// Whether the pixel is inked as the page is drawn on a display of this size.
    fn inked(snapshot: &Snapshot<'_>, (w, h): (i16, i16)) -> impl Fn(i16, i16) -> bool {
        let mut sheet = Sheet::new(Theme::Day);
        sheet.fill(Area::new(0, 0, 480, 480), Ink::Paper);
        for cell in cells(page(snapshot), snapshot, w, h) {
            cell.field.draw(snapshot, &mut sheet, cell.area);
        }
        move |x, y| sheet.pixel(x, y)
    }

    #[test]
    fn what_a_tap_marks_turns_black_under_the_finger_and_the_next_tap_there_is_select() {
        let bare = worn(2).roster[0].identity;
        let pick = Some(Pick { identity: bare, spot: Spot::Back });
        for (w, h) in DISPLAYS {
            let config = Config { screen: (w.cast_unsigned(), h.cast_unsigned()), ..worn(2) };
            let mut starts: Vec<_> =
                LISTS.map(|id| Screen { page: place(id), item: Some(0), ..Screen::default() }).into();
            starts.push(Screen { pick, ..starts[3] });
            // Further down a list that is longer than the display.
            starts.push(Screen { item: Some(17), ..starts[5] });
            for start in starts {
                let (met, lines, list) = at(&config, start, |it| {
                    let before = inked(it, (w, h));
                    let mut met = BTreeSet::new();
                    for (x, y) in
                        (0..w).flat_map(|x| (0..h).map(move |y| (x, y))).filter(|(x, y)| x % 3 == 0 && y % 5 == 0)
                    {
                        let Deed::Show(screen) = touch(it, Touch::Tap { x, y }) else { continue };
                        let Some(mark) = screen.mark().filter(|mark| Some(*mark) != start.mark()) else { continue };
                        if start.pick.is_some() && screen.pick.is_none() {
                            continue;
                        }
                        let marked = Snapshot { screen, ..it.clone() };
                        let again = touch(&marked, Touch::Tap { x, y });
                        assert_eq!(again, press(&marked, Button::Select, Press::Short), "{screen:?}");
                        if met.insert(std::format!("{mark:?}")) {
                            let after = inked(&marked, (w, h));
                            let around = (y - 3..=y + 3).flat_map(|y| (x - 3..=x + 3).map(move |x| (x, y)));
                            let turned = around.filter(|&(x, y)| after(x, y) && !before(x, y)).count();
                            assert!(turned > 4, "{w}x{h} {screen:?} at {x} {y}");
                        }
                    }
                    let items = page(it).items().unwrap();
                    let list = cells(page(it), it, w, h).iter().find_map(|cell| {
                        let area = cell.area;
                        let first = Touch::Tap { x: area.x, y: area.y + 30 };
                        cell.field.mark(it, area, first).map(|_| area.h)
                    });
                    (met.len(), len(items, it), list)
                });
                let id = PAGES[usize::from(start.page)].id();
                let expected = match (start.pick, start.item) {
                    // Each muscle of both legs.
                    (Some(_), _) => 26,
                    // Every line that is shown but the one that is marked: those of 32 rows below a title of 30.
                    (None, item) => {
                        let room = usize::try_from((list.unwrap() - 30) / 32).unwrap();
                        assert!(room >= (lines - 1).min(3), "{w}x{h} {id}: {room} lines");
                        let first = usize::from(item.unwrap()) / room * room;
                        room.min(lines - first) - 1
                    }
                };
                assert!(met >= expected, "{w}x{h} {id}: {met} of {lines}, {start:?}");
            }
        }
    }

    #[test]
    fn swipes_bring_every_line_of_a_list_to_where_it_can_be_tapped() {
        for (w, h) in DISPLAYS {
            let config = Config { screen: (w.cast_unsigned(), h.cast_unsigned()), ..worn(2) };
            for id in LISTS {
                for finger in [Touch::SwipeUp, Touch::SwipeDown] {
                    let (mut screen, mut seen) = (Screen { page: place(id), ..Screen::default() }, BTreeSet::new());
                    let mut lines = 0;
                    for _ in 0..64 {
                        at(&config, screen, |it| {
                            let Deed::Show(next) = touch(it, finger) else { panic!("{id} {finger:?}") };
                            let next_it = Snapshot { screen: next, ..it.clone() };
                            for y in 0..h {
                                let tapped = touch(&next_it, Touch::Tap { x: w / 2, y });
                                seen.extend(next.item);
                                if let Deed::Show(Screen { item: Some(item), .. }) = tapped {
                                    seen.insert(item);
                                }
                            }
                            lines = len(page(it).items().unwrap(), it);
                            screen = next;
                        });
                    }
                    assert_eq!(seen.len(), lines, "{w}x{h} {id} {finger:?}: {seen:?}");
                }
            }
        }
    }

    #[test]
    fn a_place_that_is_taken_takes_three_taps_on_it() {
        let config = worn(2);
        let [first, second] = [config.roster[0], config.roster[1]];
        let pick = Pick { identity: first.identity, spot: Spot::At(first.site) };
        let mut screen =
            Screen { page: place("sensors"), item: Some(1), asks: false, pick: Some(pick), is_long: false, row: 0 };
        let tap = (0..400)
            .flat_map(|y| (0..240).map(move |x| Touch::Tap { x, y }))
            .find(|tap| at(&config, screen, |it| mark(it, *tap)) == Some(Mark::Spot(Spot::At(second.site))))
            .unwrap();
        for asks in [false, true] {
            let Deed::Show(next) = at(&config, screen, |it| touch(it, tap)) else { panic!("done too soon") };
            assert_eq!((next.mark(), next.asks), (Some(Mark::Spot(Spot::At(second.site))), asks));
            screen = next;
        }
        let deed = at(&config, screen, |it| touch(it, tap));
        assert_eq!(deed, Deed::Do(Chosen::Assign(crate::config::Assignment { site: second.site, ..first })));
    }

    #[test]
    fn select_on_balance_turns_its_chart_to_thirty_minutes_and_back_unless_an_alert_wants_to_be_seen() {
        use crate::alert::Alerts;
        use crate::pattern::{Evidence, PatternKind, Place, Verdict};
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
}
