//! SmO2 of calf or thigh: a large number with its trend arrow and its place in the muscle's own range; or, in words,
//! why there is none.

use super::alert_words::head;
use super::tile::{LARGE_TITLE_H, Namesake, ROOMY_H, Tile};
use super::{Choices, Field, Part, SiteView, Snapshot, Which, filled, forms, part};
use crate::digest::Digest;
use crate::draw::{Area, Canvas, Ink, Words};
use crate::language::{Capitals, Language, Say};
use crate::math;
use crate::sensor::{MAX_SITES, Muscle, Reason, Side};
use crate::signal::trend::Direction;
use core::fmt;

/// The field of one muscle.
pub struct Smo2Field {
    id: &'static str,
    which: Which,
}

impl Smo2Field {
    /// The calf of the leg that is shown.
    pub const CALF: Self = Self { id: "smo2_calf", which: Which::Calf };
    /// The thigh of the leg that is shown.
    pub const THIGH: Self = Self { id: "smo2_thigh", which: Which::Thigh };
    /// The left calf.
    pub const LEFT_CALF: Self = Self { id: "smo2_left_calf", which: Which::CalfOf(Side::Left) };
    /// The right calf.
    pub const RIGHT_CALF: Self = Self { id: "smo2_right_calf", which: Which::CalfOf(Side::Right) };
    /// The left thigh.
    pub const LEFT_THIGH: Self = Self { id: "smo2_left_thigh", which: Which::ThighOf(Side::Left) };
    /// The right thigh.
    pub const RIGHT_THIGH: Self = Self { id: "smo2_right_thigh", which: Which::ThighOf(Side::Right) };
    /// The inner head of the calf that is shown.
    pub const INNER_CALF: Self = Self { id: "smo2_inner_calf", which: Which::Head(Muscle::GastrocnemiusMedialis) };
    /// Muscles by their place among all, those that have none on a page of a leg first.
    pub const OTHERS: [&'static dyn Field; MAX_SITES] = [
        &Self { id: "smo2_other_1", which: Which::Other(0) },
        &Self { id: "smo2_other_2", which: Which::Other(1) },
        &Self { id: "smo2_other_3", which: Which::Other(2) },
        &Self { id: "smo2_other_4", which: Which::Other(3) },
        &Self { id: "smo2_other_5", which: Which::Other(4) },
        &Self { id: "smo2_other_6", which: Which::Other(5) },
        &Self { id: "smo2_other_7", which: Which::Other(6) },
        &Self { id: "smo2_other_8", which: Which::Other(7) },
    ];
    /// The outer head of the calf that is shown.
    pub const OUTER_CALF: Self = Self { id: "smo2_outer_calf", which: Which::Head(Muscle::GastrocnemiusLateralis) };

    const fn part(&self) -> Say {
        match self.which {
            Which::Other(_) => Say::Muscles,
            which => which.part().say(),
        }
    }

    /// What tells it from the other fields.
    const fn name(&self) -> Say {
        match self.which {
            Which::CalfOf(Side::Left) => Say::LeftCalf,
            Which::CalfOf(Side::Right) => Say::RightCalf,
            Which::ThighOf(Side::Left) => Say::LeftThigh,
            Which::ThighOf(Side::Right) => Say::RightThigh,
            Which::Head(Muscle::GastrocnemiusMedialis) => Say::InnerCalf,
            Which::Head(_) => Say::OuterCalf,
            Which::Calf | Which::Thigh | Which::Other(_) => self.part(),
        }
    }

    const fn namesake(&self, view: Option<&SiteView<'_>>) -> Namesake {
        match self.which {
            Which::Other(_) => match view {
                Some(view) => Namesake::Site(view.site),
                None => Namesake::None,
            },
            Which::Calf | Which::Thigh => Namesake::None,
            Which::CalfOf(side) | Which::ThighOf(side) => Namesake::Side(side),
            Which::Head(muscle) => match head(muscle) {
                Some(head) => Namesake::Head(head),
                None => Namesake::None,
            },
        }
    }

    const fn ink(&self, view: Option<&SiteView<'_>>) -> Ink {
        let part = match (self.which, view) {
            (Which::Other(_), Some(view)) => part(view.site.muscle),
            _ => self.which.part(),
        };
        match part {
            Part::Calf => Ink::Calf,
            Part::Thigh => Ink::Thigh,
            _ => Ink::Ink,
        }
    }
}

/// Rows of the line below the number.
const RANGE_H: i16 = 4;
const BLOCK_W: i16 = 10;
/// Columns that the rail leaves free at the right.
const RAIL_AIR_W: i16 = 4;

impl Field for Smo2Field {
    fn id(&self) -> &'static str {
        self.id
    }

    fn title(&self, language: Language) -> &'static str {
        self.name().long(language)
    }

    fn titles(&self, language: Language) -> &'static str {
        self.part().text(language)
    }

    fn unit(&self) -> &'static str {
        "%"
    }

    fn smallest(&self) -> (i16, i16) {
        (72, 50)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let (language, view) = (snapshot.language, snapshot.at(self.which));
        let (ink, is_known) = (self.ink(view), view.is_some() || !matches!(self.which, Which::Other(_)));
        let tile = |note, value, direction| Tile {
            is_primary: is_known,
            title: self.part(),
            which: self.namesake(view),
            note,
            value,
            unit: "",
            direction,
            ink,
        };
        let Some(view) = view else {
            let not_worn = forms(Say::NotWorn, language, &[]);
            tile("", Err(&not_worn), Direction::Steady).draw(canvas, area, language);
            return;
        };
        let range_h = if has_rail(area.h) { RANGE_H } else { 0 };
        let (area, range) = area.split_top(area.h - range_h);
        // The title says which muscle it is.
        let note =
            if matches!(self.which, Which::Head(_) | Which::Other(_)) { "" } else { view.site.muscle.short_name() };
        match view.smo2 {
            Ok(percent) => {
                let words = Words::of(format_args!("{}", math::round_i32(percent)));
                tile(note, Ok(words.as_str()), direction(view)).draw(canvas, area, language);
            }
            Err(reason) => {
                let words = reason_words(reason, view, language);
                tile(note, Err(&words), Direction::Steady).draw(canvas, area, language);
            }
        }
        if range_h > 0 {
            draw_range(canvas, range, view, ink);
        }
    }

    /// What stands below the title; the title, which stays as it is, apart, where it has rows of its own.
    fn part(&self, area: Area, part: usize) -> Option<Area> {
        // Round digits may overshoot into the rows of air between them.
        let (title, rest) = area.split_top(if area.h < ROOMY_H + RANGE_H { 0 } else { LARGE_TITLE_H - 3 });
        match part {
            0 => Some(rest),
            1 if title.h > 0 => Some(title),
            _ => None,
        }
    }

    /// Besides the words the block's column, which words round more coarsely.
    fn fingerprint(&self, snapshot: &Snapshot<'_>, area: Area, part: usize, digest: &mut Digest) {
        let view = snapshot.at(self.which);
        if part > 0 {
            digest.number(view.map_or(u32::MAX, |view| view.site.muscle as u32 * 2 + view.site.side as u32));
            return;
        }
        let _ = self.describe(snapshot, digest);
        digest.number(view.and_then(|view| block(area, view)).map_or(u32::MAX, |x| x as u32));
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let Some(view) = snapshot.at(self.which) else {
            return write!(
                out,
                "{}: {}",
                Capitals(self.title(snapshot.language)),
                Say::NotWorn.long(snapshot.language)
            );
        };
        let title = if matches!(self.which, Which::Other(_)) { part(view.site.muscle).say() } else { self.name() };
        write!(out, "{} {}: ", Capitals(title.long(snapshot.language)), view.site)?;
        match view.smo2 {
            Ok(percent) => {
                write!(out, "{} %", math::round_i32(percent))?;
                out.write_str(match direction(view) {
                    Direction::Rising => " ↑",
                    Direction::Falling => " ↓",
                    Direction::Steady => "",
                })?;
            }
            Err(reason) => {
                let words = reason_words(reason, view, snapshot.language);
                out.write_str(words.first().map_or("", Words::as_str))?;
            }
        }
        match (view.range, view.smo2) {
            (Some(range), Ok(percent)) => {
                write!(
                    out,
                    ", {} {} %",
                    Say::OwnRange.long(snapshot.language),
                    math::round_i32(range.normalise(percent) * 100.0)
                )
            }
            _ => Ok(()),
        }
    }
}

/// Whether a rail has room below a number, and air; it goes before the number is made smaller.
fn has_rail(h: i16) -> bool {
    let tight = |digits: i16| (0..=2 * RANGE_H).contains(&(h - LARGE_TITLE_H - digits));
    h >= ROOMY_H + 2 * RANGE_H && ![50, 70, 84].into_iter().any(tight)
}

fn direction(view: &SiteView<'_>) -> Direction {
    view.trend.map_or(Direction::Steady, |trend| trend.direction())
}

/// The reason, and for how long, where that is news.
fn reason_words(reason: Reason, view: &SiteView<'_>, language: Language) -> Choices {
    let (say, number) = match (reason, view.age) {
        (Reason::Lost | Reason::Stale | Reason::NoData, Some(age)) if age.as_s() < 60 => {
            (Say::ReasonSeconds, age.as_s())
        }
        (Reason::Lost | Reason::Stale | Reason::NoData, Some(age)) => (Say::ReasonMinutes, age.as_s() / 60),
        _ => return forms(reason.say(), language, &[]),
    };
    let number = Words::of(format_args!("{number}"));
    let timed = reason.say().forms(language).map(|said| filled(say, language, &[said, number.as_str()]));
    // Large before in full: where the time has no room, the reason stands alone.
    timed.chain(forms(reason.say(), language, &[])).collect()
}

/// A thin rail for the muscle's own range with a block where the value stands; nothing until there is a range.
fn draw_range(canvas: &mut dyn Canvas, area: Area, view: &SiteView<'_>, ink: Ink) {
    let Some(x) = block(area, view) else { return };
    canvas.fill(Area::new(area.x, area.centre_y(), area.w - RAIL_AIR_W, 1), Ink::Grid);
    canvas.fill(Area::new(area.x + x, area.y, BLOCK_W, RANGE_H), ink);
}

/// Columns from the rail's left end to the block, in a cell as wide as `area`.
fn block(area: Area, view: &SiteView<'_>) -> Option<i16> {
    let (range, percent) = view.range.zip(view.smo2.ok())?;
    let place = range.normalise(percent) * f32::from((area.w - RAIL_AIR_W - BLOCK_W).max(0));
    Some(math::round_i32(place) as i16)
}
