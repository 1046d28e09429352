//! The Balance page as committed, on every display: compared on decoded pixels, words beside each picture.
//!
//! A change that is meant is accepted with `SLING_ACCEPT=1 cargo test -p sling-tests`; then look at the pictures.

use sling_core::draw::Theme;
use sling_core::head_unit::Config;
use sling_simulator::display::{Display, png};
use sling_simulator::player::Player;
use sling_simulator::ride::{Flow, Ride};
use sling_simulator::scenario::{Scenario, builtin};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Moments of the demo ride: name, second, theme, and whether it is drawn for every display or the reference alone.
const MOMENTS: [(&str, u64, Theme, bool); 4] = [
    ("learning-night", 240, Theme::Night, false),
    ("riding", 1140, Theme::Day, true),
    ("alert", 1275, Theme::Day, true),
    ("stale", 1930, Theme::Day, false),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens/balance")
}

fn name(display: Display) -> &'static str {
    match display {
        Display::SharpPortrait => "sharp-portrait",
        Display::SharpLandscape => "sharp-landscape",
        Display::Small8Colour => "small-8colour",
        Display::TftPortrait => "tft-portrait",
        Display::TftLandscape => "tft-landscape",
    }
}

/// The demo up to second `until_s`.
fn ridden(until_s: u64, theme: Theme) -> Player {
    let scenario = Scenario::parse("demo", builtin("demo").unwrap()).unwrap();
    let ride = Ride::simulated(&scenario, scenario.seed);
    let mut player = Player::new(Vec::new(), ride.ticks());
    ride.play(&Config { theme, ..Config::DEFAULT }, None, |input, at| {
        if at.as_ms() > until_s * 1000 {
            return Ok(Flow::Stop);
        }
        player.play(input, at)?;
        Ok(Flow::Continue)
    })
    .unwrap();
    player
}

/// Every golden: file stem, PNG and words.
fn made() -> BTreeMap<String, (Vec<u8>, String)> {
    let mut made = BTreeMap::new();
    for (moment, until_s, theme, everywhere) in MOMENTS {
        let player = ridden(until_s, theme);
        for display in Display::ALL {
            if !everywhere && display != Display::SharpPortrait {
                continue;
            }
            let (w, h) = display.size();
            let mut words = String::new();
            player.unit().describe(w.cast_signed(), h.cast_signed(), &mut words).unwrap();
            made.insert(format!("{moment}-{}", name(display)), (png(display, player.unit()), words));
        }
    }
    made
}

fn decoded(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    (info.width, info.height, pixels)
}

#[test]
fn the_screens_are_the_ones_that_were_committed() {
    let folder = folder();
    let made = made();
    if std::env::var_os("SLING_ACCEPT").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (stem, (png, words)) in &made {
            fs::write(folder.join(format!("{stem}.png")), png).unwrap();
            fs::write(folder.join(format!("{stem}.txt")), words).unwrap();
        }
    }
    let mut wrong = Vec::new();
    for (stem, (png, words)) in &made {
        let committed = |extension| fs::read(folder.join(format!("{stem}.{extension}")));
        match (committed("png"), committed("txt")) {
            (Ok(old_png), Ok(old_words)) => {
                if decoded(&old_png) != decoded(png) {
                    wrong.push(format!("{stem}: pixels changed"));
                }
                if old_words != words.as_bytes() {
                    wrong.push(format!("{stem}: words changed, now:\n{words}"));
                }
            }
            _ => wrong.push(format!("{stem}: missing")),
        }
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if !made.contains_key(&stem) {
            wrong.push(format!("{stem}: extra"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
