//! Why the server cannot start.

use std::io;

use crate::settings::serve::listen::ListenAddress;

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings cannot be used.
    #[error("{0}")]
    Settings(String),
    /// The settings have no targets.
    #[error("the settings have no target; add a section [targets.NAME]")]
    NoTargets,
    /// The address cannot be used.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: ListenAddress,
        /// The cause.
        source: io::Error,
    },
    /// The address needs other settings.
    #[error("{0}")]
    MayNotListen(String),
    /// The socket that systemd passes cannot be used.
    #[error("cannot use the socket of systemd: {0}")]
    Passed(#[source] io::Error),
    /// The system refuses a thread, a runtime or a signal.
    #[error("cannot start")]
    Start(#[source] io::Error),
}

impl StartError {
    /// The exit code: 1 if a later start may succeed, otherwise 2. Then a service manager need not try again.
    pub fn exit_code(error: Option<&StartError>) -> u8 {
        match error {
            Some(StartError::Listen { .. } | StartError::Start(_)) => 1,
            _ => 2,
        }
    }
}
