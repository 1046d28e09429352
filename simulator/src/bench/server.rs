//! Serves the bench's page and its socket, to those who may have them.
//!
//! A local server is open to every page that the browser shows: one may ask it for things across sites, or have its own
//! name resolve to this machine (DNS rebinding). So, for every request, before anything else:
//!
//! - `Host` is this server by a number or `localhost`, with its port; one that came by another name gets nothing (403);
//! - an `Origin`, where there is one, is this server; the socket is opened only with one (403);
//! - bound to more than this machine, it asks for the token that its address was printed with, in the query or in the
//!   cookie that the page sets (403);
//! - the method is GET or HEAD (405), and there is no body (413);
//! - the path is one of a fixed table (404): no file of this machine is ever read.
//!
//! Sizes and times have limits: headers, messages, clients, messages a second, connections, a client that does not read.

use super::clock::Command;
use super::message::{self, MAX_MESSAGE_BYTES, Request};
use super::page;
use super::publish::{Joined, News};
use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;

/// The most pages at once.
pub const MAX_CLIENTS: usize = 16;
/// Messages a second that a client may send for long.
pub const MESSAGES_PER_S: u32 = 64;
/// And at once, after a pause.
const BURST: f64 = 64.0;
/// The most connections at once.
const MAX_CONNECTIONS: usize = 64;
/// A request's headers have to be here within this time.
const HEADERS: Duration = Duration::from_secs(10);
/// And have at most so many bytes and lines.
const HEADER_BYTES: usize = 16 * 1024;
const HEADER_LINES: usize = 64;
/// Above this a message is not even read to its end.
const MAX_FRAME_BYTES: usize = 16 * MAX_MESSAGE_BYTES;
/// A client that takes nothing for so long is let go.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// The last words to a client, and its own, have so long.
const GOODBYE: Duration = Duration::from_secs(1);
/// The system keeps so much for a client that does not read, instead of some megabytes.
const UNREAD_BYTES: usize = 128 * 1024;
/// An answer of the session is waited for so long.
const ANSWER: Duration = Duration::from_secs(10);
/// Errors that wait for a client.
const ERRORS: usize = 64;

/// What a close of the socket says (RFC 6455, 7.4.1).
mod close {
    pub const AWAY: u16 = 1001;
    pub const NOT_TEXT: u16 = 1003;
    pub const POLICY: u16 = 1008;
    pub const TOO_LARGE: u16 = 1009;
    pub const AGAIN_LATER: u16 = 1013;
}

/// Who may come in.
#[derive(Clone, Debug)]
pub struct Door {
    /// The port that the server listens on.
    pub port: u16,
    /// What everybody must know, if the server can be reached from other machines.
    pub token: Option<String>,
}

/// Why somebody may not.
type Refusal = (StatusCode, &'static str);

impl Door {
    /// Whether a request may come in; nothing of the server has been touched by then.
    fn admit(&self, parts: &Parts) -> Result<(), Refusal> {
        let forbidden = |why| Err((StatusCode::FORBIDDEN, why));
        let Some(host) = only(&parts.headers, &header::HOST) else {
            return forbidden("a request names its host, once");
        };
        if !self.is_here(host) || parts.uri.authority().is_some_and(|it| !self.is_here(it.as_str())) {
            return forbidden("this server has no such name");
        }
        let is_same = |origin: &str| origin.strip_prefix("http://") == Some(host);
        if parts.headers.contains_key(header::ORIGIN) {
            if !only(&parts.headers, &header::ORIGIN).is_some_and(is_same) {
                return forbidden("a page of another site asks for this");
            }
        } else if parts.uri.path() == "/ws" {
            return forbidden("only a page of this server may open the socket");
        }
        if let Some(token) = &self.token {
            let cookie = parts.headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
            let name = self.cookie();
            let by_cookie =
                cookie.flat_map(|it| it.split(';')).filter_map(|it| it.trim().strip_prefix(&name)?.strip_prefix('='));
            if !by_cookie.chain(in_query(&parts.uri)).any(|it| is_equal(it, token)) {
                return forbidden(
                    "This address lacks the right token. Open the whole address that sling printed in its terminal, up to the \
                     end of ?token=…; each start of the bench has another.",
                );
            }
        }
        if parts.method != Method::GET && parts.method != Method::HEAD {
            return Err((StatusCode::METHOD_NOT_ALLOWED, "GET or HEAD"));
        }
        let length = parts.headers.get(header::CONTENT_LENGTH);
        if length.is_some_and(|length| length != "0") || parts.headers.contains_key(header::TRANSFER_ENCODING) {
            return Err((StatusCode::PAYLOAD_TOO_LARGE, "a request has no body here"));
        }
        Ok(())
    }

    /// Whether a `Host` is this server. Another machine may call it by any of its numbers, but by no name.
    fn is_here(&self, host: &str) -> bool {
        let Some((name, port)) = host.rsplit_once(':') else { return false };
        if port != self.port.to_string() {
            return false;
        }
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let is_number = match bare {
            Some(six) => six.parse::<std::net::Ipv6Addr>().is_ok(),
            None => name.parse::<std::net::Ipv4Addr>().is_ok(),
        };
        matches!(name, "localhost" | "127.0.0.1" | "[::1]") || (self.token.is_some() && is_number)
    }

    /// Cookies do not tell ports apart.
    fn cookie(&self) -> String {
        format!("sling-{}", self.port)
    }
}

/// A header that is there exactly once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

/// Every token that a query names.
fn in_query(uri: &Uri) -> impl Iterator<Item = &str> {
    uri.query().unwrap_or_default().split('&').filter_map(|it| it.strip_prefix("token="))
}

/// Whether two texts are equal, in a time that does not tell where they differ.
fn is_equal(a: &str, b: &str) -> bool {
    let differs = a.bytes().zip(b.bytes()).fold(0, |differs, (a, b)| std::hint::black_box(differs | (a ^ b)));
    a.len() == b.len() && differs == 0
}

/// A token that nobody guesses: 128 random bits.
pub fn token() -> io::Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(format!("no random numbers: {error}")))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// What all connections share.
struct Shared {
    door: Door,
    patience: Duration,
    commands: Sender<Command>,
    clients: Arc<Semaphore>,
}

/// A running server. Dropped, it ends.
pub struct Server {
    quit: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves what comes to `listener`, by a thread of its own; a client that takes nothing for `patience` is let go.
    pub fn start(listener: TcpListener, door: Door, patience: Duration, commands: Sender<Command>) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let shared = Arc::new(Shared { door, patience, commands, clients: Arc::new(Semaphore::new(MAX_CLIENTS)) });
        let (quit, quits) = oneshot::channel();
        let thread = std::thread::Builder::new().name("bench server".into()).spawn(move || {
            runtime.block_on(accept(&listener, &shared, quits));
            // Connections that are open end with it.
            runtime.shutdown_timeout(Duration::from_millis(200));
        })?;
        Ok(Self { quit: Some(quit), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(quit) = self.quit.take() {
            let _ = quit.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: &tokio::net::TcpListener, shared: &Arc<Shared>, mut quits: oneshot::Receiver<()>) {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let stream = tokio::select! {
            _ = &mut quits => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of something that others will give back.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        // One too many is let go without a word.
        let Ok(permit) = Arc::clone(&connections).try_acquire_owned() else { continue };
        // Small messages are not to wait for each other.
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&stream).set_send_buffer_size(UNREAD_BYTES);
        tokio::spawn(connection(stream, Arc::clone(shared), permit));
    }
}

async fn connection(stream: tokio::net::TcpStream, shared: Arc<Shared>, permit: OwnedSemaphorePermit) {
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(respond(request, &shared).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(HEADER_BYTES)
        .max_headers(HEADER_LINES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    // How a connection ends is the browser's business.
    let _ = served.await;
    drop(permit);
}

async fn respond(request: hyper::Request<hyper::body::Incoming>, shared: &Shared) -> Response {
    let (mut parts, _) = request.into_parts();
    let mut response = match shared.door.admit(&parts) {
        Err((status, why)) => refusal(status, why),
        Ok(()) => route(&mut parts, shared).await,
    };
    let headers = response.headers_mut();
    for (name, value) in SAFE {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What every answer says to the browser.
const SAFE: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; img-src 'self' blob: data:; connect-src 'self'; style-src 'self'; script-src 'self'; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// What somebody sees who may not come in: nothing of the page, and no style, which is the page's.
const REFUSAL: &str = concat!(
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sling bench</title>",
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
    "<meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\"></head>\n",
    "<body><h1>Sling bench</h1><p>WHY</p></body></html>\n",
);

fn refusal(status: StatusCode, why: &'static str) -> Response {
    let mut response = (status, Html(REFUSAL.replace("WHY", why))).into_response();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    // What else was sent is not read.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn route(parts: &mut Parts, shared: &Shared) -> Response {
    match parts.uri.path() {
        "/ws" => socket(parts, shared).await,
        "/session.toml" => {
            let (reply, answer) = oneshot::channel();
            let asked = shared.commands.send(Command::Toml(reply));
            download("session.toml", asked.ok().map(|()| answer), |text: String| text.into()).await
        }
        "/session.slinglog" => {
            let (reply, answer) = oneshot::channel();
            let asked = shared.commands.send(Command::Log(reply));
            download("session.slinglog", asked.ok().map(|()| answer), |bytes: Vec<u8>| bytes.into()).await
        }
        path => match page::at(path) {
            Some(file) => {
                let content_type = HeaderValue::from_static(file.content_type);
                let mut response = Response::new(Body::from(file.bytes));
                response.headers_mut().insert(header::CONTENT_TYPE, content_type);
                // The page's other files and its socket come with the cookie.
                if let Some(token) = shared.door.token.as_ref().filter(|_| path == "/") {
                    let cookie = format!("{}={token}; Path=/; HttpOnly; SameSite=Strict", shared.door.cookie());
                    if let Ok(cookie) = HeaderValue::try_from(cookie) {
                        response.headers_mut().insert(header::SET_COOKIE, cookie);
                    }
                }
                response
            }
            None => (StatusCode::NOT_FOUND, "there is nothing of this name\n").into_response(),
        },
    }
}

async fn download<T>(
    name: &str,
    answer: Option<oneshot::Receiver<Result<T, String>>>,
    body: impl FnOnce(T) -> Body,
) -> Response {
    let answer = match answer {
        Some(answer) => timeout(ANSWER, answer).await.ok().and_then(Result::ok),
        None => None,
    };
    match answer {
        Some(Ok(it)) => {
            let mut response = Response::new(body(it));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
            if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
                headers.insert(header::CONTENT_DISPOSITION, value);
            }
            response
        }
        Some(Err(why)) => (StatusCode::CONFLICT, format!("{why}\n")).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, "the bench is busy\n").into_response(),
    }
}

async fn socket(parts: &mut Parts, shared: &Shared) -> Response {
    let upgrade = match WebSocketUpgrade::from_request_parts(parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let Ok(permit) = Arc::clone(&shared.clients).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("{MAX_CLIENTS} pages are open already\n")).into_response();
    };
    let (commands, patience) = (shared.commands.clone(), shared.patience);
    upgrade.max_message_size(MAX_FRAME_BYTES).max_frame_size(MAX_FRAME_BYTES).on_upgrade(move |socket| async move {
        client(socket, &commands, patience).await;
        drop(permit);
    })
}

/// How many messages a client may still send.
struct Allowance {
    left: f64,
    at: Instant,
}

impl Allowance {
    fn new(now: Instant) -> Self {
        Self { left: BURST, at: now }
    }

    /// Whether one more is allowed.
    fn take(&mut self, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * f64::from(MESSAGES_PER_S);
        (self.left, self.at) = ((self.left + gained).min(BURST), now);
        if self.left < 1.0 {
            return false;
        }
        self.left -= 1.0;
        true
    }
}

/// Why a client is let go.
struct Close(u16, String);

/// One page, from its hello to its end.
async fn client(mut socket: WebSocket, commands: &Sender<Command>, patience: Duration) {
    if let Err(Close(code, why)) = converse(&mut socket, commands, patience).await {
        let error = message::error(None, &why);
        // A reason has at most 123 bytes; ours are shorter, but for what quotes the client's own words.
        let why = why.char_indices().take_while(|(at, c)| at + c.len_utf8() <= 120).map(|(_, c)| c).collect::<String>();
        let goodbye = async {
            socket.send(Message::Text(error.into())).await?;
            socket.send(Message::Close(Some(CloseFrame { code, reason: why.into() }))).await?;
            // The client's own goodbye, if it is polite: without it, what was said may be lost with the connection.
            while let Some(Ok(_)) = socket.recv().await {}
            Ok::<_, axum::Error>(())
        };
        // To one that reads nothing, nothing can be said: it finds the connection closed.
        let _ = timeout(GOODBYE, goodbye).await;
    }
}

/// A socket to a client that is not waited for without end.
struct Line<'s> {
    socket: &'s mut WebSocket,
    patience: Duration,
}

impl Line<'_> {
    async fn send(&mut self, message: Message) -> Result<(), Close> {
        match timeout(self.patience, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Close(close::AWAY, "gone".into())),
            Err(_) => Err(too_slow()),
        }
    }

    /// Tells everything up to now; what comes from now on.
    async fn join(&mut self, commands: &Sender<Command>) -> Result<Joined, Close> {
        let (reply, joined) = oneshot::channel();
        commands.send(Command::Join(reply)).map_err(|_| over())?;
        let mut joined = joined.await.map_err(|_| over())?;
        self.send(Message::Text(std::mem::take(&mut joined.hello).into())).await?;
        if let Some(text) = joined.build.take() {
            self.send(Message::Text(Utf8Bytes::from(&*text))).await?;
        }
        Ok(joined)
    }
}

fn over() -> Close {
    Close(close::AWAY, "the bench ends".into())
}

fn too_slow() -> Close {
    Close(close::AGAIN_LATER, "too slow: come again".into())
}

async fn converse(socket: &mut WebSocket, commands: &Sender<Command>, patience: Duration) -> Result<(), Close> {
    let mut line = Line { socket, patience };
    let Joined { mut news, mut state, mut frame, .. } = line.join(commands).await?;
    let (errors, mut errors_of) = mpsc::channel(ERRORS);
    state.mark_changed();
    frame.mark_changed();
    let mut allowance = Allowance::new(Instant::now());
    loop {
        let outgoing = tokio::select! {
            biased;
            incoming = line.socket.recv() => match incoming {
                None => return Ok(()),
                Some(incoming) => {
                    if let Some(request) = hear(incoming, &mut allowance)? {
                        commands.send(Command::Ask { request, errors: errors.clone() }).map_err(|_| over())?;
                    }
                    continue;
                }
            },
            Some(error) = errors_of.recv() => Message::Text(error.into()),
            told = news.recv() => match told {
                Ok(News::Text(text)) => Message::Text(Utf8Bytes::from(&*text)),
                Ok(News::Anew) => {
                    // What else is in the queue is of the ride before, or in this hello.
                    news = line.join(commands).await?.news;
                    continue;
                }
                Err(RecvError::Lagged(_)) => return Err(too_slow()),
                Err(RecvError::Closed) => return Err(over()),
            },
            changed = state.changed() => {
                changed.map_err(|_| over())?;
                let text = Arc::clone(&state.borrow_and_update());
                if text.is_empty() {
                    // Nothing has been told yet.
                    continue;
                }
                Message::Text(Utf8Bytes::from(&*text))
            }
            changed = frame.changed() => {
                changed.map_err(|_| over())?;
                let bytes: Bytes = frame.borrow_and_update().clone();
                if bytes.is_empty() {
                    // Nothing has been drawn yet.
                    continue;
                }
                Message::Binary(bytes)
            }
        };
        line.send(outgoing).await?;
    }
}

/// What a message asks for, if it is one.
fn hear(incoming: Result<Message, axum::Error>, allowance: &mut Allowance) -> Result<Option<Request>, Close> {
    let too_large = || Close(close::TOO_LARGE, format!("a message has at most {MAX_MESSAGE_BYTES} bytes"));
    let message = incoming.map_err(|_| too_large())?;
    if !allowance.take(Instant::now()) {
        return Err(Close(close::POLICY, format!("more than {MESSAGES_PER_S} messages a second")));
    }
    match message {
        Message::Text(text) if text.len() > MAX_MESSAGE_BYTES => Err(too_large()),
        Message::Text(text) => match Request::parse(&text) {
            Ok(request) => Ok(Some(request)),
            Err(error) => Err(Close(close::POLICY, error.to_string())),
        },
        Message::Binary(_) => Err(Close(close::NOT_TEXT, "a message is text".into())),
        // The library answers a ping; after a close nothing more comes.
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => Ok(None),
    }
}

/// The address at which other machines reach this one, as far as it is known; nothing is sent.
pub fn address_of_this_machine() -> Option<IpAddr> {
    // A documentation address (RFC 5737): which of our own would be used to reach the world.
    let socket = std::net::UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    socket.connect(("192.0.2.1", 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}
