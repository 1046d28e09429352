//! Fingerprints of everything said and shown, to compare two bodies of the same head unit.

use super::Sink;
use sling_core::head_unit::{ReferenceFrame, RideDigest};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input, Output};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;

/// Digests a ride as the emulated board does: whenever something is to be redrawn, the page is
/// drawn whole on the reference display.
pub struct DigestSink {
    digest: Rc<RefCell<RideDigest>>,
}

impl DigestSink {
    /// A sink, and where its digest can be read when the ride is over.
    pub fn new() -> (Self, Rc<RefCell<RideDigest>>) {
        let digest = Rc::new(RefCell::new(RideDigest::new()));
        (Self { digest: Rc::clone(&digest) }, digest)
    }
}

impl Sink for DigestSink {
    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        self.digest.borrow_mut().output(at, output);
        Ok(())
    }

    fn after(&mut self, _at: Instant, _input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        let mut digest = self.digest.borrow_mut();
        if digest.input() {
            // The board draws over its last frame; a new one here shows that the page leaves nothing of it.
            let mut frame = ReferenceFrame::new(RideDigest::THEME);
            unit.draw_on(&mut frame);
            digest.frame(&frame);
        }
        Ok(())
    }
}
