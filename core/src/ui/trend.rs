//! Trend: thirty minutes of both muscles, power underneath, alerts marked.

use super::layout::{GAP, SECONDARY_H, grid, is_small, row, secondary, with_status};
use super::{Cells, Page, put};
use crate::draw::Area;
use crate::field::{LineChart, PowerChart, Smo2Field, Snapshot};
use crate::language::Say;

/// The page.
pub struct Trend;

/// The row of numbers above the chart.
const NUMBERS_H: i16 = 90;
/// Columns of the numbers beside it: two digits of 70 px and an arrow.
const NUMBERS_W: i16 = 110;
/// Power takes so much of the charts' height: one part in this.
const POWER_PART: i16 = 4;

impl Page for Trend {
    fn id(&self) -> &'static str {
        "trend"
    }

    fn title(&self) -> Say {
        Say::Trend
    }

    fn lay_out(&self, snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_status(area, cells);
        if is_small(area) {
            charts(cells, page);
        } else if area.w < area.h {
            let (numbers, rest) = page.split_top(NUMBERS_H);
            let (chart, bottom) = rest.split_top(rest.h - SECONDARY_H);
            row(cells, numbers, &[&Smo2Field::CALF, &Smo2Field::THIGH], 2 * GAP);
            charts(cells, chart);
            secondary(cells, bottom);
        } else if snapshot.config.large_text {
            charts(cells, page);
        } else {
            let (numbers, chart) = page.split_left(NUMBERS_W);
            grid(cells, numbers, &[&Smo2Field::CALF, &Smo2Field::THIGH], 1);
            charts(cells, chart.split_left(2 * GAP).1);
        }
    }
}

fn charts(cells: &mut Cells, area: Area) {
    let (trend, power) = area.split_top(area.h - area.h / POWER_PART);
    put(cells, trend.split_top(trend.h - GAP).0, &LineChart::THIRTY_MINUTES);
    put(cells, power, &PowerChart);
}
