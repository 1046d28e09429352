//! The line at the top: ride time, what the sensors are doing, the battery.

use crate::digest::Digest;
use crate::draw::{Align, Area, Canvas, Ink, Words, frame, text, text_in, text_large};
use crate::field::{Choices, Field, RideState, SiteView, Snapshot, cues_off, forms, ride_time};
use crate::input::StorageResult;
use crate::language::{Language, Say};
use crate::link::Radio;
use crate::sensor::Side;
use crate::time::Duration;
use core::fmt;
use sling_fonts::{Font, LABEL_17, SMALL_13, TEXT_22};

const GAP: i16 = 6;
/// Columns of a ride time with hours.
const TIME_W: i16 = 90;
const BATTERY_W: i16 = 34;
/// That the firmware failed is said for so long.
const TELLS_RESTART: Duration = Duration::from_s(60);
/// Fonts of the remark, by the room that there is.
static FONTS: [&Font; 3] = [&TEXT_22, &LABEL_17, &SMALL_13];
const BARS: u8 = 3;
const BAR_W: i16 = 5;
const BAR_STEP: i16 = 7;
/// Columns of the bars.
pub(super) const BARS_W: i16 = BAR_STEP * BARS as i16;

/// The status line.
pub struct StatusBar {
    /// The page shows one leg, and this says which.
    names_leg: bool,
}

impl StatusBar {
    /// On a page of one leg.
    pub const ONE_LEG: Self = Self { names_leg: true };
    /// On a page of both legs.
    pub const BOTH_LEGS: Self = Self { names_leg: false };

    /// What the rider should know about head unit and sensors, if there is anything, in the words for which there may be
    /// room. It takes the place of all else but the time.
    fn news(snapshot: &Snapshot<'_>) -> Option<Choices> {
        let low = |view: Option<SiteView<'_>>| view.is_some_and(|view| view.low_battery);
        let say = match (snapshot.radio, snapshot.cues_off) {
            (Some((radio, state)), _) => state.say(radio),
            _ if snapshot.storage != StorageResult::Written => Say::NotRecorded,
            _ if snapshot.crashed.is_some_and(|(at, _)| snapshot.now.since(*at) < TELLS_RESTART) => Say::Restarted,
            _ if snapshot.ride_state == RideState::Over => Say::RideOver,
            _ if snapshot.ride_state != RideState::Riding => Say::RidePaused,
            (None, Some(left)) => return Some(cues_off(left, snapshot.language)),
            _ if snapshot.cues_unheard => Say::CuesOff,
            _ if low(snapshot.calf) => Say::CalfBattery,
            _ if low(snapshot.thigh) => Say::ThighBattery,
            _ => return None,
        };
        Some(forms(say, snapshot.language, &[]))
    }

    /// The radio on which a shown sensor is heard worst, and how well.
    fn reception(snapshot: &Snapshot<'_>) -> Option<(Radio, u8)> {
        let shown = [snapshot.calf, snapshot.thigh].into_iter().flatten();
        shown.filter_map(|view| view.reception).min_by_key(|&(_, bars)| bars)
    }
}

/// Which leg is shown.
const fn leg_words(leg: Side) -> Say {
    match leg {
        Side::Left => Say::LeftLeg,
        Side::Right => Say::RightLeg,
    }
}

impl Field for StatusBar {
    fn id(&self) -> &'static str {
        "status"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::Status.long(language)
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
        if canvas.clip().right() <= rest.x {
            return;
        }
        if let Some(news) = Self::news(snapshot) {
            text_large(canvas, rest, Align::Right, &FONTS, &news, Ink::Ink);
            return;
        }
        if let Some(percent) = snapshot.battery_percent {
            draw_battery(canvas, area, percent);
            rest.w -= BATTERY_W + GAP;
        }
        if let Some((_, bars)) = Self::reception(snapshot) {
            let width = BARS_W;
            draw_bars(canvas, Area::new(rest.right() - width, area.y, width, area.h), bars, Ink::Ink);
            rest.w -= width + GAP;
        }
        if self.names_leg {
            let leg = forms(leg_words(snapshot.leg), snapshot.language, &[]);
            text_in(canvas, rest, Align::Right, &FONTS, &leg, Ink::Ink);
        }
    }

    /// The time, each second; the rest.
    fn part(&self, area: Area, part: usize) -> Option<Area> {
        let (time, rest) = area.split_left(TIME_W);
        [time, rest].get(part).copied()
    }

    fn fingerprint(&self, snapshot: &Snapshot<'_>, _area: Area, part: usize, digest: &mut Digest) {
        let time = ride_time(snapshot);
        let w = TEXT_22.width(time.as_str());
        digest.number(w);
        // A long time reaches into the rest, and what there is to say beside a short one into the time's part.
        if part == 0 || w as i16 > TIME_W {
            digest.coarse(time.as_str().as_bytes());
        }
        if let Some(news) = Self::news(snapshot).as_ref().and_then(|news| news.first()) {
            digest.coarse(news.as_str().as_bytes());
        }
        digest.number(Self::reception(snapshot).map_or(u32::MAX, |(_, bars)| bars.into()));
        digest.number(snapshot.battery_percent.map_or(u32::MAX, u32::from));
        digest.number(u32::from(self.names_leg && snapshot.leg == Side::Right));
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let news = Self::news(snapshot);
        let leg = if self.names_leg { leg_words(snapshot.leg).long(snapshot.language) } else { "" };
        let words = news.as_ref().and_then(|news| news.first()).map_or(leg, Words::as_str);
        write!(out, "{} {words}", ride_time(snapshot).as_str())?;
        if let Some((radio, bars)) = Self::reception(snapshot) {
            write!(out, " {} {bars}/{BARS}", radio.code())?;
        }
        match snapshot.battery_percent {
            Some(percent) => write!(out, " {} {percent} %", Say::Battery.long(snapshot.language)),
            None => Ok(()),
        }
    }
}

/// Rising bars, those that are lacking as a foot only.
pub(super) fn draw_bars(canvas: &mut dyn Canvas, area: Area, bars: u8, ink: Ink) {
    let foot = area.centre_y() + 7;
    for i in 0..BARS {
        let full = 4 + 5 * i16::from(i);
        let h = if i < bars { full } else { 2 };
        canvas.fill(Area::new(area.x + 2 + BAR_STEP * i16::from(i), foot - h, BAR_W, h), ink);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::with_preview;
    use crate::input::Label;
    use crate::link::{RadioState, Trouble};
    use crate::time::Instant;

    /// The narrowest status line, with the longest ride time: whatever there is to say has room.
    #[test]
    fn everything_fits_beside_a_long_ride() {
        let states = [
            RadioState::NothingHeard,
            RadioState::Trouble(Trouble::NoDevice),
            RadioState::Trouble(Trouble::NoPermission),
            RadioState::Trouble(Trouble::Busy),
            RadioState::Trouble(Trouble::Off),
            RadioState::Trouble(Trouble::NoService),
            RadioState::Trouble(Trouble::NoKey),
            RadioState::Trouble(Trouble::KeyRefused),
            RadioState::Trouble(Trouble::NotAnswering),
        ];
        // Not yet: it is told from then on.
        let restart = (Instant::from_ms(u64::MAX), Label::new());
        with_preview(|preview| {
            let long = Snapshot { ride_time: Duration::from_s(23 * 3600 + 3599), ..preview.clone() };
            let thigh = long.thigh.map(|view| SiteView { low_battery: true, ..view });
            let troubled = [Radio::Ant, Radio::Ble]
                .into_iter()
                .flat_map(|radio| states.map(|state| Snapshot { radio: Some((radio, state)), ..long.clone() }));
            let snoozed = Snapshot { cues_off: Some(Duration::from_s(880)), ..long.clone() };
            let states = [RideState::Paused, RideState::Over].map(|ride_state| Snapshot { ride_state, ..long.clone() });
            let told = [
                Snapshot { storage: StorageResult::Full, ..long.clone() },
                Snapshot { crashed: Some(&restart), ..long.clone() },
            ];
            let moments = troubled.chain([Snapshot { thigh, ..long.clone() }, long.clone(), snoozed]);
            let moments = moments.chain(states).chain(told);
            let moments =
                moments.flat_map(|moment| Language::ALL.map(|language| Snapshot { language, ..moment.clone() }));
            for snapshot in moments {
                let time = TEXT_22.width(ride_time(&snapshot).as_str()) as i16;
                let taken = match StatusBar::news(&snapshot) {
                    Some(_) => GAP,
                    None => GAP + BATTERY_W + GAP + BAR_STEP * i16::from(BARS) + GAP,
                };
                let news = StatusBar::news(&snapshot);
                let words = news
                    .as_ref()
                    .map_or(leg_words(snapshot.leg).short(snapshot.language), |news| news.last().unwrap().as_str());
                let (width, room) = (SMALL_13.width(words) as i16, 240 - time - taken);
                assert!(width <= room, "{words}: {width} of {room}");
            }
        });
    }
}
