//! The board's image under QEMU: started, limited in time, and what it said.

use super::budget::Image;
use std::env;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const QEMU: &str = "qemu-system-arm";
/// A ride takes some 2 s on a free machine. What takes this long hangs.
const LIMIT: Duration = Duration::from_mins(2);
/// How often it is looked whether the emulator has ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// One emulator runs at a time: beside another, a ride against the wall clock is late.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    // Who failed leaves nothing behind that matters here.
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An image to run.
pub struct Board {
    pub image: PathBuf,
}

/// What came of a run.
pub struct Run {
    /// The emulator's exit code; `None` if it was ended from outside.
    pub code: Option<i32>,
    /// What the board wrote on its console, then what the emulator had to say.
    pub text: String,
    /// How long it took.
    pub took: Duration,
}

impl Board {
    /// The image that rides input logs: `SLING_REPLAY_IMAGE`, or with `SLING_REQUIRE_BOARD=1` the one that
    /// `device/build.sh replay` left. Without either there is none, and that is said aloud.
    ///
    /// An image that merely lies there is not taken: it may be older than the sources.
    pub fn replay() -> Option<Self> {
        let left = "target-arm/thumbv7em-none-eabihf/release/sling-replay";
        Self::named("SLING_REPLAY_IMAGE", "device/build.sh replay", left)
    }

    /// The head unit: `SLING_HEAD_UNIT_IMAGE`, or as above what `device/build.sh` left.
    pub fn head_unit() -> Option<Self> {
        let left = "target-arm/thumbv7em-none-eabihf/release/sling-head-unit";
        Self::named("SLING_HEAD_UNIT_IMAGE", "device/build.sh", left)
    }

    /// The head unit in C: `SLING_C_HOST_IMAGE`, or as above what `tests/c-host/build.sh` left.
    pub fn c_host() -> Option<Self> {
        let left = "target-arm/thumbv7em-none-eabihf/release/sling-c-host.elf";
        Self::named("SLING_C_HOST_IMAGE", "tests/c-host/build.sh", left)
    }

    fn named(variable: &str, builder: &str, left: &str) -> Option<Self> {
        let image = wanted(variable, builder, left)?;
        if Command::new(QEMU).arg("--version").stdout(Stdio::null()).status().is_err() {
            assert!(!is_required(), "{QEMU} is missing: on Debian, apt-get install qemu-system-arm");
            skip("qemu-system-arm is missing");
            return None;
        }
        Some(Self { image })
    }

    /// The same with panics planted, if `SLING_PLANTED_IMAGE` names it: only to be searched.
    pub fn planted() -> Option<Self> {
        let image = PathBuf::from(env::var_os("SLING_PLANTED_IMAGE")?);
        assert!(image.is_file(), "there is no image at {}: device/build.sh planted builds it", image.display());
        Some(Self { image })
    }

    /// The source files of these members of the workspace that the image names: the places of panics.
    pub fn places(&self, members: &[&str]) -> Vec<String> {
        let image = read(&self.image);
        members.iter().flat_map(|member| places(&image, member)).collect()
    }

    /// Runs the image with `log`, a file whose folder QEMU is started in, as its argument; without one if `None`.
    pub fn run(&self, log: Option<&Path>) -> Run {
        let mut command = Command::new(QEMU);
        let mut semihosting = "enable=on,target=native,arg=sling".to_owned();
        if let Some(log) = log {
            // The name alone: a path could hold what the board's command line parts at.
            let name = log.file_name().unwrap().to_str().unwrap();
            semihosting = [&semihosting, ",arg=", name].concat();
            command.current_dir(log.parent().unwrap());
        }
        command
            .args(["-M", "mps2-an386", "-cpu", "cortex-m4", "-nodefaults", "-display", "none", "-monitor", "none"])
            .args(["-serial", "stdio", "-icount", "shift=0", "-semihosting-config", &semihosting, "-kernel"])
            .arg(&self.image)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let _alone = alone();
        limited(command)
    }

    /// What the image takes, by part.
    pub fn made_of(&self) -> Image {
        Image::read(&read(&self.image)).expect("the image is an ELF file")
    }

    /// The sizes of the image's sections, by name.
    pub fn sections(&self) -> Vec<(String, u64)> {
        sections(&read(&self.image)).expect("the image is a 32-bit little-endian ELF file")
    }
}

/// The file that a variable names, or if the board must be tested what `builder` left.
fn wanted(variable: &str, builder: &str, left: &str) -> Option<PathBuf> {
    let file = match env::var_os(variable) {
        Some(path) => PathBuf::from(path),
        None if is_required() => root().join(left),
        None => {
            skip(&format!("{variable}=$({builder}) names the image to run"));
            return None;
        }
    };
    assert!(file.is_file(), "there is no image at {}: {builder} builds it", file.display());
    Some(file.canonicalize().unwrap())
}

/// A Python that has what `tests/peers/requirements.txt` names: `SLING_BUMBLE_PYTHON`, or if the board must be tested the one
/// that `./check` made.
pub fn bumble_python() -> Option<PathBuf> {
    // Not its real path: by the path Python knows where its packages are.
    let python = match env::var_os("SLING_BUMBLE_PYTHON") {
        Some(path) => PathBuf::from(path),
        None if is_required() => root().join(".check/venv/bin/python"),
        None => {
            skip("SLING_BUMBLE_PYTHON names a Python with tests/peers/requirements.txt, for sensors over Bluetooth");
            return None;
        }
    };
    let knows = Command::new(&python).args(["-c", "import bumble"]).stderr(Stdio::null()).status();
    assert!(
        knows.is_ok_and(|status| status.success()),
        "{} is no Python with bumble: -m pip install -r tests/peers/requirements.txt",
        python.display()
    );
    Some(python)
}

/// A board that is not there is a failure.
fn is_required() -> bool {
    env::var_os("SLING_REQUIRE_BOARD").is_some_and(|value| value == "1")
}

/// Runs the head unit in C on this machine: `SLING_C_HOST_PROGRAM`, found as images are.
pub fn run_c_host_here() -> Option<Run> {
    let program = wanted("SLING_C_HOST_PROGRAM", "tests/c-host/build.sh desktop", "target/debug/sling-c-host")?;
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Some(limited(command))
}

/// Runs a command to its end, or to [`LIMIT`].
fn limited(mut command: Command) -> Run {
    let began = Instant::now();
    let mut child = command.spawn().unwrap();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let reader = |pipe: &mut dyn Read| {
        let mut text = Vec::new();
        let _ = pipe.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    };
    let said = thread::spawn(move || reader(&mut stdout));
    let complained = thread::spawn(move || reader(&mut stderr));
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > LIMIT {
            child.kill().unwrap();
            break child.wait().unwrap();
        }
        thread::sleep(LOOK_EVERY);
    };
    let text = said.join().unwrap() + &complained.join().unwrap();
    Run { code: status.code(), text, took: began.elapsed() }
}

/// Says on the terminal itself, which the test harness does not capture, that the board was not tested.
fn skip(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIP the emulated board: {why}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// The source files below `member` that are named in these bytes. Rust's own library has a `core` too.
fn places(bytes: &[u8], member: &str) -> Vec<String> {
    let folder = format!("{member}/src/");
    let starts = bytes.windows(folder.len()).enumerate().filter(|(_, window)| *window == folder.as_bytes());
    starts
        .filter(|(at, _)| !bytes[..*at].ends_with(b"/library/"))
        .filter_map(|(at, _)| {
            let path = &bytes[at..bytes.len().min(at + 200)];
            let end = path.windows(3).position(|window| window == b".rs")?;
            std::str::from_utf8(&path[..end + 3]).ok().map(str::to_owned)
        })
        .collect()
}

#[test]
fn the_places_of_panics_are_found_among_other_bytes() {
    let bytes =
        b"\0\xff99/usr/lib/rustlib/src/rust/library/core/src/fmt/num.rscore/src/math.rs\x10\0core/src/draw/mono.rsx\
        /home/me/core/src/ui/mod.rs\0fonts/src/lib.rs core/src/";
    assert_eq!(places(bytes, "core"), ["core/src/math.rs", "core/src/draw/mono.rs", "core/src/ui/mod.rs"]);
    assert_eq!(places(bytes, "fonts"), ["fonts/src/lib.rs"]);
    assert!(places(b"core/sr", "core").is_empty() && places(b"", "core").is_empty());
}

/// Names and sizes of an ELF file's sections.
fn sections(elf: &[u8]) -> Option<Vec<(String, u64)>> {
    const CLASS_32_LITTLE: [u8; 6] = [0x7f, b'E', b'L', b'F', 1, 1];
    let half = |at: usize| Some(usize::from(u16::from_le_bytes(elf.get(at..at + 2)?.try_into().ok()?)));
    let word = |at: usize| Some(u32::from_le_bytes(elf.get(at..at + 4)?.try_into().ok()?) as usize);
    if !elf.starts_with(&CLASS_32_LITTLE) {
        return None;
    }
    let (table, entry, count, names) = (word(0x20)?, half(0x2e)?, half(0x30)?, half(0x32)?);
    let names = word(table + names * entry + 0x10)?;
    (0..count)
        .map(|i| {
            let header = table + i * entry;
            let name = elf.get(names + word(header)?..)?;
            let name = name.split(|&byte| byte == 0).next()?;
            Some((String::from_utf8_lossy(name).into_owned(), word(header + 0x14)? as u64))
        })
        .collect()
}
