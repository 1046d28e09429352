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

const ALL_OUTPUTS: &str = "--events f --report r --log l --csv c --fit x --frame q --frames d --save-state s --digest";

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

/// The line that a bench prints, and the bench.
fn bench(folder: &Path, line: &str) -> (String, Child) {
    let mut command = sling(folder, line.split_whitespace());
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut address = String::new();
    let mut stdout = io::BufReader::new(child.stdout.take().unwrap());
    io::BufRead::read_line(&mut stdout, &mut address).unwrap();
    (address.trim_end().to_owned(), child)
}

/// Ctrl-C; how it ended and what it had said.
#[cfg(unix)]
fn interrupted(mut child: Child) -> (Option<i32>, String) {
    let stopped = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            panic!("still there 20 s after Ctrl-C");
        }
        thread::sleep(Duration::from_millis(20));
    }
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}

#[cfg(unix)]
#[test]
fn plain_sling_is_the_bench_until_it_is_stopped() {
    let folder = temp();
    let (address, child) = bench(folder.path(), "");
    let here = address.strip_prefix("http://").and_then(|it| it.strip_suffix('/')).expect("an address").to_owned();
    assert!(here.starts_with("127.0.0.1:"), "{address}");
    let mut page = String::new();
    let mut stream = std::net::TcpStream::connect(&here).unwrap();
    write!(stream, "GET / HTTP/1.1\r\nHost: {here}\r\nConnection: close\r\n\r\n").unwrap();
    stream.read_to_string(&mut page).unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("<title>Sling bench"), "{page}");
    let port = here.rsplit(':').next().unwrap();
    let said = refused(&run(folder.path(), &format!("bench demo --no-open --port {port}")), "a port in use");
    assert!(said.contains(port) && said.contains("--port"), "{said}");
    assert_eq!(interrupted(child), (Some(0), String::new()));
    assert_eq!(names(folder.path()), Vec::<String>::new(), "nothing is written");
}

#[cfg(unix)]
#[test]
fn the_bench_says_what_it_means_to_let_others_in() {
    let folder = temp();
    let (address, child) = bench(folder.path(), "bench steady --lan --no-open --at 20");
    let token = address.split("/?token=").nth(1).expect("a token");
    assert!(token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit()), "{address}");
    let (code, said) = interrupted(child);
    assert!(code == Some(0) && said.contains("everybody on this network") && !said.contains(token), "{said}");
}

#[test]
fn a_bench_of_nothing_is_refused() {
    let folder = temp();
    for (line, says) in [
        ("bench nowhere.csv", "nowhere.csv"),
        ("bench demo --at 50:00", "2400"),
        ("bench demo --via tin", "tin"),
        ("bench radio-faults", "radio"),
    ] {
        let said = refused(&run(folder.path(), &format!("{line} --no-open")), line);
        assert!(said.contains(says), "{line}: {said}");
    }
}

#[test]
fn a_ride_can_be_stopped_and_is_judged_up_to_there() {
    let folder = temp();
    let at = folder.path();
    let events = good(at, "run demo --until 5:00");
    let last = events.lines().last().unwrap();
    assert!(!events.contains("\"alert\"") && last.contains("t_s"), "{last}");
    good(at, "run demo --until 21:40 --log l");
    assert_eq!(good(at, "run demo --until 21:40 --digest"), good(at, "replay l --digest"));
    good(at, "run demo --until 60 --lang de --theme night --frames d");
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
    for flag in ["--events", "--csv", "--fit", "--frame", "--log", "--report", "--save-state"] {
        let line = format!("run short.toml --frames d {flag} no/such/folder/x");
        let said = refused(&run(folder.path(), &line), &line);
        assert!(said.contains("no/such/folder/x"), "{said}");
        assert_eq!(names(folder.path()), ["short.toml"], "{line}");
    }
    let said = refused(&run(folder.path(), "run short.toml --frames short.toml/frames"), "frames");
    assert!(said.contains("short.toml/frames"), "{said}");
    let said = refused(&run(folder.path(), "render balance --from short.toml --at 9 -o no/p.png"), "render");
    assert!(said.contains("no/p.png"), "{said}");
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
    for line in ["run short.toml", "run short.toml --digest", "bench short.toml --no-open"] {
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
    for line in ["run demo --events - --report r.html", "run short.toml --digest", "--help"] {
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
    for line in
        ["--help", "-h", "bench --help", "replay --help", "run --help", "render --help", "score --help", "swarm --help"]
    {
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

// ---- sling fit ------------------------------------------------------------------------------------------------------

fn fit_fixture() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/fit/abba.csv").display().to_string()
}

#[test]
fn a_fit_is_a_table_a_page_and_json() {
    let folder = temp();
    let line = format!("fit {} --json fit.json --report fit.html", fit_fixture());
    let table = good(folder.path(), &line);
    assert!(table.contains("right  D      saddle 720 mm     saddle 724 mm         2"), "{table}");
    assert!(table.contains("more calf") && table.contains("Blocks, 75 s of settling dropped"), "{table}");
    assert!(!table.contains('\u{1b}'), "no colours");
    let json: serde_json::Value = serde_json::from_slice(&fs::read(folder.path().join("fit.json")).unwrap()).unwrap();
    let d = &json["fit"]["comparisons"][0];
    assert_eq!((d["what"].as_str(), d["verdict"].as_str()), (Some("d"), Some("more")));
    let (low, high) = (d["low"].as_f64().unwrap(), d["high"].as_f64().unwrap());
    assert!(low < -7.0 && -7.0 < high && high < 0.0, "{low} to {high}");
    assert_eq!(json["fit"]["blocks"].as_array().unwrap().len(), 4);
    assert_eq!(json["fit"]["blocks"][0]["celsius"].as_f64(), Some(21.0));
    let page = fs::read_to_string(folder.path().join("fit.html")).unwrap();
    assert!(page.contains("saddle 724 mm") && !page.contains("<script"));
    assert!(!page.contains("fixtures"), "where the file is on this machine is nobody's business");
}

#[test]
fn the_page_of_a_fit_goes_into_the_data_folder_and_replaces_none() {
    let folder = temp();
    let line = format!("fit {} --data data", fit_fixture());
    good(folder.path(), &line);
    let output = run(folder.path(), &line);
    assert!(text(&output.stderr).contains("the page is data/fit/abba-2.html"), "{}", text(&output.stderr));
    assert_eq!(names(&folder.path().join("data/fit")), ["abba-2.html", "abba.html"]);
}

#[test]
fn a_fit_that_cannot_be_is_refused_in_one_line_and_leaves_nothing() {
    let folder = temp();
    fs::write(folder.path().join("plain.csv"), "t_s,power_w,mg.right.smo2_pct\n1,200,60\n2,200,61\n").unwrap();
    let fixture = fit_fixture();
    for (line, words) in [
        ("fit plain.csv".to_owned(), "no position is marked"),
        ("fit plain.csv --positions a,b".to_owned(), "--positions names 2"),
        (format!("fit {fixture} --compare x"), "no such position"),
        (format!("fit {fixture} --compare").to_owned() + " saddle", "no such position"),
        (format!("fit {fixture} --positions a,b,b,a"), "its positions are marked"),
        (format!("fit {fixture} {fixture}"), "is the same recording"),
        ("fit plain.csv ./plain.csv --positions a".to_owned(), "./plain.csv: is the same recording as plain.csv"),
        (format!("fit {fixture} --settle 30"), "60..=90"),
        ("fit".to_owned(), "FILES"),
        ("fit none.csv".to_owned(), "none.csv"),
    ] {
        let said = refused(&run(folder.path(), &format!("{line} --data data")), &line);
        assert!(said.contains(words), "{line}: {said}");
        assert_eq!(names(folder.path()), ["plain.csv"], "{line}");
    }
}
// ---- the swarm ------------------------------------------------------------------------------------------------------

#[test]
fn a_swarm_says_the_same_every_time_whoever_rides_it() {
    let folder = temp();
    let said = good(folder.path(), "swarm --count 4 --seed 5 --minutes 10 --jobs 2");
    assert!(said.starts_with("4 rides of 10 min (") && said.contains(", 0 failed\n"), "{said}");
    assert!(said.contains("rides in which a fault landed: "), "{said}");
    assert_eq!(said, good(folder.path(), "swarm --count 4 --seed 5 --minutes 10 --jobs 1"));
    // Parts of it are two rides each.
    for part in ["1/2", "2/2"] {
        let said = good(folder.path(), &format!("swarm --count 4 --seed 5 --minutes 10 --shard {part}"));
        assert!(said.starts_with("2 rides of 10 min ("), "{said}");
    }
    for (via, way) in [("ant", "1 via ant"), ("as-written", "1 via as-written"), ("model", "1 via model")] {
        let said = good(folder.path(), &format!("swarm --count 1 --minutes 10 --via {via}"));
        assert!(said.starts_with(&format!("1 rides of 10 min ({way}), 0 failed")), "{said}");
    }
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

/// A rule that is broken on purpose where storage is full: the printed lines break it again, and the kept files ride.
#[test]
fn a_ride_that_fails_is_shrunk_and_every_line_that_is_printed_does_it_again() {
    let folder = temp();
    let output = run(folder.path(), "swarm --count 30 --seed 1 --minutes 10 --plant rule --keep failed");
    let (said, talk) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{said}{talk}");
    let failed = said.lines().filter(|line| line.starts_with("FAILED  seed ")).count();
    assert!(failed > 0 && talk.contains(&format!("sling: {failed} of 30 rides failed")), "{said}{talk}");
    assert_eq!(said.lines().filter(|line| line.starts_with("  1 of ")).count(), failed, "{said}");
    assert_eq!(said.lines().filter(|line| line.contains(": fault storage_full at ")).count(), failed, "{said}");
    let lines: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("  sling ")).collect();
    assert_eq!(lines.len(), 4 * failed, "{said}");
    for line in lines.iter().take(4) {
        let output = run(folder.path(), line);
        if line.starts_with("swarm ") {
            assert_eq!(output.status.code(), Some(1), "{line}");
            assert!(text(&output.stdout).contains("planted at "), "{line}: {}", text(&output.stdout));
        } else {
            assert_eq!(output.status.code(), Some(0), "{line}: {}", text(&output.stderr));
            assert!(text(&output.stdout).contains(r#""event":"storage""#), "{line}: {}", text(&output.stdout));
        }
    }
}

#[test]
fn a_swarm_that_cannot_be_ridden_says_why() {
    let folder = temp();
    for line in ["--shard 0/2", "--shard 3/2", "--shard half", "--count 0", "--minutes 5", "--count 2 --only 1"] {
        assert_eq!(run(folder.path(), &format!("swarm {line}")).status.code(), Some(2), "{line}");
    }
}

/// It says what it knows, and that this is not all.
#[cfg(unix)]
#[test]
fn a_swarm_that_is_stopped_says_what_it_has_ridden() {
    let folder = temp();
    let mut command = sling(folder.path(), ["swarm", "--count", "1000000", "--minutes", "10"]);
    // Standard output goes into a file: it is written at the end.
    let said = File::create(folder.path().join("said")).unwrap();
    let child = command.stdout(said).stderr(Stdio::piped()).spawn().unwrap();
    thread::sleep(Duration::from_secs(2));
    let (code, talk) = interrupted(child);
    let said = fs::read_to_string(folder.path().join("said")).unwrap();
    assert_eq!(code, Some(1), "{said}{talk}");
    assert!(said.contains(" rides of 10 min (") && said.contains(" of 1000000 rides were made."), "{said}{talk}");
}

#[test]
fn a_ride_log_is_exported_replayed_and_refused() {
    let folder = temp();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("short.toml"), SCENARIO).unwrap();
    good(folder.path(), "run short.toml --ride-log ride.sling --log ride.slinglog --csv direct.csv --fit direct.fit");
    good(folder.path(), "export ride.sling --to csv -o ride.csv");
    good(folder.path(), "export ride.sling --to fit -o ride.fit");
    good(folder.path(), "export ride.slinglog --to csv -o inputs.csv");
    good(folder.path(), "export ride.slinglog --to fit -o inputs.fit");
    // An input log gives what the ride itself gave, and a ride log the same FIT.
    for (one, other) in [("inputs.csv", "direct.csv"), ("inputs.fit", "direct.fit"), ("ride.fit", "direct.fit")] {
        assert!(fs::read(at(one)).unwrap() == fs::read(at(other)).unwrap(), "{one} and {other}");
    }
    // The same samples, each at its own time.
    let samples = |name: &str| {
        let file = fs::read_to_string(at(name)).unwrap();
        let columns: Vec<_> = file.lines().next().unwrap().split(',').map(str::to_owned).collect();
        let wanted: Vec<_> = (0..columns.len()).filter(|i| *i == 0 || columns[*i].contains(".smo2_pct")).collect();
        let cells = |line: &str| {
            let cells: Vec<_> = line.split(',').collect();
            wanted.iter().map(|i| cells[*i]).collect::<Vec<_>>().join(",")
        };
        let has_sample = |line: &String| line.split(',').skip(1).any(|cell| !cell.is_empty());
        file.lines().skip(1).map(cells).filter(has_sample).collect::<Vec<_>>()
    };
    assert!(samples("ride.csv").len() > 10);
    assert_eq!(samples("ride.csv"), samples("direct.csv"));
    good(folder.path(), "replay ride.csv --events events");
    good(folder.path(), "replay ride.sling --events events");
    // To standard output, as other commands.
    let output = run(folder.path(), "export ride.sling --to csv");
    assert!(output.status.success() && output.stdout == fs::read(at("ride.csv")).unwrap());

    // Damage is left out and said; nothing at all is an error.
    let whole = fs::read(at("ride.sling")).unwrap();
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    fs::write(at("damaged.sling"), &damaged).unwrap();
    let output = run(folder.path(), "export damaged.sling --to csv -o damaged.csv");
    let said = text(&output.stderr);
    assert!(output.status.success() && said.contains("damaged and left out"), "{said}");
    assert!(said.contains("1 block is missing"), "{said}");
    for (name, bytes, line) in [
        ("empty.sling", &whole[..10], "holds no ride"),
        ("later.sling", &[&whole[..8], &[2, 0], &whole[10..]].concat(), "of version 2"),
        ("none.sling", b"t_s,power_w\n".as_slice(), "no log of Sling"),
    ] {
        fs::write(at(name), bytes).unwrap();
        let said = refused(&run(folder.path(), &format!("export {name} --to csv -o none.csv")), name);
        assert!(said.contains(line) && said.contains(name) && !at("none.csv").exists(), "{said}");
    }
    // The log is never lost, nor read without end; of a cut input log it is said where it ends.
    refused(&run(folder.path(), "export ride.sling --to csv -o ride.sling"), "ride.sling");
    assert!(fs::read(at("ride.sling")).unwrap() == whole);
    refused(&run(folder.path(), "export /dev/zero --to csv"), "/dev/zero");
    let inputs = fs::read(at("ride.slinglog")).unwrap();
    fs::write(at("cut.slinglog"), &inputs[..inputs.len() - 1]).unwrap();
    let output = run(folder.path(), "export cut.slinglog --to csv -o cut.csv");
    assert!(output.status.success() && text(&output.stderr).contains("the log ends inside a record"));
    let output = run(folder.path(), "export ride.sling --to csv --ride 9");
    assert_eq!((output.status.code(), text(&output.stderr).contains("no ride 9; there are 1")), (Some(2), true));
    let output = run(folder.path(), "export ride.slinglog --to csv --ride 1");
    assert_eq!(output.status.code(), Some(2));
}
