//! Bitmaps as strokes: `fonts/src/strokes.rs` says what their bytes are.

use crate::draw::Bitmap;

/// By so much an edge moves from one rectangle of a stroke to the next at most; else there begins another stroke.
const REACH: i32 = 3;

/// Rows that are alike between two edges.
struct Rectangle {
    left: i32,
    right: i32,
    rows: u8,
}

/// Rectangles, each right below the one before.
struct Stroke {
    top: i32,
    rectangles: Vec<Rectangle>,
}

impl Stroke {
    /// By how much its edges would move to a run in the next row, if it can go on there.
    fn moves(&self, (left, right): (i32, i32)) -> Option<[i32; 2]> {
        let last = self.rectangles.last()?;
        let moves = [left - last.left, right - last.right];
        moves.iter().all(|by| by.abs() <= REACH).then_some(moves)
    }

    fn take(&mut self, (left, right): (i32, i32)) {
        match self.rectangles.last_mut() {
            Some(last) if (last.left, last.right) == (left, right) => last.rows += 1,
            _ => self.rectangles.push(Rectangle { left, right, rows: 1 }),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let first = &self.rectangles[0];
        let mut bytes = vec![first.left as u8, self.top as u8, first.right as u8];
        let nexts = self.rectangles.iter().skip(1).map(Some).chain([None]);
        for (it, next) in self.rectangles.iter().zip(nexts) {
            let moved = |from: i32, to: i32| (to - from + REACH) as u8;
            let moves = next.map_or(7 << 2, |next| moved(it.left, next.left) << 2 | moved(it.right, next.right) << 5);
            match it.rows {
                rows @ 1..=3 => bytes.push(moves | (rows - 1)),
                rows => bytes.extend([moves | 3, rows]),
            }
        }
        bytes
    }
}

/// The strokes of a bitmap, in bytes.
pub fn of(bitmap: &Bitmap) -> Vec<u8> {
    let mut done: Vec<Stroke> = Vec::new();
    let mut growing: Vec<Stroke> = Vec::new();
    for (y, row) in (0..).zip(bitmap.ink.chunks(bitmap.width.max(1) as usize)) {
        let mut grown = Vec::new();
        for run in runs(row) {
            let effort = |stroke: &Stroke| stroke.moves(run).map(|moves| moves.iter().map(|by| by.abs()).sum::<i32>());
            let nearest = (0..growing.len()).filter_map(|i| Some((effort(&growing[i])?, i))).min();
            let mut stroke =
                nearest.map_or_else(|| Stroke { top: y, rectangles: Vec::new() }, |(_, i)| growing.remove(i));
            stroke.take(run);
            grown.push(stroke);
        }
        done.append(&mut growing);
        growing = grown;
    }
    done.append(&mut growing);
    done.iter().flat_map(Stroke::bytes).collect()
}

/// Where ink starts and stops in a row.
fn runs(row: &[bool]) -> Vec<(i32, i32)> {
    let mut runs = Vec::new();
    let mut start = None;
    for (x, &on) in (0..).zip(row.iter().chain([&false])) {
        match start {
            None if on => start = Some(x),
            Some(from) if !on => {
                runs.push((from, x));
                start = None;
            }
            _ => {}
        }
    }
    runs
}
