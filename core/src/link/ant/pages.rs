//! Pages to sensors: acknowledged, one at a time, with a bounded number of tries.

use super::{Ask, SCAN_CHANNEL, written};
use crate::time::{Duration, Instant};
use crate::wire::ant::frame::MAX_FRAME;
use crate::wire::ant::message::{ChannelId, Code, Data, Extended, id};
use crate::wire::ant::pages::Page;

/// Pages that can wait.
const CAPACITY: usize = 4;
/// A sensor with a lossy link takes one of five.
const TRIES: u8 = 5;
/// The stick says within this how it went: two seconds of slots.
const TRANSFER: Duration = Duration::from_s(2);
/// Between two tries: a slot of a sensor at 4 Hz.
const GAP: Duration = Duration::from_ms(250);

/// The pages that wait.
#[derive(Clone, Debug)]
pub(super) struct PagesOut {
    queue: heapless::Deque<(ChannelId, Page), CAPACITY>,
    tries: u8,
    /// The first one is on its way, until then at the latest.
    under_way: Option<Instant>,
    not_before: Instant,
}

impl PagesOut {
    pub(super) const fn new() -> Self {
        Self { queue: heapless::Deque::new(), tries: 0, under_way: None, not_before: Instant::ZERO }
    }

    /// One more, unless it waits already or there is no room: the sensor will ask again.
    pub(super) fn push(&mut self, to: ChannelId, page: Page) {
        if self.queue.iter().all(|(other, _)| *other != to) {
            let _ = self.queue.push_back((to, page));
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        if self.queue.is_empty() { None } else { Some(self.under_way.unwrap_or(self.not_before)) }
    }

    /// The next try, with the channel that the sensor is on; in scanning mode the page itself names the sensor.
    pub(super) fn next(
        &mut self,
        now: Instant,
        scanning: bool,
        channel_of: impl Fn(&ChannelId) -> Option<u8>,
    ) -> Option<Ask> {
        if self.under_way.is_some_and(|until| now >= until) {
            self.fail(now);
        }
        if self.under_way.is_some() || now < self.not_before {
            return None;
        }
        let (to, page) = *self.queue.front()?;
        let channel = if scanning { Some(SCAN_CHANNEL) } else { channel_of(&to) };
        let Some(channel) = channel else {
            self.drop_first();
            return None;
        };
        let extended = Extended { channel_id: scanning.then_some(to), ..Extended::default() };
        let mut frame = [0; MAX_FRAME];
        let size = Data { channel, acknowledged: true, page, extended }.encode(&mut frame).unwrap_or(0);
        self.tries = self.tries.saturating_add(1);
        self.under_way = Some(now + TRANSFER);
        Some(Ask { command: written(&frame, size), channel, answers: id::ACKNOWLEDGED })
    }

    /// Whether an event was about the page on its way.
    pub(super) fn event(&mut self, now: Instant, code: Code) -> bool {
        let about = self.under_way.is_some() && matches!(code, Code::TRANSFER_TX_COMPLETED | Code::TRANSFER_TX_FAILED);
        if about && code == Code::TRANSFER_TX_COMPLETED {
            self.drop_first();
        } else if about {
            self.fail(now);
        }
        about
    }

    /// Whether a response was about the page on its way. It is given when the stick cannot even try.
    pub(super) fn answer(&mut self, now: Instant, to: u8, code: Code) -> bool {
        if to != id::ACKNOWLEDGED {
            return false;
        }
        if self.under_way.is_some() && code != Code::NO_ERROR {
            self.fail(now);
        }
        true
    }

    /// The stick said nothing about the page: whether there was one.
    pub(super) fn unanswered(&mut self, now: Instant) -> bool {
        let was = self.under_way.is_some();
        if was {
            self.fail(now);
        }
        was
    }

    /// The stick starts anew: what waits may not be wanted by then.
    pub(super) fn clear(&mut self) {
        *self = Self::new();
    }

    fn fail(&mut self, now: Instant) {
        self.under_way = None;
        self.not_before = now + GAP;
        if self.tries >= TRIES {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        let _ = self.queue.pop_front();
        (self.tries, self.under_way) = (0, None);
    }
}
