//! Large glyphs, as the rectangles that they are made of.
//!
//! A glyph is a list of strokes from top to bottom. A stroke begins with three bytes: its first column, its first row, the
//! column right of it. Each byte that follows is a rectangle, from the low bits up: two say how many rows it has, less one,
//! where [`MORE_ROWS`] takes them from one more byte; three and three say by how much the left and the right edge move to
//! the next rectangle, from [`STILL`], or that there is none: [`LAST`].
//!
//! A seventh to a third of what bits take, and as fast to draw: most rows of a numeral are like the one above.

/// In the place of the rows: they are in the next byte.
const MORE_ROWS: u8 = 3;
/// In the place of a move: the edge stays.
const STILL: i32 = 3;
/// In the place of the left edge's move: the stroke ends.
const LAST: u8 = 7;

/// The rectangles of a glyph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strokes<'a>(pub(crate) &'a [u8]);

/// All ink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rectangle {
    /// Its first column.
    pub left: i32,
    /// Its first row.
    pub top: i32,
    /// Columns.
    pub width: i32,
    /// Rows.
    pub height: i32,
}

impl Strokes<'_> {
    /// Shows each rectangle of a glyph whose corner is at a column and a row. None covers another.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "for every rectangle of every numeral")]
    pub fn each(self, x: i32, y: i32, mut show: impl FnMut(Rectangle)) {
        let mut bytes = self.0.iter().copied();
        while let (Some(left), Some(top), Some(right)) = (bytes.next(), bytes.next(), bytes.next()) {
            let (mut left, mut top, mut right) = (x + i32::from(left), y + i32::from(top), x + i32::from(right));
            while let Some(step) = bytes.next() {
                let rows = step & 3;
                let height = if rows == MORE_ROWS { bytes.next().unwrap_or(0).into() } else { i32::from(rows) + 1 };
                show(Rectangle { left, top, width: right - left, height });
                if step >> 2 & 7 == LAST {
                    break;
                }
                top += height;
                left += i32::from(step >> 2 & 7) - STILL;
                right += i32::from(step >> 5) - STILL;
            }
        }
    }
}
