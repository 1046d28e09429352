use super::super::Timer;
use super::super::testing::Clock;
use super::*;
extern crate std;
use core::cell::RefCell;
use embassy_futures::block_on;
use embedded_hal::digital::ErrorKind as PinKind;
use embedded_hal::spi::ErrorKind as SpiKind;
use sling_core::draw::{Canvas, Ink, Theme};
use std::rc::Rc;
use std::vec::Vec;

const BYTE_NS: u64 = 4000;

/// A panel that reads its wires as the datasheet says, and complains about what the datasheet forbids.
struct Panel {
    clock: Clock,
    scs: bool,
    disp: bool,
    rose_ns: u64,
    fell_ns: u64,
    last_clock_ns: u64,
    /// Bits of the transfer that runs, in the order of the wire.
    bits: Vec<bool>,
    white: Vec<[bool; 400]>,
    vcom: bool,
    /// When VCOM changed.
    changes: Vec<u64>,
    transfers: usize,
    lines: Vec<usize>,
    /// Bytes that still go through, if the bus is to fail; SCS that fails.
    bytes_left: Option<usize>,
    stuck: Option<PinKind>,
}

impl Panel {
    fn end(&mut self) {
        let bits = core::mem::take(&mut self.bits);
        if bits.is_empty() {
            return;
        }
        self.transfers += 1;
        let [write, vcom, clear] = [bits[0], bits[1], bits[2]];
        if vcom != self.vcom {
            self.vcom = vcom;
            self.changes.push(self.clock.ns());
        }
        if clear {
            assert!(!write);
            self.white.fill([true; 400]);
        }
        if !write {
            assert!(bits.len() >= 16, "a command takes 16 clocks");
            return;
        }
        // The mode takes 8 clocks, then lines of 8 + 400 + 8; the last is followed by 8 more.
        let lines = &bits[8..];
        let whole = lines.chunks_exact(416);
        let rest = whole.remainder().len();
        let complete = rest == 8;
        assert!(complete || self.bytes_left.is_some(), "{rest} bits at the end");
        for line in whole {
            let address = (0..8).filter(|&i| line[i]).map(|i| 1 << i).sum::<usize>();
            assert!((1..=240).contains(&address), "line {address}");
            self.white[address - 1].copy_from_slice(&line[8..408]);
            self.lines.push(address);
        }
    }
}

#[derive(Clone)]
struct Wire(Rc<RefCell<Panel>>);

struct Scs(Wire);
struct Disp(Wire);

impl ErrorType for Scs {
    type Error = PinKind;
}

impl OutputPin for Scs {
    fn set_low(&mut self) -> Result<(), PinKind> {
        let mut panel = self.0.0.borrow_mut();
        let now = panel.clock.ns();
        if panel.scs {
            assert!(panel.bits.is_empty() || now >= panel.last_clock_ns + 2000, "SCS fell too early");
            panel.scs = false;
            panel.fell_ns = now;
            panel.end();
        }
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), PinKind> {
        let mut panel = self.0.0.borrow_mut();
        if let Some(stuck) = panel.stuck {
            return Err(stuck);
        }
        assert!(!panel.scs, "SCS was high");
        let now = panel.clock.ns();
        assert!(now >= panel.fell_ns + 2000, "SCS was low too shortly");
        panel.scs = true;
        panel.rose_ns = now;
        Ok(())
    }
}

impl ErrorType for Disp {
    type Error = PinKind;
}

impl OutputPin for Disp {
    fn set_low(&mut self) -> Result<(), PinKind> {
        self.0.0.borrow_mut().disp = false;
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), PinKind> {
        self.0.0.borrow_mut().disp = true;
        Ok(())
    }
}

impl spi::ErrorType for Wire {
    type Error = SpiKind;
}

impl SpiBus for Wire {
    async fn read(&mut self, _: &mut [u8]) -> Result<(), SpiKind> {
        unreachable!("the panel says nothing")
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), SpiKind> {
        // The bus gives others their turn here; a call can be given up at this point.
        embassy_futures::yield_now().await;
        for byte in bytes {
            let mut panel = self.0.borrow_mut();
            match panel.bytes_left {
                Some(0) => return Err(SpiKind::Overrun),
                Some(left) => panel.bytes_left = Some(left - 1),
                None => {}
            }
            assert!(panel.scs, "a clock without SCS");
            assert!(panel.clock.ns() >= panel.rose_ns + 6000, "SCS rose too late");
            panel.bits.extend((0..8).map(|bit| byte & (0x80 >> bit) != 0));
            panel.clock.pass_ns(BYTE_NS);
            panel.last_clock_ns = panel.clock.ns();
        }
        Ok(())
    }

    async fn transfer(&mut self, _: &mut [u8], _: &[u8]) -> Result<(), SpiKind> {
        unreachable!("the panel says nothing")
    }

    async fn transfer_in_place(&mut self, _: &mut [u8]) -> Result<(), SpiKind> {
        unreachable!("the panel says nothing")
    }

    async fn flush(&mut self) -> Result<(), SpiKind> {
        Ok(())
    }
}

type Lcd = MemoryLcd<Wire, Scs, Disp, Clock>;

struct Bench {
    lcd: Lcd,
    panel: Wire,
    clock: Clock,
}

impl Bench {
    fn new(mounting: Mounting) -> Self {
        let clock = Clock::at(10_000);
        let mut numbers = numbers();
        let panel = Wire(Rc::new(RefCell::new(Panel {
            clock: clock.clone(),
            scs: false,
            disp: true,
            rose_ns: 0,
            fell_ns: 0,
            last_clock_ns: 0,
            bits: Vec::new(),
            // Power-on leaves anything.
            white: (0..240).map(|_| core::array::from_fn(|_| numbers(2) == 0)).collect(),
            vcom: false,
            changes: Vec::new(),
            transfers: 0,
            lines: Vec::new(),
            bytes_left: None,
            stuck: None,
        })));
        let (scs, disp) = (Scs(panel.clone()), Disp(panel.clone()));
        Self { lcd: MemoryLcd::new(panel.clone(), scs, disp, clock.clone(), mounting), panel, clock }
    }

    fn on(mounting: Mounting) -> Self {
        let mut bench = Self::new(mounting);
        block_on(bench.lcd.switch_on(bench.clock.now())).unwrap();
        bench
    }

    fn show<P: Picture>(&mut self, picture: &P, areas: &[Area]) -> Result<usize, Fault> {
        block_on(self.lcd.show(picture, areas, self.clock.now()))
    }

    fn lines(&self) -> Vec<usize> {
        core::mem::take(&mut self.panel.0.borrow_mut().lines)
    }

    fn transfers(&self) -> usize {
        self.panel.0.borrow().transfers
    }

    /// Whether a pixel of the panel, in its own coordinates, is dark.
    fn dark(&self, x: usize, y: usize) -> bool {
        !self.panel.0.borrow().white[y][x]
    }

    fn shows_portrait(&self, frame: &Portrait, mounting: Mounting) {
        for y in 0..400 {
            for x in 0..240 {
                // Turned clockwise, the panel's lines go down the screen, the first at the right.
                let (px, py) = if mounting == Mounting::Upright { (y, 239 - x) } else { (399 - y, x) };
                assert_eq!(self.dark(px, py), frame.pixel(x as i16, y as i16), "{x} {y}");
            }
        }
    }

    fn shows_landscape(&self, frame: &Landscape, mounting: Mounting) {
        for y in 0..240 {
            for x in 0..400 {
                let (px, py) = if mounting == Mounting::Upright { (x, y) } else { (399 - x, 239 - y) };
                assert_eq!(self.dark(px, py), frame.pixel(x as i16, y as i16), "{x} {y}");
            }
        }
    }
}

/// A small generator of test numbers; any sequence will do.
fn numbers() -> impl FnMut(u32) -> u32 {
    let mut state = 0x2545_f491_u32;
    move |below| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state % below
    }
}

const MOUNTINGS: [Mounting; 2] = [Mounting::Upright, Mounting::HalfTurned];
const PORTRAIT: Area = Area::new(0, 0, 240, 400);
const LANDSCAPE: Area = Area::new(0, 0, 400, 240);

fn scribble(canvas: &mut impl Canvas, numbers: &mut impl FnMut(u32) -> u32) -> Area {
    let (w, h) = canvas.size();
    let area = Area::new(
        numbers(w as u32 + 40) as i16 - 20,
        numbers(h as u32 + 40) as i16 - 20,
        1 + numbers(60) as i16,
        1 + numbers(60) as i16,
    );
    canvas.fill(area, [Ink::Paper, Ink::Ink, Ink::Shade, Ink::Grid][numbers(4) as usize]);
    area
}

#[test]
fn eight_by_eight_bits_are_transposed() {
    let mut numbers = numbers();
    for _ in 0..500 {
        let rows: [u8; 8] = core::array::from_fn(|_| numbers(256) as u8);
        let columns = transposed(rows);
        for (y, row) in rows.iter().enumerate() {
            for (x, column) in columns.iter().enumerate() {
                assert_eq!(row & (0x80 >> x) != 0, column & (0x80 >> y) != 0);
            }
        }
    }
}

#[test]
fn switched_on_the_panel_is_white_and_shows_what_it_holds() {
    let bench = Bench::on(Mounting::Upright);
    assert!((0..240).all(|y| (0..400).all(|x| !bench.dark(x, y))));
    assert!(bench.panel.0.borrow().disp);
}

#[test]
fn in_every_mounting_the_panel_ends_up_with_the_picture() {
    for mounting in MOUNTINGS {
        let mut numbers = numbers();
        let (mut bench, mut frame) = (Bench::on(mounting), Portrait::new(Theme::Day));
        assert_eq!(bench.show(&frame, &[PORTRAIT]), Ok(240));
        for _ in 0..30 {
            let areas: Vec<Area> = (0..4).map(|_| scribble(&mut frame, &mut numbers)).collect();
            bench.show(&frame, &areas).unwrap();
            bench.shows_portrait(&frame, mounting);
        }
        let (mut bench, mut frame) = (Bench::on(mounting), Landscape::new(Theme::Day));
        assert_eq!(bench.show(&frame, &[LANDSCAPE]), Ok(240));
        for _ in 0..30 {
            let areas: Vec<Area> = (0..4).map(|_| scribble(&mut frame, &mut numbers)).collect();
            bench.show(&frame, &areas).unwrap();
            bench.shows_landscape(&frame, mounting);
        }
    }
}

#[test]
fn one_pixel_is_one_line_and_in_portrait_that_is_a_column() {
    let (mut bench, mut frame) = (Bench::on(Mounting::Upright), Portrait::new(Theme::Day));
    bench.show(&frame, &[PORTRAIT]).unwrap();
    bench.lines();
    frame.fill(Area::new(0, 0, 1, 400), Ink::Ink);
    assert_eq!(bench.show(&frame, &[PORTRAIT]), Ok(1));
    assert_eq!(bench.lines(), [240]);
    frame.fill(Area::new(239, 17, 1, 1), Ink::Ink);
    // Two cells of which only one touches the column.
    assert_eq!(bench.show(&frame, &[Area::new(0, 0, 239, 400)]), Ok(0));
    assert_eq!(bench.show(&frame, &[Area::new(232, 0, 8, 9), Area::new(239, 300, 1, 9)]), Ok(1));
    assert_eq!(bench.lines(), [1]);
    let (mut bench, mut frame) = (Bench::on(Mounting::Upright), Landscape::new(Theme::Day));
    bench.show(&frame, &[LANDSCAPE]).unwrap();
    bench.lines();
    frame.fill(Area::new(0, 100, 400, 1), Ink::Ink);
    assert_eq!(bench.show(&frame, &[LANDSCAPE]), Ok(1));
    assert_eq!(bench.lines(), [101]);
}

#[test]
fn what_did_not_change_is_not_sent_and_the_bus_is_silent() {
    let (mut bench, mut frame) = (Bench::on(Mounting::Upright), Portrait::new(Theme::Day));
    bench.show(&frame, &[PORTRAIT]).unwrap();
    let transfers = bench.transfers();
    frame.fill(Area::new(8, 4, 30, 20), Ink::Ink);
    frame.fill(Area::new(8, 4, 30, 20), Ink::Paper);
    assert_eq!(bench.show(&frame, &[PORTRAIT]), Ok(0));
    assert_eq!(bench.show(&frame, &[]), Ok(0));
    assert_eq!(bench.transfers(), transfers);
    bench.clock.reach_ms(10_700);
    assert_eq!(bench.show(&frame, &[PORTRAIT]), Ok(0));
    assert_eq!(bench.transfers(), transfers + 1, "only the polarity");
}

#[test]
fn areas_beyond_the_panel_or_empty_are_no_harm() {
    let (mut bench, frame) = (Bench::on(Mounting::Upright), Portrait::new(Theme::Day));
    bench.show(&frame, &[]).unwrap();
    let odd = [
        Area::new(i16::MIN, i16::MIN, i16::MAX, i16::MAX),
        Area::new(i16::MAX, i16::MAX, i16::MAX, i16::MAX),
        Area::new(10, 10, -5, 8),
        Area::new(-30_000, 0, 32_767, 1),
    ];
    assert_eq!(bench.show(&frame, &odd), Ok(0));
    assert_eq!(touched::<Portrait>(&[Area::new(3, 0, 2, 1)], 0), 0b1_1000);
    assert_eq!(touched::<Portrait>(&[Area::new(-3, 0, 900, 1)], 29), 0xff);
    assert_eq!(touched::<Portrait>(&[Area::new(8, 0, 8, 1)], 0), 0);
    assert_eq!(touched::<Landscape>(&[Area::new(0, 15, 1, 2)], 1), 0x80);
}

/// The longest that one polarity stood, and how much longer one stood than the other, in all, milliseconds.
fn standing(changes: &[u64], until_ns: u64) -> (u64, i64) {
    let (mut longest, mut balance, mut sign) = (0, 0, 1);
    for (i, &at) in changes.iter().enumerate() {
        let end = changes.get(i + 1).copied().unwrap_or(until_ns);
        longest = longest.max(end - at);
        balance += sign * (end - at) as i64;
        sign = -sign;
    }
    (longest / 1_000_000, balance / 1_000_000)
}

#[test]
fn no_polarity_stands_for_a_second_and_none_stands_longer_than_the_other() {
    let mut numbers = numbers();
    let (mut bench, mut frame) = (Bench::on(Mounting::Upright), Portrait::new(Theme::Day));
    for _ in 0..3000 {
        let now = bench.clock.now();
        let due = bench.lcd.next_deadline().unwrap();
        assert!(due.since(now).as_ms() <= POLARITY_MS);
        // A picture comes at any time, some with each polarity's change, or nothing does until the deadline.
        let next = now.as_ms() + 20 + u64::from(numbers(900));
        if next < due.as_ms() {
            bench.clock.reach_ms(next);
            let area = scribble(&mut frame, &mut numbers);
            bench.show(&frame, &[area]).unwrap();
        } else {
            // A body that is late by up to a fifth of a second.
            bench.clock.reach_ms(due.as_ms() + u64::from(numbers(200)));
            let now = bench.clock.now();
            let next = block_on(bench.lcd.tick(now)).unwrap().unwrap();
            assert_eq!(next, now + Duration::from_ms(POLARITY_MS));
        }
    }
    let panel = bench.panel.0.borrow();
    let (longest, balance) = standing(&panel.changes, bench.clock.ns());
    assert!(panel.changes[0] < 11_000_000_000, "a second after it was switched on");
    assert!(longest < 1000, "{longest} ms");
    let all = bench.clock.ns() / 1_000_000;
    assert!(balance.unsigned_abs() < all / 100, "{balance} of {all} ms");
}

#[test]
fn a_clock_that_jumps_changes_the_polarity_at_once() {
    let mut bench = Bench::on(Mounting::Upright);
    let count = |bench: &Bench| bench.panel.0.borrow().changes.len();
    let before = count(&bench);
    for now in [500, 499, 4_000_000_000, 3_999_999_999, 0] {
        block_on(bench.lcd.tick(Instant::from_ms(now))).unwrap();
    }
    assert_eq!(count(&bench), before + 5);
}

#[test]
fn a_bus_that_fails_anywhere_is_said_and_made_good() {
    let mut numbers = numbers();
    let (mut bench, mut frame) = (Bench::on(Mounting::Upright), Portrait::new(Theme::Day));
    bench.show(&frame, &[PORTRAIT]).unwrap();
    let mut failures = 0;
    for fails_after in (0..600).step_by(7) {
        let areas: Vec<Area> = (0..3).map(|_| scribble(&mut frame, &mut numbers)).collect();
        bench.panel.0.borrow_mut().bytes_left = Some(fails_after);
        if bench.show(&frame, &areas).is_err() {
            failures += 1;
            assert!(!bench.panel.0.borrow().scs, "SCS is taken back");
            let again = bench.lcd.next_deadline().unwrap();
            assert_eq!(again.since(bench.clock.now()).as_ms().max(AGAIN_MS), AGAIN_MS);
            assert_eq!(block_on(bench.lcd.tick(again)).ok(), None);
        }
        bench.panel.0.borrow_mut().bytes_left = None;
        // The next picture has other areas, and yet brings what was lost.
        bench.show(&frame, &[Area::new(0, 0, 1, 1)]).unwrap();
        bench.shows_portrait(&frame, Mounting::Upright);
    }
    assert!(failures > 20, "{failures}");
    bench.panel.0.borrow_mut().stuck = Some(PinKind::Other);
    frame.fill(PORTRAIT, Ink::Ink);
    assert_eq!(bench.show(&frame, &[PORTRAIT]), Err(Fault::Pin(PinKind::Other)));
}

#[test]
fn a_call_that_was_given_up_is_made_good_by_the_next() {
    use core::future::Future;
    use core::pin::pin;
    use core::task::{Context, Waker};
    let mut numbers = numbers();
    let (mut bench, mut frame) = (Bench::on(Mounting::Upright), Portrait::new(Theme::Day));
    bench.show(&frame, &[PORTRAIT]).unwrap();
    let mut given_up = 0;
    for polls in 1..30 {
        frame.fill(PORTRAIT, [Ink::Paper, Ink::Ink][polls % 2]);
        scribble(&mut frame, &mut numbers);
        {
            let now = bench.clock.now();
            let mut call = pin!(bench.lcd.show(&frame, &[PORTRAIT], now));
            let mut context = Context::from_waker(Waker::noop());
            given_up += usize::from((0..polls).all(|_| call.as_mut().poll(&mut context).is_pending()));
        }
        // What was cut off is no whole line: the model is told that it may happen.
        bench.panel.0.borrow_mut().bytes_left = Some(usize::MAX);
        bench.clock.pass_ns(2000);
        bench.show(&frame, &[]).unwrap();
        bench.panel.0.borrow_mut().bytes_left = None;
        bench.shows_portrait(&frame, Mounting::Upright);
    }
    assert!(given_up > 20, "{given_up}");
}

#[test]
fn switched_off_it_is_white_and_blank_and_nothing_is_due() {
    let (mut bench, mut frame) = (Bench::on(Mounting::Upright), Portrait::new(Theme::Day));
    frame.fill(PORTRAIT, Ink::Ink);
    bench.show(&frame, &[PORTRAIT]).unwrap();
    block_on(bench.lcd.switch_off(bench.clock.now())).unwrap();
    assert!(!bench.panel.0.borrow().disp);
    assert!((0..240).all(|y| (0..400).all(|x| !bench.dark(x, y))));
    assert_eq!(bench.lcd.next_deadline(), None);
    let transfers = bench.transfers();
    assert_eq!(block_on(bench.lcd.tick(Instant::from_ms(60_000))), Ok(None));
    assert_eq!(bench.show(&frame, &[PORTRAIT]), Ok(0));
    assert_eq!(bench.transfers(), transfers);
    // On again it is sent everything.
    block_on(bench.lcd.switch_on(bench.clock.now())).unwrap();
    assert_eq!(bench.show(&frame, &[]), Ok(240));
    bench.shows_portrait(&frame, Mounting::Upright);
}
