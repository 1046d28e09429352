//! What is asked of detection, and whether it holds.
//!
//! False alerts are judged in each normal set by itself; delays, shares and kinds over both correlations together. What
//! was not ridden is not judged.

use super::Score;
use super::faults::FaultFigures;
use super::normal::NormalSet;
use super::truth::TrueFigures;
use serde::Serialize;

/// False alerts in ten armed hours, with every pattern on.
const FALSE_PER_10H: f64 = 1.0;
/// Share of the time after minute ten without a verdict, by kind of ride.
const WITHOUT_VERDICT: [(&str, f64); 2] = [("steady", 0.10), ("hills", 0.30)];
/// Median delays, seconds.
const MEDIAN_S: [(&str, f64); 7] = [
    ("calf -15", 45.0),
    ("calf -10", 80.0),
    ("calf -8", 100.0),
    ("calf -5", 220.0),
    ("calf -2 a min", 230.0),
    ("calf -1 a min", 400.0),
    ("calf -10 in hills", 80.0),
];
/// Least shares that are told within six minutes.
const TOLD_IN_6_MIN: [(&str, f64); 4] = [("calf -15", 0.95), ("calf -10", 0.95), ("calf -8", 0.95), ("calf -5", 0.65)];
/// Share of rides on which another pattern came first. When both fall, an alert that has nothing to do with it comes
/// within the twelve minutes on 2 % of rides at one false alert in ten hours: "never" cannot be told from that.
const WRONG_KIND: f64 = 0.05;
/// Share of a fault's rides that may go otherwise than they should.
const FAULTS_AMISS: f64 = 0.05;
/// States of less than five seconds, in an hour.
const FLICKERS_PER_H: f64 = 0.1;

/// Something that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mark {
    /// What is asked.
    pub what: String,
    /// What came out, in words.
    pub seen: String,
    /// Whether it holds.
    pub held: bool,
}

/// Judges what was scored.
pub(super) fn judge(score: &Score) -> Vec<Mark> {
    let mut marks = Vec::new();
    for set in &score.normal {
        of_normal_set(set, &mut marks);
    }
    for row in score.truth.iter().filter(|row| row.correlation.is_none()) {
        of_true_row(row, &mut marks);
    }
    of_kinds(&score.truth, &mut marks);
    of_faults(&score.faults, &mut marks);
    marks
}

fn of_normal_set(set: &NormalSet, marks: &mut Vec<Mark>) {
    let name = format!("{} sites, rho {}", set.sites, set.correlation);
    marks.push(Mark {
        what: format!("false alerts in 10 armed hours, {name}: at most {FALSE_PER_10H}"),
        seen: format!("{:.2} ({} in {:.0} h)", set.all.false_per_10h, set.all.false_alerts, set.all.armed_h),
        held: set.all.armed_h > 0.0 && set.all.false_per_10h <= FALSE_PER_10H,
    });
    for (kind, most) in WITHOUT_VERDICT {
        for figures in set.kinds.iter().filter(|figures| figures.name == kind) {
            marks.push(Mark {
                what: format!("time without a verdict, {kind}, {name}: at most {:.0} %", 100.0 * most),
                seen: format!("{:.1} %", 100.0 * figures.without_verdict),
                held: figures.without_verdict <= most,
            });
        }
    }
    marks.push(Mark {
        what: format!("states of less than 5 s in an hour, {name}: at most {FLICKERS_PER_H}"),
        seen: format!("{:.2}", set.all.flickers_per_h),
        held: set.all.flickers_per_h <= FLICKERS_PER_H,
    });
}

fn of_true_row(row: &TrueFigures, marks: &mut Vec<Mark>) {
    if let Some(most) = median_asked_s(row.name) {
        marks.push(Mark {
            what: format!("median delay, {}: at most {most} s", row.name),
            seen: seconds(row.median_s),
            held: row.median_s <= most,
        });
    }
    for (_, least) in TOLD_IN_6_MIN.iter().filter(|(name, _)| *name == row.name) {
        marks.push(Mark {
            what: format!("told within 6 min, {}: at least {:.0} %", row.name, 100.0 * least),
            seen: format!("{:.0} %", 100.0 * row.told_in_6_min),
            held: row.told_in_6_min >= *least,
        });
    }
}

fn of_kinds(rows: &[TrueFigures], marks: &mut Vec<Mark>) {
    let both = || rows.iter().filter(|row| row.correlation.is_none());
    let wrong = both().filter(|row| !row.right.is_empty()).map(|row| (row.name, row.wrong_kind));
    marks.extend(worst_at_most("another pattern first, any effect", WRONG_KIND, wrong));
    let calf = both().filter(|row| row.right.is_empty()).map(|row| (row.name, row.calf_told));
    marks.extend(worst_at_most("told as calf overload when both fall", WRONG_KIND, calf));
}

fn of_faults(rows: &[FaultFigures], marks: &mut Vec<Mark>) {
    let Some(worst) = rows.iter().max_by_key(|row| row.alerts_due) else { return };
    let late = rows.iter().map(|row| (row.name, 1.0 - row.told_in_time));
    marks.extend(worst_at_most("faults without the right notice in time, any fault", FAULTS_AMISS, late));
    marks.push(Mark {
        what: "alerts that a fault causes, up to 10 min after it: none".into(),
        seen: match rows.iter().map(|row| row.alerts_due).sum::<usize>() {
            0 => "none".into(),
            sum => format!("{sum} (most: {} {})", worst.alerts_due, worst.name),
        },
        held: worst.alerts_due == 0,
    });
    let unarmed = rows.iter().map(|row| (row.name, 1.0 - row.armed_again));
    marks.extend(worst_at_most("not armed again 60 s after a fault, any fault", FAULTS_AMISS, unarmed));
    let rides: usize = rows.iter().map(|row| row.rides).sum();
    let confused = rows.iter().map(|row| row.wrong_notice * row.rides as f64).sum::<f64>() / rides.max(1) as f64;
    marks.push(Mark {
        what: format!("technical confusion, faults with a wrong notice: at most {:.0} %", 100.0 * FAULTS_AMISS),
        seen: format!("{:.1} %", 100.0 * confused),
        held: confused <= FAULTS_AMISS,
    });
}

/// A mark on the row that is worst.
fn worst_at_most<'n>(what: &str, most: f64, rows: impl Iterator<Item = (&'n str, f64)>) -> Option<Mark> {
    let (name, worst) = rows.max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Mark {
        what: format!("{what}: at most {:.0} %", 100.0 * most),
        seen: if worst == 0.0 { "0 %".into() } else { format!("{:.0} % ({name})", 100.0 * worst) },
        held: worst <= most,
    })
}

/// The median delay that is asked for of a row.
pub(super) fn median_asked_s(row: &str) -> Option<f64> {
    MEDIAN_S.iter().find(|(name, _)| *name == row).map(|(_, most)| *most)
}

/// Whole seconds, or that it was missed.
pub(super) fn seconds(s: f64) -> String {
    if s.is_finite() { format!("{s:.0} s") } else { "missed".to_owned() }
}
