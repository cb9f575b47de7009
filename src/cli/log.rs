//! The log, to standard error, harmless to look at: scripts and servers have their say in it.
//!
//! What is logged, and at which level, is not decided here.

use std::io::{self, Write};

use crate::text::visible::visible;

/// Sets the log up. Nothing is set up where nobody asked for it.
pub(super) fn set_up(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => "posemo=info,warn",
        2 => "posemo=debug,info",
        // The driver would write down each statement, the one with a password's verifier included.
        _ => "posemo=trace,tokio_postgres=info,debug",
    };
    // It fails only where another has been set up, as in a test.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .with_writer(|| Harmless(io::stderr()))
        .without_time()
        .try_init();
}

/// Writes events with everything spelled out that is not plain. A second line of an event is set in, so that
/// no text can look like an event of its own.
struct Harmless<W>(W);

impl<W: Write> Write for Harmless<W> {
    /// The subscriber writes each event as one.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let lines: Vec<String> = text.trim_end_matches('\n').split('\n').map(visible).collect();
        writeln!(self.0, "{}", lines.join("\n    ")).map(|()| event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_stay_apart_and_plain() {
        let mut written = Vec::new();
        let event = "DEBUG a: \u{1b}[31mé\r\u{9b}2J\u{202e}\nERROR forged\n";
        Harmless(&mut written).write_all(event.as_bytes()).expect("a vector takes everything");
        let expected = "DEBUG a: \\x1b[31mé\\r\\u{9b}2J\\u{202e}\n    ERROR forged\n";
        assert_eq!(String::from_utf8_lossy(&written), expected);
    }
}
