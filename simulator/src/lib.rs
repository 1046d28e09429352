//! The desktop body of Sling: recordings, a simulated world, renderings and reports around the same core.

pub mod export;
pub mod formats;
