//! The comparison as text of fixed columns, without colours.

use super::{Comparison, Fit, clock, name};
use std::fmt::{self, Display, Formatter};

/// The text.
pub struct Table<'a>(pub &'a Fit);

/// A label in a column.
fn short(label: &str, most: usize) -> String {
    if label.chars().count() <= most { label.to_owned() } else { label.chars().take(most - 1).chain(['…']).collect() }
}

/// How sure the direction is.
pub fn direction(found: &Comparison) -> String {
    let percent = 100.0 * found.direction;
    if percent > 99.0 { ">99 %".into() } else { format!("{percent:.0} %") }
}

impl Display for Table<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(fit) = self;
        writeln!(
            f,
            "Positions compared: later less earlier, points of SmO2; below 0 the later position has the lower value"
        )?;
        writeln!(
            f,
            "{:<5}  {:<5}  {:<16}  {:<16}  {:>5}  {:>6}  {:>15}  {:>4}  {:>9}  verdict",
            "leg", "of", "from", "to", "pairs", "diff", "95 %", "MDC", "direction"
        )?;
        for found in &fit.comparisons {
            writeln!(
                f,
                "{:<5}  {:<5}  {:<16}  {:<16}  {:>5}  {:>+6.1}  {:>15}  {:>4.1}  {:>9}  {}{}",
                found.side.code(),
                name(found.what),
                short(&found.from, 16),
                short(&found.to, 16),
                found.pairs.len(),
                found.difference,
                format!("{:+.1} to {:+.1}", found.low, found.high),
                found.mdc,
                direction(found),
                found.says(),
                if found.equivalent { " (within 3)" } else { "" }
            )?;
        }
        writeln!(f, "\nBlocks, {} s of settling dropped", fit.settle_s)?;
        writeln!(
            f,
            "{:<4}  {:>2}  {:<16}  {:>7}  {:>6}  {:>6}  {:>5}  {:>5}  {:<5}  {:>5}  {:>5}  {:>5}",
            "file", "no", "position", "from", "counts", "lost", "W", "rpm", "leg", "calf", "thigh", "D"
        )?;
        for block in &fit.blocks {
            for leg in &block.legs {
                let mean = |seen: &Option<super::blocks::Seen>, signed: bool| {
                    seen.as_ref().map_or("-".into(), |seen| {
                        if signed { format!("{:+.1}", seen.mean) } else { format!("{:.1}", seen.mean) }
                    })
                };
                let whole = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x:.0}"));
                writeln!(
                    f,
                    "{:<4}  {:>2}  {:<16}  {:>7}  {:>6}  {:>6}  {:>5}  {:>5}  {:<5}  {:>5}  {:>5}  {:>5}",
                    block.file + 1,
                    block.number,
                    short(&block.position, 16),
                    clock(block.from_s),
                    block.counted_s,
                    block.artefacts_s.values().sum::<u32>(),
                    whole(block.power_w),
                    whole(block.cadence_rpm),
                    leg.side.code(),
                    mean(&leg.calf, false),
                    mean(&leg.thigh, false),
                    mean(&leg.d, true)
                )?;
            }
        }
        if !fit.left_out.is_empty() {
            writeln!(f, "\nNot compared")?;
            for reason in &fit.left_out {
                writeln!(f, "  {reason}")?;
            }
        }
        writeln!(
            f,
            "\nWhat the sensors showed, not why, and not which is better. No change shown is not that there is none."
        )
    }
}
