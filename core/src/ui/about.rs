//! About: the sensors that are worn, how they are heard, and which build this is.

use super::layout::with_status;
use super::list::{Item, Items, List};
use super::pairing::number;
use super::{Cells, Page, put};
use crate::draw::{Area, Words};
use crate::field::{Choices, SiteView, Snapshot, forms, site_names};
use crate::language::{Language, Say};

/// The page.
pub struct About;

struct Facts;

static LIST: List = List { id: "about", title: Say::About, items: &Facts, empty: Say::About };

impl Page for About {
    fn id(&self) -> &'static str {
        "about"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::About.long(language)
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
        let words = |text: &str| Choices::from_iter([Words::of(format_args!("{text}"))]);
        if let Some(view) = snapshot.sites.get(at) {
            return Some(Item::new(site_names(view.site, snapshot.language), state(view, snapshot.language)));
        }
        match at - snapshot.sites.len() {
            0 => Some(Item::new(words("Sling"), words(env!("CARGO_PKG_VERSION")))),
            1 => Some(Item::new(forms(Say::NotMedical, snapshot.language, &[]), Choices::new())),
            _ => None,
        }
    }
}

/// Why a sensor gives nothing, else that its battery is low, else its number and how well it is heard.
fn state(view: &SiteView<'_>, language: Language) -> Choices {
    if let Err(reason) = view.smo2 {
        return forms(reason.say(), language, &[]);
    }
    if view.low_battery {
        return forms(Say::LowBattery, language, &[]);
    }
    let number = number(view.identity);
    // A recording says nothing of reception.
    let heard = view.reception.map(|(_, bars)| Words::of(format_args!("{number} {bars}/3")));
    heard.into_iter().chain([number]).collect()
}
