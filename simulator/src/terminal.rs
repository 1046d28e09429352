//! The head unit's page in a terminal: two pixels a character, one above the other, shrunk to what the window has.
//!
//! The terminal is put back as it was however the program ends: on every return, and in a panic. Colours are told in 24
//! bits where the terminal says that it can, in the 256 of xterm elsewhere, and not at all under `NO_COLOR`: then the
//! picture is black and white by the characters alone.

use crossterm::{cursor, event, execute, terminal};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Once;

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

/// Width and height of what a picture of `w` by `h` pixels becomes in `columns` by `rows` characters: its own shape, as
/// large as fits, and never larger than it is. In pixels, two a row.
pub fn fitted(w: usize, h: usize, columns: usize, rows: usize) -> (usize, usize) {
    let (most_w, most_h) = (columns.min(w), (2 * rows).min(h));
    if w == 0 || h == 0 || most_w == 0 || most_h == 0 {
        return (0, 0);
    }
    if most_w * h <= most_h * w { (most_w, (most_w * h / w).max(1)) } else { ((most_h * w / h).max(1), most_h) }
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

/// A picture as lines of text, each with the codes for its colours.
pub fn half_blocks(pixels: &[Rgb], (w, h): (usize, usize), colours: Colours) -> Vec<String> {
    let mut lines = Vec::new();
    for y in (0..h).step_by(2) {
        let mut line = String::new();
        let mut last = None;
        for x in 0..w {
            let top = pixels[y * w + x];
            // Under an odd last row stands nothing but itself.
            let bottom = if y + 1 < h { pixels[(y + 1) * w + x] } else { top };
            if colours == Colours::None {
                let dark = |pixel: Rgb| pixel.iter().map(|c| u16::from(*c)).sum::<u16>() < 3 * 150;
                line.push(match (dark(top), dark(bottom)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
                continue;
            }
            if last != Some((top, bottom)) {
                last = Some((top, bottom));
                let _ = match colours {
                    Colours::Full => {
                        let ([r, g, b], [s, h, c]) = (top, bottom);
                        write!(line, "\x1b[38;2;{r};{g};{b};48;2;{s};{h};{c}m")
                    }
                    _ => write!(line, "\x1b[38;5;{};48;5;{}m", palette(top), palette(bottom)),
                };
            }
            line.push('▀');
        }
        if colours != Colours::None {
            line.push_str("\x1b[0m");
        }
        lines.push(line);
    }
    lines
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

/// The terminal's second screen, with keys that come at once. Dropped, everything is as it was.
#[derive(Debug)]
pub struct Screen {
    shown: Vec<String>,
    size: (u16, u16),
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

    /// Columns and rows.
    pub fn size() -> (usize, usize) {
        let (columns, rows) = terminal::size().unwrap_or((80, 24));
        (columns.into(), rows.into())
    }

    /// Shows these lines; only what has changed is sent.
    pub fn show(&mut self, lines: Vec<String>) -> io::Result<()> {
        let size = terminal::size().unwrap_or((80, 24));
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
        while event::poll(std::time::Duration::ZERO)? {
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
        assert_eq!(fitted(240, 400, 80, 24), (28, 48));
        assert_eq!(fitted(240, 400, 20, 60), (20, 33));
        assert_eq!(fitted(240, 400, 500, 500), (240, 400));
        assert_eq!(fitted(240, 400, 0, 24), (0, 0));
        for columns in 1..60 {
            for rows in 1..60 {
                let (w, h) = fitted(400, 240, columns, rows);
                assert!((1..=columns).contains(&w) && (1..=2 * rows).contains(&h));
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
    fn without_colours_the_characters_are_the_picture() {
        let pixels: Vec<Rgb> = [0, 0, 255, 255, 0, 255, 0, 255].map(|c: u8| [c; 3]).to_vec();
        assert_eq!(half_blocks(&pixels, (4, 2), Colours::None), ["█▀▄ "]);
        for colours in [Colours::Full, Colours::Palette] {
            let lines = half_blocks(&pixels, (4, 2), colours);
            assert_eq!(lines[0].matches('▀').count(), 4);
            assert!(lines[0].ends_with("\x1b[0m"));
        }
        assert_eq!([[0; 3], [255; 3], [255, 0, 0], [128; 3]].map(palette), [16, 231, 196, 244]);
    }

    #[test]
    fn text_is_broken_at_spaces_and_nothing_of_it_is_lost() {
        assert_eq!(wrap("calf is falling against thigh\nPower", 12), ["calf is", "falling", "against", "thigh", "Power"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
    }
}
