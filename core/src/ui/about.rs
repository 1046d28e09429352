//! About: the sensors that are worn, how they are heard, and which build this is.

use super::layout::with_status;
use super::list::{Item, Items, List, Text};
use super::pairing::number;
use super::{Cells, Page, put};
use crate::draw::{Area, Words};
use crate::field::{SiteView, Snapshot};
use crate::language::Say;

/// The page.
pub struct About;

struct Facts;

static LIST: List = List { id: "about", title: Say::About, items: &Facts, empty: Say::About };

impl Page for About {
    fn id(&self) -> &'static str {
        "about"
    }

    fn title(&self) -> Say {
        Say::About
    }

    fn lay_out(&self, _snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_status(area, cells);
        put(cells, page, &LIST);
    }

    fn items(&self) -> Option<&'static dyn Items> {
        Some(&Facts)
    }
}

impl Items for Facts {
    fn item(&self, snapshot: &Snapshot<'_>, at: usize) -> Option<Item> {
        if let Some(view) = snapshot.sites.get(at) {
            return Some(Item::new(Text::Site(view.site), state(view)));
        }
        match at - snapshot.sites.len() {
            0 => Some(Item::new(Text::Plain("Sling"), Text::Plain(env!("CARGO_PKG_VERSION")))),
            1 => Some(Item::new(Text::Said(Say::NotMedical), Text::Nothing)),
            _ => None,
        }
    }
}

/// Why a sensor gives nothing, else that its battery is low, else its number and how well it is heard.
fn state(view: &SiteView<'_>) -> Text {
    if let Err(reason) = view.smo2 {
        return Text::Said(reason.say());
    }
    if view.low_battery {
        return Text::Said(Say::LowBattery);
    }
    let number = number(view.identity);
    // A recording says nothing of reception.
    match view.reception {
        Some((_, bars)) => Text::Either(Words::of(format_args!("{number} {bars}/3")), number),
        None => Text::Either(number.clone(), number),
    }
}
