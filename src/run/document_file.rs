//! Reads a document from a file or from standard input, in bounded time and size.
//!
//! Another thread reads it: a file on a network and a pipe without a writer can block for ever.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rustix::fs::OFlags;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::job::DocumentInput;

/// The largest document, in bytes.
pub(super) const LARGEST: u64 = 4 * 1024 * 1024;

/// How far a file can be from the future: clocks differ, and a file with a time in the future would never be too old.
const AHEAD: Duration = Duration::from_secs(300);

/// A document that was read.
#[derive(Debug, Clone)]
pub(super) struct ReadDocument {
    pub(super) text: String,
    /// The time since the file was written; absent for standard input.
    pub(super) age: Option<Duration>,
}

/// Reads a document before the deadline. The error is the message for the report.
pub(super) async fn read(input: &DocumentInput, deadline: Instant) -> Result<ReadDocument, String> {
    let (sender, receiver) = oneshot::channel();
    let reading = input.clone();
    // The thread is not waited for: if it is blocked, it ends with the program.
    std::thread::spawn(move || sender.send(read_now(&reading)));
    match timeout_at(deadline, receiver).await {
        Ok(Ok(read)) => read.map_err(|problem| format!("{}: {problem}", name(input))),
        _ => Err(format!("{}: could not be read in time", name(input))),
    }
}

/// The name of a document in messages.
pub(super) fn name(input: &DocumentInput) -> String {
    match input {
        DocumentInput::File(path) => path.display().to_string(),
        DocumentInput::StandardInput => "standard input".to_owned(),
    }
}

fn read_now(input: &DocumentInput) -> Result<ReadDocument, String> {
    match input {
        DocumentInput::File(path) => file(path),
        DocumentInput::StandardInput => {
            Ok(ReadDocument { text: text(std::io::stdin().lock())?, age: None })
        }
    }
}

fn file(path: &Path) -> Result<ReadDocument, String> {
    let file = open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            "does not exist; see the README of the check for the command that writes it".to_owned()
        }
        _ => format!("cannot be read: {error}"),
    })?;
    let metadata = file.metadata().map_err(|error| format!("cannot be read: {error}"))?;
    if !metadata.is_file() {
        return Err("is not a regular file".to_owned());
    }
    let written = metadata.modified().map_err(|error| format!("has no time: {error}"))?;
    let age = match SystemTime::from(Timestamp::now()).duration_since(written) {
        Ok(age) => age,
        Err(ahead) if ahead.duration() <= AHEAD => Duration::ZERO,
        Err(_) => {
            return Err(
                "has a time in the future, so its age is unknown; compare the clocks".to_owned()
            );
        }
    };
    Ok(ReadDocument { text: text(file)?, age: Some(age) })
}

/// Opens a file. Without this flag, opening a named pipe waits for its writer.
fn open(path: &Path) -> std::io::Result<File> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

fn text(source: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = source.take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("is larger than {} MiB", LARGEST / 1024 / 1024));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err("is empty; the command that writes it may have failed".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())
}
