//! When to try again: often while the rider waits, seldom when nobody does.

use crate::time::{Duration, Instant};

/// The gap while a loss is young: long enough for one try, short enough that nobody notices.
const SOON: Duration = Duration::from_s(3);
/// A loss is young for this long.
const YOUNG: Duration = Duration::from_s(300);
/// The longest gap.
const LONGEST: Duration = Duration::from_s(60);

/// The schedule of one thing that is tried until it works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retry {
    since: Option<Instant>,
    gap: Duration,
}

impl Retry {
    /// Nothing has failed.
    pub const fn new() -> Self {
        Self { since: None, gap: SOON }
    }

    /// It works (again).
    pub fn succeed(&mut self) {
        *self = Self::new();
    }

    /// A try failed, or what worked was lost: when the next try is due. Gaps are 3 s for the first five minutes, then
    /// they double to a minute.
    pub fn fail(&mut self, now: Instant) -> Instant {
        let since = *self.since.get_or_insert(now);
        if now.since(since) < YOUNG {
            self.gap = SOON;
        } else {
            let doubled = Duration::from_ms(self.gap.as_ms().saturating_mul(2));
            self.gap = if doubled < LONGEST { doubled } else { LONGEST };
        }
        now + self.gap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_stay_short_for_five_minutes_and_grow_to_a_minute() {
        let (mut retry, mut now, mut longest_young) = (Retry::new(), Instant::ZERO, 0);
        while now.since(Instant::ZERO) < Duration::from_s(7200) {
            let next = retry.fail(now);
            let gap_ms = next.since(now).as_ms();
            assert!(gap_ms <= 60_000);
            if now.since(Instant::ZERO) < Duration::from_s(300) {
                longest_young = longest_young.max(gap_ms);
            }
            now = next;
        }
        assert!(longest_young <= 4000);
        assert_eq!(retry.fail(now).since(now), Duration::from_s(60));
        retry.succeed();
        assert_eq!(retry.fail(now).since(now), Duration::from_s(3));
    }
}
