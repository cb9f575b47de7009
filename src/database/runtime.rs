//! The event loop that all connections need.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// A runtime for one thread: starting a pool would take longer than a plugin call may.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_io().enable_time().build()
}
