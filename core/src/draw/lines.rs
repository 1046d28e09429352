//! Which lines of a panel have to be sent to it.
//!
//! A memory LCD keeps its picture and takes whole lines; sending one costs energy and some 60 µs of the wire. A cell that
//! is redrawn mostly changes a few of its lines: a digit, a column of the chart. So what each line held when it was last
//! sent is kept as a digest of 64 bits: 3200 bytes for 400 lines, where a second frame would take 12 000. By chance two
//! lines have the same digest once in 10¹⁹: no line in the life of all head units.

use super::canvas::Area;
use super::mono::MonoFrame;
use crate::digest::Digest;

/// What the `H` lines of a panel hold.
#[derive(Clone, Debug)]
pub struct Lines<const H: usize> {
    sent: [Digest; H],
}

impl<const H: usize> Lines<H> {
    /// A panel that has been sent nothing, or has lost it.
    pub const fn new() -> Self {
        Self { sent: [Digest::new(); H] }
    }

    /// Calls `send` with the number and the bytes of each line that `areas` touch and whose pixels are others than when it
    /// was last sent. From then on it counts as sent.
    pub fn changed<const W: i16, const ROWS: i16, const BYTES: usize>(
        &mut self,
        frame: &MonoFrame<W, ROWS, BYTES>,
        areas: &[Area],
        mut send: impl FnMut(i16, &[u8]),
    ) {
        for (i, area) in areas.iter().enumerate() {
            // Cells stand side by side: what another one covers has been looked at.
            let covers = |other: &Area| other.y <= area.y && other.bottom() >= area.bottom();
            if areas.iter().take(i).any(covers) {
                continue;
            }
            let (top, bottom) = (area.y.max(0), area.bottom().max(0));
            let sent = self.sent.get_mut(usize::from(top.unsigned_abs())..).unwrap_or_default();
            for (y, sent) in (top..bottom).zip(sent) {
                let row = frame.row(y);
                let mut digest = Digest::new();
                digest.coarse(row);
                if digest != *sent {
                    *sent = digest;
                    send(y, row);
                }
            }
        }
    }
}

impl<const H: usize> Default for Lines<H> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Canvas, Ink, Theme};
    use super::*;
    extern crate std;
    use std::vec::Vec;

    type Frame = MonoFrame<40, 30, 150>;
    const WHOLE: Area = Area::new(0, 0, 40, 30);

    fn sent(lines: &mut Lines<30>, frame: &Frame, areas: &[Area]) -> Vec<i16> {
        let mut sent = Vec::new();
        lines.changed(frame, areas, |y, row| {
            assert_eq!(row, frame.row(y));
            sent.push(y);
        });
        sent
    }

    #[test]
    fn a_new_panel_is_sent_every_line_and_then_only_what_changed() {
        let (mut lines, mut frame) = (Lines::new(), Frame::new(Theme::Day));
        assert!(sent(&mut lines, &frame, &[WHOLE]).into_iter().eq(0..30));
        assert_eq!(sent(&mut lines, &frame, &[WHOLE]), []);
        frame.fill(Area::new(8, 4, 3, 2), Ink::Ink);
        frame.fill(Area::new(39, 29, 1, 1), Ink::Ink);
        assert_eq!(sent(&mut lines, &frame, &[WHOLE]), [4, 5, 29]);
        assert_eq!(sent(&mut lines, &frame, &[WHOLE]), []);
    }

    #[test]
    fn areas_side_by_side_beyond_the_panel_or_overlapping_send_a_line_once() {
        let (mut lines, mut frame) = (Lines::new(), Frame::new(Theme::Day));
        sent(&mut lines, &frame, &[WHOLE]);
        frame.fill(WHOLE, Ink::Ink);
        let areas = [Area::new(0, -5, 20, 10), Area::new(20, 0, 20, 5), Area::new(0, 3, 9, 4), Area::new(3, 28, 9, 90)];
        assert_eq!(sent(&mut lines, &frame, &areas), [0, 1, 2, 3, 4, 5, 6, 28, 29]);
    }

    #[test]
    fn what_changed_and_changed_back_is_not_sent() {
        let (mut lines, mut frame) = (Lines::new(), Frame::new(Theme::Day));
        sent(&mut lines, &frame, &[WHOLE]);
        frame.fill(Area::new(0, 3, 40, 9), Ink::Ink);
        frame.fill(Area::new(0, 3, 40, 9), Ink::Paper);
        assert_eq!(sent(&mut lines, &frame, &[WHOLE]), []);
    }
}
