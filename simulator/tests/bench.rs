//! The bench as a process: a session that is recorded, and one that goes on in another build.
#![cfg(unix)]

mod page;

use page::{LIMIT, Page, address};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

fn sling(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sling"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn interrupted(child: Child) -> Output {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    ended(child)
}

fn ended(mut child: Child) -> Output {
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > LIMIT {
            child.kill().unwrap();
            panic!("did not end");
        }
        sleep(Duration::from_millis(10));
    }
    child.wait_with_output().unwrap()
}

fn arrived(t_s: f64) -> impl Fn(&Value) -> bool {
    move |it| it["is"] == "state" && it["t_s"] == t_s && it["busy"] == false
}

// ---- record ---------------------------------------------------------------------------------------------------------

#[test]
fn a_session_that_is_recorded_is_a_scenario_that_passes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ride.toml");
    let mut child = sling(folder.path(), &["record", "demo", "-o", "ride.toml", "--at", "18:00"]).spawn().unwrap();
    let (mut page, _) = Page::open(&address(&mut child));
    page.say(&json!({"do": "pause"}));
    page.say(&json!({"do": "seek", "t_s": 1100}));
    page.until(arrived(1100.0));
    page.say(&json!({"do": "press", "button": "down"}));
    page.say(&json!({"do": "fault", "kind": "hole", "site": "mg.right", "duration_s": 60}));
    page.say(&json!({"do": "lap"}));
    page.say(&json!({"do": "seek", "t_s": 1500}));
    page.until(|it| it["is"] == "event" && it["event"]["event"] == "alert");
    page.until(arrived(1500.0));
    // It is there while the session goes on, whole.
    let began = Instant::now();
    while !fs::read_to_string(&path).unwrap().contains("alert = \"calf_overload\"\nsite = \"mg.right\"\nof = \"20 min")
    {
        assert!(began.elapsed() < LIMIT);
        sleep(Duration::from_millis(50));
    }
    let done = sling(folder.path(), &["run", "ride.toml"]).output().unwrap();
    assert!(done.status.success(), "{done:#?}");
    let ended = interrupted(child);
    assert!(ended.status.success(), "{ended:#?}");
    let text = fs::read_to_string(&path).unwrap();
    for part in ["[[press]]\n", "kind = \"hole\"\n", "[[lap]]\n", "notice = \"", "seed = 7\n"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    let done = sling(folder.path(), &["run", "ride.toml"]).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.matches("sling: ok").count() >= 3, "{said}");
    // A test that can fail: without the fault, the notice does not come.
    fs::write(folder.path().join("other.toml"), text.replace("kind = \"hole\"", "kind = \"battery_low\"")).unwrap();
    let done = sling(folder.path(), &["run", "other.toml"]).output().unwrap();
    assert_eq!(done.status.code(), Some(1), "{done:#?}");
}

#[test]
fn a_file_of_somebody_else_and_what_is_no_scenario_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.toml"), "version = 1\n").unwrap();
    let log = sling(folder.path(), &["run", "steady", "--until", "10", "--log", "ride.slinglog"]).output().unwrap();
    assert!(log.status.success(), "{log:#?}");
    for (arguments, words) in [
        (&["record", "demo", "-o", "mine.toml"][..], "--force"),
        (&["record", "demo", "-o", "no/such.toml"], "no/such.toml"),
        (&["record", "ride.slinglog", "-o", "new.toml"], "only a simulated ride"),
        (&["record", "--live", "-o", "new.toml"], "only a simulated ride"),
    ] {
        let done = sling(folder.path(), arguments).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.code() == Some(2) && said.contains(words), "{arguments:?}: {said}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("mine.toml")).unwrap(), "version = 1\n");
    assert!(!folder.path().join("new.toml").exists());
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_on_the_page_and_the_session_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = sling(folder.path(), &["record", "steady", "-o", "/dev/full"]).spawn().unwrap();
    let (mut page, _) = Page::open(&address(&mut child));
    let full = |it: &Value| it["is"] == "state" && it["notes"][0].as_str().is_some_and(|it| it.contains("/dev/full"));
    page.until(full);
    page.say(&json!({"do": "lap"}));
    page.until(|it| it["is"] == "event" && it["event"]["event"] == "lap");
    let done = interrupted(child);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.code() == Some(2) && said.contains("the session goes on"), "{said}");
}

// ---- watch ----------------------------------------------------------------------------------------------------------

/// Sources of nothing, and a cargo that fails or makes a build of what is there already: what is tried is all around it.
const CARGO: &str = "#!/bin/sh\n\
    if [ -f core/wrong ]; then echo 'error[E0425]: nothing of this name' >&2; exit 101; fi\n\
    rm -f target/debug/sling\n\
    if [ -f core/panics ]; then cp core/panics target/debug/sling; \
    else ln target/debug/whole target/debug/sling; touch target/debug/sling; fi\n";
/// What a panic says.
const PLANTED: &str = "echo \"thread 'main' (1) panicked at core/planted.rs:3:5:\" >&2; echo planted >&2; exit 101\n";
/// A build that panics with any session but one at its beginning.
const PANICS: &str = "folder=$(dirname \"$0\"); for it; do session=$it/session.json; done\n\
    if ! [ -f \"$session\" ] || grep -q '\"at_ms\":0,' \"$session\"; then \
    touch \"$folder/whole\"; exec \"$folder/whole\" \"$@\"; fi\n";
/// One that panics later, when its bench is told to end.
const PANICS_LATER: &str = "folder=$(dirname \"$0\"); touch \"$folder/whole\"\n\
    exec 3<&0; \"$folder/whole\" \"$@\" <&3 & echo $! >\"$folder/id\"; wait $!\n";
/// And one that panics as soon as it is there.
const PANICS_AT_ONCE: &str = "\"$(dirname \"$0\")/whole\" \"$@\" </dev/null\n";

/// A workshop of the sources above, and a bench in it that watches them.
struct Workshop {
    folder: tempfile::TempDir,
    child: Child,
    page: Page,
    address: String,
    build: Value,
    /// Up to where it stands.
    heard: Vec<Value>,
}

impl Workshop {
    /// The demo, standing at 400 s with a fault of half a minute, at night.
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["core", "simulator", "target/debug", "tmp"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        fs::write(at("Cargo.lock"), "").unwrap();
        fs::write(at("simulator/Cargo.toml"), "").unwrap();
        program(&at("cargo"), CARGO);
        fs::copy(env!("CARGO_BIN_EXE_sling"), at("target/debug/whole")).unwrap();
        fs::hard_link(at("target/debug/whole"), at("target/debug/sling")).unwrap();
        let mut child = Command::new(at("target/debug/sling"))
            .args(["bench", "demo", "--watch", "--at", "5:00"])
            .current_dir(folder.path())
            .env_remove("CARGO_MANIFEST_DIR")
            .env_remove("DISPLAY")
            .env("CARGO", at("cargo"))
            .env("TMPDIR", at("tmp"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let address = address(&mut child);
        let (mut page, hello) = Page::open(&address);
        page.say(&json!({"do": "pause"}));
        page.say(&json!({"do": "seek", "t_s": 400}));
        page.until(arrived(400.0));
        page.say(&json!({"do": "fault", "kind": "hole", "site": "mg.right", "duration_s": 30}));
        page.say(&json!({"do": "theme", "theme": "night"}));
        page.until(|it| arrived(400.001)(it) && it["theme"] == "night");
        Self { folder, child, page, address, build: hello["build"].clone(), heard: Vec::new() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The next build is this program: the one that is whole, or what the lines of a shell do and then a panic.
    fn edit(&self, lines: Option<&str>) {
        match lines {
            Some(lines) => program(&self.at("core/panics"), &format!("#!/bin/sh\n{lines}{PLANTED}")),
            None => fs::remove_file(self.at("core/panics")).unwrap(),
        }
    }

    /// The page of the next build, where it stands at that second with all that was done.
    fn next_build_stands_at(&mut self, t_s: f64) {
        let began = Instant::now();
        loop {
            let (page, hello) = Page::open(&self.address);
            if hello["build"] != self.build {
                (self.page, self.build) = (page, hello["build"].clone());
                assert_eq!(hello["injected"][0]["words"], "hole mg.right 30 s");
                break;
            }
            assert!(began.elapsed() < LIMIT, "no other build came");
            sleep(Duration::from_millis(20));
        }
        self.heard = self.page.until(arrived(t_s));
        let state = self.heard.last().unwrap();
        assert_eq!((&state["playing"], &state["theme"]), (&json!(false), &json!("night")));
    }

    /// What the page is told of a build that failed.
    fn told(&mut self) -> String {
        let failed = built("failed");
        let told = self.heard.drain(..).find(|it| failed(it));
        let told = told.unwrap_or_else(|| self.page.until(failed).pop().unwrap());
        told["words"].as_str().unwrap().to_owned()
    }

    /// What was said in the terminal.
    fn close(self) -> String {
        let done = interrupted(self.child);
        assert!(done.status.success(), "{done:#?}");
        assert_eq!(fs::read_dir(self.folder.path().join("tmp")).unwrap().count(), 0, "nothing is left behind");
        String::from_utf8(done.stderr).unwrap()
    }
}

fn program(path: &Path, lines: &str) {
    // Not seen before it is whole.
    let new = path.with_extension("swp~");
    fs::write(&new, lines).unwrap();
    fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(new, path).unwrap();
}

fn built(state: &'static str) -> impl Fn(&Value) -> bool {
    move |it| it["is"] == "build" && it["state"] == state
}

#[test]
fn a_session_goes_on_at_the_same_second_in_the_next_build() {
    let mut shop = Workshop::open();
    // It does not build: the old one goes on.
    fs::write(shop.at("core/wrong"), "").unwrap();
    shop.page.until(built("building"));
    assert_eq!(shop.told(), "error[E0425]: nothing of this name");
    shop.page.say(&json!({"do": "step", "s": 1}));
    shop.page.until(arrived(401.001));
    // It builds: the same ride at the same second, where it was.
    fs::remove_file(shop.at("core/wrong")).unwrap();
    shop.page.until(built("ok"));
    shop.next_build_stands_at(401.001);
    shop.close();
}

#[test]
fn a_build_that_panics_says_so_and_the_next_goes_on_where_it_was() {
    let mut shop = Workshop::open();
    let panic = "panicked at core/planted.rs:3:5\nplanted";

    // On the way to the session's second: it stands at its beginning, and the next build is at the second again.
    shop.edit(Some(PANICS));
    shop.page.until(built("ok"));
    shop.next_build_stands_at(0.0);
    let told = shop.told();
    assert!(told.contains("On the way to 400 s it failed: it stands at its beginning"), "{told}");
    assert!(told.ends_with(panic), "{told}");
    shop.edit(None);
    shop.page.until(built("ok"));
    shop.next_build_stands_at(400.001);

    // Later: it stands ten seconds before.
    shop.edit(Some(PANICS_LATER));
    shop.page.until(built("ok"));
    shop.next_build_stands_at(400.001);
    let id = fs::read_to_string(shop.at("target/debug/id")).unwrap();
    assert!(Command::new("kill").arg(id.trim()).status().unwrap().success());
    shop.next_build_stands_at(390.001);
    let told = shop.told();
    assert_eq!(told, format!("This build failed at 400 s: it stands ten seconds before.\n{panic}"));

    // It does not even start: nothing runs, and the next build has the session all the same.
    shop.edit(Some(""));
    shop.page.until(built("ok"));
    shop.edit(None);
    shop.next_build_stands_at(390.001);

    // It starts and panics, wherever: it is not started without end.
    shop.edit(Some(PANICS_AT_ONCE));
    shop.page.until(built("ok"));
    sleep(Duration::from_millis(1500));
    shop.edit(None);
    shop.next_build_stands_at(380.001);

    let said = shop.close();
    assert_eq!(said.matches("this build fails wherever it is started").count(), 1, "{said}");
    assert!(said.contains("sling: this build does not start, waiting for the next change: panicked at"), "{said}");
    assert!(said.matches("panicked at core/planted.rs:3:5:").count() >= 3, "{said}");
    assert!(said.contains("sling: Built in ") && said.contains("it stands at its beginning"), "{said}");
}
