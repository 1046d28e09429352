//! The head unit in C (`tests/c-host`) on the board and on this machine: what it was fed is fed here through Rust, the
//! fields that it drew are drawn here on core's own frame, and words and pixels are the same. Its own field has a twin
//! in Rust.
//!
//! `SLING_C_HOST_IMAGE=$(tests/c-host/build.sh) SLING_C_HOST_PROGRAM=$(tests/c-host/build.sh desktop) cargo test -p
//! sling-tests --test board c_host` runs it.

use super::emulator::{Board, Run, run_c_host_here};
use super::{STACK_LIMIT, figure, note};
use sling_core::digest::Digest;
use sling_core::draw::{Area, Canvas, Ink, MonoFrame, Theme};
use sling_core::field::{Field, SiteView, Snapshot, by_id};
use sling_core::head_unit::{Assignment, Config, HeadUnit, Input};
use sling_core::language::Language;
use sling_core::sensor::{Identity, Reason, Sample, Value};
use sling_core::time::Instant;
use sling_core::units::Smo2;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Bytes behind the pixels of a row of the host's frame, and what it put there.
const BEHIND_A_ROW: [u8; 2] = [0xa5; 2];
/// How often the host draws its fields, and how many it has.
const MOMENTS: usize = 4;
const FIELDS: usize = 9;
/// Strokes that its own field tries outside its area each time.
const STRAYS: usize = 4;
/// Errors that the header has.
const ERRORS: i32 = 17;

/// The host's own field, written once more.
struct Columns;

/// SmO2 in tenths of a percent, as a field in C is given it.
fn tenths(view: Option<&SiteView<'_>>) -> Result<u16, Option<Reason>> {
    let percent = view.ok_or(None)?.smo2.map_err(Some)?;
    Ok((percent * 10.0).round() as u16)
}

impl Field for Columns {
    fn id(&self) -> &'static str {
        "columns"
    }

    fn title(&self, _: Language) -> &'static str {
        "Columns"
    }

    fn unit(&self) -> &'static str {
        "%"
    }

    fn smallest(&self) -> (i16, i16) {
        (20, 30)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let (left, right) = area.split_left(area.w / 2);
        for (half, view, ink) in [(left, &snapshot.calf, Ink::Calf), (right, &snapshot.thigh, Ink::Thigh)] {
            match tenths(view.as_ref()) {
                Ok(tenths) => {
                    let h = (i32::from(half.h) * i32::from(tenths) / 1000) as i16;
                    canvas.fill(Area::new(half.x + 1, half.bottom() - h, half.w - 2, h), ink);
                }
                Err(_) => canvas.fill(half, Ink::Grid),
            }
        }
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        for (name, view) in [("calf ", &snapshot.calf), (" · thigh ", &snapshot.thigh)] {
            out.write_str(name)?;
            match tenths(view.as_ref()) {
                Ok(tenths) => write!(out, "{}.{} %", tenths / 10, tenths % 10)?,
                Err(reason) => out.write_str(match reason {
                    None => "bare",
                    Some(Reason::Searching) => "searched",
                    Some(Reason::Lost) => "lost",
                    Some(Reason::Stale) => "without news",
                    Some(Reason::NoData) => "without data",
                    Some(Reason::AmbientLight) => "in the light",
                    Some(_) => "unknown",
                })?,
            }
        }
        Ok(())
    }
}

fn field(id: &str) -> Result<&'static dyn Field, String> {
    if id == Columns.id() { Ok(&Columns) } else { by_id(id).ok_or_else(|| format!("no field {id}")) }
}

/// Numbers and words of a line, one after the other.
struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    fn word(&mut self) -> &'a str {
        let (word, rest) = self.0.split_once(' ').unwrap_or((self.0, ""));
        self.0 = rest;
        word
    }

    fn number<T: FromStr>(&mut self) -> Result<T, String> {
        let word = self.word();
        word.parse().map_err(|_| format!("{word:?} is not a number that belongs here"))
    }
}

/// The same head unit, from Rust.
struct Twin {
    unit: HeadUnit,
    frame: MonoFrame<240, 400, 12000>,
    /// What it was told that all is well with: fields drawn, words said, calls refused, errors seen.
    drawn: usize,
    said: usize,
    refused: usize,
    errors: BTreeSet<i32>,
}

impl Twin {
    fn new(said: &str) -> Result<Self, String> {
        let mut config = Config::DEFAULT;
        for line in said.lines().filter_map(|line| line.strip_prefix("sensor ")) {
            let mut words = Words(line);
            let identity = Identity::Channel(words.number()?);
            config.roster.push(Assignment { identity, site: words.number()? }).map_err(|_| "too many sensors")?;
        }
        let mut twin = Self {
            unit: HeadUnit::new(),
            frame: MonoFrame::new(Theme::Day),
            drawn: 0,
            said: 0,
            refused: 0,
            errors: BTreeSet::new(),
        };
        twin.take(&Input::Configure(config), 0);
        Ok(twin)
    }

    fn take(&mut self, input: &Input<'_>, at_ms: u64) {
        self.unit.handle(input, Instant::from_ms(at_ms));
        while self.unit.poll_output().is_some() {}
    }

    /// All of the host's frame.
    fn digest(&self) -> String {
        let mut digest = Digest::new();
        for row in self.frame.bytes().chunks(240 / 8) {
            digest.update(row);
            digest.update(&BEHIND_A_ROW);
        }
        format!("{:016x}", digest.value())
    }

    /// Does what a line says, and looks whether it comes to the same.
    fn line(&mut self, line: &str) -> Result<(), String> {
        let same = |what: &str, here: &str, there: &str| {
            if here == there { Ok(()) } else { Err(format!("{what}: {here:?} here, {there:?} there")) }
        };
        let mut words = Words(line);
        match words.word() {
            "sensor" | "stack" => Ok(()),
            "tick" => {
                let at_ms = words.number()?;
                // It ticks when it was told to.
                same(
                    "due",
                    &format!("{:?}", self.unit.next_deadline()),
                    &format!("{:?}", Some(Instant::from_ms(at_ms))),
                )?;
                self.take(&Input::Tick, at_ms);
                Ok(())
            }
            "sample" => {
                let (at_ms, channel, count) = (words.number()?, words.number()?, words.number()?);
                let (reason, tenths): (usize, u16) = (words.number()?, words.number()?);
                let reading = match reason {
                    0 => Ok(Value { smo2: Smo2::from_tenths(tenths).ok_or("more than all")?, thb: None }),
                    reason => Err(*Reason::ALL.get(reason - 1).ok_or("no reason")?),
                };
                self.take(&Input::Sample(Sample { identity: Identity::Channel(channel), count, reading }), at_ms);
                Ok(())
            }
            "drawn" => {
                let area = Area::new(words.number()?, words.number()?, words.number()?, words.number()?);
                let id = words.word();
                self.frame.fill(area, Ink::Paper);
                field(id)?.draw(&self.unit.snapshot(), &mut self.frame, area);
                self.drawn += 1;
                same(id, &self.digest(), words.0)
            }
            "about" => {
                let field = field(words.word())?;
                let ((w, h), (better_w, better_h)) = (field.smallest(), field.preferred());
                same(field.id(), &format!("{w} {h} {better_w} {better_h}"), words.0)
            }
            "words" => {
                let (id, mut here) = (words.word(), String::new());
                field(id)?.describe(&self.unit.snapshot(), &mut here).map_err(|error| error.to_string())?;
                self.said += 1;
                same(id, &here, words.0)
            }
            "own" => same("own", &format!("{MOMENTS} {}", MOMENTS * STRAYS), words.0),
            "refused" => {
                self.refused += 1;
                self.errors.insert(words.number()?);
                Ok(())
            }
            _ => Err("that should not have come".to_owned()),
        }
    }

    /// Does again what the host says that it did.
    fn follow(said: &str) -> Result<Self, String> {
        let mut twin = Self::new(said)?;
        for line in said.lines().filter(|line| !line.starts_with("qemu-system-arm: warning: ")) {
            twin.line(line).map_err(|error| format!("{line}: {error}"))?;
        }
        Ok(twin)
    }
}

/// Everything was done, and comes to the same.
fn hold(run: &Run) {
    assert_eq!(run.code, Some(0), "{}", run.text);
    let twin = Twin::follow(&run.text).unwrap_or_else(|error| panic!("{error}\n{}", run.text));
    assert_eq!([twin.drawn, twin.said], [MOMENTS * FIELDS; 2], "{}", run.text);
    assert!(twin.errors.iter().copied().eq(-ERRORS..=-1), "{:?}", twin.errors);
    note(&format!(
        "C: {} fields drawn and said as in Rust, {} calls refused with {} errors, {:.1} s",
        twin.drawn,
        twin.refused,
        twin.errors.len(),
        run.took.as_secs_f32()
    ));
    // Of one sample that was another, or one pixel, it would be told.
    for (from, to) in [("sample 59100 3 59 0 466", "sample 59100 3 59 0 366"), ("drawn 0 0 119 ", "drawn 0 0 118 ")] {
        assert!(run.text.contains(from), "{}", run.text);
        assert!(Twin::follow(&run.text.replace(from, to)).is_err(), "{to} makes no difference");
    }
}

#[test]
fn a_head_unit_in_c_on_the_board_shows_what_rust_shows_here() {
    let Some(board) = Board::c_host() else { return };
    let run = board.run(None);
    hold(&run);
    let stack = figure(&run, "stack", "peak");
    note(&format!("C: {stack} bytes of stack"));
    assert!((1..=STACK_LIMIT).contains(&stack), "{stack} bytes of stack");
}

#[test]
fn the_same_program_on_a_desktop_shows_the_same_and_its_sanitizers_find_nothing() {
    let Some(run) = run_c_host_here() else { return };
    hold(&run);
}

#[test]
fn no_place_of_a_panic_is_linked_into_a_head_unit_in_c() {
    let Some(board) = Board::c_host() else { return };
    assert_eq!(board.places(&["core", "fonts", "c-host"]), [] as [String; 0]);
}
