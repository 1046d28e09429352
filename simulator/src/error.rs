//! What can go wrong with a command, and the exit code that says so.

use crate::animation::AnimationError;
use crate::cable::CableError;
use crate::fit::FitError;
use crate::formats::FormatError;
use crate::scenario::ScenarioError;
use crate::settings::SettingsError;
use sling_core::log::LogError;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a command did not do what was asked. One clear line each.
#[derive(Debug, Error)]
pub enum CommandError {
    /// A recording cannot be read.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// Positions cannot be compared.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A scenario cannot be read.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The configuration cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A log cannot be read.
    #[error("{file}: at byte {offset}: {error}")]
    Log {
        /// The log.
        file: String,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        error: LogError,
    },
    /// A file that a flag names cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: io::Error,
    },
    /// A result cannot be written.
    #[error("{0}")]
    Write(#[from] io::Error),
    /// The bytes of `--state` are no learned state.
    #[error("{}: no learned state of this version of Sling; --save-state writes one", path.display())]
    State {
        /// The file.
        path: PathBuf,
    },
    /// There is no animation.
    #[error(transparent)]
    Animation(#[from] AnimationError),
    /// A head unit on the cable did not do what it was asked.
    #[error("{port}: {error}")]
    Device {
        /// The line to it.
        port: String,
        /// What is wrong.
        error: CableError,
    },
    /// Flags that do not go together, or that ask for what the input does not have.
    #[error("{0}")]
    Usage(String),
    /// The examination found something that needs doing, and has said what.
    #[error("{count} thing{} to put right", if *count == 1 { "" } else { "s" })]
    Unwell {
        /// How many.
        count: usize,
    },
    /// The ride was made, and something that was expected of it did not happen.
    #[error("{failed} of {count} expectations failed")]
    Expectations {
        /// How many failed.
        failed: usize,
        /// Of how many.
        count: usize,
    },
    /// Rides of a swarm broke a rule, or were not made.
    #[error("{failed} of {count} rides failed or were not made")]
    Rides {
        /// How many.
        failed: usize,
        /// Of how many.
        count: usize,
    },
}

impl CommandError {
    /// 1: an expectation failed, something needs doing; 2: bad input or usage.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Expectations { .. } | Self::Unwell { .. } | Self::Rides { .. } => 1,
            _ => 2,
        }
    }
}
