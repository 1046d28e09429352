//! A ride at a stated pace: waits until the wall clock has caught up.

use super::Sink;
use sling_core::Input;
use sling_core::time::Instant;
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant as WallInstant};

/// Holds a ride to `times` as fast as it was ridden.
pub struct PaceSink {
    times: f64,
    /// Wall time and ride time of the first input.
    began: Option<(WallInstant, Instant)>,
}

impl PaceSink {
    /// `times` is more than zero.
    pub const fn new(times: f64) -> Self {
        Self { times, began: None }
    }
}

impl Sink for PaceSink {
    fn input(&mut self, at: Instant, _input: &Input<'_>) -> io::Result<()> {
        let (wall, start) = *self.began.get_or_insert_with(|| (WallInstant::now(), at));
        let ridden_s = at.as_ms().saturating_sub(start.as_ms()) as f64 / 1000.0;
        let due = Duration::try_from_secs_f64(ridden_s / self.times).unwrap_or(Duration::MAX);
        sleep(due.saturating_sub(wall.elapsed()));
        Ok(())
    }
}
