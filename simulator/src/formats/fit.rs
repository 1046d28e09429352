//! FIT activity files.

use super::{FormatError, Options, Recording};

/// The recording in `bytes`.
pub fn read(_bytes: &[u8], _options: &Options) -> Result<Recording, FormatError> {
    Err(FormatError::Unknown { found: "a FIT header, which this build does not read".into() })
}
