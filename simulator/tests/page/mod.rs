//! A page of the bench without a browser: what it says and hears over the socket.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::Child;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::client::{IntoClientRequest, client};
use tokio_tungstenite::tungstenite::{Message, WebSocket};

/// Nothing here takes longer, unless it hangs.
pub const LIMIT: Duration = Duration::from_mins(1);

/// The address that a bench prints, which is all that it prints.
pub fn address(bench: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(bench.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.trim()
        .strip_prefix("http://")
        .and_then(|it| it.strip_suffix('/'))
        .unwrap_or_else(|| panic!("{line}"))
        .to_owned()
}

/// A page.
pub struct Page(WebSocket<TcpStream>);

impl Page {
    /// Once the bench answers; what it says first.
    pub fn open(address: &str) -> (Self, Value) {
        let began = Instant::now();
        loop {
            if let Some(page) = Self::try_open(address) {
                return page;
            }
            assert!(began.elapsed() < LIMIT, "nobody answers at {address}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// `None` as well of a bench that is just about to go.
    fn try_open(address: &str) -> Option<(Self, Value)> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
        request.headers_mut().insert("Origin", format!("http://{address}").parse().unwrap());
        let mut socket = client(request, stream).ok()?.0;
        let hello: Value = serde_json::from_str(socket.read().ok()?.to_text().ok()?).ok()?;
        (hello["is"] == "hello").then_some((Self(socket), hello))
    }

    /// Asks for something.
    pub fn say(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).unwrap();
    }

    /// Every text up to the one that this holds for.
    pub fn until(&mut self, holds: impl Fn(&Value) -> bool) -> Vec<Value> {
        let began = Instant::now();
        let mut heard = Vec::new();
        loop {
            assert!(began.elapsed() < LIMIT, "not heard; last: {:?}", heard.last());
            let Message::Text(text) = self.0.read().unwrap_or_else(|error| panic!("{error} after {heard:?}")) else {
                continue;
            };
            let text: Value = serde_json::from_str(&text).unwrap();
            let found = holds(&text);
            heard.push(text);
            if found {
                return heard;
            }
        }
    }
}
