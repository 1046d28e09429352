//! A rider from behind, on whom a sensor gets its place: the left leg at the left, the thigh above the calf, and the
//! letters of both sides at the feet. What stands at the front of a leg stands in its own part of it too: the upper half of a
//! thigh and the outer edge of a shin.
//!
//! Each half is an outline and patches that follow it, row by row; heights are in hundredths of the figure's height, columns
//! in hundredths of half its width.

use crate::draw::{Align, Area, Canvas, Ink, text_large};
use crate::field::forms;
use crate::language::{Language, Say};
use crate::sensor::{Muscle, Side, Site};
use sling_fonts::{Font, LABEL_17, SMALL_13, TEXT_22};

/// How a place is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Its edge.
    Free,
    /// Shaded.
    Worn,
    /// Black.
    Chosen,
    /// Crossed out: what is worn there is taken off.
    Off,
}

static LETTERS: [&Font; 3] = [&TEXT_22, &LABEL_17, &SMALL_13];

/// The outline of a half from the neck down: how far down, the outer edge and the inner one. Where the inner edge is in the
/// middle, there is none: the halves are one body.
static OUTLINE: [(u8, u8, u8); 16] = [
    (0, 14, 0),
    (2, 18, 0),
    (4, 58, 0),
    (7, 70, 0),
    (11, 70, 0),
    (12, 54, 0),
    (18, 48, 0),
    (26, 68, 0),
    (32, 78, 3),
    (40, 84, 14),
    (60, 78, 32),
    (64, 78, 34),
    (73, 94, 34),
    (81, 94, 38),
    (94, 88, 50),
    (100, 100, 46),
];

/// Columns of the outline.
const LINE_W: i16 = 2;
/// Between the outline and a patch.
const AIR: i16 = 2;
/// Columns of a stroke that crosses out.
const CROSS_W: i16 = 3;
/// A patch has its corners cut by so much.
const CORNER: i16 = 2;
/// In a lower figure, as above an alert on the smallest display, the side is said beside it alone.
const LETTERED_H: i16 = 90;
/// Where the letters are.
const LETTERS_AT: (u8, u8) = (84, 98);

/// Where a muscle stands: from the outer edge and up to where, in 12ths of the limb; from which height and down to which.
const fn place(muscle: Muscle) -> (u8, u8, u8, u8) {
    match muscle {
        Muscle::Deltoid => (0, 4, 4, 11),
        Muscle::ErectorSpinae => (4, 11, 10, 19),
        Muscle::GluteusMedius => (0, 9, 19, 25),
        Muscle::GluteusMaximus => (2, 11, 26, 32),
        Muscle::VastusLateralis => (0, 4, 34, 47),
        Muscle::RectusFemoris => (4, 8, 34, 47),
        Muscle::VastusMedialis => (8, 12, 34, 47),
        Muscle::BicepsFemoris => (0, 6, 48, 60),
        Muscle::Semitendinosus => (6, 12, 48, 60),
        Muscle::GastrocnemiusLateralis => (0, 6, 66, 79),
        Muscle::GastrocnemiusMedialis => (6, 12, 66, 79),
        Muscle::TibialisAnterior => (0, 6, 80, 93),
        Muscle::Soleus => (6, 12, 80, 93),
    }
}

/// So many parts of a hundred.
const fn part(of: i16, hundredths: u8) -> i16 {
    (of as i32 * hundredths as i32 / 100) as i16
}

/// Half the figure's width: as high as there is room for, and no wider than a rider is.
fn half(figure: Area) -> i16 {
    (figure.w / 2).min(part(figure.h, 40))
}

/// The outer and the inner edge in a row, pixels from the middle.
fn edges(figure: Area, row: i16) -> (i16, i16) {
    let px = |n: i16| u32::from(n.unsigned_abs());
    let (h, half, down) = (px(figure.h), px(half(figure)), px(row) * 100);
    let mut above = (0, 0, 0);
    for &below in &OUTLINE {
        let (from, to) = (u32::from(above.0) * h, u32::from(below.0) * h);
        if to > down {
            let between = |above: u8, below: u8| {
                let sum = u32::from(above) * (to - down) + u32::from(below) * (down - from);
                (sum * half).checked_div(100 * (to - from)).unwrap_or(0) as i16
            };
            return (between(above.1, below.1), between(above.2, below.2));
        }
        above = below;
    }
    (0, 0)
}

/// A row of a patch: from which column, from the middle, and how many; which row of how many it is.
struct Row {
    from: i16,
    w: i16,
    at: i16,
    of: i16,
}

/// What of a muscle's patch is in a row of the figure whose edges are these.
fn row_of(figure: Area, muscle: Muscle, row: i16, (outer, inner): (i16, i16)) -> Option<Row> {
    let (first, last, top, bottom) = place(muscle);
    let top = part(figure.h, top);
    let (at, of) = (row - top, part(figure.h, bottom) - 1 - top);
    if at < 0 || at >= of {
        return None;
    }
    let (outer, inner) = (outer - AIR, if inner > 0 { inner + AIR } else { 0 });
    let column = |twelfths: u8| outer - (outer - inner) * i16::from(twelfths) / 12;
    let cut = (CORNER - at.min(of - 1 - at)).max(0);
    let from = column(last) + cut;
    let w = column(first) - 1 - cut - from;
    (w > 0).then_some(Row { from, w, at, of })
}

/// As many columns of a side, so far from the middle.
fn columns(figure: Area, side: Side, row: i16, from: i16, w: i16) -> Area {
    let x = if side == Side::Left { -from - w } else { from };
    Area::new(figure.centre_x() + x, figure.y + row, w, 1)
}

/// The place that a point is on.
pub(super) fn at(figure: Area, muscles: &[Muscle], x: i16, y: i16) -> Option<Site> {
    let (row, point) = (y - figure.y, Area::new(x, y, 1, 1));
    if !figure.contains(&point) {
        return None;
    }
    let edges = edges(figure, row);
    for &muscle in muscles {
        let Some(patch) = row_of(figure, muscle, row, edges) else { continue };
        for side in [Side::Left, Side::Right] {
            if columns(figure, side, row, patch.from, patch.w).contains(&point) {
                return Some(Site::new(muscle, side));
            }
        }
    }
    None
}

/// Draws the figure with the places of these muscles.
pub(super) fn draw(
    canvas: &mut dyn Canvas,
    figure: Area,
    language: Language,
    muscles: &[Muscle],
    look: &dyn Fn(Site) -> Look,
) {
    let mut before = edges(figure, 0);
    for row in 0..figure.h {
        let now = edges(figure, row);
        let ends = row >= figure.h - LINE_W;
        for side in [Side::Left, Side::Right] {
            let mut ink = |from: i16, to: i16| canvas.fill(columns(figure, side, row, from, to - from), Ink::Ink);
            // From where the edge was to where it is, so that a slope has no gaps.
            ink(now.0.min(before.0) - LINE_W, now.0.max(before.0));
            if now.1 > 0 {
                ink(now.1.min(before.1), now.1.max(before.1) + LINE_W);
            }
            if ends {
                ink(now.1, now.0);
            }
            for &muscle in muscles {
                if let Some(patch) = row_of(figure, muscle, row, now) {
                    let at = columns(figure, side, row, patch.from, patch.w);
                    draw_row(canvas, at, &patch, look(Site::new(muscle, side)));
                }
            }
        }
        before = now;
    }
    if figure.h >= LETTERED_H {
        draw_letters(canvas, figure, language);
    }
}

/// A row of a patch.
fn draw_row(canvas: &mut dyn Canvas, area: Area, row: &Row, look: Look) {
    let is_end = row.at == 0 || row.at == row.of - 1;
    if is_end || look == Look::Chosen {
        return canvas.fill(area, Ink::Ink);
    }
    if look == Look::Worn {
        canvas.fill(area, Ink::Shade);
    }
    let mut ink = |from: i16, w: i16| canvas.fill(Area::new(area.x + from, area.y, w, 1), Ink::Ink);
    ink(0, 1);
    ink(row.w - 1, 1);
    if look == Look::Off {
        let along = ((row.w - CROSS_W) * row.at).checked_div(row.of).unwrap_or(0);
        ink(along, CROSS_W);
        ink(row.w - CROSS_W - along, CROSS_W);
    }
}

/// Both sides' letters, between the feet.
fn draw_letters(canvas: &mut dyn Canvas, figure: Area, language: Language) {
    let top = part(figure.h, LETTERS_AT.0);
    let (_, inner) = edges(figure, top);
    let sides = [(Say::LeftLetter, Align::Left, -inner + AIR), (Say::RightLetter, Align::Right, 0)];
    for (say, align, x) in sides {
        let room = Area::new(figure.centre_x() + x, figure.y + top, inner - AIR, part(figure.h, LETTERS_AT.1) - top);
        text_large(canvas, room, align, &LETTERS, &forms(say, language, &[]), Ink::Ink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;

    /// The figures of the smallest display and of the largest.
    const FIGURES: [Area; 2] = [Area::new(3, 50, 75, 120), Area::new(0, 51, 282, 350)];

    /// A point of a place, in the middle of its rows and of its columns.
    fn middle(figure: Area, site: Site) -> (i16, i16) {
        let (_, _, top, bottom) = place(site.muscle);
        let row = i16::midpoint(part(figure.h, top), part(figure.h, bottom));
        let patch = row_of(figure, site.muscle, row, edges(figure, row)).unwrap();
        let area = columns(figure, site.side, row, patch.from, patch.w);
        (area.centre_x(), area.y)
    }

    #[test]
    fn every_place_is_found_where_it_is_drawn_and_left_is_left() {
        for figure in FIGURES {
            for &muscle in Muscle::ALL {
                for side in [Side::Left, Side::Right] {
                    let site = Site::new(muscle, side);
                    let (x, y) = middle(figure, site);
                    assert_eq!(at(figure, Muscle::ALL, x, y), Some(site));
                    assert_eq!(x < figure.centre_x(), side == Side::Left, "{site}");
                }
            }
            assert_eq!(at(figure, Muscle::ALL, figure.x, figure.y), None);
            assert_eq!(at(figure, Muscle::ALL, figure.centre_x(), figure.bottom() + 9), None);
        }
    }

    #[test]
    fn the_thigh_is_above_the_calf_and_the_inner_head_nearer_the_middle() {
        let right = |muscle| middle(FIGURES[1], Site::new(muscle, Side::Right));
        assert!(right(Muscle::VastusLateralis).1 < right(Muscle::BicepsFemoris).1);
        assert!(right(Muscle::BicepsFemoris).1 < right(Muscle::Soleus).1);
        assert!(right(Muscle::GastrocnemiusMedialis).0 < right(Muscle::GastrocnemiusLateralis).0);
        assert!(right(Muscle::VastusMedialis).0 < right(Muscle::VastusLateralis).0);
    }

    #[test]
    fn the_outline_stays_in_its_figure_row_by_row() {
        for figure in FIGURES {
            for row in 0..figure.h {
                let (outer, inner) = edges(figure, row);
                assert!(0 <= inner && inner < outer && outer <= figure.w / 2, "{row}: {inner} to {outer}");
            }
        }
    }
}
