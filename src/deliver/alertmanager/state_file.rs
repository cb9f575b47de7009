//! The file that records the alerts that a cluster of Alertmanagers may have. It survives a crash at any point.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::plan::RecordedAlert;
use crate::files::{beside, content, folder, nonblocking, open, replace};

/// The version of the format. A file with another version is from another program or another posemo.
const FORMAT: u32 = 1;

/// A larger file is not read: thousands of alerts take a few megabytes.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// The pause between two attempts to lock the file.
const PAUSE: Duration = Duration::from_millis(50);

/// Objects' names are in the file, so only its owner reads it.
const MODE: u32 = 0o600;

/// The end of each message about a file that cannot be used.
pub(super) const CONSEQUENCE: &str =
    "alerts were sent, but alerts that are over now end only when their time is up";

/// The file, locked against other runs until it is dropped.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    receiver: String,
    _lock: File,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateDocument {
    format: u32,
    receiver: String,
    alerts: Vec<RecordedAlert>,
}

impl StateFile {
    /// Locks and reads the file. A damaged file is renamed, and the third value reports that. An error is a sentence:
    /// alerts can be sent without the file, but a later run cannot resolve them.
    pub(super) fn open(
        path: &Path,
        receiver: &str,
        patience: Duration,
    ) -> Result<(StateFile, Vec<RecordedAlert>, Option<String>), String> {
        let unusable = |action: &str, error: &dyn std::fmt::Display| {
            format!(
                "cannot {action} {}: {error}; {CONSEQUENCE}: set state_file to a file that posemo may write",
                path.display()
            )
        };
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder(path));
        made.map_err(|error| unusable("create the directory of", &error))?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(MODE).custom_flags(nonblocking());
        let lock = options.open(beside(path, ".lock"));
        let lock = lock.map_err(|error| unusable("lock", &error))?;
        wait(&lock, patience).map_err(|error| match error {
            TryLockError::WouldBlock => format!(
                "another posemo is sending to this receiver ({} is locked); alerts were sent, and the next run sends which of them are over",
                beside(path, ".lock").display()
            ),
            TryLockError::Error(error) => unusable("lock", &error),
        })?;
        let file = StateFile { path: path.to_owned(), receiver: receiver.to_owned(), _lock: lock };
        match file.read() {
            Ok(recorded) => Ok((file, recorded, None)),
            Err(Unreadable::OtherReceiver(other)) => {
                Err(unusable("use", &format!("it belongs to receiver {other}")))
            }
            Err(Unreadable::System(error)) => Err(unusable("read", &error)),
            Err(Unreadable::Damaged(reason)) => {
                let renamed = beside(path, ".broken");
                fs::rename(path, &renamed).map_err(|error| unusable("rename", &error))?;
                let sentence = format!(
                    "{} could not be read ({reason}) and was renamed to {}; alerts were sent, and earlier alerts end when their time is up",
                    path.display(),
                    renamed.display()
                );
                Ok((file, Vec::new(), Some(sentence)))
            }
        }
    }

    /// Replaces the file in one step. The error is a sentence.
    pub(super) fn write(&self, alerts: &[RecordedAlert]) -> Result<(), String> {
        let receiver = self.receiver.clone();
        let document = StateDocument { format: FORMAT, receiver, alerts: alerts.to_vec() };
        let written = replace(&self.path, beside(&self.path, ".new"), MODE, |out| {
            Ok(serde_json::to_writer(out, &document)?)
        });
        written.map_err(|error| {
            format!(
                "cannot write {}: {error}; alerts were sent, but a later run may not know them: make room, or set state_file to another file",
                self.path.display()
            )
        })
    }

    fn read(&self) -> Result<Vec<RecordedAlert>, Unreadable> {
        let text = match open(&self.path).and_then(|file| content(file, MOST_BYTES)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Unreadable::System(error)),
        };
        let damaged = |reason: &dyn std::fmt::Display| Unreadable::Damaged(reason.to_string());
        let value: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| damaged(&error))?;
        match value.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            Some(format) => return Err(damaged(&format!("its format is {format}, not {FORMAT}"))),
            None => return Err(damaged(&"it is not a file of posemo")),
        }
        let document: StateDocument =
            serde_json::from_value(value).map_err(|error| damaged(&error))?;
        if document.receiver != self.receiver {
            return Err(Unreadable::OtherReceiver(document.receiver));
        }
        Ok(document.alerts)
    }
}

enum Unreadable {
    OtherReceiver(String),
    Damaged(String),
    System(io::Error),
}

fn wait(lock: &File, patience: Duration) -> Result<(), TryLockError> {
    let began = Instant::now();
    loop {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) if began.elapsed() < patience => thread::sleep(PAUSE),
            done => return done,
        }
    }
}
