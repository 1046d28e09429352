//! The line that the bench offers for a moment, run by the program itself: it says the same events and shows the same screen.

use serde_json::json;
use sling_core::draw::Theme;
use sling_core::head_unit::{Button, Press, Touch};
use sling_core::language::Language;
use sling_core::time::Instant;
use sling_simulator::bench::session::{Asked, Choices, Session};
use sling_simulator::display::Display;
use sling_simulator::formats::{Options, parse_site};
use sling_simulator::ride::Via;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};

const PLAIN: Choices = Choices {
    seed: None,
    via: Via::Model,
    display: Display::SharpPortrait,
    theme: Theme::Day,
    language: Language::English,
};

/// Two sensors, hills, and a fault of its own.
const RIDE: &str = r#"version = 1
name = "hills"
seed = 3
duration = "8 min"
[[sensor]]
site = "mg.right"
kind = "moxy"
radio = "ant"
number = 1234
[[sensor]]
site = "vl.right"
kind = "moxy"
radio = "ble"
[[load]]
kind = "hills"
from = "30 s"
to = "8 min"
power_w = 200
swing_w = 60
period = "2 min"
[[fault]]
kind = "zero"
site = "vl.right"
at = "3 min"
duration = "20 s"
"#;

fn go(session: &mut Session, ms: u64) {
    session.seek(Instant::from_ms(ms)).unwrap();
    while let Some(goal) = session.goal() {
        session.advance_to(goal).unwrap();
    }
}

fn press(button: Button) -> Asked {
    Asked::Press(button, Press::Short)
}

fn fault(keys: &serde_json::Value) -> Asked {
    Asked::Fault(keys.as_object().unwrap().clone())
}

/// The words of a line as a shell parts them.
fn parted(line: &str) -> Vec<String> {
    let output = Command::new("sh").args(["-c", &format!("printf '%s\\n' {line}")]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn pixels(png: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut rgb).unwrap();
    rgb
}

/// Saves what the bench offers to be saved, runs its line there, and compares.
fn reproduces(session: &Session, folder: &Path) {
    if let Ok(toml) = session.toml() {
        fs::write(folder.join("session.toml"), toml).unwrap();
    }
    fs::write(folder.join("session.slinglog"), session.log().unwrap()).unwrap();
    let line = session.line();
    let words = parted(&line);
    assert_eq!(words[0], "sling", "{line}");
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sling"));
        let output = command.args(&words[1..]).args(more).current_dir(folder).stdin(Stdio::null()).output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{line}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    };
    // The line as it is, and once more for what it shows.
    let said = run(&[]);
    run(&["--frame", "last.png"]);
    let expected: Vec<String> = session.watched().events().iter().map(|(_, event)| event.to_string()).collect();
    assert_eq!(said.lines().collect::<Vec<_>>(), expected, "{line}");
    assert!(pixels(&fs::read(folder.join("last.png")).unwrap()) == session.frame(), "{line} shows another screen");
}

#[test]
fn the_line_of_a_scenario_shows_what_the_bench_shows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hills.toml");
    fs::write(&path, RIDE).unwrap();
    for choices in [
        PLAIN,
        Choices { via: Via::Ant, seed: Some(8), display: Display::TftLandscape, theme: Theme::Night, ..PLAIN },
        Choices { via: Via::Ble, display: Display::Small8Colour, language: Language::German, ..PLAIN },
    ] {
        let mut session = Session::open(&path, &Options::default(), None, choices).unwrap();
        reproduces(&session, folder.path());
        go(&mut session, 95_250);
        assert!(session.line().contains("hills.toml") && session.line().ends_with(" --until 95.25"));
        reproduces(&session, folder.path());
        session.happen(&press(Button::Down)).unwrap();
        session.happen(&Asked::Lap).unwrap();
        session.happen(&Asked::Touch(Touch::Tap { x: 20, y: 30 })).unwrap();
        assert!(session.line().ends_with(" --until 95.253"), "{}", session.line());
        reproduces(&session, folder.path());
        go(&mut session, 200_000);
        session.happen(&fault(&json!({"kind": "hole", "site": "mg.right", "duration_s": 40}))).unwrap();
        session.happen(&Asked::Marker("it's a \"hole\" \\".into())).unwrap();
        session.happen(&fault(&json!({"kind": "muted", "duration_s": 30}))).unwrap();
        if choices.via == Via::Ant {
            session.happen(&fault(&json!({"kind": "unplug", "duration_s": 10}))).unwrap();
        }
        go(&mut session, 215_000);
        reproduces(&session, folder.path());
        session.happen(&fault(&json!({"kind": "power_cut", "duration_s": 5}))).unwrap();
        go(&mut session, 217_500);
        assert_eq!(session.words(), "The head unit is off.");
        reproduces(&session, folder.path());
        // Back in time, and something else: what lay after it is gone.
        go(&mut session, 150_000);
        session.happen(&press(Button::Up)).unwrap();
        reproduces(&session, folder.path());
        session.undo().unwrap();
        go(&mut session, 480_000);
        reproduces(&session, folder.path());
    }
}

#[test]
fn the_line_of_a_built_in_scenario_needs_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::open(Path::new("demo"), &Options::default(), None, PLAIN).unwrap();
    go(&mut session, 1_240_500);
    assert_eq!(session.line(), "sling run demo --seed 7 --until 1240.5");
    reproduces(&session, folder.path());
}

#[test]
fn the_line_of_a_recording_and_of_a_log_shows_what_the_bench_shows() {
    let folder = tempfile::tempdir().unwrap();
    // A name that a shell would part.
    let csv = folder.path().join("Tom's ride.csv");
    let row = |t| format!("{t},{},60.{},50", 150 + t % 7, t % 10);
    let rows = (0..300).map(row).collect::<Vec<_>>().join("\n");
    fs::write(&csv, format!("t_s,power_w,mg.right.smo2_pct,vl.right.smo2_pct\n{rows}")).unwrap();
    for choices in
        [PLAIN, Choices { display: Display::TftPortrait, theme: Theme::Night, language: Language::French, ..PLAIN }]
    {
        let mut session = Session::open(&csv, &Options::default(), None, choices).unwrap();
        go(&mut session, 120_400);
        reproduces(&session, folder.path());
        session.happen(&press(Button::Down)).unwrap();
        session.happen(&Asked::Marker("here".into())).unwrap();
        go(&mut session, 180_000);
        assert!(session.line().contains("session.slinglog"), "{}", session.line());
        reproduces(&session, folder.path());

        let log = folder.path().join("kept.slinglog");
        fs::write(&log, session.log().unwrap()).unwrap();
        let of_log = Choices { display: choices.display, ..PLAIN };
        let mut replayed = Session::open(&log, &Options::default(), None, of_log).unwrap();
        go(&mut replayed, 150_000);
        reproduces(&replayed, folder.path());
        go(&mut replayed, 180_000);
        reproduces(&replayed, folder.path());
    }
}

#[test]
fn the_line_of_a_recording_without_sites_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/formats");
    fs::copy(fixtures.join("vo2master.csv"), folder.path().join("v.csv")).unwrap();
    let said = "mg.right,vl.right,-";
    let sites: Vec<_> = said.split(',').map(|site| parse_site(site).unwrap()).collect();
    let path = folder.path().join("v.csv");
    let mut session = Session::open(&path, &Options { sites }, Some(said.into()), PLAIN).unwrap();
    let end = session.end();
    go(&mut session, end.as_ms() / 2);
    assert!(session.line().contains(&format!("--sites {said}")), "{}", session.line());
    reproduces(&session, folder.path());
}
