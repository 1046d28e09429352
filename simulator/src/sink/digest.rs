//! Fingerprints of everything said and shown, to compare two bodies of the same head unit.

use super::Sink;
use sling_core::digest::Digest;
use sling_core::draw::{MonoFrame, Theme};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input, Output};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;

/// The reference display's frame.
type Frame = MonoFrame<240, 400, 12000>;

/// What was counted and taken into the digests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digests {
    /// Inputs handled.
    pub inputs: u64,
    /// Outputs drained.
    pub outputs: u64,
    /// Over every output, as postcard bytes with its time.
    pub outputs_digest: Digest,
    /// Frames drawn: one a tick.
    pub frames: u64,
    /// Over every frame's bytes.
    pub frames_digest: Digest,
}

impl Digests {
    /// As one line of JSON.
    pub fn json(&self) -> String {
        serde_json::json!({
            "inputs": self.inputs, "outputs": self.outputs, "frames": self.frames,
            "outputs_digest": format!("{:016x}", self.outputs_digest.value()),
            "frames_digest": format!("{:016x}", self.frames_digest.value()),
        })
        .to_string()
    }
}

/// Digests a ride as the emulated board does: after every tick the page is drawn on the reference display.
pub struct DigestSink {
    digests: Rc<RefCell<Digests>>,
}

impl DigestSink {
    /// A sink, and where its digests can be read when the ride is over.
    pub fn new() -> (Self, Rc<RefCell<Digests>>) {
        let digests = Rc::new(RefCell::new(Digests::default()));
        (Self { digests: Rc::clone(&digests) }, digests)
    }
}

impl Sink for DigestSink {
    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        let mut digests = self.digests.borrow_mut();
        digests.outputs += 1;
        digests.outputs_digest.update_value(&(at, output));
        Ok(())
    }

    fn after(&mut self, _at: Instant, input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        let mut digests = self.digests.borrow_mut();
        digests.inputs += 1;
        if matches!(input, Input::Tick) {
            let mut frame = Frame::new(Theme::Day);
            unit.draw_on(&mut frame);
            digests.frames += 1;
            digests.frames_digest.update(frame.bytes());
        }
        Ok(())
    }
}
