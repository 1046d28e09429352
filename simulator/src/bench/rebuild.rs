//! `sling bench --watch`: builds Sling anew whenever a source changes, and the session goes on in the new build.
//!
//! One process watches and builds and stays as it is; the bench itself is its child, with the same arguments. A build that
//! fails leaves the bench running, and its first lines are shown on the page. After one that succeeds the child is asked to
//! end: it leaves its session ([`super::handover`]), the new program takes it up on the same port, and the pages come back
//! by themselves. A session that makes the new build panic is tried again from its beginning, and then without what was
//! done; the build after that is given the session as it was, unless something was done meanwhile. One that panics later
//! stands ten seconds before. What a panic says is shown in the terminal and on the page.
//!
//! The child hears messages for its pages by its standard input, a line each; when that ends, it ends. So it is never left
//! alone, however this process goes. Sources are looked at five times a second: no library, no limit on what is watched.

use super::clock::Command as BenchCommand;
use super::handover::{Handed, Handover};
use super::message::build_news;
use crate::error::CommandError;
use crate::talk::{Stdout, tell};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant, SystemTime};

/// Between two looks at the sources.
const LOOK: Duration = Duration::from_millis(200);
/// An editor that writes several files is done when nothing changes for so long.
const SETTLED: Duration = Duration::from_millis(60);
/// A child that is asked to end has so long.
const PATIENCE: Duration = Duration::from_secs(10);
/// A session is played up to its time within this, or it is given up.
const START: Duration = Duration::from_mins(2);
/// After a panic the session stands so long before it.
const BACK_MS: u64 = 10_000;
/// One that panics again so soon is not started again.
const AGAIN: Duration = Duration::from_secs(2);
/// What the program is made of, beside the workspace's own files.
const SOURCES: [&str; 3] = ["core", "fonts", "simulator"];
/// Lines of a failed build that a page shows, and how long they may be together.
const LINES: usize = 8;
const LINES_BYTES: usize = 1200;

/// What changes when a source does.
type Sources = BTreeMap<PathBuf, (SystemTime, u64)>;

/// Watches, builds and starts until `stop` is raised or the bench ends by itself.
pub fn run(arguments: Vec<OsString>, open: bool, stop: &AtomicBool) -> Result<(), CommandError> {
    let mut shop = Workshop::new(arguments)?;
    let address = shop.start_first()?;
    let mut stdout = Stdout::new();
    writeln!(stdout, "{address}")?;
    stdout.flush()?;
    tell(format_args!("sling: watching {}", shop.root.display()));
    if open {
        // The address is printed: who has no browser knows it.
        let _ = open::that_detached(&address);
    }
    let mut known = shop.sources();
    while !stop.load(Ordering::Relaxed) {
        sleep(LOOK);
        if let Some(ended) = shop.ended()? {
            if ended.well || stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            shop.start_after_panic(&ended)?;
        }
        let mut now = shop.sources();
        if now == known {
            continue;
        }
        loop {
            sleep(SETTLED);
            let later = shop.sources();
            if later == now {
                break;
            }
            now = later;
        }
        known = now;
        let began = Instant::now();
        shop.say("building", "Building…");
        match shop.build(stop)? {
            None => break,
            Some(Err(words)) => shop.say("failed", &words),
            Some(Ok(())) => {
                let words = format!("Built in {:.1} s.", began.elapsed().as_secs_f64());
                shop.say("ok", &words);
                shop.restart(&words)?;
            }
        }
    }
    shop.end()?;
    Ok(())
}

/// In the child: hears what is to be told to the pages, and that the bench is to end.
pub fn listen(commands: Sender<BenchCommand>) {
    spawn(move || {
        for line in io::stdin().lines() {
            let Ok(line) = line else { break };
            // Who comes later is to know of all but a build that was made.
            let lasts = !line.contains("\"state\":\"ok\"");
            if commands.send(BenchCommand::Build(line, lasts)).is_err() {
                return;
            }
        }
        let _ = commands.send(BenchCommand::End);
    });
}

/// The bench's own process.
struct Running {
    child: Child,
    input: Option<ChildStdin>,
    /// Gives what it said to the terminal, to its end.
    said: JoinHandle<Vec<String>>,
}

impl Running {
    /// How it ended, which it has.
    fn ended(self, status: ExitStatus) -> Ended {
        let words = panic_words(&self.said.join().unwrap_or_default()).unwrap_or_else(|| status.to_string());
        Ended { well: status.success(), words }
    }
}

/// How a bench ended.
struct Ended {
    /// As it should.
    well: bool,
    /// The words of its panic, if it was one.
    words: String,
}

/// A session that a build could not play.
struct Missed {
    /// As it was left.
    wanted: Handed,
    /// What the build was given instead, if it was given a session.
    given: Option<Handed>,
}

impl Missed {
    /// Whether nothing was done on what was given instead; `left` is what has become of it.
    fn is_untouched(&self, left: Option<&Handed>) -> bool {
        match (left, &self.given) {
            (None, _) => true,
            (Some(left), Some(given)) => left == given,
            (Some(left), None) => left.is_bare(),
        }
    }
}

struct Workshop {
    program: PathBuf,
    arguments: Vec<OsString>,
    root: PathBuf,
    folder: PathBuf,
    handover: Handover,
    running: Option<Running>,
    missed: Option<Missed>,
    /// When this build was started after a panic.
    fell: Option<Instant>,
}

impl Workshop {
    fn new(arguments: Vec<OsString>) -> Result<Self, CommandError> {
        let program = std::env::current_exe()?;
        let root = workspace(&program).ok_or_else(|| {
            CommandError::Usage("--watch builds Sling from its sources, and they are not here: cd to them".into())
        })?;
        let folder = private_folder()?;
        let handover = Handover::of(&folder);
        Ok(Self { program, arguments, root, folder, handover, running: None, missed: None, fell: None })
    }

    /// The bench's address.
    fn start_first(&mut self) -> Result<String, CommandError> {
        match self.start()? {
            Ok(address) => {
                self.handover.say_address(&address)?;
                Ok(address)
            }
            // It has said why.
            Err(ended) => Err(CommandError::Usage(format!("the bench did not start ({})", ended.words))),
        }
    }

    /// Starts the program; its address, or how it ended.
    fn start(&mut self) -> Result<Result<String, Ended>, CommandError> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg("--supervised")
            .arg(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take();
        let (says, hears) = channel();
        if let Some(out) = child.stdout.take() {
            spawn(move || {
                // It says no more than this line.
                let mut line = String::new();
                let _ = BufReader::new(out).read_line(&mut line);
                let _ = says.send(line);
            });
        }
        let err = child.stderr.take();
        let said = spawn(move || err.map(told).into_iter().flatten().collect());
        let mut running = Running { child, input, said };
        let address = hears.recv_timeout(START).unwrap_or_default().trim().to_owned();
        if address.is_empty() {
            if running.child.try_wait()?.is_none() {
                // It hangs, or is about to end.
                sleep(SETTLED);
                let _ = running.child.kill();
            }
            let status = running.child.wait()?;
            return Ok(Err(running.ended(status)));
        }
        self.running = Some(running);
        Ok(Ok(address))
    }

    /// How the bench ended, if it did.
    fn ended(&mut self) -> io::Result<Option<Ended>> {
        let Some(mut running) = self.running.take() else { return Ok(None) };
        match running.child.try_wait()? {
            Some(status) => Ok(Some(running.ended(status))),
            None => {
                self.running = Some(running);
                Ok(None)
            }
        }
    }

    fn say(&mut self, state: &str, words: &str) {
        if state != "building" {
            tell(format_args!("sling: {}", words.lines().next().unwrap_or_default()));
        }
        if let Some(input) = self.running.as_mut().and_then(|running| running.input.as_mut()) {
            // That it has ended is seen elsewhere.
            let _ = writeln!(input, "{}", build_news(state, words)).and_then(|()| input.flush());
        }
    }

    /// `cargo build` as this program was built: `None` if it is to end, else what is wrong.
    fn build(&self, stop: &AtomicBool) -> Result<Option<Result<(), String>>, CommandError> {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&self.root).args(["build", "--package", "sling-simulator", "--bin", "sling"]);
        match profile(&self.program).as_deref() {
            None | Some("debug") => {}
            Some(profile) => drop(cargo.args(["--profile", profile])),
        }
        let colours = if io::stderr().is_terminal() { "always" } else { "never" };
        let mut cargo = cargo.args(["--color", colours]).stdin(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let (said, hears) = channel();
        if let Some(err) = cargo.stderr.take() {
            spawn(move || {
                for line in told(err) {
                    if said.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        let lines = lines_until_end(&hears, stop);
        let Some(lines) = lines else {
            let _ = cargo.kill();
            let _ = cargo.wait();
            return Ok(None);
        };
        let status = cargo.wait()?;
        Ok(Some(if status.success() { Ok(()) } else { Err(first_errors(&lines)) }))
    }

    /// The old build goes, the new one takes its session up.
    fn restart(&mut self, built: &str) -> Result<(), CommandError> {
        // One that ended while the next was built has left its session already.
        if self.ended()?.is_none() && self.running.is_some() {
            self.handover.clear()?;
        }
        self.end()?;
        self.fell = None;
        let left = self.handover.taken()?;
        let missed = self.missed.take().filter(|missed| missed.is_untouched(left.as_ref()));
        self.start_with(missed.map(|missed| missed.wanted).or(left), "ok", built)
    }

    /// Up to three tries: as it was left, from its beginning, and without anything that was done. The page is told `words`
    /// as `state`, or what the build cannot do.
    fn start_with(&mut self, handed: Option<Handed>, state: &str, words: &str) -> Result<(), CommandError> {
        let at_s = handed.as_ref().map_or(0, |it| it.at_ms() / 1000);
        let mut tries = vec![(None, "it cannot play the session at all: this is the ride without what was done")];
        if let Some(handed) = &handed {
            tries
                .push((Some(handed.back(u64::MAX)), "it stands at its beginning, and the next build goes there again"));
            tries.push((Some(handed.clone()), ""));
        }
        let mut failed: Option<Ended> = None;
        while let Some((given, but)) = tries.pop() {
            match &given {
                Some(session) => self.handover.leave(session)?,
                None => self.handover.clear()?,
            }
            match self.start()? {
                Ok(_) => {
                    match &failed {
                        None => self.say(state, words),
                        Some(ended) => {
                            let why = format!("{words} On the way to {at_s} s it failed: {but}.\n{}", ended.words);
                            self.say("failed", &why);
                        }
                    }
                    self.missed = handed.filter(|_| failed.is_some()).map(|wanted| Missed { wanted, given });
                    return Ok(());
                }
                Err(ended) => failed = Some(ended),
            }
        }
        // Nothing runs until the next change: the pages wait, and the terminal has the words of the panic.
        self.missed = handed.map(|wanted| Missed { wanted, given: None });
        let why = failed.map_or_else(String::new, |ended| format!(": {}", ended.words));
        tell(format_args!("sling: this build does not start, waiting for the next change{why}"));
        Ok(())
    }

    /// The running build has ended as none should.
    fn start_after_panic(&mut self, ended: &Ended) -> Result<(), CommandError> {
        if self.fell.is_some_and(|fell| fell.elapsed() < AGAIN) {
            // What it left stays for the next build.
            tell(format_args!("sling: this build fails wherever it is started: waiting for the next change"));
            return Ok(());
        }
        let handed = self.handover.taken().unwrap_or_default();
        let at_s = handed.as_ref().map_or(0, |it| it.at_ms() / 1000);
        let before = handed.map(|it| it.back(BACK_MS));
        let words = format!("This build failed at {at_s} s: it stands ten seconds before.\n{}", ended.words);
        self.start_with(before, "failed", &words)?;
        self.fell = Some(Instant::now());
        Ok(())
    }

    /// Asks the bench to end, and waits for it.
    fn end(&mut self) -> io::Result<()> {
        let Some(Running { mut child, input, said }) = self.running.take() else { return Ok(()) };
        drop(input);
        let began = Instant::now();
        while child.try_wait()?.is_none() {
            if began.elapsed() > PATIENCE {
                child.kill()?;
                child.wait()?;
                break;
            }
            sleep(Duration::from_millis(2));
        }
        let _ = said.join();
        Ok(())
    }

    fn sources(&self) -> Sources {
        let mut sources = Sources::new();
        for name in ["Cargo.toml", "Cargo.lock"] {
            note(&mut sources, self.root.join(name));
        }
        for folder in SOURCES {
            walk(&mut sources, &self.root.join(folder));
        }
        sources
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = self.end();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What a program says, line by line, each told in the terminal before it comes.
fn told(err: impl Read) -> impl Iterator<Item = String> {
    BufReader::new(err).lines().map_while(Result::ok).inspect(|line| tell(format_args!("{line}")))
}

/// Where the last panic was and what it says, if there was one: a line each.
fn panic_words(said: &[String]) -> Option<String> {
    let at = said.iter().rposition(|line| line.starts_with("thread '") && line.contains(" panicked at "))?;
    let place = said.get(at)?.split_once(" panicked at ")?.1.trim_end_matches(':');
    let words: String = said.get(at + 1).map_or("", String::as_str).chars().take(LINES_BYTES).collect();
    Some(format!("panicked at {place}\n{words}"))
}

/// Every line up to the end; `None` if it is to stop before.
fn lines_until_end(hears: &Receiver<String>, stop: &AtomicBool) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        match hears.recv_timeout(LOOK) {
            Ok(line) => lines.push(line),
            Err(RecvTimeoutError::Disconnected) => return Some(lines),
            Err(RecvTimeoutError::Timeout) if stop.load(Ordering::Relaxed) => return None,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// From the first error on, as many lines as a page has room for.
fn first_errors(lines: &[String]) -> String {
    let plain: Vec<String> = lines.iter().map(|line| without_colours(line)).collect();
    let first = plain.iter().position(|line| line.starts_with("error")).unwrap_or(0);
    let mut words = String::new();
    for line in plain.iter().skip(first).filter(|line| !line.trim().is_empty()).take(LINES) {
        if words.len() + line.len() > LINES_BYTES {
            break;
        }
        if !words.is_empty() {
            words.push('\n');
        }
        words.push_str(line);
    }
    if words.is_empty() { "The build failed; the terminal says why.".to_owned() } else { words }
}

/// A line without the terminal's colours (ECMA-48 control sequences).
fn without_colours(line: &str) -> String {
    let mut plain = String::new();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            // `[`, parameters, one letter.
            let _ = letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(letter);
        }
    }
    plain
}

/// The profile that a program was built with, by the folder it is in.
fn profile(program: &Path) -> Option<String> {
    Some(program.parent()?.file_name()?.to_string_lossy().into_owned())
}

/// The folder of Sling's sources: cargo says it to whom it runs; else it is around here, or around the program.
fn workspace(program: &Path) -> Option<PathBuf> {
    let is_it = |folder: &&Path| folder.join("Cargo.lock").is_file() && folder.join("simulator/Cargo.toml").is_file();
    let cargo = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = std::env::current_dir().ok();
    [cargo.as_deref(), here.as_deref(), Some(program)]
        .into_iter()
        .flatten()
        .find_map(|place| place.ancestors().find(is_it).map(Path::to_owned))
}

/// A new folder that nobody else may look into.
fn private_folder() -> io::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("sling-{}", super::server::token()?));
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder)?;
    Ok(folder)
}

fn note(sources: &mut Sources, path: PathBuf) {
    if let Ok(meta) = fs::metadata(&path)
        && let Ok(modified) = meta.modified()
    {
        sources.insert(path, (modified, meta.len()));
    }
}

/// What the program can be made of: not tests, examples, or what an editor keeps for itself.
fn walk(sources: &mut Sources, folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || name.ends_with('~') || matches!(&*name, "target" | "tests" | "examples" | "benches")
        {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(sources, &entry.path()),
            Ok(kind) if kind.is_file() => note(sources, entry.path()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_any_source_is_seen_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["src/page", "tests", ".git"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let look = || {
            let mut sources = Sources::new();
            walk(&mut sources, folder.path());
            sources
        };
        let mut before = look();
        for (name, is_source) in [
            ("src/lib.rs", true),
            ("src/page/bench.css", true),
            ("tests/cli.rs", false),
            (".git/index", false),
            ("src/.lib.rs.swp", false),
            ("src/lib.rs~", false),
        ] {
            fs::write(folder.path().join(name), name).unwrap();
            let after = look();
            assert_eq!(after != before, is_source, "{name}");
            before = after;
        }
        fs::write(folder.path().join("src/lib.rs"), "longer than it was").unwrap();
        assert_ne!(look(), before);
        before = look();
        fs::remove_file(folder.path().join("src/lib.rs")).unwrap();
        assert_ne!(look(), before);
    }

    #[test]
    fn a_page_is_shown_the_first_error_in_plain_letters() {
        let said = "   Compiling sling-core\n\u{1b}[1m\u{1b}[33mwarning\u{1b}[0m: unused\n\u{1b}[1m\u{1b}[31merror[E0425]\u{1b}[0m: no `x`\n \
                    --> core/src/lib.rs:3:5\n\n5 | x\n";
        let lines: Vec<String> = said.lines().map(str::to_owned).collect();
        assert_eq!(first_errors(&lines), "error[E0425]: no `x`\n --> core/src/lib.rs:3:5\n5 | x");
        assert!(first_errors(&[]).contains("terminal"));
        assert!(first_errors(&vec!["error: x".repeat(50); 20]).len() <= LINES_BYTES + LINES);
    }

    #[test]
    fn a_page_is_shown_what_the_last_panic_says() {
        let said = "sling: hello\n\nthread 'main' (7) panicked at core/src/ui/balance.rs:3:5:\nindex out of bounds\nnote: run with";
        let lines: Vec<String> = said.lines().map(str::to_owned).collect();
        assert_eq!(panic_words(&lines).unwrap(), "panicked at core/src/ui/balance.rs:3:5\nindex out of bounds");
        assert_eq!(panic_words(&["sling: hello".to_owned()]), None);
    }

    #[test]
    fn the_same_profile_is_built_again() {
        assert_eq!(profile(Path::new("/w/target/release/sling")).as_deref(), Some("release"));
        assert!(workspace(&std::env::current_exe().unwrap()).unwrap().join("core/Cargo.toml").is_file());
    }

    #[test]
    #[cfg(unix)]
    fn nobody_else_may_look_into_the_folder() {
        use std::os::unix::fs::PermissionsExt;
        let folder = private_folder().unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        fs::remove_dir(&folder).unwrap();
    }
}
