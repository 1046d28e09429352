//! Fewer faults and deeds that break the same rule: what a person looks at.
//!
//! Delta debugging (Zeller and Hildebrandt 2002): leave out halves, then quarters, down to single pieces, and keep what is
//! left whenever the rule is still broken. A bound on rides keeps a wild ride from taking the day.

use super::{Drawn, Finding, Plant, Ridden, ride};
use std::sync::atomic::{AtomicBool, Ordering};

/// The most rides that shrinking one takes.
pub const MOST_RIDES: usize = 150;

/// What is left of a ride that broke a rule.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The pieces.
    pub kept: Vec<usize>,
    /// What they bring about.
    pub finding: Finding,
    /// How many rides that took.
    pub rides: usize,
}

/// Shrinks a ride that broke a rule.
pub fn shrink(failed: &Ridden, plant: Option<Plant>, stop: &AtomicBool) -> Shrunk {
    let Some(first) = failed.finding() else {
        let nothing = Finding { rule: "none", at: failed.seen.until, words: String::new() };
        return Shrunk { kept: failed.kept.clone(), finding: nothing, rides: 0 };
    };
    let mut best = Shrunk { kept: failed.kept.clone(), finding: first.clone(), rides: 0 };
    let still_fails =
        |drawn: &Drawn, kept: &[usize]| ride(drawn, kept, plant).finding().filter(|it| it.rule == first.rule).cloned();
    let mut parts = 1;
    while !best.kept.is_empty() {
        let length = best.kept.len().div_ceil(parts);
        let mut smaller = None;
        for start in (0..best.kept.len()).step_by(length) {
            if best.rides >= MOST_RIDES || stop.load(Ordering::Relaxed) {
                return best;
            }
            let end = (start + length).min(best.kept.len());
            let without = [&best.kept[..start], &best.kept[end..]].concat();
            best.rides += 1;
            if let Some(finding) = still_fails(&failed.drawn, &without) {
                smaller = Some((without, finding));
                break;
            }
        }
        match smaller {
            Some((kept, finding)) => {
                (best.kept, best.finding) = (kept, finding);
                parts = parts.saturating_sub(1).max(1);
            }
            None if length == 1 => break,
            None => parts = (parts * 2).min(best.kept.len()),
        }
    }
    best
}
