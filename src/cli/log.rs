//! Prints the log on standard error, in visible characters: it contains texts of scripts and servers.

use std::io;

use crate::text::visible_writer::VisibleWriter;

/// Starts the log at the level of `-v`. Without `-v` nothing is logged.
pub(super) fn set_up(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => "posemo=info,warn",
        2 => "posemo=debug,info",
        // At a higher level, the driver logs each statement, also one with a password verifier.
        _ => "posemo=trace,tokio_postgres=info,debug",
    };
    // It fails only if a log was started before, as in a test.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .with_writer(|| VisibleWriter(io::stderr()))
        .without_time()
        .try_init();
}
