//! Shapes built of filled rows: arrows, markers, frames.

use super::canvas::{Area, Canvas};
use super::palette::Ink;

/// A triangle that points up or down, as tall as the area and centred in it.
pub fn arrow(canvas: &mut dyn Canvas, area: Area, up: bool, ink: Ink) {
    for row in 0..area.h.max(0) {
        let from_tip = if up { row } else { area.h - 1 - row };
        let half = (i32::from(from_tip) * i32::from(area.w) / (2 * i32::from(area.h.max(1)))) as i16;
        let centre = area.centre_x();
        canvas.fill(Area::new(centre - half, area.y.saturating_add(row), half * 2 + 1, 1), ink);
    }
}

/// A disc of the given radius.
pub fn disc(canvas: &mut dyn Canvas, x: i16, y: i16, radius: i16, ink: Ink) {
    let r = i32::from(radius);
    for row in -radius..=radius {
        let square = r * r + r - i32::from(row) * i32::from(row);
        let half = (0..=radius).rev().find(|&h| i32::from(h) * i32::from(h) <= square).unwrap_or(0);
        canvas.fill(Area::new(x.saturating_sub(half), y.saturating_add(row), half * 2 + 1, 1), ink);
    }
}

/// The border of an area, `thick` pixels inside its edge.
pub fn frame(canvas: &mut dyn Canvas, area: Area, thick: i16, ink: Ink) {
    canvas.fill(Area::new(area.x, area.y, area.w, thick), ink);
    canvas.fill(Area::new(area.x, area.bottom() - thick, area.w, thick), ink);
    canvas.fill(Area::new(area.x, area.y, thick, area.h), ink);
    canvas.fill(Area::new(area.right() - thick, area.y, thick, area.h), ink);
}

/// A bar from a centre line to `tip_x` that ends in a point: the needle of the balance.
pub fn needle(canvas: &mut dyn Canvas, centre_x: i16, tip_x: i16, area: Area, ink: Ink) {
    let span = (tip_x - centre_x).abs();
    let point = span.min(area.h / 2);
    let step: i16 = if tip_x < centre_x { -1 } else { 1 };
    let shaft = span - point;
    let (inset_y, shaft_h) = (area.y + area.h / 4, area.h - area.h / 2);
    let x = if step > 0 { centre_x } else { centre_x - shaft };
    canvas.fill(Area::new(x, inset_y, shaft, shaft_h), ink);
    for i in 0..=point {
        let half = ((point - i) * (area.h / 2)).checked_div(point).unwrap_or(area.h / 2);
        let column = centre_x + step * (shaft + i);
        canvas.fill(Area::new(column, area.centre_y() - half, 1, half * 2 + 1), ink);
    }
}
