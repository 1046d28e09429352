//! Events kept in memory, to look at when the ride is over.

use super::Sink;
use sling_core::Output;
use sling_core::head_unit::Event;
use sling_core::time::Instant;
use std::cell::RefCell;
use std::io;
use std::rc::Rc;

/// Events in the order of time.
pub type Collected = Vec<(Instant, Event)>;

/// Collects every event.
pub struct CollectSink {
    events: Rc<RefCell<Collected>>,
}

impl CollectSink {
    /// A sink, and where its events can be read when the ride is over.
    pub fn new() -> (Self, Rc<RefCell<Collected>>) {
        let events = Rc::new(RefCell::new(Vec::new()));
        (Self { events: Rc::clone(&events) }, events)
    }
}

impl Sink for CollectSink {
    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        if let Output::Event(event) = output {
            self.events.borrow_mut().push((at, event.clone()));
        }
        Ok(())
    }
}
