//! Blocks: stretches of one position, and what of each can be compared.
//!
//! As in core: a block lasts 4 min, its first 75 s are dropped, and seconds in which the rider stands or coasts or comes back
//! from it; two minutes must count, less ten seconds that may be missing. A block ends where the position ends, is begun
//! anew, or gives way to easy riding: 20 s below 70 % of its power. A stretch of one position twice as long, as A B B A
//! makes it when nobody touches the bike between the Bs, is two blocks, and the second has nothing to settle from.

use super::What;
use super::record::{Row, Session, Spoilt};
use serde::Serialize;
use sling_core::sensor::{Muscle, Reason, Side, Site};
use sling_core::session::TARGET_S;
use std::collections::BTreeMap;

/// Seconds that must count.
pub const LEAST_S: usize = 110;
/// Easy riding: below this share of the block's power, as the mean of so many seconds, for so long.
const EASY: f32 = 0.7;
const EASY_MEAN_S: usize = 10;
const EASY_S: usize = 20;
/// What is of no use is not a block at all below so many seconds.
const SHORTEST_S: usize = 30;

/// One block.
#[derive(Clone, Debug, Serialize)]
pub struct Block {
    /// Which of the files, from 0.
    pub file: usize,
    /// Its number in the file, from 1.
    pub number: usize,
    /// Its position.
    pub position: String,
    /// From this second of the file, that one excluded, to this one.
    pub from_s: u32,
    /// Its end.
    pub to_s: u32,
    /// Seconds dropped at the beginning.
    pub settle_s: u32,
    /// Seconds after them that count, as far as the rider goes.
    pub counted_s: usize,
    /// Seconds lost, by cause: the rider's, and of each muscle its readings'.
    pub artefacts_s: BTreeMap<String, u32>,
    /// Mean power, W, of the seconds that count.
    pub power_w: Option<f64>,
    /// Mean cadence, rpm.
    pub cadence_rpm: Option<f64>,
    /// Mean air, °C.
    pub celsius: Option<f64>,
    /// What was seen on each leg.
    pub legs: Vec<Leg>,
    /// Rows of the session that it is.
    #[serde(skip)]
    pub rows: (usize, usize),
}

/// A leg in a block.
#[derive(Clone, Debug, Serialize)]
pub struct Leg {
    /// Which.
    #[serde(serialize_with = "super::side_code")]
    pub side: Side,
    /// Its calf, thigh, and calf less thigh.
    pub calf: Option<Seen>,
    /// Its thigh.
    pub thigh: Option<Seen>,
    /// Calf less thigh, in the seconds that have both.
    pub d: Option<Seen>,
    /// tHb of calf and thigh, g/dL.
    #[serde(skip)]
    pub thb_gdl: [Option<f64>; 2],
}

/// What counts of a muscle, or of two.
#[derive(Clone, Debug, Serialize)]
pub struct Seen {
    /// Mean, points.
    pub mean: f64,
    /// Standard deviation of single seconds.
    pub sd: f64,
    /// Seconds.
    pub seconds: usize,
    /// Every second that counts, in order.
    #[serde(skip)]
    pub values: Vec<f64>,
    /// The middle of them, second of the file.
    #[serde(skip)]
    pub at_s: f64,
}

impl Seen {
    fn of(values: Vec<(u32, f64)>) -> Option<Self> {
        let n = values.len() as f64;
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().map(|(_, x)| x).sum::<f64>() / n;
        let at_s = values.iter().map(|(s, _)| f64::from(*s)).sum::<f64>() / n;
        let values: Vec<f64> = values.into_iter().map(|(_, x)| x).collect();
        let sd = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt();
        Some(Self { mean, sd, seconds: values.len(), values, at_s })
    }
}

impl Block {
    /// What was seen of one thing on a leg, if it is long enough to be compared.
    pub fn seen(&self, side: Side, what: What) -> Option<&Seen> {
        let leg = self.legs.iter().find(|leg| leg.side == side)?;
        let seen = match what {
            What::Calf => &leg.calf,
            What::Thigh => &leg.thigh,
            What::D => &leg.d,
        };
        seen.as_ref().filter(|seen| seen.seconds >= LEAST_S)
    }
}

/// Calf and thigh of a leg, as core chooses them.
pub fn pair_of(session: &Session, side: Side) -> [Option<usize>; 2] {
    let first = |muscles: &[Muscle]| {
        muscles.iter().find_map(|&muscle| session.sites.iter().position(|rows| rows.site == Site::new(muscle, side)))
    };
    [first(&Muscle::CALF), first(&Muscle::THIGH)]
}

/// Every block of a file. `settle_s` are dropped at the beginning of each.
pub fn blocks(session: &Session, file: usize, settle_s: u32) -> Vec<Block> {
    let mut found = Vec::new();
    let rows = &session.rows;
    let mut from = 0;
    while from < rows.len() {
        let same = |row: &Row| row.label == rows[from].label && row.begun == rows[from].begun;
        let to = from + rows[from..].iter().take_while(|row| same(row)).count();
        if let Some(label) = rows[from].label {
            for (from, to, settle) in pieces(rows, from, to) {
                let settle_s = if settle { settle_s } else { 0 };
                let number = found.len() + 1;
                found.push(block(session, file, number, &session.labels[label], (from, to), settle_s));
            }
        }
        from = to;
    }
    found
}

/// A stretch of one position without its easy riding, and in pieces of the length of a block: from, to, whether the
/// muscles settle in its beginning.
fn pieces(rows: &[Row], from: usize, to: usize) -> Vec<(usize, usize, bool)> {
    let mut powers: Vec<u16> = rows[from..to].iter().filter_map(|row| row.power).filter(|&w| w > 0).collect();
    powers.sort_unstable();
    let easy_w = powers.get(powers.len() / 2).map_or(0.0, |&w| EASY * f32::from(w));
    // Ridden at the block's power, by the mean about each second.
    let ridden = |i: usize| {
        let about = &rows[i.saturating_sub(EASY_MEAN_S / 2).max(from)..(i + EASY_MEAN_S / 2).min(to)];
        let known: Vec<f32> = about.iter().filter_map(|row| row.power).map(f32::from).collect();
        known.is_empty() || known.iter().sum::<f32>() / known.len() as f32 >= easy_w
    };
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut i = from;
    while i < to {
        if !ridden(i) {
            i += 1;
            continue;
        }
        let end = (i..to).find(|&k| !ridden(k)).unwrap_or(to);
        match spans.last_mut() {
            Some(last) if i - last.1 < EASY_S => last.1 = end,
            _ => spans.push((i, end)),
        }
        i = end;
    }
    let mut pieces = Vec::new();
    for (from, to) in spans.into_iter().filter(|(from, to)| to - from >= SHORTEST_S) {
        let target = usize::from(TARGET_S);
        let n = if to - from >= 7 * target / 4 { (to - from + target / 2) / target } else { 1 };
        let length = (to - from) / n;
        pieces
            .extend((0..n).map(|k| (from + k * length, if k + 1 == n { to } else { from + (k + 1) * length }, k == 0)));
    }
    pieces
}

fn block(
    session: &Session,
    file: usize,
    number: usize,
    label: &str,
    (from, to): (usize, usize),
    settle_s: u32,
) -> Block {
    let rows = &session.rows[from..to];
    let from_s = rows.first().map_or(0, |row| row.second.saturating_sub(1));
    let to_s = rows.last().map_or(0, |row| row.second);
    let mut artefacts_s: BTreeMap<String, u32> = BTreeMap::new();
    let mut lose = |cause: String| *artefacts_s.entry(cause).or_default() += 1;
    let mut counted = Vec::new();
    for (i, row) in (from..to).zip(rows) {
        if row.second - from_s <= settle_s {
            continue;
        }
        match row.spoilt {
            Some(Spoilt::Standing) => lose("standing and coming back from it".into()),
            Some(Spoilt::Coasting) => lose("coasting and coming back from it".into()),
            None => counted.push(i),
        }
    }
    let mean = |value: &dyn Fn(&Row) -> Option<f64>| {
        let known: Vec<f64> = counted.iter().filter_map(|&i| value(&session.rows[i])).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    let power_w = mean(&|row| row.power.map(f64::from));
    let cadence_rpm = mean(&|row| row.cadence.map(f64::from));
    let celsius = mean(&|row| row.celsius.map(f64::from));
    let mut legs = Vec::new();
    for side in [Side::Left, Side::Right] {
        let worn = pair_of(session, side);
        if worn == [None, None] {
            continue;
        }
        let value = |site: Option<usize>, i: usize| site.and_then(|at| session.sites[at].smo2[i].ok()).map(f64::from);
        let seen = |of: &dyn Fn(usize) -> Option<f64>| {
            Seen::of(counted.iter().filter_map(|&i| Some((session.rows[i].second, of(i)?))).collect())
        };
        for at in worn.into_iter().flatten() {
            for &i in &counted {
                if let Err(reason) = session.sites[at].smo2[i] {
                    lose(format!("{}: {}", session.sites[at].site, in_words(reason)));
                }
            }
        }
        let [calf, thigh] = worn;
        let thb = |site: Option<usize>| {
            let known: Vec<f64> =
                counted.iter().filter_map(|&i| session.sites[site?].thb_gdl[i]).map(f64::from).collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        };
        legs.push(Leg {
            side,
            calf: seen(&|i| value(calf, i)),
            thigh: seen(&|i| value(thigh, i)),
            d: seen(&|i| Some(value(calf, i)? - value(thigh, i)?)),
            thb_gdl: worn.map(thb),
        });
    }
    Block {
        file,
        number,
        position: label.to_owned(),
        from_s,
        to_s,
        settle_s,
        counted_s: counted.len(),
        artefacts_s,
        power_w,
        cadence_rpm,
        celsius,
        legs,
        rows: (from, to),
    }
}

/// A reason as it is said.
pub fn in_words(reason: Reason) -> String {
    reason.code().replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Made, made};
    use super::*;
    use sling_core::session::SETTLE_S;

    fn found(parts: &[Made]) -> Vec<Block> {
        blocks(&made(parts), 0, u32::from(SETTLE_S))
    }

    #[test]
    fn a_block_drops_its_settling_and_counts_the_rest() {
        let blocks = found(&[Made::ridden("A", 240), Made::ridden("B", 240)]);
        assert_eq!(blocks.iter().map(|block| block.position.as_str()).collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(blocks.iter().map(|block| block.counted_s).collect::<Vec<_>>(), [165, 165]);
        assert_eq!((blocks[1].from_s, blocks[1].to_s, blocks[1].settle_s), (240, 480, 75));
    }

    #[test]
    fn one_stretch_of_two_blocks_is_two_and_the_second_has_settled() {
        let blocks = found(&[Made::ridden("A", 240), Made::ridden("B", 480), Made::ridden("A", 240)]);
        assert_eq!(blocks.iter().map(|block| block.position.as_str()).collect::<String>(), "ABBA");
        assert_eq!(blocks.iter().map(|block| block.counted_s).collect::<Vec<_>>(), [165, 165, 240, 165]);
    }

    #[test]
    fn easy_riding_under_one_label_ends_a_block_and_a_short_dip_does_not() {
        let easy = |seconds| Made { power: 100, ..Made::ridden("B", seconds) };
        let two = found(&[Made::ridden("B", 240), easy(60), Made::ridden("B", 240)]);
        assert_eq!(two.iter().map(|block| block.settle_s).collect::<Vec<_>>(), [75, 75]);
        assert!(two.iter().all(|block| (160..=175).contains(&block.counted_s)), "{two:?}");
        let one = found(&[Made::ridden("B", 140), easy(10), Made::ridden("B", 110)]);
        assert_eq!(one.len(), 1);
    }

    #[test]
    fn coasting_and_missing_readings_are_counted_as_what_they_are() {
        let parts = [
            Made::ridden("A", 120),
            Made { spoilt: Some(Spoilt::Coasting), ..Made::ridden("A", 15) },
            Made { calf: Err(Reason::AmbientLight), ..Made::ridden("A", 30) },
            Made::ridden("A", 75),
        ];
        let blocks = found(&parts);
        assert_eq!(blocks[0].counted_s, 150);
        assert_eq!(blocks[0].artefacts_s["coasting and coming back from it"], 15);
        assert_eq!(blocks[0].artefacts_s["mg.right: ambient light"], 30);
        assert_eq!(blocks[0].seen(Side::Right, What::D).map(|seen| seen.seconds), Some(120));
        assert!(blocks[0].seen(Side::Right, What::Thigh).is_some_and(|seen| seen.seconds == 150));
        assert!(blocks[0].seen(Side::Left, What::D).is_none());
    }

    #[test]
    fn less_than_two_minutes_are_not_compared() {
        assert!(found(&[Made::ridden("A", 180)])[0].seen(Side::Right, What::Calf).is_none());
        assert!(found(&[Made::ridden("A", 186)])[0].seen(Side::Right, What::Calf).is_some());
    }
}
