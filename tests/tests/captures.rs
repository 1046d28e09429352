//! Animations of the screen: what `sling render --until` writes, and the one that README.md shows, which is made anew by the
//! command beside it. A change that is meant: `SLING_ACCEPT=1 cargo test -p sling-tests --test captures`.

use clap::Parser;
use sling_simulator::commands::Cli;
use sling_simulator::error::CommandError;
use sling_tests::image::{Image, animation};
use std::fs;
use std::path::{Path, PathBuf};

/// The most that a capture in the repository may take, bytes.
const MOST_BYTES: u64 = 150_000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Does what a line of the command line asks for, with the file that it writes in `folder`.
fn render(line: &str, folder: &Path) -> Result<PathBuf, String> {
    let (line, name) = line.split_once(" -o ").unwrap();
    let file = folder.join(Path::new(name.trim()).file_name().unwrap());
    let mut words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
    words.extend(["-o".to_owned(), file.to_string_lossy().into_owned()]);
    let cli = Cli::try_parse_from(words).map_err(|error| error.to_string())?;
    cli.run().map_err(|error: CommandError| error.to_string())?;
    Ok(file)
}

fn still(page: &str, at_s: u32, more: &str, folder: &Path) -> Image {
    let file = render(&format!("sling render {page} --from demo --at {at_s} {more} -o still.png"), folder).unwrap();
    Image::from_png(&fs::read(file).unwrap()).unwrap()
}

fn shown(line: &str, folder: &Path) -> Vec<(Image, f64)> {
    animation(&fs::read(render(line, folder).unwrap()).unwrap()).unwrap()
}

#[test]
fn every_frame_is_the_still_of_its_moment_and_stays_until_pixels_change() {
    let folder = tempfile::tempdir().unwrap();
    // The head unit's own page, as the alert comes; one on which little changes; one in colours, in another way.
    for (page, at_s, until_s, more) in [
        ("own", 1216, 1232, ""),
        ("about", 1216, 1226, ""),
        ("balance", 1216, 1230, "--display tft-landscape --theme night --seed 5 --via ant"),
    ] {
        let line = format!(
            "sling render {page} --from demo --at {at_s} --until {until_s} --every 2 --speed 4x {more} -o m.png"
        );
        let frames = shown(&line, folder.path());
        let stills: Vec<_> = (at_s..=until_s).step_by(2).map(|at_s| still(page, at_s, more, folder.path())).collect();
        let changes = stills.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert_eq!(frames.len(), changes + 1, "{page}");
        let mut looks = stills.iter();
        for (image, lasts_s) in &frames {
            // Half a second for each look.
            let count = (lasts_s / 0.5).round() as usize;
            assert!((lasts_s - 0.5 * count as f64).abs() < 0.001 && count > 0, "{page}: {lasts_s} s");
            assert!(looks.by_ref().take(count).all(|still| still == image), "{page}");
        }
        assert_eq!(looks.len(), 0, "{page}");
    }
}

#[test]
fn what_the_head_unit_shows_is_its_page_with_the_alert_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let own = still("own", 1230, "", folder.path());
    assert!(own == still("balance", 1230, "", folder.path()));
    assert!(own != still("trend", 1230, "", folder.path()));
}

#[test]
fn frames_a_second_of_the_animation_are_looks_of_the_ride() {
    let folder = tempfile::tempdir().unwrap();
    let line = |how| format!("sling render own --from demo --at 60 --until 80 --speed 10x {how} -o m.apng");
    // Ten times as fast, five looks a second: one each two seconds.
    assert!(shown(&line("--fps 5"), folder.path()) == shown(&line("--every 2"), folder.path()));
}

#[test]
fn a_gif_is_one_and_what_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let gif = render("sling render own --from demo --at 60 --until 70 -o m.gif", folder.path()).unwrap();
    assert!(fs::read(&gif).unwrap().starts_with(b"GIF89a"));
    fs::remove_file(gif).unwrap();
    for (line, why) in [
        ("--at 60 --until 70 -o m.mp4", "m.mp4: an animation is an .apng or .png"),
        ("--at 60 --until 70 -o m", "an animation is an .apng or .png"),
        ("--at 60 -o m.gif", "--until"),
        ("--at 60 --until 50 -o m.png", "--until 50 s is before --at 60 s"),
        ("--at 60 --until 3000 -o m.png", "--until 3000 s is after the ride's end"),
        ("--at 60 --every 2 -o m.png", "--until"),
        ("--at 60 --until 70 --every 2 --fps 3 -o m.png", "--fps"),
        ("--at 60 --until 70 --every 0 -o m.png", "--every"),
        ("--at 60 --until 70 --speed 10 -o m.png", "--speed"),
        ("--at 60 --until 70 --speed 100x -o m.png", "a frame each 10.0 ms"),
    ] {
        let said = render(&format!("sling render own --from demo {line}"), folder.path()).unwrap_err();
        assert!(said.contains(why), "{line}: {said}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
}

#[test]
fn the_captures_in_the_readme_are_what_the_commands_beside_them_make() {
    let folder = tempfile::tempdir().unwrap();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let lines: Vec<&str> =
        readme.lines().filter(|line| line.starts_with("sling render ") && line.contains("--until")).collect();
    assert!(!lines.is_empty());
    for line in lines {
        let made = fs::read(render(line, folder.path()).unwrap()).unwrap();
        let name = line.split_once(" -o ").unwrap().1.trim();
        let committed = root().join(name);
        assert!(readme.contains(&format!("]({name})")), "{name} is not shown");
        if std::env::var_os("SLING_ACCEPT").is_some() {
            fs::create_dir_all(committed.parent().unwrap()).unwrap();
            fs::write(&committed, &made).unwrap();
        }
        let shown = animation(&fs::read(&committed).unwrap()).unwrap();
        assert!(shown == animation(&made).unwrap(), "{name} is not what this makes: {line}");
        assert!(shown.len() > 10 && fs::metadata(&committed).unwrap().len() <= MOST_BYTES, "{name}");
    }
}
