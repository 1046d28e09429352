//! The desktop body of Sling: recordings, a simulated world, renderings and reports around the same core.

pub mod air;
pub mod airwaves;
pub mod animation;
pub mod bench;
pub mod ble_air;
pub mod body;
pub mod cable;
pub mod commands;
pub mod display;
pub mod error;
pub mod fit;
pub mod formats;
pub mod landings;
pub mod live;
pub mod player;
pub mod radio;
pub mod ride;
pub mod scenario;
pub mod score;
pub mod settings;
pub mod sink;
pub mod swarm;
pub mod talk;
pub mod terminal;
pub mod world;
