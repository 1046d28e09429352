//! The line at the top: ride time, what the sensors are doing, the battery.

use crate::draw::{Align, Area, Canvas, Ink, frame, text};
use crate::field::{Field, Snapshot, ride_time};
use crate::link::{Radio, RadioState, Trouble};
use crate::sensor::Side;
use core::fmt;
use sling_fonts::TEXT_22;

const GAP: i16 = 6;
const BATTERY_W: i16 = 34;
const BARS: u8 = 3;
const BAR_W: i16 = 5;
const BAR_STEP: i16 = 7;

/// The status line.
pub struct StatusBar;

impl StatusBar {
    /// What the rider should know about head unit and sensors; normally, which leg is shown.
    fn remark(snapshot: &Snapshot<'_>) -> &'static str {
        let low = |view: Option<crate::field::SiteView<'_>>| view.is_some_and(|view| view.low_battery);
        match (snapshot.radio, snapshot.leg) {
            (Some((radio, state)), _) => radio_words(radio, state),
            _ if snapshot.cues_unheard => "cues off",
            _ if low(snapshot.calf) => "calf batt low",
            _ if low(snapshot.thigh) => "thigh batt low",
            (None, Side::Left) => "left leg",
            (None, Side::Right) => "right leg",
        }
    }

    /// The radio on which a shown sensor is heard worst, and how well.
    fn reception(snapshot: &Snapshot<'_>) -> Option<(Radio, u8)> {
        let shown = [snapshot.calf, snapshot.thigh].into_iter().flatten();
        shown.filter_map(|view| view.reception).min_by_key(|&(_, bars)| bars)
    }
}

/// What keeps a radio from hearing, in the room of a remark.
const fn radio_words(radio: Radio, state: RadioState) -> &'static str {
    match (radio, state) {
        (Radio::Ant, RadioState::Trouble(Trouble::NoDevice | Trouble::Off)) => "no ANT stick",
        (Radio::Ant, RadioState::Trouble(Trouble::NoPermission)) => "ANT locked",
        (Radio::Ant, RadioState::Trouble(Trouble::Busy)) => "ANT in use",
        (Radio::Ant, RadioState::Trouble(Trouble::NoKey)) => "no ANT key",
        (Radio::Ant, RadioState::Trouble(Trouble::KeyRefused)) => "bad ANT key",
        (Radio::Ant, RadioState::Trouble(Trouble::NotAnswering | Trouble::NoService)) => "ANT hangs",
        (Radio::Ant, _) => "ANT silent",
        (Radio::Ble, RadioState::Trouble(Trouble::Off)) => "BLE off",
        (Radio::Ble, RadioState::Trouble(Trouble::NoPermission)) => "BLE locked",
        (Radio::Ble, RadioState::Trouble(Trouble::NotAnswering)) => "BLE hangs",
        (Radio::Ble, RadioState::NothingHeard) => "BLE silent",
        (Radio::Ble, _) => "no BLE",
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
        if let Some((_, bars)) = Self::reception(snapshot) {
            let width = BAR_STEP * i16::from(BARS);
            draw_bars(canvas, Area::new(rest.right() - width, area.y, width, area.h), bars);
            rest.w -= width + GAP;
        }
        text(canvas, rest, Align::Right, &TEXT_22, Self::remark(snapshot), Ink::Ink);
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{} {}", ride_time(snapshot).as_str(), Self::remark(snapshot))?;
        if let Some((radio, bars)) = Self::reception(snapshot) {
            write!(out, " {} {bars} of {BARS} bars", radio.code())?;
        }
        match snapshot.battery_percent {
            Some(percent) => write!(out, " battery {percent} %"),
            None => Ok(()),
        }
    }
}

/// Rising bars, those that are lacking as a foot only.
fn draw_bars(canvas: &mut dyn Canvas, area: Area, bars: u8) {
    let foot = area.centre_y() + 7;
    for i in 0..BARS {
        let full = 4 + 5 * i16::from(i);
        let h = if i < bars { full } else { 2 };
        canvas.fill(Area::new(area.x + 2 + BAR_STEP * i16::from(i), foot - h, BAR_W, h), Ink::Ink);
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
