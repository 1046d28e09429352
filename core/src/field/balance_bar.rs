//! Is my calf taking over? A needle that leans towards the muscle that works more than it should, over the rider's own
//! normal band. When an alert is on the panel is inverted and says it in two lines.

use super::{AlertView, Balance, DisarmReason, Field, Snapshot};
use crate::draw::{Align, Area, Canvas, Ink, Words, needle, text};
use crate::math;
use core::fmt;
use sling_fonts::{Font, LABEL_17, SMALL_13, TEXT_22};

/// The bar's field.
pub struct BalanceBar;

/// D at the ends of the bar, points of SmO2.
const FULL_SCALE: f32 = 20.0;
/// Height of the words below the bar.
const ENDS_H: i16 = 18;

impl Field for BalanceBar {
    fn id(&self) -> &'static str {
        "balance"
    }

    fn title(&self) -> &'static str {
        "Balance"
    }

    fn unit(&self) -> &'static str {
        "points"
    }

    fn smallest(&self) -> (i16, i16) {
        (140, 44)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        if let Some(alert) = snapshot.alert.filter(|alert| !alert.acknowledged) {
            draw_alert(canvas, area, &alert, snapshot);
            return;
        }
        let (bar, ends) = area.split_top(area.h - ENDS_H);
        text(canvas, ends, Align::Left, &LABEL_17, "calf", Ink::Ink);
        text(canvas, ends, Align::Right, &LABEL_17, "thigh", Ink::Ink);
        draw_bar(canvas, bar, snapshot.balance);
        let words = below(snapshot);
        let middle = ends.w - 2 * (LABEL_17.width("thigh") as i16 + 6);
        let font = [&LABEL_17, &SMALL_13].into_iter().find(|f| f.width(words.as_str()) as i16 <= middle);
        text(canvas, ends, Align::Centre, font.unwrap_or(&SMALL_13), words.as_str(), Ink::Ink);
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        if let Some(alert) = snapshot.alert.filter(|alert| !alert.acknowledged) {
            let [first, second] = alert_lines(&alert, snapshot);
            return write!(out, "ALERT {}: {} {}", alert.level.code(), first.as_str(), second.as_str());
        }
        match snapshot.balance {
            Balance::Ready { d, normal } => write!(
                out,
                "Balance {:+} of ±{}{}{}",
                math::round_i32(d),
                math::round_i32(normal),
                if d < -normal {
                    ", to the calf"
                } else if d > normal {
                    ", to the thigh"
                } else {
                    ""
                },
                if snapshot.alert.is_some() { ", alert seen" } else { "" },
            ),
            Balance::NotReady { .. } | Balance::NoPair => write!(out, "Balance: {}", below(snapshot).as_str()),
        }
    }
}

/// What stands below the bar: nothing in normal riding.
fn below(snapshot: &Snapshot<'_>) -> Words {
    match snapshot.balance {
        Balance::NoPair => Words::of(format_args!("needs both")),
        Balance::NotReady { reason: DisarmReason::Learning, left: Some(left) } if left.as_s() > 0 => {
            Words::of(format_args!("learning {} min", left.as_s().div_ceil(60)))
        }
        Balance::NotReady { reason, .. } => Words::of(format_args!("{}", reason.words())),
        Balance::Ready { .. } if snapshot.alert.is_some() => Words::of(format_args!("alert seen")),
        Balance::Ready { .. } => Words::default(),
    }
}

fn draw_bar(canvas: &mut dyn Canvas, area: Area, balance: Balance) {
    let centre = area.centre_x();
    let reach = area.w / 2 - 1;
    let place = |d: f32| {
        let d = math::clamp(d, -FULL_SCALE, FULL_SCALE);
        centre + math::round_i32(d / FULL_SCALE * f32::from(reach)) as i16
    };
    if let Balance::Ready { normal, .. } = balance {
        let (left, right) = (place(-normal), place(normal));
        canvas.fill(Area::new(left, area.y + 2, right - left + 1, area.h - 4), Ink::Shade);
        for edge in [left, right] {
            canvas.fill(Area::new(edge, area.y + 2, 1, area.h - 4), Ink::Ink);
        }
    }
    canvas.fill(Area::new(area.x, area.bottom() - 2, area.w, 2), Ink::Ink);
    if let Balance::Ready { d, .. } = balance {
        let ink = if d < 0.0 { Ink::Calf } else { Ink::Thigh };
        needle(canvas, centre, place(d), Area::new(area.x, area.y + 5, area.w, area.h - 11), ink);
    }
    canvas.fill(Area::new(centre - 1, area.y, 3, area.h), Ink::Ink);
}

fn alert_lines(alert: &AlertView, snapshot: &Snapshot<'_>) -> [Words; 2] {
    let minutes = snapshot.now.since(alert.since).as_s() / 60;
    let lasting = if minutes == 0 {
        Words::of(format_args!("against thigh"))
    } else {
        Words::of(format_args!("against thigh, {minutes} min"))
    };
    [Words::of(format_args!("CALF FALLING")), lasting]
}

fn draw_alert(canvas: &mut dyn Canvas, area: Area, alert: &AlertView, snapshot: &Snapshot<'_>) {
    canvas.fill(area, Ink::Ink);
    let lines = alert_lines(alert, snapshot);
    let (top, bottom) = area.inset(2).split_top(area.h / 2 - 2);
    for (line, strip) in lines.iter().zip([top, bottom]) {
        let fonts: [&Font; 3] = [&TEXT_22, &LABEL_17, &SMALL_13];
        let font = fonts.into_iter().find(|f| f.width(line.as_str()) as i16 <= strip.w).unwrap_or(&SMALL_13);
        text(canvas, strip, Align::Centre, font, line.as_str(), Ink::Paper);
    }
}
