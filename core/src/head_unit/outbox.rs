//! Outputs that wait to be drained, in order, bounded.

use super::output::{CueRequest, Event, Output};
use crate::alert::{Cue, Level, Volume};
use crate::draw::Area;

/// Enough for the busiest input: a second that changes every sensor and every cell.
const CAPACITY: usize = 64;

#[derive(Clone, Debug)]
pub(super) struct Outbox {
    queue: heapless::Deque<Output, CAPACITY>,
    dropped: u16,
    next_cue: u16,
    pub(super) haptic: Volume,
    pub(super) beep: Volume,
    /// The ride is over: presses are answered, nothing else is told.
    pub(super) is_over: bool,
}

impl Outbox {
    pub(super) const fn new() -> Self {
        let (haptic, beep) = (Volume::Normal, Volume::Normal);
        Self { queue: heapless::Deque::new(), dropped: 0, next_cue: 0, haptic, beep, is_over: false }
    }

    pub(super) fn push(&mut self, output: Output) {
        if self.queue.push_back(output).is_err() {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        self.push(Output::Event(event));
    }

    pub(super) fn redraw(&mut self, area: Area) {
        self.push(Output::Redraw(area));
    }

    pub(super) fn cue(&mut self, cue: Cue, level: Level) {
        if self.is_over && cue != Cue::Acknowledged {
            return;
        }
        let beep = if cue.rhythm().beeps.is_empty() { Volume::Off } else { self.beep };
        let request = CueRequest { id: self.next_cue, cue, level, haptic: self.haptic, beep };
        self.next_cue = self.next_cue.wrapping_add(1);
        self.push(Output::Cue(request));
        self.event(Event::Cue(request));
    }

    pub(super) fn pop(&mut self) -> Option<Output> {
        let output = self.queue.pop_front();
        if output.is_none() && self.dropped > 0 {
            return Some(Output::Event(Event::OutputsDropped { count: core::mem::take(&mut self.dropped) }));
        }
        output
    }
}
