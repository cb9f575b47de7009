//! Reads the formats in which each line is a command: NRPE, and MRPE of Checkmk.

use std::time::Duration;

use super::found::{
    FoundCommand, FoundService, FoundServices, FoundTiming, RemoteCommand, names_any_plugin,
};
use super::place::DefinitionPlace;
use super::source::SourceFile;

/// Reads the commands of `nrpe.cfg`.
pub(super) fn nrpe(file: &SourceFile, found: &mut FoundServices) {
    for (place, line) in file.logical_lines() {
        let Some((name, command)) = named_command(&line) else { continue };
        found.add_remote(RemoteCommand {
            place,
            name: name.trim().to_owned(),
            line: command.trim().to_owned(),
        });
    }
}

/// The name and the command of `command[NAME]=COMMAND`.
pub(super) fn named_command(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.trim_start().strip_prefix("command[")?.split_once(']')?;
    Some((name, rest.trim_start().strip_prefix('=')?))
}

/// Reads the lines of `mrpe.cfg`: `NAME COMMAND`, or `NAME (interval=SECONDS:OTHER) COMMAND`.
pub(super) fn mrpe(file: &SourceFile, found: &mut FoundServices) {
    for (place, line) in file.logical_lines() {
        let line = line.trim();
        if line.starts_with('#') || !names_any_plugin(line) {
            continue;
        }
        let Some((name, rest)) = line.split_once(char::is_whitespace) else { continue };
        let name = percent_decoded(name);
        let (mut command, mut options) = (rest.trim_start(), Vec::new());
        let is_open = loop {
            let Some(rest) = command.strip_prefix('(') else { break false };
            let Some((group, rest)) = rest.split_once(')') else { break true };
            options.extend(group.split([':', ',']));
            command = rest.trim_start();
        };
        if is_open {
            found.unclear.push(place.mistake(&name, "the bracket after the name does not end"));
            continue;
        }
        let mut timing = FoundTiming::default();
        for option in options {
            let Some(("interval", seconds)) = option.split_once('=') else { continue };
            if let Ok(seconds) = seconds.trim().parse() {
                timing.interval = Some(Duration::from_secs(seconds));
            } else {
                let message = "interval is not a number of seconds";
                found.unclear.push(place.mistake(&name, message));
            }
        }
        found.add(local(place, name, command.trim(), timing));
    }
}

fn local(place: DefinitionPlace, name: String, command: &str, timing: FoundTiming) -> FoundService {
    FoundService {
        place,
        command_place: None,
        name,
        host: None,
        is_remote: false,
        command: FoundCommand::Line(command.to_owned()),
        timing,
    }
}

/// A name in which `%20` is a blank.
fn percent_decoded(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let decoded = code.and_then(|two| u8::from_str_radix(two, 16).ok());
        if let Some(byte) = decoded.filter(|_| *first == b'%') {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
