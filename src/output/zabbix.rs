//! Says a report as values for Zabbix, and writes them as `zabbix_sender -T -N -i` reads them.
//!
//! It makes no items: the template that `posemo print-config zabbix` prints has them, under the same keys.

use std::io::{self, Write};

use crate::finding::report::Report;
use crate::text::visible::visible;

pub use items::{Items, Value, items};
pub use key::{key, spelled};

mod items;
mod key;
mod told;

/// Writes one line a value, what is to be discovered first, each with the time at which the run began.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for (number, value) in items(report, str::to_owned).values.iter().enumerate() {
        let (host, key) = (token(&visible(&value.host)), token(&value.key));
        let (second, nanosecond) = moment(report.started, number);
        writeln!(out, "{host} {key} {second} {nanosecond} {}", last(&value.value))?;
    }
    Ok(())
}

/// The time of a value: so many nanoseconds after the run began, in seconds since 1970 and nanoseconds.
pub fn moment(clock: jiff::Timestamp, number: usize) -> (i64, i32) {
    let nanoseconds = i64::try_from(number).unwrap_or(i64::MAX);
    let moment = clock.checked_add(jiff::SignedDuration::from_nanos(nanoseconds)).unwrap_or(clock);
    (moment.as_second(), moment.subsec_nanosecond())
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

    /// The last nanosecond of a second is followed by the next second.
    #[test]
    fn values_have_a_time_each() {
        let clock = "2026-11-20T10:00:00.999999998Z".parse().unwrap();
        let moments = [0, 1, 2, 5002].map(|number| moment(clock, number));
        let next = 1_795_168_801;
        let expected = [(next - 1, 999_999_998), (next - 1, 999_999_999), (next, 0), (next, 5000)];
        assert_eq!(moments, expected);
    }

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
