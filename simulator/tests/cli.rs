//! The program as its user meets it: exit codes, what it prints, what it leaves behind.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SLING: &str = env!("CARGO_BIN_EXE_sling");

/// Every recording in the fixtures, with the sites that it needs.
const RECORDINGS: [(&str, &str); 12] = [
    ("sling.csv", ""),
    ("moxy_onboard.csv", "vl.right"),
    ("moxy_onboard.xlsx", "vl.right"),
    ("moxy_two_channels.xlsx", "vl.left,vl.right"),
    ("perfpro.xlsx", "mg.right,vl.right"),
    ("vo2master.csv", "mg.right,vl.right,ta.right"),
    ("vo2master_average.xlsx", "mg.right,vl.right"),
    ("vo2master_units.xlsx", "mg.right,vl.right"),
    ("train_red_two.csv", ""),
    ("train_red_one.csv", ""),
    ("train_red_wide.csv", ""),
    ("fit-moxy-ciq.fit", ""),
];

/// The header that each layout of text is told by.
const HEADERS: [&str; 5] = [
    "t_s,power_w,mg.right.smo2_pct",
    "mm-dd,hh:mm:ss,SmO2 Live,SmO2 Averaged,THb,Lap,Session Ct",
    "Time,MS,MSDiff,Watts,HR,Cadence,SmO2 (1),ThB (1)",
    "Time[s],Time[hh:mm:ss],HR[bpm],SmO2[%],THb[THb]",
    "Timestamp (seconds passed),Lap/Event,,SmO2,SmO2 unfiltered,O2HB unfiltered,HHb unfiltered",
];

fn fixture(name: &str) -> Vec<u8> {
    fs::read(fixture_path(name)).unwrap()
}

fn fixture_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/formats").join(name)
}

fn sling<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(folder: &Path, arguments: I) -> Command {
    let mut command = Command::new(SLING);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs it in `folder` with the words of `line`.
fn run(folder: &Path, line: &str) -> Output {
    sling(folder, line.split_whitespace()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Runs it, which must go well; its standard output.
fn good(folder: &Path, line: &str) -> String {
    let output = run(folder, line);
    assert_eq!(output.status.code(), Some(0), "{line}: {}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

/// What a refusal must be: exit code 2, one line that begins with `sling:`, nothing on standard output.
fn refused(output: &Output, what: &str) -> String {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{what}: {stderr}");
    assert!(output.stdout.is_empty(), "{what}: {}", text(&output.stdout));
    assert!(stderr.starts_with("sling: ") && stderr.ends_with('\n'), "{what}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "{what}: {stderr}");
    assert!(!stderr.contains("panicked"), "{what}: {stderr}");
    stderr.to_owned()
}

fn temp() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const ALL_OUTPUTS: &str = "--events f --report r --log l --csv c --fit x --frames d --save-state s --digest";

/// Runs `command` on a file with `bytes`, every output asked for, and once more with none, when events go to standard
/// output: it must be refused by its name and leave nothing.
fn refuses(name: &str, bytes: &[u8], command: &str, options: &str) -> String {
    let (inputs, outputs) = (temp(), temp());
    let path = inputs.path().join(name);
    fs::write(&path, bytes).unwrap();
    let mut said = String::new();
    for flags in [ALL_OUTPUTS, ""] {
        let mut arguments: Vec<&OsStr> = vec![command.as_ref(), path.as_os_str()];
        arguments.extend(options.split_whitespace().chain(flags.split_whitespace()).map(OsStr::new));
        said = refused(&sling(outputs.path(), arguments).output().unwrap(), name);
        assert!(said.contains(name), "{said}");
        assert_eq!(names(outputs.path()), Vec::<String>::new(), "{name}: left behind after: {said}");
    }
    said
}

fn sites_flag(sites: &str) -> String {
    if sites.is_empty() { String::new() } else { format!("--sites {sites}") }
}

// ---- bad input ------------------------------------------------------------------------------------------------------

#[test]
fn an_empty_or_a_binary_file_is_refused_and_leaves_nothing() {
    let garbage: Vec<u8> = (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for (name, _) in RECORDINGS {
        assert!(refuses(name, b"", "replay", "").contains("the file is empty"));
        refuses(name, &garbage, "replay", "");
        // The right beginning, then garbage.
        let mut mixed = fixture(name);
        mixed.truncate(mixed.len() / 2);
        mixed.extend(&garbage);
        refuses(name, &mixed, "replay", "");
    }
    refuses("ride.slinglog", b"", "replay", "");
    refuses("ride.toml", b"", "run", "");
    refuses("ride.toml", &garbage, "run", "");
}

#[test]
fn a_file_that_is_cut_short_is_refused_and_leaves_nothing() {
    for (name, sites) in RECORDINGS {
        let whole = fixture(name);
        let header = whole.windows(4).position(|w| [b"SmO2", b"smo2"].contains(&w.try_into().unwrap())).unwrap_or(0);
        // A container that is cut is none; text that is cut above its rows is no recording.
        let cuts = match name.rsplit('.').next() {
            Some("csv") => vec![1, 7, header],
            _ => vec![1, 12, whole.len() / 3, whole.len() / 2, whole.len() - 1],
        };
        for cut in cuts {
            refuses(name, &whole[..cut], "replay", &sites_flag(sites));
        }
    }
}

#[test]
fn wrong_columns_and_values_are_named_with_their_line() {
    for (name, bytes, options, said) in [
        ("columns.csv", "t_s,mg.right.smo3_pct\n1,60\n", "", "mg.right.smo3_pct"),
        ("site.csv", "t_s,mgx.right.smo2_pct\n1,60\n", "", "mgx"),
        ("value.csv", "t_s,mg.right.smo2_pct\n1,60\n2,much\n", "", "line 3, column mg.right.smo2_pct: found \"much\""),
        ("back.csv", "t_s,mg.right.smo2_pct\n5,60\n4,61\n", "", "line 3, column t_s: found 4 after 5"),
        ("cells.csv", "t_s,mg.right.smo2_pct\n5,60,7\n", "", "line 2: found 3 cells"),
        ("moxy.csv", "mm-dd,hh:mm:ss,HR\n", "", "no column SmO2 Live"),
        ("moxy.csv", "mm-dd,hh:mm:ss,SmO2 Live\n01-Jan,noon,3\n", "", "line 2, column hh:mm:ss: found \"noon\""),
        ("perfpro.csv", "Time,MS,MSDiff,Watts\n", "", "no column SmO2 (<sensor>)"),
        ("vo2.csv", "Time[s],SmO2[%]\n1,--\n", "", "line 2, column SmO2[%]: found \"--\""),
        ("red.csv", "Timestamp (seconds passed),Lap/Event\n", "", "no column SmO2"),
        ("notes.txt", "dear diary\n", "", "begins with \"dear diary\""),
    ] {
        let line = refuses(name, bytes.as_bytes(), "replay", options);
        assert!(line.contains(said), "{name}: {line}");
    }
}

#[test]
fn a_scenario_with_an_unknown_key_is_refused_with_its_place() {
    let text = SCENARIO.replace("seed = 7", "seed = 7\nsede = 8");
    let line = refuses("ride.toml", text.as_bytes(), "run", "");
    assert!(line.contains("ride.toml:4:1: ") && line.contains("sede"), "{line}");
    refuses("ride.toml", &SCENARIO.as_bytes()[..SCENARIO.len() - 20], "run", "");
    refuses("ride.toml", &vec![b'#'; (1 << 20) + 1], "run", "");
    refuses("ride.toml", b"name = \"\xff\"", "run", "");
}

#[test]
fn a_damaged_log_is_refused_before_anything_is_written() {
    let folder = temp();
    fs::write(folder.path().join("short.toml"), SCENARIO).unwrap();
    good(folder.path(), "run short.toml --log ride.slinglog");
    let whole = fs::read(folder.path().join("ride.slinglog")).unwrap();
    for at in [0, 8, 10, 12, 14, whole.len() / 2, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        refuses("flipped.slinglog", &flipped, "replay", "");
    }
    refuses("cut.slinglog", &whole[..9], "replay", "");
    let mut longer = whole.clone();
    longer.extend([0; 100]);
    let line = refuses("longer.slinglog", &longer, "replay", "");
    assert!(line.contains(&format!("at byte {}", whole.len())), "{line}");
    // A power cut in the middle of a record: what came before is whole, and the rest is said.
    fs::write(folder.path().join("cut.slinglog"), &whole[..whole.len() - 1]).unwrap();
    let output = run(folder.path(), "replay cut.slinglog");
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert!(said.contains("cut.slinglog: the log ends inside a record") && said.lines().count() == 1, "{said}");
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    let folder = temp();
    fs::write(folder.path().join("short.toml"), SCENARIO).unwrap();
    fs::write(folder.path().join("state"), "no state").unwrap();
    for (line, said) in [
        ("fly", "fly"),
        ("replay", "FILE"),
        ("replay a.csv --sites elbow", "elbow"),
        ("replay missing.csv --events e", "missing.csv"),
        ("run missing.toml --events e", "missing.toml"),
        ("run short.toml --seed x", "--seed"),
        ("run short.toml --frames d --every 0", "--every"),
        ("run short.toml --state state", "state: no learned state"),
        ("run short.toml --state missing", "missing"),
        ("run short.toml --events e --csv e", "e: two outputs"),
        ("render balance --from short.toml --at soon -o p.png", "soon"),
        ("render elbow --from short.toml --at 3 -o p.png", "elbow"),
    ] {
        let stderr = refused(&run(folder.path(), line), line);
        assert!(stderr.contains(said), "{line}: {stderr}");
        assert_eq!(names(folder.path()), ["short.toml", "state"], "{line}");
    }
}

// ---- endless input --------------------------------------------------------------------------------------------------

/// Feeds `start` and then `filler` again and again until the pipe breaks; bytes taken, peak memory in KiB where the
/// system tells, and what it said.
fn endless(start: &[u8], filler: &[u8]) -> (u64, Option<u64>, Output) {
    const MOST: u64 = 10_000_000_000;
    let folder = temp();
    let mut child = sling(folder.path(), ["replay", "-", "--sites", "mg.right"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let (start, filler) = (start.to_vec(), filler.repeat(64 * 1024 / filler.len().max(1)));
    let feeder = thread::spawn(move || {
        let mut taken = 0;
        let mut chunk = &start[..];
        while taken < MOST {
            match pipe.write(chunk) {
                Ok(n) => {
                    taken += n as u64;
                    chunk = if n < chunk.len() { &chunk[n..] } else { &filler };
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        taken
    });
    let peak = watch(&mut child);
    let output = child.wait_with_output().unwrap();
    (feeder.join().unwrap(), peak, output)
}

/// The peak memory of `child` in KiB as last seen before it ended. Kills it after half a minute.
fn watch(child: &mut Child) -> Option<u64> {
    let status = format!("/proc/{}/status", child.id());
    let began = Instant::now();
    let mut peak = None;
    while child.try_wait().unwrap().is_none() {
        let seen = fs::read_to_string(&status).unwrap_or_default();
        let line = seen.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).or(peak);
        if began.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(1));
    }
    peak
}

#[test]
fn ten_gigabytes_on_a_pipe_end_at_once_and_in_little_memory() {
    let mut cases: Vec<(Vec<u8>, &[u8])> =
        vec![(Vec::new(), b"\0"), (Vec::new(), b"7"), (Vec::new(), b"hello,world\n")];
    for header in HEADERS {
        // Zeros; a line that never ends; rows that are none; and the header for ever.
        cases.push((format!("{header}\n").into_bytes(), b"\0"));
        cases.push((format!("{header}\n").into_bytes(), b"1,2,"));
        cases.push((format!("{header}\n").into_bytes(), b"x,never,01-Jan,:,3\n"));
        cases.push((Vec::new(), header.as_bytes()));
    }
    cases.push((b"PK\x03\x04".to_vec(), b"\0"));
    for (start, filler) in cases {
        let what = format!("{:?} then {:?}", String::from_utf8_lossy(&start), String::from_utf8_lossy(filler));
        let began = Instant::now();
        let (taken, peak_kib, output) = endless(&start, filler);
        let said = refused(&output, &what);
        assert!(said.contains("standard input"), "{what}: {said}");
        assert!(began.elapsed() < Duration::from_secs(20), "{what}: {:?}", began.elapsed());
        // A container is read whole before its directory at the end can be: up to the limit of a file.
        let (most_bytes, most_kib) =
            if start.starts_with(b"PK") { (257 << 20, 600 << 10) } else { (64 << 20, 64 << 10) };
        assert!(taken < most_bytes, "{what}: {taken} bytes taken");
        assert!(peak_kib.unwrap_or(0) < most_kib, "{what}: {peak_kib:?} KiB");
    }
}

/// Rows that could all be right end at the bounds of a recording, far from what a desk has not.
#[test]
fn an_endless_recording_ends_at_its_bound() {
    let began = Instant::now();
    let (taken, peak_kib, output) = endless(format!("{}\n", HEADERS[4]).as_bytes(), b"3,sun,,60,60\n");
    let said = refused(&output, "endless rows");
    assert!(said.contains("more than 8000000 samples and events"), "{said}");
    println!("{taken} bytes, {peak_kib:?} KiB, {:?}", began.elapsed());
    assert!(taken < 256 << 20, "{taken} bytes taken");
    assert!(peak_kib.unwrap_or(0) < 1 << 20, "{peak_kib:?} KiB");
}

// ---- rides ----------------------------------------------------------------------------------------------------------

const SCENARIO: &str = r#"version = 1
name = "Short"
seed = 7
duration = "3 min"

[[sensor]]
site = "mg.right"
kind = "moxy"
radio = "ant"
number = 1234

[[sensor]]
site = "vl.right"
kind = "moxy"
radio = "ant"
number = 5678

[[load]]
kind = "steady"
from = "0 s"
to = "3 min"
power_w = 200

[[expect]]
no_alert = "any"
within = "3 min"
"#;

#[test]
fn the_exit_code_says_whether_the_expectations_held() {
    let folder = temp();
    fs::write(folder.path().join("good.toml"), SCENARIO).unwrap();
    let impossible = "\n[[expect]]\nalert = \"calf_overload\"\nof = \"1 min\"\nwithin = \"30 s\"\n";
    fs::write(folder.path().join("bad.toml"), SCENARIO.to_owned() + impossible).unwrap();
    let held = run(folder.path(), "run good.toml");
    assert_eq!(held.status.code(), Some(0));
    assert!(text(&held.stderr).contains("sling: ok"), "{}", text(&held.stderr));
    let failed = run(folder.path(), "run bad.toml --events e");
    let stderr = text(&failed.stderr);
    assert_eq!(failed.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("FAILED") && stderr.contains("calf_overload"), "{stderr}");
    assert!(stderr.ends_with("sling: 1 of 2 expectations failed\n"), "{stderr}");
    assert!(folder.path().join("e").exists(), "the ride was made, and its events are what one looks at now");
}

#[test]
fn sensors_without_names_ask_for_their_sites() {
    let line = refuses("two.xlsx", &fixture("moxy_two_channels.xlsx"), "replay", "");
    assert!(line.contains("--sites mg.right,vl.right"), "{line}");
    refuses("two.xlsx", &fixture("moxy_two_channels.xlsx"), "replay", "--sites vl.right");
    let folder = temp();
    fs::copy(fixture_path("moxy_two_channels.xlsx"), folder.path().join("two.xlsx")).unwrap();
    let events = good(folder.path(), "replay two.xlsx --sites vl.left,vl.right");
    assert!(events.contains("\"vl.left\"") && events.contains("\"vl.right\""), "{events}");
    let one = good(folder.path(), "replay two.xlsx --sites -,vl.right");
    assert!(!one.contains("\"vl.left\"") && one.contains("\"vl.right\""), "{one}");
}

#[test]
fn every_recording_replays_from_a_file_and_from_a_pipe() {
    for (name, sites) in RECORDINGS {
        let path = fixture_path(name);
        let folder = temp();
        let mut arguments = vec![OsStr::new("replay"), path.as_os_str()];
        if !sites.is_empty() {
            arguments.extend(["--sites", sites].map(OsStr::new));
        }
        let from_file = sling(folder.path(), &arguments).output().unwrap();
        arguments[1] = OsStr::new("-");
        let from_pipe = sling(folder.path(), &arguments).stdin(File::open(&path).unwrap()).output().unwrap();
        assert_eq!(from_file.status.code(), Some(0), "{name}: {}", text(&from_file.stderr));
        assert!(!from_file.stdout.is_empty(), "{name}");
        assert_eq!(from_pipe.stdout, from_file.stdout, "{name}");
    }
}

/// Frames by their names: size and pixels.
fn frames(folder: &Path) -> BTreeMap<String, ((u32, u32), Vec<u8>)> {
    names(folder).into_iter().map(|name| (name.clone(), decoded(&folder.join(&name)))).collect()
}

fn decoded(path: &Path) -> ((u32, u32), Vec<u8>) {
    let mut reader = png::Decoder::new(io::BufReader::new(File::open(path).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    ((info.width, info.height), pixels)
}

/// A ride that is not the demo has few events; this one has an alert.
fn alerts(events: &str) -> Vec<&str> {
    events.lines().filter(|line| line.contains("\"event\":\"alert\"")).collect()
}

#[test]
fn the_same_ride_twice_is_the_same_and_so_are_its_log_and_its_files() {
    let folder = temp();
    let at = folder.path();
    good(at, "run demo --events a --frames d1 --log l --csv c.csv --fit x.fit");
    good(at, "run demo --events b --frames d2");
    let (a, b) = (fs::read_to_string(at.join("a")).unwrap(), fs::read_to_string(at.join("b")).unwrap());
    assert_eq!(a, b);
    let first = frames(&at.join("d1"));
    assert!(first.len() > 30, "{} frames", first.len());
    assert_eq!(first, frames(&at.join("d2")));
    assert_eq!(good(at, "replay l"), a, "the log replays the ride exactly");
    let other = good(at, "run demo --seed 8 --events -");
    assert_ne!(other, a, "another seed is another ride");

    // Sling CSV holds what was put in to the millisecond: the same alert. FIT has whole seconds.
    assert_eq!(alerts(&a).len(), 1, "{a}");
    assert_eq!(alerts(&good(at, "replay c.csv")), alerts(&a));
    let from_fit = good(at, "replay x.fit");
    assert!(from_fit.contains("\"mg.right\"") && from_fit.contains("\"vl.right\""), "{from_fit}");
    assert_eq!(alerts(&from_fit).len(), 1, "{from_fit}");

    // --until: a beginning of the same. A recording names its sensors by channel, so only the number of events compares.
    let until = good(at, "replay l --until 1:00");
    assert!(until.len() < a.len() && a.starts_with(&until), "{until}");
    assert_eq!(good(at, "replay c.csv --until 1:00").lines().count(), until.lines().count());
}

#[test]
fn a_ride_goes_by_at_the_pace_that_was_asked_for() {
    let folder = temp();
    fs::write(folder.path().join("short.toml"), SCENARIO).unwrap();
    let began = Instant::now();
    sling(folder.path(), ["run", "short.toml", "--speed", "300x"]).output().unwrap();
    // Three minutes at three hundred times the pace of riding, less the last second's ticks.
    assert!(began.elapsed() >= Duration::from_millis(590), "{:?}", began.elapsed());
    let error = refused(&sling(folder.path(), ["run", "demo", "--speed", "fast"]).output().unwrap(), "speed");
    assert!(error.contains("20x"), "{error}");
}

#[test]
fn a_digest_is_one_line_of_json() {
    let folder = temp();
    fs::write(folder.path().join("short.toml"), SCENARIO).unwrap();
    let digest = good(folder.path(), "run short.toml --digest --log l");
    assert_eq!(digest.lines().count(), 1, "{digest}");
    assert!(serde_json::from_str::<serde_json::Value>(&digest).unwrap().is_object());
    assert_eq!(good(folder.path(), "replay l --digest"), digest);
}

#[test]
fn what_was_learned_goes_into_the_next_ride() {
    let folder = temp();
    let at = folder.path();
    good(at, "run demo --save-state s1");
    good(at, "run demo --save-state s2");
    assert_eq!(fs::read(at.join("s1")).unwrap(), fs::read(at.join("s2")).unwrap());
    let blank = good(at, "run steady --digest");
    let taught = good(at, "run steady --digest --state s1 --log l");
    assert_ne!(taught, blank, "the state does something");
    assert_eq!(good(at, "replay l --digest"), taught, "a log brings its state with it");
    let mut spoilt = fs::read(at.join("s1")).unwrap();
    spoilt[0] ^= 0x40;
    fs::write(at.join("s3"), &spoilt).unwrap();
    assert!(refused(&run(at, "run steady --state s3"), "a spoilt state").contains("s3"));
    refused(&run(at, "run steady --state /dev/zero"), "an endless state");
    refused(&run(at, "run /dev/zero"), "an endless scenario");
}

#[test]
fn plain_sling_plays_the_demo_and_says_where() {
    let folder = temp();
    let stdout = good(folder.path(), "--data kept");
    let demo = folder.path().join("kept/demo");
    assert_eq!(names(&demo), ["events.jsonl", "frames", "report.html", "ride.slinglog"]);
    for said in ["report.html", "frames", "events.jsonl", "ride.slinglog"] {
        assert!(stdout.contains(&Path::new("kept/demo").join(said).display().to_string()), "{said}: {stdout}");
    }
    let frames = names(&demo.join("frames"));
    assert!(frames.len() >= 40, "{}", frames.len());
    for name in frames {
        let (time, rest) = name.split_at(6);
        assert!(time.bytes().all(|b| b.is_ascii_digit()), "{name}");
        assert_eq!(rest, "_balance_240x400.png");
    }
    // Without --data: the user's data folder.
    let home = temp();
    let there = sling(folder.path(), [""; 0]).env("XDG_DATA_HOME", home.path()).output().unwrap();
    assert_eq!(there.status.code(), Some(0));
    assert!(home.path().join("sling/demo/report.html").exists());
}

#[test]
fn every_display_renders_in_its_size() {
    let folder = temp();
    let at = folder.path();
    fs::write(at.join("short.toml"), SCENARIO).unwrap();
    good(at, "run short.toml --log ride.slinglog --csv ride.csv");
    for (display, size) in [
        ("sharp-portrait", (240, 400)),
        ("sharp-landscape", (400, 240)),
        ("small-8colour", (176, 176)),
        ("tft-portrait", (282, 470)),
        ("tft-landscape", (470, 282)),
    ] {
        for theme in ["day", "night"] {
            good(at, &format!("render balance --from short.toml --at 90 --display {display} --theme {theme} -o p.png"));
            let (found, pixels) = decoded(&at.join("p.png"));
            assert_eq!(found, size, "{display}");
            assert!(pixels.iter().any(|&p| p != pixels[0]), "{display} {theme}: an empty frame");
        }
    }
    fs::remove_file(at.join("p.png")).unwrap();
    for from in ["short.toml", "ride.slinglog", "ride.csv"] {
        let line = format!("render balance --from {from} --at 3:05 -o late.png");
        let said = refused(&run(at, &line), &line);
        assert!(said.contains("185 s is after the ride's end"), "{said}");
        assert!(!at.join("late.png").exists());
        good(at, &format!("render balance --from {from} --at 2:00 -o {from}.png"));
    }
}

// ---- places to write ------------------------------------------------------------------------------------------------

#[test]
fn a_missing_output_folder_is_named_and_nothing_else_is_left() {
    let folder = temp();
    fs::write(folder.path().join("short.toml"), SCENARIO).unwrap();
    for flag in ["--events", "--csv", "--fit", "--log", "--report", "--save-state"] {
        let line = format!("run short.toml --frames d {flag} no/such/folder/x");
        let said = refused(&run(folder.path(), &line), &line);
        assert!(said.contains("no/such/folder/x"), "{said}");
        assert_eq!(names(folder.path()), ["short.toml"], "{line}");
    }
    let said = refused(&run(folder.path(), "run short.toml --frames short.toml/frames"), "frames");
    assert!(said.contains("short.toml/frames"), "{said}");
    let said = refused(&run(folder.path(), "render balance --from short.toml --at 9 -o no/p.png"), "render");
    assert!(said.contains("no/p.png"), "{said}");
    let said = refused(&run(folder.path(), "--data short.toml"), "the demo");
    assert!(said.contains("short.toml/demo"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_names_the_place_and_a_device_stays_a_device() {
    use std::os::unix::fs::FileTypeExt;
    let folder = temp();
    fs::write(folder.path().join("short.toml"), SCENARIO).unwrap();
    for flag in ["--events", "--csv", "--fit", "--log", "--report", "--save-state"] {
        let output = run(folder.path(), &format!("run short.toml {flag} /dev/full"));
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{flag}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{flag}: {stderr}");
        assert!(stderr.starts_with("sling: cannot write /dev/full: No space left"), "{flag}: {stderr}");
        good(folder.path(), &format!("run short.toml {flag} /dev/null"));
    }
    for device in ["/dev/full", "/dev/null"] {
        assert!(fs::metadata(device).unwrap().file_type().is_char_device(), "{device} was replaced");
    }
    for line in ["run short.toml", "run short.toml --digest", "--data kept"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = sling(folder.path(), line.split(' ')).stdout(full).output().unwrap();
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {stderr}");
        assert!(stderr.contains("cannot write standard output: No space left"), "{line}: {stderr}");
        assert!(!stderr.contains("panicked"), "{line}: {stderr}");
    }
}

#[cfg(unix)]
#[test]
fn behind_a_link_the_file_is_written_and_the_link_stays() {
    let folder = temp();
    let at = folder.path();
    fs::write(at.join("short.toml"), SCENARIO).unwrap();
    fs::write(at.join("old"), "old").unwrap();
    std::os::unix::fs::symlink("old", at.join("link")).unwrap();
    good(at, "run short.toml --events link");
    assert!(at.join("link").is_symlink());
    assert!(fs::read_to_string(at.join("old")).unwrap().contains("\"event\""));
    assert_eq!(names(at), ["link", "old", "short.toml"]);
}

#[test]
fn a_reader_who_goes_away_is_no_failure() {
    let folder = temp();
    fs::write(folder.path().join("short.toml"), SCENARIO).unwrap();
    for line in ["run demo --events - --report r.html", "run short.toml --digest", "--data kept", "--help"] {
        for close_errors_too in [false, true] {
            let mut command = sling(folder.path(), line.split(' '));
            let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            drop(child.stdout.take());
            let mut stderr = child.stderr.take();
            if close_errors_too {
                stderr = None;
            }
            let mut said = String::new();
            if let Some(mut stderr) = stderr {
                stderr.read_to_string(&mut said).unwrap();
            }
            assert_eq!(child.wait().unwrap().code(), Some(0), "{line}: {said}");
            assert!(!said.contains("panicked") && !said.contains("ipe"), "{line}: {said}");
        }
    }
    assert!(folder.path().join("r.html").exists(), "what was asked for beside standard output is made all the same");
}

#[test]
fn every_command_explains_itself() {
    let folder = temp();
    for line in ["--help", "-h", "replay --help", "run --help", "render --help", "score --help"] {
        let help = good(folder.path(), line);
        assert!(help.contains("Usage: sling"), "{line}: {help}");
    }
    assert!(good(folder.path(), "--version").starts_with("sling "));
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

// ---- the benchmark --------------------------------------------------------------------------------------------------

/// Scores, whatever comes of it: exit code 1 exactly if a mark is missed.
fn scored(folder: &Path, line: &str) -> String {
    let output = run(folder, line);
    let said = text(&output.stdout).to_owned();
    let missed = said.lines().filter(|line| line.starts_with("  MISSED  ")).count();
    let code = i32::from(missed > 0);
    assert_eq!(output.status.code(), Some(code), "{line}: {said}{}", text(&output.stderr));
    if missed > 0 {
        let summary = text(&output.stderr);
        assert!(summary.starts_with(&format!("sling: {missed} of ")) && summary.lines().count() == 1, "{summary}");
    }
    said
}

#[test]
fn a_small_benchmark_says_the_same_in_text_in_json_and_on_its_page_and_again() {
    let folder = temp();
    let line = "score --only true --row calf --seeds 1 --first-seed 4";
    let said = scored(folder.path(), &format!("{line} --json score.json --page score.html"));
    assert_eq!(names(folder.path()), ["score.html", "score.json"]);
    assert_eq!(said, scored(folder.path(), line));
    let whole: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("score.json")).unwrap()).unwrap();
    let page = fs::read_to_string(folder.path().join("score.html")).unwrap();
    let row = whole["score"]["true"].as_array().unwrap().iter();
    let row = row.filter(|row| row["name"] == "calf -15" && row["correlation"].is_null()).collect::<Vec<_>>();
    assert_eq!((row.len(), &row[0]["rides"]), (1, &2.into()), "{whole:#}");
    let shown = row[0]["median_s"].as_f64().map_or("-".to_owned(), |s| format!("{s:.0}"));
    let of_text = said.lines().find(|line| line.starts_with("  calf -15 ") && line.contains(" both ")).unwrap();
    assert_eq!(of_text.split_whitespace().nth(6), Some(&*shown), "{of_text}");
    assert!(page.contains("<th>calf -15</th>") && page.contains(&format!("<td class=\"n\">{shown}</td>")));
    for mark in whole["score"]["marks"].as_array().unwrap() {
        let what = mark["what"].as_str().unwrap();
        let word = match (mark["held"].as_bool().unwrap(), mark["binds"].as_bool().unwrap()) {
            (true, _) => "ok",
            (false, true) => "MISSED",
            (false, false) => "short",
        };
        assert!(said.contains(&format!("  {word:<6}  {what}: ")), "{what}");
        assert!(page.contains(what), "{what}");
    }
}

#[test]
fn every_part_of_the_benchmark_can_be_ridden_alone_and_named_again() {
    let folder = temp();
    let normal = scored(folder.path(), "score --only normal --hours 1 --first-seed 11");
    assert_eq!(normal.matches("Normal rides, ").count(), 4, "{normal}");
    assert!(normal.contains("\n  hills ") && !normal.contains("True effects"), "{normal}");
    let sites = scored(folder.path(), "score --only sites --row mg --hours 1 --first-seed 11");
    assert!(sites.contains("\n  mg and lg ") && sites.contains("\n  mg, lg and vl "), "{sites}");
    assert!(!sites.contains("\n  bf and vl ") && !sites.contains("nothing is to be told"), "{sites}");
    let faults = scored(folder.path(), "score --only faults --row hole --seeds 1 --list");
    assert!(faults.contains("\n  hole of 12 s ") && faults.contains("\n  hole of 2 min "), "{faults}");
    assert!(faults.contains("One by one") && !faults.contains("Normal rides"), "{faults}");
    // Everything that is listed names the flags that ride it again.
    for line in faults.lines().skip_while(|line| *line != "One by one").skip(1) {
        assert!(line.contains("--only faults --row 'hole of "), "{line}");
    }
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn a_benchmark_that_cannot_be_is_refused_before_it_is_ridden() {
    let folder = temp();
    for (line, word) in [
        ("score --row nonsense", "no row"),
        ("score --hours 0", "--hours"),
        ("score --seeds many", "--seeds"),
        ("score --only nothing", "--only"),
        ("score --json nowhere/x.json", "nowhere"),
    ] {
        let said = refused(&run(folder.path(), line), line);
        assert!(said.contains(word), "{line}: {said}");
    }
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

// ---- captures -------------------------------------------------------------------------------------------------------

#[test]
fn a_capture_of_a_ride_over_the_air_replays_its_sensors() {
    for via in ["ant", "ble"] {
        let folder = temp();
        let events = good(folder.path(), &format!("run demo --via {via} --capture x --events -"));
        let again = good(folder.path(), "replay x --events -");
        let of_sensors = |text: &str| -> Vec<String> {
            let is = |line: &&str| line.contains("\"event\":\"sensor\"") || line.contains("\"event\":\"notice");
            text.lines().filter(is).map(str::to_owned).collect()
        };
        assert!(of_sensors(&events).len() >= 4, "{events}");
        assert_eq!(of_sensors(&again), of_sensors(&events), "{via}");
    }
}
