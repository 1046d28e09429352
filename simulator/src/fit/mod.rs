//! `sling fit`: positions of one bike compared by what calf and thigh showed in recordings.
//!
//! Files are played through the head unit ([`record`]), cut into blocks ([`mod@blocks`]), and blocks of two positions that
//! follow each other become pairs. What is compared is the difference between the positions, the one used later less the
//! one used first, of the calf's SmO2, the thigh's, and D, calf less thigh as measured. How sure that is, is said by
//! [`statistics`], which names its method and sources; [`page`] and [`table`] say it to people.
//!
//! **A pair needs** blocks of one recording, or of several if the user says that the sensors stayed on; the same contact of
//! the leg's sensors with the skin; power within 5 % and cadence within 4 rpm, for ERG power and cadence ±2 rpm are what a
//! comparison rests on (stricter than the head unit, which cannot ask the rider to come again); beginnings no more than a
//! quarter of an hour apart. What has none is left out with its reason: file, time and value.
//!
//! **A contact is another** once the head unit said `moved` or `swapped`; once a sensor gave no value for two minutes
//! between two blocks, for nobody can say that it stayed on the skin; and when tHb of two neighbouring blocks differs by
//! 0.8 g/dL, which no muscle does. Between contacts, and between days, levels differ by 14 to 18 points (MDC) without
//! meaning: nothing is compared across them.
//!
//! **Verdict**: `more calf`, `less calf`, `no change shown`, `too little to say`. Never better or worse. A difference must be
//! outside its interval of zero, and with fewer than three pairs also beyond what adjacent blocks of published riding differ
//! by. D falls when the calf desaturates against the thigh: more calf.
//!
//! Units: points of SmO2 in percent, seconds of the file, W, rpm.

pub mod blocks;
pub mod page;
pub mod record;
pub mod sessions;
pub mod statistics;
pub mod table;
#[cfg(test)]
mod testing;

use blocks::{Block, blocks, pair_of};
use record::Session;
use serde::{Serialize, Serializer};
use sling_core::sensor::Side;
pub use sling_core::session::What;
use sling_core::session::{EQUIVALENT, MAX_POSITIONS, SETTLE_S};
use statistics::{Estimate, Pair, Point};
use thiserror::Error;

/// Blocks of a pair are alike within this share of power and so many rpm, and begin no further apart.
const LIKE_POWER: f64 = 0.05;
const LIKE_RPM: f64 = 4.0;
const FURTHEST_S: f64 = 900.0;
/// A sensor that gave no value for so long between two blocks may have been taken off.
const OFF_S: u32 = 120;
/// tHb of neighbouring blocks that differs by so much is of two contacts, g/dL.
const THB_FAR: f64 = 0.8;
/// Files that follow each other under `--same-application` are taken to lie so far apart.
const BETWEEN_FILES_S: f64 = 60.0;
/// Pairs without which nothing is said, and without which the published noise has a say too.
const FEWEST_PAIRS: usize = 2;
const ENOUGH_PAIRS: usize = 3;
/// By how much adjacent blocks of 4 min of one muscle differ (SD, points), and how much more two muscles' difference.
const ADJACENT_SD: f64 = 1.6;
const OF_TWO: f64 = 1.41;
/// An interval whose half is wider than this says too little: twice the margin of what is the same for practice.
const TOO_WIDE: f64 = 6.0;
/// Between applications of a sensor, levels differ by this much without meaning (the larger published MDC).
pub const MDC_BETWEEN: f64 = 18.0;
/// Orders of so few pairs are all looked at.
const FEW_PAIRS: usize = 5;

/// What the user says.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names of laps or parts between markers, for files without labels.
    pub positions: Vec<String>,
    /// The labels that are compared; empty is all.
    pub compare: Vec<String>,
    /// The sensors stayed on the skin between the files.
    pub same_application: bool,
    /// Seconds dropped at the beginning of a block, 60 to 90.
    pub settle_s: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { positions: Vec::new(), compare: Vec::new(), same_application: false, settle_s: SETTLE_S.into() }
    }
}

/// Why nothing can be compared. One clear line each.
#[derive(Debug, Error)]
pub enum FitError {
    /// No position is marked.
    #[error(
        "{file}: no position is marked in it; a position column (Sling CSV) or the Fit page marks them, and --positions \
         a,b,b,a names its {parts} {what} in order (- for one that is no block)"
    )]
    NoPositions {
        /// The file.
        file: String,
        /// How many laps, or parts between markers, there are.
        parts: usize,
        /// Which.
        what: &'static str,
    },
    /// `--positions` names another number of parts.
    #[error(
        "{file}: --positions names {named}, and there are {parts} parts by its {what}: one name each, - for no block"
    )]
    Parts {
        /// The file.
        file: String,
        /// How many are named.
        named: usize,
        /// How many there are.
        parts: usize,
        /// Laps or markers.
        what: &'static str,
    },
    /// Labels are there already.
    #[error("{file}: its positions are marked ({labels}): leave --positions away, --compare chooses among them")]
    Marked {
        /// The file.
        file: String,
        /// Its labels.
        labels: String,
    },
    /// There is nothing to compare with.
    #[error("{files}: only position \"{label}\" is in it; a comparison needs two, ridden in turn: A B B A")]
    OnePosition {
        /// The files.
        files: String,
        /// The one.
        label: String,
    },
    /// A label that is not there.
    #[error("--compare {label}: no such position; there are {labels}")]
    UnknownLabel {
        /// What was asked for.
        label: String,
        /// What there is.
        labels: String,
    },
    /// More than can be compared.
    #[error("{count} positions ({labels}): at most {MAX_POSITIONS} are compared; choose with --compare")]
    TooMany {
        /// How many.
        count: usize,
        /// Which.
        labels: String,
    },
    /// Neither calf nor thigh.
    #[error("{files}: neither a calf nor a thigh carries a sensor; see --sites")]
    NoMuscle {
        /// The files.
        files: String,
    },
    /// Every comparison is refused.
    #[error("nothing can be compared: {reason}{}", more(*others))]
    Refused {
        /// The first reason.
        reason: String,
        /// How many more there are.
        others: usize,
    },
}

fn more(others: usize) -> String {
    if others == 0 { String::new() } else { format!(" (and {others} more like it)") }
}

/// The whole comparison.
#[derive(Clone, Debug, Serialize)]
pub struct Fit {
    /// Files, without their folders.
    pub files: Vec<String>,
    /// Positions that were compared, in the order of first use.
    pub positions: Vec<String>,
    /// Seconds dropped at the beginning of a block.
    pub settle_s: u32,
    /// The user said that the sensors stayed on between the files.
    pub same_application: bool,
    /// Every block.
    pub blocks: Vec<Block>,
    /// Every comparison that could be made.
    pub comparisons: Vec<Comparison>,
    /// What was not compared, and why.
    pub left_out: Vec<String>,
    /// SmO2 of every second of every block, for the plot.
    #[serde(skip)]
    pub raw: Vec<Raw>,
}

/// The seconds of a block on a leg: calf and thigh, where there is a value.
#[derive(Clone, Debug)]
pub struct Raw {
    /// Index of the block.
    pub block: usize,
    /// Which leg.
    pub side: Side,
    /// Calf and thigh, a value or none for each second.
    pub values: [Vec<Option<f32>>; 2],
}

/// Two positions compared in one thing on one leg.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The leg.
    #[serde(serialize_with = "side_code")]
    pub side: Side,
    /// What.
    #[serde(serialize_with = "what_code")]
    pub what: What,
    /// The position used first.
    pub from: String,
    /// The other.
    pub to: String,
    /// Pairs of blocks: the earlier position's and the later one's, as indices, and their difference, points.
    pub pairs: Vec<PairSeen>,
    /// `to` less `from`, points, drift taken out.
    pub difference: f64,
    /// Its 95 % interval; with three positions, all hold together.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Standard error and degrees of freedom.
    pub se: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// The probability that the difference has the sign that was seen.
    pub direction: f64,
    /// As a share of the mean of the position used first, percent; none for D, whose zero means nothing.
    pub relative_pct: Option<f64>,
    /// The least change that published noise of so many pairs would let one see, points.
    pub mdc: f64,
    /// How many independent values the seconds of its blocks are worth.
    pub effective_n: f64,
    /// With five pairs or fewer: how often an order at random would show as much.
    pub order_p: Option<f64>,
    /// Sets of blocks scattered more than noise explains, and their own scatter counts.
    pub scattered: bool,
    /// What is shown.
    pub verdict: Verdict,
    /// All of the interval is within 3 points.
    pub equivalent: bool,
}

/// A pair of blocks.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PairSeen {
    /// Index of the block of the position used first.
    pub from: usize,
    /// Index of the other.
    pub to: usize,
    /// `to` less `from`, points.
    pub difference: f64,
}

/// What is shown, never better or worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The later position has the lower value: the muscle, or the calf against the thigh, gives more.
    More,
    /// It has the higher value.
    Less,
    /// Neither, which is not that there is no change.
    NoChangeShown,
    /// The blocks are too few or too restless for a word.
    TooLittle,
}

impl Comparison {
    /// The true change that would have been shown four times in five, points: what must be found, and 0.84 standard errors.
    fn shown_from(&self) -> f64 {
        let half_width = (self.high - self.low) / 2.0;
        let least = if self.pairs.len() < ENOUGH_PAIRS { half_width.max(self.mdc) } else { half_width };
        least + 0.84 * self.se
    }

    /// The verdict in words.
    pub const fn says(&self) -> &'static str {
        match (self.verdict, self.what) {
            (Verdict::More, What::Calf | What::D) => "more calf",
            (Verdict::Less, What::Calf | What::D) => "less calf",
            (Verdict::More, What::Thigh) => "more thigh",
            (Verdict::Less, What::Thigh) => "less thigh",
            (Verdict::NoChangeShown, _) => "no change shown",
            (Verdict::TooLittle, _) => "too little to say",
        }
    }
}

pub(crate) fn side_code<S: Serializer>(side: &Side, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(side.code())
}

fn what_code<S: Serializer>(what: &What, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(what.code())
}

/// The name of what is compared, for people.
pub const fn name(what: What) -> &'static str {
    match what {
        What::Calf => "calf",
        What::Thigh => "thigh",
        What::D => "D",
    }
}

/// Minutes and seconds of a file's time.
pub fn clock(second: u32) -> String {
    format!("{}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// Compares the positions in these files.
pub fn compare(mut sessions: Vec<Session>, options: &Options) -> Result<Fit, FitError> {
    for session in &mut sessions {
        name_positions(session, options)?;
    }
    let files: Vec<String> = sessions.iter().map(|session| session.name.clone()).collect();
    let mut found: Vec<Block> = Vec::new();
    for (file, session) in sessions.iter().enumerate() {
        found.extend(blocks(session, file, options.settle_s));
    }
    let positions = chosen(&sessions, &found, &files, options)?;
    found.retain(|block| positions.contains(&block.position));
    let sides: Vec<Side> = [Side::Left, Side::Right]
        .into_iter()
        .filter(|side| sessions.iter().any(|session| pair_of(session, *side) != [None, None]))
        .collect();
    if sides.is_empty() {
        return Err(FitError::NoMuscle { files: files.join(", ") });
    }
    let mut maker = Maker { sessions: &sessions, blocks: &found, options, left_out: Vec::new() };
    let mut comparisons = Vec::new();
    for &side in &sides {
        for what in [What::D, What::Calf, What::Thigh] {
            comparisons.extend(maker.compare(side, what, &positions));
        }
    }
    let mut left_out = maker.left_out;
    for block in &found {
        if block.counted_s < blocks::LEAST_S {
            left_out.push(format!(
                "{} {}: block {} ({}): {} s count, {} are needed",
                files[block.file],
                clock(block.from_s),
                block.number,
                block.position,
                block.counted_s,
                blocks::LEAST_S
            ));
        }
    }
    if comparisons.is_empty() {
        let reason = left_out.first().cloned().unwrap_or_else(|| "no two blocks of different positions".into());
        return Err(FitError::Refused { reason, others: left_out.len().saturating_sub(1) });
    }
    let raw = raw(&sessions, &found, &sides);
    Ok(Fit {
        files,
        positions,
        settle_s: options.settle_s,
        same_application: options.same_application,
        blocks: found,
        comparisons,
        left_out,
        raw,
    })
}

fn name_positions(session: &mut Session, options: &Options) -> Result<(), FitError> {
    let file = session.name.clone();
    match (session.labels.is_empty(), options.positions.is_empty()) {
        (false, true) => Ok(()),
        (false, false) => Err(FitError::Marked { file, labels: session.labels.join(", ") }),
        (true, true) => {
            let (parts, what) = session.parts();
            Err(FitError::NoPositions { file, parts, what })
        }
        (true, false) => session.name_parts(&options.positions).map_err(|(parts, what)| FitError::Parts {
            file,
            named: options.positions.len(),
            parts,
            what,
        }),
    }
}

/// The positions to compare, in the order of first use.
fn chosen(
    sessions: &[Session],
    blocks: &[Block],
    files: &[String],
    options: &Options,
) -> Result<Vec<String>, FitError> {
    let mut labels: Vec<String> = Vec::new();
    for label in sessions.iter().flat_map(|session| &session.labels) {
        if !labels.contains(label) {
            labels.push(label.clone());
        }
    }
    for label in &options.compare {
        if !labels.contains(label) {
            return Err(FitError::UnknownLabel { label: label.clone(), labels: labels.join(", ") });
        }
    }
    if !options.compare.is_empty() {
        labels.retain(|label| options.compare.contains(label));
    }
    // What is labelled on the way, such as easy riding, is no position unless it lasts.
    let long =
        |label: &&String| blocks.iter().any(|block| block.position == **label && block.counted_s >= blocks::LEAST_S);
    if labels.iter().filter(long).count() > 1 {
        labels = labels.iter().filter(long).cloned().collect();
    }
    labels.retain(|label| blocks.iter().any(|block| block.position == *label));
    match labels.len() {
        0 => Err(FitError::Refused {
            reason: format!("{}: no position lasted half a minute", files.join(", ")),
            others: 0,
        }),
        1 => Err(FitError::OnePosition { files: files.join(", "), label: labels.remove(0) }),
        count if count > MAX_POSITIONS => Err(FitError::TooMany { count, labels: labels.join(", ") }),
        _ => Ok(labels),
    }
}

fn raw(sessions: &[Session], blocks: &[Block], sides: &[Side]) -> Vec<Raw> {
    let mut raw = Vec::new();
    for (i, block) in blocks.iter().enumerate() {
        let session = &sessions[block.file];
        for &side in sides {
            let values = pair_of(session, side).map(|site| {
                let (from, to) = block.rows;
                site.map_or_else(Vec::new, |at| session.sites[at].smo2[from..to].iter().map(|x| x.ok()).collect())
            });
            raw.push(Raw { block: i, side, values });
        }
    }
    raw
}

/// Makes comparisons, and notes what cannot be one.
struct Maker<'a> {
    sessions: &'a [Session],
    blocks: &'a [Block],
    options: &'a Options,
    left_out: Vec<String>,
}

impl Maker<'_> {
    fn leave_out(&mut self, reason: String) {
        if !self.left_out.contains(&reason) {
            self.left_out.push(reason);
        }
    }

    /// All pairs of positions in one thing on one leg: their intervals hold together.
    fn compare(&mut self, side: Side, what: What, positions: &[String]) -> Vec<Comparison> {
        let starts = self.starts();
        let mut application = 0;
        let mut points = Vec::with_capacity(self.blocks.len());
        for (i, block) in self.blocks.iter().enumerate() {
            let is_new_file = i > 0 && self.blocks[i - 1].file != block.file && !self.options.same_application;
            application += usize::from(is_new_file);
            let seen = block.seen(side, what);
            points.push(Point {
                application,
                at_min: (starts[block.file] + seen.map_or(0.0, |seen| seen.at_s)) / 60.0,
                seconds: seen.map_or(1, |seen| seen.seconds),
                mean: seen.map_or(0.0, |seen| seen.mean),
            });
        }
        let mut made: Vec<(usize, usize, Vec<Pair>)> = Vec::new();
        for (k, from) in positions.iter().enumerate() {
            for to in positions.iter().skip(k + 1) {
                let pairs = self.pairs(side, what, from, to);
                if pairs.is_empty() {
                    self.explain_none(side, what, from, to);
                } else {
                    let place = |label: &String| positions.iter().position(|it| it == label).unwrap_or_default();
                    made.push((place(from), place(to), pairs));
                }
            }
        }
        // Noise is measured in the blocks that are in a pair of any of the comparisons.
        let mut used: Vec<usize> = made.iter().flat_map(|(_, _, pairs)| pairs).flat_map(|p| [p.from, p.to]).collect();
        used.sort_unstable();
        used.dedup();
        let of_block = |&i: &usize| self.blocks[i].seen(side, what).map(|seen| seen.values.as_slice());
        let Some(noise) = statistics::noise(used.iter().filter_map(of_block)) else { return Vec::new() };
        let muscles = if what == What::D { 2 } else { 1 };
        let estimates: Vec<Estimate> =
            made.iter().filter_map(|(_, _, pairs)| statistics::estimate(&points, pairs, noise, muscles)).collect();
        let all: Vec<&Estimate> = estimates.iter().collect();
        let family = (all.len() > 1).then(|| statistics::critical(&points, &all, noise, muscles));
        made.iter()
            .zip(&estimates)
            .map(|((from, to, pairs), estimate)| {
                let own = statistics::student_quantile(0.975, estimate.df);
                let t = family.map_or(own, |family| family.max(own));
                Self::comparison((side, what), (&positions[*from], &positions[*to]), pairs, &points, estimate, t)
            })
            .collect()
    }

    fn comparison(
        (side, what): (Side, What),
        (from, to): (&str, &str),
        pairs: &[Pair],
        points: &[Point],
        estimate: &Estimate,
        t: f64,
    ) -> Comparison {
        let Estimate { difference, se, df, scattered, .. } = *estimate;
        let half = t * se;
        let n = pairs.len();
        let seen: Vec<PairSeen> = pairs
            .iter()
            .map(|pair| PairSeen {
                from: pair.from,
                to: pair.to,
                difference: points[pair.to].mean - points[pair.from].mean,
            })
            .collect();
        let of_two = if what == What::D { OF_TWO } else { 1.0 };
        let mdc = 1.96 * ADJACENT_SD * of_two / (n as f64).sqrt();
        let base = pairs.iter().map(|pair| points[pair.from].mean).sum::<f64>() / n as f64;
        let seconds: usize = pairs.iter().map(|pair| points[pair.from].seconds + points[pair.to].seconds).sum();
        let excludes_zero = difference.abs() > half;
        let equivalent = difference.abs() + half <= f64::from(EQUIVALENT);
        let verdict = if n < FEWEST_PAIRS || (!excludes_zero && half > TOO_WIDE) {
            Verdict::TooLittle
        } else if !excludes_zero || (n < ENOUGH_PAIRS && difference.abs() <= mdc) {
            Verdict::NoChangeShown
        } else if difference < 0.0 {
            Verdict::More
        } else {
            Verdict::Less
        };
        let differences: Vec<f64> = seen.iter().map(|pair| pair.difference).collect();
        Comparison {
            side,
            what,
            from: from.to_owned(),
            to: to.to_owned(),
            pairs: seen,
            difference,
            low: difference - half,
            high: difference + half,
            se,
            df,
            direction: statistics::student_below(difference.abs() / se.max(1e-9), df),
            relative_pct: (what != What::D && base > 1.0).then(|| 100.0 * difference / base),
            mdc,
            effective_n: seconds as f64 / 27.0,
            order_p: (n <= FEW_PAIRS).then(|| statistics::order_p(&differences)),
            scattered,
            verdict,
            equivalent,
        }
    }

    /// When each file begins, in seconds of all of them in a row.
    fn starts(&self) -> Vec<f64> {
        let mut starts = Vec::new();
        let mut next: Option<f64> = None;
        for session in self.sessions {
            let (first, last) = (
                session.rows.first().map_or(0.0, |row| f64::from(row.second)),
                session.rows.last().map_or(0.0, |row| f64::from(row.second)),
            );
            let start = next.map_or(0.0, |next| next - first);
            starts.push(start);
            next = Some(start + last + BETWEEN_FILES_S);
        }
        starts
    }

    /// Blocks of two positions that follow each other, each in one pair.
    fn pairs(&mut self, side: Side, what: What, from: &str, to: &str) -> Vec<Pair> {
        let starts = self.starts();
        let mut pairs = Vec::new();
        let mut waiting: Option<usize> = None;
        for (i, block) in self.blocks.iter().enumerate() {
            if block.position != from && block.position != to {
                continue;
            }
            if block.seen(side, what).is_none() {
                if block.counted_s >= blocks::LEAST_S {
                    self.leave_out(self.unseen(block, side, what));
                }
                continue;
            }
            let Some(last) = waiting.replace(i) else { continue };
            let before = &self.blocks[last];
            if before.position == block.position {
                continue;
            }
            match self.unlike(before, block, side, what, &starts) {
                Some(reason) => self.leave_out(reason),
                None => {
                    let pair =
                        if block.position == to { Pair { from: last, to: i } } else { Pair { from: i, to: last } };
                    pairs.push(pair);
                    waiting = None;
                }
            }
        }
        pairs
    }

    fn unseen(&self, block: &Block, side: Side, what: What) -> String {
        let causes: Vec<String> =
            block.artefacts_s.iter().map(|(cause, seconds)| format!("{cause} for {seconds} s")).collect();
        let causes = if causes.is_empty() { "no sensor there".to_owned() } else { causes.join(", ") };
        format!(
            "{} {}: block {} ({}): the {} leg's {} was not seen for {} s: {causes}",
            self.sessions[block.file].name,
            clock(block.from_s),
            block.number,
            block.position,
            side.code(),
            name(what),
            blocks::LEAST_S
        )
    }

    /// Why two neighbouring blocks of different positions are no pair, with file, time and value.
    fn unlike(&self, one: &Block, other: &Block, side: Side, what: What, starts: &[f64]) -> Option<String> {
        let session = &self.sessions[other.file];
        let place = format!(
            "{} {}: blocks {} ({}) and {} ({})",
            session.name,
            clock(other.from_s),
            one.number,
            one.position,
            other.number,
            other.position
        );
        if one.file != other.file && !self.options.same_application {
            let apart = other.seen(side, what)?.mean - one.seen(side, what)?.mean;
            let size = if apart.abs() < MDC_BETWEEN { "less than" } else { "and even that may be" };
            return Some(format!(
                "{place}: of two files, so the sensors may have been put on anew: {} differs by {apart:+.1} points, {size} the \
                 14 to 18 (MDC) that applications differ by; --same-application if the sensors stayed on",
                name(what)
            ));
        }
        let begins = |block: &Block| starts[block.file] + f64::from(block.from_s);
        let apart_s = begins(other) - begins(one);
        if apart_s > FURTHEST_S {
            return Some(format!("{place}: begin {:.0} min apart, 15 are the most", apart_s / 60.0));
        }
        if let Some(reason) = self.contact(one, other, side, what) {
            return Some(format!("{place}: {reason}"));
        }
        if let (Some(a), Some(b)) = (one.power_w, other.power_w)
            && (a - b).abs() > LIKE_POWER * a.max(b)
        {
            return Some(format!("{place}: {a:.0} W and {b:.0} W, more than 5 % apart"));
        }
        if let (Some(a), Some(b)) = (one.cadence_rpm, other.cadence_rpm)
            && (a - b).abs() > LIKE_RPM
        {
            return Some(format!("{place}: {a:.0} rpm and {b:.0} rpm, more than 4 apart"));
        }
        None
    }

    /// Why two blocks are of two contacts of a sensor with the skin.
    fn contact(&self, one: &Block, other: &Block, side: Side, what: What) -> Option<String> {
        let wants = [what != What::Thigh, what != What::Calf];
        let file_of = |second: u32, file: usize| format!("{} {}", self.sessions[file].name, clock(second));
        for file in one.file..=other.file {
            let session = &self.sessions[file];
            let from_s = if file == one.file { one.from_s } else { 0 };
            let to_s = if file == other.file { other.to_s } else { u32::MAX };
            for (_, at) in pair_of(session, side).into_iter().enumerate().filter(|(place, _)| wants[*place]) {
                let Some(rows) = at.map(|at| &session.sites[at]) else { continue };
                let told = session.notices.iter().find(|(s, site, _)| *site == rows.site && *s > from_s && *s <= to_s);
                if let Some((second, site, reason)) = told {
                    return Some(format!(
                        "the sensor on {site} was said to have {} at {}: levels before and after are not to be compared",
                        if reason.code() == "swapped" { "been exchanged" } else { "moved" },
                        file_of(*second, file)
                    ));
                }
                if self.options.same_application {
                    continue;
                }
                let (mut missing, mut longest, mut ends) = (0_u32, 0_u32, 0);
                for (row, smo2) in session.rows.iter().zip(&rows.smo2) {
                    if row.second <= from_s || row.second > to_s {
                        continue;
                    }
                    missing = if smo2.is_err() { missing + 1 } else { 0 };
                    if missing > longest {
                        (longest, ends) = (missing, row.second);
                    }
                }
                if longest >= OFF_S {
                    return Some(format!(
                        "{} gave no value for {longest} s up to {}: nobody can say that it stayed on the skin; \
                         --same-application if it did",
                        rows.site,
                        file_of(ends, file)
                    ));
                }
            }
        }
        let thb = |block: &Block| block.legs.iter().find(|leg| leg.side == side).map(|leg| leg.thb_gdl);
        let (before, after) = (thb(one)?, thb(other)?);
        (0..2).filter(|&place| wants[place]).find_map(|place| {
            let (a, b) = (before[place]?, after[place]?);
            ((a - b).abs() >= THB_FAR).then(|| {
                format!(
                    "tHb of the {} goes from {a:.2} to {b:.2} g/dL, which is another contact with the skin",
                    ["calf", "thigh"][place]
                )
            })
        })
    }

    /// Says why two positions have no pair at all, if no other reason was found.
    fn explain_none(&mut self, side: Side, what: What, from: &str, to: &str) {
        if self.left_out.is_empty() {
            self.leave_out(format!(
                "the {} leg's {}: no block of {from} has a neighbouring one of {to}",
                side.code(),
                name(what)
            ));
        }
    }
}

#[cfg(test)]
mod tests;
