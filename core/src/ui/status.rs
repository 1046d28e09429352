//! The line at the top: ride time, what the sensors are doing, the battery.

use crate::draw::{Align, Area, Canvas, Ink, frame, text};
use crate::field::{Field, Snapshot, ride_time};
use crate::sensor::Side;
use core::fmt;
use sling_fonts::TEXT_22;

const GAP: i16 = 6;
const BATTERY_W: i16 = 34;

/// The status line.
pub struct StatusBar;

impl StatusBar {
    /// What the rider should know about the head unit itself; normally, which leg is shown.
    const fn remark(snapshot: &Snapshot<'_>) -> &'static str {
        match snapshot.leg {
            _ if snapshot.cues_unheard => "cues off",
            Side::Left => "left leg",
            Side::Right => "right leg",
        }
    }
}

impl Field for StatusBar {
    fn id(&self) -> &'static str {
        "status"
    }

    fn title(&self) -> &'static str {
        "Status"
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn smallest(&self) -> (i16, i16) {
        (160, 22)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let time = text(canvas, area, Align::Left, &TEXT_22, ride_time(snapshot).as_str(), Ink::Ink);
        let mut rest = Area::new(time.right() + GAP, area.y, area.right() - time.right() - GAP, area.h);
        if let Some(percent) = snapshot.battery_percent {
            draw_battery(canvas, area, percent);
            rest.w -= BATTERY_W + GAP;
        }
        text(canvas, rest, Align::Right, &TEXT_22, Self::remark(snapshot), Ink::Ink);
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{} {}", ride_time(snapshot).as_str(), Self::remark(snapshot))?;
        match snapshot.battery_percent {
            Some(percent) => write!(out, " battery {percent} %"),
            None => Ok(()),
        }
    }
}

fn draw_battery(canvas: &mut dyn Canvas, area: Area, percent: u8) {
    let body = Area::new(area.right() - BATTERY_W, area.centre_y() - 7, 30, 14);
    frame(canvas, body, 2, Ink::Ink);
    canvas.fill(Area::new(body.right(), body.y + 4, 3, 6), Ink::Ink);
    let full = body.inset(4);
    let charge = i32::from(full.w) * i32::from(percent.min(100)) / 100;
    canvas.fill(Area::new(full.x, full.y, charge as i16, full.h), Ink::Ink);
}
