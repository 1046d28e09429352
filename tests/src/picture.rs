//! A rendered frame, and what is inked on it: blobs of touching pixels, bands of rows, runs along a row. Nothing here
//! knows a font or a layout; what is measured is what the panel would show.

use crate::panel::Panel;
use sling_core::draw::{Area, Theme};
use sling_core::field::Snapshot;
use sling_core::ui::Page;
use sling_simulator::display::page_rgb_in;
use std::sync::LazyLock;

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// A frame.
pub struct Picture {
    w: i16,
    h: i16,
    rgb: Vec<Rgb>,
}

/// Pixels of one colour class that touch, corners included: their bounding box, and themselves as runs along rows.
#[derive(Clone, Debug)]
pub struct Blob {
    /// The bounding box.
    pub area: Area,
    /// Left end, row and length of each run.
    pub runs: Vec<(i16, i16, i16)>,
}

impl Picture {
    /// A page at a moment on a panel.
    pub fn of(panel: &Panel, theme: Theme, page: &dyn Page, moment: &Snapshot<'_>) -> Self {
        let (w, h) = panel.size();
        let bytes = page_rgb_in(panel.display, theme, page, moment);
        Self { w, h, rgb: bytes.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect() }
    }

    /// The whole of it.
    pub const fn area(&self) -> Area {
        Area::new(0, 0, self.w, self.h)
    }

    /// A pixel; beyond an edge, the one at the edge.
    pub fn at(&self, x: i16, y: i16) -> Rgb {
        let (x, y) = (x.clamp(0, self.w - 1), y.clamp(0, self.h - 1));
        self.rgb[y as usize * self.w as usize + x as usize]
    }

    /// The most frequent colour in an area.
    pub fn ground(&self, area: Area) -> Rgb {
        let mut counts: Vec<(Rgb, usize)> = Vec::new();
        for (x, y) in points(area) {
            let colour = self.at(x, y);
            match counts.iter_mut().find(|(seen, _)| *seen == colour) {
                Some((_, n)) => *n += 1,
                None => counts.push((colour, 1)),
            }
        }
        counts.into_iter().max_by_key(|&(_, n)| n).map_or([0; 3], |(colour, _)| colour)
    }

    /// The colours in an area, each once.
    pub fn colours(&self, area: Area) -> Vec<Rgb> {
        let mut all: Vec<Rgb> = points(area).map(|(x, y)| self.at(x, y)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What is inked on the ground of an area, from top to bottom.
    pub fn blobs(&self, area: Area) -> Vec<Blob> {
        let ground = self.ground(area);
        let mut blobs: Vec<Blob> = Vec::new();
        for y in area.y..area.bottom() {
            let mut x = area.x;
            while x < area.right() {
                if self.at(x, y) == ground {
                    x += 1;
                    continue;
                }
                let start = x;
                while x < area.right() && self.at(x, y) != ground {
                    x += 1;
                }
                add_run(&mut blobs, (start, y, x - start));
            }
        }
        blobs.sort_by_key(|blob| (blob.area.y, blob.area.x));
        blobs
    }

    /// The share of pixels that are not paper.
    pub fn ink_share(&self, paper: Rgb) -> f32 {
        self.rgb.iter().filter(|&&colour| colour != paper).count() as f32 / self.rgb.len() as f32
    }
}

/// Puts a run to the blobs that it touches, which become one by it.
fn add_run(blobs: &mut Vec<Blob>, run: (i16, i16, i16)) {
    let (x, y, w) = run;
    let touches = |blob: &Blob| {
        let near = |&&(_, row, _): &&(i16, i16, i16)| row >= y - 1;
        blob.area.bottom() >= y
            && blob.runs.iter().rev().take_while(near).any(|&(a, row, n)| row == y - 1 && a <= x + w && x <= a + n)
    };
    let mut joined = Blob { area: Area::new(x, y, w, 1), runs: Vec::new() };
    let mut i = 0;
    while i < blobs.len() {
        if touches(&blobs[i]) {
            let blob = blobs.swap_remove(i);
            joined.area = around(&joined.area, &blob.area);
            joined.runs.extend(blob.runs);
        } else {
            i += 1;
        }
    }
    joined.runs.push(run);
    joined.runs.sort_unstable_by_key(|&(x, y, _)| (y, x));
    blobs.push(joined);
}

/// The smallest area around two.
pub fn around(a: &Area, b: &Area) -> Area {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    Area::new(x, y, a.right().max(b.right()) - x, a.bottom().max(b.bottom()) - y)
}

/// Every pixel's place.
pub fn points(area: Area) -> impl Iterator<Item = (i16, i16)> {
    (area.y..area.bottom()).flat_map(move |y| (area.x..area.right()).map(move |x| (x, y)))
}

/// Blobs by lines of text: a line ends where a row is blank.
pub fn bands(blobs: &[Blob]) -> Vec<Vec<Blob>> {
    let mut bands: Vec<Vec<Blob>> = Vec::new();
    let mut bottom = i16::MIN;
    for blob in blobs {
        if blob.area.y >= bottom || bands.is_empty() {
            bands.push(Vec::new());
        }
        bottom = bottom.max(blob.area.bottom());
        if let Some(band) = bands.last_mut() {
            band.push(blob.clone());
        }
    }
    bands
}

/// How wide a vertical stem is: the most frequent length of runs that stand straight below one another, single pixels
/// left out; so arms, bows and diagonals do not count.
pub fn stem<'a>(blobs: impl IntoIterator<Item = &'a Blob>) -> i16 {
    let mut counts = [0_u32; 64];
    for blob in blobs {
        let row_and_x = |run: &(i16, i16, i16)| (run.1, run.0);
        let goes_on = |run: &&(i16, i16, i16)| {
            let below = blob.runs.binary_search_by_key(&(run.1 + 1, run.0), row_and_x);
            below.is_ok_and(|i| blob.runs[i].2 == run.2)
        };
        for &(_, _, w) in blob.runs.iter().filter(goes_on) {
            if let Some(count) = counts.get_mut(w as usize) {
                *count += 1;
            }
        }
    }
    (2_i16..).zip(&counts[2..]).max_by_key(|&(w, n)| (n, -w)).map_or(0, |(w, _)| w)
}

/// How bright each step of a colour's channel is, linear, 0 to 1 (sRGB).
static LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|step| {
        let c = step as f32 / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    })
});

/// Luminance of a colour, linear, 0 to 1.
pub fn luminance(colour: Rgb) -> f32 {
    let [red, green, blue] = colour.map(|step| LINEAR[usize::from(step)]);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(rows: &[&str]) -> Picture {
        let pixel = |c| if c == '#' { [0; 3] } else { [255; 3] };
        let rgb = rows.iter().flat_map(|row| row.chars().map(pixel)).collect();
        Picture { w: rows[0].len() as i16, h: rows.len() as i16, rgb }
    }

    #[test]
    fn blobs_join_over_corners_and_where_two_arms_meet_below() {
        let picture = picture(&["#...#...#.", "#...#..#..", ".###...#..", "..........", "......####"]);
        let blobs = picture.blobs(picture.area());
        let boxes: Vec<Area> = blobs.iter().map(|blob| blob.area).collect();
        assert_eq!(boxes, [Area::new(0, 0, 5, 3), Area::new(7, 0, 2, 3), Area::new(6, 4, 4, 1)]);
        assert_eq!(bands(&blobs).iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        assert!((picture.ink_share([255; 3]) - 14.0 / 50.0).abs() < 1e-6);
    }

    #[test]
    fn a_stem_is_the_run_that_most_rows_have() {
        let picture = picture(&["..######..", "..##..##..", "..##..##..", "..######.."]);
        assert_eq!(stem(&picture.blobs(picture.area())), 2);
    }

    #[test]
    fn white_is_one_and_black_is_nothing() {
        assert!((luminance([255; 3]) - 1.0).abs() < 1e-3 && luminance([0; 3]) == 0.0);
    }
}
