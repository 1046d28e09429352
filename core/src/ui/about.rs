//! About: the sensors that are worn, how they are heard, and which build this is.

use super::layout::{is_small, with_status};
use super::list::{Item, Items, List, Text};
use super::{Cells, Field, Page, put};
use crate::draw::{Area, Canvas, Ink, text_wrapped};
use crate::field::{SiteView, Snapshot, forms};
use crate::language::{Language, Say};
use core::fmt;
use sling_fonts::{Font, LABEL_17, SMALL_13};

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
        let (foot_h, more) = if is_small(area) { (LINES_H, BELOW_H) } else { (LINE_H, 0) };
        let (list, foot) = page.split_top(page.h - foot_h);
        if list.h < LIST.smallest().1 {
            // Above an alert a small display has room for the list alone; the foot is back with its rows.
            return put(cells, page, &LIST);
        }
        let foot = Area::new(foot.x, foot.y, foot.w, foot.h + more);
        put(cells, list, &LIST);
        put(cells, foot, &NotMedical);
    }

    fn items(&self) -> Option<&'static dyn Items> {
        Some(&Facts)
    }
}

impl Items for Facts {
    fn item(&self, snapshot: &Snapshot<'_>, at: usize) -> Option<Item> {
        if let Some(view) = snapshot.sites.get(at) {
            let (value, bars) = state(view);
            return Some(Item { bars, ..Item::new(Text::Site(view.site), value) });
        }
        match at - snapshot.sites.len() {
            0 => Some(Item::new(Text::Plain("Sling"), Text::Plain(env!("CARGO_PKG_VERSION")))),
            _ => None,
        }
    }
}

/// Why a sensor gives nothing, else that its battery is low, else its number and how well it is heard. A recording says
/// nothing of reception.
fn state(view: &SiteView<'_>) -> (Text, Option<u8>) {
    if let Err(reason) = view.smo2 {
        return (Text::Said(reason.say()), None);
    }
    if view.low_battery {
        return (Text::Said(Say::LowBattery), None);
    }
    (Text::Number(view.identity), view.reception.map(|(_, bars)| bars))
}

/// What this is not, in full: a shorter form would say something else.
struct NotMedical;

static LABELS: [&Font; 2] = [&LABEL_17, &SMALL_13];
/// Rows of one line, and of two.
const LINE_H: i16 = 28;
const LINES_H: i16 = 36;
/// Rows of two lines that reach below the page: they stand away from round corners.
const BELOW_H: i16 = 2;

impl Field for NotMedical {
    fn id(&self) -> &'static str {
        "not_medical"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::NotMedical.long(language)
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn smallest(&self) -> (i16, i16) {
        (150, LINE_H)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        text_wrapped(canvas, area, &LABELS, &forms(Say::NotMedical, snapshot.language, &[]), Ink::Ink);
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str(self.title(snapshot.language))
    }
}

#[cfg(test)]
mod tests {
    use super::super::cells;
    use super::super::tests::DISPLAYS;
    use super::*;
    use crate::field::with_preview;

    #[test]
    fn that_this_is_no_medical_device_has_one_form_and_stands_on_every_display() {
        with_preview(|preview| {
            for language in Language::ALL {
                assert_eq!(forms(Say::NotMedical, language, &[]).len(), 1, "{language}: it is never shortened");
                for (w, h) in DISPLAYS {
                    let cells = cells(&About, preview, w, h);
                    assert!(cells.iter().any(|cell| cell.field.id() == NotMedical.id()), "{w}x{h}");
                }
            }
        });
    }
}
