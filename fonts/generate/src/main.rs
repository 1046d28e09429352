//! Makes `fonts/src/generated.rs` from the typefaces in `fonts/typefaces/`.
//!
//! Outlines are fitted to the pixel grid by skrifa's auto-hinter in its mono mode, filled by zeno and cut at half
//! coverage: stems of one font come out equally thick. The size in pixels per em is searched for that gives a digit
//! exactly the height asked for. The same typefaces give the same bytes.

mod draw;
mod specimen;
mod strokes;

use clap::Parser;
use draw::{Bitmap, Face};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make the bitmap fonts.
#[derive(Parser)]
struct Arguments {
    /// Only compare: fail if the committed file is not what would be made
    #[arg(long)]
    check: bool,
    /// Also write a picture of every font
    #[arg(long, value_name = "PNG")]
    specimen: Option<PathBuf>,
}

/// What a font is made of.
struct Recipe {
    name: &'static str,
    doc: &'static str,
    typeface: &'static str,
    digit_height: u8,
    characters: &'static str,
}

const ASCII: &str = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
const LETTERS: &str = "ÀÁÂÄÆÇÈÉÊËÎÏÍÌÑÒÓÔÖŒÙÚÛÜŸßàáâäæçèéêëîïíìñòóôöœùúûüÿ";
const SIGNS: &str = "\u{a0}¿¡«»‹›‘’“”„…–—·°±×−€♥→↑↓₂";
const NUMBER: &str = " %+,-./0123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz°±−";
const NUMERAL: &str = " %+,-.0123456789:−";

/// Digit height, in pixels, from which glyphs are strokes: they take less flash than bits in smaller fonts too, but take
/// longer to draw there.
const STROKES_FROM: u8 = 40;

const B612: &str = "b612/B612-Regular.otf";
const BARLOW: &str = "barlow-condensed/BarlowCondensed-SemiBold.ttf";

const RECIPES: [Recipe; 8] = [
    Recipe {
        name: "SMALL_13",
        doc: "Small text, for pages that are read standing still.",
        typeface: B612,
        digit_height: 13,
        characters: "text",
    },
    Recipe { name: "LABEL_17", doc: "Labels.", typeface: BARLOW, digit_height: 17, characters: "text" },
    Recipe {
        name: "TEXT_22",
        doc: "Lines that are read while riding: alerts, reasons.",
        typeface: BARLOW,
        digit_height: 22,
        characters: "text",
    },
    Recipe {
        name: "NUMBER_28",
        doc: "Secondary numbers with their units.",
        typeface: BARLOW,
        digit_height: 28,
        characters: NUMBER,
    },
    Recipe {
        name: "NUMERAL_44",
        doc: "Numerals where there is less room, and 100 on small displays.",
        typeface: BARLOW,
        digit_height: 44,
        characters: NUMERAL,
    },
    Recipe {
        name: "NUMERAL_50",
        doc: "Primary numerals of small displays.",
        typeface: BARLOW,
        digit_height: 50,
        characters: NUMERAL,
    },
    Recipe { name: "NUMERAL_70", doc: "Primary numerals.", typeface: BARLOW, digit_height: 70, characters: NUMERAL },
    Recipe {
        name: "NUMERAL_84",
        doc: "Primary numerals of large displays.",
        typeface: BARLOW,
        digit_height: 84,
        characters: NUMERAL,
    },
];

/// A font ready to be written.
pub struct Font {
    name: &'static str,
    doc: &'static str,
    digit_height: u8,
    baseline: u8,
    line_height: u8,
    /// Sorted by character.
    glyphs: Vec<(char, Bitmap)>,
}

impl Font {
    const fn is_strokes(&self) -> bool {
        self.digit_height >= STROKES_FROM
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(words) => {
            println!("{words}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("sling-fonts-generate: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<String, String> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let fonts: Vec<Font> =
        RECIPES.iter().map(|recipe| make(recipe, &crate_folder.join("typefaces"))).collect::<Result<_, _>>()?;
    if let Some(path) = &arguments.specimen {
        specimen::write(&fonts, path).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let code = source(&fonts);
    let target = crate_folder.join("src/generated.rs");
    if arguments.check {
        let committed = std::fs::read_to_string(&target).map_err(|e| format!("{}: {e}", target.display()))?;
        if let Some(line) = first_difference(&committed, &code) {
            return Err(format!("src/generated.rs differs from what the typefaces give, from line {line} on"));
        }
        return Ok("fonts: generated again, nothing changed".into());
    }
    std::fs::write(&target, code).map_err(|e| format!("{}: {e}", target.display()))?;
    Ok("fonts: src/generated.rs written".into())
}

fn first_difference(a: &str, b: &str) -> Option<usize> {
    if a == b {
        return None;
    }
    let same = a.lines().zip(b.lines()).take_while(|(a, b)| a == b).count();
    Some(same + 1)
}

fn characters(recipe: &Recipe) -> Vec<char> {
    let mut all: Vec<char> = match recipe.characters {
        "text" => ASCII.chars().chain(LETTERS.chars()).chain(SIGNS.chars()).collect(),
        listed => listed.chars().collect(),
    };
    all.push('\u{fffd}');
    all.sort_unstable();
    all.dedup();
    all
}

fn make(recipe: &Recipe, typefaces: &Path) -> Result<Font, String> {
    let path = typefaces.join(recipe.typeface);
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let face = Face::new(&bytes, u16::from(recipe.digit_height), &characters(recipe))
        .ok_or_else(|| format!("{}: no size gives digits of {} px", path.display(), recipe.digit_height))?;
    let mut glyphs: Vec<(char, Bitmap)> = Vec::new();
    for c in characters(recipe) {
        let bitmap = match c {
            '\u{fffd}' => draw::replacement(recipe.digit_height),
            _ => face
                .glyph(c)
                .or_else(|| face.subscript(c))
                .or_else(|| draw::sign(c, recipe.digit_height))
                .ok_or_else(|| format!("{}: no {c:?}", path.display()))?,
        };
        glyphs.push((c, bitmap));
    }
    make_tabular(recipe.digit_height, &mut glyphs);
    // `top` is measured up from the baseline so far; the highest glyph sets the top line.
    let above = glyphs.iter().map(|(_, g)| g.top).max().unwrap_or(0);
    let below = glyphs.iter().map(|(_, g)| g.height - g.top).max().unwrap_or(0).max(0);
    for (_, glyph) in &mut glyphs {
        glyph.top = if glyph.height == 0 { 0 } else { above - glyph.top };
    }
    Ok(Font {
        name: recipe.name,
        doc: recipe.doc,
        digit_height: recipe.digit_height,
        baseline: above as u8,
        line_height: (above + below) as u8,
        glyphs,
    })
}

/// Digits get one advance, so that a number does not dance when it changes: an 8 and a gap of a twelfth of its height,
/// in which the bar of a wide 4 may stand, but for one column. Each digit stands in its middle.
fn make_tabular(digit_height: u8, glyphs: &mut [(char, Bitmap)]) {
    let is_digit = |c: &char| c.is_ascii_digit();
    let widest = glyphs.iter().filter(|(c, _)| is_digit(c)).map(|(_, g)| g.width).max().unwrap_or(0);
    let eight = glyphs.iter().find(|(c, _)| *c == '8').map_or(0, |(_, g)| g.width);
    let advance = (eight + (i32::from(digit_height) / 12).max(2)).max(widest + 1);
    for (_, glyph) in glyphs.iter_mut().filter(|(c, _)| is_digit(c)) {
        glyph.left = (advance - glyph.width) / 2;
        glyph.advance = advance;
    }
}

fn source(fonts: &[Font]) -> String {
    let mut code = String::from(
        "// Made by sling-fonts-generate; do not edit. The glyphs are under the SIL Open Font License: see typefaces/.\n\
         use super::{Entry, Font, Set};\n",
    );
    for font in fonts {
        write_font(&mut code, font);
    }
    write_digests(&mut code, fonts);
    code
}

/// What each glyph's bitmap is, for a test of what is stored.
fn write_digests(code: &mut String, fonts: &[Font]) {
    let _ = writeln!(
        code,
        "\n/// By digit height: each glyph's width, height and pixels as they came from the typeface, by FNV-1a.\n\
         #[cfg(test)]\npub static RASTERED: [(u8, &[(char, u32)]); {}] = [",
        fonts.len()
    );
    for font in fonts {
        let _ = writeln!(code, "    ({}, &[", font.digit_height);
        for (c, glyph) in &font.glyphs {
            let (high, low) = (glyph.digest() >> 16, glyph.digest() & 0xffff);
            let _ = writeln!(code, "        ('\\u{{{:x}}}', 0x{high:04x}_{low:04x}),", u32::from(*c));
        }
        code.push_str("    ]),\n");
    }
    code.push_str("];\n");
}

fn write_font(code: &mut String, font: &Font) {
    let (name, doc) = (font.name, font.doc);
    let (letters, plain): (Vec<_>, Vec<_>) = font.glyphs.iter().partition(|(c, _)| LETTERS.contains(*c));
    let kind = if font.is_strokes() { "STROKES" } else { "BITS" };
    let set = |name: &str| format!("Set {{ entries: &{name}_ENTRIES, ink: &{name}_{kind} }}");
    let set_of_letters =
        if letters.is_empty() { "Set { entries: &[], ink: &[] }".to_owned() } else { format!("{name}_LETTERS") };
    let _ = writeln!(
        code,
        "\n/// {doc} Digits of {} px.\npub static {name}: Font = Font {{\n    digit_height: {},\n    baseline: {},\n    \
         line_height: {},\n    plain: {},\n    letters: {set_of_letters},\n    is_tall: false,\n    is_strokes: {},\n}};",
        font.digit_height,
        font.digit_height,
        font.baseline,
        font.line_height,
        set(name),
        font.is_strokes(),
    );
    write_set(code, (name, kind), &plain, "");
    if !letters.is_empty() {
        let on = "#[cfg(feature = \"letters\")]\n";
        let _ = writeln!(code, "{on}const {name}_LETTERS: Set = {};", set(&format!("{name}_LETTERS")));
        let _ = writeln!(code, "#[cfg(not(feature = \"letters\"))]\nconst {name}_LETTERS: Set = Set::EMPTY;");
        write_set(code, (&format!("{name}_LETTERS"), kind), &letters, on);
    }
}

/// The entries and ink of some of a font's glyphs.
fn write_set(code: &mut String, (name, kind): (&str, &str), glyphs: &[&(char, Bitmap)], condition: &str) {
    let mut ink = Vec::new();
    let mut entries = String::new();
    for (c, glyph) in glyphs {
        let _ = writeln!(
            entries,
            "    Entry {{ character: 0x{:x}, advance: {}, left: {}, top: {}, width: {}, height: {}, offset: {} }},",
            u32::from(*c),
            glyph.advance,
            glyph.left,
            glyph.top,
            glyph.width,
            glyph.height,
            ink.len(),
        );
        ink.extend(if kind == "STROKES" { strokes::of(glyph) } else { glyph.packed() });
    }
    let _ = writeln!(code, "{condition}static {name}_ENTRIES: [Entry; {}] = [\n{entries}];", glyphs.len());
    let _ = writeln!(code, "{condition}static {name}_{kind}: [u8; {}] = [", ink.len());
    for row in ink.chunks(32) {
        let row: Vec<String> = row.iter().map(ToString::to_string).collect();
        let _ = writeln!(code, "    {},", row.join(","));
    }
    code.push_str("];\n");
}
