//! The runtime that sessions run on.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// A runtime with one thread: starting a pool of threads takes longer than a plugin call may.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_io().enable_time().build()
}
