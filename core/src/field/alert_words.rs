//! What an alert says: what was seen and where, never what is wrong with the rider.
//!
//! Each line is a list of choices that say the same, the longest first; a panel takes the first that it has room for.
//! "Falling" and "lower" are said of SmO2 against what is expected at this power and cadence, "O₂ down" of SmO2 itself,
//! "blood" of tHb. A leg is named when it is not the one that is shown, or when both are spoken of.

use super::{AlertView, Snapshot};
use crate::digest::Digest;
use crate::draw::Words;
use crate::language::{Capitals, Language, Say, fill};
use crate::math;
use crate::pattern::{Evidence, PatternKind};
use crate::sensor::{Muscle, Side, Site};
use crate::time::{Duration, Instant};
use core::fmt;

/// The same thing in several lengths, the longest first.
pub(crate) type Choices = heapless::Vec<Words, 8>;

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
    /// Its name.
    pub const fn say(self) -> Say {
        match self {
            Self::Calf => Say::Calf,
            Self::Thigh => Say::Thigh,
            Self::Hamstring => Say::Hamstring,
            Self::Glute => Say::Glute,
            Self::Shin => Say::Shin,
            Self::Back => Say::Back,
            Self::Shoulder => Say::Shoulder,
        }
    }
}

/// A muscle among others of its part, if it has any.
pub(super) const fn head(muscle: Muscle) -> Option<Say> {
    match muscle {
        Muscle::GastrocnemiusMedialis | Muscle::VastusMedialis | Muscle::Semitendinosus => Some(Say::Inner),
        Muscle::GastrocnemiusLateralis | Muscle::VastusLateralis | Muscle::BicepsFemoris => Some(Say::Outer),
        Muscle::Soleus => Some(Say::Deep),
        Muscle::RectusFemoris | Muscle::GluteusMedius => Some(Say::Middle),
        Muscle::GluteusMaximus => Some(Say::Main),
        Muscle::TibialisAnterior | Muscle::ErectorSpinae | Muscle::Deltoid => None,
    }
}

/// An alert taken apart for telling.
pub(super) struct Telling<'a> {
    alert: &'a AlertView,
    language: Language,
    now: Instant,
    /// The muscle that it speaks of: of two that have parted, the lower one.
    subject: Site,
    /// What that is compared with.
    object: Option<Site>,
    /// The side, if it must be said.
    side: Option<Side>,
    /// What is said of the subject: in the panel, and in the line that stays.
    said: (Say, Say),
}

impl<'a> Telling<'a> {
    /// An alert of the moment.
    pub(super) fn new(alert: &'a AlertView, snapshot: &Snapshot<'_>) -> Self {
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
                (Say::FallingNews, Say::Falling)
            }
            PatternKind::AntagonistImbalance | PatternKind::HeadImbalance | PatternKind::SideImbalance => {
                (Say::LowerNews, Say::Lower)
            }
            PatternKind::OutflowRestriction | PatternKind::Compression => (Say::OxygenDownNews, Say::OxygenDown),
            PatternKind::SlowRecovery => (Say::RecoverySlowerNews, Say::RecoverySlower),
            PatternKind::LoadShift => (Say::ShareChangedNews, Say::ShareChanged),
        };
        let side = (both_sides || subject.side != snapshot.leg).then_some(subject.side);
        Self { alert, language: snapshot.language, now: snapshot.now, subject, object, side, said }
    }

    /// The first line: the muscle and what it does.
    pub(super) fn top(&self) -> Choices {
        let (name, brief) = self.subject_names();
        let mut choices = Choices::new();
        if let Some(side) = self.side {
            let whole = filled(Say::SideOf, self.language, &[side_say(side).long(self.language), name.as_str()]);
            let said = self.said.0.long(self.language);
            add(&mut choices, format_args!("{} {}", Capitals(whole.as_str().trim_ascii()), Capitals(said)));
        }
        for name in [&name, &brief] {
            for said in self.said.0.forms(self.language) {
                let line = Words::of(format_args!("{}{}{said}", self.initial(), spaced(name)));
                add(&mut choices, format_args!("{}", Capitals(line.as_str())));
            }
        }
        if !name.as_str().is_empty() {
            // The muscle's code, where its name in the rider's words has no room.
            let code = self.subject.muscle.code();
            let line = Words::of(format_args!("{}{code} {}", self.initial(), self.said.0.short(self.language)));
            add(&mut choices, format_args!("{}", Capitals(line.as_str())));
        }
        choices
    }

    /// The second line: against what, or what else, and for how long.
    pub(super) fn bottom(&self) -> Choices {
        let span = self.span();
        let strength = Words::of(format_args!("{}", math::round_i32(math::clamp(self.alert.strength, 0.0, 999.0))));
        let (span, strength) = (span.as_str(), strength.as_str());
        match (self.alert.kind, self.object) {
            (PatternKind::OutflowRestriction, _) => self.choices(Say::BloodUp, &[span]),
            (PatternKind::Compression, _) => self.choices(Say::BloodDown, &[span]),
            (PatternKind::SlowRecovery, _) => match self.alert.evidence {
                Evidence::Usual { now, usual } => {
                    let [now, usual] = [now, usual].map(|s| Words::of(format_args!("{}", math::round_i32(s))));
                    self.choices(Say::HalfRecovered, &[now.as_str(), usual.as_str()])
                }
                _ => self.choices(Say::ByPercent, &[strength]),
            },
            (PatternKind::LoadShift, Some(other)) => {
                let [one, two] = [self.subject, other].map(|site| part(site.muscle).say());
                let (long, short) = (|say: Say| say.long(self.language), |say: Say| say.short(self.language));
                self.choices(Say::SharePercent, &[long(one), long(two), strength, short(one), short(two)])
            }
            (PatternKind::LoadShift, None) => self.choices(Say::ByPercent, &[strength]),
            (_, Some(object)) => {
                let (name, brief) = self.object_names(object);
                self.choices(Say::Against, &[name.as_str(), span, brief.as_str()])
            }
            (_, None) => self.choices(Say::ForSpan, &[span]),
        }
    }

    /// The line that stays when the panel has been given back.
    pub(super) fn line(&self) -> Choices {
        let (name, brief) = self.subject_names();
        let (span, initial) = (self.span(), self.initial());
        let mut choices = Choices::new();
        if !self.alert.kind.is_in_percent() {
            for name in [&name, &brief] {
                for said in self.said.1.forms(self.language) {
                    self.add(&mut choices, format_args!("{initial}{}{said} {span}", spaced(name)));
                }
            }
        }
        for name in [&name, &brief] {
            for said in self.said.1.forms(self.language) {
                self.add(&mut choices, format_args!("{initial}{}{said}", spaced(name)));
            }
        }
        choices
    }

    /// Takes what that line follows from, without putting it together.
    pub(super) fn fingerprint(&self, digest: &mut Digest) {
        let number = |site: Site| (site.muscle as u32) << 1 | site.side as u32;
        let side = self.side.map_or(0, |side| 1 + side as u32);
        let minutes = self.now.since(self.alert.since).as_s() / 60;
        let whole = u32::from(self.alert.names_head) << 8 | u32::from(self.alert.more);
        let object = self.object.map_or(u32::MAX, number);
        for part in [number(self.subject), object, side, self.said.1 as u32, self.alert.kind as u32, minutes, whole] {
            digest.number(part);
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
        if self.alert.kind == PatternKind::LoadShift {
            (Words::default(), Words::default())
        } else {
            let muscle = self.subject.muscle;
            let which = head(muscle).filter(|_| self.alert.names_head || self.is_of_heads());
            self.names(part(muscle).say(), which)
        }
    }

    fn object_names(&self, object: Site) -> (Words, Words) {
        if object.side == self.subject.side {
            match head(object.muscle).filter(|_| self.is_of_heads()) {
                Some(which) => (words(which.long(self.language)), words(which.short(self.language))),
                None => self.names(part(object.muscle).say(), None),
            }
        } else {
            let side = side_say(object.side);
            (words(side.long(self.language)), words(side.short(self.language)))
        }
    }

    /// A muscle's name and a shorter one: its part's, or which one of its part it is, with the part and without.
    fn names(&self, part: Say, head: Option<Say>) -> (Words, Words) {
        match head {
            Some(which) => (
                filled(Say::HeadOf, self.language, &[which.long(self.language), part.short(self.language)]),
                words(which.short(self.language)),
            ),
            None => (words(part.long(self.language)), words(part.short(self.language))),
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
        self.side
            .map_or_else(Words::default, |side| Words::of(format_args!("{} ", side_letter(side).long(self.language))))
    }

    /// Since the onset: minutes, or hours where there are many.
    fn span(&self) -> Words {
        let minutes = self.now.since(self.alert.since).as_s() / 60;
        let (say, number) = if minutes < 100 { (Say::Minutes, minutes) } else { (Say::Hours, minutes / 60) };
        filled(say, self.language, &[Words::of(format_args!("{number}")).as_str()])
    }

    /// The forms of a text, with the count of alerts that are on and not shown.
    fn choices(&self, say: Say, parts: &[&str]) -> Choices {
        let mut choices = Choices::new();
        for form in say.forms(self.language) {
            let mut line = Words::default();
            let _ = fill(form, parts, &mut line);
            self.add(&mut choices, format_args!("{line}"));
        }
        choices
    }

    /// A choice, with the count of alerts that are on and not shown.
    fn add(&self, choices: &mut Choices, words: fmt::Arguments<'_>) {
        if self.alert.more == 0 {
            add(choices, words);
            return;
        }
        let more = Words::of(format_args!("{}", self.alert.more));
        let said = |form: &str| {
            let mut line = Words::default();
            let _ = fill(form, &[more.as_str()], &mut line);
            line
        };
        if choices.is_empty() {
            add(choices, format_args!("{words}, {}", said(Say::More.long(self.language))));
        }
        add(choices, format_args!("{words} {}", said(Say::More.short(self.language))));
    }
}

/// What an alert says in one line, in the lengths there are.
pub(crate) fn alert_line(alert: &AlertView, snapshot: &Snapshot<'_>) -> Choices {
    let one = AlertView { more: 0, ..*alert };
    let telling = Telling::new(&one, snapshot);
    let mut choices = Choices::new();
    for name in [telling.subject_names().0, telling.subject_names().1] {
        for said in telling.said.1.forms(telling.language) {
            add(&mut choices, format_args!("{}{}{said}", telling.initial(), spaced(&name)));
        }
    }
    choices
}

/// A muscle and its side, in the lengths there are.
pub(crate) fn site_names(site: Site, language: Language) -> Choices {
    let mut choices = Choices::new();
    let muscle = site.muscle;
    let part = part(muscle).say();
    let letter = side_letter(site.side).long(language);
    if let Some(which) = head(muscle) {
        let name = filled(Say::HeadOf, language, &[which.long(language), part.long(language)]);
        add(&mut choices, format_args!("{letter} {name}"));
    }
    add(&mut choices, format_args!("{letter} {} {}", part.long(language), Capitals(muscle.code())));
    add(&mut choices, format_args!("{letter} {}", Capitals(muscle.code())));
    choices
}

/// The forms of a text, filled in.
pub(crate) fn forms(say: Say, language: Language, parts: &[&str]) -> Choices {
    let mut choices = Choices::new();
    for form in say.forms(language) {
        let mut line = Words::default();
        let _ = fill(form, parts, &mut line);
        let _ = choices.push(line);
    }
    choices
}

/// The longest form of a text, filled in.
pub(crate) fn filled(say: Say, language: Language, parts: &[&str]) -> Words {
    let mut line = Words::default();
    let _ = fill(say.long(language), parts, &mut line);
    line
}

/// That the rider keeps cues back, and for how many minutes yet.
pub(crate) fn cues_off(left: Duration, language: Language) -> Choices {
    let minutes = Words::of(format_args!("{}", left.as_s().div_ceil(60)));
    forms(Say::CuesOffMinutes, language, &[minutes.as_str()])
}

const fn side_say(side: Side) -> Say {
    match side {
        Side::Left => Say::Left,
        Side::Right => Say::Right,
    }
}

/// The initial of a side.
pub(super) const fn side_letter(side: Side) -> Say {
    match side {
        Side::Left => Say::LeftLetter,
        Side::Right => Say::RightLetter,
    }
}

fn words(text: &str) -> Words {
    Words::of(format_args!("{text}"))
}

fn write_first(choices: &Choices, out: &mut dyn fmt::Write) -> fmt::Result {
    out.write_str(choices.first().map_or("", Words::as_str))
}

fn add(choices: &mut Choices, words: fmt::Arguments<'_>) {
    // No line has more lengths than there is room for; the tests of the panel would show the shortest missing.
    let _ = choices.push(Words::of(words));
}

/// `name` and a space; nothing for no name.
fn spaced(name: &Words) -> Words {
    if name.as_str().is_empty() { Words::default() } else { Words::of(format_args!("{name} ")) }
}
