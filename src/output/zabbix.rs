//! Writes a report as values for Zabbix, in the format that `zabbix_sender -T -N -i` reads.
//!
//! The template that `posemo print-config zabbix` prints has the items for these values, with the same keys.

use std::io::{self, Write};

use crate::finding::report::Report;
use crate::text::visible::visible;

pub use items::{ItemValue, ItemValues, item_values};
pub use key::{key, key_name};

mod items;
mod key;
mod texts;

/// Writes one line for each value, the values for discovery first.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for (number, value) in item_values(report, str::to_owned).values.iter().enumerate() {
        let (host, key) = (token(&visible(&value.host)), token(&value.key));
        let (second, nanosecond) = timestamp(report.started, number);
        writeln!(out, "{host} {key} {second} {nanosecond} {}", last(&value.value))?;
    }
    Ok(())
}

/// The time of a value: `number` nanoseconds after the run began, in seconds since 1970 and nanoseconds.
///
/// Different times keep the order of the values.
pub fn timestamp(started: jiff::Timestamp, number: usize) -> (i64, i32) {
    let nanoseconds = i64::try_from(number).unwrap_or(i64::MAX);
    let time = started.checked_add(jiff::SignedDuration::from_nanos(nanoseconds));
    let time = time.unwrap_or(started);
    (time.as_second(), time.subsec_nanosecond())
}

/// A field that ends at a blank; quoted if needed.
fn token(text: &str) -> String {
    if text.is_empty() || text.starts_with('"') || text.contains([' ', '\n']) {
        return quoted(text);
    }
    text.to_owned()
}

/// The last field of a line, which ends with the line; quoted if needed.
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

    /// The last nanosecond of a second is followed by the next second.
    #[test]
    fn each_value_has_another_time() {
        let started = "2026-11-20T10:00:00.999999998Z".parse().unwrap();
        let times = [0, 1, 2, 5002].map(|number| timestamp(started, number));
        let next = 1_795_168_801;
        let expected = [(next - 1, 999_999_998), (next - 1, 999_999_999), (next, 0), (next, 5000)];
        assert_eq!(times, expected);
    }

    #[test]
    fn fields_are_quoted_if_needed() {
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
