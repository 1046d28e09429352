//! What is asked to be redrawn is all that has changed: a screen that is kept and updated cell by cell is at every moment
//! the one that would be drawn whole. And how many of its lines a memory LCD is sent for that.

use sling_core::draw::{Area, Canvas, Ink, Lines, MonoFrame, Strokes, Theme, strokes_by_fills};
use sling_core::head_unit::{Assignment, Button, Config, Context, Press, Touch};
use sling_core::sensor::{Identity, Sample, Value};
use sling_core::time::Instant;
use sling_core::units::{Bpm, Rpm, Smo2, Thb, ThbScale, Watts};
use sling_core::{HeadUnit, Input, Output};
use sling_simulator::player::Player;
use sling_simulator::ride::{Flow, Ride};
use sling_simulator::scenario::{Scenario, builtin};
use sling_simulator::sink::Sink;
use std::cell::RefCell;
use std::io::{self, Write as _};
use std::rc::Rc;

/// A panel that is kept, as a body keeps it.
trait Kept {
    /// Takes what one input asked to be redrawn.
    fn update(&mut self, unit: &HeadUnit, theme: Theme, areas: &[Area]);

    /// Whether it shows what would be drawn whole.
    fn is_whole(&self, unit: &HeadUnit, theme: Theme) -> bool;
}

/// A frame with one bit a pixel, and a panel that holds nothing but the lines that it was sent.
struct Mono<const W: i16, const H: i16, const BYTES: usize, const ROWS: usize> {
    frame: MonoFrame<W, H, BYTES>,
    lines: Lines<ROWS>,
    panel: Vec<u8>,
    /// Lines of each update.
    sent: Vec<usize>,
}

type Portrait = Mono<240, 400, 12_000, 400>;
type Landscape = Mono<400, 240, 12_000, 240>;

impl<const W: i16, const H: i16, const BYTES: usize, const ROWS: usize> Mono<W, H, BYTES, ROWS> {
    fn new() -> Self {
        Self { frame: MonoFrame::new(Theme::Day), lines: Lines::new(), panel: vec![0x5a; BYTES], sent: Vec::new() }
    }
}

impl<const W: i16, const H: i16, const BYTES: usize, const ROWS: usize> Kept for Mono<W, H, BYTES, ROWS> {
    fn update(&mut self, unit: &HeadUnit, _: Theme, areas: &[Area]) {
        unit.draw_areas(&mut self.frame, areas);
        let (panel, mut sent) = (&mut self.panel, 0);
        self.lines.changed(&self.frame, areas, |y, row| {
            let start = usize::from(y.unsigned_abs()) * row.len();
            panel[start..start + row.len()].copy_from_slice(row);
            sent += 1;
        });
        self.sent.push(sent);
    }

    fn is_whole(&self, unit: &HeadUnit, _: Theme) -> bool {
        let mut whole = MonoFrame::<W, H, BYTES>::new(Theme::Day);
        unit.draw_on(&mut whole);
        whole.bytes() == self.frame.bytes() && whole.bytes()[..] == self.panel[..]
    }
}

/// A display of any colours: what a pixel's colour follows from, besides its place.
#[derive(Clone)]
struct Inks {
    size: (i16, i16),
    theme: Theme,
    pixels: Vec<(Ink, Theme)>,
}

impl Inks {
    fn new(size: (i16, i16)) -> Self {
        let n = usize::from(size.0.unsigned_abs()) * usize::from(size.1.unsigned_abs());
        Self { size, theme: Theme::Day, pixels: vec![(Ink::Grid, Theme::Day); n] }
    }
}

impl Canvas for Inks {
    fn size(&self) -> (i16, i16) {
        self.size
    }

    fn has_tints(&self) -> bool {
        true
    }

    fn fill(&mut self, area: Area, ink: Ink) {
        let area = area.intersection(&Area::new(0, 0, self.size.0, self.size.1));
        for y in area.y..area.bottom() {
            for x in area.x..area.right() {
                let at = i32::from(y) * i32::from(self.size.0) + i32::from(x);
                self.pixels[at as usize] = (ink, self.theme);
            }
        }
    }

    fn bitmap(&mut self, x: i16, y: i16, width: i16, bits: &[u8], ink: Ink) {
        let stride = usize::from(width.unsigned_abs()).div_ceil(8).max(1);
        for (row, bytes) in (0..).zip(bits.chunks(stride)) {
            for column in (0..width).filter(|&c| bytes[usize::from(c.unsigned_abs()) / 8] & (0x80 >> (c % 8)) != 0) {
                self.fill(Area::new(x + column, y + row, 1, 1), ink);
            }
        }
    }

    fn strokes(&mut self, whole: Area, strokes: Strokes<'_>, ink: Ink) {
        strokes_by_fills(self, whole, strokes, ink);
    }
}

impl Kept for Inks {
    fn update(&mut self, unit: &HeadUnit, theme: Theme, areas: &[Area]) {
        self.theme = theme;
        unit.draw_areas(self, areas);
    }

    fn is_whole(&self, unit: &HeadUnit, theme: Theme) -> bool {
        let mut whole = Self::new(self.size);
        whole.theme = theme;
        unit.draw_on(&mut whole);
        if let Some(at) = (0..whole.pixels.len()).find(|&i| whole.pixels[i] != self.pixels[i]) {
            let w = usize::from(self.size.0.unsigned_abs());
            eprintln!("the first pixel that differs: {}, {}", at % w, at / w);
        }
        whole.pixels == self.pixels
    }
}

const DISPLAYS: [(i16, i16); 5] = [(240, 400), (400, 240), (176, 176), (282, 470), (470, 282)];

fn kept((w, h): (i16, i16)) -> Box<dyn Kept> {
    match (w, h) {
        (240, 400) => Box::new(Portrait::new()),
        (400, 240) => Box::new(Landscape::new()),
        size => Box::new(Inks::new(size)),
    }
}

fn screen((w, h): (i16, i16)) -> (u16, u16) {
    (w.unsigned_abs(), h.unsigned_abs())
}

/// Numbers from a seed (xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// A roster of some of the muscles, in the day's colours or the night's.
    fn config(&mut self, size: (i16, i16)) -> Config {
        let sites = ["mg.right", "vl.right", "mg.left", "vl.left", "lg.right", "ta.right"];
        let theme = if self.below(3) == 0 { Theme::Night } else { Theme::Day };
        let mut config = Config { theme, screen: screen(size), ..Config::DEFAULT };
        for (channel, site) in (0..).zip(sites) {
            if self.below(5) != 0 {
                let assignment = Assignment { identity: Identity::Channel(channel), site: site.parse().unwrap() };
                config.roster.push(assignment).unwrap();
            }
        }
        config
    }

    /// A sample of one of the sensors: mostly a small step from the last, often odd.
    fn sample(&mut self, levels: &mut [u64; 6]) -> Sample {
        let channel = self.below(6) as usize;
        levels[channel] = if self.below(30) == 0 {
            self.below(1001)
        } else {
            (levels[channel] + self.below(21)).saturating_sub(10).min(1000)
        };
        let smo2 = Smo2::from_tenths(levels[channel] as u16).unwrap();
        let thb = Some(Thb { hundredths: self.next() as i16, scale: ThbScale::GramsPerDecilitre });
        let count = self.next() as u16;
        Sample { identity: Identity::Channel(channel as u8), count, reading: Ok(Value { smo2, thb }) }
    }

    fn context(&mut self) -> Context {
        let wild = self.below(40) == 0;
        let mut number = |usual: u64| if wild { self.below(70_000) as u16 } else { (usual + self.below(30)) as u16 };
        let (power, cadence, heart_rate) = (number(200), number(80), number(130));
        Context {
            power: (power % 7 != 0).then_some(Watts(power)),
            cadence: Some(Rpm(cadence)),
            heart_rate: (heart_rate % 5 != 0).then_some(Bpm(heart_rate)),
            ..Context::default()
        }
    }
}

/// What an input asked to be redrawn.
fn drain(unit: &mut HeadUnit) -> Vec<Area> {
    let outputs = std::iter::from_fn(|| unit.poll_output());
    outputs.filter_map(|output| if let Output::Redraw(area) = output { Some(area) } else { None }).collect()
}

#[test]
fn after_any_inputs_an_updated_screen_is_the_one_drawn_whole() {
    let mut updates = 0;
    for size in DISPLAYS {
        for seed in 1..=4 {
            let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
            let (mut unit, mut kept) = (Box::new(HeadUnit::new()), kept(size));
            let (mut levels, mut theme, mut now) = ([600; 6], Theme::Day, 0);
            for step in 0..4000 {
                let bytes: Vec<u8> = (0..8).flat_map(|_| numbers.next().to_le_bytes()).collect();
                now += match numbers.below(400) {
                    0 => numbers.below(100_000),
                    _ => numbers.below(900),
                };
                let config = (step == 0 || numbers.below(150) == 0).then(|| numbers.config(size));
                let input = match (&config, numbers.below(20)) {
                    (Some(config), _) => {
                        theme = config.theme;
                        Input::Configure(config.clone())
                    }
                    (None, 0..=8) => Input::Sample(numbers.sample(&mut levels)),
                    (None, 9 | 11) => Input::Context(numbers.context()),
                    (None, 12) => {
                        let button = [Button::Up, Button::Down, Button::Select][numbers.below(3) as usize];
                        Input::Button(button, if numbers.below(2) == 0 { Press::Long } else { Press::Short })
                    }
                    (None, 10) => Input::Touch(match numbers.below(12) {
                        0 => Touch::SwipeLeft,
                        1 => Touch::SwipeRight,
                        2..=3 => Touch::SwipeUp,
                        4 => Touch::SwipeDown,
                        _ => Touch::Tap { x: numbers.below(480) as i16, y: numbers.below(480) as i16 },
                    }),
                    (None, 13) => Input::Battery { percent: numbers.below(101) as u8, charging: false },
                    // Whatever noise makes of an input.
                    (None, 14..=15) => match postcard::take_from_bytes::<Input<'_>>(&bytes) {
                        Ok((input, _)) if !matches!(input, Input::Configure(_)) => input,
                        _ => Input::Tick,
                    },
                    (None, _) => Input::Tick,
                };
                unit.handle(&input, Instant::from_ms(now));
                let areas = drain(&mut unit);
                if !areas.is_empty() {
                    kept.update(&unit, theme, &areas);
                    assert!(kept.is_whole(&unit, theme), "{size:?}, seed {seed}, step {step}: {input:?}, {areas:?}");
                    updates += 1;
                }
            }
        }
    }
    assert!(updates > 20_000, "{updates}");
}

/// Keeps a panel over a ride.
struct Watch<K> {
    kept: Rc<RefCell<K>>,
    areas: Vec<Area>,
}

impl<K: Kept> Sink for Watch<K> {
    fn output(&mut self, _: Instant, output: &Output) -> io::Result<()> {
        if let Output::Redraw(area) = output {
            self.areas.push(*area);
        }
        Ok(())
    }

    fn after(&mut self, at: Instant, _: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        if !self.areas.is_empty() {
            let mut kept = self.kept.borrow_mut();
            kept.update(unit, Theme::Day, &self.areas);
            assert!(kept.is_whole(unit, Theme::Day), "at {} ms: {:?}", at.as_ms(), self.areas);
            self.areas.clear();
        }
        Ok(())
    }
}

/// The demo on a panel.
fn demo<K: Kept + 'static>(kept: K, size: (i16, i16)) -> Rc<RefCell<K>> {
    let scenario = Scenario::parse("demo", builtin("demo").unwrap()).unwrap();
    let mut ride = Ride::simulated(&scenario, scenario.seed);
    let kept = Rc::new(RefCell::new(kept));
    let watch = Watch { kept: Rc::clone(&kept), areas: Vec::new() };
    let mut player = Player::of(&mut ride, vec![Box::new(watch)]);
    ride.play(&Config { screen: screen(size), ..Config::DEFAULT }, None, |input, at| {
        player.play(input, at)?;
        Ok(Flow::Continue)
    })
    .unwrap();
    player.finish().unwrap();
    kept
}

/// Says on the terminal itself, which the test harness does not capture, how many lines were sent; the mean's share.
fn note(name: &str, sent: &[usize], rows: usize) -> f32 {
    let mut sorted = sent.to_vec();
    sorted.sort_unstable();
    let at = |share: usize| sorted[(sorted.len() - 1) * share / 100];
    let mean = sorted.iter().sum::<usize>() as f32 / sorted.len() as f32;
    let share = mean / rows as f32;
    let (median, p90, most) = (at(50), at(90), at(100));
    let _ = writeln!(
        io::stderr(),
        "NOTE lines sent a second in the demo, {name}: mean {mean:.0} ({:.0} % of {rows}), median {median}, 90 % {p90}, most {most}",
        share * 100.0
    );
    share
}

#[test]
fn the_demo_is_updated_as_if_drawn_whole_and_sends_a_part_of_the_lines() {
    for size in [(176, 176), (282, 470), (470, 282)] {
        demo(Inks::new(size), size);
    }
    let portrait = demo(Portrait::new(), (240, 400));
    let landscape = demo(Landscape::new(), (400, 240));
    let (portrait, landscape) = (portrait.borrow(), landscape.borrow());
    assert!(portrait.sent.len() >= 2400 && landscape.sent.len() >= 2400);
    assert_eq!((portrait.sent[0], landscape.sent[0]), (400, 240), "first all of it");
    assert!(note("portrait", &portrait.sent, 400) <= 0.4);
    assert!(note("landscape", &landscape.sent, 240) <= 0.4);
}
