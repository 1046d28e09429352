//! Three buttons do everything. Up and down turn the pages, or move among a page's items; select acknowledges what is shown,
//! else it chooses. Held, select begins a lap, up switches the leg, down keeps cues back, wherever the rider is.

use super::list::{Chosen, item, len};
use super::pairing::{self, Answer};
use super::{PAGES, page};
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

/// What is shown of an alert comes first; then the item that is chosen, or going in among the items.
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
    let Some(items) = items else { return Deed::Acknowledge };
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
        let is_shown = |it: &&dyn super::Page| {
            it.suits(snapshot) && !snapshot.config.hidden_pages.iter().any(|hidden| hidden == it.id())
        };
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
