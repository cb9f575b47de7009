//! Says a report as values for Zabbix, and writes them as `zabbix_sender -T -N -i` reads them.
//!
//! It makes no items: the template that `posemo print-config zabbix` prints has them, under the same keys.

use std::io::{self, Write};

use crate::finding::report::Report;
use crate::output::text::visible;

pub use items::{Items, Value, items};
pub use key::{key, spelled};

mod items;
mod key;
mod told;

/// Writes one line a value, what is to be discovered first, each with the time at which the run began.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let clock = clock(report).ok_or_else(|| {
        io::Error::other(format!("the report began at {:?}, which is no time", report.started))
    })?;
    for (number, value) in items(report, str::to_owned).values.iter().enumerate() {
        let (host, key) = (token(&visible(&value.host)), token(&value.key));
        writeln!(out, "{host} {key} {clock} {number} {}", last(&value.value))?;
    }
    Ok(())
}

/// The second in which the run began, since 1970. Values sent twice with it, and with the same count of
/// nanoseconds, are one value to Zabbix.
pub fn clock(report: &Report) -> Option<i64> {
    report.started.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

/// A field that ends at a blank, unless it is quoted.
fn token(text: &str) -> String {
    if text.is_empty() || text.starts_with('"') || text.contains([' ', '\n']) {
        return quoted(text);
    }
    text.to_owned()
}

/// The last field of a line, which ends with the line.
fn last(text: &str) -> String {
    let bare = !text.is_empty() && text.trim() == text && !text.starts_with('"');
    if bare && !text.contains('\n') { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_a_line_would_fall_apart() {
        for (text, as_token, as_last) in [
            ("a", "a", "a"),
            ("", "\"\"", "\"\""),
            ("a b", "\"a b\"", "a b"),
            ("\"a", "\"\\\"a\"", "\"\\\"a\""),
            ("a\"b\\", "a\"b\\", "a\"b\\"),
            ("a\nb\\", "\"a\\nb\\\\\"", "\"a\\nb\\\\\""),
            ("a ", "\"a \"", "\"a \""),
        ] {
            assert_eq!((token(text).as_str(), last(text).as_str()), (as_token, as_last));
        }
    }
}
