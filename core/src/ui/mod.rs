//! Pages: which fields stand where on which display, which of them have something new to show, and what the buttons do.
//!
//! A page is a layout: it names fields and their areas, from what is worn and how the rider wants it, for any size of
//! display. While an alert is news a page that has no panel for it gives up the rows of one at its foot: nothing is covered.

mod about;
mod balance;
mod blocks;
mod effect;
mod history;
mod layout;
mod legs;
mod list;
mod numbers;
mod pairing;
mod reassess;
mod screen;
mod settings;
mod status;
mod survey;

pub use about::About;
pub use balance::Balance;
pub use blocks::Blocks;
pub use history::History;
pub use legs::{Heads, Sides};
pub use list::{Chosen, Item, Items};
pub use numbers::Numbers;
pub use pairing::{Pairing, assign, toggle_companion};
pub use reassess::Reassess;
pub use screen::{Deed, chosen, kept, looks, press};
pub use settings::{Settings, next_number, toggle_page};
pub use status::StatusBar;
pub use survey::Survey;

use crate::digest::Digest;
use crate::draw::{Area, Canvas, Ink};
use crate::field::{AlertPanel, BalanceBar, Field, Snapshot};
use crate::language::Language;
use core::fmt;

/// The most fields on a page.
pub const MAX_CELLS: usize = 16;

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
    fn title(&self, language: Language) -> &'static str;

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
pub static PAGES: &[&dyn Page] =
    &[&Balance, &Numbers, &Sides, &Heads, &Blocks, &Survey, &Reassess, &Pairing, &History, &Settings, &About];

/// The page that is shown.
pub fn page(snapshot: &Snapshot<'_>) -> &'static dyn Page {
    PAGES.get(usize::from(snapshot.screen.page)).copied().unwrap_or(&Balance)
}

/// Rows of the panel that an alert takes on a page that has none.
const PANEL_H: i16 = 72;
/// The same on a small display.
const SMALL_PANEL_H: i16 = 54;

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
        put(&mut cells, Area::new(inset, panel.y, w - 2 * inset, panel.h - inset / 2), &AlertPanel);
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

fn put(cells: &mut Cells, area: Area, field: &'static dyn Field) {
    // A page holds fewer cells than MAX_CELLS; the layout tests would show one missing.
    let _ = cells.push(Cell { area, field });
}

/// What each cell last said and where it stood: the cells whose words have changed are the ones to redraw.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    page: u8,
    cells: heapless::Vec<(Area, Digest), MAX_CELLS>,
}

impl Shown {
    /// Nothing has been shown yet.
    pub const fn new() -> Self {
        Self { page: u8::MAX, cells: heapless::Vec::new() }
    }

    /// Calls `redraw` for each cell of the page that says something else than it last did; for the whole screen when other
    /// cells stand on it.
    pub fn update(&mut self, snapshot: &Snapshot<'_>, screen: (i16, i16), mut redraw: impl FnMut(Area)) {
        let (w, h) = screen;
        let cells = cells(page(snapshot), snapshot, w, h);
        let is_same = self.page == snapshot.screen.page
            && self.cells.len() == cells.len()
            && self.cells.iter().zip(&cells).all(|((area, _), cell)| *area == cell.area);
        if !is_same {
            self.page = snapshot.screen.page;
            self.cells = cells.iter().map(|cell| (cell.area, Digest::new())).collect();
            redraw(Area::new(0, 0, w, h));
        }
        for (cell, (_, shown)) in cells.iter().zip(self.cells.iter_mut()) {
            let mut digest = Digest::new();
            let _ = cell.field.describe(snapshot, &mut digest);
            if digest != *shown {
                *shown = digest;
                if is_same {
                    redraw(cell.area);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
