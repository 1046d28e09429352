//! Every golden screen of a display on one sheet, with its name, to look at: a PNG for each display.
//!
//! ```text
//! cargo run -p sling-tests --example contact_sheet -- FOLDER
//! ```
//!
//! What is shown are the committed files, not what would be drawn now.

use sling_core::draw::{Align, Area, Ink, MonoFrame, Theme, Words, text_in};
use sling_fonts::{LABEL_17, SMALL_13};
use sling_tests::image::Image;
use sling_tests::panel::PANELS;
use std::fs;
use std::io;
use std::path::Path;

/// About how wide a sheet is, pixels.
const SHEET_W: usize = 2000;
/// Between the pictures, and the line above each for its name.
const GAP: usize = 12;
const NAME_H: usize = 22;
/// Behind the pictures, so that their edges can be seen.
const TABLE: [u8; 3] = [176, 190, 197];

fn main() -> io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("contact_sheet FOLDER");
        std::process::exit(2);
    };
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    for panel in &PANELS {
        let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens/screens").join(panel.name);
        let mut pictures = Vec::new();
        for entry in fs::read_dir(goldens)? {
            let path = entry?.path();
            if path.extension().is_some_and(|it| it == "png") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                pictures.push((name, Image::from_png(&fs::read(&path)?)?));
            }
        }
        pictures.sort_by(|(a, _), (b, _)| a.cmp(b));
        let path = folder.join(format!("{}.png", panel.name));
        fs::write(&path, sheet(&pictures).png())?;
        println!("{}: {} screens", path.display(), pictures.len());
    }
    Ok(())
}

fn sheet(pictures: &[(String, Image)]) -> Image {
    let (w, h) = pictures.first().map_or((1, 1), |(_, image)| (image.w, image.h));
    let columns = (SHEET_W / (w + GAP)).max(1);
    let rows = pictures.len().div_ceil(columns);
    let mut sheet = Image::plain(GAP + columns * (w + GAP), GAP + rows * (h + GAP + NAME_H), TABLE);
    for (i, (name, image)) in pictures.iter().enumerate() {
        let (x, y) = (GAP + i % columns * (w + GAP), GAP + i / columns * (h + GAP + NAME_H));
        sheet.paste(x, y, &label(name, w));
        sheet.paste(x, y + NAME_H, image);
    }
    sheet
}

/// A name in Sling's own letters, on the table.
fn label(name: &str, w: usize) -> Image {
    let mut frame: Box<MonoFrame<512, 22, { 64 * 22 }>> = Box::new(MonoFrame::new(Theme::Day));
    let line = Area::new(0, 0, w as i16, NAME_H as i16);
    text_in(&mut *frame, line, Align::Left, &[&LABEL_17, &SMALL_13], &[Words::of(format_args!("{name}"))], Ink::Ink);
    let ink = |x: usize, y: usize| if frame.pixel(x as i16, y as i16) { [0; 3] } else { TABLE };
    Image { w, h: NAME_H, pixels: (0..w * NAME_H).map(|i| ink(i % w, i / w)).collect() }
}
