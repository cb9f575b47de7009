//! Prints silences.

use std::io::{self, Write};

use super::silence::{Matcher, NewSilence, Silence};
use crate::text::time::second;
use crate::text::visible::visible;

/// Prints one line for each silence.
pub fn write(silences: &[Silence], out: &mut dyn Write) -> io::Result<()> {
    if silences.is_empty() {
        writeln!(out, "no silences")?;
    }
    for silence in silences {
        let from = match silence.status.state.as_str() {
            "pending" => format!("from {} ", second(silence.starts_at)),
            _ => String::new(),
        };
        let until = second(silence.ends_at);
        let what = matchers(&silence.matchers);
        // Other programs write silences, too, and a terminal prints these texts.
        let (by, why) = (visible(&silence.created_by), visible(&silence.comment));
        writeln!(out, "{}  {from}until {until}  {what}  {by}: {why}", visible(&silence.id))?;
    }
    Ok(())
}

/// Prints a silence that was added, with its id and its end.
pub fn write_added(id: &str, silence: &NewSilence, out: &mut dyn Write) -> io::Result<()> {
    let (id, what) = (visible(id), matchers(&silence.matchers));
    writeln!(out, "{id}  until {}  {what}", second(silence.until))
}

fn matchers(matchers: &[Matcher]) -> String {
    let texts = matchers.iter().map(|matcher| {
        let sign = match (matcher.is_equal, matcher.is_regex) {
            (true, false) => "=",
            (false, false) => "!=",
            (true, true) => "=~",
            (false, true) => "!~",
        };
        format!("{}{sign}\"{}\"", visible(&matcher.name), visible(&matcher.value))
    });
    texts.collect::<Vec<_>>().join(" ")
}
