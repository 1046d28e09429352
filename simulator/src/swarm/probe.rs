//! A canvas that keeps no pixels and sees what is drawn where it should not be.

use sling_core::draw::{Area, Canvas, Ink, Strokes, strokes_by_fills};
use sling_core::field::Snapshot;
use sling_core::ui;

/// Watches one area of a display.
struct Probe {
    size: (i16, i16),
    inside: Area,
    /// The first thing that was drawn elsewhere.
    stray: Option<Area>,
}

impl Probe {
    fn take(&mut self, area: Area, ink: Ink) {
        // Paper on paper is not seen.
        if self.stray.is_none() && ink != Ink::Paper && !area.is_empty() && !self.inside.contains(&area) {
            self.stray = Some(area);
        }
    }
}

impl Canvas for Probe {
    fn size(&self) -> (i16, i16) {
        self.size
    }

    fn clip(&self) -> Area {
        // All that is asked for is to be seen here, wherever it is.
        Area::new(-1000, -1000, 3000, 3000)
    }

    fn has_tints(&self) -> bool {
        true
    }

    fn fill(&mut self, area: Area, ink: Ink) {
        self.take(area, ink);
    }

    fn bitmap(&mut self, x: i16, y: i16, width: i16, bits: &[u8], ink: Ink) {
        let stride = usize::from(width.unsigned_abs()).div_ceil(8).max(1);
        let whole = Area::new(x, y, width, (bits.len() / stride) as i16);
        if self.inside.contains(&whole) {
            return;
        }
        // Only its set bits are seen.
        for (row, bytes) in (0..).zip(bits.chunks(stride)) {
            for column in (0..width).filter(|&c| bytes[usize::from(c.unsigned_abs()) / 8] & (0x80 >> (c % 8)) != 0) {
                self.take(Area::new(x + column, y + row, 1, 1), ink);
            }
        }
    }

    fn strokes(&mut self, whole: Area, strokes: Strokes<'_>, ink: Ink) {
        strokes_by_fills(self, whole, strokes, ink);
    }
}

/// What is wrong with how a page stands on its display, in words: a field beyond the screen, over another one, drawn
/// outside its area, or without words.
pub fn fault_of_page(snapshot: &Snapshot<'_>) -> Option<String> {
    let side = |n: u16| i16::try_from(n).unwrap_or(i16::MAX);
    let (w, h) = (side(snapshot.config.screen.0), side(snapshot.config.screen.1));
    let page = ui::page(snapshot);
    let cells = ui::cells(page, snapshot, w, h);
    for (i, cell) in cells.iter().enumerate() {
        let (field, area) = (cell.field, cell.area);
        let at = || format!("{} on {} of {w}x{h}", field.id(), page.id());
        if area.is_empty() || !Area::new(0, 0, w, h).contains(&area) {
            return Some(format!("{} stands beyond the screen: {area:?}", at()));
        }
        if let Some(other) = cells[i + 1..].iter().find(|other| !area.intersection(&other.area).is_empty()) {
            return Some(format!("{} covers {}", at(), other.field.id()));
        }
        let mut words = String::new();
        if field.describe(snapshot, &mut words).is_err() || words.trim().is_empty() {
            return Some(format!("{} has no words", at()));
        }
        let mut probe = Probe { size: (w, h), inside: area, stray: None };
        field.draw(snapshot, &mut probe, area);
        if let Some(stray) = probe.stray {
            return Some(format!("{} in {area:?} draws at {stray:?}", at()));
        }
    }
    None
}
