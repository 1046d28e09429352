//! The readers of recordings: every layout parses to what its fixture holds, and nothing that is fed to them panics,
//! hangs or takes memory without bound.

mod bad_input;
mod content;
mod support;
