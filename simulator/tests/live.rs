//! The commands with real radios as their user meets them: configuration, scan, pair, ride, doctor. The ANT stick is a
//! simulated one behind a pseudo terminal, which the program opens as it opens any serial line; of Bluetooth there is
//! none, because the bus that the program is given does not exist.
#![cfg(unix)]

mod page;

use page::Page;
use serde_json::{Value, json};
use serialport::{SerialPort, TTYPort};
use sling_core::sensor::{Reason, Value as Measured};
use sling_core::time::Instant as AirTime;
use sling_core::units::Smo2;
use sling_core::wire::ant::pages::{Interval, MuscleOxygen, Profile};
use sling_simulator::air::stick::Options;
use sling_simulator::air::{Air, Master};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_mins(1);
const KEY: &str = "00 11 22 33 44 55 66 77";

// ---- a stick on a pseudo terminal -----------------------------------------------------------------------------------

/// A stick in the air with sensors 1 to `sensors`, until it is dropped.
struct Stick {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
}

impl Stick {
    fn plug_in(sensors: u16) -> Self {
        let (mut near, far) = TTYPort::pair().unwrap();
        near.set_timeout(Duration::from_millis(5)).unwrap();
        let path = PathBuf::from(far.name().unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stop);
        let thread = spawn(move || {
            // Kept open, or the near end would hang up whenever the program closes it.
            let _far = far;
            let mut air = Air::new(1);
            let stick = air.add_stick(Options::default());
            for number in 1..=sensors {
                let master = air.add_master(Master::new(Profile::MUSCLE_OXYGEN, number));
                air.set_page_source(master, move |at| page(number, at));
            }
            let began = Instant::now();
            let mut buffer = [0; 256];
            while !flag.load(Ordering::Relaxed) {
                let now = AirTime::from_ms(began.elapsed().as_millis() as u64);
                air.advance(now);
                while let Some(packet) = air.take_packet(stick) {
                    // A host that does not read loses bytes; the air does not wait.
                    let _ = near.write_all(&packet);
                }
                match near.read(&mut buffer) {
                    Ok(size) => air.host_bytes(stick, now, &buffer[..size]),
                    Err(error) if error.kind() == ErrorKind::TimedOut => {}
                    Err(_) => sleep(Duration::from_millis(5)),
                }
            }
        });
        Self { stop, thread: Some(thread), path }
    }
}

impl Drop for Stick {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A new count every half second; sensor 1 says 51 %, sensor 2 says 52 %.
fn page(number: u16, at: AirTime) -> [u8; 8] {
    let smo2 = Smo2::from_tenths(500 + 10 * number).ok_or(Reason::Invalid);
    MuscleOxygen {
        count: (at.as_ms() / 500) as u8,
        utc_wanted: false,
        ant_fs: false,
        interval: Some(Interval::Ms500),
        reading: smo2.map(|smo2| Measured { smo2, thb: None }),
        previous: smo2,
    }
    .encode()
}

// ---- a user's desk --------------------------------------------------------------------------------------------------

/// A home of its own, without D-Bus.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with(config: &str) -> Self {
        let desk = Self::new();
        fs::create_dir_all(desk.config().parent().unwrap()).unwrap();
        fs::write(desk.config(), config).unwrap();
        desk
    }

    /// With a stick, and sensors 1 and 2 worn.
    fn ready(stick: &Stick) -> Self {
        Self::with(&format!(
            "[ant]\nnetwork_key = \"{KEY}\"\nport = \"{}\"\n\n\
             [[sensor]]\nsite = \"mg.right\"\nradio = \"ant\"\nnumber = 1\n\n\
             [[sensor]]\nsite = \"vl.right\"\nradio = \"ant\"\nnumber = 2\nname = \"the white one\"\n",
            stick.path.display()
        ))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn config(&self) -> PathBuf {
        self.path().join("config/sling/config.toml")
    }

    fn config_text(&self) -> String {
        fs::read_to_string(self.config()).unwrap()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sling"));
        command
            .args(line.split_whitespace())
            .current_dir(self.path())
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("XDG_DATA_HOME", self.path().join("data"))
            .env("DBUS_SYSTEM_BUS_ADDRESS", format!("unix:path={}", self.path().join("no-bus").display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, line: &str) -> Done {
        finished(self.command(line).spawn().unwrap(), line)
    }

    /// With these answers on its standard input.
    fn answer(&self, line: &str, answers: &str) -> Done {
        let mut child = self.command(line).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
        finished(child, line)
    }
}

/// What a program said and how it ended.
#[derive(Debug)]
struct Done {
    code: i32,
    out: String,
    err: String,
}

impl Done {
    fn good(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    /// Bad input: one line, nothing on standard output.
    fn refused(self, words: &str) -> Self {
        assert_eq!((self.code, self.out.as_str()), (2, ""), "{self:#?}");
        assert!(self.err.starts_with("sling: ") && self.err.lines().count() == 1, "{self:#?}");
        assert!(self.err.contains(words), "no `{words}` in {}", self.err);
        self
    }

    fn json(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
            .collect()
    }
}

/// Waits for its end, within the limit. What it says must fit a pipe, which what these commands say does.
fn finished(mut child: Child, what: &str) -> Done {
    let until = Instant::now() + LIMIT;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("{what}: did not end: {:?}", child.wait_with_output());
        }
        sleep(Duration::from_millis(20));
    }
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Done { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
}

/// Asks a program to end.
fn interrupt(child: &Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// The events but for what only one of two ways of riding can say.
fn sensor_events(text: &str) -> Vec<String> {
    text.lines().filter(|line| line.contains("\"sensor\"") || line.contains("\"notice")).map(str::to_owned).collect()
}

// ---- configuration --------------------------------------------------------------------------------------------------

#[test]
fn a_configuration_that_is_wrong_is_refused_with_its_line_by_every_command() {
    for (text, words) in [
        ("[ant]\nnetwork_kee = \"x\"\n", "config.toml:2: unknown field `network_kee`"),
        ("[ant]\nnetwork_key = \"00 11 22\"\n", "config.toml:2: network_key has 6 hexadecimal digits; right are 16"),
        ("[ant]\nnetwork_key = 12\n", "config.toml:2: network_key is a text in quotes"),
        ("[ant]\nnetwork_key_file = \"no-such-key\"\n", "no-such-key: No such file"),
        ("leg = \"both\"\n", "config.toml:1: leg is `both`; right is \"left\" or \"right\""),
        ("[[sensor]]\nsite = \"calf.right\"\nradio = \"ant\"\nnumber = 1\n", "config.toml:2: site `calf.right`"),
        ("[[sensor\n", "config.toml:1: "),
    ] {
        let desk = Desk::with(text);
        for command in ["scan --seconds 1", "ride", "pair --list", "pair ant:1 mg.right", "pair --forget mg.right"] {
            desk.run(command).refused(words);
        }
        assert_eq!(desk.config_text(), text, "left as it was");
        let doctor = desk.run("doctor");
        assert_eq!(doctor.code, 1);
        assert!(doctor.out.contains(words), "{doctor:#?}");
    }
}

#[test]
fn a_named_configuration_must_be_there_to_be_read() {
    let desk = Desk::new();
    for command in ["--config other.toml ride", "scan --seconds 1 --config other.toml"] {
        desk.run(command).refused("other.toml: no such file; sling pair makes one");
    }
    desk.run("pair ant:1 mg.right --config other.toml").good();
    assert!(desk.path().join("other.toml").exists() && !desk.config().exists());
}

#[test]
fn a_network_key_is_told_to_nobody() {
    let stick = Stick::plug_in(2);
    let desk = Desk::ready(&stick);
    let secret = "A1B2C3D4E5F60718";
    fs::write(desk.config(), desk.config_text().replace(KEY, secret)).unwrap();
    desk.run("ride --for 3 --log l --capture c --report r.html --events e --csv s").good();
    for name in ["l", "c", "r.html", "e", "s"] {
        let bytes = fs::read(desk.path().join(name)).unwrap();
        let key = [0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6, 0x07, 0x18];
        assert!(!bytes.windows(8).any(|w| w == key), "{name}");
        assert!(!String::from_utf8_lossy(&bytes).to_uppercase().contains(secret), "{name}");
    }
    for command in ["doctor", "doctor --json", "scan --seconds 2", "pair --list", "pair ant:9 power"] {
        let done = desk.run(command);
        assert!(!format!("{}{}", done.out, done.err).to_uppercase().contains("A1B2"), "{done:#?}");
    }
}

// ---- pair -----------------------------------------------------------------------------------------------------------

#[test]
fn sensors_are_kept_replaced_forgotten_and_taken_back() {
    let desk = Desk::new();
    assert_eq!(desk.run("pair ant:1234 mg.right").good().out, "mg.right       ant:1234\n");
    desk.run("pair ant:1234 mg.right").good();
    desk.run("pair ble:AA:BB:CC:00:11:22 vl.right --name white").good();
    desk.run("pair ant:1234 power").good();
    let all = "mg.right       ant:1234\nvl.right       ble:aa:bb:cc:00:11:22  (white)\npower          ant:1234\n";
    assert_eq!(desk.run("pair --list").good().out, all);
    desk.run("pair ant:7 mg.right").refused("mg.right has ant:1234 already; --replace");
    desk.run("pair ant:1234 lg.right").refused("ant:1234 has mg.right already; --replace");
    desk.run("pair ant:7 power").refused("power has ant:1234 already; --replace");
    assert_eq!(desk.run("pair --list").good().out, all);
    desk.run("pair ant:7 mg.right --replace").good();
    desk.run("pair ble:aa:bb:cc:00:11:22 lg.right --replace").good();
    let moved = "mg.right       ant:7\nlg.right       ble:aa:bb:cc:00:11:22\npower          ant:1234\n";
    assert_eq!(desk.run("pair --list").good().out, moved);
    assert_eq!(desk.run("pair --forget lg.right").good().out, "mg.right       ant:7\npower          ant:1234\n");
    assert_eq!(desk.run("pair --undo").good().out, moved);
    let listed = desk.run("pair --list --json").good().json();
    assert_eq!(listed[0]["place"], "mg.right");
    assert_eq!(listed[2]["kind"], "power");
    desk.run("pair --forget vl.right").refused("known are mg.right, lg.right, power");
}

#[test]
fn what_cannot_be_paired_says_what_could() {
    let desk = Desk::new();
    for (line, words) in [
        ("pair 1234 mg.right", "such as ant:1234"),
        ("pair ant:1 mg", "site such as mg.right"),
        ("pair ant:1 calf.right", "known are vl vm"),
        ("pair ant:1 mg.middle", "left or right"),
        ("pair ant:1 watts", "power, heart_rate"),
        ("pair --forget mg.right", "no place has one"),
        ("pair --undo", "nothing was changed yet"),
        ("pair --undo ant:1", "cannot be used with"),
        ("pair --json", "--list"),
        ("pair ant:1", "no answer"),
    ] {
        let done = desk.run(line);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{line}: {done:#?}");
        assert!(done.err.contains(words), "{line}: {}", done.err);
    }
    assert!(!desk.config().exists());
}

#[test]
fn a_pairing_can_be_talked_through() {
    let stick = Stick::plug_in(1);
    let desk = Desk::with(&format!("[ant]\nnetwork_key = \"{KEY}\"\nport = \"{}\"\n", stick.path.display()));
    let done = desk.answer("pair", "\nelbow\nmg.right\ny\n").good();
    assert!(done.out.ends_with("mg.right       ant:1\n"), "{done:#?}");
    for words in [
        "Is it this one: ant:1, ",
        "SmO2 51.0 %",
        "`elbow`",
        "Keep ant:1 for mg.right, the right gastrocnemius medialis",
    ] {
        assert!(done.err.contains(words), "no `{words}` in {}", done.err);
    }
    let before = desk.config_text();
    assert!(before.contains("transmission = 5"), "the whole identity is kept: {before}");
    let done = desk.answer("pair ant:7", "8\nn\n").good();
    assert!(done.err.contains("calf, inside"), "{done:#?}");
    assert!(done.err.contains("mg.right has ant:1 already"), "{done:#?}");
    assert_eq!(desk.config_text(), before);
}

#[test]
fn one_interrupt_ends_a_talk_at_any_question() {
    let stick = Stick::plug_in(1);
    let desk = Desk::with(&format!("[ant]\nnetwork_key = \"{KEY}\"\nport = \"{}\"\n", stick.path.display()));
    let mut child = desk.command("pair").stdin(Stdio::piped()).spawn().unwrap();
    let mut said = Vec::new();
    let mut err = child.stderr.take().unwrap();
    while !String::from_utf8_lossy(&said).contains("Is it this one") {
        let mut buffer = [0; 256];
        let size = err.read(&mut buffer).unwrap();
        assert!(size > 0, "{}", String::from_utf8_lossy(&said));
        said.extend_from_slice(&buffer[..size]);
    }
    interrupt(&child);
    // Its input stays open: it does not end for want of an answer.
    let input = child.stdin.take();
    assert_eq!(finished(child, "pair").code, 130);
    drop(input);
}

// ---- scan -----------------------------------------------------------------------------------------------------------

#[test]
fn a_scan_lists_every_sensor_with_its_place() {
    let stick = Stick::plug_in(3);
    let desk = Desk::ready(&stick);
    let lines = desk.run("scan --seconds 4 --json").good().json();
    let radio = |name: &str| lines.iter().find(|line| line["radio"] == name).unwrap();
    assert_eq!(radio("ant")["state"], "ready");
    assert_eq!(radio("ble")["state"], "no_service");
    let sensor = |name: &str| lines.iter().find(|line| line["sensor"] == name).unwrap();
    assert_eq!(sensor("ant:1")["place"], "mg.right");
    assert_eq!(sensor("ant:2")["name"], "the white one");
    assert_eq!(sensor("ant:3")["place"], Value::Null);
    assert_eq!(sensor("ant:3")["smo2_pct"], 53.0);
    assert!(sensor("ant:3")["rssi_dbm"].is_number());
    let done = desk.run("scan --seconds 3").good();
    assert!(done.out.contains("ant:2") && done.out.contains("vl.right (the white one)"), "{done:#?}");
    assert!(done.err.contains("ANT+: listening") && done.err.contains("Bluetooth: the system's"), "{done:#?}");
}

#[test]
fn a_scan_that_hears_nothing_says_why_and_what_to_look_at() {
    let done = Desk::new().run("scan --seconds 2").good();
    assert_eq!(done.out, "");
    for words in ["no ANT+ network key is configured", "Bluetooth service does not run", "Nothing was heard"] {
        assert!(done.err.contains(words), "no `{words}` in {}", done.err);
    }
    let desk = Desk::with(&format!("[ant]\nnetwork_key = \"{KEY}\"\nport = \"/dev/no-such-line\"\n"));
    let done = desk.run("scan --seconds 2 --json").good();
    assert_eq!(done.json()[0]["state"], "no_device");
}

#[test]
fn a_scan_without_end_ends_with_an_interrupt() {
    let stick = Stick::plug_in(1);
    let desk = Desk::ready(&stick);
    let child = desk.command("scan --seconds 0").spawn().unwrap();
    sleep(Duration::from_secs(3));
    interrupt(&child);
    assert!(finished(child, "scan").good().out.contains("ant:1"));
}

// ---- ride -----------------------------------------------------------------------------------------------------------

#[test]
fn a_ride_leaves_every_file_and_its_log_rides_it_again() {
    let stick = Stick::plug_in(2);
    let desk = Desk::ready(&stick);
    let flags = "--events e --csv s --fit f --log l --capture c --report r --frames d --every 2 --save-state g";
    let done = desk.run(&format!("ride --for 7 {flags}")).good();
    assert!(done.err.contains("CALF mg.right: 51 % | THIGH vl.right: 52 %"), "{done:#?}");
    let events = fs::read_to_string(desk.path().join("e")).unwrap();
    for found in
        ["\"found\",\"sensor\":\"ant:1\"", "\"found\",\"sensor\":\"ant:2\"", "\"radio\":\"ant\",\"state\":\"ready\""]
    {
        assert!(events.contains(found), "no {found} in {events}");
    }
    for name in ["s", "f", "r", "g"] {
        assert!(fs::metadata(desk.path().join(name)).unwrap().len() > 0, "{name}");
    }
    assert!(fs::read_dir(desk.path().join("d")).unwrap().count() >= 3);
    assert_eq!(desk.run("replay l --events -").good().out, events);
    let captured = desk.run("replay c --events -").good().out;
    assert_eq!(sensor_events(&captured), sensor_events(&events));
    assert!(!captured.contains("wall_time"), "a capture holds what came by radio");
    assert!(!desk.path().join("data").exists(), "the log went where --log said");
}

#[test]
fn an_interrupted_ride_is_kept_whole() {
    let stick = Stick::plug_in(2);
    let desk = Desk::ready(&stick);
    let child = desk.command("ride --csv s --events -").spawn().unwrap();
    sleep(Duration::from_secs(4));
    interrupt(&child);
    let done = finished(child, "ride").good();
    assert!(done.err.contains("Rode 0:00:0"), "{done:#?}");
    assert!(fs::read_to_string(desk.path().join("s")).unwrap().contains("51.0"));
    let rides: Vec<_> =
        fs::read_dir(desk.path().join("data/sling/rides")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(rides.len(), 1);
    let again = finished(desk.command("replay").arg(&rides[0]).spawn().unwrap(), "replay").good();
    assert_eq!(again.out, done.out);
}

#[test]
fn a_ride_needs_a_sensor_and_goes_on_without_a_radio() {
    Desk::new().run("ride").refused("sling pair says which one is worn where");
    let desk = Desk::with("[[sensor]]\nsite = \"mg.right\"\nradio = \"ant\"\nnumber = 1\n");
    let done = desk.run("ride --for 3 --no-log --events -").good();
    assert!(done.out.contains("\"radio\":\"ant\",\"state\":\"no_key\""), "{done:#?}");
    assert!(done.err.contains("no ANT+ network key is configured"), "{done:#?}");
    assert!(!done.err.contains("Bluetooth"), "of no matter to these sensors: {done:#?}");
    desk.run("ride --for 3 --csv no/such/folder/ride.csv").refused("no/such/folder/ride.csv");
}

/// A ride in a terminal, with keys at their seconds; what it drew, and what it said besides.
fn in_a_terminal(desk: &Desk, begun: impl FnOnce(&Child), keys: &[(u64, &str)]) -> (String, Done) {
    let (mut near, far) = TTYPort::pair().unwrap();
    near.set_timeout(Duration::from_millis(100)).unwrap();
    let name = far.name().unwrap();
    let end = || OpenOptions::new().read(true).write(true).open(&name).unwrap();
    let mut child = desk
        .command("ride --no-log")
        .env("COLORTERM", "truecolor")
        .env_remove("NO_COLOR")
        .stdin(end())
        .stdout(end())
        .spawn()
        .unwrap();
    begun(&child);
    let (began, mut shown, mut keys) = (Instant::now(), Vec::new(), keys.iter().peekable());
    while child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < LIMIT, "did not end: {}", String::from_utf8_lossy(&shown));
        let mut buffer = [0; 4096];
        shown.extend_from_slice(near.read(&mut buffer).map_or(&[], |size| &buffer[..size]));
        if let Some((_, keys)) = keys.next_if(|(at_s, _)| began.elapsed() > Duration::from_secs(*at_s)) {
            near.write_all(keys.as_bytes()).unwrap();
        }
    }
    (String::from_utf8_lossy(&shown).into_owned(), finished(child, "ride"))
}

#[test]
fn a_ride_in_a_terminal_draws_the_page_and_puts_the_terminal_back() {
    let stick = Stick::plug_in(2);
    let desk = Desk::ready(&stick);
    let (shown, done) = in_a_terminal(&desk, |_| {}, &[(3, "S"), (4, " "), (5, "q")]);
    done.good();
    for code in ["\x1b[?1049h", "CALF mg.right: 51 %", "48;2;255;255;255m", "\x07", "\x1b[?25h", "\x1b[?1049l"] {
        assert!(shown.contains(code), "no {code:?} in {shown:?}");
    }
    assert!(shown.rfind("\x1b[?1049l") > shown.rfind("CALF"), "the picture goes when the ride is over");
}

/// Three pages back to Settings, in, and three lines down to Vibration.
const TO_VIBRATION: &str = "uuu ddd";

#[test]
fn what_is_set_on_the_screen_of_a_ride_lasts() {
    let stick = Stick::plug_in(2);
    let desk = Desk::ready(&stick);
    let before =
        format!("# mine\nlanguage = \"en\" # for now\n\n[cues] # by feel\nhaptic = true\n\n{}", desk.config_text());
    fs::write(desk.config(), &before).unwrap();
    let (shown, done) = in_a_terminal(&desk, |_| {}, &[(3, TO_VIBRATION), (4, " "), (5, "q")]);
    let done = done.good();
    assert!(shown.contains("> Vibration strong"), "{done:#?}");
    assert_eq!(desk.config_text(), before.replace("haptic = true", "haptic = \"strong\""));
    // The next ride begins with it: two steps on it is off, then soft.
    in_a_terminal(&desk, |_| {}, &[(3, TO_VIBRATION), (4, "  "), (5, "q")]).1.good();
    assert_eq!(desk.config_text(), before.replace("haptic = true", "haptic = \"soft\""));
    desk.run("pair --undo").good();
    assert_eq!(desk.config_text(), before.replace("haptic = true", "haptic = \"strong\""));
}

#[test]
fn settings_that_cannot_be_written_are_told_of_once_and_the_ride_goes_on() {
    use std::os::unix::fs::PermissionsExt;
    let stick = Stick::plug_in(2);
    let desk = Desk::ready(&stick);
    let text = desk.config_text();
    let keys = [(3, TO_VIBRATION), (4, " "), (5, " "), (7, "q")];
    fs::set_permissions(desk.config(), fs::Permissions::from_mode(0o444)).unwrap();
    let told = |done: &Done, words: &str| {
        assert_eq!(done.code, 2, "{done:#?}");
        assert_eq!(done.err.matches(words).count(), 1, "{done:#?}");
        assert!(done.err.contains("Rode 0:00:0"), "{done:#?}");
    };
    let (shown, done) = in_a_terminal(&desk, |_| {}, &keys);
    told(&done, "config.toml: may not be written; what is set on the screen holds for this ride only");
    assert!(shown.contains("> Vibration off"), "the second press comes after it");
    fs::set_permissions(desk.config(), fs::Permissions::from_mode(0o644)).unwrap();
    // As on a disk without room: the new file cannot come to be, because another thing has its name.
    let in_the_way = |child: &Child| {
        for name in ["config.toml", "config.toml.before"] {
            fs::create_dir(desk.config().with_file_name(format!(".{name}.{}.partial", child.id()))).unwrap();
        }
    };
    let (_, done) = in_a_terminal(&desk, in_the_way, &keys);
    told(&done, "cannot write");
    assert_eq!(desk.config_text(), text);
}

#[test]
fn other_commands_leave_the_configuration_alone() {
    let stick = Stick::plug_in(2);
    let desk = Desk::ready(&stick);
    desk.run("ride --for 5 --log l").good();
    let text = desk.config_text();
    desk.run("replay l").good();
    desk.run("run demo --log m").good();
    desk.run("render settings --from demo --at 60 -o s.png").good();
    assert_eq!(desk.config_text(), text);
    assert_eq!(fs::read_dir(desk.config().parent().unwrap()).unwrap().count(), 1);
}

// ---- bench --live ---------------------------------------------------------------------------------------------------

#[test]
fn real_sensors_are_on_the_page_of_the_bench() {
    let stick = Stick::plug_in(2);
    let desk = Desk::ready(&stick);
    let mut child = desk.command("bench --live --no-open").spawn().unwrap();
    let (mut page, hello) = Page::open(&page::address(&mut child));
    assert_eq!((&hello["kind"], &hello["end_s"], &hello["via"]), (&json!("live"), &Value::Null, &Value::Null));
    assert_eq!(hello["sites"][0]["site"], "mg.right");
    let said = |it: &Value, of: usize, smo2: f64| it["rows"][0]["s"][of]["said"] == smo2;
    let heard = page.until(|it| it["is"] == "rows" && said(it, 0, 51.0) && said(it, 1, 52.0));
    let row = &heard.last().unwrap()["rows"][0]["s"][0];
    assert_eq!((&row["truth"], &row["belief"]), (&Value::Null, &json!(51.0)));
    page.say(&json!({"do": "lap"}));
    page.say(&json!({"do": "marker", "text": "here"}));
    page.until(|it| it["is"] == "event" && it["event"]["event"] == "lap");
    page.until(|it| it["is"] == "event" && it["event"]["label"] == "here");
    page.say(&json!({"do": "press", "button": "down"}));
    page.until(|it| it["is"] == "state" && it["page"] == "trend");
    page.say(&json!({"do": "theme", "theme": "night"}));
    page.until(|it| it["is"] == "state" && it["theme"] == "night" && it["page"] == "trend");
    for (id, request) in [
        json!({"do": "seek", "t_s": 0}),
        json!({"do": "undo"}),
        json!({"do": "pause"}),
        json!({"do": "seed", "seed": 1}),
        json!({"do": "via", "via": "ant"}),
        json!({"do": "open", "name": "demo"}),
        json!({"do": "fault", "kind": "hole", "site": "mg.right"}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut request = request;
        request["id"] = id.into();
        page.say(&request);
        let error = page.until(|it| it["is"] == "error" && it["id"] == id).pop().unwrap();
        assert!(error["message"].as_str().unwrap().contains("cannot go back"), "{request}: {error}");
    }
    // The stick is pulled out.
    drop(stick);
    let noted = |it: &Value| it["is"] == "state" && it["notes"][0].as_str().is_some_and(|it| it.starts_with("ANT+: "));
    page.until(noted);
    page.until(|it| it["is"] == "rows" && it["rows"][0]["s"][0]["reason"].is_string());
    interrupt(&child);
    let done = finished(child, "bench --live").good();
    assert!(done.err.contains("Kept: "), "{done:#?}");
    let rides: Vec<_> =
        fs::read_dir(desk.path().join("data/sling/rides")).unwrap().map(|e| e.unwrap().path()).collect();
    let again = finished(desk.command("replay").arg(&rides[0]).spawn().unwrap(), "replay").good();
    assert!(again.out.contains("\"event\":\"lap\"") && again.out.contains("\"label\":\"here\""), "{}", again.out);
}

#[test]
fn a_bench_without_a_stick_or_a_sensor_says_so() {
    Desk::new().run("bench --live --no-open").refused("sling pair says which one is worn where");
    let desk = Desk::with("[[sensor]]\nsite = \"mg.right\"\nradio = \"ant\"\nnumber = 1\n");
    let mut child = desk.command("bench --live --no-open --no-log").spawn().unwrap();
    let (mut page, _) = Page::open(&page::address(&mut child));
    let no_key =
        |it: &Value| it["notes"][0].as_str().is_some_and(|it| it.contains("no ANT+ network key is configured"));
    page.until(|it| it["is"] == "state" && no_key(it));
    interrupt(&child);
    finished(child, "bench --live").good();
    assert!(!desk.path().join("data").exists());
}

// ---- doctor ---------------------------------------------------------------------------------------------------------

#[test]
fn a_doctor_on_a_bare_machine_finds_what_is_missing() {
    let done = Desk::new().run("doctor");
    assert_eq!(done.code, 1, "{done:#?}");
    for words in ["PROBLEM  configuration", "PROBLEM  ANT+ key", "thisisant.com", "Bluetooth", "-> "] {
        assert!(done.out.contains(words), "no `{words}` in {}", done.out);
    }
    let findings = Desk::new().run("doctor --json").json();
    assert!(findings.iter().all(|f| f["verdict"] != "problem" || f["fix"].as_str().is_some_and(|fix| !fix.is_empty())));
    assert!(findings.len() >= 4);
    let rule = Desk::new().run("doctor --udev-rule").good().out;
    assert!(rule.contains("0fcf") && rule.contains("1009") && rule.contains("uaccess"));
}

#[test]
fn a_doctor_finds_nothing_where_all_is_well() {
    let stick = Stick::plug_in(1);
    let desk = Desk::ready(&stick);
    let text = desk.config_text();
    let done = desk.run("doctor");
    assert_eq!(done.code, 1);
    assert!(done.out.contains("the key is the dummy of examples"), "{done:#?}");
    fs::write(desk.config(), text.replace(KEY, "0102030405060708")).unwrap();
    let done = desk.run("doctor");
    assert!(done.out.contains("others on this machine can read it") && done.out.contains("chmod 600"), "{done:#?}");
    // What Sling writes, nobody else reads.
    desk.run("pair ant:9 heart_rate").good();
    let done = desk.run("doctor").good();
    assert!(done.out.contains("ok       ANT stick") && done.out.contains("note     Bluetooth"), "{done:#?}");
    fs::write(desk.config(), text.replace(KEY, "00000000 00000000")).unwrap();
    assert!(desk.run("doctor").out.contains("all zeros"));
    fs::write(desk.config(), text.replace(&stick.path.display().to_string(), "/dev/null")).unwrap();
    assert!(desk.run("doctor").out.contains("/dev/null is no serial line"));
}
