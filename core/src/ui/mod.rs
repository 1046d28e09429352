//! Pages: which fields stand where on which display, and which of them have something new to show.

mod balance;
mod status;

pub use balance::Balance;
pub use status::StatusBar;

use crate::digest::Digest;
use crate::draw::{Area, Canvas, Ink, Theme};
use crate::field::{Field, Snapshot};
use core::fmt;

/// The most fields on a page.
pub const MAX_CELLS: usize = 12;

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
    /// The name on the command line and in file names.
    fn id(&self) -> &'static str;

    /// Which fields stand where on a display of `w` by `h` pixels.
    fn cells(&self, w: i16, h: i16) -> Cells;

    /// Draws everything.
    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas) {
        let (w, h) = canvas.size();
        canvas.fill(Area::new(0, 0, w, h), Ink::Paper);
        for cell in self.cells(w, h) {
            cell.field.draw(snapshot, canvas, cell.area);
        }
    }

    /// Draws these areas anew, and with each cell that one of them touches all of it: a cell draws nothing outside itself.
    fn draw_areas(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, areas: &[Area]) {
        let (w, h) = canvas.size();
        let cells = self.cells(w, h);
        for area in areas {
            // Around the cells there is nothing but paper.
            if !cells.iter().any(|cell| cell.area.contains(area)) {
                canvas.fill(*area, Ink::Paper);
            }
        }
        for cell in &cells {
            if areas.iter().any(|area| !area.intersection(&cell.area).is_empty()) {
                canvas.fill(cell.area, Ink::Paper);
                cell.field.draw(snapshot, canvas, cell.area);
            }
        }
    }

    /// Says everything, a line a field.
    fn describe(&self, snapshot: &Snapshot<'_>, w: i16, h: i16, out: &mut dyn fmt::Write) -> fmt::Result {
        for cell in self.cells(w, h) {
            cell.field.describe(snapshot, out)?;
            out.write_char('\n')?;
        }
        Ok(())
    }
}

/// The pages there are.
pub static PAGES: &[&dyn Page] = &[&Balance];

/// What each cell last showed: the cells that show something else are the ones to redraw.
#[derive(Clone, Debug)]
pub struct Shown {
    cells: heapless::Vec<Digest, MAX_CELLS>,
    /// The display and the colours that it was shown in; `None` if nothing has been.
    on: Option<((i16, i16), Theme)>,
}

impl Shown {
    /// Nothing has been shown yet.
    pub const fn new() -> Self {
        Self { cells: heapless::Vec::new(), on: None }
    }

    /// Calls `redraw` for each cell of `page` that shows something else than it last did; for the whole screen if that, or
    /// its colours, are others.
    pub fn update(
        &mut self,
        page: &dyn Page,
        snapshot: &Snapshot<'_>,
        screen: (i16, i16),
        theme: Theme,
        mut redraw: impl FnMut(Area),
    ) {
        let cells = page.cells(screen.0, screen.1);
        let is_new = self.on != Some((screen, theme));
        if is_new {
            self.on = Some((screen, theme));
            self.cells.clear();
            // A page has no more cells than there is room for.
            let _ = self.cells.resize(cells.len(), Digest::new());
            redraw(Area::new(0, 0, screen.0, screen.1));
        }
        for (cell, shown) in cells.iter().zip(self.cells.iter_mut()) {
            let mut digest = Digest::new();
            cell.field.fingerprint(snapshot, cell.area, &mut digest);
            if digest != *shown {
                *shown = digest;
                if !is_new {
                    redraw(cell.area);
                }
            }
        }
    }
}

impl Default for Shown {
    fn default() -> Self {
        Self::new()
    }
}
