//! The same inputs as the emulated board had, ridden here: what it has to have recorded and shown.

use sling_core::draw::Theme;
use sling_core::head_unit::ReferenceFrame;
use sling_core::log::Reader;
use sling_core::log::ride::{self, Carried, Entry, Piece, Recorder, Sealed};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input, Output};

/// Bytes of a line of the panel, and how many lines it has.
const LINE_BYTES: usize = 50;
const LINES: usize = 240;

/// What the panel holds.
type Picture = Vec<u8>;

/// What came of the inputs of one time that the power was on.
#[derive(Default)]
pub struct Ridden {
    /// How many inputs they were.
    pub inputs: usize,
    /// Radio bytes among them.
    pub radio_bytes: usize,
    /// When the last was told.
    pub until: Instant,
    /// What is recorded of them.
    pub entries: Vec<(Instant, Entry)>,
    /// What is shown after each, as the panel has it.
    pub shown: Vec<Picture>,
}

/// Rides the input logs that a ride log carries, one for each time that the power was on. The last piece of each may be missing.
pub fn ride(log: &[u8]) -> Vec<Ridden> {
    let mut boots: Vec<Vec<u8>> = Vec::new();
    for piece in ride::open(log).unwrap() {
        let Piece::Block(block) = piece else { panic!("the log is damaged: {piece:?}") };
        let Some(carried) = Carried::read(&block) else { continue };
        if carried.place == 0 {
            boots.push(Vec::new());
        }
        boots.last_mut().expect("the first piece is there").extend_from_slice(carried.records);
    }
    boots.iter().map(|records| ride_boot(records)).collect()
}

fn ride_boot(mut records: &[u8]) -> Ridden {
    let (mut unit, mut recorder) = (Box::new(HeadUnit::new()), Recorder::new(1, 0));
    let mut frame = Box::new(ReferenceFrame::new(Theme::Day));
    let (mut ridden, mut reader) = (Ridden::default(), Reader::new());
    while let Some(record) = reader.decode(records).unwrap() {
        records = &records[record.length..];
        let (at, input) = (record.at, &record.input);
        let entries = &mut ridden.entries;
        let mut store = |block: Sealed<'_>| entries.extend(block.entries());
        recorder.input(at, input, &mut store);
        unit.handle(input, at);
        let mut areas = Vec::new();
        while let Some(output) = unit.poll_output() {
            recorder.output(at, &output, &mut store);
            if let Output::Redraw(area) = output {
                areas.push(area);
            }
        }
        recorder.after(at, &unit, &mut store);
        unit.draw_areas(&mut *frame, &areas);
        let lines = panel_of(&frame);
        if ridden.shown.last() != Some(&lines) {
            ridden.shown.push(lines);
        }
        ridden.inputs += 1;
        ridden.until = at;
        if let Input::AntBytes(bytes) = input {
            ridden.radio_bytes += bytes.len();
        }
    }
    let entries = &mut ridden.entries;
    recorder.finish(ridden.until, &mut |block: Sealed<'_>| entries.extend(block.entries()));
    ridden
}

/// A frame as the upright panel has it: its first line is the page's column at the right; set is white.
fn panel_of(frame: &ReferenceFrame) -> Vec<u8> {
    let mut lines = vec![0; LINES * LINE_BYTES];
    for line in 0..LINES {
        for column in 0..LINE_BYTES * 8 {
            if !frame.pixel((LINES - 1 - line) as i16, column as i16) {
                lines[line * LINE_BYTES + column / 8] |= 0x80 >> (column % 8);
            }
        }
    }
    lines
}

/// What went over the wires.
#[derive(Default)]
pub struct Wires {
    /// What the panel held after each transfer that changed it, for each time that it was switched on.
    pub shown: Vec<Vec<Picture>>,
    /// When the motor began to run, how strongly (1 to 127), and for how long, ms.
    pub pulses: Vec<(u32, u8, u32)>,
    /// When the beeper began to sound, hertz, and for how long, ms.
    pub beeps: Vec<(u32, u16, u32)>,
    /// How often the panel's polarity changed, and the longest that it stood, ms.
    pub polarities: usize,
    pub longest_polarity_ms: u32,
}

impl Wires {
    /// Reads what the board wrote: see `device/src/board/mps2_an386/host.rs`.
    pub fn read(mut bytes: &[u8]) -> Self {
        let mut wires = Self::default();
        let (mut held, mut transfer) = (vec![0_u8; LINES * LINE_BYTES], Vec::new());
        let (mut polarity, mut polarity_at, mut runs, mut sounds) = (false, None::<u32>, None, None);
        while let [a, b, c, d, wire, l0, l1, rest @ ..] = bytes {
            let at = u32::from_le_bytes([*a, *b, *c, *d]);
            let (said, rest) = rest.split_at(usize::from(u16::from_le_bytes([*l0, *l1])).min(rest.len()));
            bytes = rest;
            match (wire, said) {
                (0, said) => transfer.extend_from_slice(said),
                (1, [1]) => transfer.clear(),
                (1, _) => {
                    let Some((mode, lines)) = transfer.split_first() else { continue };
                    if polarity != (mode & 0x40 != 0) || polarity_at.is_none() {
                        if let Some(before) = polarity_at.replace(at) {
                            wires.longest_polarity_ms = wires.longest_polarity_ms.max(at.saturating_sub(before));
                            wires.polarities += 1;
                        }
                        polarity = mode & 0x40 != 0;
                    }
                    if mode & 0x20 != 0 {
                        held.fill(0xFF);
                        wires.shown.push(Vec::new());
                    }
                    if mode & 0x80 != 0 {
                        for line in lines.chunks_exact(LINE_BYTES + 2) {
                            let place = (usize::from(line[0].reverse_bits()) - 1) * LINE_BYTES;
                            held[place..place + LINE_BYTES].copy_from_slice(&line[1..=LINE_BYTES]);
                        }
                    }
                    let shown = wires.shown.last_mut().expect("the panel is cleared first");
                    if mode & 0x80 != 0 && shown.last() != Some(&held) {
                        shown.push(held.clone());
                    }
                }
                // Real-time playback: how strongly the motor runs now.
                (2, [2, level]) => {
                    if let Some((from, strength)) = runs.take() {
                        wires.pulses.push((from, strength, at - from));
                    }
                    runs = (*level > 0).then_some((at, *level));
                }
                (3, [h0, h1, _, _]) => {
                    if let Some((from, hz)) = sounds.take() {
                        wires.beeps.push((from, hz, at - from));
                    }
                    let hz = u16::from_le_bytes([*h0, *h1]);
                    sounds = (hz > 0).then_some((at, hz));
                }
                _ => {}
            }
        }
        wires
    }
}
