//! How well a sensor is received, as bars.
//!
//! Counted, not measured: sticks tell signal strength in two scales, one of them not public, and Bluetooth stacks not at all
//! while connected; what the rider needs to know is how much arrives.

use crate::time::{Duration, Instant};

/// Packets are counted in windows of this.
const WINDOW: Duration = Duration::from_s(5);
/// ANT+ sensors send four packets a second.
const ANT_PACKETS: u16 = 20;

/// Counts one sensor's packets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reception {
    from: Option<Instant>,
    packets: u16,
    /// Of the last whole window.
    share_percent: Option<u8>,
}

impl Reception {
    /// Nothing heard.
    pub const fn new() -> Self {
        Self { from: None, packets: 0, share_percent: None }
    }

    /// A packet was heard.
    pub fn hear(&mut self) {
        self.packets = self.packets.saturating_add(1);
    }

    /// A second passes. `by_slots` says that the sensor sends in slots, four a second; otherwise its radio repeats what is
    /// lost, and anything at all is all.
    pub fn second(&mut self, now: Instant, by_slots: bool) {
        let from = *self.from.get_or_insert(now);
        if now.since(from) < WINDOW {
            return;
        }
        let all = if by_slots { ANT_PACKETS } else { 1 };
        let percent = u32::from(self.packets) * 100 / u32::from(all);
        self.share_percent = Some(if percent > 100 { 100 } else { percent as u8 });
        (self.from, self.packets) = (Some(now), 0);
    }

    /// 3 for at least four of five packets, 2 for at least half, 1 for any, 0 for none; `None` before five seconds.
    pub fn bars(&self) -> Option<u8> {
        Some(match self.share_percent? {
            80.. => 3,
            50.. => 2,
            1.. => 1,
            0 => 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_follow_what_arrives() {
        for (heard_of_four, bars) in [(4, 3), (3, 2), (2, 2), (1, 1), (0, 0)] {
            let mut reception = Reception::new();
            for s in 0..=10 {
                (0..heard_of_four).for_each(|_| reception.hear());
                reception.second(Instant::from_ms(s * 1000), true);
            }
            assert_eq!(reception.bars(), Some(bars), "{heard_of_four}");
        }
        let mut slow = Reception::new();
        for s in 0..=10 {
            if s % 2 == 0 {
                slow.hear();
            }
            slow.second(Instant::from_ms(s * 1000), false);
        }
        assert_eq!(slow.bars(), Some(3));
    }
}
