//! The comparison as one HTML page: no script, nothing loaded, looks of the ride report. It holds no place and no number of
//! a sensor. The raw blocks come first and do not say which position they are of, so that the eye judges before the words do;
//! the key stands after them.

use super::table::direction;
use super::{Comparison, Fit, MDC_BETWEEN, PairSeen, Verdict, What, clock, name};
use crate::sink::html::{Html, Path};
use sling_core::sensor::Side;

const STYLE: &str = "
svg.fit { width: 100%; height: auto; font: 13px system-ui, sans-serif; }
.blocks { display: grid; grid-template-columns: repeat(auto-fill, minmax(max(150px, 24%), 1fr)); }
@media (max-width: 40rem) { .differences svg.fit { font-size: 22px; } }
.dot { fill: var(--calf); }
.mean { stroke: var(--ink); stroke-width: 2; fill: none; }
.margin { fill: var(--normal); fill-opacity: .6; }
.settling { fill: var(--normal); fill-opacity: .45; }
.blank td { height: 1.9rem; min-width: 7rem; }
td.verdict { font-weight: 600; white-space: nowrap; }
";
/// Lengths in the drawings, in units of their view boxes.
const LEFT: f32 = 26.0;
const PANEL: (f32, f32) = (160.0, 140.0);
const WIDTH: f32 = 640.0;
const ROW: f32 = 24.0;

/// The whole page. `command` is the line that makes it again.
pub fn page(fit: &Fit, command: &str) -> String {
    let mut html = Html::new();
    html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.raw("<title>Sling: positions compared</title>\n<style>\n");
    html.raw(include_str!("../sink/report/report.css")).raw(STYLE).raw("</style>\n</head>\n<body>\n");
    html.raw("<header>\n<h1>Positions compared</h1>\n<dl class=\"about\">\n");
    let order: Vec<&str> = fit.blocks.iter().map(|block| block.position.as_str()).collect();
    for (term, value) in [
        ("Recordings", fit.files.join(", ")),
        ("Positions", fit.positions.join(", ")),
        ("Order of blocks", order.join(", ")),
        ("Settling dropped", format!("{} s of each block", fit.settle_s)),
        ("Made by", concat!("Sling ", env!("CARGO_PKG_VERSION")).to_owned()),
    ] {
        html.raw("<dt>").raw(term).raw("</dt><dd>").text(value).raw("</dd>\n");
    }
    html.raw("</dl>\n</header>\n<main>\n<section>\n<h2>Blocks as they were measured</h2>\n");
    raw_blocks(&mut html, fit);
    html.raw("</section>\n<section class=\"summary\">\n<h2>Summary</h2>\n");
    for found in fit.comparisons.iter().filter(|found| is_first(fit, found)) {
        html.raw("<p class=\"finding\">").text(sentence(found)).raw("</p>\n");
    }
    html.raw("<p class=\"soft\">What the sensors showed, not why, and not which is better: this is no diagnosis.</p>\n</section>\n");
    html.raw("<section>\n<h2>Differences</h2>\n");
    differences(&mut html, fit);
    comparisons(&mut html, fit);
    html.raw("</section>\n<section>\n<h2>Block by block</h2>\n");
    block_table(&mut html, fit);
    html.raw("</section>\n<section>\n<h2>What was not shown</h2>\n");
    not_shown(&mut html, fit);
    html.raw("</section>\n<section>\n<h2>To fill in by hand</h2>\n");
    by_hand(&mut html, fit);
    html.raw("</section>\n<section>\n<h2>How this was made</h2>\n<p>This line makes it again:</p>\n<pre><code>");
    html.text(command)
        .raw("</code></pre>\n<p>Blocks of different positions that follow each other, at like power and cadence ");
    html.raw("and with the sensors untouched, make pairs; linear drift cancels or is taken out. The interval is Student\u{2019}s t. Its ");
    html.raw(
        "noise is measured in these blocks by overlapping batches of 60 s, because neighbouring seconds tell much the ",
    );
    html.raw("same: of 27 s about one counts. What drift that is not linear may leave is added");
    if fit.positions.len() > 2 {
        html.raw("; the intervals of all positions hold together (max-T)");
    }
    html.raw(
        ". MDC is the least change that published noise of adjacent blocks would let one see with as many pairs.</p>\n",
    );
    html.raw("<p>This file holds personal data: muscle oxygen, power, cadence, names of files and positions. It holds no place and ");
    html.raw(
        "no number of a sensor. It loads nothing and runs no script.</p>\n</section>\n</main>\n</body>\n</html>\n",
    );
    html.into_string()
}

/// D where there is one; else each muscle.
fn is_first(fit: &Fit, found: &Comparison) -> bool {
    let has_d = fit.comparisons.iter().any(|other| other.side == found.side && other.what == What::D);
    !has_d || found.what == What::D
}

fn signed(x: f64) -> String {
    let text = format!("{x:+.1}");
    if text == "-0.0" { "+0.0".into() } else { text.replace('-', "\u{2212}") }
}

fn sentence(found: &Comparison) -> String {
    let Comparison { from, to, difference, low, high, pairs, .. } = found;
    let what = match found.what {
        What::D => "D (calf less thigh)",
        What::Calf => "the calf\u{2019}s SmO2",
        What::Thigh => "the thigh\u{2019}s SmO2",
    };
    let also = match found.verdict {
        _ if found.equivalent => "; all of the interval is within 3 points",
        Verdict::NoChangeShown if *low > 0.0 || *high < 0.0 => {
            "; the interval leaves zero out, but so few pairs may differ by as much"
        }
        _ => "",
    };
    let size = format!("{} points (95 %: {} to {})", signed(*difference), signed(*low), signed(*high));
    let n = pairs.len();
    let plural = if n == 1 { "" } else { "s" };
    format!(
        "{} leg, {from} to {to}: {}. {what} differs by {size}, {n} pair{plural} of blocks{also}.",
        capital(found.side),
        found.says()
    )
}

fn capital(side: Side) -> &'static str {
    match side {
        Side::Left => "Left",
        Side::Right => "Right",
    }
}

/// Each leg's blocks, numbered, in the order of riding, without their positions.
fn raw_blocks(html: &mut Html, fit: &Fit) {
    html.raw("<p class=\"soft\">Every second of every block, in order. Which block is which position stands below the drawings. ");
    html.raw(
        "Thick: calf; thin: thigh. Shaded: settling, which does not count. A gap is a second without a value.</p>\n",
    );
    for side in [Side::Left, Side::Right] {
        let raws: Vec<_> = fit.raw.iter().filter(|raw| raw.side == side).collect();
        let values = || raws.iter().flat_map(|raw| &raw.values).flatten().flatten().copied();
        if values().next().is_none() {
            continue;
        }
        let low = (values().fold(100.0, f32::min) / 5.0).floor() * 5.0;
        // Whole numbers in the middle too.
        let high = low + ((values().fold(low, f32::max) - low) / 10.0).ceil().max(1.0) * 10.0;
        html.raw("<h3>").raw(capital(side)).raw(" leg: SmO2, percent</h3>\n<div class=\"blocks\">\n");
        for raw in raws {
            let block = &fit.blocks[raw.block];
            let (x, y, (width, tall)) = (LEFT, ROW, PANEL);
            html.raw("<svg class=\"fit\" role=\"img\" viewBox=\"0 0 ")
                .number(LEFT + width + 8.0)
                .raw(" ")
                .number(ROW + tall + 8.0);
            html.raw("\" aria-label=\"")
                .text(format!("SmO2 of calf and thigh in block {}", raw.block + 1))
                .raw("\">\n");
            let length = raw.values.iter().map(Vec::len).max().unwrap_or(1).max(1) as f32;
            let at = |value: f32| y + tall * (1.0 - (value - low) / (high - low));
            let mut shade = Path::new();
            shade.rectangle(x, y, width * (block.settle_s as f32 / length).min(1.0), tall);
            html.raw("<path class=\"settling\" d=\"").path(&shade).raw("\"/>");
            let mut grid = Path::new();
            for value in [low, f32::midpoint(low, high), high] {
                grid.move_to(x, at(value)).line_to(x + width, at(value));
                html.raw("<text class=\"tick end\" x=\"").number(x - 6.0).raw("\" y=\"").number(at(value) + 4.0);
                html.raw("\">").text(format!("{value:.0}")).raw("</text>");
            }
            html.raw("<path class=\"grid\" d=\"").path(&grid).raw("\"/>");
            html.raw("<text class=\"title\" x=\"").number(x).raw("\" y=\"").number(y - 6.0).raw("\">");
            html.text(format!("block {}", raw.block + 1)).raw("</text>\n");
            for (values, class) in
                raw.values.iter().zip(["<path class=\"line calf\" d=\"", "<path class=\"line thigh\" d=\""])
            {
                let mut path = Path::new();
                let mut before = false;
                for (second, value) in values.iter().enumerate() {
                    let Some(value) = value else {
                        before = false;
                        continue;
                    };
                    let (px, py) = (x + width * second as f32 / length, at(*value));
                    if before {
                        path.line_to(px, py)
                    } else {
                        path.move_to(px, py)
                    };
                    before = true;
                }
                html.raw(class).path(&path).raw("\"/>\n");
            }
            html.raw("</svg>\n");
        }
        html.raw("</div>\n");
    }
    html.raw("<details><summary>Which block is which position</summary>\n<p>");
    for (i, block) in fit.blocks.iter().enumerate() {
        html.text(format!("{}{}: {}", if i == 0 { "" } else { ", " }, i + 1, block.position));
    }
    html.raw("</p></details>\n");
}

/// Of every comparison the pairs, the mean and its interval, on one axis.
fn differences(html: &mut Html, fit: &Fit) {
    html.raw("<p class=\"soft\">Points of SmO2, later position less earlier. Dots: pairs of blocks. Bar: mean and 95 % interval, drift ");
    html.raw("taken out. Shaded: within 3 points. Left of zero the later position has the lower value.</p>\n<div class=\"differences\">\n");
    let reach = fit
        .comparisons
        .iter()
        .flat_map(|found| found.pairs.iter().map(|pair| pair.difference).chain([found.low, found.high]))
        .fold(5.0, |most: f64, x| most.max(x.abs()));
    let reach = ((reach / 5.0).ceil() * 5.0).min(50.0) as f32;
    let (left, right) = (10.0, WIDTH - 10.0);
    let x = |value: f64| left + (right - left) * ((value as f32 / reach).clamp(-1.0, 1.0) + 1.0) / 2.0;
    let line = 2.0 * ROW;
    let height = fit.comparisons.len() as f32 * line + ROW;
    html.raw("<svg class=\"fit\" role=\"img\" viewBox=\"0 0 ").number(WIDTH).raw(" ").number(height);
    html.raw("\" aria-label=\"Differences with their intervals; the table below has the numbers\">\n");
    let mut margin = Path::new();
    margin.rectangle(x(-3.0), 0.0, x(3.0) - x(-3.0), height - ROW);
    html.raw("<path class=\"margin\" d=\"").path(&margin).raw("\"/>");
    let mut zero = Path::new();
    zero.move_to(x(0.0), 0.0).line_to(x(0.0), height - ROW);
    html.raw("<path class=\"zero\" d=\"").path(&zero).raw("\"/>\n");
    for tick in [-1.0, -0.5, 0.0, 0.5, 1.0] {
        let value = f64::from(tick * reach);
        let class = if tick < -0.9 {
            "\" class=\"tick\">"
        } else if tick > 0.9 {
            "\" class=\"tick end\">"
        } else {
            "\" class=\"tick middle\">"
        };
        html.raw("<text x=\"").number(x(value)).raw("\" y=\"").number(height - 6.0).raw(class);
        html.text(if value == 0.0 { "0".into() } else { signed(value) }).raw("</text>");
    }
    for (i, found) in fit.comparisons.iter().enumerate() {
        let y = i as f32 * line + 18.0;
        html.raw("<text x=\"").number(left).raw("\" y=\"").number(y).raw("\">");
        html.text(format!("{} {}: {} to {}", found.side.code(), name(found.what), found.from, found.to)).raw("</text>");
        let y = y + 16.0;
        let mut bar = Path::new();
        bar.move_to(x(found.low), y).line_to(x(found.high), y);
        for end in [found.low, found.high, found.difference] {
            bar.move_to(x(end), y - 7.0).line_to(x(end), y + 7.0);
        }
        html.raw("<path class=\"mean\" d=\"").path(&bar).raw("\"/>");
        for PairSeen { difference, .. } in &found.pairs {
            html.raw("<circle class=\"dot\" r=\"4\" cx=\"")
                .number(x(*difference))
                .raw("\" cy=\"")
                .number(y)
                .raw("\"/>");
        }
        html.raw("\n");
    }
    html.raw("</svg>\n</div>\n");
}

fn head(html: &mut Html, caption: &'static str, words: &[&'static str]) {
    html.raw("<div class=\"table\">\n<table>\n<caption>").raw(caption).raw("</caption>\n<thead><tr>");
    for word in words {
        html.raw("<th>").raw(word).raw("</th>");
    }
    html.raw("</tr></thead>\n<tbody>\n");
}

fn row(html: &mut Html, cells: &[String]) {
    html.raw("<tr>");
    for (i, cell) in cells.iter().enumerate() {
        html.raw(if i == 0 { "<th>" } else { "<td>" }).text(cell).raw(if i == 0 { "</th>" } else { "</td>" });
    }
    html.raw("</tr>\n");
}

fn comparisons(html: &mut Html, fit: &Fit) {
    head(
        html,
        "Comparisons",
        &[
            "Leg, of",
            "From, to",
            "Shown",
            "Difference",
            "95 %",
            "MDC",
            "Direction",
            "Share",
            "Pairs",
            "Independent values",
            "Order at random",
        ],
    );
    for found in &fit.comparisons {
        row(
            html,
            &[
                format!("{} {}", found.side.code(), name(found.what)),
                format!("{}, {}", found.from, found.to),
                format!("{}{}", found.says(), if found.equivalent { " (within 3)" } else { "" }),
                signed(found.difference),
                format!("{} to {}", signed(found.low), signed(found.high)),
                format!("{:.1}", found.mdc),
                direction(found),
                found.relative_pct.map_or("\u{2013}".into(), |share| format!("{} %", signed(share))),
                found.pairs.len().to_string(),
                format!("{:.0}", found.effective_n),
                found.order_p.map_or("\u{2013}".into(), |p| format!("{:.0} %", 100.0 * p)),
            ],
        );
    }
    html.raw("</tbody>\n</table>\n</div>\n<p class=\"soft\">Direction: the probability that the sign is the one seen. Order at random: how ");
    html.raw(
        "often pairs in a random order would show as much; with two pairs never less than 50 %, with five never less ",
    );
    html.raw("than 6 %, so it can warn but not prove.</p>\n");
    if fit.comparisons.iter().any(|found| found.scattered) {
        html.raw(
            "<p>Sets of blocks scattered by more than noise explains: their own scatter makes the interval.</p>\n",
        );
    }
}

fn block_table(html: &mut Html, fit: &Fit) {
    head(
        html,
        "Blocks in the order of riding",
        &[
            "Block",
            "Position",
            "From",
            "Settling",
            "Counts",
            "Lost",
            "Power",
            "Cadence",
            "Air",
            "Leg",
            "Calf",
            "Thigh",
            "D",
            "tHb calf, thigh",
        ],
    );
    let or_dash = |x: Option<f64>, unit: &str| x.map_or("\u{2013}".into(), |x| format!("{x:.0} {unit}"));
    for (i, block) in fit.blocks.iter().enumerate() {
        for leg in &block.legs {
            let mean = |seen: &Option<super::blocks::Seen>| {
                seen.as_ref().map_or("\u{2013}".into(), |seen| format!("{:.1}", seen.mean))
            };
            let lost: Vec<String> = block.artefacts_s.iter().map(|(cause, s)| format!("{cause} {s} s")).collect();
            let thb = leg.thb_gdl.map(|thb| thb.map_or("\u{2013}".into(), |thb| format!("{thb:.2}")));
            row(
                html,
                &[
                    (i + 1).to_string(),
                    block.position.clone(),
                    if fit.files.len() > 1 {
                        format!("{} {}", block.file + 1, clock(block.from_s))
                    } else {
                        clock(block.from_s)
                    },
                    format!("{} s", block.settle_s),
                    format!("{} s", block.counted_s),
                    if lost.is_empty() { "0 s".into() } else { lost.join(", ") },
                    or_dash(block.power_w, "W"),
                    or_dash(block.cadence_rpm, "rpm"),
                    or_dash(block.celsius, "\u{b0}C"),
                    leg.side.code().into(),
                    mean(&leg.calf),
                    mean(&leg.thigh),
                    leg.d.as_ref().map_or("\u{2013}".into(), |d| signed(d.mean)),
                    thb.join(", "),
                ],
            );
        }
    }
    html.raw("</tbody>\n</table>\n</div>\n");
}

fn not_shown(html: &mut Html, fit: &Fit) {
    html.raw("<ul>\n");
    for reason in &fit.left_out {
        html.raw("<li>").text(reason).raw("</li>\n");
    }
    for found in
        fit.comparisons.iter().filter(|found| matches!(found.verdict, Verdict::NoChangeShown | Verdict::TooLittle))
    {
        html.raw("<li>");
        html.text(format!(
            "{} {}, {} to {}: {}. A true change of {:.1} points would have been shown four times in five.",
            found.side.code(),
            name(found.what),
            found.from,
            found.to,
            found.says(),
            found.shown_from()
        ));
        html.raw("</li>\n");
    }
    html.raw("<li>Differences between days, or between two times of putting a sensor on: levels differ by 14 to ");
    html.text(format!("{MDC_BETWEEN:.0}")).raw(" points there without meaning.</li>\n");
    html.raw("<li>Differences between legs: there is no norm for them.</li>\n<li>Causes, and which position is better.</li>\n</ul>\n");
}

fn by_hand(html: &mut Html, fit: &Fit) {
    let rows: [&[&str]; 3] = [
        &[
            "Saddle height",
            "Saddle setback",
            "Saddle tilt",
            "Reach",
            "Drop",
            "Crank length",
            "Cleat fore-aft",
            "Cleat rotation",
            "Stance",
        ],
        &[
            "Knee extension, left and right",
            "Knee flexion, left and right",
            "Ankle, most and least",
            "Hip",
            "Back",
            "Pressure, foot and saddle",
        ],
        &["Pain or cramp", "Strap, shoes, temperature", "Sensor site (photo, distance), skin fold"],
    ];
    html.raw("<div class=\"table\">\n<table class=\"blank\">\n<thead><tr><th>Measure</th>");
    for position in &fit.positions {
        html.raw("<th>").text(position).raw("</th>");
    }
    html.raw("</tr></thead>\n<tbody>\n");
    for measure in rows.into_iter().flatten() {
        html.raw("<tr><th>").text(measure).raw("</th>");
        for _ in &fit.positions {
            html.raw("<td></td>");
        }
        html.raw("</tr>\n");
    }
    html.raw("</tbody>\n</table>\n</div>\n<div class=\"table\">\n<table class=\"blank\">\n<tbody>\n");
    for what in ["Rider", "Goals", "Flexibility", "Power balance", "Next check", "Fitter, date, signature"] {
        html.raw("<tr><th>").raw(what).raw("</th><td></td></tr>\n");
    }
    html.raw("</tbody>\n</table>\n</div>\n<p class=\"soft\">Angles of others are ranges, not targets.</p>\n");
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Made, made};
    use super::super::{Options, compare};
    use super::*;

    fn shown(label: &'static str) -> String {
        let parts = ["A", label, label, "A"].map(|label| Made::ridden(label, 240));
        page(&compare(vec![made(&parts)], &Options::default()).unwrap(), "sling fit made.csv")
    }

    #[test]
    fn the_page_says_everything_that_a_fitter_must_have() {
        let page = shown("B");
        for words in [
            "no change shown",
            "95 %",
            "MDC",
            "What was not shown",
            "Which block is which position",
            "Settling",
            "Saddle height",
            "signature",
            "no diagnosis",
            "sling fit made.csv",
        ] {
            assert!(page.contains(words), "{words}");
        }
        assert!(!page.contains("<script") && !page.contains("NaN"));
    }

    #[test]
    fn the_plot_of_raw_blocks_does_not_say_their_positions() {
        let page = shown("secret");
        let plot = &page[page.find("Blocks as they were measured").unwrap()..page.find("<details").unwrap()];
        assert!(!plot.contains("secret") && plot.contains("block 4"));
    }

    #[test]
    fn a_label_is_only_text() {
        assert!(!shown("<b>x").contains("<b>x"));
    }
}
