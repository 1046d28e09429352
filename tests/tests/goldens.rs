//! Every page in every state on every display as committed, compared on decoded pixels and on words.
//!
//! `goldens/screens/DISPLAY/PAGE-STATE.png` are the pictures, `words.txt` beside them what they say. A state that changes
//! neither on a page has no picture there: `same-as-normal.txt` lists it.
//!
//! A change that is meant is accepted with `SLING_ACCEPT=1 cargo test -p sling-tests --test goldens`; then look at
//! the pictures. A change that is not leaves `target/goldens/index.html` to look at.

use sling_core::field::Snapshot;
use sling_core::language::Language;
use sling_core::ui::{PAGES, cells};
use sling_tests::image::Image;
use sling_tests::panel::PANELS;
use sling_tests::screens::{self, Screen, strays};
use sling_tests::states::STATES;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The most pictures.
const MOST: usize = 350;
/// The most that they and their words may take, bytes.
const MOST_BYTES: u64 = 3_000_000;

const WORDS: &str = "words.txt";
const SAME: &str = "same-as-normal.txt";

/// Who reads or writes the files has it: tests run side by side.
static FILES: Mutex<()> = Mutex::new(());

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens/screens")
}

/// The screens of one display: pictures, words, and the names of those that are like the normal one.
#[derive(Default, PartialEq, Eq)]
struct Shelf {
    pictures: BTreeMap<String, Image>,
    words: BTreeMap<String, String>,
    same: BTreeSet<String>,
}

type Shelves = BTreeMap<String, Shelf>;

fn made() -> Shelves {
    let mut shelves = Shelves::new();
    let mut normal: Option<Screen> = None;
    for screen in screens::all() {
        let shelf = shelves.entry(screen.canvas.to_owned()).or_default();
        let like = normal.as_ref().filter(|_| !screen.is_normal());
        let same_picture = like.is_some_and(|normal| normal.image == screen.image);
        let same_words = like.is_some_and(|normal| normal.words == screen.words);
        let name = screen.name();
        if !same_words {
            shelf.words.insert(name.clone(), screen.words.trim_end().to_owned());
        }
        match (same_picture, same_words) {
            (true, true) => drop(shelf.same.insert(name)),
            (true, false) => drop(shelf.same.insert(format!("{name} (in other words)"))),
            (false, _) => drop(shelf.pictures.insert(name, screen.image.clone())),
        }
        if screen.is_normal() {
            normal = Some(screen);
        }
    }
    shelves
}

/// The words of a display as a file: a heading for each screen.
fn words_file(words: &BTreeMap<String, String>) -> String {
    words.iter().fold(String::new(), |mut file, (name, words)| {
        let _ = write!(file, "== {name}\n{words}\n\n");
        file
    })
}

fn words_of(file: &str) -> BTreeMap<String, String> {
    let sections = file.split("== ").skip(1).filter_map(|section| section.split_once('\n'));
    sections.map(|(name, words)| (name.to_owned(), words.trim_end().to_owned())).collect()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

fn committed() -> Shelves {
    let mut shelves = Shelves::new();
    for display in files_in(&folder()) {
        let mut shelf = Shelf::default();
        for file in files_in(&display) {
            if file.ends_with(WORDS) {
                shelf.words = words_of(&fs::read_to_string(&file).unwrap());
            } else if file.ends_with(SAME) {
                shelf.same = fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect();
            } else if file.extension().is_some_and(|it| it == "png") {
                let image = Image::from_png(&fs::read(&file).unwrap()).unwrap();
                shelf.pictures.insert(stem(&file), image);
            } else {
                // Shows as extra.
                shelf.same.insert(file.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        shelves.insert(stem(&display), shelf);
    }
    shelves
}

/// Writes the screens; a picture whose pixels are the same stays the file that it is.
fn accept(made: &Shelves, old: &Shelves) {
    for display in files_in(&folder()) {
        let new = made.get(&stem(&display));
        for file in files_in(&display) {
            let stays = new.is_some_and(|shelf| shelf.pictures.contains_key(&stem(&file)));
            if !stays {
                fs::remove_file(file).unwrap();
            }
        }
        if new.is_none() {
            fs::remove_dir(display).unwrap();
        }
    }
    for (display, shelf) in made {
        let folder = folder().join(display);
        fs::create_dir_all(&folder).unwrap();
        for (name, image) in &shelf.pictures {
            if old.get(display).and_then(|shelf| shelf.pictures.get(name)) != Some(image) {
                fs::write(folder.join(format!("{name}.png")), image.png()).unwrap();
            }
        }
        fs::write(folder.join(WORDS), words_file(&shelf.words)).unwrap();
        let same: String = shelf.same.iter().flat_map(|name| [name, "\n"]).collect();
        fs::write(folder.join(SAME), same).unwrap();
    }
}

/// What is not as it was committed, each by display and name.
#[derive(Default)]
struct Report {
    missing: Vec<String>,
    extra: Vec<String>,
    changed: Vec<String>,
    page: String,
}

impl Report {
    fn compare(old: &Shelves, new: &Shelves) -> Self {
        let mut report = Self::default();
        let none = Shelf::default();
        let displays: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for display in displays {
            let [old, new] = [old, new].map(|shelves| shelves.get(display).unwrap_or(&none));
            let names = |shelf: &Shelf| -> BTreeSet<String> {
                shelf.pictures.keys().chain(shelf.words.keys()).chain(&shelf.same).cloned().collect()
            };
            for name in names(old).union(&names(new)) {
                report.compare_one(display, name, old, new);
            }
        }
        report
    }

    fn compare_one(&mut self, display: &str, name: &str, old: &Shelf, new: &Shelf) {
        let (expected, actual) = (old.pictures.get(name), new.pictures.get(name));
        let said = [old, new].map(|shelf| shelf.words.get(name).map_or("", String::as_str));
        let same = [old, new].map(|shelf| shelf.same.contains(name));
        if expected == actual && said[0] == said[1] && same[0] == same[1] {
            return;
        }
        // A picture that is not there although the list of those like the normal one does not say why.
        let is_in = |shelf: &Shelf, picture: Option<&Image>| picture.is_some() || shelf.same.contains(name);
        let what = match (is_in(old, expected), is_in(new, actual)) {
            (false, true) => "missing",
            (true, false) => "extra",
            _ => "changed",
        };
        let pixels = match (expected, actual) {
            (Some(expected), Some(actual)) if expected == actual => String::new(),
            (Some(expected), Some(actual)) => format!(", {} pixels", expected.changed(actual)),
            _ => String::new(),
        };
        let words = if said[0] == said[1] { "" } else { ", words" };
        let line = format!("{display}/{name}{pixels}{words}");
        match what {
            "missing" => &mut self.missing,
            "extra" => &mut self.extra,
            _ => &mut self.changed,
        }
        .push(line.clone());
        let difference = expected.zip(actual).map(|(expected, actual)| expected.difference(actual));
        let _ = write!(self.page, "<section><h2>{what}: {line}</h2><div>");
        for (title, image) in [("expected", expected), ("actual", actual), ("difference", difference.as_ref())] {
            let _ = write!(self.page, "<figure><figcaption>{title}</figcaption>");
            match image {
                Some(image) => {
                    let data = base64(&image.png());
                    let _ = write!(self.page, "<img alt=\"{title}\" src=\"data:image/png;base64,{data}\">");
                }
                None => self.page.push_str("none"),
            }
            self.page.push_str("</figure>");
        }
        let _ = write!(self.page, "</div><pre>{}</pre></section>", words_difference(said[0], said[1]));
    }

    const fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty() && self.changed.is_empty()
    }

    /// Writes the page to look at; where it is.
    fn write(&self) -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
        let folder = target.join("goldens");
        fs::create_dir_all(&folder).unwrap();
        let page = folder.join("index.html");
        let counts = [("missing", &self.missing), ("extra", &self.extra), ("changed", &self.changed)]
            .map(|(what, list)| format!("{} {what}", list.len()))
            .join(", ");
        let html = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Goldens: {counts}</title><style>\
             body{{font:16px sans-serif;margin:1em}}div{{display:flex;flex-wrap:wrap;gap:1em}}figure{{margin:0}}\
             img{{border:1px solid #888;image-rendering:pixelated}}pre{{background:#eee;padding:.5em;overflow:auto}}\
             del{{background:#fbb}}ins{{background:#bfb}}</style><h1>Goldens: {counts}</h1>{}</html>",
            self.page
        );
        fs::write(&page, html).unwrap();
        page.canonicalize().unwrap()
    }
}

/// Both texts' lines: those of both once, those of one marked.
fn words_difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    // The longest common run of lines, in any order of gaps: lengths from the end.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] =
                if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let safe = |line: &str| line.replace('&', "&amp;").replace('<', "&lt;");
    let (mut i, mut j, mut out) = (0, 0, String::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            let _ = writeln!(out, "{}", safe(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && common[i + 1][j] >= common[i][j + 1] {
            let _ = writeln!(out, "<del>{}</del>", safe(old[i]));
            i += 1;
        } else {
            let _ = writeln!(out, "<ins>{}</ins>", safe(new[j]));
            j += 1;
        }
    }
    out
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let three = |chunk: &[u8]| {
        let bits = (0..3).fold(0_u32, |bits, i| bits << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
        let digit = |i: usize| {
            if i > chunk.len() { '=' } else { char::from(DIGITS[(bits >> (18 - 6 * i)) as usize & 63]) }
        };
        [0, 1, 2, 3].map(digit)
    };
    bytes.chunks(3).flat_map(three).collect()
}

#[test]
fn the_screens_are_the_ones_that_were_committed() {
    let made = made();
    let _files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    let mut old = committed();
    if std::env::var_os("SLING_ACCEPT").is_some() {
        accept(&made, &old);
        old = committed();
    }
    let report = Report::compare(&old, &made);
    if report.is_empty() {
        return;
    }
    let page = report.write();
    let list = |what: &str, names: &[String]| {
        names.iter().fold(format!("{} {what}\n", names.len()), |list, name| format!("{list}  {name}\n"))
    };
    panic!(
        "the screens are others than those committed; look at {}\n{}{}{}\
         If this is meant: SLING_ACCEPT=1 cargo test -p sling-tests --test goldens",
        page.display(),
        list("missing", &report.missing),
        list("extra", &report.extra),
        list("changed", &report.changed),
    );
}

#[test]
fn the_goldens_stay_few_and_small() {
    let made: usize = made().values().map(|shelf| shelf.pictures.len()).sum();
    let _files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    let mut pictures = 0;
    let mut bytes = 0;
    for file in files_in(&folder()).iter().flat_map(|display| files_in(display)) {
        pictures += usize::from(file.extension().is_some_and(|it| it == "png"));
        bytes += fs::metadata(&file).unwrap().len();
    }
    println!("{pictures} pictures, {bytes} bytes with their words");
    assert!(pictures <= MOST, "{pictures} pictures");
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
    assert!(made <= MOST, "{made} pictures would be written");
}

#[test]
fn every_page_in_every_state_stays_in_its_fields_in_every_language() {
    let mut outside = BTreeSet::new();
    for state in &STATES {
        let unit = state.ridden();
        for (at, page) in (0..).zip(PAGES) {
            state.on_page(&unit, at, |snapshot| {
                for language in Language::ALL {
                    let snapshot = Snapshot { language, ..snapshot.clone() };
                    for panel in &PANELS {
                        let (w, h) = panel.size();
                        for cell in cells(*page, &snapshot, w, h) {
                            let (name, id) = (panel.name, cell.field.id());
                            let mut words = String::new();
                            cell.field.describe(&snapshot, &mut words).unwrap();
                            let strays = strays(&snapshot, cell.area, cell.field);
                            if strays.is_some() || words.trim().is_empty() {
                                outside.insert(format!(
                                    "{name} {}-{}, {language}, {id}: {words}",
                                    page.id(),
                                    state.name
                                ));
                            }
                        }
                    }
                }
            });
        }
    }
    assert!(outside.is_empty(), "{} cases, such as {:#?}", outside.len(), outside.iter().take(12).collect::<Vec<_>>());
}

#[test]
fn the_report_names_what_is_missing_extra_and_changed_and_shows_both() {
    let shelf = |names: &[(&str, u8)]| Shelf {
        pictures: names.iter().map(|(name, grey)| ((*name).to_owned(), Image::plain(8, 4, [*grey; 3]))).collect(),
        words: names.iter().map(|(name, grey)| ((*name).to_owned(), format!("power\n{grey} < W"))).collect(),
        same: BTreeSet::new(),
    };
    let shelves = |names: &[(&str, u8)]| Shelves::from([("8x4".to_owned(), shelf(names))]);
    let report = Report::compare(&shelves(&[("a", 0), ("b", 0), ("c", 9)]), &shelves(&[("b", 0), ("c", 7), ("d", 0)]));
    assert_eq!(report.missing, ["8x4/d, words"]);
    assert_eq!(report.extra, ["8x4/a, words"]);
    assert_eq!(report.changed, ["8x4/c, 32 pixels, words"]);
    assert_eq!(report.page.matches("data:image/png;base64,iVBORw0KGgo").count(), 1 + 1 + 3);
    assert!(report.page.contains("power\n<del>9 &lt; W</del>\n<ins>7 &lt; W</ins>"), "{}", report.page);
    assert!(!report.page.contains("http"));
}

#[test]
fn words_and_base64_come_back_as_they_were() {
    let words = BTreeMap::from([("a-b".to_owned(), "one\ntwo".to_owned()), ("c-d".to_owned(), "three".to_owned())]);
    assert_eq!(words_of(&words_file(&words)), words);
    assert_eq!([&b"Ma"[..], b"M", b"Man"].map(base64), ["TWE=", "TQ==", "TWFu"]);
}
