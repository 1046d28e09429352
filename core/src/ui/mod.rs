//! Pages: which fields stand where on which display, which of them have something new to show, and what the buttons do.
//!
//! A page is a layout: it names fields and their areas, from what is worn and how the rider wants it, for any size of
//! display. While an alert is news a page that has no panel for it gives up the rows of one at its foot: nothing is covered.

mod about;
mod balance;
mod blocks;
mod effect;
mod figure;
mod history;
mod lap;
mod layout;
mod legs;
mod list;
mod muscles;
mod numbers;
mod pairing;
mod reassess;
mod ride;
mod screen;
mod settings;
mod status;
mod survey;
mod trend;

pub use about::About;
pub use balance::Balance;
pub use blocks::Blocks;
pub use history::History;
pub use lap::{Lap, LapTable};
pub use legs::{Heads, Sides};
pub use list::{Chosen, Item, Items, Text};
pub use muscles::Muscles;
pub use numbers::Numbers;
pub use pairing::{Pairing, assign, toggle_companion};
pub use reassess::Reassess;
pub use ride::Ride;
pub use screen::{Deed, chosen, kept, looks, press, touch};
pub use settings::{Settings, change_setting};
pub use status::StatusBar;
pub use survey::Survey;
pub use trend::Trend;

use crate::digest::Digest;
use crate::draw::{Area, Canvas, Clipped, Ink, Theme};
use crate::field::{AlertPanel, BalanceBar, Field, SMALL_ALERT_H, Snapshot};
use crate::language::Say;
use core::fmt;

/// The most fields on a page.
pub const MAX_CELLS: usize = 16;

/// The most parts of fields on a page that change on their own.
pub const MAX_PARTS: usize = 24;

/// A field in its place.
#[derive(Clone, Copy)]
pub struct Cell {
    /// Where.
    pub area: Area,
    /// What.
    pub field: &'static dyn Field,
}

/// The cells of a page on a display.
pub type Cells = heapless::Vec<Cell, MAX_CELLS>;

/// One screenful.
pub trait Page: Sync {
    /// The name on the command line, in file names and in the settings: unique and never changed.
    fn id(&self) -> &'static str;

    /// A title for lists.
    fn title(&self) -> Say;

    /// Whether there is anything to show on it with what is worn; else the buttons pass it by.
    fn suits(&self, _snapshot: &Snapshot<'_>) -> bool {
        true
    }

    /// Whether a rider can leave it out.
    fn is_optional(&self) -> bool {
        false
    }

    /// The items that the buttons move among, if it has any.
    fn items(&self) -> Option<&'static dyn Items> {
        None
    }

    /// Whether the radios look for sensors while the rider is among its items.
    fn looks(&self) -> bool {
        false
    }

    /// Puts the fields that are shown now into their places on a part of the display.
    fn lay_out(&self, snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells);
}

/// The pages there are, in the order in which the buttons turn them.
pub static PAGES: &[&dyn Page] = &[
    &Balance, &Trend, &Lap, &Numbers, &Sides, &Heads, &Muscles, &Blocks, &Survey, &Reassess, &Pairing, &History,
    &Settings, &About, &Ride,
];

/// The page that is shown.
pub fn page(snapshot: &Snapshot<'_>) -> &'static dyn Page {
    PAGES.get(usize::from(snapshot.screen.page)).copied().unwrap_or(&Balance)
}

/// Rows of the panel that an alert takes on a page that has none.
const PANEL_H: i16 = 66;
/// The same on a small display, with what is left free below it.
const SMALL_PANEL_H: i16 = SMALL_ALERT_H + 2;

/// Which fields of a page stand where on a display of `w` by `h` pixels.
pub fn cells(page: &dyn Page, snapshot: &Snapshot<'_>, w: i16, h: i16) -> Cells {
    let mut cells = Cells::new();
    let screen = Area::new(0, 0, w, h);
    page.lay_out(snapshot, screen, &mut cells);
    let has_panel = cells.iter().any(|cell| cell.field.id() == BalanceBar.id());
    if !has_panel && snapshot.alert.is_some_and(|alert| alert.is_news) {
        cells.clear();
        let panel_h = if layout::is_small(screen) { SMALL_PANEL_H } else { PANEL_H };
        let (rest, panel) = screen.split_top(h - panel_h);
        page.lay_out(snapshot, rest, &mut cells);
        let inset = layout::edge(screen);
        let panel = Area::new(inset, panel.y, w - 2 * inset, panel.h - (inset / 2).min(2));
        put(&mut cells, layout::widened(panel), &AlertPanel);
    }
    cells
}

/// Draws everything.
pub fn draw(page: &dyn Page, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas) {
    let (w, h) = canvas.size();
    canvas.fill(Area::new(0, 0, w, h), Ink::Paper);
    for cell in cells(page, snapshot, w, h) {
        cell.field.draw(snapshot, canvas, cell.area);
    }
}

/// Says everything, a line a field.
pub fn describe(page: &dyn Page, snapshot: &Snapshot<'_>, w: i16, h: i16, out: &mut dyn fmt::Write) -> fmt::Result {
    for cell in cells(page, snapshot, w, h) {
        cell.field.describe(snapshot, out)?;
        out.write_char('\n')?;
    }
    Ok(())
}

/// Adds a cell to a page. One place for all pages: its code is more than a call.
#[inline(never)]
fn put(cells: &mut Cells, area: Area, field: &'static dyn Field) {
    // A page holds fewer cells than MAX_CELLS; the layout tests would show one missing.
    let _ = cells.push(Cell { area, field });
}

/// Draws these areas anew, and nothing else.
pub fn draw_areas(page: &dyn Page, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, areas: &[Area]) {
    let (w, h) = canvas.size();
    let cells = cells(page, snapshot, w, h);
    for area in areas {
        // Around the cells there is nothing but paper.
        if !cells.iter().any(|cell| cell.area.contains(area)) {
            canvas.fill(*area, Ink::Paper);
        }
    }
    for cell in &cells {
        let parts = areas.iter().map(|area| area.intersection(&cell.area)).filter(|part| !part.is_empty());
        let parts: heapless::Vec<Area, MAX_PARTS> = parts.collect();
        // More than two parts are dearer to draw one by one than all at once.
        if parts.len() > 2 || parts.contains(&cell.area) {
            canvas.fill(cell.area, Ink::Paper);
            cell.field.draw(snapshot, canvas, cell.area);
            continue;
        }
        for part in parts {
            canvas.fill(part, Ink::Paper);
            cell.field.draw(snapshot, &mut Clipped::new(canvas, part), cell.area);
        }
    }
}

/// What each part of each cell last showed: those that show something else are the ones to redraw.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Which fields stood where on which display, in which colours and which language.
    layout: Digest,
    parts: heapless::Vec<Digest, MAX_PARTS>,
}

impl Shown {
    /// Nothing has been shown yet.
    pub const fn new() -> Self {
        Self { layout: Digest::new(), parts: heapless::Vec::new() }
    }

    /// Calls `redraw` for each cell of the page that shows something else than it last did; for the whole screen if other
    /// cells stand on it, or the same in other colours.
    pub fn update(&mut self, snapshot: &Snapshot<'_>, screen: (i16, i16), redraw: &mut dyn FnMut(Area)) {
        let (w, h) = screen;
        let cells = cells(page(snapshot), snapshot, w, h);
        let mut layout = Digest::new();
        let is_night = snapshot.config.theme == Theme::Night;
        for number in [w, h, i16::from(is_night), snapshot.language as i16, i16::from(snapshot.config.large_text)] {
            layout.number(number as u32);
        }
        for cell in &cells {
            layout.update(cell.field.id().as_bytes());
            let Area { x, y, w, h } = cell.area;
            for side in [x, y, w, h] {
                layout.number(side as u32);
            }
        }
        let is_new = self.layout != layout;
        if is_new {
            self.layout = layout;
            self.parts.clear();
            redraw(Area::new(0, 0, w, h));
        }
        let mut at = 0;
        for cell in &cells {
            for (number, part) in (0..).map_while(|n| Some((n, cell.field.part(cell.area, n)?))) {
                let mut digest = Digest::new();
                cell.field.fingerprint(snapshot, cell.area, number, &mut digest);
                match self.parts.get_mut(at) {
                    Some(shown) if *shown == digest => {}
                    Some(shown) => {
                        *shown = digest;
                        redraw(part);
                    }
                    // The whole screen has been asked for. A page has no more parts than there is room for.
                    None => drop(self.parts.push(digest)),
                }
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;
