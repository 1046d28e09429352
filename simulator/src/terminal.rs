//! The head unit's page in a terminal: four pixels a character, in two colours, shrunk to what the window has.
//!
//! The terminal is put back as it was however the program ends: on every return, and in a panic. Colours are told in 24
//! bits where the terminal says that it can, in the 256 of xterm elsewhere, and not at all under `NO_COLOR`: then the
//! picture is black and white by the characters alone.

use crossterm::{cursor, event, execute, terminal};
use sling_core::alert::{Beep, GAP_MS, SILENCE_MS};
use sling_core::head_unit::{Cue, CueRequest};
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Once;
use std::time::{Duration, Instant};

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// How colours can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// 24 bits.
    Full,
    /// The palette of xterm.
    Palette,
    /// Not at all.
    None,
}

impl Colours {
    /// What the environment says.
    pub fn of_environment() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let full = std::env::var("COLORTERM").is_ok_and(|value| value == "truecolor" || value == "24bit");
        match (set("NO_COLOR"), full) {
            (true, _) => Self::None,
            (false, true) => Self::Full,
            (false, false) => Self::Palette,
        }
    }
}

/// Columns and rows of what a picture of `w` by `h` pixels becomes in a window of `columns` by `rows`: its own shape, for
/// characters that are twice as high as wide, as large as fits, and never larger than it is.
pub fn fitted(w: usize, h: usize, columns: usize, rows: usize) -> (usize, usize) {
    let (most_w, most_h) = (columns.min(w), (2 * rows).min(h));
    if w == 0 || h == 0 || most_w == 0 || most_h == 0 {
        return (0, 0);
    }
    let (new_w, new_h) = if most_w * h <= most_h * w { (most_w, most_w * h / w) } else { (most_h * w / h, most_h) };
    (new_w.max(1), new_h.max(1).div_ceil(2))
}

/// Shrinks a picture: each new pixel is the mean of those that it stands for.
pub fn shrink(rgb: &[u8], (w, h): (usize, usize), (new_w, new_h): (usize, usize)) -> Vec<Rgb> {
    let span = |i: usize, new: usize, old: usize| (i * old / new)..((i + 1) * old).div_ceil(new);
    let mut pixels = Vec::with_capacity(new_w * new_h);
    for y in 0..new_h {
        for x in 0..new_w {
            let (mut sum, mut count) = ([0_u32; 3], 0);
            for sy in span(y, new_h, h) {
                for sx in span(x, new_w, w) {
                    let at = 3 * (sy * w + sx);
                    for (sum, channel) in sum.iter_mut().zip(&rgb[at..at + 3]) {
                        *sum += u32::from(*channel);
                    }
                    count += 1;
                }
            }
            pixels.push(sum.map(|sum| (sum / count.max(1)) as u8));
        }
    }
    pixels
}

/// Characters by which of their quarters are inked: upper left 1, upper right 2, lower left 4, lower right 8.
const QUARTERS: [char; 16] = [' ', '▘', '▝', '▀', '▖', '▌', '▞', '▛', '▗', '▚', '▐', '▜', '▄', '▙', '▟', '█'];
/// Quarters that differ by less are one.
const FLAT: u16 = 3 * 10;
/// Under it, a pixel is black where there are no colours.
const HALF: u16 = 3 * 150;

/// A picture of `2 * columns` by `2 * rows` pixels as lines of text, each with the codes for its colours: in each
/// character the darker quarters have one colour and the lighter ones the other.
pub fn quarters(pixels: &[Rgb], (columns, rows): (usize, usize), colours: Colours) -> Vec<String> {
    let light = |pixel: &Rgb| pixel.iter().map(|channel| u16::from(*channel)).sum::<u16>();
    let line = |y: usize| {
        let mut line = String::new();
        let mut last = None;
        for x in 0..columns {
            let at = 2 * y * 2 * columns + 2 * x;
            let four = [at, at + 1, at + 2 * columns, at + 2 * columns + 1].map(|at| pixels[at]);
            let (darkest, lightest) = four.iter().map(light).fold((u16::MAX, 0), |(d, l), it| (d.min(it), l.max(it)));
            let limit = match colours {
                Colours::None => HALF,
                // All of one colour: the paper's.
                _ if lightest - darkest < FLAT => 0,
                _ => darkest.midpoint(lightest),
            };
            let inked = (0..4).filter(|i| light(&four[*i]) < limit).fold(0, |mask, i| mask | 1 << i);
            if colours != Colours::None {
                let mean = |ink: bool| {
                    let group = (0..4).filter(|i| (inked >> i & 1 == 1) == ink).map(|i| four[i]);
                    let (sum, count) = group.fold(([0_u16; 3], 0), |(sum, count), pixel| {
                        ([0, 1, 2].map(|c| sum[c] + u16::from(pixel[c])), count + 1)
                    });
                    sum.map(|sum| (sum / count.max(1)) as u8)
                };
                let (ink, paper) = (mean(true), mean(false));
                // The ink of a character without ink is of no matter.
                if last.is_none_or(|(i, p)| p != paper || inked != 0 && i != ink) {
                    last = Some((ink, paper));
                    let ([r, g, b], [s, t, u]) = (ink, paper);
                    let _ = match colours {
                        Colours::Full => write!(line, "\x1b[38;2;{r};{g};{b};48;2;{s};{t};{u}m"),
                        _ => write!(line, "\x1b[38;5;{};48;5;{}m", palette(ink), palette(paper)),
                    };
                }
            }
            line.push(QUARTERS[inked]);
        }
        if colours != Colours::None {
            line.push_str("\x1b[0m");
        }
        line
    };
    (0..rows).map(line).collect()
}

/// The nearest of xterm's 256: its ramp of greys, or its cube.
fn palette([r, g, b]: Rgb) -> u8 {
    let spread = r.max(g).max(b) - r.min(g).min(b);
    if spread < 16 {
        let grey = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
        return match grey {
            0..=3 => 16,
            247.. => 231,
            _ => 232 + ((grey.saturating_sub(3)) / 10).min(23) as u8,
        };
    }
    let step = |c: u8| if c < 48 { 0 } else { (c.saturating_sub(35) / 40).min(5) };
    16 + 36 * step(r) + 6 * step(g) + step(b)
}

/// Breaks text into lines of at most `width` characters, at spaces where there are some.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let mut word: Vec<char> = word.chars().collect();
            if !line.is_empty() && line.chars().count() + 1 + word.len() > width {
                lines.push(std::mem::take(&mut line));
            }
            while word.len() > width.max(1) {
                lines.push(word.drain(..width.max(1)).collect());
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.extend(word);
        }
        lines.push(line);
    }
    lines
}

/// What a cue means and how it feels and sounds: "calf overload, caution: felt long long, heard low low".
pub fn cue_words(request: &CueRequest) -> String {
    let rhythm = request.cue.rhythm();
    let name = request.cue.code().replace('_', " ");
    let felt: Vec<&str> = rhythm.pulses.iter().map(|pulse| pulse.code()).collect();
    let heard: Vec<&str> = rhythm.beeps.iter().map(|beep| beep.pitch.code()).collect();
    let mut words = format!("{name}, {}", request.level.code());
    let senses = [("felt", request.haptic.is_on(), felt), ("heard", request.beep.is_on(), heard)];
    for (i, (how, _, parts)) in senses.iter().filter(|(_, wanted, parts)| *wanted && !parts.is_empty()).enumerate() {
        let _ = write!(words, "{} {how} {}", if i == 0 { ":" } else { "," }, parts.join(" "));
    }
    words
}

/// Rings of the bell, in the rhythm of a cue's beeps: a bell has one pitch and one strength, so the rhythm is all there is.
#[derive(Debug, Default)]
pub struct Bell {
    due: VecDeque<Instant>,
    /// When the last rhythm has died away.
    free: Option<Instant>,
}

impl Bell {
    /// Rings a cue, after those that are still being rung.
    pub fn ring(&mut self, cue: Cue, now: Instant) {
        let ms = |ms: u16| Duration::from_millis(ms.into());
        let rhythm = cue.rhythm();
        let mut at = self.free.map_or(now, |free| free.max(now));
        for &Beep { ms: lasts, .. } in rhythm.beeps {
            self.due.push_back(at);
            at += ms(lasts) + ms(GAP_MS);
        }
        if !rhythm.beeps.is_empty() {
            self.free = Some(at + ms(SILENCE_MS));
        }
    }

    /// How many rings are due by now; those are given out.
    pub fn due(&mut self, now: Instant) -> usize {
        let due = self.due.iter().take_while(|at| **at <= now).count();
        self.due.drain(..due).count()
    }
}

/// The terminal's second screen, with keys that come at once. Dropped, everything is as it was.
#[derive(Debug)]
pub struct Screen {
    shown: Vec<String>,
    size: (usize, usize),
}

impl Screen {
    /// Takes the terminal.
    pub fn enter() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                // A driver's thread may panic and be caught; only the end of the program is the end of the picture.
                if std::thread::current().name() == Some("main") {
                    put_back();
                }
                before(info);
            }));
        });
        terminal::enable_raw_mode()?;
        let screen = Self { shown: Vec::new(), size: (0, 0) };
        execute!(io::stdout(), terminal::EnterAlternateScreen, cursor::Hide, terminal::DisableLineWrap)?;
        Ok(screen)
    }

    /// Columns and rows; a terminal that does not know has 80 by 24.
    pub fn size() -> (usize, usize) {
        let (columns, rows) = terminal::size().ok().filter(|(c, r)| *c > 0 && *r > 0).unwrap_or((80, 24));
        (columns.into(), rows.into())
    }

    /// Shows these lines; only what has changed is sent.
    pub fn show(&mut self, lines: Vec<String>) -> io::Result<()> {
        let size = Self::size();
        let mut out = String::new();
        if std::mem::replace(&mut self.size, size) != size {
            out.push_str("\x1b[0m\x1b[2J");
            self.shown.clear();
        }
        for (row, line) in lines.iter().enumerate() {
            if self.shown.get(row) != Some(line) {
                let _ = write!(out, "\x1b[{};1H{line}\x1b[0m\x1b[K", row + 1);
            }
        }
        if lines.len() < self.shown.len() {
            let _ = write!(out, "\x1b[{};1H\x1b[J", lines.len() + 1);
        }
        self.shown = lines;
        let mut stdout = io::stdout().lock();
        stdout.write_all(out.as_bytes())?;
        stdout.flush()
    }

    /// Rings the terminal's bell.
    pub fn beep() -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(b"\x07")?;
        stdout.flush()
    }

    /// The keys that were pressed since the last time.
    pub fn keys() -> io::Result<Vec<event::KeyEvent>> {
        let mut keys = Vec::new();
        while event::poll(Duration::ZERO)? {
            if let event::Event::Key(key) = event::read()?
                && key.kind == event::KeyEventKind::Press
            {
                keys.push(key);
            }
        }
        Ok(keys)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        put_back();
    }
}

/// What cannot be put back stays; there is nobody to be told on a broken terminal.
fn put_back() {
    let _ = execute!(io::stdout(), terminal::EnableLineWrap, cursor::Show, terminal::LeaveAlternateScreen);
    let _ = terminal::disable_raw_mode();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_shape_and_is_never_enlarged() {
        assert_eq!(fitted(240, 400, 80, 24), (28, 24));
        assert_eq!(fitted(240, 400, 20, 60), (20, 17));
        assert_eq!(fitted(240, 400, 500, 500), (240, 200));
        assert_eq!(fitted(240, 400, 0, 24), (0, 0));
        for columns in 1..60 {
            for rows in 1..60 {
                let (w, h) = fitted(400, 240, columns, rows);
                assert!((1..=columns).contains(&w) && (1..=rows).contains(&h));
            }
        }
    }

    #[test]
    fn a_shrunk_pixel_is_the_mean_of_what_it_stands_for() {
        let (black, white) = ([0, 0, 0], [255, 255, 255]);
        let rgb: Vec<u8> = [black, white, white, white, black, white, black, black].concat();
        assert_eq!(shrink(&rgb, (4, 2), (4, 2))[..3], [black, white, white]);
        assert_eq!(shrink(&rgb, (4, 2), (2, 1)), [[127; 3], [127; 3]]);
        assert_eq!(shrink(&rgb, (4, 2), (1, 1)), [[127; 3]]);
    }

    #[test]
    fn the_characters_are_the_picture() {
        let grey = |rows: [[u8; 4]; 2]| rows.concat().into_iter().map(|c| [c; 3]).collect::<Vec<Rgb>>();
        let pixels = grey([[0, 255, 255, 255], [0, 0, 255, 255]]);
        assert_eq!(quarters(&pixels, (2, 1), Colours::None), ["▙ "]);
        assert_eq!(quarters(&grey([[0, 0, 255, 0], [0, 0, 0, 255]]), (2, 1), Colours::None), ["█▞"]);
        let full = "\x1b[38;2;0;0;0;48;2;255;255;255m▙ \x1b[0m";
        assert_eq!(quarters(&pixels, (2, 1), Colours::Full), [full]);
        assert_eq!(quarters(&pixels, (2, 1), Colours::Palette), ["\x1b[38;5;16;48;5;231m▙ \x1b[0m"]);
        let flat = quarters(&grey([[100, 104, 100, 100], [100; 4]]), (2, 1), Colours::Full);
        assert!(flat[0].contains("48;2;101;101;101m ") && flat[0].contains("48;2;100;100;100m "), "{flat:?}");
        assert_eq!([[0; 3], [255; 3], [255, 0, 0], [128; 3]].map(palette), [16, 231, 196, 244]);
    }

    #[test]
    fn a_cue_is_said_with_its_rhythm_as_far_as_it_is_asked_for() {
        use sling_core::head_unit::{Level, Volume};
        let volume = |is_on| if is_on { Volume::Normal } else { Volume::Off };
        let ask = |cue, haptic, beep| CueRequest {
            id: 0,
            cue,
            level: Level::Caution,
            haptic: volume(haptic),
            beep: volume(beep),
        };
        for (request, words) in [
            (ask(Cue::CalfOverload, true, true), "calf overload, caution: felt long long, heard low low"),
            (ask(Cue::ThighFatigue, false, true), "vl fatigue, caution: heard high low low"),
            (ask(Cue::VaryPosition, true, true), "vary position, caution: felt soft"),
            (ask(Cue::SensorLost, false, false), "sensor lost, caution"),
        ] {
            assert_eq!(cue_words(&request), words);
        }
    }

    #[test]
    fn the_bell_keeps_the_rhythm_and_two_cues_do_not_run_into_each_other() {
        let start = Instant::now();
        let mut bell = Bell::default();
        bell.ring(Cue::CalfOverload, start);
        bell.ring(Cue::VaryPosition, start);
        bell.ring(Cue::Imbalance, start);
        let rung: Vec<u64> = (0..4000).flat_map(|ms| vec![ms; bell.due(start + Duration::from_millis(ms))]).collect();
        assert_eq!(rung, [0, 350, 1700, 2050, 2400]);
        bell.ring(Cue::Lap, start + Duration::from_mins(1));
        assert_eq!((bell.due(start + Duration::from_secs(59)), bell.due(start + Duration::from_mins(1))), (0, 1));
    }

    #[test]
    fn text_is_broken_at_spaces_and_nothing_of_it_is_lost() {
        assert_eq!(
            wrap("calf is falling against thigh\nPower", 12),
            ["calf is", "falling", "against", "thigh", "Power"]
        );
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
    }
}
