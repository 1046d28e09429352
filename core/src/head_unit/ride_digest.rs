//! Fingerprints of a ride: everything said and everything shown, so that two bodies that rode the same inputs can be
//! compared by one line of text.
//!
//! What is taken in, and when, is decided here and nowhere else. A body that digests does, for each input: hand it to
//! the head unit, drain the outputs into [`RideDigest::output`], then call [`RideDigest::input`]; if that asks for a
//! frame, draw the page on a [`ReferenceFrame`] (new or used before: a page covers all of it) and hand it to
//! [`RideDigest::frame`].

use super::Output;
use crate::digest::Digest;
use crate::draw::{MonoFrame, Theme};
use crate::time::Instant;
use core::fmt;

/// A frame of the reference display, a Sharp memory LCD in its default mounting.
pub type ReferenceFrame = MonoFrame<240, 400, 12_000>;

/// What was counted and taken into the digests.
///
/// Displays as one line of JSON, with the digests as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RideDigest {
    /// Inputs handled.
    pub inputs: u64,
    /// Outputs drained.
    pub outputs: u64,
    /// Frames drawn: one after each input that asked for something to be redrawn.
    pub frames: u64,
    /// Over every output, as postcard bytes with its time.
    pub outputs_digest: Digest,
    /// Over every frame's bytes.
    pub frames_digest: Digest,
    /// Whether the input that is being dealt with asked for something to be redrawn.
    redraw: bool,
}

impl RideDigest {
    /// The colours of the frames that are digested, whatever the ride's own configuration says.
    pub const THEME: Theme = Theme::Day;

    /// The digest of no ride.
    pub const fn new() -> Self {
        Self {
            inputs: 0,
            outputs: 0,
            frames: 0,
            outputs_digest: Digest::new(),
            frames_digest: Digest::new(),
            redraw: false,
        }
    }

    /// Takes an output that was drained after an input at `at`.
    pub fn output(&mut self, at: Instant, output: &Output) {
        self.outputs += 1;
        self.outputs_digest.update_value(&(at, output));
        self.redraw |= matches!(output, Output::Redraw(_));
    }

    /// Counts an input that was handled and whose outputs were taken. True if a frame is to be drawn now and handed to
    /// [`RideDigest::frame`].
    pub fn input(&mut self) -> bool {
        self.inputs += 1;
        core::mem::take(&mut self.redraw)
    }

    /// Takes a frame.
    pub fn frame(&mut self, frame: &ReferenceFrame) {
        self.frames += 1;
        self.frames_digest.update(frame.bytes());
    }
}

impl fmt::Display for RideDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{{\"inputs\":{},\"outputs\":{},\"frames\":{},\"outputs_digest\":\"{:016x}\",\"frames_digest\":\"{:016x}\"}}",
            self.inputs,
            self.outputs,
            self.frames,
            self.outputs_digest.value(),
            self.frames_digest.value()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Area;
    use crate::head_unit::{Event, HeadUnit, Input};
    extern crate std;
    use std::string::ToString;

    #[test]
    fn what_is_said_and_what_is_shown_have_digests_of_their_own() {
        let (mut unit, mut frame) = (HeadUnit::new(), ReferenceFrame::new(RideDigest::THEME));
        let (mut digest, at) = (RideDigest::new(), Instant::from_ms(5));
        unit.handle(&Input::Lap, at);
        while let Some(output) = unit.poll_output() {
            digest.output(at, &output);
        }
        assert!(digest.outputs > 0);
        assert_ne!(digest.outputs_digest, Digest::new());
        assert_eq!(digest.frames_digest, Digest::new());

        let said = digest.outputs_digest;
        assert!(digest.input());
        unit.draw_on(&mut frame);
        digest.frame(&frame);
        assert_eq!((digest.inputs, digest.frames, digest.outputs_digest), (1, 1, said));
        assert_ne!(digest.frames_digest, Digest::new());
    }

    #[test]
    fn a_frame_is_asked_for_when_a_redraw_was() {
        let mut digest = RideDigest::new();
        assert!(!digest.input());
        digest.output(Instant::ZERO, &Output::Event(Event::Lap { number: 2 }));
        assert!(!digest.input());
        digest.output(Instant::ZERO, &Output::Redraw(Area::new(0, 0, 8, 8)));
        digest.output(Instant::ZERO, &Output::Event(Event::Lap { number: 3 }));
        assert!(digest.input());
        assert!(!digest.input(), "once");
    }

    #[test]
    fn reads_as_one_line_of_json() {
        assert_eq!(
            RideDigest::new().to_string(),
            r#"{"inputs":0,"outputs":0,"frames":0,"outputs_digest":"cbf29ce484222325","frames_digest":"cbf29ce484222325"}"#
        );
    }
}
