//! Prints the log on standard error, in visible characters: it contains texts of scripts and servers.

use std::io::{self, Write};

use crate::text::visible::visible;

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

/// Writes events in visible characters. The second line of an event and those after it are indented, so that no text
/// looks like another event.
struct VisibleWriter<W>(W);

impl<W: Write> Write for VisibleWriter<W> {
    /// The subscriber calls it once for each event.
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
    fn an_event_cannot_look_like_another() {
        let mut written = Vec::new();
        let event = "DEBUG a: \u{1b}[31mé\r\u{9b}2J\u{202e}\nERROR forged\n";
        VisibleWriter(&mut written).write_all(event.as_bytes()).expect("writing into a vector");
        let expected = "DEBUG a: \\x1b[31mé\\r\\u{9b}2J\\u{202e}\n    ERROR forged\n";
        assert_eq!(String::from_utf8_lossy(&written), expected);
    }
}
