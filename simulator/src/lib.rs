//! The desktop body of Sling: recordings, a simulated world, renderings and reports around the same core.

pub mod display;
pub mod formats;
pub mod player;
pub mod scenario;
pub mod sink;
pub mod world;
