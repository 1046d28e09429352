//! The bench: a head unit on a page of the browser, a ride that goes on, stops and goes back, and everything that can
//! happen on it at the press of a button.
//!
//! `session` is a ride and a time, without clock and sockets; `watch` gathers what a page shows of it; `clock` makes time
//! pass; `live` is the same for a ride with real sensors, in which it passes by itself; `message` is what goes over the
//! socket, `publish` tells it to every page; `server` serves page and socket to those who may have them. The page is in
//! `page/`. Everything that is made to happen is written into the ride, so that a session can be saved as a scenario and
//! comes out the same by `sling run`: `record` keeps such a file, with what came of it as expectations. `handover` is a
//! session on its way to the next build of Sling, which `rebuild` makes whenever a source changes.

pub mod clock;
pub mod handover;
pub mod live;
pub mod message;
mod page;
pub mod publish;
pub mod rebuild;
pub mod record;
pub mod server;
pub mod session;
#[cfg(test)]
mod tests;
pub mod watch;
