//! The demo through the firmware's display driver, on a model of the panel's wire: what it holds is what was drawn, and how many
//! of its lines it was sent for that. A line of the panel is a column of the page when the head unit stands upright.

use embassy_futures::block_on;
use embedded_hal::digital::OutputPin;
use embedded_hal_async::delay::DelayNs;
use embedded_hal_async::spi::{ErrorType, SpiBus};
use sling_core::draw::{Area, MonoFrame, Theme};
use sling_core::head_unit::Config;
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input, Output};
use sling_device::driver::memory_lcd::{LINE_BYTES, LINES, MemoryLcd, Mounting, Picture, Tied};
use sling_simulator::player::Player;
use sling_simulator::ride::{Flow, Ride};
use sling_simulator::scenario::{Scenario, builtin};
use sling_simulator::sink::Sink;
use std::cell::RefCell;
use std::convert::Infallible;
use std::io::{self, Write as _};
use std::rc::Rc;

/// What the panel makes of its wires.
struct Panel {
    bytes: Vec<u8>,
    /// Set is white.
    lines: [[u8; LINE_BYTES]; LINES],
    polarity: bool,
    polarities: usize,
}

#[derive(Clone)]
struct Wires(Rc<RefCell<Panel>>);

impl ErrorType for Wires {
    type Error = Infallible;
}

impl embedded_hal::digital::ErrorType for Wires {
    type Error = Infallible;
}

impl OutputPin for Wires {
    fn set_high(&mut self) -> Result<(), Infallible> {
        self.0.borrow_mut().bytes.clear();
        Ok(())
    }

    fn set_low(&mut self) -> Result<(), Infallible> {
        let mut panel = self.0.borrow_mut();
        let bytes = std::mem::take(&mut panel.bytes);
        let Some((mode, lines)) = bytes.split_first() else { return Ok(()) };
        panel.polarities += usize::from(panel.polarity != (mode & 0x40 != 0));
        panel.polarity = mode & 0x40 != 0;
        if mode & 0x20 != 0 {
            panel.lines = [[0xFF; LINE_BYTES]; LINES];
        }
        if mode & 0x80 != 0 {
            assert_eq!(lines.len() % (LINE_BYTES + 2), 1, "whole lines and eight clocks more");
            for line in lines.chunks_exact(LINE_BYTES + 2) {
                let address = usize::from(line[0].reverse_bits());
                panel.lines[address - 1].copy_from_slice(&line[1..=LINE_BYTES]);
            }
        }
        Ok(())
    }
}

impl SpiBus for Wires {
    async fn read(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
        unreachable!("the panel says nothing")
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0.borrow_mut().bytes.extend_from_slice(bytes);
        Ok(())
    }

    async fn transfer(&mut self, _: &mut [u8], _: &[u8]) -> Result<(), Infallible> {
        unreachable!("the panel says nothing")
    }

    async fn transfer_in_place(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
        unreachable!("the panel says nothing")
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

struct NoDelay;

impl DelayNs for NoDelay {
    async fn delay_ns(&mut self, _: u32) {}
}

/// A head unit's display over a ride.
struct Display<const W: i16, const H: i16> {
    frame: MonoFrame<W, H, 12_000>,
    lcd: MemoryLcd<Wires, Wires, Tied, NoDelay>,
    panel: Wires,
    areas: Vec<Area>,
    sent: Rc<RefCell<Vec<usize>>>,
}

impl<const W: i16, const H: i16> Display<W, H> {
    /// The pixel of the page that stands in this column of a panel's line, both from 0.
    fn pixel(&self, line: i16, column: i16) -> bool {
        // Upright, the panel is turned clockwise: its first line is the column at the right.
        if W < H { self.frame.pixel(W - 1 - line, column) } else { self.frame.pixel(column, line) }
    }
}

impl<const W: i16, const H: i16> Sink for Display<W, H>
where
    MonoFrame<W, H, 12_000>: Picture,
{
    fn output(&mut self, _: Instant, output: &Output) -> io::Result<()> {
        if let Output::Redraw(area) = output {
            self.areas.push(*area);
        }
        Ok(())
    }

    fn after(&mut self, at: Instant, _: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        if self.areas.is_empty() {
            return Ok(());
        }
        unit.draw_areas(&mut self.frame, &self.areas);
        self.areas.clear();
        let areas = [Area::new(0, 0, W, H)];
        let sent = block_on(self.lcd.show(&self.frame, &areas, at)).expect("the wire does not fail");
        self.sent.borrow_mut().push(sent);
        let panel = self.panel.0.borrow();
        for (line, held) in (0..).zip(&panel.lines) {
            for column in 0..400 {
                let white = held[column as usize / 8] & (0x80 >> (column % 8)) != 0;
                assert_eq!(white, !self.pixel(line, column), "line {line}, column {column} at {} ms", at.as_ms());
            }
        }
        Ok(())
    }
}

/// Lines that were sent in each update of the demo, and how often the polarity changed.
fn demo<const W: i16, const H: i16>() -> (Vec<usize>, usize)
where
    MonoFrame<W, H, 12_000>: Picture,
{
    let lines = [[0; LINE_BYTES]; LINES];
    let panel = Wires(Rc::new(RefCell::new(Panel { bytes: Vec::new(), lines, polarity: false, polarities: 0 })));
    let mut lcd = MemoryLcd::new(panel.clone(), panel.clone(), Tied, NoDelay, Mounting::Upright);
    block_on(lcd.switch_on(Instant::ZERO)).expect("the wire does not fail");
    let sent = Rc::new(RefCell::new(Vec::new()));
    let display = Display::<W, H> {
        frame: MonoFrame::new(Theme::Day),
        lcd,
        panel: panel.clone(),
        areas: Vec::new(),
        sent: Rc::clone(&sent),
    };
    let scenario = Scenario::parse("demo", builtin("demo").expect("built in")).expect("it parses");
    let mut ride = Ride::simulated(&scenario, scenario.seed);
    let mut player = Player::of(&mut ride, vec![Box::new(display)]);
    ride.play(&Config { screen: (W.unsigned_abs(), H.unsigned_abs()), ..Config::DEFAULT }, None, |input, at| {
        player.play(input, at)?;
        Ok(Flow::Continue)
    })
    .expect("it is ridden");
    player.finish().expect("it ends");
    let polarities = panel.0.borrow().polarities;
    (sent.take(), polarities)
}

#[test]
fn the_panel_holds_the_page_and_is_sent_a_part_of_its_lines() {
    for (name, (mut sent, polarities)) in [("upright", demo::<240, 400>()), ("lying", demo::<400, 240>())] {
        assert!(sent.len() >= 2400 && polarities >= 2000, "{name}: {} updates, {polarities} changes", sent.len());
        assert_eq!(sent[0], LINES, "first all of it");
        sent.sort_unstable();
        let mean = sent.iter().sum::<usize>() as f32 / sent.len() as f32;
        let at = |share: usize| sent[(sent.len() - 1) * share / 100];
        // Said on the terminal itself, which the test harness does not capture.
        let _ = writeln!(
            io::stderr(),
            "NOTE lines of the panel sent a second in the demo, {name}: mean {mean:.0} of {LINES}, median {}, 90 % {}",
            at(50),
            at(90)
        );
        assert!(at(50) < LINES * 3 / 4, "{name}");
    }
}
