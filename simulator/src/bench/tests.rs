//! The bench as a browser and as an attacker meet it: its own server on a free port, a real client of the socket, bytes on
//! a real connection.

use super::clock::{Clock, Command};
use super::message::build_news;
use super::publish::QUEUE;
use super::server::{Door, MAX_CLIENTS, PATIENCE, Server};
use super::session::{Choices, Session};
use crate::display::Display;
use crate::ride::Via;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sling_core::draw::Theme;
use sling_core::language::Language;
use sling_core::time::Instant;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as WallInstant};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::Request;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Nothing here takes longer, unless it hangs.
const LIMIT: Duration = Duration::from_mins(1);

/// A bench of the demo at five minutes, that stands still.
struct Bench {
    port: u16,
    /// Past the server's limits.
    commands: Sender<Command>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Bench {
    fn start(token: Option<&str>) -> Self {
        Self::with(token, PATIENCE)
    }

    fn with(token: Option<&str>, patience: Duration) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let door = Door { port, token: token.map(str::to_owned) };
        let stop = Arc::new(AtomicBool::new(false));
        let stops = Arc::clone(&stop);
        let (commands, to_do) = channel();
        let asked = commands.clone();
        let thread = std::thread::spawn(move || {
            let choices = Choices {
                seed: None,
                via: Via::Model,
                display: Display::SharpPortrait,
                theme: Theme::Day,
                language: Language::English,
            };
            let text = crate::scenario::builtin("demo").unwrap();
            let mut session = Session::scenario("demo", text.into(), choices).unwrap();
            session.seek(Instant::from_ms(300_000)).unwrap();
            let server = Server::start(listener, door, patience, asked).unwrap();
            Clock::new(session, to_do).run(&stops, None).unwrap();
            drop(server);
        });
        Self { port, commands, stop, thread: Some(thread) }
    }

    /// What comes back for these bytes, up to the connection's end.
    fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.write_all(request.replace("PORT", &self.port.to_string()).as_bytes()).unwrap();
        let mut answer = Vec::new();
        // A server that has seen enough may reset the connection.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The status of a GET with these headers.
    fn get(&self, path: &str, headers: &str) -> (u16, String) {
        let answer = self.raw(&format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"));
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        (status, answer)
    }

    /// As a page of this bench asks.
    fn asks_for_the_socket(&self) -> Request<()> {
        let mut request = format!("ws://127.0.0.1:{}/ws", self.port).into_client_request().unwrap();
        let origin = format!("http://127.0.0.1:{}", self.port).parse().unwrap();
        request.headers_mut().insert("Origin", origin);
        request
    }

    /// A page: its hello has come.
    async fn page(&self) -> (Page, Value) {
        let (socket, _) = connect_async(self.asks_for_the_socket()).await.unwrap();
        let mut page = Page(socket, (0.0, Vec::new()));
        let hello = page.next_text().await.unwrap();
        assert_eq!(hello["is"], "hello");
        (page, hello)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(std::thread::panicking() || ended.is_ok());
        }
    }
}

/// The socket of a page, and the last frame that came: its time and its bytes.
struct Page(WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>, (f64, Vec<u8>));

/// What a page hears.
#[derive(Debug)]
enum Heard {
    Text(Value),
    Frame,
    Closed(u16),
}

impl Page {
    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn hear(&mut self) -> Heard {
        loop {
            match timeout(LIMIT, self.0.next()).await.expect("something is heard in time") {
                Some(Ok(Message::Text(text))) => return Heard::Text(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Binary(bytes))) => {
                    let (time, png) = bytes.split_at(8);
                    self.1 = (f64::from_le_bytes(time.try_into().unwrap()), png.to_vec());
                    return Heard::Frame;
                }
                Some(Ok(Message::Close(close))) => return Heard::Closed(close.map_or(0, |it| it.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Closed(0),
            }
        }
    }

    async fn next_text(&mut self) -> Option<Value> {
        loop {
            match self.hear().await {
                Heard::Text(text) => return Some(text),
                Heard::Frame => {}
                Heard::Closed(_) => return None,
            }
        }
    }

    /// Everything up to the text that this holds for.
    async fn until(&mut self, holds: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut heard = Vec::new();
        loop {
            let text = self.next_text().await.unwrap_or_else(|| panic!("closed after {heard:?}"));
            let found = holds(&text);
            heard.push(text);
            if found {
                return heard;
            }
        }
    }

    /// The code with which the bench lets go, and the error that it says before.
    async fn closed(&mut self) -> (u16, String) {
        let mut last = String::new();
        loop {
            match self.hear().await {
                Heard::Text(text) if text["is"] == "error" => last = text["message"].as_str().unwrap().to_owned(),
                Heard::Closed(code) => return (code, last),
                Heard::Text(_) | Heard::Frame => {}
            }
        }
    }
}

fn arrived(t_s: f64) -> impl Fn(&Value) -> bool {
    move |it| it["is"] == "state" && it["t_s"] == t_s && it["busy"] == false
}

const HERE: &str = "Host: 127.0.0.1:PORT\r\n";

#[test]
fn the_page_and_nothing_else_is_served_to_this_machine() {
    let bench = Bench::start(None);
    for host in ["127.0.0.1:PORT", "localhost:PORT", "[::1]:PORT"] {
        let (status, answer) = bench.get("/", &format!("Host: {host}\r\n"));
        assert_eq!(status, 200, "{answer}");
        assert!(answer.contains("<!DOCTYPE html>"));
        for says in
            ["content-security-policy: default-src 'self';", "nosniff", "no-store", "no-referrer", "same-origin"]
        {
            assert!(answer.contains(says), "{says} is missing: {answer}");
        }
    }
    for path in [
        "/index.html",
        "/etc/passwd",
        "/../Cargo.toml",
        "/page/../../session.rs",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/....//....//etc/passwd",
        "/..\\..\\etc\\passwd",
        "//etc/passwd",
        "/bench.css%00.html",
        "/session.toml/../../../etc/passwd",
    ] {
        let (status, answer) = bench.get(path, HERE);
        assert!(matches!(status, 400 | 404) && !answer.contains("root:"), "{path}: {answer}");
    }
    let (status, answer) = bench.get("/session.toml", HERE);
    assert!(status == 200 && answer.contains("[[sensor]]") && answer.contains("attachment"), "{answer}");
    let (status, answer) = bench.get("/session.slinglog", HERE);
    assert!(status == 200 && answer.contains("SLINGLOG"));
    let head = bench.raw("HEAD / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: close\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200") && !head.contains("<!DOCTYPE"), "{head}");
}

/// What asks for a socket.
const UPGRADE: &str =
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n";

#[test]
fn another_name_and_another_site_get_nothing() {
    let bench = Bench::start(None);
    for headers in [
        "",
        "Host: evil.example:PORT\r\n",
        "Host: evil.example\r\n",
        "Host: 127.0.0.1\r\n",
        "Host: 127.0.0.1:1\r\n",
        "Host: 192.168.1.7:PORT\r\n",
        "Host: localhost.evil.example:PORT\r\n",
        "Host: 127.0.0.1:PORT.evil.example\r\n",
        "Host: 127.0.0.1:PORT\r\nHost: evil.example\r\n",
        "Host: 127.0.0.1:PORT\r\nOrigin: http://evil.example\r\n",
        "Host: 127.0.0.1:PORT\r\nOrigin: null\r\n",
        "Host: 127.0.0.1:PORT\r\nOrigin: http://127.0.0.1:1\r\n",
        "Host: 127.0.0.1:PORT\r\nOrigin: https://127.0.0.1:PORT\r\n",
        "Host: 127.0.0.1:PORT\r\nOrigin: http://127.0.0.1:PORT\r\nOrigin: http://evil.example\r\n",
    ] {
        for path in ["/", "/ws", "/session.toml"] {
            let (status, answer) = bench.get(path, headers);
            assert!(matches!(status, 400 | 403), "{headers:?} {path}: {answer}");
            assert!(!answer.contains("DOCTYPE") && !answer.contains("[[sensor]]"));
        }
    }
    let (status, answer) = bench.get("http://evil.example/", HERE);
    assert_eq!(status, 403, "{answer}");
    for (origin, wanted) in [("", 403), ("Origin: http://localhost:PORT\r\n", 403), ("Origin: null\r\n", 403)] {
        let answer = bench.raw(&format!("GET /ws HTTP/1.1\r\n{HERE}{origin}{UPGRADE}Connection: Upgrade\r\n\r\n"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {wanted}")), "{origin}: {answer}");
    }
}

#[test]
fn other_methods_bodies_and_headers_without_end_are_refused() {
    let bench = Bench::start(None);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"] {
        let answer = bench.raw(&format!("{method} / HTTP/1.1\r\n{HERE}Connection: close\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 405") && answer.contains("allow: GET, HEAD"), "{method}: {answer}");
    }
    let answer = bench.raw(&format!("GET / HTTP/1.1\r\n{HERE}Content-Length: 1000000000\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let answer = bench.raw(&format!("GET / HTTP/1.1\r\n{HERE}Transfer-Encoding: chunked\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    for long in [format!("X: {}\r\n", "x".repeat(100_000)), "X: x\r\n".repeat(1000)] {
        let answer = bench.raw(&format!("GET / HTTP/1.1\r\n{HERE}{long}\r\n"));
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let began = WallInstant::now();
    let answer = bench.raw("GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX: and then");
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!((5..30).contains(&began.elapsed().as_secs()), "given up after {:?}", began.elapsed());
    assert_eq!(bench.get("/", HERE).0, 200, "others are served as before");
}

#[test]
fn from_other_machines_a_token_is_asked_for() {
    let bench = Bench::start(Some("0123456789abcdef0123456789abcdef"));
    let away = "Host: 192.168.1.7:PORT\r\n";
    for path in [
        "/",
        "/?token=",
        "/?token=0123456789abcdef0123456789abcdee",
        "/?token=0123456789abcdef0123456789abcdef0",
        "/ws?token=no",
        "/session.toml",
    ] {
        assert_eq!(bench.get(path, away).0, 403, "{path}");
    }
    let right = "?token=0123456789abcdef0123456789abcdef";
    let (status, answer) = bench.get(&format!("/{right}"), away);
    assert_eq!(status, 200, "{answer}");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = format!("Cookie: other=1; {}\r\n", cookie.split(';').next().unwrap());
    assert_eq!(bench.get("/session.toml", &format!("{away}{cookie}")).0, 200);
    assert_eq!(bench.get("/session.toml", &format!("{away}Cookie: sling-PORT=0123\r\n")).0, 403);
    for name in ["evil.example:PORT", "bench.local:PORT"] {
        assert_eq!(bench.get(&format!("/{right}"), &format!("Host: {name}\r\n")).0, 403, "{name}");
    }
    assert_eq!(bench.get(&format!("/ws{right}"), away).0, 403, "without an origin");
    let (status, _) = bench.get(&format!("/ws{right}"), &format!("{away}Origin: http://evil.example\r\n"));
    assert_eq!(status, 403);
}

#[tokio::test]
async fn messages_that_are_none_close_the_socket_and_say_why() {
    let bench = Bench::start(None);
    let long = format!(r#"{{"do":"marker","text":"{}"}}"#, "x".repeat(5000));
    let huge = format!(r#"{{"do":"marker","text":"{}"}}"#, "x".repeat(1_000_000));
    for (message, code, says) in [
        (Message::text("{"), 1008, "not understood"),
        (Message::text(r#"{"do":"play","fast":true}"#), 1008, "fast"),
        (Message::text(r#"{"do":"dance"}"#), 1008, "dance"),
        (Message::text(r#"{"do":"speed","x":-1}"#), 1008, "0.1 to 1000"),
        (Message::text(long), 1009, "4096"),
        (Message::text(huge), 1009, "4096"),
        (Message::Binary(Bytes::from_static(b"{\"do\":\"play\"}")), 1003, "text"),
    ] {
        let (mut page, _) = bench.page().await;
        let shown = format!("{message:?}").chars().take(60).collect::<String>();
        // What is too large may be cut off while it is being sent.
        let sent = page.0.send(message).await;
        let (closed, why) = page.closed().await;
        assert!((closed, why.contains(says)) == (code, true), "{shown}: {closed} {why:?} {sent:?}");
    }
    let (mut page, _) = bench.page().await;
    for _ in 0..1000 {
        if page.0.send(Message::text(r#"{"do":"pause"}"#)).await.is_err() {
            break;
        }
    }
    let (code, why) = page.closed().await;
    assert!(code == 1008 && why.contains("64"), "{code} {why}");
    // And the others never noticed.
    let (mut page, _) = bench.page().await;
    page.say(json!({"do": "seek", "t_s": 400})).await;
    page.until(arrived(400.0)).await;
}

#[tokio::test]
async fn one_client_too_many_is_told_so() {
    let bench = Bench::start(None);
    let mut pages = Vec::new();
    for _ in 0..MAX_CLIENTS {
        pages.push(bench.page().await);
    }
    let refused = connect_async(bench.asks_for_the_socket()).await.unwrap_err();
    assert!(refused.to_string().contains("503"), "{refused}");
    drop(pages.pop());
    let began = WallInstant::now();
    while connect_async(bench.asks_for_the_socket()).await.is_err() {
        assert!(began.elapsed() < LIMIT, "a place becomes free");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_page_rides_presses_breaks_and_goes_back() {
    let bench = Bench::start(None);
    let (mut page, hello) = bench.page().await;
    assert_eq!((&hello["kind"], &hello["end_s"], &hello["seed"]), (&json!("scenario"), &json!(2400.0), &json!(7)));
    assert_eq!(hello["sites"][0], json!({"site": "mg.right", "words": "R calf MG", "role": "calf"}));
    assert!(hello["faults"].as_array().unwrap().len() >= 18 && hello["displays"].as_array().unwrap().len() == 5);

    page.say(json!({"do": "seek", "t_s": 310})).await;
    let heard = page.until(arrived(310.0)).await;
    assert!(heard.iter().all(|it| it["is"] != "cue"), "the way there is silent");
    let state = heard.last().unwrap();
    assert_eq!(state["line"], "sling run demo --seed 7 --until 310");
    assert!(state["words"].as_str().unwrap().contains("vl.right"), "{state}");
    while page.1.0 != 310.0 {
        page.hear().await;
    }
    assert!(page.1.1.starts_with(b"\x89PNG"));

    page.say(json!({"do": "press", "button": "down"})).await;
    let heard = page.until(|it| it["is"] == "state" && it["injected"][0]["landed"] == 1).await;
    let cue = heard.iter().find(|it| it["is"] == "cue").expect("a press is answered");
    assert_eq!((&cue["cue"], &cue["beep"][0][0]), (&json!("acknowledged"), &json!(1500)));
    let cut = heard.iter().find(|it| it["is"] == "rows" && it["keep"] == false).unwrap();
    assert_eq!(cut["from_s"], 310.001);
    assert!(heard.last().unwrap()["line"].as_str().unwrap().starts_with("sling run session.toml"));

    page.say(json!({"do": "fault", "kind": "hole", "site": "mg.right", "duration_s": 30, "id": 5})).await;
    page.say(json!({"do": "step", "s": 20})).await;
    let heard = page.until(|it| it["is"] == "state" && it["injected"][1]["landed"].as_u64() > Some(5)).await;
    assert!(heard.iter().any(|it| it["is"] == "event" && it["event"]["event"] == "notice"), "{heard:?}");
    let rows = heard.iter().filter(|it| it["is"] == "rows").flat_map(|it| it["rows"].as_array().unwrap());
    assert!(rows.filter(|row| row["t"].as_u64() > Some(312)).all(|row| row["s"][0]["said"].is_null()));

    page.say(json!({"do": "fault", "kind": "hole", "site": "nose.left", "id": 6})).await;
    let heard = page.until(|it| it["is"] == "error").await;
    assert_eq!(heard.last().unwrap()["id"], 6);
    page.say(json!({"do": "undo"})).await;
    page.until(|it| it["is"] == "state" && it["injected"].as_array().unwrap().len() == 1 && it["busy"] == false).await;

    page.say(json!({"do": "speed", "x": "max"})).await;
    page.say(json!({"do": "play"})).await;
    let heard = page.until(|it| it["is"] == "state" && it["ended"] == true).await;
    assert!(heard.iter().any(|it| it["is"] == "cue" && it["cue"] == "calf_overload"));
    assert_eq!(heard.last().unwrap()["playing"], false);
    page.say(json!({"do": "open", "name": "steady"})).await;
    let heard = page.until(|it| it["is"] == "hello").await;
    assert_ne!(heard.last().unwrap()["name"], hello["name"]);
}

/// More than the queue and the system keep for a client that does not read: this many kilobytes, one in each message.
const TOO_MUCH: usize = 2 * QUEUE;

/// Says all that, no faster than `patient` hears it.
async fn say_too_much(bench: &Bench, patient: &mut Page) {
    for said in 0..TOO_MUCH {
        let words = format!("{said} {}", "x".repeat(1000));
        bench.commands.send(Command::Build(build_news("failed", &words), false)).unwrap();
        if said % 64 == 63 {
            patient.until(|it| it["is"] == "build" && it["words"] == words).await;
        }
    }
}

/// A page with little room for what it has not read yet.
async fn narrow_page(bench: &Bench) -> Page {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect((Ipv4Addr::LOCALHOST, bench.port).into()).await.unwrap();
    let (socket, _) =
        tokio_tungstenite::client_async(bench.asks_for_the_socket(), MaybeTlsStream::Plain(stream)).await.unwrap();
    Page(socket, (0.0, Vec::new()))
}

#[tokio::test]
async fn a_page_that_falls_behind_is_let_go_and_told_everything_when_it_comes_back() {
    let bench = Bench::start(None);
    let (mut patient, _) = bench.page().await;
    let mut slow = narrow_page(&bench).await;
    patient.say(json!({"do": "lap"})).await;
    patient.until(|it| it["is"] == "event" && it["event"]["event"] == "lap").await;
    say_too_much(&bench, &mut patient).await;
    let (code, why) = slow.closed().await;
    assert!(code == 1013 && why.contains("too slow"), "{code} {why}");
    let (_, back) = bench.page().await;
    let rows = back["series"]["rows"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["t"].as_u64().unwrap()).collect::<Vec<_>>(), (0..=300).collect::<Vec<_>>());
    assert_eq!(back["injected"][0]["words"], "lap");
    assert!(back["events"].as_array().unwrap().iter().any(|it| it["event"] == "lap"));
}

#[tokio::test]
async fn a_page_that_reads_nothing_is_cut_off_and_little_is_kept_for_it() {
    let bench = Bench::with(None, Duration::from_millis(500));
    let (mut patient, _) = bench.page().await;
    let mut silent = narrow_page(&bench).await;
    let mut others = Vec::new();
    for _ in 2..MAX_CLIENTS {
        others.push(bench.page().await);
    }
    let refused = connect_async(bench.asks_for_the_socket()).await.unwrap_err();
    assert!(refused.to_string().contains("503"), "{refused}");
    // The others do read.
    let others: Vec<_> =
        others.into_iter().map(|(mut page, _)| tokio::spawn(async move { page.closed().await })).collect();
    say_too_much(&bench, &mut patient).await;
    let began = WallInstant::now();
    let last = loop {
        match connect_async(bench.asks_for_the_socket()).await {
            Ok(last) => break last,
            Err(_) => assert!(began.elapsed() < LIMIT, "its place becomes free"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    // No goodbye reached it: it finds what the system had kept, and the end.
    let mut kept = 0;
    let code = loop {
        match silent.hear().await {
            Heard::Text(text) if text["is"] == "build" => kept += 1,
            Heard::Closed(code) => break code,
            Heard::Text(_) | Heard::Frame => {}
        }
    };
    assert_eq!(code, 0, "the connection ends without a close");
    assert!(kept < TOO_MUCH / 4, "{kept} kilobytes were kept for it");
    assert!(others.iter().all(|other| !other.is_finished()), "nobody else was let go");
    drop(last);
}

#[tokio::test]
async fn how_the_next_build_stands_is_told_to_those_who_come_later_too() {
    let bench = Bench::start(None);
    let (mut page, hello) = bench.page().await;
    assert_eq!(hello["build"].as_str().map(str::len), Some(16));
    bench.commands.send(Command::Build(build_news("failed", "error: no"), true)).unwrap();
    let is_it = |it: &Value| *it == json!({"is": "build", "state": "failed", "words": "error: no"});
    page.until(is_it).await;
    let (mut later, _) = bench.page().await;
    assert!(is_it(&later.next_text().await.unwrap()), "right after its hello");
}

#[tokio::test]
async fn two_pages_see_one_session() {
    let bench = Bench::start(None);
    let ((mut one, _), (mut two, _)) = (bench.page().await, bench.page().await);
    one.say(json!({"do": "seek", "t_s": 320})).await;
    two.until(arrived(320.0)).await;
    two.say(json!({"do": "lap"})).await;
    let lapped = |it: &Value| it["is"] == "event" && it["event"]["event"] == "lap";
    let heard = (one.until(lapped).await, two.until(lapped).await);
    assert_eq!(heard.0.last(), heard.1.last());
    let (_, hello) = bench.page().await;
    assert_eq!(hello["injected"][0]["words"], "lap", "who comes later is told");
    let rows = hello["series"]["rows"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["t"].as_u64().unwrap()).collect::<Vec<_>>(), (0..=320).collect::<Vec<_>>());
}

#[tokio::test]
async fn at_the_speed_of_life_time_passes_as_it_does() {
    let bench = Bench::start(None);
    let (mut page, _) = bench.page().await;
    page.until(arrived(300.0)).await;
    page.say(json!({"do": "play"})).await;
    page.until(|it| it["is"] == "state" && it["playing"] == true).await;
    let began = WallInstant::now();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    page.say(json!({"do": "pause"})).await;
    let heard = page.until(|it| it["is"] == "state" && it["playing"] == false).await;
    let ridden_s = heard.last().unwrap()["t_s"].as_f64().unwrap() - 300.0;
    let elapsed_s = began.elapsed().as_secs_f64();
    assert!(ridden_s > 2.0 && ridden_s < elapsed_s + 0.6, "{ridden_s} s in {elapsed_s} s");
    let states = heard.iter().filter(|it| it["is"] == "state").count();
    assert!(states <= 30, "{states} states");
}
