//! Has the sensor moved on the skin? Then its numbers are a new level, not the muscle's news.
//!
//! A moved contact shows as a step of 8 points or more between neighbouring samples together with a step in tHb, and the
//! new level stays; a hole of up to a minute may lie between them. In 56 h of smoothed riding no such step was seen; in 40 min of two raw sensors 22, several plainly
//! changes of contact. tHb is asked for as a witness, so a sensor without it (or in another scale) is not judged.
//! Said 10 s after the step.

use super::Value;
use crate::time::{Duration, Instant};
use crate::units::ThbScale;

/// Samples before a step that make the old level.
const BEFORE: usize = 3;
/// A step of SmO2, points.
const STEP: f32 = 8.0;
/// What must stay of it.
const STAYS: f32 = 6.0;
/// The step of tHb that goes with it, g/dL: three to five standard deviations of tHb in riding.
const THB_STEP: f32 = 0.15;
const THB_STAYS: f32 = 0.10;
/// How long the new level must stay.
const CONFIRM: Duration = Duration::from_s(10);
/// Samples further apart have a hole between them.
const NEIGHBOURS: Duration = Duration::from_s(5);
/// A hole up to this long is bridged: a sensor that was taken off may be back in another place.
const BRIDGED: Duration = Duration::from_s(60);

/// SmO2 in percent and tHb in g/dL.
type Level = (f32, f32);

/// Watches one sensor's good samples.
#[derive(Clone, Copy, Debug, Default)]
pub struct Contact {
    recent: [Option<Level>; BEFORE],
    last_at: Option<Instant>,
    step: Option<Step>,
}

/// A step that may turn out to stay.
#[derive(Clone, Copy, Debug)]
struct Step {
    at: Instant,
    before: Level,
    sum: Level,
    n: u16,
}

impl Contact {
    /// Nothing seen yet.
    pub const fn new() -> Self {
        Self { recent: [None; BEFORE], last_at: None, step: None }
    }

    /// Takes a good sample. When a contact has moved: by how many points of SmO2 the level changed.
    pub fn push(&mut self, now: Instant, value: Value) -> Option<f32> {
        let thb = value.thb.filter(|thb| thb.scale == ThbScale::GramsPerDecilitre)?.value();
        let level = (value.smo2.percent(), thb);
        let hole = self.last_at.map(|at| now.since(at));
        self.last_at = Some(now);
        if hole.is_none_or(|hole| hole > BRIDGED) {
            (self.recent, self.step) = ([None; BEFORE], None);
        } else if hole.is_some_and(|hole| hole > NEIGHBOURS)
            && let Some(step) = self.step.take()
        {
            // What was said while it was taken off is no new level.
            self.recent = [Some(step.before); BEFORE];
        }
        if let Some(step) = &mut self.step {
            step.sum = (step.sum.0 + level.0, step.sum.1 + level.1);
            step.n = step.n.saturating_add(1);
            if now.since(step.at) < CONFIRM {
                return None;
            }
            let moved = step.stayed();
            *self = Self { last_at: self.last_at, ..Self::new() };
            return moved;
        }
        if let Some(before) = self.before()
            && libm::fabsf(level.0 - before.0) >= STEP
            && libm::fabsf(level.1 - before.1) >= THB_STEP
        {
            self.step = Some(Step { at: now, before, sum: level, n: 1 });
            return None;
        }
        let [_, b, c] = self.recent;
        self.recent = [b, c, Some(level)];
        None
    }

    /// Whether a step is being watched: what is seen now may be the contact's doing.
    pub const fn is_suspect(&self) -> bool {
        self.step.is_some()
    }

    fn before(&self) -> Option<Level> {
        let [Some(a), Some(b), Some(c)] = self.recent else { return None };
        Some(((a.0 + b.0 + c.0) / 3.0, (a.1 + b.1 + c.1) / 3.0))
    }
}

impl Step {
    fn stayed(&self) -> Option<f32> {
        let n = f32::from(self.n);
        let (smo2, thb) = (self.sum.0 / n - self.before.0, self.sum.1 / n - self.before.1);
        (libm::fabsf(smo2) >= STAYS && libm::fabsf(thb) >= THB_STAYS).then_some(smo2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Smo2, Thb};

    const HOLE: u16 = 0;

    /// Seconds at which a moved contact is said, and by how much, for a sensor that measures every 2 s.
    fn said(value_at: impl Fn(u64) -> (u16, i16)) -> Option<(u64, f32)> {
        let mut contact = Contact::new();
        (0..200).step_by(2).find_map(|s| {
            let (tenths, hundredths) = value_at(s);
            if tenths == HOLE {
                return None;
            }
            let thb = Some(Thb { hundredths, scale: ThbScale::GramsPerDecilitre });
            let value = Value { smo2: Smo2::from_tenths(tenths).unwrap(), thb };
            contact.push(Instant::from_ms(s * 1000), value).map(|by| (s, by))
        })
    }

    #[test]
    fn a_step_with_thb_that_stays_is_said_within_fifteen_seconds() {
        let (at, by) = said(|s| if s < 100 { (600, 1200) } else { (460, 1240) }).unwrap();
        assert_eq!(at, 110);
        assert!((by + 14.0).abs() < 0.1);
    }

    #[test]
    fn spikes_falls_under_load_and_steps_without_thb_are_not() {
        assert_eq!(said(|s| if (100..104).contains(&s) { (460, 1240) } else { (600, 1200) }), None);
        assert_eq!(said(|s| if s < 100 { (600, 1200) } else { (460, 1203) }), None);
        assert_eq!(said(|s| (700 - 3 * s as u16, 1200 + s as i16)), None);
    }

    #[test]
    fn a_sensor_that_comes_back_in_another_place_after_a_hole_is_said_to_have_moved() {
        let off = |until: u64, back: (u16, i16)| {
            said(move |s| match s {
                0..100 => (600, 1200),
                100..104 => (300, 900), // on its way off
                _ if s < until => (HOLE, 0),
                _ => back,
            })
        };
        assert_eq!(off(130, (460, 1240)).unwrap().0, 140);
        assert_eq!(off(130, (590, 1203)), None, "back where it was");
        assert_eq!(off(170, (460, 1240)), None, "after so long a hole nothing is compared");
    }
}
