//! A picture of every font, to look at.

use crate::Font;
use std::fs::File;
use std::io;
use std::path::Path;

const WIDTH: usize = 760;
const MARGIN: i32 = 8;

/// Writes all characters of all fonts, wrapped.
pub fn write(fonts: &[Font], path: &Path) -> io::Result<()> {
    let mut rows: Vec<Vec<u8>> = Vec::new();
    let mut y = MARGIN;
    for font in fonts {
        let mut x = MARGIN;
        for (_, glyph) in &font.glyphs {
            if x + glyph.advance > WIDTH as i32 - MARGIN {
                x = MARGIN;
                y += i32::from(font.line_height) + 2;
            }
            for (i, _) in glyph.ink.iter().enumerate().filter(|(_, ink)| **ink) {
                let (column, row) = (i as i32 % glyph.width, i as i32 / glyph.width);
                let (px, py) = ((x + glyph.left + column) as usize, (y + glyph.top + row) as usize);
                while rows.len() <= py {
                    rows.push(vec![0xff; WIDTH]);
                }
                if px < WIDTH {
                    rows[py][px] = 0;
                }
            }
            x += glyph.advance;
        }
        y += i32::from(font.line_height) + 2 * MARGIN;
    }
    let mut encoder = png::Encoder::new(io::BufWriter::new(File::create(path)?), WIDTH as u32, rows.len() as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&rows.concat())?;
    Ok(())
}
