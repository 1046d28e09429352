//! Balance, the default page: calf and thigh, how they share the work, the last five minutes.

use super::{Cell, Cells, Page, StatusBar};
use crate::draw::Area;
use crate::field::{BalanceBar, CADENCE, Field, HEART_RATE, POWER, Smo2Field, StripChart};

/// The page.
pub struct Balance;

/// Between cells, and at the edges.
const GAP: i16 = 4;
const STATUS_H: i16 = 28;
const SECONDARY_H: i16 = 38;
const BALANCE_H: i16 = 72;
/// What a muscle's cell needs besides its digits: label above, range below, air.
const AROUND_DIGITS_H: i16 = 36;

impl Page for Balance {
    fn id(&self) -> &'static str {
        "balance"
    }

    fn cells(&self, w: i16, h: i16) -> Cells {
        let mut cells = Cells::new();
        if w < 200 || h < 200 {
            small(w, h, &mut cells);
        } else if w < h {
            portrait(w, h, &mut cells);
        } else {
            landscape(w, h, &mut cells);
        }
        cells
    }
}

fn put(cells: &mut Cells, area: Area, field: &'static dyn Field) {
    // A page holds fewer cells than MAX_CELLS; the layout tests would show one missing.
    let _ = cells.push(Cell { area, field });
}

/// Calf left, thigh right, side by side.
fn muscles(cells: &mut Cells, area: Area) {
    let column = (area.w - 2 * GAP) / 2;
    put(cells, Area::new(area.x, area.y, column, area.h), &Smo2Field::CALF);
    put(cells, Area::new(area.right() - column, area.y, column, area.h), &Smo2Field::THIGH);
}

fn secondary(cells: &mut Cells, area: Area) {
    let third = area.w / 3;
    for (i, field) in (0..).zip([&POWER, &CADENCE, &HEART_RATE]) {
        put(cells, Area::new(area.x + i * third, area.y, third, area.h), field);
    }
}

fn portrait(w: i16, h: i16, cells: &mut Cells) {
    let page = Area::new(GAP, 0, w - 2 * GAP, h - 2);
    let digits_h = if w < 260 { 70 } else { 84 };
    let (status, rest) = page.split_top(STATUS_H);
    let (numbers, rest) = rest.split_top(digits_h + AROUND_DIGITS_H);
    let (_, rest) = rest.split_top(GAP);
    let (balance, rest) = rest.split_top(BALANCE_H);
    let (_, rest) = rest.split_top(GAP);
    let (chart, rest) = rest.split_top(rest.h - SECONDARY_H);
    put(cells, status, &StatusBar);
    muscles(cells, numbers);
    put(cells, balance, &BalanceBar);
    put(cells, chart, &StripChart);
    secondary(cells, rest);
}

/// Numbers and bar on the left, the chart on the right, the secondary row below.
fn landscape(w: i16, h: i16, cells: &mut Cells) {
    let page = Area::new(GAP, 0, w - 2 * GAP, h - 2);
    let (status, rest) = page.split_top(STATUS_H);
    let (main, bottom) = rest.split_top(rest.h - SECONDARY_H);
    let (left, right) = main.split_left(if w < 440 { 200 } else { 238 });
    let (_, chart) = right.split_left(2 * GAP);
    let (numbers, balance) = left.split_top(left.h - BALANCE_H - GAP);
    let (_, balance) = balance.split_top(GAP);
    put(cells, status, &StatusBar);
    muscles(cells, numbers);
    put(cells, balance, &BalanceBar);
    put(cells, chart, &StripChart);
    secondary(cells, bottom);
}

/// Two numerals, the bar, and power and cadence; away from the round corners.
fn small(w: i16, h: i16, cells: &mut Cells) {
    let page = Area::new(0, 0, w, h).inset(7);
    let (bottom_h, balance_h) = (28, 54);
    let (numbers, rest) = page.split_top(page.h - bottom_h - balance_h - GAP);
    let (balance, rest) = rest.split_top(balance_h);
    let (_, bottom) = rest.split_top(GAP);
    muscles(cells, numbers);
    put(cells, balance, &BalanceBar);
    let (left, right) = bottom.split_left(bottom.w / 2);
    put(cells, left, &POWER);
    put(cells, right, &CADENCE);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Level;
    use crate::draw::{Canvas, Ink, MonoFrame, Theme};
    use crate::field::Balance::{NoPair, NotReady};
    use crate::field::{AlertView, DisarmReason, SiteView, Snapshot, with_preview};
    use crate::link::{Radio, RadioState, Trouble};
    use crate::pattern::{PatternKind, Place};
    use crate::sensor::Reason;
    use crate::time::{Duration, Instant};
    use crate::units::{Rpm, Watts};

    const DISPLAYS: [(i16, i16); 5] = [(240, 400), (400, 240), (176, 176), (282, 470), (470, 282)];

    /// The page on one sheet that is larger than any display, to see what leaves its place.
    type Sheet = MonoFrame<480, 480, 28800>;

    #[test]
    fn no_field_draws_outside_its_cell_whatever_there_is_to_say() {
        with_preview(|preview| {
            let news = AlertView {
                kind: PatternKind::CalfOverload,
                place: Place { site: preview.calf.unwrap().site, against: Some(preview.thigh.unwrap().site) },
                level: Level::Caution,
                strength: 9.0,
                since: Instant::from_ms(1_000_000),
                told_at: Instant::from_ms(4_300_000),
                is_news: true,
            };
            let gone = |reason| Some(SiteView { smo2: Err(reason), ..preview.calf.unwrap() });
            let learning = NotReady { reason: DisarmReason::Learning, left: Some(Duration::from_s(480)) };
            let full = |n| Some(SiteView { smo2: Ok(n), ..preview.thigh.unwrap() });
            let no_stick = Some((Radio::Ant, RadioState::Trouble(Trouble::NoDevice)));
            let weak = Some(SiteView { low_battery: true, reception: Some((Radio::Ble, 1)), ..preview.thigh.unwrap() });
            let moments = [
                preview.clone(),
                Snapshot { alert: Some(news), ..preview.clone() },
                Snapshot { alert: Some(AlertView { is_news: false, ..news }), ..preview.clone() },
                Snapshot { calf: None, thigh: None, balance: NoPair, power: None, cadence: None, ..preview.clone() },
                Snapshot { calf: gone(Reason::AmbientLight), balance: learning, ..preview.clone() },
                Snapshot { calf: gone(Reason::NoData), thigh: full(99.9), cues_unheard: true, ..preview.clone() },
                Snapshot { power: Some(Watts(1888)), cadence: Some(Rpm(188)), ..preview.clone() },
                Snapshot { radio: no_stick, balance: learning, ..preview.clone() },
                Snapshot { thigh: weak, ..preview.clone() },
            ];
            for (moment, (w, h)) in moments.iter().flat_map(|moment| DISPLAYS.map(|display| (moment, display))) {
                for cell in Balance.cells(w, h) {
                    let mut sheet = Sheet::new(Theme::Day);
                    cell.field.draw(moment, &mut sheet, cell.area);
                    sheet.fill(cell.area, Ink::Paper);
                    let stray = (0..480).flat_map(|y| (0..480).map(move |x| (x, y))).find(|&(x, y)| sheet.pixel(x, y));
                    assert_eq!(stray, None, "{} on {w}x{h} outside {:?}", cell.field.id(), cell.area);
                }
            }
        });
    }

    #[test]
    fn cells_lie_on_the_display_apart_from_each_other_and_are_large_enough() {
        for (w, h) in DISPLAYS {
            let cells = Balance.cells(w, h);
            let screen = Area::new(0, 0, w, h);
            assert!(cells.len() >= 5);
            for (i, cell) in cells.iter().enumerate() {
                let (least_w, least_h) = cell.field.smallest();
                assert!(screen.contains(&cell.area), "{} {w}x{h} {:?}", cell.field.id(), cell.area);
                let roomy = if w < 200 { (least_w * 2 / 3, least_h * 2 / 3) } else { (least_w, least_h) };
                assert!(cell.area.w >= roomy.0 && cell.area.h >= roomy.1, "{} {w}x{h}", cell.field.id());
                for other in cells.iter().skip(i + 1) {
                    assert!(cell.area.intersection(&other.area).is_empty(), "{w}x{h} {}", other.field.id());
                }
            }
        }
    }
}
