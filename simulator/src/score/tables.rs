//! The score as tables of text: a title, a header and rows, the first column to the left, the others to the right.

use super::Score;
use super::faults::FaultFigures;
use super::normal::{NormalFigures, NormalSet};
use super::rules::{NAMES, RULES};
use super::sweep::Cell;
use super::truth::TrueFigures;
use std::collections::BTreeSet;
use std::fmt;

/// A table, to be printed or put on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Names of the columns.
    pub header: Vec<String>,
    /// As many cells as there are columns in each.
    pub rows: Vec<Vec<String>>,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = || core::iter::once(&self.header).chain(&self.rows);
        let width = |column: usize| lines().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..self.header.len()).map(|column| width(column).unwrap_or(0)).collect();
        writeln!(f, "{}", self.title)?;
        for line in lines() {
            let cells = line.iter().zip(&widths).enumerate();
            let padded: Vec<String> = cells
                .map(
                    |(i, (cell, &width))| {
                        if i == 0 { format!("  {cell:<width$}") } else { format!("  {cell:>width$}") }
                    },
                )
                .collect();
            writeln!(f, "{}", padded.concat().trim_end())?;
        }
        Ok(())
    }
}

/// All tables of a score.
pub fn tables(score: &Score) -> Vec<Table> {
    let mut tables: Vec<Table> = score.normal.iter().map(normal).collect();
    if !score.sites.is_empty() {
        tables.push(other_sites(&score.sites));
    }
    if !score.truth.is_empty() {
        tables.extend(truth(&score.truth));
        tables.push(rules(&score.truth));
    }
    if !score.faults.is_empty() {
        tables.push(faults(&score.faults));
    }
    if !score.sweep.is_empty() {
        tables.push(sweep(&score.sweep));
    }
    tables
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// Whole seconds; a dash for what was missed more often than not.
fn delay(s: f64) -> String {
    if s.is_finite() { format!("{s:.0}") } else { "-".to_owned() }
}

fn normal(set: &NormalSet) -> Table {
    let mut header =
        words(&["ride", "rides", "armed h", "no verdict", "false", "per 10 h", "cues per 10 h", "flickers/h"]);
    let two = set.sites == 2;
    if two {
        header.extend(NAMES.map(|name| format!("{name}, per 10 h")));
    }
    header.push("of these (in 10 h)".to_owned());
    let row = |figures: &NormalFigures| {
        let mut row = vec![
            figures.name.to_owned(),
            figures.rides.to_string(),
            format!("{:.1}", figures.armed_h),
            percent(figures.without_verdict),
            figures.false_alerts.to_string(),
            format!("{:.2}", figures.false_per_10h),
            format!("{:.2}", figures.cues_per_10h),
            format!("{:.2}", figures.flickers_per_h),
        ];
        if two {
            row.extend(figures.rules_per_10h.unwrap_or([0.0; RULES]).map(|per| format!("{per:.1}")));
        }
        let is_all = figures.name == set.all.name;
        let rates = &figures.by_pattern_per_10h;
        let patterns = figures.by_pattern.iter().map(|(code, n)| match rates.get(code).filter(|_| is_all) {
            Some(rate) => format!("{code} {n} ({rate:.2})"),
            None => format!("{code} {n}"),
        });
        let patterns: Vec<String> = patterns.collect();
        row.push(patterns.join(", "));
        row
    };
    Table {
        title: format!("Normal rides, {}, rho {}: nothing is to be told", set.worn, set.correlation),
        header,
        rows: set.kinds.iter().chain([&set.all]).map(row).collect(),
    }
}

/// What else may be worn: a row for each correlation, a column for each pattern that was told of any.
fn other_sites(sets: &[NormalSet]) -> Table {
    let codes: BTreeSet<&str> = sets.iter().flat_map(|set| set.all.by_pattern.keys().copied()).collect();
    let mut header = words(&["sites", "rho", "rides", "armed h", "no verdict", "false", "per 10 h", "flickers/h"]);
    header.extend(codes.iter().map(|code| code.replace('_', " ")));
    let row = |set: &NormalSet| {
        let all = &set.all;
        let mut row = vec![
            set.worn.to_owned(),
            set.correlation.to_string(),
            all.rides.to_string(),
            format!("{:.1}", all.armed_h),
            percent(all.without_verdict),
            all.false_alerts.to_string(),
            format!("{:.2}", all.false_per_10h),
            format!("{:.2}", all.flickers_per_h),
        ];
        row.extend(codes.iter().map(|code| format!("{:.2}", all.by_pattern_per_10h.get(code).unwrap_or(&0.0))));
        row
    };
    Table {
        title: "Normal rides with other sites (right where no side is named): false alerts in 10 armed h, by pattern"
            .into(),
        header,
        rows: sets.iter().map(row).collect(),
    }
}

/// Rows with marks, for each correlation and for both; then the others, for both.
fn truth(rows: &[TrueFigures]) -> impl Iterator<Item = Table> {
    let table = |title: &str, some: Vec<&TrueFigures>| Table {
        title: format!("{title}: how soon it is told (seconds from its beginning; - is more often missed)"),
        header: words(&[
            "effect",
            "rho",
            "rides",
            "in 6 min",
            "median",
            "p90",
            "cue median",
            "bound",
            "R",
            "wrong kind",
            "calf told",
            "false before/10 h",
        ]),
        rows: some.into_iter().map(true_row).collect(),
    };
    let (extra, main): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.extra);
    let extra = extra.into_iter().filter(|row| row.correlation.is_none()).collect();
    let tables = [table("True effects", main), table("Other sizes and sites, on fewer rides, without marks", extra)];
    tables.into_iter().filter(|table| !table.rows.is_empty())
}

fn true_row(row: &TrueFigures) -> Vec<String> {
    vec![
        row.name.to_owned(),
        row.correlation.map_or_else(|| "both".to_owned(), |rho| rho.to_string()),
        row.rides.to_string(),
        percent(row.told_in_6_min),
        delay(row.median_s),
        delay(row.p90_s),
        delay(row.cue_median_s),
        delay(row.bound_s),
        if row.ratio.is_finite() { format!("{:.2}", row.ratio) } else { "-".to_owned() },
        percent(row.wrong_kind),
        percent(row.calf_told),
        format!("{:.2}", row.false_before_per_10h),
    ]
}

fn rules(rows: &[TrueFigures]) -> Table {
    let row = |row: &TrueFigures| {
        let ours = format!("{} ({})", delay(row.median_s), percent(row.told_in_6_min));
        let rules = row.rules.as_ref()?.iter();
        let theirs = rules.map(|rule| format!("{} ({})", delay(rule.median_s), percent(rule.told_in_6_min)));
        Some([row.name.to_owned(), ours].into_iter().chain(theirs).collect())
    };
    Table {
        title: "Beside plain rules on the same samples: median delay (and share within 6 min), whatever falls".into(),
        header: words(&["effect", "ours"]).into_iter().chain(words(&NAMES)).collect(),
        rows: rows.iter().filter(|row| row.correlation.is_none()).filter_map(row).collect(),
    }
}

fn faults(rows: &[FaultFigures]) -> Table {
    let row = |row: &FaultFigures| {
        let right = if row.right.is_empty() { "none".to_owned() } else { row.right.join(" or ") };
        vec![
            row.name.to_owned(),
            row.rides.to_string(),
            right,
            percent(row.told_in_time),
            percent(row.not_detectable),
            percent(row.wrong_notice),
            row.alerts.to_string(),
            row.alerts_due.to_string(),
            percent(row.armed_again),
        ]
    };
    Table {
        title: "Faults: the right notice in time, no alert, armed again".into(),
        header: words(&[
            "fault",
            "rides",
            "right notice",
            "in time",
            "not detectable",
            "wrong notice",
            "alerts",
            "due to it",
            "armed in 60 s",
        ]),
        rows: rows.iter().map(row).collect(),
    }
}

fn sweep(cells: &[Cell]) -> Table {
    let row = |cell: &Cell| {
        let mut row = vec![
            format!("{:.1} %", 100.0 * cell.loss),
            format!("{}", cell.noise_pct),
            format!("{:.1}", cell.armed_h),
            format!("{:.2}", cell.false_per_10h),
            percent(cell.without_verdict),
        ];
        let delays = cell.rows.iter().map(|row| format!("{} ({})", delay(row.median_s), percent(row.told_in_6_min)));
        row.extend(delays);
        row
    };
    let names = cells.first().map_or(&[][..], |cell| &cell.rows);
    let mut header = words(&["lost", "noise", "armed h", "false per 10 h", "no verdict"]);
    header.extend(names.iter().map(|row| format!("{}: median (in 6 min)", row.name)));
    Table {
        title: "Over lost packets and noise of a sample (points), 2 sites, both correlations".into(),
        header,
        rows: cells.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_sites_have_a_column_for_every_pattern_that_any_of_them_was_told() {
        let set = |worn, told: &[(&'static str, f64)]| {
            let by_pattern = told.iter().map(|(code, _)| (*code, 1)).collect();
            let by_pattern_per_10h = told.iter().copied().collect();
            let all = NormalFigures { by_pattern, by_pattern_per_10h, ..NormalFigures::default() };
            NormalSet { worn, sites: 2, correlation: 0.0, kinds: Vec::new(), all }
        };
        let sites = vec![set("ta and vl", &[("tibialis_overload", 0.25)]), set("all 8", &[("calf_overload", 0.5)])];
        let [table] = &tables(&Score { sites, ..Score::default() })[..] else { panic!("one table") };
        assert_eq!(table.header[8..], ["calf overload", "tibialis overload"]);
        assert_eq!(table.rows[0][8..], ["0.00", "0.25"]);
        assert_eq!(table.rows[1][8..], ["0.50", "0.00"]);
    }

    #[test]
    fn columns_stand_under_their_names_names_to_the_left_and_numbers_to_the_right() {
        let table = Table {
            title: "Delays".into(),
            header: words(&["effect", "s"]),
            rows: vec![words(&["calf", "102"]), words(&["left thigh", "-"])],
        };
        assert_eq!(table.to_string(), "Delays\n  effect        s\n  calf        102\n  left thigh    -\n");
    }
}
