//! Writes the events of a log in visible characters: they contain texts of scripts and servers.

use std::io::{self, Write};

use super::visible::visible;

/// Writes events in visible characters. The second line of an event and those after it are indented, so that no text
/// looks like another event.
pub struct VisibleWriter<W>(pub W);

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
