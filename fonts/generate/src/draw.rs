//! From outlines to 1-bit bitmaps, and the few signs that the typefaces lack.

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, Engine, GlyphStyles, HintingInstance, HintingOptions, OutlinePen, Target};
use skrifa::{FontRef, MetadataProvider};
use zeno::{Command, Mask, Origin, Vector};

/// Coverage from which a pixel is ink.
const HALF: u8 = 128;

/// Pixels in which two characters of the same size have to differ.
const DISTINCT: usize = 4;

/// Digit height, in pixels, from which the round digits may pass the flat ones.
const NUMERALS_FROM: i32 = 40;

/// A 1-bit bitmap and where it stands.
#[derive(Clone, Debug, Default)]
pub struct Bitmap {
    /// Columns to the next character.
    pub advance: i32,
    /// Columns from the pen to the bitmap.
    pub left: i32,
    /// While drawing: rows from the baseline up to the bitmap's top. In a finished font: rows from the top line.
    pub top: i32,
    /// Columns.
    pub width: i32,
    /// Rows.
    pub height: i32,
    /// Row by row.
    pub ink: Vec<bool>,
}

impl Bitmap {
    /// Rows padded to bytes, most significant bit first.
    pub fn packed(&self) -> Vec<u8> {
        self.ink
            .chunks(self.width.max(1) as usize)
            .flat_map(|row| {
                row.chunks(8).map(|eight| eight.iter().enumerate().fold(0, |b, (i, &on)| b | (u8::from(on) << (7 - i))))
            })
            .collect()
    }

    /// Of its size and its pixels, by FNV-1a.
    pub fn digest(&self) -> u32 {
        let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        let sizes = [self.width as u8, self.height as u8];
        sizes.into_iter().chain(self.ink.iter().map(|&on| on.into())).fold(0x811c_9dc5, mix)
    }

    /// Whether the two differ in less than an eye can be asked to find.
    fn resembles(&self, other: &Self) -> bool {
        let same_box = (self.width, self.height, self.top) == (other.width, other.height, other.top);
        same_box && self.ink.iter().zip(&other.ink).filter(|(a, b)| a != b).count() < DISTINCT
    }

    /// Without empty rows and columns at its edges.
    fn trimmed(self) -> Self {
        let at = |x: i32, y: i32| self.ink[(y * self.width + x) as usize];
        let rows: Vec<i32> = (0..self.height).filter(|&y| (0..self.width).any(|x| at(x, y))).collect();
        let columns: Vec<i32> = (0..self.width).filter(|&x| (0..self.height).any(|y| at(x, y))).collect();
        let (Some(&top), Some(&bottom), Some(&left), Some(&right)) =
            (rows.first(), rows.last(), columns.first(), columns.last())
        else {
            return Self { advance: self.advance, ..Self::default() };
        };
        let ink = (top..=bottom).flat_map(|y| (left..=right).map(move |x| (x, y))).map(|(x, y)| at(x, y)).collect();
        Self {
            advance: self.advance,
            left: self.left + left,
            top: self.top - top,
            width: right - left + 1,
            height: bottom - top + 1,
            ink,
        }
    }
}

/// A typeface at the size that gives digits of the height asked for.
pub struct Face<'a> {
    font: FontRef<'a>,
    hinting: Option<HintingInstance>,
    ppem: f32,
}

impl<'a> Face<'a> {
    /// Looks for the size at which a flat digit has the height asked for; `None` if there is none, or if the bytes are
    /// no typeface. Of the sizes that fit, those count at which the fewest of `characters` look like another one (small
    /// accents melt into dots), and of these the middle one, which is the least likely to sit on an edge. The hinter's
    /// heights jump in places; a size it leaves out is drawn as the outline is, which shows in large sizes only.
    pub fn new(bytes: &'a [u8], digit_height: u16, characters: &[char]) -> Option<Self> {
        let font = FontRef::new(bytes).ok()?;
        // Looked up once: the hinter would otherwise sort the whole typeface into styles again for every size.
        let styles = GlyphStyles::new(&font.outline_glyphs());
        let hinters = [Some(&styles), None];
        let steps = u32::from(digit_height) * 32;
        let sizes: Vec<f32> = (steps..steps * 2).map(|step| step as f32 / 32.0).collect();
        hinters.into_iter().find_map(|styles| {
            let fits = |ppem: &f32| {
                Self::at(&font, *ppem, styles).is_some_and(|face| face.has_digits_of(i32::from(digit_height)))
            };
            let fitting: Vec<f32> = sizes.iter().copied().filter(fits).collect();
            let alike = |ppem: &f32| Self::at(&font, *ppem, styles).map_or(usize::MAX, |face| face.alike(characters));
            let counts: Vec<usize> = fitting.iter().map(alike).collect();
            let least = counts.iter().min()?;
            let clear: Vec<f32> =
                fitting.iter().zip(&counts).filter(|(_, count)| *count == least).map(|(ppem, _)| *ppem).collect();
            Self::at(&font, *clear.get(clear.len() / 2)?, styles)
        })
    }

    /// A flat digit has the height exactly. So has a round one in text; in numerals it passes the flat ones by a pixel at
    /// the top and at the bottom, as its typeface wants it to look as high.
    fn has_digits_of(&self, digit_height: i32) -> bool {
        let height = |c| self.glyph(c).map(|glyph| glyph.height);
        let past = if digit_height < NUMERALS_FROM { 0 } else { 2 };
        height('1') == Some(digit_height)
            && height('8').is_some_and(|round| (digit_height..=digit_height + past).contains(&round))
    }

    /// How many of the characters can be taken for one before them.
    fn alike(&self, characters: &[char]) -> usize {
        let glyphs: Vec<Bitmap> = characters.iter().filter_map(|&c| self.glyph(c)).collect();
        (0..glyphs.len()).filter(|&i| glyphs[..i].iter().any(|earlier| earlier.resembles(&glyphs[i]))).count()
    }

    /// Fitted to the pixels by the hinter if the styles of its glyphs are given, else as the outlines are.
    fn at(font: &FontRef<'a>, ppem: f32, styles: Option<&GlyphStyles>) -> Option<Self> {
        let outlines = font.outline_glyphs();
        let hinting = match styles {
            Some(styles) => {
                let options = HintingOptions { engine: Engine::Auto(Some(styles.clone())), target: Target::Mono };
                Some(HintingInstance::new(&outlines, Size::new(ppem), LocationRef::default(), options).ok()?)
            }
            None => None,
        };
        Some(Self { font: font.clone(), hinting, ppem })
    }

    /// A subscript two made of the superscript, for typefaces that have only that one: a third of its height below the
    /// baseline.
    pub fn subscript(&self, c: char) -> Option<Bitmap> {
        let raised = if c == '₂' { self.glyph('²')? } else { return None };
        Some(Bitmap { top: raised.height - raised.height / 3, ..raised })
    }

    /// The bitmap of a character, if the typeface has it.
    pub fn glyph(&self, c: char) -> Option<Bitmap> {
        let id = self.font.charmap().map(c)?;
        let outline = self.font.outline_glyphs().get(id)?;
        let mut path = Path::default();
        let settings = match &self.hinting {
            Some(hinting) => DrawSettings::hinted(hinting, false),
            None => DrawSettings::unhinted(Size::new(self.ppem), LocationRef::default()),
        };
        let adjusted = outline.draw(settings, &mut path).ok()?;
        let metrics = self.font.glyph_metrics(Size::new(self.ppem), LocationRef::default());
        let advance = adjusted.advance_width.or_else(|| metrics.advance_width(id))?.round() as i32;
        let (coverage, place) = Mask::new(&path.0[..]).origin(Origin::BottomLeft).render();
        let bitmap = Bitmap {
            advance,
            left: place.left,
            // With the origin at the bottom, zeno places a bitmap by its lower edge.
            top: place.top + place.height as i32,
            width: place.width as i32,
            height: place.height as i32,
            ink: coverage.iter().map(|&c| c >= HALF).collect(),
        };
        Some(bitmap.trimmed())
    }
}

/// Collects an outline.
#[derive(Default)]
struct Path(Vec<Command>);

impl OutlinePen for Path {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.push(Command::MoveTo(Vector::new(x, y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.push(Command::LineTo(Vector::new(x, y)));
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.0.push(Command::QuadTo(Vector::new(cx, cy), Vector::new(x, y)));
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.0.push(Command::CurveTo(Vector::new(ax, ay), Vector::new(bx, by), Vector::new(x, y)));
    }

    fn close(&mut self) {
        self.0.push(Command::Close);
    }
}

/// A bitmap from a rule that says which of `width` by `height` pixels are ink; it stands `up` rows above the baseline.
fn plot(width: i32, height: i32, up: i32, ink: impl Fn(i32, i32) -> bool) -> Bitmap {
    let ink = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| ink(x, y)).collect();
    Bitmap { advance: width + 2, left: 1, top: height + up, width, height, ink }.trimmed()
}

/// The box for a character that is missing.
pub fn replacement(digit_height: u8) -> Bitmap {
    let (h, w) = (i32::from(digit_height), i32::from(digit_height) * 6 / 10);
    let thick = (h / 12).max(1);
    plot(w, h, 0, |x, y| x < thick || y < thick || x >= w - thick || y >= h - thick)
}

/// Signs by simple geometry, for typefaces that lack them.
pub fn sign(c: char, digit_height: u8) -> Option<Bitmap> {
    let h = i32::from(digit_height);
    let size = (h * 8 / 10) | 1;
    let middle = size / 2;
    let thick = (h / 8).max(1);
    let up = (h - size) / 2;
    let head = |along: i32, across: i32| along <= middle && (across - middle).abs() <= along;
    let shaft = |across: i32| (across - middle).abs() <= thick / 2;
    match c {
        '↑' => Some(plot(size, size, up, |x, y| head(y, x) || shaft(x))),
        '↓' => Some(plot(size, size, up, |x, y| head(size - 1 - y, x) || shaft(x))),
        '→' => Some(plot(size, size, up, |x, y| head(size - 1 - x, y) || shaft(y))),
        '♥' => Some(plot(size, size, up, |x, y| is_heart(x, y, size))),
        _ => None,
    }
}

/// Two discs above a point.
fn is_heart(x: i32, y: i32, size: i32) -> bool {
    // In quarters of the radius of a disc; the discs touch in the middle.
    let radius = size / 4;
    let disc = |cx: i32| {
        let (dx, dy) = (x - cx, y - radius);
        dx * dx + dy * dy <= radius * radius + radius / 2
    };
    let middle = size / 2;
    let below = y >= radius && (x - middle).abs() * (size - radius) <= (size - 1 - y) * middle * 11 / 10;
    disc(radius) || disc(size - 1 - radius) || below
}
