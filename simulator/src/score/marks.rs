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
/// The aim beside it: a count of this size scatters.
const FALSE_AIM_PER_10H: f64 = 0.6;
/// The aim for effects of 10 points that have no mark of their own.
const NOT_TOLD_AIM: f64 = 0.10;
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
    /// Whether it must. Others are aims: good to know, and no failure.
    pub binds: bool,
}

impl Mark {
    /// Whether it is missed and must not be.
    pub const fn is_missed(&self) -> bool {
        self.binds && !self.held
    }

    /// What to say of it, in a word.
    pub const fn word(&self) -> &'static str {
        match (self.held, self.binds) {
            (true, _) => "ok",
            (false, true) => "MISSED",
            (false, false) => "short",
        }
    }
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
    aims(score, &mut marks);
    marks
}

fn of_normal_set(set: &NormalSet, marks: &mut Vec<Mark>) {
    let name = format!("{}, rho {}", set.worn, set.correlation);
    marks.push(Mark {
        what: format!("false alerts in 10 armed hours, {name}: at most {FALSE_PER_10H}"),
        seen: format!("{:.2} ({} in {:.0} h)", set.all.false_per_10h, set.all.false_alerts, set.all.armed_h),
        held: set.all.armed_h > 0.0 && set.all.false_per_10h <= FALSE_PER_10H,
        binds: true,
    });
    for (kind, most) in WITHOUT_VERDICT {
        for figures in set.kinds.iter().filter(|figures| figures.name == kind) {
            marks.push(Mark {
                what: format!("time without a verdict, {kind}, {name}: at most {:.0} %", 100.0 * most),
                seen: format!("{:.1} %", 100.0 * figures.without_verdict),
                held: figures.without_verdict <= most,
                binds: true,
            });
        }
    }
    marks.push(Mark {
        what: format!("states of less than 5 s in an hour, {name}: at most {FLICKERS_PER_H}"),
        seen: format!("{:.2}", set.all.flickers_per_h),
        held: set.all.flickers_per_h <= FLICKERS_PER_H,
        binds: true,
    });
}

fn of_true_row(row: &TrueFigures, marks: &mut Vec<Mark>) {
    if let Some(most) = median_asked_s(row.name) {
        marks.push(Mark {
            what: format!("median delay, {}: at most {most} s", row.name),
            seen: seconds(row.median_s),
            held: row.median_s <= most,
            binds: true,
        });
    }
    for (_, least) in TOLD_IN_6_MIN.iter().filter(|(name, _)| *name == row.name) {
        marks.push(Mark {
            what: format!("told within 6 min, {}: at least {:.0} %", row.name, 100.0 * least),
            seen: format!("{:.0} %", 100.0 * row.told_in_6_min),
            held: row.told_in_6_min >= *least,
            binds: true,
        });
    }
}

fn of_kinds(rows: &[TrueFigures], marks: &mut Vec<Mark>) {
    let both = || rows.iter().filter(|row| row.correlation.is_none() && !row.extra);
    let wrong = both().filter(|row| !row.right.is_empty()).map(|row| (row.name, row.wrong_kind));
    marks.extend(worst_at_most("another pattern first, any effect", WRONG_KIND, wrong));
    let calf = both().filter(|row| row.right.is_empty()).map(|row| (row.name, row.calf_told));
    marks.extend(worst_at_most("told as calf overload when both fall", WRONG_KIND, calf));
}

/// Aims: false alerts with room for chance, and every pattern as quick as calf overload must be.
fn aims(score: &Score, marks: &mut Vec<Mark>) {
    for (sets, which, most) in
        [(&score.normal, "any set", FALSE_AIM_PER_10H), (&score.sites, "any other sites", FALSE_PER_10H)]
    {
        if let Some(worst) = sets.iter().max_by(|a, b| a.all.false_per_10h.total_cmp(&b.all.false_per_10h)) {
            marks.push(Mark {
                what: format!("aim: false alerts in 10 armed hours, {which}: at most {most}"),
                seen: format!("{:.2} ({}, rho {})", worst.all.false_per_10h, worst.worn, worst.correlation),
                held: worst.all.false_per_10h <= most,
                binds: false,
            });
        }
    }
    let both = score.truth.iter().filter(|row| row.correlation.is_none() && !row.right.is_empty());
    let others: Vec<&TrueFigures> = both.filter(|row| row.name.contains("-10") && row.name != "calf -10").collect();
    let extra = score.truth.iter().filter(|row| row.correlation.is_none() && !row.right.is_empty() && row.extra);
    let wrong = extra.map(|row| (row.name, row.wrong_kind));
    let mark = worst_at_most("aim: another pattern first, any extra effect", WRONG_KIND, wrong);
    marks.extend(mark.map(|mark| Mark { binds: false, ..mark }));
    let never = others.iter().map(|row| (row.name, 1.0 - row.told_in_6_min));
    let what = "aim: not told within 6 min, any effect of 10 points";
    marks.extend(worst_at_most(what, NOT_TOLD_AIM, never).map(|mark| Mark { binds: false, ..mark }));
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
        binds: true,
    });
    let unarmed = rows.iter().map(|row| (row.name, 1.0 - row.armed_again));
    marks.extend(worst_at_most("not armed again 60 s after a fault, any fault", FAULTS_AMISS, unarmed));
    let rides: usize = rows.iter().map(|row| row.rides).sum();
    let confused = rows.iter().map(|row| row.wrong_notice * row.rides as f64).sum::<f64>() / rides.max(1) as f64;
    marks.push(Mark {
        what: format!("technical confusion, faults with a wrong notice: at most {:.0} %", 100.0 * FAULTS_AMISS),
        seen: format!("{:.1} %", 100.0 * confused),
        held: confused <= FAULTS_AMISS + 1e-9,
        binds: true,
    });
}

/// A mark on the row that is worst.
fn worst_at_most<'n>(what: &str, most: f64, rows: impl Iterator<Item = (&'n str, f64)>) -> Option<Mark> {
    let (name, worst) = rows.max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Mark {
        what: format!("{what}: at most {:.0} %", 100.0 * most),
        seen: if worst == 0.0 { "0 %".into() } else { format!("{:.0} % ({name})", 100.0 * worst) },
        // Shares of whole rides: 1 - 0.95 is a hair more than 0.05.
        held: worst <= most + 1e-9,
        binds: true,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::normal::NormalFigures;

    fn row(name: &'static str, right: &'static [&'static str], median_s: f64) -> TrueFigures {
        TrueFigures {
            name,
            right,
            extra: false,
            correlation: None,
            rides: 20,
            told_in_6_min: 0.96,
            median_s,
            p90_s: 300.0,
            cue_median_s: 100.0,
            wrong_kind: 0.0,
            calf_told: 0.0,
            false_before_per_10h: 0.0,
            bound_s: 60.0,
            ratio: 1.2,
            rules: None,
        }
    }

    fn held(score: &Score) -> Vec<(String, bool)> {
        judge(score).into_iter().map(|mark| (mark.what, mark.held)).collect()
    }

    #[test]
    fn a_median_at_its_mark_holds_and_one_that_was_missed_does_not() {
        for (median_s, wanted) in [(80.0, true), (80.1, false), (f64::INFINITY, false)] {
            let score = Score { truth: vec![row("calf -10", &["calf_overload"], median_s)], ..Score::default() };
            let marks = held(&score);
            assert_eq!(marks[0], ("median delay, calf -10: at most 80 s".to_owned(), wanted));
            assert_eq!(marks[1].0, "told within 6 min, calf -10: at least 95 %");
            assert!(marks[1].1);
        }
    }

    #[test]
    fn rows_of_one_correlation_are_shown_and_not_judged() {
        let one = TrueFigures { correlation: Some(0.5), ..row("calf -10", &["calf_overload"], f64::INFINITY) };
        assert_eq!(held(&Score { truth: vec![one], ..Score::default() }), []);
    }

    #[test]
    fn the_worst_row_decides_about_kinds() {
        let confused = TrueFigures { wrong_kind: 0.06, ..row("shin -10", &["tibialis_overload"], 90.0) };
        let both = TrueFigures { wrong_kind: 0.5, calf_told: 0.04, ..row("both -8", &[], f64::INFINITY) };
        let rows = vec![row("thigh -10", &["vl_fatigue"], 70.0), confused, both];
        let marks = judge(&Score { truth: rows, ..Score::default() });
        let kinds: Vec<(&str, bool)> =
            marks.iter().filter(|mark| mark.binds).map(|mark| (mark.seen.as_str(), mark.held)).collect();
        assert_eq!(kinds, [("6 % (shin -10)", false), ("4 % (both -8)", true)]);
    }

    #[test]
    fn a_set_in_which_nothing_was_ever_armed_has_not_earned_its_mark() {
        let set = |armed_h, false_per_10h| NormalSet {
            worn: "2 sites",
            sites: 2,
            correlation: 0.0,
            kinds: Vec::new(),
            all: NormalFigures { name: "all", rides: 10, armed_h, false_per_10h, ..NormalFigures::default() },
        };
        for (armed_h, per_10h, wanted) in [(9.0, 1.0, true), (9.0, 1.1, false), (0.0, 0.0, false)] {
            let marks = held(&Score { normal: vec![set(armed_h, per_10h)], ..Score::default() });
            assert_eq!(marks[0].1, wanted, "{armed_h} h, {per_10h}");
        }
    }

    #[test]
    fn an_aim_that_is_not_reached_is_said_and_is_no_failure() {
        let slow = TrueFigures { told_in_6_min: 0.85, ..row("thigh -10", &["vl_fatigue"], 70.0) };
        let marks = judge(&Score { truth: vec![slow], ..Score::default() });
        let aim = marks.last().unwrap();
        assert_eq!((aim.seen.as_str(), aim.word(), aim.is_missed()), ("15 % (thigh -10)", "short", false));
    }

    #[test]
    fn what_is_only_looked_at_can_fall_short_and_not_fail() {
        let confused = TrueFigures { extra: true, wrong_kind: 0.5, ..row("shin -5", &["tibialis_overload"], 900.0) };
        let all =
            NormalFigures { name: "all", rides: 10, armed_h: 9.0, false_per_10h: 3.0, ..NormalFigures::default() };
        let sites = NormalSet { worn: "all 8", sites: 8, correlation: 0.5, kinds: Vec::new(), all };
        let marks = judge(&Score { truth: vec![confused], sites: vec![sites], ..Score::default() });
        let seen: Vec<(&str, &str)> = marks.iter().map(|mark| (mark.seen.as_str(), mark.word())).collect();
        assert_eq!(seen, [("3.00 (all 8, rho 0.5)", "short"), ("50 % (shin -5)", "short")]);
    }

    #[test]
    fn one_alert_that_a_fault_causes_is_one_too_many() {
        let fault = |alerts_due| FaultFigures {
            name: "slip",
            right: vec!["moved"],
            rides: 100,
            told_in_time: 0.95,
            not_detectable: 0.0,
            wrong_notice: 0.05,
            alerts: 3,
            alerts_due,
            armed_again: 1.0,
        };
        let score = |due| Score { faults: vec![fault(due)], ..Score::default() };
        assert!(judge(&score(0)).iter().all(|mark| mark.held), "{:?}", judge(&score(0)));
        assert_eq!(judge(&score(1)).iter().filter(|mark| !mark.held).count(), 1);
    }
}
