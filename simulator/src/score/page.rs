//! The score as a page that stands alone: what holds, a chart of delays, every table, and how it was made.
//!
//! It loads nothing and runs no script; its looks are those of the ride report.

use super::metrics::ARL_S;
use super::tables::{Table, tables};
use super::truth::TrueFigures;
use super::{Plan, Score};
use crate::sink::html::{Html, Path};

/// Widths and heights in the chart, in pixels of its own.
const WIDTH: f32 = 1000.0;
const LABELS: f32 = 190.0;
const RIGHT: f32 = 70.0;
const ROW: f32 = 22.0;
const TOP: f32 = 28.0;
const BOTTOM: f32 = 40.0;
/// The chart's time ends here, in seconds: an abrupt effect is watched so long.
const LAST_S: f32 = 720.0;
const TICK_S: u16 = 120;
const STYLE: &str = "
svg.delays { width: 100%; min-width: 38rem; height: auto; font: 12px system-ui, sans-serif; }
.line.p90 { stroke: var(--calf); stroke-width: 3; }
.dot { fill: var(--calf); }
.bound { fill: none; stroke: var(--ink); stroke-width: 2; }
.asked { fill: none; stroke: var(--thigh); stroke-width: 2; stroke-dasharray: 3 2; }
.missed, tr.sum > * { font-weight: 700; }
.figures tbody th { white-space: nowrap; }
";

/// The whole page. `command` is the line that makes it again.
pub fn page(score: &Score, plan: &Plan, command: &str) -> String {
    let mut html = Html::new();
    html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.raw("<title>Sling: the detection benchmark</title>\n<style>\n");
    html.raw(include_str!("../sink/report/report.css")).raw(STYLE).raw("</style>\n</head>\n<body>\n");
    html.raw("<header>\n<h1>How well detection does</h1>\n<dl class=\"about\">\n");
    for (name, value) in [
        ("Normal rides", format!("{} h a set, {} h with other sites", plan.hours, plan.other_hours())),
        (
            "Other rows",
            format!("{} seeds ({} without a mark), for each of two correlations", plan.seeds, plan.seeds_of(true)),
        ),
        ("Seeds", format!("from {}", plan.first_seed)),
        ("Made by", concat!("Sling ", env!("CARGO_PKG_VERSION")).to_owned()),
    ] {
        html.raw("<dt>").text(name).raw("</dt><dd>").text(value).raw("</dd>\n");
    }
    html.raw("</dl>\n</header>\n<main>\n");
    marks(&mut html, score);
    if score.truth.iter().any(|row| row.correlation.is_none() && !row.right.is_empty()) {
        html.raw("<section>\n<h2>How soon effects are told</h2>\n");
        chart(&mut html, &score.truth);
        html.raw("</section>\n");
    }
    html.raw("<section>\n<h2>Tables</h2>\n");
    for table in tables(score) {
        add_table(&mut html, &table);
    }
    html.raw("</section>\n<section>\n<h2>How this was made</h2>\n<p>This line makes it again:</p>\n<pre><code>");
    html.text(command)
        .raw("</code></pre>\n<p>Every ride is simulated, from a seed; rides are the same on every machine. ");
    html.raw("The bound is the best mean delay at one false alarm in ").text((ARL_S / 3600.0).round());
    html.raw(
        " hours with each ride's own noise; R is delay over bound. This page loads nothing and runs no script.</p>\n",
    );
    html.raw("</section>\n</main>\n</body>\n</html>\n");
    html.into_string()
}

fn marks(html: &mut Html, score: &Score) {
    let missed = score.marks.iter().filter(|mark| mark.is_missed()).count();
    let of = score.marks.iter().filter(|mark| mark.binds).count();
    html.raw("<section class=\"summary\">\n<h2>Marks</h2>\n<p class=\"finding\">");
    if missed == 0 {
        html.text(format!("All {of} marks hold."));
    } else {
        html.text(format!("{missed} of {of} marks are missed."));
    }
    html.raw("</p>\n</section>\n<div class=\"table\">\n<table>\n<thead><tr><th>Asked for</th><th>Seen</th><th>Holds</th></tr>");
    html.raw("</thead>\n<tbody>\n");
    for mark in &score.marks {
        html.raw("<tr><th>").text(&mark.what).raw("</th><td>").text(&mark.seen).raw("</td><td>");
        html.raw(match (mark.held, mark.is_missed()) {
            (true, _) => "yes",
            (false, true) => "<span class=\"missed\">no</span>",
            (false, false) => "not yet",
        })
        .raw("</td></tr>\n");
    }
    html.raw("</tbody>\n</table>\n</div>\n");
}

/// Whether a row is of all that stands above it.
fn is_sum(row: &[String]) -> bool {
    row.iter().take(2).any(|cell| cell == "all" || cell == "both")
}

fn add_table(html: &mut Html, table: &Table) {
    html.raw("<div class=\"table\">\n<table class=\"figures\">\n<caption>")
        .text(&table.title)
        .raw("</caption>\n<thead><tr>");
    for (i, cell) in table.header.iter().enumerate() {
        html.raw(if i == 0 { "<th>" } else { "<th class=\"n\">" }).text(cell).raw("</th>");
    }
    html.raw("</tr></thead>\n<tbody>\n");
    let parts = !table.rows.iter().all(|row| is_sum(row));
    for row in &table.rows {
        html.raw(if is_sum(row) && parts { "<tr class=\"sum\">" } else { "<tr>" });
        for (i, cell) in row.iter().enumerate() {
            html.raw(if i == 0 { "<th>" } else { "<td class=\"n\">" }).text(cell);
            html.raw(if i == 0 { "</th>" } else { "</td>" });
        }
        html.raw("</tr>\n");
    }
    html.raw("</tbody>\n</table>\n</div>\n");
}

/// Where a time stands.
fn x(s: f64) -> f32 {
    LABELS + (s as f32).clamp(0.0, LAST_S) / LAST_S * (WIDTH - LABELS - RIGHT)
}

/// What stands in a line of the chart.
enum Line<'s> {
    /// The pattern that is right for the effects below.
    Pattern(&'static str),
    Effect(&'s TrueFigures),
}

/// Every effect for both correlations, under its pattern.
fn lines(rows: &[TrueFigures]) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut last = None;
    for row in rows.iter().filter(|row| row.correlation.is_none()) {
        let Some(&pattern) = row.right.first() else { continue };
        if last != Some(pattern) {
            lines.push(Line::Pattern(pattern));
            last = Some(pattern);
        }
        lines.push(Line::Effect(row));
    }
    lines
}

/// Each effect: from the median (dot) to the 90 % (line), the bound (bar), what is asked for (dashed bar).
fn chart(html: &mut Html, rows: &[TrueFigures]) {
    let lines = lines(rows);
    let bottom = TOP + ROW * lines.len() as f32;
    html.raw("<figure>\n<div class=\"table\"><svg class=\"delays\" role=\"img\" viewBox=\"0 0 ");
    html.number(WIDTH).raw(" ").number(bottom + BOTTOM);
    html.raw("\" aria-label=\"Delays of every effect; the numbers are in the tables below\">\n");
    for tick in (0..=LAST_S as u16).step_by(usize::from(TICK_S)) {
        let at = x(f64::from(tick));
        let mut line = Path::new();
        line.move_to(at, TOP).line_to(at, bottom);
        html.raw("<path class=\"grid\" d=\"").path(&line).raw("\"/>");
        for y in [TOP - 8.0, bottom + 16.0] {
            html.raw("<text class=\"tick middle\" x=\"").number(at).raw("\" y=\"").number(y).raw("\">");
            html.text(tick / 60).raw(" min</text>\n");
        }
    }
    for (i, line) in lines.iter().enumerate() {
        let y = TOP + ROW * (i as f32 + 0.5);
        match line {
            Line::Pattern(code) => {
                html.raw("<text class=\"title\" x=\"4\" y=\"").number(y + 6.0).raw("\">");
                html.text(code.replace('_', " ")).raw("</text>\n");
            }
            Line::Effect(row) => effect(html, row, y),
        }
    }
    html.raw(
        "</svg></div>\n<figcaption>From the effect's beginning to the alert, both correlations together: the dot is ",
    );
    html.raw(
        "the median, the line goes on to what nine in ten do not exceed (to the edge if more were missed). The black ",
    );
    html.raw("bar is the best that theory allows with these rides' noise, the dashed blue bar what is asked for.");
    html.raw("</figcaption>\n</figure>\n");
}

/// One effect at its height.
fn effect(html: &mut Html, row: &TrueFigures, y: f32) {
    html.raw("<text class=\"end\" x=\"").number(LABELS - 10.0).raw("\" y=\"").number(y + 4.0).raw("\">");
    html.text(row.name).raw("</text>\n");
    let mut upright = |class: &'static str, s: f64| {
        let mut bar = Path::new();
        bar.move_to(x(s), y - 8.0).line_to(x(s), y + 8.0);
        html.raw("<path class=\"").raw(class).raw("\" d=\"").path(&bar).raw("\"/>\n");
    };
    if row.bound_s.is_finite() {
        upright("bound", row.bound_s);
    }
    if let Some(asked_s) = super::marks::median_asked_s(row.name) {
        upright("asked", asked_s);
    }
    if row.median_s.is_finite() {
        let mut line = Path::new();
        line.move_to(x(row.median_s), y).line_to(x(row.p90_s), y);
        html.raw("<path class=\"line p90\" d=\"").path(&line).raw("\"/><circle class=\"dot\" r=\"5\" cx=\"");
        html.number(x(row.median_s)).raw("\" cy=\"").number(y).raw("\"/>\n");
    }
    html.raw("<text class=\"tick\" x=\"").number(WIDTH - RIGHT + 8.0).raw("\" y=\"").number(y + 4.0).raw("\">");
    html.text(super::marks::seconds(row.median_s)).raw("</text>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::marks::Mark;

    #[test]
    fn every_effect_stands_once_under_its_pattern_and_what_is_no_effect_does_not() {
        let row = |name, right, correlation| TrueFigures {
            name,
            right,
            extra: false,
            correlation,
            rides: 2,
            told_in_6_min: 1.0,
            median_s: 50.0,
            p90_s: f64::INFINITY,
            cue_median_s: 80.0,
            wrong_kind: 0.0,
            calf_told: 0.0,
            false_before_per_10h: 0.0,
            bound_s: 60.0,
            ratio: 0.8,
            rules: None,
        };
        let rows = [
            row("calf -8", &["calf_overload"], Some(0.0)),
            row("calf -8", &["calf_overload"], None),
            row("calf -10", &["calf_overload", "side_imbalance"], None),
            row("both -8", &[], None),
            row("shin -10", &["tibialis_overload"], None),
        ];
        let words = lines(&rows).into_iter().map(|line| match line {
            Line::Pattern(code) => code,
            Line::Effect(row) => row.name,
        });
        let words: Vec<&str> = words.collect();
        assert_eq!(words, ["calf_overload", "calf -8", "calf -10", "tibialis_overload", "shin -10"]);
        let mut html = Html::new();
        chart(&mut html, &rows);
        let chart = html.into_string();
        assert_eq!(chart.matches("<circle").count(), 3);
        assert!(chart.contains(">tibialis overload</text>"), "{chart}");
    }

    #[test]
    fn the_page_stands_alone_and_nothing_on_it_is_markup_by_chance() {
        let mark = |what: &str, held| Mark { what: what.into(), seen: "1 < 2".into(), held, binds: true };
        let score = Score { marks: vec![mark("<b>false alerts</b>", true), mark("delay", false)], ..Score::default() };
        let plan = Plan { hours: 3, seeds: 2, first_seed: 9, parts: Vec::new(), row: None };
        let page = page(&score, &plan, "sling score --row '<i>'");
        assert!(page.contains("1 of 2 marks are missed.") && page.contains("1 &lt; 2") && page.contains("from 9"));
        assert!(page.contains("&lt;b&gt;false alerts&lt;/b&gt;") && page.contains("--row &#39;&lt;i&gt;&#39;"));
        for outside in ["http:", "https:", "<script", "src=", "url(h"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
