//! What an alert says: what was seen and where, never what is wrong with the rider.
//!
//! Each line is a list of choices that say the same, the longest first; a panel takes the first that it has room for.
//! "Falling" and "lower" are said of SmO2 against what is expected at this power and cadence, "O₂ down" of SmO2 itself,
//! "blood" of tHb. A leg is named when it is not the one that is shown, or when both are spoken of.

use super::AlertView;
use crate::digest::Digest;
use crate::draw::Words;
use crate::math;
use crate::pattern::{Evidence, PatternKind};
use crate::sensor::{Muscle, Side, Site};
use crate::time::{Duration, Instant};
use core::fmt;

/// The same thing in several lengths, the longest first.
pub(crate) type Choices = heapless::Vec<Words, 12>;

/// A part of the body, as a rider calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Either head of gastrocnemius, or soleus.
    Calf,
    /// The front of the thigh.
    Thigh,
    /// The back of the thigh.
    Hamstring,
    /// Either gluteus.
    Glute,
    /// Tibialis anterior.
    Shin,
    /// Erector spinae.
    Back,
    /// Deltoid.
    Shoulder,
}

/// The part of the body that a muscle belongs to.
pub const fn part(muscle: Muscle) -> Part {
    match muscle {
        Muscle::GastrocnemiusMedialis | Muscle::GastrocnemiusLateralis | Muscle::Soleus => Part::Calf,
        Muscle::VastusLateralis | Muscle::VastusMedialis | Muscle::RectusFemoris => Part::Thigh,
        Muscle::BicepsFemoris | Muscle::Semitendinosus => Part::Hamstring,
        Muscle::GluteusMaximus | Muscle::GluteusMedius => Part::Glute,
        Muscle::TibialisAnterior => Part::Shin,
        Muscle::ErectorSpinae => Part::Back,
        Muscle::Deltoid => Part::Shoulder,
    }
}

impl Part {
    /// Its name, and one that is shorter if there is one.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Calf => ("calf", "calf"),
            Self::Thigh => ("thigh", "thigh"),
            Self::Hamstring => ("hamstring", "ham"),
            Self::Glute => ("glute", "glute"),
            Self::Shin => ("shin", "shin"),
            Self::Back => ("back", "back"),
            Self::Shoulder => ("shoulder", "delt"),
        }
    }
}

/// A muscle among others of its part.
const fn head(muscle: Muscle) -> &'static str {
    match muscle {
        Muscle::GastrocnemiusMedialis | Muscle::VastusMedialis | Muscle::Semitendinosus => "inner",
        Muscle::GastrocnemiusLateralis | Muscle::VastusLateralis | Muscle::BicepsFemoris => "outer",
        Muscle::Soleus => "deep",
        Muscle::RectusFemoris | Muscle::GluteusMedius => "mid",
        Muscle::GluteusMaximus => "main",
        Muscle::TibialisAnterior | Muscle::ErectorSpinae | Muscle::Deltoid => "",
    }
}

/// Text in capitals; only ASCII has any here.
struct Capitals<'a>(&'a str);

impl fmt::Display for Capitals<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| fmt::Write::write_char(f, c.to_ascii_uppercase()))
    }
}

/// What is said of a muscle, the longest first: in the panel, and in the line that stays.
struct Said(&'static [&'static str], &'static [&'static str]);

/// An alert taken apart for telling.
pub(super) struct Telling<'a> {
    alert: &'a AlertView,
    now: Instant,
    /// The muscle that it speaks of: of two that have parted, the lower one.
    subject: Site,
    /// What that is compared with.
    object: Option<Site>,
    /// The side, if it must be said.
    side: Option<Side>,
    said: Said,
}

impl<'a> Telling<'a> {
    /// An alert while a leg is shown.
    pub(super) fn new(alert: &'a AlertView, leg: Side, now: Instant) -> Self {
        let (site, against) = (alert.place.site, alert.place.against);
        let has_parted = matches!(
            alert.kind,
            PatternKind::AntagonistImbalance | PatternKind::HeadImbalance | PatternKind::SideImbalance
        );
        let (subject, object) = match (alert.evidence, against) {
            (Evidence::Smo2 { site: here, against: Some(there) }, Some(other)) if has_parted && here > there => {
                (other, Some(site))
            }
            _ => (site, against),
        };
        let both_sides = object.is_some_and(|object| object.side != subject.side);
        let said = match alert.kind {
            PatternKind::CalfOverload | PatternKind::VlFatigue | PatternKind::TibialisOverload => {
                Said(&["FALLING", "FALLS"], &["falling", "\u{2193}"])
            }
            PatternKind::AntagonistImbalance | PatternKind::HeadImbalance | PatternKind::SideImbalance => {
                Said(&["LOWER", "LOW"], &["lower", "low"])
            }
            PatternKind::OutflowRestriction | PatternKind::Compression => {
                Said(&["O\u{2082} DOWN", "O\u{2082} \u{2193}"], &["O\u{2082} down", "O\u{2082} \u{2193}"])
            }
            PatternKind::SlowRecovery => {
                Said(&["RECOVERY SLOWER", "SLOWER", "SLOW"], &["recovery slower", "slower", "slow"])
            }
            PatternKind::LoadShift => {
                Said(&["SHARING CHANGED", "SHARE CHANGED", "NEW SHARE"], &["sharing changed", "new share"])
            }
        };
        let side = (both_sides || subject.side != leg).then_some(subject.side);
        Self { alert, now, subject, object, side, said }
    }

    /// The first line: the muscle and what it does.
    pub(super) fn top(&self) -> Choices {
        let (name, brief) = self.subject_names();
        let initial = self.initial();
        let mut choices = Choices::new();
        if let (Some(side), Some(said)) = (self.side, self.said.0.first()) {
            let side = Capitals(side.code());
            add(&mut choices, format_args!("{side} {}{said}", spaced(&Capitals(name.as_str()))));
        }
        for name in [&name, &brief] {
            for said in self.said.0 {
                add(&mut choices, format_args!("{initial}{}{said}", spaced(&Capitals(name.as_str()))));
            }
        }
        choices
    }

    /// The second line: against what, or what else, and for how long.
    pub(super) fn bottom(&self) -> Choices {
        let mut choices = Choices::new();
        let span = self.span();
        match (self.alert.kind, self.object) {
            (PatternKind::OutflowRestriction, _) => self.blood(&mut choices, "up", '\u{2191}', &span),
            (PatternKind::Compression, _) => self.blood(&mut choices, "down", '\u{2193}', &span),
            (PatternKind::SlowRecovery, _) => {
                if let Evidence::Usual { now, usual } = self.alert.evidence {
                    let (now, usual) = (math::round_i32(now), math::round_i32(usual));
                    self.add(&mut choices, format_args!("half recovered in {now} s, was {usual} s"));
                    self.add(&mut choices, format_args!("recovery {now} s, was {usual} s"));
                    self.add(&mut choices, format_args!("recovery {now}, was {usual}"));
                    self.add(&mut choices, format_args!("{now} s, was {usual} s"));
                    self.add(&mut choices, format_args!("{now} s, not {usual}"));
                    self.add(&mut choices, format_args!("{now} s"));
                } else {
                    self.add(&mut choices, format_args!("by {} %", self.strength()));
                }
            }
            (PatternKind::LoadShift, Some(other)) => {
                let (one, two) = (part(self.subject.muscle).names(), part(other.muscle).names());
                let percent = self.strength();
                self.add(&mut choices, format_args!("{} and {}, {percent} %", one.0, two.0));
                self.add(&mut choices, format_args!("{}, {} {percent} %", one.1, two.1));
                self.add(&mut choices, format_args!("by {percent} %"));
            }
            (PatternKind::LoadShift, None) => self.add(&mut choices, format_args!("by {} %", self.strength())),
            (_, Some(object)) => {
                let (name, brief) = self.object_names(object);
                self.add(&mut choices, format_args!("against {name}, {span}"));
                self.add(&mut choices, format_args!("vs {name}, {span}"));
                self.add(&mut choices, format_args!("vs {name} {span}"));
                self.add(&mut choices, format_args!("vs {brief} {span}"));
                self.add(&mut choices, format_args!("{span}"));
            }
            (_, None) => {
                self.add(&mut choices, format_args!("for {span}"));
                self.add(&mut choices, format_args!("{span}"));
            }
        }
        choices
    }

    /// The line that stays when the panel has been given back.
    pub(super) fn line(&self) -> Choices {
        let (name, brief) = self.subject_names();
        let (span, initial) = (self.span(), self.initial());
        let mut choices = Choices::new();
        if !self.alert.kind.is_in_percent() {
            for name in [&name, &brief] {
                for said in self.said.1 {
                    self.add(&mut choices, format_args!("{initial}{}{said} {span}", spaced(name)));
                }
            }
        }
        for name in [&name, &brief] {
            for said in self.said.1 {
                self.add(&mut choices, format_args!("{initial}{}{said}", spaced(name)));
            }
        }
        choices
    }

    /// Takes all that the words follow from, without putting any of them together.
    pub(super) fn fingerprint(&self, digest: &mut Digest) {
        let alert = self.alert;
        let of = |site: Site| (site.muscle as u32) << 8 | (site.side as u32) << 1 | 1;
        let evidence = match alert.evidence {
            Evidence::Usual { now, usual } => [now, usual].map(|number| math::round_i32(number) as u32),
            Evidence::Smo2 { .. } | Evidence::Blood { .. } => [0; 2],
        };
        for number in [
            alert.kind as u32,
            of(self.subject),
            self.object.map_or(0, of),
            self.side.map_or(0, |side| side as u32 + 1),
            u32::from(alert.is_news) << 1 | u32::from(alert.names_head),
            u32::from(alert.more),
            self.minutes(),
            self.strength() as u32,
            evidence[0],
            evidence[1],
        ] {
            digest.number(number);
        }
    }

    /// All of it in words.
    pub(super) fn say(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let is_compared = self.object.is_some() && self.alert.kind != PatternKind::LoadShift;
        write_first(&self.top(), out)?;
        out.write_str(if is_compared { " " } else { ", " })?;
        write_first(&self.bottom(), out)
    }

    /// The muscle's name and a shorter one; nothing where the pattern is of two muscles alike.
    fn subject_names(&self) -> (Words, Words) {
        let muscle = self.subject.muscle;
        let (name, brief) = part(muscle).names();
        if self.alert.kind == PatternKind::LoadShift {
            (Words::default(), Words::default())
        } else if (self.alert.names_head || self.is_of_heads()) && !head(muscle).is_empty() {
            (
                Words::of(format_args!("{} {brief}", head(muscle))),
                Words::of(format_args!("{}", Capitals(muscle.code()))),
            )
        } else {
            (Words::of(format_args!("{name}")), Words::of(format_args!("{brief}")))
        }
    }

    fn object_names(&self, object: Site) -> (Words, Words) {
        let (name, brief) = part(object.muscle).names();
        if object.side != self.subject.side {
            let side = Words::of(format_args!("{}", object.side.code()));
            (side.clone(), side)
        } else if self.is_of_heads() && !head(object.muscle).is_empty() {
            let code = Capitals(object.muscle.code());
            (Words::of(format_args!("{}", head(object.muscle))), Words::of(format_args!("{code}")))
        } else {
            (Words::of(format_args!("{name}")), Words::of(format_args!("{brief}")))
        }
    }

    /// Whether two muscles of one part of one leg are compared.
    fn is_of_heads(&self) -> bool {
        let is_head =
            |object: Site| object.side == self.subject.side && part(object.muscle) == part(self.subject.muscle);
        self.object.is_some_and(is_head)
    }

    /// "L " or "R " where the side must be said.
    fn initial(&self) -> Words {
        self.side.map_or_else(Words::default, |side| Words::of(format_args!("{} ", side.letter())))
    }

    /// Since the onset: minutes, or hours where there are many.
    fn span(&self) -> Words {
        match self.minutes() {
            minutes @ 0..100 => Words::of(format_args!("{minutes} min")),
            minutes => Words::of(format_args!("{} h", minutes / 60)),
        }
    }

    fn minutes(&self) -> u32 {
        self.now.since(self.alert.since).as_s() / 60
    }

    fn strength(&self) -> i32 {
        math::round_i32(math::clamp(self.alert.strength, 0.0, 999.0))
    }

    /// A choice, with the count of alerts that are on and not shown.
    fn add(&self, choices: &mut Choices, words: fmt::Arguments<'_>) {
        match self.alert.more {
            0 => add(choices, words),
            more => {
                if choices.is_empty() {
                    add(choices, format_args!("{words}, +{more} more"));
                }
                add(choices, format_args!("{words} +{more}"));
            }
        }
    }

    fn blood(&self, choices: &mut Choices, direction: &str, arrow: char, span: &Words) {
        self.add(choices, format_args!("blood {direction}, {span}"));
        self.add(choices, format_args!("blood {direction} {span}"));
        self.add(choices, format_args!("blood {arrow} {span}"));
        self.add(choices, format_args!("blood {direction}"));
        self.add(choices, format_args!("blood {arrow}"));
    }
}

/// That the rider keeps cues back, and for how many minutes yet.
pub(crate) fn cues_off(left: Duration) -> Choices {
    let minutes = left.as_s().div_ceil(60);
    let mut choices = Choices::new();
    add(&mut choices, format_args!("cues off {minutes} min"));
    add(&mut choices, format_args!("quiet {minutes} min"));
    choices
}

fn write_first(choices: &Choices, out: &mut dyn fmt::Write) -> fmt::Result {
    out.write_str(choices.first().map_or("", Words::as_str))
}

fn add(choices: &mut Choices, words: fmt::Arguments<'_>) {
    // No line has more lengths than there is room for; the tests of the panel would show the shortest missing.
    let _ = choices.push(Words::of(words));
}

/// `name` and a space; nothing for no name.
fn spaced(name: &impl fmt::Display) -> Words {
    let name = Words::of(format_args!("{name}"));
    if name.as_str().is_empty() { name } else { Words::of(format_args!("{} ", name.as_str())) }
}
