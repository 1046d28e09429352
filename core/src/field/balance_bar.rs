//! Is my calf taking over? A needle that leans towards the muscle that works more than it should, over the rider's own
//! normal band. While an alert is news the panel is inverted and says it in two lines, on a small display larger and only
//! the first inverted; after that a line below the bar says what goes on, in the place of the names of its ends. There the panel also says that the rider keeps cues back,
//! where no status line does.

use super::alert_words::{Choices, Telling};
use super::{AlertView, Balance, DisarmReason, Field, SiteView, Snapshot, cues_off, forms};
use crate::alert::Level;
use crate::digest::Digest;
use crate::draw::{Align, Area, Canvas, Ink, Words, frame, needle, text_in, text_large};
use crate::language::{Capitals, Language, Say};
use crate::math;
use crate::sensor::Reason;
use core::fmt;
use sling_fonts::{Font, LABEL_17, SMALL_13, TEXT_22, TEXT_25};

/// The bar's field.
pub struct BalanceBar;

/// D at the ends of the bar, points of SmO2.
pub(super) const FULL_SCALE: f32 = 20.0;
/// Height of the words below the bar.
const ENDS_H: i16 = 33;
/// Of it, rows between the bar's line and the tallest letters.
const ENDS_AIR_H: i16 = 5;
/// Of it, rows that the digits are centred in; descenders reach below.
const ENDS_DIGITS_H: i16 = 22;
/// Fonts of the panel's own words, the largest first.
static LARGE: [&Font; 3] = [&TEXT_22, &LABEL_17, &SMALL_13];
/// Fonts of an alert where pixels are finer.
static TALL: [&Font; 1] = [&TEXT_25];
/// Rows of an alert where pixels are finer, and of them those of its first line, which is inverted.
pub(crate) const SMALL_ALERT_H: i16 = 72;
const BAND_H: i16 = 36;
/// Rows above the digits of a line: of an accent, and of air.
const ABOVE_FIRST_H: i16 = 6;
const ABOVE_SECOND_H: i16 = 4;
/// Fonts of the line below the bar.
static SMALL: [&Font; 2] = [&TEXT_22, &LABEL_17];
/// A panel narrower than this stands on a page without a status line.
const WITH_STATUS_W: i16 = 190;

impl Field for BalanceBar {
    fn id(&self) -> &'static str {
        "balance"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::Balance.long(language)
    }

    fn unit(&self) -> &'static str {
        "points"
    }

    fn smallest(&self) -> (i16, i16) {
        (140, 58)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        if let Some(alert) = snapshot.alert.filter(|alert| alert.is_news) {
            draw_alert(canvas, area, &alert, snapshot);
            return;
        }
        let (bar, ends) = area.split_top(area.h - ENDS_H);
        if let Balance::Ready { d, normal } = snapshot.balance {
            draw_bar(canvas, bar, d, normal);
        } else {
            frame(canvas, bar, 1, Ink::Grid);
            text_large(canvas, bar, Align::Centre, &LARGE, &remark(snapshot), Ink::Ink);
        }
        let (ends, _) = ends.split_top(ENDS_AIR_H).1.split_top(ENDS_DIGITS_H);
        let line = below(snapshot, area.w < WITH_STATUS_W);
        if line.is_empty() {
            let (calf, thigh) = ends.split_left(ends.w / 2);
            text_large(canvas, calf, Align::Left, &SMALL, &forms(Say::Calf, snapshot.language, &[]), Ink::Ink);
            text_large(canvas, thigh, Align::Right, &SMALL, &forms(Say::Thigh, snapshot.language, &[]), Ink::Ink);
        } else {
            // Which end is whose the numbers above say as well.
            text_large(canvas, ends, Align::Centre, &SMALL, &line, Ink::Ink);
        }
    }

    /// The columns of needle and band, which words round more coarsely, and the words if there is more to say.
    fn fingerprint(&self, snapshot: &Snapshot<'_>, area: Area, _part: usize, digest: &mut Digest) {
        let is_ready = matches!(snapshot.balance, Balance::Ready { .. });
        match &snapshot.alert {
            Some(alert) if is_ready && !alert.is_news => Telling::new(alert, snapshot).fingerprint(digest),
            None if is_ready && snapshot.cues_off.is_none() => digest.number(0),
            _ => drop(self.describe(snapshot, digest)),
        }
        if let Balance::Ready { d, normal } = snapshot.balance {
            // On which side D is, ink tells even where the needle has no length.
            for number in [place(area, d), place(area, -normal), place(area, normal), i16::from(d < 0.0)] {
                digest.number(number as u32);
            }
        }
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        if let Some(alert) = snapshot.alert.filter(|alert| alert.is_news) {
            return describe_alert(&alert, snapshot, out);
        }
        match snapshot.balance {
            Balance::Ready { d, normal } => {
                let (title, [d_whole, band]) = (self.title(snapshot.language), [d, normal].map(math::round_i32));
                write!(out, "{title} {d_whole:+} (±{band})")?;
                if !(-normal..=normal).contains(&d) {
                    let end = if d < 0.0 { Say::Calf } else { Say::Thigh };
                    write!(out, ", {}", end.long(snapshot.language))?;
                }
            }
            Balance::NotReady { .. } | Balance::NoPair => {
                let title = self.title(snapshot.language);
                write!(out, "{title}: {}", remark(snapshot).first().map_or("", Words::as_str))?;
            }
        }
        match below(snapshot, true).first() {
            Some(line) => write!(out, "; {line}"),
            None => Ok(()),
        }
    }
}

/// What an alert says while it is news, on a page that has no bar; nothing at other times.
pub struct AlertPanel;

impl Field for AlertPanel {
    fn id(&self) -> &'static str {
        "alert"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::Alert.long(language)
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn smallest(&self) -> (i16, i16) {
        (140, 54)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        if let Some(alert) = snapshot.alert.filter(|alert| alert.is_news) {
            draw_alert(canvas, area, &alert, snapshot);
        }
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match snapshot.alert.filter(|alert| alert.is_news) {
            Some(alert) => describe_alert(&alert, snapshot, out),
            None => Ok(()),
        }
    }
}

fn describe_alert(alert: &AlertView, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
    let language = snapshot.language;
    write!(out, "{}", Capitals(Say::Alert.long(language)))?;
    match alert.level {
        Level::Info => {}
        Level::Caution => write!(out, " {}", Say::Caution.long(language))?,
        Level::Warning => write!(out, " {}", Say::Warning.long(language))?,
    }
    out.write_str(": ")?;
    Telling::new(alert, snapshot).say(out)
}

/// What is said below the bar: what goes on, else that cues are kept back where the status line does not say so.
fn below(snapshot: &Snapshot<'_>, is_alone: bool) -> Choices {
    if let Some(alert) = &snapshot.alert {
        return Telling::new(alert, snapshot).line();
    }
    if is_alone && snapshot.cues_unheard {
        return forms(Say::CuesOff, snapshot.language, &[]);
    }
    let said_elsewhere = !is_alone && snapshot.radio.is_none();
    snapshot.cues_off.filter(|_| !said_elsewhere).map(|left| cues_off(left, snapshot.language)).unwrap_or_default()
}

/// Why there is no balance: a radio that does not work before everything else, for it is what the rider can mend.
pub(super) fn remark(snapshot: &Snapshot<'_>) -> Choices {
    let plain = |say| forms(say, snapshot.language, &[]);
    if let Some((radio, state)) = snapshot.radio {
        return plain(state.say(radio));
    }
    let is_searched = |view: Option<&SiteView<'_>>| view.is_some_and(|view| view.smo2 == Err(Reason::Searching));
    match snapshot.balance {
        Balance::NoPair => plain(Say::NeedsPair),
        Balance::NotReady { .. }
            if [&snapshot.calf, &snapshot.thigh].into_iter().any(|it| is_searched(it.as_ref())) =>
        {
            plain(Say::Searching)
        }
        Balance::NotReady { reason: DisarmReason::Learning, left: Some(left) } => {
            let minutes = Words::of(format_args!("{}", left.as_s().div_ceil(60)));
            forms(Say::LearningMinutes, snapshot.language, &[minutes.as_str()])
        }
        Balance::NotReady { reason, .. } => plain(reason.say()),
        Balance::Ready { .. } => Choices::new(),
    }
}

/// Columns from the middle of a bar as wide as `area` to D.
fn place(area: Area, d: f32) -> i16 {
    let reach = area.w / 2 - 1;
    math::round_i32(math::clamp(d, -FULL_SCALE, FULL_SCALE) / FULL_SCALE * f32::from(reach)) as i16
}

fn draw_bar(canvas: &mut dyn Canvas, area: Area, d: f32, normal: f32) {
    let centre = area.centre_x();
    let (left, right) = (centre + place(area, -normal), centre + place(area, normal));
    canvas.fill(Area::new(left, area.y + 2, right - left + 1, area.h - 4), Ink::Shade);
    for edge in [left, right] {
        canvas.fill(Area::new(edge, area.y + 2, 1, area.h - 4), Ink::Ink);
    }
    canvas.fill(Area::new(area.x, area.bottom() - 2, area.w, 2), Ink::Ink);
    let ink = if d < 0.0 { Ink::Calf } else { Ink::Thigh };
    needle(canvas, centre, centre + place(area, d), Area::new(area.x, area.y + 5, area.w, area.h - 11), ink);
    canvas.fill(Area::new(centre - 1, area.y, 3, area.h), Ink::Ink);
}

fn draw_alert(canvas: &mut dyn Canvas, area: Area, alert: &AlertView, snapshot: &Snapshot<'_>) {
    let telling = Telling::new(alert, snapshot);
    let (first, second) = (telling.top(), telling.bottom());
    if area.w < WITH_STATUS_W && area.h >= SMALL_ALERT_H {
        // All of it inverted would be most of the ink that a page may have.
        let band = Area { h: BAND_H, ..area };
        canvas.fill(band, Ink::Ink);
        canvas.fill(Area::new(area.x, area.bottom() - 1, area.w, 1), Ink::Ink);
        let line = |y| Area::new(area.x + 2, y, area.w - 4, TEXT_25.digit_height() as i16);
        text_in(canvas, line(area.y + ABOVE_FIRST_H), Align::Centre, &TALL, &first, Ink::Paper);
        text_in(canvas, line(band.bottom() + ABOVE_SECOND_H), Align::Centre, &TALL, &second, Ink::Ink);
        return;
    }
    canvas.fill(area, Ink::Ink);
    let (top, bottom) = area.inset(2).split_top(area.h / 2 - 2);
    text_large(canvas, top, Align::Centre, &LARGE, &first, Ink::Paper);
    text_large(canvas, bottom, Align::Centre, &LARGE, &second, Ink::Paper);
}
