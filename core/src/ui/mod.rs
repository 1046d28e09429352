//! Pages: which fields stand where on which display, and which of them have something new to show.

mod balance;
mod status;

pub use balance::Balance;
pub use status::StatusBar;

use crate::digest::Digest;
use crate::draw::{Area, Canvas, Ink};
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

/// What each cell last said: the cells whose words have changed are the ones to redraw.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    words: heapless::Vec<Digest, MAX_CELLS>,
}

impl Shown {
    /// Nothing has been shown yet.
    pub const fn new() -> Self {
        Self { words: heapless::Vec::new() }
    }

    /// Calls `redraw` for each cell of `page` that says something else than it last did.
    pub fn update(
        &mut self,
        page: &dyn Page,
        snapshot: &Snapshot<'_>,
        screen: (i16, i16),
        mut redraw: impl FnMut(Area),
    ) {
        let cells = page.cells(screen.0, screen.1);
        if self.words.len() != cells.len() {
            self.words.clear();
            let _ = self.words.resize(cells.len(), Digest::new());
        }
        for (cell, shown) in cells.iter().zip(self.words.iter_mut()) {
            let mut digest = Digest::new();
            let _ = cell.field.describe(snapshot, &mut digest);
            if digest != *shown {
                *shown = digest;
                redraw(cell.area);
            }
        }
    }
}
