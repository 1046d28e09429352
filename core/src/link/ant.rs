//! The host of an ANT stick.

use serde::{Deserialize, Serialize};

/// The longest message that a host sends: a page with its channel.
pub const MAX_COMMAND: usize = 13;

/// What the body must do with the stick's port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AntCommand {
    /// Write these bytes, one whole frame.
    Send(heapless::Vec<u8, MAX_COMMAND>),
    /// Write the network key message with the user's key. Core never sees the key, so that no log can hold it.
    SendKey,
    /// Close the port and open it again: the stick does not answer.
    Reopen,
}
