//! Three buttons do everything. Up and down turn the pages, or move among a page's items; select acknowledges what is shown, or
//! chooses. Held, select begins a lap, up switches the leg, down keeps cues back, wherever the rider is.

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
}

/// What a press means on the page that is shown.
pub fn press(snapshot: &Snapshot<'_>, button: Button, press: Press) -> Deed {
    match (button, press) {
        (Button::Select, Press::Long) => Deed::Lap,
        (Button::Up, Press::Long) => Deed::SwitchLeg,
        (Button::Down, Press::Long) => Deed::Snooze,
        (Button::Select, Press::Short) => Deed::Acknowledge,
        (Button::Up, Press::Short) => Deed::Show(turned(snapshot, PAGES.len() - 1)),
        (Button::Down, Press::Short) => Deed::Show(turned(snapshot, 1)),
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
