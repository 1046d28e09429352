//! `sling doctor`: what is wrong with this machine, and the command that mends it.
//!
//! It looks at what the system shows (`/sys`, `/dev`, groups, the bus) and then tries the real thing: it opens the stick
//! and asks for the adapter. A radio that no sensor of the user's needs may be missing; then that is a note, not a
//! problem.

use super::radios;
use crate::error::CommandError;
use crate::live::trouble_of;
use crate::radio::OwnedBleEvent;
use crate::radio::ant::Opener;
use crate::radio::ant::serial::Serial;
use crate::radio::ant::usb::{Usb, list};
use crate::radio::ble::BleRadio;
use crate::settings::{KEY_HELP, Settings, Store};
use crate::talk::{Stdout, tell};
use crate::terminal::wrap;
use clap::Args;
use serde_json::json;
use sling_core::link::{Radio, RadioState, Trouble};
use sling_core::sensor::Identity;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Find out what keeps sensors from being heard, and how to mend it.
///
/// Each line is ok, a note, or a problem with its remedy. Exit code 1 says that something needs doing.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    /// Print the udev rule that lets people at this machine use ANT sticks, and nothing else
    #[arg(long, conflicts_with = "json")]
    udev_rule: bool,
}

/// The rule: the person at the seat may use the sticks, and so may the members of plugdev where there is no seat.
const UDEV_RULE: &str = r#"# ANT sticks (Dynastream/Garmin ANTUSB2, ANTUSB-m): the person at the machine may use them.
SUBSYSTEM=="usb", ATTR{idVendor}=="0fcf", ATTR{idProduct}=="1008", MODE="0660", GROUP="plugdev", TAG+="uaccess"
SUBSYSTEM=="usb", ATTR{idVendor}=="0fcf", ATTR{idProduct}=="1009", MODE="0660", GROUP="plugdev", TAG+="uaccess"
"#;
/// Before 73-seat-late.rules, which acts on the tag.
const UDEV_FILE: &str = "/etc/udev/rules.d/70-sling-ant.rules";
/// Remedies in sentences are broken there.
const FIX_WIDTH: usize = 90;
/// The adapter's first word may take as long as the bus lets a service start.
const BLE_WAIT: Duration = Duration::from_secs(12);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Ok,
    /// Worth knowing; nothing needs doing.
    Note,
    Problem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    about: &'static str,
    verdict: Verdict,
    words: String,
    fix: Option<String>,
}

impl Finding {
    fn ok(about: &'static str, words: impl Into<String>) -> Self {
        Self { about, verdict: Verdict::Ok, words: words.into(), fix: None }
    }

    fn note(about: &'static str, words: impl Into<String>) -> Self {
        Self { verdict: Verdict::Note, ..Self::ok(about, words) }
    }

    fn problem(about: &'static str, words: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { verdict: Verdict::Problem, fix: Some(fix.into()), ..Self::ok(about, words) }
    }

    /// A problem, or a note where nobody needs what is missing.
    fn missing(needed: bool, about: &'static str, words: impl Into<String>, fix: impl Into<String>) -> Self {
        let problem = Self::problem(about, words, fix);
        if needed { problem } else { Self { verdict: Verdict::Note, ..problem } }
    }
}

impl Doctor {
    pub(super) fn run(self, store: &Store) -> Result<(), CommandError> {
        let mut out = Stdout::new();
        if self.udev_rule {
            write!(out, "{UDEV_RULE}")?;
            return Ok(out.flush()?);
        }
        let findings = examine(store);
        for finding in &findings {
            if self.json {
                let verdict = match finding.verdict {
                    Verdict::Ok => "ok",
                    Verdict::Note => "note",
                    Verdict::Problem => "problem",
                };
                let line =
                    json!({ "about": finding.about, "verdict": verdict, "words": finding.words, "fix": finding.fix });
                writeln!(out, "{line}")?;
                continue;
            }
            let verdict = match finding.verdict {
                Verdict::Ok => "ok     ",
                Verdict::Note => "note   ",
                Verdict::Problem => "PROBLEM",
            };
            writeln!(out, "{verdict}  {:<13}  {}", finding.about, finding.words)?;
            for fix in finding.fix.iter().flat_map(|fix| fix.lines()) {
                // A command stays in one line, to be copied.
                let width = if fix.contains("sudo") { usize::MAX } else { FIX_WIDTH };
                for (n, line) in wrap(fix, width).into_iter().enumerate() {
                    writeln!(out, "{:24}  {} {line}", "", if n == 0 { "->" } else { "  " })?;
                }
            }
        }
        out.flush()?;
        match findings.iter().filter(|finding| finding.verdict == Verdict::Problem).count() {
            0 => {
                if !self.json {
                    tell(format_args!("Nothing needs doing."));
                }
                Ok(())
            }
            count => Err(CommandError::Unwell { count }),
        }
    }
}

fn examine(store: &Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    let settings = configuration(store, &mut findings);
    // Without sensors nobody knows yet; the radio that works will do.
    let needs = |radio| settings.sensors().any(|(sensor, ..)| radios::of(sensor.identity) == Some(radio));
    let none = settings.sensors().next().is_none();
    let mut ant = ant(&settings, needs(Radio::Ant) || none, Path::new("/sys/bus/usb/devices"));
    let mut ble = bluetooth(needs(Radio::Ble) || none);
    let works = |findings: &[Finding]| findings.iter().all(|finding| finding.verdict != Verdict::Problem);
    if none && (works(&ant) || works(&ble)) {
        for finding in ant.iter_mut().chain(&mut ble).filter(|finding| finding.verdict == Verdict::Problem) {
            finding.verdict = Verdict::Note;
        }
    }
    findings.extend(ant);
    findings.extend(ble);
    findings
}

// ---- configuration --------------------------------------------------------------------------------------------------

fn configuration(store: &Store, findings: &mut Vec<Finding>) -> Settings {
    let path = store.path().display();
    let about = "configuration";
    if !store.exists() {
        findings.push(Finding::problem(
            about,
            format!("there is none: {path}"),
            "sling pair makes it, with the first sensor",
        ));
        return Settings::default();
    }
    let settings = match store.load() {
        Ok(settings) => settings,
        Err(error) => {
            findings.push(Finding::problem(about, error.to_string(), format!("change it by hand: {path}")));
            return Settings::default();
        }
    };
    findings.push(Finding::ok(about, format!("{path}")));
    #[cfg(unix)]
    if settings.ant.key.is_some() {
        use std::os::unix::fs::PermissionsExt;
        let open = fs::metadata(store.path()).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
        if open {
            let fix = format!("chmod 600 '{path}'");
            findings.push(Finding::problem(
                about,
                "others on this machine can read it, and the network key with it",
                fix,
            ));
        }
    }
    findings.push(roster(&settings));
    settings
}

fn roster(settings: &Settings) -> Finding {
    let about = "sensors";
    if settings.worn.is_empty() {
        return Finding::problem(about, "none is worn anywhere", "sling pair");
    }
    // That no sensor and no site is named twice was seen when the file was read.
    let worn: Vec<_> = settings.sensors().map(|(_, place, _)| place).collect();
    let config = settings.config((240, 400));
    let calf = |side| config.roster.iter().any(|a| a.site.side == side && a.site.muscle.is_calf());
    let thigh = |side| {
        let is = |muscle| sling_core::sensor::Muscle::THIGH.contains(&muscle);
        config.roster.iter().any(|a| a.site.side == side && is(a.site.muscle))
    };
    let pair = [sling_core::sensor::Side::Left, sling_core::sensor::Side::Right]
        .into_iter()
        .any(|side| calf(side) && thigh(side));
    let numbers: Vec<_> = settings
        .worn
        .iter()
        .filter_map(|worn| match worn.identity {
            Identity::Ant { number, .. } => Some(number),
            _ => None,
        })
        .collect();
    let twice = numbers.iter().enumerate().find(|(i, number)| numbers[..*i].contains(number));
    if let Some((_, number)) = twice {
        let words = format!("two sensors have the number {number} and differ in their transmission type only");
        return Finding::note(about, words);
    }
    let words = worn.join(", ");
    if pair {
        Finding::ok(about, words)
    } else {
        Finding::note(
            about,
            format!("{words}; Balance compares a calf and a thigh of one leg, such as mg.right and vl.right"),
        )
    }
}

// ---- ANT ------------------------------------------------------------------------------------------------------------

/// What the system shows of an ANT stick.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Plugged {
    product: u16,
    /// The kernel's driver of its first interface.
    driver: Option<String>,
}

/// Sticks among the devices that the kernel lists in `folder`.
fn plugged(folder: &Path) -> Vec<Plugged> {
    let text = |path: PathBuf| fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default();
    let mut devices: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    devices.sort();
    let stick = |device: PathBuf| {
        let product = u16::from_str_radix(&text(device.join("idProduct")), 16).ok()?;
        (text(device.join("idVendor")) == "0fcf").then(|| {
            let name = device.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let driver = fs::read_link(device.join(format!("{name}:1.0/driver"))).ok();
            let driver = driver.and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
            Plugged { product, driver }
        })
    };
    devices.into_iter().filter_map(stick).collect()
}

fn ant(settings: &Settings, needed: bool, sysfs: &Path) -> Vec<Finding> {
    let mut findings = vec![key(settings, needed)];
    let about = "ANT stick";
    if let Some(port) = &settings.ant.port {
        findings.push(serial_line(port, settings.ant.baud, needed));
        return findings;
    }
    for stick in plugged(sysfs) {
        match (stick.product, stick.driver.as_deref()) {
            (0x1004, driver) => {
                let driver = driver.unwrap_or("no driver");
                findings.push(Finding::missing(
                    needed,
                    about,
                    format!("0fcf:1004 (ANTUSB1, {driver}) is reached by a serial line"),
                    "name it in the configuration: port = \"/dev/ttyUSB0\" under [ant]",
                ));
            }
            (_, Some(driver @ ("usb_serial_simple" | "usbserial_generic" | "usbserial"))) => {
                let words = format!(
                    "the kernel's {driver} is bound to 0fcf:{:04x}; it steps aside while sling uses the stick",
                    stick.product
                );
                findings.push(Finding::note(about, words));
            }
            _ => {}
        }
    }
    match list() {
        Err(_) => findings.push(Finding::missing(
            needed,
            about,
            "this machine has no USB, or does not show it",
            "in a container, pass it in: /dev/bus/usb and /sys; a stick on a serial line is named as port under [ant]",
        )),
        Ok(sticks) if sticks.is_empty() => findings.push(Finding::missing(
            needed,
            about,
            "none is plugged in (0fcf:1008 or 0fcf:1009 on USB)",
            "plug one in; or name its serial line as port under [ant]",
        )),
        Ok(sticks) => {
            for stick in &sticks {
                let (bus, device) = stick.place;
                let serial = stick.serial.as_deref().unwrap_or("not readable");
                findings.push(Finding::ok(
                    about,
                    format!("0fcf:{:04x} on bus {bus:03}, device {device:03}, serial number {serial}", stick.product),
                ));
            }
            let wanted = settings.ant.usb_serial.clone();
            findings.push(match (Usb { serial: wanted.clone() }).open() {
                Ok(_) => Finding::ok(about, "can be opened"),
                Err(trouble) => cannot_open(trouble_of(trouble), wanted.as_deref(), needed),
            });
        }
    }
    findings
}

fn cannot_open(trouble: Trouble, wanted: Option<&str>, needed: bool) -> Finding {
    let about = "ANT stick";
    let words = radios::words(Radio::Ant, RadioState::Trouble(trouble));
    match (trouble, wanted) {
        (Trouble::NoPermission, _) => {
            let there = Path::new(UDEV_FILE).exists();
            let plug = "pull the stick out and plug it in again";
            let fix = if there {
                format!(
                    "{UDEV_FILE} is there: {plug}; at a machine without a seat, join the group: sudo usermod -aG plugdev $USER"
                )
            } else {
                format!(
                    "sling doctor --udev-rule | sudo tee {UDEV_FILE}\nsudo udevadm control --reload && sudo udevadm trigger --subsystem-match=usb\n{plug}"
                )
            };
            Finding::missing(needed, about, words, fix)
        }
        (Trouble::NoDevice, Some(serial)) => Finding::missing(
            needed,
            about,
            format!("none has the serial number {serial}"),
            "change usb_serial under [ant], or leave it away",
        ),
        _ => Finding::missing(
            needed,
            about,
            words,
            radios::fix(Radio::Ant, RadioState::Trouble(trouble)).unwrap_or_default(),
        ),
    }
}

fn serial_line(port: &Path, baud: Option<u32>, needed: bool) -> Finding {
    let about = "ANT stick";
    let standard = Serial::new(port);
    let mut line = Serial { baud: baud.unwrap_or(standard.baud), ..standard };
    let shown = port.display();
    match line.open().map_err(trouble_of) {
        Ok(_) => Finding::ok(about, format!("{shown} can be opened")),
        Err(Trouble::NoDevice) => Finding::missing(
            needed,
            about,
            format!("{shown} is not there"),
            format!("plug it in; serial lines here: {}", serial_lines()),
        ),
        Err(Trouble::NoPermission) => {
            let group = owner_group(port).unwrap_or_else(|| "dialout".into());
            let fix = format!("sudo usermod -aG {group} $USER, then log in again");
            Finding::missing(needed, about, format!("{shown} may not be opened; it belongs to the group {group}"), fix)
        }
        Err(Trouble::Busy) => Finding::missing(
            needed,
            about,
            format!("another program uses {shown}"),
            "end it; ModemManager probes new serial lines for a minute",
        ),
        Err(_) => Finding::missing(
            needed,
            about,
            format!("{shown} is no serial line"),
            format!("serial lines here: {}", serial_lines()),
        ),
    }
}

/// The serial lines that a stick could be behind.
fn serial_lines() -> String {
    let entries = fs::read_dir("/dev").into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut lines: Vec<_> = names
        .filter(|name| ["ttyUSB", "ttyACM", "cu.usb"].iter().any(|start| name.starts_with(start)))
        .map(|name| format!("/dev/{name}"))
        .collect();
    lines.sort();
    if lines.is_empty() { "none".into() } else { lines.join(", ") }
}

/// The name of the group that a file belongs to.
#[cfg(unix)]
fn owner_group(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let gid = fs::metadata(path).ok()?.gid().to_string();
    let groups = fs::read_to_string("/etc/group").ok()?;
    groups
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|f| f.get(2) == Some(&gid.as_str()))
        .map(|f| f[0].to_owned())
}

#[cfg(not(unix))]
fn owner_group(_: &Path) -> Option<String> {
    None
}

fn key(settings: &Settings, needed: bool) -> Finding {
    let about = "ANT+ key";
    match settings.ant.key {
        None => Finding::missing(needed, about, "there is none: ANT+ sensors are not heard", KEY_HELP),
        Some(key) => match key.oddity() {
            Some(oddity) => Finding::missing(needed, about, format!("the key {oddity}"), KEY_HELP),
            None => Finding::ok(about, "there is one, of 8 bytes; whether it is the right one, only a sensor can tell"),
        },
    }
}

// ---- Bluetooth ------------------------------------------------------------------------------------------------------

fn bluetooth(needed: bool) -> Vec<Finding> {
    let about = "Bluetooth";
    let mut findings = Vec::new();
    for (name, blocked) in switches(Path::new("/sys/class/rfkill")) {
        match blocked {
            Blocked::Hard => findings.push(Finding::missing(
                needed,
                about,
                format!("{name} is switched off by a switch of the machine"),
                "flip it",
            )),
            Blocked::Soft => {
                findings.push(Finding::missing(
                    needed,
                    about,
                    format!("{name} is blocked"),
                    "rfkill unblock bluetooth",
                ));
            }
            Blocked::No => {}
        }
    }
    findings.push(match adapter() {
        Ok(()) => Finding::ok(about, "the adapter is there, switched on, and may be used"),
        Err(trouble) => {
            let words = radios::words(Radio::Ble, RadioState::Trouble(trouble));
            let words = format!("{words}{}", seen(trouble));
            Finding::missing(needed, about, words, ble_fix(trouble))
        }
    });
    findings
}

/// What the machine shows besides.
fn seen(trouble: Trouble) -> String {
    let socket = Path::new("/run/dbus/system_bus_socket");
    let bus = std::env::var_os("DBUS_SYSTEM_BUS_ADDRESS").is_some() || socket.exists();
    match trouble {
        Trouble::NoService if !bus => format!(" (nor does D-Bus: {} is not there)", socket.display()),
        Trouble::NoService => " (D-Bus is there, org.bluez is not on it)".into(),
        _ => String::new(),
    }
}

fn ble_fix(trouble: Trouble) -> String {
    match trouble {
        Trouble::NoPermission => {
            "the bus lets those at the machine and the members of bluetooth use it: sudo usermod -aG bluetooth $USER, \
             then log in again"
                .into()
        }
        Trouble::NoService => {
            "sudo apt install bluez dbus (or your system's packages)\nsudo systemctl enable --now bluetooth".into()
        }
        other => radios::fix(Radio::Ble, RadioState::Trouble(other)).unwrap_or_default().into(),
    }
}

/// Asks for the adapter as a ride would.
fn adapter() -> Result<(), Trouble> {
    let (sender, events) = channel();
    let Ok(_radio) = BleRadio::start(sender) else { return Err(Trouble::NotAnswering) };
    let until = Instant::now() + BLE_WAIT;
    loop {
        match events.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(OwnedBleEvent::Adapter(state)) => return state,
            Ok(_) => {}
            Err(_) => return Err(Trouble::NotAnswering),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blocked {
    No,
    Soft,
    Hard,
}

/// The machine's switches of Bluetooth, by name.
fn switches(folder: &Path) -> Vec<(String, Blocked)> {
    let text = |path: PathBuf| fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut switches: Vec<_> = entries
        .filter(|switch| text(switch.join("type")) == "bluetooth")
        .map(|switch| {
            let blocked = match (text(switch.join("hard")).as_str(), text(switch.join("soft")).as_str()) {
                ("1", _) => Blocked::Hard,
                (_, "1") => Blocked::Soft,
                _ => Blocked::No,
            };
            (text(switch.join("name")), blocked)
        })
        .collect();
    switches.sort_by(|(a, _), (b, _)| a.cmp(b));
    switches
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn write(folder: &Path, name: &str, text: &str) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn sticks_are_found_among_what_the_kernel_lists() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for (name, vendor, product) in
            [("1-1", "0fcf\n", "1009\n"), ("1-2", "1d6b\n", "0002\n"), ("2-1.4", "0fcf\n", "1004\n")]
        {
            write(root, &format!("{name}/idVendor"), vendor);
            write(root, &format!("{name}/idProduct"), product);
        }
        fs::create_dir_all(root.join("1-1/1-1:1.0")).unwrap();
        symlink("../../../../bus/usb/drivers/usb_serial_simple", root.join("1-1/1-1:1.0/driver")).unwrap();
        let simple = Some("usb_serial_simple".to_owned());
        assert_eq!(
            plugged(root),
            [Plugged { product: 0x1009, driver: simple }, Plugged { product: 0x1004, driver: None }]
        );
        assert_eq!(plugged(&root.join("nowhere")), []);
    }

    #[test]
    fn a_switch_that_is_off_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        for (n, kind, hard, soft) in
            [(0, "wlan", "1", "1"), (1, "bluetooth", "0", "1"), (2, "bluetooth", "1", "1"), (3, "bluetooth", "0", "0")]
        {
            for (file, text) in [("type", kind), ("hard", hard), ("soft", soft), ("name", &format!("hci{n}"))] {
                write(folder.path(), &format!("rfkill{n}/{file}"), text);
            }
        }
        let expected = [("hci1", Blocked::Soft), ("hci2", Blocked::Hard), ("hci3", Blocked::No)];
        assert_eq!(switches(folder.path()), expected.map(|(name, blocked)| (name.to_owned(), blocked)));
    }

    #[test]
    fn every_trouble_of_a_radio_has_words_and_a_remedy() {
        for trouble in [
            Trouble::NoDevice,
            Trouble::NoPermission,
            Trouble::Busy,
            Trouble::Off,
            Trouble::NoService,
            Trouble::NotAnswering,
        ] {
            assert!(!ble_fix(trouble).is_empty(), "{trouble:?}");
            let finding = cannot_open(trouble, None, true);
            assert!(
                finding.verdict == Verdict::Problem && finding.fix.is_some_and(|fix| !fix.is_empty()),
                "{trouble:?}"
            );
        }
        let denied = cannot_open(Trouble::NoPermission, None, true);
        assert!(denied.fix.unwrap().contains("udev"));
        assert_eq!(cannot_open(Trouble::Busy, None, false).verdict, Verdict::Note);
    }
}
