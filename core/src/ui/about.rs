//! Muscles: every muscle that is worn with its SmO2, where calf and thigh of a leg are not all. About: the sensors that are worn,
//! how they are heard, and which build this is.

use super::layout::with_status;
use super::list::{Item, Items, List, Text};
use super::pairing::number;
use super::{Cells, Page, put};
use crate::draw::{Area, Words};
use crate::field::{Part, SiteView, Snapshot, part};
use crate::language::Say;
use crate::math;

/// The page of all muscles.
pub struct Muscles;

struct Worn;

static WORN: List = List { id: "muscles", title: Say::Muscles, items: &Worn, empty: Say::NotWorn };

impl Page for Muscles {
    fn id(&self) -> &'static str {
        "muscles"
    }

    fn title(&self) -> Say {
        Say::Muscles
    }

    /// There are muscles that neither Balance nor Sides shows.
    fn suits(&self, snapshot: &Snapshot<'_>) -> bool {
        snapshot.sites.iter().any(|view| !matches!(part(view.site.muscle), Part::Calf | Part::Thigh))
    }

    fn is_optional(&self) -> bool {
        true
    }

    fn lay_out(&self, _snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_status(area, cells);
        put(cells, page, &WORN);
    }

    fn items(&self) -> Option<&'static dyn Items> {
        Some(&Worn)
    }
}

impl Items for Worn {
    fn item(&self, snapshot: &Snapshot<'_>, at: usize) -> Option<Item> {
        let view = snapshot.sites.get(at)?;
        let value = match view.smo2 {
            Ok(percent) => {
                let percent = Words::of(format_args!("{} %", math::round_i32(percent)));
                Text::Either(percent.clone(), percent)
            }
            Err(reason) => Text::Said(reason.say()),
        };
        Some(Item::new(Text::Site(view.site), value))
    }
}

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
